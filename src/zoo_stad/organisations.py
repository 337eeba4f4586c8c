"""Legal persons and their directors, with the planted multi-bestuurders and those who only look like one."""

from dataclasses import dataclass, replace

import numpy as np

from zoo_stad.areas import Areas
from zoo_stad.arrays import Bools, Ints, Rng
from zoo_stad.dwellings import Dwellings
from zoo_stad.people import People
from zoo_stad.period import REFERENCE, day
from zoo_stad.selection import distinct_integers, draw_without_replacement

STICHTING, VERENIGING, BV, EENMANSZAAK = range(4)
FORMS = ("stichting", "vereniging", "bv", "eenmanszaak")
_PERSONS_PER_MULTI = 6000
_FIVE = 5


@dataclass(frozen=True)
class Organisations:
    """One element per legal person: KvK number, form, whether ANBI, dwelling where it is registered, name code."""

    kvk: Ints
    form: Ints
    anbi: Bools
    dwelling: Ints
    name: Ints
    associations: Ints
    """KvK numbers of housing associations, (gemeenten, 3)."""
    firms: Ints
    """KvK numbers of the legal persons that own or trade dwellings."""
    developers: Ints

    def __len__(self) -> int:
        return len(self.kvk)


@dataclass(frozen=True)
class Directors:
    """One element per directorship; `until` is 0 when active; `name` is the name code of the director."""

    organisation: Ints
    bsn: Ints
    since: Ints
    until: Ints
    name: Ints
    multi: Ints
    """BSNs of directors of five stichtingen or more."""


def found(rng: Rng, areas: Areas, dwellings: Dwellings, persons: int) -> Organisations:
    """Legal persons in numbers that follow from the number of inhabitants."""
    gemeenten = len(areas.gemeente_names)
    housing = 3 * gemeenten
    forms = np.repeat(
        [STICHTING, STICHTING, VERENIGING, BV, EENMANSZAAK],
        [housing, max(14, persons // 150), max(4, persons // 450), max(8, persons // 70), max(5, persons // 45)],
    )
    number = len(forms)
    kvk = distinct_integers(rng, number, 1_000_000, 99_000_000)
    anbi = (forms == STICHTING) & (rng.random(number) < 0.35)
    anbi[:housing] = False
    # Legal persons seek property hotspots a little
    weight = np.where(areas.property_hotspot[dwellings.buurt], 1.6, 1.0)
    dwelling = rng.choice(len(dwellings), number, p=weight / weight.sum())
    for g in range(gemeenten):
        dwelling[3 * g : 3 * g + 3] = rng.choice(np.flatnonzero(dwellings.gemeente == g), 3)
    trading = (forms == BV) & (rng.random(number) < 0.35)
    trading |= (forms == STICHTING) & (rng.random(number) < 0.10) | (forms == VERENIGING) & (rng.random(number) < 0.05)
    trading[:housing] = False
    developers = np.flatnonzero((forms == BV) & ~trading)[: max(1, 2 * gemeenten)]
    if not trading.any():
        trading[np.flatnonzero(forms == BV)[-2:]] = True
    return Organisations(
        kvk=kvk,
        form=forms,
        anbi=anbi,
        dwelling=dwelling,
        name=rng.integers(0, 10**6, number),
        associations=kvk[:housing].reshape(gemeenten, 3),
        firms=kvk[trading],
        developers=kvk[developers],
    )


def appoint(
    rng: Rng, organisations: Organisations, people: People, selfemployed: Ints, outsiders: Ints
) -> tuple[Organisations, Directors]:
    """Directors on the reference date and former ones; sole traders run their own firm, at home.

    Returns the organisations too, with the addresses of the sole traders.
    """
    adults = rng.permutation(np.flatnonzero(people.age() >= 25))
    planted = max(1, round(len(people) / _PERSONS_PER_MULTI))
    near = max(1, planted // 2)
    special, ordinary = adults[: planted + 3 * near], adults[planted + 3 * near :]
    form = organisations.form
    sole = np.flatnonzero(form == EENMANSZAAK)[: len(selfemployed)]
    trader = draw_without_replacement(rng, selfemployed, len(sole))
    former = rng.choice(np.flatnonzero(form != EENMANSZAAK), len(form) // 2)
    seats = [
        *_remarkable_seats(rng, form, special, planted, near),
        *_ordinary_seats(rng, form, ordinary),
        _Seats(former, rng.choice(ordinary, len(former)), active=False),
        _Seats(sole, trader, active=True),
    ]
    organisation = np.concatenate([part.organisation for part in seats])
    person = np.concatenate([part.person for part in seats])
    active = np.concatenate([np.full(len(part.person), part.active) for part in seats])
    # One seat per person and organisation: the first one, so what is planted stays
    _, first = np.unique(np.column_stack([organisation, person]), axis=0, return_index=True)
    first.sort()
    organisation, person, active = organisation[first], person[first], active[first]
    bsn = people.bsn[person]
    # Some of the former directors live elsewhere
    elsewhere = np.flatnonzero(~active & ~np.isin(person, special))[: len(outsiders)][::3]
    bsn[elsewhere] = outsiders[: len(elsewhere)]
    until = np.where(active, 0, rng.integers(day(2003), REFERENCE - 40, len(bsn)))
    latest = np.where(active, REFERENCE - 40, until - 30)
    since = day(1998) + np.floor(rng.random(len(bsn)) * (latest - day(1998))).astype(np.int64)
    at_home = organisations.dwelling.copy()
    at_home[sole] = people.dwelling[trader]
    directors = Directors(organisation, bsn, since, until, people.surname[person], people.bsn[special[:planted]])
    return replace(organisations, dwelling=at_home), directors


@dataclass(frozen=True)
class _Seats:
    organisation: Ints
    person: Ints
    active: bool


def _remarkable_seats(rng: Rng, form: Ints, special: Ints, planted: int, near: int) -> list[_Seats]:
    """Directors of five to nine stichtingen, then near misses: four active stichtingen and one other seat.

    The other seat is a stichting that has ended for the first `near`, then an active BV, then an active vereniging.
    """
    stichtingen = np.flatnonzero(form == STICHTING)
    seats = []
    for person in special[:planted].tolist():
        number = int(rng.integers(_FIVE, 10))
        seats.append(_Seats(rng.choice(stichtingen, number, replace=False), np.full(number, person), active=True))
    for i, person in enumerate(special[planted:].tolist()):
        five = rng.choice(stichtingen, _FIVE, replace=False)
        other = [five[4:], *(rng.choice(np.flatnonzero(form == kind), 1) for kind in (BV, VERENIGING))][i // near]
        seats.append(_Seats(five[:4], np.full(4, person), active=True))
        seats.append(_Seats(other, np.array([person]), active=i // near > 0))
    return seats


def _ordinary_seats(rng: Rng, form: Ints, ordinary: Ints) -> list[_Seats]:
    """Two to four directors per stichting and vereniging, one or two per BV; nobody has more than four of a kind."""
    number = np.where(form == BV, rng.integers(1, 3, len(form)), rng.integers(2, 5, len(form)))
    seats = []
    for mine in (form == STICHTING, (form == BV) | (form == VERENIGING)):
        organisation = np.repeat(np.flatnonzero(mine), number[mine])
        pool = rng.permutation(ordinary)[: len(organisation)]
        times = rng.choice([1, 2, 3, 4], len(pool), p=[0.78, 0.14, 0.05, 0.03])
        person = rng.permutation(np.repeat(pool, times)[: len(organisation)])
        seats.append(_Seats(organisation[: len(person)], person, active=True))
    return seats
