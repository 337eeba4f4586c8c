"""IBAN: country, two check digits, and an account number whose form depends on the country.

Source: ISO 13616-1 with ISO 7064 MOD 97-10, and the SWIFT IBAN Registry, release 101, for the forms: n digits, a upper
case letters, c digits or letters.
"""

import re

import polars as pl

from pseudonimisering.normalise.reason import Normalised, Reason, normalised
from pseudonimisering.normalise.text import SEPARATORS, clean, upper

_REGISTRY = """
AD 8n12c, AE 19n, AL 8n16c, AT 16n, AZ 4a20c, BA 16n, BE 12n, BG 4a6n8c, BH 4a14c, BI 23n, BR 23n1a1c
BY 4c4n16c, CH 5n12c, CR 18n, CY 8n16c, CZ 20n, DE 18n, DJ 23n, DK 14n, DO 4c20n, EE 16n, EG 25n, ES 20n
FI 14n, FK 2a12n, FO 14n, FR 10n11c2n, GB 4a14n, GE 2a16n, GI 4a15c, GL 14n, GR 7n16c, GT 24c, HN 4a20n
HR 17n, HU 24n, IE 4a14n, IL 19n, IQ 4a15n, IS 22n, IT 1a10n12c, JO 4a4n18c, KW 4a22c, KZ 3n13c, LB 4n20c
LC 4a24c, LI 5n12c, LT 16n, LU 3n13c, LV 4a13c, LY 21n, MC 10n11c2n, MD 20c, ME 18n, MK 3n10c2n, MN 16n
MR 23n, MT 4a5n18c, MU 4a19n3a, NI 4a20n, NL 4a10n, NO 11n, OM 3n16c, PK 4a16c, PL 24n, PS 4a21c, PT 21n
QA 4a21c, RO 4a16c, RS 18n, RU 14n15c, SA 2n18c, SC 4a20n3a, SD 14n, SE 20n, SI 15n, SK 20n, SM 1a10n12c
SO 19n, ST 21n, SV 4a20n, TL 19n, TN 20n, TR 6n16c, UA 6n19c, VA 18n, VG 4a16n, XK 16n, YE 4a4n18c
"""
_CLASSES = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
_BLOCK = 16
_WIDTH = 64
"""Digits of the longest IBAN of the registry when every letter has become two digits, in whole blocks."""


def _forms() -> dict[str, tuple[int, str]]:
    """Return country -> length of the whole IBAN and the pattern of its account number."""
    result = {}
    for entry in _REGISTRY.replace("\n", ", ").strip(", ").split(", "):
        country, form = entry.split(" ")
        parts = re.findall("([0-9]+)([nac])", form)
        pattern = "".join(f"{_CLASSES[kind]}{{{number}}}" for number, kind in parts)
        result[country] = (4 + sum(int(number) for number, _ in parts), pattern)
    return result


FORMS = _forms()
_LENGTHS = {country: length for country, (length, _) in FORMS.items()}
_PATTERN = "^(?:" + "|".join(f"{country}[0-9]{{2}}{pattern}" for country, (_, pattern) in FORMS.items()) + ")$"
_LETTERS = [chr(ord("A") + k) for k in range(26)]


def normalise_iban(values: pl.Series) -> Normalised:
    """Return an IBAN in upper case without separators.

    Check digits are 02 to 98: with 00, 01 or 99 a second text would be valid for the same account.
    """
    text = upper(clean(values)).alias("tekst")
    if text.str.contains("[^A-Z0-9]").any():
        text = text.str.replace("^IBAN[ :]+", "").str.replace_all(f"[{SEPARATORS}]", "")
    column = pl.col("tekst")
    frame = text.to_frame().with_columns(
        verwacht=column.str.head(2).replace_strict(_LENGTHS, default=None, return_dtype=pl.UInt32),
        past=column.str.contains(_PATTERN),
    )
    rearranged = pl.concat_str(column.str.slice(4), column.str.head(4))
    digits = pl.when("past").then(rearranged.str.replace_many(_LETTERS, [str(10 + k) for k in range(26)]))
    frame = frame.with_columns(cijfers=pl.concat_str(pl.lit("0" * _WIDTH), digits).str.tail(_WIDTH))
    rest = pl.lit(0, dtype=pl.Int64)
    for start in range(0, _WIDTH, _BLOCK):
        rest = (rest * 10**_BLOCK + pl.col("cijfers").str.slice(start, _BLOCK).cast(pl.Int64, strict=False)) % 97
    reason = (
        pl.when(column == "")
        .then(pl.lit(Reason.LEEG.value))
        .when(~column.str.contains("^[A-Z0-9]+$"))
        .then(pl.lit(Reason.FORMAAT.value))
        .when(pl.col("verwacht").is_null())
        .then(pl.lit(Reason.LAND.value))
        .when(column.str.len_bytes() != pl.col("verwacht"))
        .then(pl.lit(Reason.LENGTE.value))
        .when(~pl.col("past"))
        .then(pl.lit(Reason.FORMAAT.value))
        .when((rest != 1) | column.str.slice(2, 2).is_in(["00", "01", "99"]))
        .then(pl.lit(Reason.CONTROLEGETAL.value))
    )
    return normalised(frame, column, reason)
