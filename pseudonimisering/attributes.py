"""Attributes, dates and area codes: from the text of a delivery to typed columns, with a reason for what fails."""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from pseudonimisering.contract import Column, Flag
from pseudonimisering.generalise import date_part, generalised


class Failure(StrEnum):
    """Why a value of an attribute could not be read. The values stand in manifests and quality reports."""

    LEEG = "leeg"
    GETAL = "geen_getal"
    JANEE = "geen_janee"
    JAAR = "geen_jaar"
    DATUM = "geen_datum"
    CODE = "onbekende_code"
    POSTCODE = "geen_postcode"


FAILURE_TEXT: dict[Failure, str] = {
    Failure.LEEG: "is leeg en het contract noemt haar verplicht; verwacht een waarde",
    Failure.GETAL: "is geen getal; verwacht cijfers zonder scheiding van duizendtallen",
    Failure.JANEE: "is geen ja of nee; verwacht ja of nee",
    Failure.JAAR: "is geen jaar; verwacht vier cijfers",
    Failure.DATUM: "is geen datum; verwacht JJJJ-MM-DD of JJJJMMDD",
    Failure.POSTCODE: "is geen postcode; verwacht 1234 of 1234AB",
    Failure.CODE: "staat niet in de codelijst van het contract; verwacht een van de 'waarden'",
}

_YES = ["ja", "j", "true", "t", "yes", "y", "waar", "1"]
_NO = ["nee", "n", "false", "f", "no", "onwaar", "0"]


@dataclass(frozen=True)
class Parsed:
    """Two columns of equal length: typed values (null where empty or unreadable) and the reason (null where fine)."""

    values: pl.Series
    reasons: pl.Series


def parse_column(values: pl.Series, column: Column, *, labelled: bool = False) -> Parsed:
    """Parse a text column by the role and type of the contract.

    Types: geheel -> Int64, jaar -> Int32, decimaal -> Float64, janee -> Boolean, datum -> Date, anything else ->
    String; made coarser as the contract's `generaliseer` says (a year is Int32). Empty text and the column's
    `ontbrekend` become null, without a reason unless the column is `verplicht`. labelled: the codes have been replaced
    by their labels already (SPSS, Stata).
    """
    frame = values.fill_null("").str.strip_chars().alias("tekst").to_frame()
    text = pl.col("tekst")
    absent = text.is_in(["", *column.ontbrekend]) if column.ontbrekend else text == ""
    value, failure = _expression(text, column, labelled=labelled)
    if column.rol != "datum":
        value = generalised(value, column)
        if column.waarden is None and column.generaliseer == "pc4":
            failure = Failure.POSTCODE
    present = pl.when(~absent)
    needed = pl.lit(Failure.LEEG.value) if column.verplicht else pl.lit(None, dtype=pl.String)
    parsed = frame.select(
        waarde=present.then(value),
        reden=pl.when(absent).then(needed).when(value.is_null()).then(pl.lit(failure.value)),
    )
    return Parsed(parsed.get_column("waarde"), parsed.get_column("reden").cast(pl.String))


def flag_column(values: pl.Series, flag: Flag) -> pl.Series:
    """Return for every cell of a text column whether it holds one of the flag's values; null where it is empty."""
    text = values.fill_null("").str.strip_chars()
    return (
        text.to_frame("tekst")
        .select(pl.when(pl.col("tekst") != "").then(pl.col("tekst").is_in(flag.gelijk_aan)))
        .to_series()
    )


# Hours and minutes that a clock has, seconds and their parts, and how far the clock is from UTC.
_CLOCK = r"(?:[01][0-9]|2[0-3])(?::?[0-5][0-9](?::?[0-5][0-9](?:[.,][0-9]+)?)?)?|24:00(?::00)?"
_TIME = rf"(?:{_CLOCK})(?:Z|[+-][0-9]{{2}}(?::?[0-9]{{2}})?)?"


def parse_dates(text: pl.Expr) -> pl.Expr:
    """Return the date of `JJJJ-MM-DD`, `JJJJMMDD`, or an ISO time stamp; null for anything else."""
    day = text.str.extract(rf"^([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})(?:[T ]{_TIME})?$")
    compact = text.str.extract(r"^([0-9]{8})$")
    return pl.coalesce(day.str.to_date("%Y-%m-%d", strict=False), compact.str.to_date("%Y%m%d", strict=False))


def _expression(text: pl.Expr, column: Column, *, labelled: bool) -> tuple[pl.Expr, Failure]:
    if column.rol == "datum":
        part = date_part(text, column)
        return (parse_dates(text) if part is None else part), Failure.DATUM
    integer = text.str.extract(r"^([+-]?[0-9]+)(?:[.,]0+)?$")
    number = text.str.extract(r"^([+-]?[0-9]*[.,]?[0-9]+(?:[eE][+-]?[0-9]+)?|[+-]?[0-9]+[.,])$")
    lower = text.str.to_lowercase()
    by_type = {
        "geheel": (integer.cast(pl.Int64, strict=False), Failure.GETAL),
        "jaar": (_year(integer), Failure.JAAR),
        "decimaal": (_finite(number.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)), Failure.GETAL),
        "janee": (pl.when(lower.is_in(_YES)).then(True).when(lower.is_in(_NO)).then(False), Failure.JANEE),
    }
    value, failure = by_type.get(column.type or "tekst", (text, Failure.CODE))
    if column.waarden is not None:
        known = list(column.waarden.values() if labelled else column.waarden)
        code = integer if column.type == "geheel" else text
        return pl.when(code.is_in(known)).then(value), Failure.CODE
    return value, failure


def _finite(value: pl.Expr) -> pl.Expr:
    """Drop what is too large for a number (1e400): infinity would swallow every sum it is in."""
    return pl.when(value.is_finite()).then(value)


def _year(text: pl.Expr) -> pl.Expr:
    year = text.cast(pl.Int32, strict=False)
    return pl.when(year.is_between(1000, 2999)).then(year)
