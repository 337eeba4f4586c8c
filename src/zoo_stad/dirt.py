"""Realistic dirt on top of clean deliveries, counted per kind and file.

Spelling and lost zeros can be undone completely by a good normaliser; missing additions and dead codes cannot, they
cost links. No identifier becomes invalid.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from zoo_stad.arrays import Ints, Rng
from zoo_stad.dwellings import DEAD_PC4, LIVE_BAG_NUMBERS, bag_as_text
from zoo_stad.selection import distinct_integers

_SPOILABLE_MORE_OFTEN = 3.0
"""Only some addresses have a letter or an addition; among those, odd spelling is this much more frequent."""


@dataclass(frozen=True)
class Flaws:
    """Shares of the rows (of those where it can happen) that get a flaw."""

    spelling: float = 0.0
    missing_addition: float = 0.0
    dead_postcode: float = 0.0
    dead_dwelling: float = 0.0
    bsn_columns: tuple[str, ...] = ()
    kvk_columns: tuple[str, ...] = ()
    lost_zeros: float = 0.0
    duplicates: float = 0.005


FLAWS: dict[str, Flaws] = {
    "brp_personen.csv": Flaws(spelling=0.02, missing_addition=0.003, dead_postcode=0.001, duplicates=0.002),
    "brp_verhuizingen.csv": Flaws(
        spelling=0.04, missing_addition=0.006, dead_postcode=0.003, bsn_columns=("bsn",), lost_zeros=0.05
    ),
    "bag_woningen.csv": Flaws(duplicates=0.001),
    "kadaster_eigendom.csv": Flaws(
        dead_dwelling=0.002, bsn_columns=("eigenaar_bsn",), kvk_columns=("eigenaar_kvk",), lost_zeros=1.0
    ),
    "kadaster_transacties.csv": Flaws(
        dead_dwelling=0.004,
        bsn_columns=("verkoper_bsn", "koper_bsn"),
        kvk_columns=("verkoper_kvk", "koper_kvk"),
        lost_zeros=1.0,
    ),
    "kvk_rechtspersonen.csv": Flaws(
        spelling=0.05, missing_addition=0.01, dead_postcode=0.005, kvk_columns=("kvk_nummer",), lost_zeros=0.3
    ),
    "kvk_bestuurders.csv": Flaws(bsn_columns=("bsn",), kvk_columns=("kvk_nummer",), lost_zeros=0.5),
    "inkomens.sav": Flaws(duplicates=0.001),
    "politie_incidenten.csv": Flaws(
        spelling=0.10, missing_addition=0.04, dead_postcode=0.008, bsn_columns=("bsn_verdachte",), lost_zeros=1.0
    ),
    "hennep_ruimingen.csv": Flaws(spelling=0.10, missing_addition=0.04, dead_postcode=0.01, duplicates=0.01),
    "verhuur_registraties.csv": Flaws(
        spelling=0.08, missing_addition=0.02, dead_postcode=0.005, bsn_columns=("bsn_aanbieder",), lost_zeros=0.5
    ),
    "verhuur_nachten.csv": Flaws(duplicates=0.01),
}


def spoil(rng: Rng, frame: pl.DataFrame, flaws: Flaws) -> tuple[pl.DataFrame, dict[str, int]]:
    """Give a delivery its flaws. Returns the delivery and the number of values or rows per kind of flaw.

    Exact duplicates come last, so a duplicate row repeats the flaws of its original; the other counts are of the
    rows before that.
    """
    counts: dict[str, int] = {}

    def change(kind: str, possible: pl.Series, share: float, column: str, new: Callable[[Ints], pl.Series]) -> None:
        nonlocal frame
        hit = np.flatnonzero(possible.to_numpy() & (rng.random(len(frame)) < share))
        frame = frame.with_columns(frame[column].scatter(hit, new(hit)).alias(column))
        counts[kind] = counts.get(kind, 0) + len(hit)

    def emptied(hit: Ints) -> pl.Series:
        return pl.repeat("", len(hit), dtype=pl.String, eager=True)

    for kind, columns in (("voorloopnullen_bsn", flaws.bsn_columns), ("voorloopnullen_kvk", flaws.kvk_columns)):
        for column in columns:
            zero = frame[column].str.starts_with("0").fill_null(False)
            change(kind, zero, flaws.lost_zeros, column, _without_zeros(frame[column]))
    if flaws.dead_dwelling:
        every = pl.repeat(True, len(frame), eager=True)
        column = "verblijfsobject_id"
        change("dode_bag_code", every, flaws.dead_dwelling, column, _dead_dwellings(rng, frame[column]))
    if flaws.missing_addition:
        has = frame["toevoeging"] != ""
        only_letter = (frame["huisletter"] != "") & ~has
        for column, possible in (("toevoeging", has), ("huisletter", only_letter)):
            change("toevoeging_ontbreekt", possible, flaws.missing_addition, column, emptied)
    if flaws.spelling:
        frame = _spell(rng, frame, flaws.spelling, counts)
    if flaws.dead_postcode:
        every = pl.repeat(True, len(frame), eager=True)
        change("dode_postcode", every, flaws.dead_postcode, "postcode", _dead_postcodes(rng, frame["postcode"]))
    again = rng.choice(len(frame), max(1, round(flaws.duplicates * len(frame))), replace=False)
    counts["dubbele_rij"] = len(again)
    return pl.concat([frame, frame[again]]), {kind: number for kind, number in counts.items() if number}


def _without_zeros(column: pl.Series) -> Callable[[Ints], pl.Series]:
    return lambda hit: column.gather(hit).str.strip_chars_start("0")


def _dead_dwellings(rng: Rng, column: pl.Series) -> Callable[[Ints], pl.Series]:
    """Identifications of the same gemeente with sequence numbers that no existing dwelling has."""

    def new(hit: Ints) -> pl.Series:
        gemeente = column.gather(hit).str.slice(0, 4).cast(pl.Int64).to_numpy()
        sequence = LIVE_BAG_NUMBERS + distinct_integers(rng, len(hit), 0, LIVE_BAG_NUMBERS)
        return bag_as_text(gemeente * 10**12 + 10**10 + sequence)

    return new


def _dead_postcodes(rng: Rng, column: pl.Series) -> Callable[[Ints], pl.Series]:
    def new(hit: Ints) -> pl.Series:
        digits = pl.Series(rng.integers(DEAD_PC4, DEAD_PC4 + 100, len(hit))).cast(pl.String)
        return digits + column.gather(hit).str.slice(-2).str.to_uppercase()

    return new


def _spell(rng: Rng, frame: pl.DataFrame, share: float, counts: dict[str, int]) -> pl.DataFrame:
    """House letter in the column of the number, postcode in lower case or with a space, additions with a dash."""
    often = min(1.0, share * _SPOILABLE_MORE_OFTEN)

    def draw(chance: float) -> pl.Series:
        return pl.Series(rng.random(len(frame)) < chance)

    merged = (frame["huisletter"] != "") & draw(often)
    spaced, dashed = draw(0.5), (frame["toevoeging"] != "") & draw(often)
    postcode, lower = draw(share), draw(0.5)
    letter = pl.col("huisletter")
    columns = [
        pl.when(merged)
        .then(
            pl.when(spaced)
            .then(pl.concat_str("huisnummer", letter, separator=" "))
            .otherwise(pl.concat_str("huisnummer", letter.str.to_lowercase()))
        )
        .otherwise("huisnummer")
        .alias("huisnummer"),
        pl.when(merged).then(pl.lit("")).otherwise(letter).alias("huisletter"),
        pl.when(dashed).then(pl.lit("-") + pl.col("toevoeging")).otherwise("toevoeging").alias("toevoeging"),
        pl.when(postcode)
        .then(
            pl.when(lower)
            .then(pl.col("postcode").str.to_lowercase())
            .otherwise(pl.concat_str(pl.col("postcode").str.head(4), pl.col("postcode").str.tail(2), separator=" "))
        )
        .otherwise("postcode")
        .alias("postcode"),
    ]
    counts["huisnummer_samengevoegd"] = int(merged.sum())
    counts["toevoeging_met_streepje"] = int(dashed.sum())
    counts["postcode_schrijfwijze"] = int(postcode.sum())
    if "straatnaam" in frame.columns:
        street, upper = draw(share), draw(0.5)
        columns.append(
            pl.when(street)
            .then(
                pl.when(upper)
                .then(pl.col("straatnaam").str.to_uppercase())
                .otherwise(pl.col("straatnaam").str.replace("straat$", "str.").str.replace("laan$", "ln."))
            )
            .otherwise("straatnaam")
            .alias("straatnaam")
        )
        counts["straatnaam_schrijfwijze"] = int(street.sum())
    return frame.with_columns(columns)
