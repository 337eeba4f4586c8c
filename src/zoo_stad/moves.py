"""Moves 1995-2016: who came to live where, and when."""

from dataclasses import dataclass

import numpy as np

from zoo_stad.areas import Areas
from zoo_stad.arrays import Bools, Ints, Rng
from zoo_stad.dwellings import Dwellings
from zoo_stad.ownership import OCCUPIER, Ownership, eighteen_on
from zoo_stad.people import CHILD, HEAD, LODGER, PARTNER, People
from zoo_stad.period import REFERENCE, START, years_later
from zoo_stad.transactions import Transactions

_LONG_AGO = START - 1
_FROM_ELSEWHERE = 0.35
_LEAST_STAY = 60


@dataclass(frozen=True)
class Moves:
    """One element per person and move: BSN, day, dwelling moved to. Persons who left the city since are included."""

    bsn: Ints
    day: Ints
    dwelling: Ints

    def with_others(self, bsn: Ints, day: Ints, dwelling: Ints) -> "Moves":
        """The moves with others added."""
        return Moves(np.r_[self.bsn, bsn], np.r_[self.day, day], np.r_[self.dwelling, dwelling])


def move(
    rng: Rng,
    areas: Areas,
    dwellings: Dwellings,
    people: People,
    ownership: Ownership,
    transactions: Transactions,
    vacated: Ints,
    vacated_on: Ints,
    left: Ints,
) -> Moves:
    """Histories in which a household leaves a dwelling shortly before the next one arrives there.

    `vacated`, `vacated_on`: dwellings that were cleared, where the present household came only afterwards.
    `left`: BSNs of former residents, who lived somewhere before the present household and then left the city.
    A person who did not move since 1995 has no row; the last row of a person is the present address.
    """
    arrived = _arrivals(rng, areas, dwellings, people, ownership, transactions, vacated, vacated_on)
    head = people.head_of_dwelling
    parts = [_lodgers(rng, people)]
    home = people.dwelling
    settled = (people.place != LODGER) & (arrived[home] >= START) & (people.birth < arrived[home])
    parts.append(Moves(people.bsn[settled], arrived[home][settled], home[settled]))
    not_vacated = np.ones(len(dwellings), dtype=bool)
    not_vacated[vacated] = False
    current = np.arange(len(dwellings))
    since = np.where((head >= 0) & not_vacated, arrived, _LONG_AGO)
    with_partner = rng.random(len(dwellings)) < 0.6
    for round_, mean_stay in enumerate((1900.0, 1500.0)):
        came_from = _earlier_home(rng, dwellings, current, since)
        stay = _LEAST_STAY + np.floor(rng.exponential(mean_stay, len(dwellings))).astype(np.int64)
        earlier = since - stay
        known = (came_from >= 0) & (earlier >= START)
        follows = (people.place == HEAD) | (
            (round_ == 0) & ((people.place == CHILD) | (people.place == PARTNER) & with_partner[home])
        )
        rows = np.flatnonzero(follows & known[home] & (people.birth < earlier[home]))
        parts.append(Moves(people.bsn[rows], earlier[home[rows]], came_from[home[rows]]))
        current = np.where(known, came_from, -1)
        since = np.where(known, earlier, _LONG_AGO)
    parts.append(_gone(rng, arrived, not_vacated & (arrived > START + 400), left))
    return Moves(
        np.concatenate([part.bsn for part in parts]),
        np.concatenate([part.day for part in parts]),
        np.concatenate([part.dwelling for part in parts]),
    )


def _arrivals(
    rng: Rng,
    areas: Areas,
    dwellings: Dwellings,
    people: People,
    ownership: Ownership,
    transactions: Transactions,
    vacated: Ints,
    vacated_on: Ints,
) -> Ints:
    """Day per dwelling on which the present household came, as an adult; before 1995 counts as long ago."""
    years = np.where(areas.drugs_hotspot[dwellings.buurt], 4.5, 8.5)
    arrived = REFERENCE - np.floor(rng.exponential(years * 365, len(dwellings))).astype(np.int64)
    bought = (ownership.tenure == OCCUPIER) & (transactions.sold > 0)
    arrived[bought] = np.minimum(transactions.acquired[bought] + rng.integers(0, 46, int(bought.sum())), REFERENCE)
    arrived[(ownership.tenure == OCCUPIER) & (transactions.sold == 0)] = _LONG_AGO
    grown_up = eighteen_on(people, people.head_of_dwelling)
    arrived = np.maximum(arrived, np.minimum(grown_up + 90, REFERENCE))
    arrived[vacated] = vacated_on + rng.integers(20, 100, len(vacated))
    return arrived


def _lodgers(rng: Rng, people: People) -> Moves:
    """Lodgers came one by one, from elsewhere, as adults."""
    rows = np.flatnonzero(people.place == LODGER)
    came = REFERENCE - np.floor(rng.exponential(600.0, len(rows))).astype(np.int64)
    came = np.maximum(came, years_later(people.birth[rows], 18) + 30)
    return Moves(people.bsn[rows], np.minimum(came, REFERENCE), people.dwelling[rows])


def _earlier_home(rng: Rng, dwellings: Dwellings, current: Ints, since: Ints) -> Ints:
    """Where the household came from: the dwelling that the next mover of the gemeente took over, or -1."""
    moved = np.flatnonzero(since >= START)
    order = moved[np.lexsort((rng.random(len(moved)), since[moved], dwellings.gemeente[moved]))]
    came_from = np.full(len(since), -1)
    same: Bools = dwellings.gemeente[order[1:]] == dwellings.gemeente[order[:-1]]
    same &= (rng.random(len(same)) >= _FROM_ELSEWHERE) & (current[order[1:]] != current[order[:-1]])
    came_from[order[:-1][same]] = current[order[1:][same]]
    return came_from


def _gone(rng: Rng, arrived: Ints, possible: Bools, left: Ints) -> Moves:
    """Former residents: one move each, to a dwelling that others have now."""
    dwelling = rng.choice(np.flatnonzero(possible), len(left)) if possible.any() else np.empty(0, dtype=np.int64)
    before = rng.integers(200, 3000, len(dwelling))
    day = np.maximum(arrived[dwelling] - before, START)
    return Moves(left[: len(dwelling)], day, dwelling)
