"""Residuals, fitted values, leverage, influence: refused, with what can be asked in their place.

What it would tell: each unit's own outcome, given the model. Source: ESSnet SDC (2010), class 11.
"""

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.spec import Residuals

WORDS = "residuen"


def tables(_: Residuals) -> tuple[AskedTable, ...]:
    """Return none: nothing of it is published."""
    return ()


def answer(output: Residuals, _: Basis) -> Answer:
    """Refuse, and offer the fit of the model and tables of the outcome by class."""
    return refused(
        output,
        (
            Finding(
                rule="residuen",
                sentence=f"{output.grafiek} van een model zijn getallen van afzonderlijke eenheden en gaan nooit naar "
                "buiten",
                remedy="vraag de regressie zelf (met r2, AIC en loglikelihood), of een tabel van de uitkomst naar "
                "klassen van een regressor; afwijkingen bekijkt u binnen de werkruimte",
            ),
        ),
    )
