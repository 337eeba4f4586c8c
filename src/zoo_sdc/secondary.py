"""Secondary suppression by Gaussian elimination.

Langsrud (2024), "Secondary cell suppression by Gaussian elimination: an algorithm suitable for handling issues with
zeros and singletons", Privacy in Statistical Databases: cells are published in order of preference as long as no
hidden cell falls into the span of the published ones.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from zoo_sdc.combination import exact_combination
from zoo_sdc.elimination import Column, Span, columns_of, positive_at, primitive, proportional, subtract
from zoo_sdc.errors import Unprotectable
from zoo_sdc.structure import atoms_under, integer_matrix


class _Hidden:
    """The hidden cells that must stay outside the published span, kept reduced modulo that span.

    `holders` says which of them have an entry in a row, so that a pivot touches only those and the test whether a
    candidate is a multiple of one of them looks only at the rarest row of the candidate.
    """

    def __init__(self, columns: Mapping[int, Column]) -> None:
        self.columns: dict[int, Column] = {}
        self.twins: dict[int, list[int]] = {}
        self.holders: dict[int, set[int]] = {}
        first_with: dict[frozenset[tuple[int, int]], int] = {}
        for cell, column in columns.items():
            same = first_with.setdefault(frozenset(column.items()), cell)
            self.twins.setdefault(same, []).append(cell)
            if same == cell:
                self.columns[cell] = dict(column)
                for row in column:
                    self.holders.setdefault(row, set()).add(cell)

    def count(self, row: int) -> int:
        """How many hidden columns have an entry in the row."""
        return len(self.holders.get(row, ()))

    def disclosed_by(self, column: Column) -> bool:
        """Whether publishing this reduced column would put a hidden cell into the span."""
        row = min(column, key=self.count)
        return any(
            len(self.columns[cell]) == len(column) and proportional(column, self.columns[cell])
            for cell in self.holders.get(row, ())
        )

    def eliminate(self, pivot: Column, row: int) -> list[int]:
        """Reduce all hidden columns by a new pivot; the cells (with their twins) that have become empty."""
        empty: list[int] = []
        for cell in list(self.holders.get(row, ())):
            column = self.columns[cell]
            before = [other for other in pivot if other in column]
            for other in subtract(column, pivot, row):
                self.holders.setdefault(other, set()).add(cell)
            for other in before:
                if other not in column:
                    self.holders[other].discard(cell)
            if pivot[row] != 1:
                primitive(column)
            if not column:
                empty.extend(self.twins[cell])
        return empty


def secondary(
    matrix: Any,
    primary: np.ndarray,
    *,
    priority: np.ndarray,
    forced: np.ndarray | None = None,
    singletons: np.ndarray | None = None,
    zeros: np.ndarray | None = None,
) -> np.ndarray:
    """Secondary suppression by Gaussian elimination (Langsrud 2024), in exact integers.

    Cells are considered in order of priority. One that follows from the cells published so far is published; one
    that together with them would give a hidden cell is suppressed; the others are published and eliminated from the
    rest.

    Args:
        matrix: sparse (atoms, cells), non-negative integers.
        primary: bool (cells,), cells that must be hidden.
        priority: numbers (cells,); higher is published before lower, equal in order of index.
        forced: bool (cells,), cells that are public already.
        singletons: bool (atoms,), atoms that consist of one unit. That unit knows its own part, so a candidate
            of which nothing is left but singletons is suppressed.
        zeros: bool (cells,), cells whose value is zero. Those that are public (forced, or zero and not primary)
            are published first, and their atoms count as known to be zero: a sum of non-negative parts that is
            zero fixes every part.

    Returns:
        bool (cells,): the secondary suppressions. No primary cell and no returned cell is a linear combination of
        the cells that are left and the known zero atoms.

    Raises:
        Unprotectable: a primary cell, or the parts of singletons, follow from the forced cells and public zeros
            alone; carries the cells and the combinations.
    """
    exact = integer_matrix(matrix)
    cells = exact.shape[1]
    must_publish = np.zeros(cells, dtype=bool) if forced is None else np.asarray(forced, dtype=bool).copy()
    zero = np.zeros(cells, dtype=bool) if zeros is None else np.asarray(zeros, dtype=bool)
    must_publish |= zero & ~primary
    _refuse_forced_primaries(primary & must_publish)
    open_rows = ~atoms_under(exact, zero & must_publish)
    alone = np.zeros(exact.shape[0], dtype=bool) if singletons is None else np.asarray(singletons, dtype=bool)

    columns = columns_of(exact, np.arange(cells), open_rows)
    hidden_cells = np.flatnonzero(primary).tolist()
    pinned = [cell for cell in hidden_cells if not columns[cell]]
    if pinned:
        raise Unprotectable("een cel die verborgen moet blijven, ligt onder een gepubliceerde nul", pinned)
    hidden = _Hidden({cell: columns[cell] for cell in hidden_cells})
    crowd = np.bincount(exact.indices, minlength=exact.shape[0]).tolist()
    is_alone = alone.tolist()
    span = Span()

    def publish(column: Column) -> list[int]:
        row = min(column, key=lambda row: (is_alone[row], abs(column[row]) != 1, hidden.count(row), crowd[row], row))
        pivot = positive_at(column, row)
        span.add(pivot, row)
        return hidden.eliminate(pivot, row)

    disclosed: list[int] = []
    for cell in sorted(np.flatnonzero(must_publish).tolist(), key=lambda cell: len(columns[cell])):
        column = span.reduce(dict(columns[cell]))
        if not column:
            continue
        if len(column) > 1 and all(is_alone[row] for row in column):
            raise Unprotectable("openbare cijfers tonen een groep die uit losse eenheden bestaat", [cell])
        disclosed.extend(publish(column))
    if disclosed:
        combinations = {
            cell: exact_combination(exact, must_publish, cell, open_rows) or {} for cell in sorted(disclosed)
        }
        raise Unprotectable(
            "een cel die verborgen moet blijven, volgt uit openbare cijfers",
            sorted(disclosed),
            combinations,
        )

    suppressed = np.zeros(cells, dtype=bool)
    candidates = np.flatnonzero(~primary & ~must_publish)
    order = candidates[np.argsort(-np.asarray(priority)[candidates], kind="stable")]
    for cell in order.tolist():
        column = span.reduce(columns[cell])
        if not column:
            continue
        if all(is_alone[row] for row in column) or hidden.disclosed_by(column):
            suppressed[cell] = True
        else:
            publish(column)
    return suppressed


def _refuse_forced_primaries(conflict: np.ndarray) -> None:
    cells = np.flatnonzero(conflict).tolist()
    if cells:
        raise Unprotectable(
            "een cel die verborgen moet blijven, is al openbaar", cells, {cell: {cell: Fraction(1)} for cell in cells}
        )
