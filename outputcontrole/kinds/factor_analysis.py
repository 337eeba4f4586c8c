"""Principal components or common factors: loadings and explained variance, never a score.

What it tells: at most the correlation matrix, of which every coefficient passes the rules of a correlation. A score is
one unit's own number; there is no way to ask it. Source: DwB (2015); ACRO's class of factor analyses (low degrees of
freedom).
"""

from itertools import combinations

import numpy as np

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, columns_of
from outputcontrole.basis import Basis
from outputcontrole.kinds.correlation import EXACT, almost_one
from outputcontrole.kinds.row_statistics import (
    check_numbers,
    check_spread,
    freedom,
    not_shown,
    read,
    rounded,
    with_values,
)
from outputcontrole.render.caption import footnotes
from outputcontrole.render.table_files import RenderedTable
from outputcontrole.render.tables import significant
from outputcontrole.spec import FactorAnalysis, Verdict
from zoo_analyse.association import correlation
from zoo_analyse.factors import loadings
from zoo_formaat.canonical import canonical_bytes

WORDS = "componenten of factoren"
WHOLE = True


def tables(output: FactorAnalysis) -> tuple[AskedTable, ...]:
    """Return the count of the units of which every number is there."""
    return (AskedTable(output.bron, with_values(output.filter, output.kolommen), (), output.tel),)


def answer(output: FactorAnalysis, basis: Basis) -> Answer:
    """Answer with a loading per column and component, and the share of variance that each component explains.

    Raises UserError and ModelError for a column that is no number, does not vary or has two values, and for components
    that cannot be told apart.
    """
    check_numbers(output.kolommen, columns_of(output.bron, basis.access))
    (table,) = tables(output)
    problems = not_shown([basis.of(table)])
    if problems:
        return refused(output, problems)
    population = read(table, output.kolommen, basis)
    short = freedom(population, len(output.kolommen), basis.policy)
    if short is not None:
        return refused(output, (short,))
    values = population.rows[output.kolommen].to_numpy(dtype=float)
    for name, column in zip(output.kolommen, values.T, strict=True):
        check_spread(f"kolom '{name}'", column, population, basis.policy, two="laat die weg en vraag er een tabel van")
    matrix = correlation(values, "pearson")
    same = [
        almost_one((output.kolommen[i], output.kolommen[j]))
        for i, j in combinations(range(len(matrix)), 2)
        if abs(matrix[i, j]) >= EXACT
    ]
    if same:
        return refused(output, tuple(same))
    if np.linalg.eigvalsh(matrix)[0] < 1 - EXACT**2:
        return refused(output, (almost_one(tuple(output.kolommen)),))
    found = loadings(matrix, output.componenten, output.methode, output.rotatie)
    names = [f"component_{i}" for i in range(1, output.componenten + 1)]
    record = {
        "methode": output.methode,
        "rotatie": output.rotatie,
        "eenheden": int(basis.of(table).evidence.cells["n"].iloc[0]),
        "ladingen": {
            column: {name: rounded(value) for name, value in zip(names, row, strict=True)}
            for column, row in zip(output.kolommen, found.loadings, strict=True)
        },
        "verklaarde_variantie": {name: rounded(value) for name, value in zip(names, found.explained, strict=True)},
    }
    rows = [
        [column, *(significant(value) for value in row)]
        for column, row in zip(output.kolommen, found.loadings, strict=True)
    ]
    rows.append(["verklaarde variantie", *(significant(value) for value in found.explained)])
    rendered = RenderedTable(output.titel, ["kolom", *names], 1, rows, footnotes(output, [table], basis))

    def draw() -> dict[str, bytes]:
        return {"tabel.xlsx": rendered.xlsx(), "tabel.html": rendered.html()}

    files = {"tabel.csv": rendered.csv(), "factoranalyse.json": canonical_bytes(record) + b"\n"}
    return Answer(output, Verdict.FREE, (), files, draw, record)
