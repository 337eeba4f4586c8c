"""Every output rule against its text, on either side of its limit."""

from typing import Any

import numpy as np
import pytest

from outputcontrole.checks import CellRule, Finding
from outputcontrole.checks.degrees_of_freedom import degrees_of_freedom
from outputcontrole.checks.dominance import dominance
from outputcontrole.checks.free_text import free_text
from outputcontrole.checks.group_disclosure import group_disclosure
from outputcontrole.checks.leaf_size import leaf_size
from outputcontrole.checks.threshold import threshold
from outputcontrole.checks.zero import zero
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import DEFAULT, parse_policy

POLICY = parse_policy(DEFAULT.encode(), "beleid")


def cell(n: int = 20, **changes: Any) -> CellEvidence:
    """One cell of a table, between two that are as safe as can be."""
    values: dict[str, Any] = {
        "n": n,
        "units": {"adres": n},
        "dominance": {},
        "group_share": None,
        "values": None,
        "rest": {},
        "equal": False,
        "spread": None,
        **changes,
    }
    safe = {"n": 10**6, "units": 10**6, "dominance": 0.0, "group_share": 0.0, "values": 10**6, "rest": 1e6}
    columns: dict[str, Any] = {}
    for name, value in values.items():
        around = safe.get(name, False if name == "equal" else 1.0)
        if isinstance(value, dict):
            columns[name] = {kind: np.array([around, number, around]) for kind, number in value.items()}
        elif name == "values" and value is None:
            columns[name] = None
        else:
            columns[name] = np.array([around, np.nan if value is None else value, around])
    return CellEvidence(**columns)


def found_by(rule: CellRule, cells: CellEvidence) -> Finding | None:
    """The first finding of a rule on the cell in the middle; its neighbours are never found unsafe."""
    found = rule(cells, POLICY)
    assert not any(part.cells[0] or part.cells[2] for part in found)
    return next((part.finding for part in found if part.cells[1]), None)


@pytest.mark.parametrize(("n", "hidden"), [(1, True), (9, True), (10, False), (0, False)])
def test_threshold_is_ten_units(n: int, hidden: bool) -> None:
    assert (found_by(threshold, cell(n)) is not None) == hidden


def test_threshold_holds_for_every_kind_of_unit_that_is_there() -> None:
    assert found_by(threshold, cell(40, units={"adres": 40, "eigenaar": 1})) is not None
    assert found_by(threshold, cell(40, units={"adres": 40, "persoon": 0})) is None
    assert found_by(threshold, cell(9, units={"adres": 40})) is not None


def test_threshold_says_no_count() -> None:
    finding = found_by(threshold, cell(7))
    assert finding is not None
    assert "7" not in finding.sentence + finding.remedy


def test_an_empty_cell_is_hidden_unless_the_policy_frees_zeros() -> None:
    assert found_by(zero, cell(0)) is not None
    assert not zero(cell(0), POLICY.model_copy(update={"zero": "vrij"}))
    assert found_by(zero, cell(1)) is None


@pytest.mark.parametrize(("share", "hidden"), [(0.899, False), (0.90, True), (1.0, True), (None, False)])
def test_group_disclosure_starts_at_ninety_per_cent(share: float | None, hidden: bool) -> None:
    assert (found_by(group_disclosure, cell(group_share=share)) is not None) == hidden


def test_equal_values_are_a_group_disclosure() -> None:
    assert found_by(group_disclosure, cell(equal=True)) is not None


@pytest.mark.parametrize(("share", "hidden"), [(0.5, False), (0.5001, True), (1.0, True)])
def test_dominance_is_more_than_half(share: float, hidden: bool) -> None:
    found = found_by(dominance, cell(dominance={"adres": 0.1, "eigenaar": share}))
    assert (found is not None) == hidden


@pytest.mark.parametrize(("observations", "parameters", "refused"), [(14, 4, False), (13, 4, True), (3, 4, True)])
def test_ten_residual_degrees_of_freedom(observations: int, parameters: int, refused: bool) -> None:
    assert (degrees_of_freedom(observations, parameters, POLICY) is not None) == refused


def test_leaves_need_areas_and_units() -> None:
    assert leaf_size("blad 1", 10, {"adres": 10}, POLICY) is None
    assert leaf_size("blad 1", 9, {}, POLICY) is not None
    assert leaf_size("blad 1", 50, {"adres": 9}, POLICY) is not None


@pytest.mark.parametrize(
    ("text", "asked"),
    [("Alle woningen, 1995 tot 2016", False), ("In 7 buurten", True), ("2016,5", True), ("1850", True), ("", False)],
)
def test_typed_numbers_are_read_by_people(text: str, asked: bool) -> None:
    found = free_text(text)
    assert (found is not None) == asked
    assert found is None or found.judgement
