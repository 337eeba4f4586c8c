"""Magnitude table: sum, mean, standard deviation or variance of a measure in each combination of dimensions.

What it tells, besides the counts and sums that are protected as linear systems: with mean and spread a reader has the
sum of squares of a shown cell within the published three digits. Sums of squares follow the same pattern of hidden
cells as the counts and sums, so none of a hidden cell can be computed from them.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable, count_behind
from outputcontrole.basis import Basis
from outputcontrole.checks import CellRule
from outputcontrole.checks.degrees_of_freedom import degrees_of_freedom, freedom_of_spread
from outputcontrole.kinds.table_answer import hidden_where, shown_in_both, table_answer
from outputcontrole.render.tables import significant
from outputcontrole.spec import MagnitudeTable

# Digits to calculate with: more than a sum of the widest decimals of the engine has.
_DIGITS = 60

WORDS = "tabel met sommen, gemiddelden of spreiding"


def tables(output: MagnitudeTable) -> tuple[AskedTable, ...]:
    """Return the sums, and the counts behind them."""
    sums = AskedTable(output.bron, tuple(output.filter), tuple(output.dimensies), output.tel, output.maat)
    return (sums, count_behind(sums))


def cell_rules(output: MagnitudeTable) -> tuple[CellRule, ...]:
    """Ask degrees of freedom of a spread."""
    return (freedom_of_spread,) if output.statistiek in _SPREAD else ()


def answer(output: MagnitudeTable, basis: Basis) -> Answer:
    """Answer with sums or means in whole units (half to even), or spread in three digits; and the number of units.

    A cell is shown when both its sum and its count may be, and a spread where it has the degrees of freedom also when
    its mean is public already. All are over the values that are not missing.
    """
    sums, counts = (basis.of(table) for table in tables(output))
    shown = shown_in_both(sums, counts)
    if output.statistiek in _SPREAD:
        shown = hidden_where(shown, lambda _, row: degrees_of_freedom(int(row["waarden"]), 1, basis.policy))
    return table_answer(
        output,
        basis,
        shown,
        ["aantal", f"{output.statistiek}_{output.maat}"],
        lambda _, row: [str(row["n"]), number(output.statistiek, row)],
    )


def number(statistic: str, row: Mapping[Any, Any]) -> str:
    """Return the published text of a statistic of a cell, from its row of `Evidence.cells`."""
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
_SPREAD = {"standaardafwijking", "variantie"}
