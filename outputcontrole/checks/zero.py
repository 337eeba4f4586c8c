"""The zero rule: that nobody has a characteristic is information about everybody there."""

from outputcontrole.checks.finding import CellFinding, Finding
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import Policy

RULE = "nul"


def zero(cells: CellEvidence, policy: Policy) -> list[CellFinding]:
    """Refuse empty cells unless the policy says that zeros are free.

    Source: ESSnet SDC (2010), class disclosure: a share of exactly 0 tells about a whole group; Hundepool et al.
    (2012), Statistical Disclosure Control, section 5.2.
    """
    if policy.zero == "vrij":
        return []
    finding = Finding(
        rule=RULE,
        sentence="lege cel: dat het bij niemand voorkomt, zegt iets over iedereen in deze groep",
        remedy="vraag bescherming 'onderdrukken' of voeg klassen samen",
    )
    return [CellFinding(finding, cells.n == 0)]
