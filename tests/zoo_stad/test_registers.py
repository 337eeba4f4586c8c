"""The registers of one city agree with each other."""

import re
from collections import defaultdict
from itertools import pairwise

import pandas as pd

ADDRESS = ["postcode", "huisnummer", "huisletter", "toevoeging"]


def party(frame, role):
    """One text per party, after checking that exactly one of the two numbers is filled."""
    bsn, kvk = frame[f"{role}_bsn"], frame[f"{role}_kvk"]
    assert ((bsn == "") ^ (kvk == "")).all()
    return bsn + "/" + kvk


def test_number_of_persons_is_exact_and_keys_are_unique(clean):
    assert len(clean.raw("brp_personen")) == 9000
    for file, key in {
        "brp_personen": "bsn",
        "bag_woningen": "verblijfsobject_id",
        "kadaster_eigendom": "eigendom_id",
        "kadaster_transacties": "transactie_id",
        "kvk_rechtspersonen": "kvk_nummer",
        "kvk_bestuurders": "bestuurder_id",
        "politie_incidenten": "incidentnummer",
        "hennep_ruimingen": "ruiming_id",
        "verhuur_registraties": "registratienummer",
    }.items():
        assert clean.raw(file)[key].is_unique


def test_identifiers_have_their_form(clean):
    dwellings = clean.raw("bag_woningen")
    assert dwellings["verblijfsobject_id"].str.fullmatch(r"900[12]01\d{10}").all()
    assert (dwellings["verblijfsobject_id"].str[:4] == dwellings["buurtcode"].str[2:6]).all()
    assert dwellings["postcode"].str.fullmatch(r"[1-9]\d{3}(?!SA|SD|SS)[A-Z]{2}").all()
    assert clean.raw("kvk_rechtspersonen")["kvk_nummer"].str.fullmatch(r"\d{8}").all()
    assert not dwellings.duplicated(ADDRESS).any()


def test_a_postcode_and_a_street_lie_in_one_buurt(clean):
    dwellings = clean.raw("bag_woningen")
    assert (dwellings.groupby("postcode")["buurtcode"].nunique() == 1).all()
    assert (dwellings.groupby(["woonplaats", "straatnaam"])["buurtcode"].nunique() == 1).all()


def test_transactions_form_a_chain_to_the_owner(clean):
    sales, ownership = clean.raw("kadaster_transacties"), clean.raw("kadaster_eigendom")
    assert sales["datum"].between("1995-01-01", "2016-12-31").all()
    owner = dict(zip(ownership["verblijfsobject_id"], party(ownership, "eigenaar"), strict=True))
    acquired = dict(zip(ownership["verblijfsobject_id"], ownership["datum_verkrijging"], strict=True))
    assert set(owner) == set(clean.raw("bag_woningen")["verblijfsobject_id"])
    of_dwelling = defaultdict(list)
    rows = zip(
        sales["verblijfsobject_id"], sales["datum"], party(sales, "verkoper"), party(sales, "koper"), strict=True
    )
    for dwelling, day, seller, buyer in rows:
        assert seller != buyer
        of_dwelling[dwelling].append((day, seller, buyer))
    for dwelling, chain in of_dwelling.items():
        chain.sort()
        # Two sales on one day may stand in either order
        for i in range(len(chain) - 1):
            if chain[i][0] == chain[i + 1][0] and chain[i][2] != chain[i + 1][1]:
                chain[i], chain[i + 1] = chain[i + 1], chain[i]
        assert all(a[2] == b[1] for a, b in pairwise(chain))
        assert chain[-1][2] == owner[dwelling]
        assert chain[-1][0] == acquired[dwelling]
    for dwelling in set(owner) - set(of_dwelling):
        assert acquired[dwelling] <= "2016-12-31"


