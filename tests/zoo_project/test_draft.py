"""Drafting a project: a valid, commented file that is completed, signed by two, and then opens."""

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zoo_formaat.keys import read_public_keys
from zoo_formaat.project import load_project, read_project

Zoo = Callable[..., tuple[int, str, str]]

FACTS = {
    "--id": "proef",
    "--naam": 'Proef met "aanhalingstekens" en é',
    "--vraag": "Waar?",
    "--doel": "onderzoek",
    "--grondslag": "een wet",
    "--van": "1995-01-01",
    "--tot": "2016-12-31",
    "--einde": "2100-01-01",
}

CONTRACT = """
versie = 1
bron = "brp"
houder = "College"
grondslag = "wet"
doelen = ["onderzoek"]
bewaren_tot = 2100-01-01
[tabellen.personen]
bestand = "brp*.csv"
formaat = "csv"
[tabellen.personen.kolommen.bsn]
rol = "identifier"
vorm = "bsn"
naar = "persoon"
[tabellen.personen.kolommen.achternaam]
rol = "weglaten"
[tabellen.personen.kolommen.opmerking]
rol = "vrije_tekst"
[tabellen.personen.kolommen.beroep]
rol = "vrije_tekst"
behouden_omdat = "nodig voor de vraag"
[tabellen.personen.kolommen.geslacht]
rol = "attribuut"
type = "tekst"
[tabellen.personen.kolommen.postcode]
rol = "weglaten"
[tabellen.personen.adressen.adres]
postcode = "postcode"
huisnummer = "huisnummer"
"""


def arguments(**changes: str) -> list[str]:
    return [part for pair in (FACTS | changes).items() for part in pair]


def test_a_new_project_is_valid_commented_and_complete(tmp_path: Path, zoo: Zoo) -> None:
    contract = tmp_path / "brp.toml"
    contract.write_text(CONTRACT, encoding="utf-8")
    code, _, error = zoo("project", "nieuw", tmp_path / "werk", *arguments(), "--contract", contract)
    assert (code, error) == (0, "")
    project = read_project(tmp_path / "werk" / "project.toml")
    assert project.naam == FACTS["--naam"]
    assert str(project.einde) == "2100-01-01"
    # dropped columns and free text do not reach the package; the address made of columns does
    assert project.bronnen == {"brp": {"personen": ["persoon", "beroep", "geslacht", "adres"]}}
    assert "# De onderzoeksvraag" in (tmp_path / "werk" / "project.toml").read_text(encoding="utf-8")
    assert {path.name for path in (tmp_path / "werk").iterdir()} == {
        "project.toml",
        "ondertekenaars",
        "zone1",
        "pakketten",
        "klad",
    }


def test_sources_can_be_left_open_or_come_from_another_project_file(tmp_path: Path, zoo: Zoo, built: Any) -> None:
    assert zoo("project", "nieuw", tmp_path / "leeg", *arguments())[0] == 0
    assert read_project(tmp_path / "leeg" / "project.toml").bronnen == {}
    earlier = built.path / "project.toml"
    assert zoo("project", "nieuw", tmp_path / "vervolg", *arguments(), "--bronnen", earlier)[0] == 0
    assert read_project(tmp_path / "vervolg" / "project.toml").bronnen == read_project(earlier).bronnen


def test_nothing_is_overwritten(tmp_path: Path, zoo: Zoo) -> None:
    assert zoo("project", "nieuw", tmp_path, *arguments())[0] == 0
    before = (tmp_path / "project.toml").read_bytes()
    code, _, error = zoo("project", "nieuw", tmp_path, *arguments(**{"--naam": "ander"}))
    assert code == 2
    assert "bestaat al" in error
    assert (tmp_path / "project.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"--id": "Met Hoofdletters"}, "veld 'id' klopt niet"),
        ({"--van": "2017-01-01"}, "'van' ligt na 'tot'"),
    ],
)
def test_a_wrong_value_is_one_line_and_leaves_nothing(
    tmp_path: Path, zoo: Zoo, changes: dict[str, str], message: str
) -> None:
    code, _, error = zoo("project", "nieuw", tmp_path / "werk", *arguments(**changes))
    assert code == 2
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "werk").exists()


def test_a_contract_that_does_not_permit_the_purpose_is_refused(tmp_path: Path, zoo: Zoo) -> None:
    contract = tmp_path / "brp.toml"
    contract.write_text(CONTRACT.replace('doelen = ["onderzoek"]', 'doelen = ["statistiek"]'), encoding="utf-8")
    code, _, error = zoo("project", "nieuw", tmp_path / "werk", *arguments(), "--contract", contract)
    assert code == 2
    assert "bron 'brp' mag niet voor doel 'onderzoek'; het contract noemt: statistiek" in error


