"""Sales of dwellings 1995-2016: a chain of parties per dwelling that ends with the owner of the reference date."""

from dataclasses import dataclass

import numpy as np

from zoo_stad.arrays import Bools, Floats, Ints, Rng
from zoo_stad.dwellings import Dwellings
from zoo_stad.ownership import COLLECTOR, FIRM, HOUSING_ASSOCIATION, OCCUPIER, SMALL_LANDLORD, Ownership, eighteen_on
from zoo_stad.people import People
from zoo_stad.period import REFERENCE, START, TWENTY_YEARS, decimal_year, first_of_year
from zoo_stad.planting import Targets
from zoo_stad.selection import draw_per_group, sequence_in_sorted

_GAP = 90
_QUICK_GAP = 20
_WINDOW = 6900
"""Days in which all sales of a flipped dwelling lie: well under twenty years."""
_LAST_WINDOW_START = 1096
_MOST_SALES = 40
_NUMBER_OF_SALES = {
    OCCUPIER: [0.20, 0.34, 0.27, 0.14, 0.05],
    SMALL_LANDLORD: [0.16, 0.36, 0.29, 0.14, 0.05],
    COLLECTOR: [0.10, 0.32, 0.33, 0.18, 0.07],
    FIRM: [0.35, 0.35, 0.20, 0.08, 0.02],
    HOUSING_ASSOCIATION: [0.95, 0.05, 0.0, 0.0, 0.0],
}
_INDEX_YEARS = [1995, 1999, 2002, 2008, 2010, 2013, 2017]
_INDEX = [0.38, 0.60, 0.85, 1.08, 1.02, 0.86, 1.02]


@dataclass(frozen=True)
class Transactions:
    """One element per sale, by dwelling and then in order of sale; the other fields are per dwelling."""

    dwelling: Ints
    day: Ints
    price: Ints
    seller: Ints
    buyer: Ints
    acquired: Ints
    """Per dwelling: day on which the present owner acquired it."""
    sold: Ints
    """Per dwelling: number of sales."""
    flipped: Bools
    same_day: Bools
    five_in_longer: Bools


def trade(
    rng: Rng,
    dwellings: Dwellings,
    people: People,
    ownership: Ownership,
    targets: Targets,
    former: Ints,
    firms: Ints,
    developers: Ints,
) -> Transactions:
    """Plant the flipped dwellings and the same-day resales, and give all others at most four sales.

    `former`: BSNs of people who owned before and left; `firms`, `developers`: KvK numbers of buyers and builders.
    """
    tenure = ownership.tenure
    old = dwellings.built < 1995
    tradable = old & (tenure != HOUSING_ASSOCIATION)
    keen = np.where((tenure == COLLECTOR) | (tenure == FIRM), 1.6, 1.0)
    flipped = draw_per_group(rng, dwellings.buurt, tradable, targets.flipped, keen)
    five_in_longer = draw_per_group(rng, dwellings.buurt, tradable & ~flipped, targets.five_in_longer)
    of_age = eighteen_on(people, ownership.person)
    sold = _number_of_sales(rng, tenure, (ownership.person >= 0) & (~old | (of_age > START - 700)))
    sold[flipped] = 4 + rng.geometric(0.55, int(flipped.sum()))
    outlier = flipped & (rng.random(len(sold)) < 0.015)
    sold[outlier] = rng.integers(20, _MOST_SALES, int(outlier.sum()))
    sold[five_in_longer] = 5
    dwelling = np.repeat(np.arange(len(sold)), sold)
    step = sequence_in_sorted(dwelling)
    day = _days(rng, dwellings, sold, dwelling, step, flipped, of_age)
    _spread_beyond_twenty_years(rng, day, dwelling, step, five_in_longer)
    same_day = _same_day(rng, dwellings, day, dwelling, step, sold, five_in_longer, targets)
    seller, buyer = _parties(rng, dwellings, ownership.party, sold, dwelling, step, flipped, former, firms, developers)
    price = _prices(rng, dwellings, dwelling, day, flipped)
    acquired = _acquired(rng, dwellings, sold, dwelling, day, of_age)
    return Transactions(dwelling, day, price, seller, buyer, acquired, sold, flipped, same_day, five_in_longer)


def _number_of_sales(rng: Rng, tenure: Ints, at_least_one: Bools) -> Ints:
    draw = rng.random(len(tenure))
    sold = np.zeros(len(tenure), dtype=np.int64)
    for kind, shares in _NUMBER_OF_SALES.items():
        mine = tenure == kind
        sold[mine] = np.searchsorted(np.cumsum(shares), draw[mine], side="right").clip(0, 4)
    sold[at_least_one & (sold == 0)] = 1
    return sold


