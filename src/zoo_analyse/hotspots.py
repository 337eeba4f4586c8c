"""Hotspots: areas that, with their neighbours, are higher or lower than chance places such values together.

Source: Getis and Ord (1992), The analysis of spatial association by use of distance statistics, Geographical Analysis
24; Ord and Getis (1995), Local spatial autocorrelation statistics, Geographical Analysis 27 (the statistic Gi*, which
counts the area itself among its neighbours); Benjamini and Hochberg (1995) for many tests at once, as Caldas de Castro
and Singer (2006) advise for local statistics.

The statistic itself goes back to the values (a z-score at two decimals gave almost every count back), so what is meant
to leave is the class: significantly high, significantly low, or not.
"""

from collections.abc import Collection
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from zoo_analyse.areas import check_codes
from zoo_analyse.errors import FeatureError

Scale = Literal["begrensd", "waarde"]
HIGH, LOW, NOT, ALONE, UNTESTED = "hoog", "laag", "niet", "zonder buren", "niet getoetst"
MOST_PERMUTATIONS = 999_999
_DRAWN_AT_ONCE = 100_000
_EQUAL = 1e-9
"""Sums that differ less than this part of their size are one sum, added in another order."""


def local_g(values: "pd.Series[float]", pairs: pd.DataFrame) -> pd.DataFrame:
    """Gi* of Ord and Getis (1995) with binary weights, the area itself included, as a standard score.

    values: index area codes, finite. pairs: `gebied`, `buur`, both directions (see neighbours); pairs with an area
    that has no value take no part. Returns, index sorted area codes: `buren` (neighbours with a value), `som` (of the
    area and its neighbours), `z` (0 where every area is a neighbour, or all values are equal).
    Raises AreaCodeError (codes), FeatureError (a value that is missing or infinite).
    """
    check_codes(values.index)
    field = values.astype("float64").sort_index()
    if not np.isfinite(field.to_numpy()).all():
        raise FeatureError("niet elk gebied heeft een cijfer; vul ze (pooled_fill) of laat die gebieden weg")
    known = pairs[pairs["gebied"].isin(field.index) & pairs["buur"].isin(field.index)]
    # Sums depend in their last digit on the order of their parts.
    known = known.sort_values(["gebied", "buur"])
    beside = pd.Series(field.reindex(known["buur"]).to_numpy(), index=pd.Index(known["gebied"], dtype="str"))
    around = beside.groupby(level=0).agg(["size", "sum"]).reindex(field.index, fill_value=0.0)
    n, mean, spread = len(field), float(field.mean()), float(field.std(ddof=0))
    weights = around["size"] + 1.0
    total = field + around["sum"]
    expected_spread = spread * np.sqrt((n * weights - weights**2) / max(n - 1, 1))
    z = ((total - weights * mean) / expected_spread.where(expected_spread > _EQUAL * max(abs(mean), spread))).fillna(
        0.0
    )
    return pd.DataFrame({"buren": around["size"].astype("int64"), "som": total, "z": z}, index=field.index)


def winsorised(values: "pd.Series[float]", of: "pd.Series[float]") -> "pd.Series[float]":
    """The values, those under the 5th and above the 95th percentile of `of` brought back to there (Tukey 1962).

    One enormous value (a rate where hardly anybody lives) would otherwise be in so many of the random placements that
    no hotspot elsewhere could stand out.
    """
    low, high = np.percentile(of.to_numpy(dtype="float64"), [5, 95]) if len(of) else (-np.inf, np.inf)
    return values.clip(low, high)


def permutations_for(tests: int, rate: float) -> int:
    """How many random placements it takes for one single hotspot among `tests` areas to be found.

    The smallest two-sided p-value that M placements can give is 2/(M+1), and the strictest bound of Benjamini and
    Hochberg is rate/tests: the least of 9,999, 99,999 and 999,999 that gets below it, the last one if none does.
    """
    needed = 2 * tests / rate
    return next((number - 1 for number in (10_000, 100_000) if number >= needed), MOST_PERMUTATIONS)


