"""The analyst's query engine: DuckDB in process, on the project's tables, closed to everything else.

Two locks, each of which holds alone. The statement check (`statement`) lets one SELECT over known tables through. The
connection has external access off (the packages' own files excepted, which are mounted read-only), extensions and
Python variables out of reach, a memory and a time limit, and its configuration locked.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription, Package
from zoo_project import pseudonyms
from zoo_project.statement import check_statement, closest

Value = str | int | float | bool | date | datetime | Decimal | uuid.UUID | None
Parameter = Value | Sequence[Value]

_BATCH = 100_000
_COLUMN = re.compile(r'Referenced column "([^"]+)" (?:was )?not found')
_FUNCTION = re.compile(r"Function with name \"?(\w+)\"? does not exist")
_PARAMETER = re.compile(r"following parameters: (.+)$")


@dataclass(frozen=True)
class Limits:
    """What one query may use. memory: as DuckDB writes it. seconds: running time. rows: of its result."""

    memory: str = "2GB"
    seconds: int = 120
    rows: int = 5_000_000


def table_name(table: str) -> str:
    """Return `bron.tabel` as a quoted DuckDB name."""
    return ".".join(column_name(part) for part in table.split("."))


def column_name(name: str) -> str:
    """Return a name as a quoted DuckDB identifier."""
    return exp.to_identifier(name, quoted=True).sql("duckdb")


class Engine:
    """A connection with one view per table of the packages.

    connection: for the analysis code (`zoo_analyse`), whose SQL is ours. tables: `bron.tabel` -> its columns.
    """

    def __init__(self, packages: Sequence[Package], scratch: Path, limits: Limits | None = None) -> None:
        """Open the packages. scratch: folder inside the workspace where DuckDB may spill what outgrows memory."""
        self.limits = limits or Limits()
        self.tables: dict[str, dict[str, FieldDescription]] = {}
        self.connection = duckdb.connect(
            ":memory:", config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        )
        files = [str(package.table_path(r).resolve()) for package in packages for r in package.manifest.resources]
        for setting, value in {
            "temp_directory": str(scratch.resolve()),
            "memory_limit": self.limits.memory,
            "max_execution_time": self.limits.seconds * 1000,
            "python_enable_replacements": False,
            "allow_persistent_secrets": False,
            "allowed_paths": files,
            "enable_external_access": False,
        }.items():
            self.connection.execute(f"SET GLOBAL {setting} = $value", {"value": value})
        for package in packages:
            self._mount(package)
        self.connection.execute("SET GLOBAL lock_configuration = true")

    def _mount(self, package: Package) -> None:
        source = package.manifest.bron
        self.connection.execute(f"CREATE SCHEMA {column_name(source)}")
        for resource in package.manifest.resources:
            table = f"{source}.{resource.name}"
            self.tables[table] = {field.name: field for field in resource.table_schema.fields}
            file = exp.Literal.string(str(package.table_path(resource).resolve())).sql("duckdb")
            columns = ", ".join(column_name(name) for name in self.tables[table])
            rows = f"SELECT {columns} FROM read_parquet({file}, hive_partitioning = false)"
            self.connection.execute(f"CREATE VIEW {table_name(table)} AS {rows}")

    def query(self, query: str, parameters: Mapping[str, Parameter]) -> pd.DataFrame:
        """Run one SELECT and return its rows; `parameters` are bound to `$name` in the text.

        Pseudonyms come as text (`p…`), and may be given so as a parameter. The result is read in batches and refused
        when it has more rows than the limit. Raises UserError for anything but one SELECT over the project's tables,
        and for a query that fails, takes too long or too much memory.
        """
        tables = check_statement(self.connection.cursor(), query, self.tables)
        return self.trusted(query, parameters, tables)

    def trusted(self, query: str, parameters: Mapping[str, Parameter], tables: Sequence[str] = ()) -> pd.DataFrame:
        """Run a query that this program wrote (names quoted, values bound); otherwise as `query`.

        tables: the tables that the query reads, to name their columns when it fails.
        """
        bound = {name: _bound(value) for name, value in parameters.items()}
        try:
            # a cursor of its own: an unfinished result elsewhere on the connection does not stand in the way
            relation = self.connection.cursor().sql(query, params=bound or None)
            kinds = [str(kind) for kind in relation.types]
            reader = relation.to_arrow_reader(_BATCH)
            batches, rows = [], 0
            for batch in reader:
                rows += batch.num_rows
                if rows > self.limits.rows:
                    raise UserError(f"het resultaat heeft meer dan {self.limits.rows} rijen; tel of vat samen in SQL")
                batches.append(_shown(batch, kinds))
        except (duckdb.Error, OSError) as error:
            self._explain(error, tables)
        names = _distinct(relation.columns)
        if not batches:
            batches = [_shown(_empty(reader.schema), kinds)]
        table = pa.Table.from_batches(batches).rename_columns(names)
        frame: pd.DataFrame = table.to_pandas(date_as_object=False, types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
        return frame

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the few rows of a query that this program wrote, as Python values."""
        return self.connection.cursor().execute(query).fetchall()

    def _explain(self, error: Exception, tables: Sequence[str]) -> NoReturn:
        """Raise the UserError that belongs to a failed query. Texts that could hold a cell's value are left out."""
        text = str(error).partition("\n")[0]
        if "INTERRUPT" in text:
            raise UserError(
                f"de query duurde langer dan {self.limits.seconds} seconden en is gestopt; filter of groepeer eerder"
            ) from None
        if isinstance(error, duckdb.OutOfMemoryException):
            raise UserError(
                f"de query vroeg meer geheugen dan {self.limits.memory}; filter of groepeer eerder"
            ) from None
        if column := _COLUMN.search(text):
            known = [name for table in tables for name in self.tables[table]]
            raise UserError(f"kolom '{column[1]}' bestaat niet; {closest(column[1], set(known))}") from None
        if function := _FUNCTION.search(text):
            raise UserError(f"functie '{function[1]}' bestaat niet in DuckDB") from None
        if missing := _PARAMETER.search(text):
            raise UserError(f"geef een waarde aan parameter {missing[1]}, bijvoorbeeld sql(…, naam=waarde)") from None
        if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException | duckdb.DataError):
            raise UserError(
                "een waarde past niet in het gevraagde type; gebruik try_cast(… AS …) of controleer de parameters"
            ) from None
        if isinstance(error, duckdb.ProgrammingError | duckdb.NotSupportedError):
            reason = re.sub(r"^[\w ]+ Error: ", "", text)
            raise UserError(f"de query kan zo niet: {reason}") from None
        raise error


