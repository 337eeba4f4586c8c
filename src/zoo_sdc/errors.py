"""Errors of the disclosure-control mathematics.

All messages are one Dutch line (municipal users read them through the commands of the other packages). They name
columns, row numbers and codes of classifications, never a count.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction


class CellError(ValueError):
    """A table of cells that cannot be read: wrong column, missing label, count that is no count, duplicate."""


class HierarchyError(ValueError):
    """A hierarchy that is no forest over the codes in use: cycle, two parents, missing parent."""


class Contradiction(ValueError):  # noqa: N818 - it names a finding about the figures, in the field's word
    """Published figures that no non-negative integer filling of the table satisfies."""


class Unprotectable(ValueError):  # noqa: N818
    """Cells that must be hidden follow from figures that are, or must be, public.

    Attributes:
        cells: indices of the cells that cannot be hidden.
        combinations: per such cell the published cells with their coefficients that add up to it, where the
            disclosure is a linear combination; cells missing here are pinned by non-negativity.
    """

    def __init__(
        self,
        message: str,
        cells: Sequence[int],
        combinations: Mapping[int, Mapping[int, Fraction]] | None = None,
    ) -> None:
        super().__init__(message)
        self.cells = tuple(int(cell) for cell in cells)
        self.combinations = {cell: dict(parts) for cell, parts in (combinations or {}).items()}


class Undecided(RuntimeError):  # noqa: N818
    """The budget of programmes or seconds ran out before safety was proven. Whoever gets this must refuse."""
