"""Reach: in derived data nobody's data may end up in the rows of many others."""

from outputcontrole.checks.finding import Finding
from outputcontrole.policy import Policy

RULE = "bereik"


def reach(widest: int, recipe: str, policy: Policy) -> Finding | None:
    """Refuse a recipe in which one unit's data were read for more than `policy.bereik_max` other counted units.

    widest: the most counted units, other than itself, whose rows one unit of the counted kind contributes to. A member
    of a household is in the rows of the household; whoever is in the rows of a whole city was carried there, and a
    table of thousands can then be about that one person: no threshold sees it.
    Source: project choice; ESSnet SDC (2010) counts units per cell, and takes for granted that a row is one unit's own.
    """
    if widest <= policy.bereik_max:
        return None
    return Finding(
        rule=RULE,
        sentence=f"in recept '{recipe}' komen de gegevens van één eenheid terecht bij meer dan {policy.bereik_max} "
        "andere getelde eenheden",
        remedy="laat elke rij rusten op gegevens van de eenheid zelf en van wie er direct bij hoort (huishouden, "
        "woning), of tel een grotere eenheid",
    )
