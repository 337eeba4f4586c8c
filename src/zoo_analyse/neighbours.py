"""Which areas lie next to each other, from their boundaries."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely

from zoo_analyse.areas import check_codes, parents
from zoo_analyse.errors import FigureError
from zoo_analyse.geometry import is_degrees

TOUCHING_METRES = 1.0
"""Boundaries this close touch: published maps are rounded, so that corners of neighbours need not be equal."""
_TOUCHING_DEGREES = 1e-5  # 1.1 m from north to south, 0.7 m from west to east in the Netherlands


def neighbours(areas: pd.DataFrame, level: str = "buurt") -> pd.DataFrame:
    """Pairs of areas of `level` that touch, in a side or a corner (queen contiguity).

    areas: `buurtcode`, `geometrie` (GeoJSON Polygon or MultiPolygon as text, in metres or in WGS84 degrees). Two wijken
    or gemeenten are neighbours when a buurt of the one and a buurt of the other are.

    Returns `gebied`, `buur`: both directions of every pair, sorted. An area without neighbours (an island) is in none.
    Raises AreaCodeError for bad codes, FigureError naming the area whose geometry cannot be read.
    """
    check_codes(areas["buurtcode"], "buurt")
    ordered = areas.sort_values("buurtcode")
    codes = [str(code) for code in ordered["buurtcode"]]
    shapes = _shapes(codes, list(ordered["geometrie"]))
    west, south, east, north = shapely.total_bounds(shapes)
    distance = _TOUCHING_DEGREES if is_degrees((west, south, east, north)) else TOUCHING_METRES
    first, second = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=distance)
    own = np.asarray(parents(codes, level), dtype=object)
    pairs = pd.DataFrame({"gebied": own[first], "buur": own[second]})
    pairs = pairs[pairs["gebied"] != pairs["buur"]].drop_duplicates()
    return pairs.sort_values(["gebied", "buur"]).reset_index(drop=True)


def _shapes(codes: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    shapes = shapely.from_geojson(np.asarray(texts, dtype=object), on_invalid="ignore")
    for code, shape in zip(codes, shapes, strict=True):
        if shape is None or shape.is_empty or shape.geom_type not in {"Polygon", "MultiPolygon"}:
            raise FigureError(f"gebied {code}: de geometrie is geen GeoJSON Polygon of MultiPolygon")
    return np.asarray(shapes)
