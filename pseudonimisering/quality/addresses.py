"""Address quality: addresses where nobody lives on paper, many keys at one address, codes that exist nowhere.

All from the columns that packages hold: pseudonyms of addresses, and codes of areas. Which table is the register of
addresses and which of residents follows from the domains (`expectations.register_of`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pseudonimisering.quality.expectations import register_of
from pseudonimisering.quality.sources import ABSENT, Engine, KeyColumn, Source, quoted, share
from pseudonimisering.quality.units import Units
from zoo_formaat.package import FieldDescription, Resource

ADDRESS = "adres"
OCCUPANTS = ("persoon", "rechtspersoon")
"""Domains whose keys are counted per address."""

CLASSES: dict[str, tuple[int, int | None]] = {
    "1": (1, 1),
    "2": (2, 2),
    "3-5": (3, 5),
    "6-9": (6, 9),
    "10-19": (10, 19),
    "20+": (20, None),
}
"""Classes of the number of keys at one address; of the last the number of addresses is all that is said."""

MOST_AREAS = 15
_AREA = re.compile(r"^(gebied|stadsdeel|wijk|buurt|gemeente)(_?code)?$|^(pc[46]|postcode[46]?)$")
_POSTCODE = re.compile(r"^(pc[46]|postcode[46]?)$")


@dataclass(frozen=True)
class AreaVacancy:
    """Addresses without a resident in one area; `leeg` and the rest are both at least the threshold."""

    gebied: str
    adressen: int
    leeg: int


@dataclass(frozen=True)
class Vacancy:
    """Addresses of the register at which no resident is registered ("administrative vacancy").

    gebieden: the areas with the largest share, as far as they may be named; `gebieden_verzwegen` others are not shown.
    """

    register: str
    bewoners: str
    adressen: int
    leeg: int
    kolom: str | None
    gebieden: list[AreaVacancy]
    gebieden_verzwegen: int


@dataclass(frozen=True)
class Crowding:
    """How many distinct keys of a domain there are at one address of a table: class -> addresses."""

    kolom: str
    adres: str
    domein: str
    adressen: int
    verdeling: dict[str, int]


@dataclass(frozen=True)
class AddressColumn:
    """One column of addresses: complete, wrong by reason, and how many are in the register of addresses.

    buiten_register: distinct addresses that the register does not have; rijen_buiten_register: the rows they stand on.
    """

    kolom: str
    gevuld: int
    onvolledig: int
    fout: dict[str, int]
    verschillende: int
    buiten_register: int | None
    rijen_buiten_register: int | None


@dataclass(frozen=True)
class DeadCodes:
    """Codes of areas or postcodes that the reference column does not have: how many rows carry one.

    codes: None when fewer than the threshold of rows carry one, for then it would say something about few.
    """

    kolom: str
    referentie: str
    rijen: int
    rijen_dood: int
    codes: int | None


@dataclass(frozen=True)
class AddressQuality:
    """The chapter on addresses. postcodes_meetbaar: whether any package holds a postcode to check."""

    leegstand: Vacancy | None
    bezetting: list[Crowding]
    kolommen: list[AddressColumn]
    codes: list[DeadCodes]
    postcodes_meetbaar: bool


def measure_addresses(engine: Engine, sources: list[Source], domains: Mapping[str, Units], k: int) -> AddressQuality:
    """Measure address quality. k: the least count an area may be shown with."""
    units = domains.get(ADDRESS)
    register = register_of(units) if units else None
    codes = _dead_codes(engine, sources, k)
    return AddressQuality(
        leegstand=_vacancy(engine, domains, units, register, k) if units and register else None,
        bezetting=_crowding(engine, domains),
        kolommen=[_address_column(units, column, register) for column in units.columns] if units else [],
        codes=codes,
        postcodes_meetbaar=any(_POSTCODE.match(entry.kolom.rsplit(".", 1)[1]) for entry in codes),
    )


def _address_column(units: Units, column: KeyColumn, register: KeyColumn | None) -> AddressColumn:
    reasons = column.reasons
    distinct, filled = units.distinct([column]), units.rows(column)
    known = register is not None and register.name != column.name
    return AddressColumn(
        kolom=column.name,
        gevuld=filled,
        onvolledig=reasons.get("onvolledig", 0),
        fout={reason: count for reason, count in reasons.items() if reason not in ABSENT},
        verschillende=distinct,
        buiten_register=distinct - units.distinct([column], [register]) if register and known else None,
        rijen_buiten_register=filled - units.rows(column, register) if register and known else None,
    )


def _beside(column: KeyColumn, domains: Mapping[str, Units], domain: str) -> KeyColumn | None:
    """Return the column of `domain` in the same table, or None."""
    units = domains.get(domain)
    return next((other for other in units.columns if other.table == column.table), None) if units else None


def _vacancy(engine: Engine, domains: Mapping[str, Units], units: Units, register: KeyColumn, k: int) -> Vacancy | None:
    persons = register_of(domains["persoon"]) if "persoon" in domains else None
    home = _beside(persons, domains, ADDRESS) if persons else None
    if persons is None or home is None or home.table == register.table:
        return None
    total = units.distinct([register])
    empty = total - units.distinct([register], [home])
    area = next((field for field in register.resource.table_schema.fields if _is_area(field)), None)
    shown: list[AreaVacancy] = []
    hidden = 0
    if area is not None:
        shown, hidden = _areas_to_show(_vacancy_per_area(engine, register, home, area), k)
    name = f"{register.table}.{area.name}" if area else None
    return Vacancy(register.name, home.name, total, empty, name, shown, hidden)


def _vacancy_per_area(
    engine: Engine, register: KeyColumn, home: KeyColumn, area: FieldDescription
) -> list[AreaVacancy]:
    rows = engine.rows(
        "SELECT gebied, count(*), count(*) FILTER (bewoond IS NULL) FROM "
        f"(SELECT {register.sql} AS adres, min({quoted(area.name)}) AS gebied FROM read_parquet(?) "
        f"WHERE {register.sql} IS NOT NULL GROUP BY 1) LEFT JOIN "
        f"(SELECT DISTINCT {home.sql} AS adres, true AS bewoond FROM read_parquet(?)) USING (adres) "
        "WHERE gebied IS NOT NULL GROUP BY gebied",
        [register.file, home.file],
    )
    return [AreaVacancy(*row) for row in rows]


def _areas_to_show(areas: list[AreaVacancy], k: int) -> tuple[list[AreaVacancy], int]:
    """Return the areas that may be shown, largest share first, and how many are not.

    An area is shown only with k or more empty and k or more inhabited addresses. One single area that is left out
    could be had by subtracting the others from the total, so then the last one shown is left out too.
    """
    fit = [area for area in areas if area.leeg >= k and area.adressen - area.leeg >= k]
    fit.sort(key=lambda area: (-share(area.leeg, area.adressen), area.gebied))
    shown = fit[:MOST_AREAS]
    if len(areas) - len(shown) == 1:
        shown = shown[:-1]
    return shown, len(areas) - len(shown)


def _crowding(engine: Engine, domains: Mapping[str, Units]) -> list[Crowding]:
    """Count keys per address in the register of each domain: elsewhere an address gathers whoever once came by."""
    found = []
    for domain in OCCUPANTS:
        column = register_of(domains[domain]) if domain in domains else None
        address = _beside(column, domains, ADDRESS) if column else None
        if column is None or address is None:
            continue
        counts = ", ".join(
            f"count(*) FILTER (n >= {least}" + (f" AND n <= {most})" if most else ")")
            for least, most in CLASSES.values()
        )
        ((total, *classes),) = engine.rows(
            f"SELECT count(*), {counts} FROM (SELECT count(*) AS n FROM (SELECT DISTINCT {address.sql} AS adres, "
            f"{column.sql} AS wie FROM read_parquet(?)) WHERE adres IS NOT NULL AND wie IS NOT NULL GROUP BY adres)",
            [address.file],
        )
        distribution = dict(zip(CLASSES, classes, strict=True))
        found.append(Crowding(column.name, address.name, domain, total, distribution))
    return found


def _is_area(field: FieldDescription) -> bool:
    return field.type == "string" and field.domein is None and bool(_AREA.match(field.name))


def _dead_codes(engine: Engine, sources: list[Source], k: int) -> list[DeadCodes]:
    """Compare every column of area codes with the column of the same name that is the reference for it.

    The reference is the column of a public source, which lists the areas themselves; else the address register's.
    """
    columns: dict[str, list[tuple[Source, Resource]]] = {}
    for source in sources:
        for resource in source.manifest.resources:
            for field in resource.table_schema.fields:
                if _is_area(field):
                    columns.setdefault(field.name, []).append((source, resource))
    found = []
    for name, places in columns.items():
        reference = next((place for place in places if place[0].manifest.openbaar), None)
        reference = reference or next((place for place in places if place[0].name == "bag"), None)
        if reference is None:
            continue
        for place in places:
            if place is reference:
                continue
            ((rows, dead, codes),) = engine.rows(
                "SELECT count(code), count(code) FILTER (bestaat IS NULL), "
                "count(DISTINCT code) FILTER (bestaat IS NULL) FROM "
                f"(SELECT {quoted(name)} AS code FROM read_parquet(?)) LEFT JOIN "
                f"(SELECT DISTINCT {quoted(name)} AS code, true AS bestaat FROM read_parquet(?)) USING (code)",
                [place[0].file(place[1]), reference[0].file(reference[1])],
            )
            label, of = (f"{source.name}.{resource.name}.{name}" for source, resource in (place, reference))
            found.append(DeadCodes(label, of, rows, dead, codes if dead >= k else None))
    return found
