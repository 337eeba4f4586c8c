"""Custody: only its owner or two custodians get in, nothing is replaced, nothing secret shows, every use is logged."""

import itertools
import json
import os
import pickle
import shutil
import stat
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from pseudonimisering.custody import Custody, create_custody, open_master
from pseudonimisering.custody.keeping import SharedKeeping
from pseudonimisering.custody.renewal import renew_master
from pseudonimisering.custody.shares import Custodian
from pseudonimisering.pseudonyms import ProjectSecret
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import verify
from zoo_formaat.sealed import OpeningKey
from zoo_formaat.signature import PrivateKey, PublicKey

COMMAND = str(Path(sys.executable).with_name("pseudonimisering"))
NAMES = ["anna", "bram", "cato"]
PHRASE = "een lange wachtzin van Bram, mét accent"


def pseudonym(custody: Custody, project: str = "proef") -> bytes:
    """What the secret of a project makes of one number: equal exactly when the secret is."""
    return custody.project_secret(project).domain_key("persoon").pseudonyms(pl.Series(["123456782"])).to_pylist()[0]


def ask(name: str) -> str:
    assert name == "bram"
    return PHRASE


def shared(root: Path, name: str = "gedeeld") -> tuple[Path, list[Path]]:
    """Make a custody with three custodians, of whom Bram seals his share; return it and the share files."""
    custodians = [Custodian("anna"), Custodian("bram", PHRASE), Custodian("cato")]
    folder = root / f"{name}-delen"
    create_custody(root / name, [], SharedKeeping(custodians, folder))
    return root / name, [folder / f"{name}.deel.json" for name in NAMES]


def opened(path: Path, shares, answer=ask) -> Custody:
    return Custody(path, open_master(path, shares, answer))


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_modes_and_content(town):
    root = town.custody.path
    town.custody.project_secret("proef")
    assert mode(root) == 0o700
    assert mode(root / "zone1.sleutel") == 0o600
    assert mode(root / "zone1.pub.json") == 0o644
    (secret,) = (root / "projecten").iterdir()
    assert (secret.name, mode(secret)) == ("proef.v1.geheim", 0o600)
    assert mode(root / "hoofdsleutel.geheim") == 0o600
    assert [key.houder for key in town.custody.signers()] == ["anna", "bram"]


def test_an_existing_folder_is_refused_and_left_alone(town):
    before = (town.custody.path / "zone1.sleutel").read_bytes()
    with pytest.raises(UserError, match="bestaat al"):
        create_custody(town.custody.path, [])
    assert (town.custody.path / "zone1.sleutel").read_bytes() == before


def test_secrets_are_random_per_project_and_stay_the_same(town):
    folder = town.custody.path / "projecten"
    for project in ("een", "twee", "een"):
        town.custody.project_secret(project)
    een = (folder / "een.v1.geheim").read_bytes()
    assert een != (folder / "twee.v1.geheim").read_bytes()
    Custody(town.custody.path).project_secret("een")
    assert (folder / "een.v1.geheim").read_bytes() == een


def test_many_at_once_make_one_secret(town):
    def one(_):
        return pseudonym(Custody(town.custody.path), "samen")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(one, range(16)))) == 1
    assert [path.name for path in (town.custody.path / "projecten").iterdir()] == ["samen.v1.geheim"]


def test_processes_at_once_make_one_secret(town):
    code = (
        "import sys, pathlib, polars as pl; from pseudonimisering.custody import Custody;"
        "c = Custody(pathlib.Path(sys.argv[1])); sys.stdin.readline();"
        "k = c.project_secret('samen').domain_key('persoon');"
        "print(k.pseudonyms(pl.Series(['1'])).to_pylist()[0].hex())"
    )
    arguments = [sys.executable, "-c", code, str(town.custody.path)]
    running = [subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert len({process.communicate("nu\n")[0] for process in running}) == 1
    assert all(process.returncode == 0 for process in running)
    assert sum(b"geheim maak" in line for line in town.custody.log.path.read_bytes().splitlines()) == 1


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660])
@pytest.mark.parametrize("name", ["zone1.sleutel", "projecten/proef.v1.geheim", "hoofdsleutel.geheim"])
def test_a_key_file_open_to_others_is_refused(town, name, bits):
    town.custody.project_secret("proef")
    path = town.custody.path / name
    path.chmod(bits)
    custody = Custody(town.custody.path)
    with pytest.raises(UserError, match=f"chmod 600 {path}"):
        custody.signing_key()
        custody.project_secret("proef")


