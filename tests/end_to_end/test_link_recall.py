"""How many of the links that are there are found through the dirt, and how many found are false.

The same city is delivered clean and dirty under one secret, so that equal identifiers have equal pseudonyms; rows are
matched on the registers' own record numbers. A link counts as found when the dirty row has the pseudonym of the clean
one and the dirty base register knows it.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.world import build, make_city
from zoo_stad.demo import SOURCES, deliver

# table, its record number, its identifier -> the base register that holds the identifier
NUMBERS = (
    ("politie/incidenten", "incident", "verdachte", "brp/personen", "persoon"),
    ("kadaster/eigendom", "eigendom", "eigenaar_persoon", "brp/personen", "persoon"),
    ("kadaster/eigendom", "eigendom", "eigenaar_rechtspersoon", "kvk/rechtspersonen", "rechtspersoon"),
    ("kadaster/eigendom", "eigendom", "woning", "bag/woningen", "woning"),
    ("kadaster/transacties", "transactie", "koper_persoon", "brp/personen", "persoon"),
    ("kadaster/transacties", "transactie", "woning", "bag/woningen", "woning"),
    ("kvk/bestuurders", "bestuurder", "persoon", "brp/personen", "persoon"),
    ("kvk/bestuurders", "bestuurder", "rechtspersoon", "kvk/rechtspersonen", "rechtspersoon"),
    ("verhuur/registraties", "registratie", "aanbieder", "brp/personen", "persoon"),
)
ADDRESSES = (
    ("brp/personen", "persoon", "adres", "bag/woningen", "adres"),
    ("politie/incidenten", "incident", "adres", "bag/woningen", "adres"),
    ("hennep/ruimingen", "ruiming", "adres", "bag/woningen", "adres"),
    ("verhuur/registraties", "registratie", "adres", "bag/woningen", "adres"),
    ("kvk/rechtspersonen", "rechtspersoon", "adres", "bag/woningen", "adres"),
)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The packages of the clean and of the dirty city, under one secret."""
    base = tmp_path_factory.mktemp("koppelen")
    size = ("--personen", "20000", "--gemeenten", "2", "--seed", "23")
    clean = make_city(base / "schoon", *size, "--schoon")
    dirty = make_city(base / "vuil", *size, "--vuil")
    steps = build(base / "keten", clean)
    (base / "keten/werk/vuil").mkdir()
    commands = []
    for source in SOURCES:
        command = deliver(dirty / f"contracten/{source}.toml", sorted((dirty / "ruw").glob(f"{source}*")), source)
        commands.append([*command[:-1], f"werk/vuil/{source}"])
    steps.together(commands)
    return base / "keten/werk/pakketten", base / "keten/werk/vuil"


def measured(packages: tuple[Path, Path], links: tuple[tuple[str, ...], ...]) -> tuple[int, int, int]:
    """Return how many links there are, how many of them are found, and how many found are false."""
    clean, dirty = packages
    totals = [0, 0, 0]
    for table, record, column, register, key in links:
        query = f"""
            WITH waar AS (
                SELECT DISTINCT {record} AS nummer, {column} AS wie FROM read_parquet('{clean}/{table}.parquet')
                WHERE {column} IN (SELECT {key} FROM read_parquet('{clean}/{register}.parquet'))
            ), vuil AS (
                SELECT DISTINCT {record} AS nummer, {column} AS wie FROM read_parquet('{dirty}/{table}.parquet')
                WHERE {column} IN (SELECT {key} FROM read_parquet('{dirty}/{register}.parquet'))
            )
            SELECT (SELECT count(*) FROM waar), (SELECT count(*) FROM waar SEMI JOIN vuil USING (nummer, wie)),
                (SELECT count(*) FROM vuil ANTI JOIN waar USING (nummer, wie))
            """
        with duckdb.connect() as connection:
            [found] = connection.execute(query).fetchall()
        assert found[0] > 50, (table, column)
        totals = [total + one for total, one in zip(totals, found, strict=True)]
    return totals[0], totals[1], totals[2]


@pytest.mark.parametrize(("links", "name", "least"), [(NUMBERS, "nummers", 0.995), (ADDRESSES, "adressen", 0.97)])
def test_links_are_found_through_the_dirt(
    packages: tuple[Path, Path],
    links: tuple[tuple[str, ...], ...],
    name: str,
    least: float,
    record_property: Callable[[str, object], None],
) -> None:
    there, found, false = measured(packages, links)
    recall, precision = found / there, found / (found + false)
    record_property("planted", f"koppelen op {name:<11} precision {precision:.4f}  recall {recall:.4f}  of {there}")
    assert recall >= least
    assert precision >= 0.999
