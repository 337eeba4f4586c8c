"""BSN: nine digits that satisfy the elfproef.

Source: Wet algemene bepalingen burgerservicenummer, and Logisch Ontwerp BRP (RvIG), element 01.20: nine digits
s0..s8 with 9*s0 + 8*s1 + 7*s2 + 6*s3 + 5*s4 + 4*s5 + 3*s6 + 2*s7 - s8 a multiple of 11, and not zero. One number in
ten begins with 0, one in a hundred with 00.
"""

import polars as pl

from pseudonimisering.normalise.reason import Normalised, Reason
from pseudonimisering.normalise.text import fixed_length, read_digits


def elfproef(digits: pl.Expr) -> pl.Expr:
    """Whether a text of at most nine digits satisfies the elfproef: 9a + 8b + ... + 2h - i, multiple of 11."""
    number = digits.cast(pl.UInt32, strict=False)
    return pl.sum_horizontal((number // 10**k % 10) * (k + 1) for k in range(1, 9)) % 11 == number % 10


def normalise_bsn(values: pl.Series, *, numeric: bool = False) -> Normalised:
    """Return nine digits that satisfy the elfproef; at most two lost zeros are put back, where they are proven."""
    failure = pl.when(~elfproef(pl.col("nummer"))).then(pl.lit(Reason.ELFPROEF.value))
    return fixed_length(read_digits(values, numeric=numeric), 9, 7, failure)
