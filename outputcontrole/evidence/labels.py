"""The labels of cells, as SQL on a row and as grouping sets with every margin."""

from itertools import product

import pandas as pd

from outputcontrole.access import quoted
from outputcontrole.asked import AREA_LEVELS, AskedTable
from outputcontrole.classes import class_sql
from outputcontrole.evidence.cells import TOTAL, UNKNOWN

AREAS = "gebieden.buurten"
PARENT = {"wijkcode": "'WK' || substr(buurtcode, 3, 6)", "gemeentecode": "'GM' || substr(buurtcode, 3, 4)"}


def parents() -> str:
    """SQL for the wijk and the gemeente that follow from the code of a buurt."""
    return ", ".join(f"{formula} AS {quoted(level)}" for level, formula in PARENT.items())


def label_sql(column: str) -> str:
    """SQL for a label: text, `onbekend` for a missing value, ja and nee for booleans."""
    name = quoted(column)
    return (
        f"CASE WHEN {name} IS NULL THEN '{UNKNOWN}' WHEN typeof({name}) = 'BOOLEAN' "
        f"THEN CASE WHEN CAST({name} AS VARCHAR) = 'true' THEN 'ja' ELSE 'nee' END ELSE CAST({name} AS VARCHAR) END"
    )


def finest_sql(table: AskedTable, dimension: str) -> str:
    """SQL for the finest label of a row in a dimension."""
    return quoted(dimension) if dimension in AREA_LEVELS else levels_sql(table, dimension)[0]


def levels_sql(table: AskedTable, dimension: str) -> list[str]:
    """SQL for the labels of a row in a dimension, finest first, its total left out."""
    edges = table.edges(dimension)
    if edges is not None:
        return [class_sql(quoted(dimension), edges)]
    return [label_sql(level) for level in AREA_LEVELS.get(dimension, (dimension,))]


def grouping_sets(table: AskedTable) -> list[str]:
    """SQL of the grouping sets: every combination of levels and totals."""
    choices = [[*levels_sql(table, dimension), ""] for dimension in table.dimensions]
    return [", ".join(part for part in chosen if part) for chosen in product(*choices)]


def grouping(table: AskedTable) -> tuple[str, str]:
    """SQL of the grouping sets (every level of every dimension, and its total) and of the labels d0, d1, …, each
    followed by a comma."""
    labels = []
    for i, dimension in enumerate(table.dimensions):
        cases = " ".join(f"WHEN grouping({level}) = 0 THEN {level}" for level in levels_sql(table, dimension))
        labels.append(f"CASE {cases} ELSE '{TOTAL}' END AS d{i}")
    return ", ".join(f"({part})" for part in grouping_sets(table)), "".join(f"{label}, " for label in labels)


def beside(cells: pd.DataFrame, found: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Return the cells with what was found of each; a table without dimensions has one cell."""
    return cells.merge(found, on=on, how="left") if on else pd.concat([cells, found], axis=1)
