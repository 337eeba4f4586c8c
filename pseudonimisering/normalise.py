"""One canonical form per kind of identifier, so that two spellings of one identifier meet and two identifiers never.

Every function takes whole columns of text (polars String; null counts as empty) and returns a `Normalised`: the
canonical text, or null with the reason why there is none. Canonical text is canonical again: the functions are
idempotent. Sources of the rules: BSN elfproef, Logisch Ontwerp BSN; BAG identification (gemeente 4, object type 2,
sequence 10), Catalogus BAG 2018; KvK number of 8 digits, Handelsregister; postcode without SA, SD, SS, PostNL.
"""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl


class Reason(StrEnum):
    """Why a value has no canonical form. The values stand in manifests and quality reports."""

    LEEG = "leeg"
    ONVOLLEDIG = "onvolledig"
    LETTER = "letter"
    FORMAAT = "formaat"
    LENGTE = "lengte"
    NUL = "nul"
    ELFPROEF = "elfproef"
    ONNAUWKEURIG = "onnauwkeurig"
    OBJECTTYPE = "objecttype"
    POSTCODE = "postcode"
    HUISNUMMER = "huisnummer"


ABSENT = frozenset({Reason.LEEG, Reason.ONVOLLEDIG})
"""Reasons that say that there is nothing to link, not that what is there is wrong."""

REASON_TEXT: dict[Reason, str] = {
    Reason.LEEG: "is leeg",
    Reason.ONVOLLEDIG: "is onvolledig (postcode of huisnummer ontbreekt)",
    Reason.LETTER: "bevat een letter",
    Reason.FORMAAT: "bevat een teken dat er niet hoort",
    Reason.LENGTE: "heeft een verkeerd aantal cijfers",
    Reason.NUL: "bestaat uit nullen",
    Reason.ELFPROEF: "voldoet niet aan de elfproef",
    Reason.ONNAUWKEURIG: "is als getal opgeslagen en te lang om nauwkeurig te zijn",
    Reason.OBJECTTYPE: "is een BAG-nummer van iets anders dan een verblijfsobject",
    Reason.POSTCODE: "heeft een postcode die niet kan bestaan",
    Reason.HUISNUMMER: "heeft een huisnummer dat niet met een getal begint",
}

EXPECTED: dict[str, str] = {
    "bsn": "8 of 9 cijfers",
    "kvk": "8 cijfers",
    "verblijfsobject": "16 cijfers met 01 op plaats 5 en 6",
    "adres": "een postcode als 1234AB en een huisnummer",
    "huishouden": "een nummer",
    "registratienummer": "een nummer",
    "recordnummer": "een nummer",
}

_EXACT_IN_FLOAT = 2**53


@dataclass(frozen=True)
class Normalised:
    """Two columns of equal length: canonical text (null where there is none) and the reason (null where there is)."""

    values: pl.Series
    reasons: pl.Series


def normalise(kind: str, values: pl.Series, *, numeric: bool = False) -> Normalised:
    """Normalise a column of identifiers of one kind (bsn, kvk, verblijfsobject, or any other number as text).

    numeric: the source stores the column as a number (SPSS), so that leading zeros were certainly lost.
    """
    if kind == "bsn":
        return normalise_bsn(values, numeric=numeric)
    if kind == "kvk":
        return normalise_kvk(values)
    if kind == "verblijfsobject":
        return normalise_dwelling(values, numeric=numeric)
    return normalise_number(values, numeric=numeric)


