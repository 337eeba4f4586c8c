"""Magnitude table: the sum or the mean of a measure in each combination of dimensions."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable, count_behind
from outputcontrole.basis import Basis
from outputcontrole.kinds.table_answer import table_answer
from outputcontrole.protection import TableProtection
from outputcontrole.spec import MagnitudeTable, Mark

# Digits to calculate with: more than a sum of the widest decimals of the engine has.
_DIGITS = 60


def tables(output: MagnitudeTable) -> tuple[AskedTable, ...]:
    """Return the sums, and the counts behind them."""
    sums = AskedTable(output.bron, tuple(output.filter), tuple(output.dimensies), output.tel, output.maat)
    return (sums, count_behind(sums))


def answer(output: MagnitudeTable, basis: Basis) -> Answer:
    """Answer with sums or means in whole units (half to even), and the number of units.

    A cell is shown when both its sum and its count may be. The mean is over the values that are not missing.
    """
    sums, counts = (basis.of(table) for table in tables(output))

    def numbers(row: Mapping[Any, Any]) -> list[str]:
        total = Decimal(row["som"])
        with localcontext(prec=_DIGITS):
            number = total / int(row["waarden"]) if output.statistiek == "gemiddelde" else total
            # Adding zero turns a rounded -0 into 0.
            return [str(row["n"]), f"{number.quantize(Decimal(1), rounding=ROUND_HALF_EVEN) + 0:f}"]

    return table_answer(output, shown_in_both(sums, counts), ["aantal", f"{output.statistiek}_{output.maat}"], numbers)


def shown_in_both(one: TableProtection, other: TableProtection) -> TableProtection:
    """Return `one` with every cell hidden that `other`, a table of the same cells, hides."""
    marks = (mine if mine is not Mark.SHOWN else its for mine, its in zip(one.marks, other.marks, strict=True))
    return TableProtection(one.evidence, tuple(marks), {**other.findings, **one.findings}, one.blocked or other.blocked)