def _days(rng: Rng, dwellings: Dwellings, sold: Ints, dwelling: Ints, step: Ints, flipped: Bools, of_age: Ints) -> Ints:
    """Ascending days per dwelling, at least three weeks apart, after building, the last one as an adult."""
    first = np.maximum(START, first_of_year(dwellings.built))
    gap = np.where(flipped, _QUICK_GAP, _GAP)
    last = np.full(len(sold), REFERENCE)
    late = of_age > START
    shift = np.where(late, _LAST_WINDOW_START, rng.integers(0, _LAST_WINDOW_START + 1, len(sold)))
    first[flipped] = START + shift[flipped]
    last[flipped] = first[flipped] + _WINDOW
    room = last - first - (sold - 1) * gap
    draw = rng.random(len(dwelling))
    draw = draw[np.lexsort((draw, dwelling))]
    day = first[dwelling] + np.floor(draw * room[dwelling]).astype(np.int64) + step * gap[dwelling]
    # New dwellings are sold by the developer in their first months
    new = (step == 0) & (dwellings.built[dwelling] >= 1995)
    day[new] = first[dwelling[new]] + rng.integers(0, _GAP - 5, int(new.sum()))
    final = step == sold[dwelling] - 1
    too_young = final & (day < of_age[dwelling])
    span = last[dwelling[too_young]] - of_age[dwelling[too_young]]
    day[too_young] = of_age[dwelling[too_young]] + np.floor(rng.random(len(span)) * span).astype(np.int64)
    return day


def _spread_beyond_twenty_years(rng: Rng, day: Ints, dwelling: Ints, step: Ints, chosen: Bools) -> None:
    """Five sales of which the last comes more than twenty years after the first: not a flipped dwelling."""
    rows = np.flatnonzero(chosen[dwelling])
    if not len(rows):
        return
    first = START + rng.integers(0, 300, len(rows) // 5)
    span = (
        TWENTY_YEARS + 40 + np.floor(rng.random(len(first)) * (REFERENCE - first - TWENTY_YEARS - 40)).astype(np.int64)
    )
    middle = step[rows]
    offset = np.floor(span.repeat(5) * (middle + rng.uniform(-0.4, 0.4, len(rows)) * np.isin(middle, [1, 2, 3])) / 4)
    day[rows] = first.repeat(5) + offset.astype(np.int64)


def _same_day(
    rng: Rng,
    dwellings: Dwellings,
    day: Ints,
    dwelling: Ints,
    step: Ints,
    sold: Ints,
    five_in_longer: Bools,
    targets: Targets,
) -> Bools:
    """Move one sale of some dwellings to the day of the next one."""
    chosen = draw_per_group(rng, dwellings.buurt, (sold >= 2) & ~five_in_longer, targets.same_day)
    which = np.floor(rng.random(len(sold)) * (sold - 1)).astype(np.int64)
    rows = np.flatnonzero(chosen[dwelling] & (step == which[dwelling]))
    day[rows] = day[rows + 1]
    return chosen


def _parties(
    rng: Rng,
    dwellings: Dwellings,
    owner: Ints,
    sold: Ints,
    dwelling: Ints,
    step: Ints,
    flipped: Bools,
    former: Ints,
    firms: Ints,
    developers: Ints,
) -> tuple[Ints, Ints]:
    """Seller and buyer per sale: the buyer sells next, the last buyer is the owner, nobody buys from himself."""
    seller = former[rng.integers(0, len(former), len(dwelling))]
    commercial = rng.random(len(dwelling)) < np.where(flipped[dwelling], 0.35, 0.07)
    seller[commercial] = -rng.choice(firms, int(commercial.sum()))
    new = (step == 0) & (dwellings.built[dwelling] >= 1995)
    seller[new] = -rng.choice(developers, int(new.sum()))
    final = step == sold[dwelling] - 1
    while True:
        buyer = np.where(final, owner[dwelling], np.r_[seller[1:], 0])
        clash = seller == buyer
        if not clash.any():
            return seller, buyer
        seller[clash] = former[rng.integers(0, len(former), int(clash.sum()))]


def _prices(rng: Rng, dwellings: Dwellings, dwelling: Ints, day: Ints, flipped: Bools) -> Ints:
    """Assessed value 2016 times the price level of the moment; resale on the same day is dearer."""
    level: Floats = np.interp(decimal_year(day), _INDEX_YEARS, _INDEX)
    spread = np.where(flipped[dwelling], 0.24, 0.11)
    price = dwellings.woz[dwelling] * level * np.exp(rng.normal(0, 1, len(day)) * spread)
    again = np.r_[False, (day[1:] == day[:-1]) & (dwelling[1:] == dwelling[:-1])]
    price[again] = price[np.flatnonzero(again) - 1] * rng.uniform(1.08, 1.6, int(again.sum()))
    return (np.round(price / 500) * 500).astype(np.int64)


def _acquired(rng: Rng, dwellings: Dwellings, sold: Ints, dwelling: Ints, day: Ints, of_age: Ints) -> Ints:
    """Day of the last sale; without a sale a day before 1995, or the building year for what was built later."""
    earliest = np.maximum(np.maximum(first_of_year(dwellings.built), of_age), first_of_year(np.array([1960]))[0])
    new = dwellings.built >= 1995
    latest = np.where(new, earliest + 300, START - 1)
    acquired: Ints = earliest + np.floor(rng.random(len(sold)) * (latest - earliest)).astype(np.int64)
    acquired[dwelling] = day  # ascending, so the last sale stays
    return acquired
