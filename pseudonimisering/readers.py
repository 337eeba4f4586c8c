"""Readers of deliveries: CSV, SPSS and GeoJSON as chunks of text columns, in bounded memory.

Every value is read as text, so that no reader can drop a leading zero or turn a number into another. Errors name
holder, file, line and column, and never a value; the name of an unknown column is not shown either, because in a file
without a header it is somebody's data.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyreadstat

from pseudonimisering.contract import GEOMETRY, Table, closest
from zoo_formaat.errors import UserError

_BLOCK_BYTES = 16 * 2**20
_SAV_ROWS = 250_000
_HEADER_BYTES = 2**20


@dataclass(frozen=True)
class RawChunk:
    """Rows of a delivery as text columns (empty text where there is nothing).

    first: line of the first row in the file (the header is line 1; in SPSS and GeoJSON the first record is 1).
    numeric: columns that the file itself stores as numbers, so that leading zeros are lost.
    """

    frame: pl.DataFrame
    first: int
    numeric: frozenset[str] = frozenset()


def read_chunks(path: Path, table: Table, place: str) -> Iterator[RawChunk]:
    """Yield the rows of one file. `place` (holder and file) opens every error.

    Raises UserError for an unreadable or empty file, wrong encoding, columns that are missing, unknown or double, and
    a row with too few or too many columns.
    """
    readers = {"csv": _read_csv, "sav": _read_sav, "geojson": _read_geojson}
    rows = 0
    for chunk in readers[table.formaat](path, table, place):
        rows += chunk.frame.height
        if chunk.frame.height:
            yield chunk
    if rows == 0:
        raise UserError(f"{place}: geen rijen, alleen kolomnamen; vraag de bronhouder om een volledige levering")


def check_columns(found: list[str], table: Table, place: str) -> None:
    """Compare the columns of a file with the contract. Raises UserError at the first difference."""
    expected = table.source_columns
    for position, name in enumerate(found, start=1):
        if name in expected:
            if found.index(name) < position - 1:
                raise UserError(f"{place}: kolom '{name}' komt twee keer voor; laat er één staan")
            continue
        raise UserError(
            f"{place}: kolom {position} staat niet in het contract{closest(name, expected)}; voeg haar aan het "
            'contract toe (rol = "weglaten" als ze niet nodig is) of laat haar uit het bestand weg'
        )
    missing = [name for name in expected if name not in found]
    if missing:
        others = f" (en nog {len(missing) - 1})" if len(missing) > 1 else ""
        raise UserError(
            f"{place}: kolom '{missing[0]}' ontbreekt{others}; vraag een levering met deze kolom "
            "of pas het contract aan"
        )


# ---------------------------------------------------------------------------------------------------------------- CSV


def _read_csv(path: Path, table: Table, place: str) -> Iterator[RawChunk]:
    encoding = codecs.lookup(table.codering).name
    names = _csv_header(path, table, place)
    check_columns(names, table, place)
    ragged: list[Any] = []

    def note(row: Any) -> str:
        ragged.append(row)
        return "error"

    line = 2
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            reader = pa_csv.open_csv(
                stream,
                read_options=pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, encoding=encoding),
                parse_options=pa_csv.ParseOptions(
                    delimiter=table.scheiding, newlines_in_values=True, invalid_row_handler=note
                ),
                convert_options=pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False
                ),
            )
            for batch in reader:
                frame = pl.from_arrow(batch)
                assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a record batch always becomes a frame
                yield RawChunk(frame, line)
                line += batch.num_rows
    except (pa.ArrowInvalid, UnicodeDecodeError):
        # What the library says holds the offending row: it must not be shown, not even as the cause
        problem = _csv_problem(path, table, ragged)
    except OSError:
        problem = ": onleesbaar of beschadigd; lever het bestand opnieuw aan"
    else:
        return
    raise UserError(f"{place}{problem}") from None


def _csv_header(path: Path, table: Table, place: str) -> list[str]:
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
        problem = _csv_problem(path, table, [])
    else:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=table.scheiding))
    raise UserError(f"{place}{problem}") from None


def _csv_problem(path: Path, table: Table, ragged: list[Any]) -> str:
    """Say what is wrong with a CSV file, without any of its content."""
    if ragged:
        row = ragged[0]
        return (
            f", regel {row.number}: {row.actual_columns} kolommen in plaats van {row.expected_columns}; herstel de "
            "regel (staat het scheidingsteken in een waarde, dan hoort die waarde tussen aanhalingstekens)"
        )
    line = _first_undecodable(path, table.codering)
    if line is not None:
        return f", regel {line}: geen {table.codering}; bewaar het bestand als {table.codering} of pas 'codering' aan"
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


# --------------------------------------------------------------------------------------------------------------- SPSS


def _read_sav(path: Path, table: Table, place: str) -> Iterator[RawChunk]:
    encoding = table.codering if "codering" in table.model_fields_set else None
    try:
        _, meta = pyreadstat.read_sav(path, metadataonly=True, encoding=encoding)
    except (pyreadstat.ReadstatError, OSError, UnicodeDecodeError):
        problem = "geen leesbaar SPSS-bestand; lever het opnieuw aan"
    else:
        problem = ""
    if problem:
        raise UserError(f"{place}: {problem}") from None
    check_columns(list(meta.column_names), table, place)
    labels = {name: _labels(name, table, meta) for name in meta.column_names}
    numeric = frozenset(name for name, kind in meta.readstat_variable_types.items() if kind != "string")
    first = 1
    try:
        for columns, _ in pyreadstat.read_file_in_chunks(
            pyreadstat.read_sav, str(path), chunksize=_SAV_ROWS, output_format="polars", encoding=encoding
        ):
            frame = pl.DataFrame([_as_text(values, labels[values.name]) for values in columns])
            yield RawChunk(frame, first, numeric)
            first += frame.height
    except (pyreadstat.ReadstatError, UnicodeDecodeError):
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
    own: dict[Any, str] = meta.variable_value_labels.get(name, {})
    return {_code(code): label for code, label in own.items()}


def _code(code: object) -> str:
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def _as_text(values: pl.Series, labels: dict[str, str]) -> pl.Series:
    """Return an SPSS column as text: whole numbers without `.0`, missing as empty, codes as their labels."""
    if values.dtype.is_numeric():
        number = pl.col(values.name)
        whole = (number == number.floor()) & (number.abs() < 2.0**63)
        text = (
            values.cast(pl.Float64)
            .to_frame()
            .select(
                pl.when(number.is_nan())
                .then(pl.lit(""))
                .when(whole)
                .then(number.cast(pl.Int64, strict=False).cast(pl.String))
                .otherwise(number.cast(pl.String))
                .alias(values.name)
            )
            .to_series()
        )
    else:
        text = values.cast(pl.String)
    text = text.fill_null("")
    return text.replace(labels) if labels else text


# ------------------------------------------------------------------------------------------------------------ GeoJSON


def _read_geojson(path: Path, table: Table, place: str) -> Iterator[RawChunk]:
    """Yield all features in one chunk: area files are small (12,000 buurten of a country: 60 MB)."""
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
        features = [(feature["properties"] or {}, feature.get("geometry")) for feature in content["features"]]
    except OSError:
        problem = "niet te lezen; controleer het pad en de rechten"
    except (ValueError, KeyError, TypeError):
        problem = "geen geldige GeoJSON in UTF-8; lever een FeatureCollection aan"
    else:
        problem = ""
    if problem:
        raise UserError(f"{place}: {problem}") from None
    if not features:
        return
    names = list(dict.fromkeys(name for properties, _ in features for name in properties))
    if GEOMETRY not in names:
        names.append(GEOMETRY)
        features = [({**properties, GEOMETRY: geometry}, None) for properties, geometry in features]
    check_columns(names, table, place)
    columns = {name: [_json_text(properties.get(name)) for properties, _ in features] for name in names}
    yield RawChunk(pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String)), 1)


def _json_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
