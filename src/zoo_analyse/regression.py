"""Regression models on rows: least squares, logit, probit, Poisson, negative binomial, random intercepts.

statsmodels fits (but for random intercepts, which have a closed form per ratio of variances); this module makes the
design, keeps the arithmetic well conditioned and refuses what has no answer.
Numbers are centred and scaled before fitting and the results transformed back, which is exact, so that a price in euros
beside a share takes no digits away. One thread: a result must not depend on how many there are.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from zoo_analyse.errors import ModelError

LINEAR = frozenset({"ols", "multiniveau"})
BINARY = frozenset({"logit", "probit"})
COUNT = frozenset({"poisson", "negbin"})
MODELS = LINEAR | BINARY | COUNT
CONFIDENCE = 0.95
"""Level of the confidence bounds."""

# Standard error, in the scale of standardised regressors, from which a coefficient has run off to infinity: with at
# least ten units per class a real one is of the order of one.
_RUNAWAY = 100.0
# Smallest eigenvalue of the regressors' correlation matrix that counts as independent.
_INDEPENDENT = 1e-9


@dataclass(frozen=True)
class Term:
    """A regressor: a number (levels empty) or a category with its levels, the reference first."""

    name: str
    levels: tuple[str, ...] = ()
    log: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a design. names: the columns it is made of; levels: their level, None for a number.

    Both are empty for the intercept.
    """

    names: tuple[str, ...] = ()
    levels: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Design:
    """A design matrix (rows x columns, the intercept first) and what its columns are."""

    columns: tuple[Column, ...]
    values: np.ndarray


@dataclass(frozen=True)
class Fit:
    """A fitted model.

    columns: what the coefficients are about. coefficients, errors, p, low, high: per column, in the units of the data.
    statistics: measures of fit by Dutch name. freedom: residual degrees of freedom over rows. pull: rows x columns,
    how a row's outcome enters a coefficient (the linear map from outcomes to coefficients, for counts that of the score
    equations). leverage: rows x columns, the row's part of the information on a coefficient (partial leverage; Velleman
    and Welsch, 1981); columns add up to one. Rows in the order given.
    """

    columns: tuple[Column, ...]
    coefficients: np.ndarray
    errors: np.ndarray
    p: np.ndarray
    low: np.ndarray
    high: np.ndarray
    statistics: dict[str, float]
    freedom: int
    pull: np.ndarray
    leverage: np.ndarray


def design(rows: pd.DataFrame, terms: Sequence[Term], interactions: Sequence[tuple[str, str]] = ()) -> Design:
    """Return the design matrix of terms and of products of pairs of them, with an intercept.

    rows: numbers as floats without missing values, categories as text. A category has a column per level but its first
    (treatment coding). Raises ModelError for a logarithm of a number that has none.
    """
    blocks: dict[str, list[tuple[str | None, np.ndarray]]] = {}
    for term in terms:
        if term.levels:
            held = rows[term.name].to_numpy(dtype=object)
            blocks[term.name] = [(level, (held == level).astype(float)) for level in term.levels[1:]]
        else:
            blocks[term.name] = [(None, logarithm(rows, term.name) if term.log else _numbers(rows, term.name))]
    columns = [Column()]
    values = [np.ones(len(rows))]
    for name, block in blocks.items():
        for level, column in block:
            columns.append(Column((name,), (level,)))
            values.append(column)
    for one, other in interactions:
        for first, a in blocks[one]:
            for second, b in blocks[other]:
                columns.append(Column((one, other), (first, second)))
                values.append(a * b)
    return Design(tuple(columns), np.column_stack(values))


def _numbers(rows: pd.DataFrame, name: str) -> np.ndarray:
    return rows[name].to_numpy(dtype=float)


def logarithm(rows: pd.DataFrame, name: str) -> np.ndarray:
    """Return the natural logarithm of a column; raises ModelError when it has numbers that are not positive."""
    numbers = _numbers(rows, name)
    if not (numbers > 0).all():
        raise ModelError(f"kolom '{name}' heeft waarden die niet positief zijn; laat 'log' weg of filter ze eerst")
    return np.asarray(np.log(numbers))


