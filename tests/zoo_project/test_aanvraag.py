"""A request built in Python is exactly the specification that the checker reads, and mistakes show at once."""

import datetime as dt
import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from outputcontrole.spec import HotspotMap, ReferenceImage, SmallAreaEstimate, parse_request
from zoo_formaat.errors import UserError
from zoo_formaat.keys import write_key_pair
from zoo_formaat.signature import Envelope, PrivateKey, verify
from zoo_project import Project, aanvraag
from zoo_project.aanvraag import Aanvraag

Zoo = Callable[..., tuple[int, str, str]]


def begun(project: Project) -> Aanvraag:
    return Aanvraag(
        project,
        vraag="Waar staan de duurste woningen?",
        populatie="Woningen in de proefstad",
        gebruik="Bespreking met de stuurgroep",
        ontvangers="De stuurgroep",
    )


def test_every_kind_of_output_arrives_as_it_was_asked(project: Project) -> None:
    file = (
        begun(project)
        .tabel("aantal", "Aantal woningen", bron="bag.woningen", dimensies=["buurtcode"], tel="woning")
        .tabel(
            "doorsluis",
            "Doorsluishuizen",
            bron=aanvraag.indicator("doorsluishuis", minimum=4),
            dimensies=["wijkcode"],
            filter=[("waarde", "=", True)],
            bescherming="onderdrukken",
        )
        .magnitude(
            "waarde",
            "Gemiddelde WOZ-waarde",
            bron="bag.woningen",
            dimensies=["buurtcode"],
            maat="woz_waarde",
            tel="woning",
            filter=[("verkocht", ">=", dt.date(2000, 1, 1)), ("bewoner", "niet leeg")],
        )
        .kaart("kaart", "Doorsluishuizen", kenmerk="doorsluishuis", klassen=[2, 4.5])
        .clusterprofiel(
            "profiel",
            "Profielen",
            kenmerken=[
                "windhapper",
                aanvraag.aandeel("oud", "multi_bestuurder", peildatum=dt.date(2010, 1, 1)),
                aanvraag.dichtheid("dichtheid", "bag.woningen", tel="woning", per="cbs.buurten.woningen"),
                aanvraag.kerncijfer("inkomen", "cbs.buurten.inkomen"),
            ],
            clusters=3,
        )
        .beslisboom("boom", "Boom", doel="doorsluishuis", kenmerken=["windhapper"], aandeel=0.25, diepte=2)
        .bewaar("vraag.json")
    )
    assert file == project.scratch / "vraag.json"
    request = parse_request(file.read_bytes(), "vraag.json")
    assert (request.project, request.auteur) == ("proef", "analist")
    outputs = {output["naam"]: output for output in json.loads(file.read_bytes())["uitvoer"]}
    assert [output.soort for output in request.uitvoer] == [
        "frequentietabel",
        "frequentietabel",
        "magnitudetabel",
        "kaart",
        "clusterprofiel",
        "beslisboom",
    ]
    assert outputs["aantal"]["bron"] == {"tabel": "bag.woningen"}
    assert outputs["doorsluis"]["bron"] == {"indicator": "doorsluishuis", "parameters": {"minimum": 4}}
    assert outputs["doorsluis"]["filter"] == [{"kolom": "waarde", "is": "=", "waarde": True}]
    assert outputs["waarde"]["filter"] == [
        {"kolom": "verkocht", "is": ">=", "waarde": "2000-01-01"},
        {"kolom": "bewoner", "is": "niet leeg", "waarde": None},
    ]
    assert outputs["kaart"]["klassen"] == [2.0, 4.5]
    assert [feature["soort"] for feature in outputs["profiel"]["kenmerken"]] == [
        "aandeel",
        "aandeel",
        "dichtheid",
        "kerncijfer",
    ]
    assert outputs["profiel"]["kenmerken"][1]["parameters"] == {"peildatum": "2010-01-01"}


def test_questions_about_areas_become_specifications_that_the_checker_parses(project: Project) -> None:
    income = aanvraag.kerncijfer("inkomen", "cbs.buurten.inkomen")
    asked = (
        begun(project)
        .hotspotkaart("hot", "Hotspots", kenmerk="doorsluishuis", fdr=0.1, schaal="waarde")
        .referentiebeeld("beeld", "Beeld", kenmerk="doorsluishuis", gelijk_op=[income], gelijken=8, gebied="wijk")
        .kleinegebiedsschatting("schat", "Schatting", kenmerk="doorsluishuis", klassen=[2, 4], drempel=3)
        .request()
    )
    first, second, third = asked.uitvoer
    assert isinstance(first, HotspotMap)
    assert isinstance(second, ReferenceImage)
    assert isinstance(third, SmallAreaEstimate)
    assert (first.fdr, first.schaal, first.gebied) == (0.1, "waarde", "buurt")
    assert (second.gelijk_op, second.gelijken, second.gebied) == ([income], 8, "wijk")
    assert (third.klassen, third.drempel, third.kenmerk.soort) == ([2.0, 4.0], 3.0, "aandeel")


