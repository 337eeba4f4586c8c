"""Mean of extremes: the mean over the most extreme units, in each combination of dimensions.

What it tells: the sum over at least ten units, within three significant digits, of which none holds more than the
dominance share; and that at least as many units lie on the other side.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable, check_measure, count_behind
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.kinds.row_statistics import finite
from outputcontrole.kinds.table_answer import hidden_where, table_answer
from outputcontrole.render.tables import significant
from outputcontrole.spec import MeanOfExtremes

WORDS = "tabel met gemiddelden van uitersten"


def tables(output: MeanOfExtremes) -> tuple[AskedTable, ...]:
    """Return the counts of the units that have a value."""
    span = tuple(output.dimensies)
    measured = AskedTable(output.bron, tuple(output.filter), span, output.tel, output.maat, output.bins)
    return (count_behind(measured),)


def answer(output: MeanOfExtremes, basis: Basis) -> Answer:
    """Answer with the mean of the most extreme units' own means, so that a unit with many rows counts once.

    Raises UserError for a measure that is no number.
    """
    check_measure(output.bron, output.maat, basis.access, f"uitvoer '{output.naam}'")
    (table,) = tables(output)
    protected = basis.of(table)
    rows = basis.collector.rows(table, [output.maat])
    rows[output.maat] = finite(rows[output.maat], output.maat)
    extremes = {}
    for key, held in protected.evidence.rows_per_cell(rows).items():
        per_unit = np.sort(held.groupby(table.counted)[output.maat].mean().to_numpy())
        if len(per_unit) >= output.aantal + max(output.aantal, basis.policy.n_min):
            extremes[key] = per_unit[-output.aantal :] if output.kant == "hoogste" else per_unit[: output.aantal]

    def why_not(key: tuple[str, ...], _: Mapping[Any, Any]) -> Finding | None:
        if key not in extremes:
            return _TOO_FEW
        size = np.abs(extremes[key])
        dominated = size.max() > basis.policy.dominance_share * size.sum()
        return _ONE_SIDED if dominated or size.sum() == 0 else None

    name = f"gemiddelde_{output.aantal}_{output.kant}_{output.maat}"
    return table_answer(
        output,
        basis,
        hidden_where(protected, why_not),
        ["aantal", name],
        lambda key, row: [str(row["n"]), significant(float(extremes[key].mean()))],
    )


_TOO_FEW = Finding(
    rule="uitersten",
    sentence="te weinig eenheden om de uitersten van de rest te scheiden",
    remedy="voeg klassen samen of kies een hoger gebiedsniveau",
)
_ONE_SIDED = Finding(
    rule="uitersten",
    sentence="het gemiddelde van de uitersten is voor het grootste deel van één eenheid",
    remedy="vraag een gemiddelde over meer eenheden of kies een hoger gebiedsniveau",
)
