"""What is planted, and how much of it: the number of dwellings per buurt for every planted fact.

Shares are of all dwellings of a buurt. Hotspots for property have four times the flipped dwellings, three times the
dwellings of collectors and of owners without income; hotspots for drugs five times the clearances.
"""

from dataclasses import dataclass

import numpy as np

from zoo_stad.areas import Areas
from zoo_stad.arrays import Bools, Floats, Ints, Rng
from zoo_stad.dwellings import Dwellings


@dataclass(frozen=True)
class Shares:
    """Share of the dwellings of a buurt: ordinary, and in a hotspot of the theme."""

    ordinary: float
    hotspot: float

    def per_buurt(self, hotspot: Bools) -> Floats:
        """Share per buurt."""
        return np.where(hotspot, self.hotspot, self.ordinary)


FLIPPED = Shares(0.025, 0.10)
SAME_DAY = Shares(0.004, 0.016)
COLLECTED = Shares(0.04, 0.12)
WITHOUT_INCOME = Shares(0.021, 0.08)
"""Before second dwellings of the same owners and a few collectors come on top: about 2.8 % and 9 % in the end."""
CLEARED = Shares(0.010, 0.050)
CLEARED_AFTER_MOVES = Shares(0.003, 0.040)
"""Part of CLEARED."""
FIVE_IN_MORE_THAN_TWENTY_YEARS = 0.003
"""Near miss of a flipped dwelling, everywhere alike."""


@dataclass(frozen=True)
class Targets:
    """Number of dwellings to plant, per buurt."""

    flipped: Ints
    same_day: Ints
    collected: Ints
    without_income: Ints
    cleared_after_moves: Ints
    cleared_otherwise: Ints
    five_in_longer: Ints


def set_targets(rng: Rng, areas: Areas, dwellings: Dwellings) -> Targets:
    """Targets for a city; at least one of each in the whole city, so that every definition has a case."""
    homes = np.bincount(dwellings.buurt, minlength=len(areas))
    prop, drugs = areas.property_hotspot, areas.drugs_hotspot

    def target(share: Floats) -> Ints:
        number = np.round(share * homes * rng.uniform(0.9, 1.1, len(areas))).astype(np.int64)
        if not number.any():
            number[np.argmax(homes)] = 1
        return number

    otherwise = CLEARED.per_buurt(drugs) - CLEARED_AFTER_MOVES.per_buurt(drugs)
    return Targets(
        flipped=target(FLIPPED.per_buurt(prop)),
        same_day=target(SAME_DAY.per_buurt(prop)),
        collected=target(COLLECTED.per_buurt(prop)),
        without_income=target(WITHOUT_INCOME.per_buurt(prop)),
        cleared_after_moves=target(CLEARED_AFTER_MOVES.per_buurt(drugs)),
        cleared_otherwise=target(otherwise),
        five_in_longer=target(np.full(len(areas), FIVE_IN_MORE_THAN_TWENTY_YEARS)),
    )
