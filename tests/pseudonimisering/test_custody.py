"""Custody: only its owner gets in, nothing is replaced, and every use is in the log."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from pseudonimisering.custody import Custody, create_custody
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import verify
from zoo_formaat.signature import PrivateKey, PublicKey


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_modes_and_content(town):
    root = town.custody.path
    town.custody.project_secret("proef")
    assert mode(root) == 0o700
    assert mode(root / "zone1.sleutel") == 0o600
    assert mode(root / "zone1.pub.json") == 0o644
    (secret,) = (root / "projecten").iterdir()
    assert (secret.name, mode(secret), secret.stat().st_size) == ("proef.v1.geheim", 0o600, 32)
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
    def pseudonym(_):
        import polars as pl

        key = Custody(town.custody.path).project_secret("samen").domain_key("persoon")
        return key.pseudonyms(pl.Series(["1"])).to_pylist()[0]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(pseudonym, range(16)))) == 1
    assert [path.name for path in (town.custody.path / "projecten").iterdir()] == ["samen.v1.geheim"]


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660])
@pytest.mark.parametrize("name", ["zone1.sleutel", "projecten/proef.v1.geheim"])
def test_a_key_file_open_to_others_is_refused(town, name, bits):
    town.custody.project_secret("proef")
    path = town.custody.path / name
    path.chmod(bits)
    with pytest.raises(UserError, match=f"chmod 600 {path}"):
        town.custody.signing_key()
        town.custody.project_secret("proef")


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
    path.write_bytes(b"half-a-secret")
    with pytest.raises(UserError, match="beschadigd") as caught:
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
    town.deliver(town.contract(), [town.persons()], town.project())
    log = town.custody.path / "logboek.jsonl"
    assert verify(log) == 4
    content = log.read_bytes()
    for word in (b"bewaarplaats maak", b"geheim maak", b"begonnen", b"gelukt", b"bron:brp", b'"persoon"'):
        assert word in content
    secret = (town.custody.path / "projecten" / "proef.v1.geheim").read_bytes()
    assert secret not in content and secret.hex().encode() not in content
