"""Evidence and rules on large tables: beside a bare DuckDB script of the same evidence, and beside acro.

    python benchmarks/run.py output_control [--acro=PYTHON]

PYTHON is an interpreter with acro 1.0.2 in an environment of its own; by default that of the peers. Everything runs in
processes of its own, in turn, and is timed inside them without start and imports. Data: a person per row, 2 % of the
rows twice, 2.2 persons per address with classes of their own, areas of unequal size; both kinds of unit are protected.

The bare script asks, in one statement with grouping sets, what the checker's evidence holds of every cell and every
margin: distinct persons and addresses, rows, and for means the sum, the sum of squares and the ends; and in one more
statement per kind of unit the two largest amounts of units. It keeps no rule and protects nothing. Every number of it
must be that of the checker.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peer import peer_python
from watched import verdict, watch

BIN = Path(sys.executable).parent
LEVELS = ("buurtcode", "wijkcode", "gemeentecode")
TIMES_BARE = {13_000: 2.0, 500: 1.5}
TIMES_ACRO = 100.0
GIGABYTES = 1.0
ACRO_SECONDS = 600.0
WHOLE_SECONDS = 600.0
COLUMNS = [
    {"name": "persoon", "type": "uuid", "zoo:eenheid": "persoon", "zoo:domein": "persoon"},
    {"name": "adres", "type": "uuid", "zoo:eenheid": "adres", "zoo:domein": "adres"},
    {"name": "buurtcode", "type": "string"},
    {"name": "klasse", "type": "string"},
    {"name": "bedrag", "type": "integer"},
]
PROJECT = """versie = 1
id = "snelheid"
naam = "Meting"
vraag = "Hoe snel wordt er getoetst?"
doel = "meting"
grondslag = "Synthetische gegevens"
van = 1995-01-01
tot = 2016-12-31
einde = 2999-12-31
beleid = "europees-2015"
eenheden = ["persoon", "adres"]
leden = []
[bronnen.bevolking]
personen = ["persoon", "adres", "buurtcode", "klasse", "bedrag"]
"""


@dataclass(frozen=True)
class Run:
    """One process. seconds: wall time inside it; processor: seconds of all cores; peak: GB of the whole process."""

    seconds: float
    processor: float
    peak: float


def measure() -> str:
    """Make the data (not counted), run everything in turn, and return a Markdown section."""
    peers = peer_python()
    acro = next((part.removeprefix("--acro=") for part in sys.argv if part.startswith("--acro=")), peers and str(peers))
    lines = ["## Output control: evidence and rules", ""]
    with tempfile.TemporaryDirectory() as name:
        small = Path(name) / "klein"
        _write_package(small, 1_000_000, 13_000)
        lines += _beside_bare(small, 1_000_000, 13_000, rounds=3)
        lines += _beside_acro(small, acro)
        large = Path(name) / "groot"
        _write_package(large, 10_000_000, 500)
        lines += _beside_bare(large, 10_000_000, 500, rounds=1)
        few = Path(name) / "grof"
        _write_package(few, 1_000_000, 500)
        lines += _whole_requests([(few, 500), (small, 13_000)])
    return "\n".join(lines)


def _beside_bare(package: Path, rows: int, areas: int, rounds: int) -> list[str]:
    """Time both, round after round, and compare every cell."""
    limit = TIMES_BARE[areas]
    lines = [
        f"### {rows:,} rows × {areas:,} areas × 10 classes",
        "",
        f"Medians of {rounds} rounds in turn; seconds by the clock, in brackets seconds of all processors together."
        if rounds > 1
        else "One round; seconds by the clock, in brackets seconds of all processors together.",
        "",
        "| | checker: evidence and all rules | bare DuckDB | times bare | | peak GB of the checker |",
        "|---|---|---|---|---|---|",
    ]
    for asked, words in (("counts", "counts"), ("means", "means")):
        ours, bare = [], []
        for _ in range(rounds):
            ours.append(_timed(package, "ours", asked))
            bare.append(_timed(package, "bare", asked))
        cells = _equal_cells(package, asked)
        times = statistics.median(run.seconds for run in ours) / statistics.median(run.seconds for run in bare)
        peak = max(run.peak for run in ours)
        memory = f" (limit {GIGABYTES:g}: {verdict(peak, GIGABYTES)})" if areas == 500 else ""
        lines.append(
            f"| {words}, {cells:,} cells equal | {_middle(ours)} | {_middle(bare)} | {times:.2f} "
            f"| limit {limit:g}: {verdict(times, limit)} | {peak:.2f}{memory} |"
        )
    return [*lines, ""]


def _beside_acro(package: Path, python: str | None) -> list[str]:
    """Time acro once on the finest cells of the same rows; it has neither units nor hierarchies."""
    if python is None:
        return ["acro 1.0.2: not measured (no `--acro=PYTHON`).", ""]
    lines = [
        f"acro judges the finest cells only, knows rows and no units, and stops after {ACRO_SECONDS:.0f} s; one round:",
        "",
        "| acro 1.0.2 | seconds | times the checker | |",
        "|---|---|---|---|",
    ]
    for asked in ("counts", "means"):
        ours = statistics.median(_timed(package, "ours", asked).seconds for _ in range(3))
        for suppress in (False, True):
            seconds = _acro(package, python, asked, suppress)
            over = "" if seconds < ACRO_SECONDS else "over "
            kept = "kept" if seconds / ours >= TIMES_ACRO else "MISSED"
            words = f"{asked}, suppressed" if suppress else asked
            limit = f"at least {TIMES_ACRO:g}: {kept}"
            lines.append(f"| {words} | {over}{seconds:.0f} | {over}{seconds / ours:.0f} | {limit} |")
    return [*lines, ""]


def _whole_requests(cases: list[tuple[Path, int]]) -> list[str]:
    """Time `outputcontrole toets` whole: signatures, evidence, rules, secondary suppression, and every file."""
    lines = [
        "Whole requests (`outputcontrole toets`: signatures, evidence, rules, secondary suppression, files), 1,000,000 "
        f"rows × 10 classes, one round, stopped after {WHOLE_SECONDS:.0f} s; no limit is set for these:",
        "",
        "| areas | question | seconds |",
        "|---|---|---|",
    ]
    for package, areas in cases:
        registration = _register(package)
        for asked in ("counts", "means"):
            request = package.parent / f"{package.name}-{asked}.json"
            request.write_text(json.dumps(_request(asked)))
            began = time.monotonic()
            try:
                done = subprocess.run(
                    [str(BIN / "outputcontrole"), "toets", str(request), "--registratie", str(registration)],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    timeout=WHOLE_SECONDS,
                    check=False,
                    cwd=package.parent,
                )
                # 2 is a question that was not understood; all other codes are verdicts
                if done.returncode in {1, 2}:
                    raise RuntimeError(done.stderr.decode())
                lines.append(f"| {areas:,} | {asked} | {time.monotonic() - began:.0f} |")
            except subprocess.TimeoutExpired:
                lines.append(f"| {areas:,} | {asked} | over {WHOLE_SECONDS:.0f} |")
    return [*lines, ""]


def _timed(package: Path, part: str, asked: str) -> Run:
    """Run one part of this file in a process of its own, watched."""
    result = package.parent / "gemeten.json"
    watched = watch([sys.executable, __file__, part, package, asked, result], os.environ, package.parent)
    found = json.loads(result.read_text())
    return Run(found["seconds"], found["processor"], watched.peak)


def _middle(runs: list[Run]) -> str:
    seconds = statistics.median(run.seconds for run in runs)
    return f"{seconds:.2f} ({statistics.median(run.processor for run in runs):.1f})"


def _acro(package: Path, python: str, asked: str, suppress: bool) -> float:
    """Return the seconds of acro's table, or the limit when it takes longer."""
    rows = package.parent / "acro.csv"
    if not rows.exists():
        import duckdb

        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT buurtcode, klasse, bedrag FROM '{package}/personen.parquet') TO '{rows}' (HEADER)"
            )
    script = (
        "import time, pandas, acro\n"
        f"rows = pandas.read_csv({str(rows)!r})\n"
        f"session = acro.ACRO(suppress={suppress})\n"
        "began = time.monotonic()\n"
        f"more = dict(values=rows.bedrag, aggfunc='mean') if {asked!r} == 'means' else {{}}\n"
        "session.crosstab(rows.buurtcode, rows.klasse, **more)\n"
        f"open({str(package.parent / 'acro.txt')!r}, 'w').write(str(time.monotonic() - began))\n"
    )
    try:
        subprocess.run(
            [python, "-c", script], timeout=ACRO_SECONDS, check=True, capture_output=True, cwd=package.parent
        )
    except subprocess.TimeoutExpired:
        return ACRO_SECONDS
    return float((package.parent / "acro.txt").read_text())


