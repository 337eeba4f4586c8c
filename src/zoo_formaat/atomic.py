"""Files and folders that are there whole or not at all, also after kill -9 or a power cut."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoo_formaat.errors import UserError

_PARTIAL = ".onaf-"


def write_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write `content` to `path`: after any interruption the file is the old one or the new one, never half.

    The bytes go to a new file beside it (created with `mode`, so that a secret is at no moment readable by others),
    reach the disk, and take the name in one step. Raises UserError when the folder does not exist or is not writable.
    """
    partial = path.with_name(f"{_PARTIAL}{path.name}-{secrets.token_hex(4)}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileNotFoundError:
        raise UserError(f"map {path.parent} bestaat niet; maak haar eerst") from None
    except PermissionError:
        raise UserError(f"map {path.parent} is niet schrijfbaar voor u; kies een andere map") from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


@contextmanager
def new_directory(path: Path, mode: int = 0o755) -> Iterator[Path]:
    """Give a hidden folder to fill; it becomes `path` in one step when the block ends well, and is gone otherwise.

    Left-overs of killed runs for the same `path` are removed. Raises UserError when `path` exists (nothing is ever
    overwritten) or its parent does not.
    """
    if path.exists() or path.is_symlink():
        raise UserError(f"{path} bestaat al; kies een andere naam of verwijder hem eerst")
    if not path.parent.is_dir():
        raise UserError(f"map {path.parent} bestaat niet; maak haar eerst")
    _remove_leftovers(path)
    partial = path.with_name(f"{_PARTIAL}{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        partial.mkdir(mode=0o700)
    except PermissionError:
        raise UserError(f"map {path.parent} is niet schrijfbaar voor u; kies een andere map") from None
    try:
        yield partial
        for file in partial.rglob("*"):
            if file.is_file():
                _sync_file(file)
        partial.chmod(mode)
        try:
            # rename fails on a folder that is not empty, so that of two runs at once one wins whole
            partial.rename(path)
        except OSError:
            raise UserError(f"{path} is intussen door een andere run gemaakt; die is blijven staan") from None
        _sync_folder(path.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _remove_leftovers(path: Path) -> None:
    """Remove unfinished folders for `path` whose process no longer lives."""
    for leftover in path.parent.glob(f"{_PARTIAL}{path.name}-*-*"):
        process = leftover.name.rsplit("-", 2)[1]
        if process.isdigit() and not _alive(int(process)):
            shutil.rmtree(leftover, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sync_file(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
