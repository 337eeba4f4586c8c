"""Frequency table: how many units there are in each combination of dimensions."""

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable, counted_of
from outputcontrole.basis import Basis
from outputcontrole.kinds.table_answer import table_answer
from outputcontrole.spec import FrequencyTable

WORDS = "tabel met aantallen"


def tables(output: FrequencyTable) -> tuple[AskedTable, ...]:
    """Return the table itself."""
    counted = output.tel or counted_of(output.bron, output.naam)
    return (AskedTable(output.bron, tuple(output.filter), tuple(output.dimensies), counted),)


def answer(output: FrequencyTable, basis: Basis) -> Answer:
    """Answer with counts, one symbol for every hidden cell whatever the reason."""
    (table,) = tables(output)
    return table_answer(output, basis, basis.of(table), ["aantal"], lambda _, row: [str(row["n"])])
