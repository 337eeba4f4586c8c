"""Distributions from counts per declared class: histogram, frequency polygon, box plot, grid, Lorenz curve."""

import textwrap
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from zoo_analyse.errors import FigureError
from zoo_analyse.figures.axes import (
    GRID,
    SERIES_COLOURS,
    add_axes,
    colour_key,
    hidden_box,
    hidden_key,
    legend,
    legend_lines,
    round_ticks,
    tick_room,
    tick_texts,
    value_axis,
)
from zoo_analyse.figures.style import (
    HIDDEN,
    HIDDEN_FILL,
    HIDDEN_LINE,
    INK,
    SOFT,
    own_style,
    plain,
    sequential_colours,
    title_and_source,
)

MAX_PANELS = 12
MAX_BOXES = 40
_BAR, _OPEN_BAR = SERIES_COLOURS[0], "#7fb8d8"
_WIDTH = 8.0
# Panels of which the highest bars differ more than so many times would be flat on one scale.
_UNLIKE = 4
Number = float | None


def histogram(
    panels: Mapping[str, Sequence[Number]],
    *,
    edges: Sequence[float],
    title: str,
    source: str,
    x_label: str,
    y_label: str = "aantal",
) -> Figure:
    """Counts per declared class as bars; a panel per label, with the same axes unless the highest bars are too unlike.

    panels: label (empty for the only one) -> count per class, None where hidden; one class more than there are edges,
    the first and last without an end (drawn lighter). Classes have the same width on paper; where theirs differ the
    bars stand apart, for their surface then says nothing. Raises FigureError for too many panels or none, or counts
    that do not fit.
    """
    if not 1 <= len(panels) <= MAX_PANELS or any(len(counts) != len(edges) + 1 for counts in panels.values()):
        raise FigureError(f"een histogram heeft 1 tot {MAX_PANELS} delen, elk met één klasse meer dan er grenzen zijn")
    highest = {label: max([number for number in counts if number], default=1.0) for label, counts in panels.items()}
    own = max(highest.values()) > _UNLIKE * min(highest.values())
    common = max(highest.values())
    scales = {label: round_ticks(0.0, high if own else common, 5) for label, high in highest.items()}
    across = min(len(panels), 3)
    down = -(-len(panels) // across)
    high = 3.3 if len(panels) == 1 else 1.75
    hidden = any(number is None for counts in panels.values() for number in counts)
    keys: list[Patch | Line2D] = [colour_key(_OPEN_BAR, "klasse zonder einde"), *([hidden_key()] if hidden else [])]
    if own:
        keys.append(Line2D([], [], linewidth=0, label="elk deel heeft een eigen schaal"))
    room = max(map(tick_room, scales.values()))
    top = _top(title) + 0.1 + 0.2 * legend_lines(keys, _WIDTH)
    bottom, left, gap_x, gap_y = 0.95, room, room - 0.1 if own else 0.25, 0.75
    height = top + down * high + (down - 1) * gap_y + bottom + (0.25 if len(panels) > 1 else 0)
    wide = (_WIDTH - left - 0.25 - gap_x * (across - 1)) / across
    even = bool(np.allclose(np.diff(edges), np.diff(edges)[0], rtol=1e-9)) if len(edges) > 1 else True
    with own_style():
        figure = Figure(figsize=(_WIDTH, height))
        for place, (label, counts) in enumerate(panels.items()):
            row, column = divmod(place, across)
            y = height - top - (0.25 if len(panels) > 1 else 0) - (row + 1) * high - row * gap_y
            axes = add_axes(figure, left + column * (wide + gap_x), y, wide, high)
            ticks = scales[label]
            value_axis(axes, "y", ticks, texts=own or column == 0)
            _bars(axes, counts, float(ticks[-1]), 1.0 if even else 0.8)
            _class_axis(axes, edges, wide)
            if label:
                axes.set_title(_short(label, int(wide * 13)), fontsize=8.5, loc="left", pad=4, color=INK)
            if column == 0:
                axes.set_ylabel(plain(y_label), fontsize=8.5)
        figure.text((left + (_WIDTH - left) / 2) / _WIDTH, 0.48 / height, plain(x_label), fontsize=8.5, ha="center")
        legend(figure, keys, left=left, below=_top(title))
        title_and_source(figure, title, source)
    return figure


def _bars(axes: Axes, counts: Sequence[Number], ceiling: float, share: float) -> None:
    for number, count in enumerate(counts):
        outer = number in {0, len(counts) - 1}
        # The classes without an end stand a little apart: how wide they are nobody knows.
        shift = 0.0 if not outer else (-0.2 if number == 0 else 0.2)
        x, width = number + (1 - share) / 2 + shift, share
        if count is None:
            hidden_box(axes, x, 0, width, ceiling)
        else:
            colour = _OPEN_BAR if outer else _BAR
            axes.add_patch(Rectangle((x, 0), width, count, facecolor=colour, edgecolor="white", linewidth=0.6))
    axes.set_xlim(-0.3, len(counts) + 0.3)


def _class_axis(axes: Axes, edges: Sequence[float], wide: float) -> None:
    """Boundaries as ticks between the classes, as many as fit, and the words of the classes without an end."""
    texts = tick_texts(edges)
    room = max(1, int(wide / (0.085 * max(map(len, texts)) + 0.12)))
    every = -(-len(texts) // room)
    places = [number + 1 for number in range(len(edges))]
    labels = [text if number % every == 0 else "" for number, text in enumerate(texts)]
    words = [(0.3, "\nlager"), (len(edges) + 0.7, "\nhoger")]
    axes.set_xticks([*places, *(place for place, _ in words)], [*labels, *(word for _, word in words)])
    axes.tick_params(axis="x", pad=6)
    for tick, place in zip(axes.xaxis.get_major_ticks(), [*places, None, None], strict=True):
        if place is not None:
            tick.tick1line.set_markersize(3)
            tick.tick1line.set_color(SOFT)


def frequency_polygon(
    counts: Sequence[float], *, edges: Sequence[float], title: str, source: str, x_label: str
) -> Figure:
    """Counts per declared class as a line through the middles of the classes.

    counts: one more than there are edges. The heights are per width of the narrowest class, so that classes of any
    width compare; the classes without an end have no height and stand beside it in words. Raises FigureError for fewer
    than two classes with two ends.
    """
    if len(edges) < 3 or len(counts) != len(edges) + 1:
        raise FigureError("een dichtheid heeft ten minste twee klassen tussen de open klassen")
    widths = np.diff(edges)
    narrowest = float(widths.min())
    heights = np.asarray(counts[1:-1], dtype="float64") * narrowest / widths
    middles = (np.asarray(edges[:-1]) + np.asarray(edges[1:])) / 2
    ticks = round_ticks(0.0, float(heights.max()) or 1.0, 5)
    top, bottom, left, high = _top(title) + 0.12, 1.05, tick_room(ticks), 3.3
    height = top + high + bottom
    with own_style():
        figure = Figure(figsize=(_WIDTH, height))
        axes = add_axes(figure, left, bottom, _WIDTH - left - 0.4, high)
        value_axis(axes, "y", ticks)
        places = round_ticks(float(edges[0]), float(edges[-1]), 7)
        axes.fill_between(middles, heights, color=_BAR, alpha=0.18, linewidth=0)
        axes.plot(middles, heights, color=_BAR, linewidth=1.8, marker="o", markersize=3.5, clip_on=False)
        axes.set_xticks(list(places), tick_texts(list(places)))
        axes.set_xlim(float(places[0]), float(places[-1]))
        step = tick_texts([narrowest])[0]
        axes.set_ylabel(f"aantal per breedte van {step}", fontsize=8.5)
        axes.set_xlabel(plain(x_label), fontsize=8.5)
        low, high_end = tick_texts([edges[0]])[0], tick_texts([edges[-1]])[0]
        outside = (
            f"Niet in de lijn: minder dan {low}: {tick_texts([counts[0]])[0]}; "
            f"{high_end} of meer: {tick_texts([counts[-1]])[0]}."
        )
        figure.text(left / _WIDTH, 0.4 / height, outside, fontsize=8, color=SOFT)
        title_and_source(figure, title, source)
    return figure


def box_plot(
    boxes: Mapping[str, Sequence[float] | None], *, title: str, source: str, x_label: str, y_label: str
) -> Figure:
    """Median, quartiles and whiskers per label, lying down; no outliers.

    boxes: label -> the points of 5, 25, 50, 75 and 95 per cent, None where hidden. Raises FigureError for too many or
    no labels, or when every one is hidden.
    """
    shown = [points for points in boxes.values() if points is not None]
    if not shown or len(boxes) > MAX_BOXES or any(len(points) != 5 for points in shown):
        raise FigureError(f"een boxplot heeft 1 tot {MAX_BOXES} labels met vijf punten")
    numbers = [number for points in shown for number in points]
    ticks = round_ticks(min(numbers), max(numbers))
    keys = [hidden_key()] if len(shown) < len(boxes) else []
    top, bottom, left = _top(title) + (0.3 if keys else 0.1), 0.95, _label_room(boxes)
    high = 0.42 * len(boxes) + 0.15
    height = top + high + bottom
    with own_style():
        figure = Figure(figsize=(_WIDTH, height))
        axes = add_axes(figure, left, bottom, _WIDTH - left - 0.4, high)
        value_axis(axes, "x", ticks)
        for place, points in enumerate(boxes.values()):
            if points is None:
                hidden_box(axes, float(ticks[0]), place - 0.3, float(ticks[-1] - ticks[0]), 0.6)
                continue
            low, first, middle, third, high_end = points
            axes.plot([low, high_end], [place, place], color=INK, linewidth=1, zorder=2, clip_on=False)
            for end in (low, high_end):
                axes.plot([end, end], [place - 0.15, place + 0.15], color=INK, linewidth=1, zorder=2, clip_on=False)
            box = Rectangle((first, place - 0.3), third - first, 0.6, zorder=3, linewidth=0.8)
            box.set(facecolor="#a6cee3", edgecolor=INK)
            axes.add_patch(box)
            axes.plot([middle, middle], [place - 0.3, place + 0.3], color=INK, linewidth=2, zorder=4)
        axes.set_yticks(range(len(boxes)), [_wrapped(label) for label in boxes])
        axes.set_ylim(len(boxes) - 0.45, -0.55)
        axes.set_xlabel(plain(x_label), fontsize=8.5)
        explanation = "Streep: mediaan. Vak: middelste helft. Lijnen: van 5 % tot 95 %. Elk punt is een gemiddelde."
        figure.text(0.18 / _WIDTH, 0.32 / height, f"{plain(y_label)}. {explanation}", fontsize=7.5, color=SOFT)
        legend(figure, keys, left=left, below=_top(title))
        title_and_source(figure, title, source)
    return figure


def count_grid(
    counts: Sequence[Sequence[Number]],
    *,
    x_edges: Sequence[float],
    y_edges: Sequence[float],
    title: str,
    source: str,
    x_label: str,
    y_label: str,
) -> Figure:
    """Counts per square of a declared grid in classes of colour.

    counts: rows from the lowest y up, columns from the lowest x; a hidden count (None) and a zero look the same.
    Raises FigureError when the counts do not fit the edges or nothing is to be seen.
    """
    rows, columns = len(y_edges) - 1, len(x_edges) - 1
    seen = [number for row in counts for number in row if number]
    if len(counts) != rows or any(len(row) != columns for row in counts) or not seen:
        raise FigureError("een raster heeft een aantal per vak nodig, en ten minste één vak dat getoond mag worden")
    breaks = _count_breaks(seen)
    texts = tick_texts(breaks)
    names = [
        f"minder dan {texts[0]}",
        *(f"{low} tot {high}" for low, high in pairwise(texts)),
        *([f"{texts[-1]} of meer"] if max(seen) >= breaks[-1] else []),
    ]
    colours = sequential_colours(len(names))
    side = 5.0
    square = min(side / columns, side / rows)
    wide, high = square * columns, square * rows
    top, bottom, left = _top(title) + 0.1, 0.95, 1.0
    height = top + max(high, 0.25 * len(names) + 0.8) + bottom
    with own_style():
        figure = Figure(figsize=(_WIDTH, height))
        axes = add_axes(figure, left, height - top - high, wide, high)
        axes.set_facecolor(HIDDEN_FILL)
        axes.set_xlim(0, columns)
        axes.set_ylim(0, rows)
        for y, row in enumerate(counts):
            for x, number in enumerate(row):
                if number:
                    colour = colours[int(np.searchsorted(breaks, number, side="right"))]
                    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.5))
        _edge_ticks(axes, "x", x_edges, wide)
        _edge_ticks(axes, "y", y_edges, high)
        axes.spines["left"].set_visible(True)
        axes.spines["left"].set_color(SOFT)
        axes.set_xlabel(plain(x_label), fontsize=8.5)
        axes.set_ylabel(plain(y_label), fontsize=8.5)
        keys = [colour_key(colour, name) for colour, name in zip(colours, names, strict=True)][::-1]
        none = Patch(facecolor=HIDDEN_FILL, edgecolor=HIDDEN_LINE, linewidth=0.4, label=HIDDEN)
        box = figure.legend(
            handles=[*keys, none],
            loc="upper left",
            bbox_to_anchor=((left + wide + 0.25) / _WIDTH, 1 - top / height),
            frameon=False,
            fontsize=8,
            title="aantal",
            title_fontsize=8.5,
            alignment="left",
            borderaxespad=0,
        )
        box.get_title().set_fontweight("bold")
        title_and_source(figure, title, source)
    return figure


