"""Bar and line charts of protected tables."""

import textwrap
from collections.abc import Mapping, Sequence
from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from zoo_analyse.errors import FigureError
from zoo_analyse.figures.axes import (
    SERIES_COLOURS,
    add_axes,
    colour_key,
    hidden_box,
    hidden_key,
    legend,
    legend_lines,
    round_ticks,
    tick_room,
    value_axis,
)
from zoo_analyse.figures.style import HIDDEN, SOFT, own_style, plain, title_and_source

MAX_BARS = 60
MAX_SERIES = len(SERIES_COLOURS)
_WIDTH = 8.0
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_BREAK = f"onderbroken: {HIDDEN}"
Number = float | None


def bar_chart(
    series: Mapping[str, Sequence[Number]],
    *,
    labels: Sequence[str],
    title: str,
    source: str,
    x_label: str,
    y_label: str,
) -> Figure:
    """Bars lying down from zero, per label, in a colour per series.

    series: name (empty for the only one) -> number per label, None where hidden: a hatched gap as long as the axis.
    Raises FigureError for too many or no bars, too many series, or numbers that do not fit.
    """
    _check(series, len(labels))
    if len(labels) * len(series) > MAX_BARS:
        raise FigureError(f"een staafdiagram heeft plaats voor {MAX_BARS} staven")
    numbers = [number for values in series.values() for number in values if number is not None]
    ticks = round_ticks(min(0.0, *numbers, 0.0), max(0.0, *numbers, 0.0))
    keys = [colour_key(SERIES_COLOURS[i], name) for i, name in enumerate(series) if len(series) > 1 or name] + (
        [hidden_key()] if len(numbers) < len(labels) * len(series) else []
    )
    names = ["\n".join(textwrap.wrap(plain(label), 26)[:2]) for label in labels]
    left = 0.55 + 0.075 * max(len(line) for name in names for line in (name or "-").split("\n"))
    thick = 0.8 / len(series)
    high = max(0.34, 0.17 * len(series) + 0.12) * len(labels) + 0.1
    top = _top(title) + 0.05 + 0.2 * legend_lines(keys, _WIDTH)
    bottom = 0.85
    height = top + high + bottom
    with own_style():
        figure = Figure(figsize=(_WIDTH, height))
        axes = add_axes(figure, left, bottom, _WIDTH - left - 0.45, high)
        value_axis(axes, "x", ticks)
        for i, values in enumerate(series.values()):
            for place, number in enumerate(values):
                y = place - 0.4 + i * thick
                if number is None:
                    hidden_box(axes, float(ticks[0]), y, float(ticks[-1] - ticks[0]), thick)
                else:
                    bar = Rectangle((0, y), number, thick, facecolor=SERIES_COLOURS[i], linewidth=0.5, zorder=2)
                    bar.set_edgecolor("white")
                    axes.add_patch(bar)
        axes.axvline(0, color=SOFT, linewidth=0.8, zorder=3)
        axes.set_yticks(range(len(labels)), names)
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.set_xlabel(plain(y_label), fontsize=8.5)
        axes.set_ylabel(plain(x_label), fontsize=8.5)
        legend(figure, keys, left=0.18, below=_top(title))
        title_and_source(figure, title, source)
    return figure


