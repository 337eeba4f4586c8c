"""Twelve sources of a country of 18 million persons from CSV to linked packages: at most 20 minutes and 4 GB, 2 cores.

Measured at three sizes with the commands that a person would give, two sources at a time, largest first. A straight
line through the three times is carried on to 18 million; how far the middle size lies from the line through the other
two says whether a straight line is right.

Rows per person and identifiers per row are like those of the real registers (a dwelling for every 2.2 persons, an
income for seven in ten). Together the sources have 6.5 identifier cells per person: 117 million at 18 million persons.
"""

import os
import resource
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from watched import Watched, verdict, watch

from pseudonimisering.custody import create_custody
from zoo_formaat.project import sign_project
from zoo_formaat.signature import PrivateKey

BIN = Path(sys.executable).parent
SIZES = (450_000, 900_000, 1_800_000)
NATION = 18_000_000
MINUTES, GIGABYTES = 20.0, 4.0
AT_A_TIME = 2
PURPOSE = "ondermijning-vastgoed"

ADDRESS = ("postcode", "huisnummer", "toevoeging")
SOURCES: dict[str, tuple[float, tuple[str, ...], tuple[str, ...]]] = {
    "brp": (1.0, ("bsn", "huishouden", "adres"), ("geboortedatum", "soort")),
    "inkomens": (0.7, ("bsn",), ("bedrag", "soort")),
    "bag": (0.45, ("verblijfsobject", "adres"), ("bedrag", "soort")),
    "vermogens": (0.45, ("bsn",), ("bedrag",)),
    "kadaster": (0.3, ("verblijfsobject", "bsn"), ("datum", "bedrag")),
    "kvk": (0.12, ("kvk", "bsn", "adres"), ("soort",)),
    "transacties": (0.1, ("bsn", "kvk"), ("datum", "bedrag")),
    "uitkeringen": (0.1, ("bsn",), ("soort", "datum")),
    "politie": (0.05, ("bsn", "adres"), ("datum", "soort")),
    "meldingen": (0.03, ("adres",), ("datum", "soort")),
    "vergunningen": (0.02, ("kvk", "adres"), ("datum", "soort")),
    "hennep": (0.01, ("adres",), ("datum",)),
}
"""Per source: rows per person, identifiers per row, attributes."""


@dataclass(frozen=True)
class Size:
    """One measured size. cells: identifiers. seconds: wall time. processor: seconds of all cores together."""

    persons: int
    cells: int
    gigabytes: float
    seconds: float
    processor: float
    peak: float


def measure() -> str:
    """Make the sources (not counted), pseudonymise them at three sizes, and return a Markdown section."""
    with tempfile.TemporaryDirectory() as name:
        _measure_size(Path(name) / "eerst", 1_000)  # what is read from disk for the first time is not counted
        found = [_measure_size(Path(name) / str(persons), persons) for persons in SIZES]
    persons = np.array([size.persons for size in found], dtype=float)
    slope, start = np.polyfit(persons, [size.seconds for size in found], 1)
    work, _ = np.polyfit(persons, [size.processor for size in found], 1)
    minutes = (start + slope * NATION) / 60
    small, middle, large = found
    share = (middle.persons - small.persons) / (large.persons - small.persons)
    straight = small.seconds + share * (large.seconds - small.seconds)
    peak = max(size.peak for size in found)
    rows = [
        f"| {size.persons:,} | {size.cells:,} | {size.gigabytes:.2f} | {size.seconds:.1f} | {size.processor:.1f} "
        f"| {size.peak:.2f} |"
        for size in found
    ]
    return "\n".join(
        [
            "## A country from CSV to linked packages",
            "",
            f"{len(SOURCES)} sources, {AT_A_TIME} at a time, codes and rarity report included.",
            "",
            "| persons | identifier cells | GB of CSV | seconds | processor seconds | peak GB |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            f"Slope {1e6 * slope:.1f} s per million persons ({1e6 * work:.1f} processor seconds); the middle size is "
            f"{100 * (middle.seconds / straight - 1):+.0f} % off the straight line.",
            "",
            f"At {NATION:,} persons: **{minutes:.1f} minutes** (limit {MINUTES:.0f}: {verdict(minutes, MINUTES)}); on "
            f"{AT_A_TIME} cores with nothing else to do at least {work * NATION / 60 / AT_A_TIME:.1f}. Peak "
            f"memory so far **{peak:.2f} GB** (limit {GIGABYTES:.0f}: {verdict(peak, GIGABYTES)}); chunks and the "
            "query engine's memory are bounded, the code book holds 20 bytes per unit.",
            "",
        ]
    )


def _measure_size(root: Path, persons: int) -> Size:
    root.mkdir()
    cells = sum(_write_source(root, source, persons) for source in SOURCES)
    _write_project(root)
    size = sum(path.stat().st_size for path in root.glob("*.csv")) / 1e9
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        runs = list(pool.map(lambda source: _process(root, source), SOURCES))
    seconds = time.monotonic() - began
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    # the two largest may run at the same moment
    peak = sum(sorted((run.peak for run in runs), reverse=True)[:AT_A_TIME])
    return Size(persons, cells, size, seconds, processor, peak)


def _process(root: Path, source: str) -> Watched:
    command = [BIN / "pseudonimisering", "verwerk", f"{source}.toml", f"{source}.csv", "--project", "project.toml"]
    return watch([*command, "--geheimen", "geheimen", "--uit", f"pakket-{source}"], os.environ, root)


