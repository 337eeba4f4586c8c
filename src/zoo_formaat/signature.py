"""Ed25519 signatures over bytes, in DSSE envelopes.

Source: DSSE protocol 1.0 (secure-systems-lab), RFC 8032. The payload type is part of what is signed, so a signature
under one kind of document can never be used under another.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from typing import Annotated, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AfterValidator, Field, field_validator

from zoo_formaat.canonical import canonical_bytes, parse_json
from zoo_formaat.document import Strict, parse_values
from zoo_formaat.errors import UserError


def _decode(text: str) -> bytes:
    """Return the bytes of base64 in its one canonical spelling, so that one key or document has one text."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("verwacht base64") from None
    if base64.b64encode(raw).decode() != text:
        raise ValueError("verwacht base64 in de gewone schrijfwijze")
    return raw


def _public_key_text(text: str) -> str:
    if len(_decode(text)) != 32:
        raise ValueError("verwacht een Ed25519-sleutel van 32 bytes in base64")
    return text


PublicKeyText = Annotated[str, AfterValidator(_public_key_text)]
"""The text of an Ed25519 public key in a document: its 32 raw bytes in base64."""


class PublicKey(Strict):
    """Who holds a key, and the key itself (32 raw bytes in base64).

    `demo` marks keys that were made for demonstration. The mark is enrolled with the key: the door accepts signatures
    of such keys for packages signed `synthetisch` only.
    """

    houder: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    sleutel: PublicKeyText
    demo: bool = False

    @property
    def id(self) -> str:
        """The key's fingerprint: the first 32 hexadecimals of the SHA-256 of its raw bytes."""
        return hashlib.sha256(_decode(self.sleutel)).hexdigest()[:32]

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Say whether `signature` was made over `message` by the holder of this key."""
        try:
            Ed25519PublicKey.from_public_bytes(_decode(self.sleutel)).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class PrivateKey:
    """A signing key in memory. Its representation never shows it."""

    def __init__(self, key: Ed25519PrivateKey, houder: str, *, demo: bool = False) -> None:
        self._key = key
        raw = key.public_key().public_bytes_raw()
        self.public = PublicKey(houder=houder, sleutel=base64.b64encode(raw).decode(), demo=demo)

    @classmethod
    def generate(cls, houder: str, *, demo: bool = False) -> Self:
        """Make a new key from the operating system's randomness (never from a seed)."""
        return cls(Ed25519PrivateKey.generate(), houder, demo=demo)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature over `message`."""
        return self._key.sign(message)

    def private_bytes(self) -> bytes:
        """Return the 32 raw secret bytes; only `zoo_formaat.keys` writes them, to a file of mode 0600."""
        return self._key.private_bytes_raw()

    def __repr__(self) -> str:
        return f"PrivateKey({self.public.houder}, {self.public.id})"


class Signature(Strict):
    """One signature in an envelope: which key made it, and its 64 bytes in base64."""

    keyid: str
    sig: str


class Envelope(Strict):
    """A DSSE envelope: the signed bytes (base64), what kind of document they are, and the signatures."""

    payloadType: str  # noqa: N815 - the name the DSSE protocol gives it
    payload: str
    signatures: list[Signature]

    @field_validator("payload")
    @classmethod
    def _is_base64(cls, text: str) -> str:
        _decode(text)
        return text

    def content(self) -> bytes:
        """Return the signed bytes."""
        return _decode(self.payload)

    def to_bytes(self) -> bytes:
        """Return the envelope as canonical JSON with a final newline."""
        return canonical_bytes(self.model_dump()) + b"\n"

    @classmethod
    def from_bytes(cls, content: bytes, source: str) -> Self:
        """Parse an envelope; `source` names the file in the UserError of a malformed one."""
        data = parse_json(content, source)
        if not isinstance(data, dict):
            raise UserError(f"{source}: geen handtekeningenbestand (verwacht een JSON-object)")
        return parse_values(data, cls, source)


def _pre_authentication(payload_type: str, payload: bytes) -> bytes:
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, payload_type: str, keys: Sequence[PrivateKey]) -> Envelope:
    """Sign `payload` as a document of `payload_type` with every key."""
    envelope = Envelope(payloadType=payload_type, payload=base64.b64encode(payload).decode(), signatures=[])
    for key in keys:
        envelope = add_signature(envelope, key)
    return envelope


def add_signature(envelope: Envelope, key: PrivateKey) -> Envelope:
    """Return the envelope with one more signature; an earlier one of the same key is replaced."""
    message = _pre_authentication(envelope.payloadType, envelope.content())
    made = Signature(keyid=key.public.id, sig=base64.b64encode(key.sign(message)).decode())
    others = [signature for signature in envelope.signatures if signature.keyid != made.keyid]
    return envelope.model_copy(update={"signatures": sorted([*others, made], key=lambda s: s.keyid)})


def verify(envelope: Envelope, payload_type: str, trusted: Iterable[PublicKey], source: str) -> list[PublicKey]:
    """Return the trusted keys that signed the envelope, each once, in order of their holder's name.

    Signatures of unknown keys do not count and do not harm. A signature that claims a trusted key and is false means
    that the document was changed: UserError naming `source` (the file) and the holder. So does another payload type.
    """
    if envelope.payloadType != payload_type:
        raise UserError(f"{source}: ondertekend als '{envelope.payloadType}', verwacht '{payload_type}'")
    message = _pre_authentication(envelope.payloadType, envelope.content())
    by_id = {key.id: key for key in trusted}
    valid: dict[str, PublicKey] = {}
    for signature in envelope.signatures:
        key = by_id.get(signature.keyid)
        if key is None:
            continue
        try:
            raw = _decode(signature.sig)
        except ValueError:
            raw = b""
        if not key.verifies(message, raw):
            raise UserError(
                f"{source}: de handtekening van {key.houder} klopt niet bij de inhoud; het bestand is na het "
                "ondertekenen gewijzigd. Herstel het origineel of laat opnieuw ondertekenen"
            )
        valid[key.id] = key
    return sorted(valid.values(), key=lambda key: (key.houder, key.id))
