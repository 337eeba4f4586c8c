"""What all kinds share: cleaning text, reading digits, and putting lost zeros back only when they are proven lost.

What Unicode itself calls another form of the same character is converted (normal form NFKC: full-width and
mathematical digits, no-break spaces, ligatures; UAX 15), and invisible characters go (general category Cf and
Default_Ignorable_Code_Point: zero-width spaces and joiners, soft hyphens, byte order marks, variation selectors).
Refused, because a choice of ours would be needed: digits of other scripts (Arabic-Indic and so on: no Dutch register
writes them, so something else is wrong with the cell), combining marks in numbers, and superscript, circled or
fractional numerals (category No: `12345678²` is a number with a footnote, not a number of nine digits).
"""

from collections.abc import Callable

import polars as pl

from pseudonimisering.normalise.reason import Normalised, Reason, normalised

_INVISIBLE = r"[\p{Cf}\p{Default_Ignorable_Code_Point}]"
SEPARATORS = r"\p{Zs}\t.\u{00B7}\u{2010}-\u{2015}\u{2212}-"
"""Content of a character class: what stands between the digits of one number. A line break does not."""


def is_ascii(values: pl.Series) -> bool:
    """Whether a text column without nulls holds nothing but ASCII."""
    return bool((values.str.len_bytes() == values.str.len_chars()).all())


def clean(values: pl.Series) -> pl.Series:
    """Trim, undo compatibility forms and drop what cannot be seen; null becomes empty."""
    text = values.fill_null("")
    return _beyond_ascii(text, lambda part: _visible(_visible(part))).str.strip_chars()


def upper(values: pl.Series) -> pl.Series:
    """Upper case; beyond ASCII normalised until nothing changes, because upper case can undo a normal form."""
    return _beyond_ascii(
        values.str.to_uppercase(), lambda part: _normal(_normal(part).str.to_uppercase()).str.strip_chars()
    )


def empty(length: int) -> pl.Series:
    """Return a column of empty texts."""
    return pl.repeat("", length, dtype=pl.String, eager=True)


