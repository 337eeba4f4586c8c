"""An answer that is a table and a figure of it: drawn from the numbers as they stand in the table, from no others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from outputcontrole.answer import Answer
from outputcontrole.asked import AREA_LEVELS, AskedTable
from outputcontrole.classes import class_labels
from outputcontrole.evidence import TOTAL
from outputcontrole.protection import TableProtection
from outputcontrole.render.tables import HIDDEN
from outputcontrole.spec import Verdict
from zoo_formaat.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Number = float | None


@dataclass(frozen=True)
class Published:
    """The numbers of a table as they leave.

    numbers: labels of a cell -> its numbers, None where hidden. labels: per dimension the finest labels that the table
    lists, in reading order, without the total.
    """

    numbers: Mapping[tuple[str, ...], Sequence[Number]]
    labels: tuple[tuple[str, ...], ...]

    def number(self, *labels: str) -> Number:
        """Return the last number of a cell, None where it is hidden."""
        return self.numbers[labels][-1]


def in_order(table: TableProtection) -> TableProtection:
    """Return the table with its cells in reading order: classes from low to high, numbers by size, totals last."""
    asked = table.evidence.table
    ranks = [_ranks(asked, name) for name in asked.dimensions]
    keys = table.evidence.keys
    order = sorted(
        range(len(keys)), key=lambda cell: [rank(part) for rank, part in zip(ranks, keys[cell], strict=True)]
    )
    cells = table.evidence.cells.iloc[order].reset_index(drop=True)
    place = {cell: number for number, cell in enumerate(order)}
    return TableProtection(
        replace(table.evidence, cells=cells),
        tuple(table.marks[cell] for cell in order),
        {place[cell]: finding for cell, finding in table.findings.items()},
        table.blocked,
    )


def published(answer: Answer, table: TableProtection) -> Published:
    """Return what an answer of `table_answer` about a table publishes."""
    asked = table.evidence.table
    numbers = {tuple(cell["labels"]): [_number(text) for text in cell["waarden"]] for cell in answer.preview["cellen"]}
    labels = []
    for place, name in enumerate(asked.dimensions):
        seen = {key[place] for key, found in numbers.items() if any(number is not None for number in found)}
        rank = _ranks(asked, name)
        finest = sorted(table.evidence.labels[place], key=rank)
        always = name in AREA_LEVELS or asked.edges(name) is not None
        labels.append(tuple(label for label in finest if always or label in seen))
    return Published(numbers, tuple(labels))


def check_drawable(numbers: Iterable[Number]) -> None:
    """Raise UserError when none of the numbers of a figure may be shown (its table may still hold a total)."""
    if all(number is None for number in numbers):
        raise UserError("alleen een totaal mag getoond worden, en daar is geen figuur van; kies bredere klassen")


def with_figure(answer: Answer, draw: "Callable[[], Figure]") -> Answer:
    """Return the answer with a figure among its files; a refused one has none."""
    if answer.verdict is Verdict.REFUSED:
        return answer

    def files() -> dict[str, bytes]:
        from zoo_analyse import figures

        figure = draw()
        return {**answer.draw(), "figuur.svg": figures.to_svg(figure), "figuur.png": figures.to_png(figure)}

    return replace(answer, draw=files)


def _ranks(table: AskedTable, dimension: str) -> Callable[[str], tuple[int, float, str]]:
    edges = table.edges(dimension)
    declared = {} if edges is None else {label: number for number, label in enumerate(class_labels(edges))}

    def rank(label: str) -> tuple[int, float, str]:
        if label == TOTAL:
            return (3, 0.0, "")
        if label in declared:
            return (0, declared[label], "")
        try:
            return (1, int(label), "")
        except ValueError:
            return (2, 0.0, label)

    return rank


def _number(text: str) -> Number:
    return None if text == HIDDEN else float(text.replace(",", "."))
