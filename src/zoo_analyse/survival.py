"""Survival on a declared grid of times: life table, Kaplan-Meier, Greenwood's errors and the Nelson-Aalen hazard.

Everything is a function of three counts per step of the grid: who is at risk at its beginning, who has the event in
it, and who leaves it otherwise (is censored). Nothing depends on when in a step something happened, so what is
computed tells no more than those counts do.

Sources: Kaplan and Meier (1958), Nonparametric estimation from incomplete observations; Cutler and Ederer (1958),
Maximum utilization of the life table method in analyzing survival; Greenwood (1926); Nelson (1972); Aalen (1978).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from zoo_analyse.errors import ModelError

Estimator = Literal["kaplan_meier", "sterftetafel"]
_Z = 1.959963984540054  # the point of the normal distribution with 2.5 % above it


def life_table(
    entering: int, events: Sequence[int], leaving: Sequence[int], *, estimator: Estimator = "kaplan_meier"
) -> pd.DataFrame:
    """Return a row per step, first to last, from counts of units.

    entering: at risk at the beginning of the first step. events, leaving: per step who has the event, and who leaves in
    it at all (event or censored). estimator: `kaplan_meier` takes those censored in a step to have been at risk all
    through it, which is exact where a step is one moment; `sterftetafel` (the actuarial life table) half of it.

    Columns: `onder_risico`, `gebeurtenissen`, `gecensureerd`, `blootgesteld` (at risk as the estimator takes it),
    `kans` (of the event in the step, for who is at risk), `overleving` (share without the event at the end of the step)
    with its `standaardfout` (Greenwood; NaN where nobody is left), `onder95` and `boven95` (log-minus-log interval, NaN
    at 0 and 1), and `hazard` (cumulative, Nelson-Aalen).

    Raises ModelError for counts that are negative or do not fit each other.
    """
    happened = np.asarray(events, dtype=np.int64)
    left = np.asarray(leaving, dtype=np.int64)
    if happened.shape != left.shape or happened.ndim != 1:
        raise ModelError("een overlevingstafel heeft per stap twee aantallen: gebeurtenissen en wie uit beeld raakt")
    if (happened < 0).any() or (left < happened).any() or left.sum() > entering:
        raise ModelError("een overlevingstafel kan niet meer mensen verliezen dan er onder risico zijn")
    at_risk = entering - np.concatenate([[0], np.cumsum(left)[:-1]]).astype(np.int64)[: len(left)]
    censored = left - happened
    exposed = at_risk - (censored / 2 if estimator == "sterftetafel" else 0.0)
    chance = np.divide(happened, exposed, out=np.zeros(len(left)), where=exposed > 0)
    survival = np.cumprod(1 - chance)
    spread = np.divide(chance, exposed - happened, out=np.full(len(left), np.nan), where=exposed > happened)
    # a step in which nobody is at risk changes nothing
    spread[exposed <= 0] = 0.0
    error = survival * np.sqrt(np.cumsum(spread))
    low, high = _interval(survival, error)
    return pd.DataFrame(
        {
            "onder_risico": at_risk,
            "gebeurtenissen": happened,
            "gecensureerd": censored,
            "blootgesteld": exposed,
            "kans": chance,
            "overleving": survival,
            "standaardfout": error,
            "onder95": low,
            "boven95": high,
            "hazard": np.cumsum(chance),
        }
    )


def _interval(survival: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pointwise 95 % interval that stays between 0 and 1 (log-minus-log; Kalbfleisch and Prentice, 1980)."""
    inside = (survival > 0) & (survival < 1)
    logarithm = np.log(survival, out=np.full(len(survival), np.nan), where=inside)
    half = _Z * error / np.abs(survival * logarithm, out=np.full(len(survival), np.nan), where=inside)
    return np.where(inside, survival ** np.exp(half), np.nan), np.where(inside, survival ** np.exp(-half), np.nan)


def grouped_counts(
    durations: Sequence[float], event_observed: Sequence[bool], edges: Sequence[float]
) -> tuple[list[int], list[int]]:
    """Return events and all who leave per step of a grid, of one unit per position.

    edges: ascending ends of the steps, the first of which begins at 0; a step holds its beginning and not its end, and
    a last one without an end follows. Raises ModelError for durations below 0, missing values, or an unordered grid.
    """
    time = np.asarray(durations, dtype=np.float64)
    event = np.asarray(event_observed, dtype=np.float64)
    ends = np.asarray(edges, dtype=np.float64)
    if time.shape != event.shape or not np.isfinite(time).all() or (time < 0).any():
        raise ModelError("een duur is een getal vanaf 0, en bij elke duur hoort een gebeurtenis (0 of 1)")
    if not np.isin(event, (0.0, 1.0)).all():
        raise ModelError("een gebeurtenis is 0 (nog niet gezien) of 1 (gezien)")
    if not len(ends) or ends[0] <= 0 or (np.diff(ends) <= 0).any():
        raise ModelError("de tijdstappen lopen op en beginnen boven 0")
    place = np.searchsorted(ends, time, side="right")
    steps = len(ends) + 1
    leaving = np.bincount(place, minlength=steps)
    happened = np.bincount(place[event == 1.0], minlength=steps)
    return happened.tolist(), leaving.tolist()
