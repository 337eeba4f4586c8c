"""The threshold rule: enough protected units, of every kind, behind every number."""

from outputcontrole.checks.finding import CellFinding, Finding
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


def threshold(cells: CellEvidence, policy: Policy) -> list[CellFinding]:
    """Refuse cells with fewer than `policy.n_min` units of a kind that contributes to them.

    Counted are distinct units, of every protected kind behind the number: twenty rows of four households are four,
    forty dwellings of one owner are one owner. A kind that nobody in the cell has (no owner known) does not count.
    Empty cells are the zero rule's.
    Source: ESSnet SDC (2010), Guidelines for the checking of output, overall rule of thumb of 10 units.
    """
    named = [(_PLURAL.get(kind, kind), cells.units[kind]) for kind in sorted(cells.units)]
    return [
        CellFinding(_too_few(what, policy), (n > 0) & (n < policy.n_min)) for what, n in [*named, ("eenheden", cells.n)]
    ]


def _too_few(what: str, policy: Policy) -> Finding:
    return Finding(
        rule=RULE,
        sentence=f"minder dan {policy.n_min} verschillende {what}",
        remedy="vraag bescherming 'onderdrukken', voeg klassen samen of kies een hoger gebiedsniveau",
    )
