"""What came out of the sandbox: compared with a second run, and checked before anything is asked of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError
from sqlglot import exp

from outputcontrole.access import quoted
from outputcontrole.asked import CONTRIBUTORS
from zoo_formaat.package import FieldDescription

# How far two runs may differ in a fraction: by the order of adding up, not by the content.
_CLOSE = 1e-9
_PSEUDONYM = "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}"


class Unusable(Exception):  # noqa: N818 - it says of a result that it cannot be used
    """A result that cannot be used: a fixed sentence, and what to do about it."""

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(sentence)
        self.remedy = remedy


@dataclass(frozen=True)
class UnitColumn:
    """The protected unit that a column of a result stands for. listed: it holds a list of them."""

    kind: str
    domain: str | None
    listed: bool = False


def rows_in(file: Path) -> str:
    """SQL for the rows of a result, with their places as `file_row_number`."""
    name = exp.Literal.string(str(file)).sql("duckdb")
    return f"read_parquet({name}, file_row_number = true, hive_partitioning = false)"


def check_same(one: Path, other: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Raise Unusable when two results differ, in columns, types or values."""
    first, second = pq.ParquetFile(one), pq.ParquetFile(other)
    if first.schema_arrow.equals(second.schema_arrow) and first.metadata.num_rows == second.metadata.num_rows:
        differ = []
        for column in first.schema_arrow:
            a, b = (f"{side}.{quoted(column.name)}" for side in ("a", "b"))
            same = f"{a} IS NOT DISTINCT FROM {b}"
            if pa.types.is_float64(column.type):
                same += f" OR abs({a} - {b}) <= {_CLOSE} * greatest(abs({a}), abs({b}))"
            differ.append(f"({same}) IS NOT TRUE")
        query = (
            f"SELECT 1 FROM {rows_in(one)} AS a JOIN {rows_in(other)} AS b USING (file_row_number) "
            f"WHERE {' OR '.join(differ)} LIMIT 1"
        )
        if connection.execute(query).fetchone() is None:
            return
    raise Unusable(
        "twee keer berekend geeft twee verschillende uitkomsten",
        "laat weg wat van toeval, tijd of de volgorde van rijen afhangt",
    )


def described(
    file: Path, expected: Sequence[str], units: Mapping[str, UnitColumn], present: str | None = None
) -> dict[str, FieldDescription]:
    """Return the columns of a result in the order of `expected`, as questions know them.

    units: which columns stand for protected units. present: the column that tells which rows count, which is no
    column to ask for. A list of contributors loses the `_` before its name. Raises Unusable when the result has other
    columns, or of other types, than the recipe says, or names that cannot be asked.
    """
    schema = pq.read_schema(file)
    strange = Unusable("de uitkomst heeft andere kolommen dan het recept zegt", "noem elke kolom met AS, één keer")
    unnameable = Unusable(
        "een kolom heeft een naam die niet gevraagd kan worden",
        f"geef elke kolom met AS een naam van kleine letters, cijfers en _, die niet met '{CONTRIBUTORS}' begint",
    )
    if sorted(schema.names) != sorted([*expected, *([] if present is None else [present])]):
        raise strange
    if present is not None and not pa.types.is_boolean(schema.field(present).type):
        raise strange
    fields: dict[str, FieldDescription] = {}
    for name in expected:
        unit, kind = units.get(name), _kind(schema.field(name).type)
        listed = unit is not None and unit.listed
        if kind is None or (kind == "uuid[]") != listed or (unit is not None and not kind.startswith("uuid")):
            raise strange
        if not listed and name.startswith(CONTRIBUTORS):
            raise unnameable
        known = name.removeprefix("_") if listed else name
        values: dict[str, str | None] = {"name": known, "type": kind.removesuffix("[]")}
        if unit is not None:
            values |= {"zoo:eenheid": unit.kind, "zoo:domein": unit.domain}
        try:
            fields[known] = FieldDescription.model_validate(values)
        except ValidationError:
            raise unnameable from None
    return fields


def _kind(type_: Any) -> str | None:
    """Return what a column of a result holds, None for what no result may hold."""
    uuid = str(pa.uuid())
    if pa.types.is_list(type_):
        return "uuid[]" if str(type_.value_type) == uuid else None
    exact = {
        "string": pa.types.is_string,
        "integer": pa.types.is_int64,
        "number": lambda kind: pa.types.is_float64(kind) or pa.types.is_decimal(kind),
        "boolean": pa.types.is_boolean,
        "date": pa.types.is_date32,
    }
    return next((name for name, holds in exact.items() if holds(type_)), "uuid" if str(type_) == uuid else None)


def check_texts(file: Path, fields: Mapping[str, FieldDescription], connection: duckdb.DuckDBPyConnection) -> None:
    """Raise Unusable for pseudonyms written as text: as labels they would be read by whoever gets the table."""
    for name, field in fields.items():
        if field.type != "string":
            continue
        query = f"SELECT 1 FROM {rows_in(file)} AS r WHERE regexp_matches({quoted(name)}, '{_PSEUDONYM}') LIMIT 1"
        if connection.execute(query).fetchone() is not None:
            raise Unusable(
                "een kolom bevat pseudoniemen als tekst", "neem een pseudoniem ongewijzigd over, of laat het weg"
            )


def check_pseudonyms(
    file: Path, column: str, known: Sequence[tuple[str, str]], connection: duckdb.DuckDBPyConnection
) -> None:
    """Raise Unusable for pseudonyms that were made up: no threshold counts people who are not there.

    known: relations and their columns (quoted) in which a pseudonym may stand.
    """
    real = " UNION ALL ".join(f"SELECT {name} AS eenheid FROM {relation}" for relation, name in known)
    query = (
        f"SELECT 1 FROM {rows_in(file)} AS r WHERE {quoted(column)} IS NOT NULL AND {quoted(column)} NOT IN "
        f"(SELECT eenheid FROM ({real}) AS k WHERE eenheid IS NOT NULL) LIMIT 1"
    )
    if connection.execute(query).fetchone() is not None:
        raise Unusable(
            "een pseudoniem in de uitkomst staat niet in de gelezen tabellen",
            "neem pseudoniemen ongewijzigd over uit de kolom met dezelfde naam",
        )