def test_mistakes_are_named_when_they_are_made(project: Project) -> None:
    with pytest.raises(UserError, match=r"uitvoer 'kaart': .*oplopen"):
        begun(project).kaart("kaart", "Kaart", kenmerk="doorsluishuis", klassen=[4, 2])
    with pytest.raises(UserError, match="uitvoer 'tabel': veld 'bescherming' klopt niet"):
        begun(project).tabel("tabel", "Tabel", bron="doorsluishuis", dimensies=["wijkcode"], bescherming="beetje")
    with pytest.raises(UserError, match=r"'in' verwacht een lijst"):
        begun(project).tabel("tabel", "Tabel", bron="doorsluishuis", dimensies=["waarde"], filter=[("waarde", "in", 1)])
    with pytest.raises(UserError, match="dezelfde naam"):
        begun(project).tabel("tabel", "Een", bron="doorsluishuis", dimensies=["wijkcode"]).tabel(
            "tabel", "Twee", bron="doorsluishuis", dimensies=["wijkcode"]
        ).request()
    with pytest.raises(UserError, match="'uitvoer'"):
        begun(project).request()


def test_an_output_can_be_taken_out_again(project: Project) -> None:
    request = begun(project).tabel("een", "Een tabel", bron="doorsluishuis", dimensies=["wijkcode"])
    request.tabel("twee", "Twee tabellen", bron="windhapper", dimensies=["wijkcode"]).zonder("een")
    assert [output.naam for output in request.request().uitvoer] == ["twee"]
    with pytest.raises(UserError, match="bedoelde u 'twee'"):
        request.zonder("tweee")


@pytest.fixture
def saved(project: Project) -> Path:
    return (
        begun(project)
        .tabel("tabel", "Een tabel", bron="bag.woningen", dimensies=["buurtcode"], tel="woning")
        .bewaar("vraag.json")
    )


def test_only_the_author_an_analyst_of_the_project_signs(project: Project, saved: Path, built: Any) -> None:
    signed = aanvraag.sign_request(project, saved, built.key("analist"))
    envelope = Envelope.from_bytes(signed.read_bytes(), "")
    assert envelope.content() == parse_request(saved.read_bytes(), "").content()
    assert verify(envelope, "application/vnd.zoo.aanvraag+json", [built.key("analist").public], "") == [
        built.key("analist").public
    ]

    with pytest.raises(UserError, match="auteur is 'analist', de sleutel is van 'toetser'"):
        aanvraag.sign_request(project, saved, built.key("toetser"))
    with pytest.raises(UserError, match="niet die uit het projectbestand"):
        aanvraag.sign_request(project, saved, PrivateKey.generate("analist"))

    def changed(**values: str) -> Path:
        content = json.loads(saved.read_bytes()) | values
        path = saved.with_name("anders.json")
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    with pytest.raises(UserError, match="aanvraag voor project 'ander'"):
        aanvraag.sign_request(project, changed(project="ander"), built.key("analist"))
    with pytest.raises(UserError, match="geen analist"):
        aanvraag.sign_request(project, changed(auteur="toetser"), built.key("toetser"))
    with pytest.raises(UserError, match="geen analist"):
        aanvraag.sign_request(project, changed(auteur="vreemde"), PrivateKey.generate("vreemde"))


# --- the conversation with the checker's process ---------------------------------------------------------------------

REPORT = {
    "oordeel": "geweigerd",
    "voorlopig": True,
    "uitvoer": [
        {"naam": "een", "soort": "kaart", "titel": "Een <b>", "oordeel": "vrij", "bevindingen": [], "voorbeeld": {}},
        {
            "naam": "twee",
            "soort": "frequentietabel",
            "titel": "Twee",
            "oordeel": "geweigerd",
            "bevindingen": [
                {
                    "regel": "r",
                    "ernst": "e",
                    "cel": {"wijkcode": f"WK90010{i}"},
                    "zin": "te weinig",
                    "oplossing": "hoger",
                }
                for i in range(7)
            ],
            "voorbeeld": {},
        },
        {"naam": "drie", "soort": "kaart", "titel": "Drie", "oordeel": "onbekend woord", "bevindingen": []},
    ],
}


