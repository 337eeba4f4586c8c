"""Ratio table: one count or sum per another, in each combination of dimensions; or an index of it.

What it tells: with either part known from elsewhere, the other within the published precision. So both parts are
tables that are judged and protected as if they were published themselves, and a ratio is shown where both are.
"""

import math

import numpy as np

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, count_behind, counted_of
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.kinds.table_answer import hidden_where, shown_in_both, table_answer
from outputcontrole.protection import TableProtection
from outputcontrole.render.tables import significant
from outputcontrole.spec import Part, RatioTable

WORDS = "tabel met verhoudingen"


def tables(output: RatioTable) -> tuple[AskedTable, ...]:
    """Return numerator and denominator, then the counts behind those of them that are sums."""
    parts = (_part(output, output.teller), _part(output, output.noemer))
    return (*parts, *(count_behind(part) for part in parts if part.measure is not None))


def _part(output: RatioTable, part: Part) -> AskedTable:
    counted = output.tel or counted_of(output.bron, output.naam)
    filters = (*output.filter, *part.filter)
    return AskedTable(output.bron, filters, tuple(output.dimensies), counted, part.maat, output.bins)


def answer(output: RatioTable, basis: Basis) -> Answer:
    """Answer with ratios in three significant digits.

    A ratio of counts of exactly 0, or of exactly 1 where the numerator is part of the denominator, says something about
    everybody and is hidden by the rules of the numerator (zero, group disclosure).
    """
    numerator, denominator, *counts = (basis.of(table) for table in tables(output))
    size = _amounts(denominator)
    shown = shown_in_both(numerator, denominator)
    for count in counts:
        shown = shown_in_both(shown, count)
    found = np.divide(_amounts(numerator), size, out=np.full(len(size), np.nan), where=size != 0)
    ratios = dict(zip(shown.evidence.keys, found.tolist(), strict=True))
    shown = hidden_where(shown, lambda key, _: None if math.isfinite(ratios[key]) else _UNDEFINED)
    name, scale = "verhouding", float(output.maal)
    if output.basis is not None:
        visible = {key for key, seen in zip(shown.evidence.keys, shown.shown, strict=True) if seen}
        base = ratios[tuple(output.basis)] if tuple(output.basis) in visible else 0.0
        if base == 0:
            return refused(output, (_NO_BASE, *shown.findings.values()))
        name, scale = "index", 100.0 / base
    return table_answer(output, basis, shown, [name], lambda key, _: [significant(ratios[key] * scale)])


def _amounts(table: TableProtection) -> np.ndarray:
    column = "n" if table.evidence.table.measure is None else "som"
    return table.evidence.cells[column].to_numpy(dtype=float)


_UNDEFINED = Finding(
    rule="verhouding",
    sentence="de noemer is hier nul; er is geen verhouding",
    remedy="voeg klassen samen of kies een hoger gebiedsniveau",
)
_NO_BASE = Finding(
    rule="verhouding",
    sentence="de cel die op 100 gesteld wordt, bestaat niet, is nul of mag niet getoond worden",
    remedy="kies met 'basis' een cel die getoond mag worden, bijvoorbeeld het totaal",
)
