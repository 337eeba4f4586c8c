"""How every figure looks: colours, Dutch numbers, title and source line, and settings independent of the reader's.

Colours: YlOrBr and PuOr (ColorBrewer, colour-blind and print safe), Okabe and Ito (2008) for categories.
"""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

HIDDEN = "niet getoond"
"""The one legend entry for every area without a colour."""

INK = "#222222"
SOFT = "#6b6b6b"
HIDDEN_FILL = "#f2f2f2"
HIDDEN_LINE = "#8c8c8c"

_STYLE: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.color": INK,
    "text.parse_math": False,  # a label may hold a dollar sign
    "text.usetex": False,
    "text.hinting": "force_autohint",
    "hatch.linewidth": 0.5,
    "axes.grid": False,
    "path.simplify": True,
    "path.effects": [],
    "svg.fonttype": "none",
    "svg.hashsalt": "zoo_analyse",
    "svg.image_inline": True,
    "savefig.bbox": None,
    "savefig.facecolor": "white",
    "savefig.transparent": False,
}


# Matplotlib's own values for all that we do not set; what concerns windows and screens is left alone.
_DEFAULTS: Any = {
    name: value
    for name, value in matplotlib.rcParamsDefault.items()
    if not name.startswith(("backend", "interactive", "toolbar", "date.", "webagg.", "tk.", "keymap.", "figure.hooks"))
}


@contextmanager
def own_style() -> Iterator[None]:
    """Our settings, whatever the reader's own matplotlib configuration says; put back afterwards."""
    with matplotlib.rc_context({**_DEFAULTS, **_STYLE}):
        yield


def plain(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return "".join(character if character.isprintable() else " " for character in str(text))


def dutch_number(value: float, decimals: int) -> str:
    """Dutch notation, with a true minus sign."""
    text = f"{value:.{decimals}f}".replace(".", ",")
    return text.replace("-", "−") if float(f"{value:.{decimals}f}") != 0 else text.replace("-", "")


def sequential_colours(count: int) -> list[str]:
    """So many steps from light to dark; light is the lowest class."""
    colours = matplotlib.colormaps["YlOrBr"](np.linspace(0.10, 0.92, count))
    return [to_hex(colour) for colour in colours]


def title_and_source(figure: Figure, title: str, source: str) -> None:
    """Title above and source below, left aligned, wrapped to the width of the figure."""
    width, height = figure.get_size_inches()
    lines = textwrap.wrap(plain(title), int(width * 9.5)) or [""]
    shown = "\n".join(lines[:2]) + (" …" if len(lines) > 2 else "")
    figure.text(0.18 / width, 1 - 0.14 / height, shown, fontsize=12, fontweight="bold", va="top", linespacing=1.15)
    below = "\n".join(textwrap.wrap(plain(source), int(width * 15))[:2])
    figure.text(0.18 / width, 0.10 / height, below, fontsize=7, color=SOFT, va="bottom")


def bare_axes(axes: Axes, columns: int, rows: int) -> None:
    """Turn the axes into a grid of cells, columns to the right and rows downwards, without lines or ticks."""
    axes.set_axis_off()
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
