"""How a pseudonym is shown: `p` and 26 lower-case base32 characters, never in the shape of a source identifier.

In a package a pseudonym is 16 bytes (Parquet UUID). Its text form begins with a letter, has no leading zeros to lose
and cannot be taken for a BSN, a KvK number or a BAG id. Alphabet: RFC 4648 base32, lower-case, without padding.
"""

import base64
import re
import uuid

import numpy as np
import pyarrow as pa

_ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)
_SHOWN = re.compile(r"^p[a-z2-7]{25}[aeimquy4]$")
_CHARACTERS = 26
_HEX = np.zeros(256, dtype=np.uint8)
_HEX[np.frombuffer(b"0123456789abcdef", dtype=np.uint8)] = np.arange(16, dtype=np.uint8)
_DASHES = (8, 13, 18, 23)
_UUID_LENGTH = 36


def shown(uuids: pa.Array) -> pa.Array:
    """Return the text form of pseudonyms.

    uuids: an Arrow string array of UUID texts, as DuckDB exports them, or a list array of those; nulls stay null.
    """
    if pa.types.is_list(uuids.type):
        return pa.ListArray.from_arrays(uuids.offsets, shown(uuids.values), mask=uuids.is_null())
    present = uuids.drop_null()
    texts = np.empty((len(present), 1 + _CHARACTERS), dtype=np.uint8)
    texts[:, 0] = ord("p")
    texts[:, 1:] = _ALPHABET[_base32_digits(_raw_bytes(present))]
    size = 1 + _CHARACTERS
    offsets = np.zeros(len(uuids) + 1, dtype=np.int32)
    valid = uuids.is_valid().to_numpy(zero_copy_only=False)
    np.cumsum(valid * size, out=offsets[1:])
    validity = pa.array(valid).buffers()[1] if uuids.null_count else None
    return pa.StringArray.from_buffers(len(uuids), pa.py_buffer(offsets), pa.py_buffer(texts.tobytes()), validity)


def _raw_bytes(present: pa.Array) -> np.ndarray:
    """Return (n, 16) bytes of n UUID texts; all have 36 characters, so their characters are one rectangle."""
    array = pa.array(present, type=pa.string()) if not pa.types.is_string(present.type) else present
    start = array.offset
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int32)[start : start + len(array) + 1]
    if len(array) == 0:
        return np.empty((0, 16), dtype=np.uint8)
    characters = np.frombuffer(array.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
    digits = _HEX[np.delete(characters.reshape(-1, _UUID_LENGTH), _DASHES, axis=1)]
    return (digits[:, 0::2] << 4) | digits[:, 1::2]


def _base32_digits(raw: np.ndarray) -> np.ndarray:
    """Return (n, 26) base32 digits of (n, 16) bytes: 128 bits in groups of five, the last filled up with zeros."""
    bits = np.unpackbits(raw, axis=1)
    padded = np.zeros((len(raw), _CHARACTERS * 5), dtype=np.uint8)
    padded[:, : bits.shape[1]] = bits
    weights = np.array([16, 8, 4, 2, 1], dtype=np.uint8)
    digits: np.ndarray = padded.reshape(len(raw), _CHARACTERS, 5) @ weights
    return digits


def parse(text: str) -> uuid.UUID | None:
    """Return the pseudonym that a text shows, or None when the text is not the form of a pseudonym."""
    if not _SHOWN.match(text):
        return None
    return uuid.UUID(bytes=base64.b32decode(text[1:].upper() + "======"))