def _beyond_ascii(text: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Apply `change` to the values that are not all ASCII; the others are as they should be."""
    rows = (text.str.len_bytes() != text.str.len_chars()).arg_true()
    if not rows.len():
        return text
    return text.clone().scatter(rows, change(text.gather(rows)))


def _visible(text: pl.Series) -> pl.Series:
    return _normal(text.str.replace_all(_INVISIBLE, "")).str.replace_all(_INVISIBLE, "")


def _normal(text: pl.Series) -> pl.Series:
    """NFKC, but NFC where it would turn a superscript or a fraction into plain digits."""
    value = pl.col(text.name)
    return (
        text.to_frame()
        .select(
            pl.when(value.str.contains(r"\p{No}"))
            .then(value.str.normalize("NFC"))
            .otherwise(value.str.normalize("NFKC"))
            .alias(text.name)
        )
        .to_series()
    )


def read_digits(values: pl.Series, *, numeric: bool) -> pl.DataFrame:
    """Return columns `cijfers` (digits without separators), `lengte`, `getal` and `reden` for what is no digits.

    getal: the value was a number before it was text, so that leading zeros are certainly lost: the source says so
    (`numeric`), or the value carries the mark of a float (`12345678.0`, `12.345.678,00`). That mark goes before the
    separators do: `46284679.0` without its point would be another number. A number with decimals (`12345678.2`) and
    scientific notation (`1,23E+08`) are no identifiers. Excel's marks for text (`'0123`, `="0123"`) are removed.
    """
    text = clean(values)
    frame = pl.DataFrame(
        {
            "cijfers": text,
            "getal": pl.repeat(numeric, len(text), dtype=pl.Boolean, eager=True),
            "reden": pl.repeat(None, len(text), dtype=pl.String, eager=True),
        }
    ).with_columns(reden=pl.when(pl.col("cijfers") == "").then(pl.lit(Reason.LEEG.value)))
    rows = (~text.str.contains("^[0-9]*$")).arg_true()
    if rows.len():
        other = _other_spellings(text.gather(rows), numeric=numeric)
        frame = frame.select(column.scatter(rows, other.get_column(column.name)) for column in frame)
    return frame.with_columns(lengte=pl.col("cijfers").str.len_bytes())


def _other_spellings(text: pl.Series, *, numeric: bool) -> pl.DataFrame:
    """Return `cijfers`, `getal` and `reden` of values that are not digits only."""
    if text.str.contains("^['=]").any():
        text = text.str.replace(r"^'(.*)$", "${1}").str.replace(r'^="([^"]*)"$', "${1}")
    value, digits = pl.col("tekst"), pl.col("cijfers")
    scientific = value.str.contains(r"^[+-]?[0-9]+(?:[.,][0-9]*)?[eE][+-]?[0-9]+$")
    marked = value.str.contains(r"^(?:[0-9]+[.,]|[0-9]{1,3}(?:\.[0-9]{3})+,|[0-9]{1,3}(?:,[0-9]{3})+\.)0+$")
    whole = pl.when(marked).then(value.str.replace(r"[.,]0+$", "").str.replace_all("[.,]", ""))
    # In a number cell every point is a decimal point; in text `1234.56.782` and `123456.782` are spellings
    decimals = value.str.contains(r"^[0-9]+[.,][0-9]+$" if numeric else r"^[0-9]+[.,][0-9]{1,2}$")
    # A separator stands between two digits; a minus sign in front is not one
    grouped = value.str.contains(rf"^[0-9]+(?:[{SEPARATORS}]+[0-9]+)+$") & ~decimals
    return (
        text.to_frame("tekst")
        .with_columns(
            cijfers=pl.coalesce(
                whole, pl.when(grouped).then(value.str.replace_all(f"[{SEPARATORS}]", "")).otherwise(value)
            ),
            getal=marked | numeric,
            hopeloos=scientific,
        )
        .select(
            "cijfers",
            "getal",
            reden=pl.when("hopeloos")
            .then(pl.lit(Reason.ONNAUWKEURIG.value))
            .when(digits == "")
            .then(pl.lit(Reason.LEEG.value))
            .when(digits.str.contains(r"\p{L}"))
            .then(pl.lit(Reason.LETTER.value))
            .when(~digits.str.contains("^[0-9]+$"))
            .then(pl.lit(Reason.FORMAAT.value)),
        )
    )


def fixed_length(frame: pl.DataFrame, length: int, shortest: int, failure: pl.Expr) -> Normalised:
    """Return the numbers of `read_digits` with exactly `length` digits, or the reason why not.

    shortest: how few digits a number may have left when its zeros were lost; with fewer it is something else, such as
    a code for a missing value. failure: the reason why the padded number (column `nummer`) is wrong, null where it
    is right. Zeros are put back only in what is proven to have been a number. A text that would be right with them
    is counted apart: the holder can say that zeros were lost. Padding every text would turn 9 % of the KvK numbers
    in a BSN column into valid BSNs of somebody else.
    """
    frame = frame.with_columns(nummer=pl.col("cijfers").str.zfill(length)).with_columns(fout=failure.cast(pl.String))
    short = pl.col("lengte") < length
    reason = (
        pl.when(pl.col("reden").is_not_null())
        .then("reden")
        .when(~pl.col("lengte").is_between(shortest, length))
        .then(pl.lit(Reason.LENGTE.value))
        .when(pl.col("cijfers").str.strip_chars("0") == "")
        .then(pl.lit(Reason.NUL.value))
        .when(short & ~pl.col("getal") & pl.col("fout").is_null())
        .then(pl.lit(Reason.VOORLOOPNUL.value))
        .when(short & ~pl.col("getal"))
        .then(pl.lit(Reason.LENGTE.value))
        .otherwise("fout")
    )
    return normalised(frame, pl.col("nummer"), reason)


def normalise_number(values: pl.Series, *, numeric: bool = False) -> Normalised:
    """Return any other number or code as trimmed upper-case NFKC text; nothing inside it is changed."""
    text = upper(clean(values))
    if numeric:
        text = text.str.replace(r"^([0-9]+)\.0+$", "${1}")
    frame = text.alias("tekst").to_frame()
    reason = pl.when(pl.col("tekst") == "").then(pl.lit(Reason.LEEG.value))
    return normalised(frame, pl.col("tekst"), reason)
