"""Link quality of packages: rows, rejects per reason, and how far two packages are about the same units.

Counts distinct pseudonyms only; nothing here names or shows one. The figures depend on microdata and stay inside.
"""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from zoo_formaat.canonical import parse_json
from zoo_formaat.document import parse_values, read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.package import MANIFEST, PackageManifest, load_package
from zoo_formaat.signature import PublicKey


@dataclass(frozen=True)
class TableQuality:
    """Rows of one table, and how many values or rows were rejected for which reason (`column.reason` or `reason`)."""

    bron: str
    tabel: str
    rijen: int
    verworpen: dict[str, int]


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
class Report:
    """Everything `pseudonimisering kwaliteit` shows."""

    project: str
    ondertekening_gecontroleerd: bool
    tabellen: list[TableQuality]
    domeinen: list[DomainQuality]
    koppeling: list[Coverage]

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON value."""
        return asdict(self)


def measure(packages: Sequence[Path], zone1: PublicKey | None = None) -> Report:
    """Measure packages of one project.

    zone1: the key that must have signed them; None leaves signatures and file digests unchecked, and the report says
    so. Raises UserError for a package that cannot be read, and for packages of different projects, which cannot be
    linked.
    """
    manifests = [_manifest(path, zone1) for path in packages]
    projects = {manifest.project.id for manifest in manifests}
    if len(projects) != 1:
        raise UserError(f"pakketten van {len(projects)} projecten ({', '.join(sorted(projects))}) zijn niet koppelbaar")
    sources = [manifest.bron for manifest in manifests]
    if len(set(sources)) < len(sources):
        raise UserError("twee pakketten van dezelfde bron; noem van elke bron één pakket")
    tables = [
        TableQuality(manifest.bron, resource.name, resource.rijen, dict(resource.verworpen))
        for manifest in manifests
        for resource in manifest.resources
    ]
    where = _columns_by_domain(packages, manifests)
    domains: list[DomainQuality] = []
    links: list[Coverage] = []
    with tempfile.TemporaryDirectory() as spill:
        connection = duckdb.connect(config={"memory_limit": "400MB", "threads": 2, "temp_directory": spill})
        for domain, columns in sorted(where.items()):
            sets = _patterns(connection, columns)
            present = sorted({source for source, _, _ in columns}, key=sources.index)
            size = {source: sum(count for members, count in sets if source in members) for source in present}
            domains += [DomainQuality(source, domain, size[source]) for source in present]
            for one, other in combinations(present, 2):
                both = sum(count for members, count in sets if one in members and other in members)
                links.append(Coverage(domain, one, other, both, _share(both, size[one]), _share(both, size[other])))
        connection.close()
    return Report(projects.pop(), zone1 is not None, tables, domains, links)


def show(report: Report, console: Console) -> None:
    """Print the report as Dutch tables."""
    tables = Table("tabel", "rijen", "verworpen", title=f"Pakketten van project {report.project}")
    for entry in report.tabellen:
        rejects = ", ".join(f"{reason} {_dutch(count)}" for reason, count in entry.verworpen.items())
        tables.add_row(f"{entry.bron}.{entry.tabel}", _dutch(entry.rijen), rejects or "geen")
    domains = Table("domein", "bron", "verschillende", title="Eenheden per bron")
    for unit in sorted(report.domeinen, key=lambda unit: unit.domein):
        domains.add_row(unit.domein, unit.bron, _dutch(unit.aantal))
    links = Table("domein", "bron", "andere bron", "in beide", "% van bron", "% van andere", title="Koppeling")
    for link in report.koppeling:
        shares = (f"{100 * share:.1f}".replace(".", ",") for share in (link.deel_bron, link.deel_andere))
        links.add_row(link.domein, link.bron, link.andere, _dutch(link.gedeeld), *shares)
    for table in (tables, domains, links):
        console.print(table)
    if not report.ondertekening_gecontroleerd:
        console.print("handtekeningen zijn niet gecontroleerd; geef --zone1 mee om dat te doen")


def _manifest(path: Path, zone1: PublicKey | None) -> PackageManifest:
    if zone1 is not None:
        return load_package(path, [zone1]).manifest
    file = path / MANIFEST
    return parse_values(parse_json(read_bytes(file, "pakketbeschrijving"), str(file)), PackageManifest, str(file))


def _columns_by_domain(
    packages: Sequence[Path], manifests: Iterable[PackageManifest]
) -> dict[str, list[tuple[str, Path, str]]]:
    """Return per domain the (source, file, column) that hold its pseudonyms."""
    found: dict[str, list[tuple[str, Path, str]]] = {}
    for path, manifest in zip(packages, manifests, strict=True):
        for resource in manifest.resources:
            for column in resource.table_schema.fields:
                if column.domein is not None:
                    found.setdefault(column.domein, []).append((manifest.bron, path / resource.path, column.name))
    return found


def _patterns(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, Path, str]]
) -> list[tuple[set[str], int]]:
    """Return for every combination of sources the number of distinct units that exactly these sources hold."""
    sources = sorted({source for source, _, _ in columns})
    parts, values = [], []
    for source, file, column in columns:
        name = '"' + column.replace('"', '""') + '"'
        parts.append(
            f"SELECT DISTINCT {name} AS wie, {1 << sources.index(source)}::UBIGINT AS bit FROM read_parquet(?)"
        )
        values.append(str(file))
    try:
        rows = connection.execute(
            "SELECT masker, count(*) FROM (SELECT bit_or(bit) AS masker FROM ("
            + " UNION ALL ".join(parts)
            + ") WHERE wie IS NOT NULL GROUP BY wie) GROUP BY masker",
            values,
        ).fetchall()
    except duckdb.Error:
        rows = None
    if rows is None:
        raise UserError("een bestand van de pakketten is onleesbaar of beschadigd; vraag een nieuwe levering")
    return [({s for i, s in enumerate(sources) if mask >> i & 1}, count) for mask, count in rows]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _dutch(number: int) -> str:
    return f"{number:,}".replace(",", ".")
