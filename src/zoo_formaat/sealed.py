"""Sealed files: anybody with the public key can write one, only the holder of the private key can read it.

A file is read and written in pieces, so its size is not bounded by memory. Cut off, re-ordered, repeated, swapped or
changed pieces are found. Who sealed a file it does not say: that is for the signature over the digest of the file.

    ZOOZEGEL | version (1) | recipients n (1) | ephemeral X25519 public key (32) | n x (key id (16) | wrapped key (48))
    then pieces of 64 KiB and a last one of at most that, each with a tag of 16 bytes

A random key per file is wrapped for every recipient with AES-256-GCM under HKDF-SHA-256 of the X25519 agreement
between the ephemeral key and the recipient's (RFC 7748, RFC 5869); both public keys are the salt, so that the wrapped
key belongs to this pair. The pieces follow the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, "Online
Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance" (CRYPTO 2015): the nonce is the number of the piece
(11 bytes, big-endian) and a byte that is 1 for the last piece. Every nonce is used once, because every file has its
own key. That key is bound to all bytes of the header and to `context`, which tells what the file is for.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal, NoReturn, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import Field

from zoo_formaat.atomic import write_file
from zoo_formaat.canonical import canonical_bytes, parse_json
from zoo_formaat.document import Strict, parse_values, read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_secret
from zoo_formaat.signature import PublicKeyText

PRIVATE_SUFFIX = ".zegelsleutel"
PUBLIC_SUFFIX = ".zegel.json"
PIECE = 65_536
"""Bytes of plaintext per piece."""

_MAGIC = b"ZOOZEGEL"
_VERSION = 1
_KEY_BYTES = 32
_ID_BYTES = 16
_TAG_BYTES = 16
_WRAPPED_BYTES = _KEY_BYTES + _TAG_BYTES
_START = len(_MAGIC) + 2 + _KEY_BYTES
_WRAP_NONCE = bytes(12)  # a wrapping key is used once


class SealKey(Strict):
    """The public key to which a file is sealed: who holds it, and the key (32 raw bytes in base64).

    `soort` keeps it apart from a key that signs, so that neither file can be taken for the other.
    """

    soort: Literal["x25519"]
    houder: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    sleutel: PublicKeyText
    demo: bool = False

    @property
    def id(self) -> str:
        """The key's fingerprint: the first 32 hexadecimals of the SHA-256 of its raw bytes."""
        return self.digest.hex()

    @property
    def digest(self) -> bytes:
        """The 16 bytes by which a file names its recipients."""
        return hashlib.sha256(self.raw).digest()[:_ID_BYTES]

    @property
    def raw(self) -> bytes:
        """The 32 bytes of the key."""
        return base64.b64decode(self.sleutel)


class OpeningKey:
    """The private key that opens what was sealed to its public part. Its representation never shows it."""

    def __init__(self, key: X25519PrivateKey, houder: str, *, demo: bool = False) -> None:
        self._key = key
        raw = key.public_key().public_bytes_raw()
        self.public = SealKey(soort="x25519", houder=houder, sleutel=base64.b64encode(raw).decode(), demo=demo)

    @classmethod
    def generate(cls, houder: str, *, demo: bool = False) -> Self:
        """Make a new key from the operating system's randomness."""
        return cls(X25519PrivateKey.generate(), houder, demo=demo)

    def agree(self, ephemeral: bytes) -> bytes:
        """Return the X25519 agreement with an ephemeral public key; ValueError for a key that agrees with nothing."""
        return self._key.exchange(X25519PublicKey.from_public_bytes(ephemeral))

    def private_bytes(self) -> bytes:
        """Return the 32 raw secret bytes; only `write_seal_keys` writes them, to a file of mode 0600."""
        return self._key.private_bytes_raw()

    def __repr__(self) -> str:
        return f"OpeningKey({self.public.houder}, {self.public.id})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("een sleutel verlaat het proces niet")


class _PrivateFile(Strict):
    soort: Literal["x25519"]
    houder: str
    geheim: str = Field(repr=False)
    demo: bool


# --------------------------------------------------------------------------------------------------------------- files


def seal(pieces: Iterable[bytes], target: BinaryIO, recipients: Sequence[SealKey], context: str) -> None:
    """Write the bytes of `pieces` (of any lengths) to `target`, sealed to every recipient.

    context: what the file is for; it opens with the same context only. Raises ValueError without recipients, and for a
    recipient's key that is no point of use (all agreements with it would be zero).
    """
    if not 0 < len(recipients) < 256:
        raise ValueError("a sealed file has 1 to 255 recipients")
    key = secrets.token_bytes(_KEY_BYTES)
    ephemeral = X25519PrivateKey.generate()
    public = ephemeral.public_key().public_bytes_raw()
    header = _MAGIC + bytes([_VERSION, len(recipients)]) + public
    for recipient in recipients:
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient.raw))
        wrapping = _wrapping_key(shared, public, recipient)
        header += recipient.digest + AESGCM(wrapping).encrypt(_WRAP_NONCE, key, None)
    target.write(header)
    cipher = _content_cipher(key, header, context)
    number, waiting = 0, bytearray()
    for piece in pieces:
        waiting += piece
        # a piece is written once it is known not to be the last
        while len(waiting) > PIECE:
            target.write(cipher.encrypt(_nonce(number, last=False), bytes(waiting[:PIECE]), None))
            del waiting[:PIECE]
            number += 1
    target.write(cipher.encrypt(_nonce(number, last=True), bytes(waiting), None))


