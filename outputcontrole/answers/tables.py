"""The answers that are tables: counts, sums and means per combination of dimensions."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import asked_tables
from outputcontrole.checks import Finding
from outputcontrole.evidence import TOTAL
from outputcontrole.protection import TableProtection
from outputcontrole.render.tables import HIDDEN, csv_bytes
from outputcontrole.spec import FrequencyTable, MagnitudeTable, Mark, Verdict


def answer_frequency(output: FrequencyTable, protected: Mapping[str, TableProtection]) -> Answer:
    """Answer a frequency table: counts, one symbol for every hidden cell whatever the reason."""
    (table,) = asked_tables(output)
    return _answer(output, protected[table.key], ["aantal"], lambda row: [str(row["n"])])


def answer_magnitude(output: MagnitudeTable, protected: Mapping[str, TableProtection]) -> Answer:
    """Answer a magnitude table: sums or means in whole units (half to even), with the number of units.

    A cell is shown when both its sum and its count may be. The mean is over the values that are not missing.
    """
    sums, counts = (protected[table.key] for table in asked_tables(output))
    both = TableProtection(
        sums.evidence,
        tuple(mark if mark is not Mark.SHOWN else other for mark, other in zip(sums.marks, counts.marks, strict=True)),
        {**counts.findings, **sums.findings},
        sums.blocked or counts.blocked,
    )

    def numbers(row: Mapping[Any, Any]) -> list[str]:
        total = Decimal(row["som"])
        number = total / int(row["waarden"]) if output.statistiek == "gemiddelde" else total
        return [str(row["n"]), str(number.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))]

    return _answer(output, both, ["aantal", f"{output.statistiek}_{output.maat}"], numbers)


def _answer(
    output: FrequencyTable | MagnitudeTable, table: TableProtection, columns: list[str], numbers: Any
) -> Answer:
    dimensions = list(table.evidence.table.dimensions)
    shown = table.shown
    records = table.evidence.cells.to_dict("records")
    labels = [[str(record[dimension]) for dimension in dimensions] for record in records]
    rows = [
        [*label, *(numbers(record) if visible else [HIDDEN] * len(columns))]
        for label, record, visible in zip(labels, records, shown, strict=True)
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
    files = {"tabel.csv": csv_bytes([*dimensions, *columns], rows)}
    verdict = Verdict.FREE if shown.all() else Verdict.PROTECTED
    return Answer(output, verdict, findings, files, preview)


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
