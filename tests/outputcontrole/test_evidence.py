"""Evidence against a slow reference in plain Python: sets of units per cell, over tables with every kind of dirt."""

from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import duckdb
import numpy as np
import pytest

from outputcontrole.access import Access
from outputcontrole.asked import AskedTable, count_behind, population_of
from outputcontrole.evidence import TOTAL, Collector, Evidence
from outputcontrole.spec import Condition, IndicatorSource, TableSource
from tests.outputcontrole.world import BUURTEN, Column, World, table, uuid, uuid_text
from zoo_analyse import indicators
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription

COLUMNS: list[Column] = [
    ("woning", "uuid", "adres", "verblijfsobject"),
    ("adres", "uuid", "adres", "adres"),
    ("verkoper", "uuid", "persoon", "persoon"),
    ("koper", "uuid", "persoon", "persoon"),
    ("bedrijf", "uuid", "rechtspersoon", "rechtspersoon"),
    ("soort", "string", None, None),
    ("label", "string", None, None),
    ("bijdrager", "boolean", None, None),
    ("nummer", "integer", None, None),
    ("maat", "integer", None, None),
    ("buurtcode", "string", None, None),
]
DWELLING: list[Column] = [("woning", "uuid", "adres", "x")]
NAMES = [name for name, *_ in COLUMNS]
SOURCE = TableSource(tabel="proef.rijen")
KINDS = {"adres": [["woning"], ["adres"]], "persoon": [["verkoper", "koper"]], "rechtspersoon": [["bedrijf"]]}


def random_rows(seed: int) -> list[list[Any]]:
    """Rows with duplicates, fan-out, missing values, negative amounts and one owner of much."""
    rng = np.random.default_rng(seed)

    def pick(kind: str, among: int, missing: float) -> bytes | None:
        return None if rng.random() < missing else uuid(kind, int(rng.integers(among)))

    rows: list[list[Any]] = []
    for _ in range(int(rng.integers(0, 120))):
        home = None if rng.random() < 0.05 else int(rng.integers(40))
        rows.append(
            [
                None if home is None else uuid("woning", home),
                None if home is None else uuid("adres", home),
                pick("persoon", 25, 0.2),
                pick("persoon", 25, 0.6),
                pick("bedrijf", 3, 0.8),
                [None, "a", "b", "onbekend", "=1+1", 'x"; DROP'][int(rng.integers(6))],
                ["p", "q"][int(rng.integers(2))],
                [None, True, False][int(rng.integers(3))],
                int(rng.integers(5)),
                None if rng.random() < 0.2 else int(rng.integers(-5, 50)) ** 3,
                None if rng.random() < 0.1 else BUURTEN[int(rng.integers(6))],
            ]
        )
    return [*rows, *(rows[:10] * 3)]


def open_table(rows: list[list[Any]], columns: list[Column] = COLUMNS) -> Access:
    connection = duckdb.connect(":memory:")
    connection.execute("CREATE SCHEMA proef")
    connection.register("bron", table(columns, rows))
    connection.execute('CREATE TABLE "proef"."rijen" AS SELECT * FROM bron')
    fields = [
        FieldDescription.model_validate({"name": n, "type": t, "zoo:eenheid": unit, "zoo:domein": domain})
        for n, t, unit, domain in columns
    ]
    return Access(connection, {"proef.rijen": fields}, ())


def label_of(row: dict[str, Any], dimension: str) -> list[str] | None:
    value = row["buurtcode"] if dimension.endswith("code") else row[dimension]
    if dimension in {"buurtcode", "wijkcode"}:
        if value is None:
            return None
        wijk = ["WK" + value[2:8], "GM" + value[2:6], TOTAL]
        return [value, *wijk] if dimension == "buurtcode" else wijk
    if isinstance(value, bool):
        return ["ja" if value else "nee", TOTAL]
    return ["onbekend" if value is None else str(value), TOTAL]


