"""Charts and distributions: the shapes are the numbers, ends are round, hidden looks hidden, bytes repeat."""

from xml.etree import ElementTree as ET

import matplotlib
import numpy as np
import pytest

from zoo_analyse import figures
from zoo_analyse.errors import FigureError
from zoo_analyse.figures.axes import grouped, round_ticks, tick_texts

SVG = "{http://www.w3.org/2000/svg}"
WORDS = {"title": "Een figuur", "source": "Bron: test", "x_label": "grootte"}
BOTH = {**WORDS, "y_label": "aantal"}
EDGES = [0.0, 10.0, 20.0, 30.0]


def make():
    """One of each kind, by name."""
    return {
        "histogram": figures.histogram({"": [12, None, 40, 30, 11]}, edges=EDGES, **BOTH),
        "panels": figures.histogram({name: [12, 20, 40, 30, 11] for name in "abcdefg"}, edges=EDGES, **BOTH),
        "polygon": figures.frequency_polygon([12, 20, 40, 30, 11], edges=EDGES, **WORDS),
        "box": figures.box_plot({"a": [1.0, 2.0, 3.0, 4.0, 5.0], "b": None}, **BOTH),
        "bars": figures.bar_chart({"x": [1.0, None], "y": [-3.0, 4.0]}, labels=["a", "b"], **BOTH),
        "lines": figures.line_chart({"": [1.0, 2.0, None, 3.0]}, places=[1, 2, 3, 5], labels=list("abcd"), **BOTH),
        "grid": figures.count_grid([[12, None], [55, 120]], x_edges=[0, 1, 2], y_edges=[0, 5, 10], **BOTH),
        "lorenz": figures.lorenz_curve([0, 1, 3, 6, 10, 15, 22, 31, 42, 60, 100], **BOTH),
    }


def texts(figure):
    root = ET.fromstring(figures.to_svg(figure))  # noqa: S314
    return ["".join(element.itertext()).strip() for element in root.iter(f"{SVG}text")]


def bars(axes):
    """The boxes with a colour in axes, as (x, y, width, height)."""
    return [(*box.get_xy(), box.get_width(), box.get_height()) for box in axes.patches if not box.get_hatch()]


def hatched(axes):
    return [box for box in axes.patches if box.get_hatch()]


def test_same_bytes_again_and_under_other_settings():
    first = {name: (figures.to_svg(figure), figures.to_png(figure, 50)) for name, figure in make().items()}
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True, "hatch.linewidth": 5, "lines.linewidth": 9}):
        second = {name: (figures.to_svg(figure), figures.to_png(figure, 50)) for name, figure in make().items()}
    assert first == second
    for svg, _ in first.values():
        assert b"<title" not in svg and b"<dc:date" not in svg


def test_a_histogram_is_its_counts_and_hatches_the_hidden():
    axes = make()["histogram"].axes[0]
    assert [round(height) for *_, height in bars(axes)] == [12, 40, 30, 11]
    (hidden,) = hatched(axes)
    assert hidden.get_height() == axes.get_ylim()[1] == 40
    assert {width for _, _, width, _ in bars(axes)} == {1.0}
    uneven = figures.histogram({"": [12, 20, 40, 30]}, edges=[0.0, 10.0, 1000.0], **BOTH)
    assert {width for _, _, width, _ in bars(uneven.axes[0])} == {0.8}


def test_panels_share_their_axes():
    panels = make()["panels"].axes
    assert len(panels) == 7
    assert {panel.get_ylim() for panel in panels} == {(0.0, 40.0)}
    unlike = figures.histogram({"a": [12, 20, 40, 30, 11], "b": [12, 20, 4000, 30, 11]}, edges=EDGES, **BOTH)
    assert [panel.get_ylim()[1] for panel in unlike.axes] == [40.0, 4000.0]
    assert "elk deel heeft een eigen schaal" in texts(unlike)


def test_a_polygon_goes_through_the_middles_at_heights_per_width():
    figure = figures.frequency_polygon([12, 20, 40, 30, 11], edges=[0.0, 10.0, 30.0, 40.0], **WORDS)
    (line,) = figure.axes[0].lines
    np.testing.assert_allclose(line.get_xdata(), [5, 20, 35])
    np.testing.assert_allclose(line.get_ydata(), [20, 20, 30])
    assert any("minder dan 0: 12; 40 of meer: 11" in text for text in texts(figure))


def test_a_box_has_no_other_points_than_its_five():
    axes = make()["box"].axes[0]
    drawn = {float(x) for line in axes.lines for x in line.get_xdata()}
    assert drawn == {1.0, 5.0, 3.0}
    assert bars(axes)[0][0] == 2.0 and bars(axes)[0][2] == 2.0
    assert len(hatched(axes)) == 1


