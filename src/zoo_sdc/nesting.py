"""Published totals without what is published inside them: the same knowledge, in smaller independent pieces.

A municipal total that holds thirty published districts says nothing about their insides. Written as the total minus
those districts it is about the rest only, and a programme about one district need not look at the others.
"""

from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array


def without_nested(rows: csr_array, right: np.ndarray) -> tuple[csr_array, np.ndarray]:
    """Rewrite equations `rows @ x = right` so that each holds what is left after the others that lie inside it.

    Every row keeps a place, larger rows lose smaller ones that are disjoint from each other, and of equal rows one is
    left. Each step subtracts an equation that stays, so the solutions are the same.

    Args:
        rows: csr (equations, atoms), non-negative integers.
        right: int64 (equations,).

    Returns:
        The new rows and right-hand sides; a row may have become empty.
    """
    starts, atoms, weights = rows.indptr.tolist(), rows.indices.tolist(), rows.data.tolist()
    content = [dict(zip(atoms[i:j], weights[i:j], strict=True)) for i, j in pairwise(starts)]
    order = sorted(range(len(content)), key=lambda row: (-len(content[row]), row))
    place = {row: number for number, row in enumerate(order)}
    places_with: dict[int, list[int]] = {}
    for row in order:
        for atom in content[row]:
            places_with.setdefault(atom, []).append(place[row])
    rests: list[dict[int, int]] = [{}] * len(content)
    rest_right = right.copy()
    for row in order:
        rest = dict(content[row])
        # Only what comes later is taken away: it is smaller, or equal and still there itself.
        later = {number for atom in rest for number in places_with[atom] if number > place[row]}
        for other in (order[number] for number in sorted(later)):
            part = content[other]
            if all(rest.get(atom, 0) >= weight for atom, weight in part.items()):
                rest_right[row] -= right[other]
                for atom, weight in part.items():
                    rest[atom] -= weight
        rests[row] = {atom: weight for atom, weight in rest.items() if weight}
    indptr = np.cumsum([0, *(len(rest) for rest in rests)])
    indices = np.array([atom for rest in rests for atom in rest], dtype=np.int64)
    data = np.array([weight for rest in rests for weight in rest.values()], dtype=np.int64)
    return csr_array((data, indices, indptr), shape=rows.shape), rest_right
