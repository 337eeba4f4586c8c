"""A heat map of risk profiles: what makes each profile what it is."""

import textwrap
from collections.abc import Mapping

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from zoo_analyse.errors import FigureError
from zoo_analyse.figures.style import (
    HIDDEN,
    HIDDEN_FILL,
    HIDDEN_LINE,
    INK,
    SOFT,
    bare_axes,
    dutch_number,
    own_style,
    plain,
    title_and_source,
)

_Z_LIMIT = 2.5
"""End of the heat map's colour scale, in standard deviations; fixed, so that no extreme can be read from it."""


def heatmap(
    standardised: pd.DataFrame,
    *,
    sizes: Mapping[int, int | None],
    title: str,
    source: str,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Profiles as rows, features as columns, colour and number the mean z; the scale ends at 2.5 either way.

    standardised: profile number x feature, NaN where hidden (hatched). sizes: profile -> areas, None if hidden.
    labels: feature -> Dutch words.
    """
    if standardised.empty:
        raise FigureError("er zijn geen profielen om te tekenen")
    labels = labels or {}
    values = standardised.to_numpy(dtype="float64")
    rows, columns = values.shape
    names = ["\n".join(textwrap.wrap(plain(labels.get(n, n)), 16)) for n in standardised.columns]
    lines = max(name.count("\n") + 1 for name in names)
    cell_width, cell_height, left, top = 1.15, 0.5, 1.5, 0.7 + 0.15 * lines + 0.1
    width = max(left + columns * cell_width + 0.3, 6.4)
    height = top + rows * cell_height + 0.95
    with own_style():
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes((left / width, 0.95 / height, columns * cell_width / width, rows * cell_height / height))
        bare_axes(axes, columns, rows)
        scale = matplotlib.colormaps["PuOr_r"]
        for row in range(rows):
            size = sizes.get(int(standardised.index[row]))
            amount = HIDDEN if size is None else f"{size} gebieden"
            axes.text(
                -0.08,
                row + 0.5,
                f"profiel {standardised.index[row]}\n{amount}",
                ha="right",
                va="center",
                fontsize=8.5,
            )
            for column in range(columns):
                _heat_cell(axes, column, row, float(values[row, column]), scale)
        for column, name in enumerate(names):
            axes.text(column + 0.5, -0.12, name, ha="center", va="bottom", fontsize=8.5)
        _heat_scale(figure, scale, left, width, height)
        title_and_source(figure, title, source)
    return figure


def _heat_cell(axes: Axes, column: int, row: int, z: float, scale: Colormap) -> None:
    if np.isnan(z):
        cell = Rectangle((column + 0.01, row + 0.02), 0.98, 0.96, linewidth=0.3, hatch="////")
        cell.set(facecolor=HIDDEN_FILL, edgecolor=HIDDEN_LINE)
        axes.add_patch(cell)
        return
    position = 0.5 + 0.5 * float(np.clip(z / _Z_LIMIT, -1, 1))
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor=scale(position), edgecolor="white", linewidth=1.5))
    dark = abs(position - 0.5) > 0.33
    axes.text(
        column + 0.5,
        row + 0.5,
        dutch_number(z, 1),
        ha="center",
        va="center",
        color="white" if dark else INK,
        fontsize=9,
    )


def _heat_scale(figure: Figure, scale: Colormap, left: float, width: float, height: float) -> None:
    """The colour scale in eleven steps, with its two ends in words."""
    steps = 11
    axes = figure.add_axes((left / width, 0.62 / height, 2.2 / width, 0.13 / height))
    bare_axes(axes, steps, 1)
    for step in range(steps):
        axes.add_patch(Rectangle((step, 0), 1, 1, facecolor=scale(step / (steps - 1)), linewidth=0))
    figure.text((left - 0.08) / width, 0.685 / height, "lager", fontsize=7.5, color=SOFT, ha="right", va="center")
    text = f"hoger dan gemiddeld\n(standaardafwijkingen, tot ±{dutch_number(_Z_LIMIT, 1)})"
    figure.text((left + 2.28) / width, 0.685 / height, text, fontsize=7.5, color=SOFT, va="center")
