"""Smoothed rates, against PySAL's published example, the formulas by hand, integration, and simulated cities."""

import os

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from zoo_analyse.errors import FeatureError
from zoo_analyse.smoothing import moment_prior, smoothed_rates

FULL = bool(os.environ.get("ZOO_FULL"))


def series(values):
    return pd.Series(values, index=[f"BU9001{i:04}" for i in range(len(values))], dtype="float64")


def st_louis():
    """Homicides 1979-84 and population in 78 counties around St. Louis (shipped with libpysal)."""
    import libpysal

    table = libpysal.io.open(libpysal.examples.get_path("stl_hom.csv"), "r")
    return series(np.array(table[:, 10], dtype=float)), series(np.array(table[:, 13], dtype=float))


def test_the_published_example_of_st_louis():
    """PySAL's documented result of esda.smoothing.Empirical_Bayes on these counties (Marshall's global estimator)."""
    published = [
        2.36718950e-05, 4.54539167e-05, 4.78114019e-05, 2.76907146e-05, 6.58989323e-05,
        3.66494122e-05, 5.79952721e-05, 2.03064590e-05, 3.31152999e-05, 3.02748380e-05,
    ]  # fmt: skip
    found = smoothed_rates(*st_louis(), "gamma-poisson")
    np.testing.assert_allclose(found["schatting"][:10], published, rtol=5e-9)


def test_the_whole_map_is_esdas():
    from esda.smoothing import Empirical_Bayes

    events, units = st_louis()
    other = Empirical_Bayes(events.to_numpy(), units.to_numpy()).r.ravel()
    np.testing.assert_allclose(smoothed_rates(events, units, "gamma-poisson")["schatting"], other, rtol=1e-12)


def test_the_binomial_form_by_hand():
    """Martuzzi and Elliott (1996): the weight of an area written out from the sums, not from the beta distribution."""
    y, n = np.array([3.0, 12, 7, 30, 1]), np.array([20.0, 40, 50, 90, 10])
    m = 53 / 210
    s2 = sum(n * (y / n - m) ** 2) / 210
    size, binomial = 42.0, m * (1 - m)
    weight = (n * s2 - n / size * binomial) / ((n - 1) * s2 + (size - n) / size * binomial)
    found = smoothed_rates(series(y), series(n), "beta-binomiaal")
    np.testing.assert_allclose(found["gewicht"], weight, rtol=1e-12)
    np.testing.assert_allclose(found["schatting"], weight * y / n + (1 - weight) * m, rtol=1e-12)


@pytest.mark.parametrize("model", ["gamma-poisson", "beta-binomiaal"])
def test_interval_and_exceedance_by_integration(model):
    """The posterior as prior times likelihood, integrated numerically: mean, mass of the interval, mass above."""
    y, n = series([4, 20, 9, 2, 40]), series([30, 60, 55, 31, 95])
    prior = moment_prior(y, n, model)
    found = smoothed_rates(y, n, model, threshold=0.3)
    if model == "gamma-poisson":
        before = stats.gamma(prior.mean**2 / prior.variance, scale=prior.variance / prior.mean)
    else:
        precision = prior.mean * (1 - prior.mean) / prior.variance - 1
        before = stats.beta(prior.mean * precision, (1 - prior.mean) * precision)
    assert before.mean() == pytest.approx(prior.mean)
    assert before.var() == pytest.approx(prior.variance)
    for code in y.index:

        def density(rate, code=code):
            chance = stats.poisson(n[code] * rate) if model == "gamma-poisson" else stats.binom(n[code], rate)
            return before.pdf(rate) * chance.pmf(y[code])

        def mass(low, high, of=density):
            return integrate.quad(of, low, high, limit=200, epsabs=1e-14)[0]

        whole = mass(0, 1)
        row = found.loc[code]
        assert mass(0, 1, of=lambda rate: rate * density(rate)) / whole == pytest.approx(row["schatting"], rel=1e-6)
        assert mass(0, row["onder"]) / whole == pytest.approx(0.025, abs=1e-6)
        assert mass(row["boven"], 1) / whole == pytest.approx(0.025, abs=1e-6)
        assert mass(0.3, 1) / whole == pytest.approx(row["kans"], abs=1e-6)


