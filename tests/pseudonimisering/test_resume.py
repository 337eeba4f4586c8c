"""A run that ends in any way loses nothing that was finished, and a package is there whole or not at all."""

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from pseudonimisering import checkpoint
from pseudonimisering.readers import csv
from tests.pseudonimisering.test_ingest import many_persons, rows, table_bytes
from zoo_formaat.errors import UserError

KILLS = 100 if os.environ.get("ZOO_FULL") else 6
SCRIPT = Path(__file__).with_name("killed_delivery.py")


class Stopped(BaseException):
    """What a killed process cannot raise; everything that catches errors lets it pass."""


def stop_after(chunks: int):
    def progress(_table: str, _rows: int, _share: float | None) -> None:
        nonlocal chunks
        chunks -= 1
        if chunks == 0:
            raise Stopped

    return progress


def deliver_and_stop(town, contract, files, project, chunks: int, target="pakket") -> Path:
    with pytest.raises(Stopped):
        town.deliver(contract, files, project, target, progress=stop_after(chunks))
    return town.root / f".{target}.bezig"


@pytest.fixture
def small_chunks(monkeypatch) -> None:
    monkeypatch.setattr(csv, "_BLOCK_BYTES", 20_000)


def test_kill_9_at_random_points_loses_nothing(town):
    draw = random.Random(5)
    persons = many_persons(1_500)
    # two rows that differ in their identifiers only: which stays is decided by reading the delivery again
    doubles = [row.replace(";H", ";H9", 1) for row in draw.sample(persons, 40)] + persons[:40]
    half = len(persons) // 2
    town.persons(persons[:half] + doubles, name="brp_personen_1.csv")
    town.persons(persons[half:], name="brp_personen_2.csv")
    town.contract()
    town.project()
    town.custody.project_secret("proef")  # a secret is made at first use: every copy must have the same
    begin = town.root / "kill" / "begin"
    begin.mkdir(parents=True)
    for name in ("geheimen", "ruw"):
        shutil.copytree(town.root / name, begin / name)
    for path in town.root.glob("*.toml*"):
        shutil.copy(path, begin)
    done = subprocess.run(
        [sys.executable, SCRIPT, begin.parent, str(KILLS), "7"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.rpartition(", ")[2].split()[0]) >= KILLS // 3


def test_a_continued_run_hashes_only_what_was_not_finished(town, small_chunks, monkeypatch):
    contract, project, file = town.contract(), town.project(), town.persons(many_persons(2_000))
    town.deliver(contract, [file], project, "recht")
    work = deliver_and_stop(town, contract, [file], project, 3)
    assert work.stat().st_mode & 0o777 == 0o700
    parts = sorted(path.name for path in work.rglob("deel-*.parquet"))
    assert parts == ["deel-00000.parquet", "deel-00001.parquet", "deel-00002.parquet"]
    written = []
    before = checkpoint.TableWork.add
    monkeypatch.setattr(
        checkpoint.TableWork, "add", lambda self, *args: (written.append(args[1]), before(self, *args))[1]
    )
    result = town.deliver(contract, [file], project)
    assert result.continued and written[0] == 3 and len(written) >= 2
    assert not work.exists()
    assert table_bytes(town, "pakket") == table_bytes(town, "recht")


def test_the_work_folder_holds_no_identifier(town, small_chunks):
    persons = many_persons(2_000)
    work = deliver_and_stop(town, town.contract(), [town.persons(persons)], town.project(), 3)
    content = b"".join(path.read_bytes() for path in work.rglob("*") if path.is_file())
    assert len(content) > 10_000
    for row in persons[:300]:
        number, name, *_, postcode, _house, _letter, _addition = row.split(";")
        assert number.encode() not in content and postcode.encode() not in content
        assert f";{name};".encode() not in content


@pytest.mark.parametrize("change", ["file", "contract", "project", "touch", "custody"])
def test_another_input_starts_anew(town, small_chunks, change, another_custody):
    persons = many_persons(2_000)
    contract, project, file = town.contract(), town.project(), town.persons(persons)
    deliver_and_stop(town, contract, [file], project, 3)
    custody = None
    if change == "file":
        file = town.persons([*persons[:-1], persons[-1].replace(";M;", ";V;").replace(";V;", ";M;", 0)])
    elif change == "contract":
        contract = town.contract(town.brp_contract.replace("bewerking", "generaliseer"))
    elif change == "project":
        project = town.project("ander.toml", id="ander")
    elif change == "touch":
        time.sleep(0.01)
        file.touch()
    else:
        custody = another_custody("geheimen2")
    result = town.deliver(contract, [file], project, custody=custody)
    assert not result.continued
    assert len(rows(town)) == len(persons)


def test_two_runs_at_once_on_one_target(town, small_chunks):
    contract, project, file = town.contract(), town.project(), town.persons(many_persons(2_000))
    refusals = []

    def second(_table: str, _rows: int, _share: float | None) -> None:
        if not refusals:
            with pytest.raises(UserError, match="een andere run is al bezig") as caught:
                town.deliver(contract, [file], project)
            refusals.append(caught.value)

    result = town.deliver(contract, [file], project, progress=second)
    assert refusals and result.rows == {"personen": 2_000}


def test_a_refused_delivery_leaves_no_work_behind(town, small_chunks):
    persons = [*many_persons(2_000), "12345678x;A;19700101;M;H1;1234AB;1;;"]
    with pytest.raises(UserError, match="bevat een letter"):
        town.deliver(town.contract(), [town.persons(persons)], town.project())
    assert not [path.name for path in town.root.iterdir() if "pakket" in path.name]


def test_who_is_erased_in_between_does_not_come_back(town, small_chunks):
    from pseudonimisering.suppression import Suppressed

    persons = many_persons(2_000)
    contract, project, file = town.contract(), town.project(), town.persons(persons)
    deliver_and_stop(town, contract, [file], project, 3)
    secret = town.custody.project_secret("proef")
    (gone,) = secret.domain_key("persoon").pseudonyms(pl.Series([persons[0].split(";")[0]])).to_pylist()
    Suppressed(town.custody).add("proef", "persoon", 1, 1, gone)
    result = town.deliver(contract, [file], project)
    assert result.rejected["personen"]["gewist"] == 1 and not result.continued
    assert gone not in {row["persoon"].bytes for row in rows(town)}

    # and when it happens while a delivery runs, that delivery does not end well
    (other,) = secret.domain_key("persoon").pseudonyms(pl.Series([persons[1].split(";")[0]])).to_pylist()

    def erase(*_: object) -> None:
        Suppressed(town.custody).add("proef", "persoon", 1, 1, other)

    with pytest.raises(UserError, match="er iemand gewist"):
        town.deliver(contract, [file], project, anew=True, progress=erase)
