"""Measure link quality: per identifier column, per pair of sources, per expectation; and the address chapter."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pseudonimisering.quality.addresses import AddressQuality, measure_addresses
from pseudonimisering.quality.drift import Drift, measure_drift
from pseudonimisering.quality.expectations import Declared, expectations
from pseudonimisering.quality.findings import Finding, find
from pseudonimisering.quality.keys import KeyQuality, key_quality
from pseudonimisering.quality.links import Coverage, DomainQuality, LinkQuality, link, pairs, per_source
from pseudonimisering.quality.sources import KeyColumn, Source, engine, key_columns, open_sources
from pseudonimisering.quality.units import count_units
from zoo_formaat.signature import PublicKey

SMALLEST = 10
"""The least count with which an area is shown."""


@dataclass(frozen=True)
class TableQuality:
    """Rows of one table, and how many values or rows were rejected for which reason (`column.reason` or `reason`)."""

    bron: str
    tabel: str
    rijen: int
    verworpen: dict[str, int]


@dataclass(frozen=True)
class Report:
    """Everything `pseudonimisering kwaliteit` measures. versie: of the JSON form; a field is never removed within one.

    drempel: the least count an area is shown with.
    """

    project: str
    ondertekening_gecontroleerd: bool
    drempel: int
    synthetisch: bool
    bronnen: list[dict[str, str]]
    tabellen: list[TableQuality]
    domeinen: list[DomainQuality]
    koppeling: list[Coverage]
    sleutels: list[KeyQuality]
    verwachtingen: list[LinkQuality]
    adressen: AddressQuality
    verloop: Drift | None
    bevindingen: list[Finding] = field(default_factory=list)
    versie: int = 1

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON value."""
        return asdict(self)


def measure(
    packages: Sequence[Path],
    zone1: PublicKey | None = None,
    *,
    previous: Sequence[Path] = (),
    declared: Sequence[Declared] = (),
    smallest: int = SMALLEST,
) -> Report:
    """Measure packages of one project.

    zone1: the key that must have signed them; None leaves signatures and file digests unchecked, and the report says
    so. previous: packages of earlier deliveries of the same sources, to measure drift against. declared: expectations
    beside the derived ones. smallest: the least count an area is shown with. Raises UserError for a package that
    cannot be read, and for packages of different projects, which cannot be linked.
    """
    sources = open_sources(packages, zone1)
    earlier = open_sources(previous, zone1) if previous else []
    with engine() as running:
        domains = {domain: count_units(running, columns) for domain, columns in key_columns(sources).items()}
        expected = expectations(domains, declared)
        addresses = measure_addresses(running, sources, domains, smallest)
        drift = measure_drift(running, sources, earlier, domains, expected, smallest) if earlier else None
    names = [source.name for source in sources]
    keys = [key_quality(domains[column.domain], column) for column in _in_order(sources)]
    links = [link(domains[entry.column.domain], entry) for entry in expected]
    report = Report(
        project=sources[0].manifest.project.id,
        ondertekening_gecontroleerd=zone1 is not None,
        drempel=smallest,
        synthetisch=all(source.manifest.synthetisch for source in sources),
        bronnen=[_about(source) for source in sources],
        tabellen=[
            TableQuality(source.name, resource.name, resource.rijen, dict(resource.verworpen))
            for source in sources
            for resource in source.manifest.resources
        ],
        domeinen=[entry for units in domains.values() for entry in per_source(units, names)],
        koppeling=[entry for units in domains.values() for entry in pairs(units, names)],
        sleutels=keys,
        verwachtingen=links,
        adressen=addresses,
        verloop=drift,
    )
    report.bevindingen.extend(find(report))
    return report


def _in_order(sources: Sequence[Source]) -> list[KeyColumn]:
    """Return every identifier column, in the order of packages, tables and columns."""
    columns = {column.name: column for group in key_columns(sources).values() for column in group}
    return [
        columns[name]
        for source in sources
        for resource in source.manifest.resources
        for described in resource.table_schema.fields
        if (name := f"{source.name}.{resource.name}.{described.name}") in columns
    ]


def _about(source: Source) -> dict[str, str]:
    manifest = source.manifest
    return {
        "bron": manifest.bron,
        "houder": manifest.houder,
        "contract": manifest.contract,
        "verwerkt": manifest.verwerkt,
        "bewaren_tot": manifest.bewaren_tot.isoformat(),
    }
