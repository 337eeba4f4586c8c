"""Association between columns: correlation matrices and the usual tests, as scipy defines them.

One thread, and rows as given: a result must not depend on how many threads there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits

from zoo_analyse.errors import ModelError


@dataclass(frozen=True)
class Comparison:
    """A test. freedom: degrees of freedom, in the order numerator, denominator; none for a test on ranks.

    separated: whether the groups do not overlap at all, or nothing varies within them.
    """

    statistic: float
    freedom: tuple[float, ...]
    p: float
    separated: bool = False


def correlation(values: np.ndarray, method: str) -> np.ndarray:
    """Return the matrix of a method of `pearson`, `spearman` (ties share their mean rank) or `covariantie` (n - 1).

    values: rows x columns without missing values. Raises ModelError for a column that does not vary.
    """
    from scipy import stats

    if (values.min(axis=0) == values.max(axis=0)).any():
        raise ModelError("een van de kolommen heeft overal dezelfde waarde; laat die weg")
    used = np.apply_along_axis(stats.rankdata, 0, values) if method == "spearman" else values
    centred = used - used.mean(axis=0)
    with threadpool_limits(limits=1):
        if method == "covariantie":
            return np.asarray(centred.T @ centred / (len(used) - 1))
        scaled = centred / np.sqrt((centred**2).sum(axis=0))
        return np.asarray(np.clip(scaled.T @ scaled, -1.0, 1.0))


def compare_groups(test: str, groups: Sequence[np.ndarray]) -> Comparison:
    """Compare the numbers of groups: `t` (Welch, 1947), `anova`, `mann_whitney`, `kruskal`, `ks`; two-sided.

    groups: at least two, each of at least two numbers; exactly two for `t`, `mann_whitney` and `ks`, of which p comes
    from the large-sample distribution (for Mann-Whitney corrected for ties and continuity). Raises ModelError when
    nothing varies.
    """
    from scipy import stats

    if len(groups) < 2 or min(len(group) for group in groups) < 2:
        raise ModelError("er zijn minder dan twee groepen met genoeg waarden")
    everything = np.concatenate(groups)
    if everything.min() == everything.max():
        raise ModelError("de maat heeft overal dezelfde waarde; er valt niets te toetsen")
    ordered = sorted(groups, key=lambda group: (float(group.min()), float(group.max())))
    apart = all(low.max() < high.min() for low, high in pairwise(ordered))
    still = all(group.min() == group.max() for group in groups)
    if still:
        return Comparison(float("inf"), (), 0.0, separated=True)
    with threadpool_limits(limits=1):
        match test:
            case "t":
                found = stats.ttest_ind(*groups, equal_var=False)
                return Comparison(float(found.statistic), (float(found.df),), float(found.pvalue), apart)
            case "anova":
                found = stats.f_oneway(*groups)
                freedom = (len(groups) - 1.0, float(len(everything) - len(groups)))
                return Comparison(float(found.statistic), freedom, float(found.pvalue), apart)
            case "mann_whitney":
                found = stats.mannwhitneyu(*groups, method="asymptotic")
                return Comparison(float(found.statistic), (), float(found.pvalue), apart)
            case "kruskal":
                found = stats.kruskal(*groups)
                return Comparison(float(found.statistic), (len(groups) - 1.0,), float(found.pvalue), apart)
            case _:
                found = stats.ks_2samp(*groups, method="asymp")
                return Comparison(float(found.statistic), (), float(found.pvalue), apart)


def independence(counts: np.ndarray) -> tuple[Comparison, float]:
    """Return Pearson's chi-square test of independence, without continuity correction, and Cramér's V of a table.

    counts: rows x columns, at least two of each. Raises ModelError when a row or column is empty.
    """
    from scipy import stats

    if min(counts.shape) < 2 or (counts.sum(axis=0) == 0).any() or (counts.sum(axis=1) == 0).any():
        raise ModelError("de tabel heeft een lege of te weinig rijen of kolommen; voeg klassen samen")
    found = stats.chi2_contingency(counts, correction=False)
    v = float(np.sqrt(found.statistic / (counts.sum() * (min(counts.shape) - 1))))
    return Comparison(float(found.statistic), (float(found.dof),), float(found.pvalue), v >= 1 - 1e-9), v
