"""Deliver in processes that are killed with SIGKILL, at steps or at moments drawn by a seed, and then to the end.

    killed_delivery.py FOLDER KILLS SEED

FOLDER/begin holds custody, contract, project and files. Exits with 1 when a killed run leaves half a package, or when
what the last run leaves differs by a byte from what an undisturbed run leaves.
"""

import os
import random
import shutil
import signal
import sys
import threading
import time
import traceback
from datetime import date
from pathlib import Path

from pseudonimisering import rows
from pseudonimisering.contract import load_contract
from pseudonimisering.custody import Custody
from pseudonimisering.ingest import deliver
from pseudonimisering.readers import csv
from zoo_formaat.eventlog import verify
from zoo_formaat.package import load_package
from zoo_formaat.project import load_project

# many chunks, row groups and sessions of codes out of a small file
csv._BLOCK_BYTES = 20_000
rows._ROW_GROUP = 512
rows._GROUPS_PER_BATCH = 1

STEPS = {"os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir"}


def run(work: Path) -> bool:
    custody = Custody(work / "geheimen")
    today = date.today()
    project = load_project(work / "project.toml", custody.signers(), on=today)
    contract, files = load_contract(work / "contract.toml"), sorted((work / "ruw").iterdir())
    return deliver(contract, files, project, custody, work / "pakket", today, anew=True).continued


def in_child(work: Path, step: int = 0, seconds: float = 0.0) -> tuple[int, str]:
    """Run in a process of its own, killed at a step or after some seconds; return its status and what it said."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        with os.fdopen(reader) as stream:
            text = stream.read()
        return os.waitpid(child, 0)[1], text
    made = 0

    def count(event: str, arguments: tuple) -> None:
        nonlocal made
        writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in STEPS or writing:
            made += 1
            if made == step:
                os.kill(os.getpid(), signal.SIGKILL)

    def later() -> None:
        time.sleep(seconds)
        os.kill(os.getpid(), signal.SIGKILL)

    if step:
        sys.addaudithook(count)
    elif seconds:
        threading.Thread(target=later, daemon=True).start()
    else:
        sys.addaudithook(count)
    try:
        began = time.monotonic()
        continued = run(work)
        os.write(writer, f"{made} {time.monotonic() - began} {continued}".encode())
    except BaseException:  # noqa: BLE001 - a child must not come back into the loop of its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def tables(work: Path) -> dict[str, bytes]:
    package = load_package(work / "pakket", [Custody(work / "geheimen").public_key()])
    return {path.name: path.read_bytes() for path in package.path.glob("*.parquet")}


def main(folder: Path, kills: int, seed: int) -> None:
    work = folder / "werk"
    shutil.copytree(folder / "begin", work)
    status, said = in_child(work)
    assert status == 0, "the undisturbed run failed"
    steps, seconds = int(said.split()[0]), float(said.split()[1])
    expected, draw = tables(work), random.Random(seed)
    continued = 0
    for number in range(kills):
        shutil.rmtree(work)
        shutil.copytree(folder / "begin", work)
        # some runs are killed twice before they may finish
        for _ in range(1 + number % 2):
            by_step = draw.random() < 0.6
            at = {"step": draw.randrange(1, steps + 1)} if by_step else {"seconds": draw.uniform(0, seconds)}
            in_child(work, **at)
            if (work / "pakket").exists():
                assert tables(work) == expected, f"another package after a kill at {at}"
            left = list(work.glob(".pakket.bezig"))
            assert all(path.stat().st_mode & 0o077 == 0 for path in left)
        status, said = in_child(work)
        assert status == 0, f"killed at {at}, the next run did not finish"
        assert tables(work) == expected, f"killed at {at}, the next run made something else"
        continued += said.endswith("True")
        verify(work / "geheimen/logboek.jsonl")
        assert not list(work.glob(".*")), "left-overs"
    print(f"{kills} runs killed at {steps} possible steps, {continued} continued")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