def _write_source(root: Path, source: str, persons: int) -> int:
    """Write the CSV and the contract of a source; return its number of identifier cells."""
    share, identifiers, attributes = SOURCES[source]
    rows = int(share * persons)
    draw = np.random.default_rng([persons, *source.encode()])
    columns: dict[str, pl.Series] = {}
    for kind in identifiers:
        columns |= _identifier(kind, rows, persons, draw, unique=kind == identifiers[0])
    for kind in attributes:
        columns[kind] = _attribute(kind, rows, draw)
    pl.DataFrame(columns).write_csv(root / f"{source}.csv", separator=";")
    (root / f"{source}.toml").write_text(_contract(source, identifiers, attributes))
    return rows * len(identifiers)


def _identifier(kind: str, rows: int, persons: int, draw: np.random.Generator, *, unique: bool) -> dict[str, pl.Series]:
    population = {"bsn": persons, "huishouden": persons // 2, "kvk": persons // 8}.get(kind, persons // 2)
    which = draw.permutation(population)[:rows] if unique and rows <= population else draw.integers(0, population, rows)
    number = pl.Series(which)
    if kind == "adres":
        letters = pl.Series([a + b for a in "ABCDEFGHJK" for b in "BCDEFGHJKL"])
        code = (1000 + number // 100 % 9000).cast(pl.String) + letters.gather(number // 900_000 % 100)
        addition = pl.Series(["", "", "", "2", "A", "hs"]).gather(number % 6)
        return {
            "postcode": code.alias("postcode"),
            "huisnummer": (1 + number % 100).cast(pl.String).alias("huisnummer"),
            "toevoeging": addition.alias("toevoeging"),
        }
    if kind == "bsn":
        return {"bsn": _bsn(which)}
    if kind == "verblijfsobject":
        return {kind: "0363010" + number.cast(pl.String).str.zfill(9)}
    if kind == "kvk":
        return {kind: (10_000_000 + number).cast(pl.String)}
    return {kind: "H" + number.cast(pl.String)}


def _bsn(which: np.ndarray) -> pl.Series:
    """Return a number per person that passes the elfproef; ten in eleven prefixes have one."""
    prefix = 1_000_000 + which.astype(np.int64) * 5
    check = np.zeros(len(prefix), dtype=np.int64)
    for step in range(5):
        candidate = prefix + step
        last = sum((candidate // 10**place % 10) * (place + 2) for place in range(8)) % 11
        # the first candidate with a last digit below 10 counts
        found = (check == 0) & (last < 10)
        check[found] = candidate[found] * 10 + last[found]
    return pl.Series(check).cast(pl.String).str.zfill(9)


def _attribute(kind: str, rows: int, draw: np.random.Generator) -> pl.Series:
    if kind == "bedrag":
        return pl.Series(draw.integers(0, 200_000, rows))
    if kind == "soort":
        return pl.Series(["een", "twee", "drie", "vier"]).gather(draw.integers(0, 4, rows))
    return pl.Series(np.datetime64("1995-01-01") + draw.integers(0, 8_000, rows)).cast(pl.Date).dt.to_string("%Y-%m-%d")


def _contract(source: str, identifiers: tuple[str, ...], attributes: tuple[str, ...]) -> str:
    roles = {
        "bedrag": 'rol = "attribuut"\ntype = "geheel"\ngeneraliseer = "afronden:1000"\n',
        "soort": 'rol = "attribuut"\ntype = "tekst"\n',
        "datum": 'rol = "datum"\n',
        "geboortedatum": 'rol = "datum"\ngeneraliseer = "jaar"\n',
    }
    text = (
        f'versie = 1\nbron = "{source}"\nhouder = "Synthetisch"\ngrondslag = "geen"\ndoelen = ["{PURPOSE}"]\n'
        f'bewaren_tot = 2099-12-31\nsynthetisch = true\n[tabellen.tabel]\nbestand = "{source}.csv"\nformaat = "csv"\n'
    )
    if identifiers[0] != "adres":
        text += f'uniek = ["{identifiers[0]}"]\n'
    for kind in (*identifiers, *attributes):
        if kind != "adres":
            role = roles.get(kind, f'rol = "identifier"\nvorm = "{kind}"\n')
            text += f"[tabellen.tabel.kolommen.{kind}]\n{role}"
    if "adres" in identifiers:
        text += "[tabellen.tabel.adressen.adres]\n" + "".join(f'{part} = "{part}"\n' for part in ADDRESS)
    return text


def _write_project(root: Path) -> None:
    people = [PrivateKey.generate(name) for name in ("anna", "bram")]
    create_custody(root / "geheimen", [person.public for person in people])
    tables = "".join(
        f"[bronnen.{source}]\ntabel = {[*identifiers, *attributes]}\n".replace("'", '"')
        for source, (_, identifiers, attributes) in SOURCES.items()
    )
    path = root / "project.toml"
    path.write_text(
        f'versie = 1\nid = "land"\nnaam = "Land"\nvraag = "Hoe snel?"\ndoel = "{PURPOSE}"\ngrondslag = "geen"\n'
        'van = 1995-01-01\ntot = 2016-12-31\neinde = 2099-12-31\nbeleid = "geen"\neenheden = ["persoon"]\nleden = []\n'
        + tables
    )
    for person in people:
        sign_project(path, person)
