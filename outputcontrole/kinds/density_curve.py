"""Density: the shape of a distribution, as a line through the counts of declared classes (a frequency polygon).

What it tells: the counts in its table and nothing else, for the line is drawn from them. A kernel density of raw values
is not offered: with a narrow kernel it is a list of the values. All classes must pass, or the whole is refused.
"""

from typing import TYPE_CHECKING

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable
from outputcontrole.basis import Basis
from outputcontrole.kinds.figure_answer import Published, in_order, published, with_figure
from outputcontrole.kinds.table_answer import table_answer
from outputcontrole.render.caption import in_words, source_line
from outputcontrole.spec import DensityCurve, Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS = "verdeling als lijn"
WHOLE = True


def tables(output: DensityCurve) -> tuple[AskedTable, ...]:
    """Return the counts per class of the units that have a value."""
    classes = ((output.maat, tuple(output.klassen)),)
    return (AskedTable(output.bron, tuple(output.filter), (output.maat,), output.tel, bins=classes),)


def answer(output: DensityCurve, basis: Basis) -> Answer:
    """Answer with the counts and the line through them."""
    (table,) = tables(output)
    protected = in_order(basis.of(table))
    found = table_answer(output, basis, protected, ["aantal"], lambda _, row: [str(row["n"])])
    if found.verdict is Verdict.REFUSED:
        return found
    numbers = published(found, protected)
    source = source_line(output, [table], basis.access)
    return with_figure(found, lambda: _draw(output, numbers, source))


def _draw(output: DensityCurve, numbers: Published, source: str) -> "Figure":
    from zoo_analyse import figures

    counts = [numbers.number(label) or 0.0 for label in numbers.labels[0]]
    return figures.frequency_polygon(
        counts, edges=output.klassen, title=output.titel, source=source, x_label=in_words(output.maat)
    )
