"""Line chart of counts, sums or means over a number, a date or declared classes; a second dimension gives the lines.

What it tells: the table beside it (a frequency or magnitude table, protected as such). A line breaks where a point may
not be shown, and in the same way where the data has no such point: the two look the same. That is why the distance
between points comes from the question (`stap`) and not from the labels there are.
"""

from datetime import date
from typing import TYPE_CHECKING

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable, columns_of
from outputcontrole.basis import Basis
from outputcontrole.evidence import UNKNOWN
from outputcontrole.kinds import chart
from outputcontrole.kinds.figure_answer import Number, check_drawable, with_figure
from outputcontrole.render.caption import in_words, source_line
from outputcontrole.spec import LineChart, Verdict
from zoo_formaat.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS = "lijndiagram"
_PLACES = 400


def tables(output: LineChart) -> tuple[AskedTable, ...]:
    """Return the counts, or the sums and the counts behind them."""
    return chart.tables(output)


def answer(output: LineChart, basis: Basis) -> Answer:
    """Answer with the table and its lines.

    Raises UserError for a first dimension without an order, and for more places or lines than a page holds.
    """
    first = output.dimensies[0]
    ordered = first in output.klassen or _type(output, basis) in {"integer", "date"}
    if not ordered:
        raise UserError(
            f"'{first}' heeft geen volgorde; een lijn loopt over een geheel getal, een datum of klassen van een getal. "
            "Vraag een staafdiagram"
        )
    found, table = chart.chart_table(output, basis)
    if found.verdict is Verdict.REFUSED:
        return found
    told, names = chart.series_of(output, found, table)
    # Nobody knows where the missing ones belong on a line; they are in the table.
    labels = [label for label in told.labels[0] if first in output.klassen or label != UNKNOWN]
    series = chart.numbers_of(told, names, labels)
    check_drawable(number for line in series.values() for number in line)
    if len(labels) > _PLACES:
        raise UserError(f"een lijn heeft hooguit {_PLACES} punten; kies klassen, of een grovere dimensie")
    places = list(range(len(labels))) if first in output.klassen else _places(labels)
    order = sorted(range(len(labels)), key=places.__getitem__)
    places, labels = [places[i] for i in order], [labels[i] for i in order]
    series = {name: [line[i] for i in order] for name, line in series.items()}
    source = source_line(output, chart.tables(output), basis.access)
    return with_figure(found, lambda: _draw(output, series, labels, places, source))


def _type(output: LineChart, basis: Basis) -> str | None:
    field = columns_of(output.bron, basis.access).get(output.dimensies[0])
    return None if field is None else field.type


def _places(labels: list[str]) -> list[int]:
    """Return where labels stand: whole numbers as they are; dates in months when all are first days, else in days."""
    try:
        return [int(label) for label in labels]
    except ValueError:
        dates = [date.fromisoformat(label[:10]) for label in labels]
    if all(day.day == 1 for day in dates):
        return [12 * day.year + day.month for day in dates]
    return [day.toordinal() for day in dates]


def _draw(
    output: LineChart, series: dict[str, list[Number]], labels: list[str], places: list[int], source: str
) -> "Figure":
    from zoo_analyse import figures

    return figures.line_chart(
        series,
        places=places,
        step=1 if output.dimensies[0] in output.klassen else output.stap,
        labels=labels,
        title=output.titel,
        source=source,
        x_label=in_words(output.dimensies[0]),
        y_label=chart.measured(output),
    )
