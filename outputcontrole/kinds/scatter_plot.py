"""Scatter plot: refused, with what can be asked in its place.

What it would tell: of every unit its two values. Source: ESSnet SDC (2010), class 8.
"""

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.spec import ScatterPlot

WORDS = "spreidingsdiagram"


def tables(_: ScatterPlot) -> tuple[AskedTable, ...]:
    """Return none: nothing of it is published."""
    return ()


def answer(output: ScatterPlot, _: Basis) -> Answer:
    """Refuse, and offer a grid of counts."""
    return refused(
        output,
        (
            Finding(
                rule="punten",
                sentence="een punt in een spreidingsdiagram is één eenheid met haar eigen waarden en gaat nooit naar "
                "buiten",
                remedy=f"vraag een 'rasterdiagram' van '{output.x}' en '{output.y}': aantallen per vak",
            ),
        ),
    )
