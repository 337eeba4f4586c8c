"""Pseudonyms: a deterministic keyed hash per domain, made for whole columns at a time.

Scheme `hmac-sha256/128`: HMAC-SHA-256 (RFC 2104, FIPS 198-1) over the UTF-8 bytes of the canonical identifier,
truncated to its first 128 bits. The key of a domain is HKDF-SHA-256 (RFC 5869, no salt) of the project's secret with
info `zoo/hmac-sha256/128/v<version>/<domain>`, so that neither two projects nor two domains can be linked.

Collisions: n distinct identifiers in one domain collide with probability of at most n^2 / 2^129: 5e-25 for 18 million.
"""

import hashlib
from typing import NoReturn

import polars as pl
import pyarrow as pa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SCHEME = "hmac-sha256/128"
KEY_VERSION = 1
SECRET_BYTES = 32
PSEUDONYM_BYTES = 16
_BLOCK = 64


class DomainKey:
    """The key of one domain, held as the two SHA-256 states that an HMAC starts from."""

    __slots__ = ("_inner", "_outer", "domain")

    def __init__(self, key: bytes, domain: str) -> None:
        padded = key.ljust(_BLOCK, b"\0")
        self.domain = domain
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def __repr__(self) -> str:
        return f"DomainKey({self.domain})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("een sleutel verlaat het proces niet")

    def pseudonyms(self, identifiers: pl.Series) -> pa.FixedSizeBinaryArray:
        """Return the pseudonym of every identifier (canonical text), 16 bytes each; null stays null.

        Every distinct identifier is hashed once.
        """
        encoded = identifiers.cast(pl.String).to_arrow().cast(pa.large_binary()).dictionary_encode()
        start, finish = self._inner.copy, self._outer.copy
        hashes = []
        for identifier in encoded.dictionary.to_pylist():
            inner = start()
            inner.update(identifier)
            outer = finish()
            outer.update(inner.digest())
            hashes.append(outer.digest()[:PSEUDONYM_BYTES])
        distinct = pa.Array.from_buffers(
            pa.binary(PSEUDONYM_BYTES), len(hashes), [None, pa.py_buffer(b"".join(hashes))]
        )
        return distinct.take(encoded.indices)


class ProjectSecret:
    """The random secret of one project. It is never shown: not by repr, pickle, log or error."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError("a project secret has 32 bytes")
        self._secret = secret

    def __repr__(self) -> str:
        return "ProjectSecret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("een geheim verlaat het proces niet")

    def domain_key(self, domain: str) -> DomainKey:
        """Derive the key of a domain."""
        info = f"zoo/{SCHEME}/v{KEY_VERSION}/{domain}".encode()
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._secret)
        return DomainKey(key, domain)
