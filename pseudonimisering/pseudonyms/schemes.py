"""The registered keyed hashes. A scheme's name stands in every manifest; what a name means never changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pseudonimisering.pseudonyms import aes_cmac, hmac_sha256

PSEUDONYM_BYTES = 16
DEFAULT_SCHEME = "hmac-sha256/128"


class Kernel(Protocol):
    """One keyed hash with its key. Used from several threads at once; shows its key nowhere."""

    def digest(self, messages: pa.LargeBinaryArray) -> npt.NDArray[np.uint8]:
        """Return an (n, 16) array: the first 128 bits of the keyed hash of each of n messages (no nulls)."""


@dataclass(frozen=True)
class Scheme:
    """A keyed hash to 128 bits.

    kernel: makes it of a domain key of 32 bytes. invertible: whether the holder of the key can compute a short
    identifier back from its pseudonym; without the key nobody can. deduplicate: whether a value costs so much that
    finding equal values first pays.
    """

    kernel: Callable[[bytes], Kernel]
    invertible: bool
    deduplicate: bool


SCHEMES: dict[str, Scheme] = {
    DEFAULT_SCHEME: Scheme(hmac_sha256.kernel, invertible=False, deduplicate=True),
    "aes256-cmac": Scheme(aes_cmac.AesCmac, invertible=True, deduplicate=False),
}


def collision_bound(entities: int, versions: int = 1) -> float:
    """Return an upper bound on the probability that two of `entities` in one domain share a pseudonym.

    versions: how many keyed functions the pseudonyms went through (rotation); each is one more chance. The birthday
    bound: n(n-1)/2 pairs, each equal with probability 2^-128. It holds as far as the keyed hash cannot be told from a
    random function, which is what HMAC-SHA-256 and CMAC are trusted for. In `aes256-cmac` two identifiers of less than
    16 bytes never meet: they are one block of a permutation.
    """
    return versions * (entities * (entities - 1) / 2) / 2.0 ** (8 * PSEUDONYM_BYTES)
