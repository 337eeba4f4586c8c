"""Readers of deliveries: every format becomes chunks of text columns, in bounded memory.

Every value is read as text, so that no reader can drop a leading zero or turn a number into another. Errors name
holder, file, line and column, and never a value; the name of an unknown column is not shown either, because in a file
without a header it is somebody's data.
"""

from collections.abc import Collection, Iterator
from importlib import import_module
from pathlib import Path

from pseudonimisering.contract import Table
from pseudonimisering.readers.chunk import RawChunk, check_columns
from zoo_formaat.errors import UserError

__all__ = ["RawChunk", "check_columns", "read_chunks"]

_MODULES = {"csv": "csv", "sav": "spss", "dta": "stata", "xlsx": "excel", "parquet": "parquet", "geojson": "geojson"}


def read_chunks(path: Path, table: Table, place: str, wanted: Collection[str] | None = None) -> Iterator[RawChunk]:
    """Yield the rows of one file. `place` (holder and file) opens every error.

    wanted: columns whose values are needed; the others are checked to be there, and may be left out (None: all are
    needed). The cut into chunks is the same each time a file is read. Raises UserError for an unreadable or empty
    file, wrong encoding, columns that are missing, unknown or double, and a row with too few or too many columns.
    """
    # a format's library is loaded when a file has that format: start-up counts
    reader = import_module(f"pseudonimisering.readers.{_MODULES[table.formaat]}")
    columns = frozenset(table.source_columns if wanted is None else wanted)
    rows = 0
    chunk: RawChunk
    for chunk in reader.read(path, table, place, columns):
        rows += chunk.frame.height
        if chunk.frame.height:
            yield chunk
    if rows == 0:
        raise UserError(f"{place}: geen rijen, alleen kolomnamen; vraag de bronhouder om een volledige levering")
