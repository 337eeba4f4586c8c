"""Keys on disk: private ones readable by their owner only, public ones as small JSON files.

A private key `NAME.sleutel` holds the holder's name and the raw key; `NAME.pub.json` beside it holds the public part.
"""

import base64
import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field

from zoo_formaat.atomic import write_file
from zoo_formaat.canonical import canonical_bytes, parse_json
from zoo_formaat.document import Strict, parse_values, read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.signature import PrivateKey, PublicKey

PRIVATE_SUFFIX = ".sleutel"
PUBLIC_SUFFIX = ".pub.json"


class _PrivateFile(Strict):
    houder: str
    geheim: str = Field(repr=False)
    demo: bool


def read_secret(path: Path, what: str) -> bytes:
    """Return the bytes of a secret file that only its owner can reach.

    Raises UserError when the file is missing, is a symbolic link, belongs to somebody else, or is open to group or
    others; the check is made on the opened file, so it cannot be swapped in between. The error never holds content.
    """
    try:
        # not blocking: opening a pipe that stands in the key's place would wait for ever
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise UserError(f"{what} {path} bestaat niet; controleer het pad") from None
    except PermissionError:
        raise UserError(f"{what} {path} is niet leesbaar voor u") from None
    except OSError:
        raise UserError(f"{what} {path} is een koppeling of geen bestand; noem het bestand zelf") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UserError(f"{what} {path} is geen bestand; noem het bestand zelf")
        if status.st_uid != os.geteuid():
            raise UserError(f"{what} {path} is van een andere gebruiker; gebruik uw eigen sleutel")
        if status.st_mode & 0o077:
            raise UserError(f"{what} {path} is leesbaar voor anderen; doe eerst: chmod 600 {path}")
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return stream.read()
    finally:
        os.close(descriptor)


def write_key_pair(folder: Path, key: PrivateKey) -> None:
    """Write `<holder>.sleutel` (mode 0600) and `<holder>.pub.json` into `folder`; raises UserError when they exist."""
    private = folder / f"{key.public.houder}{PRIVATE_SUFFIX}"
    public = folder / f"{key.public.houder}{PUBLIC_SUFFIX}"
    for path in (private, public):
        if path.exists():
            raise UserError(f"{path} bestaat al; een sleutel wordt nooit overschreven")
    secret = base64.b64encode(key.private_bytes()).decode()
    content = {"houder": key.public.houder, "geheim": secret, "demo": key.public.demo}
    write_file(private, canonical_bytes(content) + b"\n", mode=0o600)
    write_file(public, public_bytes(key.public))


def read_private_key(path: Path) -> PrivateKey:
    """Read a private key file. Raises UserError when others can read it or it is malformed; never shows its content."""
    content = read_secret(path, "sleutelbestand")
    try:
        data = parse_values(parse_json(content, str(path)), _PrivateFile, str(path))
        raw = base64.b64decode(data.geheim, validate=True)
        return PrivateKey(Ed25519PrivateKey.from_private_bytes(raw), data.houder, demo=data.demo)
    except (UserError, ValueError):
        raise UserError(f"sleutelbestand {path} is geen geldige sleutel; maak een nieuwe") from None


def public_bytes(key: PublicKey) -> bytes:
    """Return the bytes of a public key file."""
    return canonical_bytes(key.model_dump()) + b"\n"


def read_public_key(path: Path) -> PublicKey:
    """Read one public key file. Raises UserError when it is missing or malformed."""
    return parse_values(parse_json(read_bytes(path, "publieke sleutel"), str(path)), PublicKey, str(path))


def read_public_keys(folder: Path) -> list[PublicKey]:
    """Read all `*.pub.json` of a folder in order of name; an absent folder holds none.

    Raises UserError when two files give one holder different keys or one key to two holders: a decision must lead to
    exactly one person.
    """
    keys = [read_public_key(path) for path in sorted(folder.glob(f"*{PUBLIC_SUFFIX}"))]
    if len({key.houder for key in keys}) < len(keys) or len({key.id for key in keys}) < len(keys):
        raise UserError(f"map {folder}: een houder of sleutel komt twee keer voor; laat er één staan")
    return keys
