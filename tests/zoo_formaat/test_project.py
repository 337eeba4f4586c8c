"""The project file: two different people signed exactly these bytes, or it does not load."""

import json
from datetime import date

import pytest

from zoo_formaat.detached import signatures_path
from zoo_formaat.errors import UserError
from zoo_formaat.project import load_project, read_project, sign_project
from zoo_formaat.signature import Envelope, PrivateKey, PublicKey, Signature, sign

ANNA = PrivateKey.generate("anna")
BERT = PrivateKey.generate("bert")
CEES = PrivateKey.generate("cees")
ANALYST = PrivateKey.generate("dora")
SIGNERS = [ANNA.public, BERT.public, CEES.public]

TEXT = f"""
versie = 1
id = "ondermijning-2016"
naam = "Ondermijning en vastgoed"
vraag = "Waar hopen risico's zich op?"
doel = "ondermijning-vastgoed"
grondslag = "overeenkomst 12"
van = 1995-01-01
tot = 2016-12-31
einde = 2027-12-31
beleid = "standaard"
eenheden = ["persoon", "adres"]

[bronnen.kadaster]
transacties = ["woning", "datum"]

[[leden]]
id = "dora"
naam = "Dora"
rol = "analist"
team = "onderzoek"
tot = 2027-12-31
sleutel = "{ANALYST.public.sleutel}"
"""


def officer(name, key):
    return (
        f'\n[[leden]]\nid = "{name}"\nnaam = "T"\nrol = "toetser"\nteam = "toetsing"\ntot = 2027-12-31\n'
        f'sleutel = "{key.public.sleutel}"\n'
    )


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "project.toml"
    path.write_text(TEXT)
    return path


def test_two_signatures_open_it_and_say_what_it_permits(path):
    assert [sign_project(path, key) for key in (BERT, ANNA)] == [1, 2]
    project = load_project(path, SIGNERS, on=date(2027, 12, 31))
    assert [key.houder for key in project.signers] == ["anna", "bert"]
    assert project.file.permits("kadaster", "transacties") == ["woning", "datum"]
    assert project.file.permits("kadaster", "eigendom") is None
    assert project.file.permits("brp", "transacties") is None
    member = project.file.member("dora")
    assert member is not None
    assert member.key == ANALYST.public
    assert project.file.member("anna") is None
    assert not project.demo


@pytest.mark.parametrize("signers", [[], [ANNA], [ANNA, ANALYST]])
def test_fewer_than_two_trusted_people_are_refused(path, signers):
    for key in signers:
        sign_project(path, key)
    with pytest.raises(UserError, match=r"(van 2 handtekeningen|bestaat niet)"):
        load_project(path, SIGNERS)


def test_two_keys_of_one_person_are_one_person(path):
    second = PrivateKey.generate("anna")
    for key in (ANNA, second):
        sign_project(path, key)
    with pytest.raises(UserError, match="1 van 2 handtekeningen"):
        load_project(path, [*SIGNERS, second.public])


def test_one_signature_written_twice_is_one(path):
    sign_project(path, ANNA)
    beside = signatures_path(path)
    envelope = Envelope.from_bytes(beside.read_bytes(), "x")
    beside.write_bytes(envelope.model_copy(update={"signatures": envelope.signatures * 2}).to_bytes())
    with pytest.raises(UserError, match="1 van 2 handtekeningen"):
        load_project(path, SIGNERS)


def test_any_change_after_signing_is_refused(path):
    for key in (ANNA, BERT):
        sign_project(path, key)
    for changed in (TEXT.replace('"datum"]', '"datum", "koopsom"]'), TEXT + " ", TEXT.replace("\n", "\r\n")):
        path.write_bytes(changed.encode())
        with pytest.raises(UserError, match="gewijzigd na het ondertekenen"):
            load_project(path, SIGNERS)


def test_changed_text_with_a_changed_envelope_is_refused(path):
    for key in (ANNA, BERT):
        sign_project(path, key)
    changed = TEXT.replace('"datum"]', '"datum", "koopsom"]')
    path.write_text(changed)
    beside = signatures_path(path)
    envelope = Envelope.from_bytes(beside.read_bytes(), "x")
    forged = sign(changed.encode(), envelope.payloadType, []).model_copy(update={"signatures": envelope.signatures})
    beside.write_bytes(forged.to_bytes())
    with pytest.raises(UserError, match=r"handtekening van (anna|bert) klopt niet"):
        load_project(path, SIGNERS)


def test_signatures_under_another_kind_of_document_are_refused(path):
    signatures_path(path).write_bytes(sign(TEXT.encode(), "application/vnd.zoo.anders", [ANNA, BERT]).to_bytes())
    with pytest.raises(UserError, match="ondertekend als"):
        load_project(path, SIGNERS)


def test_signing_a_changed_text_drops_the_signatures_over_the_old_one(path):
    sign_project(path, ANNA)
    path.write_text(TEXT + "# toelichting\n")
    assert sign_project(path, BERT) == 1
    with pytest.raises(UserError, match="1 van 2 handtekeningen"):
        load_project(path, SIGNERS)


def test_a_malformed_text_is_not_signed(path):
    path.write_text(TEXT.replace("doel =", "doell ="))
    with pytest.raises(UserError, match="onbekend veld 'doell'; bedoelde u 'doel'"):
        sign_project(path, ANNA)
    assert not signatures_path(path).exists()


