"""TOML documents: what somebody who made a mistake is told, and that the line is the right one."""

from datetime import date
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError, field_validator

from zoo_formaat.document import Strict, parse_document, parse_values, read_bytes
from zoo_formaat.errors import UserError


class Number(Strict):
    soort: Literal["getal"]
    maat: str


class Text(Strict):
    soort: Literal["tekst"]
    lengte: int = Field(ge=1)


class Person(Strict):
    id: str
    rol: Literal["analist", "toetser"]

    @field_validator("id")
    @classmethod
    def _short(cls, text: str) -> str:
        if len(text) > 20:
            raise ValueError("te lang; gebruik hooguit 20 tekens")
        return text


class Example(Strict):
    versie: Literal[1]
    naam: str
    tot: date
    drempel: int = 10
    lijst: list[str] = Field(default_factory=list, max_length=3)
    leden: list[Person] = Field(default_factory=list)
    kolommen: dict[str, Annotated[Number | Text, Field(discriminator="soort")]] = Field(default_factory=dict)


GOOD = '''versie = 1
naam = """
leden = "geen echte regel"
[kolommen.bedrog]
"""  # drempel = 1
tot = 2027-12-31
lijst = [
  "a",  # [leden]
  "b",
]

[[leden]]
id = "jan"
rol = "analist"

[[leden]]
id = "piet"
rol = "toetser"

[kolommen.bedrag]
soort = "getal"
maat = "euro"

[kolommen."vrije tekst"]
soort = "tekst"
lengte = 5
'''


def refused(text):
    with pytest.raises(UserError) as caught:
        parse_document(text.encode(), Example, "voorbeeld.toml")
    return str(caught.value)


def line_with(text, part, after=""):
    """The 1-based line of `part`, counted by hand: the lines before it."""
    return text[: text.index(part, text.index(after))].count("\n") + 1


def test_good_document_has_its_values():
    example = parse_document(GOOD.encode(), Example, "voorbeeld.toml")
    assert example.tot == date(2027, 12, 31)
    assert [person.id for person in example.leden] == ["jan", "piet"]
    assert example.kolommen["vrije tekst"] == Text(soort="tekst", lengte=5)


def test_windows_line_ends_and_byte_order_mark_are_read_and_lines_still_counted():
    windows = GOOD.replace("\n", "\r\n")
    assert parse_document(b"\xef\xbb\xbf" + windows.encode(), Example, "x").naam
    wrong = GOOD.replace('maat = "euro"', 'maatt = "euro"')
    assert refused(wrong.replace("\n", "\r\n")).startswith(f"voorbeeld.toml, regel {line_with(wrong, 'maatt')}: ")


@pytest.mark.parametrize(
    ("right", "wrong", "part", "message"),
    [
        ("tot = 2027", "drempl = 5\ntot = 2027", "drempl", "onbekend veld 'drempl'; bedoelde u 'drempel'?"),
        ('rol = "toetser"', 'roll = "toetser"', "roll", "onbekend veld 'leden.1.roll'; bedoelde u 'rol'?"),
        (
            'rol = "toetser"',
            'rol = "baas"',
            'rol = "baas"',
            "veld 'leden.1.rol' klopt niet: verwacht een van 'analist' of",
        ),
        ('rol = "toetser"\n', "", '[[leden]]\nid = "piet"', "veld 'leden.1.rol' ontbreekt; voeg het toe"),
        ('id = "piet"', f'id = "{"p" * 30}"', 'id = "pp', "veld 'leden.1.id': te lang; gebruik hooguit 20 tekens"),
        ('maat = "euro"', 'maatt = "euro"', "maatt", "onbekend veld 'kolommen.bedrag.maatt'; bedoelde u 'maat'?"),
        (
            "lengte = 5",
            "lengte = 0",
            "lengte = 0",
            "veld 'kolommen.vrije tekst.lengte' klopt niet: verwacht minstens 1",
        ),
        (
            "lengte = 5",
            'lengte = "5"',
            'lengte = "5"',
            "veld 'kolommen.vrije tekst.lengte' klopt niet: verwacht een geheel",
        ),
        ('soort = "getal"', 'soort = "datum"', "[kolommen.bedrag]", "verwacht voor 'soort' een van 'getal', 'tekst'"),
        ('soort = "getal"\n', "", "[kolommen.bedrag]", "'soort' ontbreekt"),
        ("tot = 2027-12-31", 'tot = "2027-12-31"', 'tot = "', "verwacht een datum zonder aanhalingstekens"),
        ('  "b",', '  "b", "c", "d",', "lijst = [", "veld 'lijst' klopt niet: verwacht hooguit 3 waarde(n)"),
        ('  "b",', "  7,", "lijst = [", "veld 'lijst.1' klopt niet: verwacht tekst"),
        ("[kolommen.bedrag]", "[kolomen.bedrag]", "[kolomen", "onbekend veld 'kolomen'; bedoelde u 'kolommen'?"),
        ("versie = 1", "versie = 2", "versie = 2", "veld 'versie' klopt niet: verwacht een van 1"),
        ("tot = 2027-12-31", "tot = 2027-02-31", "tot = 2027-02-31", "geen geldige TOML"),
        ("tot = 2027-12-31", "tot = ", "tot = ", "geen geldige TOML"),
        ('rol = "analist"', 'rol = "analist"\nid = "x"', 'id = "x"', "geen geldige TOML"),
    ],
)
def test_mistake_is_named_with_its_own_line_and_the_fix(right, wrong, part, message):
    assert GOOD.count(right) == 1
    text = GOOD.replace(right, wrong)
    told = refused(text)
    assert message in told
    assert told.startswith(f"voorbeeld.toml, regel {line_with(text, part)}")
    assert "\n" not in told


def test_missing_field_of_the_document_itself_is_named():
    assert refused(GOOD.replace("tot = 2027-12-31\n", "")) == "voorbeeld.toml: veld 'tot' ontbreekt; voeg het toe"


def test_number_of_further_mistakes_is_told():
    assert refused(GOOD.replace("tot", "tott").replace("versie", "versi")).endswith("(en nog 3)")


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000 + "]" * 5000])
def test_absurd_values_are_refused_and_do_not_crash(value):
    assert refused(GOOD.replace("tot = 2027-12-31", f"tot = {value}")).startswith("voorbeeld.toml")


def test_wrong_encoding_names_the_line():
    with pytest.raises(UserError, match=r"^x\.toml, regel 2: geen UTF-8"):
        parse_document("a = 1\nb = 'é'\n".encode("latin-1"), Example, "x.toml")


def test_models_do_not_change_types_and_cannot_be_changed():
    with pytest.raises(UserError):
        parse_values({"versie": 1, "naam": "x", "tot": date(2027, 1, 1), "drempel": "5"}, Example, "x")
    person = Person(id="jan", rol="analist")
    with pytest.raises(ValidationError):
        person.rol = "toetser"  # type: ignore[misc]


def test_exception_of_the_model_itself_does_not_quote_the_value():
    with pytest.raises(ValidationError) as caught:
        Person.model_validate({"id": 123456782, "rol": "analist"})
    assert "123456782" not in str(caught.value)


@pytest.mark.parametrize("name", ["weg.toml", "map", "bestand/weg.toml", "x" * 300])
def test_unreadable_file_is_a_user_error(tmp_path, name):
    (tmp_path / "map").mkdir()
    (tmp_path / "bestand").write_text("x")
    with pytest.raises(UserError, match=r"^contract .*(bestaat niet|is een map|niet te openen)"):
        read_bytes(tmp_path / name, "contract")
