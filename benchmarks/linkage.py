"""Linkage without a common number: precision, recall, and the estimated against the true share of false links.

Also: `python benchmarks/linkage.py --json` prints the curves as JSON.
"""

import json
import os
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
from watched import Watched, verdict, watch

from pseudonimisering.custody import create_custody
from zoo_formaat.project import sign_project
from zoo_formaat.signature import PrivateKey
from zoo_stad.namenregister import write_registers

BIN = Path(sys.executable).parent
CASES = ((10_000, 1, 1.0), (10_000, 2, 2.5), (100_000, 1, 1.0), (100_000, 2, 2.5))
"""Persons in the population, seed, and factor on the share of every flaw."""
FACTOR = 1.5
PROJECT = """
versie = 1
id = "koppelmeting"
naam = "Meting"
vraag = "Hoe goed wordt er gekoppeld?"
doel = "koppelonderzoek"
grondslag = "Synthetische gegevens"
van = 1995-01-01
tot = 2016-12-31
einde = 2999-12-31
beleid = "standaard"
eenheden = ["persoon"]
leden = []
[bronnen.koppeling_inwoners_klanten]
koppelingen = ["links", "rechts", "gewicht", "kans"]
"""


def run(persons: int, seed: int, dirt: float) -> tuple[list[dict[str, float]], Watched]:
    """Make two registers, link them with the command at threshold 0.5, and compare with the planted pairs."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write_registers(root / "namen", persons, seed, dirt)
        people = [PrivateKey.generate(person) for person in ("anna", "bram")]
        custody = create_custody(root / "geheimen", [person.public for person in people])
        (root / "project.toml").write_text(PROJECT)
        for person in people:
            sign_project(root / "project.toml", person)
        command: list[str | Path] = [BIN / "pseudonimisering", "koppel"]
        for source in ("inwoners", "klanten"):
            command += [root / f"namen/contracten/{source}.toml", root / f"namen/ruw/{source}.csv"]
        command += ["--project", "project.toml", "--geheimen", "geheimen", "--uit", "pakket", "--drempel", "0.5"]
        watched = watch(command, os.environ, root)
        manifest = json.loads((root / "pakket/datapackage.json").read_text())
        links = pq.read_table(root / "pakket/koppelingen.parquet")
        secret = custody.project_secret(tomllib.loads(PROJECT)["id"])
        truth = pl.read_csv(root / "namen/truth/paren.csv", separator=";", infer_schema=False)
        left = secret.domain_key("persoon").pseudonyms(truth["bsn"]).to_pylist()
        right = secret.domain_key("recordnummer:klanten.klanten").pseudonyms(truth["klantnummer"]).to_pylist()
    true = set(zip(left, right, strict=True))
    pairs = zip(links["links"].to_pylist(), links["rechts"].to_pylist(), links["kans"].to_pylist(), strict=True)
    scored = [((a.bytes, b.bytes) in true, probability) for a, b, probability in pairs]
    curve = []
    for row in manifest["zoo:koppeling"]["kromme"]:
        accepted = [good for good, probability in scored if probability >= row["drempel"]]
        false = len(accepted) - sum(accepted)
        curve.append(
            {
                "threshold": row["drempel"],
                "links": len(accepted),
                "precision": sum(accepted) / max(1, len(accepted)),
                "recall": sum(accepted) / len(true),
                "false": false,
                "expected_false": row["verwacht_onjuist"],
                "ratio": row["verwacht_onjuist"] / max(1, false),
            }
        )
    return curve, watched


def measure() -> str:
    """Link every case and return a Markdown section."""
    return "\n".join(_section([(case, *run(*case)) for case in CASES]))


def _section(results: list[tuple[tuple[int, int, float], list[dict[str, float]], Watched]]) -> list[str]:
    lines = ["## Linkage on name, date of birth and address", ""]
    together: dict[float, list[float]] = {}
    for (persons, seed, dirt), curve, watched in results:
        size = f"{persons:,} persons, seed {seed}, dirt × {dirt:g}"
        lines += [
            f"{size}: {watched.seconds:.0f} s, {watched.peak:.2f} GB peak.",
            "",
            "| threshold | links | precision | recall | false links | estimated | ratio |",
            "|---|---|---|---|---|---|---|",
        ]
        for row in curve:
            lines.append(
                f"| {row['threshold']:g} | {row['links']:,} | {row['precision']:.4f} | {row['recall']:.4f} "
                f"| {row['false']} | {row['expected_false']:.1f} | {row['ratio']:.2f} |"
            )
            sums = together.setdefault(row["threshold"], [0.0, 0.0])
            sums[0] += row["false"]
            sums[1] += row["expected_false"]
        lines.append("")
    # false links are so few that their number in one case varies by chance; together they say more
    lines += ["All cases together:", "", "| threshold | false links | estimated | ratio |", "|---|---|---|---|"]
    worst = 1.0
    for threshold, (false, expected) in together.items():
        ratio = expected / max(1.0, false)
        worst = max(worst, ratio, 1 / ratio)
        lines.append(f"| {threshold:g} | {false:.0f} | {expected:.1f} | {ratio:.2f} |")
    kept = verdict(worst, FACTOR)
    return [*lines, "", f"At worst the estimate is off by a factor {worst:.2f} (limit {FACTOR}: {kept}).", ""]


def main() -> None:
    """Print the curves as JSON, or the section."""
    if "--json" in sys.argv:
        answers: list[dict[str, Any]] = []
        for persons, seed, dirt in CASES:
            curve, watched = run(persons, seed, dirt)
            about = {"persons": persons, "seed": seed, "dirt": dirt}
            answers.append({**about, "seconds": watched.seconds, "peak_gb": watched.peak, "curve": curve})
        print(json.dumps(answers))
    else:
        print(measure())


if __name__ == "__main__":
    main()
