"""Keys on disk: who can read them, what a wrong one says, and that their content shows up nowhere."""

import base64
import json
import os
import stat
import subprocess
import sys
import traceback

import pytest

from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_private_key, read_public_key, read_public_keys, read_secret, write_key_pair
from zoo_formaat.signature import PrivateKey


@pytest.fixture
def key():
    return PrivateKey.generate("jan", demo=True)


@pytest.fixture
def path(tmp_path, key):
    write_key_pair(tmp_path, key)
    return tmp_path / "jan.sleutel"


def secret_of(key):
    return base64.b64encode(key.private_bytes()).decode()


def test_pair_comes_back_and_the_private_half_is_the_owners_alone(path, key):
    again = read_private_key(path)
    assert again.public == key.public == read_public_key(path.with_name("jan.pub.json"))
    assert key.public.verifies(b"x", again.sign(b"x"))
    assert again.public.demo
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret_of(key) not in path.with_name("jan.pub.json").read_text()


def test_existing_key_is_never_overwritten(path, key):
    before = path.read_bytes()
    with pytest.raises(UserError, match="nooit overschreven"):
        write_key_pair(path.parent, PrivateKey.generate("jan"))
    path.unlink()  # the public half alone is enough to refuse
    with pytest.raises(UserError, match="nooit overschreven"):
        write_key_pair(path.parent, PrivateKey.generate("jan"))
    path.write_bytes(before)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666])
def test_key_that_others_can_reach_is_refused_with_the_remedy(path, mode):
    path.chmod(mode)
    with pytest.raises(UserError, match="leesbaar voor anderen; doe eerst: chmod 600"):
        read_private_key(path)


def test_link_folder_pipe_and_absent_file_are_no_keys(path, tmp_path):
    link = tmp_path / "koppeling"
    link.symlink_to(path)
    os.mkfifo(tmp_path / "pijp", 0o600)
    (tmp_path / "map").mkdir(0o700)
    for name in ("koppeling", "pijp", "map", "weg", "jan.sleutel/x"):
        with pytest.raises(UserError, match=r"(koppeling of geen bestand|is geen bestand|bestaat niet)"):
            read_secret(tmp_path / name, "sleutelbestand")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_key_of_another_user_is_refused(path):
    os.chown(path, 12345, -1)
    with pytest.raises(UserError, match="andere gebruiker"):
        read_private_key(path)


@pytest.mark.parametrize(
    "change",
    [
        {"geheim": "AAAA"},
        {"geheim": "geen base64!"},
        {"geheim": 5},
        {"houder": "Jan Jansen"},
        {"houder": "../jan"},
        {"demo": "nee"},
        {"extra": 1},
    ],
)
def test_malformed_key_is_one_line_that_shows_nothing_of_it(path, key, change):
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError) as caught:
        read_private_key(path)
    shown = "".join(traceback.format_exception(caught.value))
    assert str(caught.value) == f"sleutelbestand {path} is geen geldige sleutel; maak een nieuwe"
    assert secret_of(key) not in shown
    for value in change.values():
        assert len(str(value)) < 4 or str(value) not in shown


@pytest.mark.parametrize("cut", [0, 20, 60])
def test_torn_key_shows_nothing_of_it(path, key, cut):
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UserError, match="geen geldige sleutel") as caught:
        read_private_key(path)
    assert secret_of(key)[:8] not in "".join(traceback.format_exception(caught.value))


def test_key_does_not_show_its_secret(key):
    raw = key.private_bytes()
    for shown in (repr(key), str(key), f"{key}", repr(vars(key)), repr(key.public), repr([key])):
        assert secret_of(key) not in shown
        assert raw.hex() not in shown
        assert repr(raw)[2:-1] not in shown
    assert "jan" in repr(key)


CRASHING = """
import os
from pathlib import Path
import typer
from zoo_formaat.command import run
from zoo_formaat.keys import read_private_key

app = typer.Typer()

@app.command()
def kapot():
    key = read_private_key(Path(os.environ["SLEUTEL"]))
    secret = key.private_bytes().hex()
    raise ValueError(secret, key)

run(app, "kapot")
"""


def test_command_that_crashes_with_a_key_in_hand_does_not_print_it(path, key):
    done = subprocess.run(
        [sys.executable, "-c", CRASHING],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SLEUTEL": str(path)},
    )
    assert done.returncode == 1
    assert "ValueError" in done.stderr
    assert key.private_bytes().hex() not in done.stderr + done.stdout


def test_public_keys_of_a_folder_are_one_per_person(tmp_path, key):
    assert read_public_keys(tmp_path / "weg") == []
    other = PrivateKey.generate("anna")
    for each in (key, other):
        write_key_pair(tmp_path, each)
    assert read_public_keys(tmp_path) == [other.public, key.public]
    (tmp_path / "kopie.pub.json").write_bytes((tmp_path / "jan.pub.json").read_bytes())
    with pytest.raises(UserError, match="komt twee keer voor"):
        read_public_keys(tmp_path)
    (tmp_path / "kopie.pub.json").write_text(
        json.dumps({"houder": "piet", "sleutel": key.public.sleutel, "demo": True})
    )
    with pytest.raises(UserError, match="komt twee keer voor"):
        read_public_keys(tmp_path)
    (tmp_path / "kopie.pub.json").write_text(
        json.dumps({"houder": "jan", "sleutel": PrivateKey.generate("jan").public.sleutel, "demo": False})
    )
    with pytest.raises(UserError, match="komt twee keer voor"):
        read_public_keys(tmp_path)
    (tmp_path / "kopie.pub.json").write_text("[]")
    with pytest.raises(UserError, match=r"kopie\.pub\.json"):
        read_public_keys(tmp_path)