def reference(rows: list[list[Any]], asked: AskedTable) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Which rows make each cell, by looping over rows and labels."""
    cells: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for values in rows:
        row = dict(zip(NAMES, values, strict=True))
        labels = [label_of(row, dimension) for dimension in asked.dimensions]
        if row[asked.counted] is None or (asked.measure and row[asked.measure] is None):
            continue
        if any(label is None for label in labels) or not all(holds(row, c) for c in asked.filter):
            continue
        for key in product(*(label or [] for label in labels)):
            cells.setdefault(key, []).append(row)
    return cells


def holds(row: dict[str, Any], condition: Condition) -> bool:
    value = row[condition.kolom]
    if condition.is_ == "leeg":
        return value is None
    if condition.is_ == "niet leeg":
        return value is not None
    if condition.is_ == "in":
        assert isinstance(condition.waarde, list)
        return value in condition.waarde
    if value is None:
        return False
    return {"=": value == condition.waarde, "!=": value != condition.waarde, ">=": value >= condition.waarde}[
        condition.is_
    ]


def condition(column: str, operator: str, value: object = None) -> Condition:
    return Condition.model_validate({"kolom": column, "is": operator, "waarde": value})


TABLES = [
    AskedTable(SOURCE, (), ("soort",), "woning"),
    AskedTable(SOURCE, (condition("maat", ">=", 0),), ("buurtcode", "bijdrager"), "verkoper"),
    AskedTable(SOURCE, (condition("soort", "in", ["a", 'x"; DROP']),), ("wijkcode", "label", "nummer"), "koper"),
    AskedTable(SOURCE, (condition("soort", "!=", "a"),), ("label",), "woning", "maat"),
    AskedTable(SOURCE, (condition("koper", "leeg"),), ("buurtcode", "label"), "verkoper", "maat"),
]


@pytest.mark.parametrize("asked", TABLES, ids=range(len(TABLES)))
@pytest.mark.parametrize(("seed", "largest"), [(0, 1), (1, 2)])
def test_counts_sums_and_dominance_equal_the_reference(asked: AskedTable, seed: int, largest: int) -> None:
    rows = random_rows(seed)
    evidence = Collector(open_table(rows), largest).collect(asked)
    expected = reference(rows, asked)
    got = {tuple(row[d] for d in asked.dimensions): row for row in evidence.cells.to_dict("records")}
    assert expected.keys() <= got.keys()
    for key, cell in got.items():
        members = expected.get(key, [])
        assert cell["n"] == len({row[asked.counted] for row in members})
        for kind, numberings in KINDS.items():
            sizes = [len({row[c] for row in members for c in names if row[c]}) for names in numberings]
            assert cell[f"n_{kind}"] == max(sizes)
        if asked.measure is None:
            continue
        assert Decimal(cell["som"]) == sum(row[asked.measure] for row in members)
        assert cell["waarden"] == len(members)
        assert cell["gelijk"] == (len({row[asked.measure] for row in members}) == 1)
        size = sum(abs(row[asked.measure]) for row in members)
        for kind, numberings in KINDS.items():
            names = [name for part in numberings for name in part]
            held: dict[bytes, int] = {}
            for row in members:
                for unit in {row[name] for name in names} - {None}:
                    held[unit] = held.get(unit, 0) + abs(row[asked.measure])
            top = sum(sorted(held.values())[-largest:])
            share = 1.0 if size == 0 else top / size
            assert cell[f"dominantie_{kind}"] == pytest.approx(share if held or size == 0 else 0.0)


def test_a_row_ten_times_over_adds_nobody() -> None:
    rows = random_rows(3)
    once, often = (Collector(open_table(r), 1).collect(TABLES[0]).cells for r in (rows, rows * 10))
    assert once.equals(often)


def test_evidence_does_not_depend_on_order_or_threads() -> None:
    rows = random_rows(4)
    reverse = open_table(rows[::-1])
    reverse.connection.execute("SET threads = 1")
    one, other = Collector(open_table(rows), 1), Collector(reverse, 1)
    for asked in TABLES[1:4]:
        assert one.collect(asked).cells.equals(other.collect(asked).cells)


def test_lists_of_units_count_each_member_once(world: World) -> None:
    """The indicator's evidence against its own rows, unpacked one by one in Python."""
    from outputcontrole.access import open_access

    access = open_access(world.registration.packages("proef"))
    asked = AskedTable(IndicatorSource(indicator="doorverkoop_zelfde_dag"), (), ("buurtcode",), "adres")
    cells = Collector(access, 1).collect(asked).cells.set_index("buurtcode")
    frame = indicators.compute(access.connection, "doorverkoop_zelfde_dag")
    for code, part in frame.groupby("buurtcode"):
        assert cells.loc[code, "n"] == part["adres"].nunique()
        assert cells.loc[code, "n_eigenaar"] == len({owner for owners in part["eigenaren"] for owner in owners})


