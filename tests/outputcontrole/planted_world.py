"""A world of strange data in which secrets are planted that cannot be mistaken, and the search for them in any bytes.

Every rare label holds the word GEHEIM, every amount is a number that no sum gives by chance, every pseudonym is known:
whatever of these comes out, in a message or in a file, was somebody's.
"""

import base64
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.outputcontrole.conftest import SMALL
from tests.outputcontrole.world import (
    BUURTEN,
    Column,
    Tables,
    World,
    build,
    counts,
    dwellings,
    hits,
    map_of_areas,
    sales,
    sums,
    uuid,
)
from zoo_analyse import indicators
from zoo_formaat.package import PackageManifest, file_digest, load_package, write_manifest

PLANTED = "GEHEIM"
ROWS = 240
COMMON = ("gewoon", "=1+1", "quote \" en '", "é\u0301😀", "a;b\nc", "\\rug[haak](sluit)", "x'; DROP TABLE rijen; --")
RARE = (
    "GEHEIM",
    "=GEHEIM+1",
    "@GEHEIM",
    'GEHEIM "quote"',
    "GEHEIM'; DROP TABLE x; --",
    "GEHEIM\\[1]",
    "GEHEIM {}%s${x}",
    "GEHEIM\u202eé",
    "<b>GEHEIM</b>",
    "GEHEIM\nregel",
)
INT64 = 2**63 - 1

ODD: list[Column] = [
    ("woning", "uuid", "adres", "verblijfsobject"),
    ("wie", "uuid", "persoon", "persoon"),
    ("thuis", "uuid", "huishouden", "huishouden"),
    ("melding", "uuid", None, "recordnummer:vreemd.rijen"),
    ("buurtcode", "string", None, None),
    ("tekst", "string", None, None),
    ("zeldzaam", "string", None, None),
    ("een", "string", None, None),
    ("totaal", "string", None, None),
    ("leeg", "integer", None, None),
    ("bedrag", "integer", None, None),
    ("negatief", "integer", None, None),
    ("uiterste", "integer", None, None),
    ("jaar", "integer", None, None),
    ("nul_een", "integer", None, None),
    ("breuk", "number", None, None),
    ("oneindig", "number", None, None),
    ("ja", "boolean", None, None),
    ("datum", "date", None, None),
    ("nummer", "integer", None, None),
]
_AMOUNTS = {"bedrag", "negatief", "koopsom", "woz_waarde", "breuk"}


def amount(number: int) -> int:
    """Return the planted amount of a row: nine digits, another one for every row."""
    return 300_000_007 + (number * 611_953 + number * number * 7919) % 600_000_011


