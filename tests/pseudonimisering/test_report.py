"""What a holder is told agrees with what was done, comes from an unbroken log only, and names nobody."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pseudonimisering.report import make_report
from pseudonimisering.report_page import report_page
from zoo_formaat.canonical import canonical_bytes, digest
from zoo_formaat.errors import UserError
from zoo_formaat.keys import public_bytes
from zoo_formaat.signature import PrivateKey, sign


@pytest.fixture
def history(town):
    """BRP delivered to two projects, one delivery refused, incomes delivered once."""
    first, second = town.project(), town.project("b.toml", id="ander")
    rows = town.rows[:3]
    town.deliver(town.contract(), [town.persons([*rows, rows[0]])], first, "pakketten-brp")
    with pytest.raises(UserError):
        town.deliver(town.contract(), [town.persons(["12345678a;B;19700101;M;H1;1234AB;1;;"])], first, "fout")
    town.deliver(town.contract(), [town.persons(rows)], second, "pakketten-brp2")
    incomes = town.incomes([123456782.0])
    town.deliver(town.contract(town.income_contract, "i.toml"), [incomes], first, "pakketten-inkomens")
    return town


def report_of(town, holder, packages=("pakketten-brp", "pakketten-brp2", "pakketten-inkomens"), **options):
    paths = [town.root / name for name in packages]
    return make_report(holder, town.custody.log.path, town.custody.public_key(), paths, **options)


def test_deliveries_projects_and_keys(history):
    report = report_of(history, "Gemeente Proef")
    assert (report.bronnen, report.afgebroken, report.pakketten) == (["brp"], 0, 2)
    told = [(d.project, d.resultaat, d.rijen, d.verworpen) for d in report.leveringen]
    assert told == [
        ("proef", "gelukt", {"personen": 3}, {"personen": {"dubbel": 1}}),
        ("proef", "geweigerd", {}, None),
        ("ander", "gelukt", {"personen": 3}, {"personen": {}}),
    ]
    assert all(delivery.contract.startswith("sha256:") for delivery in report.leveringen)
    assert [(p.id, p.doel, p.geslaagd) for p in report.projecten] == [
        ("ander", "ondermijning-vastgoed", 1),
        ("proef", "ondermijning-vastgoed", 1),
    ]
    keys = {key.project: key for key in report.sleutels}
    assert keys["proef"].domeinen == {"adres": 1, "huishouden": 1, "persoon": 1}
    assert (keys["proef"].wissels, keys["proef"].vernietigd) == ([], None)


def test_by_the_name_of_the_source_without_packages_the_log_alone_tells(history):
    report = report_of(history, "inkomens", packages=())
    assert [(d.bron, d.rijen, d.verworpen) for d in report.leveringen] == [("inkomens", {"inkomens": 1}, None)]
    assert report.projecten[0].doel is None


def test_deletions_that_touch_the_source_and_no_others(history):
    log = history.custody.log
    log.append("eva", "verlopen", "bron:brp", "begonnen", project="proef", tabellen=["personen"])
    log.append("eva", "verlopen", "bron:brp", "gelukt", project="proef", tabellen=["personen"], rijen={"personen": 4})
    log.append("eva", "verlopen", "bron:inkomens", "gelukt", project="proef", tabellen=["inkomens"], rijen={})
    log.append("eva", "vergeet", "domein:persoon", "gelukt", domein="persoon", projecten=["proef", "elders"], rijen=2)
    log.append("eva", "vergeet", "domein:rechtspersoon", "gelukt", projecten=["proef"], rijen=1)
    log.append("eva", "geheim wissel", "project:proef", "gelukt", versie=2)
    log.append("eva", "vernietig", "project:ander", "gelukt", versies=1)
    log.append("eva", "vernietig", "project:vreemd", "gelukt", versies=1)
    report = report_of(history, "brp")
    told = [(d.handeling, d.projecten, d.wat, d.rijen) for d in report.verwijderingen]
    assert told == [
        ("verlopen", ["proef"], "brp.personen", 4),
        ("vergeet", ["proef"], "domein persoon", 2),
        ("vernietig", ["ander"], "geheim", None),
    ]
    keys = {key.project: key for key in report.sleutels}
    assert len(keys["proef"].wissels) == 1 and keys["proef"].vernietigd is None
    assert keys["ander"].vernietigd is not None


def test_a_changed_log_is_refused(history):
    path = history.custody.log.path
    path.write_bytes(path.read_bytes().replace(b'"personen":3', b'"personen":5', 1))
    with pytest.raises(UserError, match=r"logboek\.jsonl, regel \d+: sluit niet aan"):
        report_of(history, "brp")


def test_a_package_of_another_zone_and_an_unknown_holder_are_refused(history, another_custody):
    other = another_custody("elders").public_key()
    with pytest.raises(UserError, match="niet ondertekend"):
        make_report("brp", history.custody.log.path, other, [history.root / "pakketten-brp"])
    with pytest.raises(UserError, match="bedoelde u 'brp'"):
        report_of(history, "brpp")
    with pytest.raises(UserError, match="bevat geen pakketten"):
        report_of(history, "brp", packages=["ruw"])


def release(root: Path, key: PrivateKey, sources: list[str], name: str = "a-1") -> Path:
    """Write what a bundle holds of a release, as far as a holder's report reads it."""
    specifications = {
        "tabel": {"naam": "tabel", "titel": "Personen per buurt", "bron": {"tabel": "brp.personen"}},
        "kaart": {"naam": "kaart", "titel": "Doorsluishuizen", "kenmerk": {"indicator": "doorsluishuis"}},
    }
    path = root / "vrijgaven" / name
    payload = {}
    for output, specification in specifications.items():
        (path / "data" / output).mkdir(parents=True)
        content = canonical_bytes(specification)
        (path / "data" / output / "specificatie.json").write_bytes(content)
        payload[f"{output}/specificatie.json"] = digest(content)
        payload[f"{output}/tabel.csv"] = digest(b"")
    statement = {
        "versie": 1,
        "aanvraag": name,
        "project": "proef",
        "tijd": "2026-05-01T10:00:00+00:00",
        "binding": {"pakketten": dict.fromkeys(sources, "sha256:" + "0" * 64)},
        "lading": payload,
    }
    signed = sign(canonical_bytes(statement), "application/vnd.zoo.vrijgave+json", [key])
    (path / "vrijgave.dsse.json").write_bytes(signed.to_bytes())
    return path


