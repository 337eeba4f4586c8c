"""Asking as one knows it from pandas, statsmodels and scikit-learn; every kind that the checker knows can be asked."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from outputcontrole.spec import Output, Verdict
from tests.zoo_project.test_aanvraag import begun
from zoo_formaat.errors import UserError
from zoo_project import Project, aanvraag
from zoo_project.aanvraag import Aanvraag, Toets
from zoo_project.aanvraag.questions import KINDS

TABLE: dict[str, Any] = {"bron": "bag.woningen", "tel": "woning"}
# per kind the least that asks it
MINIMAL: dict[str, dict[str, Any]] = {
    "tekst": {"tekst": "Werkwijze."},
    "frequentietabel": {**TABLE, "dimensies": ["woningtype"]},
    "magnitudetabel": {**TABLE, "dimensies": ["woningtype"], "maat": "woz_waarde"},
    "verhoudingstabel": {**TABLE, "dimensies": ["woningtype"], "teller": {"maat": "woz_waarde"}, "noemer": {}},
    "concentratietabel": {**TABLE, "dimensies": ["woningtype"], "maat": "woz_waarde"},
    "kwantieltabel": {**TABLE, "dimensies": ["woningtype"], "maat": "woz_waarde"},
    "modustabel": {**TABLE, "dimensies": ["buurtcode"], "kenmerk": "woningtype"},
    "extremen": {**TABLE, "maat": "woz_waarde"},
    "gemiddelde_van_uitersten": {**TABLE, "dimensies": ["woningtype"], "maat": "woz_waarde"},
    "kaart": {"kenmerk": "doorsluishuis", "klassen": [2.0, 4.0]},
    "hotspotkaart": {"kenmerk": "doorsluishuis"},
    "referentiebeeld": {"kenmerk": "doorsluishuis"},
    "kleinegebiedsschatting": {"kenmerk": "doorsluishuis", "klassen": [2.0, 4.0]},
    "clusterprofiel": {"kenmerken": ["doorsluishuis", "windhapper"], "clusters": 3},
    "beslisboom": {"doel": "doorsluishuis", "kenmerken": ["windhapper"]},
    "bosbelang": {"doel": "doorsluishuis", "kenmerken": ["windhapper", "verzamelaar"]},
    "regressie": {**TABLE, "uitkomst": "woz_waarde", "regressoren": [{"kolom": "bouwjaar"}]},
    "residuen": {"bron": "bag.woningen"},
    "correlatie": {**TABLE, "kolommen": ["woz_waarde", "bouwjaar"]},
    "toetsing": {**TABLE, "toets": "anova", "groep": "woningtype", "maat": "woz_waarde"},
    "factoranalyse": {**TABLE, "kolommen": ["a", "b", "c"]},
    "histogram": {**TABLE, "maat": "woz_waarde", "klassen": [0.0, 100.0]},
    "dichtheid": {**TABLE, "maat": "woz_waarde", "klassen": [0.0, 100.0, 200.0]},
    "boxplot": {**TABLE, "maat": "woz_waarde", "per": "woningtype"},
    "staafdiagram": {**TABLE, "dimensies": ["woningtype"]},
    "lijndiagram": {**TABLE, "dimensies": ["bouwjaar"]},
    "spreidingsdiagram": {**TABLE, "x": "woz_waarde", "y": "bouwjaar"},
    "rasterdiagram": {
        **TABLE,
        "x": {"kolom": "woz_waarde", "van": 0.0, "stap": 1.0, "aantal": 5},
        "y": {"kolom": "bouwjaar", "van": 0.0, "stap": 1.0, "aantal": 5},
    },
    "lorenzcurve": {**TABLE, "maat": "woz_waarde"},
    "overlevingscurve": {**TABLE, "duur": "bouwjaar", "gebeurtenis": "verkocht", "tijdklassen": [1.0, 2.0]},
    "overgangsmatrix": {**TABLE, "toestand": "woningtype", "volgorde": "bouwjaar"},
    "volgordeoverzicht": {**TABLE, "toestand": "woningtype", "volgorde": "bouwjaar", "klassen": [2.0]},
}


def only(request: Aanvraag) -> Output:
    (output,) = request.request().uitvoer
    return output


def asked(request: Aanvraag) -> dict[str, Any]:
    return only(request).model_dump(mode="json", by_alias=True)


@pytest.mark.parametrize("kind", sorted(set(KINDS) & set(MINIMAL)))
def test_every_kind_can_be_asked(project: Project, kind: str) -> None:
    output = only(begun(project).uitvoer(kind, "een-naam", "Een titel", **MINIMAL[kind]))
    assert output.soort == kind
    # a figure is asked as `figuur` too
    if type(output).__module__.endswith("figures"):
        assert only(begun(project).figuur("een-naam", "Een titel", kind, **MINIMAL[kind])) == output


def test_an_unknown_kind_or_field_is_named_with_the_nearest(project: Project) -> None:
    with pytest.raises(UserError, match="bedoelde u 'kwantieltabel'"):
        begun(project).uitvoer("kwantielentabel", "naam", "Titel")
    with pytest.raises(UserError, match="onbekend veld 'dimensie'; bedoelde u 'dimensies'"):
        begun(project).uitvoer("frequentietabel", "naam", "Titel", bron="bag.woningen", dimensie=["woningtype"])
    with pytest.raises(UserError, match="figuur 'histogramm' bestaat niet; bedoelde u 'histogram'"):
        begun(project).figuur("naam", "Titel", "histogramm")
    with pytest.raises(UserError, match="figuur 'kaart' bestaat niet"):
        begun(project).figuur("naam", "Titel", "kaart")


def test_tables_of_ratios_positions_and_concentration(project: Project) -> None:
    common: dict[str, Any] = {**TABLE, "dimensies": ["woningtype"]}
    request = (
        begun(project)
        .verhouding("prijs", "Prijs", teller="woz_waarde", noemer_filter="niet leeg(verkocht)", maal=1000, **common)
        .kwantielen("mediaan", "Mediaan", maat="woz_waarde", punten=[0.5], **common)
        .modus("modus", "Modus", kenmerk="bouwjaar", **common)
        .concentratie("gini", "Gini", maat="woz_waarde", **common)
        .gemiddelde_van_uitersten("hoog", "Hoogste", maat="woz_waarde", **common)
        .uitersten("max", "Maximum", maat="woz_waarde", **common)
        .figuur("hist", "Verdeling", "hist", maat="woz_waarde", klassen=[0, 100.5], **TABLE)
        .tekst("werkwijze", "Werkwijze", tekst="# Werkwijze\n\nGeen getallen.")
        .request()
    )
    kinds = [output.soort for output in request.uitvoer]
    assert kinds == [
        "verhoudingstabel",
        "kwantieltabel",
        "modustabel",
        "concentratietabel",
        "gemiddelde_van_uitersten",
        "extremen",
        "histogram",
        "tekst",
    ]
    ratio = json.loads(request.content())["uitvoer"][0]
    assert ratio["teller"] == {"maat": "woz_waarde", "filter": []}
    assert ratio["noemer"]["filter"] == [{"kolom": "verkocht", "is": "niet leeg", "waarde": None}]


def test_a_filter_is_text_or_conditions(project: Project) -> None:
    text = "woz_waarde > 200000 en niet (leeg(verkocht) of bewoner is leeg)"
    one = asked(begun(project).tabel("naam", "Titel", filter=text, dimensies=["woningtype"], **TABLE))
    conditions: list[Any] = [("bewoner", "niet leeg"), ("verkocht", "niet leeg"), ("woz_waarde", ">", 200_000)]
    other = asked(begun(project).tabel("naam", "Titel", filter=conditions, dimensies=["woningtype"], **TABLE))
    assert sorted(map(str, one["filter"])) == sorted(map(str, other["filter"]))
    with pytest.raises(UserError, match="teken 12: verwacht =, !="):
        begun(project).tabel("naam", "Titel", filter="woz_waarde 200000", dimensies=["woningtype"], **TABLE)


# --- pandas ----------------------------------------------------------------------------------------------------------

FRAME = pd.DataFrame({"woningtype": ["a"], "bouwjaar": [1900], "woz_waarde": [1]})


def test_crosstab_takes_what_pandas_takes(project: Project) -> None:
    counted = begun(project).crosstab("nr", "Titel", index=FRAME["woningtype"], columns=[FRAME.bouwjaar], **TABLE)
    assert asked(counted)["dimensies"] == ["woningtype", "bouwjaar"]
    assert only(counted).soort == "frequentietabel"
    mean = begun(project).crosstab("nr", "Titel", index="woningtype", values="woz_waarde", aggfunc="mean", **TABLE)
    assert (asked(mean)["soort"], asked(mean)["statistiek"], asked(mean)["maat"]) == (
        "magnitudetabel",
        "gemiddelde",
        "woz_waarde",
    )
    filled = begun(project).crosstab(
        "nr", "Titel", index="woningtype", values="woz_waarde", aggfunc="count", filter="bouwjaar > 1900", **TABLE
    )
    assert [part["kolom"] for part in asked(filled)["filter"]] == ["bouwjaar", "woz_waarde"]
    median = begun(project).crosstab("nr", "Titel", index="woningtype", values="woz_waarde", aggfunc="median", **TABLE)
    assert asked(median)["punten"] == [0.5]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"aggfunc": "max", "values": "woz_waarde"}, "gemiddelde_van_uitersten"),
        ({"aggfunc": np.max, "values": "woz_waarde"}, "noem één aggregatie als tekst"),
        ({"aggfunc": {"woz_waarde": "max"}, "values": "woz_waarde"}, "noem één aggregatie als tekst"),
        ({"aggfunc": lambda values: values, "values": "woz_waarde"}, "noem één aggregatie als tekst"),
        ({"aggfunc": "meen", "values": "woz_waarde"}, "bedoelde u 'mean'"),
        ({"aggfunc": "mean"}, "waarvan"),
        ({"normalize": "index"}, "aanvraag.verhouding"),
        ({"margins": False}, "altijd waar"),
        ({"bronn": "x"}, "bedoelde u 'bron'"),
        ({"columns": FRAME["bouwjaar"].to_numpy()}, "noem kolommen bij hun naam"),
    ],
)
def test_what_crosstab_cannot_be_asked_is_said_with_what_can(
    project: Project, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        begun(project).crosstab("nr", "Titel", index="woningtype", **TABLE, **arguments)


# --- formulas --------------------------------------------------------------------------------------------------------


def test_a_formula_is_a_regression(project: Project) -> None:
    formula = "woz_waarde ~ bouwjaar + C(woningtype) + C(soort, Treatment('a')) + C(d, Treatment(reference=3)) + opp"
    output = asked(
        begun(project).model(
            "nr", "Titel", formula, referenties={"woningtype": "hoekwoning"}, log=["opp"], soort="ols", **TABLE
        )
    )
    assert output["uitkomst"] == "woz_waarde"
    assert [(r["kolom"], r["referentie"], r["log"]) for r in output["regressoren"]] == [
        ("bouwjaar", None, False),
        ("woningtype", "hoekwoning", False),
        ("soort", "a", False),
        ("d", 3, False),
        ("opp", None, True),
    ]


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ np.log(x) + z", r"'np.log\(x\)' niet; vraag het getal zelf met log="),
        ("y ~ x * z", r"'x \* z' niet; .*interacties="),
        ("y ~ x:z", "':' niet"),
        ("y ~ I(x**2)", "geen recept"),
        ("y ~ x - 1", "snijpunt"),
        ("y ~ 0 + x", "snijpunt"),
        ("np.log(y) ~ x", "links van ~ staat één kolom"),
        ("y ~ C(z)", r"referenties={\"z\": \"…\"}"),
        ("y ~ C(z, Sum)", r"'C\(z, Sum\)' niet"),
        ("y ~ __import__('os').system('true')", "niet; bewerkingen"),
        ("y ~ x + x", "twee keer"),
        ("y", "geen formule"),
        ("y ~ x +", "niet te lezen"),
        ("y ~ " + "(" * 900 + "x" + ")" * 900, "niet te lezen|alleen namen|geen formule"),
        ("y ~ x\x00", "niet te lezen"),
    ],
)
def test_what_a_formula_cannot_say_is_pointed_at(project: Project, formula: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        begun(project).model("nr", "Titel", formula, **TABLE)


def test_a_model_of_statsmodels_is_read_by_its_formula(project: Project) -> None:
    generator = np.random.default_rng(1)
    frame = pd.DataFrame({"y": generator.integers(0, 2, 50), "x": generator.normal(size=50)})
    for model in (smf.logit("y ~ x", frame), smf.logit("y ~ x", frame).fit(disp=False)):
        output = asked(begun(project).model("nr", "Titel", model, **TABLE))
        assert (output["soort"], output["model"], output["uitkomst"]) == ("regressie", "logit", "y")
    with pytest.raises(UserError, match="GLM kan niet"):
        begun(project).model("nr", "Titel", smf.glm("y ~ x", frame), **TABLE)


# --- estimators ------------------------------------------------------------------------------------------------------


def test_an_estimator_is_its_kind(project: Project) -> None:
    features = ["doorsluishuis", "windhapper"]
    clusters = asked(begun(project).model("nr", "Titel", KMeans(n_clusters=4, random_state=7), kenmerken=features))
    assert (clusters["soort"], clusters["clusters"], clusters["toeval"]) == ("clusterprofiel", 4, 7)
    tree = asked(
        begun(project).model(
            "nr", "Titel", DecisionTreeClassifier(max_depth=2), doel="verzamelaar", kenmerken=features, aandeel=0.25
        )
    )
    assert (tree["soort"], tree["diepte"], tree["aandeel"], tree["toeval"]) == ("beslisboom", 2, 0.25, 1)
    forest = RandomForestClassifier(n_estimators=300, max_depth=5, n_jobs=2)
    forest_output = asked(begun(project).model("nr", "Titel", forest, doel="verzamelaar", kenmerken=features))
    assert (forest_output["soort"], forest_output["bomen"], forest_output["diepte"]) == ("bosbelang", 300, 5)
    factors = asked(begun(project).model("nr", "Titel", PCA(n_components=2), kolommen=["a", "b", "c"], **TABLE))
    assert (factors["soort"], factors["componenten"]) == ("factoranalyse", 2)


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (KMeans(n_clusters=3, init="random"), "parameter 'init' van KMeans kan niet gekozen worden"),
        (KMeans(n_clusters=3, n_init=5), "parameter 'n_init'.*n_clusters"),
        (DecisionTreeClassifier(), "zeg max_depth"),
        (DecisionTreeClassifier(max_depth=3, min_samples_leaf=1, max_features=2), "'max_features'"),
        (KNeighborsClassifier(), "bewaart rijen"),
        (DBSCAN(), "neem KMeans"),
        (object(), "geef een formule"),
    ],
)
def test_what_an_estimator_cannot_ask_is_said(project: Project, estimator: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        begun(project).model("nr", "Titel", estimator, kenmerken=["doorsluishuis", "windhapper"])


# --- prose -----------------------------------------------------------------------------------------------------------


def test_a_notebook_without_outputs_goes_as_prose(project: Project, tmp_path: Path) -> None:
    notebook = Path("notebooks/01_bronnen_en_koppeling.ipynb")
    output = asked(begun(project).tekst("nr", "Notebook", bestand=notebook))
    assert output["vorm"] == "python"
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert output["tekst"].count("# %%") == len(cells)
    assert "# # 1. Bronnen en koppeling" in output["tekst"]
    cells[1]["outputs"] = [{"output_type": "stream", "text": "1"}]
    (tmp_path / "vol.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    with pytest.raises(UserError, match="cel 2: heeft uitvoer"):
        begun(project).tekst("nr", "Notebook", bestand=tmp_path / "vol.ipynb")
    (tmp_path / "stuk.ipynb").write_text("[]", encoding="utf-8")
    with pytest.raises(UserError, match="geen notebook"):
        begun(project).tekst("nr", "Notebook", bestand=tmp_path / "stuk.ipynb")
    (tmp_path / "a.csv").write_text("a;b", encoding="utf-8")
    with pytest.raises(UserError, match="geen weg naar buiten"):
        begun(project).tekst("nr", "Gegevens", bestand=tmp_path / "a.csv")
    with pytest.raises(UserError, match="niet beide"):
        begun(project).tekst("nr", "Niets")


# --- remedies --------------------------------------------------------------------------------------------------------


def test_remedies_are_code_that_works(project: Project) -> None:
    request = (
        begun(project)
        .tabel("klein", 'Klein "titel"', dimensies=["buurtcode"], filter='woningtype = "x" of bouwjaar > 3', **TABLE)
        .uitersten("max", "Maximum", maat="woz_waarde", dimensies=["wijkcode"], **TABLE)
        .kaart("kaart", "Kaart", kenmerk=aanvraag.aandeel("deel", "doorsluishuis", minimum=4), klassen=[2, 4])
        .verhouding("prijs", "Prijs", teller="woz_waarde", dimensies=["woningtype"], **TABLE)
    )
    outputs = request.request().uitvoer
    report = {
        "uitvoer": [{"naam": o.naam, "soort": o.soort, "oordeel": "geweigerd", "bevindingen": []} for o in outputs]
    }
    judged = Toets(Verdict.REFUSED, report, outputs)
    first = judged.remedies("klein")
    assert len(first) == 3
    assert 'bescherming="onderdrukken"' in first[0]
    assert 'dimensies=["wijkcode"]' in first[1]
    assert first[-1] == 'vraag.zonder("klein")'
    assert judged.remedies("max")[0].startswith('vraag.zonder("max").gemiddelde_van_uitersten("max", "Maximum"')
    assert 'gebied="wijk"' in judged.remedies("kaart")[0]
    for output in outputs:
        for code in judged.remedies(output.naam):
            again = begun(project)
            again._outputs = list(outputs)
            eval(code, {"vraag": again})  # noqa: S307 - the code that we wrote ourselves is what is tested
            names = [other.naam for other in again.request().uitvoer]
            assert (output.naam in names) == (code != f'vraag.zonder("{output.naam}")')
    assert "vraag.zonder(&quot;kaart&quot;)" in judged._repr_html_()
    assert any(line.strip().startswith(">>> vraag.zonder") for line in judged.lines())
    assert judged.remedies("onbekend") == []


def test_a_spent_budget_is_a_clear_line() -> None:
    judged = Toets(Verdict.REFUSED, {"uitvoer": [], "reden": "morgen kan het weer"})
    assert judged.lines()[0] == "✗ morgen kan het weer"
    assert "morgen kan het weer" in judged._repr_html_()
