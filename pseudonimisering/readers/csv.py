"""CSV files, plain or compressed: read by what the contract says, with what the file looks like as help in errors."""

import codecs
import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from pseudonimisering.contract import Table
from pseudonimisering.readers.chunk import RawChunk, check_columns
from pseudonimisering.readers.detect import detect_text
from zoo_formaat.errors import UserError

_BLOCK_BYTES = 16 * 2**20
_HEADER_BYTES = 2**20


def read(path: Path, table: Table, place: str, wanted: Collection[str]) -> Iterator[RawChunk]:
    """Yield chunks of about 16 MB of text. Columns that are not wanted are not made."""
    encoding = codecs.lookup(table.codering).name
    names = _header(path, table, place)
    try:
        check_columns(names, table, place)
    except UserError as error:
        hint = _separator_hint(path, table)
        if not hint:
            raise
        raise UserError(f"{error}{hint}") from None
    ragged: list[Any] = []

    def note(row: Any) -> str:
        ragged.append(row)
        return "error"

    used = [name for name in names if name in wanted] or names[:1]
    size = path.stat().st_size
    line = 2
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            whole = size if isinstance(stream, pa.OSFile) else None
            reader = pa_csv.open_csv(
                stream,
                read_options=pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, encoding=encoding),
                parse_options=pa_csv.ParseOptions(
                    delimiter=table.scheiding, newlines_in_values=True, invalid_row_handler=note
                ),
                convert_options=pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    include_columns=used,
                    null_values=[],
                    strings_can_be_null=False,
                ),
            )
            for batch in reader:
                frame = pl.from_arrow(batch)
                assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a record batch always becomes a frame
                yield RawChunk(frame, line, share=min(1.0, stream.tell() / whole) if whole else None)
                line += batch.num_rows
    except (pa.ArrowInvalid, UnicodeError):
        # What the library says holds the offending row: it must not be shown, not even as the cause
        problem = _problem(path, table, ragged)
    except OSError:
        problem = ": onleesbaar of beschadigd; lever het bestand opnieuw aan"
    else:
        return
    raise UserError(f"{place}{problem}") from None


def _header(path: Path, table: Table, place: str) -> list[str]:
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            start = stream.read(_HEADER_BYTES)
    except OSError:
        problem = "onleesbaar of beschadigd; controleer de rechten of lever het bestand opnieuw aan"
    else:
        problem = ""
    if problem:
        raise UserError(f"{place}: {problem}") from None
    if not start.strip():
        raise UserError(f"{place}: het bestand is leeg; vraag de bronhouder om een nieuwe levering")
    encoding = codecs.lookup(table.codering).name
    if b"\0" in start[:1000] and not encoding.startswith(("utf-16", "utf-32")):
        raise UserError(
            f"{place}: geen {table.codering} maar waarschijnlijk UTF-16; zet 'codering' in het contract goed"
        )
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    try:
        text = decoder.decode(start)
    except UnicodeDecodeError:
        problem = _problem(path, table, [])
    except UnicodeError:
        problem = f": geen {table.codering}; zet 'codering' in het contract goed"
    else:
        try:
            return next(csv.reader(io.StringIO(text, newline=""), delimiter=table.scheiding))
        except (csv.Error, StopIteration):
            problem = ": geen bruikbare eerste regel; lever een CSV met kolomnamen"
    raise UserError(f"{place}{problem}") from None


def _separator_hint(path: Path, table: Table) -> str:
    found = detect_text(path).separator
    if found is None or found == table.scheiding:
        return ""
    shown = "tab" if found == "\t" else found
    return f". Het bestand lijkt gescheiden met '{shown}'; zet 'scheiding' in het contract goed als dat zo is"


def _problem(path: Path, table: Table, ragged: list[Any]) -> str:
    """Say what is wrong with a CSV file, without any of its content."""
    if ragged:
        row = ragged[0]
        return (
            f", regel {row.number}: {row.actual_columns} kolommen in plaats van {row.expected_columns}; herstel de "
            "regel (staat het scheidingsteken in een waarde, dan hoort die waarde tussen aanhalingstekens)"
        )
    line = _first_undecodable(path, table.codering)
    if line is not None:
        likely = detect_text(path).encoding
        other = codecs.lookup(likely).name != codecs.lookup(table.codering).name
        hint = f" (het bestand lijkt {likely})" if other else ""
        return (
            f", regel {line}: geen {table.codering}; bewaar het bestand als {table.codering} of pas 'codering' "
            f"aan{hint}"
        )
    return ": geen leesbare CSV; controleer 'scheiding' en de aanhalingstekens"


def _first_undecodable(path: Path, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with pa.input_stream(str(path), compression="detect") as stream:
        while block := stream.read(2**20):
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None