def hotspots(
    values: "pd.Series[float]",
    pairs: pd.DataFrame,
    *,
    rate: float = 0.05,
    seed: int = 1,
    tested: Collection[str] | None = None,
    permutations: int | None = None,
    scale: Scale = "begrensd",
) -> pd.DataFrame:
    """Test every area against values placed at random, and say which stand out at a false-discovery rate.

    values, pairs: as for local_g. rate: at most this share of the areas pointed at is expected to be chance. tested:
    the areas to judge; the others take part as neighbours only (an area whose own number is not shown). permutations:
    random placements per number of neighbours; None for what the number of tests needs. scale: 'waarde' sums the values
    as they are; 'begrensd' first brings the lowest and the highest twentieth to where they begin (see winsorised).

    The null: the values are where they are by chance. The sum of an area and its d neighbours is compared with sums of
    d + 1 values drawn without replacement from all areas (areas with as many neighbours share their draws); the p-value
    is two-sided: twice the smaller tail, the observed placement counted among the drawn. Areas without neighbours are
    not tested: they would be compared on their own value only.

    Returns, index sorted area codes: `buren`, `z`, `p` (NaN when not tested), `klasse`: 'hoog', 'laag', 'niet',
    'zonder buren', 'niet getoetst'. The same input gives the same result, whatever the order of rows.
    Raises AreaCodeError, FeatureError as local_g.
    """
    chosen = values.index if tested is None else values.index.intersection(pd.Index(sorted(tested), dtype="str"))
    used = winsorised(values, values[chosen]) if scale == "begrensd" else values
    found = local_g(used, pairs)
    field = used.astype("float64").sort_index().to_numpy()
    judged = found.index.to_series().isin(chosen)
    alone = found["buren"] == 0
    testable = judged & ~alone
    drawn = permutations_for(int(testable.sum()), rate) if permutations is None else permutations
    p = pd.Series(np.nan, index=found.index)
    for count in sorted(set(found.loc[testable, "buren"])):
        alike = testable & (found["buren"] == count)
        p[alike] = _two_sided(found.loc[alike, "som"].to_numpy(), field, int(count) + 1, drawn, seed)
    kind = pd.Series(UNTESTED, index=found.index, dtype="object")
    kind[judged & alone] = ALONE
    kind[testable] = NOT
    if testable.any():
        significant = false_discovery_control(p[testable].to_numpy(), method="bh") <= rate
        codes = found.index[testable][significant]
        kind[codes] = np.where(found.loc[codes, "z"] > 0, HIGH, LOW)
    return pd.DataFrame({"buren": found["buren"], "z": found["z"], "p": p, "klasse": kind})


def _two_sided(sums: np.ndarray, field: np.ndarray, size: int, permutations: int, seed: int) -> np.ndarray:
    """Two-sided p-values of sums of `size` values against sums of as many drawn from the field."""
    room = _EQUAL * max(float(np.abs(field).sum()), 1e-300)
    above, below = np.ones(len(sums)), np.ones(len(sums))
    generator = np.random.Generator(np.random.PCG64([seed, size]))
    for start in range(0, permutations, _DRAWN_AT_ONCE):
        drawn = np.sort(_random_sums(field, size, min(_DRAWN_AT_ONCE, permutations - start), generator))
        above += len(drawn) - np.searchsorted(drawn, sums - room, side="left")
        below += np.searchsorted(drawn, sums + room, side="right")
    return np.minimum(1.0, 2 * np.minimum(above, below) / (permutations + 1))


def _random_sums(field: np.ndarray, size: int, times: int, generator: np.random.Generator) -> np.ndarray:
    """Sums of `size` values of the field drawn without replacement, `times` over (Floyd's sampling, all at once)."""
    n = len(field)
    if size > n // 2:  # what is left out is less
        left_out = _random_sums(field, n - size, times, generator) if size < n else np.zeros(times)
        return np.asarray(field.sum() - left_out)
    chosen = np.empty((size, times), dtype=np.int64)
    for position, last in enumerate(range(n - size, n)):
        pick = generator.integers(0, last + 1, size=times)
        taken = (chosen[:position] == pick).any(axis=0)
        chosen[position] = np.where(taken, last, pick)
    return np.asarray(field[chosen].sum(axis=0))