def test_a_folder_open_to_others_is_refused(town):
    town.custody.path.chmod(0o750)
    with pytest.raises(UserError, match="chmod 700"):
        Custody(town.custody.path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_somebody_else_is_refused(town):
    os.chown(town.custody.path / "zone1.sleutel", 12345, -1)
    with pytest.raises(UserError, match="andere gebruiker"):
        town.custody.signing_key()


def test_a_damaged_secret_is_refused_without_showing_it(town):
    town.custody.project_secret("proef")
    path = town.custody.path / "projecten" / "proef.v1.geheim"
    whole = path.read_bytes()
    for content in (b"half-a-secret", b"", whole[:-20], whole.replace(b'"inhoud":"', b'"inhoud":"AAAA')):
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"beschadigd.*reservekopie") as caught:
            town.custody.project_secret("proef")
        assert "half-a-secret" not in str(caught.value)


def test_trust_adds_people_and_refuses_a_second_key_for_one_name(town):
    dirk = PrivateKey.generate("dirk").public
    town.custody.trust([dirk])
    assert [key.houder for key in town.custody.signers()] == ["anna", "bram", "dirk"]
    impostor = PrivateKey.generate("anna").public
    twin = PublicKey(houder="eva", sleutel=dirk.sleutel)
    for key in (impostor, twin):
        with pytest.raises(UserError, match="precies één persoon"):
            town.custody.trust([key])
    assert [key.houder for key in town.custody.signers()] == ["anna", "bram", "dirk"]


def test_every_use_is_logged_in_a_chain_and_no_secret_is(town):
    town.deliver(town.contract(), [town.persons(town.rows[:3])], town.project())
    log = town.custody.path / "logboek.jsonl"
    assert verify(log) >= 5
    content = log.read_bytes()
    for word in (b"bewaarplaats maak", b"geheim maak", b"geheim gebruik", b"gelukt", b"bron:brp", b'"persoon"'):
        assert word in content
    secrets = [town.custody.open_secrets("proef")[0][0], (town.custody.path / "hoofdsleutel.geheim").read_bytes()]
    for secret in secrets:
        assert secret not in content and secret.hex().encode() not in content


# ----------------------------------------------------------------------------------------------------- wrapped at rest


def test_a_secret_lies_wrapped_and_only_in_its_own_place(town):
    names = ("een", "twee")
    seen = {name: pseudonym(town.custody, name) for name in names}
    folder = town.custody.path / "projecten"
    raw = town.custody.open_secrets("een")[0][0]
    for path in town.custody.path.rglob("*"):
        assert not path.is_file() or raw not in path.read_bytes()
    shutil.copy(folder / "twee.v1.geheim", folder / "een.v1.geheim")
    with pytest.raises(UserError, match="hoort niet op deze plaats"):
        town.custody.project_secret("een")
    # nor when its label is rewritten to fit: the label is bound to the wrapped bytes
    content = (folder / "twee.v1.geheim").read_text().replace('"project":"twee"', '"project":"een"')
    (folder / "een.v1.geheim").write_text(content)
    with pytest.raises(UserError, match="gaat met deze hoofdsleutel niet open"):
        town.custody.project_secret("een")
    assert pseudonym(town.custody, "twee") == seen["twee"] != seen["een"]


def test_a_secret_of_another_custody_is_refused(town, another_custody):
    other = another_custody("anders")
    other.project_secret("proef")
    town.custody.project_secret("proef")
    shutil.copy(other.path / "projecten/proef.v1.geheim", town.custody.path / "projecten/proef.v1.geheim")
    with pytest.raises(UserError, match="hoort niet op deze plaats"):
        town.custody.project_secret("proef")
    # with its whole description it is no more than wrapped under another master key
    shutil.copy(other.path / "bewaarplaats.json", town.custody.path / "bewaarplaats.json")
    with pytest.raises(UserError, match="niet open"):
        Custody(town.custody.path).project_secret("proef")


def test_the_scheme_is_chosen_once(town):
    town.custody.create_project("proef", "aes256-cmac")
    assert town.custody.project_secret("proef").scheme == "aes256-cmac"
    assert town.custody.project_secret("ander").scheme == "hmac-sha256/128"
    for scheme, message in (("hmac-sha256/128", "heeft al een geheim"), ("md5", "onbekend")):
        with pytest.raises(UserError, match=message):
            town.custody.create_project("proef", scheme)
    path = town.custody.path / "projecten/proef.v1.geheim"
    path.write_text(path.read_text().replace("aes256-cmac", "hmac-sha256/128"))
    with pytest.raises(UserError, match="gaat met deze hoofdsleutel niet open"):
        town.custody.project_secret("proef")


