"""A decision tree as a diagram with the size of every node."""

import textwrap
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from zoo_analyse.errors import FigureError
from zoo_analyse.figures.style import (
    HIDDEN,
    HIDDEN_FILL,
    INK,
    SOFT,
    dutch_number,
    own_style,
    plain,
    sequential_colours,
    title_and_source,
)


def tree_diagram(
    nodes: Sequence[Mapping[str, object]],
    *,
    title: str,
    source: str,
    decimals: Mapping[str, int],
    outcome: str = "heet",
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """A decision tree from its published nodes (`Tree.published()["knopen"]`).

    A node whose `gebieden` or `percentage` is None is drawn as hidden. decimals: feature -> decimals of its
    thresholds (`Tree.decimals`); labels: feature -> Dutch words; outcome: what the percentage is of. A node may
    have a text `aandeel` ("≥ 90 %"), which is written in place of its percentage.
    """
    by_number = {node["knoop"]: node for node in nodes}
    if 0 not in by_number:
        raise FigureError("er is geen boom om te tekenen: de eerste knoop ontbreekt")
    x, depth = _tree_layout(by_number)
    leaves = sum(node["kenmerk"] is None for node in nodes)
    box_width, box_height, level = 1.6, 0.78, 1.22
    width = max(6.4, leaves * (box_width + 0.15) + 0.5)
    height = 0.75 + 0.45 + box_height + level * max(depth.values()) + 0.1
    with own_style():
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        centre = {
            number: (width * (x[number] + 0.5) / leaves, 0.75 + box_height / 2 + level * depth[number])
            for number in by_number
        }
        for number, node in by_number.items():
            for child, answer in ((node["links"], "ja"), (node["rechts"], "nee")):
                if child is not None:
                    _branch(axes, centre[number], centre[child], box_height, answer)
        for number, node in by_number.items():
            text = _node_text(node, decimals, outcome, labels or {})
            share = node["percentage"] if node["gebieden"] is not None else None
            _box(axes, centre[number], (box_width, box_height), text, share, leaf=node["kenmerk"] is None)
        title_and_source(figure, title, source)
    return figure


def _tree_layout(
    by_number: Mapping[object, Mapping[str, object]],
) -> tuple[dict[object, float], dict[object, int]]:
    """Per node the horizontal place (leaves at 0, 1, 2, …; a split midway over its children) and the depth."""
    x: dict[object, float] = {}
    depth: dict[object, int] = {}
    next_leaf = 0

    def place(number: object, level: int) -> None:
        nonlocal next_leaf
        node = by_number[number]
        depth[number] = level
        if node["kenmerk"] is None:
            x[number] = float(next_leaf)
            next_leaf += 1
            return
        for child in (node["links"], node["rechts"]):
            place(child, level + 1)
        x[number] = (x[node["links"]] + x[node["rechts"]]) / 2

    place(0, 0)
    return x, depth


def _branch(axes: Axes, start: tuple[float, float], end: tuple[float, float], box_height: float, answer: str) -> None:
    bottom, top = start[1] + box_height / 2, end[1] - box_height / 2
    middle = (bottom + top) / 2
    axes.plot([start[0], start[0], end[0], end[0]], [bottom, middle, middle, top], color=SOFT, lw=0.9, zorder=1)
    side = -1 if answer == "ja" else 1
    axes.text(
        end[0] + side * 0.06,
        (middle + top) / 2,
        answer,
        fontsize=8,
        color=SOFT,
        ha="right" if side < 0 else "left",
        va="center",
    )


def _node_text(node: Mapping[str, object], decimals: Mapping[str, int], outcome: str, labels: Mapping[str, str]) -> str:
    hidden = node["gebieden"] is None or node["percentage"] is None
    share = plain(str(node.get("aandeel", f"{node['percentage']} %")))
    told = "\n".join(textwrap.wrap(f"{share} {plain(outcome)}", 24)[:2])
    counts = HIDDEN if hidden else f"{node['gebieden']} gebieden\n{told}"
    if node["kenmerk"] is None:
        return counts
    feature = str(node["kenmerk"])
    name = textwrap.shorten(plain(labels.get(feature, feature)), 36, placeholder=" …", break_on_hyphens=False)
    limit = dutch_number(float(str(node["grens"])), decimals.get(feature, 3))
    # The hard spaces keep the limit on one line.
    question = "\n".join(textwrap.wrap(f"{name} ≤\u00a0{limit}?", 24, break_on_hyphens=False))
    return f"{question}\n{counts}"


def _box(
    axes: Axes,
    centre: tuple[float, float],
    size: tuple[float, float],
    text: str,
    percentage: object,
    *,
    leaf: bool,
) -> None:
    """A rounded box; a leaf is coloured by its percentage in five fixed steps of twenty."""
    fill, ink = "white", INK
    if leaf and percentage is None:
        fill = HIDDEN_FILL
    elif leaf:
        step = min(4, int(str(percentage)) // 20)
        fill, ink = sequential_colours(5)[step], "white" if step == 4 else INK
    left, bottom = centre[0] - size[0] / 2, centre[1] - size[1] / 2
    axes.add_patch(
        FancyBboxPatch(
            (left, bottom),
            *size,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=fill,
            edgecolor=SOFT,
            linewidth=0.8,
            zorder=2,
        )
    )
    axes.text(*centre, text, ha="center", va="center", fontsize=7.5, color=ink, linespacing=1.2, zorder=3)
