"""The master key in three shares, of which any two restore it: nobody opens the custody alone.

Shares are SLIP-39 mnemonics (SatoshiLabs Improvement Proposal 39: Shamir's secret sharing over GF(256) with a digest of
the secret, 33 words with a checksum), so that a share can be written on paper and typed back. A custodian may seal the
share file with a passphrase: argon2id (RFC 9106, the second recommended parameters) and AES-256-GCM.
"""

import base64
import binascii
import re
import secrets
import shutil
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from pydantic import Field, ValidationError

from pseudonimisering.custody.master import MASTER_BYTES, MasterDescription, MemoryMaster, new_id
from pseudonimisering.custody.memory import keep_in_memory_only
from zoo_formaat.atomic import new_directory, write_file
from zoo_formaat.canonical import canonical_bytes, parse_json
from zoo_formaat.document import Strict
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_secret

THRESHOLD = 2
CUSTODIANS = 3
PASSPHRASE_CHARACTERS = 12
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SALT_BYTES = 16
_NONCE_BYTES = 12

AskPassphrase = Callable[[str], str]
"""Asks for the passphrase of a custodian, by name."""


@dataclass(frozen=True)
class Custodian:
    """Who gets a share, and the passphrase that seals its file (None: it is not sealed)."""

    name: str
    passphrase: str | None = field(default=None, repr=False)


class _ShareAbout(Strict):
    versie: Literal[1] = 1
    soort: Literal["deel"] = "deel"
    bewaarplaats: str
    hoofdsleutel: str
    bewaarder: str


class _ShareFile(_ShareAbout):
    woorden: str | None = Field(None, repr=False)
    verzegeld: str | None = Field(None, repr=False)


def check_custodians(custodians: Sequence[Custodian]) -> None:
    """Raise UserError unless these are three people with a name each and passphrases that are long enough."""
    names = [custodian.name for custodian in custodians]
    if len(names) != CUSTODIANS or len(set(names)) < len(names):
        raise UserError(
            f"noem precies {CUSTODIANS} verschillende bewaarders (--bewaarder NAAM, drie keer); "
            f"{THRESHOLD} van hen openen de bewaarplaats"
        )
    for custodian in custodians:
        if not _NAME.fullmatch(custodian.name):
            raise UserError(
                f"bewaarder '{custodian.name}': een naam bestaat uit kleine letters, cijfers, punt en streep"
            )
        if custodian.passphrase is not None and len(custodian.passphrase) < PASSPHRASE_CHARACTERS:
            raise UserError(f"wachtzin van {custodian.name}: neem er een van minstens {PASSPHRASE_CHARACTERS} tekens")


def make_shared_master(
    folder: Path, custodians: Sequence[Custodian], custody: str, known: Collection[str] = ()
) -> tuple[MasterDescription, MemoryMaster]:
    """Make a master key that exists as three share files only, `folder`/NAME.deel.json (mode 0600).

    custody: the id of the custody. known: the master keys it ever had; shares of another one of this custody are of a
    run that was killed before it counted, and make place. Raises UserError when `folder` holds anything else.
    """
    from shamir_mnemonic import generate_mnemonics

    check_custodians(custodians)
    _clear_killed_run(folder, custody, known)
    keep_in_memory_only()
    key, name = secrets.token_bytes(MASTER_BYTES), new_id()
    # the passphrase of SLIP-39 itself stays empty: it cannot tell a wrong one from a right one
    (mnemonics,) = generate_mnemonics(1, [(THRESHOLD, CUSTODIANS)], key, iteration_exponent=0)
    with new_directory(folder, mode=0o700) as partial:
        for custodian, words in zip(custodians, mnemonics, strict=True):
            about = _ShareAbout(bewaarplaats=custody, hoofdsleutel=name, bewaarder=custodian.name)
            secret: dict[str, str | None] = {"woorden": words}
            if custodian.passphrase is not None:
                secret = {"verzegeld": _sealed(words, custodian.passphrase, about)}
            content = canonical_bytes(about.model_dump() | secret) + b"\n"
            write_file(partial / f"{custodian.name}.deel.json", content, mode=0o600)
    description = MasterDescription(id=name, soort="delen", bewaarders=[custodian.name for custodian in custodians])
    return description, MemoryMaster(key, name)


