"""Drift against the previous delivery: the documented rule, on both sides of each limit."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pseudonimisering.quality import measure
from zoo_formaat.errors import UserError


def people(first: int, last: int) -> list[str]:
    return [f"p{i}" for i in range(first, last)]


def persons(first: int, last: int) -> dict:
    return {"personen": {"persoon": ("persoon", people(first, last))}}


def drift(make_package, before, now, rejected=None, **options):
    old, new = ({"personen": rejected.get(when, {})} if rejected else None for when in ("oud", "nieuw"))
    previous = make_package("brp", before, old, folder="oud", **options)
    return measure([make_package("brp", now, new, folder="nieuw")], previous=[previous])


def findings(report) -> set[str]:
    return {finding.soort for finding in report.bevindingen}


@pytest.mark.parametrize(("rows", "notable"), [(1000, False), (1100, False), (1101, True), (900, False), (899, True)])
def test_rows_are_notable_beyond_ten_percent(make_package, rows, notable):
    now = {"personen": {"persoon": ("persoon", [f"p{i % 900}" for i in range(rows)])}}
    before = {"personen": {"persoon": ("persoon", [f"p{i % 900}" for i in range(1000)])}}
    report = drift(make_package, before, now)
    (table,) = report.verloop.tabellen
    assert (table.rijen_vorige, table.rijen, table.opvallend) == (1000, rows, notable)
    assert ("rijen" in findings(report)) == notable


@pytest.mark.parametrize(("first", "notable"), [(100, set()), (101, {"verdwenen", "nieuw"})])
def test_units_of_a_register_gone_and_new(make_package, first, notable):
    report = drift(make_package, persons(0, 1000), persons(first, 1000 + first))
    (key,) = report.verloop.sleutels
    assert (key.gebleven, key.verdwenen, key.nieuw) == (1000 - first, first, first)
    assert set(key.opvallend) == notable


def test_units_of_two_key_versions_are_not_compared(make_package):
    report = drift(make_package, persons(0, 100), persons(0, 100), version=2)
    (key,) = report.verloop.sleutels
    assert (key.gebleven, key.verdwenen, key.nieuw) == (None, None, None)
    assert report.verloop.bronnen[0].eenheden_vergelijkbaar is False


@pytest.mark.parametrize(
    ("rows", "wrong", "notable"),
    [(10_000, 100, False), (10_000, 101, True), (100, 2, False), (100, 20, True)],
)
def test_validity_falls_by_more_than_a_point_and_more_than_chance(make_package, rows, wrong, notable):
    table = persons(0, rows)
    rejected = {"nieuw": {"persoon.elfproef": wrong}}
    now = {"personen": {"persoon": ("persoon", [*people(0, rows - wrong), *[None] * wrong])}}
    report = drift(make_package, table, now, rejected)
    (key,) = report.verloop.sleutels
    assert (key.geldigheid_vorige, key.geldigheid) == (1.0, 1 - wrong / rows)
    assert ("geldigheid" in key.opvallend) == notable


def test_linked_share_is_measured_against_the_register_that_was_not_delivered_anew(make_package):
    def incomes(linked: int) -> dict:
        return {"inkomens": {"persoon": ("persoon", [*people(0, linked), *(f"x{i}" for i in range(1000 - linked))])}}

    brp = make_package("brp", persons(0, 1000))
    previous = make_package("inkomens", incomes(1000), folder="oud")
    report = measure([brp, make_package("inkomens", incomes(900))], previous=[previous])
    (key,) = report.verloop.sleutels
    assert (key.naar, key.gekoppeld_vorige, key.gekoppeld) == ("brp.personen.persoon", 1.0, 0.9)
    assert "gekoppeld" in key.opvallend
    assert report.verloop.zonder_vorige == ["brp"]


def test_a_previous_delivery_of_another_project_or_of_an_absent_source_is_refused(make_package):
    now = make_package("brp", persons(0, 10))
    other = make_package("brp", persons(0, 10), folder="ander", project="ander")
    absent = make_package("kvk", persons(0, 10))
    with pytest.raises(UserError, match="twee projecten zijn niet vergelijkbaar"):
        measure([now], previous=[other])
    with pytest.raises(UserError, match="geen huidige"):
        measure([now], previous=[absent])


def stability(before: list, now: list) -> float:
    """Population stability index of classes, half a row added to each: written anew from its definition."""
    classes = set(before) | set(now)
    old, new = Counter(before), Counter(now)
    shares = [
        ((old[c] + 0.5) / (len(before) + len(classes) / 2), (new[c] + 0.5) / (len(now) + len(classes) / 2))
        for c in classes
    ]
    return sum((q - p) * math.log(q / p) for p, q in shares)


common = st.lists(st.sampled_from(["man", "vrouw", "onbekend", None]), min_size=100, max_size=160)


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=common, now=common)
def test_stability_index_of_texts_agrees_with_its_definition(make_package, tmp_path, before, now):
    folder = f"v{len(list(tmp_path.iterdir()))}"
    old = make_package("brp", {"personen": {"x": ("string", before)}}, folder=f"{folder}oud")
    new = make_package("brp", {"personen": {"x": ("string", now)}}, folder=f"{folder}nieuw")
    (value,) = measure([new], previous=[old]).verloop.waarden

    def pooled(values: list) -> list:
        counts = Counter([*before, *now])
        return [value if value is None or counts[value] >= 20 else "overig" for value in values]

    assert value.psi == pytest.approx(stability(pooled(before), pooled(now)), abs=5e-5)


def test_stability_index_of_numbers_uses_tenths_of_the_values_before(make_package):
    before = [int(v) for v in np.random.default_rng(1).permutation(1000)]
    now = [v + 250 for v in before]
    report = drift(make_package, {"personen": {"woz": ("integer", before)}}, {"personen": {"woz": ("integer", now)}})
    (value,) = report.verloop.waarden

    def tenth(v: int) -> int:
        return min(9, max(0, v // 100))

    assert value.klassen == 10
    assert value.psi == pytest.approx(stability([tenth(v) for v in before], [tenth(v) for v in now]), rel=0.02)
    assert value.oordeel == "opvallend"
    assert "verdeling" in findings(report)


def test_samples_of_one_distribution_are_stable_and_small_ones_cry_no_wolf(make_package, tmp_path):
    """Of two small samples of one distribution the index is often above 0.1 by chance; that is not worth a look."""
    draw = np.random.default_rng(7)
    large, alarms = 0, 0
    for run in range(30):
        before, now = ([f"k{v}" for v in draw.integers(0, 5, 60)] for _ in range(2))
        old = make_package("brp", {"personen": {"x": ("string", before)}}, folder=f"{run}oud")
        new = make_package("brp", {"personen": {"x": ("string", now)}}, folder=f"{run}nieuw")
        (value,) = measure([new], previous=[old]).verloop.waarden
        large += value.psi >= 0.1
        alarms += value.oordeel != "stabiel"
    assert large >= 5
    assert alarms <= 1


def test_neither_rare_values_nor_any_value_stand_in_the_report(make_package):
    before = {"personen": {"nationaliteit": ("string", ["Zeldzamese"] * 3 + ["Nederlandse"] * 97)}}
    report = drift(make_package, before, before)
    text = str(report.as_json())
    assert "Zeldzamese" not in text and "Nederlandse" not in text
