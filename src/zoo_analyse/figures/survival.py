"""Survival curves through the shares at the ends of declared steps."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zoo_analyse.errors import FigureError
from zoo_analyse.figures.axes import (
    SERIES_COLOURS,
    add_axes,
    legend,
    legend_lines,
    round_ticks,
    value_axis,
)
from zoo_analyse.figures.style import own_style, plain, title_and_source

_WIDTH = 8.0
_DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)), (0, (9, 3)), (0, (3, 3)), (0, (1, 1)))
_ENDS = "eindigt eerder: verder niet getoond"


def survival_curves(
    series: Mapping[str, Sequence[float | None]],
    *,
    ends: Sequence[float],
    title: str,
    source: str,
    x_label: str,
    y_label: str,
    stepped: bool = True,
) -> Figure:
    """Curves from 100 % at 0, a share (per cent) at the end of every step, without a mark for anybody.

    series: name (empty for the only one) -> share per end, None from where it is hidden on: there the curve stops.
    stepped: a share holds until the next is known (Kaplan-Meier); otherwise points are joined (a life table). The time
    axis ends at the last declared end, whatever the data. Raises FigureError for too many or no curves, or shares that
    do not fit the ends.
    """
    if not 1 <= len(series) <= len(SERIES_COLOURS):
        raise FigureError(f"een overlevingsfiguur heeft 1 tot {len(SERIES_COLOURS)} curven")
    if not len(ends) or any(len(shares) != len(ends) for shares in series.values()):
        raise FigureError("een overlevingscurve heeft per tijdstap één getal")
    if all(shares[0] is None for shares in series.values()):
        raise FigureError("er is niets om te tekenen: geen enkel getal mag getoond worden")
    looks = list(zip(SERIES_COLOURS, _DASHES, strict=True))
    keys = [
        Line2D([], [], color=colour, linestyle=dash, linewidth=1.8, label=plain(name))
        for name, (colour, dash) in zip(series, looks, strict=False)
        if len(series) > 1 or name
    ]
    if any(shares[-1] is None for shares in series.values()):
        keys.append(Line2D([], [], linewidth=0, label=_ENDS))
    top = (0.5 if len(textwrap.wrap(plain(title), int(_WIDTH * 9.5))) < 2 else 0.7) + 0.1
    above, bottom, left, high = top + 0.2 * legend_lines(keys, _WIDTH), 0.95, 0.95, 3.3
    with own_style():
        figure = Figure(figsize=(_WIDTH, above + high + bottom))
        axes = add_axes(figure, left, bottom, _WIDTH - left - 0.45, high)
        value_axis(axes, "y", round_ticks(0.0, 100.0))
        axes.set_yticks(list(range(0, 101, 20)), [f"{tick} %" for tick in range(0, 101, 20)])
        value_axis(axes, "x", round_ticks(0.0, float(ends[-1]), 8))
        for shares, (colour, dash) in zip(series.values(), looks, strict=False):
            known = list(zip([0.0, *ends], _until_hidden(shares), strict=False))
            style = "steps-post" if stepped else "default"
            axes.plot(*zip(*known, strict=True), color=colour, linestyle=dash, drawstyle=style, linewidth=1.8, zorder=3)
        axes.set_xlabel(plain(x_label), fontsize=8.5)
        axes.set_ylabel(plain(y_label), fontsize=8.5)
        legend(figure, keys, left=0.18, below=top - 0.1)
        title_and_source(figure, title, source)
    return figure


def _until_hidden(shares: Sequence[float | None]) -> list[float]:
    """The shares from 100 % on, up to the first that is hidden."""
    known = [100.0]
    for share in shares:
        if share is None:
            break
        known.append(share)
    return known
