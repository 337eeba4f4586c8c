"""No name, number, address or postcode of the input is in any byte of zones 2 and 3, the release or a log."""

import re
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.end_to_end.conftest import Demo

# Digits that stand on their own: not a part of a digest, a signature, a pseudonym or a longer number.
_NUMBER = re.compile(rb"(?<![0-9A-Za-z+/=_.-])[0-9]{7,16}(?![0-9A-Za-z+/=_-]|\.[0-9])")
_POSTCODE = re.compile(rb"(?<![0-9A-Za-z+/=_-])[1-9][0-9]{3} ?[A-Za-z]{2}(?![0-9A-Za-z+/=_-])")
_WORD = re.compile(r"[^\W\d_][\w'-]{5,}")


def _raw(root: Path) -> dict[str, pl.DataFrame]:
    files = sorted((root / "bronhouders/ruw").glob("*.csv"))
    return {file.stem: pl.read_csv(file, separator=";", infer_schema=False) for file in files}


def _values(frames: dict[str, pl.DataFrame], *columns: str) -> set[str]:
    found: set[str] = set()
    for frame in frames.values():
        for column in columns:
            if column in frame.columns:
                found.update(value for value in frame[column].unique().to_list() if value)
    return found


def _is_random(field: pa.Field) -> bool:
    """Pseudonyms and codes: among many random numbers of ten digits some number of the input may be by chance."""
    return str(field.type).startswith("ext") or field.type == pa.uint32()


@pytest.fixture(scope="module")
def written(demo: Demo) -> dict[Path, bytes]:
    """Every file outside the source holders, the people's keys and zone 1, Parquet files also as decoded text."""
    texts: dict[Path, bytes] = {}
    for place in ("werk", "zone3", "vrijgave", "sleutels", "zone1/geheimen/logboek.jsonl"):
        start = demo.root / place
        for path in [start] if start.is_file() else sorted(start.rglob("*")):
            if path.is_file():
                texts[path] = path.read_bytes()
                if path.suffix == ".parquet":
                    table = pq.read_table(path)
                    columns = [c for c in table.column_names if not _is_random(table.schema.field(c))]
                    texts[path] += b"\n" + table.select(columns).to_pandas().to_csv(sep="\t").encode()
    texts[Path("standaarduitvoer")] = demo.said.encode()
    return texts


def test_there_is_something_to_search(written: dict[Path, bytes]) -> None:
    assert len(written) > 40
    assert sum(map(len, written.values())) > 10_000_000


def test_no_code_is_a_number_that_says_who(demo: Demo) -> None:
    frames = _raw(demo.root)
    columns = [c for frame in frames.values() for c in frame.columns if "bsn" in c or "kvk" in c]
    identifying = {int(value) for value in _values(frames, *columns) if value.isdigit()}
    codes: set[int] = set()
    for path in (demo.root / "werk/pakketten").rglob("*.parquet"):
        table = pq.read_table(path)
        for field in table.schema:
            if field.type == pa.uint32():
                codes.update(code for code in table[field.name].to_pylist() if code is not None)
    assert len(codes) > 100_000
    assert not codes & identifying


def test_no_number_of_the_input(demo: Demo, written: dict[Path, bytes]) -> None:
    frames = _raw(demo.root)
    columns = [
        c for frame in frames.values() for c in frame.columns if "bsn" in c or "kvk" in c or c.endswith("object_id")
    ]
    numbers = _values(frames, *columns, "registratienummer", "incidentnummer")
    spelled = {value.lstrip("0") for value in numbers} | numbers
    assert len(spelled) > 60_000
    for path, content in written.items():
        hits = {match.decode() for match in set(_NUMBER.findall(content))} & spelled
        assert not hits, f"{path.name}: {len(hits)} numbers of the input"


def test_no_postcode_of_the_input(demo: Demo, written: dict[Path, bytes]) -> None:
    postcodes = {value.replace(" ", "").upper() for value in _values(_raw(demo.root), "postcode")}
    assert len(postcodes) > 100
    for path, content in written.items():
        hits = {match.decode().replace(" ", "").upper() for match in set(_POSTCODE.findall(content))} & postcodes
        # Four digits and two letters may also be a year and a word ("2016 en"); a real leak has many.
        assert len(hits) <= 2, f"{path.name}: {len(hits)} postcodes of the input"


def test_no_name_or_street_of_the_input(demo: Demo, written: dict[Path, bytes]) -> None:
    """Whole names and addresses; a surname alone may also be the name of a neighbourhood."""
    frames = _raw(demo.root)
    people = frames["brp_personen"]
    names = {f"{first} {last}" for first, last in zip(people["voornamen"], people["achternaam"], strict=True)}
    streets = {street for street in _values(frames, "straatnaam") if len(street) > 6}
    firms = {name for name in _values(frames, "handelsnaam") if len(name) > 8}
    areas = demo.root / "bronhouders/ruw/gebieden.geojson"
    public = areas.read_text()
    for path, content in written.items():
        if path.suffix in {".png"}:
            continue
        text = content.decode("utf-8", "ignore")
        words = set(_WORD.findall(text))
        for kind, planted in (("name", names), ("street", streets), ("firm", firms)):
            hits = [
                value
                for value in planted
                if all(len(word) < 6 or word in words for word in value.split())
                and value in text
                and value not in public
            ]
            assert not hits, f"{path.name}: {len(hits)} times a {kind} of the input"