def _count_breaks(seen: Sequence[float]) -> list[float]:
    """At most six breaks of 1, 2 or 5 times a power of ten among the counts; always one."""
    ladder = [float(factor * 10**power) for power in range(10) for factor in (1, 2, 5)]
    inside = [value for value in ladder if min(seen) < value <= max(seen)]
    return inside[-6:] or [next(value for value in ladder if value > max(seen))]


def _edge_ticks(axes: Axes, which: str, edges: Sequence[float], size: float) -> None:
    texts = tick_texts(edges)
    each = 0.085 * max(map(len, texts)) + 0.12 if which == "x" else 0.22
    every = -(-len(edges) // max(1, int(size / each)))
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks(list(range(len(edges)))[::every], texts[::every])


def lorenz_curve(shares: Sequence[float], *, title: str, source: str, x_label: str, y_label: str) -> Figure:
    """Cumulative shares (per cent) of tenths of the units, from the lowest; beside it the line of equal shares.

    shares: eleven numbers from 0 to 100. Raises FigureError for another number of them.
    """
    if len(shares) != 11:
        raise FigureError("een lorenzcurve heeft elf punten")
    side, left, bottom = 4.6, 0.85, 0.95
    top = _top(title) + 0.3
    width, height = 6.4, top + side + bottom
    ticks = np.arange(0, 101, 20)
    with own_style():
        figure = Figure(figsize=(width, height))
        axes = add_axes(figure, left, bottom, side, side)
        tenths = np.arange(0, 101, 10)
        axes.fill_between(tenths, shares, tenths, color=_BAR, alpha=0.12, linewidth=0)
        (equal,) = axes.plot([0, 100], [0, 100], color=SOFT, linewidth=1, linestyle="--", label="gelijk verdeeld")
        (curve,) = axes.plot(
            tenths, shares, color=_BAR, linewidth=1.8, marker="o", markersize=3.5, label="verdeling", clip_on=False
        )
        axes.set_xticks(list(ticks), [f"{tick} %" for tick in ticks])
        axes.set_yticks(list(ticks), [f"{tick} %" for tick in ticks])
        axes.grid(visible=True, color=GRID, linewidth=0.6)
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 100)
        axes.set_xlabel(plain(x_label), fontsize=8.5)
        axes.set_ylabel(plain(y_label), fontsize=8.5)
        legend(figure, [curve, equal], left=left, below=_top(title))
        title_and_source(figure, title, source)
    return figure


def _top(title: str) -> float:
    """Inches that the title takes."""
    return 0.5 if len(textwrap.wrap(plain(title), int(_WIDTH * 9.5))) < 2 else 0.7


def _short(text: str, columns: int) -> str:
    return textwrap.shorten(plain(text), max(columns, 8), placeholder=" …")


def _wrapped(label: str) -> str:
    return "\n".join(textwrap.wrap(plain(label), 26)[:2])


def _label_room(labels: Mapping[str, object]) -> float:
    longest = max(len(line) for label in labels for line in (_wrapped(label) or "-").split("\n"))
    return 0.35 + 0.075 * longest
