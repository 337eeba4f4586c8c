"""What is shown, taken together, gives no hidden cell and no small group: tried by linear algebra on the answers."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest

from outputcontrole.assessment import Assessment
from outputcontrole.spec import Mark, Verdict
from tests.outputcontrole.world import BUURTEN, World, counts, dwellings, hits, sums

Row = dict[str, Any]
NAMES = ("woning", "adres", "woningtype", "bouwjaar", "woz_waarde", "buurtcode")
HOMES: list[Row] = [dict(zip(NAMES, row, strict=True)) for row in dwellings()["woningen"][1]]
ODD = {"kolom": "bouwjaar", "is": "!=", "waarde": 1888}
SOME = {"kolom": "woningtype", "is": "in", "waarde": ["appartement", "hoekwoning"]}


def kind(name: str) -> dict[str, Any]:
    return {"kolom": "woningtype", "is": "=", "waarde": name}


def levels(row: Row, dimension: str) -> list[str]:
    code = row["buurtcode"]
    areas = [code, "WK" + code[2:8], "GM" + code[2:6]]
    if dimension.endswith("code"):
        return [*areas[["buurtcode", "wijkcode", "gemeentecode"].index(dimension) :], "Totaal"]
    return [str(row[dimension]), "Totaal"]


def csv(assessment: Assessment, number: int) -> tuple[list[str], list[list[str]]]:
    answer = assessment.answers[number]
    header, *lines = [line.split(";") for line in answer.files["tabel.csv"].decode().splitlines()]
    return header, lines


class Published:
    """All that outsiders have of one unit system: cells as sums over dwellings, and their published numbers."""

    def __init__(self) -> None:
        self.vectors: list[np.ndarray] = []
        self.hidden: list[np.ndarray] = []
        self.names: list[Any] = []

    def add(self, assessment: Assessment, number: int, chosen: Callable[[Row], bool], value: str = "aantal") -> None:
        header, lines = csv(assessment, number)
        dimensions = header[: header.index("aantal")]
        column = header.index(value)
        cells = {tuple(line[: len(dimensions)]): line[column] for line in lines}
        vectors = {key: np.zeros(len(HOMES)) for key in cells}
        for i, row in enumerate(HOMES):
            if chosen(row):
                for key in product(*(levels(row, d) for d in dimensions)):
                    if key in vectors:
                        vectors[key][i] = 1.0
        for key, shown in cells.items():
            if shown == ".":
                self.hidden.append(vectors[key])
                self.names.append(key)
            else:
                amount = sum(row["woz_waarde"] for row, one in zip(HOMES, vectors[key], strict=True) if one)
                assert int(shown) == (vectors[key].sum() if value == "aantal" else amount), key
                self.vectors.append(vectors[key])

    def _groups(self) -> tuple[np.ndarray, np.ndarray]:
        """Fold dwellings that nothing tells apart; return cells x groups and the sizes of the groups."""
        everything = np.array([*self.vectors, *self.hidden])
        groups, sizes = np.unique(everything, axis=1, return_counts=True)
        inside = groups.any(axis=0)
        return groups[:, inside], sizes[inside]

    def derivable(self) -> list[Any]:
        """Hidden cells that hold somebody and follow from the shown ones by adding and subtracting."""
        groups, _ = self._groups()
        shown, hidden = groups[: len(self.vectors)], groups[len(self.vectors) :]
        return [name for name, cell in zip(self.names, hidden, strict=True) if cell.any() and in_span(shown, cell)]

    def small_groups(self, threshold: int = 10) -> int:
        """How many groups of fewer than `threshold` dwellings can be computed."""
        groups, sizes = self._groups()
        shown = groups[: len(self.vectors)]
        units = np.eye(len(sizes))
        return sum(in_span(shown, units[i]) for i in np.flatnonzero(sizes < threshold))


def in_span(rows: np.ndarray, target: np.ndarray) -> bool:
    if not len(rows):
        return False
    combination, *_ = np.linalg.lstsq(rows.T, target, rcond=None)
    return bool(np.abs(rows.T @ combination - target).max() < 1e-8)


def always(row: Row) -> bool:
    return True


def some(row: Row) -> bool:
    return row["woningtype"] in {"appartement", "hoekwoning"}


def test_no_hidden_count_follows_from_the_margins(world: World) -> None:
    assessment = world.assess(counts("buurtcode", "woningtype"))
    assert assessment.verdict is Verdict.PROTECTED
    published = Published()
    published.add(assessment, 0, always)
    assert len(published.hidden) > 10
    assert published.derivable() == []
    assert published.small_groups() == 0


def test_the_oracle_finds_a_leak_when_there_is_one(world: World) -> None:
    """Two tables answered apart, put side by side: the dwelling of 1888 is their difference."""
    both = Published()
    both.add(world.assess(counts(filter=[SOME])), 0, some)
    both.add(world.assess(counts(filter=[SOME, ODD])), 0, lambda row: some(row) and row["bouwjaar"] != 1888)
    assert both.small_groups() > 0


def test_two_filters_that_differ_by_one_dwelling_are_protected_together(world: World) -> None:
    assessment = world.assess(counts(filter=[SOME]), counts(filter=[SOME, ODD]))
    both = Published()
    both.add(assessment, 0, some)
    both.add(assessment, 1, lambda row: some(row) and row["bouwjaar"] != 1888)
    assert both.small_groups() == 0
    assert both.derivable() == []
    assert len(both.vectors) > 20


def test_three_filters_of_which_none_contains_another_are_too(world: World) -> None:
    """Apartments + corner houses - (both, not of 1888) is one dwelling; no two of the three are nested."""
    assessment = world.assess(
        counts("gemeentecode", filter=[kind("appartement")]),
        counts("gemeentecode", filter=[kind("hoekwoning")]),
        counts("gemeentecode", filter=[SOME, ODD]),
    )
    published = Published()
    choices = (
        lambda row: row["woningtype"] == "appartement",
        lambda row: row["woningtype"] == "hoekwoning",
        lambda row: some(row) and row["bouwjaar"] != 1888,
    )
    for number, chosen in enumerate(choices):
        if assessment.answers[number].files:
            published.add(assessment, number, chosen)
    assert published.vectors
    assert published.small_groups() == 0


def test_no_hidden_sum_follows_from_the_margins_or_another_filter(world: World) -> None:
    assessment = world.assess(sums("buurtcode", filter=[SOME]), sums("buurtcode", filter=[SOME, ODD]))
    published = Published()
    published.add(assessment, 0, some, "som_woz_waarde")
    published.add(assessment, 1, lambda row: some(row) and row["bouwjaar"] != 1888, "som_woz_waarde")
    assert published.hidden
    assert published.derivable() == []
    assert published.small_groups() == 0


def test_a_dominated_total_is_hidden_and_its_neighbours_do_not_give_it_back(world: World) -> None:
    assessment = world.assess(sums("buurtcode", filter=[kind("appartement")]))
    reasons = {finding.cell["buurtcode"]: finding.rule for finding in assessment.answers[0].findings}
    assert reasons[BUURTEN[0]] == "dominantie"
    published = Published()
    published.add(assessment, 0, lambda row: row["woningtype"] == "appartement", "som_woz_waarde")
    assert published.derivable() == []


def test_every_hidden_primary_count_can_be_ten_different_things(world: World) -> None:
    """Shown numbers leave each primary cell an interval at least as wide as the threshold (a linear programme)."""
    from scipy.optimize import linprog

    assessment = world.assess(counts("buurtcode", "woningtype"))
    (protection,) = assessment.tables.values()
    cells = protection.evidence.cells
    finest = [i for i, row in cells.iterrows() if row["buurtcode"].startswith("BU") and row["woningtype"] != "Totaal"]
    position = {(cells.loc[i, "buurtcode"], cells.loc[i, "woningtype"]): p for p, i in enumerate(finest)}
    rows, right = [], []
    vectors = {}
    for i, row in cells.iterrows():
        vector = np.zeros(len(finest))
        for (code, label), p in position.items():
            inside = {"buurtcode": code, "woningtype": label}
            if row["buurtcode"] in levels(inside, "buurtcode") and row["woningtype"] in {label, "Totaal"}:
                vector[p] = 1
        vectors[i] = vector
        if protection.marks[i] is Mark.SHOWN:
            rows.append(vector)
            right.append(row["n"])
    primary = [i for i, mark in enumerate(protection.marks) if mark is Mark.PRIMARY]
    assert primary
    for i in primary[::3]:
        low, high = (
            linprog(sign * vectors[i], A_eq=np.array(rows), b_eq=right, bounds=(0, None)).fun * sign for sign in (1, -1)
        )
        assert high - low >= 10 - 1e-6


def test_a_table_with_one_unsafe_cell_is_blocked_whole_when_no_protection_was_asked(world: World) -> None:
    (answer,) = world.assess(counts("buurtcode", "woningtype", bescherming="geen")).answers
    assert answer.verdict is Verdict.REFUSED
    assert answer.files == {}
    first, *cells = answer.findings
    assert first.rule == "onbeschermd"
    assert all(finding.cell and finding.remedy for finding in cells)
    assert any(finding.rule == "drempel" for finding in cells)
    assert {cell["merk"] for cell in answer.preview["cellen"]} > {"getoond"}
    assert all(value == "." for cell in answer.preview["cellen"] for value in cell["waarden"])


@pytest.mark.parametrize(
    "conditions",
    [
        [{"kolom": "waarde", "is": "=", "waarde": False}],
        [{"kolom": "waarde", "is": "!=", "waarde": True}],
        [{"kolom": "waarde", "is": "in", "waarde": [False]}],
        [{"kolom": "waarde", "is": "niet leeg"}],
    ],
)
def test_spelling_the_filter_differently_does_not_switch_group_disclosure_off(
    world: World, conditions: Sequence[dict[str, Any]]
) -> None:
    """With twenty sales in a day asked, nobody is pointed at: 'not pointed at' is everybody, however it is asked."""
    source = {"indicator": "doorverkoop_zelfde_dag", "parameters": {"minimum": 20}}
    (answer,) = world.assess(hits(bron=source, filter=list(conditions))).answers
    assert answer.verdict is Verdict.REFUSED
    assert {finding.rule for finding in answer.findings} >= {"groepsonthulling"}


def test_units_counted_by_an_indicator_and_by_their_table_are_one_system(world: World) -> None:
    """All dwellings by the indicator, minus some by the table, is a group by subtraction."""
    everything = hits(filter=[])
    assessment = world.assess(everything, counts(filter=[{"kolom": "woningtype", "is": "!=", "waarde": "hoekwoning"}]))
    published = Published()
    published.add(assessment, 0, always)
    if assessment.answers[1].files:
        published.add(assessment, 1, lambda row: row["woningtype"] != "hoekwoning")
    assert published.small_groups() == 0


def test_a_label_without_any_number_is_not_listed(world: World) -> None:
    """A price as a dimension would list the prices."""
    assessment = world.assess(counts("woz_waarde"))
    assert assessment.answers[0].files == {} or len(csv(assessment, 0)[1]) < 5
    assessment = world.assess(counts("gemeentecode", "bouwjaar"))
    listed = {line[1] for line in csv(assessment, 0)[1]} if assessment.answers[0].files else set()
    shown = {line[1] for line in csv(assessment, 0)[1] if line[2] != "."} if listed else set()
    assert listed == shown
    assert "1888" not in listed
