"""Police incidents 2012-2016, with the age pattern the documents describe.

Trade in hard drugs: suspects of 18 to 25, nearly half living with their parents; making and trade of soft drugs: 25
to 45 (City Deal 2018).
"""

from dataclasses import dataclass

import numpy as np

from zoo_stad.areas import Areas
from zoo_stad.arrays import Bools, Ints, Rng
from zoo_stad.clearances import Clearances
from zoo_stad.dwellings import Dwellings
from zoo_stad.people import CHILD, People
from zoo_stad.period import REFERENCE, day
from zoo_stad.selection import distinct_integers

KINDS = ("HDH", "SDH", "SDT", "WIT", "OVL", "INB", "BED", "DIE")
"""Codes of the kinds of incident; the contract of the police says what they mean."""
_HARD, _SOFT, _GROWING = 0, 1, 2
_ORDINARY = [0.04, 0.04, 0.0, 0.02, 0.32, 0.18, 0.12, 0.28]
_IN_HOTSPOT = [0.16, 0.13, 0.0, 0.04, 0.30, 0.12, 0.11, 0.14]
_PER_PERSON = 0.11
_WITH_PARENTS = 0.47


@dataclass(frozen=True)
class Incidents:
    """One element per incident; `suspect` is a BSN or 0."""

    number: Ints
    day: Ints
    kind: Ints
    suspect: Ints
    dwelling: Ints


def happen(rng: Rng, areas: Areas, dwellings: Dwellings, people: People, clearances: Clearances) -> Incidents:
    """Incidents at addresses, two and a half times as many in drug hotspots; every clearance has one too."""
    total = round(_PER_PERSON * len(people))
    hot = areas.drugs_hotspot[dwellings.buurt]
    weight = np.where(hot, 2.5, 1.0)
    dwelling = rng.choice(len(dwellings), total, p=weight / weight.sum())
    draw = rng.random(total)
    kind = np.where(
        hot[dwelling],
        np.searchsorted(np.cumsum(_IN_HOTSPOT), draw, side="right"),
        np.searchsorted(np.cumsum(_ORDINARY), draw, side="right"),
    ).clip(0, len(KINDS) - 1)
    when = rng.integers(day(2012), REFERENCE + 1, total)
    dwelling = np.r_[dwelling, clearances.dwelling]
    kind = np.r_[kind, np.full(len(clearances.dwelling), _GROWING)]
    when = np.r_[when, clearances.day]
    suspect = _suspects(rng, people, kind)
    number = 2_012_000_000 + distinct_integers(rng, len(kind), 0, 20 * len(kind) + 100)
    return Incidents(number, when, kind, suspect, dwelling)


def _suspects(rng: Rng, people: People, kind: Ints) -> Ints:
    """A suspect in 45 % of the cases; a few persons are suspected more often."""
    age = people.age()
    at_home = people.place == CHILD
    active = rng.lognormal(0, 1.2, len(people))
    known = rng.random(len(kind)) < 0.45
    suspect = np.zeros(len(kind), dtype=np.int64)
    hard = known & (kind == _HARD)
    parents = hard & (rng.random(len(kind)) < _WITH_PARENTS)
    young = (age >= 18) & (age <= 25)
    soft = known & ((kind == _SOFT) | (kind == _GROWING))
    groups: list[tuple[Bools, Bools]] = [
        (parents, young & at_home),
        (hard & ~parents, young & ~at_home),
        (soft, (age >= 25) & (age <= 45)),
        (known & ~hard & ~soft, (age >= 14) & (age <= 70)),
    ]
    for cases, candidates in groups:
        pool = np.flatnonzero(candidates)
        if len(pool):
            weight = active[pool]
            suspect[cases] = people.bsn[pool[rng.choice(len(pool), int(cases.sum()), p=weight / weight.sum())]]
    return suspect
