"""Hennep clearances 2012-2016, those after frequent moves and the others."""

from dataclasses import dataclass

import numpy as np

from zoo_stad.arrays import Bools, Ints, Rng
from zoo_stad.dwellings import Dwellings
from zoo_stad.moves import Moves
from zoo_stad.ownership import OCCUPIER, Ownership
from zoo_stad.people import People
from zoo_stad.period import REFERENCE, TWO_YEARS, day
from zoo_stad.planting import Targets
from zoo_stad.selection import draw_per_group, sequence_in_sorted

_FIRST = day(2012)
_MARGIN = 10
"""Days that keep a move away from the edges of the two years, so that no reading of them matters."""
_TRIES = 12


@dataclass(frozen=True)
class Plan:
    """Clearances that follow frequent moves: dwelling, day, and the moves of the growers who left since."""

    dwelling: Ints
    day: Ints
    grower: Ints
    """BSN per move."""
    grower_dwelling: Ints
    grower_day: Ints


@dataclass(frozen=True)
class Clearances:
    """One element per clearance; at most one per dwelling."""

    dwelling: Ints
    day: Ints
    plants: Ints
    after_moves: Bools


def plan_clearances(
    rng: Rng, dwellings: Dwellings, people: People, ownership: Ownership, targets: Targets, growers: Ints
) -> Plan:
    """Choose rented dwellings and let three to five growers move in one by one during the two years before."""
    rooms = people.occupied & (people.head_of_dwelling < 0)
    rented = (ownership.tenure != OCCUPIER) & ~rooms
    chosen = np.flatnonzero(draw_per_group(rng, dwellings.buurt, rented, targets.cleared_after_moves))
    days = rng.integers(_FIRST, REFERENCE - 120, len(chosen))
    number = rng.choice([3, 4, 5], len(chosen), p=[0.5, 0.3, 0.2])
    which = np.repeat(np.arange(len(chosen)), number)
    stretch = (TWO_YEARS - 3 * _MARGIN) / number[which]
    before = _MARGIN + np.floor((sequence_in_sorted(which) + rng.uniform(0.05, 0.95, len(which))) * stretch)
    before = before.astype(np.int64)
    return Plan(chosen, days, growers[: len(which)], chosen[which], days[which] - before)


def clear(
    rng: Rng, dwellings: Dwellings, targets: Targets, plan: Plan, moves: Moves, growers: Ints
) -> tuple[Clearances, Moves]:
    """All clearances, and the moves with those of the near misses added.

    An ordinary clearance falls on a day with at most two persons who moved in during the two years before. Near
    misses: some have exactly two; of these half have a third one just before the two years.
    """
    eligible = np.ones(len(dwellings), dtype=bool)
    eligible[plan.dwelling] = False
    chosen = np.flatnonzero(draw_per_group(rng, dwellings.buurt, eligible, targets.cleared_otherwise))
    row = np.full(len(dwellings), -1)
    row[chosen] = np.arange(len(chosen))
    relevant = np.flatnonzero(row[moves.dwelling] >= 0)
    move_row, move_day = row[moves.dwelling[relevant]], moves.day[relevant]
    when = np.full(len(chosen), -1)
    count = np.zeros(len(chosen), dtype=np.int64)
    for _ in range(_TRIES):
        attempt = rng.integers(_FIRST, REFERENCE - 30, len(chosen))
        inside = (move_day > attempt[move_row] - TWO_YEARS - _MARGIN) & (move_day < attempt[move_row] + _MARGIN)
        moved_in = np.bincount(move_row[inside], minlength=len(chosen))
        accept = (when < 0) & (moved_in <= 2)
        when[accept], count[accept] = attempt[accept], moved_in[accept]
    possible = when >= 0
    chosen, when, count = chosen[possible], when[possible], count[possible]
    near = np.flatnonzero((count == 0) & (rng.random(len(chosen)) < 0.3))
    if not len(near):
        near = np.flatnonzero(count == 0)[:1]
    third = near[rng.random(len(near)) < 0.5]
    pairs = np.repeat(near, 2)
    extra_dwelling = np.r_[chosen[pairs], chosen[third]]
    extra_day = np.r_[
        when[pairs] - rng.integers(_MARGIN, TWO_YEARS - 2 * _MARGIN, len(pairs)),
        when[third] - TWO_YEARS - rng.integers(2 * _MARGIN, 300, len(third)),
    ]
    after = np.r_[np.ones(len(plan.dwelling), dtype=bool), np.zeros(len(chosen), dtype=bool)]
    clearances = Clearances(
        np.r_[plan.dwelling, chosen],
        np.r_[plan.day, when],
        np.maximum(6, np.round(rng.lognormal(5.0, 0.8, len(after)))).astype(np.int64),
        after,
    )
    return clearances, moves.with_others(growers[: len(extra_day)], extra_day, extra_dwelling)
