"""Pseudonyms as DuckDB exports them (texts of UUIDs) and as people see them (`p` and 26 characters), there and back."""

import uuid

import numpy as np
import pyarrow as pa

from zoo_formaat.errors import UserError
from zoo_formaat.pseudonym import from_text, to_text

_HEX = np.zeros(256, dtype=np.uint8)
_HEX[np.frombuffer(b"0123456789abcdef", dtype=np.uint8)] = np.arange(16, dtype=np.uint8)
_DASHES = (8, 13, 18, 23)
_UUID_LENGTH = 36
_BYTES = 16


def shown(uuids: pa.Array) -> pa.Array:
    """Return the text form of pseudonyms.

    uuids: an Arrow string array of UUID texts, as DuckDB exports them, or a list array of those; nulls stay null.
    """
    if pa.types.is_list(uuids.type):
        return pa.ListArray.from_arrays(uuids.offsets, shown(uuids.values), mask=uuids.is_null())
    valid = uuids.is_valid().to_numpy(zero_copy_only=False)
    raw = np.zeros((len(uuids), _BYTES), dtype=np.uint8)
    raw[valid] = _raw_bytes(uuids.drop_null())
    validity = pa.array(valid).buffers()[1] if uuids.null_count else None
    return to_text(pa.Array.from_buffers(pa.binary(_BYTES), len(uuids), [validity, pa.py_buffer(raw)]))


def _raw_bytes(present: pa.Array) -> np.ndarray:
    """Return (n, 16) bytes of n UUID texts; all have 36 characters, so their characters are one rectangle."""
    array = pa.array(present, type=pa.string()) if not pa.types.is_string(present.type) else present
    start = array.offset
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int32)[start : start + len(array) + 1]
    if len(array) == 0:
        return np.empty((0, _BYTES), dtype=np.uint8)
    characters = np.frombuffer(array.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
    digits = _HEX[np.delete(characters.reshape(-1, _UUID_LENGTH), _DASHES, axis=1)]
    return (digits[:, 0::2] << 4) | digits[:, 1::2]


def parse(text: str) -> uuid.UUID | None:
    """Return the pseudonym that a text shows, or None when the text is not the form of a pseudonym."""
    try:
        return uuid.UUID(bytes=from_text(pa.array([text]))[0].as_py())
    except UserError:
        return None
