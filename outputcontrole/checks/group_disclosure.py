"""Group disclosure: a cell that holds (nearly) everybody of a group tells about each of them."""

from outputcontrole.checks.finding import CellFinding, Finding
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import Policy

RULE = "groepsonthulling"


def group_disclosure(cells: CellEvidence, policy: Policy) -> list[CellFinding]:
    """Refuse cells that take `policy.group_share` or more of a total they are part of, or whose values are all equal.

    cells.group_share: the largest share over the totals of every dimension that is a characteristic, and over the
    population that an indicator was looked for in. Totals over areas are left out: that somebody lives in an area is
    what one has to know to look the area up. cells.equal: a mean of equal values is everybody's own value.
    Source: ESSnet SDC (2010), Guidelines for the checking of output: no cell of 90 % or more of its row or column.
    """
    some = cells.n > 0
    same = Finding(
        rule=RULE,
        sentence="iedereen in deze cel heeft dezelfde waarde; het gemiddelde is dan ieders eigen waarde",
        remedy="vraag bescherming 'onderdrukken', voeg klassen samen of kies een hoger gebiedsniveau",
    )
    whole = Finding(
        rule=RULE,
        sentence=f"{policy.group_share:.0%} of meer van de groep zit in deze cel".replace("%", " %"),
        remedy="vraag bescherming 'onderdrukken', verdeel de groep anders, of laat een te ruim filter weg",
    )
    return [
        CellFinding(same, some & cells.equal),
        CellFinding(whole, some & (cells.group_share >= policy.group_share)),
    ]
