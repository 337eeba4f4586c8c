"""Files and folders that are there whole or not at all, also after kill -9 or a power cut."""

import ctypes
import errno
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from zoo_formaat.errors import UserError

_PARTIAL = ".onaf-"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def write_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write `content` to `path`: after any interruption the file is the old one or the new one, never half.

    The bytes go to a new file beside it (created with `mode`, so that a secret is at no moment readable by others),
    reach the disk, and take the name in one step. Left-overs of killed runs for the same `path` are removed. Raises
    UserError when the folder does not exist or is not writable, or when `path` is a folder.
    """
    if path.is_dir() and not path.is_symlink():
        raise UserError(f"{path} is een map, geen bestand; kies een andere naam")
    with _plain_errors(path.parent):
        _remove_leftovers(path)
        partial, descriptor = _locked_file(path, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            # inside the block: the lock that keeps others from clearing the file away goes with the descriptor
            partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_to_disk(path.parent)


@contextmanager
def new_directory(path: Path, mode: int = 0o755) -> Iterator[Path]:
    """Give a hidden folder to fill; it becomes `path` in one step when the block ends well, and is gone otherwise.

    Left-overs of killed runs for the same `path` are removed. Raises UserError when `path` exists (nothing is ever
    overwritten) or its parent does not.
    """
    if path.exists() or path.is_symlink():
        raise UserError(f"{path} bestaat al; kies een andere naam of verwijder hem eerst")
    with _plain_errors(path.parent):
        _remove_leftovers(path)
        partial, descriptor = _locked_folder(path)
    try:
        yield partial
        _settle(partial, mode)
        try:
            # rename fails on a folder that is not empty, so that of two runs at once one wins whole
            partial.rename(path)
        except OSError as error:
            if error.errno not in {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}:
                raise
            raise UserError(f"{path} is intussen door een andere run gemaakt; die is blijven staan") from None
        sync_to_disk(path.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        os.close(descriptor)


@contextmanager
def replace_directory(path: Path, mode: int = 0o755) -> Iterator[Path]:
    """Give a hidden folder to fill; when the block ends well it takes the place of the folder `path` in one step.

    At every moment `path` is the old folder or the new one, whole (renameat2 with RENAME_EXCHANGE, Linux). The old
    one is removed after that; what a kill in between leaves is removed by the next run for the same `path`, or by
    `remove_leftovers`. When the block fails the old folder stays. Raises UserError when `path` is no folder, and on a
    file system that cannot exchange two names.
    """
    if path.is_symlink() or not path.is_dir():
        raise UserError(f"map {path} bestaat niet; er is niets te vervangen")
    with _plain_errors(path.parent):
        _remove_leftovers(path)
        partial, descriptor = _locked_folder(path)
    try:
        yield partial
        _settle(partial, mode)
        _exchange(partial, path)
        sync_to_disk(path.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        os.close(descriptor)


def remove_directory(path: Path) -> None:
    """Remove a folder in one step: it is there whole, or gone. What a kill leaves goes as with `remove_leftovers`."""
    with _plain_errors(path.parent):
        _remove_leftovers(path)
        gone = _partial_path(path)
        path.rename(gone)
    sync_to_disk(path.parent)
    shutil.rmtree(gone, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Remove from `folder` whatever killed runs left unfinished; what a living run is at work on stays."""
    with _plain_errors(folder):
        _remove_matching(folder, re.compile(rf"{re.escape(_PARTIAL)}.+-[0-9a-f]{{16}}"))


def _settle(partial: Path, mode: int) -> None:
    for entry in partial.rglob("*"):
        if not entry.is_symlink() and (entry.is_file() or entry.is_dir()):
            sync_to_disk(entry)
    partial.chmod(mode)
    sync_to_disk(partial)


def _exchange(one: Path, other: Path) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    if library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE):
        number = ctypes.get_errno()
        if number in {errno.EINVAL, errno.ENOSYS}:
            raise UserError(
                f"het bestandssysteem van {other.parent} kan een map niet in één stap vervangen; "
                "zet de pakketten op een Linux-bestandssysteem (ext4, xfs, btrfs, overlay)"
            )
        raise OSError(number, os.strerror(number), str(other))


def sync_to_disk(path: Path) -> None:
    """Make sure that what a file holds, or a folder lists, is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _plain_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"map {folder} bestaat niet; maak haar eerst") from None
    except OSError as error:
        if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise
        raise UserError(f"map {folder} is niet schrijfbaar voor u; kies een andere map") from None


# A run holds a file lock on what it has not finished. The system drops the lock when the process dies, however it dies;
# so what is unlocked is a left-over, also when a new process has the old one's number (in a container it always has).


def _partial_path(path: Path) -> Path:
    return path.with_name(f"{_PARTIAL}{path.name}-{secrets.token_hex(8)}")


def _locked_file(path: Path, mode: int) -> tuple[Path, int]:
    while True:
        partial = _partial_path(path)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        if _lock(partial, descriptor):
            return partial, descriptor


def _locked_folder(path: Path) -> tuple[Path, int]:
    while True:
        partial = _partial_path(path)
        partial.mkdir(mode=0o700)
        try:
            descriptor = os.open(partial, os.O_RDONLY)
        except FileNotFoundError:
            continue  # another run took it for a left-over between the two calls
        if _lock(partial, descriptor):
            return partial, descriptor


def _lock(partial: Path, descriptor: int) -> bool:
    """Lock what was just made; False when another run cleared it away before the lock was there."""
    # on a file system without locks nobody can lock it, so nobody takes it for a left-over either
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    if partial.exists():
        return True
    os.close(descriptor)
    return False


def _remove_leftovers(path: Path) -> None:
    """Remove unfinished files and folders for `path` that no living process holds."""
    _remove_matching(path.parent, re.compile(rf"{re.escape(_PARTIAL + path.name)}-[0-9a-f]{{16}}"))


def _remove_matching(folder: Path, leftover_name: re.Pattern[str]) -> None:
    for name in os.listdir(folder):  # noqa: PTH208 - names are enough, for folders that hold many files
        if not leftover_name.fullmatch(name):
            continue
        leftover = folder / name
        try:
            descriptor = os.open(leftover, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue  # gone already, or of another user
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)
        except OSError:
            continue  # in use
        finally:
            os.close(descriptor)
