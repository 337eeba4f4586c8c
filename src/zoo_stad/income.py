"""Incomes of 2016 of every adult resident, per source, in whole euros."""

from dataclasses import dataclass

import numpy as np

from zoo_stad.areas import Areas
from zoo_stad.arrays import Bools, Floats, Ints, Rng
from zoo_stad.dwellings import Dwellings
from zoo_stad.ownership import OCCUPIER, Ownership
from zoo_stad.people import CHILD, PARTNER, People

_PENSION_AGE = 66


@dataclass(frozen=True)
class Incomes:
    """One element per adult; `person` is the index in the population. Amounts may be negative for profit only."""

    person: Ints
    wage: Ints
    benefit: Ints
    profit: Ints
    rent: Ints
    pension: Ints

    def selfemployed(self) -> Ints:
        """Indices of persons with a profit."""
        return self.person[self.profit > 0]


def earn(rng: Rng, areas: Areas, dwellings: Dwellings, people: People, ownership: Ownership) -> Incomes:
    """Every ordinary owner has some income; the planted owners without income have none (a few a loss).

    Near misses: owners whose only income is a tiny pension; adults without income who own nothing.
    """
    person = np.flatnonzero(people.adult)
    number = len(person)
    age = people.age()[person]
    prosperity = areas.prosperity[dwellings.buurt[people.dwelling[person]]]
    owned = np.bincount(ownership.person[ownership.person >= 0], minlength=len(people))[person]
    lets = (ownership.tenure != OCCUPIER) & (ownership.person >= 0)
    let = np.bincount(ownership.person[lets], minlength=len(people))[person]
    working_age = age < _PENSION_AGE
    draw = rng.random(number)
    benefit_share = 0.13 - 0.08 * prosperity
    nothing_share = np.where((people.place[person] == CHILD) | (people.place[person] == PARTNER), 0.12, 0.03)
    profit_share = np.full(number, 0.08)
    thresholds = np.cumsum([nothing_share, benefit_share, profit_share], axis=0)
    idle = working_age & (draw < thresholds[0])
    on_benefit = working_age & ~idle & (draw < thresholds[1])
    trades = working_age & ~idle & ~on_benefit & (draw < thresholds[2])
    works = working_age & ~idle & ~on_benefit & (~trades | (rng.random(number) < 0.25))
    level = (1 + 0.25 * prosperity) * np.where(age < 25, 0.55, 1.0)
    wage = _amounts(rng, works, 31_000 * level, 0.5)
    benefit = _amounts(rng, on_benefit, np.full(number, 13_500.0), 0.2)
    profit = _amounts(rng, trades, 28_000 * level, 0.8)
    pension = _amounts(rng, ~working_age, 17_000 * level, 0.4)
    reports = (let > 0) & (rng.random(number) < 0.8)
    rent = _amounts(rng, reports, 8_200.0 * np.maximum(let, 1), 0.25)
    loss = trades & works & (rng.random(number) < 0.1)
    profit[loss] = -rng.integers(500, 20_000, int(loss.sum()))
    ordinary_owner = owned > 0
    without = np.zeros(len(people), dtype=bool)
    without[ownership.without_income] = True
    planted = without[person]
    poor = ordinary_owner & ~planted & (wage + benefit + np.maximum(profit, 0) + rent + pension == 0)
    wage[poor] = rng.integers(9_000, 40_000, int(poor.sum()))
    tiny = np.flatnonzero(ordinary_owner & ~planted & (age >= 55) & (rng.random(number) < 0.004))
    if not len(tiny):
        tiny = np.flatnonzero(ordinary_owner & ~planted)[:1]
    for source in (wage, benefit, profit, rent, pension):
        source[tiny] = 0
        source[planted] = 0
    pension[tiny] = rng.integers(1, 120, len(tiny))
    at_loss = np.flatnonzero(planted & (rng.random(number) < 0.05))
    profit[at_loss] = -rng.integers(500, 20_000, len(at_loss))
    return Incomes(person, wage, benefit, profit, rent, pension)


def _amounts(rng: Rng, who: Bools, typical: Floats, spread: float) -> Ints:
    """Lognormal amounts of at least 1 euro for those concerned, 0 for the others."""
    amount = np.maximum(1, np.round(typical * rng.lognormal(0, spread, len(who)))).astype(np.int64)
    return np.where(who, amount, 0)
