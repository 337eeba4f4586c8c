"""Maps of areas: rates in classes (choropleth), risk profiles (categories) and hotspots (significance)."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path

from zoo_analyse.areas import check_codes
from zoo_analyse.errors import FigureError
from zoo_analyse.figures.style import (
    HIDDEN,
    HIDDEN_FILL,
    HIDDEN_LINE,
    INK,
    dutch_number,
    own_style,
    plain,
    sequential_colours,
    title_and_source,
)
from zoo_analyse.geometry import aspect, municipal_borders, path_of, rings

CATEGORY_COLOURS = ("#D55E00", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#CC79A7", "#999999")


def class_labels(breaks: Sequence[float], *, decimals: int = 0, unit: str = "") -> list[str]:
    """Legend texts for the classes between declared breaks: one more than there are breaks.

    breaks: rising inner boundaries, in the unit of the rate; a class holds its lower end.
    Raises FigureError when they do not rise.
    """
    _check_breaks(breaks)
    tail = f" {unit.strip()}" if unit else ""
    texts = [dutch_number(value, decimals) for value in breaks]
    between = [f"{low} tot {high}{tail}" for low, high in pairwise(texts)]
    return [f"minder dan {texts[0]}{tail}", *between, f"{texts[-1]}{tail} of meer"]


def class_index(rates: pd.Series, breaks: Sequence[float]) -> pd.Series:
    """The class, from 0, of every rate between declared breaks; NaN stays NaN (hidden)."""
    _check_breaks(breaks)
    classes = np.searchsorted(np.asarray(breaks, dtype="float64"), rates.to_numpy(dtype="float64"), side="right")
    return pd.Series(classes, index=rates.index, dtype="float64").where(rates.notna())


def _check_breaks(breaks: Sequence[float]) -> None:
    if len(breaks) == 0 or not all(low < high for low, high in pairwise(breaks)):
        raise FigureError("klassegrenzen moeten oplopen en er moet er ten minste één zijn")


def choropleth(
    areas: pd.DataFrame, values: pd.Series, *, classes: Sequence[str], title: str, source: str, legend: str = ""
) -> Figure:
    """A map of areas coloured by class.

    areas: `buurtcode`, `geometrie` (GeoJSON Polygon or MultiPolygon as text, in a plane or in WGS84 degrees).
    values: area code -> class from 0, NaN where hidden; an area without a value is drawn as hidden, too.
    classes: Dutch legend texts, lowest first (see class_labels); at most nine. source: the line under the map.
    Raises FigureError (a value without geometry, a class without text, broken geometry), AreaCodeError.
    """
    if not 1 <= len(classes) <= 9:
        raise FigureError(f"een kaart heeft 1 tot 9 klassen, gevraagd zijn er {len(classes)}")
    colours = sequential_colours(len(classes))
    return _map(areas, values, list(zip(colours, classes, strict=True)), title, source, legend)


def profile_map(
    areas: pd.DataFrame, assignment: pd.Series, *, descriptions: Mapping[int, str], title: str, source: str
) -> Figure:
    """A map of areas coloured by profile number (from 1; NaN where hidden), at most eight profiles.

    descriptions: profile number -> Dutch words for the legend. Other arguments and errors as for choropleth.
    """
    numbers = sorted(descriptions)
    if numbers != list(range(1, len(numbers) + 1)) or not 1 <= len(numbers) <= len(CATEGORY_COLOURS):
        raise FigureError(f"profielen moeten van 1 af doorlopen en hoogstens {len(CATEGORY_COLOURS)} zijn")
    entries = [(CATEGORY_COLOURS[number - 1], f"profiel {number}: {descriptions[number]}") for number in numbers]
    return _map(areas, assignment - 1, entries, title, source, "")


HOTSPOT_COLOURS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "hoog": ("#b35806", "hoger dan toeval verklaart, met de gebieden eromheen"),
        "laag": ("#542788", "lager dan toeval verklaart, met de gebieden eromheen"),
        "niet": ("#dedbd5", "niet van toeval te onderscheiden"),
        "zonder buren": ("#ffffff", "zonder buren: niet getoetst"),
    }
)
"""Class of a hotspot -> colour (PuOr, ColorBrewer: colour-blind and print safe) and legend text."""


def hotspot_map(areas: pd.DataFrame, classes: pd.Series, *, title: str, source: str, legend: str = "") -> Figure:
    """A map of areas coloured by significance.

    classes: area code -> a class of HOTSPOT_COLOURS, None where hidden. The legend has every class but 'zonder buren',
    which it has when there is such an area. Other arguments and errors as for choropleth.
    """
    given = set(classes.dropna())
    if not given <= set(HOTSPOT_COLOURS):
        raise FigureError("een gebied heeft een klasse die geen uitkomst van een hotspottoets is")
    names = [name for name in HOTSPOT_COLOURS if name != "zonder buren" or name in given]
    entries = [HOTSPOT_COLOURS[name] for name in names]
    numbers = classes.map({name: float(number) for number, name in enumerate(names)}).astype("float64")
    return _map(areas, numbers, entries, title, source, legend)


def _map(
    areas: pd.DataFrame,
    values: pd.Series,
    entries: Sequence[tuple[str, str]],
    title: str,
    source: str,
    legend: str,
) -> Figure:
    check_codes(areas["buurtcode"])
    shapes = {
        code: rings(text, code) for code, text in sorted(zip(areas["buurtcode"], areas["geometrie"], strict=True))
    }
    given = values.dropna()
    if not values.index.is_unique:
        raise FigureError("een gebied heeft meer dan één waarde")
    if not set(values.index) <= set(shapes):
        missing = len(set(values.index) - set(shapes))
        raise FigureError(f"{missing} gebieden hebben een waarde maar geen geometrie; zijn de jaren gelijk?")
    if not set(given) <= set(range(len(entries))):
        raise FigureError("een waarde is geen nummer van een klasse of profiel in de legenda")
    place = given.astype(int).to_dict()
    corners = np.concatenate([ring for area in shapes.values() for ring in area])
    west, south = corners.min(axis=0)
    east, north = corners.max(axis=0)
    stretch = aspect((west, south, east, north))
    hidden = [path_of(area) for code, area in shapes.items() if code not in place]
    borders = municipal_borders(shapes)
    width, map_width = 9.0, 5.9
    top, bottom, legend_left = 0.6 if len(title) < width * 9 else 0.8, 0.45, map_width + 0.35
    keys = [_Key(text, colour) for colour, text in entries]
    keys += [_Key(HIDDEN, HIDDEN_FILL, hatched=True)] if hidden else []
    keys += [_Key("gemeentegrens", INK, line=True)] if borders else []
    columns = int((width - legend_left - 0.4) * 13)
    map_height = float(np.clip(map_width * (north - south) * stretch / (east - west), 3.2, 8.5))
    height = max(map_height, _legend_height(keys, legend, columns)) + top + bottom
    with own_style():
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes((0.02, 1 - (top + map_height) / height, map_width / width, map_height / height))
        axes.set_axis_off()
        for position, (colour, _) in enumerate(entries):
            paths = [path_of(area) for code, area in shapes.items() if place.get(code) == position]
            axes.add_collection(_patches(paths, facecolors=colour, edgecolors="white", linewidths=0.4))
        axes.add_collection(
            _patches(hidden, facecolors=HIDDEN_FILL, edgecolors=HIDDEN_LINE, linewidths=0.3, hatch="/////")
        )
        axes.add_collection(LineCollection(borders, colors=INK, linewidths=1.1, capstyle="round", zorder=3))
        # A border line is half outside the areas.
        axes.set_xlim(west - (east - west) / 200, east + (east - west) / 200)
        axes.set_ylim(south - (north - south) / 200, north + (north - south) / 200)
        axes.set_aspect(stretch, adjustable="box", anchor="NW")
        title_and_source(figure, title, source)
        _legend(figure, keys, legend, left=legend_left, top=top, columns=columns)
    return figure


def _patches(paths: Sequence[Path], **style: Any) -> PathCollection:
    return PathCollection(paths, zorder=2, **style)


@dataclass(frozen=True)
class _Key:
    """One entry of the legend: a box in a colour, hatched or not, or a line."""

    text: str
    colour: str
    hatched: bool = False
    line: bool = False

    def lines(self, columns: int) -> list[str]:
        return textwrap.wrap(plain(self.text), columns) or [""]


_LINE, _GAP = 0.155, 0.12
"""Height of a line of legend text and of the space under an entry, in inches."""


def _legend_height(keys: Sequence[_Key], heading: str, columns: int) -> float:
    heading_lines = textwrap.wrap(plain(heading), columns)
    heights = [_LINE * len(key.lines(columns)) + _GAP for key in keys]
    return 0.1 + sum(heights) + (0.17 * len(heading_lines) + _GAP if heading_lines else 0)


def _legend(figure: Figure, keys: Sequence[_Key], heading: str, *, left: float, top: float, columns: int) -> None:
    """Colour boxes with text in the column right of the map; distances in inches from the top left."""
    width, height = figure.get_size_inches()
    y = top + 0.1
    heading_lines = textwrap.wrap(plain(heading), columns)
    if heading_lines:
        text = "\n".join(heading_lines)
        figure.text(left / width, 1 - y / height, text, fontsize=9, fontweight="bold", va="top")
        y += 0.17 * len(heading_lines) + _GAP
    for key in keys:
        thickness = 0.02 if key.line else 0.17
        figure.add_artist(
            Rectangle(
                (left / width, 1 - (y + 0.085 + thickness / 2) / height),
                0.26 / width,
                thickness / height,
                transform=figure.transFigure,
                facecolor=key.colour,
                edgecolor=HIDDEN_LINE,
                linewidth=0 if key.line else 0.4,
                hatch="/////" if key.hatched else None,
            )
        )
        lines = key.lines(columns)
        figure.text((left + 0.36) / width, 1 - (y + 0.015) / height, "\n".join(lines), fontsize=8.5, va="top")
        y += _LINE * len(lines) + _GAP
