"""Exact elimination of sparse integer columns.

Columns are dictionaries row -> integer of Python's unbounded integers; every step is exact, up to the scale of a
column, which does not matter for what lies in which span. Tables are close to unimodular: nearly all entries stay
-1 and 1, so exactness costs no more than arithmetic modulo a prime and its answers need no second check.
"""

import heapq
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import gcd

import numpy as np
from scipy.sparse import csc_array

Column = dict[int, int]


def columns_of(matrix: csc_array, cells: np.ndarray, rows: np.ndarray | None = None) -> list[Column]:
    """Columns of the matrix as dictionaries, restricted to the rows where the bool mask `rows` is true."""
    indptr, indices, data = matrix.indptr, matrix.indices, matrix.data
    columns = []
    for cell in cells.tolist():
        part = slice(indptr[cell], indptr[cell + 1])
        index, entry = indices[part], data[part]
        if rows is not None:
            keep = rows[index]
            index, entry = index[keep], entry[keep]
        columns.append(dict(zip(index.tolist(), entry.tolist(), strict=True)))
    return columns


def subtract(column: Column, pivot: Mapping[int, int], row: int) -> list[int]:
    """Replace `column` in place by its combination with `pivot` that is zero at `row`; return the rows it gained."""
    factor = column[row]
    lead = pivot[row]
    if lead != 1:
        common = gcd(factor, lead)
        factor //= common
        scale = lead // common
        if scale < 0:
            scale, factor = -scale, -factor
        if scale != 1:
            for other in column:
                column[other] *= scale
    gained = []
    for other, entry in pivot.items():
        old = column.get(other)
        if old is None:
            column[other] = -factor * entry
            gained.append(other)
        else:
            new = old - factor * entry
            if new:
                column[other] = new
            else:
                del column[other]
    return gained


def primitive(column: Column) -> None:
    """Divide a column in place by the greatest common divisor of its entries."""
    common = 0
    for entry in column.values():
        common = gcd(common, entry)
        if common == 1:
            return
    if common > 1:
        for row in column:
            column[row] //= common


class Span:
    """The span of columns added so far, as pivots in echelon form: a pivot is zero in the rows of earlier pivots."""

    def __init__(self) -> None:
        self._pivots: list[Column] = []
        self._rows: list[int] = []
        self._number: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._pivots)

    def reduce(self, column: Column) -> Column:
        """Reduce a column in place to its remainder modulo the span (empty when it lies in the span)."""
        number = self._number
        heap = [number[row] for row in column if row in number]
        heapq.heapify(heap)
        scaled = False
        while heap:
            index = heapq.heappop(heap)
            row = self._rows[index]
            if row not in column:
                continue
            pivot = self._pivots[index]
            scaled = scaled or pivot[row] != 1
            for other in subtract(column, pivot, row):
                if other in number:
                    heapq.heappush(heap, number[other])
        if scaled:
            primitive(column)
        return column

    def add(self, reduced: Column, row: int) -> None:
        """Add a reduced, non-empty column with its pivot row. The column is kept; make it positive there first."""
        self._number[row] = len(self._pivots)
        self._pivots.append(reduced)
        self._rows.append(row)


def proportional(left: Mapping[int, int], right: Mapping[int, int]) -> bool:
    """Whether two non-empty columns are multiples of each other."""
    if left.keys() != right.keys():
        return False
    row = next(iter(left))
    first, second = left[row], right[row]
    return all(entry * second == right[other] * first for other, entry in left.items())


def positive_at(column: Column, row: int) -> Column:
    """The column or its opposite, whichever is positive at the row."""
    if column[row] > 0:
        return column
    return {other: -entry for other, entry in column.items()}


def span_of(columns: list[Column], choose_row: Callable[[Column], int] | None = None) -> Span:
    """Span of many columns; short columns first, and rows that few columns have as pivots, to stay sparse."""
    frequency: dict[int, int] = {}
    for column in columns:
        for row in column:
            frequency[row] = frequency.get(row, 0) + 1

    def rarest(column: Column) -> int:
        return min(column, key=lambda row: (abs(column[row]) != 1, frequency[row], row))

    choose = choose_row or rarest
    span = Span()
    for column in sorted(columns, key=len):
        reduced = span.reduce(dict(column))
        if reduced:
            row = choose(reduced)
            span.add(positive_at(reduced, row), row)
    return span


def solve_exactly(columns: Mapping[int, Column], target: Column) -> dict[int, Fraction] | None:
    """Coefficients with which the numbered columns add up to the target, or None when they do not.

    Every column carries a unit entry in a row of its own (numbered below zero), so that what remains there after
    reducing the target is the combination itself.
    """
    names = sorted(columns)
    tagged: list[Column] = []
    for position, name in enumerate(names):
        column = dict(columns[name])
        column[-1 - position] = 1
        tagged.append(column)

    def real_row(column: Column) -> int:
        return min((row for row in column if row >= 0), key=lambda row: (abs(column[row]) != 1, row))

    span = Span()
    for column in sorted(tagged, key=len):
        reduced = span.reduce(column)
        if any(row >= 0 for row in reduced):
            row = real_row(reduced)
            span.add(positive_at(reduced, row), row)
    goal = -1 - len(names)
    remainder = dict(target)
    remainder[goal] = 1
    remainder = span.reduce(remainder)
    if any(row >= 0 for row in remainder):
        return None
    # remainder = scale * (target - sum of coefficients * columns), so tags hold -scale * coefficient.
    scale = remainder[goal]
    return {names[-1 - row]: Fraction(-entry, scale) for row, entry in remainder.items() if row != goal and entry != 0}
