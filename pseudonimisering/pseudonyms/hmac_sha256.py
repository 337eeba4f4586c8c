"""HMAC-SHA-256 (RFC 2104, FIPS 198-1) truncated to its first 128 bits, over whole columns.

The key is text: the 64 lower-case hexadecimal characters of a domain key. That is one block of SHA-256, so it is used
as it is, and the native kernel, which takes its key as text, computes the same as any other HMAC.

The native kernel is the plugin polars-hash. Its key travels in the plan of a query, which polars can serialise. So the
query runs at once on rows in memory, nobody gets to hold it, and what goes wrong in it is told by its kind alone.
"""

import functools
import hashlib
import hmac
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

_BLOCK = 64
_BYTES = 16
_HEX_BYTES = 64

# Value of two hexadecimal characters, by the 16-bit number that their bytes make
_PAIR = np.zeros(65_536, dtype=np.uint8)
_PAIR[np.frombuffer(bytes(range(256)).hex().encode(), dtype="<u2")] = np.arange(256, dtype=np.uint8)


class PortableHmac:
    """A loop over copies of the two SHA-256 states that every HMAC under one key starts from."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: str) -> None:
        """key: text of at most 64 bytes."""
        padded = key.encode().ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def __reduce__(self) -> NoReturn:
        raise TypeError("een sleutel verlaat het proces niet")

    def digest(self, messages: pa.LargeBinaryArray) -> npt.NDArray[np.uint8]:
        """Return an (n, 16) array of hashes."""
        start, finish = self._inner.copy, self._outer.copy
        hashes = []
        for message in messages.to_pylist():
            inner = start()
            inner.update(message)
            outer = finish()
            outer.update(inner.digest())
            hashes.append(outer.digest()[:_BYTES])
        return np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, _BYTES)


class NativeHmac:
    """The plugin polars-hash."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        """key: text of at most 64 bytes."""
        self._key = key

    def __reduce__(self) -> NoReturn:
        raise TypeError("een sleutel verlaat het proces niet")

    def digest(self, messages: pa.LargeBinaryArray) -> npt.NDArray[np.uint8]:
        """Return an (n, 16) array of hashes. Raises RuntimeError, without cause or context, when the plugin fails."""
        import polars_hash

        if not len(messages):
            return np.empty((0, _BYTES), dtype=np.uint8)
        frame = pl.Series("m", messages, dtype=pl.Binary).to_frame()
        try:
            texts = frame.select(polars_hash.col("m").chash.hmac_sha256(key=self._key)).to_series()
        except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 - its frames hold the key
            kind = type(error).__name__
        else:
            return _first_bytes(texts)
        # Outside the handler: an error raised inside would carry the plugin's error, and its frames, along
        raise RuntimeError(f"the native HMAC kernel failed ({kind})")


def _first_bytes(texts: pl.Series) -> npt.NDArray[np.uint8]:
    """Return the first 16 bytes of hashes given as 64 hexadecimal characters each."""
    if texts.null_count() or not (texts.str.len_bytes() == _HEX_BYTES).all():
        raise RuntimeError("the native HMAC kernel returned something else than hashes")
    characters = texts.to_arrow().buffers()[2]
    pairs = np.frombuffer(characters, dtype="<u2", count=len(texts) * _HEX_BYTES // 2)
    return _PAIR.take(pairs.reshape(len(texts), -1)[:, :_BYTES])


def kernel(key: bytes) -> PortableHmac | NativeHmac:
    """Return the fastest kernel that computes HMAC correctly here. key: the 32 bytes of a domain key."""
    return NativeHmac(key.hex()) if native_is_right() else PortableHmac(key.hex())


@functools.cache
def native_is_right() -> bool:
    """Tell whether the plugin is there and gives the standard library's answers; asked once per process."""
    key = hashlib.sha256(b"known answers").hexdigest()
    # around the lengths at which SHA-256 needs another block, and bytes that are no text
    lengths = [*range(20), *range(50, 70), *range(115, 135), 1_000]
    messages = [(bytes(range(256)) * 4)[:length] for length in lengths]
    expected = [hmac.digest(key.encode(), message, "sha256")[:_BYTES] for message in messages]
    try:
        # through polars: pyarrow would load pandas for this, half a second of start-up
        found = NativeHmac(key).digest(pl.Series(messages, dtype=pl.Binary).to_arrow())
    except (ImportError, AttributeError, RuntimeError):
        return False
    return [bytes(row) for row in found] == expected
