"""Transition matrix: how many units went from a state to a next one at least once, and which share of the row.

What it tells: the counts of a table of two dimensions, of distinct units, protected as such; shares are of two shown
cells. A unit can be in several cells, so margins are no sums: they are counts of units of their own, and the system
of all tables knows of every group of units which cells and margins it is in.
Source: project choice (SACRO taxonomy, class Frequencies): every transition of at least the threshold of units.
"""

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable
from outputcontrole.basis import Basis
from outputcontrole.derived import SequenceSource
from outputcontrole.evidence import TOTAL
from outputcontrole.kinds.table_answer import table_answer
from outputcontrole.protection import TableProtection
from outputcontrole.render.tables import HIDDEN, decimal_comma
from outputcontrole.spec import SequenceOverview, TransitionMatrix
from zoo_analyse.sequences import COLUMNS, Part

WORDS = "tabel met overgangen"


def sequence_table(
    output: TransitionMatrix | SequenceOverview, part: Part, edges: tuple[float, ...] = ()
) -> AskedTable:
    """Return the counts of units in a part of their sequences; edges: the classes of the one column of that part."""
    source = SequenceSource(
        bron=output.bron,
        filter=output.filter,
        eenheid=output.tel,
        toestand=output.toestand,
        volgorde=output.volgorde,
        herhalingen=output.herhalingen,
        onderdeel=part,
    )
    bins = ((COLUMNS[part][0], edges),) if edges else ()
    return AskedTable(source, (), COLUMNS[part], output.tel, bins=bins)


def share_of_row(table: TableProtection, decimals: int) -> dict[tuple[str, ...], str]:
    """Return per shown cell its share (per cent) of the units with any transition from the same state."""
    cells = zip(table.evidence.keys, table.evidence.cells["n"].tolist(), table.shown.tolist(), strict=True)
    shown = {key: n for key, n, visible in cells if visible}
    found: dict[tuple[str, ...], str] = {}
    for key, n in shown.items():
        whole = shown.get((key[0], TOTAL))
        found[key] = HIDDEN if whole is None else decimal_comma(100 * n / whole, decimals)
    return found


def tables(output: TransitionMatrix) -> tuple[AskedTable, ...]:
    """Return the counts of units per pair of states, from whichever and to whichever state too."""
    return (sequence_table(output, "overgangen"),)


def answer(output: TransitionMatrix, basis: Basis) -> Answer:
    """Answer with counts and shares of rows, one symbol for every hidden cell whatever the reason."""
    (table,) = tables(output)
    protected = basis.of(table)
    shares = share_of_row(protected, basis.policy.rate_decimals)
    return table_answer(
        output, basis, protected, ["aantal", "aandeel_van_rij_procent"], lambda key, row: [str(row["n"]), shares[key]]
    )
