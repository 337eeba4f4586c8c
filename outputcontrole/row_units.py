"""Which protected units stand behind each row: what tells that twenty rows are four households."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from outputcontrole.asked import lists_units
from outputcontrole.spec import Source
from zoo_formaat.package import FieldDescription


def unit_columns(columns: Mapping[str, FieldDescription]) -> list[str]:
    """Return the columns of a source that hold protected units."""
    return [name for name, field in columns.items() if field.eenheid is not None]


class RowUnits:
    """The protected units of every kind behind rows.

    Of one kind numbered in two ways (a dwelling and its address) each numbering is kept by itself; owners are persons
    or legal persons, so for them all numberings are one.
    """

    def __init__(self, rows: pd.DataFrame, source: Source, columns: Mapping[str, FieldDescription]) -> None:
        """Number the units in the unit columns of `rows`; rows keep their positions."""
        held: dict[tuple[str, str | None], list[pd.Series]] = {}
        position = np.arange(len(rows))
        for name in unit_columns(columns):
            kind = str(columns[name].eenheid)
            numbering = None if kind == "eigenaar" else columns[name].domein
            series = pd.Series(rows[name].to_numpy(), index=position, dtype=object)
            if lists_units(source, name):
                series = series.explode()
            held.setdefault((kind, numbering), []).append(series.dropna())
        self._size = len(rows)
        self._pairs: list[tuple[np.ndarray, np.ndarray]] = []
        for parts in held.values():
            series = pd.concat(parts)
            codes, known = pd.factorize(series.to_numpy())
            # A unit that stands twice in a row, as buyer and as seller, is in it once.
            pairs = np.unique(series.index.to_numpy(dtype=np.int64) * max(len(known), 1) + codes)
            if len(pairs):
                self._pairs.append((pairs // len(known), pairs % len(known)))

    def least(self, chosen: np.ndarray) -> int:
        """Return the number of distinct units in the chosen rows (bool per row), of the kind that has fewest there.

        A kind that nobody in these rows has does not count; without any kind the rows themselves do.
        """
        counts = [len(np.unique(unit[chosen[row]])) for row, unit in self._pairs]
        return min((n for n in counts if n > 0), default=int(chosen.sum()))

    def largest_share(self, amounts: np.ndarray, together: int = 1) -> float:
        """Return the largest part that so many units of any kind have together in a total of non-negative amounts.

        amounts: one per row. A row with two units of a kind counts for either, so a part may exceed one.
        """
        total = float(amounts.sum())
        if total <= 0:
            return 0.0
        per_unit = [np.bincount(unit, weights=amounts[row]) for row, unit in self._pairs] or [amounts]
        return (
            max(
                float(np.partition(held, -together)[-together:].sum()) if len(held) > together else total
                for held in per_unit
            )
            / total
        )