# what runs in a process of its own


def ours(package: Path, asked: str, result: Path) -> None:
    """Collect the evidence and judge every cell by every rule, with the checker's own access and policy."""
    from outputcontrole.access import open_access
    from outputcontrole.asked import AskedTable
    from outputcontrole.evidence import Collector
    from outputcontrole.judgement import judge
    from outputcontrole.policy import DEFAULT, parse_policy
    from outputcontrole.spec import TableSource
    from zoo_formaat.keys import read_public_key
    from zoo_formaat.package import load_package

    policy = parse_policy(DEFAULT.encode(), "beleid")
    opened = load_package(package, [read_public_key(package.parent / "sleutels" / "zone1.pub.json")], files=False)
    source = TableSource(tabel="bevolking.personen")
    table = AskedTable(source, (), ("buurtcode", "klasse"), "persoon", "bedrag" if asked == "means" else None)
    began, used = time.monotonic(), time.process_time()
    access = open_access([opened], scratch=package.parent / "overloop")
    evidence = Collector(access, policy.dominance_n).collect(table)
    hidden = judge(evidence, None, policy).hidden
    seconds, processor = time.monotonic() - began, time.process_time() - used
    access.connection.close()
    kept = evidence.cells.assign(verborgen=hidden).drop(columns=[] if asked == "counts" else ["gelijk"])
    kept.to_parquet(package.parent / f"{package.name}-ours-{asked}.parquet")
    result.write_text(json.dumps({"seconds": seconds, "processor": processor}))


