"""Figures, drawn by the checker."""

from typing import Any, Self

from zoo_project.aanvraag.questions import KINDS, Questions, refuse
from zoo_project.statement import closest

FIGURES = {
    "hist": "histogram",
    "kde": "dichtheid",
    "density": "dichtheid",
    "box": "boxplot",
    "bar": "staafdiagram",
    "barh": "staafdiagram",
    "line": "lijndiagram",
    "scatter": "spreidingsdiagram",
    "hexbin": "rasterdiagram",
}


class FigureQuestions(Questions):
    """The method that asks figures."""

    def figuur(self, naam: str, titel: str, soort: str, **velden: Any) -> Self:
        """Ask a figure, drawn by the checker from protected numbers.

        soort: "histogram", "dichtheid", "boxplot", "staafdiagram", "lijndiagram", "rasterdiagram", "lorenzcurve", …, or
        what pandas calls it: "hist", "kde", "box", "bar", "line", "hexbin". velden: those of the kind (bron, maat,
        klassen, per, dimensies, tel, filter, bescherming, toelichting).
        """
        kind = FIGURES.get(soort, soort)
        if kind not in _drawn():
            refuse(f"uitvoer '{naam}'", f"figuur '{soort}' bestaat niet; {closest(soort, _drawn() | FIGURES.keys())}")
        return self.uitvoer(kind, naam, titel, **velden)


def _drawn() -> set[str]:
    return {kind for kind, model in KINDS.items() if model.__module__.endswith(".figures")}
