"""Classes, periods and weights as one writes them in pandas become what the checker asks, boundary by boundary."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outputcontrole.classes import class_labels
from tests.zoo_project.test_aanvraag import begun
from zoo_formaat.errors import UserError
from zoo_project import Project
from zoo_project.aanvraag import Aanvraag
from zoo_project.omzetten import omzetten

FRAME = pd.DataFrame({"woningtype": ["a", "b"], "woz_waarde": [1900, 1950]})
TABLE: dict[str, Any] = {"bron": "bag.woningen", "tel": "woning"}


def only(request: Aanvraag) -> dict[str, Any]:
    (output,) = request.request().uitvoer
    return dict(output.model_dump(mode="json", by_alias=True))


def classes(text: str) -> dict[str, list[float]]:
    return dict(omzetten(text, **TABLE).velden["klassen"])


@settings(max_examples=200, deadline=None)
@given(
    edges=st.lists(st.integers(-50, 150), min_size=3, max_size=7, unique=True).map(sorted),
    right=st.booleans(),
    values=st.lists(st.integers(-60, 160), min_size=1, max_size=40),
)
def test_whole_numbers_fall_where_pandas_puts_them(edges: list[int], right: bool, values: list[int]) -> None:
    """Every value between the outer edges is in the class of the same rank."""
    (found,) = classes(f"pd.crosstab(pd.cut(df.x, {edges}, right={right}), df.g)").values()
    inside = [value for value in values if (edges[0] < value if right else edges[0] <= value) and value < edges[-1]]
    expected = pd.cut(pd.Series(inside, dtype="int64"), edges, right=right, labels=False).tolist()
    assert [int(np.digitize(value, found)) for value in inside] == expected
    assert len(class_labels([float(edge) for edge in found])) == len(edges) - 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pd.crosstab(pd.cut(df.x, [0, 18, 65, 120]), df.g)", {"x": [19, 66]}),
        ("pd.crosstab(pd.cut(df.x, bins=[-np.inf, 0.5, 1.5, np.inf], right=False), df.g)", {"x": [0.5, 1.5]}),
        ("df.groupby(['g', pd.cut(df['x'], (0, 1, 2, 3), right=False)]).w.mean()", {"x": [1, 2]}),
        ("df.pivot_table(index=pd.cut(df.x, range(0, 40, 10)), values='w')", {"x": [11, 21]}),
        ("pd.cut(df.x, np.arange(0, 4), right=False, labels=['a', 'b', 'c']).value_counts()", {"x": [1, 2]}),
        ("df.x.value_counts(bins=[0, 10, 20, 30])", {"x": [11, 21]}),
        ("df[df.a > 3].groupby(pd.cut(df.x, [0, 1, 2])).w.skew()", {"x": [2]}),
    ],
)
def test_a_line_with_classes(project: Project, text: str, expected: dict[str, list[float]]) -> None:
    found = omzetten(text, **TABLE)
    assert found.velden["klassen"] == expected
    assert "x" in found.velden["dimensies"]
    assert any("geen eind" in line for line in found.uitleg)
    request = begun(project)
    eval(found.code_voor("een", "Titel"), {"vraag": request})  # noqa: S307 - our own code is what is tested
    assert request.request() == found.vraag(begun(project), "een", "Titel").request()
    assert only(request)["klassen"] == expected


def test_a_shifted_boundary_is_said() -> None:
    assert any("bovengrens" in line for line in omzetten("df.groupby(pd.cut(df.x, [0, 1, 2])).size()", **TABLE).uitleg)
    exact = omzetten("df.groupby(pd.cut(df.x, [0, 1, 2], right=False)).size()", **TABLE)
    assert not any("bovengrens" in line for line in exact.uitleg)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pd.crosstab(pd.cut(df.x, 5), df.g)", "grenzen uit de gegevens"),
        ("pd.crosstab(pd.qcut(df.x, 5), df.g)", "kwantielen"),
        ("pd.crosstab(pd.cut(df.x, df.y), df.g)", "noem de grenzen als getallen"),
        ("pd.crosstab(pd.cut(df.x, [0, 1.5, 3]), df.g)", r"right=False"),
        ("pd.crosstab(pd.cut(df.x, [0, 1]), df.g)", "ten minste drie"),
        ("pd.crosstab(pd.cut(df.x, [0, np.inf, 3]), df.g)", "buitenste grenzen"),
        ("pd.crosstab(pd.cut(df.x, [0, float('nan'), 3]), df.g)", "noem de grenzen"),
        ("pd.crosstab(pd.cut(df.x, ['a', 'b', 'c']), df.g)", "noem de grenzen"),
        ("pd.crosstab(pd.cut(df.x, [0, open('x'), 3]), df.g)", "noem de grenzen"),
        ("pd.crosstab(pd.cut(df.x, range(9, 0, 0)), df.g)", "noem de grenzen"),
        ("pd.crosstab(pd.cut(df.x, [0, 1, 2], retbins=True), df.g)", "retbins"),
        ("pd.crosstab(pd.cut(df.x, [0, 1, 2], right=f()), df.g)", "True of False"),
        ("pd.crosstab(pd.cut(df.x - 1, [0, 1, 2]), df.g)", "kolommen bij hun naam"),
        ("pd.crosstab(pd.cut(df.x, [" + "-" * 900 + "1, 2, 3]), df.g)", "niet te lezen|noem de grenzen|niet om te"),
    ],
)
def test_classes_that_cannot_be_declared_are_said(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        omzetten(text, **TABLE)
    assert "\n" not in str(caught.value)


def test_ten_thousand_classes_are_refused_when_they_are_asked(project: Project) -> None:
    found = omzetten("pd.cut(df.x, range(0, 1000000000), right=False).value_counts()", **TABLE)
    with pytest.raises(UserError, match="hooguit 100"):
        found.vraag(begun(project), "een", "Titel")


# --- the same on a Series --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        ({"bins": [1800, 1900, 1945, 2020]}, [1901, 1946]),
        ({"bins": [1800, 1900, 1945, 2020], "right": False}, [1900, 1945]),
        ({"bins": np.array([-np.inf, 1900, np.inf]), "right": False}, [1900]),
        ({"bins": pd.IntervalIndex.from_breaks([1800, 1900, 2000], closed="left")}, [1900]),
    ],
)
def test_crosstab_takes_a_series_of_pd_cut(project: Project, cut: dict[str, Any], expected: list[float]) -> None:
    series = pd.cut(FRAME["woz_waarde"], **cut)
    output = only(begun(project).crosstab("nr", "Titel", index=series, columns=[FRAME.woningtype], **TABLE))
    assert output["dimensies"] == ["woz_waarde", "woningtype"]
    assert output["klassen"] == {"woz_waarde": expected}


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (pd.cut(FRAME["woz_waarde"], 3), "noem de grenzen zelf"),
        (pd.qcut(FRAME["woz_waarde"], 2), "noem de grenzen zelf"),
        (pd.cut(FRAME["woz_waarde"], [1800, 1900, 2000], labels=["oud", "nieuw"]), "laat 'labels'"),
        (pd.cut(FRAME["woz_waarde"], [1800, 2000]), "ten minste drie"),
        (pd.cut(FRAME["woz_waarde"].rename("nergens"), [1800, 1900, 2000]), "right=False"),
    ],
)
def test_a_series_that_does_not_declare_its_classes_is_refused(project: Project, series: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        begun(project).crosstab("nr", "Titel", index=series, **TABLE)


def test_a_category_is_no_class(project: Project) -> None:
    ordered = FRAME["woningtype"].astype(pd.CategoricalDtype(["a", "b"], ordered=True))
    assert "klassen" not in only(begun(project).crosstab("nr", "Titel", index=ordered, **TABLE))


def test_classes_twice_are_refused(project: Project) -> None:
    series = pd.cut(FRAME["woz_waarde"], [1800, 1900, 2000])
    with pytest.raises(UserError, match="niet allebei"):
        begun(project).crosstab("nr", "Titel", index=series, klassen={"woz_waarde": [1900]}, **TABLE)


# --- classes, period and weight of every method -----------------------------------------------------------------------


def test_every_table_takes_classes_and_a_period(project: Project) -> None:
    more: dict[str, Any] = {
        **TABLE,
        "dimensies": ["bouwjaar"],
        "klassen": {"bouwjaar": range(1900, 1960, 20)},
        "periode": ("verkocht", dt.date(2000, 1, 1), dt.date(2009, 12, 31)),
    }
    request = (
        begun(project)
        .tabel("aa", "Titel", **more)
        .magnitude("bb", "Titel", maat="woz_waarde", **more)
        .verhouding("cc", "Titel", teller="woz_waarde", **more)
        .kwantielen("dd", "Titel", maat="woz_waarde", **more)
        .modus("ee", "Titel", kenmerk="woningtype", **more)
        .concentratie("ff", "Titel", maat="woz_waarde", **more)
        .gemiddelde_van_uitersten("gg", "Titel", maat="woz_waarde", **more)
        .crosstab("hh", "Titel", index="bouwjaar", **{name: more[name] for name in more if name != "dimensies"})
    )
    outputs = [output.model_dump(mode="json", by_alias=True) for output in request.request().uitvoer]
    assert len(outputs) == 8
    for output in outputs:
        assert output["klassen"] == {"bouwjaar": [1900, 1920, 1940]}
        assert output["periode"] == {"kolom": "verkocht", "van": "2000-01-01", "tot": "2009-12-31"}
        assert output["filter"] == []


def test_figures_and_models_take_a_period(project: Project) -> None:
    period = {"kolom": "bouwjaar", "van": 1900, "tot": 1950}
    request = (
        begun(project)
        .figuur("aa", "Titel", "hist", maat="woz_waarde", klassen=[100_000, 200_000], periode=period, **TABLE)
        .model("bb", "Titel", "woz_waarde ~ oppervlakte", periode=("bouwjaar", 1900, 1950), **TABLE)
    )
    for output in request.request().uitvoer:
        assert output.model_dump(mode="json", by_alias=True)["periode"] == period


def test_weights_are_asked_by_name(project: Project) -> None:
    request = (
        begun(project)
        .tabel("aa", "Titel", dimensies=["woningtype"], gewicht="oppervlakte", **TABLE)
        .magnitude("bb", "Titel", dimensies=["woningtype"], maat="woz_waarde", gewicht="oppervlakte", **TABLE)
        .crosstab("cc", "Titel", index="woningtype", values="woz_waarde", aggfunc="mean", gewicht="w", **TABLE)
    )
    assert [output.model_dump()["gewicht"] for output in request.request().uitvoer] == ["oppervlakte"] * 2 + ["w"]
    with pytest.raises(UserError, match="gewicht"):
        begun(project).crosstab("dd", "Titel", index="a", values="w", aggfunc="median", gewicht="w", **TABLE)


@pytest.mark.parametrize("name", ["skew", "kurt"])
def test_shape_is_asked_as_pandas_calls_it(project: Project, name: str) -> None:
    output = only(
        begun(project).crosstab("nr", "Titel", index="woningtype", values="woz_waarde", aggfunc=name, **TABLE)
    )
    assert output["statistiek"] == {"skew": "scheefheid", "kurt": "kurtosis"}[name]