def bare(package: Path, asked: str, result: Path) -> None:
    """Compute the same evidence with plain statements, and fetch it."""
    import duckdb

    groups = [(area, label) for area in (*LEVELS, "") for label in ("klasse", "")]

    def sets(unit: str = "") -> str:
        return ", ".join(f"({', '.join(filter(None, (*group, unit)))})" for group in groups)

    keys = ", ".join((*LEVELS, "klasse"))
    rows = (
        "(SELECT *, 'WK' || substr(buurtcode, 3, 6) AS wijkcode, 'GM' || substr(buurtcode, 3, 4) AS gemeentecode "
        f"FROM '{package}/personen.parquet')"
    )
    sums = ", sum(bedrag) AS som, sum(CAST(bedrag AS HUGEINT) * bedrag), min(bedrag), max(bedrag)"
    began, used = time.monotonic(), time.process_time()
    connection = duckdb.connect()
    connection.execute(f"SET temp_directory = '{package.parent / 'overloop-los'}'")
    cells = connection.execute(
        f"SELECT {keys}, count(DISTINCT persoon) AS n, count(DISTINCT adres) AS n_adres, count(*) AS rijen"
        f"{sums if asked == 'means' else ''} FROM {rows} GROUP BY GROUPING SETS ({sets()})"
    ).df()
    for unit in ("persoon", "adres") if asked == "means" else ():
        connection.execute(
            f"SELECT {keys}, max(samen, 2) AS grootste FROM (SELECT {keys}, {unit}, sum(abs(bedrag)) AS samen "
            f"FROM {rows} GROUP BY GROUPING SETS ({sets(unit)})) GROUP BY ALL"
        ).df()
    seconds, processor = time.monotonic() - began, time.process_time() - used
    connection.close()
    cells.to_parquet(package.parent / f"{package.name}-bare-{asked}.parquet")
    result.write_text(json.dumps({"seconds": seconds, "processor": processor}))


def _equal_cells(package: Path, asked: str) -> int:
    """Return how many cells both found; raises AssertionError where a number differs."""
    import pandas as pd

    found = pd.read_parquet(package.parent / f"{package.name}-ours-{asked}.parquet")
    plain = pd.read_parquet(package.parent / f"{package.name}-bare-{asked}.parquet")
    plain["buurtcode"] = plain["buurtcode"].fillna(plain["wijkcode"]).fillna(plain["gemeentecode"]).fillna("Totaal")
    plain["klasse"] = plain["klasse"].fillna("Totaal")
    both = found.merge(plain, on=["buurtcode", "klasse"], how="outer", suffixes=("", "_los"), indicator=True)
    # the checker has the empty cells too
    empty = both["_merge"] == "left_only"
    filled = both[~empty]
    equal = [(both["_merge"] != "right_only").all(), (both.loc[empty, "n"] == 0).all()]
    pairs = [("n", "n_los"), ("n_adres", "n_adres_los")]
    pairs += [("som", "som_los"), ("waarden", "rijen")] if asked == "means" else []
    equal += [(filled[ours].astype("int64") == filled[plain].astype("int64")).all() for ours, plain in pairs]
    if not all(equal):
        raise AssertionError("the checker and the bare script do not find the same")
    return len(filled)


# the data, and the people around it


