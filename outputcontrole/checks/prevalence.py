"""Prevalence: a number about many that one of them stands behind is a number about that one."""

import numpy as np

from outputcontrole.checks.finding import CellFinding, Finding
from outputcontrole.policy import Policy

RULE = "overwicht"


def prevalence(shares: np.ndarray, policy: Policy) -> list[CellFinding]:
    """Refuse cells of derived data in which one unit stands behind more than `policy.dominance_share` of the counted.

    shares: per cell the largest part of the counted units whose rows any single unit, of whatever kind, contributes
    to. Counting tells nothing of it: forty rows of forty dwellings into which one owner's income was carried are forty
    dwellings.
    Source: project choice, the dominance rule for units instead of amounts.
    """
    finding = Finding(
        rule=RULE,
        sentence="achter het grootste deel van de getelde eenheden staat dezelfde eenheid",
        remedy="vraag bescherming 'onderdrukken', voeg klassen samen of kies een hoger gebiedsniveau",
    )
    return [CellFinding(finding, shares > policy.dominance_share)]
