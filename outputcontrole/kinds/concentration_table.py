"""Concentration table: Gini, Herfindahl or the share of the largest units, in each combination of dimensions.

What it tells: the square root of a Herfindahl index bounds the largest share from above, and a share of the k largest
gives, with the total, their sum. So it is shown only where the total may be (threshold, dominance and p % on units),
without more than two digits, and a share of the largest in whole per cents of at least ten units.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable, count_behind
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.evidence import Evidence
from outputcontrole.kinds.table_answer import hidden_where, shown_in_both, table_answer
from outputcontrole.render.tables import significant
from outputcontrole.spec import ConcentrationTable
from zoo_formaat.errors import UserError

WORDS = "tabel met maten van concentratie"


def tables(output: ConcentrationTable) -> tuple[AskedTable, ...]:
    """Return the sums over which the measure is spread, and the counts behind them."""
    sums = AskedTable(output.bron, tuple(output.filter), tuple(output.dimensies), output.tel, output.maat, output.bins)
    return (sums, count_behind(sums))


def answer(output: ConcentrationTable, basis: Basis) -> Answer:
    """Answer with a measure of concentration per cell, over the units counted (not rows), and the number of units.

    Raises UserError when a unit holds a negative amount: shares are then not defined.
    """
    sums, counts = (basis.of(table) for table in tables(output))
    shown = shown_in_both(sums, counts)
    values = _per_cell(output, sums.evidence, basis)

    def why_not(key: tuple[str, ...], row: Mapping[Any, Any]) -> Finding | None:
        enough = output.maatstaf != "aandeel_hoogste" or int(row["n"]) >= 2 * output.hoogste
        return None if enough and key in values else _TOO_FEW

    percent = output.maatstaf == "aandeel_hoogste"

    def numbers(key: tuple[str, ...], row: Mapping[Any, Any]) -> list[str]:
        value = values[key]
        return [str(row["n"]), f"{100 * value:.0f}" if percent else significant(value, 2)]

    return table_answer(
        output, basis, hidden_where(shown, why_not), ["aantal", f"{output.maatstaf}_{output.maat}"], numbers
    )


def _per_cell(output: ConcentrationTable, evidence: Evidence, basis: Basis) -> dict[tuple[str, ...], float]:
    """Return the measure of every cell that has a positive total, by the cell's labels."""
    table = evidence.table
    rows = basis.collector.rows(table, [output.maat])
    rows[output.maat] = rows[output.maat].astype("float64")
    if (rows[output.maat] < 0).any():
        raise UserError(f"maat '{output.maat}' heeft negatieve waarden; concentratie is dan niet bepaald")
    measures = {}
    for key, held in evidence.rows_per_cell(rows).items():
        amounts = np.sort(held.groupby(table.counted)[output.maat].sum().to_numpy())
        if amounts.sum() > 0:
            measures[key] = concentration(amounts, output.maatstaf, output.hoogste)
    return measures


def concentration(amounts: np.ndarray, measure: str, largest: int) -> float:
    """Return a measure of concentration of non-negative amounts in ascending order with a positive sum.

    `gini`: mean absolute difference over twice the mean (Gini, 1912), in the form over ranks; `herfindahl`: sum of
    squared shares (Herfindahl, 1950); `aandeel_hoogste`: share of the `largest` largest.
    """
    total = amounts.sum()
    if measure == "herfindahl":
        return float(((amounts / total) ** 2).sum())
    if measure == "aandeel_hoogste":
        return float(amounts[-largest:].sum() / total)
    n = len(amounts)
    ranks = np.arange(1, n + 1)
    return float((2 * (ranks * amounts).sum() / (n * total)) - (n + 1) / n)


_TOO_FEW = Finding(
    rule="concentratie",
    sentence="te weinig eenheden of geen bedrag voor een maat van concentratie",
    remedy="voeg klassen samen of kies een hoger gebiedsniveau",
)
