"""Distinct units per cell, margins included, and the largest amounts that units have in a cell.

Counting every margin by itself would go through all units once per margin. Nearly every unit has all its rows in one
finest cell; it is counted there, and margins are added up. Only in the dimensions in which a unit has several labels
is it counted level by level. All of it is exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from outputcontrole.evidence.grid import Grid
from outputcontrole.evidence.placed_rows import PlacedRows
from outputcontrole.evidence.source_rows import SourceRows
from outputcontrole.evidence.units import Numbering


@dataclass(frozen=True)
class UnitsPerCell:
    """What the units of one numbering are in every cell.

    n: distinct units. largest: the largest amounts of units, descending, as (cells, how many); NaN where there are no
    more units; None when no amount was asked.
    """

    n: np.ndarray
    largest: np.ndarray | None


def units_per_cell(
    numbering: Numbering, placed: PlacedRows, grid: Grid, rows: SourceRows, amount: str | None = None, top: int = 0
) -> UnitsPerCell:
    """Count the distinct units of a numbering in every cell, and find the `top` largest amounts.

    amount: SQL for the non-negative exact amount that a row adds to each unit in it, or None.
    """
    n: np.ndarray = np.zeros(grid.size, dtype=np.int64)
    cells, amounts = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for piece in _pieces(numbering, placed, grid, rows, amount, top):
        of = grid.cells_of(piece.places, piece.spread, len(piece.n))
        np.add.at(n, of.ravel(), np.repeat(piece.n, of.shape[1]))
        if amount is not None:
            for column in piece.largest.T:
                held = ~np.isnan(column)
                cells.append(of[held].ravel())
                amounts.append(np.repeat(column[held], of.shape[1]))
    if amount is None:
        return UnitsPerCell(n, None)
    return UnitsPerCell(n, _merged(np.concatenate(cells), np.concatenate(amounts), grid.size, top))


def together(numberings: Sequence[UnitsPerCell]) -> UnitsPerCell:
    """Return the units of a kind that is numbered in several ways.

    One dwelling with two numbers is one unit: of several numberings the one that tells most apart counts. The largest
    amounts are those of all numberings.
    """
    first, *others = numberings
    n, largest = first.n, first.largest
    for other in others:
        n = np.maximum(n, other.n)
        if largest is not None and other.largest is not None:
            # ascending with what is missing last, so that turned around the sign it is descending
            largest = -np.sort(-np.concatenate([largest, other.largest], axis=1), axis=1)[:, : largest.shape[1]]
    return UnitsPerCell(n, largest)


@dataclass(frozen=True)
class _Piece:
    """Groups of units, each in one place per dimension.

    places: per dimension an array. spread: per dimension whether the place is one of a finest label, of which the
    levels above are still to be added up. n: units per group. largest: (groups, top), NaN where there are fewer.
    """

    places: list[np.ndarray]
    spread: tuple[bool, ...]
    n: np.ndarray
    largest: np.ndarray


def _pieces(
    numbering: Numbering, placed: PlacedRows, grid: Grid, rows: SourceRows, amount: str | None, top: int
) -> Iterator[_Piece]:
    """Find the groups: first of the units that are in one finest cell, then of the others, level by level.

    Of a unit `meervoud` has a bit for every dimension in which it is in more than one place.
    """
    contributions = numbering.contributions(placed, amount)
    places = placed.places
    ends = "".join(f", min({place}) AS {place}, max({place}) AS hoogste_{place}" for place in places)
    bits = " + ".join(f"CAST(hoogste_{place} > {place} AS INTEGER) * {1 << d}" for d, place in enumerate(places))
    total = "" if amount is None else ", CAST(sum(bedrag) AS DOUBLE) AS bedrag"
    of_pair = "" if amount is None else ", CAST(bedrag AS DOUBLE) AS bedrag"
    largest = "" if amount is None else f", max(bedrag, {top})"
    of_one = largest and f"{largest} FILTER (WHERE meervoud = 0) AS grootste"
    rows.make(
        "eenheden",
        f"SELECT meervoud, {''.join(f'{place}, ' for place in places)}"
        f"CASE WHEN meervoud > 0 THEN eenheid END AS eenheid, count(*) AS n{of_one} FROM (SELECT *, {bits or 0} AS "
        f"meervoud FROM (SELECT eenheid{ends}{total} FROM ({contributions}) AS b GROUP BY eenheid) AS e) AS m "
        "GROUP BY ALL",
        placed.parameters,
    )
    found = rows.frame(f"SELECT {_named(places, amount, top)} FROM eenheden WHERE meervoud = 0", {})
    yield _piece(found, len(places), (True,) * len(places))
    several = rows.frame("SELECT DISTINCT meervoud FROM eenheden WHERE meervoud > 0 ORDER BY ALL", {})["meervoud"]
    if len(several):
        exact = "" if amount is None else ", sum(b.bedrag) AS bedrag"
        rows.make(
            "paren",
            f"SELECT e.rowid AS eenheid, e.meervoud{''.join(f', b.{place}' for place in places)}{exact} "
            f"FROM ({contributions}) AS b JOIN eenheden AS e ON e.eenheid = b.eenheid GROUP BY ALL",
            placed.parameters,
        )
    for mask in several.tolist():
        spread = tuple(not mask >> d & 1 for d in range(len(places)))
        for levels in product(*(range(1) if wide else range(grid.levels_of(d)) for d, wide in enumerate(spread))):
            at = [places[d] if spread[d] else f"l{d}.niveau{level} AS {places[d]}" for d, level in enumerate(levels)]
            joins = "".join(
                f" JOIN {placed.lookups[d]} AS l{d} ON l{d}.plaats = paren.{places[d]}"
                for d, wide in enumerate(spread)
                if not wide
            )
            per_unit = f"SELECT {', '.join(at)}, eenheid{total if any(levels) else of_pair} FROM paren{joins}"
            # at the finest level every pair is one unit already
            per_unit += f" WHERE meervoud = {mask}{' GROUP BY ALL' if any(levels) else ''}"
            per_place = (
                f"SELECT {', '.join(places)}, count(*) AS n{largest and f'{largest} AS grootste'} "
                f"FROM ({per_unit}) AS u GROUP BY ALL"
            )
            query = f"SELECT {_named(places, amount, top)} FROM ({per_place}) AS g"
            yield _piece(rows.frame(query, {}), len(places), spread)
    rows.forget("eenheden", "paren")


def _named(places: Sequence[str], amount: str | None, top: int) -> str:
    """SQL of the columns that a piece is made of."""
    amounts = [] if amount is None else [f"grootste[{i + 1}] AS g{i}" for i in range(top)]
    return ", ".join([*places, "n", *amounts])


def _piece(found: pd.DataFrame, dimensions: int, spread: tuple[bool, ...]) -> _Piece:
    columns = [found.iloc[:, position].to_numpy() for position in range(found.shape[1])]
    amounts = [column.astype(np.float64) for column in columns[dimensions + 1 :]]
    largest = np.stack(amounts, axis=1) if amounts else np.zeros((len(found), 0))
    places = [column.astype(np.int64) for column in columns[:dimensions]]
    return _Piece(places, spread, columns[dimensions].astype(np.int64), largest)


def _merged(cells: np.ndarray, amounts: np.ndarray, size: int, top: int) -> np.ndarray:
    """Return the `top` largest amounts of each of `size` cells, descending; NaN where a cell has no more.

    cells, amounts: arrays as long as there are amounts, in any order.
    """
    left = amounts.copy()
    result = np.full((size, top), -np.inf)
    order = np.arange(len(left))
    for rank in range(top):
        np.maximum.at(result[:, rank], cells, left)
        # of equal amounts only one is taken away
        candidates = np.flatnonzero((left == result[cells, rank]) & (left > -np.inf))
        first = np.full(size, len(left))
        np.minimum.at(first, cells[candidates], order[candidates])
        left[first[first < len(left)]] = -np.inf
    return np.where(np.isneginf(result), np.nan, result)
