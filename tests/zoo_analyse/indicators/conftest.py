"""Tables as text in, an answer as text out.

A test lays small tables out as text, one block per table, and says per counted thing what the answer is. The
fixture `answer` turns labels such as W1 into UUIDs and back, and asks twice: as written on one thread; and with
every row three times, in another order, with other UUIDs, on two threads. Both must agree, so each test also
shows that duplicates, order, pseudonyms and threads change nothing.
"""

import hashlib
import random
import uuid

import duckdb
import pytest

from zoo_analyse.indicators import area_counts, compute, get

SCHEMA = {
    "brp.personen": "persoon UUID, huishouden UUID, geboortejaar INT, geslacht VARCHAR, adres UUID",
    "brp.verhuizingen": "persoon UUID, datum DATE, adres UUID",
    "bag.woningen": "woning UUID, adres UUID, woningtype VARCHAR, bouwjaar INT, oppervlakte INT, "
    "woz_waarde INT, buurtcode VARCHAR",
    "kadaster.eigendom": "eigendom UUID, woning UUID, eigenaar_persoon UUID, eigenaar_rechtspersoon UUID, "
    "datum_verkrijging DATE, hypotheek VARCHAR",
    "kadaster.transacties": "transactie UUID, woning UUID, datum DATE, koopsom BIGINT, verkoper_persoon UUID, "
    "verkoper_rechtspersoon UUID, koper_persoon UUID, koper_rechtspersoon UUID",
    "kvk.rechtspersonen": "rechtspersoon UUID, rechtsvorm VARCHAR, anbi BOOLEAN, adres UUID",
    "kvk.bestuurders": "bestuurder UUID, rechtspersoon UUID, persoon UUID, functie VARCHAR, datum_in DATE, "
    "datum_uit DATE",
    "inkomens.inkomens": "persoon UUID, jaar INT, loon BIGINT, uitkering BIGINT, winst BIGINT, "
    "huurinkomsten BIGINT, pensioen BIGINT, huishoudtype VARCHAR",
    "hennep.ruimingen": "ruiming UUID, datum DATE, adres UUID, planten INT",
    "airbnb.advertenties": "advertentie UUID, aanbieder UUID, registratienummer UUID, vrijgesteld BOOLEAN, "
    "kamertype VARCHAR, buurtcode VARCHAR, prijs INT, minimum_nachten INT, beoordelingen INT, beschikbaar INT",
}
AREAS = {"A": "BU90010101", "B": "BU90010102", "C": "BU90010201", "D": "BU90020101"}
WORDS = {"ja": True, "nee": False}


def parse(text):
    """Blocks separated by empty lines: table name, header, rows; '-' is empty, '#' starts a remark.

    '~' in a row stands for a space in a value.
    """
    tables = {}
    if not text.strip():
        return tables
    for block in text.strip().split("\n\n"):
        lines = [line.split("#")[0].strip() for line in block.splitlines()]
        name, header, *rows = [line for line in lines if line]
        rows = [[None if v == "-" else v.replace("~", " ") for v in row.split()] for row in rows]
        header = header.split()
        assert all(len(row) == len(header) for row in rows), f"{name}: a row does not fit the header"
        tables[name] = (header, rows)
    return tables


def connect(tables, salt, threads=1):
    """A database with the tables; labels become UUIDs that depend on `salt`. Also UUID -> label."""
    con = duckdb.connect(config={"threads": threads})
    labels = {}
    for table, (header, rows) in tables.items():
        schema = table.split(".")[0]
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        con.execute(f"CREATE TABLE {table} ({SCHEMA[table]})")
        types = dict(column.split() for column in SCHEMA[table].split(", "))
        values = []
        for row in rows:
            for column, value in zip(header, row, strict=True):
                if value is not None and types[column] == "UUID":
                    key = uuid.UUID(hashlib.md5(f"{salt}{value}".encode()).hexdigest())  # noqa: S324
                    labels[key] = value
                    values.append(key)
                elif types[column] == "BOOLEAN":
                    values.append(WORDS.get(value))
                else:
                    values.append(AREAS.get(value, value) if column == "buurtcode" else value)
        marks = ", ".join(["(" + ", ".join("?" for _ in header) + ")"] * len(rows))
        con.execute(f"INSERT INTO {table} ({', '.join(header)}) VALUES {marks}", values)
    return con, labels


def _ask(tables, name, parameters, salt, threads):
    con, labels = connect(tables, salt, threads)
    indicator = get(name)
    frame = compute(con, name, **parameters)
    areas = {code: letter for letter, code in AREAS.items()}
    found = {}
    for row in frame.to_dict("records"):
        units = {}
        for column in indicator.eenheden:
            cell = row[column]
            if isinstance(cell, uuid.UUID):
                units[column] = labels[cell]
            elif isinstance(cell, float) or cell is None:
                units[column] = None
            else:
                units[column] = " ".join(sorted(labels[u] for u in cell))
        value = "?" if row["waarde"] is None or str(row["waarde"]) == "<NA>" else ("ja" if row["waarde"] else "nee")
        thing = units.pop(indicator.geteld)
        assert thing not in found, f"{thing} is counted in two rows"
        found[thing] = (areas[row["buurtcode"]], value, units)
    counts = {row[0]: row[1:] for row in area_counts(con, name, **parameters).itertuples(index=False, name=None)}
    return found, {areas[code]: tuple(int(n) for n in numbers) for code, numbers in counts.items()}


class Answer:
    """What an indicator says: `values` thing -> 'ja', 'nee' or '?'; `units(thing)`; `counts` area -> numbers."""

    def __init__(self, found, counts):
        self.values = {thing: value for thing, (_, value, _) in found.items()}
        self.areas = {thing: area for thing, (area, _, _) in found.items()}
        self.counts = counts
        self._units = {thing: units for thing, (_, _, units) in found.items()}

    def units(self, thing):
        return self._units[thing]


@pytest.fixture
def answer():
    def ask(name, text, **parameters):
        tables = parse(text)
        written = _ask(tables, name, parameters, salt="a", threads=1)
        otherwise = {
            table: (header, random.Random(1).sample(rows * 3, 3 * len(rows)))
            for table, (header, rows) in tables.items()
        }
        again = _ask(otherwise, name, parameters, salt="b", threads=2)
        assert again == written, "duplicate rows, row order, pseudonyms or threads change the answer"
        return Answer(*written)

    return ask


@pytest.fixture
def database():
    """A connection with the tables of the text: for tests about what is absent."""

    def make(text):
        return connect(parse(text), salt="a")[0]

    return make
