"""Every output rule against its text, on either side of its limit."""

from typing import Any

import pytest

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
    values: dict[str, Any] = {
        "labels": {"x": "a"},
        "n": n,
        "units": {"adres": n},
        "dominance": {},
        "group_share": None,
        **changes,
    }
    return CellEvidence(**values)


@pytest.mark.parametrize(("n", "hidden"), [(1, True), (9, True), (10, False), (0, False)])
def test_threshold_is_ten_units(n: int, hidden: bool) -> None:
    assert (threshold(cell(n), POLICY) is not None) == hidden


def test_threshold_holds_for_every_kind_of_unit_that_is_there() -> None:
    assert threshold(cell(40, units={"adres": 40, "eigenaar": 1}), POLICY) is not None
    assert threshold(cell(40, units={"adres": 40, "persoon": 0}), POLICY) is None
    assert threshold(cell(9, units={"adres": 40}), POLICY) is not None


def test_threshold_says_no_count() -> None:
    finding = threshold(cell(7), POLICY)
    assert finding is not None
    assert "7" not in finding.sentence + finding.remedy


def test_an_empty_cell_is_hidden_unless_the_policy_frees_zeros() -> None:
    assert zero(cell(0), POLICY) is not None
    assert zero(cell(0), POLICY.model_copy(update={"zero": "vrij"})) is None
    assert zero(cell(1), POLICY) is None


@pytest.mark.parametrize(("share", "hidden"), [(0.899, False), (0.90, True), (1.0, True), (None, False)])
def test_group_disclosure_starts_at_ninety_per_cent(share: float | None, hidden: bool) -> None:
    assert (group_disclosure(cell(group_share=share), POLICY) is not None) == hidden


def test_equal_values_are_a_group_disclosure() -> None:
    assert group_disclosure(cell(equal=True), POLICY) is not None


@pytest.mark.parametrize(("share", "hidden"), [(0.5, False), (0.5001, True), (1.0, True)])
def test_dominance_is_more_than_half(share: float, hidden: bool) -> None:
    found = dominance(cell(dominance={"adres": 0.1, "eigenaar": share}), POLICY)
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