@pytest.mark.parametrize("model", ["gamma-poisson", "beta-binomiaal"])
def test_in_simulated_cities_intervals_hold_and_estimates_beat_the_rates_themselves(model):
    """60 areas of 20 to 500 units with true rates of 10 % give or take 5: nominal 95 %, prior estimated each time."""
    generator = np.random.default_rng(17)
    covered, gain = [], []
    for _ in range(400 if FULL else 80):
        units = np.exp(generator.uniform(np.log(20), np.log(500), 60)).astype(int)
        if model == "gamma-poisson":
            truth = generator.gamma(4, 0.025, 60)
            events = generator.poisson(units * truth)
        else:
            truth = generator.beta(3.5, 31.5, 60)
            events = generator.binomial(units, truth)
        found = smoothed_rates(series(events), series(units), model)
        covered.append(((found["onder"] <= truth) & (truth <= found["boven"])).mean())
        gain.append(((found["schatting"] - truth) ** 2).sum() / ((events / units - truth) ** 2).sum())
    assert 0.925 <= np.mean(covered) <= 0.965
    assert np.mean(gain) < 0.8


def test_areas_that_differ_by_chance_alone_get_one_rate():
    """Expected: no variance between areas in about half of the draws, next to none in the others."""
    generator = np.random.default_rng(9)
    variances = []
    for _ in range(60):
        units = series(generator.integers(50, 300, 80))
        variances.append(moment_prior(series(generator.binomial(units.astype(int), 0.2)), units, "beta-binomiaal"))
    none = [prior for prior in variances if prior.variance == 0]
    assert 0.3 < len(none) / 60 < 0.8
    assert np.mean([prior.variance**0.5 for prior in variances]) < 0.01


# hostile counts


@pytest.mark.parametrize("model", ["gamma-poisson", "beta-binomiaal"])
def test_equal_rates_are_one_rate_known_as_well_as_all_units_tell(model):
    found = smoothed_rates(series([2, 4, 8]), series([20, 40, 80]), model, threshold=0.1)
    assert (found["schatting"] == 0.1).all()
    assert (found["gewicht"] == 0).all()
    assert found["onder"].nunique() == found["boven"].nunique() == 1
    # 14 of 140: the exact intervals of Garwood and of Clopper and Pearson are a little wider than Jeffreys'
    low = stats.chi2.ppf(0.025, 28) / 280 if model == "gamma-poisson" else stats.beta.ppf(0.025, 14, 127)
    assert found["onder"].iloc[0] == pytest.approx(low, abs=0.005)
    assert 0.4 < found["kans"].iloc[0] < 0.6


def test_an_area_without_units_gets_what_is_usual():
    found = smoothed_rates(series([0, 30, 10, 2]), series([0, 100, 100, 100]), "beta-binomiaal")
    assert found["schatting"].iloc[0] == pytest.approx(42 / 300)
    assert found["gewicht"].iloc[0] == 0
    assert found["boven"].iloc[0] - found["onder"].iloc[0] > found["boven"].iloc[1] - found["onder"].iloc[1]
    without = smoothed_rates(series([0, 30, 10, 2])[1:], series([0, 100, 100, 100])[1:], "beta-binomiaal")
    pd.testing.assert_frame_equal(found.iloc[1:], without)


def test_all_or_nothing_stays_between_nothing_and_all():
    found = smoothed_rates(series([0, 50, 0, 50]), series([50, 50, 50, 50]), "beta-binomiaal")
    assert ((found[["schatting", "onder", "boven"]] >= 0) & (found[["schatting", "onder", "boven"]] <= 1)).all(
        axis=None
    )


@pytest.mark.parametrize(
    ("events", "units", "says"),
    [
        ([0, 0, 0], [10, 20, 30], "geen enkel gebied is iets geteld"),
        ([5], [10], "minder dan twee gebieden"),
        ([5, 0], [10, 0], "minder dan twee gebieden"),
        ([5, -1], [10, 10], "ontbreekt of is negatief"),
        ([5, np.nan], [10, 10], "ontbreekt of is negatief"),
        ([5, 11], [10, 10], "teller is groter"),
    ],
)
def test_what_cannot_be_estimated_is_refused(events, units, says):
    with pytest.raises(FeatureError, match=says):
        smoothed_rates(series(events), series(units), "beta-binomiaal")


def test_series_of_different_areas_are_refused():
    with pytest.raises(FeatureError, match="dezelfde gebieden"):
        smoothed_rates(series([1, 2]), series([3, 4]).iloc[::-1], "gamma-poisson")
