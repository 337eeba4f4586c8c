"""Interval protection: hide more until every hidden cell can be many things.

Elimination alone leaves hidden cells with intervals of width zero or one, because counts are not negative. The
bounds of every hidden cell are the attacker's problems of Fischetti & Salazar (1999, 2001). Widths that are accepted
are proven by two alternative tables, verified in exact integers; one table serves all cells that it moves.
"""

from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array, eye_array, hstack, vstack

from zoo_sdc.attacker import Attacker, Budget, solve
from zoo_sdc.errors import Undecided, Unprotectable
from zoo_sdc.structure import integer_matrix


def protect(
    matrix: Any,
    values: np.ndarray,
    suppressed: np.ndarray,
    protection: np.ndarray,
    *,
    counts: np.ndarray,
    keep: np.ndarray | None = None,
    zero_atoms: np.ndarray | None = None,
    cost: np.ndarray | None = None,
    max_lp: int = 5_000,
) -> np.ndarray:
    """Suppress further cells until every hidden cell's interval is as wide as its protection demands.

    For a cell whose interval is too narrow, the cheapest alternative table in which it differs enough is sought (a
    linear programme over all cells, cost times deviation); the published cells that differ in it are suppressed.
    Cells hidden in this way must keep an interval of at least width 1.

    Args:
        matrix: sparse (atoms, cells), non-negative integers.
        values: int64 (cells,), the counts.
        suppressed: bool (cells,), cells that are hidden to begin with.
        protection: int (cells,), required width (upper minus lower bound) per hidden cell; 0 for none.
        counts: int64 (atoms,), the true counts of the atoms.
        keep: bool (cells,), cells that are public already and cannot be suppressed.
        zero_atoms: bool (atoms,), atoms that are publicly known to be zero.
        cost: numbers (cells,) above 0, the price of suppressing a cell; default 1 + log2(1 + value), so that few
            cells go, and small ones rather than large.
        max_lp: how many programmes may be solved.

    Returns:
        bool (cells,): all hidden cells, `suppressed` included.

    Raises:
        Unprotectable: no permitted suppression gives a cell its width.
        Undecided: the budget ran out; nothing is proven.
    """
    exact = integer_matrix(matrix)
    hidden = np.asarray(suppressed, dtype=bool).copy()
    fixed = np.zeros(len(values), dtype=bool) if keep is None else np.asarray(keep, dtype=bool)
    movable = np.ones(exact.shape[0], dtype=bool) if zero_atoms is None else ~np.asarray(zero_atoms, dtype=bool)
    price = 1.0 + np.log2(1.0 + values) if cost is None else np.asarray(cost, dtype=np.float64)
    seen = _Seen(exact, values, np.where(hidden, protection, 0))
    budget = Budget(max_lp)
    attacker = Attacker(exact, values, ~hidden, budget, ~movable, counts)
    _prove_jointly(attacker, seen)
    tried: set[int] = set()
    while len(narrow := seen.narrow()):
        cell = int(narrow[0])
        seen.note(attacker.extreme(cell, largest=False, cap=seen.wanted_low(cell))[1])
        if seen.is_narrow(cell):
            seen.note(attacker.extreme(cell, largest=True, cap=seen.wanted_high(cell))[1])
        if not seen.is_narrow(cell):
            continue
        # Proven too narrow: the attacker's own optimum falls short. Hide what the cheapest way out moves.
        alternatives = _Alternatives(exact, values, np.flatnonzero(movable), ~hidden & ~fixed, ~hidden & fixed, price)
        low, high = seen.wanted_low(cell), seen.wanted_high(cell)
        fresh, filling = alternatives.cheapest(cell, low, high, budget, integral=cell in tried)
        tried.add(cell)
        seen.note(filling)
        hidden |= fresh
        seen.width[fresh] = 1
        attacker = Attacker(exact, values, ~hidden, budget, ~movable, counts)
    return hidden


class _Seen:
    """The smallest and largest value of each cell over the alternative tables found so far, and the width it needs.

    Hiding more cells keeps every alternative table valid, so what has been seen is never lost.
    """

    def __init__(self, matrix: csc_array, values: np.ndarray, width: np.ndarray) -> None:
        self._cells = csr_array(matrix.T)
        self._values = np.asarray(values, dtype=np.int64)
        self._lowest = self._values.copy()
        self._highest = self._values.copy()
        self.width = np.asarray(width, dtype=np.int64)

    def note(self, filling: np.ndarray | None) -> np.ndarray:
        """Take note of an alternative table (counts of atoms); bool (cells,), the cells that differ in it."""
        if filling is None:
            return np.zeros(len(self._values), dtype=bool)
        values = np.asarray(self._cells @ filling)
        np.minimum(self._lowest, values, out=self._lowest)
        np.maximum(self._highest, values, out=self._highest)
        return np.asarray(values != self._values)

    def narrow(self) -> np.ndarray:
        """Indices of the cells that have not yet been seen to vary as widely as they must."""
        return np.flatnonzero(self._highest - self._lowest < self.width)

    def is_narrow(self, cell: int) -> bool:
        """Whether one cell is among them."""
        return bool(self._highest[cell] - self._lowest[cell] < self.width[cell])

    def wanted_low(self, cell: Any) -> Any:
        """The value (of one cell or several) which, once seen, makes it wide enough from above."""
        return self._highest[cell] - self.width[cell]

    def wanted_high(self, cell: Any) -> Any:
        """The value (of one cell or several) which, once seen, makes it wide enough from below."""
        return self._lowest[cell] + self.width[cell]


