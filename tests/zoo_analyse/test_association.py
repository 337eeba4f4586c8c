"""Correlations, tests, components and forests as pure functions: closed forms, other implementations, edges."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.multivariate.factor import Factor
from statsmodels.multivariate.pca import PCA
from statsmodels.stats.oneway import anova_oneway
from statsmodels.stats.weightstats import ttest_ind

from zoo_analyse.association import compare_groups, correlation, independence
from zoo_analyse.errors import FeatureError, ModelError
from zoo_analyse.factors import loadings
from zoo_analyse.forests import importances


def _draw(n: int = 200) -> np.ndarray:
    draw = np.random.default_rng(11)
    common = draw.normal(size=(n, 2))
    mixed: np.ndarray = common @ draw.normal(size=(2, 6)) + 0.7 * draw.normal(size=(n, 6))
    return mixed


def test_spearman_shares_the_rank_of_ties() -> None:
    values = np.array([[1.0, 2], [2, 2], [2, 5], [4, 1], [9, 9]])
    expected = stats.spearmanr(values[:, 0], values[:, 1]).statistic
    assert correlation(values, "spearman")[0, 1] == pytest.approx(expected)


def test_correlation_does_not_depend_on_units_or_where_zero_is() -> None:
    values = _draw()
    moved = values * np.array([1e-9, 1, 1e9, 3, 7, 1e5]) + np.array([0, 1e3, -1e9, 5, 0, 1])
    assert correlation(moved, "pearson") == pytest.approx(np.corrcoef(values.T), abs=1e-9)
    assert correlation(values, "covariantie") == pytest.approx(np.cov(values.T))
    with pytest.raises(ModelError):
        correlation(np.column_stack([values[:, 0], np.ones(len(values))]), "pearson")


def test_tests_agree_with_statsmodels() -> None:
    one, other, third = _draw()[:60, 0], _draw()[:80, 1], _draw()[:50, 2]
    t, p, freedom = ttest_ind(one, other, usevar="unequal")
    found = compare_groups("t", [one, other])
    assert (found.statistic, found.p, found.freedom[0]) == pytest.approx((t, p, freedom))
    anova = anova_oneway([one, other, third], use_var="equal")
    found = compare_groups("anova", [one, other, third])
    assert (found.statistic, found.p) == pytest.approx((anova.statistic, anova.pvalue))
    assert found.freedom == (2.0, 187.0)


def test_the_two_group_f_is_the_square_of_students_t() -> None:
    one, other = _draw()[:60, 0], _draw()[:60, 1]
    f = compare_groups("anova", [one, other]).statistic
    assert f == pytest.approx(stats.ttest_ind(one, other).statistic ** 2)


@pytest.mark.parametrize("test", ["t", "anova", "mann_whitney", "kruskal", "ks"])
def test_groups_that_do_not_overlap_are_said_to(test: str) -> None:
    low, high = np.arange(10.0), np.arange(20.0, 30.0)
    assert compare_groups(test, [low, high]).separated
    assert compare_groups(test, [high, low]).separated
    assert not compare_groups(test, [low, high - 12]).separated
    assert compare_groups(test, [np.ones(5), np.zeros(5)]).separated
    with pytest.raises(ModelError):
        compare_groups(test, [np.ones(5), np.ones(5)])
    with pytest.raises(ModelError):
        compare_groups(test, [np.ones(1), low])


def test_chi_square_of_two_by_two() -> None:
    a, b, c, d = 20, 30, 45, 15
    found, v = independence(np.array([[a, b], [c, d]], dtype=float))
    n = a + b + c + d
    expected = n * (a * d - b * c) ** 2 / ((a + b) * (c + d) * (a + c) * (b + d))
    assert found.statistic == pytest.approx(expected)
    assert v == pytest.approx(np.sqrt(expected / n))
    assert not found.separated
    assert independence(np.diag([20.0, 30.0]))[0].separated
    with pytest.raises(ModelError):
        independence(np.array([[20.0, 0], [30, 0]]))


def test_components_are_those_of_statsmodels() -> None:
    values = _draw()
    found = loadings(np.corrcoef(values.T), 2, "pca", "geen")
    other = PCA(values, ncomp=2, standardize=True, normalize=False)
    expected = other.eigenvecs * np.sqrt(other.eigenvals[:2] / len(values))
    assert np.abs(found.loadings) == pytest.approx(np.abs(expected))
    assert found.explained == pytest.approx(other.eigenvals[:2] / values.size)
    assert (found.loadings[np.abs(found.loadings).argmax(axis=0), [0, 1]] > 0).all()


def test_all_components_give_the_matrix_back_and_few_do_not() -> None:
    matrix = np.corrcoef(_draw().T)
    all_of_them = loadings(matrix, 6, "pca", "geen").loadings
    assert all_of_them @ all_of_them.T == pytest.approx(matrix)
    assert loadings(matrix, 2, "pca", "geen").communalities.max() < 1


def test_factors_are_those_of_statsmodels() -> None:
    values = _draw(400)
    found = loadings(np.corrcoef(values.T), 2, "factor", "geen")
    other = Factor(values, n_factor=2, method="pa", smc=True).fit(maxiter=200, tol=1e-10)
    assert np.abs(found.loadings) == pytest.approx(np.abs(other.loadings_no_rot), abs=1e-6)
    turned = loadings(np.corrcoef(values.T), 2, "factor", "varimax")
    assert turned.communalities == pytest.approx(found.communalities)


def test_components_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ModelError, match="niet te onderscheiden"):
        loadings(np.eye(4), 2, "pca", "geen")


def _areas(n: int = 60) -> tuple[pd.DataFrame, "pd.Series[bool]"]:
    draw = np.random.default_rng(12)
    codes = [f"BU{i:08d}" for i in range(n)]
    frame = pd.DataFrame(draw.normal(size=(n, 3)), index=codes, columns=["ruis", "oorzaak", "meer_ruis"])
    return frame, frame["oorzaak"] > 0.5


def test_a_forest_finds_the_cause_whatever_the_order() -> None:
    frame, hot = _areas()
    found = importances(frame, hot, trees=100, max_depth=4, min_leaf=5, seed=3)
    assert found.idxmax() == "oorzaak"
    assert found["oorzaak"] > 0.5
    assert float(found.sum()) == pytest.approx(1)
    shuffled = frame.sample(frac=1, random_state=1)[["meer_ruis", "oorzaak", "ruis"]]
    again = importances(shuffled, hot.sample(frac=1, random_state=2), trees=100, max_depth=4, min_leaf=5, seed=3)
    assert found.to_dict() == again.to_dict()


def test_a_forest_needs_something_to_explain() -> None:
    frame, hot = _areas()
    with pytest.raises(FeatureError, match="overal gelijk"):
        importances(frame, hot | True, trees=50, max_depth=2, min_leaf=5, seed=1)
    with pytest.raises(FeatureError, match="te weinig"):
        importances(frame.head(8), hot.head(8) ^ True, trees=50, max_depth=2, min_leaf=5, seed=1)
    with pytest.raises(FeatureError, match="niet elk gebied"):
        importances(frame, hot.head(8), trees=50, max_depth=2, min_leaf=5, seed=1)
