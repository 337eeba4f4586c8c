"""Excel workbooks (.xlsx): one sheet, every cell as text.

The format itself bounds memory: a sheet has at most 1,048,576 rows. It is held whole, as the library reads it.
"""

import logging
from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl

from pseudonimisering.contract import Table, closest
from pseudonimisering.readers.chunk import RawChunk, check_columns
from zoo_formaat.errors import UserError

_ROWS = 100_000


def read(path: Path, table: Table, place: str, wanted: Collection[str]) -> Iterator[RawChunk]:
    """Yield the rows below the first row, which holds the names.

    A column in which every filled cell is a number is numeric; in a column that mixes numbers and texts nobody can
    tell which zeros were lost, so it is not. Dates come as ISO text. Empty rows at the end are left out.
    """
    import fastexcel

    # it reports columns without a type on standard error
    logging.getLogger("fastexcel").setLevel(logging.ERROR)
    try:
        workbook = fastexcel.read_excel(path)
        sheet = _sheet(workbook.sheet_names, table.blad, place)
        typed = workbook.load_sheet(sheet, schema_sample_rows=None)
        kinds = {column.name: column.dtype for column in typed.available_columns()}
        del typed
        texts = workbook.load_sheet(sheet, dtypes="string", skip_whitespace_tail_rows=True).to_polars()
    except fastexcel.FastExcelError:
        # What the library says may quote a cell
        problem = ": geen leesbaar Excel-bestand (.xlsx); lever het opnieuw aan"
    except OSError:
        problem = ": niet te lezen; controleer het pad en de rechten"
    else:
        problem = ""
    if problem:
        raise UserError(f"{place}{problem}") from None
    check_columns(list(texts.columns), table, place)
    numeric = frozenset(name for name, kind in kinds.items() if kind in {"int", "float"})
    used = [name for name in texts.columns if name in wanted] or texts.columns[:1]
    texts = texts.select(pl.col(used).fill_null(""))
    for start in range(0, texts.height, _ROWS):
        part = texts.slice(start, _ROWS)
        yield RawChunk(part, start + 2, numeric, share=(start + part.height) / texts.height)


def _sheet(sheets: list[str], wanted: str | None, place: str) -> str:
    if wanted is None:
        return sheets[0]
    if wanted not in sheets:
        raise UserError(f"{place}: blad '{wanted}' ontbreekt{closest(wanted, sheets)}; pas 'blad' in het contract aan")
    return wanted
