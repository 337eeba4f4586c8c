"""Typed columns as text in one canonical spelling: whole numbers without `.0`, ISO dates, missing as empty."""

import polars as pl

_LARGEST = 2.0**63


def column_text(values: pl.Series) -> pl.Series:
    """Return a column of numbers, dates, times, booleans or text as text; null and NaN become empty.

    A whole number keeps no decimals: what a float of 2**53 or more stood for is not known for sure, and the digits it
    holds are written out so that the check on its length can refuse it.
    """
    if values.dtype.is_float():
        text = _number_text(values.cast(pl.Float64))
    elif values.dtype == pl.Boolean:
        text = values.replace_strict({True: "ja", False: "nee"}, return_dtype=pl.String)
    elif isinstance(values.dtype, pl.Datetime):
        text = values.dt.to_string("%Y-%m-%dT%H:%M:%S")
    else:
        text = values.cast(pl.String)
    return text.fill_null("")


def _number_text(values: pl.Series) -> pl.Series:
    number = pl.col(values.name)
    whole = (number == number.floor()) & (number.abs() < _LARGEST)
    return (
        values.to_frame()
        .select(
            pl.when(number.is_nan())
            .then(None)
            .when(whole)
            .then(number.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(number.cast(pl.String))
            .alias(values.name)
        )
        .to_series()
    )
