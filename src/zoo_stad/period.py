"""The period the city's registers cover, in whole days since 1970-01-01."""

import datetime as dt

import numpy as np
import polars as pl

from zoo_stad.arrays import Floats, Ints


def day(year: int, month: int = 1, of_month: int = 1) -> int:
    """Day number of a calendar date."""
    return (dt.date(year, month, of_month) - dt.date(1970, 1, 1)).days


START = day(1995)
"""First day of the transactions and moves."""
REFERENCE = day(2016, 12, 31)
"""The reference date (peildatum): owners, residents and directors are those of this day."""
TWENTY_YEARS = 7305
"""Days in twenty calendar years (always five leap days between 1995 and 2016)."""
TWO_YEARS = 731
"""Upper bound of the days in two calendar years."""


def first_of_year(year: Ints) -> Ints:
    """Day number of 1 January of every year given."""
    return (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)


def years_later(days: Ints, years: float) -> Ints:
    """Day numbers a number of years of 365.25 days later."""
    return days + int(np.ceil(years * 365.25))


def decimal_year(days: Ints) -> Floats:
    """Year with fraction, good enough for a price trend."""
    return 1970.0 + days / 365.2425


def dates(days: Ints) -> pl.Series:
    """Day numbers as a date column."""
    return pl.Series(days.astype(np.int32)).cast(pl.Date)
