"""A contract that is wrong gets one line that says where and what to do."""

import pytest

from pseudonimisering.contract import load_contract
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
