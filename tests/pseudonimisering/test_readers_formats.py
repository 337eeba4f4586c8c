"""SPSS, Stata, Excel and Parquet give the same text as CSV would; what they lost or marked as missing is known."""

import zipfile
from datetime import date

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from pseudonimisering.contract import load_contract
from pseudonimisering.readers import read_chunks
from tests.pseudonimisering.test_ingest import rows
from tests.pseudonimisering.workbook import Day, write_workbook
from zoo_formaat.errors import UserError

CONTRACT = """
versie = 1
bron = "proef"
houder = "Loket"
grondslag = "artikel 1"
doelen = ["ondermijning-vastgoed"]
bewaren_tot = 2999-12-31
[tabellen.tabel]
bestand = "*.{format}"
formaat = "{format}"
{more}
[tabellen.tabel.kolommen.bsn]
rol = "identifier"
vorm = "bsn"
naar = "persoon"
[tabellen.tabel.kolommen.soort]
rol = "attribuut"
type = "tekst"
[tabellen.tabel.kolommen.bedrag]
rol = "attribuut"
type = "decimaal"
[tabellen.tabel.kolommen.datum]
rol = "datum"
[tabellen.tabel.kolommen.actief]
rol = "attribuut"
type = "janee"
"""
PROJECT = '[bronnen.proef]\ntabel = ["persoon", "soort", "bedrag", "datum", "actief"]'
NAMES = ["bsn", "soort", "bedrag", "datum", "actief"]
EXPECTED = [("a", 12.5, date(2016, 5, 1), True), ("b", -3.0, None, False), (None, None, date(2015, 1, 2), True)]


def contract(town, format: str, more: str = ""):
    return town.contract(CONTRACT.format(format=format, more=more))


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "bsn": [123456782.0, 12345672.0, 1234560.0],
            "soort": [1.0, 2.0, 9.0],
            "bedrag": [12.5, -3.0, None],
            "datum": [date(2016, 5, 1), None, date(2015, 1, 2)],
            "actief": [1.0, 0.0, 1.0],
        }
    )


def sav(town):
    path = town.write("t.sav", b"")
    pyreadstat.write_sav(
        frame(), str(path), missing_ranges={"soort": [9]}, variable_value_labels={"soort": {1.0: "a", 2.0: "b"}}
    )
    return path


def zsav(town):
    path = town.write("t.sav", b"")
    pyreadstat.write_sav(
        frame(), str(path), compress=True, missing_ranges={"soort": [{"lo": 8, "hi": 10}]},
        variable_value_labels={"soort": {1.0: "a", 2.0: "b"}},
    )  # fmt: skip
    return path


def dta(town):
    path = town.write("t.dta", b"")
    pyreadstat.write_dta(
        frame().assign(soort=[1, 2, "m"]), str(path), missing_user_values={"soort": ["m"]},
        variable_value_labels={"soort": {1: "a", 2: "b"}},
    )  # fmt: skip
    return path


def xlsx(town):
    body = [
        [123456782, "a", 12.5, Day(42491), True],
        [12345672.0, "b", -3, None, False],
        [1234560, None, None, Day(42006), True],
        [None] * 5,
    ]
    return write_workbook(town.root / "t.xlsx", {"Blad1": [NAMES, *body], "Blad2": [["x"], ["y"]]})


def parquet(town):
    columns = {
        "bsn": pa.array([123456782, 12345672, 1234560], pa.int32()),
        "soort": pa.array(["a", "b", None]).dictionary_encode(),
        "bedrag": pa.array([12.5, -3.0, float("nan")]),
        "datum": pa.array([date(2016, 5, 1), None, date(2015, 1, 2)]),
        "actief": pa.array([True, False, True]),
    }
    pq.write_table(pa.table(columns), town.root / "t.parquet")
    return town.root / "t.parquet"


@pytest.mark.parametrize("make", [sav, zsav, dta, xlsx, parquet])
def test_every_format_gives_the_same_package_and_links_with_text(town, make):
    file = make(town)
    project = town.project("p2.toml", more=PROJECT)
    result = town.deliver(contract(town, file.suffix[1:]), [file], project)
    found = rows(town, "tabel")
    assert sorted((r["soort"], r["bedrag"], r["datum"], r["actief"]) for r in found if r["soort"]) == EXPECTED[:2]
    assert [(r["soort"], r["bedrag"], r["datum"], r["actief"]) for r in found if not r["soort"]] == EXPECTED[2:]
    marked = {"soort.gemarkeerd_ontbrekend": 1} if make in {sav, zsav, dta} else {}
    assert result.rejected["tabel"] == marked
    persons = [f"{bsn};A;19700101;M;H;1234AB;1;;" for bsn in ("123456782", "012345672", "001234560")]
    town.deliver(town.contract(), [town.persons(persons)], project, "brp")
    assert {row["persoon"] for row in found} == {row["persoon"] for row in rows(town, target="brp")}


