"""Ratios, indices and concentration against pandas on the same rows and textbook values."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from outputcontrole.kinds.concentration_table import concentration
from outputcontrole.spec import Verdict
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.world import World

RATIO: dict[str, Any] = {
    "soort": "verhoudingstabel",
    "bron": {"tabel": "bag.woningen"},
    "dimensies": ["woningtype"],
    "teller": {"maat": "woz_waarde"},
    "noemer": {},
    "tel": "woning",
    "bescherming": "onderdrukken",
}
CONCENTRATION: dict[str, Any] = {
    "soort": "concentratietabel",
    "bron": {"tabel": "bag.woningen"},
    "dimensies": ["woningtype"],
    "maat": "woz_waarde",
    "tel": "woning",
    "bescherming": "onderdrukken",
}


def dwellings(world: World) -> pd.DataFrame:
    return pq.read_table(world.root / "pakketten/bag/woningen.parquet").to_pandas()


def number(text: str) -> float:
    return float(text.replace(",", "."))


def test_a_ratio_is_that_of_the_rows_in_three_digits(world: World) -> None:
    rows = dwellings(world)
    expected = rows.groupby("woningtype")["woz_waarde"].sum() / rows.groupby("woningtype").size()
    expected["Totaal"] = rows["woz_waarde"].sum() / len(rows)
    shown = csv(answer(world, RATIO).files["tabel.csv"]).set_index("woningtype")["verhouding"]
    visible = {label: number(text) for label, text in shown.items() if text != "."}
    assert len(visible) >= 3
    for label, value in visible.items():
        assert value == pytest.approx(expected[label], rel=0.006)


def test_an_index_is_100_in_its_base(world: World) -> None:
    shown = csv(answer(world, {**RATIO, "basis": ["Totaal"]}).files["tabel.csv"]).set_index("woningtype")["index"]
    plain = csv(answer(world, RATIO).files["tabel.csv"]).set_index("woningtype")["verhouding"]
    assert number(shown["Totaal"]) == 100
    for label, text in shown.items():
        if text != ".":
            assert number(text) == pytest.approx(100 * number(plain[label]) / number(plain["Totaal"]), rel=0.012)


def test_an_index_needs_a_base_that_may_be_shown(world: World) -> None:
    found = answer(world, {**RATIO, "basis": ["kasteel"]})
    assert found.verdict is Verdict.REFUSED
    assert "op 100" in found.findings[0].sentence


def test_a_share_of_everybody_is_hidden(world: World) -> None:
    # the numerator is everybody: the ratio would be 1 everywhere
    everybody = {"filter": [{"kolom": "woz_waarde", "is": ">", "waarde": 0}]}
    found = answer(world, {**RATIO, "teller": everybody})
    assert found.verdict is Verdict.REFUSED
    assert {finding.rule for finding in found.findings} >= {"groepsonthulling"}


def test_a_ratio_with_itself_is_no_question(world: World) -> None:
    from zoo_formaat.errors import UserError

    with pytest.raises(UserError, match="hetzelfde"):
        answer(world, {**RATIO, "teller": {}})


@pytest.mark.parametrize("measure", ["gini", "herfindahl"])
def test_concentration_is_that_of_the_units(world: World, measure: str) -> None:
    rows = dwellings(world)
    shown = csv(answer(world, {**CONCENTRATION, "maatstaf": measure}).files["tabel.csv"]).set_index("woningtype")
    compared = 0
    for label, text in shown[f"{measure}_woz_waarde"].items():
        if text == ".":
            continue
        amounts = rows.loc[(rows["woningtype"] == label) | (label == "Totaal"), "woz_waarde"].to_numpy(dtype=float)
        if measure == "gini":
            # the mean absolute difference over all pairs, over twice the mean
            expected = np.abs(amounts[:, None] - amounts[None, :]).mean() / (2 * amounts.mean())
        else:
            expected = ((amounts / amounts.sum()) ** 2).sum()
        assert number(text) == pytest.approx(expected, rel=0.06)
        compared += 1
    assert compared >= 3


def test_textbook_values() -> None:
    equal, one = np.full(4, 5.0), np.array([0.0, 0.0, 0.0, 8.0])
    assert concentration(equal, "gini", 10) == pytest.approx(0)
    assert concentration(one, "gini", 10) == pytest.approx(3 / 4)
    assert concentration(equal, "herfindahl", 10) == pytest.approx(1 / 4)
    assert concentration(one, "herfindahl", 10) == pytest.approx(1)
    assert concentration(np.arange(1.0, 21.0), "aandeel_hoogste", 10) == pytest.approx(155 / 210)


def test_the_share_of_ten_is_not_told_of_few(world: World) -> None:
    found = answer(world, {**CONCENTRATION, "dimensies": ["buurtcode"], "maatstaf": "aandeel_hoogste"})
    table = csv(found.files["tabel.csv"])
    counts = dwellings(world).groupby("buurtcode").size()
    for area, text in zip(table["buurtcode"], table["aandeel_hoogste_woz_waarde"], strict=True):
        if text != "." and area.startswith("BU"):
            assert counts[area] >= 20
            assert text.isdigit()
