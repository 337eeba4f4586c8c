"""Values made coarser before they leave: what the contract's `generaliseer` asks, and the type that the result has.

Everything here works row by row on a chunk, except `zeldzaam`, which needs the whole table: that is done when its rows
are written (`rows`).
"""

import polars as pl
import pyarrow as pa

from pseudonimisering.contract import Column

OTHER = "overig"
"""What a text becomes that fewer rows have than `zeldzaam:N` asks."""

_PARTIAL = r"^([0-9]{4})-?(0[0-9]|1[0-2])-?([0-2][0-9]|3[01])(?:[T ].*)?$"
_FIRST_YEAR, _LAST_YEAR = 1000, 2999
_LARGEST = 2**63 - 1


def date_part(text: pl.Expr, column: Column) -> pl.Expr | None:
    """Return the coarser form of a date in text, or None when the contract asks for none.

    Registers write an unknown month or day as 00: the year is known all the same, and so is the month of a date whose
    day is 00. What cannot be known is null.
    """
    asked = column.generalisation
    if asked is None:
        return None
    name, number = asked
    year = text.str.extract(_PARTIAL, 1).cast(pl.Int32, strict=False)
    year = pl.when(year.is_between(_FIRST_YEAR, _LAST_YEAR)).then(year)
    if name == "jaar":
        return year
    if name == "jaren":
        return year // (number or 1) * (number or 1)
    month = text.str.extract(_PARTIAL, 2).cast(pl.Int8, strict=False)
    first = month if name == "maand" else (month - 1) // 3 * 3 + 1
    return pl.when((month >= 1) & year.is_not_null()).then(pl.date(year, first, 1))


def generalised(value: pl.Expr, column: Column) -> pl.Expr:
    """Return the coarser form of a typed value that is no date (`zeldzaam` excepted)."""
    name, number = column.generalisation or ("", None)
    if name == "pc4":
        return value.str.extract(r"^\s*([1-9][0-9]{3})\s*(?:[A-Za-z]{2})?\s*$")
    if number is None or name not in {"jaren", "afronden", "top"}:
        return value
    if name == "jaren":
        return value // number * number
    if name == "top":
        return value.clip(-number, number)
    # half a step goes away from zero, as people round
    if column.type == "geheel":
        size = value.clip(-_LARGEST, _LARGEST).abs()
        steps, left = size // number, size % number
        # beyond the largest number there is none to round up to
        upwards = (left >= number - left) & (steps < _LARGEST // number)
        return (steps + upwards.cast(pl.Int64)) * number * value.sign()
    rounded = (value.abs() / number + 0.5).floor() * number * value.sign()
    # there is one zero, not two
    return pl.when(rounded == 0).then(0.0).otherwise(rounded)


def rare_below(column: Column) -> int | None:
    """Return N of `zeldzaam:N`, or None."""
    name, number = column.generalisation or ("", None)
    return number if name == "zeldzaam" else None


def arrow_type(column: Column) -> pa.DataType | None:
    """Return the Arrow type of a generalised column where it is not that of the column itself."""
    name, _ = column.generalisation or ("", None)
    return pa.int32() if name in {"jaar", "jaren"} else None