def line_chart(
    series: Mapping[str, Sequence[Number]],
    *,
    places: Sequence[float],
    labels: Sequence[str],
    title: str,
    source: str,
    x_label: str,
    y_label: str,
    step: float = 1.0,
) -> Figure:
    """Lines over ordered places, broken where a point is hidden or where there is none.

    series: name (empty for the only one) -> number per place, None where hidden. places: ascending; those further
    apart than `step` are not connected, so that a place without a number and a place that nobody has look the same.
    labels: the text of every place. Raises FigureError for too many or no series, or
    numbers that do not fit.
    """
    _check(series, len(labels))
    if len(places) != len(labels) or any(low >= high for low, high in pairwise(places)):
        raise FigureError("een lijndiagram heeft oplopende plaatsen nodig, elk met een label")
    numbers = [number for values in series.values() for number in values if number is not None]
    ticks = round_ticks(min(0.0, *numbers, 0.0), max(0.0, *numbers, 0.0))
    broken = len(numbers) < len(labels) * len(series) or any(b - a > 1.5 * step for a, b in pairwise(places))
    lines = [
        Line2D([], [], color=colour, marker=marker, markersize=4, linewidth=1.8, label=plain(name))
        for name, colour, marker in zip(series, SERIES_COLOURS, _MARKERS, strict=False)
        if len(series) > 1 or name
    ]
    gap = [hidden_key() if len(series) == 1 else Line2D([], [], linewidth=0, label=_BREAK)]
    keys = [*lines, *(gap if broken else [])]
    top, bottom, left, high = _top(title) + 0.1 + 0.2 * legend_lines(keys, _WIDTH), 0.95, tick_room(ticks), 3.3
    height = top + high + bottom
    wide = _WIDTH - left - 0.35
    with own_style():
        figure = Figure(figsize=(_WIDTH, height))
        axes = add_axes(figure, left, bottom, wide, high)
        value_axis(axes, "y", ticks)
        size = 4 if len(places) <= 30 else 2.5
        for values, colour, marker in zip(series.values(), SERIES_COLOURS, _MARKERS, strict=False):
            for run in _runs(places, values, step):
                x, y = zip(*run, strict=True)
                axes.plot(x, y, color=colour, marker=marker, markersize=size, linewidth=1.8, clip_on=False, zorder=3)
        if len(series) == 1:
            (values,) = series.values()
            for low, high_end in _gaps(places, values, step):
                hidden_box(axes, low, float(ticks[0]), high_end - low, float(ticks[-1] - ticks[0]))
        margin = step / 2
        axes.set_xlim(places[0] - margin, places[-1] + margin)
        names = ["\n".join(textwrap.wrap(plain(label), 13)[:2]) for label in labels]
        room = max(1, int(wide / (0.075 * max(len(line) for name in names for line in name.split("\n")) + 0.12)))
        every = -(-len(labels) // room)
        axes.set_xticks(list(places)[::every], names[::every])
        if ticks[0] < 0:
            axes.axhline(0, color=SOFT, linewidth=0.8)
        axes.set_xlabel(plain(x_label), fontsize=8.5)
        axes.set_ylabel(plain(y_label), fontsize=8.5)
        legend(figure, keys, left=0.18, below=_top(title))
        title_and_source(figure, title, source)
    return figure


def _runs(places: Sequence[float], values: Sequence[Number], step: float) -> list[list[tuple[float, float]]]:
    """The stretches of neighbouring places that have a number."""
    runs: list[list[tuple[float, float]]] = []
    last = None
    for place, value in zip(places, values, strict=True):
        if value is not None:
            if last is None or place - last > 1.5 * step:
                runs.append([])
            runs[-1].append((place, value))
        last = place if value is not None else None
    return runs


def _gaps(places: Sequence[float], values: Sequence[Number], step: float) -> list[tuple[float, float]]:
    """The stretches between places with a number where there is none, whether it is hidden or not there at all."""
    known = [place for place, value in zip(places, values, strict=True) if value is not None]
    inner = [(low + step / 2, high - step / 2) for low, high in pairwise(known) if high - low > 1.5 * step]
    ends = [(places[0] - step / 2, known[0] - step / 2), (known[-1] + step / 2, places[-1] + step / 2)]
    return [*inner, *((low, high) for low, high in ends if high > low)]


def _check(series: Mapping[str, Sequence[Number]], labels: int) -> None:
    if not 1 <= len(series) <= MAX_SERIES:
        raise FigureError(f"een diagram heeft 1 tot {MAX_SERIES} reeksen")
    if labels == 0 or any(len(values) != labels for values in series.values()):
        raise FigureError("een diagram heeft per label één getal in elke reeks")
    if all(number is None for values in series.values() for number in values):
        raise FigureError("er is niets om te tekenen: geen enkel getal mag getoond worden")


def _top(title: str) -> float:
    return 0.5 if len(textwrap.wrap(plain(title), int(_WIDTH * 9.5))) < 2 else 0.7