def open_shared_master(
    description: MasterDescription, custody: str, shares: Sequence[Path], ask: AskPassphrase
) -> MemoryMaster:
    """Restore the master key from two share files. ask: called for the passphrase of a sealed share.

    Raises UserError that says what to bring when the shares are too few, of one person, of another custody or master
    key, damaged, or when a passphrase is wrong. No error holds words of a share.
    """
    from shamir_mnemonic import MnemonicError, combine_mnemonics

    if len(shares) < THRESHOLD:
        raise UserError(
            f"deze bewaarplaats gaat open met de delen van {THRESHOLD} bewaarders "
            f"({', '.join(description.bewaarders)}): geef --deel BESTAND twee keer"
        )
    if len(shares) > THRESHOLD:
        raise UserError(f"geef precies {THRESHOLD} delen; een derde is niet nodig en hoort niet op dezelfde plek")
    files = [(path, _read_share(path)) for path in shares]
    for path, share in files:
        if share.bewaarplaats != custody:
            raise UserError(f"deel {path} hoort bij een andere bewaarplaats; neem het deel van deze")
        if share.hoofdsleutel != description.id:
            raise UserError(
                f"deel {path} hoort bij een eerdere hoofdsleutel van deze bewaarplaats; neem het deel dat nu geldt"
            )
    if len({share.bewaarder for _, share in files}) < THRESHOLD:
        raise UserError("de delen zijn van één bewaarder; geef delen van twee verschillende bewaarders")
    keep_in_memory_only()
    words = [_words(path, share, ask) for path, share in files]
    try:
        key = combine_mnemonics(words)
    except (MnemonicError, ValueError):
        raise UserError(f"de delen {shares[0]} en {shares[1]} passen niet bij elkaar of zijn beschadigd") from None
    return MemoryMaster(key, description.id)


def custodians_of(shares: Sequence[Path]) -> list[str]:
    """Return the names of the people whose share files these are."""
    return [_read_share(path).bewaarder for path in shares]


def _read_share(path: Path) -> _ShareFile:
    content = read_secret(path, "deel")
    try:
        share = _ShareFile.model_validate(parse_json(content, str(path)))
    except (UserError, ValidationError):
        share = None
    if share is None or (share.woorden is None) == (share.verzegeld is None):
        raise UserError(f"deel {path} is geen deel van een hoofdsleutel of is beschadigd; neem het origineel")
    return share


def _words(path: Path, share: _ShareFile, ask: AskPassphrase) -> str:
    if share.woorden is not None:
        return share.woorden
    assert share.verzegeld is not None  # noqa: S101 - _read_share made sure of one of the two
    passphrase = ask(share.bewaarder)
    about = _ShareAbout(bewaarplaats=share.bewaarplaats, hoofdsleutel=share.hoofdsleutel, bewaarder=share.bewaarder)
    try:
        sealed = base64.b64decode(share.verzegeld, validate=True)
        salt, nonce = sealed[:_SALT_BYTES], sealed[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]
        content = sealed[_SALT_BYTES + _NONCE_BYTES :]
        return AESGCM(_stretched(passphrase, salt)).decrypt(nonce, content, _bound(about)).decode()
    except (InvalidTag, binascii.Error, ValueError):
        raise UserError(
            f"deel {path}: de wachtzin van {share.bewaarder} klopt niet, of het deel is beschadigd"
        ) from None


def _sealed(words: str, passphrase: str, about: _ShareAbout) -> str:
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    content = AESGCM(_stretched(passphrase, salt)).encrypt(nonce, words.encode(), _bound(about))
    return base64.b64encode(salt + nonce + content).decode()


def _stretched(passphrase: str, salt: bytes) -> bytes:
    # one form, so that a passphrase typed on another keyboard or system is the same
    text = unicodedata.normalize("NFC", passphrase).encode()
    return Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=64 * 1024).derive(text)


def _bound(about: _ShareAbout) -> bytes:
    return canonical_bytes(about.model_dump())


def _clear_killed_run(folder: Path, custody: str, known: Collection[str]) -> None:
    """Remove a folder of shares of this custody whose master key never came into use."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    if not known or len(files) != CUSTODIANS or not all(file.name.endswith(".deel.json") for file in files):
        return
    shares = [_read_share(file) for file in files]
    if all(share.bewaarplaats == custody and share.hoofdsleutel not in known for share in shares):
        shutil.rmtree(folder)