def odd_rows(count: int = ROWS, seed: int = 5) -> list[list[Any]]:
    """Return rows of `ODD`: two dwellings a person, five a household; every twentieth row has a rare label."""
    generator = np.random.default_rng(seed)
    noise = generator.normal(0, 1, count)
    rows: list[list[Any]] = []
    for i in range(count):
        rare = i % 24 == 7
        rows.append(
            [
                uuid("woning", i),
                None if i % 61 == 0 else uuid("persoon", i // 2),
                uuid("huishouden", i // 5),
                uuid("melding", i),
                None if i % 97 == 0 else BUURTEN[(i // 3) % 6],
                RARE[i // 24 % len(RARE)] if rare else COMMON[i % len(COMMON)],
                # twenty dwellings of four households, and one label of nine: few, however many rows
                "GEHEIM huishouden" if i >= count - 20 else "GEHEIM negen" if i % max(30, count // 8) == 3 else "vaak",
                "een",
                "Totaal" if i % 2 else "iets",
                None,
                None if i % 53 == 0 else amount(i),
                -amount(i + count),
                (INT64, -INT64 - 1, 0, 1, -1)[i % 5],
                1000 + i % 7 if i % 31 else 1847,
                int(noise[i] > 0.4),
                float(50 + noise[i] * 10) + amount(i) / 1e12,
                (float("inf"), float("-inf"), float("nan"), 0.5 + i, 1e300, -0.0)[i % 6],
                None if i % 11 == 0 else bool(i % 3),
                (date(1, 1, 1), date(9999, 12, 31), None, date(1847, 3, 1) + timedelta(i))[i // 10 % 4]
                if i % 10 == 0
                else date(2010 + i % 3, 1, 1),
                i % 3,
            ]
        )
    return rows


def odd_tables() -> dict[str, Tables]:
    """Return the source `vreemd`: a table of rows, and tables of none, of one, of nothing but missing values."""
    rows = odd_rows()
    nothing = [[*row[:4], row[4], *([None] * (len(ODD) - 5))] for row in rows[:60]]
    doubled = rows[:90] + rows[:90]
    return {
        "vreemd": {
            "rijen": (ODD, rows),
            "niemand": (ODD, []),
            "eenling": (ODD, rows[:1]),
            "niets": (ODD, nothing),
            "dubbel": (ODD, doubled),
            "soorten": (ODD, rows),
            "veel": (ODD, odd_rows(900, seed=6)),
        }
    }


# Other physical types than zone 1 writes today, for the same logical ones.
PHYSICAL: Mapping[str, pa.DataType] = {
    "tekst": pa.dictionary(pa.int32(), pa.string()),
    "zeldzaam": pa.dictionary(pa.int8(), pa.string()),
    "een": pa.large_string(),
    "bedrag": pa.decimal128(18, 3),
    "jaar": pa.int16(),
    "nul_een": pa.uint8(),
    "breuk": pa.float32(),
    "nummer": pa.uint64(),
    "datum": pa.timestamp("us"),
}


def recast(world: World, source: str, table: str, types: Mapping[str, pa.DataType]) -> None:
    """Write a table of a package with other Parquet types, signed again; register afterwards."""
    folder = world.packages / source
    package = load_package(folder, [world.key("zone1").public])
    file = folder / f"{table}.parquet"
    content = pq.read_table(file)
    for name, kind in types.items():
        place = content.schema.get_field_index(name)
        content = content.set_column(place, name, _cast(content.column(name), kind))
    pq.write_table(content, file)
    values = package.manifest.model_dump(mode="json", by_alias=True)
    for resource in values["resources"]:
        if resource["name"] == table:
            resource.update(hash=file_digest(file), bytes=file.stat().st_size)
    write_manifest(folder, PackageManifest.model_validate(values), world.key("zone1"))


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_decimal(kind):
        return pa.chunked_array([pa.array([None if v is None else Decimal(str(v)) for v in column.to_pylist()], kind)])
    return column.cast(kind, safe=False)


def planted_at(root: Path) -> World:
    """Return a planted world that was built before, in another process perhaps."""
    world = World(root)
    world.sources = {"gebieden": map_of_areas(), "bag": dwellings(), "kadaster": sales(), **odd_tables()}
    return world


def planted(root: Path, *, released: bool = False, **policy: object) -> World:
    """Build the world; released: with tables that are out already."""
    extra = odd_tables()
    world = build(root, extra=extra, **{**SMALL, **policy})
    recast(world, "vreemd", "soorten", PHYSICAL)
    world.register()
    if released:
        world.submit_and_release(hits(), counts("woningtype"), odd("nul_een"), sums("woningtype"))
        world.submit_and_release(odd("ja", filter=[{"kolom": "jaar", "is": ">", "waarde": 1001}]))
    return world


def odd(*dimensions: str, table: str = "rijen", **changes: Any) -> dict[str, Any]:
    """A frequency table of the odd rows."""
    return counts(*dimensions, source=f"vreemd.{table}", **changes)


def columns_of_world(world: World) -> dict[str, dict[str, str]]:
    """Return per table `bron.tabel` and per registered indicator the columns and their types.

    Of a column with units the type is `eenheid`, of one with another value in every row `bedrag`.
    """
    found = {
        f"{source}.{name}": {
            column: "eenheid" if unit else "bedrag" if column in _AMOUNTS else kind for column, kind, unit, _ in columns
        }
        for source, tables in world.sources.items()
        for name, (columns, _) in tables.items()
    }
    for name in ("doorverkoop_zelfde_dag", "doorsluishuis"):
        units = indicators.get(name).eenheden
        found[name] = {"buurtcode": "string", "waarde": "boolean", **dict.fromkeys(units, "eenheid")}
    return found


class Secrets:
    """What was planted in a world: labels, amounts, dates, pseudonyms."""

    def __init__(self, world: World) -> None:
        numbers: set[int] = set()
        units: set[bytes] = set()
        for tables in world.sources.values():
            for columns, rows in tables.values():
                for place, (name, kind, _, _) in enumerate(columns):
                    values = [row[place] for row in rows if row[place] is not None]
                    if kind == "uuid":
                        units.update(values)
                    elif name in {"bedrag", "negatief"}:
                        numbers.update(abs(value) for value in values)
        self.numbers = frozenset(numbers)
        self.units = frozenset(units)

    @cached_property
    def _doubles(self) -> dict[bytes, int]:
        packed = {struct.pack(order, float(n)): n for n in self.numbers for order in ("<d", ">d")}
        return packed | {struct.pack(order, n): n for n in self.numbers for order in ("<q", ">q")}

    def found(self, content: bytes, asked: bytes = b"") -> list[str]:
        """Return which planted values occur in bytes as text; asked: what the analyst wrote and may find again."""
        text = content.decode("utf-8", errors="replace")
        question = asked.decode("utf-8", errors="replace")
        words = {"label": PLANTED.lower(), "date": "1847-"}
        leaks = [what for what, word in words.items() if word in text.lower() and word not in question.lower()]
        # a number may be spelled with marks between its digits, with decimals behind it, or with an exponent
        numbers = {digits[:9] for digits in re.findall(r"\d{9,}", _joined(text)) if int(digits[:9]) in self.numbers}
        leaks += ["amount"] * any(digits not in _joined(question) for digits in numbers)
        spelled = re.findall(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", text.lower())
        return leaks + ["pseudonym"] * any(UUID(unit).bytes in self.units for unit in spelled)

    def found_in_binary(self, content: bytes) -> list[str]:
        """Return which planted values occur in bytes as a computer stores them, in eight bytes or sixteen."""
        eights = {content[i : i + 8] for i in range(len(content) - 7)}
        sixteens = {content[i : i + 16] for i in range(len(content) - 15)}
        numbers = ["stored amount"] * (not eights.isdisjoint(self._doubles))
        return numbers + ["stored pseudonym"] * (not sixteens.isdisjoint(self.units))


def _joined(text: str) -> str:
    """Return text with the marks between digits taken away: 1.234,5 and 1 234.5 become 12345."""
    return re.sub(r"(?<=\d)[.,'\u00a0_](?=\d)", "", text)


def unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file and everything packed in it: the parts of a workbook, the values of a Parquet file, PNG chunks."""
    yield name, content
    if content.startswith(b"PK\x03\x04"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        yield f"{name}!comment", archive.comment
        for member in archive.infolist():
            yield f"{name}!{member.filename}", archive.read(member) + member.extra + member.comment
    elif content.startswith(b"PAR1"):
        file = pq.ParquetFile(io.BytesIO(content))
        for key, value in (file.metadata.metadata or {}).items():
            yield f"{name}!{key.decode()}", base64.b64decode(value) if key == b"ARROW:schema" else value
        yield f"{name}!values", repr(file.read().to_pydict()).encode()
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from _chunks(name, content)


def _chunks(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    place = 8
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        kind, body = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        if kind == b"zTXt":
            body = zlib.decompress(body.partition(b"\0")[2][1:])
        if kind != b"IDAT":
            yield f"{name}!{kind.decode()}", body
        place += 12 + length


def leaks_in(secrets: Secrets, files: Iterable[tuple[str, bytes]], asked: bytes = b"") -> list[str]:
    """Return where in released files a planted value stands, as text or as stored numbers."""
    return [
        f"{place}: {leak}"
        for name, content in files
        for place, part in unpacked(name, content)
        for leak in (*secrets.found(part, asked), *(() if _is_text(part) else secrets.found_in_binary(part)))
    ]


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in content
