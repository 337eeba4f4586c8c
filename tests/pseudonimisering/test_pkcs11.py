"""A master key in a token, against SoftHSM2: it wraps there, it never leaves, and destroying it there ends it."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from pseudonimisering.custody import Custody, create_custody, open_master
from pseudonimisering.custody.backup import make_backup
from pseudonimisering.custody.destruction import destroy_project
from pseudonimisering.custody.keeping import SharedKeeping, TokenKeeping
from pseudonimisering.custody.master import WrongKeyError
from pseudonimisering.custody.renewal import renew_master
from pseudonimisering.custody.shares import Custodian
from zoo_formaat.errors import UserError

COMMAND = str(Path(sys.executable).with_name("pseudonimisering"))
PLACES = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
]
MODULE = next((Path(place) for place in PLACES if Path(place).exists()), None)
PIN = "geheime pin 12"

pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
pytestmark = pytest.mark.skipif(MODULE is None, reason="SoftHSM2 is not installed (Debian: softhsm2)")


@pytest.fixture(scope="module")
def token(tmp_path_factory) -> str:
    """A SoftHSM2 token of our own; the library reads its place once per process."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    command = ["softhsm2-util", "--init-token", "--free", "--label", "zoo", "--pin", PIN, "--so-pin", "beheerder 1"]
    subprocess.run(command, check=True, capture_output=True)
    return "zoo"


def answer(_: str) -> str:
    return PIN


def made(root: Path, token: str) -> Custody:
    return create_custody(root / "geheimen", [], TokenKeeping(MODULE, token, PIN))


def pseudonym(custody: Custody, project: str) -> bytes:
    result = custody.project_secret(project).domain_key("persoon").pseudonyms(pl.Series(["1"])).to_pylist()[0]
    custody.release(project)
    return result


def keys(token: str) -> list:
    session = pkcs11.lib(str(MODULE)).get_token(token_label=token).open()
    return list(session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY}))


def test_the_key_wraps_in_the_token_and_never_leaves_it(tmp_path, token):
    custody = made(tmp_path, token)
    before = pseudonym(custody, "proef")
    path = custody.path
    assert pseudonym(Custody(path, open_master(path, (), answer)), "proef") == before
    assert not (path / "hoofdsleutel.geheim").exists()
    (key,) = [key for key in keys(token) if custody.description().id in key[pkcs11.Attribute.LABEL]]
    assert key[pkcs11.Attribute.SENSITIVE] and not key[pkcs11.Attribute.EXTRACTABLE]
    with pytest.raises(pkcs11.AttributeSensitive):
        key[pkcs11.Attribute.VALUE]
    with pytest.raises(TypeError, match="verlaat het proces niet"):
        pickle.dumps(custody.master())


def test_what_was_wrapped_for_another_use_does_not_open(tmp_path, token):
    master = made(tmp_path, token).master()
    wrapped = master.wrap(bytes(32), b"proef")
    assert master.unwrap(wrapped, b"proef") == bytes(32)
    for content, about in ((wrapped, b"ander"), (wrapped[:-1], b"proef"), (b"", b"proef")):
        with pytest.raises(WrongKeyError):
            master.unwrap(content, about)


def test_wrong_pin_token_and_module_are_said_so(tmp_path, token):
    for keeping, message in (
        (TokenKeeping(MODULE, "weg", PIN), "niet precies één keer"),
        (TokenKeeping(tmp_path / "weg.so", token, PIN), "werkt niet"),
    ):
        with pytest.raises(UserError, match=message):
            create_custody(tmp_path / "nieuw", [], keeping)
    assert not (tmp_path / "nieuw").exists()
    path = made(tmp_path, token).path
    with pytest.raises(UserError, match="PIN"):
        Custody(path).project_secret("proef")


def test_a_new_key_in_the_token_destroys_the_earlier_one(tmp_path, token):
    custody = made(tmp_path, token)
    other = pseudonym(custody, "ander")
    pseudonym(custody, "proef")
    make_backup(custody, tmp_path / "kopie")
    destroy_project(custody, "proef", tmp_path / "certificaat", keeping=TokenKeeping(MODULE, token, PIN))
    path = custody.path
    assert pseudonym(Custody(path, open_master(path, (), answer)), "ander") == other
    assert len([key for key in keys(token) if custody.description().id in key[pkcs11.Attribute.LABEL]]) == 1
    with pytest.raises(UserError, match="niet; neem het goede token"):
        open_master(tmp_path / "kopie", (), answer)


def test_from_a_token_to_custodians(tmp_path, token):
    custody = made(tmp_path, token)
    before = pseudonym(custody, "proef")
    people = [Custodian(name) for name in ("anna", "bram", "cato")]
    renew_master(custody, SharedKeeping(people, tmp_path / "delen"))
    shares = sorted((tmp_path / "delen").iterdir())[1:]
    assert pseudonym(Custody(custody.path, open_master(custody.path, shares, answer)), "proef") == before


def test_the_command_takes_the_pin_from_a_file_and_refuses_a_wrong_one(tmp_path, token):
    def run(*arguments) -> subprocess.CompletedProcess:
        return subprocess.run(
            [COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )

    for name, content in (("pin", PIN), ("fout", "een andere pin")):
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o600)
    folder = tmp_path / "geheimen"
    maak = ["geheim", "maak", folder, "--pkcs11", MODULE, "--token", token, "--wachtzin-bestand"]
    wrong = run(*maak, tmp_path / "fout")
    assert wrong.returncode == 2 and wrong.stderr.count("\n") == 1 and "PIN" in wrong.stderr
    done = run(*maak, tmp_path / "pin")
    assert (done.returncode, done.stderr) == (0, "")
    done = run("geheim", "project", folder, "proef", "--wachtzin-bestand", tmp_path / "pin")
    assert (done.returncode, done.stderr) == (0, "")
    text = (folder / "bewaarplaats.json").read_text() + (folder / "logboek.jsonl").read_text()
    assert PIN not in text