def test_bars_start_at_zero_and_hidden_ones_fill_the_axis():
    axes = make()["bars"].axes[0]
    assert sorted(width for x, _, width, _ in bars(axes) if x == 0) == [-3.0, 1.0, 4.0]
    (hidden,) = hatched(axes)
    assert (hidden.get_x(), hidden.get_x() + hidden.get_width()) == axes.get_xlim()


def test_a_line_breaks_at_a_hidden_place_as_at_one_that_is_not_there():
    figure = make()["lines"]
    runs = [list(line.get_xdata()) for line in figure.axes[0].lines]
    assert runs == [[1, 2], [5]]
    absent = figures.line_chart({"": [1.0, 2.0, 3.0]}, places=[1, 2, 5], labels=list("abd"), **BOTH)
    assert [list(line.get_xdata()) for line in absent.axes[0].lines] == runs
    spans = [[(box.get_x(), box.get_width()) for box in hatched(f.axes[0])] for f in (figure, absent)]
    assert spans[0] == spans[1] == [(2.5, 2.0)]
    every_other = figures.line_chart({"": [1.0, 2.0]}, places=[1, 3], labels=list("ab"), step=2, **BOTH)
    assert len(every_other.axes[0].lines) == 1


def test_a_grid_shows_classes_and_no_counts_and_zero_looks_hidden():
    figure = make()["grid"]
    assert not {"12", "55", "120"} & set(texts(figure))
    assert len(bars(figure.axes[0])) == 3
    zero = figures.count_grid([[12, 0], [55, 120]], x_edges=[0, 1, 2], y_edges=[0, 5, 10], **BOTH)
    assert figures.to_svg(zero) == figures.to_svg(figure)


@pytest.mark.parametrize("seed", range(20))
def test_ticks_are_round_and_hold_everything(seed):
    rng = np.random.default_rng(seed)
    low, high = sorted(rng.normal(size=2) * 10.0 ** rng.integers(-3, 8))
    ticks = round_ticks(low, high)
    assert ticks[0] <= low and ticks[-1] >= high and 2 <= len(ticks) <= 7
    step = ticks[1] - ticks[0]
    mantissa = step / 10.0 ** np.floor(np.log10(step) + 1e-9)
    assert any(abs(mantissa - good) < 1e-6 for good in (1, 2, 2.5, 5, 10))


def test_numbers_are_dutch():
    assert grouped(1234567.5, 1) == "1.234.567,5"
    assert grouped(-12000, 0) == "−12.000"
    assert tick_texts([0.0, 0.25, 0.5]) == ["0,00", "0,25", "0,50"]
    assert tick_texts([1990.0, 2000.0]) == ["1990", "2000"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: figures.histogram({}, edges=EDGES, **BOTH),
        lambda: figures.histogram({"": [1, 2]}, edges=EDGES, **BOTH),
        lambda: figures.histogram({str(i): [1, 2, 3, 4, 5] for i in range(13)}, edges=EDGES, **BOTH),
        lambda: figures.frequency_polygon([1, 2, 3], edges=[0.0, 1.0], **WORDS),
        lambda: figures.box_plot({"a": None}, **BOTH),
        lambda: figures.box_plot({"a": [1.0, 2.0]}, **BOTH),
        lambda: figures.bar_chart({"": [None]}, labels=["a"], **BOTH),
        lambda: figures.bar_chart({"": [1.0]}, labels=["a", "b"], **BOTH),
        lambda: figures.bar_chart({str(i): [1.0] for i in range(8)}, labels=["a"], **BOTH),
        lambda: figures.bar_chart({"": [1.0] * 61}, labels=["a"] * 61, **BOTH),
        lambda: figures.line_chart({"": [1.0, 2.0]}, places=[2, 1], labels=["a", "b"], **BOTH),
        lambda: figures.count_grid([[None]], x_edges=[0, 1], y_edges=[0, 1], **BOTH),
        lambda: figures.count_grid([[12]], x_edges=[0, 1, 2], y_edges=[0, 1], **BOTH),
        lambda: figures.lorenz_curve([0.0, 100.0], **BOTH),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong):
    with pytest.raises(FigureError):
        wrong()


def test_labels_cannot_break_the_file():
    nasty = '<script>&"$x_1$\u0007'
    figure = figures.bar_chart({"": [1.0]}, labels=[nasty], **{**BOTH, "title": nasty})
    assert any("<script>" in text and "$x_1$" in text for text in texts(figure))