def test_from_draft_to_a_project_signed_by_two(tmp_path: Path, zoo: Zoo) -> None:
    work, keys = tmp_path / "werk", tmp_path / "sleutels"
    zoo("project", "nieuw", work, *arguments())
    file = work / "project.toml"
    for holder in ("directeur", "jurist", "analist", "toetser"):
        assert zoo("sleutel", "maak", holder, "--uit", keys, "--demo")[0] == 0
    assert (keys / "directeur.sleutel").stat().st_mode & 0o777 == 0o600
    details = ("--team", "team", "--naam", 'Jan "J." Jansen', "--tot", "2100-01-01")
    for holder, role in (("analist", "analist"), ("toetser", "toetser")):
        assert zoo("project", "lid", file, keys / f"{holder}.pub.json", "--rol", role, *details)[0] == 0
    members = read_project(file).leden
    assert [(member.id, member.rol, member.naam, member.demo) for member in members] == [
        ("analist", "analist", 'Jan "J." Jansen', True),
        ("toetser", "toetser", 'Jan "J." Jansen', True),
    ]
    code, _, error = zoo("project", "lid", file, keys / "analist.pub.json", "--rol", "toetser", *details)
    assert code == 2
    assert "twee leden met dezelfde" in error
    assert read_project(file).leden == members

    assert "nog niet ondertekend" in zoo("project", "toon", work)[1]
    for holder, number in (("directeur", 1), ("jurist", 2)):
        code, out, _ = zoo("project", "onderteken", file, "--sleutel", keys / f"{holder}.sleutel")
        assert f"heeft nu {number} handtekening" in out
        shutil.copy(keys / f"{holder}.pub.json", work / "ondertekenaars")
    assert load_project(file, read_public_keys(work / "ondertekenaars")).file.id == "proef"
    assert "geldig, door directeur, jurist" in zoo("project", "toon", work)[1]
    assert "analist" in zoo("project", "leden", file)[1]

    assert zoo("project", "lid", file, keys / "jurist.pub.json", "--rol", "auditor", *details)[0] == 0
    assert "gewijzigd na het ondertekenen" in zoo("project", "toon", work)[1]


def test_a_key_is_never_overwritten_and_one_that_others_can_read_is_refused(tmp_path: Path, zoo: Zoo) -> None:
    zoo("sleutel", "maak", "jan", "--uit", tmp_path)
    before = (tmp_path / "jan.sleutel").read_bytes()
    assert zoo("sleutel", "maak", "jan", "--uit", tmp_path)[0] == 2
    assert (tmp_path / "jan.sleutel").read_bytes() == before
    assert zoo("sleutel", "maak", "../jan", "--uit", tmp_path)[0] == 2
    zoo("project", "nieuw", tmp_path / "werk", *arguments())
    (tmp_path / "jan.sleutel").chmod(0o640)
    code, _, error = zoo(
        "project", "onderteken", tmp_path / "werk" / "project.toml", "--sleutel", tmp_path / "jan.sleutel"
    )
    assert code == 2
    assert "leesbaar voor anderen" in error


def test_the_template_is_plain_toml_for_every_reader(tmp_path: Path, zoo: Zoo) -> None:
    odd = {"--vraag": 'Wat zegt "x \\ y" — en é?\nTweede regel'}
    assert zoo("project", "nieuw", tmp_path, *arguments(**odd))[0] == 0
    assert tomllib.loads((tmp_path / "project.toml").read_text(encoding="utf-8"))["vraag"] == odd["--vraag"]


def test_a_project_can_set_rules_stricter_than_the_policy(tmp_path: Path, zoo: Zoo) -> None:
    rules = ["--strenger", "n_min=20", "--strenger", "group_share = 0.8", "--strenger", "zero=primair"]
    code, _, error = zoo("project", "nieuw", tmp_path / "werk", *arguments(), *rules)
    assert (code, error) == (0, "")
    project = read_project(tmp_path / "werk" / "project.toml")
    assert project.strenger is not None
    assert project.strenger.values == {"n_min": 20, "group_share": 0.8, "zero": "primair"}
    assert "strenger:   n_min = 20, group_share = 0.8, zero = primair" in zoo("project", "toon", tmp_path / "werk")[1]
    shown = json.loads(zoo("project", "toon", tmp_path / "werk", "--json")[1])
    assert shown["strenger"]["n_min"] == 20


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("n_min", "schrijf regel=waarde"),
        ("n_min=", "schrijf regel=waarde"),
        ("n_mim=20", "bedoelde u 'n_min'"),
        ("n_min=twintig", "verwacht een geheel getal"),
        ("zero=vrij", "verwacht een van 'primair'"),
    ],
)
def test_what_is_no_stricter_rule_is_one_line_and_leaves_nothing(
    tmp_path: Path, zoo: Zoo, rule: str, says: str
) -> None:
    code, _, error = zoo("project", "nieuw", tmp_path / "werk", *arguments(), "--strenger", rule)
    assert code == 2
    assert says in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "werk").exists()
