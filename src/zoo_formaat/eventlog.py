"""The one log format of all zones: JSON lines, each holding the hash of the line before.

An entry has sequence number, time, actor, action, object, result, origin and optional counts; never an identifier.
Changing, removing or re-ordering a line breaks the chain at a line that `verify` names. Cutting off the end does not:
against that, heads are exported (issue F signs them).
"""

import fcntl
import os
import re
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zoo_formaat.canonical import canonical_bytes, digest, parse_json
from zoo_formaat.errors import UserError

START = "sha256:" + "0" * 64
_FIELDS = {"volgnummer", "tijd", "actor", "handeling", "object", "resultaat", "herkomst", "details", "vorige"}
# A run of eight digits or more in a text could be a BSN or KvK number (a file name may hold one): it is masked.
# Digests are hexadecimal and stay.
_IDENTIFIER = re.compile(r"(?<![0-9a-fA-F])[0-9]{8,}(?![0-9a-fA-F])")


class EventLog:
    """An append-only log file, shared by processes through a file lock."""

    def __init__(self, path: Path, origin: str) -> None:
        """Log to `path` (created with mode 0600 at the first entry); `origin` names the program that logs."""
        self.path = path
        self.origin = origin

    def append(self, actor: str, action: str, object: str, result: str, **details: Any) -> dict[str, Any]:
        """Add one entry and return it; the entry is on disk when this returns.

        Texts that look like an identifier are masked. Raises UserError when the log was damaged before.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            number, previous = self._head(stream.fileno())
            entry = {
                "volgnummer": number + 1,
                "tijd": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "actor": _masked(actor),
                "handeling": _masked(action),
                "object": _masked(object),
                "resultaat": _masked(result),
                "herkomst": f"{self.origin}@{socket.gethostname()}",
                "details": _masked(details),
                "vorige": previous,
            }
            stream.write(canonical_bytes(entry) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        return entry

    def _head(self, descriptor: int) -> tuple[int, str]:
        """Return number and digest of the last whole line; cut off a line that a killed process left unfinished."""
        size = os.fstat(descriptor).st_size
        if size == 0:
            return 0, START
        content = os.pread(descriptor, size, 0)
        end = content.rfind(b"\n") + 1
        if end < size:
            os.ftruncate(descriptor, end)
        if end == 0:
            return 0, START
        last = content[content.rfind(b"\n", 0, end - 1) + 1 : end - 1]
        entry = parse_json(last, str(self.path))
        if not isinstance(entry, dict) or not isinstance(entry.get("volgnummer"), int):
            raise UserError(f"{self.path}: de laatste regel is geen logregel; het logboek is beschadigd")
        return entry["volgnummer"], digest(last)


def _masked(value: Any) -> Any:
    """Return the value with every run of digits that could be a BSN or KvK number replaced by `#`."""
    if isinstance(value, str):
        return _IDENTIFIER.sub("#", value)
    if isinstance(value, dict):
        return {_masked(key): _masked(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(part) for part in value]
    return value


def verify(path: Path) -> int:
    """Check the whole chain and return the number of entries (0 for an absent log).

    Raises UserError that names the first line that was changed, removed, inserted or moved.
    """
    if not path.exists():
        return 0
    previous, number = START, 0
    content = path.read_bytes()
    lines = content.split(b"\n")
    if lines[-1]:
        raise UserError(f"{path}, regel {len(lines)}: onafgemaakte regel aan het eind")
    for number, line in enumerate(lines[:-1], start=1):
        entry = parse_json(line, f"{path}, regel {number}")
        if not isinstance(entry, dict) or set(entry) != _FIELDS or canonical_bytes(entry) != line:
            raise UserError(f"{path}, regel {number}: geen regel die dit programma schreef")
        if entry["volgnummer"] != number or entry["vorige"] != previous:
            raise UserError(
                f"{path}, regel {number}: sluit niet aan op de vorige regel; er is een regel gewijzigd, "
                "verwijderd, tussengevoegd of verplaatst"
            )
        previous = digest(line)
    return number
