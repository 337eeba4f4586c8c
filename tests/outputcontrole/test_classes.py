"""Declared classes of a number as a dimension: the right rows in each, in the same system as every other table."""

import json
import math
from typing import Any

import numpy as np
import pytest

from outputcontrole.asked import AskedTable, check_table, count_behind, population_of
from outputcontrole.classes import class_labels, edge_texts
from outputcontrole.evidence import TOTAL, Collector
from outputcontrole.spec import Condition, Mark, TableSource
from tests.outputcontrole.test_evidence import open_table
from tests.outputcontrole.test_magnitudes import _world_with
from tests.outputcontrole.world import Column, uuid
from zoo_formaat.errors import UserError

SOURCE = TableSource(tabel="proef.rijen")
COLUMNS: list[Column] = [
    ("wie", "uuid", "persoon", "persoon"),
    ("groep", "string", None, None),
    ("bedrag", "integer", None, None),
    ("maat", "number", None, None),
    ("buurtcode", "string", None, None),
]
EDGES = (-1.0, 0.1, 0.3, 2.5)


def rows_of(seed: int) -> list[list[Any]]:
    rng = np.random.default_rng(seed)
    numbers = [None, math.nan, -1.0, -1.0000001, 0.1, 0.1 - 1e-12, 0.3, 0.1 + 0.2, 2.5, 1e300, -5.5, math.inf]
    return [
        [uuid("p", int(rng.integers(60))), "ab"[int(rng.integers(2))], int(rng.integers(-9, 99)), number, None]
        for number in rng.choice(np.array(numbers, dtype=object), 150)
    ]


def class_of(value: float, edges: tuple[float, ...] = EDGES) -> str:
    return class_labels(edges)[int(np.digitize(value, edges))]


@pytest.mark.parametrize("seed", range(4))
def test_units_per_class_are_those_that_numpy_finds(seed: int) -> None:
    rows = rows_of(seed)
    asked = AskedTable(SOURCE, (), ("groep", "maat"), "wie", bins=(("maat", EDGES),))
    collector = Collector(open_table(rows, COLUMNS), 1)
    evidence = collector.collect(asked)
    expected: dict[tuple[str, str], set[bytes]] = {}
    for who, group, _, number, _ in rows:
        if number is not None and not math.isnan(number):
            for key in ((group, class_of(number)), (TOTAL, class_of(number)), (group, TOTAL), (TOTAL, TOTAL)):
                expected.setdefault(key, set()).add(who)
    found = dict(zip(evidence.keys, evidence.cells["n"], strict=True))
    assert found == {key: len(expected.get(key, ())) for key in found}
    assert len(found) == 3 * 6
    # the rows, and the groups of units of the linear system, are the same ones
    held = evidence.rows_per_cell(collector.rows(asked, ["bedrag"]))
    assert {key: frame["wie"].nunique() for key, frame in held.items()} == {k: len(v) for k, v in expected.items()}
    atoms = collector.memberships([evidence], "wie")
    assert int(atoms["n"].sum()) == found[(TOTAL, TOTAL)]


def test_sums_per_class_are_those_of_the_rows() -> None:
    rows = rows_of(7)
    asked = AskedTable(SOURCE, (), ("maat",), "wie", "bedrag", (("maat", EDGES),))
    cells = Collector(open_table(rows, COLUMNS), 1).collect(asked).cells
    for label, total in zip(cells["maat"], cells["som"], strict=True):
        inside = [row for row in rows if row[3] is not None and not math.isnan(row[3])]
        assert float(total) == sum(row[2] for row in inside if label in {TOTAL, class_of(row[3])})


def test_a_table_with_classes_comes_back_from_the_history() -> None:
    asked = AskedTable(SOURCE, (), ("maat",), "wie", bins=(("maat", EDGES),))
    plain = AskedTable(SOURCE, (), ("maat",), "wie")
    assert AskedTable.from_record(json.loads(json.dumps(asked.record()))) == asked
    assert AskedTable.from_record(asked.record()).key == asked.key != plain.key
    assert "klassen" not in plain.record()
    chosen = AskedTable(
        SOURCE, (Condition.model_validate({"kolom": "groep", "is": "=", "waarde": "a"}),), ("maat",), "wie", "bedrag"
    )
    binned = AskedTable(SOURCE, chosen.filter, ("maat",), "wie", "bedrag", (("maat", EDGES),))
    behind = count_behind(binned)
    around = population_of(behind, open_table([], COLUMNS))
    assert behind.bins == binned.bins
    assert around is not None and around.bins == binned.bins


@pytest.mark.parametrize(
    "bins",
    [
        (("groep", (1.0, 2.0)),),
        (("bedrag", (1.0, 2.0)),),
        (("maat", (2.0, 1.0)),),
        (("maat", (1.0, 1.0)),),
        (("maat", ()),),
        (("maat", (1.0, math.nan)),),
        (("maat", (1.0, math.inf)),),
        (("maat", (0.12345678,)),),
        (("maat", (1e10,)),),
        (("maat", tuple(float(i) for i in range(101))),),
    ],
)
def test_classes_that_make_no_sense_are_refused_in_one_line(bins: Any) -> None:
    asked = AskedTable(SOURCE, (), ("maat", "groep"), "wie", bins=bins)
    with pytest.raises(UserError) as caught:
        check_table(asked, open_table([], COLUMNS), "uitvoer 'x'")
    assert "\n" not in str(caught.value)


def test_an_area_has_no_classes() -> None:
    asked = AskedTable(SOURCE, (), ("buurtcode",), "wie", bins=(("buurtcode", (1.0, 2.0)),))
    with pytest.raises(UserError):
        check_table(asked, open_table([], COLUMNS), "uitvoer 'x'")


def test_labels_are_dutch_and_no_formulas() -> None:
    assert edge_texts([-1.0, 0.0, 2.5]) == ["−1,0", "0,0", "2,5"]
    assert class_labels([-0.0, 1e6]) == ["minder dan 0", "0 tot 1000000", "1000000 of meer"]
    assert not any(label.startswith(("-", "=", "+", "@")) for label in class_labels([-5.0, -1.0, 3.0]))


def test_two_sets_of_classes_do_not_give_a_small_one_by_subtraction(tmp_path: Any) -> None:
    """Three persons have a value from 500 up to 501: the classes below 500 and below 501 differ by them."""
    rows = [("a", 10 * i) for i in range(48)] + [("a", 500)] * 3 + [("a", 505 + i) for i in range(200)]
    world = _world_with(rows, tmp_path)
    asked = {
        "soort": "histogram",
        "bron": {"tabel": "extra.bedragen"},
        "maat": "bedrag",
        "tel": "wie",
        "bescherming": "onderdrukken",
    }
    first, second = {**asked, "klassen": [500, 600]}, {**asked, "klassen": [501, 600]}
    together = world.assess(first, second)
    assert not _both_low(together.tables.values())
    world.submit_and_release(first)
    later = world.assess(second)
    assert all(mark is not Mark.SHOWN for mark in _low(later.tables.values()))


def _low(tables: Any) -> list[Mark]:
    return [
        mark
        for table in tables
        for key, mark in zip(table.evidence.keys, table.marks, strict=True)
        if key[0].startswith("minder") and table.blocked is None
    ]


def _both_low(tables: Any) -> bool:
    return sum(mark is Mark.SHOWN for mark in _low(tables)) == 2
