"""Where results of recipes lie for the time of one assessment, and no longer, however that ends."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = "zoo-recepten-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give an empty folder that only this user can enter; it is gone when the block ends.

    A run that is killed cannot clean up. The system drops its lock when it dies, so the next run removes what it left.
    """
    base = Path(tempfile.gettempdir())
    _remove_left(base)
    folder, descriptor = _locked_folder(base)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _locked_folder(base: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_NAME, dir=base))
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue  # another run took it for a left-over before it was locked
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if folder.exists():
            return folder, descriptor
        os.close(descriptor)


def _remove_left(base: Path) -> None:
    for folder in base.glob(f"{_NAME}*"):
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
        except OSError:
            continue  # gone already, or of another user
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue  # a living run's
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)
