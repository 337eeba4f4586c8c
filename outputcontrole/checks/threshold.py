"""The threshold rule: enough protected units, of every kind, behind every number."""

from outputcontrole.checks.finding import Finding
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import Policy

RULE = "drempel"
_PLURAL = {
    "persoon": "personen",
    "huishouden": "huishoudens",
    "adres": "adressen",
    "eigenaar": "eigenaren",
    "rechtspersoon": "rechtspersonen",
}


def threshold(cell: CellEvidence, policy: Policy) -> Finding | None:
    """Refuse a cell with fewer than `policy.n_min` units of a kind that contributes to it.

    Counted are distinct units, of every protected kind behind the number: twenty rows of four households are four,
    forty dwellings of one owner are one owner. A kind that nobody in the cell has (no owner known) does not count.
    Empty cells are the zero rule's.
    Source: ESSnet SDC (2010), Guidelines for the checking of output, overall rule of thumb of 10 units.
    """
    short = sorted(kind for kind, n in cell.units.items() if 0 < n < policy.n_min)
    if not short and not 0 < cell.n < policy.n_min:
        return None
    what = _PLURAL.get(short[0], short[0]) if short else "eenheden"
    return Finding(
        rule=RULE,
        cell=cell.labels,
        sentence=f"minder dan {policy.n_min} verschillende {what}",
        remedy="vraag bescherming 'onderdrukken', voeg klassen samen of kies een hoger gebiedsniveau",
    )
