"""The one log format of all zones: JSON lines, each holding the hash of the line before.

An entry has sequence number, time, actor, action, object, result, origin and optional counts; never an identifier.
Changing, removing or re-ordering a line breaks the chain at a line that `verify` names. Changing the last line, cutting
off the end, or writing everything after a change anew does not, since the hashes have no key: against that, heads are
exported (issue F signs them).
"""

import errno
import fcntl
import os
import re
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zoo_formaat.atomic import sync_to_disk
from zoo_formaat.canonical import canonical_bytes, digest, parse_json
from zoo_formaat.errors import UserError

START = "sha256:" + "0" * 64
_FIELDS = {"volgnummer", "tijd", "actor", "handeling", "object", "resultaat", "herkomst", "details", "vorige"}
# A run of eight digits or more in a text could be a BSN or KvK number (a file name may hold one): it is masked.
# What stays is what we make ourselves: whole digests and key ids (32 or 64 hexadecimals), UUIDs, and a text that is the
# id of a request (a letter, a dash, 12 hexadecimals). A letter beside digits makes no digest of them: `b123456782.csv`.
_IDENTIFIER = re.compile(
    r"(?<![0-9A-Za-z])(?P<own>[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9A-Za-z])"
    r"|\A(?P<request>[a-z]-[0-9a-f]{12})\Z|[0-9]{8,}"
)
_BLOCK = 8192


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
        entry = {
            "actor": _masked(actor),
            "handeling": _masked(action),
            "object": _masked(object),
            "resultaat": _masked(result),
            "herkomst": f"{self.origin}@{socket.gethostname()}",
            "details": _masked(details),
        }
        new = not self.path.exists()
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError:
            raise UserError(
                f"logboek {self.path} is niet te openen om te schrijven; controleer map en rechten"
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            number, previous, end = self._head(descriptor)
            entry |= {
                "volgnummer": number + 1,
                "tijd": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "vorige": previous,
            }
            line = canonical_bytes(entry) + b"\n"
            try:
                if os.write(descriptor, line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                os.ftruncate(descriptor, end)
                raise
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if new:
            sync_to_disk(self.path.parent)
        return entry

    def _head(self, descriptor: int) -> tuple[int, str, int]:
        """Return number, digest and end of the last whole line; cut off a line that a killed process left unfinished.

        Reads from the end: the cost of an entry does not grow with the log.
        """
        start = size = os.fstat(descriptor).st_size
        content = b""
        while start > 0 and content.count(b"\n") < 2:
            step = min(_BLOCK, start)
            start -= step
            content = os.pread(descriptor, step, start) + content
        length = content.rfind(b"\n") + 1
        end = start + length
        if end < size:
            os.ftruncate(descriptor, end)
        if end == 0:
            return 0, START, 0
        last = content[content.rfind(b"\n", 0, length - 1) + 1 : length - 1]
        damaged = UserError(f"{self.path}: de laatste regel is geen logregel; het logboek is beschadigd")
        try:
            entry = parse_json(last, str(self.path))
        except UserError:
            raise damaged from None
        if not isinstance(entry, dict) or not isinstance(entry.get("volgnummer"), int):
            raise damaged
        return entry["volgnummer"], digest(last), end


def _masked(value: Any) -> Any:
    """Return the value with every run of digits that could be a BSN or KvK number replaced by `#`."""
    if isinstance(value, str):
        # a file name that is not UTF-8 reaches us with lone surrogates, which JSON cannot hold
        text = value.encode("utf-8", "backslashreplace").decode()
        return _IDENTIFIER.sub(lambda found: found["own"] or found["request"] or "#", text)
    if isinstance(value, dict):
        return {_masked(key): _masked(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(part) for part in value]
    return value


def verify(path: Path) -> int:
    """Check the whole chain and return the number of entries (0 for an absent log).

    Raises UserError that names the first line that was changed, removed, inserted or moved.
    """
    try:
        with path.open("rb") as stream:
            # an entry that is being written at this moment is not damage
            fcntl.flock(stream, fcntl.LOCK_SH)
            content = stream.read()
    except FileNotFoundError:
        return 0
    except OSError:
        raise UserError(f"logboek {path} is niet leesbaar voor u; vraag de beheerder om leesrecht") from None
    previous, number = START, 0
    lines = content.split(b"\n")
    if lines[-1]:
        raise UserError(
            f"{path}, regel {len(lines)}: onafgemaakte regel aan het eind, van een afgebroken programma; de volgende "
            "handeling die wordt vastgelegd, ruimt haar op"
        )
    for number, line in enumerate(lines[:-1], start=1):
        entry = parse_json(line, f"{path}, regel {number}")
        if not isinstance(entry, dict) or set(entry) != _FIELDS or not _is_canonical(entry, line):
            raise UserError(f"{path}, regel {number}: geen regel die dit programma schreef")
        if entry["volgnummer"] != number or entry["vorige"] != previous:
            raise UserError(
                f"{path}, regel {number}: sluit niet aan op de vorige regel; er is een regel gewijzigd, "
                "verwijderd, tussengevoegd of verplaatst"
            )
        previous = digest(line)
    return number


def _is_canonical(entry: dict[str, Any], line: bytes) -> bool:
    try:
        return canonical_bytes(entry) == line
    except ValueError:
        return False
