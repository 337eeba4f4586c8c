"""Figures of a real census extract (48,842 persons): what passes and what does not, each against the rows.

ZOO_DATA names the folder that holds the data; nothing of them is in the repository.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from outputcontrole.spec import Verdict
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.world import World, build
from tests.real_data import ADULT, PERSON, needs, table_of
from tests.real_data import adults as persons

pytestmark = needs(ADULT)
COLUMNS = ["persoon", "leeftijd", "uren", "winst", "opleiding", "ras", "land"]
BASE: dict[str, Any] = {"bron": {"tabel": "extra.volwassenen"}, "tel": "persoon"}


@pytest.fixture(scope="module")
def adults() -> pd.DataFrame:
    return persons()[COLUMNS]


@pytest.fixture(scope="module")
def census(adults: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> World:
    extra = {"extra": {"volwassenen": table_of(adults, {"persoon": PERSON})}}
    return build(tmp_path_factory.mktemp("census") / "w", extra=extra)


def test_ages_as_histogram_and_line_of_density(census: World, adults: pd.DataFrame) -> None:
    edges = list(range(20, 81, 5))
    expected = np.histogram(adults["leeftijd"], [0, *edges, 200])[0].tolist()
    for kind, more in (("histogram", {"bescherming": "geen"}), ("dichtheid", {})):
        found = answer(census, {**BASE, "soort": kind, "maat": "leeftijd", "klassen": edges, **more})
        assert found.verdict is Verdict.FREE
        assert csv(found.files["tabel.csv"])["aantal"].astype(int).tolist() == [*expected, len(adults)]


def test_hours_in_classes_that_nearly_all_share_are_refused(census: World) -> None:
    """Group disclosure: nine in ten work less than 60 hours."""
    asked = {**BASE, "soort": "histogram", "maat": "uren", "klassen": [60, 70], "bescherming": "geen"}
    found = answer(census, asked)
    assert found.verdict is Verdict.REFUSED
    assert "groepsonthulling" in {finding.rule for finding in found.findings}


def test_hours_per_country_hide_small_groups(census: World, adults: pd.DataFrame) -> None:
    asked = {**BASE, "soort": "histogram", "maat": "uren", "klassen": [35, 41], "per": "ras"}
    assert answer(census, {**asked, "per": "land", "bescherming": "geen"}).verdict is Verdict.REFUSED
    table = csv(answer(census, {**asked, "bescherming": "onderdrukken"}).files["tabel.csv"])
    counts = adults.groupby(["ras", np.digitize(adults["uren"], [35, 41])]).size()
    names = ["minder dan 35", "35 tot 41", "41 of meer"]
    for row in table[table["aantal"] != "."].to_dict("records"):
        if "Totaal" not in {row["ras"], row["uren"]}:
            assert int(row["aantal"]) == counts[row["ras"], names.index(row["uren"])] >= 10


def test_age_and_hours_as_grid_hold_no_small_square(census: World, adults: pd.DataFrame) -> None:
    grid = {
        "soort": "rasterdiagram",
        "x": {"kolom": "leeftijd", "van": 15, "stap": 5, "aantal": 15},
        "y": {"kolom": "uren", "van": 0, "stap": 10, "aantal": 9},
        "bescherming": "onderdrukken",
    }
    table = csv(answer(census, {**BASE, **grid}).files["tabel.csv"])
    edges = np.arange(15, 91, 5), np.arange(0, 91, 10)
    counts, _, _ = np.histogram2d(adults["leeftijd"], adults["uren"], bins=[[*e[:-1], e[-1] - 1e-9] for e in edges])
    shown = 0
    for row in table[table["aantal"] != "."].to_dict("records"):
        if " tot " in row["leeftijd"] and " tot " in row["uren"]:
            x, y = int(row["leeftijd"].split(" ")[0]), int(row["uren"].split(" ")[0])
            assert int(row["aantal"]) == counts[(x - 15) // 5, y // 10] >= 10
            shown += 1
    assert shown >= 60


def test_ages_per_education_as_boxes(census: World, adults: pd.DataFrame) -> None:
    asked = {**BASE, "soort": "boxplot", "maat": "leeftijd", "per": "opleiding", "bescherming": "onderdrukken"}
    table = csv(answer(census, asked).files["tabel.csv"]).set_index("opleiding")
    assert "Preschool" not in table.index, "83 persons are too few for a point of 5 per cent"
    for label in ("Bachelors", "HS-grad", "Masters"):
        values = adults.loc[adults["opleiding"] == label, "leeftijd"]
        for point in (5, 25, 50, 75, 95):
            text = table.loc[label, f"p{point}_leeftijd"].replace(",", ".")
            assert float(text) == pytest.approx(np.percentile(values, point), abs=0.6)


def test_capital_gain_that_nearly_nobody_has_makes_no_lorenz_curve(census: World, adults: pd.DataFrame) -> None:
    assert (adults["winst"] == 0).mean() > 0.9
    assert answer(census, {**BASE, "soort": "lorenzcurve", "maat": "winst"}).verdict is Verdict.REFUSED
    curve = csv(answer(census, {**BASE, "soort": "lorenzcurve", "maat": "uren"}).files["tabel.csv"])
    hours = np.sort(adults["uren"])
    half = hours[: len(hours) // 2].sum() / hours.sum()
    assert float(curve.iloc[5, 1].replace(",", ".")) == pytest.approx(100 * half, abs=0.1)


def test_years_of_age_as_line_break_where_few_are_left(census: World, adults: pd.DataFrame) -> None:
    asked = {**BASE, "soort": "lijndiagram", "dimensies": ["leeftijd"], "bescherming": "onderdrukken"}
    table = csv(answer(census, asked).files["tabel.csv"]).set_index("leeftijd")["aantal"]
    counts = adults["leeftijd"].value_counts()
    shown = {int(age): int(n) for age, n in table.items() if n != "." and age != "Totaal"}
    assert len(shown) > 60
    assert all(counts[age] == n >= 10 for age, n in shown.items())
    assert "89" not in table.index
