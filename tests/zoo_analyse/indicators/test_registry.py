"""What holds for every indicator: its two files agree, its parameters are checked, absence is never zero."""

import datetime as dt
import re

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from zoo_analyse.errors import AreaCodeError, NotFeasible, ParameterError, UnknownIndicator
from zoo_analyse.indicators import area_counts, catalogue, compute, get, names

SMALL = """
    bag.woningen
    woning  adres  buurtcode
    W1      A1     A
    W2      A2     B
    W3      A3     C
    W4      A4     D
    W5      A5     -

    kadaster.transacties
    transactie  woning  datum       koper_persoon
    T1          W1      2000-01-01  E1
    T2          W1      2001-01-01  E2
    T3          W4      2001-01-01  E2
    T4          W5      2001-01-01  E2
"""


def test_the_documented_indicators_are_there():
    assert names() == [
        "doorsluishuis",
        "doorverkoop_zelfde_dag",
        "dubbel_registratienummer",
        "hennep_na_verhuizingen",
        "multi_bestuurder",
        "verzamelaar",
        "verzamelaar_verhuur",
        "windhapper",
    ]


@pytest.mark.parametrize("name", names())
def test_metadata_says_exactly_what_the_sql_reads(name):
    """Sources and columns of the metadata against the parsed definition; this is what a lawyer relies on."""
    indicator = get(name)
    tree = sqlglot.parse_one(indicator.sql, dialect="duckdb")
    read = {f"{t.db}.{t.name}" for t in tree.find_all(exp.Table) if t.db}
    assert read == set(indicator.bronnen)

    columns = {table: set() for table in read}
    for scope in traverse_scope(tree):
        tables = {
            alias: f"{source.db}.{source.name}"
            for alias, (_, source) in scope.selected_sources.items()
            if isinstance(source, exp.Table) and source.db
        }
        for column in scope.columns:
            if column.table in tables:
                columns[tables[column.table]].add(column.name)
            elif not column.table and len(scope.selected_sources) == 1 and tables:
                columns[next(iter(tables.values()))].add(column.name)
    assert columns == {table: set(names_) for table, names_ in indicator.bronnen.items()}


@pytest.mark.parametrize("name", names())
def test_every_parameter_is_used_and_no_value_is_pasted(name):
    indicator = get(name)
    code = re.sub(r"--.*", "", indicator.sql)
    assert set(re.findall(r"\$(\w+)", code)) == set(indicator.parameters)
    numbers = set(re.findall(r"(?<![\w$])\d+(?!\w)", code))
    assert numbers <= {"0", "1", "100"}, "a limit belongs in a named parameter"
    assert indicator.sql.startswith("-- "), "the definition opens with its meaning"
    assert indicator.geteld in indicator.eenheden
    assert all(parameter.omschrijving for parameter in indicator.parameters.values())


def test_defaults_are_those_of_the_documents():
    assert get("doorsluishuis").bind({}) == {
        "minimum": 5,
        "jaren": 20,
        "periode_start": dt.date(1995, 1, 1),
        "periode_eind": dt.date(2016, 12, 31),
    }
    assert get("verzamelaar").bind({})["minimum"] == 3
    assert get("multi_bestuurder").bind({})["minimum"] == 5
    assert get("windhapper").bind({"jaar": 2015})["jaar"] == 2015


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"minimm": 3}, "indicator doorsluishuis heeft geen parameter 'minimm' (bedoelt u minimum?); wel: minimum,"),
        ({"minimum": "5"}, "minimum van doorsluishuis: verwacht een geheel getal"),
        ({"minimum": 5.0}, "verwacht een geheel getal"),
        ({"minimum": True}, "verwacht een geheel getal"),
        ({"minimum": 1}, "moet ten minste 2 zijn"),
        ({"periode_start": "01-01-1995"}, "verwacht een datum als 2016-12-31"),
        ({"periode_start": 1995}, "verwacht een datum als 2016-12-31"),
        ({"periode_start": dt.datetime(1995, 1, 1)}, "verwacht een datum als 2016-12-31"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ParameterError) as error:
        get("doorsluishuis").bind(parameters)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_unknown_indicator_names_the_nearest():
    with pytest.raises(UnknownIndicator, match=r"er is geen indicator 'windhaper' \(bedoelt u windhapper\?\); wel: "):
        get("windhaper")


@pytest.mark.parametrize("name", names())
def test_each_missing_source_makes_it_infeasible_and_not_zero(name, database):
    con = database("")
    indicator = get(name)
    for table, columns in indicator.bronnen.items():
        for ask in (compute, area_counts):
            with pytest.raises(NotFeasible, match=rf"{name} is niet haalbaar: bron {table} ontbreekt"):
                ask(con, name)
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.split('.')[0]}")
        con.execute(f"CREATE TABLE {table} ({columns[0]} VARCHAR)")
        with pytest.raises(NotFeasible, match=rf"in bron {table} ontbreekt kolom {', '.join(columns[1:])};"):
            compute(con, name)
        for column in columns[1:]:
            con.execute(f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR")
        with pytest.raises(NotFeasible, match=rf"bron {table} heeft geen rijen"):
            compute(con, name)
        con.execute(f"INSERT INTO {table} ({columns[0]}) VALUES (NULL)")


def test_counts_add_up_over_levels_and_unplaced_is_left_out(database):
    con = database(SMALL)
    by_level = {
        level: area_counts(con, "doorsluishuis", level=level, minimum=2).values.tolist()
        for level in ("buurt", "wijk", "gemeente", "land")
    }
    assert by_level == {
        "buurt": [
            ["BU90010101", 1, 1, 0],
            ["BU90010102", 0, 1, 0],
            ["BU90010201", 0, 1, 0],
            ["BU90020101", 0, 1, 0],
        ],
        "wijk": [["WK900101", 1, 2, 0], ["WK900102", 0, 1, 0], ["WK900201", 0, 1, 0]],
        "gemeente": [["GM9001", 1, 3, 0], ["GM9002", 0, 1, 0]],
        "land": [["NL", 1, 4, 0]],
    }
    counts = area_counts(con, "doorsluishuis", level="wijk")
    assert list(counts.columns) == ["wijkcode", "teller", "noemer", "onbekend"]
    with pytest.raises(AreaCodeError, match="onbekend niveau 'straat'"):
        area_counts(con, "doorsluishuis", level="straat")


def test_evidence_is_sorted_by_area_and_value(database):
    frame = compute(database(SMALL), "doorsluishuis", minimum=2)
    assert list(frame.columns) == ["buurtcode", "waarde", "adres", "eigenaren"]
    assert frame["buurtcode"].tolist() == ["BU90010101", "BU90010102", "BU90010201", "BU90020101"]
    assert str(frame["waarde"].dtype) == "boolean"


def test_catalogue_holds_every_definition():
    page = catalogue()
    for name in names():
        indicator = get(name)
        assert f"## {indicator.titel} (`{name}`)" in page
        assert indicator.definitie in page
        assert indicator.sql.strip() in page
        for table in indicator.bronnen:
            assert f"`{table}`" in page
    assert "| `jaren` | geheel | 20 |" in page
