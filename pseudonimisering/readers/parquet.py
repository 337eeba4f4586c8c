"""Parquet: typed columns become text again, so that one set of rules decides about every format."""

from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pseudonimisering.contract import Table
from pseudonimisering.readers.chunk import RawChunk, check_columns
from pseudonimisering.readers.text import column_text
from zoo_formaat.errors import UserError

_ROWS = 250_000
_DAYS = (-719_162, 2_932_897)
"""From the first day of the year 1 to the last of 9999, counted from 1970."""
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def read(path: Path, table: Table, place: str, wanted: Collection[str]) -> Iterator[RawChunk]:
    """Yield 250,000 rows at a time. Columns of numbers are numeric: what zeros they began with is gone."""
    try:
        file = pq.ParquetFile(path)
        fields = list(file.schema_arrow)
    except (pa.ArrowException, OSError):
        problem = ": geen leesbaar Parquet-bestand; lever het opnieuw aan"
    else:
        problem = ""
    if problem:
        raise UserError(f"{place}{problem}") from None
    check_columns([field.name for field in fields], table, place)
    for field in fields:
        if field.name in wanted and not _readable(field.type):
            raise UserError(
                f"{place}, kolom '{field.name}': is samengesteld of binair; lever haar als tekst, getal of datum"
            )
    numeric = frozenset(field.name for field in fields if _number(field.type))
    used = [field.name for field in fields if field.name in wanted] or [fields[0].name]
    total = file.metadata.num_rows
    first = 1
    try:
        for batch in file.iter_batches(_ROWS, columns=used, use_threads=False):
            # text that is no UTF-8 is not safe to hand on
            batch.validate(full=True)
            if name := impossible_date(batch):
                problem = f", kolom '{name}': een datum ligt buiten de jaren 1 tot en met 9999; lever haar als tekst"
                break
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a record batch always becomes a frame
            frame = pl.DataFrame([column_text(column) for column in frame])
            first += batch.num_rows
            yield RawChunk(frame, first - batch.num_rows, numeric, share=(first - 1) / total)
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError):
        problem = f", record {first} of later: beschadigd; lever het bestand opnieuw aan"
    if problem:
        raise UserError(f"{place}{problem}") from None


def impossible_date(batch: pa.RecordBatch) -> str | None:
    """Return the first column with a date that no calendar has: the library that makes text of it would abort."""
    for name, values in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
            day = 1 if pa.types.is_date32(values.type) else 86_400 * _PER_SECOND[getattr(values.type, "unit", "ms")]
            stored = values.cast(pa.int32()) if pa.types.is_date32(values.type) else values.cast(pa.int64())
            ends = pc.min_max(stored)
            first, last = ends["min"].as_py(), ends["max"].as_py()
            if first is not None and not _DAYS[0] * day <= first <= last < _DAYS[1] * day:
                return str(name)
    return None


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _number(kind: pa.DataType) -> bool:
    kind = _value_type(kind)
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _readable(kind: pa.DataType) -> bool:
    kind = _value_type(kind)
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    moment = pa.types.is_date(kind) or pa.types.is_timestamp(kind)
    if pa.types.is_decimal256(kind):
        return False
    return bool(_number(kind) or text or moment or pa.types.is_boolean(kind) or pa.types.is_null(kind))
