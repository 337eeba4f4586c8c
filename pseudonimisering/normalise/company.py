"""Numbers of firms: KvK number, RSIN, branch number (vestigingsnummer) and VAT id (btw-identificatienummer).

Sources: Handelsregisterwet 2007 and the Gegevenscatalogus Handelsregister (KvK): KvK number 8 digits, branch 12, RSIN
9. The RSIN comes from the same series of fiscal numbers as the BSN and satisfies the same elfproef: no form tells the
two apart, so they have different kinds and different domains. VAT id: Belastingdienst, `NL`, nine digits, `B`, two
digits. Since 1 January 2020 the id of a sole trader is a number without meaning for which `NL` to the last digit,
letters as 10..35, leaves 1 after division by 97 (ISO 7064 MOD 97-10); the id of a firm is made of its RSIN.

An id whose nine digits fail the elfproef is certainly a new one and holds no BSN. An id whose nine digits satisfy it
is a firm's (RSIN) or an old sole trader's (BSN): no form tells them apart. Both are accepted, and only ever leave as a
pseudonym of the domain `btw`, which links with no BSN and no RSIN.
"""

import polars as pl

from pseudonimisering.normalise.citizen import elfproef, normalise_bsn
from pseudonimisering.normalise.reason import Normalised, Reason, normalised
from pseudonimisering.normalise.text import SEPARATORS, clean, fixed_length, read_digits, upper

_CORRECT = pl.lit(None, dtype=pl.String)


def normalise_kvk(values: pl.Series, *, numeric: bool = False) -> Normalised:
    """Return eight digits; one lost leading zero is put back where it is proven (the number has no check digit)."""
    return fixed_length(read_digits(values, numeric=numeric), 8, 7, _CORRECT)


def normalise_rsin(values: pl.Series, *, numeric: bool = False) -> Normalised:
    """Return nine digits that satisfy the elfproef, as of a BSN; the domain keeps the two apart."""
    return normalise_bsn(values, numeric=numeric)


def normalise_branch(values: pl.Series, *, numeric: bool = False) -> Normalised:
    """Return the twelve digits of a vestigingsnummer; most begin with four zeros, put back where loss is proven."""
    return fixed_length(read_digits(values, numeric=numeric), 12, 5, _CORRECT)


def normalise_vat(values: pl.Series) -> Normalised:
    """Return `NL123456782B01` for a Dutch VAT id, written with or without `NL` and separators."""
    text = upper(clean(values)).alias("tekst")
    if text.str.contains("[^A-Z0-9]").any():
        text = text.str.replace_all(f"[{SEPARATORS}]", "")
    form = r"^(?:NL)?([0-9]+)B([0-9]{2})$"
    column = pl.col("tekst")
    frame = text.to_frame().with_columns(
        cijfers=column.str.extract(form, 1), volg=column.str.extract(form, 2).cast(pl.Int64, strict=False)
    )
    digits, suffix = pl.col("cijfers"), pl.col("volg")
    number = digits.cast(pl.Int64, strict=False)
    # N = 23, L = 21, B = 11
    mod97 = (2321 * 10**13 + number * 10**4 + 1100 + suffix) % 97
    reason = (
        pl.when(column == "")
        .then(pl.lit(Reason.LEEG.value))
        .when(column.str.contains("^[A-Z]{2}") & ~column.str.starts_with("NL"))
        .then(pl.lit(Reason.LAND.value))
        .when(digits.is_null())
        .then(pl.lit(Reason.FORMAAT.value))
        .when(digits.str.len_bytes() != 9)
        .then(pl.lit(Reason.LENGTE.value))
        .when((number == 0) | (suffix == 0))
        .then(pl.lit(Reason.NUL.value))
        .when(~elfproef(digits) & (mod97 != 1))
        .then(pl.lit(Reason.CONTROLEGETAL.value))
    )
    return normalised(frame, pl.concat_str(pl.lit("NL"), digits, pl.lit("B"), column.str.tail(2)), reason)