def _write_package(package: Path, rows: int, areas: int) -> None:
    """Write a signed package of one table with so many rows over so many areas (seeded)."""
    import duckdb
    import numpy as np
    import pandas as pd

    from zoo_formaat.canonical import digest
    from zoo_formaat.keys import read_private_key
    from zoo_formaat.package import PackageManifest, file_digest, write_manifest

    _people(package.parent)
    package.mkdir()
    rng = np.random.default_rng(areas)
    homes = int(rows / 2.2)
    sizes = rng.lognormal(0, 0.7, areas)
    area_of_home = rng.choice(areas, homes, p=sizes / sizes.sum())
    whose = np.where(rng.random(rows) < 0.02, rng.integers(0, rows, rows), np.arange(rows))
    home = rng.integers(0, homes, rows)
    label = rng.choice(10, rows, p=np.linspace(1.4, 0.6, 10) / 10)
    amount = rng.lognormal(10, 0.8, rows).astype(np.int64)
    frame = pd.DataFrame(
        {"p": whose, "a": home[whose], "b": area_of_home[home[whose]], "k": label[whose], "bedrag": amount[whose]}
    )
    # four areas in a district, ten districts in a municipality
    codes = [f"BU{1000 + i // 40:04}{i % 40 // 4 + 1:02}{i % 4:02}" for i in range(areas)]
    file = package / "personen.parquet"
    with duckdb.connect() as connection:
        connection.register("rijen", frame)
        connection.register("codes", pd.DataFrame({"b": range(areas), "buurtcode": codes}))
        connection.execute(
            "COPY (SELECT CAST(md5('p' || p) AS UUID) AS persoon, CAST(md5('a' || a) AS UUID) AS adres, buurtcode, "
            f"'klasse ' || k AS klasse, bedrag FROM rijen JOIN codes USING (b) ORDER BY persoon) TO '{file}' "
            "(COMPRESSION zstd)"
        )
    values: dict[str, Any] = {
        "name": "bevolking",
        "resources": [
            {
                "name": "personen",
                "path": file.name,
                "hash": file_digest(file),
                "bytes": file.stat().st_size,
                "schema": {"fields": COLUMNS},
                "zoo:rijen": rows,
                "zoo:verworpen": {},
            }
        ],
        "zoo:bron": "bevolking",
        "zoo:houder": "Meting",
        "zoo:project": {"id": "snelheid", "digest": digest((package.parent / "project.toml").read_bytes())},
        "zoo:contract": "sha256:" + "0" * 64,
        "zoo:grondslag": "Synthetische gegevens",
        "zoo:doel": "meting",
        "zoo:bewarenTot": "2999-12-31",
        "zoo:synthetisch": True,
        "zoo:openbaar": False,
        "zoo:pseudoniemen": {"schema": "hmac-sha256/128", "sleutelversie": 1},
        "zoo:verwerkt": "2026-01-01T00:00:00+00:00",
    }
    key = read_private_key(package.parent / "sleutels" / "zone1.sleutel")
    write_manifest(package, PackageManifest.model_validate(values), key)


def _people(root: Path) -> None:
    """Make three keys, a policy and a project, once."""
    from outputcontrole.policy import DEFAULT, sign_policy
    from zoo_formaat.keys import write_key_pair
    from zoo_formaat.project import sign_project
    from zoo_formaat.signature import PrivateKey

    if (root / "sleutels").exists():
        return
    (root / "sleutels").mkdir()
    keys = {person: PrivateKey.generate(person) for person in ("anna", "bram", "zone1")}
    for key in keys.values():
        write_key_pair(root / "sleutels", key)
    (root / "beleid.toml").write_text(DEFAULT)
    (root / "project.toml").write_text(PROJECT)
    for person in ("anna", "bram"):
        sign_policy(root / "beleid.toml", keys[person])
        sign_project(root / "project.toml", keys[person])


def _register(package: Path) -> Path:
    """Set up a checker of its own for a package, and return its folder."""
    from outputcontrole.registration import create_registration, open_registration, register_project

    root = package.parent
    checker = root / f"{package.name}-registratie"
    signers = [root / "sleutels" / f"{person}.pub.json" for person in ("anna", "bram")]
    create_registration(checker, signers, [root / "sleutels" / "zone1.pub.json"], root / "beleid.toml")
    delivered = root / f"{package.name}-pakketten"
    delivered.mkdir()
    (delivered / "bevolking").symlink_to(package)
    register_project(open_registration(checker), root / "project.toml", delivered)
    return checker


def _request(asked: str) -> dict[str, Any]:
    """Return a request for one protected table."""
    output: dict[str, Any] = {
        "soort": "frequentietabel",
        "naam": "tabel",
        "titel": "Personen per buurt en klasse",
        "bron": {"tabel": "bevolking.personen"},
        "tel": "persoon",
        "dimensies": ["buurtcode", "klasse"],
        "bescherming": "onderdrukken",
    }
    if asked == "means":
        output |= {"soort": "magnitudetabel", "maat": "bedrag", "statistiek": "gemiddelde"}
    return {
        "versie": 1,
        "project": "snelheid",
        "auteur": "anna",
        "vraag": "Hoe snel gaat een hele toets?",
        "populatie": "Alle personen in de meting",
        "gebruik": "Voor de meting van de snelheid",
        "ontvangers": "Lezers van de meting",
        "uitvoer": [output],
    }


if __name__ == "__main__":
    {"ours": ours, "bare": bare}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
