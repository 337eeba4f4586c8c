"""Low variance: where everybody's value is nearly the mean, the mean is everybody's value."""

from outputcontrole.checks.finding import CellFinding, Finding
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import Policy

RULE = "spreiding"


def low_variance(cells: CellEvidence, policy: Policy) -> list[CellFinding]:
    """Refuse magnitude cells that vary less than `policy.spread_min` of what the whole table does.

    Measured against the spread of the whole table, so that neither the unit nor the zero of the measure matters (years
    and euros alike).
    Source: project choice; the all-values-equal rule of ESSnet SDC (2010) taken to nearly equal values.
    """
    finding = Finding(
        rule=RULE,
        sentence="de waarden in deze cel verschillen nauwelijks; het gemiddelde is dan bijna ieders eigen waarde",
        remedy="vraag bescherming 'onderdrukken', voeg klassen samen of kies een hoger gebiedsniveau",
    )
    return [CellFinding(finding, (cells.n > 0) & (cells.spread < policy.spread_min))]
