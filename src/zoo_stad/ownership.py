"""Who owns which dwelling on the reference date: occupiers, small landlords, collectors, organisations.

A party is one integer: a person's BSN, or minus the KvK number of a legal person.
"""

from dataclasses import dataclass

import numpy as np

from zoo_stad.areas import Areas
from zoo_stad.arrays import Bools, Ints, Rng
from zoo_stad.dwellings import Dwellings
from zoo_stad.people import People
from zoo_stad.period import REFERENCE, years_later
from zoo_stad.planting import Targets
from zoo_stad.selection import draw_per_group, draw_without_replacement

OCCUPIER, SMALL_LANDLORD, COLLECTOR, FIRM, HOUSING_ASSOCIATION = range(5)
_YOUNGEST_OWNER = 22
_MOST_COLLECTORS = 0.0088
"""Collectors per owner-occupier: stays below 0.9 % of the owners, so that the top 1 % reaches down to others."""


@dataclass(frozen=True)
class Ownership:
    """Per dwelling the tenure, the owning party and, for a resident owner, the index of the person (else -1)."""

    tenure: Ints
    party: Ints
    person: Ints
    collectors: Ints
    """Indices of the persons with three dwellings or more."""
    without_income: Ints
    """Indices of the persons that own a dwelling and have no income."""


@dataclass(frozen=True)
class Owners:
    """Parties that can own: associations and firms (KvK numbers; per gemeente for associations), outside persons."""

    associations: Ints
    """(gemeenten, k)"""
    firms: Ints
    outsiders: Ints
    """BSNs of owners who live elsewhere: no row in population and income register."""


def distribute(
    rng: Rng, areas: Areas, dwellings: Dwellings, people: People, targets: Targets, owners: Owners
) -> Ownership:
    """Give every dwelling one owner. Ordinary persons own at most two dwellings, collectors at least three."""
    tenure = _tenures(rng, areas, dwellings, people, targets)
    person = np.full(len(dwellings), -1)
    party = np.zeros(len(dwellings), dtype=np.int64)
    occupied = tenure == OCCUPIER
    person[occupied] = people.head_of_dwelling[occupied]
    occupiers = person[occupied]
    age = people.age()
    collectors = _assign_collectors(rng, areas, dwellings, people, tenure, person, occupiers[age[occupiers] >= 30])
    _assign_small(rng, people, tenure, person, party, np.setdiff1d(occupiers, collectors), owners.outsiders)
    with_person = person >= 0
    party[with_person] = people.bsn[person[with_person]]
    firms = np.flatnonzero(tenure == FIRM)
    party[firms] = -rng.choice(owners.firms, len(firms))
    social = np.flatnonzero(tenure == HOUSING_ASSOCIATION)
    choice = rng.integers(0, owners.associations.shape[1], len(social))
    party[social] = -owners.associations[dwellings.gemeente[social], choice]
    without_income = _draw_without_income(rng, dwellings, people, person, collectors, targets)
    return Ownership(tenure, party, person, collectors, without_income)


def _tenures(rng: Rng, areas: Areas, dwellings: Dwellings, people: People, targets: Targets) -> Ints:
    """Tenure per dwelling: first the dwellings that cannot be owner-occupied are rented, then others by chance."""
    buurt = dwellings.buurt
    homes = np.bincount(buurt, minlength=len(areas))
    head = people.head_of_dwelling
    can_be_occupier = (head >= 0) & (people.age()[head] >= _YOUNGEST_OWNER)
    wanted = {
        COLLECTOR: targets.collected.astype(np.float64),
        SMALL_LANDLORD: homes * 0.08,
        FIRM: homes * (0.05 + 0.02 * areas.property_hotspot),
        HOUSING_ASSOCIATION: homes * (0.29 - 0.12 * areas.prosperity),
    }
    counts = {kind: np.round(number).astype(np.int64) for kind, number in wanted.items()}
    rented = draw_per_group(
        rng,
        buurt,
        np.ones(len(buurt), dtype=bool),
        np.sum(list(counts.values()), axis=0),
        np.where(can_be_occupier, 1, 1e9),
    )
    # What is left over and has nobody who can own it is let by a housing association
    tenure = np.where(rented | ~can_be_occupier, HOUSING_ASSOCIATION, OCCUPIER)
    left = rented.copy()
    for kind in (COLLECTOR, SMALL_LANDLORD, FIRM):
        drawn = draw_per_group(rng, buurt, left, counts[kind])
        tenure[drawn] = kind
        left &= ~drawn
    return tenure


