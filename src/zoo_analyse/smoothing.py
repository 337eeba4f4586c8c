"""Rates of small areas, drawn towards what is usual as far as chance alone can explain the difference.

Empirical Bayes: the areas' own rates vary around a mean as a gamma (counts, rare) or a beta distribution (shares); mean
and variance of that prior are estimated from the areas themselves, by moments, and each area's rate is its posterior.
Sources: Clayton and Kaldor (1987), Empirical Bayes estimates of age-standardized relative risks for use in disease
mapping, Biometrics 43; Marshall (1991), Mapping disease and mortality rates using empirical Bayes estimators, Applied
Statistics 40 (the global moment estimator); Martuzzi and Elliott (1996), Empirical Bayes estimation of small area
prevalence of non-rare conditions, Statistics in Medicine 15 (its binomial form).

An estimate, its weight and the prior are one equation in the area's count: so this is made of counts that may be shown.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from zoo_analyse.errors import FeatureError

Model = Literal["gamma-poisson", "beta-binomiaal"]


@dataclass(frozen=True)
class Prior:
    """How rates vary between areas: mean, and variance (0 when chance explains every difference).

    events, units: totals that it was estimated from. areas: how many.
    """

    model: Model
    mean: float
    variance: float
    events: float
    units: float
    areas: int

    def posterior(self, events: np.ndarray, units: np.ndarray) -> "stats.rv_frozen":
        """The distribution of the rate of areas with so many events among so many units.

        With no variance between areas they all have one rate, known as well as all units together tell it (the
        Jeffreys posterior), so that the interval does not vanish.
        """
        together = self.variance == 0
        if self.model == "gamma-poisson":
            shape = self.events + 0.5 if together else self.mean**2 / self.variance + events
            rate = self.units if together else self.mean / self.variance + units
            return stats.gamma(np.broadcast_to(shape, events.shape), scale=1 / np.broadcast_to(rate, events.shape))
        precision = 0.0 if together else self.mean * (1 - self.mean) / self.variance - 1
        hits = self.events + 0.5 if together else self.mean * precision + events
        misses = self.units - self.events + 0.5 if together else (1 - self.mean) * precision + units - events
        return stats.beta(np.broadcast_to(hits, events.shape), np.broadcast_to(misses, events.shape))


def moment_prior(events: "pd.Series[float]", units: "pd.Series[float]", model: Model) -> Prior:
    """Mean and variance of the rates of areas, by Marshall's (1991) moments; areas without units take no part.

    Raises FeatureError for fewer than two areas with units, a negative or missing number, more events than units of a
    share, or no events at all.
    """
    y, n = events.to_numpy(dtype="float64"), units.to_numpy(dtype="float64")
    if not (np.isfinite(y).all() and np.isfinite(n).all() and (y >= 0).all() and (n >= 0).all()):
        raise FeatureError("een aantal ontbreekt of is negatief; geef van elk gebied teller en noemer")
    if model == "beta-binomiaal" and (y > n).any():
        raise FeatureError("een teller is groter dan zijn noemer; dat is geen aandeel")
    y, n = y[n > 0], n[n > 0]
    if len(n) < 2:
        raise FeatureError("minder dan twee gebieden hebben een noemer; er valt niets te vergelijken")
    if y.sum() == 0:
        raise FeatureError("in geen enkel gebied is iets geteld; er valt niets te schatten")
    mean = float(y.sum() / n.sum())
    around_mean = float((n * (y / n - mean) ** 2).sum() / n.sum())
    size = float(n.mean())
    if model == "gamma-poisson":
        variance = around_mean - mean / size
    else:
        variance = (around_mean - mean * (1 - mean) / size) / (1 - 1 / size) if size > 1 else 0.0
        # All or nothing in every area: the beta distribution has its limit just below.
        variance = min(variance, mean * (1 - mean) * (1 - 1e-9))
    return Prior(model, mean, max(variance, 0.0), float(y.sum()), float(n.sum()), len(n))


def smoothed_rates(
    events: "pd.Series[float]",
    units: "pd.Series[float]",
    model: Model,
    *,
    prior: Prior | None = None,
    threshold: float | None = None,
    coverage: float = 0.95,
) -> pd.DataFrame:
    """The empirical Bayes estimate of the rate of every area, with an interval.

    events, units: per area. prior: estimated from the same areas when None. threshold: a rate; the chance that the
    area's own lies above it is then told. coverage: of the interval, which has as much chance on either side; it takes
    the prior as known, so with few areas (under some forty) it is a little too narrow.

    Returns, index as `events`: `schatting`, `onder`, `boven`, `gewicht` (of the area's own rate, 0-1; the rest of the
    weight is the mean's), `kans` (above the threshold; NaN without one). An area without units has no own rate, and
    gets what is usual. Raises FeatureError as moment_prior, and for series that do not fit.
    """
    if not events.index.equals(units.index) or not events.index.is_unique:
        raise FeatureError("tellers en noemers horen bij dezelfde gebieden, elk één keer")
    used = moment_prior(events, units, model) if prior is None else prior
    y, n = events.to_numpy(dtype="float64"), units.to_numpy(dtype="float64")
    posterior = used.posterior(y, n)
    weight = np.zeros(len(n))
    if used.variance > 0:
        like_units = used.mean / used.variance
        if model == "beta-binomiaal":
            like_units = used.mean * (1 - used.mean) / used.variance - 1
        weight = n / (n + like_units)
    own = np.divide(y, n, out=np.full(len(n), used.mean), where=n > 0)
    tail = (1 - coverage) / 2
    return pd.DataFrame(
        {
            "schatting": weight * own + (1 - weight) * used.mean,
            "onder": posterior.ppf(tail),
            "boven": posterior.ppf(1 - tail),
            "gewicht": weight,
            "kans": np.nan if threshold is None else posterior.sf(threshold),
        },
        index=events.index,
    )
