"""The city as the registers of source holders: one table per file, with raw identifiers, without any dirt."""

import json
from collections.abc import Callable

import numpy as np
import polars as pl

from zoo_stad.arrays import Ints, Rng
from zoo_stad.bsn import as_text
from zoo_stad.city import City
from zoo_stad.dwellings import TYPES
from zoo_stad.incidents import KINDS
from zoo_stad.names import firm_names, first_names, surnames
from zoo_stad.organisations import FORMS
from zoo_stad.ownership import FIRM, HOUSING_ASSOCIATION, OCCUPIER
from zoo_stad.period import dates
from zoo_stad.selection import distinct_integers

ADDRESS = ("straatnaam", "huisnummer", "huisletter", "toevoeging", "postcode", "woonplaats")
_WITHOUT_STREET = ("huisnummer", "huisletter", "toevoeging", "postcode")
HOUSEHOLD_TYPES: dict[int | float, str] = {
    1: "alleenstaande",
    2: "paar zonder kinderen",
    3: "paar met kinderen",
    4: "eenouderhuishouden",
}
INCOMES_FILE = "inkomens.sav"


def _addresses(city: City, dwelling: Ints, columns: tuple[str, ...] = ADDRESS) -> pl.DataFrame:
    return city.dwellings.address.select(columns)[dwelling]


def kvk_as_text(numbers: Ints) -> pl.Series:
    """Eight digits with leading zeros; 0 (none) becomes null."""
    column = pl.Series(numbers)
    return column.cast(pl.String).str.zfill(8).set(column == 0, None)


def _parties(parties: Ints, prefix: str) -> dict[str, pl.Series]:
    """Two columns of which exactly one is filled: BSN and KvK number of a party."""
    return {
        f"{prefix}_bsn": as_text(np.maximum(parties, 0)),
        f"{prefix}_kvk": kvk_as_text(np.maximum(-parties, 0)),
    }


def _persons(city: City, _rng: Rng) -> pl.DataFrame:
    people = city.people
    frame = pl.DataFrame(
        {
            "bsn": as_text(people.bsn),
            "voornamen": first_names(people.female.astype(np.int64), people.first_name),
            **surnames(people.surname).to_dict(),
            "geboortedatum": dates(people.birth).dt.strftime("%Y%m%d"),
            "geslacht": pl.Series(["M", "V"]).gather(people.female.astype(np.int64)),
            "huishouden_nummer": people.household,
        }
    )
    return frame.hstack(_addresses(city, people.dwelling))


def _moves(city: City, _rng: Rng) -> pl.DataFrame:
    moves = city.moves
    frame = pl.DataFrame({"bsn": as_text(moves.bsn), "datum": dates(moves.day)})
    return frame.hstack(_addresses(city, moves.dwelling))


def _dwellings(city: City, _rng: Rng) -> pl.DataFrame:
    homes = city.dwellings
    everything = np.arange(len(homes))
    return pl.concat(
        [
            pl.DataFrame({"verblijfsobject_id": homes.bag_text(everything)}),
            homes.address.select(ADDRESS),
            pl.DataFrame(
                {
                    "woningtype": pl.Series(TYPES).gather(homes.kind),
                    "bouwjaar": homes.built,
                    "oppervlakte": homes.area,
                    "woz_waarde": homes.woz,
                    "buurtcode": pl.Series(city.areas.codes).gather(homes.buurt),
                }
            ),
        ],
        how="horizontal",
    )


def _ownership(city: City, rng: Rng) -> pl.DataFrame:
    ownership, homes = city.ownership, city.dwellings
    number = len(homes)
    draw = rng.random(number)
    no_income = np.isin(ownership.person, city.ownership.without_income)
    mortgaged = np.where(ownership.tenure == OCCUPIER, 0.78, 0.45)
    mortgaged = np.where(no_income, 0.25, mortgaged)
    mortgaged = np.where((ownership.tenure == FIRM) | (ownership.tenure == HOUSING_ASSOCIATION), 0.3, mortgaged)
    answer = np.where(draw < mortgaged, 0, np.where(draw < 0.95, 1, 2))
    return pl.DataFrame(
        {
            "eigendom_id": distinct_integers(rng, number, 10**8, 10**9),
            "verblijfsobject_id": homes.bag_text(np.arange(number)),
            **_parties(ownership.party, "eigenaar"),
            "datum_verkrijging": dates(city.transactions.acquired),
            "hypotheek": pl.Series(["ja", "nee", "onbekend"]).gather(answer),
        }
    )


def _transactions(city: City, rng: Rng) -> pl.DataFrame:
    sales = city.transactions
    return pl.DataFrame(
        {
            "transactie_id": distinct_integers(rng, len(sales.day), 10**8, 10**9),
            "verblijfsobject_id": city.dwellings.bag_text(sales.dwelling),
            "datum": dates(sales.day),
            "koopsom": sales.price,
            **_parties(sales.seller, "verkoper"),
            **_parties(sales.buyer, "koper"),
        }
    )


def _legal_persons(city: City, _rng: Rng) -> pl.DataFrame:
    firms = city.organisations
    names = pl.Series([""] * len(firms), dtype=pl.String)
    for form, label in enumerate(FORMS):
        rows = np.flatnonzero(firms.form == form)
        names = names.scatter(rows, firm_names(firms.name[rows], label))
    frame = pl.DataFrame(
        {
            "kvk_nummer": kvk_as_text(firms.kvk),
            "handelsnaam": names,
            "rechtsvorm": pl.Series(FORMS).gather(firms.form),
            "anbi": pl.Series(["nee", "ja"]).gather(firms.anbi.astype(np.int64)),
        }
    )
    return frame.hstack(_addresses(city, firms.dwelling))


