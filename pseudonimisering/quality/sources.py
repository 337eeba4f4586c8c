"""The packages that are measured together: their manifests, the columns that hold pseudonyms, and the engine."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from zoo_formaat.canonical import parse_json
from zoo_formaat.document import parse_values, read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.package import MANIFEST, FieldDescription, PackageManifest, Resource, load_package
from zoo_formaat.signature import PublicKey

MEMORY = "400MB"
"""What the engine may hold in memory; what does not fit goes to a private temporary folder and is removed."""

ABSENT = frozenset({"leeg", "onvolledig"})
"""Reasons for which there was nothing to link, as the normaliser names them; every other reason is a wrong value."""

REMARKS = frozenset({"gemarkeerd_ontbrekend", "onder_dekking"})
"""What ingest notes of a column beside the reasons of its values: those values are counted as absent already."""

UNEXPECTED_ROWS = "buiten_verwachting"
"""How many rows more or fewer were delivered than the contract expects."""

NOT_LOOKED_AT = frozenset({"buiten_periode", UNEXPECTED_ROWS})
"""Counts of whole rows that are no rows whose identifiers were looked at; all others (double, erased) are."""


@dataclass(frozen=True)
class Source:
    """A package: where it lies and what its manifest says."""

    path: Path
    manifest: PackageManifest

    @property
    def name(self) -> str:
        """The source's name."""
        return self.manifest.bron

    def file(self, resource: Resource) -> str:
        """Return the Parquet file of a table."""
        return str(self.path / resource.path)


@dataclass(frozen=True)
class KeyColumn:
    """A column of pseudonyms of one domain, in one table of one source."""

    source: Source
    resource: Resource
    field: FieldDescription
    domain: str

    @property
    def table(self) -> str:
        """`source.table`."""
        return f"{self.source.name}.{self.resource.name}"

    @property
    def name(self) -> str:
        """`source.table.column`."""
        return f"{self.table}.{self.field.name}"

    @property
    def file(self) -> str:
        """The Parquet file that holds the column."""
        return self.source.file(self.resource)

    @property
    def sql(self) -> str:
        """The column's name, quoted."""
        return quoted(self.field.name)

    @property
    def reasons(self) -> dict[str, int]:
        """Reason -> values of this column that have no pseudonym for it."""
        prefix = f"{self.field.name}."
        counts = {
            name.removeprefix(prefix): n for name, n in self.resource.verworpen.items() if name.startswith(prefix)
        }
        return {reason: count for reason, count in counts.items() if reason not in REMARKS}


def open_sources(paths: Sequence[Path], zone1: PublicKey | None) -> list[Source]:
    """Open packages of one project, each of another source.

    zone1: the key that must have signed them; None leaves signatures and file digests unchecked. Raises UserError for
    a package that cannot be read, for packages of different projects, which cannot be linked, and for two packages of
    one source.
    """
    sources = [Source(path, _manifest(path, zone1)) for path in paths]
    projects = sorted({source.manifest.project.id for source in sources})
    if len(projects) != 1:
        raise UserError(f"pakketten van {len(projects)} projecten ({', '.join(projects)}) zijn niet koppelbaar")
    if len({source.name for source in sources}) < len(sources):
        raise UserError("twee pakketten van dezelfde bron; noem van elke bron één pakket")
    return sources


def _manifest(path: Path, zone1: PublicKey | None) -> PackageManifest:
    if zone1 is not None:
        return load_package(path, [zone1]).manifest
    file = path / MANIFEST
    return parse_values(parse_json(read_bytes(file, "pakketbeschrijving"), str(file)), PackageManifest, str(file))


def key_columns(sources: Sequence[Source]) -> dict[str, list[KeyColumn]]:
    """Return per domain the columns that hold its pseudonyms, in the order of packages, tables and columns."""
    found: dict[str, list[KeyColumn]] = {}
    for source in sources:
        for resource in source.manifest.resources:
            for field in resource.table_schema.fields:
                if field.domein is not None and field.code_van is None:
                    found.setdefault(field.domein, []).append(KeyColumn(source, resource, field, field.domein))
    return dict(sorted(found.items()))


class Engine:
    """DuckDB with bounded memory over Parquet files."""

    def __init__(self, folder: str) -> None:
        """Open an engine that spills to `folder`."""
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "threads": 2,
            "temp_directory": folder,
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        self._connection = duckdb.connect(config=settings)

    def rows(self, sql: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query that counts. Raises UserError when a file of a package is unreadable."""
        try:
            # a folder called `jaar=2016` on the way must not take the place of the column `jaar`
            sql = sql.replace("read_parquet(?)", "read_parquet(?, hive_partitioning = false)")
            return self._connection.execute(sql, list(values)).fetchall()
        except duckdb.OutOfMemoryException:
            problem = f"de meting past niet in {MEMORY} geheugen en de tijdelijke schijfruimte; maak schijfruimte vrij"
        except duckdb.Error:
            # the engine's own message quotes values
            problem = "een bestand van de pakketten is onleesbaar of beschadigd; vraag een nieuwe levering"
        raise UserError(problem)

    def close(self) -> None:
        """Close the engine."""
        self._connection.close()


@contextmanager
def engine() -> Iterator[Engine]:
    """Give an engine whose temporary files are private and gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        opened = Engine(folder)
        try:
            yield opened
        finally:
            opened.close()


def quoted(name: str) -> str:
    """Return a column name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def share(part: float, whole: float) -> float:
    """Return part / whole, 0 for an empty whole."""
    return part / whole if whole else 0.0