@pytest.mark.parametrize("name", ["../weg", "a/b", "", ".", "x", "A1", "a" * 65])
def test_an_impossible_project_is_refused(town, name):
    with pytest.raises(UserError, match="project-id"):
        town.custody.project_secret(name)


def test_the_earlier_form_is_wrapped_at_first_opening(town):
    path = town.custody.path
    for name in ("bewaarplaats.json", "hoofdsleutel.geheim"):
        (path / name).unlink()
    shutil.rmtree(path / "projecten")
    (path / "projecten").mkdir(mode=0o700)
    plain = path / "projecten/proef.v1.geheim"
    secret = bytes(range(32))
    plain.write_bytes(secret)
    plain.chmod(0o600)
    custody = Custody(path)
    assert custody.open_secrets("proef")[0] == [secret]
    key = ProjectSecret([secret]).domain_key("persoon")
    assert pseudonym(custody) == key.pseudonyms(pl.Series(["123456782"])).to_pylist()[0]
    assert secret not in plain.read_bytes() and mode(plain) == 0o600
    # what is plain afterwards was put there by somebody else
    plain.write_bytes(secret)
    with pytest.raises(UserError, match="beschadigd"):
        Custody(path).project_secret("proef")


def test_the_audit_key_is_made_once_and_is_of_the_zone(town, another_custody):
    key = town.custody.audit_key()
    assert len(key) == 32 and Custody(town.custody.path).audit_key() == key != another_custody("anders").audit_key()
    assert key not in (town.custody.path / "auditsleutel.geheim").read_bytes()


def test_checkers_are_enrolled_under_one_name(town):
    key = OpeningKey.generate("toetser").public
    assert town.custody.checkers() == []
    town.custody.trust_checker(key)
    town.custody.trust_checker(key)
    assert town.custody.checkers() == [key]
    with pytest.raises(UserError, match="nieuwe naam"):
        town.custody.trust_checker(OpeningKey.generate("toetser").public)


def test_codes_stay_for_a_project(town):
    pseudonyms = town.custody.project_secret("proef").domain_key("persoon").pseudonyms(pl.Series(["1", "2", "3"]))
    with town.custody.code_book("proef").session() as session:
        codes = session.assign("persoon", pseudonyms).to_pylist()
    with Custody(town.custody.path).code_book("proef").session() as session:
        assert session.assign("persoon", pseudonyms).to_pylist() == codes
    assert len(set(codes)) == 3
    # a secret that is lost while the project has codes is not made anew: nothing would link
    (town.custody.path / "projecten/proef.v1.geheim").unlink()
    with pytest.raises(UserError, match="al codes"):
        Custody(town.custody.path).project_secret("proef")


# ----------------------------------------------------------------------------------------------------------- custodians


def test_any_two_of_three_shares_open_the_custody(tmp_path):
    path, shares = shared(tmp_path)
    assert [mode(share) for share in shares] == [0o600] * 3
    assert not (path / "hoofdsleutel.geheim").exists()
    seen = {pseudonym(opened(path, pair)) for pair in itertools.permutations(shares, 2)}
    assert len(seen) == 1


def test_fewer_or_other_shares_do_not(tmp_path):
    path, shares = shared(tmp_path)
    _, others = shared(tmp_path, "ander")
    copy = tmp_path / "kopie.deel.json"
    shutil.copy(shares[0], copy)
    wrong = {
        "--deel BESTAND twee keer": [],
        "delen van 2 bewaarders": shares[:1],
        "één bewaarder": [shares[0], copy],
        "andere bewaarplaats": [shares[0], others[2]],
        "precies 2": shares,
    }
    for message, given in wrong.items():
        with pytest.raises(UserError, match=message):
            opened(path, given)
    with pytest.raises(UserError, match="--deel"):
        Custody(path).project_secret("proef")
    # somebody who changes what the file says of itself gets no further
    label = json.loads(shares[0].read_bytes())
    forged = tmp_path / "vervalst.deel.json"
    forged.write_text(json.dumps(label | {"woorden": json.loads(others[0].read_bytes())["woorden"]}))
    forged.chmod(0o600)
    with pytest.raises(UserError, match="passen niet bij elkaar"):
        opened(path, [forged, shares[2]])


