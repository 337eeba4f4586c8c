"""The map: polygons that tile a plane like real neighbourhoods do.

A lattice of hexagons with moved corners and crooked borders, bent as a whole into a roundish city. Cells share
their corners and their border points, so there are no gaps and no overlaps. A space-filling curve (generalised
Hilbert curve, Červený's "gilbert") visits all cells through neighbours; any stretch of it is one connected area.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zoo_stad.arrays import Floats, Rng

_CELL_METRES = 560.0
_ORIGIN = (120_000.0, 420_000.0)
_Point = tuple[int, int]


@dataclass(frozen=True)
class Tiling:
    """`rings[i]`: closed ring (m, 2) in whole metres, anticlockwise; `centres`: (n, 2). Successive cells touch."""

    rings: list[Floats]
    centres: Floats


def make_tiling(rng: Rng, number: int) -> Tiling:
    """`number` adjoining cells, in an order in which every stretch of consecutive cells is connected."""
    width, height = _rectangle(number)
    # What the rectangle has too much is left out at both ends of the curve, which are two of its corners
    skip = (width * height - number) // 2
    cells = list(_curve(width, height))[skip : skip + number]
    corner_ids = [_corners(column, row) for column, row in cells]
    used = sorted({corner for ring in corner_ids for corner in ring})
    corner_at = {corner: np.array(_place(corner)) + rng.uniform(-0.13, 0.13, 2) for corner in used}
    border_at: dict[tuple[_Point, _Point], Floats] = {}
    rings = []
    for ring in corner_ids:
        parts = []
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
            edge = (a, b) if a < b else (b, a)
            if edge not in border_at:
                border_at[edge] = _crooked(rng, corner_at[edge[0]], corner_at[edge[1]])
            points = border_at[edge]
            parts.append(points[:-1] if edge == (a, b) else points[:0:-1])
        rings.append(np.vstack([*parts, parts[0][:1]]))
    bent = _bend(rng, np.vstack(rings), width, height)
    lengths = np.cumsum([len(ring) for ring in rings])[:-1]
    bent_rings = np.split(bent, lengths)
    centres = np.array([ring[:-1].mean(axis=0) for ring in bent_rings])
    return Tiling(bent_rings, centres)


def _rectangle(number: int) -> tuple[int, int]:
    """Width and height of a nearly square lattice of at least `number` cells, with few too many.

    The curve would have one diagonal step where the longer side is odd and the shorter one even.
    """
    least = math.isqrt(number - 1) + 1
    sides = ((width, -(-number // width)) for width in range(least, math.ceil(1.3 * least) + 2))
    return min(
        (side for side in sides if side[0] % 2 == 0 or side[1] % 2 == 1),
        key=lambda side: side[0] * side[1] - number + 2 * (side[0] - side[1]),
    )


def _corners(column: int, row: int) -> list[_Point]:
    """Six corners of a hexagon, anticlockwise; a corner is (line, half column)."""
    left = 2 * column + row % 2
    return [(row, left), (row, left + 1), (row, left + 2), (row + 1, left + 2), (row + 1, left + 1), (row + 1, left)]


def _place(corner: _Point) -> tuple[float, float]:
    line, half = corner
    return half / 2, line + (1 / 6 if (half - line) % 2 == 0 else -1 / 6)


def _crooked(rng: Rng, a: Floats, b: Floats) -> Floats:
    """Five points from a to b, by midpoint displacement."""
    points = np.array([a, b])
    for _ in range(2):
        steps = np.diff(points, axis=0)
        normals = np.column_stack([-steps[:, 1], steps[:, 0]])
        middle = points[:-1] + steps / 2 + normals * rng.uniform(-0.13, 0.13, (len(steps), 1))
        merged = np.empty((2 * len(points) - 1, 2))
        merged[::2], merged[1::2] = points, middle
        points = merged
    return points


def _bend(rng: Rng, points: Floats, width: int, height: int) -> Floats:
    """Towards a disc, then two shears: a one-to-one map, so a tiling stays a tiling. Rounded to metres."""
    u = 2 * points[:, 0] / (width + 0.5) - 1
    v = 2 * points[:, 1] / height - 1
    x = u * np.sqrt(1 - 0.3 * np.minimum(v * v, 1))
    y = v * np.sqrt(1 - 0.3 * np.minimum(u * u, 1))
    phase = rng.uniform(0, 2 * np.pi, 4)
    x = x + 0.07 * np.sin(2.1 * y + phase[0]) + 0.025 * np.sin(5.3 * y + phase[1])
    y = y + 0.07 * np.sin(2.4 * x + phase[2]) + 0.025 * np.sin(4.7 * x + phase[3])
    metres = np.column_stack([(x + 1.2) * width, (y + 1.2) * height]) * _CELL_METRES / 2
    return np.round(metres + _ORIGIN)


def _curve(width: int, height: int) -> Iterator[_Point]:
    """All cells of a rectangle, wider than high, each next to the one before."""
    yield from _curve_part(0, 0, width, 0, 0, height)


def _curve_part(x: int, y: int, ax: int, ay: int, bx: int, by: int) -> Iterator[_Point]:
    """Recursion step: from (x, y) along the main axis (ax, ay), across (bx, by)."""
    width, height = abs(ax + ay), abs(bx + by)
    dax, day, dbx, dby = (int(np.sign(v)) for v in (ax, ay, bx, by))
    if height == 1:
        yield from ((x + i * dax, y + i * day) for i in range(width))
        return
    if width == 1:
        yield from ((x + i * dbx, y + i * dby) for i in range(height))
        return
    ax2, ay2, bx2, by2 = (_half(v) for v in (ax, ay, bx, by))
    if 2 * width > 3 * height:
        if abs(ax2 + ay2) % 2 and width > 2:
            ax2, ay2 = ax2 + dax, ay2 + day
        yield from _curve_part(x, y, ax2, ay2, bx, by)
        yield from _curve_part(x + ax2, y + ay2, ax - ax2, ay - ay2, bx, by)
        return
    if abs(bx2 + by2) % 2 and height > 2:
        bx2, by2 = bx2 + dbx, by2 + dby
    yield from _curve_part(x, y, bx2, by2, ax2, ay2)
    yield from _curve_part(x + bx2, y + by2, ax, ay, bx - bx2, by - by2)
    yield from _curve_part(
        x + (ax - dax) + (bx2 - dbx), y + (ay - day) + (by2 - dby), -bx2, -by2, -(ax - ax2), -(ay - ay2)
    )


def _half(value: int) -> int:
    return value // 2 if value >= 0 else -(-value // 2)
