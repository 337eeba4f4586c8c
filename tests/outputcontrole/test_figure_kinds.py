"""Figures as output: drawn from protected numbers, equal to numpy on the rows, refused where a rule fails."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from outputcontrole.answer import Answer
from outputcontrole.spec import Verdict, parse_request
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.world import BUURTEN, Column, World, build, uuid, uuid_text

COLUMNS: list[Column] = [
    ("wie", "uuid", "persoon", "persoon"),
    ("groep", "string", None, None),
    ("inkomen", "integer", None, None),
    ("leeftijd", "integer", None, None),
    ("vermogen", "number", None, None),
    ("scheef", "integer", None, None),
    ("jaar", "integer", None, None),
    ("maand", "date", None, None),
    ("buurtcode", "string", None, None),
]
NAMES = [name for name, *_ in COLUMNS]
EDGES = [15_000, 25_000, 35_000, 45_000, 55_000]


def people_rows() -> list[list[Any]]:
    """1,200 persons; group c and d are small, 2013 has four and 2018 twelve, 2015 nobody, some numbers are missing."""
    rng = np.random.default_rng(5)
    rows: list[list[Any]] = []
    for number in range(1200):
        group = "a" if number < 700 else "b" if number < 1180 else "c" if number < 1188 else "d"
        age = int(rng.integers(18, 90))
        income = int(rng.normal(15_000 + 400 * age, 9_000))
        year = 2013 if number % 300 == 1 else 2018 if number % 100 == 2 else (2010, 2011, 2012, 2014, 2016)[number % 5]
        wealth = None if number % 97 == 0 else round(float(rng.lognormal(10, 1)), 2)
        skewed = 10_000_000 if number == 7 else int(rng.integers(1, 900))
        month = date(2015, 1 + number % 5, 1)
        rows.append(
            [uuid("mens", number), group, income, age, wealth, skewed, year, month, BUURTEN[number % len(BUURTEN)]]
        )
    return rows


ROWS = people_rows()
PEOPLE = pd.DataFrame(ROWS, columns=NAMES)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("figuren") / "w", extra={"extra": {"mensen": (COLUMNS, ROWS)}})


BASE: dict[str, Any] = {"bron": {"tabel": "extra.mensen"}, "tel": "wie"}
HISTOGRAM = {**BASE, "soort": "histogram", "maat": "inkomen", "klassen": EDGES, "bescherming": "onderdrukken"}
PANELS = {**HISTOGRAM, "per": "groep"}
DENSITY = {**BASE, "soort": "dichtheid", "maat": "inkomen", "klassen": EDGES}
BOXES = {**BASE, "soort": "boxplot", "maat": "inkomen", "per": "groep", "bescherming": "onderdrukken"}
BARS = {**BASE, "soort": "staafdiagram", "dimensies": ["jaar"], "bescherming": "onderdrukken"}
BARS_TWO = {**BARS, "dimensies": ["buurtcode", "groep"], "maat": "inkomen", "statistiek": "gemiddelde"}
LINE = {**BASE, "soort": "lijndiagram", "dimensies": ["jaar"], "bescherming": "onderdrukken"}
LINES = {
    **LINE,
    "dimensies": ["leeftijd", "groep"],
    "klassen": {"leeftijd": [30, 40, 50, 60, 70]},
    "maat": "inkomen",
    "statistiek": "som",
}
GRID: dict[str, Any] = {
    **BASE,
    "soort": "rasterdiagram",
    "x": {"kolom": "leeftijd", "van": 20, "stap": 10, "aantal": 7},
    "y": {"kolom": "inkomen", "van": 0, "stap": 10_000, "aantal": 8},
    "bescherming": "onderdrukken",
}
LORENZ = {**BASE, "soort": "lorenzcurve", "maat": "vermogen"}
SCATTER = {**BASE, "soort": "spreidingsdiagram", "x": "leeftijd", "y": "inkomen"}
ALL = {
    "histogram": HISTOGRAM,
    "panelen": PANELS,
    "dichtheid": DENSITY,
    "boxplot": BOXES,
    "staaf": BARS,
    "staaf2": BARS_TWO,
    "lijn": LINE,
    "lijnen": LINES,
    "raster": GRID,
    "lorenz": LORENZ,
}


@pytest.fixture(scope="module")
def answers(people: World) -> dict[str, Answer]:
    return {name: answer(people, asked) for name, asked in ALL.items()}


def number(text: str) -> float:
    return float(text.replace(",", "."))


def labels_of(values: "pd.Series[Any]", edges: list[float]) -> list[str]:
    names = [f"minder dan {edges[0]}", *(f"{a} tot {b}" for a, b in pairwise(edges))]
    names.append(f"{edges[-1]} of meer")
    return [names[place] for place in np.digitize(values, edges)]


def test_every_kind_leaves_as_a_table_and_two_pictures(answers: dict[str, Answer]) -> None:
    for name, found in answers.items():
        assert found.verdict.may_be_submitted, (name, found.findings)
        assert {"tabel.csv", "tabel.xlsx", "tabel.parquet", "figuur.svg", "figuur.png"} <= set(found.files), name
        assert found.files["figuur.png"].startswith(b"\x89PNG")


def test_a_histogram_counts_what_numpy_counts(answers: dict[str, Answer]) -> None:
    table = csv(answers["histogram"].files["tabel.csv"])
    expected = dict(zip(*np.unique(labels_of(PEOPLE["inkomen"], EDGES), return_counts=True), strict=True))
    shown = [row for row in table.to_dict("records") if row["aantal"] != "."]
    assert len(shown) >= 5
    assert all(int(row["aantal"]) == expected.get(row["inkomen"], len(PEOPLE)) >= 10 for row in shown)
    assert list(table["inkomen"]) == [*(label for label in dict.fromkeys(class_order())), "Totaal"]


def class_order() -> list[str]:
    return labels_of(pd.Series([0, *EDGES]), EDGES)


def test_a_panel_of_a_small_group_is_not_shown(people: World, answers: dict[str, Answer]) -> None:
    """Histogram per small group: eight persons of group c have no bar, and no panel."""
    table = csv(answers["panelen"].files["tabel.csv"])
    assert set(table["groep"]) <= {"a", "b", "Totaal"}
    svg = answers["panelen"].files["figuur.svg"].decode()
    assert ">c<" not in svg
    unprotected = answer(people, {**PANELS, "bescherming": "geen"})
    assert unprotected.verdict is Verdict.REFUSED
    assert not unprotected.files


def test_a_density_is_refused_when_one_class_is_too_small(people: World, answers: dict[str, Answer]) -> None:
    table = csv(answers["dichtheid"].files["tabel.csv"])
    assert answers["dichtheid"].verdict is Verdict.FREE
    assert list(map(int, table["aantal"][:-1])) == np.histogram(PEOPLE["inkomen"], [-1e9, *EDGES, 1e9])[0].tolist()
    narrow = answer(people, {**DENSITY, "klassen": [15_000, 15_001, 40_000]})
    assert narrow.verdict is Verdict.REFUSED
    assert not narrow.files


def test_an_end_class_of_few_is_not_told(people: World) -> None:
    ends = answer(people, {**HISTOGRAM, "klassen": [4_000, 20_000, 30_000, 40_000, 72_000]})
    low, high = (PEOPLE["inkomen"] < 4_000).sum(), (PEOPLE["inkomen"] >= 72_000).sum()
    assert 0 < low < 10 and 0 < high < 10
    table = csv(ends.files["tabel.csv"]).set_index("inkomen")["aantal"]
    assert table["minder dan 4000"] == table["72000 of meer"] == "."


def test_boxes_lie_where_numpy_puts_them_and_have_no_outliers(answers: dict[str, Answer]) -> None:
    table = csv(answers["boxplot"].files["tabel.csv"]).set_index("groep")
    assert "c" not in table.index
    for label in ("a", "b"):
        values = PEOPLE.loc[PEOPLE["groep"] == label, "inkomen"]
        for point in (5, 25, 50, 75, 95):
            assert number(table.loc[label, f"p{point}_inkomen"]) == pytest.approx(
                np.percentile(values, point), rel=0.03, abs=600
            )
    extremes = {str(value) for value in (PEOPLE["inkomen"].min(), PEOPLE["inkomen"].max())}
    svg = answers["boxplot"].files["figuur.svg"].decode()
    assert not any(value in svg for value in extremes)


def test_a_box_of_too_few_has_no_whiskers(people: World) -> None:
    """75 persons in a buurt: fewer than ten stand beyond the points of 5 and 95 per cent."""
    assert answer(people, {**BOXES, "per": "buurtcode"}).verdict is Verdict.REFUSED


def test_bars_are_the_counts_and_means_of_pandas(answers: dict[str, Answer]) -> None:
    counts = csv(answers["staaf"].files["tabel.csv"]).set_index("jaar")["aantal"]
    expected = PEOPLE.groupby("jaar").size()
    shown = {year: int(n) for year, n in counts.items() if n != "."}
    assert {int(year): n for year, n in shown.items() if year != "Totaal"} == {
        year: expected[year] for year in map(int, set(shown) - {"Totaal"})
    }
    assert len(shown) >= 4
    means = csv(answers["staaf2"].files["tabel.csv"])
    mean = PEOPLE.groupby(["buurtcode", "groep"])["inkomen"].mean()
    compared = 0
    for row in means.to_dict("records"):
        if row["gemiddelde_inkomen"] != "." and (row["buurtcode"], row["groep"]) in mean.index:
            assert abs(int(row["gemiddelde_inkomen"]) - mean[row["buurtcode"], row["groep"]]) <= 0.5
            compared += 1
    assert compared >= 10


def test_a_line_breaks_alike_for_a_hidden_and_for_an_absent_year(answers: dict[str, Answer]) -> None:
    """2013 has four persons, 2015 none: neither is listed, and the axis says nothing of either."""
    table = csv(answers["lijn"].files["tabel.csv"])
    assert "2013" not in set(table["jaar"]) and "2015" not in set(table["jaar"])
    svg = answers["lijn"].files["figuur.svg"].decode()
    assert not re.search(r">201[35]<", svg)
    assert "niet getoond" in svg
    assert {"2010", "2011", "2012", "2014", "2016"} <= set(table["jaar"])


def test_lines_of_sums_per_class_are_those_of_pandas(answers: dict[str, Answer]) -> None:
    table = csv(answers["lijnen"].files["tabel.csv"])
    classes = labels_of(PEOPLE["leeftijd"], [30, 40, 50, 60, 70])
    total = PEOPLE.groupby([pd.Series(classes), "groep"])["inkomen"].sum()
    compared = 0
    for row in table.to_dict("records"):
        if row["som_inkomen"] != "." and (row["leeftijd"], row["groep"]) in total.index:
            assert int(row["som_inkomen"]) == total[row["leeftijd"], row["groep"]]
            compared += 1
    assert compared >= 6


@pytest.mark.parametrize("changes", [{"dimensies": ["groep"]}, {"dimensies": ["buurtcode"]}])
def test_a_line_needs_an_order(people: World, changes: dict[str, Any]) -> None:
    found = answer(people, {**LINE, **changes})
    assert found.verdict is Verdict.REFUSED
    assert "staafdiagram" in found.findings[0].sentence


@pytest.mark.parametrize("measure", ["groep", "maand", "wie", "buurtcode"])
@pytest.mark.parametrize("kind", ["boxplot", "kwantieltabel", "gemiddelde_van_uitersten"])
def test_points_of_what_is_no_number_are_refused(people: World, kind: str, measure: str) -> None:
    dimension: dict[str, Any] = {"per": "jaar"} if kind == "boxplot" else {"dimensies": ["jaar"]}
    found = answer(people, {**BASE, "soort": kind, "maat": measure, **dimension})
    assert found.verdict is Verdict.REFUSED
    assert "geen getal" in found.findings[0].sentence


def test_a_line_over_months(people: World) -> None:
    found = answer(people, {**LINE, "dimensies": ["maand"]})
    assert set(csv(found.files["tabel.csv"])["aantal"]) == {"240", "1200"}
    assert "niet getoond" not in found.files["figuur.svg"].decode()


def test_a_grid_counts_what_numpy_counts(answers: dict[str, Answer]) -> None:
    table = csv(answers["raster"].files["tabel.csv"])
    x = labels_of(PEOPLE["leeftijd"], [20 + 10 * i for i in range(8)])
    y = labels_of(PEOPLE["inkomen"], [10_000 * i for i in range(9)])
    expected = pd.crosstab(pd.Series(x), pd.Series(y)).stack().to_dict()
    shown = [row for row in table.to_dict("records") if row["aantal"] != "."]
    inner = [row for row in shown if "Totaal" not in {row["leeftijd"], row["inkomen"]}]
    assert len(inner) >= 20
    assert all(int(row["aantal"]) == expected[row["leeftijd"], row["inkomen"]] >= 10 for row in inner)
    assert len(table) == 10 * 11


def test_points_are_refused_with_the_alternative(people: World) -> None:
    found = answer(people, SCATTER)
    assert found.verdict is Verdict.REFUSED
    assert "rasterdiagram" in found.findings[0].remedy
    assert not found.files


def test_a_lorenz_curve_is_that_of_the_rows(answers: dict[str, Answer]) -> None:
    table = csv(answers["lorenz"].files["tabel.csv"])
    amounts = np.sort(PEOPLE["vermogen"].dropna())
    whole = amounts.sum()
    for percent, text in zip(table["laagste_deel_procent"], table["aandeel_vermogen_procent"], strict=True):
        share = amounts[: round(len(amounts) * int(percent) / 100)].sum() / whole
        assert number(text) == pytest.approx(100 * share, abs=0.3)
    assert list(table["laagste_deel_procent"]) == [str(percent) for percent in range(0, 101, 10)]


@pytest.mark.parametrize(
    "changes",
    [
        {"maat": "scheef"},  # one holds nearly all
        {"maat": "inkomen"},  # negative amounts
        {"filter": [{"kolom": "leeftijd", "is": "<", "waarde": 22}]},  # under ten times ten persons
        {"filter": [{"kolom": "groep", "is": "=", "waarde": "c"}]},
    ],
)
def test_what_no_lorenz_curve_may_be_made_of(people: World, changes: dict[str, Any]) -> None:
    found = answer(people, {**LORENZ, **changes})
    assert found.verdict is Verdict.REFUSED
    assert not found.files


@pytest.mark.parametrize("kind", [name for name in ALL if name not in {"lorenz", "boxplot"}])
def test_nothing_in_a_picture_comes_from_a_hidden_cell(people: World, answers: dict[str, Answer], kind: str) -> None:
    """Other numbers in hidden cells, and other rows behind them, give the same bytes."""
    from dataclasses import replace

    from outputcontrole.basis import Basis
    from outputcontrole.evidence import Collector
    from outputcontrole.kinds import asked_tables, kind_of
    from outputcontrole.protection import TableProtection

    output = answers[kind].output
    assessment = people.assess({**ALL[kind]})
    made = []
    for replacement in (1, 7_654_321):
        tables = {}
        for table in asked_tables(output):
            protected = assessment.tables[table.key]
            cells = protected.evidence.cells.copy()
            for column in ("n", "waarden"):
                if column in cells:
                    cells.loc[~protected.shown, column] = replacement
            if "som" in cells:
                cells.loc[~protected.shown, "som"] = str(replacement)
            tables[table.key] = TableProtection(
                replace(protected.evidence, cells=cells), protected.marks, protected.findings
            )
        access = _access(assessment.packages)
        basis = Basis(tables, access, Collector(access, 1), assessment.policy)
        made.append(dict(kind_of(output).answer(output, basis).files))
        access.connection.close()
    assert made[0] == made[1]


def _access(packages: Any) -> Any:
    from outputcontrole.access import open_access

    return open_access(packages)


def test_a_picture_holds_no_names_no_units_and_no_program(answers: dict[str, Answer]) -> None:
    for name, found in answers.items():
        svg = found.files["figuur.svg"].decode()
        assert not any(uuid_text("mens", i) in svg for i in range(0, 1200, 50)), name
        assert "Matplotlib" not in svg.replace("<!-- Created with matplotlib", "") and "<dc:" not in svg, name
        assert "<title" not in svg and "<desc" not in svg, name
        png = found.files["figuur.png"]
        assert b"tEXt" not in png and b"matplotlib" not in png.lower(), name


def test_the_texts_of_a_picture_are_shown_numbers_and_round_ticks(answers: dict[str, Answer]) -> None:
    """No count of a cell, shown or hidden, is written in a figure, but for the ends of a density."""
    from xml.etree import ElementTree as ET

    for name, found in answers.items():
        if name in {"dichtheid", "lorenz"}:
            continue
        hidden_and_shown = set(PEOPLE.groupby("jaar").size()) | set(PEOPLE.groupby("groep").size())
        hidden_and_shown -= {0, 100, 200, 240}
        root = ET.fromstring(found.files["figuur.svg"].decode())  # noqa: S314
        texts = {"".join(element.itertext()).strip() for element in root.iter("{http://www.w3.org/2000/svg}text")}
        assert not texts & {str(value) for value in hidden_and_shown}, name


def test_where_zeros_are_free_an_empty_square_still_looks_hidden(tmp_path: Path) -> None:
    world = build(tmp_path / "w", extra={"extra": {"mensen": (COLUMNS, ROWS)}}, zero="vrij")
    never = [{"kolom": "buurtcode", "is": "in", "waarde": BUURTEN[4:12]}]  # nobody of group c lives there
    for asked in (HISTOGRAM, GRID, LINES, {**BOXES, "filter": never}):
        found = answer(world, asked)
        assert found.verdict.may_be_submitted and found.files["figuur.svg"], asked["soort"]
    table = csv(answer(world, GRID).files["tabel.csv"])
    assert "0" in set(table["aantal"])


def test_bars_of_an_indicator_count_what_it_says(people: World) -> None:
    asked = {
        "soort": "staafdiagram",
        "bron": {"indicator": "doorverkoop_zelfde_dag"},
        "filter": [{"kolom": "waarde", "is": "=", "waarde": True}],
        "dimensies": ["wijkcode"],
        "bescherming": "onderdrukken",
    }
    bars = csv(answer(people, asked).files["tabel.csv"])
    table = csv(answer(people, {**asked, "soort": "frequentietabel"}).files["tabel.csv"])
    assert dict(bars.to_numpy().tolist()) == dict(table.to_numpy().tolist())


def test_the_order_of_rows_does_not_show(answers: dict[str, Answer], tmp_path: Path) -> None:
    order = np.random.default_rng(1).permutation(len(ROWS))
    other = build(tmp_path / "w", extra={"extra": {"mensen": (COLUMNS, [ROWS[i] for i in order])}})
    for name in ("panelen", "boxplot", "lijnen", "raster", "lorenz"):
        again = answer(other, ALL[name])
        assert answers[name].tables == again.tables, name
        assert answers[name].files["figuur.svg"] == again.files["figuur.svg"], name


@pytest.mark.parametrize(
    "output",
    [
        {**HISTOGRAM, "klassen": [3, 2]},
        {**HISTOGRAM, "klassen": [3]},
        {**HISTOGRAM, "klassen": list(range(61))},
        {**HISTOGRAM, "per": "inkomen"},
        {**HISTOGRAM, "klassen": [1e300, 2e300]},
        {**DENSITY, "klassen": [1, 2]},
        {**BARS, "statistiek": "som"},
        {**BARS, "maat": "inkomen"},
        {**BARS, "klassen": {"inkomen": [1, 2]}},
        {**BARS, "klassen": {"jaar": [2, 1]}},
        {**BARS, "dimensies": ["jaar", "groep", "maand"]},
        {**GRID, "y": GRID["x"]},
        {**GRID, "x": {**GRID["x"], "aantal": 1}},
        {**GRID, "x": {**GRID["x"], "stap": 0}},
        {**GRID, "x": {**GRID["x"], "aantal": 2.5}},
        {**BASE, "soort": "hexagonen"},
        {**LORENZ, "dimensies": ["groep"]},
    ],
)
def test_what_cannot_be_written_down(output: dict[str, Any]) -> None:
    import json

    from zoo_formaat.errors import UserError

    with pytest.raises(UserError) as caught:
        parse_request(json.dumps(World.draft(output)).encode(), "aanvraag.json")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "output",
    [
        {**HISTOGRAM, "maat": "groep"},
        {**HISTOGRAM, "maat": "wie"},
        {**HISTOGRAM, "maat": "bestaat_niet"},
        {**HISTOGRAM, "per": "wie"},
        {**HISTOGRAM, "tel": "inkomen"},
        {**HISTOGRAM, "klassen": [0.00000001, 1]},
        {**GRID, "x": {**GRID["x"], "stap": 0.0000015}},
        {**BARS, "klassen": {"jaar": [2010, 2012]}, "dimensies": ["jaar", "wie"]},
        {**LORENZ, "maat": "groep"},
    ],
)
def test_what_the_data_cannot_answer_is_said_in_one_line(people: World, output: dict[str, Any]) -> None:
    from zoo_formaat.errors import UserError

    with pytest.raises(UserError) as caught:
        people.assess(output)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "output",
    [
        {**HISTOGRAM, "klassen": [-10_000_000, 10_000_000]},
        {**HISTOGRAM, "klassen": [8_000_000, 9_000_000]},
        {**PANELS, "per": "leeftijd", "klassen": [30_000, 50_000]},
        {**BARS, "dimensies": ["groep", "leeftijd"], "filter": [{"kolom": "groep", "is": "=", "waarde": "c"}]},
        {**GRID, "x": {**GRID["x"], "van": 1000}},
        {**BARS, "filter": [{"kolom": "leeftijd", "is": ">", "waarde": 200}]},
        {**BOXES, "filter": [{"kolom": "leeftijd", "is": ">", "waarde": 200}]},
        {**LORENZ, "filter": [{"kolom": "leeftijd", "is": ">", "waarde": 200}]},
    ],
)
def test_what_leaves_nothing_to_draw_is_refused(people: World, output: dict[str, Any]) -> None:
    found = answer(people, output)
    assert found.verdict is Verdict.REFUSED
    assert not found.files
