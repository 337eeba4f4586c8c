"""Axes of charts: round ends and ticks made from what is drawn, Dutch numbers, and what a hidden number looks like."""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from zoo_analyse.errors import FigureError
from zoo_analyse.figures.style import HIDDEN, HIDDEN_FILL, HIDDEN_LINE, INK, SOFT, dutch_number, plain

SERIES_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999")
"""Okabe and Ito (2008), in an order in which neighbours differ most; what can be told apart in one chart."""

GRID = "#dddddd"
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def round_ticks(low: float, high: float, most: int = 6) -> np.ndarray:
    """At most `most` + 1 ticks at a round distance (1, 2, 2,5 or 5 times a power of ten) that hold low and high.

    The ends of an axis are its outer ticks, so that no end of the data can be read from it.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        raise FigureError("een as heeft een getal nodig")
    if high <= low:
        high = low + max(abs(low), 1.0)
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (factor * power * scale for scale in (1, 10) for factor in _STEPS):
        first, last = math.floor(low / step), math.ceil(high / step)
        if last - first <= most:
            return np.arange(first, last + 1) * step
    raise FigureError("een as heeft te veel stappen nodig")


def ends_without_extremes(numbers: np.ndarray) -> tuple[float, float]:
    """The lowest and highest number, without the few that lie further off than four times the width of all others.

    One rate of an area in which hardly anybody lives would press the rest together. All others: 96 per cent.
    """
    low, high = np.percentile(numbers, [2, 98])
    room = 4 * (high - low)
    within = numbers[(numbers >= low - room) & (numbers <= high + room)] if room > 0 else numbers
    return float(within.min()), float(within.max())


def beyond_key() -> Line2D:
    """The legend's entry for what lies beyond the ends of an axis."""
    return Line2D([], [], marker=">", color=INK, linewidth=0, markersize=5, label="verder dan de as reikt")


def mark_beyond(axes: Axes, which: str, values: np.ndarray, places: np.ndarray, ticks: np.ndarray) -> np.ndarray:
    """Put an arrow at the end of the `x` or `y` axis for every value beyond it; return the values with those left out.

    places: where the values lie on the other axis.
    """
    low, high = float(ticks[0]), float(ticks[-1])
    for end, outside, marker in ((low, values < low, "<v"), (high, values > high, ">^")):
        at, along = np.full(int(outside.sum()), end), places[outside]
        x, y = (at, along) if which == "x" else (along, at)
        axes.plot(x, y, marker[which == "y"], color=INK, markersize=5, clip_on=False, zorder=5)
    return np.where((values < low) | (values > high), np.nan, values)


def tick_texts(ticks: Sequence[float]) -> list[str]:
    """Ticks in Dutch notation: points between thousands, the decimals that the step between them needs."""
    decimals = 0
    for tick in ticks:
        exact = Decimal(f"{tick:.9f}").normalize()
        decimals = max(decimals, -int(exact.as_tuple().exponent))
    return [grouped(float(tick), min(decimals, 6)) for tick in ticks]


def grouped(value: float, decimals: int) -> str:
    """Dutch notation with points between thousands from 10.000 on, so that years stay years."""
    whole, comma, rest = dutch_number(value, decimals).partition(",")
    digits = whole.removeprefix("−")
    if len(digits) < 5:
        return whole + comma + rest
    parts = [digits[max(end - 3, 0) : end] for end in range(len(digits), 0, -3)][::-1]
    return ("−" if whole.startswith("−") else "") + ".".join(parts) + comma + rest


def tick_room(ticks: np.ndarray) -> float:
    """Inches left of axes for the texts of these ticks and a name beside them."""
    return 0.5 + 0.068 * max(map(len, tick_texts(list(ticks))))


def add_axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place in inches, with no frame but a soft line below."""
    whole_width, whole_height = figure.get_size_inches()
    axes = figure.add_axes((left / whole_width, bottom / whole_height, width / whole_width, height / whole_height))
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(SOFT)
    axes.tick_params(colors=INK, labelsize=8, length=0, pad=5)
    axes.set_axisbelow(True)
    return axes


def value_axis(axes: Axes, which: str, ticks: np.ndarray, *, texts: bool = True) -> None:
    """Give the `x` or `y` axis its ticks, ends and grid lines."""
    axis, limits = (axes.xaxis, axes.set_xlim) if which == "x" else (axes.yaxis, axes.set_ylim)
    axis.set_ticks(list(ticks), tick_texts(list(ticks)) if texts else [""] * len(ticks))
    axis.grid(visible=True, color=GRID, linewidth=0.6)
    limits(float(ticks[0]), float(ticks[-1]))


def hidden_box(axes: Axes, x: float, y: float, width: float, height: float) -> None:
    """A hatched box in the place of a number that is not shown; the same whatever the reason."""
    box = Rectangle((x, y), width, height, linewidth=0, hatch="/////", zorder=1.5)
    box.set(facecolor=HIDDEN_FILL, edgecolor=HIDDEN_LINE)
    axes.add_patch(box)


def hidden_key() -> Patch:
    """The legend's entry for what is not shown."""
    return Patch(facecolor=HIDDEN_FILL, edgecolor=HIDDEN_LINE, linewidth=0.4, hatch="/////", label=HIDDEN)


def colour_key(colour: str, text: str) -> Patch:
    """A legend's entry of a colour."""
    return Patch(facecolor=colour, edgecolor="none", label=plain(text))


def legend_lines(keys: Sequence[Any], width: float) -> int:
    """How many lines a legend takes in a figure `width` inches wide."""
    return math.ceil(len(keys) / _columns(keys, width)) if keys else 0


def legend(figure: Figure, keys: Sequence[Patch | Line2D], *, left: float, below: float) -> None:
    """A legend without a frame, in lines from the left; below: inches from the top of the figure."""
    if not keys:
        return
    width, height = figure.get_size_inches()
    figure.legend(
        handles=list(keys),
        loc="upper left",
        bbox_to_anchor=(left / width, 1 - below / height),
        ncols=_columns(keys, width),
        frameon=False,
        fontsize=8,
        borderaxespad=0,
        borderpad=0,
        handlelength=1.4,
        columnspacing=1.4,
    )


def _columns(keys: Sequence[Any], width: float) -> int:
    longest = max(len(str(key.get_label())) for key in keys)
    return max(1, min(len(keys), int((width - 0.5) / (0.075 * longest + 0.55))))