def _bound(value: Parameter) -> object:
    """Return a parameter as DuckDB takes it: the text of a pseudonym as the pseudonym itself."""
    if isinstance(value, str):
        return pseudonyms.parse(value) or value
    if isinstance(value, Sequence):
        return [_bound(part) for part in value]
    return value


def _shown(batch: pa.RecordBatch, kinds: Sequence[str]) -> pa.RecordBatch:
    """Return a batch with pseudonyms in their text form and sums of whole numbers as whole numbers."""
    columns = [_shown_column(column, kind) for column, kind in zip(batch.columns, kinds, strict=True)]
    return pa.RecordBatch.from_arrays(columns, names=[str(i) for i in range(len(columns))])


def _shown_column(column: pa.Array, kind: str) -> pa.Array:
    if kind in {"UUID", "UUID[]"}:
        return pseudonyms.shown(column)
    if kind == "HUGEINT":
        return column.cast(pa.int64() if _fits(column) else pa.float64())
    return column.cast(pa.float64()) if kind.startswith("DECIMAL") else column


def _fits(column: pa.Array) -> bool:
    """Whether a sum of whole numbers fits in 64 bits, as every sum of euros or persons does."""
    bounds = pc.min_max(column).as_py()
    return bounds["min"] is None or (bounds["min"] >= -(2**63) and bounds["max"] < 2**63)


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], type=field.type) for field in schema], schema=schema)


def _distinct(names: Sequence[str]) -> list[str]:
    """Return column names in which a second `n` is called `n_2`, as pandas needs to tell them apart."""
    result: list[str] = []
    for name in names:
        number, fresh = 2, name
        while fresh in result:
            fresh, number = f"{name}_{number}", number + 1
        result.append(fresh)
    return result
