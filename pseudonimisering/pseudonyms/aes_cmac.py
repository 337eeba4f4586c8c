"""AES-256-CMAC (NIST SP 800-38B; RFC 4493 for the algorithm in steps) over whole columns.

A message of at most 16 bytes is one block, so a whole column of short identifiers is one call of AES. Longer messages
go block by block, all messages that have such a block at once.

Who holds the key can invert it: one block is decrypted as easily as it is encrypted, so a pseudonym of an identifier of
at most 16 bytes gives that identifier back, without trying any. (HMAC does not: there the holder of the key has to try
all identifiers, which for BSNs takes a minute.) Who does not hold the key learns nothing in either scheme.
"""

from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB

_BYTES = 16
_GOES_ON = _BYTES + 1

Words = npt.NDArray[np.uint64]


def _words(rows: list[bytes]) -> Words:
    """Return 16-byte rows as pairs of little-endian numbers, for arithmetic on whole columns."""
    return np.frombuffer(b"".join(rows), dtype="<u8").reshape(-1, 2)


# By the number of bytes left of a message (17: more than one block): which bytes of a block are the message's
_KEEP = _words([(b"\xff" * min(left, _BYTES)).ljust(_BYTES, b"\0") for left in range(_GOES_ON + 1)])


class AesCmac:
    """AES-256-CMAC under one key."""

    __slots__ = ("_cipher", "_closing")

    def __init__(self, key: bytes) -> None:
        """key: 32 bytes."""
        self._cipher = Cipher(AES256(key), ECB())  # noqa: S305 - one block at a time is what CMAC is made of
        full = _doubled(self._cipher.encryptor().update(bytes(_BYTES)))
        filled = int.from_bytes(_doubled(full), "big")
        # By the number of bytes left: what is added to the block. The last one gets a subkey, and when it is not full a
        # one bit behind the message; the others get nothing.
        padding = [int.from_bytes(b"\x80".rjust(left + 1, b"\0").ljust(_BYTES, b"\0"), "big") for left in range(_BYTES)]
        self._closing = _words([*((bits ^ filled).to_bytes(_BYTES, "big") for bits in padding), full, bytes(_BYTES)])

    def __reduce__(self) -> NoReturn:
        raise TypeError("een sleutel verlaat het proces niet")

    def digest(self, messages: pa.LargeBinaryArray) -> npt.NDArray[np.uint8]:
        """Return an (n, 16) array of authentication codes."""
        count = len(messages)
        if not count:
            return np.empty((0, _BYTES), dtype=np.uint8)
        offsets = np.frombuffer(messages.buffers()[1], dtype=np.int64)[messages.offset :][: count + 1]
        starts, lengths = offsets[:-1] - offsets[0], np.diff(offsets)
        windows = _windows(messages.buffers()[2], int(offsets[0]), int(offsets[-1]))
        blocks = np.maximum(1, -(-lengths // _BYTES))
        codes = self._encrypted(self._block(windows, starts, lengths))
        for index in range(1, int(blocks.max())):
            rows = np.flatnonzero(blocks > index)
            done = index * _BYTES
            codes[rows] = self._encrypted(codes[rows] ^ self._block(windows, starts[rows] + done, lengths[rows] - done))
        return codes.view(np.uint8)

    def _block(self, windows: Words, starts: npt.NDArray[np.int64], left: npt.NDArray[np.int64]) -> Words:
        """Return the block that starts at `starts` of messages of which `left` bytes are left, closed where it ends."""
        ending = np.minimum(left, _GOES_ON)
        block = np.empty((len(starts), 2), dtype="<u8")
        shortest, longest = int(ending.min()), int(ending.max())
        # one length for all, as numbers have, saves looking the masks up
        which = ending if shortest < longest else shortest
        for half in (0, 1):
            kept = windows[starts + 8 * half] & _KEEP[which, half]
            np.bitwise_xor(kept, self._closing[which, half], out=block[:, half])
        return block

    def _encrypted(self, block: Words) -> Words:
        # update_into wants room for one block more than it writes
        result = np.empty((len(block) + 1, 2), dtype="<u8")
        self._cipher.encryptor().update_into(block.data.cast("B"), result.data.cast("B"))
        return result[:-1]


def _doubled(block: bytes) -> bytes:
    """Multiply by x in GF(2^128), the step from one subkey to the next (SP 800-38B, section 6.1)."""
    number = int.from_bytes(block, "big")
    return ((number << 1) % 2**128 ^ (0x87 if number >> 127 else 0)).to_bytes(_BYTES, "big")


def _windows(data: pa.Buffer | None, start: int, stop: int) -> Words:
    """Return the eight bytes from every byte on, as a view; behind the end stand zeros."""
    padded = np.zeros(stop - start + 2 * _BYTES, dtype=np.uint8)
    if data is not None:
        padded[: stop - start] = np.frombuffer(data, dtype=np.uint8)[start:stop]
    return np.ndarray((len(padded) - 7,), dtype="<u8", buffer=padded, strides=(1,))
