"""Magnitude table: sum, mean, spread or shape of a measure in each combination of dimensions.

What it tells, besides the counts and sums that are protected as linear systems: with mean and spread a reader has the
sum of squares of a shown cell within the published three digits, and with skewness and kurtosis those of third and
fourth powers. Sums of powers follow the same pattern of hidden cells as the counts and sums, so none of a hidden cell
can be computed from them. A weighted mean tells the ratio of two sums, of weight times measure and of weights; it rests
on both, and on the sum without weights, which keeps the rules about values: a measure that is everybody's is no less so
for being weighted.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

import numpy as np

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable, count_behind
from outputcontrole.basis import Basis
from outputcontrole.checks import CellRule
from outputcontrole.checks.degrees_of_freedom import degrees_of_freedom, freedom_of_spread
from outputcontrole.kinds.table_answer import hidden_where, shown_in_both, table_answer
from outputcontrole.protection import TableProtection
from outputcontrole.render.tables import significant
from outputcontrole.spec import MagnitudeTable

# Digits to calculate with: more than a sum of the widest decimals of the engine has.
_DIGITS = 60

WORDS = "tabel met sommen, gemiddelden of spreiding"


def tables(output: MagnitudeTable) -> tuple[AskedTable, ...]:
    """Return the sums, and the counts behind them; then, with weights, the weighted sums and the sums of weights."""
    sums = AskedTable(output.bron, tuple(output.filter), tuple(output.dimensies), output.tel, output.maat, output.bins)
    counts = count_behind(sums)
    if output.gewicht is None:
        return (sums, counts)
    weighted = replace(sums, weight=output.gewicht)
    return (sums, counts, weighted, replace(counts, measure=output.gewicht, weight=output.gewicht))


def cell_rules(output: MagnitudeTable) -> tuple[CellRule, ...]:
    """Ask degrees of freedom of a spread, and of a shape."""
    return (freedom_of_spread,) if output.statistiek in _FREE else ()


def answer(output: MagnitudeTable, basis: Basis) -> Answer:
    """Answer with sums or means in whole units (half to even), or the rest in three digits; and the number of units.

    A cell is shown when both its sum and its count may be, and a spread where it has the degrees of freedom also when
    its mean is public already. All are over the values that are not missing.
    """
    sums, counts, *weighted = (basis.of(table) for table in tables(output))
    shown = shown_in_both(sums, counts)
    if weighted:
        return _weighted(output, basis, shown, *weighted)
    name = f"{output.statistiek}_{output.maat}"
    if output.statistiek in _FREE:
        shown = hidden_where(shown, lambda _, row: degrees_of_freedom(int(row["waarden"]), 1, basis.policy))
    if output.statistiek not in _SHAPE:
        return table_answer(
            output, basis, shown, ["aantal", name], lambda _, row: [str(row["n"]), number(output.statistiek, row)]
        )
    shapes = _shapes(output, shown, basis)
    return table_answer(
        output, basis, shown, ["aantal", name], lambda key, row: [str(row["n"]), significant(shapes[key])]
    )


def _weighted(
    output: MagnitudeTable, basis: Basis, shown: TableProtection, weighted: TableProtection, weights: TableProtection
) -> Answer:
    """Answer with weighted sums or means, where the sum without weights, both weighted ones and the count are shown."""
    shown = shown_in_both(shown_in_both(shown, weighted), weights)
    totals, sizes = (
        dict(zip(table.evidence.keys, map(Decimal, table.evidence.cells["som"]), strict=True))
        for table in (weighted, weights)
    )

    def numbers(key: tuple[str, ...], row: Mapping[Any, Any]) -> list[str]:
        with localcontext(prec=_DIGITS):
            total = totals[key] if output.statistiek == "som" else totals[key] / sizes[key]
        return [str(row["n"]), _whole(total)]

    return table_answer(output, basis, shown, ["aantal", f"gewogen_{output.statistiek}_{output.maat}"], numbers)


def number(statistic: str, row: Mapping[Any, Any]) -> str:
    """Return the published text of a statistic of a cell, from its row of `Evidence.cells`; of a shape there is none
    (it follows from the rows)."""
    return _NUMBERS[statistic](row)


def _sum(row: Mapping[Any, Any]) -> str:
    return _whole(Decimal(row["som"]))


def _mean(row: Mapping[Any, Any]) -> str:
    with localcontext(prec=_DIGITS):
        return _whole(Decimal(row["som"]) / int(row["waarden"]))


def _whole(number: Decimal) -> str:
    with localcontext(prec=_DIGITS):
        # Adding zero turns a rounded -0 into 0.
        return f"{number.quantize(Decimal(1), rounding=ROUND_HALF_EVEN) + 0:f}"


_NUMBERS: dict[str, Callable[[Mapping[Any, Any]], str]] = {
    "som": _sum,
    "gemiddelde": _mean,
    "standaardafwijking": lambda row: significant(float(row["afwijking"])),
    "variantie": lambda row: significant(float(row["afwijking"]) ** 2),
}
_SHAPE = {"scheefheid", "kurtosis"}
_FREE = {"standaardafwijking", "variantie"} | _SHAPE


def _shapes(output: MagnitudeTable, table: TableProtection, basis: Basis) -> dict[tuple[str, ...], float]:
    """Return the skewness or kurtosis of the values of every cell where it is defined."""
    rows = basis.collector.rows(table.evidence.table, [output.maat])
    found = {}
    for key, held in table.evidence.rows_per_cell(rows).items():
        # in order of size: which of two equal values comes first makes no difference to any sum
        values = np.sort(held[output.maat].to_numpy(dtype=float))
        if len(values) > 3 and values[0] < values[-1]:
            found[key] = shape(values, output.statistiek)
    return found


def shape(values: np.ndarray, statistic: str) -> float:
    """Return the adjusted skewness (G1) or excess kurtosis (G2) of a sample of more than three values, not all equal.

    Source: Joanes and Gill (1998), Comparing measures of sample skewness and kurtosis, The Statistician 47.
    """
    n = len(values)
    scattered = values - values.mean()
    scattered = scattered / np.abs(scattered).max()
    second = float((scattered**2).mean())
    if statistic == "scheefheid":
        return float((scattered**3).mean() / second**1.5 * np.sqrt(n * (n - 1)) / (n - 2))
    excess = float((scattered**4).mean()) / second**2 - 3
    return float((n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6))
