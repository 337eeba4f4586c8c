"""Addresses as the BAG writes them: postcode, house number, house letter, addition.

Sources: Catalogus BAG 2018, attributes `postcode` (four digits, the first not 0, two letters), `huisnummer` (1 to
99999), `huisletter` (one letter) and `huisnummertoevoeging`; no postcode ends in SA, SD or SS (PostNL). Only what is
certain is merged: 'huis' is 'hs', and '3e hoog' and '3-hg' are '3-hoog'. What may be two addresses stays two: 'H' is
not 'hs', 'bs' not 'bis', 'II' not '2', '3-hoog' not '3'.
"""

import polars as pl

from pseudonimisering.normalise.reason import Normalised, Reason, normalised
from pseudonimisering.normalise.text import clean, empty, is_ascii, upper

_TOKEN = r"[0-9]+|[\p{L}\p{M}\p{N}--[0-9]]+"  # noqa: S105 - a pattern, not a password


def normalise_address(
    postcode: pl.Series, number: pl.Series, letter: pl.Series | None = None, addition: pl.Series | None = None
) -> Normalised:
    """Return `1234AB|12|A|3`: postcode, house number, house letter, addition.

    The house number cell may hold letter and addition too (`12 A-3`, `12a`, `12 hs`, `12/II`, `12²`); what is repeated
    in the other columns counts once. Letter and addition are read as one row of tokens (runs of letters, runs of
    digits): a single letter in front is the house letter, the rest is the addition. Tokens are written without
    separator, except where two of a kind stand side by side, so that `3-4` and `34` stay two additions.
    """
    frame = pl.DataFrame(
        {
            "postcode": _postcode(postcode),
            "nummer": _part(number),
            "letter": empty(len(number)) if letter is None else _part(letter),
            "toevoeging": empty(len(number)) if addition is None else _part(addition),
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
    return normalised(frame, pl.concat_str([code, digits, pl.col("deel")], separator="|"), reason)


def _postcode(values: pl.Series) -> pl.Series:
    return upper(clean(values)).str.replace_all(r"[\s.-]", "").str.replace("^NL([0-9])", "${1}")


def _part(values: pl.Series) -> pl.Series:
    """Upper case; a superscript or fraction is a part of its own: 12² is number 12, addition 2, and never 122."""
    text = values.fill_null("")
    if not is_ascii(text):
        text = text.str.replace_all(r"(\p{No}+)", " ${1} ").str.normalize("NFKC")
    return upper(clean(text))


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
    ).with_columns(pl.col("deel").list.eval(pl.element().str.replace("^0+([0-9])", "${1}").replace("HUIS", "HS")))
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
            .str.replace_all(r"([^0-9-])-([0-9])", "${1}${2}")
            .str.replace_all(r"([0-9])(?:DE|STE|E)?-?(?:HOOG|HG)(-|[0-9]|$)", "${1}HOOG${2}"),
            separator="|",
        )
    )
    mapped = frame.join(
        distinct.with_columns(spelled.get_column("deel")), on=frame.columns, how="left", maintain_order="left"
    )
    return mapped.get_column("deel")
