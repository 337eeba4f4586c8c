"""How a master key is kept: in the open custody, in three shares of which two open it, or in a hardware token."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pseudonimisering.custody.layout import LOG, MASTER_FILE, read_description, user_name
from pseudonimisering.custody.master import MASTER_BYTES, Master, MasterDescription, MemoryMaster, new_id
from pseudonimisering.custody.memory import keep_in_memory_only
from pseudonimisering.custody.shares import (
    AskPassphrase,
    Custodian,
    custodians_of,
    make_shared_master,
    open_shared_master,
)
from zoo_formaat.atomic import write_file
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import EventLog
from zoo_formaat.keys import read_secret


@dataclass(frozen=True)
class OpenKeeping:
    """Keep the master key as a file in the custody."""


@dataclass(frozen=True)
class SharedKeeping:
    """Keep the master key as three share files in a new folder."""

    custodians: Sequence[Custodian]
    folder: Path


@dataclass(frozen=True)
class TokenKeeping:
    """Keep the master key in the PKCS#11 token with this label."""

    module: Path
    token: str
    pin: str = field(repr=False)


Keeping = OpenKeeping | SharedKeeping | TokenKeeping


def make_master(
    keeping: Keeping, folder: Path, custody: str, known: Sequence[str] = ()
) -> tuple[Master, MasterDescription]:
    """Make a new master key and keep it as told; `folder` takes the file of one that is kept `open`.

    known: ids of the master keys the custody had and has. Raises UserError when it cannot be kept so.
    """
    if isinstance(keeping, SharedKeeping):
        description, shared = make_shared_master(keeping.folder, keeping.custodians, custody, known)
        return shared, description
    if isinstance(keeping, TokenKeeping):
        from pseudonimisering.custody.pkcs11 import make_token_master

        description, token = make_token_master(keeping.module, keeping.token, keeping.pin, custody)
        return token, description
    return make_open_master(folder)


def open_master(path: Path, shares: Sequence[Path] = (), ask: AskPassphrase | None = None) -> Master:
    """Open the master key of the custody `path`.

    shares: two share files, for one that is shared. ask: called for the passphrase of a share or the PIN of a token.
    Logs who opened it with whose shares. Raises UserError that says what is missing or does not fit.
    """
    description = read_description(path)
    kept = description.hoofdsleutel
    if ask is None and kept.soort != "open":
        needs = (
            "de PIN van het token" if kept.soort == "pkcs11" else f"delen van {' of '.join(kept.bewaarders)}: --deel"
        )
        raise UserError(f"bewaarplaats {path} gaat open met {needs}; deze opdracht kreeg die niet")
    log = EventLog(path / LOG, "pseudonimisering")
    if kept.soort == "delen":
        assert ask is not None  # noqa: S101 - see above
        shared = open_shared_master(kept, description.id, shares, ask)
        log.append(user_name(), "hoofdsleutel open", kept.id, "gelukt", delen=custodians_of(shares))
        return shared
    if shares:
        raise UserError(f"bewaarplaats {path} heeft geen gedeelde hoofdsleutel; laat --deel weg")
    if kept.soort == "pkcs11":
        from pseudonimisering.custody.pkcs11 import open_token_master

        assert ask is not None  # noqa: S101 - see above
        token = open_token_master(kept, description.id, ask(f"token {kept.token}"))
        log.append(user_name(), "hoofdsleutel open", kept.id, "gelukt", token=kept.token)
        return token
    keep_in_memory_only()
    content = read_secret(path / MASTER_FILE, "hoofdsleutel")
    if len(content) != MASTER_BYTES:
        raise UserError(f"hoofdsleutel {path / MASTER_FILE} is beschadigd; zet de reservekopie terug")
    return MemoryMaster(content, kept.id)


def make_open_master(folder: Path) -> tuple[MemoryMaster, MasterDescription]:
    """Make a master key as a file of `folder`, for a custody that is open to whoever can read it."""
    keep_in_memory_only()
    key, name = secrets.token_bytes(MASTER_BYTES), new_id()
    write_file(folder / MASTER_FILE, key, mode=0o600)
    return MemoryMaster(key, name), MasterDescription(id=name, soort="open")
