"""Figures: the same bytes for the same numbers, hidden looks hidden, labels cannot break the file."""

import json
import subprocess
import sys
from xml.etree import ElementTree as ET

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.path import Path

from zoo_analyse import figures
from zoo_analyse.errors import AreaCodeError, FigureError
from zoo_analyse.geometry import aspect, municipal_borders, path_of, rings
from zoo_analyse.profiles import cluster_profiles
from zoo_analyse.trees import fit_tree

SVG = "{http://www.w3.org/2000/svg}"


def square(x, y, size=1.0):
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


def polygon(*ring):
    return json.dumps({"type": "Polygon", "coordinates": list(ring)})


@pytest.fixture
def areas():
    """Four unit squares in a row, two municipalities; the last one has an island."""
    shapes = {
        "BU90010101": polygon(square(0, 0)),
        "BU90010102": polygon(square(1, 0)),
        "BU90020101": polygon(square(2, 0)),
        "BU90020102": json.dumps({"type": "MultiPolygon", "coordinates": [[square(3, 0)], [square(3, 2, 0.5)]]}),
    }
    return pd.DataFrame({"buurtcode": list(shapes), "geometrie": list(shapes.values())})


CLASSES = ["laag", "midden", "hoog"]
VALUES = pd.Series({"BU90010101": 0.0, "BU90010102": 2.0, "BU90020101": 1.0, "BU90020102": np.nan})
WORDS = {"title": "Kaart", "source": "Bron: test"}


def draw(areas, values=VALUES, **changes):
    return figures.choropleth(areas, values, **{"classes": CLASSES, **WORDS, **changes})


