"""Run a command on a custody, killed with SIGKILL at chosen steps, and then once more to its end; check what is there.

    killed_at.py rotate|destroy|renew FOLDER POINTS SEED

FOLDER holds `begin`, what every run starts from. A step is a file opened for writing, renamed, linked, removed, or a
folder made or removed. Exits with 1 when what the second run leaves is not what an undisturbed run leaves.
"""

import json
import os
import random
import shutil
import signal
import sys
import traceback
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from pseudonimisering.custody import Custody, open_master
from pseudonimisering.custody.destruction import destroy_project, read_certificate
from pseudonimisering.custody.keeping import SharedKeeping
from pseudonimisering.custody.renewal import renew_master
from pseudonimisering.custody.rotation import rotate
from pseudonimisering.custody.shares import Custodian
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import verify
from zoo_formaat.package import load_package

STEPS = {"os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir"}
KEEPING = [Custodian(name) for name in ("anna", "bram", "cato")]


def shares(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.deel.json"))[:2]


def pseudonyms(custody: Custody, project: str, numbers: list[str]) -> list[bytes]:
    return custody.project_secret(project).domain_key("persoon").pseudonyms(pl.Series(numbers)).to_pylist()


def with_shares(work: Path, folder: str) -> Custody:
    path = work / "geheimen"
    return Custody(path, lambda: open_master(path, shares(work / folder), lambda _: ""))


def do_rotate(work: Path) -> None:
    rotate(Custody(work / "geheimen"), "proef", work / "pakketten", work / "nieuw")


def check_rotate(work: Path, known: dict) -> None:
    custody = Custody(work / "geheimen")
    made = pseudonyms(custody, "proef", list(known["codes"]))
    package = load_package(work / "nieuw" / "brp", [custody.public_key()])
    assert package.manifest.pseudoniemen.sleutelversie == 2
    persons = pq.read_table(package.path / "personen.parquet").column("persoon")
    assert {value.bytes for value in persons.to_pylist()} <= set(made)
    secrets = sorted(path.name for path in (custody.path / "projecten").iterdir())
    assert secrets == ["proef.v1.geheim", "proef.v2.geheim"]
    with custody.code_book("proef").session() as session:
        codes = session.assign("persoon", custody.project_secret("proef").domain_key("persoon").pseudonyms(
            pl.Series(list(known["codes"]))
        )).to_pylist()  # fmt: skip
    assert codes == list(known["codes"].values())
    assert not list(work.glob("nieuw/.*")) and not list((custody.path / "codes/proef").glob(".*"))


def do_destroy(work: Path) -> None:
    keeping = SharedKeeping(KEEPING, work / "nieuwe-delen")
    destroy_project(with_shares(work, "delen"), "proef", work / "certificaat", [work / "kopie"], keeping)


def check_destroy(work: Path, known: dict) -> None:
    custody = with_shares(work, "nieuwe-delen")
    assert [value.hex() for value in pseudonyms(custody, "ander", ["1"])] == known["ander"]
    for place in (custody, with_shares(work, "nieuwe-delen")):
        refused(lambda place=place: place.project_secret("proef"), "vernietigd")
    refused(lambda: with_shares(work, "delen").project_secret("ander"), "eerdere hoofdsleutel")
    certificate = read_certificate(work / "certificaat", [custody.public_key()])
    assert {version.digest for version in certificate.versies} == set(known["digests"])
    assert len(certificate.versies) == 2 and certificate.hoofdsleutel_vernieuwd
    assert {entry.soort for entry in certificate.gewist} == {"bewaarplaats", "reservekopie"}
    for place in ("geheimen", "kopie"):
        assert not list((work / place / "projecten").glob("*proef*"))
        assert not list((work / place / "projecten").glob(".onaf-*"))
        assert (work / place / "vernietigd/proef.json").exists()


def do_renew(work: Path) -> None:
    custody = with_shares(work, "delen")
    if custody.description().hoofdsleutel.id == json.loads((work / "bekend.json").read_text())["hoofdsleutel"]:
        renew_master(custody, SharedKeeping(KEEPING, work / "nieuwe-delen"))


def check_renew(work: Path, known: dict) -> None:
    custody = with_shares(work, "nieuwe-delen")
    assert [value.hex() for value in pseudonyms(custody, "ander", ["1"])] == known["ander"]
    refused(lambda: with_shares(work, "delen").project_secret("ander"), "eerdere hoofdsleutel")
    assert not (custody.path / "vernieuwing").exists()


def refused(call, message: str) -> None:
    try:
        call()
    except UserError as error:
        assert message in str(error), error
    else:
        raise AssertionError(f"not refused: {message}")


def in_child(work, run, kill_at: int = 0) -> tuple[int, int]:
    """Run in a process of its own, killed at a step (0: not); return its status and the steps that it made."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        with os.fdopen(reader) as stream:
            text = stream.read()
        return os.waitpid(child, 0)[1], int(text or 0)
    made = 0

    def count(event: str, arguments: tuple) -> None:
        nonlocal made
        writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in STEPS or writing:
            made += 1
            if made == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    try:
        run(work)
        os.write(writer, str(made).encode())
    except BaseException:  # noqa: BLE001 - a child must not come back into the loop of its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main(name: str, folder: Path, points: int, seed: int) -> None:
    run, check = globals()[f"do_{name}"], globals()[f"check_{name}"]
    known = json.loads((folder / "begin" / "bekend.json").read_text())
    work = folder / "werk"

    def whole(place: Path) -> None:
        run(place)
        check(place, known)
        verify(place / "geheimen/logboek.jsonl")

    shutil.copytree(folder / "begin", work)
    status, steps = in_child(work, run)
    assert status == 0, "the undisturbed run failed"
    chosen = sorted(random.Random(seed).sample(range(1, steps + 1), min(points, steps)))
    for point in chosen:
        shutil.rmtree(work)
        shutil.copytree(folder / "begin", work)
        status, _ = in_child(work, run, point)
        assert os.WIFSIGNALED(status), f"step {point} was not reached"
        status, _ = in_child(work, whole)
        assert status == 0, f"killed at step {point} of {steps}, the next run did not finish it"
    print(f"{len(chosen)} of {steps} steps")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
