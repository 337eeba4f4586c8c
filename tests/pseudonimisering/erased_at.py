"""Erase a person from a copy of FOLDER/begin, killed with SIGKILL at chosen steps, and then once more to its end.

erased_at.py FOLDER POINTS SEED IDENTIFIER

After every kill each package is whole, in its old or its new state; after the second run the folder is the one that an
undisturbed run leaves. A step is as in `killed_at.py`, whose way of killing is used.
"""

import os
import random
import shutil
import sys
from pathlib import Path

from killed_at import in_child

from pseudonimisering.custody import Custody
from pseudonimisering.erasure import erase
from tests.pseudonimisering.storage import fingerprint, holding, pseudonym
from zoo_formaat.eventlog import verify
from zoo_formaat.package import load_package

WORKS = ("werk-een", "werk-twee")


def main(folder: Path, points: int, seed: int, identifier: str) -> None:
    work = folder / "werk"

    def run(place: Path) -> None:
        erase(Custody(place / "geheimen"), [place / name for name in WORKS], "persoon", identifier)

    def check(place: Path) -> None:
        custody = Custody(place / "geheimen")
        verify(custody.log.path)
        for project in ("een", "twee"):
            found = holding(place, pseudonym(custody, project, "persoon", identifier))
            assert all("wissen" in path.parts for path in found)

    def afresh() -> None:
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(folder / "begin", work)

    def state(name: str) -> dict[str, str]:
        return fingerprint(work / name)

    def packages() -> list[str]:
        custody = Custody(work / "geheimen")
        paths = sorted(path for name in WORKS for path in (work / name / "pakketten").iterdir() if path.name[0] != ".")
        return [load_package(path, [custody.public_key()]).digest for path in paths]

    afresh()
    old = packages()
    status, steps = in_child(work, run)
    assert status == 0, "the undisturbed run failed"
    new, whole = packages(), [state(name) for name in WORKS]
    assert len(old) == len(new) == 4 and not set(old) & set(new)
    chosen = sorted(random.Random(seed).sample(range(1, steps + 1), min(points, steps)))
    for point in chosen:
        afresh()
        status, _ = in_child(work, run, point)
        assert os.WIFSIGNALED(status), f"step {point} was not reached"
        now = packages()
        assert all(one in pair for one, *pair in zip(now, old, new, strict=True)), f"step {point}: a third state"
        status, _ = in_child(work, run)
        assert status == 0, f"killed at step {point} of {steps}, the next run failed"
        assert [state(name) for name in WORKS] == whole, f"killed at step {point} of {steps}, another result"
        # in a process of its own: this one stays without threads, so that it can be copied (fork)
        status, _ = in_child(work, check)
        assert status == 0, f"step {point}: still there"
    print(f"{len(chosen)} of {steps} steps")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
