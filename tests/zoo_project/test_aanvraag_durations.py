"""Durations and sequences asked as for lifelines, statsmodels and pandas; nothing of the data travels."""

from typing import Any

import pandas as pd
import pytest

from outputcontrole.spec import SequenceOverview, SurvivalCurve, TransitionMatrix
from tests.zoo_project.test_aanvraag import begun
from zoo_formaat.errors import UserError
from zoo_project import Project

TABLE: dict[str, Any] = {"bron": "bag.woningen", "tel": "woning"}
FRAME = pd.DataFrame({"maanden": [1.5, 2.0], "gezien": [True, False], "woningtype": ["a", "b"]})


def test_durations_and_events_as_one_gives_them_to_lifelines(project: Project) -> None:
    """`KaplanMeierFitter().fit(df.maanden, event_observed=df.gezien, timeline=…)`."""
    request = begun(project).overleving(
        "verkoop",
        "Tijd tot verkoop",
        durations=FRAME["maanden"],
        event_observed=FRAME["gezien"],
        timeline=range(12, 61, 12),
        groep="woningtype",
        **TABLE,
    )
    (output,) = request.request().uitvoer
    assert output == SurvivalCurve(
        naam="verkoop",
        titel="Tijd tot verkoop",
        bron=output.bron,  # type: ignore[union-attr]
        duur="maanden",
        gebeurtenis="gezien",
        tijdklassen=[12.0, 24.0, 36.0, 48.0, 60.0],
        groep="woningtype",
        tel="woning",
    )
    assert "1.5" not in output.model_dump_json()


def test_a_crosstab_of_a_state_and_the_next(project: Project) -> None:
    request = begun(project).overgangen(
        "typen",
        "Van type naar type",
        toestand=FRAME["woningtype"],
        volgorde="maanden",
        normalize="index",
        margins=True,
        herhalingen="samenvoegen",
        filter="niet leeg(woningtype)",
        **TABLE,
    )
    (output,) = request.request().uitvoer
    assert isinstance(output, TransitionMatrix)
    assert (output.toestand, output.volgorde, output.herhalingen) == ("woningtype", "maanden", "samenvoegen")
    assert len(output.filter) == 1


def test_an_overview_asks_all_parts_but_an_example(project: Project) -> None:
    request = begun(project).volgordes(
        "reeksen", "Reeksen van typen", toestand="woningtype", volgorde="maanden", klassen=[2, 4], **TABLE
    )
    (output,) = request.request().uitvoer
    assert isinstance(output, SequenceOverview)
    assert output.onderdelen == ["lengte", "toestanden", "eerste", "laatste", "overgangen"]


SURVIVAL: dict[str, Any] = {"durations": "maanden", "event_observed": "gezien", "timeline": [12, 24], **TABLE}
SEQUENCE: dict[str, Any] = {"toestand": "woningtype", "volgorde": "maanden", **TABLE}


@pytest.mark.parametrize(
    ("method", "arguments", "words"),
    [
        ("overleving", {**SURVIVAL, "time": "maanden"}, "als 'durations'"),
        ("overleving", {**SURVIVAL, "entry": "begin"}, "later instroomt"),
        ("overleving", {**SURVIVAL, "weights": "gewicht"}, "gewichten zijn er niet"),
        ("overleving", {**SURVIVAL, "show_censors": True}, "de duur van één eenheid"),
        ("overleving", {**SURVIVAL, "durations": FRAME["maanden"].to_numpy()}, "bij hun naam"),
        ("overleving", {**SURVIVAL, "groepen": "x"}, "onbekend argument 'groepen'"),
        ("overleving", {**SURVIVAL, "timeline": [0, 12]}, "begint boven 0"),
        ("overgangen", {**SEQUENCE, "margins": False}, "zonder totalen"),
        ("overgangen", {**SEQUENCE, "normalize": "columns"}, "van de rij"),
        ("overgangen", {**SEQUENCE, "aggfunc": "first"}, "telt eenheden"),
        ("overgangen", {**SEQUENCE, "volgorde": "woningtype"}, "drie verschillende"),
    ],
)
def test_what_cannot_be_asked_says_what_can(
    project: Project, method: str, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        getattr(begun(project), method)("vraag", "Een vraag", **arguments)
