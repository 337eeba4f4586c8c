"""Sums, means and spreads against pandas on the same rows, and the rules that are theirs alone."""

from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from outputcontrole.checks.degrees_of_freedom import freedom_of_spread
from outputcontrole.checks.low_variance import low_variance
from outputcontrole.checks.p_percent import p_percent
from outputcontrole.spec import Verdict
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.test_checks import cell, found_by
from tests.outputcontrole.world import World, sums


@pytest.mark.parametrize(("statistic", "power"), [("standaardafwijking", 1), ("variantie", 2)])
def test_a_spread_is_that_of_the_rows_in_three_digits(world: World, statistic: str, power: int) -> None:
    shown = csv(answer(world, sums("woningtype", statistiek=statistic)).files["tabel.csv"])
    table = pq.read_table(world.root / "pakketten/bag/woningen.parquet", columns=["woningtype", "woz_waarde"])
    rows = table.to_pandas().dropna()
    expected = rows.groupby("woningtype")["woz_waarde"].std() ** power
    expected["Totaal"] = rows["woz_waarde"].std() ** power
    compared = 0
    for row in shown.to_dict("records"):
        text = row[f"{statistic}_woz_waarde"]
        if text != ".":
            published = float(text.replace(",", "."))
            assert published == pytest.approx(expected[row["woningtype"]], rel=0.006)
            assert len(text.replace(",", "").strip("0")) <= 3
            compared += 1
    assert compared >= 3


@pytest.mark.parametrize(("values", "hidden"), [(10, True), (11, False), (None, False)])
def test_a_spread_asks_ten_degrees_of_freedom(values: int | None, hidden: bool) -> None:
    assert (found_by(freedom_of_spread, cell(20, values=values)) is not None) == hidden


@pytest.mark.parametrize(("spread", "hidden"), [(0.0, True), (0.0099, True), (0.01, False), (None, False)])
def test_nearly_equal_values_are_hidden(spread: float | None, hidden: bool) -> None:
    assert (found_by(low_variance, cell(20, spread=spread)) is not None) == hidden


def test_p_percent_is_about_what_the_second_can_know() -> None:
    # 100 of the largest, 80 of the second, 9 of all others: the second knows the largest within 9 %
    assert found_by(p_percent, cell(20, rest={"adres": 9 / 100})) is not None
    assert found_by(p_percent, cell(20, rest={"adres": 10 / 100})) is None
    assert found_by(p_percent, cell(20, rest={"adres": 0.5, "eigenaar": 0.05})) is not None


def _world_with(rows: list[tuple[str, int]], tmp_path: Any) -> World:
    from tests.outputcontrole.world import build, uuid

    columns = [
        ("wie", "uuid", "persoon", "persoon"),
        ("groep", "string", None, None),
        ("bedrag", "integer", None, None),
    ]
    values = [[uuid("p", i), group, amount] for i, (group, amount) in enumerate(rows)]
    return build(tmp_path / "w", extra={"extra": {"bedragen": (columns, values)}})


def _asked(**changes: Any) -> dict[str, Any]:
    return {
        "soort": "magnitudetabel",
        "bron": {"tabel": "extra.bedragen"},
        "dimensies": ["groep"],
        "maat": "bedrag",
        "statistiek": "som",
        "tel": "wie",
        "bescherming": "geen",
        **changes,
    }


def test_evidence_of_two_large_contributors(tmp_path: Any) -> None:
    ordinary = [("b", 1000 + 7 * i) for i in range(40)]
    # the largest has less than half of the total, and the second still knows it within 10 %
    close = [("a", 1000), ("a", 950), *(("a", 1 + i % 3) for i in range(40))]
    found = answer(_world_with(ordinary + close, tmp_path), _asked())
    assert found.verdict is Verdict.REFUSED
    assert {finding.rule for finding in found.findings} >= {"p-procent"}


def test_evidence_of_equal_and_nearly_equal_values(tmp_path: Any) -> None:
    scattered = [("b", 1000 + 900 * i) for i in range(40)]
    nearly = [("a", 20_000 + i % 2) for i in range(40)]
    found = answer(_world_with(scattered + nearly, tmp_path), _asked(statistiek="gemiddelde"))
    assert found.verdict is Verdict.REFUSED
    assert {finding.rule for finding in found.findings} >= {"spreiding"}


def test_a_spread_does_not_depend_on_the_order_of_rows_nor_on_where_zero_is(tmp_path: Any) -> None:
    rows = [("ab"[i % 2], 10**9 + (i * 7919) % 1013) for i in range(200)]
    made = []
    for number, order in enumerate((rows, rows[::-1], [(g, a - 10**9) for g, a in rows])):
        base = tmp_path / str(number)
        base.mkdir()
        made.append(answer(_world_with(order, base), _asked(statistiek="standaardafwijking")).files["tabel.csv"])
    assert made[0] == made[1] == made[2]
    expected = pd.Series([a for g, a in rows if g == "a"]).std()
    shown = csv(made[0]).set_index("groep").loc["a", "standaardafwijking_bedrag"]
    assert Decimal(str(shown).replace(",", ".")) == Decimal(f"{expected:.3g}")
