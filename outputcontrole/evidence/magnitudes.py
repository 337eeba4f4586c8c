"""Evidence on sums: exact totals, their spread, and what the largest units hold of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from outputcontrole.access import quoted
from outputcontrole.asked import AskedTable
from outputcontrole.evidence.conditions import taking_part
from outputcontrole.evidence.grid import Grid
from outputcontrole.evidence.placed_rows import PlacedRows
from outputcontrole.evidence.source_rows import SourceRows
from outputcontrole.evidence.weights import exact_weight
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription

_STEPS = 1_000_000
# Below, sums and their parts fit in 64 bits with room to spare.
_FITS = 2**62
_WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
_LIMB = 2**32


def exact_measure(table: AskedTable) -> str:
    """SQL for what a row adds to a sum, as an exact number: its measure, times its weight where there is one."""
    measure = quoted(str(table.measure))
    if table.weight is None or table.weight == table.measure:
        return f"CAST({measure} AS DECIMAL(38, 6))"
    return f"{exact_weight(table.weight)} * CAST({measure} AS DECIMAL(20, 6))"


@dataclass(frozen=True)
class Measure:
    """What is summed, and between which numbers it lies.

    name: its column. exact: SQL for what a row adds, an exact number. decimals: of that number. small: whether all
    sums fit in 64 bits, which is many times faster; everything is exact either way. lowest, highest: the ends over the
    rows that take part, None without rows.
    """

    name: str
    exact: str
    decimals: int
    small: bool
    lowest: Decimal | None
    highest: Decimal | None

    @property
    def size(self) -> str:
        """SQL for what a row adds, without its sign."""
        return f"abs({self.exact})"

    @property
    def width(self) -> float:
        """The distance between the ends; 0 without rows."""
        return float((self.highest or Decimal(0)) - (self.lowest or Decimal(0)))


def measured(table: AskedTable, columns: Mapping[str, FieldDescription], rows: SourceRows) -> Measure:
    """Look between which numbers the measure of a table lies.

    Raises UserError when a value is no number to calculate with.
    """
    exact = exact_measure(table)
    name, column = str(table.measure), quoted(str(table.measure))
    condition, parameters = taking_part(table, columns)
    taken = f"FROM {rows.name_of(table.source)} WHERE {condition}"
    # First by itself: a filter value that does not fit is no fault of the measure.
    number = int(rows.frame(f"SELECT count(*) AS aantal {taken}", parameters)["aantal"].iloc[0])
    if not number:
        return Measure(name, exact, 6, small=False, lowest=None, highest=None)
    # A cast keeps the order, so of a single column only the ends are cast.
    single = table.weight in {None, table.measure}
    low, high = (f"{end}({column if single else exact})" for end in ("min", "max"))
    ends = [f"CAST({f'CAST({end} AS DECIMAL(38, 6))' if single else end} AS VARCHAR)" for end in (low, high)]
    query = f"SELECT {ends[0]} AS laagste, {ends[1]} AS hoogste, any_value(typeof({column})) AS soort {taken}"
    try:
        found = rows.frame(query, parameters).iloc[0]
    except UserError:
        raise UserError(
            f"maat '{name}' bevat een waarde waarmee niet te rekenen is: geen eindig getal, of te groot; filter zulke "
            "waarden of herstel de bron"
        ) from None
    lowest, highest = Decimal(found["laagste"]), Decimal(found["hoogste"])
    small = single and found["soort"] in _WHOLE and max(-lowest, highest) * number < _FITS
    decimals = 0 if small else -int(lowest.as_tuple().exponent)
    return Measure(name, f"CAST({column} AS BIGINT)" if small else exact, decimals, small, lowest, highest)


def with_magnitudes(
    cells: pd.DataFrame,
    measure: Measure,
    placed: PlacedRows,
    grid: Grid,
    rows: SourceRows,
    largest: Mapping[str, np.ndarray],
    dominance_n: int,
) -> pd.DataFrame:
    """Add exact sums, the number of values, their spread, and the dominance of the largest units of every kind.

    largest: unit kind -> the largest amounts of its units per cell, at least two, see `UnitsPerCell`. Dominance is of
    the absolute total of the rows: a row with several contributors of a kind, say a buyer and a seller, is no reason
    to call any of them smaller. Raises UserError for a measure of one or two different values.
    """
    finest = _finest_sums(measure, placed, rows)
    places = [finest[place].to_numpy(dtype=np.int64) for place in placed.places]
    of = grid.cells_of(places, (True,) * len(places), len(finest))

    def added(column: np.ndarray) -> np.ndarray:
        total = np.zeros(grid.size, dtype=column.dtype)
        np.add.at(total, of.ravel(), np.repeat(column, of.shape[1]))
        return total

    def numbers(name: str) -> np.ndarray:
        column = finest[name]
        return (
            column.to_numpy(dtype=np.int64) if measure.small else np.array([_scaled(text) for text in column], object)
        )

    sums, size = added(numbers("som")), added(numbers("omvang")).astype(float) / 10.0**measure.decimals
    n = added(finest["waarden"].to_numpy(dtype=np.int64))
    cells["som"] = _texts(sums, measure.decimals)
    cells["waarden"] = n
    cells["gelijk"] = (n > 0) & _all_equal(of, numbers("laagste"), numbers("hoogste"), grid.size)
    steps, high, low = (added(finest[name].to_numpy(dtype=np.int64)) for name in ("stappen", "hoog", "laag"))
    cells["afwijking"] = (
        _deviations(n, steps, high.astype(object) * _LIMB + low.astype(object)) * measure.width / _STEPS
    )
    for kind, amounts in largest.items():
        first = amounts[:, 0]
        biggest, two = (np.nansum(amounts[:, :number], axis=1) for number in (dominance_n, 2))
        # Where nobody of a kind is known, the kind has nothing to say; a total of nothing but zeros tells all.
        share = np.divide(biggest, size, out=np.ones(grid.size), where=size > 0)
        cells[f"dominantie_{kind}"] = np.where(np.isnan(first), np.where(size > 0, 0.0, 1.0), share)
        rest = np.divide(np.maximum(size - two, 0.0), first, out=np.zeros(grid.size), where=first > 0)
        cells[f"rest_{kind}"] = np.where(np.isnan(first), np.inf, rest)
    return cells


def _finest_sums(measure: Measure, placed: PlacedRows, rows: SourceRows) -> pd.DataFrame:
    """Return per finest cell what can be added up to that of any other, exactly.

    Columns: places, `waarden`, `som`, `omvang` (of absolute values), `laagste`, `hoogste`; `stappen` and, as two parts,
    `hoog` and `laag`, the sum of the values and of their squares in whole steps of a millionth of the range.
    """
    kind = "BIGINT" if measure.small else f"DECIMAL(38, {measure.decimals})"
    text = "CAST({} AS BIGINT)" if measure.small else "CAST({} AS VARCHAR)"
    ends = {"laagste": measure.lowest, "hoogste": measure.highest}
    parameters = {**placed.parameters, **{name: str(end or 0) for name, end in ends.items()}, "breedte": measure.width}
    if measure.small:
        parameters |= {name: int(end or 0) for name, end in ends.items()}
    low, high = f"CAST($laagste AS {kind})", f"CAST($hoogste AS {kind})"
    step = f"CAST(round(CAST(maat - {low} AS DOUBLE) / CAST($breedte AS DOUBLE) * {_STEPS}) AS BIGINT)"
    selected = placed.select({"maat": measure.exact})
    columns = {
        "waarden": "count(*)",
        "som": text.format("sum(maat)"),
        "omvang": text.format("sum(abs(maat))"),
        "laagste": text.format("min(maat)"),
        "hoogste": text.format("max(maat)"),
        "tussen": f"bool_or(maat > {low} AND maat < {high})",
        "stappen": "CAST(sum(stap) AS BIGINT)",
        "hoog": f"CAST(sum(stap * stap) // {_LIMB} AS BIGINT)",
        "laag": f"CAST(sum(stap * stap) % {_LIMB} AS BIGINT)",
    }
    if measure.lowest == measure.highest:
        step = "0"
    named = ", ".join([*placed.places, *(f"{sql} AS {name}" for name, sql in columns.items())])
    grouped = f" GROUP BY {', '.join(placed.places)}" if placed.places else " HAVING count(*) > 0"
    found = rows.frame(
        f"SELECT {named} FROM (SELECT *, CAST({step} AS BIGINT) AS stap FROM ({selected}) AS p) AS r{grouped}",
        parameters,
    )
    if len(found) and not found["tussen"].any():
        raise UserError(
            f"maat '{measure.name}' heeft hier maar een of twee verschillende waarden; zo'n som of gemiddelde is "
            f"een aantal of aandeel. Vraag een frequentietabel met '{measure.name}' als dimensie"
        )
    return found


def _scaled(text: str) -> int:
    """Return a decimal number, written with all its decimals, as a whole number of its last decimal."""
    return int(text.replace(".", ""))


def _texts(sums: np.ndarray, decimals: int) -> list[str]:
    """Return whole numbers of a last decimal as decimal numbers."""
    if not decimals:
        return [str(total) for total in sums.tolist()]
    return [f"{Decimal((total < 0, Decimal(abs(total)).as_tuple().digits, -decimals)):f}" for total in sums.tolist()]


def _all_equal(of: np.ndarray, lowest: np.ndarray, highest: np.ndarray, size: int) -> np.ndarray:
    """Return per cell whether its lowest and highest value are one; of: the cells that each pair belongs to."""
    if not len(lowest):
        return np.zeros(size, dtype=bool)
    low, high = np.full(size, highest.max(), dtype=lowest.dtype), np.full(size, lowest.min(), dtype=lowest.dtype)
    np.minimum.at(low, of.ravel(), np.repeat(lowest, of.shape[1]))
    np.maximum.at(high, of.ravel(), np.repeat(highest, of.shape[1]))
    return np.asarray(low == high, dtype=bool)


def _deviations(n: np.ndarray, steps: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Return the standard deviations of n whole numbers with these sums and (exact) sums of squares; NaN below two."""
    deviations: np.ndarray = np.full(len(n), np.nan)
    several = n > 1
    number, total = n[several].astype(object), steps[several].astype(object)
    scattered = (number * squares[several] - total * total).astype(np.float64)
    deviations[several] = np.sqrt(scattered / (number * (number - 1)).astype(np.float64))
    return deviations
