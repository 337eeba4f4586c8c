"""Small worlds made by the very steps of the demonstration: a city, zone 1, registration, a release."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pyreadstat

from zoo_stad.demo import OFFICERS, SOURCES, deliver, prepare, register, submit
from zoo_stad.steps import Steps

REQUEST = Path(__file__).parent / "aanvraag.json"
PROJECT = [
    *("--id", "stad-test", "--naam", "Proef", "--vraag", "Welke buurten wijken af?", "--doel", "ondermijning-vastgoed"),
    *("--grondslag", "Synthetische gegevens", "--van", "1995-01-01", "--tot", "2016-12-31", "--einde", "2030-12-31"),
]


def make_city(folder: Path, *options: str) -> Path:
    """Make a city in `folder`/stad and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    Steps(folder).run("zoo-stad", "maak", "--uit", "stad", *options)
    return folder / "stad"


def build(root: Path, city: Path) -> Steps:
    """Take a city through zone 1 and register it, with new keys and a new secret; return the steps to go on with."""
    root.mkdir()
    registration = {"ZOO_REGISTRATIE": str(root / "zone3/registratie"), "ZOO_WERK": str(root / "werk")}
    steps = Steps(root, registration)
    contracts = [city / f"contracten/{source}.toml" for source in SOURCES]
    prepare(steps, root, PROJECT, contracts)
    commands = [
        deliver(contract, sorted((city / "ruw").glob(f"{source}*")), source)
        for source, contract in zip(SOURCES, contracts, strict=True)
    ]
    steps.together(commands)
    register(steps, root)
    return steps


def release(steps: Steps, request: Path, *options: str) -> Path:
    """Submit a request, let both officers agree, release; return the bundle."""
    # the signed form is written beside the draft, so the draft goes to the scratch folder first
    draft = Path(shutil.copy(request, steps.folder / "werk/klad"))
    number = submit(steps, draft)
    for officer in OFFICERS:
        key = ["--sleutel", f"personen/{officer}.sleutel"]
        why = ["--oordeel", "akkoord", "--motivering", "Voldoet aan het beleid."]
        steps.run("outputcontrole", "beoordeel", number, *key, *why)
    steps.run("outputcontrole", "vrijgeven", number, "--uit", "vrijgave", *options)
    return steps.folder / "vrijgave" / number


def shuffled(city: Path, target: Path, seed: int) -> Path:
    """Copy a city with the rows of every register in another order."""
    shutil.copytree(city, target)
    generator = np.random.default_rng(seed)
    for path in sorted((target / "ruw").glob("*.csv")):
        frame = pl.read_csv(path, separator=";", infer_schema=False)
        order = generator.permutation(len(frame))
        frame[order].write_csv(path, separator=";")
    (sav,) = (target / "ruw").glob("*.sav")
    frame, meta = pyreadstat.read_sav(sav)
    frame = frame.iloc[generator.permutation(len(frame))]
    pyreadstat.write_sav(
        frame,
        sav,
        column_labels=meta.column_labels,
        variable_value_labels=meta.variable_value_labels,
        variable_format=meta.original_variable_types,
    )
    return target