def test_releases_that_loaded_the_source(history):
    key = PrivateKey.generate("zone3")
    release(history.root, key, ["brp", "inkomens"])
    release(history.root, key, ["inkomens"], "a-2")
    folder = [history.root / "vrijgaven"]
    report = report_of(history, "brp", releases=folder, zone3=key.public)
    (told,) = report.vrijgaven
    assert (told.aanvraag, told.project, told.ondertekening_gecontroleerd) == ("a-1", "proef", True)
    assert [(o.naam, o.rechtstreeks, o.indicatoren) for o in told.uitvoer] == [
        ("kaart", False, ["doorsluishuis"]),
        ("tabel", True, []),
    ]
    assert report.vrijgaven_gezien == 2
    assert report_of(history, "brp", releases=folder).vrijgaven[0].ondertekening_gecontroleerd is False
    with pytest.raises(UserError, match="niet ondertekend met de sleutel"):
        report_of(history, "brp", releases=folder, zone3=PrivateKey.generate("zone3").public)
    specification = history.root / "vrijgaven/a-1/data/tabel/specificatie.json"
    specification.write_bytes(specification.read_bytes().replace(b"brp", b"bag"))
    with pytest.raises(UserError, match="gewijzigd na de vrijgave"):
        report_of(history, "brp", releases=folder)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open, self.faults = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        if tag == "script" or any(name in {"src", "href"} for name, _ in attrs):
            self.faults.append(tag)

    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            self.faults.append(tag)


def test_the_page_is_valid_in_both_languages_and_holds_no_identifier(history):
    history.custody.log.append("eva", "vergeet", "domein:persoon", "gelukt", projecten=["proef"], rijen=2)
    key = PrivateKey.generate("zone3")
    release(history.root, key, ["brp"])
    report = report_of(history, "brp", releases=[history.root / "vrijgaven"], zone3=key.public)
    for language, word in (("nl", "Verwijderingen"), ("en", "Deletions")):
        page = report_page(report, language)
        tags = Tags()
        tags.feed(page)
        assert (tags.open, tags.faults) == ([], [])
        assert word in page and f'<html lang="{language}">' in page
        for bsn in history.bsns:
            assert bsn not in page and bsn.lstrip("0") not in page
    assert "Deliveries" in report_page(report, "en") and "Leveringen" not in report_page(report, "en")


def test_the_command(history):
    command = [str(Path(sys.executable).with_name("pseudonimisering")), "verslag", "brp"]
    custody = ["--geheimen", str(history.custody.path)]
    zone3 = history.root / "zone3.pub.json"
    key = PrivateKey.generate("zone3")
    zone3.write_bytes(public_bytes(key.public))
    bundle = release(history.root, key, ["brp"])
    page = history.root / "verslag.html"
    options = ["--vrijgaven", str(bundle), "--zone3", str(zone3), "--html", str(page), "--json"]
    done = subprocess.run([*command, *custody, *options], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [entry["aanvraag"] for entry in json.loads(done.stdout)["vrijgaven"]] == ["a-1"]
    assert page.read_text().startswith("<!DOCTYPE html>")
    done = subprocess.run([*command, *custody], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "levering brp voor proef: gelukt; personen 3" in done.stdout
    done = subprocess.run([*command[:-1], "niemand", *custody], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