def normalise_bsn(values: pl.Series, *, numeric: bool = False) -> Normalised:
    """Return nine digits that pass the elfproef.

    One lost leading zero is put back; a second one only when the source is numeric, because a text of seven digits is
    more likely another number.
    """
    frame = _digits(values)
    shortest = 7 if numeric else 8
    frame = frame.with_columns(
        reden=pl.when(pl.col("reden").is_null() & ~pl.col("lengte").is_between(shortest, 9))
        .then(pl.lit(Reason.LENGTE.value))
        .otherwise("reden")
    )
    number = pl.col("cijfers").cast(pl.Int64, strict=False)
    # 9a + 8b + 7c + 6d + 5e + 4f + 3g + 2h - i must be a multiple of 11
    check = sum(((number // 10**k) % 10) * (k + 1) for k in range(1, 9)) - number % 10
    reason = (
        pl.when(pl.col("reden").is_not_null())
        .then("reden")
        .when(number == 0)
        .then(pl.lit(Reason.NUL.value))
        .when(check % 11 != 0)
        .then(pl.lit(Reason.ELFPROEF.value))
    )
    return _result(frame, pl.col("cijfers").str.zfill(9), reason)


def normalise_kvk(values: pl.Series) -> Normalised:
    """Return eight digits; one lost leading zero is put back."""
    frame = _digits(values)
    reason = (
        pl.when(pl.col("reden").is_not_null())
        .then("reden")
        .when(~pl.col("lengte").is_between(7, 8))
        .then(pl.lit(Reason.LENGTE.value))
        .when(pl.col("cijfers").str.contains("^0+$"))
        .then(pl.lit(Reason.NUL.value))
    )
    return _result(frame, pl.col("cijfers").str.zfill(8), reason)


def normalise_dwelling(values: pl.Series, *, numeric: bool = False) -> Normalised:
    """Return the sixteen digits of a BAG verblijfsobject (object type 01); one lost leading zero is put back.

    A number stored as a float above 2**53 may have lost its last digit and is refused.
    """
    frame = _digits(values)
    padded = pl.col("cijfers").str.zfill(16)
    inexact = pl.col("cijfers").cast(pl.Int64, strict=False) > _EXACT_IN_FLOAT if numeric else pl.lit(False)
    reason = (
        pl.when(pl.col("reden").is_not_null())
        .then("reden")
        .when(~pl.col("lengte").is_between(15, 16))
        .then(pl.lit(Reason.LENGTE.value))
        .when(inexact)
        .then(pl.lit(Reason.ONNAUWKEURIG.value))
        .when(padded.str.slice(4, 2) != "01")
        .then(pl.lit(Reason.OBJECTTYPE.value))
    )
    return _result(frame, padded, reason)


def normalise_number(values: pl.Series, *, numeric: bool = False) -> Normalised:
    """Return any other number or code as trimmed upper-case NFKC text; nothing inside it is changed."""
    text = _upper(_clean(values))
    if numeric:
        text = text.str.replace(r"^([0-9]+)\.0+$", "${1}")
    frame = text.alias("tekst").to_frame()
    reason = pl.when(pl.col("tekst") == "").then(pl.lit(Reason.LEEG.value))
    return _result(frame, pl.col("tekst"), reason)


def normalise_address(
    postcode: pl.Series, number: pl.Series, letter: pl.Series | None = None, addition: pl.Series | None = None
) -> Normalised:
    """Return `1234AB|12|A|3`: postcode, house number, house letter, addition.

    The house number cell may hold letter and addition too (`12 A-3`, `12a`, `12 hs`, `12/II`); what is repeated in
    the other columns counts once. Letter and addition are read as one row of tokens (runs of letters, runs of
    digits): a single letter in front is the house letter, the rest is the addition. Tokens are written without
    separator, except where two of a kind stand side by side, so that `3-4` and `34` stay two additions.
    """
    frame = pl.DataFrame(
        {
            "postcode": _postcode(postcode),
            "nummer": _upper(_clean(number)),
            "letter": _empty(len(number)) if letter is None else _upper(_clean(letter)),
            "toevoeging": _empty(len(number)) if addition is None else _upper(_clean(addition)),
        }
    )
    simple = r"^0*([1-9][0-9]{0,4})(?:[.,]0+)?$"
    mixed = r"(?s)^0*([1-9][0-9]{0,4})([^0-9].*)$"
    frame = frame.with_columns(
        cijfers=pl.coalesce(pl.col("nummer").str.extract(simple), pl.col("nummer").str.extract(mixed)),
        staart=pl.when(pl.col("nummer").str.contains(simple))
        .then(pl.lit(""))
        .otherwise(pl.col("nummer").str.extract(mixed, 2))
        .fill_null(""),
    )
    frame = frame.with_columns(
        deel=_addition(frame.get_column("staart"), frame.get_column("letter"), frame.get_column("toevoeging"))
    )
    code, digits = pl.col("postcode"), pl.col("cijfers")
    empty_code, empty_number = code == "", pl.col("nummer") == ""
    no_part = (pl.col("letter") == "") & (pl.col("toevoeging") == "")
    possible = code.str.contains("^[1-9][0-9]{3}[A-Z]{2}$") & ~code.str.contains("(SA|SD|SS)$")
    reason = (
        pl.when(empty_code & empty_number & no_part)
        .then(pl.lit(Reason.LEEG.value))
        .when(~empty_code & ~possible)
        .then(pl.lit(Reason.POSTCODE.value))
        .when(~empty_number & digits.is_null())
        .then(pl.lit(Reason.HUISNUMMER.value))
        .when(empty_code | empty_number)
        .then(pl.lit(Reason.ONVOLLEDIG.value))
    )
    return _result(frame, pl.concat_str([code, digits, pl.col("deel")], separator="|"), reason)


def _result(frame: pl.DataFrame, value: pl.Expr, reason: pl.Expr) -> Normalised:
    done = frame.with_columns(reden=reason.cast(pl.String)).select(
        waarde=pl.when(pl.col("reden").is_null()).then(value), reden="reden"
    )
    return Normalised(done.get_column("waarde"), done.get_column("reden"))


def _empty(length: int) -> pl.Series:
    return pl.repeat("", length, dtype=pl.String, eager=True)


def _ascii(values: pl.Series) -> bool:
    return bool((values.str.len_bytes() == values.str.len_chars()).all())


def _clean(values: pl.Series) -> pl.Series:
    """Trim; in text beyond ASCII also undo compatibility forms (full-width digits, NBSP) and drop invisible marks."""
    text = values.fill_null("")
    if not _ascii(text):
        text = text.str.normalize("NFKC").str.replace_all(r"\p{Cf}", "")
    return text.str.strip_chars()


def _upper(values: pl.Series) -> pl.Series:
    """Upper case; beyond ASCII normalised until nothing changes, because upper case can undo a normal form."""
    text = values.str.to_uppercase()
    if not _ascii(text):
        text = text.str.normalize("NFKC").str.to_uppercase().str.normalize("NFKC").str.strip_chars()
    return text


def _digits(values: pl.Series) -> pl.DataFrame:
    """Return columns `cijfers` (digits without separators), `lengte`, and `reden` for what is no digits at all.

    A trailing `.0` goes before the separators do: `46284679.0` without its point would be another number.
    """
    text = _clean(values)
    if not text.str.contains("^[0-9]+$").all():
        text = text.str.replace(r"^([0-9]+)[.,]0+$", "${1}")
        # A separator stands between two digits; a minus sign in front is not one
        text = text.str.replace_all(r"([0-9])[\s.\u00B7\u2010-\u2015-]+\b", "${1}")
    frame = text.alias("cijfers").to_frame()
    return frame.with_columns(
        lengte=pl.col("cijfers").str.len_bytes(),
        reden=pl.when(pl.col("cijfers") == "")
        .then(pl.lit(Reason.LEEG.value))
        .when(pl.col("cijfers").str.contains(r"\p{L}"))
        .then(pl.lit(Reason.LETTER.value))
        .when(~pl.col("cijfers").str.contains("^[0-9]+$"))
        .then(pl.lit(Reason.FORMAAT.value)),
    )


def _postcode(values: pl.Series) -> pl.Series:
    return _upper(_clean(values)).str.replace_all(r"[\s.-]", "")


_TOKEN = r"[0-9]+|[\p{L}\p{M}\p{N}--[0-9]]+"  # noqa: S105 - a pattern, not a password


def _addition(tail: pl.Series, letter: pl.Series, addition: pl.Series) -> pl.Series:
    """Return `A|3` for what stands behind the house number; computed once per distinct spelling."""
    frame = pl.DataFrame({"staart": tail, "letter": letter, "toevoeging": addition})
    distinct = frame.unique()
    parts = distinct.select(pl.all().str.extract_all(_TOKEN))
    columns = parts.select(
        staart="staart",
        letter="letter",
        beide=pl.concat_list("letter", "toevoeging"),
    ).with_columns(pl.all().list.join(" ").name.suffix("_tekst"))
    repeated = (pl.col("staart_tekst") == pl.col("letter_tekst")) | (pl.col("staart_tekst") == pl.col("beide_tekst"))
    tokens = columns.select(
        deel=pl.when(repeated).then("beide").otherwise(pl.concat_list("staart", "beide"))
    ).with_columns(pl.col("deel").list.eval(pl.element().str.replace("^0+([0-9])", "${1}")))
    first = pl.col("deel").list.first().fill_null("")
    is_letter = first.str.contains(r"^\p{L}$")
    spelled = tokens.select(
        letter=pl.when(is_letter).then(first).otherwise(pl.lit("")),
        rest=pl.when(is_letter).then(pl.col("deel").list.slice(1)).otherwise("deel").list.join("-"),
    ).select(
        # a separator stays only between two runs of one kind
        deel=pl.concat_str(
            "letter",
            pl.col("rest")
            .str.replace_all(r"([0-9])-([^0-9-])", "${1}${2}")
            .str.replace_all(r"([^0-9-])-([0-9])", "${1}${2}"),
            separator="|",
        )
    )
    mapped = frame.join(distinct.with_columns(spelled.get_column("deel")), on=frame.columns, how="left")
    return mapped.get_column("deel")