@pytest.mark.parametrize("code", ["bu90010101", "BU9001010", "WK900101", "GM9001", "", "BU9001010é", "Totaal"])
def test_a_code_that_is_no_buurt_stops_the_question(code: str) -> None:
    rows = random_rows(1)
    rows[0][NAMES.index("buurtcode")] = code
    with pytest.raises(UserError, match="geen buurtcode"):
        Collector(open_table(rows), 1).collect(TABLES[1])


def test_a_value_that_looks_like_the_total_stops_the_question() -> None:
    rows = random_rows(1)
    rows[0][NAMES.index("soort")] = TOTAL
    with pytest.raises(UserError, match="niet van een totaal te onderscheiden"):
        Collector(open_table(rows), 1).collect(TABLES[0])


def test_a_sources_own_wijk_does_not_compete_with_the_one_in_the_code() -> None:
    columns: list[Column] = [
        ("woning", "uuid", "adres", "x"),
        ("buurtcode", "string", None, None),
        ("wijkcode", "string", None, None),
    ]
    rows = [[uuid("woning", i), BUURTEN[0], "WK999999"] for i in range(12)]
    asked = AskedTable(SOURCE, (), ("buurtcode",), "woning")
    cells = Collector(open_table(rows, columns), 1).collect(asked).cells
    assert sorted(cells["buurtcode"]) == sorted([BUURTEN[0], "WK900101", "GM9001", TOTAL])


def test_a_measure_of_two_values_is_a_count_in_disguise() -> None:
    rows = random_rows(1)
    for i, row in enumerate(rows):
        row[NAMES.index("maat")] = i % 2
    with pytest.raises(UserError, match="frequentietabel"):
        Collector(open_table(rows), 1).collect(TABLES[3])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
def test_a_measure_that_cannot_be_added_up_is_refused(value: float) -> None:
    columns: list[Column] = [
        ("woning", "uuid", "adres", "x"),
        ("maat", "number", None, None),
        ("s", "string", None, None),
    ]
    rows = [[uuid("woning", i), value if i == 0 else float(i), "a"] for i in range(20)]
    asked = AskedTable(SOURCE, (), ("s",), "woning", "maat")
    with pytest.raises(UserError, match="waarmee niet te rekenen is"):
        Collector(open_table(rows, columns), 1).collect(asked)


def test_largest_integers_add_up_exactly() -> None:
    columns: list[Column] = [
        ("woning", "uuid", "adres", "x"),
        ("maat", "integer", None, None),
        ("s", "string", None, None),
    ]
    rows = [[uuid("woning", i), 2**63 - 1 - i, "a"] for i in range(20)]
    asked = AskedTable(SOURCE, (), ("s",), "woning", "maat")
    cells = Collector(open_table(rows, columns), 1).collect(asked).cells
    assert {Decimal(value) for value in cells["som"]} == {Decimal(20 * (2**63 - 1) - 190)}


def memberships(evidences: list[Evidence], collector: Collector) -> dict[tuple[int, ...], int]:
    frame = collector.memberships(evidences, "woning")
    return {tuple(cells): int(n) for cells, n in zip(frame["cellen"], frame["n"], strict=True)}


@pytest.mark.parametrize("seed", range(2))
def test_atoms_are_the_groups_that_no_cell_tells_apart(seed: int) -> None:
    rows = random_rows(seed)
    tables = [
        AskedTable(SOURCE, (), ("soort",), "woning"),
        AskedTable(SOURCE, (condition("maat", ">=", 0),), ("buurtcode", "label"), "woning"),
    ]
    collector = Collector(open_table(rows), 1)
    evidences = [collector.collect(asked) for asked in tables]
    expected: dict[tuple[int, ...], int] = {}
    of_unit: dict[bytes, set[int]] = {}
    offset = 0
    for asked, evidence in zip(tables, evidences, strict=True):
        finest = [sorted(labels) for labels in evidence.labels]
        number = {key: offset + i for i, key in enumerate(product(*finest))}
        for key, members in reference(rows, asked).items():
            if key in number:
                for row in members:
                    of_unit.setdefault(row["woning"], set()).add(number[key])
        offset += len(number)
    for cells in of_unit.values():
        expected[tuple(sorted(cells))] = expected.get(tuple(sorted(cells)), 0) + 1
    assert memberships(evidences, collector) == expected