def unseal(source: BinaryIO, key: OpeningKey, context: str, name: str) -> Iterator[bytes]:
    """Yield the bytes of a sealed file in pieces.

    Each piece is genuine when it comes; that none is missing is known when the iterator ends, so nothing may be
    concluded before. name: the file's name in errors. Raises UserError for another kind or version of file, one
    sealed to others or for another use, and one that was cut off or changed.
    """
    start = source.read(_START)
    if not start.startswith(_MAGIC):
        raise UserError(f"{name}: is geen verzegeld bestand; vraag het opnieuw aan zone 1")
    if len(start) < _START:
        _cut_off(name)
    version, count = start[len(_MAGIC)], start[len(_MAGIC) + 1]
    if version != _VERSION:
        raise UserError(f"{name}: verzegeld in versie {version}, deze software leest versie {_VERSION}; werk haar bij")
    size = _ID_BYTES + _WRAPPED_BYTES
    wrapped = source.read(count * size)
    if len(wrapped) < count * size:
        _cut_off(name)
    cipher = _content_cipher(_unwrapped(start, wrapped, key, name), start + wrapped, context)
    number, piece = 0, source.read(PIECE + _TAG_BYTES)
    while following := source.read(PIECE + _TAG_BYTES):
        yield _opened(cipher, number, piece, name, last=False)
        number, piece = number + 1, following
    yield _opened(cipher, number, piece, name, last=True)


def _unwrapped(start: bytes, wrapped: bytes, key: OpeningKey, name: str) -> bytes:
    ephemeral = start[-_KEY_BYTES:]
    size = _ID_BYTES + _WRAPPED_BYTES
    for offset in range(0, len(wrapped), size):
        if wrapped[offset : offset + _ID_BYTES] != key.public.digest:
            continue
        try:
            wrapping = _wrapping_key(key.agree(ephemeral), ephemeral, key.public)
            return AESGCM(wrapping).decrypt(_WRAP_NONCE, wrapped[offset + _ID_BYTES : offset + size], None)
        except (InvalidTag, ValueError):
            _changed(name)
    raise UserError(f"{name}: is niet verzegeld voor de sleutel van {key.public.houder}; vraag zone 1 om een nieuwe")


def _opened(cipher: AESGCM, number: int, piece: bytes, name: str, *, last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last=last), piece, None)
    except InvalidTag:
        pass
    if last:
        # a whole piece that is genuine but not the last: the rest is gone
        try:
            cipher.decrypt(_nonce(number, last=False), piece, None)
        except InvalidTag:
            _changed(name)
        _cut_off(name)
    _changed(name)


def _cut_off(name: str) -> NoReturn:
    raise UserError(f"{name}: het verzegelde bestand is afgekapt; zet het origineel terug of vraag een nieuwe levering")


def _changed(name: str) -> NoReturn:
    raise UserError(
        f"{name}: het verzegelde bestand is gewijzigd, afgekapt of voor iets anders bedoeld; "
        "zet het origineel terug of vraag een nieuwe levering"
    )


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _wrapping_key(shared: bytes, ephemeral: bytes, recipient: SealKey) -> bytes:
    salt = ephemeral + recipient.raw
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=salt, info=b"zoo/zegel/1/sleutel").derive(shared)


def _content_cipher(key: bytes, header: bytes, context: str) -> AESGCM:
    salt = hashlib.sha256(header).digest()
    info = b"zoo/zegel/1/inhoud/" + context.encode()
    return AESGCM(HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=salt, info=info).derive(key))


# ---------------------------------------------------------------------------------------------------------------- keys


def write_seal_keys(folder: Path, key: OpeningKey) -> None:
    """Write `<holder>.zegelsleutel` (mode 0600) and `<holder>.zegel.json`; raises UserError when they exist."""
    private = folder / f"{key.public.houder}{PRIVATE_SUFFIX}"
    public = folder / f"{key.public.houder}{PUBLIC_SUFFIX}"
    for path in (private, public):
        if path.exists():
            raise UserError(f"{path} bestaat al; een sleutel wordt nooit overschreven")
    secret = base64.b64encode(key.private_bytes()).decode()
    content = {"soort": "x25519", "houder": key.public.houder, "geheim": secret, "demo": key.public.demo}
    write_file(private, canonical_bytes(content) + b"\n", mode=0o600)
    write_file(public, seal_key_bytes(key.public))


def seal_key_bytes(key: SealKey) -> bytes:
    """Return the bytes of a public key file."""
    return canonical_bytes(key.model_dump()) + b"\n"


def read_opening_key(path: Path) -> OpeningKey:
    """Read a private key file. Raises UserError when others can read it or it is malformed; never shows its content."""
    content = read_secret(path, "zegelsleutel")
    try:
        data = parse_values(parse_json(content, str(path)), _PrivateFile, str(path))
        raw = base64.b64decode(data.geheim, validate=True)
        return OpeningKey(X25519PrivateKey.from_private_bytes(raw), data.houder, demo=data.demo)
    except (UserError, ValueError):
        raise UserError(f"zegelsleutel {path} is geen geldige sleutel; zet de reservekopie terug") from None


def read_seal_key(path: Path) -> SealKey:
    """Read one public key file. Raises UserError when it is missing, malformed, or a key that signs."""
    return parse_values(parse_json(read_bytes(path, "zegelsleutel"), str(path)), SealKey, str(path))


def read_seal_keys(folder: Path) -> list[SealKey]:
    """Read all `*.zegel.json` of a folder in order of name; an absent folder holds none.

    Raises UserError when a holder or key comes twice.
    """
    keys = [read_seal_key(path) for path in sorted(folder.glob(f"*{PUBLIC_SUFFIX}"))]
    if len({key.houder for key in keys}) < len(keys) or len({key.id for key in keys}) < len(keys):
        raise UserError(f"map {folder}: een houder of sleutel komt twee keer voor; laat er één staan")
    return keys
