"""BAG identifications: gemeente (4 digits), object type (2), sequence number (10).

Source: Catalogus BAG 2018 (Ministerie van BZK), attribute `identificatie`, and the domains `NL.IMBAG.<object>` of the
BAG: the two digits of the type tell a dwelling from a building from an address designation.
"""

import polars as pl

from pseudonimisering.normalise.reason import Normalised, Reason
from pseudonimisering.normalise.text import clean, fixed_length, read_digits

OBJECT_TYPES: dict[str, str] = {
    "verblijfsobject": "01",
    "ligplaats": "02",
    "standplaats": "03",
    "pand": "10",
    "nummeraanduiding": "20",
    "openbareruimte": "30",
}
"""Digits 5 and 6 of the identification, per kind."""

_EXACT_IN_FLOAT = 2**53
_SHORTEST = 13
"""Digits left of an identification of gemeente 0003, the lowest there has been, when its zeros are lost."""

_PROOF = 20
"""So many different sixteen-digit numbers that all end in 0 come by chance once in 10**20."""


def normalise_bag(kind: str, values: pl.Series, *, numeric: bool = False) -> Normalised:
    """Return the sixteen digits of an identification of one kind of object.

    Two ways to lose the last digit are refused. A float64 holds whole numbers up to 2**53 only, so what was a number
    and is larger may be a neighbour. A spreadsheet keeps fifteen digits and writes 0 for the sixteenth: when a column
    (of one block of rows) holds at least 20 different numbers of sixteen digits that do not begin with 0, and all end
    in 0, that is proof. The prefix of linked data (`NL.IMBAG.Pand.`) is dropped.
    """
    text = clean(values)
    if text.str.starts_with("NL.IMBAG.").any():
        text = text.str.replace(r"^NL\.IMBAG\.[A-Za-z]+\.", "")
    frame = read_digits(text, numeric=numeric)
    full = frame.filter(pl.col("reden").is_null() & (pl.col("lengte") == 16)).get_column("cijfers")
    full = full.filter(~full.str.starts_with("0"))
    truncated = bool(full.str.ends_with("0").all()) and full.n_unique() >= _PROOF
    number = pl.col("nummer").cast(pl.Int64, strict=False)
    failure = (
        pl.when(pl.col("getal") & (number > _EXACT_IN_FLOAT))
        .then(pl.lit(Reason.ONNAUWKEURIG.value))
        .when(pl.lit(truncated) & ~pl.col("nummer").str.starts_with("0"))
        .then(pl.lit(Reason.ONNAUWKEURIG.value))
        .when(pl.col("nummer").str.slice(4, 2) != OBJECT_TYPES[kind])
        .then(pl.lit(Reason.OBJECTTYPE.value))
    )
    return fixed_length(frame, 16, _SHORTEST, failure)
