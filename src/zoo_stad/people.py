"""Residents: households in dwellings, and the persons in them."""

from dataclasses import dataclass

import numpy as np

from zoo_stad.areas import Areas
from zoo_stad.arrays import Bools, Ints, Rng
from zoo_stad.dwellings import Dwellings, make_dwellings
from zoo_stad.period import REFERENCE
from zoo_stad.selection import distinct_integers, position_in_group

HEAD, PARTNER, CHILD, LODGER = range(4)
"""Place of a person in the dwelling. A lodger (kamerbewoner) is a household of one."""
SINGLE, COUPLE, FAMILY, ONE_PARENT = 1, 2, 3, 4
"""Household types, as in the income register."""
_ROOMS = 5
_SHARES = {SINGLE: 0.385, COUPLE: 0.28, FAMILY: 0.25, ONE_PARENT: 0.07, _ROOMS: 0.015}
_VACANT = 0.03
_NONE = -1


@dataclass(frozen=True)
class People:
    """One element per person, persons of a dwelling together, its head first."""

    bsn: Ints
    dwelling: Ints
    place: Ints
    birth: Ints
    """Day number."""
    female: Bools
    household: Ints
    """Number of the household in the register."""
    household_type: Ints
    surname: Ints
    first_name: Ints
    head_of_dwelling: Ints
    """Per dwelling the index of its head, or -1 (vacant, or lodgers only)."""
    occupied: Bools
    """Per dwelling."""

    def __len__(self) -> int:
        return len(self.bsn)

    @property
    def adult(self) -> Bools:
        """Eighteen or older on the reference date."""
        return self.birth <= ADULT_BORN_BY

    def age(self) -> Ints:
        """Whole years on the reference date (by years of 365.25 days)."""
        return ((REFERENCE - self.birth) / 365.25).astype(np.int64)


ADULT_BORN_BY = int((np.datetime64("1998-12-31") - np.datetime64("1970-01-01")).astype(np.int64))


def settle(rng: Rng, dwelling_rng: Rng, areas: Areas, bsns: Ints) -> tuple[Dwellings, People]:
    """Exactly `len(bsns)` persons in households, and dwellings for them of which 3 % stay empty."""
    persons = len(bsns)
    kinds, sizes = _households(rng, persons)
    dwellings = make_dwellings(dwelling_rng, areas, round(len(kinds) / (1 - _VACANT)))
    home = _homes(rng, dwellings, sizes)
    dwelling = np.repeat(home, sizes)
    kind = np.repeat(kinds, sizes)
    unit = np.repeat(np.arange(len(kinds)), sizes)
    member = np.arange(persons) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    adults = np.where(kind == _ROOMS, 9, np.where((kind == COUPLE) | (kind == FAMILY), 2, 1))
    place = np.where(kind == _ROOMS, LODGER, np.where(member == 0, HEAD, np.where(member < adults, PARTNER, CHILD)))
    age = _ages(rng, kinds, unit, member - adults, place)
    birth = REFERENCE - np.floor(age * 365.25).astype(np.int64) - rng.integers(0, 365, persons)
    female = rng.random(persons) < 0.505
    head_rows = np.flatnonzero(member == 0)
    opposite = rng.random(len(kinds)) < 0.97
    partner = place == PARTNER
    female[partner] = np.where(opposite[unit], ~female[head_rows[unit]], female[head_rows[unit]])[partner]
    numbers = distinct_integers(rng, persons, 10_000_000, 10_000_000 + 40 * persons)
    household = np.where(place == LODGER, numbers, numbers[head_rows[unit]])
    surname = rng.integers(0, 10**6, persons)
    first_name = rng.integers(0, 10**6, persons)
    family_name = (place == CHILD) | (partner & (rng.random(persons) < 0.25))
    surname[family_name] = surname[head_rows[unit[family_name]]]
    order = np.argsort(dwelling, kind="stable")
    head_of_dwelling = np.full(len(dwellings), _NONE)
    at_head = np.flatnonzero(place[order] == HEAD)
    head_of_dwelling[dwelling[order][at_head]] = at_head
    occupied = np.zeros(len(dwellings), dtype=bool)
    occupied[home] = True
    people = People(
        bsn=bsns,
        dwelling=dwelling[order],
        place=place[order],
        birth=birth[order],
        female=female[order],
        household=household[order],
        household_type=np.where(kind == _ROOMS, SINGLE, kind)[order],
        surname=surname[order],
        first_name=first_name[order],
        head_of_dwelling=head_of_dwelling,
        occupied=occupied,
    )
    return dwellings, people


