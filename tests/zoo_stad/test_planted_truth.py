"""What is planted is exactly what the definitions find on clean registers, and near misses are really there.

The definitions stand here once more: slow, in plain Python, from the raw files alone.
"""

import math
from collections import Counter, defaultdict
from datetime import date, timedelta

import pandas as pd
import pyreadstat
import pytest

from zoo_stad.writing import write_city

ADDRESS = ["postcode", "huisnummer", "huisletter", "toevoeging"]
REFERENCE = date(2016, 12, 31)
INCOME_SOURCES = ["loon", "uitkering", "winst", "huurinkomsten", "pensioen"]


def years_before(day: date, years: int) -> date:
    """The same calendar day some years earlier (28 February for a leap day)."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def sales_days(transactions: pd.DataFrame) -> dict[str, list[date]]:
    days = defaultdict(list)
    for dwelling, day in zip(transactions["verblijfsobject_id"], transactions["datum"], strict=True):
        days[dwelling].append(date.fromisoformat(day))
    return {dwelling: sorted(of_dwelling) for dwelling, of_dwelling in days.items()}


def flipped(transactions: pd.DataFrame) -> set[str]:
    """Five changes of owner within any twenty years of 1995-2016."""
    return {
        dwelling
        for dwelling, days in sales_days(transactions).items()
        if any(a > years_before(b, 20) for a, b in zip(days, days[4:], strict=False))
    }


def sold_twice_on_a_day(transactions: pd.DataFrame) -> set[str]:
    times = Counter(zip(transactions["verblijfsobject_id"], transactions["datum"], strict=True))
    return {dwelling for (dwelling, _), number in times.items() if number >= 2}


def without_income(ownership: pd.DataFrame, incomes: pd.DataFrame) -> set[str]:
    """Natural owners with a row in the income register in which nothing is above zero."""
    owners = set(ownership["eigenaar_bsn"]) - {""}
    of_2016 = incomes[incomes["jaar"] == 2016]
    found = set()
    for bsn, *amounts in of_2016[["bsn", *INCOME_SOURCES]].itertuples(index=False):
        if max(amounts) <= 0:
            found.add(f"{int(bsn):09d}")
    return owners & found


def collectors(ownership: pd.DataFrame) -> set[str]:
    """At least three dwellings and in the top 1 % of natural owners, ties included."""
    number = Counter(bsn for bsn in ownership["eigenaar_bsn"] if bsn)
    ranked = sorted(number.values(), reverse=True)
    cut = ranked[math.ceil(0.01 * len(ranked)) - 1]
    return {bsn for bsn, count in number.items() if count >= 3 and count >= cut}


def active_stichtingen(directors: pd.DataFrame, legal_persons: pd.DataFrame) -> dict[str, set[str]]:
    stichtingen = set(legal_persons.loc[legal_persons["rechtsvorm"] == "stichting", "kvk_nummer"])
    seats = defaultdict(set)
    for kvk, bsn, start, end in directors[["kvk_nummer", "bsn", "datum_in", "datum_uit"]].itertuples(index=False):
        active = date.fromisoformat(start) <= REFERENCE and (not end or date.fromisoformat(end) > REFERENCE)
        if active and kvk in stichtingen:
            seats[bsn].add(kvk)
    return seats


def multi_directors(directors: pd.DataFrame, legal_persons: pd.DataFrame) -> set[str]:
    return {bsn for bsn, seats in active_stichtingen(directors, legal_persons).items() if len(seats) >= 5}


def moves_before_clearance(
    clearances: pd.DataFrame, moves: pd.DataFrame, dwellings: pd.DataFrame
) -> dict[str, list[int]]:
    """Dwelling -> number of persons that moved in during the two years before, per clearance."""
    dwelling_at = {tuple(a): d for d, *a in dwellings[["verblijfsobject_id", *ADDRESS]].itertuples(index=False)}
    arrivals = defaultdict(list)
    for day, *address in moves[["datum", *ADDRESS]].itertuples(index=False):
        arrivals[tuple(address)].append(date.fromisoformat(day))
    found = defaultdict(list)
    for text, *address in clearances[["datum", *ADDRESS]].itertuples(index=False):
        day = date.fromisoformat(text)
        number = sum(years_before(day, 2) <= arrival <= day for arrival in arrivals[tuple(address)])
        found[dwelling_at[tuple(address)]].append(number)
    return found


def cleared_after_moves(clearances: pd.DataFrame, moves: pd.DataFrame, dwellings: pd.DataFrame) -> set[str]:
    counted = moves_before_clearance(clearances, moves, dwellings)
    return {dwelling for dwelling, numbers in counted.items() if max(numbers) >= 3}


def assert_truth_is_exact(city):
    transactions, ownership = city.raw("kadaster_transacties"), city.raw("kadaster_eigendom")
    directors, legal_persons = city.raw("kvk_bestuurders"), city.raw("kvk_rechtspersonen")
    assert flipped(transactions) == city.planted("doorsluishuizen")
    assert sold_twice_on_a_day(transactions) == city.planted("zelfde_dag")
    assert without_income(ownership, city.incomes()) == city.planted("windhappers")
    assert collectors(ownership) == city.planted("verzamelaars")
    assert multi_directors(directors, legal_persons) == city.planted("multi_bestuurders")
    cleared = cleared_after_moves(city.raw("hennep_ruimingen"), city.raw("brp_verhuizingen"), city.raw("bag_woningen"))
    assert cleared == city.planted("hennep_na_verhuizingen")


def test_definitions_find_exactly_what_is_planted(clean):
    assert_truth_is_exact(clean)
    for name in ("doorsluishuizen", "windhappers", "verzamelaars", "multi_bestuurders", "zelfde_dag"):
        assert clean.planted(name)
    assert clean.planted("hennep_na_verhuizingen")


@pytest.mark.parametrize(("persons", "gemeenten", "seed"), [(1000, 1, 1), (2000, 1, 2), (3000, 3, 3), (5000, 1, 4)])
def test_truth_is_exact_in_small_cities_too(clean, tmp_path, persons, gemeenten, seed):
    write_city(tmp_path / "stad", persons, gemeenten, seed, dirty=False)
    assert_truth_is_exact(type(clean)(tmp_path / "stad"))


def test_truth_does_not_depend_on_the_dirt(clean, dirty):
    for file in (clean.folder / "truth").glob("*.csv"):
        if file.stem != "vuil":
            assert file.read_bytes() == (dirty.folder / "truth" / file.name).read_bytes()


def test_ordinary_dwellings_have_at_most_four_changes_or_take_longer_than_twenty_years(clean):
    planted = clean.planted("doorsluishuizen")
    days = {d: s for d, s in sales_days(clean.raw("kadaster_transacties")).items() if d not in planted}
    assert sum(len(sold) == 4 for sold in days.values()) >= 10
    in_longer = [sold for sold in days.values() if len(sold) >= 5]
    assert in_longer
    assert all(sold[0] + timedelta(days=7305) < sold[4] for sold in in_longer)


def test_some_flipped_dwellings_change_owner_tens_of_times(clean):
    assert max(len(sold) for sold in sales_days(clean.raw("kadaster_transacties")).values()) >= 20


def test_near_misses_of_owners(clean):
    owners = Counter(clean.raw("kadaster_eigendom")["eigenaar_bsn"])
    del owners[""]
    planted = clean.planted("verzamelaars")
    ordinary = [number for bsn, number in owners.items() if bsn not in planted]
    assert max(ordinary) == 2
    assert ordinary.count(2) >= 20
    assert len(planted) <= 0.009 * len(owners)
    incomes = clean.incomes()
    numbers = {int(bsn) for bsn in owners}
    with_row = incomes[incomes["bsn"].isin(numbers)]
    only_pension = with_row[["loon", "uitkering", "winst", "huurinkomsten"]].max(axis=1) <= 0
    assert (only_pension & with_row["pensioen"].between(1, 120)).any()
    assert len(with_row) < len(numbers)
    assert (incomes[INCOME_SOURCES].max(axis=1) <= 0).sum() > len(clean.planted("windhappers"))


def test_near_misses_of_directors(clean):
    directors, legal_persons = clean.raw("kvk_bestuurders"), clean.raw("kvk_rechtspersonen")
    form = dict(zip(legal_persons["kvk_nummer"], legal_persons["rechtsvorm"], strict=True))
    four = {b for b, seats in active_stichtingen(directors, legal_persons).items() if len(seats) == 4}
    others = directors[directors["bsn"].isin(four)]
    ended = others[(others["kvk_nummer"].map(form) == "stichting") & (others["datum_uit"] != "")]
    assert len(ended)
    assert {"bv", "vereniging"} <= set(others.loc[others["datum_uit"] == "", "kvk_nummer"].map(form))


def test_near_misses_of_clearances(clean):
    counted = moves_before_clearance(
        clean.raw("hennep_ruimingen"), clean.raw("brp_verhuizingen"), clean.raw("bag_woningen")
    )
    planted = clean.planted("hennep_na_verhuizingen")
    ordinary = [max(numbers) for dwelling, numbers in counted.items() if dwelling not in planted]
    assert ordinary.count(2) >= 3
    assert ordinary.count(0) >= 3


def test_hotspots_have_several_times_as_much(clean):
    buurt = clean.raw("bag_woningen").set_index("verblijfsobject_id")["buurtcode"]
    homes = buurt.value_counts()
    hotspots = clean.truth("hotspots")
    for theme, name, factor in (
        ("vastgoed", "doorsluishuizen", 3.0),
        ("drugs", "hennep_na_verhuizingen", 5.0),
    ):
        hot = homes.index.isin(hotspots.loc[hotspots["thema"] == theme, "buurtcode"])
        assert 0 < hot.sum() < len(homes) / 2
        planted = buurt.loc[sorted(clean.planted(name))].value_counts().reindex(homes.index, fill_value=0)
        assert planted[hot].sum() / homes[hot].sum() > factor * planted[~hot].sum() / homes[~hot].sum()


def test_income_register_has_labels_and_every_adult(clean):
    frame, meta = pyreadstat.read_sav(str(clean.folder / "ruw" / "inkomens.sav"))
    assert meta.readstat_variable_types["bsn"] == "double"
    assert set(meta.variable_value_labels["huishoudtype"]) == {1, 2, 3, 4}
    persons = clean.raw("brp_personen")
    adults = persons.loc[persons["geboortedatum"] <= "19981231", "bsn"]
    assert sorted(frame["bsn"].astype(int)) == sorted(adults.astype(int))
