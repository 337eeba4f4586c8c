"""Dominance: a total that is mostly one contributor's tells that contributor's amount."""

from outputcontrole.checks.finding import Finding
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import Policy

RULE = "dominantie"


def dominance(cell: CellEvidence, policy: Policy) -> Finding | None:
    """Refuse a magnitude cell of which the largest contributors hold more than the policy's share.

    cell.dominance: unit kind -> share of the absolute total (so that one negative amount cannot switch the rule off)
    held by the `policy.dominance_n` largest *units* of that kind, not rows.
    Source: Hundepool et al. (2012), Statistical Disclosure Control, section 4.2.2.
    """
    if cell.n == 0 or all(share <= policy.dominance_share for share in cell.dominance.values()):
        return None
    return Finding(
        rule=RULE,
        cell=cell.labels,
        sentence="het totaal is voor het grootste deel van te weinig eenheden",
        remedy="vraag bescherming 'onderdrukken', voeg klassen samen of kies een hoger gebiedsniveau",
    )
