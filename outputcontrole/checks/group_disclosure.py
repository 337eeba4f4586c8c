"""Group disclosure: a cell that holds (nearly) everybody of a group tells about each of them."""

from outputcontrole.checks.finding import Finding
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import Policy

RULE = "groepsonthulling"


def group_disclosure(cell: CellEvidence, policy: Policy) -> Finding | None:
    """Refuse a cell that takes `policy.group_share` or more of a total it is part of, or whose values are all equal.

    cell.group_share: the largest share over the totals of every dimension that is a characteristic, and over the
    population that an indicator was looked for in. Totals over areas are left out: that somebody lives in an area is
    what one has to know to look the area up. cell.equal: a mean of equal values is everybody's own value.
    Source: ESSnet SDC (2010), Guidelines for the checking of output: no cell of 90 % or more of its row or column.
    """
    if cell.n > 0 and cell.equal:
        return Finding(
            rule=RULE,
            cell=cell.labels,
            sentence="iedereen in deze cel heeft dezelfde waarde; het gemiddelde is dan ieders eigen waarde",
            remedy="vraag bescherming 'onderdrukken', voeg klassen samen of kies een hoger gebiedsniveau",
        )
    if cell.group_share is None or cell.n == 0 or cell.group_share < policy.group_share:
        return None
    return Finding(
        rule=RULE,
        cell=cell.labels,
        sentence=f"{policy.group_share:.0%} of meer van de groep zit in deze cel".replace("%", " %"),
        remedy="vraag bescherming 'onderdrukken', verdeel de groep anders, of laat een te ruim filter weg",
    )