def test_a_sealed_share_needs_its_passphrase(tmp_path):
    path, (_, bram, cato) = shared(tmp_path)
    assert "woorden" not in json.loads(bram.read_bytes())
    for wrong in ("een andere wachtzin", "", PHRASE + " "):
        with pytest.raises(UserError, match="wachtzin van bram klopt niet"):
            opened(path, [bram, cato], lambda _, wrong=wrong: wrong)
    # the same text in another Unicode form is the same passphrase
    opened(path, [bram, cato], lambda _: PHRASE.replace("é", "e\u0301"))
    content = bram.read_text()
    bram.write_text(content.replace('"bewaarder":"bram"', '"bewaarder":"dirk"'))
    with pytest.raises(UserError, match="klopt niet, of het deel is beschadigd"):
        opened(path, [bram, cato], lambda _: PHRASE)


@pytest.mark.parametrize("damage", [lambda b: b[:-30], lambda b: b"", lambda b: b.replace(b"woorden", b"woordje")])
def test_a_damaged_share_is_refused_without_its_words(tmp_path, damage):
    path, (anna, _, cato) = shared(tmp_path)
    words = json.loads(anna.read_bytes())["woorden"]
    anna.write_bytes(damage(anna.read_bytes()))
    with pytest.raises(UserError) as caught:
        opened(path, [anna, cato])
    shown = "".join(traceback.format_exception(caught.value))
    assert not any(word in shown.split() for word in words.split())


def test_a_share_open_to_others_is_refused(tmp_path):
    path, shares = shared(tmp_path)
    shares[0].chmod(0o640)
    with pytest.raises(UserError, match="chmod 600"):
        opened(path, [shares[0], shares[2]])


@pytest.mark.parametrize(
    ("custodians", "message"),
    [
        ([Custodian("a"), Custodian("b")], "precies 3"),
        ([Custodian("a"), Custodian("b"), Custodian("b")], "precies 3"),
        ([Custodian("a"), Custodian("b"), Custodian("../c")], "kleine letters"),
        ([Custodian("a"), Custodian("b"), Custodian("c", "kort")], "minstens 12"),
    ],
)
def test_custodians_are_three_people(tmp_path, custodians, message):
    with pytest.raises(UserError, match=message):
        create_custody(tmp_path / "nieuw", [], SharedKeeping(custodians, tmp_path / "delen"))
    assert list(tmp_path.iterdir()) == []


def test_a_new_master_key_keeps_every_secret_and_shuts_out_the_earlier_shares(town):
    custodians = [Custodian(name) for name in NAMES]
    seen = [pseudonym(town.custody, name) for name in ("een", "twee")]
    audit = town.custody.audit_key()
    old_key = (town.custody.path / "hoofdsleutel.geheim").read_bytes()
    renew_master(town.custody, SharedKeeping(custodians, town.root / "eerst"))
    path = town.custody.path
    assert not (path / "hoofdsleutel.geheim").exists()
    assert all(old_key not in file.read_bytes() for file in path.rglob("*") if file.is_file())
    first = [town.root / "eerst" / f"{name}.deel.json" for name in NAMES]
    renew_master(opened(path, first[:2]), SharedKeeping(custodians, town.root / "daarna"))
    again = opened(path, [town.root / "daarna" / f"{name}.deel.json" for name in NAMES[1:]])
    assert [pseudonym(again, name) for name in ("een", "twee")] == seen
    assert again.audit_key() == audit
    with pytest.raises(UserError, match="eerdere hoofdsleutel"):
        opened(path, first[:2])
    # who opened it before the renewal is told so, and writes nothing under the earlier key
    with pytest.raises(UserError, match=r"opnieuw uit"):
        town.custody.project_secret("drie")


# ------------------------------------------------------------------------------------------------------- nothing leaks


def run(*arguments, **options) -> subprocess.CompletedProcess:
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, **options)


