"""The cells of a table, and what is known of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from outputcontrole.asked import AskedTable
from outputcontrole.evidence.grid import TOTAL, Grid

UNKNOWN = "onbekend"

__all__ = ["TOTAL", "UNKNOWN", "CellEvidence", "Evidence"]


@dataclass(frozen=True)
class CellEvidence:
    """What the rules know of the cells of a table: arrays with a number per cell.

    n: counted units. units: protected unit kind -> distinct units of that kind whose data could change the number.
    dominance: unit kind -> share of the absolute total that the policy's n largest units of that kind hold (magnitudes
    only). group_share: the largest share that the cell takes of a row or column total, or of the population it was
    looked for in; NaN when there is nothing to compare with. values: how many values a magnitude cell has; None for
    counts. rest: unit kind -> what all but the two largest units of that kind hold, as a share of the largest
    (magnitudes only). equal: whether every value in a magnitude cell is the same, so that the mean is each one's own.
    spread: standard deviation of a magnitude cell as a share of that of the whole table; NaN for counts and where
    there is no deviation. effective: of sums with weights, the effective number of units (see `weights`), else None.
    """

    n: np.ndarray
    units: Mapping[str, np.ndarray]
    dominance: Mapping[str, np.ndarray]
    group_share: np.ndarray
    values: np.ndarray | None
    rest: Mapping[str, np.ndarray]
    equal: np.ndarray
    spread: np.ndarray
    effective: np.ndarray | None = None

    @classmethod
    def of_group(
        cls, n: int, units: Mapping[str, int], dominance: Mapping[str, float], rest: Mapping[str, float]
    ) -> "CellEvidence":
        """Return a single group of units as one cell, of which the total is judged but no share or spread."""
        return cls(
            n=np.array([n]),
            units={kind: np.array([number]) for kind, number in units.items()},
            dominance={kind: np.array([share]) for kind, share in dominance.items()},
            group_share=np.array([np.nan]),
            values=None,
            rest={kind: np.array([share]) for kind, share in rest.items()},
            equal=np.array([False]),
            spread=np.array([np.nan]),
        )


@dataclass(frozen=True)
class Evidence:
    """Evidence of one table.

    cells: one row per cell, margins and empty cells included, in order of labels: a column per dimension, `n`,
    `n_<kind>` per protected unit kind; for a measure (of rows that have one) the exact sum `som` as decimal text, the
    number of `waarden`, whether all are `gelijk`, their standard deviation `afwijking`, and `dominantie_<kind>` and
    `rest_<kind>` (see CellEvidence); for a weight `effectief`. Only rows with a counted unit take part, so that all
    columns are about the same units. labels: per dimension, finest label -> the labels of the cells it belongs to
    (itself, higher levels, `Totaal`).
    """

    table: AskedTable
    cells: pd.DataFrame
    labels: tuple[dict[str, tuple[str, ...]], ...]

    @cached_property
    def keys(self) -> list[tuple[str, ...]]:
        """The labels of every cell, in order; one empty tuple for a table without dimensions."""
        columns = [self.cells[dimension].astype(str).tolist() for dimension in self.table.dimensions]
        return list(zip(*columns, strict=True)) if columns else [()] * len(self.cells)

    def cells_with(self, finest: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the labels of every cell that a row belongs to; finest: its finest label per dimension."""
        belongs = (dict.fromkeys(known[label]) for known, label in zip(self.labels, finest, strict=True))
        return list(product(*belongs))

    def rows_per_cell(self, rows: pd.DataFrame) -> dict[tuple[str, ...], pd.DataFrame]:
        """Return per cell, by its labels, those of `rows` (of Collector.rows) that belong to it; margins hold all."""
        names = list(self.table.dimensions)
        if not names:
            return {(): rows}
        parts: dict[tuple[str, ...], list[pd.DataFrame]] = {}
        for finest, held in rows.groupby(names, sort=True):
            for key in self.cells_with([str(label) for label in finest]):
                parts.setdefault(key, []).append(held)
        return {key: pd.concat(held) if len(held) > 1 else held[0] for key, held in parts.items()}

    @property
    def unit_kinds(self) -> list[str]:
        """The kinds of protected unit behind the numbers."""
        return [name.removeprefix("n_") for name in self.cells.columns if name.startswith("n_")]

    @cached_property
    def grid(self) -> Grid:
        """The order of the cells, and which add up to which."""
        return Grid(self.labels)
