"""Dwellings and their addresses: streets of a buurt, house numbers, postcodes, and what the BAG and WOZ say."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from zoo_stad.areas import Areas
from zoo_stad.arrays import Ints, Rng
from zoo_stad.names import street_names
from zoo_stad.selection import distinct_integers, sequence_in_sorted

TYPES = ("appartement", "tussenwoning", "hoekwoning", "vrijstaand")
_PER_STREET = 48
_LETTERS = np.array(["", "A", "B", "C", "D"])
_ADDITIONS = np.array(["", "1", "2", "3", "hs", "bis"])
_POSTCODE_LETTERS = "ABCDEGHJKLMNPRSTVWXZ"
_NEVER_USED = {"SA", "SD", "SS"}
_FIRST_PC4 = 1011
DEAD_PC4 = 9900
"""From here on no dwelling has a postcode; used for codes that no longer exist."""
LIVE_BAG_NUMBERS = 5_000_000_000
"""Sequence numbers of existing dwellings are below this; those above no longer exist."""

# The ways a street is numbered. dwellings per number; dwellings per postcode
_PLAIN, _SPLIT, _LETTERED, _STACKED, _BIS, _GALLERY, _BOTH = range(7)
_PER_POSTCODE = np.array([20, 24, 20, 20, 20, 20, 18])


@dataclass(frozen=True)
class Dwellings:
    """One element per dwelling, in order of buurt and street. `address` has the columns of an address as text."""

    buurt: Ints
    gemeente: Ints
    bag: Ints
    kind: Ints
    built: Ints
    area: Ints
    woz: Ints
    address: pl.DataFrame

    def __len__(self) -> int:
        return len(self.buurt)

    def bag_text(self, which: Ints) -> pl.Series:
        """Sixteen-digit identifications of the dwellings with these indices."""
        return bag_as_text(self.bag[which])


def bag_as_text(codes: Ints) -> pl.Series:
    """Sixteen digits: gemeente (4), object type 01 (verblijfsobject), sequence (10)."""
    return pl.Series(codes).cast(pl.String).str.zfill(16)


def bag_code(gemeente_number: Ints, sequence: Ints) -> Ints:
    """Identification as an integer."""
    return gemeente_number * 10**12 + 10**10 + sequence


def make_dwellings(rng: Rng, areas: Areas, number: int) -> Dwellings:
    """`number` dwellings over the buurten, with everything but their residents and owners."""
    weight = rng.uniform(0.87, 1.13, len(areas))
    edges = np.round(np.cumsum(weight) / weight.sum() * number).astype(np.int64)
    per_buurt = np.diff(np.r_[0, edges])
    buurt = np.repeat(np.arange(len(areas)), per_buurt)
    streets_of_buurt = np.maximum(1, np.round(per_buurt / _PER_STREET).astype(np.int64))
    position = sequence_in_sorted(buurt)
    first_street = np.cumsum(streets_of_buurt) - streets_of_buurt
    street = first_street[buurt] + position * streets_of_buurt[buurt] // per_buurt[buurt]
    buurt_of_street = np.repeat(np.arange(len(areas)), streets_of_buurt)
    urbanity = 0.4 - 0.15 * areas.prosperity
    stacked = rng.random(len(buurt_of_street)) < urbanity[buurt_of_street]
    style = np.where(
        stacked,
        rng.choice([_LETTERED, _STACKED, _BIS, _GALLERY, _BOTH], len(stacked), p=[0.32, 0.28, 0.08, 0.2, 0.12]),
        rng.choice([_PLAIN, _SPLIT], len(stacked), p=[0.75, 0.25]),
    )
    address = _addresses(rng, areas, street, buurt_of_street, style)
    apartment = stacked[street]
    kind = np.where(apartment, 0, rng.choice([1, 2, 3], len(buurt), p=[0.66, 0.22, 0.12]))
    base = np.round(rng.uniform(1905, 1985, len(areas)))[buurt]
    built = np.clip(np.round(base + rng.normal(0, 9, len(buurt))), 1860, 1994).astype(np.int64)
    recent = rng.random(len(buurt)) < 0.10
    built[recent] = rng.integers(1995, 2015, int(recent.sum()))
    mean_area = np.array([68.0, 105.0, 118.0, 165.0])[kind]
    area = np.maximum(24, np.round(mean_area * rng.lognormal(0, 0.2, len(buurt)))).astype(np.int64)
    price = 2250 * (1 + 0.28 * areas.prosperity[buurt]) * rng.lognormal(0, 0.1, len(buurt))
    woz = (np.round(price * area**0.92 * 1.35 / 1000) * 1000).astype(np.int64)
    gemeente = areas.gemeente[buurt]
    sequence = distinct_integers(rng, len(buurt), 0, LIVE_BAG_NUMBERS)
    return Dwellings(
        buurt, gemeente, bag_code(areas.gemeente_numbers[gemeente], sequence), kind, built, area, woz, address
    )


def _addresses(rng: Rng, areas: Areas, street: Ints, buurt_of_street: Ints, style: Ints) -> pl.DataFrame:
    place = sequence_in_sorted(street)
    how = style[street]
    number = np.select(
        [how == _SPLIT, (how == _LETTERED) | (how == _STACKED), how == _BIS, how == _BOTH],
        [place // 12 * 11 + np.minimum(place % 12, 10), place // 4, place // 2, place // 6],
        place,
    )
    letter = np.select(
        [(how == _SPLIT) & (place % 12 == 11), how == _LETTERED, how == _BOTH],
        [1, place % 4 + 1, place // 3 % 2 + 1],
        0,
    )
    addition = np.select(
        [how == _STACKED, (how == _BIS) & (place % 2 == 1), how == _BOTH],
        [np.array([4, 1, 2, 3])[place % 4], 5, place % 3 + 1],
        0,
    )
    gemeente_of_street = areas.gemeente[buurt_of_street]
    streets: list[str] = []
    for g in range(len(areas.gemeente_names)):
        streets += street_names(rng, int((gemeente_of_street == g).sum()))
    return pl.DataFrame(
        {
            "straatnaam": pl.Series(streets).gather(street),
            "huisnummer": pl.Series(number + 1).cast(pl.String),
            "huisletter": pl.Series(_LETTERS.tolist()).gather(letter),
            "toevoeging": pl.Series(_ADDITIONS.tolist()).gather(addition),
            "postcode": _postcodes(areas.wijk[buurt_of_street][street], street, place // _PER_POSTCODE[how]),
            "woonplaats": pl.Series(areas.gemeente_names).gather(gemeente_of_street[street]),
        }
    )


def _postcodes(wijk: Ints, street: Ints, block: Ints) -> pl.Series:
    """Six positions: four digits of the wijk, two letters per block of neighbouring dwellings in a street."""
    new = np.r_[False, (street[1:] != street[:-1]) | (block[1:] != block[:-1])]
    code = np.cumsum(new)
    first_of_wijk = np.r_[True, wijk[1:] != wijk[:-1]]
    in_wijk = code - code[first_of_wijk][wijk]
    pairs = [a + b for a in _POSTCODE_LETTERS for b in _POSTCODE_LETTERS if a + b not in _NEVER_USED]
    # A wijk with more blocks than pairs of letters has several four-digit codes
    codes_of_wijk = np.bincount(wijk[new | first_of_wijk]) // len(pairs) + 1
    first_code = _FIRST_PC4 + np.cumsum(codes_of_wijk) - codes_of_wijk
    digits = pl.Series(first_code[wijk] + in_wijk // len(pairs)).cast(pl.String)
    return digits + pl.Series(pairs).gather(in_wijk % len(pairs))
