"""Citizen numbers (BSN): nine digits that satisfy the elfproef.

Elfproef: 9·d1 + 8·d2 + … + 2·d8 − d9 is divisible by 11 (Logisch ontwerp BSN, RvIG). About one number in ten
starts with a zero, as in reality; none starts with two, since no such number was ever issued.
"""

import numpy as np
import polars as pl

from zoo_stad.arrays import Ints, Rng
from zoo_stad.selection import distinct_integers

_LOWEST_PREFIX = 1_000_000
_HIGHEST_PREFIX = 100_000_000


def draw_bsns(rng: Rng, number: int) -> Ints:
    """`number` different valid BSNs as integers, in random order."""
    found = np.empty(0, dtype=np.int64)
    # One prefix in eleven needs check digit 10 and is not valid, so draw a quarter more.
    prefixes = distinct_integers(rng, number + number // 4 + 50, _LOWEST_PREFIX, _HIGHEST_PREFIX)
    weighted = np.zeros_like(prefixes)
    rest = prefixes.copy()
    for weight in range(2, 10):
        weighted += weight * (rest % 10)
        rest //= 10
    check = weighted % 11
    found = (prefixes * 10 + check)[check < 10]
    return found[:number]


def as_text(bsns: Ints) -> pl.Series:
    """Nine-digit text, with leading zeros; 0 (nobody) becomes null."""
    column = pl.Series(bsns)
    return column.cast(pl.String).str.zfill(9).set(column == 0, None)