def test_officer_does_not_appoint_themselves(path):
    path.write_text(TEXT + officer("anna", PrivateKey.generate("anna")))
    for key in (ANNA, BERT):
        sign_project(path, key)
    with pytest.raises(UserError, match="toetser 'anna' is niet door twee anderen aangesteld"):
        load_project(path, SIGNERS)
    sign_project(path, CEES)
    assert len(load_project(path, SIGNERS).signers) == 3


def test_officer_under_another_name_does_not_appoint_themselves(path):
    path.write_text(TEXT + officer("toetser-1", ANNA))
    for key in (ANNA, BERT):
        sign_project(path, key)
    with pytest.raises(UserError, match="niet door twee anderen aangesteld"):
        load_project(path, SIGNERS)


def test_officer_and_one_other_person_with_two_keys_do_not_make_two_others(path):
    second = PrivateKey.generate("bert")
    path.write_text(TEXT + officer("anna", ANNA))
    for key in (ANNA, BERT, second):
        sign_project(path, key)
    with pytest.raises(UserError, match="niet door twee anderen aangesteld"):
        load_project(path, [*SIGNERS, second.public])


def test_officers_with_a_second_key_of_their_own_are_still_themselves(path):
    second = PrivateKey.generate("anna")
    path.write_text(TEXT + officer("toetser-1", ANNA))
    for key in (ANNA, second, BERT):
        sign_project(path, key)
    with pytest.raises(UserError, match="niet door twee anderen aangesteld"):
        load_project(path, [*SIGNERS, second.public])


def test_two_officers_do_not_appoint_each_other(path):
    path.write_text(TEXT + officer("anna", ANNA) + officer("bert", BERT))
    for key in (ANNA, BERT):
        sign_project(path, key)
    with pytest.raises(UserError, match="niet door twee anderen aangesteld"):
        load_project(path, SIGNERS)


def test_demo_signer_marks_the_project(path):
    demo = PrivateKey.generate("demo-anna", demo=True)
    for key in (demo, BERT):
        sign_project(path, key)
    assert load_project(path, [*SIGNERS, demo.public]).demo
    enrolled = PublicKey(houder="demo-anna", sleutel=demo.public.sleutel, demo=True)
    assert load_project(path, [*SIGNERS, enrolled]).demo


def test_ended_project_does_not_load(path):
    for key in (ANNA, BERT):
        sign_project(path, key)
    with pytest.raises(UserError, match="geëindigd op 2027-12-31"):
        load_project(path, SIGNERS, on=date(2028, 1, 1))


def test_unknown_key_id_and_false_signature_next_to_good_ones(path):
    for key in (ANNA, BERT):
        sign_project(path, key)
    beside = signatures_path(path)
    data = json.loads(beside.read_bytes())
    data["signatures"].append({"keyid": "0" * 32, "sig": "AAAA"})
    beside.write_text(json.dumps(data))
    assert len(load_project(path, SIGNERS).signers) == 2
    data["signatures"].append(Signature(keyid=CEES.public.id, sig="AAAA").model_dump())
    beside.write_text(json.dumps(data))
    with pytest.raises(UserError, match="handtekening van cees klopt niet"):
        load_project(path, SIGNERS)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("van = 1995-01-01", "van = 2017-01-01", "project.toml: 'van' ligt na 'tot'"),
        ('"persoon", ', '"mens", ', "veld 'eenheden.0' klopt niet: verwacht een van 'persoon'"),
        ('["persoon", "adres"]', "[]", "veld 'eenheden' klopt niet: verwacht minstens 1 waarde(n)"),
        ('rol = "analist"', 'rol = "baas"', "veld 'leden.0.rol' klopt niet"),
        ("beleid =", "beleit =", "onbekend veld 'beleit'; bedoelde u 'beleid'?"),
        (
            'team = "onderzoek"\ntot = 2027-12-31\nsleutel = "',
            'team = "o"\ntot = 2027-12-31\nsleutel = "AAAA" #',
            "veld 'leden.0.sleutel': verwacht een Ed25519-sleutel",
        ),
    ],
)
def test_mistakes_in_the_text_are_told_in_one_line(path, right, wrong, message):
    assert TEXT.count(right) == 1
    path.write_text(TEXT.replace(right, wrong))
    with pytest.raises(UserError) as caught:
        read_project(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "validation error" not in str(caught.value)


def test_one_key_cannot_be_two_members_in_whatever_spelling(path):
    key = ANALYST.public.sleutel
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    respelled = key[:-2] + alphabet[alphabet.index(key[-2]) + 1] + "="
    extra = officer("eva", CEES)
    path.write_text(TEXT + extra.replace(CEES.public.sleutel, key))
    with pytest.raises(UserError, match="twee leden met dezelfde sleutel"):
        read_project(path)
    path.write_text(TEXT + extra.replace(CEES.public.sleutel, respelled))
    with pytest.raises(UserError, match=r"leden\.1\.sleutel.*schrijfwijze"):
        read_project(path)
    path.write_text(TEXT + extra.replace('"eva"', '"dora"'))
    with pytest.raises(UserError, match="twee leden met dezelfde id"):
        read_project(path)
