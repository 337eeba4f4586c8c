"""Atoms: groups of units that no cell of several tables tells apart."""

from collections.abc import Sequence
from math import prod

import pandas as pd

from outputcontrole.access import quoted
from outputcontrole.evidence.cells import Evidence
from outputcontrole.evidence.placed_rows import PlacedRows, place_rows
from outputcontrole.evidence.source_rows import SourceRows


def memberships(tables: Sequence[Evidence], unit: str | None, rows: SourceRows) -> pd.DataFrame:
    """Return the atoms of several tables: groups of units that no finest cell of any of them tells apart.

    unit: the counted column that the tables share, or None to take every row of the one source they share as its own
    unit (sums). Result: `cellen` (sorted list of finest cells; those of table t are numbered on from those of the
    tables before) and `n` (units). Order of rows: by `cellen`.
    """
    placed = [place_rows(evidence.table, evidence.grid, rows, number) for number, evidence in enumerate(tables)]
    sizes = [prod(map(len, evidence.grid.finest)) for evidence in tables]
    numbers = [
        f"{sum(sizes[:number])} + {_finest_number(evidence, part.places)}"
        for number, (evidence, part) in enumerate(zip(tables, placed, strict=True))
    ]
    parameters = {name: value for part in placed for name, value in part.parameters.items()}
    found = _of_rows(tables, placed, sizes) if unit is None else _of_units(tables, placed, numbers, rows)
    return rows.frame(
        f"SELECT cellen, CAST(sum(n) AS BIGINT) AS n FROM ({found}) AS a GROUP BY cellen ORDER BY cellen", parameters
    )


def _finest_number(evidence: Evidence, places: Sequence[str]) -> str:
    """SQL for the number of a finest cell of a table; places: SQL per dimension."""
    number = "0"
    for place, finest in zip(places, evidence.grid.finest, strict=True):
        number = f"({number}) * {len(finest)} + {place}"
    return number


def _of_units(
    tables: Sequence[Evidence], placed: Sequence[PlacedRows], numbers: Sequence[str], rows: SourceRows
) -> str:
    """SQL for lists of cells, each with a number of units that are in exactly those; a list may be there twice.

    Nearly all units are in one cell, and lists are slow to make: only those of the others are made.
    """
    parts = " UNION ALL ".join(
        f"SELECT eenheid, {number} AS cel FROM ({part.select({'eenheid': quoted(evidence.table.counted)})}) AS p"
        for evidence, part, number in zip(tables, placed, numbers, strict=True)
    )
    rows.make(
        "atomen",
        "SELECT eerste, CASE WHEN laatste > eerste THEN eenheid END AS eenheid, count(*) AS n FROM (SELECT eenheid, "
        f"min(cel) AS eerste, max(cel) AS laatste FROM ({parts}) AS m WHERE eenheid IS NOT NULL GROUP BY eenheid) AS e "
        "GROUP BY ALL",
        {name: value for part in placed for name, value in part.parameters.items()},
    )
    return (
        "SELECT [eerste] AS cellen, n FROM atomen WHERE eenheid IS NULL UNION ALL "
        f"SELECT list_sort(list(DISTINCT m.cel)) AS cellen, 1 AS n FROM ({parts}) AS m "
        "JOIN atomen AS a ON a.eenheid = m.eenheid GROUP BY m.eenheid"
    )


def _of_rows(tables: Sequence[Evidence], placed: Sequence[PlacedRows], sizes: Sequence[int]) -> str:
    """SQL for the lists of cells that rows are in, and how many rows have each."""
    inner, joins, cells = [], "", []
    for table, part in enumerate(placed):
        inner.append(f"CASE WHEN {part.condition} THEN 1 END AS w{table}")
        for dimension, (label, lookup) in enumerate(zip(part.labels, part.lookups, strict=True)):
            inner.append(f"CASE WHEN {part.condition} THEN {label} END AS t{table}_{dimension}")
            joins += (
                f" LEFT JOIN {lookup} AS l{table}_{dimension} ON l{table}_{dimension}.label = r.t{table}_{dimension}"
            )
        at = [f"l{table}_{dimension}.plaats" for dimension in range(len(part.labels))]
        number = f"{sum(sizes[:table])} + {_finest_number(tables[table], at)}"
        cells.append(f"CASE WHEN w{table} = 1 THEN {number} END AS c{table}")
    every = ", ".join(f"c{table}" for table in range(len(placed)))
    grouped = (
        f"SELECT {every}, count(*) AS n FROM (SELECT {', '.join(cells)} FROM (SELECT {', '.join(inner)} "
        f"FROM {placed[0].relation}) AS r{joins}) AS g GROUP BY ALL"
    )
    return (
        f"SELECT list_filter([{every}], lambda c: c IS NOT NULL) AS cellen, n FROM ({grouped}) AS g "
        f"WHERE coalesce({every}) IS NOT NULL"
    )
