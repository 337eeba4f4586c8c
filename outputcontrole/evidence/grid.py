"""The cells of a table as a grid: where a row's cell is, and which cells it adds up to."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

TOTAL = "Totaal"


class Grid:
    """Every combination of the labels of a table's dimensions, margins and empty combinations included.

    Cells are numbered in order of their labels, the last dimension fastest; finest cells, by themselves, likewise.
    """

    def __init__(self, labels: Sequence[Mapping[str, tuple[str, ...]]]) -> None:
        """Take, per dimension, finest label -> the labels of the cells it belongs to (itself, higher ones, total)."""
        self.finest = tuple(sorted(known) for known in labels)
        self.levels = tuple(
            {label: place for place, label in enumerate(sorted({TOTAL}.union(*known.values())))} for known in labels
        )
        self._labels = labels

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of labels per dimension."""
        return tuple(len(places) for places in self.levels)

    @property
    def size(self) -> int:
        """The number of cells."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def whole(self) -> int:
        """The number of the cell that is the total over every dimension."""
        return int(self.number([np.array([places[TOTAL]]) for places in self.levels])[0])

    @cached_property
    def belongs(self) -> tuple[np.ndarray, ...]:
        """Per dimension the places of the labels that a finest label belongs to: (finest labels, levels), finest first.

        Every finest label of a dimension belongs to as many: itself, the levels above it, and the total.
        """
        return tuple(
            np.array([[places[label] for label in known[finest]] for finest in chosen], dtype=np.int64).reshape(
                len(chosen), len(known[chosen[0]]) if chosen else 1
            )
            for known, chosen, places in zip(self._labels, self.finest, self.levels, strict=True)
        )

    def levels_of(self, dimension: int) -> int:
        """Return how many labels every finest label of a dimension belongs to."""
        return int(self.belongs[dimension].shape[1])

    def number(self, places: Sequence[np.ndarray]) -> np.ndarray:
        """Return the numbers of cells from the places of their labels, an array per dimension."""
        numbers: np.ndarray = np.zeros(len(places[0]) if places else 1, dtype=np.int64)
        for place, known in zip(places, self.levels, strict=True):
            numbers = numbers * len(known) + place
        return numbers

    def cells_of(self, places: Sequence[np.ndarray], spread: Sequence[bool], groups: int) -> np.ndarray:
        """Return the numbers of the cells that groups of rows belong to: (groups, cells per group).

        places: per dimension an array with a place per group. spread: whether that is the place of a finest label, so
        that the group belongs to everything above it too; otherwise it is the place of a label of cells.
        """
        numbers: np.ndarray = np.zeros((groups, 1), dtype=np.int64)
        for dimension, (place, wide) in enumerate(zip(places, spread, strict=True)):
            of = self.belongs[dimension][place] if wide else place[:, np.newaxis]
            both = numbers[:, :, np.newaxis] * self.shape[dimension] + of[:, np.newaxis, :]
            numbers = both.reshape(groups, both.shape[1] * both.shape[2])
        return numbers

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """Return the labels of every cell, a column per dimension."""
        places = np.indices(self.shape).reshape(len(self.shape), self.size)
        columns = {
            name: pd.Series(list(known), dtype="str").take(place).reset_index(drop=True)
            for name, known, place in zip(names, self.levels, places, strict=True)
        }
        return pd.DataFrame(columns, index=range(self.size))