def fit(
    model: str,
    outcome: np.ndarray,
    made: Design,
    weights: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> Fit:
    """Fit a model of `MODELS`.

    outcome: floats; 0 or 1 for logit and probit, whole numbers from 0 for poisson and negbin. weights: positive, for
    ols, logit and poisson; scaled to a mean of one. groups: a code per row, for multiniveau (random intercept, maximum
    likelihood). Bounds of ols are Student's, of the others normal. Raises ModelError when regressors depend on each
    other, when outcomes are separated, or when the fit does not converge.
    """
    if len(outcome) <= len(made.columns):
        raise ModelError("er zijn meer parameters dan waarnemingen; vraag minder regressoren")
    with threadpool_limits(limits=1):
        centre = made.values.mean(axis=0)
        scale = made.values.std(axis=0)
        if (scale[1:] == 0).any() or not np.isfinite(scale).all():
            raise ModelError("een regressor of interactie heeft overal dezelfde waarde; laat die weg")
        centre[0], scale[0] = 0.0, 1.0
        z = (made.values - centre) / scale
        if z.shape[1] > 1 and np.linalg.eigvalsh(z[:, 1:].T @ z[:, 1:] / len(z))[0] < _INDEPENDENT:
            raise ModelError("de regressoren hangen volledig van elkaar af; laat er een weg of voeg klassen samen")
        back = np.diag(1.0 / scale)
        back[0, 1:] = -centre[1:] / scale[1:]
        scaled = np.ones(len(z)) if weights is None else weights / weights.mean()
        raw = _FITTERS[model](outcome, z, scaled, groups)
        return _in_units_of_the_data(raw, made, z, back, scaled, model)


@dataclass(frozen=True)
class _Raw:
    """A fit on standardised regressors. working: the weight of each row in the information matrix."""

    coefficients: np.ndarray
    covariance: np.ndarray
    working: np.ndarray
    statistics: dict[str, float]
    students: bool = False


def _in_units_of_the_data(
    raw: _Raw, made: Design, z: np.ndarray, back: np.ndarray, weights: np.ndarray, model: str
) -> Fit:
    from scipy import stats

    spread = np.sqrt(np.diag(raw.covariance))
    if not (np.isfinite(raw.coefficients).all() and np.isfinite(spread).all()):
        raise ModelError(_NOT_CONVERGED)
    if model not in LINEAR and spread.max() > _RUNAWAY:
        raise ModelError(_SEPARATED)
    coefficients = back @ raw.coefficients
    errors = np.sqrt(np.diag(back @ raw.covariance @ back.T))
    freedom = len(z) - z.shape[1]
    law = stats.t(freedom) if raw.students else stats.norm()
    half = float(law.ppf(0.5 + CONFIDENCE / 2)) * errors
    p = 2 * law.sf(np.abs(coefficients) / errors)
    root = np.sqrt(raw.working)[:, None]
    inverse = np.linalg.inv((root * z).T @ (root * z))
    leverage = (root * (z @ inverse)) ** 2 / np.diag(inverse)
    pull = (weights if model in LINEAR | COUNT else raw.working)[:, None] * (z @ inverse)
    return Fit(
        made.columns,
        coefficients,
        errors,
        np.asarray(p),
        coefficients - half,
        coefficients + half,
        raw.statistics,
        freedom,
        pull,
        leverage,
    )


_NOT_CONVERGED = "het model is niet te schatten (geen convergentie); vraag minder regressoren of een ander model"
_NO_OVERDISPERSION = "het negatief-binomiale model is niet te schatten; vraag model 'poisson'"
_SEPARATED = (
    "de uitkomst is met de regressoren (bijna) volledig te voorspellen (separatie); laat een regressor weg of voeg "
    "klassen samen"
)


def _ols(outcome: np.ndarray, z: np.ndarray, weights: np.ndarray, _: np.ndarray | None) -> _Raw:
    import statsmodels.api as sm

    if outcome.min() == outcome.max():
        raise ModelError("de uitkomst is overal gelijk; er valt niets te verklaren")
    found = sm.WLS(outcome, z, weights=weights).fit()
    statistics = {
        "r2": float(found.rsquared),
        "r2_gecorrigeerd": float(found.rsquared_adj),
        "f": float(found.fvalue),
        "loglikelihood": float(found.llf),
        "aic": float(found.aic),
    }
    return _Raw(found.params, found.cov_params(), weights, statistics, students=True)


def _generalised(outcome: np.ndarray, z: np.ndarray, weights: np.ndarray, *, family: str) -> _Raw:
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    law = sm.families.Binomial() if family == "logit" else sm.families.Poisson()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", PerfectSeparationWarning)
        try:
            found = sm.GLM(outcome, z, family=law, var_weights=weights).fit(tol=1e-9, tol_criterion="params")
            null = float(sm.GLM(outcome, z[:, :1], family=law, var_weights=weights).fit().llf)
        except PerfectSeparationWarning:
            raise ModelError(_SEPARATED) from None
        except (ValueError, np.linalg.LinAlgError):
            raise ModelError(_NOT_CONVERGED) from None
        running = np.abs(z @ found.params).max() > 25 and np.sqrt(np.diag(found.cov_params())).max() > _RUNAWAY
        if running and family == "logit":
            raise ModelError(_SEPARATED)
        if not found.converged:
            raise ModelError(_SEPARATED if running else _NOT_CONVERGED)
    mu = found.mu
    working = weights * (mu * (1 - mu) if family == "logit" else mu)
    return _Raw(found.params, found.cov_params(), working, _likelihood(float(found.llf), null, z.shape[1]))


def _likelihood(found: float, null: float, parameters: int) -> dict[str, float]:
    return {"pseudo_r2": 1 - found / null, "loglikelihood": found, "aic": 2 * parameters - 2 * found}


def _logit(outcome: np.ndarray, z: np.ndarray, weights: np.ndarray, _: np.ndarray | None) -> _Raw:
    return _generalised(outcome, z, weights, family="logit")


def _poisson(outcome: np.ndarray, z: np.ndarray, weights: np.ndarray, _: np.ndarray | None) -> _Raw:
    return _generalised(outcome, z, weights, family="poisson")


def _probit(outcome: np.ndarray, z: np.ndarray, _: np.ndarray, __: np.ndarray | None) -> _Raw:
    import statsmodels.api as sm
    from scipy import stats
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = sm.Probit(outcome, z).fit(method="newton", maxiter=100, tol=1e-10, disp=0)
            covariance = np.asarray(found.cov_params())
        except PerfectSeparationError:
            raise ModelError(_SEPARATED) from None
        except (ValueError, np.linalg.LinAlgError):
            raise ModelError(_SEPARATED) from None
        certain = np.abs(np.asarray(found.fittedvalues)).max() > 8
        if not found.mle_retvals["converged"]:
            raise ModelError(_SEPARATED if certain else _NOT_CONVERGED)
    eta = np.asarray(found.fittedvalues)
    mu = np.clip(stats.norm.cdf(eta), 1e-12, 1 - 1e-12)
    working = stats.norm.pdf(eta) ** 2 / (mu * (1 - mu))
    return _Raw(
        np.asarray(found.params), covariance, working, _likelihood(float(found.llf), float(found.llnull), z.shape[1])
    )


def _negative_binomial(outcome: np.ndarray, z: np.ndarray, _: np.ndarray, __: np.ndarray | None) -> _Raw:
    import statsmodels.api as sm

    start = sm.GLM(outcome, z, family=sm.families.Poisson()).fit()
    mu = np.asarray(start.mu)
    # The slope of the likelihood in alpha at zero (Dean and Lawless, 1989): without overdispersion alpha stays there.
    if float(((outcome - mu) ** 2 - outcome).sum()) <= 0:
        raise ModelError(_NO_OVERDISPERSION)
    moment = max(float((((outcome - mu) ** 2 - outcome) / mu).mean() / mu.mean()), 0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            near = sm.NegativeBinomial(outcome, z).fit(
                start_params=np.append(start.params, moment), method="bfgs", maxiter=200, disp=0
            )
            found = sm.NegativeBinomial(outcome, z).fit(
                start_params=near.params, method="newton", maxiter=50, tol=1e-10, disp=0
            )
            covariance = np.asarray(found.cov_params())
            null = float(found.llnull)
        except (ValueError, np.linalg.LinAlgError):
            raise ModelError(_NOT_CONVERGED) from None
    alpha = float(found.params[-1])
    if not found.mle_retvals["converged"] or not np.isfinite(covariance).all() or alpha <= 1e-6:
        raise ModelError(_NO_OVERDISPERSION)
    mu = np.exp(z @ np.asarray(found.params[:-1]))
    statistics = _likelihood(float(found.llf), null, z.shape[1] + 1) | {"alfa": alpha}
    return _Raw(np.asarray(found.params[:-1]), covariance[:-1, :-1], mu / (1 + alpha * mu), statistics)


def _random_intercepts(outcome: np.ndarray, z: np.ndarray, weights: np.ndarray, groups: np.ndarray | None) -> _Raw:
    """Maximise the likelihood of a random intercept, profiled to the ratio of its variance to the residual one.

    Per ratio the rest has a closed form in sums over groups (Lindstrom and Bates, 1988). A variance of zero is an
    answer here, where a general optimiser finds no way out.
    """
    from scipy.optimize import minimize_scalar

    unit = float(outcome.std())
    if groups is None or unit == 0:
        raise ModelError("de uitkomst is overal gelijk; er valt niets te verklaren")
    y = (outcome - outcome.mean()) / unit
    n, columns = z.shape
    _, code = np.unique(groups, return_inverse=True)
    sizes = np.bincount(code).astype(float)
    sums = np.column_stack([np.bincount(code, weights=column) for column in (*z.T, y)])
    both = np.column_stack([z, y])
    products = both.T @ both

    def solved(root: float) -> tuple[float, np.ndarray, np.ndarray, float]:
        """Return twice the negative log-likelihood, coefficients, their unscaled covariance, residual variance."""
        ratio = root**2
        whole = products - (sums * (ratio / (1 + sizes * ratio))[:, None]).T @ sums
        inverse = np.linalg.inv(whole[:columns, :columns])
        found = inverse @ whole[:columns, columns]
        within = float(whole[columns, columns] - found @ whole[:columns, columns]) / n
        deviance = n * (np.log(2 * np.pi * max(within, 1e-300)) + 1) + float(np.log1p(sizes * ratio).sum())
        return deviance, found, inverse, within

    roots = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, 61)])
    best = int(np.argmin([solved(root)[0] for root in roots]))
    if best == len(roots) - 1:
        raise ModelError(_NOT_CONVERGED)
    root = 0.0
    if best > 0:
        ends = (float(roots[best - 1]), float(roots[best + 1]))
        root = float(minimize_scalar(lambda at: solved(at)[0], bounds=ends, options={"xatol": 1e-10}).x)
    deviance, found, inverse, within = solved(root)
    likelihood = -float(deviance) / 2 - n * float(np.log(unit))
    variance = within * unit**2
    coefficients = found * unit
    coefficients[0] += outcome.mean()
    statistics = {
        "groepen": float(len(sizes)),
        "variantie_tussen_groepen": root**2 * variance,
        "variantie_binnen_groepen": variance,
        "intraklassecorrelatie": root**2 / (1 + root**2),
        "loglikelihood": likelihood,
        "aic": 2 * (columns + 2) - 2 * likelihood,
    }
    return _Raw(coefficients, inverse * variance, weights, statistics)


_FITTERS = {
    "ols": _ols,
    "logit": _logit,
    "probit": _probit,
    "poisson": _poisson,
    "negbin": _negative_binomial,
    "multiniveau": _random_intercepts,
}