def texts(svg):
    return ["".join(element.itertext()).strip() for element in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def all_figures(areas):
    """One of each kind, by name."""
    index = pd.Index([f"BU9001{i:04d}" for i in range(40)])
    features = pd.DataFrame({"a": np.arange(40) % 7, "b": np.arange(40) % 5}, index=index, dtype=float)
    profiles = cluster_profiles(features, clusters=3, seed=1)
    tree = fit_tree(features, features["a"] + features["b"] > 6, max_depth=2, min_leaf=3, seed=0)
    return {
        "kaart": draw(areas),
        "profielkaart": figures.profile_map(areas, VALUES + 1, descriptions=dict(enumerate(CLASSES, 1)), **WORDS),
        "warmte": figures.heatmap(profiles.standardised, sizes=profiles.sizes.to_dict(), **WORDS),
        "boom": figures.tree_diagram(tree.published()["knopen"], decimals=tree.decimals, **WORDS),
    }


def settings():
    return {name: str(matplotlib.rcParams[name]) for name in matplotlib.rcParams if name != "backend"}


def test_same_bytes_again_and_under_other_settings(areas):
    first = {name: (figures.to_svg(f), figures.to_png(f, 60)) for name, f in all_figures(areas).items()}
    with matplotlib.rc_context({"font.size": 30, "patch.linewidth": 9, "savefig.dpi": 33, "figure.facecolor": "red"}):
        before = settings()
        second = {name: (figures.to_svg(f), figures.to_png(f, 60)) for name, f in all_figures(areas).items()}
        assert settings() == before, "the reader's settings are left as they were"
    assert first == second
    figure = draw(areas)
    assert figures.to_png(figure, 60) == figures.to_png(figure, 60)
    assert figures.to_svg(figure) == figures.to_svg(figure)


def test_same_bytes_in_another_process_with_another_hash_seed(areas):
    """Sets and dictionaries of strings iterate differently there."""
    script = (
        "import sys, json, pandas as pd, hashlib\n"
        "from zoo_analyse import figures\n"
        "areas, values = pd.DataFrame(json.loads(sys.argv[1])), pd.Series(json.loads(sys.argv[2]), dtype=float)\n"
        "f = figures.choropleth(areas, values, classes=['laag', 'midden', 'hoog'], title='Kaart', source='Bron')\n"
        "print(hashlib.sha256(figures.to_svg(f) + figures.to_png(f, 60)).hexdigest())\n"
    )
    arguments = [json.dumps(areas.to_dict("list")), VALUES.to_json()]
    found = {
        subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_row_order_carries_nothing(areas):
    mixed = draw(areas.iloc[::-1], VALUES.iloc[::-1])
    assert figures.to_svg(mixed) == figures.to_svg(draw(areas))


def test_no_trace_of_program_or_time(areas):
    for figure in all_figures(areas).values():
        svg, png = figures.to_svg(figure), figures.to_png(figure, 50)
        assert b"<dc:date>" not in svg
        assert b"Matplotlib v" not in svg
        assert b"Software" not in png
        assert b"tEXt" not in png


def test_hidden_area_has_no_value_in_the_file(areas):
    """A hidden area is drawn the same whatever is behind it, and as one of which nothing was given."""
    rates = pd.Series({"BU90010101": 1.25, "BU90010102": 8.75, "BU90020101": 3.5, "BU90020102": np.nan})
    classes = figures.class_index(rates, [2, 5])
    svg = figures.to_svg(draw(areas, classes, classes=figures.class_labels([2, 5], unit="%")))
    absent = figures.to_svg(draw(areas, classes.dropna(), classes=figures.class_labels([2, 5], unit="%")))
    assert svg == absent
    words = " ".join(texts(svg))
    assert "niet getoond" in words
    for value in ("1.25", "1,25", "8.75", "8,75", "3,5", "BU9001", "BU9002"):
        assert value not in words
    assert b"BU900" not in svg


def test_nothing_hidden_no_legend_entry(areas):
    assert "niet getoond" not in texts(figures.to_svg(draw(areas, VALUES.fillna(0))))
    assert "niet getoond" in texts(figures.to_svg(draw(areas)))


@pytest.mark.parametrize(
    "word", ["<script>alert(1)</script>", "a\"b'c & d", "$x^2$ kost 5 $", "_geheim", "a\x00\x0bb ☃"]
)
def test_labels_are_text_and_nothing_else(areas, word):
    maps = draw(areas, classes=[word, "midden", "hoog"], title=word, source=word, legend=word)
    tree = [
        {"knoop": 0, "kenmerk": word, "grens": 1.0, "links": 1, "rechts": 2, "gebieden": 9, "percentage": 50},
        {"knoop": 1, "kenmerk": None, "grens": None, "links": None, "rechts": None, "gebieden": 4, "percentage": 0},
        {"knoop": 2, "kenmerk": None, "grens": None, "links": None, "rechts": None, "gebieden": 5, "percentage": 90},
    ]
    table = pd.DataFrame({word: [1.0, -1.0]}, index=[1, 2])
    for figure in (
        maps,
        figures.heatmap(table, sizes={1: 3, 2: 4}, **WORDS),
        figures.tree_diagram(tree, decimals={word: 1}, outcome=word, **WORDS),
    ):
        root = ET.fromstring(figures.to_svg(figure))  # noqa: S314
        assert not [element for element in root.iter() if element.tag.endswith("script")]
        # wrapped over lines, but complete; control characters cannot be in XML
        kept = "".join(character for character in word if character.isprintable() and character != " ")
        assert kept in "".join("".join(root.itertext()).split())


def test_colours_follow_the_classes(areas):
    svg = figures.to_svg(draw(areas)).decode()
    light, middle, dark = figures.maps.sequential_colours(3)
    # each colour is in the map once and in the legend once
    assert svg.count(f"fill: {light}") >= 2
    for colour in (middle, dark):
        assert f"fill: {colour}" in svg
    one_class = figures.to_svg(draw(areas, VALUES.where(VALUES.isna(), 1.0))).decode()
    assert one_class != svg


def test_classes_between_declared_breaks():
    rates = pd.Series([0.0, 1.9, 2.0, 4.99, 5.0, np.nan])
    assert figures.class_index(rates, [2, 5]).tolist()[:5] == [0, 0, 1, 1, 2]
    assert np.isnan(figures.class_index(rates, [2, 5]).iloc[5])
    assert figures.class_labels([2, 5.5], decimals=1, unit="%") == [
        "minder dan 2,0 %",
        "2,0 tot 5,5 %",
        "5,5 % of meer",
    ]
    assert figures.class_labels([-1, 1]) == ["minder dan −1", "−1 tot 1", "1 of meer"]
    with pytest.raises(FigureError, match="oplopen"):
        figures.class_index(rates, [5, 2])


def test_tree_shows_counts_or_that_they_are_hidden():
    leaf = {"kenmerk": None, "grens": None, "links": None, "rechts": None}
    nodes = [
        {"knoop": 0, "kenmerk": "woz", "grens": 0.25, "links": 1, "rechts": 2, "gebieden": 30, "percentage": 20},
        {"knoop": 1, **leaf, "gebieden": 18, "percentage": 90, "aandeel": "≥ 90 %"},
        {"knoop": 2, **leaf, "gebieden": None, "percentage": 77},
    ]
    svg = figures.to_svg(figures.tree_diagram(nodes, decimals={"woz": 2}, **WORDS))
    words = " ".join(texts(svg)).replace("\u00a0", " ")
    assert "woz ≤ 0,25?" in words
    assert "18 gebieden" in words
    assert "≥ 90 % heet" in words
    assert "niet getoond" in words
    assert "77" not in words


def test_holes_stay_open_in_either_ring_direction():
    for hole in (square(1, 1), square(1, 1)[::-1]):
        for outer in (square(0, 0, 3), square(0, 0, 3)[::-1]):
            shape = path_of(rings(polygon(outer, hole), "BU90010101"))
            # nonzero winding, as SVG and Agg fill: the two rings run opposite ways
            x, y = shape.vertices.T
            areas = [np.sum(x[i : i + 4] * y[i + 1 : i + 5] - x[i + 1 : i + 5] * y[i : i + 4]) / 2 for i in (0, 5)]
            assert areas == [9, -1]
            assert shape.codes.tolist() == [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * 2


def test_two_islands_are_both_filled():
    shape = json.dumps({"type": "MultiPolygon", "coordinates": [[square(0, 0)], [square(5, 5)[::-1]]]})
    x, y = path_of(rings(shape, "BU90010101")).vertices.T
    assert all(np.sum(x[i : i + 4] * y[i + 1 : i + 5] - x[i + 1 : i + 5] * y[i : i + 4]) > 0 for i in (0, 5))


def lengths(pieces):
    return sum(float(np.hypot(*(piece[1] - piece[0]))) for piece in pieces)


def test_borders_go_round_municipalities_and_not_between_their_areas(areas):
    shapes = {row.buurtcode: rings(row.geometrie, row.buurtcode) for row in areas.itertuples()}
    # each municipality is two unit squares side by side: an outline of 6; the island adds 4 times a half
    assert lengths(municipal_borders(shapes)) == pytest.approx(6 + 6 + 4 * 0.5)
    one = {code: shape for code, shape in shapes.items() if code.startswith("BU9001")}
    assert municipal_borders(one) == []


def test_borders_when_corners_of_neighbours_do_not_meet():
    # the shared side of A and B has an extra corner in B only
    extra = [[1, 0], [2, 0], [2, 1], [1, 1], [1, 0.5], [1, 0]]
    shapes = {
        "BU90010101": rings(polygon(square(0, 0)), "a"),
        "BU90010102": rings(polygon(extra), "b"),
        "BU90020101": rings(polygon(square(9, 0)), "c"),
    }
    assert lengths(municipal_borders(shapes)) == pytest.approx(6 + 4)


def test_degrees_are_stretched_and_metres_are_not():
    assert aspect((0, 0, 1000, 1000)) == 1
    assert aspect((4.7, 52.3, 5.1, 52.5)) == pytest.approx(1 / np.cos(np.radians(52.4)))


def test_impossible_figures(areas):
    with pytest.raises(FigureError, match="1 gebieden hebben een waarde maar geen geometrie"):
        draw(areas, pd.Series({"BU90010199": 1.0}))
    with pytest.raises(FigureError, match="geen nummer van een klasse"):
        draw(areas, VALUES + 1)
    with pytest.raises(FigureError, match="1 tot 9 klassen"):
        draw(areas, classes=[str(i) for i in range(10)])
    with pytest.raises(FigureError, match="gebied BU90010101: de geometrie is geen GeoJSON"):
        draw(areas.assign(geometrie='{"type": "Point", "coordinates": [1, 2]}'))
    with pytest.raises(FigureError, match="minder dan vier punten"):
        draw(areas.assign(geometrie=polygon([[0, 0], [1, 1], [0, 0]])))
    with pytest.raises(AreaCodeError, match="komt meer dan één keer voor"):
        draw(pd.concat([areas, areas]))
    with pytest.raises(FigureError, match="hoogstens 8"):
        figures.profile_map(areas, VALUES, descriptions=dict.fromkeys(range(1, 10), "x"), **WORDS)
    with pytest.raises(FigureError, match="eerste knoop ontbreekt"):
        figures.tree_diagram([], decimals={}, **WORDS)
    with pytest.raises(FigureError, match="geen profielen"):
        figures.heatmap(pd.DataFrame(), sizes={}, **WORDS)
