"""The command as people use it: exit codes, one line of error, nothing half-written, also after kill -9."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from zoo_formaat.keys import write_key_pair

COMMAND = str(Path(sys.executable).with_name("pseudonimisering"))


def run(*arguments, **environment) -> subprocess.CompletedProcess:
    return subprocess.run(
        [COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, env=os.environ | environment
    )


def process(town, project, *files, target="pakket", contract=None):
    return [
        "verwerk", contract or town.contract(), *files, "--project", project,
        "--geheimen", town.custody.path, "--uit", town.root / target,
    ]  # fmt: skip


def test_from_custody_to_quality_and_one_thread_makes_the_same_bytes(town):
    for person in town.people:
        write_key_pair(town.root, person)
    custody = town.root / "bewaarplaats"
    made = run("geheim", "maak", custody, "--ondertekenaar", town.root / "anna.pub.json")
    assert (made.returncode, made.stderr) == (0, "")
    assert run("vertrouw", custody, town.root / "bram.pub.json").returncode == 0
    town.custody.path = custody
    file, project = town.persons(), town.project()
    first = run(*process(town, project, file), "--json")
    assert (first.returncode, first.stderr) == (0, "")
    assert json.loads(first.stdout)["rijen"] == {"personen": 4}
    second = run(*process(town, project, file, target="weer"), POLARS_MAX_THREADS="1")
    assert "brp.personen: 4 rijen" in second.stdout
    tables = [(town.root / target / "personen.parquet").read_bytes() for target in ("pakket", "weer")]
    assert tables[0] == tables[1]
    quality = run("kwaliteit", town.root / "pakket", "--zone1", custody / "zone1.pub.json")
    assert quality.returncode == 0 and "brp.personen" in quality.stdout


def unsigned(town):
    return process(town, town.project(signatures=0), town.persons())


def letter(town):
    return process(town, town.project(), town.persons(["12345678a;B;19700101;M;H1;1234AB;1;;"]))


def readable_key(town):
    town.custody.project_secret("proef")
    (town.custody.path / "projecten" / "proef.v1.geheim").chmod(0o644)
    return process(town, town.project(), town.persons())


def unknown_project(town):
    return process(town, town.root / "weg.toml", town.persons())


@pytest.mark.parametrize("prepare", [unsigned, letter, readable_key, unknown_project])
def test_bad_input_is_one_line_and_exit_code_2(town, prepare):
    arguments = prepare(town)
    before = {path.name for path in town.root.iterdir()}
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fout: ") and done.stderr.count("\n") == 1
    assert {path.name for path in town.root.iterdir()} == before


def test_a_full_disk_is_one_line_without_values(town):
    rows = [f"123456782;n{i};19700101;M;H{i};1234AB;{1 + i % 99};;" for i in range(5_000)]
    contract = town.contract(town.brp_contract.replace('uniek = ["bsn"]\n', ""))
    arguments = process(town, town.project(), town.persons(rows), contract=contract)
    done = subprocess.run(
        [COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000)),
    )
    assert done.returncode == 2
    assert "schijfruimte" in done.stderr and done.stderr.count("\n") == 1
    # what was finished is kept for the next run; there is no package
    assert [path.name for path in town.root.iterdir() if "pakket" in path.name] == [".pakket.bezig"]
    assert run(*arguments).returncode == 0
    assert [path.name for path in town.root.iterdir() if "pakket" in path.name] == ["pakket"]
