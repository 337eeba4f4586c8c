"""An answer that is a table: per combination of dimensions the numbers that may be shown, one symbol for the rest."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AREA_LEVELS, AskedTable
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.evidence import TOTAL
from outputcontrole.kinds.figure_answer import in_order
from outputcontrole.protection import TableProtection, not_whole
from outputcontrole.render.caption import footnotes
from outputcontrole.render.table_files import RenderedTable
from outputcontrole.render.tables import HIDDEN
from outputcontrole.spec import Mark, Output, Verdict
from zoo_formaat.errors import UserError


def table_answer(
    output: Output,
    basis: Basis,
    table: TableProtection,
    columns: list[str],
    numbers: Callable[[tuple[str, ...], Mapping[Any, Any]], list[str]],
) -> Answer:
    """Return the table as an answer.

    columns: names of the published numbers. numbers: a cell's labels and its row of `table.evidence.cells` -> their
    texts, at the kind's fixed precision; only asked for cells that are shown. A table with declared classes is in
    reading order. One that was asked without protection is refused whole when a cell of it is hidden, whichever rule
    hides it.
    """
    if table.evidence.table.bins:
        table = in_order(table)
    table = _whole_or_not(output, table)
    dimensions = list(table.evidence.table.dimensions)
    shown = table.shown
    records = table.evidence.cells.to_dict("records")
    keys = table.evidence.keys
    labels = [list(key) for key in keys]
    rows = [
        [*key, *(numbers(key, record) if visible else [HIDDEN] * len(columns))]
        for key, record, visible in zip(keys, records, shown, strict=True)
    ]
    preview = {
        "dimensies": dimensions,
        "kolommen": columns,
        "cellen": [
            {"labels": label, "waarden": row[len(dimensions) :], "merk": mark.value}
            for label, row, mark in zip(labels, rows, table.marks, strict=True)
        ],
    }
    findings = tuple(_cell_findings(table))
    if table.blocked is not None:
        return Answer(output, Verdict.REFUSED, (table.blocked, *findings), preview=preview)
    if not shown.any():
        nothing = Finding(
            rule="niets over",
            sentence="na bescherming blijft er geen enkel getal over",
            remedy="kies een hoger gebiedsniveau of bredere klassen",
        )
        return refused(output, (nothing, *findings))
    listed = _listed(table.evidence.table, labels, shown)
    rendered = RenderedTable(
        output.titel,
        [*dimensions, *columns],
        len(dimensions),
        [row for row, keep in zip(rows, listed, strict=True) if keep],
        footnotes(output, [table.evidence.table], basis),
    )

    def draw() -> dict[str, bytes]:
        return {
            "tabel.xlsx": rendered.xlsx(),
            "tabel.parquet": rendered.parquet(),
            "tabel.html": rendered.html(),
        }

    verdict = Verdict.FREE if shown.all() else Verdict.PROTECTED
    return Answer(output, verdict, findings, {"tabel.csv": rendered.csv()}, draw, preview)


def _whole_or_not(output: Output, table: TableProtection) -> TableProtection:
    """Return the table blocked when it was to be shown whole and a rule of its kind hides a cell.

    Rules on cells blocked such a table already when it was protected; the rules of a kind come after that.
    """
    hidden = sum(mark is not Mark.SHOWN for mark in table.marks)
    if table.blocked is not None or hidden == 0 or getattr(output, "bescherming", "onderdrukken") != "geen":
        return table
    return replace(table, blocked=not_whole(hidden, len(table.marks)))


def shown_in_both(one: TableProtection, other: TableProtection) -> TableProtection:
    """Return `one` with every cell hidden that `other`, a table of the same cells, hides.

    Raises UserError when their cells are not the same: a filter on a dimension of one of them takes labels away.
    """
    if one.evidence.keys != other.evidence.keys:
        raise UserError(
            "de tabellen achter deze uitvoer hebben niet dezelfde labels; kies een maat die geen dimensie is, filter "
            "een dimensie in het filter van de uitvoer"
        )
    marks = (mine if mine is not Mark.SHOWN else its for mine, its in zip(one.marks, other.marks, strict=True))
    return TableProtection(one.evidence, tuple(marks), {**other.findings, **one.findings}, one.blocked or other.blocked)


def hidden_where(
    table: TableProtection, rule: Callable[[tuple[str, ...], Mapping[Any, Any]], Finding | None]
) -> TableProtection:
    """Return the table with every shown cell hidden of which a rule of the kind itself has something to say.

    rule: a cell's labels and its row of `table.evidence.cells` -> why its number may not be shown, or None. For numbers
    that are no part of a linear system: hiding one calls for hiding no other.
    """
    marks, findings = list(table.marks), dict(table.findings)
    cells = zip(table.evidence.keys, table.evidence.cells.to_dict("records"), strict=True)
    for number, (key, row) in enumerate(cells):
        if marks[number] is Mark.SHOWN and (finding := rule(key, row)) is not None:
            marks[number], findings[number] = Mark.PRIMARY, finding
    return TableProtection(table.evidence, tuple(marks), findings, table.blocked)


def _listed(table: AskedTable, labels: list[list[str]], shown: np.ndarray) -> list[bool]:
    """Say which rows are listed: those of which every label has a number somewhere.

    Labels come from the data. One without any number tells that somebody has it, and with a fine dimension (a price, a
    date) the labels are the data. Left out, a label that nobody may see and one that nobody has look the same. Areas
    and declared classes are always listed: they come from the map and from the question.
    """
    known: list[set[str]] = [set() for _ in table.dimensions]
    for label, visible in zip(labels, shown, strict=True):
        for position, part in enumerate(label if visible else ()):
            known[position].add(part)
    always = [name in AREA_LEVELS or table.edges(name) is not None for name in table.dimensions]
    return [
        all(part in seen or free for free, part, seen in zip(always, label, known, strict=True)) for label in labels
    ]


def _cell_findings(table: TableProtection) -> list[Finding]:
    """The reason per hidden cell, each with its labels; margins first, for those an analyst misses most."""
    dimensions = list(table.evidence.table.dimensions)
    records = table.evidence.cells[dimensions].to_dict("records")
    order = sorted(table.findings, key=lambda cell: (-list(records[cell].values()).count(TOTAL), cell))
    return [
        Finding(
            rule=table.findings[cell].rule,
            sentence=table.findings[cell].sentence,
            remedy=table.findings[cell].remedy,
            cell={str(name): str(label) for name, label in records[cell].items()},
        )
        for cell in order
    ]
