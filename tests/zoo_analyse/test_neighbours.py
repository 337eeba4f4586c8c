"""Neighbours from boundaries, against hand-drawn maps, libpysal and the real maps of two cities."""

import json
import os
import warnings
from pathlib import Path

import pandas as pd
import pytest

from zoo_analyse.errors import FigureError
from zoo_analyse.neighbours import neighbours

DATA = Path(os.environ.get("ZOO_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
UTRECHT = "cbs_buurten_nl_2016_geometry/buurten_utrecht_2016_rd.geojson"
AMSTERDAM = "kwb_amsterdam_2020_2024/buurten_amsterdam_2024_wgs84.geojson"


def square(x, y, size=100.0):
    ring = [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def pairs(frame):
    return set(frame.itertuples(index=False, name=None))


GRID = pd.DataFrame(
    [(f"BU9001{row:02}{column:02}", square(100 * column, 100 * row)) for row in range(3) for column in range(3)],
    columns=["buurtcode", "geometrie"],
)


def test_sides_and_corners_touch_and_an_island_has_no_neighbours():
    areas = pd.concat([GRID, pd.DataFrame([("BU90010909", square(5000, 0))], columns=GRID.columns)])
    found = neighbours(areas.sample(frac=1, random_state=1))
    assert len(found) == 2 * (12 + 8)  # sides and diagonals of a 3 x 3 board, both directions
    assert ("BU90010000", "BU90010101") in pairs(found)
    assert ("BU90010000", "BU90010002") not in pairs(found)
    assert "BU90010909" not in set(found["gebied"])
    assert {(second, first) for first, second in pairs(found)} == pairs(found)
    assert found.equals(found.sort_values(["gebied", "buur"], ignore_index=True))


def test_wijken_touch_when_their_buurten_do():
    assert pairs(neighbours(GRID, "wijk")) == {
        (f"WK9001{a:02}", f"WK9001{b:02}") for a, b in ((0, 1), (1, 0), (1, 2), (2, 1))
    }
    assert neighbours(GRID, "gemeente").empty


@pytest.mark.parametrize(("gap", "touches"), [(0.9, True), (1.5, False)])
def test_rounded_boundaries_touch_within_a_metre(gap, touches):
    areas = pd.DataFrame(
        [("BU90010000", square(0, 0)), ("BU90010001", square(100 + gap, 0))], columns=["buurtcode", "geometrie"]
    )
    assert (len(neighbours(areas)) == 2) == touches


def test_a_hole_and_a_part_far_away_count():
    ring = json.loads(square(0, 0, 300))["coordinates"][0]
    hole = json.loads(square(100, 100))["coordinates"][0]
    far = json.loads(square(1000, 0))["coordinates"][0]
    around = json.dumps({"type": "MultiPolygon", "coordinates": [[ring, hole[::-1]], [far]]})
    areas = pd.DataFrame(
        [("BU90010000", around), ("BU90010001", square(100, 100)), ("BU90010002", square(1100, 0))],
        columns=["buurtcode", "geometrie"],
    )
    assert pairs(neighbours(areas)) == {
        (a, b) for a in areas["buurtcode"] for b in areas["buurtcode"] if a != b and "BU90010000" in (a, b)
    }


@pytest.mark.parametrize("text", ["geen json", '{"type": "Point", "coordinates": [0, 0]}', '{"type": "Polygon"}'])
def test_what_is_no_area_is_refused_by_name(text):
    areas = pd.concat([GRID, pd.DataFrame([("BU90010909", text)], columns=GRID.columns)])
    with pytest.raises(FigureError, match="BU90010909"):
        neighbours(areas)


def real_map(path: Path, code: str):
    features = json.loads(path.read_text())["features"]
    rows = [(feature["properties"][code], json.dumps(feature["geometry"])) for feature in features]
    return pd.DataFrame(rows, columns=["buurtcode", "geometrie"])


@pytest.mark.parametrize(("file", "code", "areas"), [(UTRECHT, "bu_code", 111), (AMSTERDAM, "cbsCode", 518)])
def test_real_maps_have_the_neighbours_that_libpysal_finds(file, code, areas):
    """libpysal compares corners exactly; on these maps, in metres and in degrees, neighbours share corners."""
    import geopandas
    import libpysal
    from shapely.geometry import shape

    if not (DATA / file).exists():
        pytest.skip(f"real data absent: {DATA / file}; set ZOO_DATA")
    table = real_map(DATA / file, code)
    assert len(table) == areas
    shapes = geopandas.GeoSeries([shape(json.loads(text)) for text in table["geometrie"]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        queen = libpysal.weights.Queen.from_iterable(shapes, silence_warnings=True)
    codes = list(table["buurtcode"])
    expected = {(codes[i], codes[j]) for i, found in queen.neighbors.items() for j in found}
    ours = pairs(neighbours(table))
    assert expected <= ours
    # a corner that lies on a neighbour's side, and not among its corners, is a touch that libpysal does not see
    assert len(ours - expected) <= 0.02 * len(expected)
