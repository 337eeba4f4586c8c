"""Grid plot: how many units have their two values in each square of a declared grid; offered for a scatter plot.

What it tells: the counts of its table, with the totals of rows and columns, all cells of a protected system. The figure
shows classes of the counts that are shown; a hidden square and an empty one look the same. Squares and not hexagons:
squares are the crossing of two dimensions with classes, so they share margins, rules and history with every other
table of the same column; a hexagon would be a label of its own that no other table knows.
"""

from typing import TYPE_CHECKING

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable
from outputcontrole.basis import Basis
from outputcontrole.kinds.figure_answer import in_order, published, with_figure
from outputcontrole.kinds.table_answer import table_answer
from outputcontrole.render.caption import in_words, source_line
from outputcontrole.spec import GridPlot, Verdict
from zoo_formaat.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS = "rasterdiagram"


def tables(output: GridPlot) -> tuple[AskedTable, ...]:
    """Return the counts per square of the units that have both values."""
    classes = tuple((axis.kolom, tuple(axis.edges)) for axis in (output.x, output.y))
    dimensions = (output.x.kolom, output.y.kolom)
    return (AskedTable(output.bron, tuple(output.filter), dimensions, output.tel, bins=classes),)


def answer(output: GridPlot, basis: Basis) -> Answer:
    """Answer with the counts and the grid of them. Raises UserError when no square inside the grid may be shown."""
    (table,) = tables(output)
    protected = in_order(basis.of(table))
    found = table_answer(output, basis, protected, ["aantal"], lambda _, row: [str(row["n"])])
    if found.verdict is Verdict.REFUSED:
        return found
    told = published(found, protected)
    # The first and last class of either side lie beyond the grid.
    counts = [[told.number(x, y) for x in told.labels[0][1:-1]] for y in told.labels[1][1:-1]]
    if not any(number for row in counts for number in row):
        raise UserError("geen enkel vak mag getoond worden; neem grotere vakken")
    source = source_line(output, [table], basis.access)
    return with_figure(found, lambda: _draw(output, counts, source))


def _draw(output: GridPlot, counts: list[list[float | None]], source: str) -> "Figure":
    from zoo_analyse import figures

    return figures.count_grid(
        counts,
        x_edges=output.x.edges,
        y_edges=output.y.edges,
        title=output.titel,
        source=source,
        x_label=in_words(output.x.kolom),
        y_label=in_words(output.y.kolom),
    )
