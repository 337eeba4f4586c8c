"""Frequency table: how many units there are in each combination of dimensions, or how many a sample stands for.

What a weighted table tells, besides the counts: the sum of the weights, which is protected as any other sum is.
"""

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable, count_behind, counted_of
from outputcontrole.basis import Basis
from outputcontrole.kinds.magnitude_table import number
from outputcontrole.kinds.table_answer import shown_in_both, table_answer
from outputcontrole.protection import TableProtection
from outputcontrole.spec import FrequencyTable
from zoo_formaat.errors import UserError

WORDS = "tabel met aantallen"


def tables(output: FrequencyTable) -> tuple[AskedTable, ...]:
    """Return the table itself; of a weighted one the sums of the weights and the counts behind them."""
    counted = output.tel or counted_of(output.bron, output.naam)
    table = AskedTable(
        output.bron,
        tuple(output.filter),
        tuple(output.dimensies),
        counted,
        output.gewicht,
        output.bins,
        output.gewicht,
    )
    return (table,) if output.gewicht is None else (table, count_behind(table))


def answer(output: FrequencyTable, basis: Basis) -> Answer:
    """Answer with counts, one symbol for every hidden cell whatever the reason; weighted ones in whole units.

    Raises UserError when a unit with a weight has more than one row: it would be counted more than once.
    """
    if output.gewicht is None:
        (table,) = tables(output)
        return table_answer(output, basis, basis.of(table), ["aantal"], lambda _, row: [str(row["n"])])
    weights, counts = (basis.of(table) for table in tables(output))
    _check_one_row(weights)
    return table_answer(
        output,
        basis,
        shown_in_both(weights, counts),
        ["aantal", "gewogen_aantal"],
        lambda _, row: [str(row["n"]), number("som", row)],
    )


def _check_one_row(weights: TableProtection) -> None:
    cells = weights.evidence.cells
    if (cells["waarden"] != cells["n"]).any():
        raise UserError(
            f"eenheden '{weights.evidence.table.counted}' staan in deze bron in meer dan één rij; een gewogen aantal "
            "zou ze meermaals tellen. Tel een eenheid die één rij heeft, of sluit de andere rijen uit"
        )