def _assign_collectors(
    rng: Rng, areas: Areas, dwellings: Dwellings, people: People, tenure: Ints, person: Ints, candidates: Ints
) -> Ints:
    """Collectors live in their own dwelling and own two or more besides, mostly in their own gemeente."""
    let = rng.permutation(np.flatnonzero(tenure == COLLECTOR))
    occupiers = int((tenure == OCCUPIER).sum())
    number = min(int(_MOST_COLLECTORS * occupiers), len(let) // 2, len(candidates))
    collectors = draw_without_replacement(rng, candidates, number)
    if not number:
        tenure[let] = HOUSING_ASSOCIATION
        return collectors
    # Everyone gets two, so three with the own home; the rest goes to the larger ones
    person[let[: 2 * number]] = np.tile(collectors, 2)
    rest = let[2 * number :]
    size = rng.lognormal(0, 0.6, number)
    anyone = rng.choice(number, len(rest), p=size / size.sum())
    home_gemeente = dwellings.gemeente[people.dwelling[collectors]]
    chosen = anyone
    near = rng.random(len(rest)) < 0.75
    for g in range(len(areas.gemeente_names)):
        own = np.flatnonzero(home_gemeente == g)
        here = np.flatnonzero(near & (dwellings.gemeente[rest] == g))
        if len(own):
            chosen[here] = own[rng.choice(len(own), len(here), p=size[own] / size[own].sum())]
    person[rest] = collectors[chosen]
    return collectors


def _assign_small(
    rng: Rng, people: People, tenure: Ints, person: Ints, party: Ints, occupiers: Ints, outsiders: Ints
) -> None:
    """Small landlords: occupiers with one more, residents who rent or live in with one or two, people elsewhere."""
    let = rng.permutation(np.flatnonzero(tenure == SMALL_LANDLORD))
    second = draw_without_replacement(rng, occupiers, round(0.5 * len(let)))
    away = outsiders[: min(len(outsiders), round(0.12 * len(let)))]
    owning = np.zeros(len(people), dtype=bool)
    owning[person[person >= 0]] = True
    others = np.flatnonzero(~owning & (people.age() >= _YOUNGEST_OWNER))
    left = len(let) - len(second) - len(away)
    residents = draw_without_replacement(rng, others, -(-left * 3 // 4))
    # A quarter of the remaining dwellings is the second one of such a resident
    tail = np.r_[residents, residents][:left]
    person[let[: len(second)]] = second
    party[let[len(second) : len(second) + len(away)]] = away
    placed = let[len(second) + len(away) :]
    person[placed[: len(tail)]] = tail
    tenure[placed[len(tail) :]] = HOUSING_ASSOCIATION


def _draw_without_income(
    rng: Rng, dwellings: Dwellings, people: People, person: Ints, collectors: Ints, targets: Targets
) -> Ints:
    """Owners of working age without income: drawn by dwelling, plus a few collectors."""
    age = people.age()
    can = (age >= _YOUNGEST_OWNER) & (age < 65)
    can[collectors] = False
    eligible: Bools = (person >= 0) & can[person]
    drawn = draw_per_group(rng, dwellings.buurt, eligible, targets.without_income)
    few = draw_without_replacement(rng, collectors[people.age()[collectors] < 65], len(collectors) // 25)
    return np.union1d(person[drawn], few)


def eighteen_on(people: People, person: Ints) -> Ints:
    """Day on which the owner of a dwelling turned eighteen; long ago when the owner is no resident."""
    return np.where(person >= 0, years_later(people.birth[person], 18), REFERENCE - 40_000)
