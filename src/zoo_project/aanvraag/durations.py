"""Durations and sequences, asked as one would write them for lifelines, statsmodels and pandas."""

from collections.abc import Sequence
from typing import Any, Self

from zoo_project.aanvraag.questions import Questions, refuse, refuse_unknown
from zoo_project.aanvraag.sources import Bron, Filter

_SURVIVAL = {"durations", "event_observed", "timeline", "groep", "tel", "bron", "schatter"}
_NO_WEIGHTS = "gewichten zijn er niet: aan elke eenheid telt de tabel één keer"
_SURVIVAL_INSTEAD = {
    "time": "noem de kolom met de duur als 'durations'",
    "status": "noem de kolom met de gebeurtenis als 'event_observed'",
    "entry": "wie later instroomt kan niet; vraag een curve van wie van het begin af gevolgd is, met een filter",
    "weights": _NO_WEIGHTS,
    "freq_weights": _NO_WEIGHTS,
    "show_censors": "een streepje per afgebroken duur is de duur van één eenheid",
    "ci_show": "het interval staat in de tabel",
    "label": "de naam van de groep staat bij de curve",
    "alpha": "het interval is altijd van 95 %",
}
_CROSSTAB = {"toestand", "volgorde", "tel", "bron", "herhalingen"}
_CROSSTAB_INSTEAD = {
    "values": "een overgangsmatrix telt eenheden; een maat is er niet bij",
    "aggfunc": "een overgangsmatrix telt eenheden; een maat is er niet bij",
    "margins_name": "het totaal heet Totaal",
    "dropna": "een lege toestand is een toestand (onbekend); sluit haar uit met filter='niet leeg(kolom)'",
}


class DurationQuestions(Questions):
    """Methods that ask survival, transitions and sequences."""

    def overleving(
        self,
        naam: str,
        titel: str,
        *,
        durations: Any,
        event_observed: Any,
        timeline: Sequence[float],
        bron: Bron,
        tel: str,
        groep: Any = None,
        schatter: str = "kaplan_meier",
        filter: Filter = (),
        bescherming: str = "geen",
        toelichting: str = "",
        **more: Any,
    ) -> Self:
        """Ask a survival table and curve: what `KaplanMeierFitter().fit(…)` or `SurvfuncRight(…)` makes.

        durations, event_observed: columns, by name or as pandas Series: the time from 0, and whether the event was seen
        (1, true) or not (0, false). timeline: the ends of the steps in which it is published, the first above 0; 12
        means "before 12". groep: a characteristic with a curve per label. schatter: "kaplan_meier" or "sterftetafel"
        (actuarial). tel: the unit, of which there is one row.
        """
        where = f"uitvoer '{naam}'"
        refuse_unknown(where, more, _SURVIVAL, _SURVIVAL_INSTEAD)
        fields = {
            "duur": _column(durations, where),
            "gebeurtenis": _column(event_observed, where),
            "groep": None if groep is None else _column(groep, where),
            "tijdklassen": [float(end) for end in timeline],
            "schatter": schatter,
        }
        return self.uitvoer(
            "overlevingscurve", naam, titel, **fields, **_common(bron, tel, filter, bescherming, toelichting)
        )

    def overgangen(
        self,
        naam: str,
        titel: str,
        *,
        toestand: Any,
        volgorde: Any,
        bron: Bron,
        tel: str,
        herhalingen: str = "tellen",
        filter: Filter = (),
        bescherming: str = "geen",
        toelichting: str = "",
        **more: Any,
    ) -> Self:
        """Ask from which state to which next one: `pd.crosstab(toestand, df.groupby(tel)[toestand].shift(-1))`.

        Counts units, once in each cell, always with margins and with the shares of rows (`normalize="index"`).
        toestand: column with the state. volgorde: date or number that puts the rows of a unit in order. herhalingen:
        "tellen" counts staying too, "samenvoegen" takes equal neighbours as one.
        """
        where = f"uitvoer '{naam}'"
        if not more.pop("margins", True):
            refuse(where, "'margins' is altijd waar: zonder totalen is een tabel niet te toetsen; laat het weg")
        if more.pop("normalize", "index") not in {"index", False}:
            refuse(where, "aandelen zijn van de rij (normalize='index'); andere rekent de lezer uit de aantallen")
        refuse_unknown(where, more, _CROSSTAB, _CROSSTAB_INSTEAD)
        fields = {
            "toestand": _column(toestand, where),
            "volgorde": _column(volgorde, where),
            "herhalingen": herhalingen,
        }
        return self.uitvoer(
            "overgangsmatrix", naam, titel, **fields, **_common(bron, tel, filter, bescherming, toelichting)
        )

    def volgordes(
        self,
        naam: str,
        titel: str,
        *,
        toestand: Any,
        volgorde: Any,
        klassen: Sequence[float],
        bron: Bron,
        tel: str,
        onderdelen: Sequence[str] | None = None,
        herhalingen: str = "tellen",
        hoogste: int = 10,
        filter: Filter = (),
        bescherming: str = "geen",
        toelichting: str = "",
    ) -> Self:
        """Ask what the sequences of units look like together.

        klassen: the boundaries of the classes of length. onderdelen: "lengte", "toestanden" (ever), "eerste",
        "laatste", "overgangen" (the `hoogste` most frequent); without it all of these. The rest as `overgangen`.
        """
        where = f"uitvoer '{naam}'"
        fields = {
            "toestand": _column(toestand, where),
            "volgorde": _column(volgorde, where),
            "herhalingen": herhalingen,
            "klassen": [float(edge) for edge in klassen],
            "onderdelen": None if onderdelen is None else list(onderdelen),
            "hoogste": hoogste,
        }
        return self.uitvoer(
            "volgordeoverzicht", naam, titel, **fields, **_common(bron, tel, filter, bescherming, toelichting)
        )


def _column(column: Any, where: str) -> str:
    """Return the name of a column given as its name or as a pandas Series."""
    name = column if isinstance(column, str) else getattr(column, "name", None)
    if not isinstance(name, str):
        refuse(where, "noem kolommen bij hun naam; een berekende reeks heeft geen recept. Maak er een met een recept")
    return name


def _common(bron: Bron, tel: str, filter: Filter, bescherming: str, toelichting: str) -> dict[str, Any]:
    return {"bron": bron, "tel": tel, "filter": filter, "bescherming": bescherming, "toelichting": toelichting}
