"""Influence: a coefficient that one unit determines tells about that unit."""

from outputcontrole.checks.finding import Finding
from outputcontrole.policy import Policy

RULE = "invloed"


def influence(share: float, policy: Policy, few: float = 0.0) -> Finding | None:
    """Refuse a coefficient of which one unit makes up more than `policy.dominance_share`, or too few nearly all.

    share: the unit's part of the information on the coefficient (partial leverage), or of the absolute total of the
    outcomes that enter it with one sign. A coefficient of one dummy is a difference of two means, so for it this is the
    dominance rule on both; for any other it is that rule on the weighted totals that it is a difference of. few: the
    part of the information that one unit fewer than `policy.n_min` have together; from `policy.group_share` on the
    coefficient is theirs, as it is of a dummy with fewer than `policy.n_min` units.
    Source: project choice, after Velleman and Welsch (1981), Efficient computing of regression diagnostics, and the
    dominance rule; ESSnet SDC (2010), class 9, asks that no model is fitted on one unit.
    """
    if share <= policy.dominance_share and few < policy.group_share:
        return None
    return Finding(
        rule=RULE,
        sentence="een getal van deze uitvoer hangt voor het grootste deel van te weinig eenheden af",
        remedy="laat de regressor met de uitschieter weg, neem 'log', of begrens de kolom met het filter",
    )