def test_the_command_makes_and_opens_a_custody_with_custodians(tmp_path):
    phrase = tmp_path / "wachtzin"
    phrase.write_text(PHRASE + "\n")
    phrase.chmod(0o600)
    people = [part for name in NAMES for part in ("--bewaarder", name)]
    folder, shares = tmp_path / "geheimen", tmp_path / "delen"
    made = run(
        "geheim", "maak", folder, *people, "--delen", shares, "--wachtzin-bestand", phrase, stdin=subprocess.DEVNULL
    )
    assert (made.returncode, made.stderr) == (0, "")
    pair = ["--deel", shares / "anna.deel.json", "--deel", shares / "bram.deel.json"]
    phrase.chmod(0o644)
    refused = run("geheim", "project", folder, "proef", *pair, "--wachtzin-bestand", phrase)
    assert refused.returncode == 2 and "chmod 600" in refused.stderr
    phrase.chmod(0o600)
    reader, writer = os.pipe()
    os.write(writer, PHRASE.encode())
    os.close(writer)
    sealed_one = ["--deel", shares / "anna.deel.json", "--deel", shares / "cato.deel.json"]
    given = ["--wachtzin-bestand", f"/dev/fd/{reader}"]
    done = run("geheim", "project", folder, "proef", *sealed_one, *given, "--schema", "aes256-cmac", pass_fds=[reader])
    assert (done.returncode, done.stderr) == (0, "")
    none = run("geheim", "project", folder, "ander", stdin=subprocess.DEVNULL)
    assert none.returncode == 2 and none.stderr.count("\n") == 1 and "--deel" in none.stderr
    log = (folder / "logboek.jsonl").read_text()
    assert verify(folder / "logboek.jsonl") == 3
    assert '"delen":["anna","cato"]' in log and PHRASE not in log


def test_a_delivery_asks_for_two_custodians(town):
    shares = town.root / "delen"
    with pytest.raises(UserError, match="andere plaats"):
        renew_master(town.custody, SharedKeeping([Custodian(name) for name in NAMES], town.custody.path / "delen"))
    renew_master(town.custody, SharedKeeping([Custodian(name) for name in NAMES], shares))
    arguments = [town.contract(), town.persons(town.rows[:3]), "--project", town.project(), "--geheimen"]
    refused = run("verwerk", *arguments, town.custody.path, "--uit", town.root / "uit", stdin=subprocess.DEVNULL)
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1 and "--deel" in refused.stderr
    pair = [part for name in ("bram", "cato") for part in ("--deel", shares / f"{name}.deel.json")]
    done = run("verwerk", *arguments, town.custody.path, "--uit", town.root / "uit", *pair)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_custody_without_options_says_that_it_is_for_trial(tmp_path):
    made = run("geheim", "maak", tmp_path / "geheimen")
    assert made.returncode == 0
    assert "niet voor echte gegevens" in made.stdout and "--bewaarder" in made.stdout


def test_an_open_secret_shows_itself_nowhere_in_the_process(tmp_path):
    path, shares = shared(tmp_path)
    code = """
import os, pathlib, sys
from pseudonimisering.custody import Custody, open_master
phrase = os.fdopen(int(sys.argv[2])).read()
path = pathlib.Path(sys.argv[1])
custody = Custody(path, open_master(path, [pathlib.Path(p) for p in sys.argv[3:]], lambda _: phrase))
secret = custody.open_secrets("proef")[0][0]
sys.stdout.write(secret.hex() + "\\n"); sys.stdout.flush()
sys.stdin.readline()
raise RuntimeError(repr(custody.master()) + repr(custody.project_secret("proef")) + repr(vars(custody)))
"""
    reader, writer = os.pipe()
    os.write(writer, PHRASE.encode())
    os.close(writer)
    running = subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(reader), *map(str, shares[1:])],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[reader],
    )  # fmt: skip
    secret = bytes.fromhex(running.stdout.readline().decode())
    process = Path(f"/proc/{running.pid}")
    limits = (process / "limits").read_text()
    shown = [(process / name).read_bytes() for name in ("cmdline", "environ")]
    # a process that may not be dumped belongs to root as far as /proc goes
    assert (process / "mem").stat().st_uid == 0
    shown += running.communicate(b"\n")
    assert running.returncode == 1 and b"RuntimeError" in shown[-1]
    (core,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]
    words = [word for share in (shares[0], shares[2]) for word in [json.loads(share.read_bytes())["woorden"]]]
    shown += [file.read_bytes() for file in path.rglob("*") if file.is_file()]
    for text in shown:
        for hidden in (secret, secret.hex().encode(), PHRASE.encode(), *(w.encode() for w in words)):
            assert hidden not in text


def test_opened_keys_do_not_leave_the_process(town):
    for thing in (town.custody.master(), town.custody.project_secret("proef")):
        with pytest.raises(TypeError, match="verlaat het proces niet"):
            pickle.dumps(thing)
