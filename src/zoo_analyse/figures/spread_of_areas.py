"""How the values of areas lie within country, group and municipality: the picture beside a reference image."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from zoo_analyse.errors import FigureError
from zoo_analyse.figures.axes import (
    SERIES_COLOURS,
    add_axes,
    beyond_key,
    colour_key,
    ends_without_extremes,
    legend,
    legend_lines,
    mark_beyond,
    round_ticks,
    value_axis,
)
from zoo_analyse.figures.style import INK, own_style, plain, title_and_source

MAX_ROWS = 40
FEWEST_FOR_BANDS = 10
"""Under so many areas a band of per cents would be a few of them: then only the areas themselves are drawn."""
_WIDTH = 8.0
_WIDE, _MIDDLE, _DOT = "#cfe3ef", "#8dbdd8", SERIES_COLOURS[0]


def spread_of_areas(
    rows: Mapping[str, Sequence[float]],
    *,
    whole: Mapping[str, float],
    title: str,
    source: str,
    label: str,
) -> Figure:
    """A row per larger area: a dot per published area in it, bands for the middle of them, and its own value.

    rows: name -> published values of the areas in it, hidden ones left out. whole: name -> the larger area's own value,
    where it is published. Raises FigureError for no or too many rows, or no value at all.
    """
    values = {name: np.sort(np.asarray(given, dtype="float64")) for name, given in rows.items()}
    numbers = np.concatenate([np.zeros(0), *values.values(), np.asarray([*whole.values()], dtype="float64")])
    if not 1 <= len(rows) <= MAX_ROWS or len(numbers) == 0 or not np.isfinite(numbers).all():
        raise FigureError(f"een beeld van gebieden heeft 1 tot {MAX_ROWS} rijen en ten minste één getal")
    ticks = round_ticks(*ends_without_extremes(numbers))
    beyond = bool((numbers < ticks[0]).any() or (numbers > ticks[-1]).any())
    banded = any(len(given) >= FEWEST_FOR_BANDS for given in values.values())
    keys: list[Patch | Line2D] = [
        Line2D([], [], color=_DOT, marker="o", markersize=3.5, linewidth=0, label="een gebied"),
    ]
    keys += [colour_key(_MIDDLE, "middelste 50 %"), colour_key(_WIDE, "middelste 80 %")] if banded else []
    keys += [_diamond(label="het geheel")] if whole else []
    keys += [beyond_key()] if beyond else []
    names = ["\n".join(textwrap.wrap(plain(name), 26)[:2]) for name in rows]
    left = 0.5 + 0.075 * max(len(line) for name in names for line in name.split("\n"))
    top = (0.5 if len(textwrap.wrap(plain(title), int(_WIDTH * 9.5))) < 2 else 0.7) + 0.1
    top += 0.2 * legend_lines(keys, _WIDTH)
    bottom, high = 0.85, 0.42 * len(rows) + 0.15
    with own_style():
        figure = Figure(figsize=(_WIDTH, top + high + bottom))
        axes = add_axes(figure, left, bottom, _WIDTH - left - 0.45, high)
        value_axis(axes, "x", ticks)
        for place, (name, given) in enumerate(values.items()):
            if len(given) >= FEWEST_FOR_BANDS:
                for low, high_end, colour in ((10, 90, _WIDE), (25, 75, _MIDDLE)):
                    start, end = np.clip(np.percentile(given, [low, high_end]), ticks[0], ticks[-1])
                    band = Rectangle((start, place - 0.3), end - start, 0.6, facecolor=colour, linewidth=0, zorder=2)
                    axes.add_patch(band)
            # Equal values lie beside each other, so that ties can be seen.
            shift = _beside(given, float(ticks[-1] - ticks[0]) / 150)
            size = 2.6 if len(given) <= 100 else 1.6
            drawn = mark_beyond(axes, "x", given, np.full(len(given), float(place)), ticks)
            axes.plot(drawn, place + shift, "o", color=_DOT, markersize=size, clip_on=False, zorder=3)
            if name in whole:
                (at,) = mark_beyond(axes, "x", np.asarray([whole[name]]), np.asarray([float(place)]), ticks)
                axes.add_line(_diamond([float(at)], [place], clip_on=False, zorder=4))
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlabel(plain(label), fontsize=8.5)
        legend(figure, keys, left=0.18, below=top - 0.05 - 0.2 * legend_lines(keys, _WIDTH))
        title_and_source(figure, title, source)
    return figure


def _diamond(x: Sequence[float] = (), y: Sequence[float] = (), **style: Any) -> Line2D:
    mark = Line2D(list(x), list(y), marker="D", linewidth=0, markersize=6, **style)
    mark.set(markerfacecolor="white", markeredgecolor=INK)
    return mark


def _beside(given: np.ndarray, close: float) -> np.ndarray:
    """How far each dot is moved off its line, so that dots closer than `close` do not cover each other."""
    steps = np.zeros(len(given), dtype=int)
    for position in range(1, len(given)):
        if given[position] - given[position - 1] < close:
            steps[position] = steps[position - 1] + 1
    turn = steps % 7
    return np.asarray(np.where(turn % 2 == 1, 0.09, -0.09) * ((turn + 1) // 2))
