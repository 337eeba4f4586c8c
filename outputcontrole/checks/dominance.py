"""Dominance: a total that is mostly one contributor's tells that contributor's amount."""

from outputcontrole.checks.finding import CellFinding, Finding
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import Policy

RULE = "dominantie"


def dominance(cells: CellEvidence, policy: Policy) -> list[CellFinding]:
    """Refuse magnitude cells of which the largest contributors hold more than the policy's share.

    cells.dominance: unit kind -> share of the absolute total (so that one negative amount cannot switch the rule off)
    held by the `policy.dominance_n` largest *units* of that kind, not rows.
    Source: Hundepool et al. (2012), Statistical Disclosure Control, section 4.2.2.
    """
    finding = Finding(
        rule=RULE,
        sentence="het totaal is voor het grootste deel van te weinig eenheden",
        remedy="vraag bescherming 'onderdrukken', voeg klassen samen of kies een hoger gebiedsniveau",
    )
    return [
        CellFinding(finding, (cells.n > 0) & ~(share <= policy.dominance_share)) for share in cells.dominance.values()
    ]