def _households(rng: Rng, persons: int) -> tuple[Ints, Ints]:
    """Kind and size of every household; sizes add up to `persons` exactly."""
    draws = persons // 2 + 500
    kinds = rng.choice(list(_SHARES), draws, p=list(_SHARES.values()))
    children = rng.choice([1, 2, 3, 4], draws, p=[0.38, 0.42, 0.15, 0.05])
    alone_children = rng.choice([1, 2, 3], draws, p=[0.55, 0.33, 0.12])
    sizes = np.select(
        [kinds == SINGLE, kinds == COUPLE, kinds == FAMILY, kinds == ONE_PARENT],
        [1, 2, 2 + children, 1 + alone_children],
        2 + children.clip(1, 3),
    )
    last = int(np.searchsorted(np.cumsum(sizes), persons))
    kinds, sizes = kinds[: last + 1], sizes[: last + 1]
    left = persons - int(sizes[:-1].sum())
    if left < sizes[-1]:
        # The last household is cut to what is left: one or two adults, or lodgers
        kinds[-1], sizes[-1] = (SINGLE, 1) if left == 1 else (COUPLE, 2) if left == 2 else (_ROOMS, left)
    return kinds, sizes


def _homes(rng: Rng, dwellings: Dwellings, sizes: Ints) -> Ints:
    """A dwelling for every household; larger households tend to have larger dwellings."""
    total = len(dwellings)
    slots = rng.permutation(total)[: len(sizes)]
    slots.sort()
    buurt = dwellings.buurt[slots]
    spacious = position_in_group(buurt, dwellings.area[slots] * rng.lognormal(0, 0.35, len(slots)))
    by_space = np.lexsort((spacious, buurt))
    # Households are in random order, so any cut of them along the buurten is random too
    large = position_in_group(buurt, sizes * rng.lognormal(0, 0.35, len(slots)))
    by_size = np.lexsort((large, buurt))
    home = np.empty(len(slots), dtype=np.int64)
    home[by_size] = slots[by_space]
    return home


def _ages(rng: Rng, kinds: Ints, unit: Ints, child_number: Ints, place: Ints) -> Ints:
    """Age in years; children are 20 to 38 years younger than the head of their household."""
    households = len(kinds)
    eldest = rng.integers(0, 26, households)
    alone = np.where(rng.random(households) < 0.45, rng.integers(20, 40, households), rng.integers(40, 93, households))
    pair = np.where(rng.random(households) < 0.3, rng.integers(23, 40, households), rng.integers(46, 90, households))
    head = np.select([kinds == SINGLE, kinds == COUPLE], [alone, pair], eldest + rng.integers(20, 39, households))
    head = head.clip(20, 95)
    child = np.maximum(eldest[unit] - np.maximum(child_number, 0) * rng.integers(1, 5, len(unit)), 0)
    partner = (head[unit] + np.round(rng.normal(-1, 3, len(unit)))).clip(20, 95).astype(np.int64)
    # A parent may not be younger than eighteen years above the eldest child
    partner = np.where(kinds[unit] == FAMILY, np.maximum(partner, eldest[unit] + 18), partner)
    lodger = rng.integers(19, 34, len(unit))
    return np.select([place == HEAD, place == PARTNER, place == CHILD], [head[unit], partner, child], lodger)