def test_a_filter_is_judged_as_the_slice_that_it_is() -> None:
    access = open_table(random_rows(1))
    where = condition("buurtcode", "=", BUURTEN[0])
    chosen = AskedTable(SOURCE, (where, condition("soort", "!=", "a")), ("label",), "woning")
    assert population_of(chosen, access) == AskedTable(SOURCE, (where,), ("label",), "woning")
    assert population_of(AskedTable(SOURCE, (where,), ("label",), "woning"), access) is None
    assert population_of(count_behind(AskedTable(SOURCE, (where,), ("label",), "woning", "maat")), access) is None


def test_a_wrong_filter_value_is_not_repeated() -> None:
    secret = uuid_text("woning", 1)
    asked = AskedTable(SOURCE, (condition("maat", "=", secret),), ("soort",), "woning")
    with pytest.raises(UserError) as caught:
        Collector(open_table(random_rows(1)), 1).collect(asked)
    assert secret not in str(caught.value)


@pytest.mark.parametrize("amounts", [[-0.5, 0.25, 1e-6, 12.75], [-(2**63), 2**63 - 1, 5, 7], [10**7, 10**7 + 1, 0, 3]])
def test_sums_and_spreads_are_exact_for_any_numbers(amounts: list[float]) -> None:
    """Fractions, both ends of the integers, and values that hardly differ: against exact fractions."""
    whole = all(isinstance(amount, int) for amount in amounts)
    columns: list[Column] = [
        ("woning", "uuid", "adres", "x"),
        ("maat", "integer" if whole else "number", None, None),
        ("s", "string", None, None),
    ]
    rows = [[uuid("woning", i), amounts[i % 4], "ab"[i % 3 == 0]] for i in range(40)]
    asked = AskedTable(SOURCE, (), ("s",), "woning", "maat")
    for given in (rows, rows[::-1]):
        cells = Collector(open_table(given, columns), 1).collect(asked).cells.set_index("s")
        for label in ("a", "b", TOTAL):
            values = [Fraction(row[1]).limit_denominator(10**6) for row in rows if label in {row[2], TOTAL}]
            mean = sum(values) / len(values)
            variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
            assert Fraction(cells.loc[label, "som"]) == sum(values)
            # the spread is of values in steps of a millionth of their range
            assert cells.loc[label, "afwijking"] == pytest.approx(float(variance) ** 0.5, rel=1e-5)
            share = max(map(abs, values)) / sum(map(abs, values))
            assert cells.loc[label, "dominantie_adres"] == pytest.approx(float(share))


@pytest.mark.parametrize("seed", range(2))
def test_atoms_of_sums_are_groups_of_rows(seed: int) -> None:
    rows = random_rows(seed)
    tables = [
        AskedTable(SOURCE, (condition("soort", "!=", "a"),), ("label",), "woning", "maat"),
        AskedTable(SOURCE, (condition("maat", ">=", 0),), ("buurtcode", "label"), "woning", "maat"),
        AskedTable(SOURCE, (), (), "woning", "maat"),
    ]
    collector = Collector(open_table(rows), 1)
    evidences = [collector.collect(asked) for asked in tables]
    of_row: dict[int, list[int]] = {}
    offset = 0
    for asked, evidence in zip(tables, evidences, strict=True):
        number = {key: offset + i for i, key in enumerate(product(*(sorted(labels) for labels in evidence.labels)))}
        for place, row in enumerate(rows):
            for key in reference([row], asked):
                if key in number:
                    of_row.setdefault(place, []).append(number[key])
        offset += len(number)
    expected: dict[tuple[int, ...], int] = {}
    for cells in of_row.values():
        expected[tuple(sorted(cells))] = expected.get(tuple(sorted(cells)), 0) + 1
    frame = collector.memberships(evidences, None)
    assert {tuple(cells): n for cells, n in zip(frame["cellen"], frame["n"], strict=True)} == expected
