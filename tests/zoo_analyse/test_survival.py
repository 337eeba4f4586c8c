"""Survival against statsmodels, published tables, and arithmetic done by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from zoo_analyse.errors import ModelError
from zoo_analyse.survival import grouped_counts, life_table

# Remission of leukaemia in weeks under 6-MP and placebo; Freireich et al. (1963), as in Gehan (1965), table 1.
SIX_MP = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
SEEN = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
# week -> survival, its standard error (Kleinbaum and Klein, Survival Analysis, table of KM curves for remission)
PUBLISHED = {
    6: (0.8571, 0.0764),
    7: (0.8067, 0.0869),
    10: (0.7529, 0.0963),
    13: (0.6902, 0.1068),
    16: (0.6275, 0.1141),
    22: (0.5378, 0.1282),
    23: (0.4482, 0.1346),
}
# week -> Nelson-Aalen hazard (Klein and Moeschberger, Survival Analysis, table 4.2)
HAZARD = {6: 0.1429, 7: 0.2017, 10: 0.2683, 13: 0.3517, 16: 0.4426, 22: 0.5854, 23: 0.7521}
# Males with angina pectoris, per year after diagnosis; Gehan (1969), in Lee and Wang, Statistical Methods for Survival
# Data Analysis, table 4.5: who died, who was lost, and the actuarial survival to the end of the year with its error.
DIED = [456, 226, 152, 171, 135, 125, 83, 74, 51, 42, 43, 34, 18, 9, 6]
LOST = [0, 39, 22, 23, 24, 107, 133, 102, 68, 64, 45, 53, 33, 27, 23]
ALIVE = [0.8114, 0.7170, 0.6524, 0.5786, 0.5193, 0.4611, 0.4172, 0.3712, 0.3342, 0.2987, 0.2557, 0.2136]
ALIVE += [0.1839, 0.1636, 0.1429]
ERROR = [0.0080, 0.0092, 0.0097, 0.0101, 0.0103, 0.0104, 0.0105, 0.0106, 0.0107, 0.0109, 0.0111, 0.0114]
ERROR += [0.0118, 0.0123, 0.0133]


def test_remission_under_6_mp_is_as_published() -> None:
    """With steps of a week the curve is the Kaplan-Meier curve of the weeks themselves."""
    table = life_table(21, *grouped_counts(SIX_MP, SEEN, range(1, 37)))
    for week, (survival, error) in PUBLISHED.items():
        assert table["overleving"][week] == pytest.approx(survival, abs=6e-5)
        assert table["standaardfout"][week] == pytest.approx(error, abs=6e-5)
        assert table["hazard"][week] == pytest.approx(HAZARD[week], abs=6e-5)
    assert table["onder_risico"][[6, 7, 10, 13, 16, 22, 23]].tolist() == [21, 17, 15, 12, 11, 7, 6]


def test_remission_under_placebo_ends_at_nobody() -> None:
    table = life_table(21, *grouped_counts(PLACEBO, [1] * 21, range(1, 25)))
    assert table["overleving"][[1, 8, 22]].tolist() == pytest.approx([19 / 21, 8 / 21, 1 / 21])
    assert table["overleving"][23] == 0
    assert np.isnan(table["standaardfout"][23])
    assert np.isnan(table["onder95"][23])


def test_the_actuarial_table_of_angina_pectoris_is_as_published() -> None:
    leaving = [dead + gone for dead, gone in zip(DIED, LOST, strict=True)]
    table = life_table(2418, DIED, leaving, estimator="sterftetafel")
    assert table["overleving"].tolist() == pytest.approx(ALIVE, abs=6e-5)
    assert table["standaardfout"].tolist() == pytest.approx(ERROR, abs=6e-5)
    assert table["blootgesteld"].iloc[5] == 1116.5


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=60))
def test_steps_of_one_moment_give_what_statsmodels_gives(people: list[tuple[int, bool]]) -> None:
    times = np.array([time for time, _ in people], dtype=float)
    events = np.array([event for _, event in people], dtype=int)
    table = life_table(len(people), *grouped_counts(times, events, range(1, 14)))
    # statsmodels begins above 0; one more on every duration changes no order
    other = SurvfuncRight(times + 1, events)
    for time, survival, error, risk, count in zip(
        other.surv_times, other.surv_prob, other.surv_prob_se, other.n_risk, other.n_events, strict=True
    ):
        row = table.iloc[round(time) - 1]
        assert row["overleving"] == pytest.approx(survival)
        assert (row["onder_risico"], row["gebeurtenissen"]) == (risk, count)
        if survival > 0:
            assert row["standaardfout"] == pytest.approx(error)


def test_the_interval_is_that_of_r_on_the_log_log_scale() -> None:
    """R's survfit(conf.type = "log-log") gives 0.620 to 0.952 for week 6 under 6-MP."""
    table = life_table(21, *grouped_counts(SIX_MP, SEEN, range(1, 37)))
    assert (table["onder95"][6], table["boven95"][6]) == pytest.approx((0.620, 0.952), abs=6e-4)
    assert np.isnan(table["onder95"][3])  # nobody had the event yet


def test_fractions_fall_in_the_step_that_holds_their_beginning() -> None:
    assert grouped_counts([0, 0.5, 1.0, 1.999999, 2.0, 700.25], [1, 0, 1, 1, 0, 1], [1, 2]) == ([1, 2, 1], [2, 2, 2])


def test_all_censored_is_a_flat_line_and_nobody_is_no_table() -> None:
    table = life_table(30, [0, 0], [10, 15])
    assert table["overleving"].tolist() == [1, 1]
    assert table["standaardfout"].tolist() == [0, 0]
    assert life_table(0, [0], [0])["overleving"].tolist() == [1]


@pytest.mark.parametrize(
    ("durations", "events", "edges"),
    [
        ([-1.0], [1], [1]),
        ([float("nan")], [1], [1]),
        ([float("inf")], [1], [1]),
        ([1.0], [2], [1]),
        ([1.0], [float("nan")], [1]),
        ([1.0, 2.0], [1], [1]),
        ([1.0], [1], []),
        ([1.0], [1], [0, 1]),
        ([1.0], [1], [2, 2]),
    ],
)
def test_what_is_no_duration_event_or_grid_is_refused(
    durations: list[float], events: list[float], edges: list[int]
) -> None:
    with pytest.raises(ModelError):
        grouped_counts(durations, events, edges)  # type: ignore[arg-type]


@pytest.mark.parametrize(("events", "leaving"), [([-1], [1]), ([2], [1]), ([1], [11]), ([1, 1], [1])])
def test_counts_that_do_not_fit_are_refused(events: list[int], leaving: list[int]) -> None:
    with pytest.raises(ModelError):
        life_table(10, events, leaving)
