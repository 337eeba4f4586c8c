"""An attack as a sum a person can check: "Totaal − A − B"."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csc_array, csr_array, hstack

from zoo_sdc.elimination import columns_of, solve_exactly
from zoo_sdc.labels import label_key

_LARGEST_DENOMINATOR = 1_000


def exact_combination(
    matrix: csc_array, published: np.ndarray, target: int, rows: np.ndarray | None = None
) -> dict[int, Fraction] | None:
    """Published cells with coefficients that add up to the target column, or None when there are none.

    A short sum is looked for first, as the one with the smallest sum of absolute coefficients (a linear programme);
    it counts only when it adds up exactly. Otherwise exact elimination decides.

    Args:
        matrix: csc array (atoms, cells) of integers.
        published: bool (cells,).
        target: index of a cell.
        rows: bool (atoms,), the atoms that matter (the others are known to be zero); default all.
    """
    if published[target]:
        return {int(target): Fraction(1)}
    open_rows = np.ones(matrix.shape[0], dtype=bool) if rows is None else rows
    goal = columns_of(matrix, np.array([target]), open_rows)[0]
    if not goal:
        return {}
    names = np.flatnonzero(published)
    columns = dict(zip(names.tolist(), columns_of(matrix, names, open_rows), strict=True))
    columns = {name: column for name, column in columns.items() if column}
    short = _short_combination(matrix, sorted(columns), target, open_rows)
    if short is not None:
        total: dict[int, Fraction] = {}
        for name, coefficient in short.items():
            for row, entry in columns[name].items():
                total[row] = total.get(row, Fraction(0)) + coefficient * entry
        if {row: entry for row, entry in total.items() if entry} == goal:
            return short
    return solve_exactly(columns, goal)


def _short_combination(
    matrix: csc_array, names: Sequence[int], target: int, open_rows: np.ndarray
) -> dict[int, Fraction] | None:
    if not names:
        return None
    kept = np.flatnonzero(open_rows)
    parts = csr_array(matrix)[kept][:, names].astype(np.float64)
    goal = csr_array(matrix)[kept][:, [target]].toarray().ravel().astype(np.float64)
    result = linprog(
        np.ones(2 * len(names)), A_eq=hstack([parts, -parts], format="csc"), b_eq=goal, bounds=(0, None), method="highs"
    )
    if result.x is None:
        return None
    signed = result.x[: len(names)] - result.x[len(names) :]
    return {
        name: Fraction(float(coefficient)).limit_denominator(_LARGEST_DENOMINATOR)
        for name, coefficient in zip(names, signed, strict=True)
        if abs(coefficient) > 1e-9
    }


def cell_names(labels: pd.DataFrame, total_label: Any) -> list[str]:
    """A readable name per cell: its labels that are no total, joined by ×; the total label for the grand total."""
    total = label_key(total_label)
    names = []
    for row in labels.itertuples(index=False, name=None):
        parts = [str(label) for label in row if label_key(label) != total]
        names.append(" × ".join(parts) if parts else str(total_label))
    return names


def written_sum(parts: Mapping[int, Fraction], names: Sequence[str]) -> str:
    """A combination in words: added cells first, "0" for the empty one."""
    text = ""
    for cell, coefficient in sorted(parts.items(), key=lambda item: (item[1] < 0, item[0])):
        size = abs(coefficient)
        term = names[cell] if size == 1 else f"{size}·({names[cell]})"
        if not text:
            text = term if coefficient > 0 else f"−{term}"
        else:
            text += f" − {term}" if coefficient < 0 else f" + {term}"
    return text or "0"
