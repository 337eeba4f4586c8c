"""Quantile table: points of the distribution of a measure, in each combination of dimensions.

What it tells: that about the given share of values lies below the published one. A quantile of order statistics is one
contributor's own value, so what is published is the mean of the `n_min` values around the point, in three significant
digits, with at least `n_min` distinct units on either side of those.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable, check_measure, count_behind
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.checks.position import common_value, position
from outputcontrole.kinds.row_statistics import finite
from outputcontrole.kinds.table_answer import hidden_where, table_answer
from outputcontrole.policy import Policy
from outputcontrole.render.tables import significant
from outputcontrole.spec import QuantileTable

WORDS = "tabel met kwantielen"
# Of a cell in which there is nobody, where the policy lets an empty cell be shown.
NOBODY = Finding(
    rule="positie",
    sentence="er is niemand met een waarde in deze cel",
    remedy="voeg klassen samen of kies een hoger gebiedsniveau",
)


def tables(output: QuantileTable) -> tuple[AskedTable, ...]:
    """Return the counts of the units that have a value."""
    span = tuple(output.dimensies)
    measured = AskedTable(output.bron, tuple(output.filter), span, output.tel, output.maat, output.bins)
    return (count_behind(measured),)


def answer(output: QuantileTable, basis: Basis) -> Answer:
    """Answer with the asked points per cell; a cell is shown when all its points may be.

    Raises UserError for a measure that is no number.
    """
    check_measure(output.bron, output.maat, basis.access, f"uitvoer '{output.naam}'")
    (table,) = tables(output)
    protected = basis.of(table)
    rows = basis.collector.rows(table, [output.maat])
    rows[output.maat] = finite(rows[output.maat], output.maat)
    cells = protected.evidence.rows_per_cell(rows)
    found = {key: points(held, output, table.counted, basis.policy) for key, held in cells.items()}

    def why_not(key: tuple[str, ...], _: Mapping[Any, Any]) -> Finding | None:
        result = found.get(key, NOBODY)
        return result if isinstance(result, Finding) else None

    def numbers(key: tuple[str, ...], row: Mapping[Any, Any]) -> list[str]:
        result = found[key]
        assert not isinstance(result, Finding)  # noqa: S101 - hidden_where took those away
        return [str(row["n"]), *(significant(value) for value in result)]

    names = [f"p{100 * point:g}_{output.maat}".replace(".", "_") for point in output.punten]
    return table_answer(output, basis, hidden_where(protected, why_not), ["aantal", *names], numbers)


def points(rows: pd.DataFrame, output: QuantileTable, counted: str, policy: Policy) -> list[float] | Finding:
    """Return the averaged values at every asked point of one cell's rows, or why they may not be shown."""
    ordered = rows.sort_values([output.maat, counted], kind="stable")
    values = ordered[output.maat].to_numpy(dtype=float)
    units = ordered[counted].to_numpy()
    problem = common_value(values, policy)
    if problem is not None:
        return problem
    half = policy.n_min // 2
    found = []
    for point in output.punten:
        middle = round(point * (len(values) - 1))
        low, high = max(middle - half, 0), min(middle - half + policy.n_min, len(values))
        problem = position(len(set(units[:low])), len(set(units[high:])), policy)
        if problem is not None:
            return problem
        found.append(float(np.mean(values[low:high])))
    return found
