"""Regression models against certified and published numbers, closed forms, and by every route to the same answer."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from zoo_analyse.errors import ModelError
from zoo_analyse.regression import Term, design, fit


def _numbers(frame: pd.DataFrame, outcome: str, names: list[str], model: str = "ols") -> "pd.Series[float]":
    found = fit(model, frame[outcome].to_numpy(dtype=float), design(frame, [Term(name) for name in names]))
    return pd.Series(found.coefficients, index=["snijpunt", *names])


def test_longley_to_the_digits_that_nist_certifies() -> None:
    """NIST Statistical Reference Datasets, Longley: certified to fifteen digits, hard for naive arithmetic."""
    data = sm.datasets.longley.load_pandas().data.astype(float)
    names = ["GNPDEFL", "GNP", "UNEMP", "ARMED", "POP", "YEAR"]
    found = fit("ols", data["TOTEMP"].to_numpy(), design(data, [Term(name) for name in names]))
    certified = [
        (-3482258.63459582, 890420.383607373),
        (15.0618722713733, 84.9149257747669),
        (-0.358191792925910e-01, 0.334910077722432e-01),
        (-2.02022980381683, 0.488399681651699),
        (-1.03322686717359, 0.214274163161675),
        (-0.511041056535807e-01, 0.226073200069370),
        (1829.15146461355, 455.478499142212),
    ]
    assert found.coefficients == pytest.approx([value for value, _ in certified], rel=1e-9)
    assert found.errors == pytest.approx([error for _, error in certified], rel=1e-9)
    assert found.statistics["r2"] == pytest.approx(0.995479004577296, rel=1e-12)
    assert found.statistics["f"] == pytest.approx(330.285339234588, rel=1e-9)
    assert found.freedom == 9


def test_spector_and_mazzeo_as_greene_prints_it() -> None:
    """Greene, Econometric Analysis, table of binary choice models: logit and probit of 32 students' grades."""
    data = sm.datasets.spector.load_pandas().data
    logit = _numbers(data, "GRADE", ["GPA", "TUCE", "PSI"], "logit")
    assert list(logit.round(3)) == [-13.021, 2.826, 0.095, 2.379]
    probit = _numbers(data, "GRADE", ["GPA", "TUCE", "PSI"], "probit")
    assert list(probit.round(3)) == [-7.452, 1.626, 0.052, 1.426]


def test_a_table_of_two_by_two_has_a_closed_form() -> None:
    counts = {("a", 0): 30, ("a", 1): 20, ("b", 0): 15, ("b", 1): 45}
    rows = [(group, float(y)) for (group, y), n in counts.items() for _ in range(n)]
    frame = pd.DataFrame(rows, columns=["groep", "y"])
    found = fit("logit", frame["y"].to_numpy(), design(frame, [Term("groep", ("a", "b"))]))
    assert found.coefficients == pytest.approx([np.log(20 / 30), np.log(45 / 15) - np.log(20 / 30)])
    # Woolf (1955): the standard error of a log odds ratio
    assert found.errors[1] == pytest.approx(np.sqrt(1 / 30 + 1 / 20 + 1 / 15 + 1 / 45))
    expected = [scale * np.log(p) for n, p, scale in ((50, 0.4, 20), (50, 0.6, 30), (60, 0.75, 45), (60, 0.25, 15))]
    assert found.statistics["loglikelihood"] == pytest.approx(sum(expected))


def test_poisson_of_two_groups_is_a_ratio_of_rates() -> None:
    frame = pd.DataFrame({"groep": ["a"] * 40 + ["b"] * 20, "y": [1.0, 0, 2, 1] * 10 + [3.0, 2] * 10})
    found = fit("poisson", frame["y"].to_numpy(), design(frame, [Term("groep", ("a", "b"))]))
    assert np.exp(found.coefficients) == pytest.approx([1.0, 2.5])
    assert found.errors[1] == pytest.approx(np.sqrt(1 / 40 + 1 / 50))


def test_negative_binomial_without_regressors_of_note_keeps_the_mean() -> None:
    draw = np.random.default_rng(1)
    frame = pd.DataFrame({"x": draw.normal(size=4000)})
    y = draw.poisson(2 * np.exp(0.3 * frame["x"]) * draw.gamma(2, 0.5, 4000)).astype(float)
    found = fit("negbin", y, design(frame, [Term("x")]))
    assert found.coefficients == pytest.approx([np.log(2), 0.3], abs=0.06)
    assert found.statistics["alfa"] == pytest.approx(0.5, abs=0.06)
    with pytest.raises(ModelError, match="poisson"):
        fit("negbin", draw.binomial(5, 0.5, 4000).astype(float), design(frame, [Term("x")]))


def test_random_intercepts_of_balanced_groups_are_the_analysis_of_variance() -> None:
    """Of a balanced design the maximum likelihood estimates follow from the mean squares (Searle et al., 1992)."""
    draw = np.random.default_rng(2)
    groups, size = 30, 12
    code = np.repeat(np.arange(groups), size)
    x = np.tile(np.linspace(-1, 1, size), groups)
    y = 5 + 2 * x + draw.normal(size=groups)[code] + draw.normal(size=groups * size)
    found = fit("multiniveau", y, design(pd.DataFrame({"x": x}), [Term("x")]), groups=code)
    slope = float((x * y).sum() / (x**2).sum())
    assert found.coefficients == pytest.approx([y.mean(), slope])
    rest = y - slope * x
    means = rest.reshape(groups, size).mean(axis=1)
    within = float(((rest - means[code]) ** 2).sum()) / (groups * (size - 1))
    between = float(((means - means.mean()) ** 2).sum()) / groups - within / size
    assert found.statistics["variantie_binnen_groepen"] == pytest.approx(within, rel=1e-4)
    assert found.statistics["variantie_tussen_groepen"] == pytest.approx(between, rel=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(30, 80), st.floats(1e-6, 1e9), st.floats(-1e6, 1e6))
