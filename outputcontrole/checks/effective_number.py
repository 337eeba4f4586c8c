"""Effective number: weights can leave a number about many units to rest on a few of them."""

import numpy as np

from outputcontrole.checks.finding import CellFinding, Finding
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import Policy

RULE = "gewichten"


def effective_number(cells: CellEvidence, policy: Policy) -> list[CellFinding]:
    """Refuse weighted cells that rest on effectively fewer than `policy.n_min` units.

    cells.effective: the square of the sum of the units' weights over the sum of their squares, for the kind of unit
    that has fewest; with equal weights it is the number of units. The threshold counts units as they are, so without
    this rule weights that are large for three and next to nothing for the rest would pick those three out.
    Source: project choice, the threshold on the effective sample size of Kish (1965), Survey Sampling, section 11.7.
    """
    if cells.effective is None:
        return []
    finding = Finding(
        rule=RULE,
        sentence=f"door de gewichten berust deze cel op (bijna) minder dan {policy.n_min} eenheden",
        remedy="vraag bescherming 'onderdrukken', voeg klassen samen, of vraag het getal zonder gewicht",
    )
    # the quotient of two sums is a hair off where all weights are the same
    return [CellFinding(finding, (cells.n > 0) & (np.round(cells.effective, 6) < policy.n_min))]
