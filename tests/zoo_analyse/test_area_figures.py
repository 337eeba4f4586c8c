"""Figures of hotspots, estimates and reference images: they hold the numbers given, and nothing beside them."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from zoo_analyse import figures
from zoo_analyse.errors import FigureError
from zoo_analyse.figures.axes import ends_without_extremes

ABOUT = {"title": "Titel", "source": "Bron: proef"}


def texts(figure):
    return re.findall(r"<text[^>]*>([^<]*)</text>", figures.to_svg(figure).decode())


def estimates(count):
    middle = np.linspace(2, 9, count)
    frame = {"schatting": middle, "onder": middle - 1, "boven": middle + 1.5, "waargenomen": middle + 0.2}
    return pd.DataFrame(frame, index=[f"BU9001{i:04}" for i in range(count)])


def squares(count):
    rows = []
    for i in range(count):
        ring = [[i, 0], [i + 1, 0], [i + 1, 1], [i, 1], [i, 0]]
        rows.append((f"BU9001{i:04}", json.dumps({"type": "Polygon", "coordinates": [ring]})))
    return pd.DataFrame(rows, columns=["buurtcode", "geometrie"])


def test_a_hotspot_map_names_its_classes_and_what_is_hidden():
    areas = squares(4)
    classes = pd.Series(["hoog", "niet", None, "laag"], index=areas["buurtcode"])
    drawn = " ".join(texts(figures.hotspot_map(areas, classes, **ABOUT)))
    assert "hoger dan toeval" in drawn and "lager dan toeval" in drawn and "niet getoond" in drawn
    assert "zonder buren" not in drawn
    lonely = classes.replace({"niet": "zonder buren"})
    assert "zonder buren" in " ".join(texts(figures.hotspot_map(areas, lonely, **ABOUT)))
    with pytest.raises(FigureError, match="geen uitkomst van een hotspottoets"):
        figures.hotspot_map(areas, classes.replace({"niet": "soms"}), **ABOUT)


def test_few_estimates_have_names_and_many_have_none():
    few = texts(figures.interval_plot(estimates(45), mean=5.0, label="aandeel", **ABOUT))
    assert sum(text.startswith("BU") for text in few) == 45
    many = texts(figures.interval_plot(estimates(46), mean=5.0, label="aandeel", **ABOUT))
    assert not any(text.startswith("BU") for text in many)
    assert "46 gebieden, van laag naar hoog" in many


def test_the_lowest_estimate_comes_last_among_names_whatever_the_order_given():
    table = estimates(5).sample(frac=1, random_state=4)
    names = [text for text in texts(figures.interval_plot(table, mean=5.0, label="x", **ABOUT)) if text[:2] == "BU"]
    assert names == [f"BU9001{i:04}" for i in (4, 3, 2, 1, 0)]
    one, other = (figures.to_svg(figures.interval_plot(t, mean=5.0, label="x", **ABOUT)) for t in (table, estimates(5)))
    assert one == other


def test_estimates_that_are_missing_or_none_are_refused():
    for table in (estimates(0), estimates(3).replace({9.0: np.nan})):
        with pytest.raises(FigureError, match="onder- en bovengrens"):
            figures.interval_plot(table, mean=5.0, label="x", **ABOUT)


def test_one_extreme_is_marked_beyond_the_axis_and_does_not_press_the_rest_together():
    numbers = np.linspace(1, 3, 200)
    assert ends_without_extremes(np.append(numbers, 5000.0)) == (1.0, 3.0)
    # a fifth of the areas that stand out are no extremes: they are what the figure is about
    assert ends_without_extremes(np.append(numbers, np.full(50, 40.0))) == (1.0, 40.0)
    assert ends_without_extremes(np.full(4, 2.0)) == (2.0, 2.0)
    rows = {"alle gebieden": [*numbers, 5000.0]}
    drawn = texts(figures.spread_of_areas(rows, whole={"alle gebieden": 2.0}, label="x", **ABOUT))
    assert "verder dan de as reikt" in drawn
    assert not any("5000" in text or "5.000" in text for text in drawn)
    plain = texts(figures.spread_of_areas({"alle gebieden": list(numbers)}, whole={}, label="x", **ABOUT))
    assert "verder dan de as reikt" not in plain
    assert "het geheel" not in plain


def test_few_areas_have_no_bands_of_per_cents():
    nine = texts(figures.spread_of_areas({"GM9001": list(range(9))}, whole={}, label="x", **ABOUT))
    ten = texts(figures.spread_of_areas({"GM9001": list(range(10))}, whole={}, label="x", **ABOUT))
    assert "middelste 50 %" not in nine
    assert "middelste 50 %" in ten


def test_a_picture_of_nothing_is_refused():
    for rows in ({}, {"GM9001": []}, {f"GM{i}": [1.0] for i in range(41)}, {"GM9001": [1.0, float("inf")]}):
        with pytest.raises(FigureError):
            figures.spread_of_areas(rows, whole={}, label="x", **ABOUT)
