"""What bar and line chart share: the table of counts, sums or means that is drawn."""

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable, count_behind, counted_of
from outputcontrole.basis import Basis
from outputcontrole.kinds import magnitude_table
from outputcontrole.kinds.figure_answer import Number, Published, in_order, published
from outputcontrole.kinds.table_answer import shown_in_both, table_answer
from outputcontrole.protection import TableProtection
from outputcontrole.render.caption import in_words
from outputcontrole.spec import BarChart, LineChart
from zoo_formaat.errors import UserError

SERIES = 7


def tables(output: BarChart | LineChart) -> tuple[AskedTable, ...]:
    """Return the counts, or the sums and the counts behind them."""
    table = AskedTable(
        output.bron,
        tuple(output.filter),
        tuple(output.dimensies),
        output.tel or counted_of(output.bron, output.naam),
        output.maat,
        tuple((name, tuple(output.klassen[name])) for name in output.dimensies if name in output.klassen),
    )
    return (table,) if output.maat is None else (table, count_behind(table))


def chart_table(output: BarChart | LineChart, basis: Basis) -> tuple[Answer, TableProtection]:
    """Return the table of a chart as an answer without a figure, and what may be shown of it."""
    protected = [basis.of(table) for table in tables(output)]
    shown = in_order(protected[0] if output.maat is None else shown_in_both(*protected))
    if output.maat is None:
        return table_answer(output, basis, shown, ["aantal"], lambda _, row: [str(row["n"])]), shown
    names = ["aantal", f"{output.statistiek}_{output.maat}"]
    answer = table_answer(
        output, basis, shown, names, lambda _, row: [str(row["n"]), magnitude_table.number(output.statistiek, row)]
    )
    return answer, shown


def series_of(output: BarChart | LineChart, answer: Answer, table: TableProtection) -> tuple[Published, list[str]]:
    """Return the published numbers and the names of the series, one empty name without a second dimension.

    Raises UserError for more series than can be told apart.
    """
    told = published(answer, table)
    names = list(told.labels[1]) if len(told.labels) > 1 else [""]
    if not 1 <= len(names) <= SERIES:
        raise UserError(
            f"een figuur heeft plaats voor {SERIES} labels van '{output.dimensies[1]}'; wissel de dimensies of kies "
            "een grover kenmerk"
        )
    return told, names


def numbers_of(told: Published, names: list[str], labels: list[str]) -> dict[str, list[Number]]:
    """Return per series its numbers in order of the labels."""
    return {name: [told.number(label, *([name] if name else [])) for label in labels] for name in names}


def measured(output: BarChart | LineChart) -> str:
    """Return what the value axis shows, in words."""
    return output.statistiek if output.maat is None else f"{output.statistiek} {in_words(output.maat)}"