def _directors(city: City, rng: Rng) -> pl.DataFrame:
    directors, firms = city.directors, city.organisations
    form = firms.form[directors.organisation]
    office = np.where(form == FORMS.index("eenmanszaak"), 4, np.where(form == FORMS.index("bv"), 3, 0))
    board = office == 0
    office[board] = rng.integers(0, 3, int(board.sum()))
    return pl.DataFrame(
        {
            "bestuurder_id": distinct_integers(rng, len(form), 10**7, 10**8),
            "kvk_nummer": kvk_as_text(firms.kvk[directors.organisation]),
            "bsn": as_text(directors.bsn),
            "achternaam": surnames(directors.name)["achternaam"],
            "functie": pl.Series(["voorzitter", "secretaris", "penningmeester", "directeur", "eigenaar"]).gather(
                office
            ),
            "datum_in": dates(directors.since),
            "datum_uit": dates(directors.until).set(pl.Series(directors.until == 0), None),
        }
    )


def _incidents(city: City, _rng: Rng) -> pl.DataFrame:
    incidents = city.incidents
    frame = pl.DataFrame(
        {
            "incidentnummer": incidents.number,
            "datum": dates(incidents.day),
            "soort": pl.Series(KINDS).gather(incidents.kind),
            "bsn_verdachte": as_text(incidents.suspect),
        }
    )
    return frame.hstack(_addresses(city, incidents.dwelling, _WITHOUT_STREET))


def _clearances(city: City, rng: Rng) -> pl.DataFrame:
    cleared = city.clearances
    number = len(cleared.day)
    frame = pl.DataFrame({"ruiming_id": distinct_integers(rng, number, 10**5, 10**7), "datum": dates(cleared.day)})
    where = _addresses(city, cleared.dwelling, ("postcode", "huisnummer", "huisletter", "toevoeging"))
    return frame.hstack(where).with_columns(planten=pl.Series(cleared.plants))


def _registration_numbers(city: City) -> pl.Series:
    """Gemeente number and four groups of four hexadecimal digits, as the national registration number has."""
    letting = city.letting
    groups = pl.Series([f"{value:04X}" for value in range(2**16)])
    number = pl.Series(city.areas.gemeente_numbers[city.dwellings.gemeente[letting.dwelling]]).cast(pl.String)
    for part in range(letting.code.shape[1]):
        number = number + " " + groups.gather(letting.code[:, part])
    return number


def _registrations(city: City, _rng: Rng) -> pl.DataFrame:
    letting = city.letting
    frame = pl.DataFrame(
        {"registratienummer": _registration_numbers(city), "bsn_aanbieder": as_text(letting.host)}
    ).hstack(_addresses(city, letting.dwelling, _WITHOUT_STREET))
    return frame.with_columns(datum=dates(letting.day))


def _nights(city: City, _rng: Rng) -> pl.DataFrame:
    letting = city.letting
    row, year = np.nonzero(letting.nights >= 0)
    return pl.DataFrame(
        {
            "registratienummer": _registration_numbers(city).gather(row),
            "jaar": np.array(letting.years)[year],
            "nachten": letting.nights[row, year],
        }
    )


def _incomes(city: City, _rng: Rng) -> pl.DataFrame:
    incomes = city.incomes
    return pl.DataFrame(
        {
            "bsn": city.people.bsn[incomes.person],
            "jaar": np.full(len(incomes.person), 2016),
            "loon": incomes.wage,
            "uitkering": incomes.benefit,
            "winst": incomes.profit,
            "huurinkomsten": incomes.rent,
            "pensioen": incomes.pension,
            "huishoudtype": city.people.household_type[incomes.person],
        }
    )


TABLES: dict[str, Callable[[City, Rng], pl.DataFrame]] = {
    "brp_personen.csv": _persons,
    "brp_verhuizingen.csv": _moves,
    "bag_woningen.csv": _dwellings,
    "kadaster_eigendom.csv": _ownership,
    "kadaster_transacties.csv": _transactions,
    "kvk_rechtspersonen.csv": _legal_persons,
    "kvk_bestuurders.csv": _directors,
    INCOMES_FILE: _incomes,
    "politie_incidenten.csv": _incidents,
    "hennep_ruimingen.csv": _clearances,
    "verhuur_registraties.csv": _registrations,
    "verhuur_nachten.csv": _nights,
}
"""Builder per file name, in the order in which random numbers are handed out."""


def areas_as_geojson(city: City) -> bytes:
    """Polygons of the buurten with codes and names; coordinates are metres in a plane of the city's own."""
    areas = city.areas
    features = [
        {
            "type": "Feature",
            "properties": {
                "buurtcode": areas.codes[i],
                "buurtnaam": areas.names[i],
                "wijkcode": areas.wijk_codes[areas.wijk[i]],
                "wijknaam": areas.wijk_names[areas.wijk[i]],
                "gemeentecode": f"GM{areas.gemeente_numbers[areas.gemeente[i]]}",
                "gemeentenaam": areas.gemeente_names[areas.gemeente[i]],
            },
            "geometry": {"type": "Polygon", "coordinates": [areas.rings[i].astype(int).tolist()]},
        }
        for i in range(len(areas))
    ]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'.encode()
