"""What a file looks like: format, encoding, separator, columns and what kind of value they hold; never a value.

Only the first part of a file is looked at. The outcome helps a person to write a contract and to read an error; how a
delivery is read is decided by the contract alone.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from zoo_formaat.errors import UserError

_SAMPLE_BYTES = 2**18
_SAMPLE_LINES = 200
_SEPARATORS = (";", ",", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ONE_BYTE = ("cp1252", "cp850", "latin-1")
_ACCENTED = frozenset("éèëêáàäâóòöôíìïîúùüûçñÉÈËÊÁÀÄÂÓÒÖÔÍÌÏÎÚÙÜÛÇÑşğıčšžćłń€ÿß'’")


@dataclass(frozen=True)
class DetectedText:
    """How a text file is written. separator: None when no separator gives two columns or more."""

    encoding: str
    separator: str | None
    rows: tuple[tuple[str, ...], ...]
    """The first rows as cells. They hold data: they are for deciding, not for showing."""


def detect_text(path: Path) -> DetectedText:
    """Look at the first 256 kB of a (compressed) text file. Raises UserError when it cannot be read."""
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            start: bytes = stream.read(_SAMPLE_BYTES)
    except (OSError, pa.ArrowException):
        problem = True
    else:
        problem = False
    if problem:
        raise UserError(f"bestand {path.name}: niet te lezen of beschadigd; lever het opnieuw aan") from None
    encoding = _encoding(start)
    text = start.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")
    # the last line is probably cut in two
    lines = text.splitlines()[:_SAMPLE_LINES]
    whole = "\n".join(lines[:-1] if len(start) == _SAMPLE_BYTES and len(lines) < _SAMPLE_LINES else lines)
    best, width = None, 1
    for separator in _SEPARATORS:
        found = _width(whole, separator)
        if found > width:
            best, width = separator, found
    return DetectedText(encoding, best, tuple(tuple(row) for row in _rows(whole, best or ";")))


def _encoding(start: bytes) -> str:
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    zeros = start[:1000].count(b"\0")
    if zeros > len(start[:1000]) // 4:
        return "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(start)
    except UnicodeDecodeError:
        return max(_ONE_BYTE, key=lambda name: _letters(start, name))
    return "utf-8"


def _letters(start: bytes, encoding: str) -> tuple[int, int]:
    """Return how many bytes beyond ASCII are letters that names in the Netherlands have; earlier names win ties."""
    beyond = bytes(byte for byte in start if byte >= 0x80)
    text = beyond.decode(encoding, errors="replace")
    return sum(character in _ACCENTED for character in text), -_ONE_BYTE.index(encoding)


def _rows(text: str, separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        return []


def _width(text: str, separator: str) -> int:
    """Return how many columns nearly all lines have with this separator, or 1."""
    widths = Counter(len(row) for row in _rows(text, separator) if row)
    if not widths:
        return 1
    width, lines = widths.most_common(1)[0]
    return width if lines >= 0.9 * widths.total() else 1


# ------------------------------------------------------------------------------------------------------------- columns


@dataclass(frozen=True)
class ColumnLook:
    """One column: its name, the kind of value that nearly all filled cells have, and the share of cells filled."""

    name: str
    kind: str
    filled: float


@dataclass(frozen=True)
class FileLook:
    """What `pseudonimisering bekijk` says of a file. header: whether the first row holds names rather than data."""

    format: str
    encoding: str | None
    separator: str | None
    sheets: tuple[str, ...]
    columns: tuple[ColumnLook, ...]
    header: bool
    rows_looked_at: int


def look(path: Path) -> FileLook:
    """Recognise the format of a file by its content and look at its first rows. Raises UserError."""
    if not path.is_file():
        raise UserError(f"bestand {path} bestaat niet of is geen bestand; controleer het pad")
    try:
        return _look(path)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, pa.ArrowException):
        problem = True
    except BaseException as error:
        # polars, fastexcel, and their panics, which are of a class that cannot be imported
        if not type(error).__module__.startswith(("polars", "pyo3", "fastexcel", "_fast")):
            raise
        problem = True
    assert problem  # noqa: S101 - the error's own text may quote a value, so it is left behind
    raise UserError(f"bestand {path.name}: beschadigd of van een soort die niet gelezen wordt; lever het opnieuw aan")


def _look(path: Path) -> FileLook:
    with path.open("rb") as stream:
        start = stream.read(512)
    if not start:
        raise UserError(f"bestand {path.name} is leeg; vraag de bronhouder om een nieuwe levering")
    if start[:4] == b"PAR1":
        return _look_at_parquet(path)
    if start[:4] in {b"$FL2", b"$FL3"}:
        return _look_at_labelled(path, "sav")
    if start.startswith(b"<stata_dta>") or (start[0] in range(105, 120) and start[1:3] in {b"\x01\x01", b"\x02\x01"}):
        return _look_at_labelled(path, "dta")
    if start[:4] == b"PK\x03\x04":
        return _look_at_excel(path)
    if start.lstrip(codecs.BOM_UTF8 + b" \r\n\t")[:1] == b"{":
        return _look_at_geojson(path)
    return _look_at_text(path)


def _look_at_text(path: Path) -> FileLook:
    found = detect_text(path)
    rows = [row for row in found.rows if row]
    if not rows:
        raise UserError(f"bestand {path.name} is leeg; vraag de bronhouder om een nieuwe levering")
    width = max(len(row) for row in rows)
    header = _is_header(rows[0], rows[1:])
    names = rows[0] if header else [f"kolom {position}" for position in range(1, width + 1)]
    body = rows[1:] if header else rows
    cells = [[row[i] for row in body if len(row) > i] for i in range(len(names))]
    return FileLook("csv", found.encoding, found.separator or ";", (), _looks(list(names), cells), header, len(body))


def _look_at_parquet(path: Path) -> FileLook:
    import polars as pl
    import pyarrow.parquet as pq

    from pseudonimisering.readers.parquet import impossible_date

    frame, wrong = None, None
    try:
        file = pq.ParquetFile(path)
        # without rows there is still a header to look at
        batch = next(file.iter_batches(1000, use_threads=False), None)
        table = file.schema_arrow.empty_table() if batch is None else pa.Table.from_batches([batch])
        wrong = None if batch is None else impossible_date(batch)
        frame = pl.from_arrow(table) if wrong is None else None
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError):
        pass
    if wrong is not None:
        raise UserError(
            f"bestand {path.name}, kolom '{wrong}': een datum ligt buiten de jaren 1 tot en met 9999; "
            "lever haar als tekst"
        )
    if frame is None:
        raise UserError(f"bestand {path.name}: geen leesbaar Parquet-bestand; lever het opnieuw aan") from None
    return _from_frame("parquet", frame)


def _look_at_labelled(path: Path, name: str) -> FileLook:
    import pyreadstat

    reader = pyreadstat.read_sav if name == "sav" else pyreadstat.read_dta
    try:
        frame, _ = reader(path, row_limit=1000, output_format="polars")
    except (pyreadstat.ReadstatError, OSError, UnicodeDecodeError):
        frame = None
    if frame is None:
        raise UserError(f"bestand {path.name}: beschadigd of in een andere codering; lever het opnieuw aan") from None
    return _from_frame(name, frame)


def _look_at_excel(path: Path) -> FileLook:
    import fastexcel

    from pseudonimisering.readers.excel import check_size

    check_size(path, f"bestand {path.name}")
    try:
        workbook = fastexcel.read_excel(path)
        sheets = tuple(workbook.sheet_names)
        frame = workbook.load_sheet(0, dtypes="string", n_rows=1000).to_polars()
    except fastexcel.FastExcelError:
        frame = None
    if frame is None:
        raise UserError(f"bestand {path.name}: geen leesbaar Excel-bestand (.xlsx); lever het opnieuw aan") from None
    return _from_frame("xlsx", frame, sheets)


def _look_at_geojson(path: Path) -> FileLook:
    import json

    try:
        features = json.loads(path.read_bytes().decode("utf-8-sig"))["features"]
        names = list(dict.fromkeys(name for feature in features for name in feature["properties"] or {}))
        cells = [[str((f["properties"] or {}).get(name) or "") for f in features[:1000]] for name in names]
        "".join(names).encode()  # half characters cannot be shown
    except (ValueError, KeyError, TypeError):
        names, cells, features = [], [], None
    if features is None:
        raise UserError(f"bestand {path.name}: geen geldige GeoJSON in UTF-8; lever een FeatureCollection aan")
    looks = (*_looks(names, cells), ColumnLook("geometrie", "geometrie", 1.0))
    return FileLook("geojson", "utf-8", None, (), looks, True, len(features[:1000]))


def _from_frame(name: str, frame: object, sheets: tuple[str, ...] = ()) -> FileLook:
    import polars as pl

    from pseudonimisering.readers.text import column_text

    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - every caller gives one
    texts = [column_text(column).to_list() for column in frame if column.dtype != pl.Object]
    names = [column.name for column in frame if column.dtype != pl.Object]
    # a sheet's first row may be data as well
    header = name != "xlsx" or _is_header(names, list(zip(*texts, strict=True)))
    shown = names if header else [f"kolom {position}" for position in range(1, len(names) + 1)]
    return FileLook(name, None, None, sheets, _looks(shown, texts), header, frame.height)


def _looks(names: Sequence[str], cells: Sequence[Sequence[str]]) -> tuple[ColumnLook, ...]:
    looks = []
    for name, column in zip(names, cells, strict=True):
        filled = [cell.strip() for cell in column if cell.strip()]
        share = len(filled) / len(column) if column else 0.0
        looks.append(ColumnLook(name, _kind(filled), share))
    return tuple(looks)


def _is_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether a row holds names: distinct words, of which one at least is unlike the values below it."""
    words = [re.fullmatch(r"[A-Za-z_][A-Za-z0-9_ ().%/-]*", cell.strip()) is not None for cell in first]
    if not first or not all(words) or len(set(first)) < len(first):
        return False
    if not others:
        return True
    below = [[row[i].strip() for row in others if len(row) > i and row[i].strip()] for i in range(len(first))]
    return any(_kind(column) not in {"tekst", "leeg", "code"} for column in below) or not any(
        name in column for name, column in zip(first, below, strict=True)
    )