@pytest.fixture
def checker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a program in the checker's place that answers as told, to see what is made of each answer."""

    def answers(code: int, out: str, error: str = "", before: str = "") -> None:
        program = tmp_path / "toetser"
        program.write_text(
            f"#!{sys.executable}\nimport sys, time\n{before}\n"
            f"sys.stdout.write({out!r})\nsys.stderr.write({error!r})\nsys.exit({code})\n",
            encoding="utf-8",
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("ZOO_TOETSER", str(program))
        monkeypatch.setenv("ZOO_REGISTRATIE", str(tmp_path))

    return answers


@pytest.mark.parametrize(("code", "verdict"), [(0, "vrij"), (3, "beschermd"), (5, "handmatig"), (4, "geweigerd")])
def test_the_exit_code_is_the_verdict(
    project: Project, saved: Path, checker: Callable[..., None], zoo: Zoo, code: int, verdict: str
) -> None:
    checker(code, json.dumps({**REPORT, "oordeel": verdict}))
    assert zoo("aanvraag", "toets", saved)[0] == code
    found, out, _ = zoo("aanvraag", "toets", saved, "--json")
    assert (found, json.loads(out)["oordeel"]) == (code, verdict)


def test_a_judgement_reads_as_text_and_as_a_table(
    project: Project, saved: Path, checker: Callable[..., None], zoo: Zoo
) -> None:
    checker(4, json.dumps(REPORT))
    _, out, _ = zoo("aanvraag", "toets", saved)
    lines = out.splitlines()
    assert lines[0].startswith("✓ een: vrij")
    assert lines[1].startswith("✗ twee: geweigerd")
    # equal findings are one line that names the first cells; what is not a known verdict counts as refused
    assert lines[2] == "    te weinig [WK900100; WK900101; WK900102; WK900103; WK900104 en nog 2] → hoger"
    assert lines[3].startswith("✗ drie: geweigerd")
    shown = begun(project).tabel("tabel", "Tabel", bron="doorsluishuis", dimensies=["wijkcode"]).toets()._repr_html_()
    assert "Een &lt;b&gt;" in shown
    assert "<b>geweigerd</b>" in shown
    assert not list(project.scratch.glob(".a-*"))


@pytest.mark.parametrize(
    ("code", "out", "error", "message"),
    [
        (2, "", "fout: onbekende tabel 'x'\n", "fout: onbekende tabel 'x'"),
        (1, "", "Traceback", "afgebroken (code 1)"),
        (0, "", "", "afgebroken (code 0)"),
        (0, "geen json", "", "afgebroken (code 0)"),
        (0, "[]", "", "afgebroken (code 0)"),
        (-9, "{}", "", "afgebroken"),
        (7, "{}", "", "afgebroken (code 7)"),
    ],
)
def test_no_answer_is_never_a_good_answer(
    saved: Path, checker: Callable[..., None], zoo: Zoo, code: int, out: str, error: str, message: str
) -> None:
    checker(code, out, error)
    found, _, shown = zoo("aanvraag", "toets", saved)
    assert found == 2
    assert message in shown
    assert shown.count("\n") == 1


def test_a_checker_that_is_silent_absent_or_unknown_is_named(
    saved: Path, checker: Callable[..., None], zoo: Zoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    checker(0, "{}", before="time.sleep(30)")
    monkeypatch.setattr("zoo_project.checker.SECONDS", 0.5)
    assert "binnen 0.5 seconden geen antwoord" in zoo("aanvraag", "toets", saved)[2]
    monkeypatch.setenv("ZOO_TOETSER", "/bestaat/niet")
    assert "niet gevonden" in zoo("aanvraag", "toets", saved)[2]
    monkeypatch.delenv("ZOO_REGISTRATIE")
    assert "zet ZOO_REGISTRATIE" in zoo("aanvraag", "toets", saved)[2]


def test_handing_in_sends_the_signed_request_and_status_follows_it(
    built: Any, saved: Path, checker: Callable[..., None], zoo: Zoo, tmp_path: Path
) -> None:
    checker(
        0, '{"aanvraag": "a-0123", "oordeel": "vrij"}', before=f"open({str(tmp_path / 'a')!r}, 'w').write(sys.argv[2])"
    )
    key = built.path / "sleutels" / "analist.sleutel"
    code, out, _ = zoo("aanvraag", "indienen", saved, "--sleutel", key, "--project", built.path)
    assert code == 0
    assert "a-0123" in out
    sent = Path((tmp_path / "a").read_text(encoding="utf-8"))
    assert Envelope.from_bytes(sent.read_bytes(), "").content() == parse_request(saved.read_bytes(), "").content()
    checker(0, '{"aanvraag": "a-0123", "stand": "1 van 2 oordelen", "oordelen": {"toetser": "akkoord"}}')
    _, out, _ = zoo("aanvraag", "status", "a-0123")
    assert "1 van 2 oordelen" in out
    assert "toetser: akkoord" in out


def test_a_request_of_somebody_else_is_not_sent(
    built: Any, saved: Path, checker: Callable[..., None], zoo: Zoo, tmp_path: Path
) -> None:
    checker(0, "{}", before=f"open({str(tmp_path / 'a')!r}, 'w')")
    write_key_pair(tmp_path, built.key("toetser"))
    code, _, error = zoo(
        "aanvraag", "indienen", saved, "--sleutel", tmp_path / "toetser.sleutel", "--project", built.path
    )
    assert code == 2
    assert "de sleutel is van 'toetser'" in error
    assert not (tmp_path / "a").exists()


def test_a_file_that_is_no_request_is_refused_before_the_checker_is_asked(
    tmp_path: Path, zoo: Zoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOO_REGISTRATIE", os.fspath(tmp_path))
    (tmp_path / "vraag.json").write_text('{"versie": 1, "getallen": [1, 2]}', encoding="utf-8")
    code, _, error = zoo("aanvraag", "toets", tmp_path / "vraag.json")
    assert code == 2
    assert error.startswith("fout: ")
    assert error.count("\n") == 1
