"""The p % rule: the second largest contributor must not be able to estimate the largest too well."""

from outputcontrole.checks.finding import CellFinding, Finding
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import Policy

RULE = "p-procent"


def p_percent(cells: CellEvidence, policy: Policy) -> list[CellFinding]:
    """Refuse magnitude cells in which all but the two largest units hold less than `policy.p_percent` of the largest.

    The second largest subtracts the own amount from the total and is left with the largest plus that rest. Amounts are
    absolute and per unit, not per row.
    Source: Hundepool et al. (2012), Statistical Disclosure Control, section 4.2.2.
    """
    finding = Finding(
        rule=RULE,
        sentence="een van de bijdragers kan het bedrag van een andere te nauw schatten",
        remedy="vraag bescherming 'onderdrukken', voeg klassen samen of kies een hoger gebiedsniveau",
    )
    return [CellFinding(finding, (cells.n > 0) & ~(rest >= policy.p_percent)) for rest in cells.rest.values()]
