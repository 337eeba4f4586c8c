"""Statistical tests: statistic, degrees of freedom, p-value.

What it tells: one equation on the groups' values (or on the cells of the table that chi-square is of) within the
published three digits. Groups that do not overlap at all give a statistic at its end, which tells where everybody
stands, and are refused. The counts of the groups, and every cell of the table behind chi-square, are judged as tables.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AREA_LEVELS, AskedTable, columns_of
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.evidence import TOTAL
from outputcontrole.kinds.row_statistics import (
    check_numbers,
    check_spread,
    freedom,
    not_shown,
    read,
    rounded,
    with_values,
)
from outputcontrole.protection import TableProtection
from outputcontrole.render.caption import footnotes
from outputcontrole.render.table_files import RenderedTable
from outputcontrole.render.tables import significant
from outputcontrole.spec import Condition, StatisticalTest, Verdict
from outputcontrole.spec.filter import Node
from zoo_analyse.association import Comparison, compare_groups, independence
from zoo_formaat.canonical import canonical_bytes
from zoo_formaat.errors import UserError

WORDS = "statistische toets"
WHOLE = True

P_LEAST = 0.001
_APART = Finding(
    rule="gescheiden",
    sentence="de groepen overlappen niet of binnen groepen varieert niets: de toets zegt dan waar iedereen staat",
    remedy="vergelijk andere groepen of een andere maat",
)
_OVERLAP = Finding(
    rule="toets",
    sentence="een eenheid komt in meer dan één cel van de tabel voor; de toets veronderstelt één cel per eenheid",
    remedy="tel een eenheid die één keer voorkomt, of kies met het filter één rij per eenheid",
)
_STATISTIC = {"t": "t", "anova": "f", "chi2": "chi2", "mann_whitney": "u", "kruskal": "h", "ks": "d"}


def tables(output: StatisticalTest) -> tuple[AskedTable, ...]:
    """Return the population and the counts of the groups, or the table that chi-square is of."""
    if output.toets == "chi2":
        return (AskedTable(output.bron, tuple(output.filter), (output.groep, str(output.kenmerk)), output.tel),)
    known = _known(output)
    if output.groepen is None:
        return (
            AskedTable(output.bron, known, (), output.tel),
            AskedTable(output.bron, known, (output.groep,), output.tel),
        )
    chosen = [Condition.model_validate({"kolom": output.groep, "is": "=", "waarde": group}) for group in output.groepen]
    return tuple(AskedTable(output.bron, (*known, condition), (), output.tel) for condition in chosen)


def _known(output: StatisticalTest) -> tuple[Node, ...]:
    """The filter of the population: the measure is there, and so is the area when areas are compared."""
    area = ["buurtcode"] if output.groep in AREA_LEVELS else []
    return with_values(output.filter, [*area, str(output.maat)])


def answer(output: StatisticalTest, basis: Basis) -> Answer:
    """Answer with the statistic, its degrees of freedom, p and the number of units.

    Raises UserError and ModelError for a measure that is no number, does not vary, or has two values.
    """
    if output.maat is not None:
        check_numbers([output.maat], columns_of(output.bron, basis.access))
    shown = [basis.of(table) for table in tables(output)]
    problems = not_shown(shown)
    if problems:
        return refused(output, problems)
    if output.toets == "chi2":
        return _chi_square(output, shown[0], basis)
    return _between_groups(output, shown, basis)


def _chi_square(output: StatisticalTest, table: TableProtection, basis: Basis) -> Answer:
    cells, names = table.evidence.cells, [output.groep, str(output.kenmerk)]
    finest = [cells[name].isin(list(known)) for name, known in zip(names, table.evidence.labels, strict=True)]
    inner = cells[finest[0] & finest[1]]
    whole = int(cells.loc[(cells[names] == TOTAL).all(axis=1), "n"].iloc[0])
    if int(inner["n"].sum()) != whole:
        return refused(output, (_OVERLAP,))
    counts = inner.pivot(index=output.groep, columns=str(output.kenmerk), values="n").to_numpy(dtype=float)
    result, v = independence(counts)
    if result.separated:
        return refused(output, (_APART,))
    return _published(output, result, [whole], {"cramers_v": v}, basis)


def _between_groups(output: StatisticalTest, shown: Sequence[TableProtection], basis: Basis) -> Answer:
    measure = str(output.maat)
    asked = tables(output)
    if output.groepen is None:
        population = read(asked[1], [measure], basis)
        labels = population.rows[output.groep].astype(str)
        groups = [population.rows.loc[labels == label, measure].to_numpy() for label in sorted(labels.unique())]
    else:
        both = Condition.model_validate({"kolom": output.groep, "is": "in", "waarde": output.groepen})
        population = read(replace(asked[0], filter=(*_known(output), both)), [measure], basis)
        groups = [read(table, [measure], basis).rows[measure].to_numpy() for table in asked]
    values = population.rows[measure].to_numpy()
    check_spread(f"maat '{measure}'", values, population, basis.policy, two="vraag toets 'chi2' met 'kenmerk'")
    short = freedom(population, len(groups), basis.policy)
    if short is not None:
        return refused(output, (short,))
    result = compare_groups(output.toets, groups)
    if result.separated or not math.isfinite(result.statistic):
        return refused(output, (_APART,))
    told = shown[:1] if output.groepen is None else shown
    return _published(output, result, [int(table.evidence.cells["n"].iloc[0]) for table in told], {}, basis)


def _published(
    output: StatisticalTest, result: Comparison, units: list[int], more: dict[str, float], basis: Basis
) -> Answer:
    if not np.isfinite([result.statistic, *result.freedom, result.p]).all():
        raise UserError("de toets is met deze gegevens niet te berekenen; kies andere groepen of een andere maat")
    numbers: dict[str, float] = {_STATISTIC[output.toets]: result.statistic}
    numbers |= {f"vrijheidsgraden_{i}": value for i, value in enumerate(result.freedom, start=1)} | more
    record: dict[str, Any] = {
        "toets": output.toets,
        "eenheden": units,
        **{name: rounded(value) for name, value in numbers.items()},
        "p": max(rounded(result.p), P_LEAST),
        "p_ten_minste": P_LEAST,
    }
    p = f"<{significant(P_LEAST, 1)}" if record["p"] <= P_LEAST else significant(result.p)
    rows = [[name, significant(value)] for name, value in numbers.items()]
    rows += [["p", p], *(["eenheden", str(n)] for n in units)]
    rendered = RenderedTable(output.titel, ["grootheid", "waarde"], 1, rows, footnotes(output, tables(output), basis))

    def draw() -> dict[str, bytes]:
        return {"tabel.html": rendered.html()}

    files = {"tabel.csv": rendered.csv(), "toets.json": canonical_bytes(record) + b"\n"}
    return Answer(output, Verdict.FREE, (), files, draw, record)
