"""Why a value has no canonical form, and the result of normalising a column."""

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
    VOORLOOPNUL = "voorloopnul"
    NUL = "nul"
    ELFPROEF = "elfproef"
    CONTROLEGETAL = "controlegetal"
    ONNAUWKEURIG = "onnauwkeurig"
    OBJECTTYPE = "objecttype"
    LAND = "land"
    POSTCODE = "postcode"
    HUISNUMMER = "huisnummer"
    DATUM = "datum"


ABSENT = frozenset({Reason.LEEG, Reason.ONVOLLEDIG})
"""Reasons that say that there is nothing to link, not that what is there is wrong."""

REASON_TEXT: dict[Reason, str] = {
    Reason.LEEG: "is leeg",
    Reason.ONVOLLEDIG: "is onvolledig (een van de delen ontbreekt)",
    Reason.LETTER: "bevat een letter",
    Reason.FORMAAT: "bevat een teken dat er niet hoort",
    Reason.LENGTE: "heeft een verkeerd aantal cijfers of tekens",
    Reason.VOORLOOPNUL: (
        'mist waarschijnlijk een voorloopnul (slaat de bron de kolom als getal op, zet dan voorloopnullen = "verloren" '
        "bij de kolom in het contract)"
    ),
    Reason.NUL: "bestaat uit nullen",
    Reason.ELFPROEF: "voldoet niet aan de elfproef",
    Reason.CONTROLEGETAL: "heeft een controlegetal dat niet klopt",
    Reason.ONNAUWKEURIG: "is als getal opgeslagen en daardoor niet meer nauwkeurig (lever de kolom als tekst)",
    Reason.OBJECTTYPE: "is een BAG-nummer van een ander soort object",
    Reason.LAND: "heeft een landcode die hier niet kan",
    Reason.POSTCODE: "heeft een postcode die niet kan bestaan",
    Reason.HUISNUMMER: "heeft een huisnummer dat niet met een getal begint",
    Reason.DATUM: "heeft een geboortedatum die niet kan bestaan",
}


@dataclass(frozen=True)
class Normalised:
    """Two columns of equal length: canonical text (null where there is none) and the reason (null where there is)."""

    values: pl.Series
    reasons: pl.Series


def normalised(frame: pl.DataFrame, value: pl.Expr, reason: pl.Expr) -> Normalised:
    """Evaluate both expressions on `frame`; a row with a reason has no value."""
    done = frame.with_columns(reden=reason.cast(pl.String)).select(
        waarde=pl.when(pl.col("reden").is_null()).then(value), reden="reden"
    )
    return Normalised(done.get_column("waarde"), done.get_column("reden"))
