"""The text form of a pseudonym: `p` and the 26 base32 characters of its 16 bytes.

It begins with a letter, has no leading zeros to lose, and cannot be taken for a BSN, a KvK number or a BAG id, nor read
as a number by a spreadsheet. Alphabet: RFC 4648, section 6, in lower case, without padding. The 26 characters hold 130
bits; the last two are zero, so that every pseudonym has one text only.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zoo_formaat.errors import UserError

_BYTES = 16
_CHARACTERS = 26
_SIZE = 1 + _CHARACTERS
_ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)
_NO_DIGIT = 32
_DIGIT = np.full(256, _NO_DIGIT, dtype=np.uint8)
_DIGIT[_ALPHABET] = np.arange(32, dtype=np.uint8)
_BITS = np.array([16, 8, 4, 2, 1], dtype=np.uint8)
# Rows at a time: in between every bit takes a byte
_ROWS = 1 << 16


def to_text(pseudonyms: pa.Array) -> pa.StringArray:
    """Return the text form of pseudonyms (16 bytes, fixed-size binary or UUID); null stays null."""
    storage = pseudonyms.storage if isinstance(pseudonyms, pa.ExtensionArray) else pseudonyms
    raw = _bytes_of(storage.drop_null())
    texts = np.empty((len(raw), _SIZE), dtype=np.uint8)
    texts[:, 0] = ord("p")
    for start in range(0, len(raw), _ROWS):
        part = slice(start, start + _ROWS)
        bits = np.unpackbits(raw[part], axis=1)
        padded = np.zeros((len(bits), 5 * _CHARACTERS), dtype=np.uint8)
        padded[:, : bits.shape[1]] = bits
        texts[part, 1:] = _ALPHABET[padded.reshape(-1, _CHARACTERS, 5) @ _BITS]
    present = storage.is_valid().to_numpy(zero_copy_only=False)
    offsets = np.zeros(len(storage) + 1, dtype=np.int64)
    np.cumsum(present * _SIZE, out=offsets[1:])
    validity = pa.array(present).buffers()[1] if storage.null_count else None
    made = pa.LargeStringArray.from_buffers(len(storage), pa.py_buffer(offsets), pa.py_buffer(texts), validity)
    return made.cast(pa.string())


def from_text(texts: pa.Array) -> pa.FixedSizeBinaryArray:
    """Return the pseudonyms (16 bytes) that texts show; null stays null.

    Raises UserError, which names the first row (from 1) and no value, for a text that is no pseudonym.
    """
    present = texts.is_valid().to_numpy(zero_copy_only=False)
    found = texts.drop_null().cast(pa.large_binary())
    offsets = np.frombuffer(found.buffers()[1], dtype=np.int64)[found.offset :][: len(found) + 1]
    characters = np.frombuffer(found.buffers()[2] or b"", dtype=np.uint8)
    right = np.diff(offsets) == _SIZE
    raw = np.zeros((len(found), _BYTES), dtype=np.uint8)
    candidates = np.flatnonzero(right)
    for start in range(0, len(candidates), _ROWS):
        part = candidates[start : start + _ROWS]
        text = characters[offsets[part][:, None] + np.arange(_SIZE)]
        digits = _DIGIT[text[:, 1:]]
        bits = np.unpackbits(digits[:, :, None], axis=2)[:, :, 3:].reshape(-1, 5 * _CHARACTERS)
        unused = bits[:, 8 * _BYTES :].any(axis=1)
        right[part] = (text[:, 0] == ord("p")) & (digits < _NO_DIGIT).all(axis=1) & ~unused
        raw[part] = np.packbits(bits[:, : 8 * _BYTES], axis=1)
    if not right.all():
        row = int(np.flatnonzero(present)[np.flatnonzero(~right)[0]]) + 1
        raise UserError(
            f"rij {row}: dit is geen pseudoniem; een pseudoniem is de letter p met 26 kleine letters en cijfers 2 tot 7"
        )
    result = np.zeros((len(texts), _BYTES), dtype=np.uint8)
    result[present] = raw
    validity = pa.array(present).buffers()[1] if texts.null_count else None
    return pa.Array.from_buffers(pa.binary(_BYTES), len(texts), [validity, pa.py_buffer(result)])


def _bytes_of(storage: pa.FixedSizeBinaryArray) -> npt.NDArray[np.uint8]:
    """Return the (n, 16) bytes of an array without nulls."""
    raw = np.frombuffer(storage.buffers()[1] or b"", dtype=np.uint8).reshape(-1, _BYTES)
    return raw[storage.offset : storage.offset + len(storage)]
