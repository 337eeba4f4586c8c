"""Excel workbooks (.xlsx): one sheet, every cell as text.

The format itself bounds memory: a sheet has at most 1,048,576 rows. It is held whole, as the library reads it.
"""

import logging
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

import polars as pl

from pseudonimisering.contract import Table, closest
from pseudonimisering.readers.chunk import RawChunk, check_columns
from zoo_formaat.errors import UserError

_ROWS = 100_000
_MOST_BYTES = 2 * 2**30
"""Of a sheet, unpacked: the libraries hold it in memory several times."""
_MOST_CELLS = 100_000_000
"""From the first cell to the last, empty ones included, because room is made for all of them."""
_MOST_TEXT = 400_000
"""Bytes of one text: Excel's own limit is 32,767 characters, each of ten bytes at most."""
_WORKBOOK = "xl/workbook.xml"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_DAMAGED = (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError)
_CELL = re.compile(rb'<c[^>]{0,200}? r="([A-Z]{1,20})([0-9]{1,20})"|<row[^>]{0,200}? r="([0-9]{1,20})"')


def read(path: Path, table: Table, place: str, wanted: Collection[str]) -> Iterator[RawChunk]:
    """Yield the rows below the first row, which holds the names.

    A column in which every filled cell is a number is numeric; in a column that mixes numbers and texts nobody can
    tell which zeros were lost, so it is not. Dates come as ISO text. Empty rows at the end are left out.
    """
    import fastexcel

    # it reports columns without a type on standard error
    logging.getLogger("fastexcel").setLevel(logging.ERROR)
    check_size(path, place)
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


def check_size(path: Path, place: str) -> None:
    """Raise UserError for a workbook of another kind, or one that would fill the memory, however small its file is."""
    widest = deepest = largest = longest = 1
    other = False
    # of a file that is no workbook at all or damaged the reader says so
    with suppress(*_DAMAGED), path.open("rb") as file:
        other = file.read(4) == _OLD_EXCEL
    with suppress(*_DAMAGED), zipfile.ZipFile(path) as parts:
        other = _WORKBOOK not in parts.namelist()
        for part in parts.infolist():
            largest = max(largest, part.file_size)
            if largest > _MOST_BYTES:
                break
            end, running = b"", 0
            with parts.open(part) as stream:
                while block := stream.read(2**22):
                    if part.filename.endswith(".xml"):
                        pieces = [len(piece) for piece in block.split(b"<")]
                        pieces[0] += running
                        longest, running = max(longest, *pieces), pieces[-1]
                    if longest > _MOST_TEXT:
                        break
                    for letters, row, alone in _CELL.findall(end + block):
                        widest = max(widest, _column_number(letters))
                        deepest = max(deepest, int(row or alone))
                    end = block[-300:]
    if other:
        raise UserError(f"{place}: is geen .xlsx; bewaar het in Excel als .xlsx, of lever het als CSV of Parquet aan")
    if longest > _MOST_TEXT:
        raise UserError(f"{place}: een cel heeft meer tekst dan Excel toestaat; lever het als CSV of Parquet aan")
    if largest > _MOST_BYTES or widest * deepest > _MOST_CELLS:
        raise UserError(f"{place}: te groot om als Excel te lezen; lever het als CSV of Parquet aan")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _sheet(sheets: list[str], wanted: str | None, place: str) -> str:
    if not sheets:
        raise UserError(f"{place}: heeft geen bladen; lever het opnieuw aan")
    if wanted is None:
        return sheets[0]
    if wanted not in sheets:
        raise UserError(f"{place}: blad '{wanted}' ontbreekt{closest(wanted, sheets)}; pas 'blad' in het contract aan")
    return wanted
