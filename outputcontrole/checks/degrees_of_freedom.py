"""Degrees of freedom: a model with about as many parameters as observations gives its observations back."""

from outputcontrole.checks.finding import CellFinding, Finding
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import Policy

RULE = "vrijheidsgraden"


def degrees_of_freedom(observations: int, parameters: int, policy: Policy) -> Finding | None:
    """Refuse a model with fewer than `policy.df_min` residual degrees of freedom (observations - parameters).

    Source: ESSnet SDC (2010), Guidelines for the checking of output, classes 7, 9 and 12.
    """
    if observations - parameters >= policy.df_min:
        return None
    return Finding(
        rule=RULE,
        sentence=f"minder dan {policy.df_min} vrijheidsgraden: te weinig waarnemingen voor zo veel parameters",
        remedy="vraag minder groepen, kenmerken of een ondiepere boom",
    )


def freedom_of_spread(cells: CellEvidence, policy: Policy) -> list[CellFinding]:
    """Refuse cells whose values leave their standard deviation fewer than `policy.df_min` degrees of freedom.

    Source: ESSnet SDC (2010), Guidelines for the checking of output, class 7.
    """
    if cells.values is None:
        return []
    finding = Finding(
        rule=RULE,
        sentence=f"minder dan {policy.df_min} vrijheidsgraden: te weinig waarden voor een spreiding",
        remedy="vraag bescherming 'onderdrukken', voeg klassen samen of kies een hoger gebiedsniveau",
    )
    return [CellFinding(finding, (cells.n > 0) & (cells.values - 1 < policy.df_min))]