_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("datum", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]*)?|(?:19|20)[0-9]{2}(?:0[0-9]|1[0-2])[0-3][0-9]")),
    ("datum in een vorm die niet gelezen wordt", re.compile(r"[0-3]?[0-9][-/.][01]?[0-9][-/.](?:19|20)[0-9]{2}")),
    ("jaar", re.compile(r"(?:1[89]|20)[0-9]{2}(?:\.0)?")),
    ("postcode", re.compile(r"[1-9][0-9]{3} ?[A-Za-z]{2}")),
    ("buurt-, wijk- of gemeentecode", re.compile(r"BU[0-9]{8}|WK[0-9]{6}|GM[0-9]{4}")),
    ("verblijfsobject", re.compile(r"[0-9]{4}01[0-9]{10}|[0-9]{3}01[0-9]{10}")),
    ("pand", re.compile(r"[0-9]{4}10[0-9]{10}|[0-9]{3}10[0-9]{10}")),
    ("nummeraanduiding", re.compile(r"[0-9]{4}20[0-9]{10}|[0-9]{3}20[0-9]{10}")),
    ("vestiging", re.compile(r"[0-9]{12}")),
    ("iban", re.compile(r"[A-Z]{2}[0-9]{2} ?[A-Z]{4}[0-9 ]{10,30}")),
    ("janee", re.compile(r"(?i:ja|nee|j|n|true|false|t|f|yes|no|y|waar|onwaar)")),
    ("geheel", re.compile(r"[+-]?[0-9]+(?:\.0+)?")),
    ("decimaal", _NUMBER),
)
_MOST = 0.95
_FEW = 30


def _kind(cells: Sequence[str]) -> str:
    """Return the kind of nearly all filled cells: what the contract calls them, or a word that helps to choose."""
    if not cells:
        return "leeg"
    needed = _MOST * len(cells)
    if sum(map(_is_bsn, cells)) >= needed and len(set(cells)) > 1:
        return "bsn (of rsin)"
    for kind, pattern in _PATTERNS:
        if sum(pattern.fullmatch(cell) is not None for cell in cells) >= needed:
            lengths = {len(cell) for cell in cells}
            return "kvk" if kind == "geheel" and lengths == {8} and len(set(cells)) > _FEW else kind
    return "code" if len(set(cells)) <= _FEW and len(cells) > 2 * len(set(cells)) else "tekst"


def _is_bsn(cell: str) -> bool:
    """Whether 8 or 9 digits pass the elfproef (one number in eleven does by chance)."""
    digits = cell.removesuffix(".0")
    if not digits.isascii() or not digits.isdigit() or not 8 <= len(digits) <= 9 or int(digits) == 0:
        return False
    figures = [int(figure) for figure in digits.zfill(9)]
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * figure for weight, figure in zip(weights, figures, strict=True)) % 11 == 0
