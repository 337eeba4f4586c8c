"""Skewness and kurtosis: those of scipy and pandas, in three digits, where there are enough values and they differ."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from outputcontrole.kinds.magnitude_table import shape
from outputcontrole.spec import Verdict
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.test_magnitudes import _asked, _world_with

VALUES = st.lists(st.integers(-(10**9), 10**9).map(float), min_size=4, max_size=60).map(sorted)


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_shape_is_that_of_scipy(values: list[float]) -> None:
    numbers = np.array(values)
    if numbers.std() <= 1e-6 * np.abs(numbers).max():
        return
    assert shape(numbers, "scheefheid") == pytest.approx(stats.skew(numbers, bias=False), rel=1e-6, abs=1e-6)
    assert shape(numbers, "kurtosis") == pytest.approx(stats.kurtosis(numbers, bias=False), rel=1e-6, abs=1e-6)


def test_shape_has_no_unit_and_knows_no_overflow() -> None:
    numbers = np.sort(np.random.default_rng(1).lognormal(size=40))
    for statistic in ("scheefheid", "kurtosis"):
        assert shape(numbers * 1e150, statistic) == pytest.approx(shape(numbers, statistic), rel=1e-9)


@pytest.mark.parametrize(("statistic", "name"), [("scheefheid", "skew"), ("kurtosis", "kurt")])
def test_a_group_with_too_few_values_or_with_equal_ones_has_no_shape(tmp_path: Any, statistic: str, name: str) -> None:
    rng = np.random.default_rng(4)
    rows = [("veel", int(amount)) for amount in rng.lognormal(8, 1, 300)]
    rows += [("tien", 1000 + 77 * i) for i in range(10)] + [("gelijk", 5000)] * 40
    found = answer(_world_with(rows, tmp_path), _asked(statistiek=statistic, bescherming="onderdrukken"))
    told = csv(found.files["tabel.csv"]).set_index("groep")[f"{statistic}_bedrag"].to_dict()
    shown = {label: text for label, text in told.items() if text != "."}
    assert "tien" not in shown and "gelijk" not in shown
    expected = (
        pd.DataFrame(rows, columns=["groep", "bedrag"]).groupby("groep")["bedrag"].apply(getattr(pd.Series, name))
    )
    for label in shown.keys() & {"veel"}:
        assert float(shown[label].replace(",", ".")) == pytest.approx(expected[label], rel=0.006)
    assert shown


def test_asked_without_protection_too_few_values_refuse_the_whole(tmp_path: Any) -> None:
    rows = [("veel", 100 + i * i) for i in range(60)] + [("tien", 1000 + 77 * i) for i in range(10)]
    assert answer(_world_with(rows, tmp_path), _asked(statistiek="kurtosis")).verdict is Verdict.REFUSED
