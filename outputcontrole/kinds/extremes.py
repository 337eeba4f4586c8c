"""Minimum, maximum, range: refused, with what can be asked in their place.

What it would tell: one contributor's own value. Source: ESSnet SDC (2010), class 3.
"""

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.spec import Extremes

WORDS = "uitersten"


def tables(_: Extremes) -> tuple[AskedTable, ...]:
    """Return none: nothing of it is published."""
    return ()


def answer(output: Extremes, basis: Basis) -> Answer:
    """Refuse, and offer the mean of the most extreme units."""
    side = "laagste" if output.statistiek == "minimum" else "hoogste"
    least = basis.policy.n_min
    return refused(
        output,
        (
            Finding(
                rule="uitersten",
                sentence=f"een {output.statistiek} is de eigen waarde van één eenheid en gaat nooit naar buiten",
                remedy=f"vraag 'gemiddelde_van_uitersten' met kant '{side}' over ten minste {least} eenheden",
            ),
        ),
    )
