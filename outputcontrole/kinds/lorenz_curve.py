"""Lorenz curve: which part of a measure the lowest tenth, two tenths, … of the units hold together.

What it tells: with the total of the measure (which may be public) the sum of each tenth of the units, within the
published decimals of the share; the mean of one tenth and that of the next enclose the value on the boundary between
them. So a tenth has `n_min` units of every kind, nobody dominates it and nobody in it can estimate another within p %.
There are tenths of all units at once only, never of a group within the output.
Source: Lorenz (1905); ESSnet SDC (2010), class 8; the rules per tenth are a project choice.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, columns_of, count_behind
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.checks.dominance import dominance
from outputcontrole.checks.p_percent import p_percent
from outputcontrole.checks.position import common_value
from outputcontrole.checks.threshold import threshold
from outputcontrole.evidence import CellEvidence
from outputcontrole.kinds.figure_answer import with_figure
from outputcontrole.kinds.table_answer import shown_in_both
from outputcontrole.render.caption import footnotes, in_words, source_line
from outputcontrole.render.table_files import RenderedTable
from outputcontrole.render.tables import decimal_comma
from outputcontrole.spec import LorenzCurve, Verdict
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS = "lorenzcurve"
WHOLE = True
_TENTHS = 10


def tables(output: LorenzCurve) -> tuple[AskedTable, ...]:
    """Return the total, and the count behind it: one cell each."""
    total = AskedTable(output.bron, tuple(output.filter), (), output.tel, output.maat)
    return (total, count_behind(total))


def answer(output: LorenzCurve, basis: Basis) -> Answer:
    """Answer with eleven points of the curve. Raises UserError when a unit holds a negative amount."""
    total, count = tables(output)
    shown = shown_in_both(basis.of(total), basis.of(count))
    if not shown.shown.all():
        found = [shown.blocked] if shown.blocked is not None else []
        return refused(output, (*found, *shown.findings.values()))
    units = _units(columns_of(output.bron, basis.access), output.tel)
    rows = basis.collector.rows(total, [output.maat, *(column for columns in units.values() for column in columns)])
    rows[output.maat] = rows[output.maat].astype("float64")
    if (rows[output.maat] < 0).any():
        raise UserError(f"maat '{output.maat}' heeft negatieve waarden; een lorenzcurve is dan niet bepaald")
    amounts = rows.groupby(output.tel, sort=True)[output.maat].sum().sort_values(kind="stable")
    problem = common_value(amounts.to_numpy(), basis.policy)
    sizes = [len(tenth) for tenth in np.array_split(amounts, _TENTHS)]
    places = pd.Series(np.repeat(np.arange(_TENTHS), sizes), index=amounts.index)
    for _, held in rows.groupby(rows[output.tel].map(places), sort=True):
        cell = _evidence(held, output, units, basis.policy.dominance_n)
        for rule in (threshold, dominance, p_percent):
            broken = [found.finding for found in rule(cell, basis.policy) if found.cells.any()]
            problem = problem or next(iter(broken), None)
    if problem is not None:
        return refused(output, (Finding(problem.rule, f"in een tiende: {problem.sentence}", _WIDER),))
    shares = lorenz_shares(amounts.to_numpy())
    texts = [decimal_comma(share, basis.policy.rate_decimals) for share in shares]
    rendered = RenderedTable(
        output.titel,
        ["laagste_deel_procent", f"aandeel_{output.maat}_procent"],
        1,
        [[str(100 * number // _TENTHS), text] for number, text in enumerate(texts)],
        footnotes(output, [total], basis),
    )

    def files() -> dict[str, bytes]:
        return {"tabel.xlsx": rendered.xlsx(), "tabel.parquet": rendered.parquet(), "tabel.html": rendered.html()}

    drawn = [float(text.replace(",", ".")) for text in texts]
    preview = {"aandelen": drawn}
    whole = Answer(output, Verdict.FREE, (), {"tabel.csv": rendered.csv()}, files, preview)
    source = source_line(output, [total], basis.access)
    return with_figure(whole, lambda: _draw(output, drawn, source))


def lorenz_shares(amounts: np.ndarray) -> list[float]:
    """Return the cumulative shares (per cent) of tenths of ascending amounts with a positive sum, from 0 to 100.

    Tenths of a number of units that ten does not divide differ by one unit: the first are the larger.
    """
    ends = np.cumsum([len(tenth) for tenth in np.array_split(amounts, _TENTHS)])
    cumulative = np.cumsum(amounts)[ends - 1]
    return [0.0, *(100.0 * cumulative / cumulative[-1]).tolist()]


def _units(columns: Mapping[str, FieldDescription], counted: str) -> dict[tuple[str, str | None], list[str]]:
    """Return per kind and numbering of protected unit the columns that hold one; the counted one first."""
    units: dict[tuple[str, str | None], list[str]] = {}
    for name in sorted(columns, key=lambda name: name != counted):
        field = columns[name]
        if field.eenheid is not None:
            units.setdefault((field.eenheid, field.domein if field.eenheid != "eigenaar" else None), []).append(name)
    return units


def _evidence(
    rows: pd.DataFrame, output: LorenzCurve, units: Mapping[tuple[str, str | None], list[str]], largest: int
) -> CellEvidence:
    """Return what the rules need to know of a tenth, as of a cell with the sum of the measure."""
    total = float(rows[output.maat].sum())
    counts: dict[str, int] = {}
    shares: dict[str, float] = {}
    rests: dict[str, float] = {}
    for number, ((kind, _), columns) in enumerate(units.items()):
        long = pd.concat([rows[[column, output.maat]].set_axis(["wie", "bedrag"], axis=1) for column in columns])
        held = long.dropna(subset=["wie"]).reset_index(names="rij").drop_duplicates(["rij", "wie"])
        amounts = np.sort(held.groupby("wie")["bedrag"].sum().to_numpy())[::-1]
        name = kind if kind not in counts else f"{kind} {number}"
        counts[name] = len(amounts)
        # A tenth that holds nothing is zero for all of them, which its rounded share tells of no one in particular.
        if total > 0 and len(amounts) and amounts[0] > 0:
            shares[name] = float(amounts[:largest].sum()) / total
            rests[name] = max(total - float(amounts[:2].sum()), 0.0) / float(amounts[0])
    return CellEvidence.of_group(int(rows[output.tel].nunique()), counts, shares, rests)


def _draw(output: LorenzCurve, shares: list[float], source: str) -> "Figure":
    from zoo_analyse import figures

    return figures.lorenz_curve(
        shares,
        title=output.titel,
        source=source,
        x_label=f"laagste deel van: {in_words(output.tel)}",
        y_label=f"aandeel in {in_words(output.maat)}",
    )


_WIDER = "laat een filter weg, of kies een maat die over meer eenheden verdeeld is"