def _prove_jointly(attacker: Attacker, seen: _Seen) -> None:
    """Look for alternative tables that move many cells at once, until three attempts in a row settle next to nothing.

    One table can move only so many cells under one fixed total, so it takes many. A programme over all cells that are
    left may have no integer optimum; the next attempts are over a third of them, drawn anew each time (seeded).
    """
    draw = np.random.default_rng(0)
    idle = 0
    while idle < 3 and len(narrow := seen.narrow()) >= 4:
        chosen = narrow if idle == 0 else np.sort(draw.permutation(narrow)[: max(4, len(narrow) // 3)])
        seen.note(attacker.joint(chosen, seen.wanted_high(chosen), largest=True))
        left = np.intersect1d(chosen, seen.narrow())
        if len(left):
            seen.note(attacker.joint(left, seen.wanted_low(left), largest=False))
        idle = 0 if len(narrow) - len(seen.narrow()) >= 2 else idle + 1


class _Alternatives:
    """Tables that differ from the published one at a price: the sum of price times deviation over published cells.

    Args:
        matrix: csc array (atoms, cells).
        values: the published values.
        movable: indices of the atoms that may differ.
        soft: bool (cells,), published cells that may differ.
        hard: bool (cells,), published cells that may not.
        price: numbers (cells,) above 0.
    """

    def __init__(
        self,
        matrix: csc_array,
        values: np.ndarray,
        movable: np.ndarray,
        soft: np.ndarray,
        hard: np.ndarray,
        price: np.ndarray,
    ) -> None:
        self._cells = csr_array(matrix.T)
        self._values, self._movable, self._soft, self._hard, self._price = values, movable, soft, hard, price
        self._open = csr_array(self._cells[:, movable])
        loose = int(soft.sum())
        identity = eye_array(loose, format="csr", dtype=np.float64)
        strict = csr_array((int(hard.sum()), 2 * loose))
        self._rows = vstack(
            [
                hstack([self._open[np.flatnonzero(soft)], -identity, identity]),
                hstack([self._open[np.flatnonzero(hard)], strict]),
            ],
            format="csr",
        )
        self._right = np.concatenate([values[soft], values[hard]]).astype(np.float64)
        self._objective = np.concatenate([np.zeros(len(movable)), price[soft], price[soft]])
        self._whole = np.arange(len(self._objective)) < len(movable)

    def cheapest(
        self, cell: int, low: int, high: int, budget: Budget, *, integral: bool
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The cheapest table in which a cell is at most `low` or at least `high`.

        Without `integral` the table may have fractions: its deviating cells are a good guess of what to hide, and
        the caller proves afterwards that whole numbers fit.

        Returns:
            bool (cells,): the cells that deviate; and the counts of the atoms when they are whole numbers.

        Raises `Unprotectable` when there is no such table.
        """
        blank = csr_array((1, len(self._objective) - len(self._movable)))
        rows = csr_array(vstack([self._rows, hstack([self._open[[cell]], blank])]))
        soft = np.flatnonzero(self._soft)
        best: tuple[float, np.ndarray, np.ndarray | None] | None = None
        for least, most in [(float(high), np.inf), (0.0, float(low))]:
            if most < 0:
                continue
            lower, upper = np.append(self._right, least), np.append(self._right, most)
            whole = self._whole if integral else None
            solution = solve(self._objective, rows, lower, upper, budget, integral=whole)
            if solution is None:
                continue
            point, _ = solution
            filling = self._whole_table(point)
            if filling is None:
                if integral:
                    raise Undecided("het rekenprogramma vond geen sluitende invulling; neem grovere klassen")
                deviation = np.abs(point[len(self._movable) :].reshape(2, -1)).sum(axis=0)
                moved = np.zeros(len(self._values), dtype=bool)
                moved[soft[deviation > 1e-6]] = True
            else:
                moved = self._soft & (self._cells @ filling != self._values)
            paid = float(self._price[moved].sum())
            if best is None or paid < best[0]:
                best = (paid, moved, filling)
        if best is None:
            raise Unprotectable(
                "een cel die verborgen moet blijven, is te nauw te schatten uit openbare cijfers", [cell]
            )
        return best[1], best[2]

    def _whole_table(self, point: np.ndarray) -> np.ndarray | None:
        """The atoms of a solution as whole numbers, when they are and agree exactly with the hard cells."""
        counts = point[: len(self._movable)]
        if np.abs(counts - np.round(counts)).max(initial=0.0) > 1e-5:
            return None
        filling = np.zeros(self._cells.shape[1], dtype=np.int64)
        filling[self._movable] = np.round(counts).astype(np.int64)
        agrees = (filling >= 0).all() and np.array_equal((self._cells @ filling)[self._hard], self._values[self._hard])
        return filling if agrees else None
