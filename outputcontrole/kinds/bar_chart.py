"""Bar chart of counts, sums or means over one or two dimensions.

What it tells: the table beside it (a frequency or magnitude table, protected as such). Bars begin at zero and the axis
ends at round numbers around what is shown; a hidden bar is a hatched gap as long as the axis, whatever the reason.
"""

from typing import TYPE_CHECKING

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable
from outputcontrole.basis import Basis
from outputcontrole.kinds import chart
from outputcontrole.kinds.figure_answer import Number, check_drawable, with_figure
from outputcontrole.render.caption import in_words, source_line
from outputcontrole.spec import BarChart, Verdict
from zoo_formaat.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS = "staafdiagram"
_BARS = 60


def tables(output: BarChart) -> tuple[AskedTable, ...]:
    """Return the counts, or the sums and the counts behind them."""
    return chart.tables(output)


def answer(output: BarChart, basis: Basis) -> Answer:
    """Answer with the table and its bars. Raises UserError for more bars or colours than a page holds."""
    found, table = chart.chart_table(output, basis)
    if found.verdict is Verdict.REFUSED:
        return found
    told, names = chart.series_of(output, found, table)
    labels = list(told.labels[0])
    if not 1 <= len(labels) * len(names) <= _BARS:
        raise UserError(f"een staafdiagram heeft plaats voor {_BARS} staven; kies grovere dimensies of vraag een tabel")
    series = chart.numbers_of(told, names, labels)
    check_drawable(number for numbers in series.values() for number in numbers)
    source = source_line(output, chart.tables(output), basis.access)
    return with_figure(found, lambda: _draw(output, series, labels, source))


def _draw(output: BarChart, series: dict[str, list[Number]], labels: list[str], source: str) -> "Figure":
    from zoo_analyse import figures

    return figures.bar_chart(
        series,
        labels=labels,
        title=output.titel,
        source=source,
        x_label=in_words(output.dimensies[0]),
        y_label=chart.measured(output),
    )
