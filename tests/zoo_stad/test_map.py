"""The polygons of the buurten tile the city: shared borders, no overlap, connected wijken and gemeenten."""

import json
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest

from zoo_stad.tiling import make_tiling


def signed_area(ring):
    x, y = np.asarray(ring, dtype=float).T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def edges_of(ring):
    points = [tuple(point) for point in np.asarray(ring).tolist()]
    return list(pairwise(points))


def outer_edges(rings):
    """Edges without a reverse twin. Fails when a directed edge comes twice, which an overlap would need."""
    seen = [edge for ring in rings for edge in edges_of(ring)]
    assert len(seen) == len(set(seen))
    directed = set(seen)
    return [(a, b) for a, b in seen if (b, a) not in directed]


def crossings(edges):
    """Number of pairs of edges that properly cross, by orientation tests on all pairs."""
    a, b = (np.array([edge[i] for edge in edges], dtype=float) for i in (0, 1))

    def side(p, q, r):
        return np.sign(
            (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])
        )

    first = side(a[:, None], b[:, None], a[None]) * side(a[:, None], b[:, None], b[None])
    second = side(a[None], b[None], a[:, None]) * side(a[None], b[None], b[:, None])
    return int(((first < 0) & (second < 0)).sum())


@pytest.mark.parametrize(("number", "seed"), [(1, 0), (2, 1), (7, 2), (51, 3), (51, 4), (64, 5), (110, 6), (850, 7)])
def test_cells_tile_the_plane(number, seed):
    rings = make_tiling(np.random.default_rng(seed), number).rings
    assert len(rings) == number
    assert all((ring[0] == ring[-1]).all() and signed_area(ring) > 0 for ring in rings)
    # Sum of the areas against the area inside the outer border (Green, edge by edge)
    border = outer_edges(rings)
    inside = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in border) / 2
    assert sum(signed_area(ring) for ring in rings) == pytest.approx(inside)
    if number <= 110:
        unique = {tuple(sorted(edge)) for ring in rings for edge in edges_of(ring)}
        assert crossings(sorted(unique)) == 0


def test_wijken_and_gemeenten_are_connected_and_follow_from_the_code(clean):
    features = json.loads((clean.folder / "ruw" / "gebieden.geojson").read_text("utf-8"))["features"]
    rings = [feature["geometry"]["coordinates"][0] for feature in features]
    at_edge = defaultdict(set)
    for i, ring in enumerate(rings):
        for edge in edges_of(ring):
            at_edge[tuple(sorted(edge))].add(i)
    neighbours = defaultdict(set)
    for cells in at_edge.values():
        for cell in cells:
            neighbours[cell] |= cells - {cell}
    for level in ("wijkcode", "gemeentecode"):
        members = defaultdict(set)
        for i, feature in enumerate(features):
            members[feature["properties"][level]].add(i)
        for cells in members.values():
            reached, frontier = set(), {min(cells)}
            while frontier:
                reached |= frontier
                frontier = {n for cell in frontier for n in neighbours[cell] & cells} - reached
            assert reached == cells
    for properties in (feature["properties"] for feature in features):
        assert properties["wijkcode"] == "WK" + properties["buurtcode"][2:8]
        assert properties["gemeentecode"] == "GM" + properties["buurtcode"][2:6]
    assert len({feature["properties"]["buurtcode"] for feature in features}) == len(features)
    assert {f["properties"]["buurtcode"] for f in features} == set(clean.raw("bag_woningen")["buurtcode"])
