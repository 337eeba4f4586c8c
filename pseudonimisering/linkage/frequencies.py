"""How rare the value is that two persons share: a chance agreement on it is as likely as the value is frequent."""

import numpy as np
import polars as pl

from pseudonimisering.linkage.candidates import Candidates, Floats
from pseudonimisering.linkage.comparisons import COMPARISONS, FREQUENCY_OF_LEVEL

_DAYS = 365.25


def rarity(pairs: Candidates, left: pl.DataFrame, right: pl.DataFrame) -> dict[str, Floats]:
    """Return per comparison and pair the frequency of the shared value over the mean frequency, 1 where none is shared.

    The chance that two strangers share a value is its frequency f in the population, and on average the sum of f²:
    their ratio is what the general rate of chance agreement is multiplied by (Winkler 1989, term frequencies).
    """
    found = {}
    for k, name in enumerate(COMPARISONS):
        factors = np.ones(len(pairs.left))
        for level, column in FREQUENCY_OF_LEVEL.get(name, {}).items():
            at = np.flatnonzero(pairs.levels[:, k] == level)
            if not len(at):
                continue
            frequencies = _relative(column, left, right)
            values = left.get_column(column).gather(pairs.left[at])
            wanted = pl.DataFrame({column: values}).join(frequencies, on=column, how="left", maintain_order="left")
            factors[at] = wanted.get_column("f").fill_null(1.0).to_numpy()
        found[name] = factors
    return found


def _relative(column: str, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Per value of a column (both sides together) its frequency over the mean frequency that a person's value has."""
    values = pl.concat([left.get_column(column), right.get_column(column)]).drop_nulls().to_frame()
    counts = values.group_by(column).len().with_columns(f=pl.col("len").cast(pl.Float64)).sort(column)
    if column == "geboren":
        counts = _dates(counts)
    mean = counts.select((pl.col("f") * pl.col("len")).sum() / pl.col("len").sum()).item()
    return counts.select(column, pl.col("f") / mean)


def _dates(counts: pl.DataFrame) -> pl.DataFrame:
    """Expect dates to be as frequent as their year says, except those far more frequent (the first of January)."""
    per_year = counts.with_columns(jaar=pl.col("geboren").str.slice(0, 4))
    expected = pl.col("len").sum().over("jaar") / _DAYS
    frequent = pl.col("len") > expected + 5 * expected.sqrt() + 5
    return per_year.with_columns(f=pl.when(frequent).then(pl.col("len").cast(pl.Float64)).otherwise(expected))
