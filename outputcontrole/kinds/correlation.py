"""Correlation or covariance matrix of numbers, with the units behind each coefficient.

What it tells: one equation per pair of columns on sums of products, within the published three digits. A coefficient of
1 would give one column from the other, that of a column with two values a difference of two means; both are refused.
A covariance is a total of products of deviations: nobody may hold more than the dominance share of it, for a variance
that is mostly one unit's is that unit's distance from the mean.
"""

from itertools import combinations_with_replacement

import numpy as np

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, columns_of
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.checks.influence import influence
from outputcontrole.kinds.row_statistics import (
    Population,
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
from outputcontrole.spec import Correlation, Verdict
from zoo_analyse.association import correlation
from zoo_formaat.canonical import canonical_bytes

WORDS = "matrix van samenhang"
WHOLE = True

# A coefficient that is 1 at the published precision.
EXACT = 0.9995
_TWO = "vraag een tabel van gemiddelden met deze kolom als dimensie"


def tables(output: Correlation) -> tuple[AskedTable, ...]:
    """Return the count of the units behind every coefficient: one population, or one per pair and column."""
    sets = {tuple(dict.fromkeys(pair)) for pair in combinations_with_replacement(output.kolommen, 2)}
    if output.ontbrekend == "volledig":
        sets = {tuple(output.kolommen)}
    return tuple(_with(output, columns) for columns in sorted(sets))


def _with(output: Correlation, columns: tuple[str, ...]) -> AskedTable:
    return AskedTable(output.bron, with_values(output.filter, columns), (), output.tel)


def answer(output: Correlation, basis: Basis) -> Answer:
    """Answer with the matrix in long form: a pair per row, a column with itself for covariances only.

    Raises UserError and ModelError for a column that is no number, does not vary, or has two values.
    """
    check_numbers(output.kolommen, columns_of(output.bron, basis.access))
    problems = not_shown(basis.of(table) for table in tables(output))
    if problems:
        return refused(output, problems)
    whole = tuple(output.kolommen) if output.ontbrekend == "volledig" else None
    populations: dict[str, Population] = {}
    rows: list[tuple[str, str, float, int]] = []
    findings: list[Finding] = []
    for pair in combinations_with_replacement(output.kolommen, 2):
        columns = tuple(dict.fromkeys(pair))
        if len(columns) == 1 and output.methode != "covariantie":
            continue
        table = _with(output, whole or columns)
        if table.key not in populations:
            populations[table.key] = read(table, list(whole or columns), basis)
        found, problem = _coefficient(output, columns, populations[table.key], basis)
        short = freedom(populations[table.key], 2, basis.policy)
        findings += [finding for finding in (short, problem) if finding is not None]
        rows.append((*pair, found, int(basis.of(table).evidence.cells["n"].iloc[0])))
    if findings:
        return refused(output, tuple({(finding.rule, finding.sentence): finding for finding in findings}.values()))
    record = {
        "methode": output.methode,
        "paren": [
            {"kolom_1": one, "kolom_2": other, output.methode: rounded(value), "eenheden": units}
            for one, other, value, units in rows
        ],
    }
    texts = [[one, other, significant(value), str(units)] for one, other, value, units in rows]
    header = ["kolom_1", "kolom_2", output.methode, "eenheden"]
    rendered = RenderedTable(output.titel, header, 2, texts, footnotes(output, tables(output), basis))

    def draw() -> dict[str, bytes]:
        return {
            "tabel.xlsx": rendered.xlsx(),
            "tabel.parquet": rendered.parquet(),
            "tabel.html": rendered.html(),
        }

    files = {"tabel.csv": rendered.csv(), "correlatie.json": canonical_bytes(record) + b"\n"}
    return Answer(output, Verdict.FREE, (), files, draw, record)


def _coefficient(
    output: Correlation, columns: tuple[str, ...], population: Population, basis: Basis
) -> tuple[float, Finding | None]:
    """Return the coefficient of a pair, or the variance of one column, and what is wrong with it."""
    values = population.rows[list(columns)].to_numpy(dtype=float)
    for name, column in zip(columns, values.T, strict=True):
        check_spread(f"kolom '{name}'", column, population, basis.policy, two=_TWO)
    found = float(correlation(values, output.methode)[0, -1])
    strength = abs(float(correlation(values, "spearman" if output.methode == "spearman" else "pearson")[0, -1]))
    if len(columns) == 2 and strength >= EXACT:
        return found, almost_one(columns)
    if output.methode == "covariantie":
        products = np.abs(np.prod(values - values.mean(axis=0), axis=1)) if len(columns) == 2 else _squares(values)
        return found, influence(population.units.largest_share(products), basis.policy)
    return found, None


def _squares(values: np.ndarray) -> np.ndarray:
    squares: np.ndarray = (values[:, 0] - values[:, 0].mean()) ** 2
    return squares


def almost_one(columns: tuple[str, ...]) -> Finding:
    """Say that one column follows from the other."""
    return Finding(
        rule="samenhang",
        sentence="de samenhang is (bijna) volledig: de ene kolom volgt dan uit de andere",
        remedy="laat een van de twee kolommen weg",
        cell={"kenmerk": " × ".join(columns)},
    )