def read(town, file, more: str = "") -> tuple[pl.DataFrame, frozenset[str]]:
    table = load_contract(contract(town, file.suffix[1:], more)).tabellen["tabel"]
    chunks = list(read_chunks(file, table, "proef"))
    return pl.concat(chunk.frame for chunk in chunks), chunks[0].numeric


def test_in_a_workbook_only_columns_of_number_cells_are_numeric(town):
    body = [[12345672, 1, 1.5, Day(42491), True], ["012345672", 2, "x", "19700000", False]]
    file = write_workbook(town.root / "t.xlsx", {"een": [["x"]], "twee": [NAMES, *body]})
    frame, numeric = read(town, file, 'blad = "twee"')
    assert frame["bsn"].to_list() == ["12345672", "012345672"]
    assert frame["datum"].str.slice(0, 10).to_list() == ["2016-05-01", "19700000"]
    assert numeric == {"soort"}
    with pytest.raises(UserError, match=r"blad 'twe' ontbreekt \(bedoelde u 'twee'"):
        read(town, file, 'blad = "twe"')


def test_a_sixteen_digit_number_of_a_workbook_is_not_trusted(town):
    """Excel keeps fifteen digits: a BAG number stored as a number has lost its last one, whatever is shown."""
    text = CONTRACT.replace('vorm = "bsn"', 'vorm = "verblijfsobject"').replace(
        "bewaren_tot", 'fouten = "melden"\nbewaren_tot'
    )
    body = [[9999010000123456, "a", 1, None, True], [9999010000123457.0, "b", 1, None, True]]
    file = write_workbook(town.root / "t.xlsx", {"een": [NAMES, *body]})
    made = town.contract(text.format(format="xlsx", more=""))
    town.deliver(made, [file], town.project("p2.toml", more=PROJECT))
    found = rows(town, "tabel")
    assert all(row["persoon"] is None for row in found)


def test_wide_integers_of_parquet_keep_every_digit(town):
    columns = {name: pa.array(["x"]) for name in NAMES} | {"bsn": pa.array([9999010000123457], pa.int64())}
    pq.write_table(pa.table(columns), town.root / "t.parquet")
    frame, numeric = read(town, town.root / "t.parquet")
    assert frame["bsn"].to_list() == ["9999010000123457"] and numeric == {"bsn"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t.sav", b"$FL2" + b"x" * 500, "geen leesbaar SPSS-bestand"),
        ("t.dta", b"<stata_dta>nee", "geen leesbaar Stata-bestand"),
        ("t.xlsx", b"PK\x03\x04 geen werkboek", "geen leesbaar Excel-bestand"),
        ("t.xlsx", b"\xd0\xcf\x11\xe0" + b"x" * 500, r"geen \.xlsx; bewaar het in Excel als \.xlsx"),
        ("t.parquet", b"PAR1 geen tabel PAR1", "geen leesbaar Parquet-bestand"),
    ],
)
def test_files_that_are_something_else(town, name, content, says):
    file = town.write(name, content)
    with pytest.raises(UserError, match=says):
        town.deliver(contract(town, file.suffix[1:]), [file], town.project("p2.toml", more=PROJECT))


def test_nested_columns_and_missing_columns_are_named(town):
    pq.write_table(pa.table({name: pa.array([[1]]) for name in NAMES}), town.root / "t.parquet")
    with pytest.raises(UserError, match="kolom 'bsn': is samengesteld of binair"):
        read(town, town.root / "t.parquet")
    file = write_workbook(town.root / "t.xlsx", {"een": [NAMES[:-1], ["1", "a", 1, None]]})
    with pytest.raises(UserError, match="kolom 'actief' ontbreekt"):
        read(town, file)


def test_a_workbook_of_another_kind_or_with_an_endless_cell_is_refused_before_it_is_read(town):
    sheet = town.root / "t.xlsx"
    with zipfile.ZipFile(sheet, "w") as parts:
        parts.writestr("content.xml", "<office:spreadsheet/>")
    with pytest.raises(UserError, match=r"geen \.xlsx; bewaar het in Excel als \.xlsx"):
        read(town, sheet)
    longest = 32_767
    rows_of = [[123456782, "x" * longest, 1, None, True]]
    frame, _ = read(town, write_workbook(sheet, {"een": [NAMES, *rows_of]}))
    assert frame["soort"].to_list() == ["x" * longest]
    rows_of[0][1] = "x" * 10_000_000
    with pytest.raises(UserError, match="een cel heeft meer tekst dan Excel toestaat"):
        read(town, write_workbook(sheet, {"een": [NAMES, *rows_of]}))
