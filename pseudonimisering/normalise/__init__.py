"""One canonical form per kind of identifier, so that two spellings of one identifier meet and two identifiers never.

Every function takes whole columns of text (polars String; null counts as empty) and returns a `Normalised`: the
canonical text, or null with the reason why there is none. Canonical text is canonical again: the functions are
idempotent. The sources of the rules stand in the module of each kind; docs/reference/normalisation.md shows them all.
"""

from collections.abc import Callable

import polars as pl

from pseudonimisering.normalise.address import normalise_address
from pseudonimisering.normalise.bag import OBJECT_TYPES, normalise_bag
from pseudonimisering.normalise.bank import normalise_iban
from pseudonimisering.normalise.citizen import normalise_bsn
from pseudonimisering.normalise.company import normalise_branch, normalise_kvk, normalise_rsin, normalise_vat
from pseudonimisering.normalise.person import normalise_person
from pseudonimisering.normalise.reason import ABSENT, REASON_TEXT, Normalised, Reason
from pseudonimisering.normalise.text import normalise_number

__all__ = [
    "ABSENT",
    "EXPECTED",
    "KINDS",
    "REASON_TEXT",
    "VERSION",
    "Normalised",
    "Reason",
    "normalise",
    "normalise_address",
    "normalise_number",
    "normalise_person",
]

EXPECTED: dict[str, str] = {
    "bsn": "9 cijfers",
    "kvk": "8 cijfers",
    "rsin": "9 cijfers",
    "vestiging": "12 cijfers",
    "btw": "een btw-nummer als NL123456782B01",
    **{kind: f"16 cijfers met {code} op plaats 5 en 6" for kind, code in OBJECT_TYPES.items()},
    "iban": "een IBAN als NL91ABNA0417164300",
    "adres": "een postcode als 1234AB en een huisnummer",
    "persoonsnaam": "een naam, voornamen of voorletters, en een geboortedatum als JJJJMMDD",
    "huishouden": "een nummer",
    "registratienummer": "een nummer",
    "recordnummer": "een nummer",
}
"""What a value of each kind looks like, for messages."""

VERSION: dict[str, int] = dict.fromkeys(EXPECTED, 1)
"""Version of the rules per kind. It goes into the key of the domain, so that forms of two versions never meet."""

KINDS: tuple[str, ...] = tuple(kind for kind in EXPECTED if kind not in {"adres", "persoonsnaam"})
"""The kinds of one column; addresses and persons are made of several."""

_NUMERIC: dict[str, Callable[..., Normalised]] = {
    "bsn": normalise_bsn,
    "kvk": normalise_kvk,
    "rsin": normalise_rsin,
    "vestiging": normalise_branch,
    "huishouden": normalise_number,
    "registratienummer": normalise_number,
    "recordnummer": normalise_number,
}
_LETTERED: dict[str, Callable[[pl.Series], Normalised]] = {"btw": normalise_vat, "iban": normalise_iban}


def normalise(kind: str, values: pl.Series, *, numeric: bool = False) -> Normalised:
    """Normalise a column of identifiers of one of `KINDS`. Raises KeyError for another kind.

    numeric: the source stored the column as a number (SPSS, a number cell, a contract that says so), so that leading
    zeros were certainly lost.
    """
    if kind in OBJECT_TYPES:
        return normalise_bag(kind, values, numeric=numeric)
    if kind in _LETTERED:
        return _LETTERED[kind](values)
    return _NUMERIC[kind](values, numeric=numeric)
