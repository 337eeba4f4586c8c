"""Estimates with their intervals, from the lowest to the highest."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zoo_analyse.errors import FigureError
from zoo_analyse.figures.axes import (
    SERIES_COLOURS,
    add_axes,
    beyond_key,
    ends_without_extremes,
    legend,
    legend_lines,
    mark_beyond,
    round_ticks,
    tick_room,
    value_axis,
)
from zoo_analyse.figures.style import INK, SOFT, own_style, plain, title_and_source

MAX_NAMED = 45
"""So many estimates have their name beside them; more lie side by side without."""
_WIDTH = 8.0
_COLOUR = SERIES_COLOURS[0]


def interval_plot(
    estimates: pd.DataFrame, *, mean: float, title: str, source: str, label: str, observed: bool = True
) -> Figure:
    """Estimates as points on lines as long as their intervals, in order of the estimate, and the mean of all.

    estimates: index names, columns `schatting`, `onder`, `boven`, and (when observed) `waargenomen`, drawn as an open
    ring. Up to MAX_NAMED lie under each other with their names, more stand side by side. mean: a line through all.
    Raises FigureError without estimates, or with one that is missing.
    """
    columns = ["schatting", "onder", "boven"]
    if len(estimates) == 0 or not np.isfinite(estimates[columns].to_numpy(dtype="float64")).all():
        raise FigureError("een figuur van schattingen heeft van elke naam een schatting met onder- en bovengrens nodig")
    named = len(estimates) <= MAX_NAMED
    ordered = (
        estimates.rename_axis("naam").reset_index().sort_values(["schatting", "naam"], ascending=[not named, True])
    )
    numbers = ordered[[*columns, *(["waargenomen"] if observed else [])]].to_numpy(dtype="float64")
    low, high_end = ends_without_extremes(numbers[np.isfinite(numbers)])
    ticks = round_ticks(min(low, mean), max(high_end, mean))
    beyond = bool((numbers < ticks[0]).any() or (numbers > ticks[-1]).any())
    size = 4.5 if named else max(0.8, min(3.0, 500 / len(ordered)))
    keys = [
        Line2D([], [], color=_COLOUR, marker="o", markersize=4.5, linewidth=1.2, label="schatting met 95 %-interval"),
        Line2D([], [], color=SOFT, linewidth=1, linestyle=(0, (4, 3)), label="gemiddelde van alle gebieden"),
    ]
    if observed:
        ring = Line2D([], [], label="waargenomen", marker="o", linewidth=0, markersize=5)
        ring.set(markerfacecolor="none", markeredgecolor=INK)
        keys.insert(1, ring)
    keys += [beyond_key()] if beyond else []
    names = [str(name) for name in ordered["naam"]]
    left = 0.45 + 0.078 * max(map(len, names)) if named else tick_room(ticks)
    top = (0.5 if len(textwrap.wrap(plain(title), int(_WIDTH * 9.5))) < 2 else 0.7) + 0.1
    top += 0.2 * legend_lines(keys, _WIDTH)
    bottom, high = 0.85, 0.2 * len(ordered) + 0.2 if named else 3.6
    height = top + high + bottom
    places = np.arange(len(ordered))
    with own_style():
        figure = Figure(figsize=(_WIDTH, height))
        axes = add_axes(figure, left, bottom, _WIDTH - left - 0.4, high)
        value_axis(axes, "x" if named else "y", ticks)
        lines, point, through = (axes.hlines, "x", axes.axvline) if named else (axes.vlines, "y", axes.axhline)
        ends = ordered[["onder", "boven"]].clip(float(ticks[0]), float(ticks[-1]))
        lines(places, ends["onder"], ends["boven"], color=_COLOUR, linewidth=size / 3.5, zorder=2)
        for column, fill, edge, order in (("schatting", _COLOUR, _COLOUR, 3), ("waargenomen", "none", INK, 4)):
            if column == "schatting" or observed:
                values = mark_beyond(axes, point, ordered[column].to_numpy(dtype="float64"), places, ticks)
                x, y = (values, places) if point == "x" else (places, values)
                (dots,) = axes.plot(x, y, marker="o", markersize=size, linewidth=0, clip_on=False, zorder=order)
                dots.set(markerfacecolor=fill, markeredgecolor=edge, markeredgewidth=0.8)
        through(mean, color=SOFT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        if named:
            axes.set_yticks(places, [plain(name) for name in names])
            axes.set_ylim(len(ordered) - 0.4, -0.6)
            axes.set_xlabel(plain(label), fontsize=8.5)
        else:
            axes.set_xticks([])
            axes.set_xlim(-1, len(ordered))
            axes.set_xlabel(f"{len(ordered)} gebieden, van laag naar hoog", fontsize=8.5)
            axes.set_ylabel(plain(label), fontsize=8.5)
        legend(figure, keys, left=0.18, below=top - 0.05 - 0.2 * legend_lines(keys, _WIDTH))
        title_and_source(figure, title, source)
    return figure
