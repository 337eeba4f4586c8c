"""Box plot: median, quartiles and the points of 5 and 95 per cent of a measure, per label of a characteristic.

What it tells: what a quantile table tells (see `quantile_table`): every point is the mean of `n_min` values, in three
significant digits, with at least `n_min` units on either side. There are no outliers and no ends of the data.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable, check_measure
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.kinds import quantile_table
from outputcontrole.kinds.figure_answer import Published, check_drawable, in_order, published, with_figure
from outputcontrole.kinds.row_statistics import finite
from outputcontrole.kinds.table_answer import hidden_where, table_answer
from outputcontrole.render.caption import in_words, source_line
from outputcontrole.render.tables import significant
from outputcontrole.spec import BoxPlot, QuantileTable, Verdict
from zoo_formaat.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS = "boxplot"
POINTS = (0.05, 0.25, 0.5, 0.75, 0.95)
_BOXES = 40


def tables(output: BoxPlot) -> tuple[AskedTable, ...]:
    """Return the counts of the units that have a value."""
    return quantile_table.tables(_quantiles(output))


def answer(output: BoxPlot, basis: Basis) -> Answer:
    """Answer with the five points per label and the boxes of them. Raises UserError for a measure that is no number,
    and for more boxes than fit."""
    asked = _quantiles(output)
    check_measure(output.bron, output.maat, basis.access, f"uitvoer '{output.naam}'")
    (table,) = tables(output)
    protected = basis.of(table)
    rows = basis.collector.rows(table, [output.maat])
    rows[output.maat] = finite(rows[output.maat], output.maat)
    cells = protected.evidence.rows_per_cell(rows)
    points = {key: quantile_table.points(held, asked, table.counted, basis.policy) for key, held in cells.items()}

    def why_not(key: tuple[str, ...], _: Mapping[Any, Any]) -> Finding | None:
        result = points.get(key, quantile_table.NOBODY)
        return result if isinstance(result, Finding) else None

    def numbers(key: tuple[str, ...], row: Mapping[Any, Any]) -> list[str]:
        result = points[key]
        assert not isinstance(result, Finding)  # noqa: S101 - hidden_where took those away
        return [str(row["n"]), *map(significant, result)]

    shown = in_order(hidden_where(protected, why_not))
    names = [f"p{100 * point:g}_{output.maat}" for point in POINTS]
    found = table_answer(output, basis, shown, ["aantal", *names], numbers)
    if found.verdict is Verdict.REFUSED:
        return found
    told = published(found, shown)
    check_drawable(told.number(label) for label in told.labels[0])
    if not 1 <= len(told.labels[0]) <= _BOXES:
        raise UserError(f"een boxplot heeft plaats voor {_BOXES} labels van '{output.per}'; kies een grover kenmerk")
    source = source_line(output, [table], basis.access)
    return with_figure(found, lambda: _draw(output, told, source))


def _quantiles(output: BoxPlot) -> QuantileTable:
    return QuantileTable(
        naam=output.naam,
        titel=output.titel,
        bron=output.bron,
        filter=output.filter,
        dimensies=[output.per],
        maat=output.maat,
        punten=list(POINTS),
        tel=output.tel,
        bescherming=output.bescherming,
    )


def _draw(output: BoxPlot, told: Published, source: str) -> "Figure":
    from zoo_analyse import figures

    boxes: dict[str, list[float] | None] = {}
    for label in told.labels[0]:
        points = [number for number in told.numbers[(label,)][1:] if number is not None]
        boxes[label] = points or None
    return figures.box_plot(
        boxes, title=output.titel, source=source, x_label=in_words(output.maat), y_label=f"Per {in_words(output.per)}"
    )
