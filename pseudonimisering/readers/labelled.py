"""What SPSS and Stata files have in common: value labels and codes that the maker of the file marked as missing."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat

from pseudonimisering.contract import Table
from pseudonimisering.readers.chunk import RawChunk, check_columns
from pseudonimisering.readers.text import column_text
from zoo_formaat.errors import UserError

_CELLS = 5_000_000
_ROWS = 500_000


def read_labelled(
    reader: Callable[..., Any], program: str, path: Path, table: Table, place: str, wanted: Collection[str]
) -> Iterator[RawChunk]:
    """Yield chunks of at most five million cells: codes as their labels, codes marked as missing empty and counted."""
    encoding = table.codering if "codering" in table.model_fields_set else None
    try:
        _, meta = reader(path, metadataonly=True, encoding=encoding)
    except (pyreadstat.ReadstatError, OSError, UnicodeDecodeError):
        problem = f"geen leesbaar {program}-bestand; lever het opnieuw aan"
    else:
        problem = ""
    if problem:
        raise UserError(f"{place}: {problem}") from None
    check_columns(list(meta.column_names), table, place)
    used = [name for name in meta.column_names if name in wanted] or [meta.column_names[0]]
    labels = {name: _labels(name, table, meta) for name in used}
    numeric = frozenset(name for name, kind in meta.readstat_variable_types.items() if kind != "string")
    first = 1
    try:
        for columns, about in pyreadstat.read_file_in_chunks(
            reader,
            str(path),
            chunksize=max(10_000, min(_ROWS, _CELLS // len(used))),
            output_format="polars",
            encoding=encoding,
            usecols=used,
            user_missing=True,
        ):
            marked = {values.name: _marked(values, about) for values in columns}
            frame = pl.DataFrame([_as_text(values, marked[values.name], labels[values.name]) for values in columns])
            missing = {name: int(mask.sum()) for name, mask in marked.items() if mask.any()}
            first += frame.height
            share = (first - 1) / meta.number_rows if meta.number_rows else None
            yield RawChunk(frame, first - frame.height, numeric, missing, share)
    except (pyreadstat.ReadstatError, pl.exceptions.PolarsError, UnicodeDecodeError):
        problem = f", record {first} of later: beschadigd of in een andere codering; lever het bestand opnieuw aan"
    if problem:
        raise UserError(f"{place}{problem}") from None


def _labels(name: str, table: Table, meta: Any) -> dict[str, str]:
    """Return code -> label of a column that leaves as text: the contract's `waarden`, else the file's own labels."""
    column = table.kolommen.get(name)
    if column is None or column.rol != "attribuut" or column.type != "tekst":
        return {}
    if column.waarden is not None:
        return column.waarden
    own: Mapping[Any, str] = meta.variable_value_labels.get(name, {})
    return {_code(code): label for code, label in own.items()}


def _code(code: object) -> str:
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def _marked(values: pl.Series, meta: Any) -> pl.Series:
    """Return which cells hold a code that the file marks as missing: SPSS ranges and values, Stata `.a` to `.z`."""
    mask = pl.repeat(False, values.len(), dtype=pl.Boolean, eager=True)
    for interval in meta.missing_ranges.get(values.name, ()):
        low, high = interval["lo"], interval["hi"]
        if isinstance(low, str) or values.dtype == pl.String:
            mask |= values.cast(pl.String).str.strip_chars_end().is_between(pl.lit(str(low)), pl.lit(str(high)))
        else:
            mask |= values.cast(pl.Float64, strict=False).is_between(float(low), float(high))
    codes: Sequence[str] = meta.missing_user_values.get(values.name, ())
    if codes:
        mask |= _texts(values).is_in(list(codes))
    return mask.fill_null(False)


def _texts(values: pl.Series) -> pl.Series:
    """Return a column as text; where Stata's letters stand among numbers, the reader gives Python objects."""
    if values.dtype != pl.Object:
        return column_text(values)
    cells = [_code(cell) if cell is not None and cell == cell else "" for cell in values.to_list()]  # noqa: PLR0124
    return pl.Series(values.name, cells, dtype=pl.String)


def _as_text(values: pl.Series, marked: pl.Series, labels: dict[str, str]) -> pl.Series:
    text = _texts(values)
    if labels:
        text = text.replace(labels)
    return text.set(marked, "") if marked.any() else text
