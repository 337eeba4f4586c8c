"""The dirt is what vuil.csv says, and spelling can be undone while missing additions and dead codes cannot."""

import pytest

ADDRESS = ["postcode", "huisnummer", "huisletter", "toevoeging"]
WITH_ADDRESS = {
    "brp_personen": "bsn",
    "kvk_rechtspersonen": "kvk_nummer",
    "politie_incidenten": "incidentnummer",
    "hennep_ruimingen": "ruiming_id",
    "verhuur_registraties": "registratienummer",
}


def counts(city, file):
    found = city.truth("vuil")
    found = found[found["bestand"].str.startswith(f"{file}.")]
    return dict(zip(found["soort"], found["aantal"].astype(int), strict=True))


def without_duplicates(city, file):
    return city.raw(file).drop_duplicates()


def one_spelling(frame):
    """Postcode, and number with letter and addition, in capitals and without spaces and dashes."""
    where = frame["huisnummer"] + frame["huisletter"] + frame["toevoeging"]
    return [column.str.upper().str.replace(r"[ -]", "", regex=True) for column in (frame["postcode"], where)]


def test_clean_city_has_no_dirt(clean):
    assert len(clean.truth("vuil")) == 0


@pytest.mark.parametrize("file", [*WITH_ADDRESS, "brp_verhuizingen", "bag_woningen", "kadaster_eigendom",
                                  "kadaster_transacties", "kvk_bestuurders", "verhuur_nachten"])  # fmt: skip
def test_exact_duplicates_are_counted_and_can_be_dropped(clean, dirty, file):
    extra = len(dirty.raw(file)) - len(clean.raw(file))
    assert extra == counts(dirty, file)["dubbele_rij"] > 0
    assert len(without_duplicates(dirty, file)) == len(clean.raw(file))


def test_incomes_have_duplicates_too(clean, dirty):
    extra = len(dirty.incomes()) - len(clean.incomes())
    assert extra == counts(dirty, "inkomens")["dubbele_rij"] > 0
    assert len(dirty.incomes().drop_duplicates()) == len(clean.incomes())


@pytest.mark.parametrize(
    ("file", "length", "kind", "columns"),
    [
        ("brp_verhuizingen", 9, "voorloopnullen_bsn", ["bsn"]),
        ("kadaster_eigendom", 9, "voorloopnullen_bsn", ["eigenaar_bsn"]),
        ("kadaster_eigendom", 8, "voorloopnullen_kvk", ["eigenaar_kvk"]),
        ("kadaster_transacties", 9, "voorloopnullen_bsn", ["koper_bsn", "verkoper_bsn"]),
        ("kvk_bestuurders", 9, "voorloopnullen_bsn", ["bsn"]),
        ("kvk_bestuurders", 8, "voorloopnullen_kvk", ["kvk_nummer"]),
        ("politie_incidenten", 9, "voorloopnullen_bsn", ["bsn_verdachte"]),
    ],
)
def test_lost_zeros_are_counted_and_can_be_put_back(clean, dirty, file, length, kind, columns):
    spoilt, whole = without_duplicates(dirty, file), clean.raw(file)
    lost = sum(int(((spoilt[c] != "") & (spoilt[c].str.len() < length)).sum()) for c in columns)
    assert lost == counts(dirty, file)[kind] > 0
    for column in columns:
        filled = spoilt[column].where(spoilt[column] == "", spoilt[column].str.zfill(length))
        assert sorted(filled) == sorted(whole[column])


@pytest.mark.parametrize(("file", "key"), WITH_ADDRESS.items())
def test_addresses_differ_only_where_counted(clean, dirty, file, key):
    said = counts(dirty, file)
    spoilt, whole = without_duplicates(dirty, file), clean.raw(file)
    if key == "kvk_nummer":
        spoilt[key] = spoilt[key].str.zfill(8)
    spoilt, whole = spoilt.set_index(key).sort_index(), whole.set_index(key).sort_index()
    assert (spoilt.index == whole.index).all()
    postcode, where = one_spelling(spoilt)
    dead = postcode != whole["postcode"]
    assert dead.sum() == said.get("dode_postcode", 0)
    assert not set(postcode[dead]) & set(clean.raw("bag_woningen")["postcode"])
    missing = where != one_spelling(whole)[1]
    assert missing.sum() == said.get("toevoeging_ontbreekt", 0)
    assert ((spoilt["toevoeging"] == "") & missing).sum() == missing.sum()
    merged = spoilt["huisnummer"].str.contains(r"[A-Za-z]")
    assert merged.sum() == said.get("huisnummer_samengevoegd", 0)
    assert spoilt["toevoeging"].str.startswith("-").sum() == said.get("toevoeging_met_streepje", 0)
    respelt = spoilt["postcode"].str.contains("[a-z ]").sum()
    # A dead postcode may replace a respelt one
    assert said["postcode_schrijfwijze"] - said.get("dode_postcode", 0) <= respelt <= said["postcode_schrijfwijze"]
    if "straatnaam" in spoilt:
        assert 0 < (spoilt["straatnaam"] != whole["straatnaam"]).sum() <= said["straatnaam_schrijfwijze"]


@pytest.mark.parametrize("file", ["kadaster_eigendom", "kadaster_transacties"])
def test_dead_dwellings_are_counted(clean, dirty, file):
    existing = set(clean.raw("bag_woningen")["verblijfsobject_id"])
    found = without_duplicates(dirty, file)["verblijfsobject_id"]
    assert (~found.isin(existing)).sum() == counts(dirty, file)["dode_bag_code"] > 0
    assert found.str.fullmatch(r"900[12]01\d{10}").all()
    assert set(clean.raw(file)["verblijfsobject_id"]) <= existing
