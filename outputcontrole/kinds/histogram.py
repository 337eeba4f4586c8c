"""Histogram: how many units have a value in each declared class, as bars.

What it tells: the counts in its table, which are cells of a protected system like those of every other table. Classes
are declared and the outer ones have no end, so neither the figure nor the table tells where the data ends; the axis
ends at a round number above the largest count shown.
"""

from typing import TYPE_CHECKING

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable
from outputcontrole.basis import Basis
from outputcontrole.evidence import TOTAL
from outputcontrole.kinds.figure_answer import Published, check_drawable, in_order, published, with_figure
from outputcontrole.kinds.table_answer import table_answer
from outputcontrole.render.caption import in_words, source_line
from outputcontrole.spec import Histogram, Verdict
from zoo_formaat.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS = "histogram"
_PANELS = 12


def tables(output: Histogram) -> tuple[AskedTable, ...]:
    """Return the counts per class (and per label of `per`) of the units that have a value."""
    dimensions = (output.maat,) if output.per is None else (output.per, output.maat)
    classes = ((output.maat, tuple(output.klassen)),)
    return (AskedTable(output.bron, tuple(output.filter), dimensions, output.tel, bins=classes),)


def answer(output: Histogram, basis: Basis) -> Answer:
    """Answer with the counts and the histogram of them. Raises UserError for more panels than a page holds."""
    (table,) = tables(output)
    protected = in_order(basis.of(table))
    found = table_answer(output, basis, protected, ["aantal"], lambda _, row: [str(row["n"])])
    if found.verdict is Verdict.REFUSED:
        return found
    numbers = published(found, protected)
    check_drawable(found for key, (found,) in numbers.numbers.items() if TOTAL not in key)
    if output.per is not None and not 1 <= len(numbers.labels[0]) <= _PANELS:
        raise UserError(f"een histogram heeft plaats voor {_PANELS} labels van '{output.per}'; kies een grover kenmerk")
    source = source_line(output, [table], basis.access)
    return with_figure(found, lambda: _draw(output, numbers, source))


def _draw(output: Histogram, numbers: Published, source: str) -> "Figure":
    from zoo_analyse import figures

    classes = numbers.labels[-1]
    if output.per is None:
        panels = {"": [numbers.number(label) for label in classes]}
    else:
        panels = {part: [numbers.number(part, label) for label in classes] for part in numbers.labels[0]}
    return figures.histogram(
        panels, edges=output.klassen, title=output.titel, source=source, x_label=in_words(output.maat)
    )
