"""A wrapped key on disk: what it is for, by which master key it was wrapped, and its wrapped bytes.

What it is for is bound to the bytes as associated data: a file that is put in the place of another does not open.
"""

import base64
import binascii
import os
import secrets
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from pseudonimisering.custody.master import Master, WrongKeyError
from pseudonimisering.pseudonyms import SECRET_BYTES
from zoo_formaat.atomic import sync_to_disk
from zoo_formaat.canonical import canonical_bytes, parse_json
from zoo_formaat.document import Strict
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_secret


class Use(Strict):
    """What a key is for: in which custody, and for a project's secret which project, version and scheme."""

    bewaarplaats: str
    soort: Literal["projectgeheim", "auditsleutel"]
    project: str = ""
    sleutelversie: int = 1
    schema_: str = ""


class WrappedKey(Strict):
    """The content of a wrapped key file, version 1."""

    versie: Literal[1] = 1
    gebruik: Use
    hoofdsleutel: str
    inhoud: str

    def to_bytes(self) -> bytes:
        """Return the bytes of the file."""
        return canonical_bytes(self.model_dump()) + b"\n"


def wrap(key: bytes, use: Use, master: Master) -> WrappedKey:
    """Wrap a key for one use."""
    inhoud = base64.b64encode(master.wrap(key, _about(use, master.id))).decode()
    return WrappedKey(gebruik=use, hoofdsleutel=master.id, inhoud=inhoud)


def unwrap(wrapped: WrappedKey, use: Use, master: Master, path: Path) -> bytes:
    """Return the key that `path` holds. Raises UserError when it is for another use or does not open."""
    if wrapped.gebruik != use:
        raise UserError(f"geheim {path} hoort niet op deze plaats (andere bewaarplaats, project of versie); {_RESTORE}")
    if wrapped.hoofdsleutel != master.id:
        raise UserError(
            f"geheim {path} is verpakt met een andere hoofdsleutel dan de geopende; voer de opdracht opnieuw uit, "
            "met de delen die nu gelden"
        )
    try:
        key = master.unwrap(base64.b64decode(wrapped.inhoud, validate=True), _about(use, master.id))
    except (WrongKeyError, binascii.Error, ValueError):
        raise UserError(f"geheim {path} is beschadigd of gaat met deze hoofdsleutel niet open; {_RESTORE}") from None
    if len(key) != SECRET_BYTES:
        raise UserError(f"geheim {path} is beschadigd; {_RESTORE}")
    return key


def read_wrapped(path: Path) -> WrappedKey:
    """Read a wrapped key file. Raises UserError when others can read it or it is damaged; never shows its content."""
    content = read_secret(path, "geheim")
    try:
        return WrappedKey.model_validate(parse_json(content, str(path)))
    except (UserError, ValidationError):
        raise UserError(f"geheim {path} is beschadigd; {_RESTORE}") from None


def write_once(path: Path, content: bytes) -> bool:
    """Write a file of mode 0600 that is never replaced; False when the name was taken, by whoever came first.

    Called under the lock of the custody, so that `clear_unfinished` takes nothing away from under a living run.
    """
    partial = path.with_name(f".onaf-{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        # a link fails when the name is taken
        path.hardlink_to(partial)
    except FileExistsError:
        return False
    finally:
        partial.unlink()
        sync_to_disk(path.parent)
    return True


def clear_unfinished(folder: Path) -> int:
    """Remove what killed runs left of `write_once`, and return how many there were; called under the lock.

    Not overwritten: it may be a second name of a file that counts.
    """
    leftovers = list(folder.glob(".onaf-" + "[0-9a-f]" * 16))
    for path in leftovers:
        path.unlink()
    return len(leftovers)


_RESTORE = "zet de reservekopie terug"


def _about(use: Use, master: str) -> bytes:
    return canonical_bytes({"versie": 1, "gebruik": use.model_dump(), "hoofdsleutel": master})
