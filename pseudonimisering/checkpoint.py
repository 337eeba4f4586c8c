"""The private work folder of a delivery under way: what is finished survives the process, whatever ends it.

Beside the target stands `.<PACKAGE>.bezig` (mode 0700). It holds pseudonyms and typed attributes, never an identifier,
and belongs to one input: contract, project, files (path, size, times and inode: who changes a file changes its change
time), keys and, when a package is added to, that package. The same input continues where it was; another starts anew.
No digest of a file's content is kept, because a digest confirms a guess of the content.
"""

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pseudonimisering.canonical import Tally
from zoo_formaat.atomic import sync_to_disk, write_file
from zoo_formaat.canonical import canonical_bytes, digest
from zoo_formaat.errors import UserError

_FORMAT = 1
"""Raised when the content of the work folder changes: what an older version left is not continued."""

_INPUT = "invoer.json"


@dataclass(frozen=True)
class Position:
    """How far the chunks of a table are: the next chunk (file and number in it) and the rows in the files before it."""

    file: int = 0
    chunk: int = 0
    rows_before: int = 0


class TableWork:
    """The finished chunks of one table, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """Open the folder of a table, or make it, and read what is finished."""
        self.folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)
        self.tally = Tally()
        self.position = Position()
        self.parts: list[Path] = []
        rows_in_file = 0
        while (state := _read(self._state(len(self.parts)))) is not None:
            if state["bestand"] != self.position.file:
                self.position = Position(state["bestand"], 0, self.position.rows_before + rows_in_file)
                rows_in_file = 0
            tally = Tally.from_json(state["telling"])
            self.tally.add(tally)
            rows_in_file += tally.delivered
            self.position = Position(state["bestand"], state["deel"] + 1, self.position.rows_before)
            self.parts.append(self.part(len(self.parts)))

    def part(self, number: int) -> Path:
        """Return the path of a chunk's Parquet file."""
        return self.folder / f"deel-{number:05}.parquet"

    def add(self, file: int, chunk: int, tally: Tally) -> None:
        """Note that the next part, which stands at `part(len(parts))`, is finished."""
        path = self.part(len(self.parts))
        sync_to_disk(path)
        state = {"bestand": file, "deel": chunk, "telling": tally.as_json()}
        write_file(self._state(len(self.parts)), canonical_bytes(state), mode=0o600)
        self.tally.add(tally)
        self.parts.append(path)

    def finish(self, result: Mapping[str, Any]) -> None:
        """Note that the table's files are finished, with what describes them; the parts are no longer needed."""
        write_file(self.folder / "klaar.json", canonical_bytes(dict(result)), mode=0o600)
        for path in self.parts:
            path.unlink()

    def finished(self) -> dict[str, Any] | None:
        """Return what `finish` noted, or None."""
        return _read(self.folder / "klaar.json")

    def _state(self, number: int) -> Path:
        return self.folder / f"deel-{number:05}.json"


class Work:
    """The locked work folder of one delivery."""

    def __init__(self, path: Path) -> None:
        """Use `path`, which `work_folder` made and locked."""
        self.path = path

    def begin(self, key: str) -> bool:
        """Empty the folder unless it belongs to the input `key`; return whether there is something to continue."""
        found = _read(self.path / _INPUT)
        if found is not None and found.get("invoer") == key:
            return any(self.path.glob("*/*.json"))
        _empty(self.path)
        write_file(self.path / _INPUT, canonical_bytes({"invoer": key}), mode=0o600)
        return False

    def table(self, name: str) -> TableWork:
        """Return the work on one table."""
        return TableWork(self.path / f"tabel-{name}")

    def package(self) -> Path:
        """Return an empty folder in which the package can be put together."""
        folder = self.path / "pakket"
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
        return folder

    def remove(self) -> None:
        """Remove the folder with everything in it."""
        shutil.rmtree(self.path)


@contextmanager
def work_folder(target: Path) -> Iterator[Work]:
    """Give the work folder of `target`, locked: of two runs at once the second gets a UserError.

    The folder stays when the block ends with an error that is no UserError (so that a next run continues), and is gone
    otherwise. Raises UserError when the folder in which the package should stand is not there or not writable.
    """
    if any("\ud800" <= letter <= "\udfff" for letter in str(target)):
        raise UserError(f"{target}: de naam is geen UTF-8; kies een andere naam")
    path = target.with_name(f".{target.name}.bezig")
    descriptor = _locked(path, target)
    work = Work(path)
    try:
        yield work
    except UserError:
        work.remove()
        raise
    else:
        work.remove()
    finally:
        # the system drops the lock when the process dies, however it dies
        os.close(descriptor)


def input_key(contract: str, project: str, files: Mapping[str, Sequence[Path]], **others: str) -> str:
    """Return the digest by which a work folder recognises its input.

    contract, project: their digests. files: table -> files. others: whatever else the result depends on.
    """
    tables = {table: [_identity(path) for path in paths] for table, paths in files.items()}
    content = {"vorm": _FORMAT, "contract": contract, "project": project, "bestanden": tables, **others}
    return digest(content)


def _identity(path: Path) -> list[str]:
    status = path.stat()
    numbers = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    # as text: nanoseconds do not fit in the exact integers of JSON
    return [os.fsencode(path.resolve()).hex(), *map(str, numbers)]


def _locked(path: Path, target: Path) -> int:
    while True:
        try:
            path.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:
            if target.parent.is_dir():
                continue  # another run removed it between the two calls
            raise UserError(f"map {target.parent} bestaat niet; maak haar eerst") from None
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ELOOP}:
                raise
            raise UserError(f"map {target.parent} is niet schrijfbaar voor u; kies een andere map") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise UserError(
                f"een andere run is al bezig met {target}; wacht tot die klaar is of kies een andere naam"
            ) from None
        os.fchmod(descriptor, 0o700)
        # the run that held the lock may have removed the folder in between
        try:
            same = os.path.samestat(os.fstat(descriptor), path.stat())
        except FileNotFoundError:
            same = False
        if same:
            return descriptor
        os.close(descriptor)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _read(path: Path) -> dict[str, Any] | None:
    """Return a state, or None where there is none; states are written whole, so one that does not parse is not ours."""
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return content
