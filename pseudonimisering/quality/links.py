"""Links between sources: the units they have in common, and those expected of one in another against those found."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from pseudonimisering.quality.expectations import Expectation
from pseudonimisering.quality.sources import ABSENT, share
from pseudonimisering.quality.units import Units


@dataclass(frozen=True)
class DomainQuality:
    """How many distinct units of a domain a source holds."""

    bron: str
    domein: str
    aantal: int


@dataclass(frozen=True)
class Coverage:
    """Of two sources with a domain in common: the distinct units of both, and which share of each that is."""

    domein: str
    bron: str
    andere: str
    gedeeld: int
    deel_bron: float
    deel_andere: float


@dataclass(frozen=True)
class LostLinks:
    """Values that a reason took away, and how many of them would have linked if they linked like the usable ones."""

    waarden: int
    geschat: float


@dataclass(frozen=True)
class LinkQuality:
    """The units of one column that are expected in another, against those found.

    herkomst: `opgegeven` (declared) or `afgeleid` (derived from the domain). verwacht: distinct units of `van`;
    gevonden: those that `in` has; deel = gevonden / verwacht, beside `minimum`. deel_rijen: the same over rows.
    omgekeerd: the share of the units of `in` that occur in `van`. verloren: per normalisation reason.
    """

    domein: str
    van: str
    naar: str
    herkomst: str
    minimum: float
    verwacht: int
    gevonden: int
    deel: float
    deel_rijen: float
    omgekeerd: float
    verloren: dict[str, LostLinks]


def per_source(units: Units, names: Sequence[str]) -> list[DomainQuality]:
    """Return how many units of a domain each source holds, in the order of `names`."""
    domain = units.columns[0].domain
    present = [name for name in names if units.of_source(name)]
    return [DomainQuality(name, domain, units.distinct(units.of_source(name))) for name in present]


def pairs(units: Units, names: Sequence[str]) -> list[Coverage]:
    """Return for every two sources of a domain what they have in common."""
    size = {name: units.distinct(columns) for name in names if (columns := units.of_source(name))}
    found = []
    for one, other in combinations(size, 2):
        both = units.distinct(units.of_source(one), units.of_source(other))
        shares = share(both, size[one]), share(both, size[other])
        found.append(Coverage(units.columns[0].domain, one, other, both, *shares))
    return found


def link(units: Units, entry: Expectation) -> LinkQuality:
    """Compare what is expected with what is found."""
    column, register = entry.column, entry.register
    expected, found = units.distinct([column]), units.distinct([column], [register])
    per_row = share(units.rows(column, register), units.rows(column))
    wrong = {name: count for name, count in column.reasons.items() if name not in ABSENT}
    return LinkQuality(
        domein=column.domain,
        van=column.name,
        naar=register.name,
        herkomst="opgegeven" if entry.declared else "afgeleid",
        minimum=entry.minimum,
        verwacht=expected,
        gevonden=found,
        deel=share(found, expected),
        deel_rijen=per_row,
        omgekeerd=share(found, units.distinct([register])),
        verloren={reason: LostLinks(count, round(count * per_row, 1)) for reason, count in sorted(wrong.items())},
    )
