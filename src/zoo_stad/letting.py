"""Tourist letting: registrations and nights per year."""

from dataclasses import dataclass

import numpy as np

from zoo_stad.areas import Areas
from zoo_stad.arrays import Ints, Rng
from zoo_stad.dwellings import Dwellings
from zoo_stad.ownership import Ownership
from zoo_stad.people import People
from zoo_stad.period import REFERENCE, day

_YEARS = (2014, 2015, 2016)


@dataclass(frozen=True)
class Letting:
    """One element per registration; `nights` has one column per year of `YEARS` (-1: not let that year)."""

    code: Ints
    """Random part of the registration number, (n, 4): four groups of 16 bits."""
    host: Ints
    dwelling: Ints
    day: Ints
    nights: Ints
    years: tuple[int, ...] = _YEARS


def let_to_tourists(rng: Rng, areas: Areas, dwellings: Dwellings, people: People, ownership: Ownership) -> Letting:
    """About 1.2 % of the dwellings, more in the first wijk of a gemeente and in second homes; some over 60 nights."""
    host = np.where(ownership.person >= 0, ownership.person, people.head_of_dwelling)
    possible = np.flatnonzero(host >= 0)
    central = np.array([code[6:8] == "00" for code in areas.codes])
    weight = np.where(central[dwellings.buurt[possible]], 4.0, 1.0)
    weight *= np.where(host[possible] != people.head_of_dwelling[possible], 2.0, 1.0)
    number = max(3, round(0.012 * len(dwellings)))
    dwelling = rng.choice(possible, min(number, len(possible)), replace=False, p=weight / weight.sum())
    registered = rng.integers(day(2013, 6), REFERENCE - 60, len(dwelling))
    nights = np.minimum(np.floor(rng.lognormal(3.3, 0.8, (len(dwelling), len(_YEARS)))), 330).astype(np.int64)
    too_early = registered[:, None] > np.array([day(year, 12, 31) for year in _YEARS])[None, :]
    nights[too_early | (rng.random(nights.shape) < 0.12)] = -1
    return Letting(rng.integers(0, 2**16, (len(dwelling), 4)), people.bsn[host[dwelling]], dwelling, registered, nights)
