"""Mode table: the most frequent value of a characteristic, in each combination of dimensions.

What it tells: that no other value has more units. It is shown where the group may be shown, where the value itself has
at least `n_min` units, and where fewer than the group share have it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable, check_table
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.kinds.table_answer import hidden_where, table_answer
from outputcontrole.spec import ModeTable

WORDS = "tabel met de meest voorkomende waarde"


def tables(output: ModeTable) -> tuple[AskedTable, ...]:
    """Return the counts of the groups."""
    return (AskedTable(output.bron, tuple(output.filter), tuple(output.dimensies), output.tel, bins=output.bins),)


def answer(output: ModeTable, basis: Basis) -> Answer:
    """Answer with the modal value per group; of equally frequent values the first in order of their labels.

    Raises UserError when the characteristic cannot be a dimension: what is not fit to be a label is no mode either.
    """
    (table,) = tables(output)
    groups = basis.of(table)
    check_table(replace(table, dimensions=(*table.dimensions, output.kenmerk)), basis.access, "modus")
    rows = basis.collector.rows(replace(table, dimensions=(*table.dimensions, output.kenmerk)), [])
    largest: dict[tuple[str, ...], tuple[int, str]] = {}
    for key, held in groups.evidence.rows_per_cell(rows).items():
        counts = held.groupby(output.kenmerk, sort=True)[table.counted].nunique()
        largest[key] = (int(counts.max()), str(counts.idxmax()))

    def why_not(key: tuple[str, ...], row: Mapping[Any, Any]) -> Finding | None:
        n = largest.get(key, (0, ""))[0]
        if n < basis.policy.n_min:
            return _TOO_FEW
        return _EVERYBODY if n >= basis.policy.group_share * int(row["n"]) else None

    shown = hidden_where(groups, why_not)
    return table_answer(
        output, basis, shown, ["aantal", f"modus_{output.kenmerk}"], lambda key, row: [str(row["n"]), largest[key][1]]
    )


_TOO_FEW = Finding(
    rule="modus",
    sentence="te weinig eenheden hebben de waarde die het meest voorkomt",
    remedy="voeg klassen samen of kies een hoger gebiedsniveau",
)
_EVERYBODY = Finding(
    rule="modus",
    sentence="bijna iedereen in deze groep heeft dezelfde waarde; de modus is dan ieders waarde",
    remedy="voeg klassen samen of kies een hoger gebiedsniveau",
)
