"""A city of one million persons through zone 1 (nine sources) and zone 2 (six indicators): at most three minutes."""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from watched import Watched, verdict, watch

from zoo_stad.demo import prepare
from zoo_stad.steps import Steps

BIN = Path(sys.executable).parent
SECONDS = 180.0
SOURCES = ("bag", "brp", "gebieden", "hennep", "inkomens", "kadaster", "kvk", "politie", "verhuur")
INDICATORS = (
    "doorsluishuis",
    "doorverkoop_zelfde_dag",
    "windhapper",
    "verzamelaar",
    "multi_bestuurder",
    "hennep_na_verhuizingen",
)
PROJECT = [
    *("--id", "miljoen", "--naam", "Een miljoen", "--vraag", "Hoe snel gaat het?", "--doel", "ondermijning-vastgoed"),
    *("--grondslag", "Synthetische gegevens", "--van", "1995-01-01", "--tot", "2016-12-31", "--einde", "2030-12-31"),
]


def measure() -> str:
    """Make the city (not counted), take it through both zones one command at a time, and return a Markdown section."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        steps = Steps(root)
        size = ["--personen", "1000000", "--gemeenten", "20", "--seed", "1"]
        steps.run("zoo-stad", "maak", "--uit", "bronhouders", *size)
        contracts = [root / f"bronhouders/contracten/{source}.toml" for source in SOURCES]
        prepare(steps, root, PROJECT, contracts)
        environment = {**os.environ, "ZOO_WERK": str(root / "werk")}
        began = time.monotonic()
        zone1 = [_zone1(root, source, environment) for source in SOURCES]
        indicators = watch([BIN / "zoo", "indicatoren", "bereken", *INDICATORS, "--json"], environment, root)
        seconds = time.monotonic() - began
        files = sum(file.stat().st_size for file in (root / "bronhouders/ruw").iterdir()) / 1e9
        shutil.rmtree(root / "werk")
    peak = max(run.peak for run in [*zone1, indicators])
    kept = verdict(seconds, SECONDS)
    rows = [
        f"| zone 1: {source} | {run.seconds:.1f} | {run.peak:.2f} |" for source, run in zip(SOURCES, zone1, strict=True)
    ]
    return "\n".join(
        [
            "## One million persons through zones 1 and 2",
            "",
            f"20 municipalities, {files:.2f} GB of raw files; one command after the other.",
            "",
            "| step | seconds | peak GB |",
            "|---|---|---|",
            *rows,
            f"| zone 2: six indicators | {indicators.seconds:.1f} | {indicators.peak:.2f} |",
            f"| **together** (limit {SECONDS:.0f} s: {kept}) | **{seconds:.0f}** | **{peak:.2f}** |",
            "",
        ]
    )


def _zone1(root: Path, source: str, environment: dict[str, str]) -> Watched:
    files = sorted((root / "bronhouders/ruw").glob(f"{source}*"))
    command: list[str | Path] = [BIN / "pseudonimisering", "verwerk", root / f"bronhouders/contracten/{source}.toml"]
    options = ["--project", "werk/project.toml", "--geheimen", "zone1/geheimen", "--uit", f"werk/pakketten/{source}"]
    return watch([*command, *files, *options], environment, root)
