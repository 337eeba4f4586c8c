"""The checker's own read access: one DuckDB connection on the registered packages, and what their columns mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
from sqlglot import exp

from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription, Package

MEMORY_LIMIT = "2GB"


@cache
def quoted(name: str) -> str:
    """Return a name as a quoted DuckDB identifier, whatever characters it holds."""
    return exp.to_identifier(name, quoted=True).sql("duckdb")


def quoted_table(table: str) -> str:
    """Return `bron.tabel` as a quoted DuckDB name."""
    return ".".join(quoted(part) for part in table.split("."))


@dataclass(frozen=True)
class Access:
    """A connection with a view per table, and the manifests' description of each table's columns."""

    connection: duckdb.DuckDBPyConnection
    tables: dict[str, list[FieldDescription]]
    packages: Sequence[Package]

    def fields(self, table: str) -> dict[str, FieldDescription]:
        """Return the columns of `bron.tabel` by name; raises UserError that names the tables there are."""
        if table not in self.tables:
            raise UserError(f"onbekende tabel '{table}'; er zijn: {', '.join(sorted(self.tables))}")
        return {field.name: field for field in self.tables[table]}

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
                fields = [field for field in resource.table_schema.fields if field.code_van is None]
                columns = ", ".join(quoted(field.name) for field in fields)
                # a folder called `jaar=2016` on the way must not take the place of the column `jaar`
                rows = f"SELECT {columns} FROM read_parquet({file}, hive_partitioning = false)"
                connection.execute(f"CREATE VIEW {quoted_table(name)} AS {rows}")
                tables[name] = fields
        except duckdb.Error:
            raise UserError(
                f"pakket '{source}': de tabellen zijn niet te openen zoals beschreven; vraag zone 1 een nieuwe levering"
            ) from None
    return Access(connection, tables, packages)
