"""GeoJSON geometry of areas as paths to draw, and the borders between municipalities."""

import json
import math
from collections.abc import Mapping

import numpy as np
from matplotlib.path import Path

from zoo_analyse.areas import parent
from zoo_analyse.errors import FigureError

_SAME_POINT_DECIMALS = 6
"""Corners equal to this many decimals are one corner (1e-6 degree is 0.1 m)."""

Ring = np.ndarray
"""(points, 2) float, closed: the first point is also the last."""


def rings(geometry: str, code: str) -> list[Ring]:
    """The rings, outer and holes alike, of a GeoJSON Polygon or MultiPolygon given as text.

    Raises FigureError naming the area when the text is something else.
    """
    try:
        shape = json.loads(geometry)
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        if shape["type"] not in ("Polygon", "MultiPolygon"):
            raise ValueError(shape["type"])
        found = [np.asarray(ring, dtype="float64")[:, :2] for polygon in polygons for ring in polygon]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise FigureError(f"gebied {code}: de geometrie is geen GeoJSON Polygon of MultiPolygon") from error
    if not found or any(len(ring) < 4 or not np.isfinite(ring).all() for ring in found):
        raise FigureError(f"gebied {code}: de geometrie heeft een ring van minder dan vier punten of een leeg punt")
    return found


def path_of(area: list[Ring]) -> Path:
    """One compound path; holes stay open because their rings run the other way round than outer rings.

    GeoJSON (RFC 7946) asks for that direction, older files do not keep it: the ring is turned here when it lies
    inside an odd number of others.
    """
    vertices, codes = [], []
    outlines = [Path(ring) for ring in area]
    for position, ring in enumerate(area):
        around = sum(
            outline.contains_point(ring[0]) and outline.contains_point(ring.mean(axis=0))
            for other, outline in enumerate(outlines)
            if other != position
        )
        wants_positive = around % 2 == 0
        vertices.append(ring if (_signed_area(ring) > 0) == wants_positive else ring[::-1])
        codes.append([Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY])
    return Path(np.concatenate(vertices), np.concatenate(codes))


def _signed_area(ring: Ring) -> float:
    x, y = (ring - ring[0]).T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2


def is_degrees(extent: tuple[float, float, float, float]) -> bool:
    """Whether (west, south, east, north) can only be longitude and latitude: a plane in metres is far larger."""
    west, south, east, north = extent
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def aspect(extent: tuple[float, float, float, float]) -> float:
    """How much longer a unit of y must be drawn than a unit of x: 1 in a plane, 1/cos(latitude) in degrees."""
    if not is_degrees(extent):
        return 1.0
    return 1.0 / math.cos(math.radians((extent[1] + extent[3]) / 2))


def municipal_borders(shapes: Mapping[str, list[Ring]]) -> list[np.ndarray]:
    """Line pieces, each (2, 2), on the outer border of every municipality; none when there is only one.

    An edge that two areas of a municipality share is not a border. In simplified files neighbours' corners do
    not meet, so an edge that stands alone is a border only when a point close to it, on either side, lies in
    no area of its own municipality.
    """
    by_municipality: dict[str, list[str]] = {}
    for code in sorted(shapes):
        by_municipality.setdefault(parent(code, "gemeente"), []).append(code)
    if len(by_municipality) < 2:
        return []
    pieces: list[np.ndarray] = []
    for members in by_municipality.values():
        edges = np.concatenate([np.stack([ring[:-1], ring[1:]], axis=1) for code in members for ring in shapes[code]])
        lonely = edges[_occurs_once(edges)]
        outlines = [path_of(shapes[code]) for code in members]
        pieces.extend(lonely[~_is_inside(lonely, outlines)])
    return pieces


def _occurs_once(edges: np.ndarray) -> np.ndarray:
    """(edges,) bool: whether no other edge has the same two corners, in either direction."""
    corners = edges.round(_SAME_POINT_DECIMALS)
    first_is_larger = (corners[:, 0, 0] > corners[:, 1, 0]) | (
        (corners[:, 0, 0] == corners[:, 1, 0]) & (corners[:, 0, 1] > corners[:, 1, 1])
    )
    corners[first_is_larger] = corners[first_is_larger][:, ::-1]
    _, inverse, times = np.unique(corners.reshape(len(edges), 4), axis=0, return_inverse=True, return_counts=True)
    return np.asarray(times[inverse.ravel()] == 1)


def _is_inside(edges: np.ndarray, outlines: list[Path]) -> np.ndarray:
    """(edges,) bool: whether both sides of the edge's middle lie in one of the outlines."""
    if len(edges) == 0:
        return np.zeros(0, dtype=bool)
    middle = edges.mean(axis=1)
    along = edges[:, 1] - edges[:, 0]
    length = np.hypot(along[:, 0], along[:, 1])
    across = np.column_stack([-along[:, 1], along[:, 0]]) / np.where(length == 0, 1, length)[:, None]
    corners = np.concatenate([outline.vertices for outline in outlines])
    near = float(np.ptp(corners, axis=0).max()) / 200
    sides = [middle + across * near, middle - across * near]
    covered = [np.zeros(len(edges), dtype=bool) for _ in sides]
    for outline in outlines:
        vertices = np.asarray(outline.vertices)
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        for side, found in zip(sides, covered, strict=True):
            candidates = np.flatnonzero(~found & ((side >= low) & (side <= high)).all(axis=1))
            found[candidates] = outline.contains_points(side[candidates])
    return np.asarray(covered[0] & covered[1])
