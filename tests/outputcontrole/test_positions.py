"""Quantiles, the mode and extremes: right on the rows, and nobody's own value."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from outputcontrole.checks.position import common_value, position
from outputcontrole.spec import Verdict
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.test_checks import POLICY
from tests.outputcontrole.test_magnitudes import _world_with
from tests.outputcontrole.world import World

BASE: dict[str, Any] = {
    "bron": {"tabel": "bag.woningen"},
    "dimensies": ["woningtype"],
    "tel": "woning",
    "bescherming": "onderdrukken",
}
QUANTILES: dict[str, Any] = {**BASE, "soort": "kwantieltabel", "maat": "woz_waarde"}
OWN: dict[str, Any] = {**BASE, "bron": {"tabel": "extra.bedragen"}, "dimensies": ["groep"], "tel": "wie"}


def number(text: str) -> float:
    return float(text.replace(",", "."))


def test_quantiles_lie_where_numpy_finds_them(world: World) -> None:
    rows = pq.read_table(world.root / "pakketten/bag/woningen.parquet").to_pandas()
    shown = csv(answer(world, QUANTILES).files["tabel.csv"]).set_index("woningtype")
    compared = 0
    for label, row in shown.iterrows():
        values = np.sort(rows.loc[(rows["woningtype"] == label) | (label == "Totaal"), "woz_waarde"])
        for point in (25, 50, 75):
            if row[f"p{point}_woz_waarde"] != ".":
                place = point / 100 * (len(values) - 1)
                low, high = values[max(int(place) - 6, 0)], values[min(int(place) + 6, len(values) - 1)]
                assert low * 0.994 <= number(row[f"p{point}_woz_waarde"]) <= high * 1.006
                compared += 1
    assert compared >= 9


def test_an_outer_point_needs_units_on_its_far_side(world: World) -> None:
    table = csv(answer(world, {**QUANTILES, "dimensies": ["buurtcode"], "punten": [0.95]}).files["tabel.csv"])
    counts = pq.read_table(world.root / "pakketten/bag/woningen.parquet").to_pandas().groupby("buurtcode").size()
    shown = {a for a, text in zip(table["buurtcode"], table["p95_woz_waarde"], strict=True) if text != "."}
    assert all(counts[area] * 0.05 >= 10 for area in shown if area.startswith("BU"))
    assert "Totaal" in shown


@pytest.mark.parametrize(("below", "above", "hidden"), [(9, 50, True), (50, 9, True), (10, 10, False)])
def test_position_is_ten_on_each_side(below: int, above: int, hidden: bool) -> None:
    assert (position(below, above, POLICY) is not None) == hidden


def test_a_value_that_nearly_everybody_has_is_told_by_no_quantile() -> None:
    assert common_value(np.array([5.0] * 9 + [7.0]), POLICY) is not None
    assert common_value(np.array([5.0] * 8 + [6.0, 7.0]), POLICY) is None


def test_rows_of_few_units_make_no_quantile(tmp_path: Path) -> None:
    # forty rows, but what lies above the median is one unit's
    world = _world_with([("a", 10 + i) for i in range(40)] + [("b", 5 * i) for i in range(40)], tmp_path)
    own = pq.read_table(world.root / "pakketten/extra/bedragen.parquet")
    assert own.num_rows == 80
    found = answer(world, {**OWN, "soort": "kwantieltabel", "maat": "bedrag", "punten": [0.9]})
    assert found.verdict is Verdict.REFUSED


def test_the_mode_is_that_of_pandas_and_no_mode_is_everybody(world: World) -> None:
    mode: dict[str, Any] = {**BASE, "soort": "modustabel", "dimensies": ["buurtcode"], "kenmerk": "woningtype"}
    rows = pq.read_table(world.root / "pakketten/bag/woningen.parquet").to_pandas()
    table = csv(answer(world, mode).files["tabel.csv"])
    compared = 0
    for area, text in zip(table["buurtcode"], table["modus_woningtype"], strict=True):
        if text != "." and area.startswith("BU"):
            counts = rows.loc[rows["buurtcode"] == area, "woningtype"].value_counts()
            assert counts[text] == counts.max()
            assert counts[text] >= 10
            assert counts[text] / counts.sum() < 0.9
            compared += 1
    assert compared > 1
    pseudonym = answer(world, {**mode, "kenmerk": "woning"})
    assert pseudonym.verdict is Verdict.REFUSED


@pytest.mark.parametrize("statistic", ["minimum", "maximum", "bereik"])
def test_extremes_are_refused_with_the_alternative(world: World, statistic: str) -> None:
    asked = {**BASE, "soort": "extremen", "maat": "woz_waarde", "statistiek": statistic}
    del asked["bescherming"]
    found = answer(world, asked)
    assert found.verdict is Verdict.REFUSED
    assert "gemiddelde_van_uitersten" in found.findings[0].remedy


def test_the_mean_of_extremes_is_the_mean_of_ten(world: World) -> None:
    rows = pq.read_table(world.root / "pakketten/bag/woningen.parquet").to_pandas()
    asked = {**BASE, "soort": "gemiddelde_van_uitersten", "maat": "woz_waarde"}
    shown = csv(answer(world, asked).files["tabel.csv"]).set_index("woningtype")["gemiddelde_10_hoogste_woz_waarde"]
    assert len(shown) >= 2
    for label, text in shown.items():
        if text != ".":
            values = np.sort(rows.loc[(rows["woningtype"] == label) | (label == "Totaal"), "woz_waarde"])
            assert number(text) == pytest.approx(values[-10:].mean(), rel=0.006)


def test_one_unit_among_the_extremes_is_not_told(tmp_path: Path) -> None:
    world = _world_with([("a", 10 + i) for i in range(40)] + [("a", 10_000)], tmp_path)
    found = answer(world, {**OWN, "soort": "gemiddelde_van_uitersten", "maat": "bedrag"})
    assert found.verdict is Verdict.REFUSED
