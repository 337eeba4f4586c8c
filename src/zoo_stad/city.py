"""A whole synthetic city: all parts, each from its own stream of random numbers."""

from dataclasses import dataclass

import numpy as np

from zoo_stad.areas import Areas, make_areas
from zoo_stad.arrays import Rng
from zoo_stad.bsn import draw_bsns
from zoo_stad.clearances import Clearances, clear, plan_clearances
from zoo_stad.dwellings import Dwellings
from zoo_stad.incidents import Incidents, happen
from zoo_stad.income import Incomes, earn
from zoo_stad.letting import Letting, let_to_tourists
from zoo_stad.moves import Moves, move
from zoo_stad.organisations import Directors, Organisations, appoint, found
from zoo_stad.ownership import Owners, Ownership, distribute
from zoo_stad.people import People, settle
from zoo_stad.planting import set_targets
from zoo_stad.transactions import Transactions, trade

# The order is part of the format: a stream keeps its numbers as long as the streams before it stay.
_STREAMS = (
    *("bsn", "areas", "dwellings", "people", "targets", "organisations", "ownership", "transactions", "plan"),
    *("moves", "clearances", "income", "directors", "incidents", "letting", "deliveries", "dirt"),
)


@dataclass(frozen=True)
class City:
    """Everything the registers describe."""

    areas: Areas
    dwellings: Dwellings
    people: People
    organisations: Organisations
    ownership: Ownership
    transactions: Transactions
    moves: Moves
    clearances: Clearances
    incomes: Incomes
    directors: Directors
    incidents: Incidents
    letting: Letting
    streams: dict[str, Rng]
    """Generators per part; those for the deliveries and the dirt are still unused."""


def build_city(persons: int, gemeenten: int, seed: int) -> City:
    """Build a city of exactly `persons` residents. The same arguments give the same city."""
    seeds = np.random.SeedSequence(seed).spawn(len(_STREAMS))
    rng = {name: np.random.default_rng(part) for name, part in zip(_STREAMS, seeds, strict=True)}
    parts = np.cumsum([persons, persons // 150 + 20, persons * 6 // 10 + 50, persons // 33 + 10])
    bsns = draw_bsns(rng["bsn"], int(parts[-1]) + persons // 5 + 400)
    residents, outsiders, former, left, growers = np.split(bsns, parts)
    areas = make_areas(rng["areas"], persons, gemeenten)
    dwellings, people = settle(rng["people"], rng["dwellings"], areas, residents)
    targets = set_targets(rng["targets"], areas, dwellings)
    organisations = found(rng["organisations"], areas, dwellings, persons)
    owners = Owners(organisations.associations, organisations.firms, outsiders)
    ownership = distribute(rng["ownership"], areas, dwellings, people, targets, owners)
    transactions = trade(
        rng["transactions"],
        dwellings,
        people,
        ownership,
        targets,
        former,
        organisations.firms,
        organisations.developers,
    )
    plan = plan_clearances(rng["plan"], dwellings, people, ownership, targets, growers)
    moves = move(
        rng["moves"], areas, dwellings, people, ownership, transactions, plan.dwelling, plan.day, left
    ).with_others(plan.grower, plan.grower_day, plan.grower_dwelling)
    clearances, moves = clear(rng["clearances"], dwellings, targets, plan, moves, growers[len(plan.grower) :])
    incomes = earn(rng["income"], areas, dwellings, people, ownership)
    organisations, directors = appoint(rng["directors"], organisations, people, incomes.selfemployed(), outsiders)
    return City(
        areas=areas,
        dwellings=dwellings,
        people=people,
        organisations=organisations,
        ownership=ownership,
        transactions=transactions,
        moves=moves,
        clearances=clearances,
        incomes=incomes,
        directors=directors,
        incidents=happen(rng["incidents"], areas, dwellings, people, clearances),
        letting=let_to_tourists(rng["letting"], areas, dwellings, people, ownership),
        streams=rng,
    )
