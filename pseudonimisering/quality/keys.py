"""One identifier column: how many values are usable, how many rows are filled, how often a unit stands there."""

from dataclasses import dataclass

from pseudonimisering.quality.sources import ABSENT, NOT_LOOKED_AT, KeyColumn, share
from pseudonimisering.quality.units import Units


@dataclass(frozen=True)
class KeyQuality:
    """One identifier column.

    aangeboden: values that were there, before double rows went out; ongeldig: those that have no pseudonym, with their
    number per reason in `redenen`; geldigheid = 1 - ongeldig / aangeboden. gevuld: rows of the package with a
    pseudonym; dekking = gevuld / rijen, beside what the contract expects. uniciteit = verschillende / gevuld.
    verdeling: how many units have 1, 2, 3-5, 6+ rows.
    """

    bron: str
    tabel: str
    kolom: str
    domein: str
    eenheid: str | None
    rijen: int
    aangeboden: int
    ongeldig: int
    geldigheid: float
    redenen: dict[str, int]
    gevuld: int
    dekking: float
    verwachte_dekking: float | None
    verschillende: int
    uniciteit: float
    verdeling: dict[str, int]


def key_quality(units: Units, column: KeyColumn) -> KeyQuality:
    """Measure one identifier column."""
    resource, reasons = column.resource, column.reasons
    # Reasons of values are counted on every row that was read: also on those that went out as double afterwards
    whole_rows = {name: count for name, count in resource.verworpen.items() if "." not in name}
    read = resource.rijen + sum(count for name, count in whole_rows.items() if name not in NOT_LOOKED_AT)
    wrong = {reason: count for reason, count in sorted(reasons.items()) if reason not in ABSENT}
    offered = read - sum(count for reason, count in reasons.items() if reason in ABSENT)
    invalid = sum(wrong.values())
    filled, distinct = units.rows(column), units.distinct([column])
    return KeyQuality(
        bron=column.source.name,
        tabel=resource.name,
        kolom=column.field.name,
        domein=column.domain,
        eenheid=column.field.eenheid,
        rijen=resource.rijen,
        aangeboden=offered,
        ongeldig=invalid,
        geldigheid=1 - share(invalid, offered),
        redenen=wrong,
        gevuld=filled,
        dekking=share(filled, resource.rijen),
        verwachte_dekking=column.field.dekking,
        verschillende=distinct,
        uniciteit=share(distinct, filled),
        verdeling=units.distribution(column),
    )
