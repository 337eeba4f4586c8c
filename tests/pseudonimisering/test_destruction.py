"""Destruction: no command brings a project back, the certificate says what was done, a kill can be finished."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from pseudonimisering.custody import Custody, create_custody, open_master
from pseudonimisering.custody.backup import make_backup
from pseudonimisering.custody.destruction import STATEMENT, destroy_project, read_certificate
from pseudonimisering.custody.keeping import OpenKeeping, SharedKeeping
from pseudonimisering.custody.rotation import rotate
from pseudonimisering.custody.shares import Custodian
from pseudonimisering.custody.wrapped import wrap, write_once
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import verify
from zoo_formaat.keys import read_public_key
from zoo_formaat.package import file_digest
from zoo_formaat.signature import PrivateKey

COMMAND = str(Path(sys.executable).with_name("pseudonimisering"))
POINTS = 10_000 if os.environ.get("ZOO_FULL") else 6
KEEPING = [Custodian(name) for name in ("anna", "bram", "cato")]


def pseudonym(custody: Custody, project: str) -> bytes:
    made = custody.project_secret(project).domain_key("persoon").pseudonyms(pl.Series(["1"])).to_pylist()[0]
    custody.release(project)
    return made


@pytest.fixture
def custody(town) -> Custody:
    """Two projects, one with codes and a suppression list."""
    custody = town.custody
    for project in ("proef", "ander"):
        made = custody.project_secret(project).domain_key("persoon").pseudonyms(pl.Series(["1", "2"]))
        with custody.code_book(project).session() as session:
            session.assign("persoon", made)
        (custody.path / "wissen" / project).mkdir(parents=True)
        (custody.path / "wissen" / project / "persoon.json").write_text("{}")
        custody.release(project)
    return custody


def test_everything_of_the_project_goes_and_nothing_of_another(town, custody):
    secret = custody.path / "projecten/proef.v1.geheim"
    digest, other = file_digest(secret), pseudonym(custody, "ander")
    destroy_project(custody, "proef", town.root / "certificaat.json")
    left = [str(path.relative_to(custody.path)) for path in custody.path.rglob("*") if "proef" in path.name]
    assert sorted(left) == ["sloten/project-proef", "vernietigd/proef.dsse.json", "vernietigd/proef.json"]
    assert pseudonym(Custody(custody.path), "ander") == other
    assert (custody.path / "codes/ander").exists() and (custody.path / "wissen/ander/persoon.json").exists()
    # whoever checks the certificate needs the public key only
    public = read_public_key(custody.path / "zone1.pub.json")
    certificate = read_certificate(town.root / "certificaat.json", [public])
    (version,) = certificate.versies
    assert (version.digest, version.sleutelversie, version.schema_) == (digest, 1, "hmac-sha256/128")
    assert certificate.verklaring == STATEMENT and "blijven persoonsgegevens" in STATEMENT
    assert certificate.door and certificate.project == "proef"
    assert verify(custody.log.path)


def test_no_use_of_a_destroyed_project_is_left(town, custody):
    destroy_project(custody, "proef", town.root / "certificaat")
    again = Custody(custody.path)
    uses = [
        lambda: again.project_secret("proef"),
        lambda: again.code_book("proef"),
        lambda: again.create_project("proef"),
        lambda: rotate(again, "proef", town.root / "pakketten", town.root / "nieuw"),
        lambda: town.deliver(town.contract(), [town.persons(town.rows[:3])], town.project(), custody=again),
    ]
    (town.root / "pakketten").mkdir()
    for use in uses:
        with pytest.raises(UserError, match=r"vernietigd|geen pakketten"):
            use()
    assert not (town.root / "pakket").exists()
    assert not list((custody.path / "projecten").glob("proef*"))
    # nor does a file that somebody puts back
    use = again.secret_use("proef", 1, "hmac-sha256/128")
    write_once(custody.path / "projecten/proef.v1.geheim", wrap(bytes(32), use, again.master()).to_bytes())
    with pytest.raises(UserError, match="vernietigd"):
        again.project_secret("proef")


def test_the_certificate_is_worth_nothing_when_changed_or_of_another(town, custody):
    destroy_project(custody, "proef", town.root / "certificaat")
    envelope = json.loads((town.root / "certificaat").read_bytes())
    with pytest.raises(UserError, match="niet van een zone 1"):
        read_certificate(town.root / "certificaat", [PrivateKey.generate("zone1").public])
    envelope["payload"] = envelope["payload"][:-8] + "AAAAAAA="
    (town.root / "certificaat").write_text(json.dumps(envelope))
    with pytest.raises(UserError):
        read_certificate(town.root / "certificaat", [custody.public_key()])


def test_the_command_checks_a_certificate_with_the_public_key_alone(town, custody):
    path, public = town.root / "certificaat.json", town.root / "zone1.pub.json"
    destroy_project(custody, "proef", path)
    public.write_bytes((custody.path / "zone1.pub.json").read_bytes())

    def run(*arguments: object) -> subprocess.CompletedProcess:
        command = [COMMAND, "geheim", "certificaat", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    said = run(path, "--sleutel", public)
    assert said.returncode == 0 and "echt en ongewijzigd: het geheim van project proef" in said.stdout
    assert STATEMENT in said.stdout
    assert json.loads(run(path, "--sleutel", public, "--json").stdout)["project"] == "proef"
    for wrong in ((town.root / "weg.json", "--sleutel", public), (public, "--sleutel", public)):
        refused = run(*wrong)
        assert refused.returncode == 2 and refused.stderr.count("\n") == 1 and "Traceback" not in refused.stderr


def test_backups_are_erased_when_given_and_named_when_not(town, custody):
    near, far = town.root / "kopie", town.root / "ver"
    make_backup(custody, near)
    unseen = make_backup(custody, far)
    pseudonym(Custody(near), "proef")
    certificate = destroy_project(custody, "proef", town.root / "certificaat", [near])
    assert [entry.soort for entry in certificate.gewist] == ["bewaarplaats", "reservekopie"]
    (name,) = certificate.niet_gezien
    assert str(far) in name and unseen.id in name
    assert "1 reservekopie" in certificate.kan_nog_bestaan[0] and "gaan nog open" in certificate.kan_nog_bestaan[0]
    # putting the backup back does not bring the project back
    with pytest.raises(UserError, match="vernietigd"):
        Custody(near).project_secret("proef")
    assert pseudonym(Custody(near), "ander") == pseudonym(custody, "ander")
    # one that turns up later: the same command, and the certificate tells the whole
    certificate = destroy_project(custody, "proef", town.root / "certificaat", [far])
    assert certificate.niet_gezien == [] and len(certificate.gewist) == 3 and len(certificate.versies) == 3
    assert not list((far / "projecten").glob("proef*"))
    # a backup made after the destruction holds nothing of it
    make_backup(custody, town.root / "erna")
    assert destroy_project(custody, "proef", town.root / "certificaat").niet_gezien == []


def test_a_new_master_key_shuts_a_backup_that_cannot_be_reached(town, tmp_path):
    path = tmp_path / "gedeeld"
    custody = create_custody(path, [], SharedKeeping(KEEPING, tmp_path / "oud"))
    other = pseudonym(custody, "ander")
    pseudonym(custody, "proef")
    make_backup(custody, tmp_path / "ver")
    keeping = SharedKeeping(KEEPING, tmp_path / "nieuw")
    with pytest.raises(UserError, match="--deel"):
        destroy_project(Custody(path), "proef", tmp_path / "certificaat", keeping=keeping)
    assert pseudonym(custody, "proef")
    certificate = destroy_project(custody, "proef", tmp_path / "certificaat", keeping=keeping)
    assert certificate.hoofdsleutel_vernieuwd
    assert "eerdere hoofdsleutel" in certificate.kan_nog_bestaan[0]
    shares = {name: sorted((tmp_path / name).iterdir())[:2] for name in ("oud", "nieuw")}
    assert pseudonym(Custody(path, open_master(path, shares["nieuw"], str)), "ander") == other
    with pytest.raises(UserError, match="eerdere hoofdsleutel"):
        open_master(path, shares["oud"], str)
    # the unreached backup opens with the earlier shares only: that is what the certificate says
    with pytest.raises(UserError, match="eerdere hoofdsleutel"):
        open_master(tmp_path / "ver", shares["nieuw"], str)
    assert pseudonym(Custody(tmp_path / "ver", open_master(tmp_path / "ver", shares["oud"], str)), "proef")


def test_what_does_not_fit_is_refused_before_anything_happens(town, custody, another_custody):
    make_backup(custody, town.root / "kopie")
    stranger = another_custody("anders").path
    certificate = town.root / "certificaat"
    for project, backups, message in (
        ("proeg", [], "geen geheim"),
        ("../x", [], "project-id"),
        ("proef", [stranger], "geen reservekopie"),
        ("proef", [custody.path], "bewaarplaats zelf"),
        ("proef", [town.root / "ruw"], "bestaat niet"),
    ):
        with pytest.raises(UserError, match=message):
            destroy_project(custody, project, certificate, backups)
    with pytest.raises(UserError, match="bestaande map"):
        destroy_project(custody, "proef", town.root / "weg" / "certificaat")
    held = Custody(custody.path)
    held.project_secret("proef")
    with pytest.raises(UserError, match="in gebruik"):
        destroy_project(custody, "proef", certificate)
    held.release("proef")
    assert pseudonym(custody, "proef") and not certificate.exists()
    assert not (custody.path / "vernietigd").exists() or not list((custody.path / "vernietigd").iterdir())


def test_what_a_killed_run_left_goes_and_takes_no_other_secret_along(town, custody):
    """Killed between two steps of making a secret, its file has a second name."""
    other = pseudonym(custody, "ander")
    make_backup(custody, town.root / "kopie")
    for project, name in (("ander", ".onaf-0123456789abcdef"), ("proef", ".onaf-fedcba9876543210")):
        (custody.path / "projecten" / name).hardlink_to(custody.path / f"projecten/{project}.v1.geheim")
    halves = [custody.path / ".onaf-vernieuwing-0123456789abcdef", town.root / ".onaf-kopie-0123456789abcdef"]
    for half in halves:
        shutil.copytree(custody.path / "projecten", half / "projecten")
    destroy_project(custody, "proef", town.root / "certificaat")
    assert [half.name for half in halves if half.exists()] == []
    assert [path.name for path in (custody.path / "projecten").iterdir()] == ["ander.v1.geheim"]
    assert pseudonym(Custody(custody.path), "ander") == other


def test_an_open_master_key_is_renewed_as_well(town, custody):
    before = (custody.path / "hoofdsleutel.geheim").read_bytes()
    other = pseudonym(custody, "ander")
    destroy_project(custody, "proef", town.root / "certificaat", keeping=OpenKeeping())
    assert (custody.path / "hoofdsleutel.geheim").read_bytes() != before
    assert pseudonym(Custody(custody.path), "ander") == other


def test_the_commands_from_backup_to_certificate(town, custody):
    def run(*arguments) -> subprocess.CompletedProcess:
        return subprocess.run(
            [COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )

    assert run("geheim", "reservekopie", custody.path, town.root / "kopie").returncode == 0
    done = run("geheim", "vernietig", custody.path, "proef", "--certificaat", town.root / "certificaat")
    assert (done.returncode, done.stderr) == (0, "")
    assert "niet gezien" in done.stdout and STATEMENT in done.stdout
    shown = json.loads(run("geheim", "toon", custody.path, "--json").stdout)
    assert [project["id"] for project in shown["projecten"]] == ["ander"]
    assert (shown["vernietigd"], shown["hoofdsleutel"]) == (["proef"], "open")
    assert shown["reservekopieen"][0]["projecten"] == ["ander", "proef"]
    assert "vernietigd: proef" in run("geheim", "toon", custody.path).stdout
    arguments = [town.contract(), town.persons(town.rows[:3]), "--project", town.project()]
    refused = run("verwerk", *arguments, "--geheimen", custody.path, "--uit", town.root / "uit")
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1 and "vernietigd" in refused.stderr


@pytest.mark.parametrize("name", ["destroy", "renew"])
def test_kill_9_at_any_point_is_finished_by_the_next_run(tmp_path, name):
    begin = tmp_path / "begin"
    begin.mkdir()
    custody = create_custody(begin / "geheimen", [], SharedKeeping(KEEPING, begin / "delen"))
    known = {"ander": [pseudonym(custody, "ander").hex()], "hoofdsleutel": custody.description().hoofdsleutel.id}
    pseudonym(custody, "proef")
    custody.audit_key()
    make_backup(custody, begin / "kopie")
    known["digests"] = [file_digest(begin / place / "projecten/proef.v1.geheim") for place in ("geheimen", "kopie")]
    (begin / "bekend.json").write_text(json.dumps(known))
    script = Path(__file__).with_name("killed_at.py")
    arguments = [sys.executable, script, name, tmp_path, str(POINTS), "7"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(tmp_path / "werk")
