"""The zero rule: that nobody has a characteristic is information about everybody there."""

from outputcontrole.checks.finding import Finding
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import Policy

RULE = "nul"


def zero(cell: CellEvidence, policy: Policy) -> Finding | None:
    """Refuse an empty cell unless the policy says that zeros are free.

    Source: ESSnet SDC (2010), class disclosure: a share of exactly 0 tells about a whole group; Hundepool et al.
    (2012), Statistical Disclosure Control, section 5.2.
    """
    if cell.n > 0 or policy.zero == "vrij":
        return None
    return Finding(
        rule=RULE,
        cell=cell.labels,
        sentence="lege cel: dat het bij niemand voorkomt, zegt iets over iedereen in deze groep",
        remedy="vraag bescherming 'onderdrukken' of voeg klassen samen",
    )
