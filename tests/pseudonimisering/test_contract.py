"""A contract that is wrong gets one line that says where and what to do."""

from datetime import date
from typing import get_args

import pytest

from pseudonimisering.contract import (
    DOMAIN_OF_KIND,
    Address,
    Column,
    Contract,
    Deletion,
    Flag,
    Kind,
    Person,
    Rarity,
    Register,
    Table,
    load_contract,
)
from pseudonimisering.contract.notices import notices
from zoo_formaat.errors import UserError


def lines_of(text: str, wanted: str) -> int:
    return text.splitlines().index(wanted) + 1


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('grondslag = "artikel 1"', 'gronslag = "artikel 1"', 'gronslag = "artikel 1"', "bedoelde u 'grondslag'"),
        ('naar = "persoon"', 'nar = "persoon"', 'nar = "persoon"', "bedoelde u 'naar'"),
        ('vorm = "bsn"', 'vorm = "sofi"', 'vorm = "sofi"', "'bsn'"),
        ("versie = 1", 'versie = "1"', 'versie = "1"', "versie"),
        ('houder = "Gemeente Proef"\n', "", None, "'houder' ontbreekt"),
        ('vorm = "bsn"\n', "", "[tabellen.personen.kolommen.bsn]", "vraagt om 'vorm'"),
        ('rol = "weglaten"', 'rol = "weglaten"\nnaar = "x"', "[tabellen.personen.kolommen.achternaam]", "'naar'"),
        ('uniek = ["bsn"]', 'uniek = ["bns"]', "[tabellen.personen]", "bedoelde u 'bsn'"),
        ('naar = "geboortejaar"', 'naar = "persoon"', "[tabellen.personen]", "twee kolommen"),
        ('bewaren_tot = 2999-12-31', 'bewaren_tot = "2999"', 'bewaren_tot = "2999"', "datum"),
        ("synthetisch = true", "openbaar = true", None, "niet openbaar"),
        ('vorm = "bsn"', 'vorm = "bsn"\ndomein = "eigen"', "[tabellen.personen.kolommen.bsn]", "vast domein"),
        ("versie = 1", "versie = ", "versie = ", "geen geldige TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_remedy(town, old, new, line, says):
    text = town.brp_contract.replace(old, new, 1)
    assert text != town.brp_contract
    path = town.contract(text)
    with pytest.raises(UserError) as caught:
        load_contract(path)
    message = str(caught.value)
    assert says in message
    assert str(path) in message
    if line is not None:
        number = lines_of(text, line)
        assert f"regel {number}" in message or f"line {number}" in message


def test_the_digest_is_of_the_content_not_of_the_spelling(town):
    plain = load_contract(town.contract())
    spaced = load_contract(town.contract("# toelichting\n" + town.brp_contract.replace(" = ", "  =  ")))
    other = load_contract(town.contract(town.brp_contract.replace("artikel 1", "artikel 9")))
    assert plain.digest == spaced.digest != other.digest


def test_every_column_of_an_address_belongs_to_the_file(town):
    table = load_contract(town.contract()).tabellen["personen"]
    assert table.source_columns == [
        "bsn", "achternaam", "geboortedatum", "geslacht", "huishouden_nummer",
        "postcode", "huisnummer", "huisletter", "toevoeging",
    ]  # fmt: skip
    assert [(o.name, o.type, o.domain, o.unit) for o in table.outputs("brp", "personen")] == [
        ("persoon", "uuid", "persoon", "persoon"),
        ("geboortejaar", "integer", None, None),
        ("geslacht", "string", None, None),
        ("huishouden", "uuid", "huishouden", "huishouden"),
        ("adres", "uuid", "adres", "adres"),
    ]


def test_record_numbers_of_two_tables_have_two_domains(town):
    column = '[tabellen.personen.kolommen.nummer]\nrol = "recordnummer"\n[tabellen.personen.adressen.adres]'
    text = town.brp_contract.replace("[tabellen.personen.adressen.adres]", column)
    table = load_contract(town.contract(text)).tabellen["personen"]
    domains = {output.name: output.domain for output in table.outputs("brp", "personen")}
    assert domains["nummer"] == "recordnummer:brp.personen"


def test_a_flag_names_a_column_of_the_file(town):
    flag = '\n[tabellen.personen.kenmerken.vrijgesteld]\nkolom = "{}"\ngelijk_aan = ["X"]\n'
    table = load_contract(town.contract(town.brp_contract + flag.format("huishouden_nummer"))).tabellen["personen"]
    assert {output.name: output.type for output in table.outputs("brp", "personen")}["vrijgesteld"] == "boolean"
    with pytest.raises(UserError, match=r"bedoelde u 'huishouden_nummer'"):
        load_contract(town.contract(town.brp_contract + flag.format("huishouden_numer")))


POLICE = """
versie = 1
bron = "politie"
houder = "Politie Proef"
grondslag = "artikel 22 Wpg"
uitzondering = "artikel 10 AVG en artikel 32, onder f, UAVG"
doelen = ["ondermijning-vastgoed"]
van = 2012-01-01
tot = 2016-12-31
bewaren_tot = 2999-12-31
[verwerkingsregister]
verwerkingsverantwoordelijke = "Korpschef"
contact = "proef@politie.example"
categorieen_betrokkenen = ["verdachten"]
ontvangers = ["onderzoekers"]
maatregelen = ["pseudonimisering"]
[[verwijderen_na]]
gebeurtenis = "onderzoek-klaar"
tabellen = ["verdachten"]
[tabellen.verdachten]
bestand = "verdachten*.csv"
formaat = "csv"
levering = "vult_aan"
uniek = ["nummer"]
verwacht_rijen = [10, 1000]
zeldzaam = [{ kolommen = ["maand", "soort"], k = 10 }]
[tabellen.verdachten.kolommen.nummer]
rol = "recordnummer"
domein = "zaak"
eenheid = "persoon"
categorie = "strafrechtelijk"
[tabellen.verdachten.kolommen.bsn]
rol = "identifier"
vorm = "bsn"
eenheid = "persoon"
voorloopnullen = "verloren"
dekking = 0.8
naar = "verdachte"
categorie = "strafrechtelijk"
[tabellen.verdachten.kolommen.pleegdatum]
rol = "datum"
generaliseer = "maand"
naar = "maand"
categorie = "strafrechtelijk"
[tabellen.verdachten.kolommen.soort]
rol = "attribuut"
type = "tekst"
generaliseer = "zeldzaam:10"
categorie = "strafrechtelijk"
[tabellen.verdachten.kolommen.bedrag]
rol = "attribuut"
type = "geheel"
generaliseer = "afronden:1000"
[tabellen.verdachten.namen.naam]
geslachtsnaam = "geslachtsnaam"
voorvoegsel = "voorvoegsel"
voornamen = "voornamen"
geboortedatum = "geboortedatum"
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        # what a lawyer would miss
        ('uitzondering = "artikel 10 AVG en artikel 32, onder f, UAVG"\n', "", "[verwerkingsregister]",
         "voeg 'uitzondering' toe en noem artikel 10 AVG"),
        ("artikel 10 AVG en artikel 32, onder f, UAVG", "toestemming", 'uitzondering = "toestemming"',
         "artikel 31 tot en met 33 UAVG"),
        ("artikel 10 AVG en artikel 32, onder f, UAVG", "artikel 9 AVG en artikel 24 UAVG",
         'uitzondering = "artikel 9 AVG en artikel 24 UAVG"', "strafrechtelijke"),
        ("bewaren_tot = 2999-12-31", "bewaren_tot = 2016-06-30", "bewaren_tot = 2016-06-30", "kies een latere datum"),
        ("van = 2012-01-01", "van = 2018-01-01", "van = 2018-01-01", "wissel ze om"),
        ('doelen = ["ondermijning-vastgoed"]', 'doelen = ["Vastgoed en meer"]', 'doelen = ["Vastgoed en meer"]',
         "kleine letters"),
        ('doelen = ["ondermijning-vastgoed"]', 'doelen = ["a1", "a1"]', 'doelen = ["a1", "a1"]', "twee keer"),
        ('tabellen = ["verdachten"]', 'tabellen = ["verdachte"]', 'tabellen = ["verdachte"]', "u 'verdachten'"),
        ('gebeurtenis = "onderzoek-klaar"', 'gebeurtenis = "Klaar!"', 'gebeurtenis = "Klaar!"', "kleine letters"),
        ('contact = "proef@politie.example"\n', "", "[verwerkingsregister]", "'verwerkingsregister.contact' ontbreekt"),
        ("van = 2012-01-01", "openbaar = true", None, "niet openbaar"),
        # units, kinds and roles that contradict
        ('vorm = "bsn"\neenheid = "persoon"', 'vorm = "bsn"\neenheid = "adres"', 'eenheid = "adres"',
         "kan niet voor een 'adres' staan; kies persoon of eigenaar"),
        ('vorm = "bsn"\neenheid = "persoon"', 'vorm = "openbareruimte"\neenheid = "adres"', 'eenheid = "adres"',
         "haal 'eenheid' weg"),
        ('vorm = "bsn"\neenheid = "persoon"', 'vorm = "iban"', 'voorloopnullen = "verloren"', "geen vaste lengte"),
        ('voorloopnullen = "verloren"', 'voorloopnullen = "weg"', 'voorloopnullen = "weg"', "'verloren' of 'aanwezig'"),
        ("dekking = 0.8", "dekking = 80", "dekking = 80", "hooguit 1"),
        ('type = "geheel"', 'type = "geheel"\nvoorloopnullen = "verloren"', "[tabellen.verdachten.kolommen.bedrag]",
         "hoort niet bij rol 'attribuut'"),
        ('[tabellen.verdachten.kolommen.soort]\nrol = "attribuut"',
         '[tabellen.verdachten.kolommen.bsn_tekst]\nrol = "attribuut"', 'rol = "attribuut"', "rechtstreeks een"),
        ('voornamen = "voornamen"', 'voornamen = "voornamen"\neenheid = "adres"', 'eenheid = "adres"',
         "kies persoon of eigenaar"),
        ('voornamen = "voornamen"', 'voornamen = "geslachtsnaam"', "[tabellen.verdachten.namen.naam]", "twee keer"),
        ('voornamen = "voornamen"\n', "", "[tabellen.verdachten.namen.naam]", "namen.naam.voornamen' ontbreekt"),
        ("[tabellen.verdachten.kolommen.bedrag]", "[tabellen.verdachten.kolommen.verdachte_code]",
         "[tabellen.verdachten]", "de code van een pseudoniem"),
        # generalisation and rarity
        ('generaliseer = "maand"', 'generaliseer = "afronden:10"', 'generaliseer = "afronden:10"',
         "kan niet bij rol 'datum'; kies jaar of kwartaal of maand of jaren:N"),
        ('generaliseer = "afronden:1000"', 'generaliseer = "jaar"', 'generaliseer = "jaar"', "type 'geheel'"),
        ('generaliseer = "afronden:1000"', 'generaliseer = "afronden"', 'generaliseer = "afronden"', "kies een van"),
        ('generaliseer = "afronden:1000"', 'generaliseer = "afronden:0"', 'generaliseer = "afronden:0"', "boven 1"),
        ('generaliseer = "maand"', 'generaliseer = "dag"', 'generaliseer = "dag"', "kies een van"),
        ('generaliseer = "maand"', 'generaliseer = "maand"\nbewerking = "jaar"', 'bewerking = "jaar"', "haal 'bewerk"),
        ('generaliseer = "zeldzaam:10"', 'generaliseer = "zeldzaam:10"\nwaarden = { overig = "ander" }',
         'generaliseer = "zeldzaam:10"', "noem die code anders"),
        ('kolommen = ["maand", "soort"]', 'kolommen = ["maand", "sort"]',
         'zeldzaam = [{ kolommen = ["maand", "sort"], k = 10 }]', "bedoelde u 'soort'"),
        ('kolommen = ["maand", "soort"]', 'kolommen = ["pleegdatum"]',
         'zeldzaam = [{ kolommen = ["pleegdatum"], k = 10 }]', "die niet in het pakket komt"),
        ('kolommen = ["maand", "soort"]', 'kolommen = ["verdachte"]',
         'zeldzaam = [{ kolommen = ["verdachte"], k = 10 }]', "een pseudoniem"),
        ("k = 10", "k = 1", 'zeldzaam = [{ kolommen = ["maand", "soort"], k = 1 }]', "minstens 2"),
        # the file
        ("verwacht_rijen = [10, 1000]", "verwacht_rijen = [1000, 10]", "verwacht_rijen = [1000, 10]", "niet lager"),
        ("verwacht_rijen = [10, 1000]", "verwacht_rijen = [10]", "verwacht_rijen = [10]", "minstens 2 waarde"),
        ('formaat = "csv"', 'formaat = "xlsx"', 'bestand = "verdachten*.csv"', "maak ze gelijk"),
        ('formaat = "csv"', 'formaat = "csv"\nblad = "een"', 'blad = "een"', "hoort niet bij formaat 'csv'"),
        ('bestand = "verdachten*.csv"\nformaat = "csv"', 'bestand = "v.parquet"\nformaat = "parquet"\nscheiding = ","',
         'scheiding = ","', "hoort niet bij formaat 'parquet'"),
        ('levering = "vult_aan"', 'levering = "voegt_toe"', 'levering = "voegt_toe"', "'vervangt' of 'vult_aan'"),
    ],
)  # fmt: skip
def test_a_contradiction_is_named_with_its_line_and_remedy(town, old, new, line, says):
    assert old in POLICE
    path = town.contract(POLICE.replace(old, new, 1))
    with pytest.raises(UserError) as caught:
        load_contract(path)
    message = str(caught.value)
    assert says in message
    if line is not None:
        lines = path.read_text().splitlines()
        numbers = [number for number, text in enumerate(lines, start=1) if text == line]
        assert any(f"{path}, regel {number}:" in message for number in numbers), message


def test_one_own_domain_stands_for_one_unit(town):
    second = '\n[tabellen.zaken]\nbestand = "zaken.csv"\nformaat = "csv"\n[tabellen.zaken.kolommen.nummer]\n'
    second += 'rol = "recordnummer"\ndomein = "zaak"\neenheid = "{}"\n'
    same = load_contract(town.contract(POLICE + second.format("persoon")))
    domains = [
        output.domain
        for name, table in same.tabellen.items()
        for output in table.outputs("politie", name)
        if output.name == "nummer"
    ]
    assert domains == ["zaak", "zaak"]
    path = town.contract(POLICE + second.format("adres"))
    with pytest.raises(UserError, match=r"verdachten\.nummer voor een 'persoon'; geef ze één eenheid") as caught:
        load_contract(path)
    assert f"regel {len(path.read_text().splitlines()) - 1}:" in str(caught.value)


def test_an_exception_without_special_data_is_a_mistake(town):
    text = town.brp_contract.replace("doelen", 'uitzondering = "artikel 9 AVG en artikel 24 UAVG"\ndoelen')
    with pytest.raises(UserError, match="geen enkele kolom is bijzonder"):
        load_contract(town.contract(text))


def test_a_dropped_special_column_still_asks_for_an_exception(town):
    """Receiving is processing: what is dropped in zone 1 was delivered to it."""
    text = POLICE.replace('categorie = "strafrechtelijk"\n', "").replace(
        "artikel 10 AVG en artikel 32, onder f, UAVG", "artikel 9 AVG en artikel 24 UAVG"
    )
    dropped = '[tabellen.verdachten.kolommen.ziek]\nrol = "weglaten"\ncategorie = "bijzonder"\n'
    load_contract(town.contract(text.replace("[tabellen.verdachten.namen", dropped + "[tabellen.verdachten.namen")))
    with pytest.raises(UserError, match="geen enkele kolom"):
        load_contract(town.contract(text))


@pytest.mark.parametrize(
    "exception",
    [
        "artikel 10 AVG en artikel 32, onder f, UAVG",
        "Algemene verordening gegevensbescherming, artikel 10; Uitvoeringswet AVG, art. 33, eerste lid",
        "artikelen 9 en 10 AVG, artikelen 24 en 32 UAVG",
    ],
)
def test_the_law_may_be_named_in_several_ways(town, exception):
    load_contract(town.contract(POLICE.replace("artikel 10 AVG en artikel 32, onder f, UAVG", exception)))


def test_a_contract_of_before_the_register_needs_no_exception(town):
    """Contracts that were agreed before the section existed stay as they are, and keep their digest."""
    text = town.brp_contract.replace('type = "tekst"', 'type = "tekst"\ncategorie = "bijzonder"')
    assert load_contract(town.contract(text)).categories == {"gewoon", "bijzonder"}


BEFORE = """
versie = 1
bron = "huizen"
houder = "Gemeente Proef"
grondslag = "artikel 1"
doelen = ["onderzoek"]
bewaren_tot = 2999-12-31
[tabellen.huizen]
bestand = "huizen.csv"
formaat = "csv"
uniek = ["id"]
[tabellen.huizen.kolommen.id]
rol = "identifier"
vorm = "verblijfsobject"
naar = "woning"
[tabellen.huizen.kolommen.bouwdatum]
rol = "datum"
bewerking = "jaar"
"""


def test_fields_that_were_added_later_change_no_digest_of_a_contract_without_them(town):
    # as it was computed by the version of this software that did not know the fields; packages name it
    digest = "sha256:2dc2863f919ae8196e6307d60dcb9e5a4b4e27e4a9a3df60868ec0d97f01a72f"
    assert load_contract(town.contract(BEFORE)).digest == digest


def test_the_package_gets_what_the_contract_generalises(town):
    table = load_contract(town.contract(POLICE)).tabellen["verdachten"]
    assert [(o.name, o.type, o.domain, o.unit, o.coverage) for o in table.outputs("politie", "verdachten")] == [
        ("nummer", "uuid", "zaak", "persoon", None),
        ("verdachte", "uuid", "persoon", "persoon", 0.8),
        ("maand", "date", None, None, None),
        ("soort", "string", None, None, None),
        ("bedrag", "integer", None, None, None),
        ("naam", "uuid", "persoonsnaam", "persoon", None),
    ]
    assert table.kolommen["bedrag"].generalisation == ("afronden", 1000)
    assert table.kolommen["pleegdatum"].generalisation == ("maand", None)
    assert table.source_columns[-4:] == ["geslachtsnaam", "voorvoegsel", "voornamen", "geboortedatum"]


@pytest.mark.parametrize(("step", "type"), [("jaar", "integer"), ("jaren:5", "integer"), ("kwartaal", "date")])
def test_the_type_of_a_coarser_date(town, step, type):
    text = POLICE.replace('generaliseer = "maand"', f'generaliseer = "{step}"')
    table = load_contract(town.contract(text)).tabellen["verdachten"]
    assert {output.name: output.type for output in table.outputs("politie", "verdachten")}["maand"] == type


def test_the_older_spelling_of_a_year_is_the_same_generalisation(town):
    table = load_contract(town.contract()).tabellen["personen"]
    assert table.kolommen["geboortedatum"].generalisation == ("jaar", None)
    assert table.kolommen["geslacht"].generalisation is None


def test_equal_numbers_of_two_kinds_have_two_domains():
    domains = [domain for kind, domain in DOMAIN_OF_KIND.items()]
    assert len(set(domains)) == len(domains)
    assert set(get_args(Kind)) <= set(DOMAIN_OF_KIND)


def notices_of(town, text, today=date(2026, 1, 1)):
    return notices(load_contract(town.contract(text)), today)


@pytest.mark.parametrize(
    ("name", "refused"),
    [("bsn_partner", True), ("melder_email", True), ("iban", True), ("Achternaam", True),
     ("email_domein", False), ("buurtnaam", False), ("absn", False)],
)  # fmt: skip
def test_a_direct_identifier_does_not_pass_as_an_attribute(town, name, refused):
    text = POLICE.replace("kolommen.soort]", f"kolommen.{name}]").replace(
        'generaliseer = "zeldzaam:10"', 'naar = "soort"\ngeneraliseer = "zeldzaam:10"'
    )
    path = town.contract(text)
    if refused:
        with pytest.raises(UserError, match="wijst rechtstreeks een persoon of rekening aan"):
            load_contract(path)
    else:
        load_contract(path)
    # a code of a list is no identifier
    load_contract(town.contract(text.replace('naar = "soort"', 'naar = "soort"\nwaarden = { A = "een" }')))


@pytest.mark.parametrize("model", [Contract, Register, Deletion, Table, Rarity, Column, Address, Person, Flag])
def test_every_field_says_what_it_means(model):
    assert all(field.description for field in model.model_fields.values())


def test_nothing_to_notice_in_a_complete_contract(town):
    text = POLICE.replace('type = "geheel"', 'type = "geheel"\ncategorie = "strafrechtelijk"').replace(
        "[tabellen.verdachten.namen.naam]", '[tabellen.verdachten.namen.naam]\ncategorie = "strafrechtelijk"'
    )
    assert notices_of(town, text) == []
    assert ["verstreken" in notice for notice in notices_of(town, text, date(3001, 1, 1))] == [True]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('houder = "Politie Proef"', 'houder = "Politie [eenheid]"', "nog niet ingevuld: houder [eenheid]"),
        ('contact = "proef@politie.example"', 'contact = "[post]"', "verwerkingsregister.contact [post]"),
        ('uniek = ["nummer"]\n', "", "een rij die twee keer komt"),
        ('rol = "datum"\ngeneraliseer = "maand"\nnaar = "maand"', 'rol = "weglaten"', "laat haar liever niet leveren"),
        ("[tabellen.verdachten.kolommen.bedrag]\n", '[tabellen.verdachten.kolommen.postcode]\nrol = "gebied"\n'
         "[tabellen.verdachten.kolommen.bedrag]\n", "volledige postcode"),
        ("[tabellen.verdachten.kolommen.bedrag]\n", '[tabellen.verdachten.kolommen.geboortedag]\nrol = "datum"\n'
         "[tabellen.verdachten.kolommen.bedrag]\n", "volledige geboortedatum"),
        ('type = "geheel"', 'type = "geheel"\ncategorie = "strafrechtelijk"', "geef naam dezelfde categorie"),
    ],
)  # fmt: skip
def test_what_deserves_a_second_look(town, old, new, says):
    assert old in POLICE
    text = POLICE.replace(old, new, 1)
    if 'rol = "weglaten"' in text:
        text = text.replace('["maand", "soort"]', '["soort"]')
    assert any(says in notice for notice in notices_of(town, text))
    assert not any(says in notice for notice in notices_of(town, POLICE))