def test_nobody_buys_before_being_adult_or_before_the_dwelling_is_built(clean):
    born = clean.raw("brp_personen").set_index("bsn")["geboortedatum"]
    ownership = clean.raw("kadaster_eigendom")
    resident = ownership[ownership["eigenaar_bsn"].isin(born.index)]
    eighteen = pd.to_datetime(resident["eigenaar_bsn"].map(born)) + pd.DateOffset(years=18)
    assert (pd.to_datetime(resident["datum_verkrijging"]) >= eighteen).all()
    built = clean.raw("bag_woningen").set_index("verblijfsobject_id")["bouwjaar"].astype(int)
    sales = clean.raw("kadaster_transacties")
    assert (sales["datum"].str[:4].astype(int) >= sales["verblijfsobject_id"].map(built)).all()


def test_sale_prices_follow_the_assessed_value(clean):
    sales = clean.raw("kadaster_transacties").astype({"koopsom": int})
    woz = clean.raw("bag_woningen").set_index("verblijfsobject_id")["woz_waarde"].astype(int)
    ratio = sales["koopsom"] / sales["verblijfsobject_id"].map(woz)
    by_year = ratio.groupby(sales["datum"].str[:4]).median()
    assert 0.3 < by_year["1995"] < 0.5
    assert 0.9 < by_year["2016"] < 1.1
    assert by_year["2013"] < by_year["2008"]


def test_every_child_lives_with_an_adult_and_everyone_in_a_known_dwelling(clean):
    persons = clean.raw("brp_personen")
    adult = persons["geboortedatum"] <= "19981231"
    assert set(persons.loc[~adult, "huishouden_nummer"]) <= set(persons.loc[adult, "huishouden_nummer"])
    known = set(map(tuple, clean.raw("bag_woningen")[ADDRESS].to_numpy()))
    for file in ("brp_personen", "brp_verhuizingen", "kvk_rechtspersonen", "politie_incidenten", "hennep_ruimingen"):
        assert set(map(tuple, clean.raw(file)[ADDRESS].to_numpy())) <= known
    per_dwelling = len(persons) / len(clean.raw("bag_woningen"))
    assert 1.95 < per_dwelling < 2.25


def test_last_move_is_the_present_address_and_comes_after_birth(clean):
    persons = clean.raw("brp_personen").set_index("bsn")
    moves = clean.raw("brp_verhuizingen")
    assert moves["datum"].between("1995-01-01", "2016-12-31").all()
    moves = moves[moves["bsn"].isin(persons.index)]
    assert not moves.duplicated(["bsn", "datum"]).any()
    last = moves.sort_values("datum").groupby("bsn").last()
    assert (last[ADDRESS] == persons.loc[last.index, ADDRESS]).all(axis=None)
    born = moves["bsn"].map(persons["geboortedatum"])
    assert (moves["datum"].str.replace("-", "") > born).all()
    assert len(last) > 0.6 * len(persons)


def test_suspects_have_the_age_pattern_of_the_documents(clean):
    persons = clean.raw("brp_personen").set_index("bsn")
    incidents = clean.raw("politie_incidenten")
    suspects = incidents[incidents["bsn_verdachte"] != ""]
    age = 2016 - suspects["bsn_verdachte"].map(persons["geboortedatum"]).str[:4].astype(int)
    assert age[suspects["soort"] == "HDH"].between(18, 26).all()
    assert age[suspects["soort"].isin(["SDH", "SDT"])].between(25, 46).all()
    assert 0.3 < len(suspects) / len(incidents) < 0.6


def test_tourist_letting_has_hosts_and_nights_over_the_norm(clean):
    nights = clean.raw("verhuur_nachten").astype({"nachten": int})
    registrations = clean.raw("verhuur_registraties")
    assert set(nights["registratienummer"]) <= set(registrations["registratienummer"])
    assert not nights.duplicated(["registratienummer", "jaar"]).any()
    assert (nights["nachten"] > 60).any()
    assert nights["nachten"].between(0, 366).all()
    assert all(re.fullmatch(r"900[12]( [0-9A-F]{4}){4}", n) for n in registrations["registratienummer"])
