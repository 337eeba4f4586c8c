"""From the secret of a project, by way of the key of a domain, to pseudonyms.

Key of a domain: HKDF-SHA-256 (RFC 5869, no salt) of the project's secret with info
`zoo/<scheme>/<domain>/normalisatie-<n>`. Another project, domain or normalisation version is another key, and what is
made under two keys cannot be linked.

Rotation adds a secret. Version 1 of a pseudonym is the keyed hash of the canonical identifier; version n is the keyed
hash, under the key from secret n, of the 16 bytes of version n-1. So old pseudonyms can be brought to the new version
without any identifier, and identifiers that arrive later run the same chain.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pseudonimisering.pseudonyms.schemes import DEFAULT_SCHEME, PSEUDONYM_BYTES, SCHEMES, Kernel
from zoo_formaat.errors import UserError

SECRET_BYTES = 32
# Rows at a time: what is in between stays in the processor's cache, and memory stays bounded
_ROWS = 1 << 16
# Finding equal values costs nearly as much as hashing them (measured: it wins from six times on, and not by much before
# ten), so distinct columns are hashed as they are
_REPEATS = 8


class DomainKey:
    """The keys of one domain, one per version of the project's secret."""

    __slots__ = ("_deduplicate", "_kernels", "domain")

    def __init__(self, kernels: Sequence[Kernel], domain: str, *, deduplicate: bool) -> None:
        """kernels: the keyed hashes, oldest version first. deduplicate: hash equal identifiers once."""
        self._kernels = tuple(kernels)
        self._deduplicate = deduplicate
        self.domain = domain

    def __repr__(self) -> str:
        return f"DomainKey({self.domain})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("een sleutel verlaat het proces niet")

    def pseudonyms(self, identifiers: pl.Series) -> pa.FixedSizeBinaryArray:
        """Return the pseudonym (newest version) of every identifier (canonical text), 16 bytes; null stays null.

        Raises TypeError for a column that is not text: as a number an identifier has lost its zeros.
        """
        if identifiers.dtype not in {pl.String, pl.Null}:
            raise TypeError(f"identifiers are text, not {identifiers.dtype}")
        if self._deduplicate and _repeats(identifiers):
            encoded = identifiers.cast(pl.String).to_arrow().dictionary_encode()
            distinct = self.pseudonyms(pl.Series(encoded.dictionary, dtype=pl.String))
            return distinct.take(encoded.indices)

        def messages(start: int) -> pa.LargeBinaryArray:
            part = identifiers.slice(start, _ROWS).drop_nulls()
            return part.cast(pl.String).to_arrow().cast(pa.large_binary())

        present = identifiers.is_not_null().to_numpy() if identifiers.null_count() else None
        return _hashed(messages, len(identifiers), present, self._kernels)

    def advance(self, pseudonyms: pa.Array, from_version: int) -> pa.FixedSizeBinaryArray:
        """Bring pseudonyms of an older version to the newest; null stays null.

        pseudonyms: 16 bytes each, as fixed-size binary or UUID. Raises ValueError for a version that there is not.
        """
        if not 1 <= from_version <= len(self._kernels):
            raise ValueError(f"pseudonyms of version {from_version} are unknown: the newest is {len(self._kernels)}")
        storage = pseudonyms.storage if isinstance(pseudonyms, pa.ExtensionArray) else pseudonyms
        later = self._kernels[from_version:]
        if not later:
            return storage

        def messages(start: int) -> pa.LargeBinaryArray:
            return storage.slice(start, _ROWS).drop_null().cast(pa.large_binary())

        present = storage.is_valid().to_numpy(zero_copy_only=False) if storage.null_count else None
        return _hashed(messages, len(storage), present, later)


class ProjectSecret:
    """The random secrets of one project, one per key version. Never shown: not by repr, pickle, log or error."""

    __slots__ = ("_secrets", "scheme")

    def __init__(self, secrets: Sequence[bytes], scheme: str = DEFAULT_SCHEME) -> None:
        """secrets: 32 bytes per version, oldest first.

        Raises UserError for an unknown scheme and ValueError for no secret or one of another length.
        """
        if scheme not in SCHEMES:
            raise UserError(f"schema '{scheme}' voor pseudoniemen bestaat niet; kies uit {', '.join(sorted(SCHEMES))}")
        if not secrets or any(not isinstance(s, bytes) or len(s) != SECRET_BYTES for s in secrets):
            raise ValueError("a project has at least one secret, of 32 bytes each")
        self._secrets = tuple(secrets)
        self.scheme = scheme

    def __repr__(self) -> str:
        return "ProjectSecret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("een geheim verlaat het proces niet")

    @property
    def version(self) -> int:
        """The version of the pseudonyms that this secret makes: 1, and one more for every rotation."""
        return len(self._secrets)

    def at_version(self, version: int) -> "ProjectSecret":
        """Return the secret as it was at an earlier version, to find what was made then; ValueError for none such."""
        if not 1 <= version <= self.version:
            raise ValueError(f"version {version} is unknown: the newest is {self.version}")
        return ProjectSecret(self._secrets[:version], self.scheme)

    def domain_key(self, domain: str, normalisation: int = 1) -> DomainKey:
        """Derive the key of a domain. normalisation: version of the canonical form of the domain's identifiers."""
        info = f"zoo/{self.scheme}/{domain}/normalisatie-{normalisation}".encode()
        scheme = SCHEMES[self.scheme]
        kernels = [
            scheme.kernel(HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=info).derive(secret))
            for secret in self._secrets
        ]
        return DomainKey(kernels, domain, deduplicate=scheme.deduplicate)


def _repeats(identifiers: pl.Series) -> bool:
    """Tell whether the average identifier stands there so often that hashing each once is less work."""
    # an estimate within a few percent, for a hundredth of what counting would cost
    if len(identifiers) <= _ROWS:
        return False
    distinct = int(identifiers.to_frame().select(pl.all().approx_n_unique()).item())
    return distinct * _REPEATS < len(identifiers)


def _hashed(
    messages: Callable[[int], pa.LargeBinaryArray],
    length: int,
    present: npt.NDArray[np.bool_] | None,
    kernels: Sequence[Kernel],
) -> pa.FixedSizeBinaryArray:
    """Return the hash, through all kernels in turn, of `length` values.

    messages: gives those of the rows from a row on that are there. present: which are, or None when all are.
    """
    result = np.zeros((length, PSEUDONYM_BYTES), dtype=np.uint8)

    def hash_part(start: int) -> None:
        digests = kernels[0].digest(messages(start))
        for kernel in kernels[1:]:
            digests = kernel.digest(_fixed(digests).cast(pa.large_binary()))
        part = slice(start, start + _ROWS)
        if present is None:
            result[part] = digests
        else:
            result[part][present[part]] = digests

    starts = range(0, length, _ROWS)
    if len(starts) > 1:
        with ThreadPoolExecutor(min(len(starts), len(os.sched_getaffinity(0)))) as pool:
            # list, so that an error in a thread is raised here
            list(pool.map(hash_part, starts))
    elif length:
        hash_part(0)
    return _fixed(result, present)


def _fixed(rows: npt.NDArray[np.uint8], present: npt.NDArray[np.bool_] | None = None) -> pa.FixedSizeBinaryArray:
    # through polars: pyarrow would load pandas for this, half a second of start-up
    validity = None if present is None else pl.Series(present).to_arrow().buffers()[1]
    buffer = pa.py_buffer(np.ascontiguousarray(rows))
    return pa.Array.from_buffers(pa.binary(PSEUDONYM_BYTES), len(rows), [validity, buffer])
