"""The checker's own read access: one DuckDB connection on the registered packages, and what their columns mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import duckdb
from sqlglot import exp

from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription, Package

# Of the engine; with the program itself the checker stays under one gigabyte. What does not fit is spilled.
MEMORY_LIMIT = "600MB"


@cache
def quoted(name: str) -> str:
    """Return a name as a quoted DuckDB identifier, whatever characters it holds."""
    return exp.to_identifier(name, quoted=True).sql("duckdb")


def quoted_table(table: str) -> str:
    """Return `bron.tabel` as a quoted DuckDB name."""
    return ".".join(quoted(part) for part in table.split("."))


@dataclass(frozen=True)
class Derived:
    """A table that a recipe of this assessment made: what was made is gone with the assessment.

    relation: the quoted name of its rows. considered: of its rows and those that a condition on values left out (their
    values empty, the units behind them kept): what is decided on these tells nothing about a value. file: the Parquet
    file of the latter. fields: its columns, its own first, then the lists of the units whose rows were read to make a
    row. sources: the packages that it was made from. manual: why its numbers have to be weighed by people; empty when
    they are judged like those of any table.
    """

    relation: str
    considered: str
    file: Path
    fields: Mapping[str, FieldDescription]
    sources: frozenset[str]
    manual: tuple[str, ...] = ()
    present: str | None = None
    """The column of the file that tells which rows are in the table; None: all."""


@dataclass(frozen=True)
class Access:
    """A connection with a view per table, and the manifests' description of each table's columns.

    derived: the tables made by recipes, by the digest of all they were made by.
    """

    connection: duckdb.DuckDBPyConnection
    tables: dict[str, list[FieldDescription]]
    packages: Sequence[Package]
    derived: dict[str, Derived] = field(default_factory=dict)

    def fields(self, table: str) -> dict[str, FieldDescription]:
        """Return the columns of `bron.tabel` by name; raises UserError that names the tables there are."""
        if table not in self.tables:
            raise UserError(f"onbekende tabel '{table}'; er zijn: {', '.join(sorted(self.tables))}")
        return {column.name: column for column in self.tables[table]}

    @property
    def sources_of_recipes(self) -> dict[str, frozenset[str]]:
        """The sources that each derived table was made from, by its digest."""
        return {digest: made.sources for digest, made in self.derived.items()}

    def file_of(self, table: str) -> Path:
        """Return the Parquet file of `bron.tabel`; raises UserError for a table that is not there."""
        source, _, name = table.partition(".")
        for package in self.packages:
            resource = package.manifest.resource(name)
            if package.manifest.bron == source and resource is not None:
                return package.table_path(resource)
        raise UserError(f"onbekende tabel '{table}'; er zijn: {', '.join(sorted(self.tables))}")

    def is_open(self, table: str) -> bool:
        """Whether a table comes from a package of open data, without persons."""
        source = table.split(".", maxsplit=1)[0]
        return any(package.manifest.bron == source and package.manifest.openbaar for package in self.packages)


def open_access(packages: Sequence[Package], threads: int | None = None, scratch: Path | None = None) -> Access:
    """Open the packages for reading. threads: how many DuckDB may use; scratch: where it may spill."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET memory_limit = $1", [MEMORY_LIMIT])
    if threads is not None:
        connection.execute("SET threads = $1", [threads])
    if scratch is not None:
        connection.execute("SET temp_directory = $1", [str(scratch)])
    tables: dict[str, list[FieldDescription]] = {}
    for package in packages:
        source = package.manifest.bron
        try:
            connection.execute(f"CREATE SCHEMA {quoted(source)}")
            for resource in package.manifest.resources:
                name = f"{source}.{resource.name}"
                file = exp.Literal.string(str(package.table_path(resource).resolve())).sql("duckdb")
                # Only what the manifest describes: a column that it does not name has no unit, so nobody to protect.
                # A code is a pseudonym that looks like a number: no question can count, add up or filter by it.
                fields = [column for column in resource.table_schema.fields if column.code_van is None]
                columns = ", ".join(quoted(column.name) for column in fields)
                # a folder called `jaar=2016` on the way must not take the place of the column `jaar`
                rows = f"SELECT {columns} FROM read_parquet({file}, hive_partitioning = false)"
                connection.execute(f"CREATE VIEW {quoted_table(name)} AS {rows}")
                tables[name] = fields
        except duckdb.Error:
            raise UserError(
                f"pakket '{source}': de tabellen zijn niet te openen zoals beschreven; vraag zone 1 een nieuwe levering"
            ) from None
    return Access(connection, tables, packages)