def test_least_squares_is_the_projection_whatever_the_units(seed: int, n: int, scale: float, shift: float) -> None:
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": draw.normal(size=n), "z": draw.normal(size=n)})
    y = draw.normal(size=n) + frame["x"].to_numpy()
    plain = fit("ols", y, design(frame, [Term("x"), Term("z")]))
    other = fit("ols", y, design(frame.assign(x=(frame["x"] + shift / 1e6) * scale), [Term("x"), Term("z")]))
    expected, *_ = np.linalg.lstsq(np.column_stack([np.ones(n), frame]), y, rcond=None)
    assert plain.coefficients == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert other.coefficients[1] * scale == pytest.approx(plain.coefficients[1], rel=1e-6, abs=1e-9)
    assert other.p[1] == pytest.approx(plain.p[1], rel=1e-6, abs=1e-12)
    # the linear map from outcomes is what it says, and information adds up
    centred = y - y.mean()
    assert plain.pull[:, 1] @ centred / frame["x"].std(ddof=0) == pytest.approx(expected[1], rel=1e-6, abs=1e-9)
    assert plain.leverage.sum(axis=0) == pytest.approx(np.ones(3))


def test_a_dummy_of_one_row_has_all_leverage_of_its_coefficient() -> None:
    draw = np.random.default_rng(3)
    frame = pd.DataFrame({"groep": ["a"] * 50 + ["b"], "x": draw.normal(size=51)})
    found = fit("ols", draw.normal(size=51), design(frame, [Term("groep", ("a", "b")), Term("x")]))
    assert found.leverage[:, 1].max() > 0.95
    assert found.leverage[:, 2].max() < 0.5


def _separated(frame: pd.DataFrame) -> list[tuple[str, np.ndarray, list[Term]]]:
    category = Term("groep", ("a", "b", "c"))
    quasi = np.where(frame["groep"] == "b", 1.0, frame["y"])
    none = np.where(frame["groep"] == "b", 0.0, frame["aantal"])
    whole = (frame["x"] > 0).to_numpy(dtype=float)
    return [
        *((model, whole, [Term("x")]) for model in ("logit", "probit")),
        *((model, whole, [Term("x"), category]) for model in ("logit", "probit")),
        *((model, quasi, [Term("x"), category]) for model in ("logit", "probit")),
        *((model, none, [Term("x"), category]) for model in ("poisson", "negbin")),
    ]


@pytest.mark.parametrize("number", range(8))
def test_separated_outcomes_have_no_estimate(number: int) -> None:
    draw = np.random.default_rng(4)
    frame = pd.DataFrame({"x": draw.normal(size=200), "groep": draw.choice(list("abc"), 200)})
    frame["y"] = draw.integers(0, 2, 200).astype(float)
    frame["aantal"] = draw.poisson(1.0, 200).astype(float)
    model, outcome, terms = _separated(frame)[number]
    with pytest.raises(ModelError, match=r"separatie|niet te schatten"):
        fit(model, outcome, design(frame, terms))


def test_what_cannot_be_fitted_is_said() -> None:
    draw = np.random.default_rng(5)
    frame = pd.DataFrame({"x": draw.normal(size=30), "nul": np.zeros(30), "groep": ["a", "b"] * 15})
    frame["dubbel"] = 1e6 * frame["x"] + 3
    y = draw.normal(size=30)
    with pytest.raises(ModelError, match="volledig van elkaar af"):
        fit("ols", y, design(frame, [Term("x"), Term("dubbel")]))
    with pytest.raises(ModelError, match="overal dezelfde waarde"):
        fit("ols", y, design(frame, [Term("nul")]))
    with pytest.raises(ModelError, match="meer parameters"):
        fit("ols", y[:2], design(frame.head(2), [Term("x")]))
    with pytest.raises(ModelError, match="niet positief"):
        design(frame, [Term("x", log=True)])
    for model in ("ols", "multiniveau"):
        with pytest.raises(ModelError, match="overal gelijk"):
            fit(model, np.ones(30), design(frame, [Term("x")]), groups=np.arange(30) % 5)


@pytest.mark.parametrize("model", ["ols", "logit", "probit", "poisson", "negbin", "multiniveau"])
def test_threads_do_not_matter(model: str) -> None:
    draw = np.random.default_rng(6)
    frame = pd.DataFrame(draw.normal(size=(3000, 12)), columns=[f"x{i}" for i in range(12)])
    eta = 0.3 * frame["x0"].to_numpy()
    outcomes = {
        "logit": draw.uniform(size=3000) < 1 / (1 + np.exp(-eta)),
        "poisson": draw.poisson(np.exp(eta) * draw.gamma(2, 0.5, 3000)),
    }
    outcomes |= {"probit": outcomes["logit"], "negbin": outcomes["poisson"]}
    y = outcomes.get(model, eta + draw.normal(size=3000)).astype(float)
    made = design(frame, [Term(name) for name in frame.columns])
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found.append(fit(model, y, made, groups=np.arange(3000) % 40))
    assert found[0].coefficients.tobytes() == found[1].coefficients.tobytes()
    assert found[0].errors.tobytes() == found[1].errors.tobytes()
