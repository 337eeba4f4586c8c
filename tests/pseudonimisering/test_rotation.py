"""Rotation: the same links under other pseudonyms, without originals; a kill at any point can be finished."""

import hmac
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from outputcontrole.audit_identities import IDENTITY, PSEUDONYM, audit_identities
from pseudonimisering.custody import Custody
from pseudonimisering.custody.rotation import rotate
from zoo_formaat.errors import UserError
from zoo_formaat.package import load_package
from zoo_formaat.sealed import OpeningKey

POINTS = 10_000 if os.environ.get("ZOO_FULL") else 5
INCOME_OF = {"123456782": 0, "111222333": 1000, "100000009": 2000}


def table(package: Path, name: str, *columns: str):
    return pq.read_table(package / f"{name}.parquet").select(columns or None)


def persons(package: Path, name: str) -> list[bytes]:
    return [value.bytes for value in table(package, name, "persoon").column(0).to_pylist()]


def joined(one: Path, other: Path) -> list[tuple]:
    """What an analyst gets who joins persons with incomes."""
    return duckdb.execute(
        "SELECT geboortejaar, loon FROM read_parquet(?) JOIN read_parquet(?) USING (persoon) ORDER BY ALL",
        [str(one / "personen.parquet"), str(other / "inkomens.parquet")],
    ).fetchall()


@pytest.fixture
def packages(town) -> Path:
    folder = town.root / "pakketten"
    folder.mkdir()
    project = town.project()
    rows = [row.replace("12345672;", "012345672;") if row.startswith("12345672;") else row for row in town.rows]
    town.deliver(town.contract(), [town.persons(rows)], project, target="pakketten/brp")
    incomes = town.incomes([float(bsn) for bsn in INCOME_OF])
    town.deliver(town.contract(town.income_contract, "inkomens.toml"), [incomes], project, target="pakketten/inkomens")
    town.custody.release("proef")
    return folder


def audited(package: Path, town, key: OpeningKey) -> dict[bytes, bytes]:
    """What zone 3 finds: pseudonym -> audit identity."""
    pairs = audit_identities(load_package(package, [town.custody.public_key()]), "persoon", key)
    return dict(zip(*(pairs[name].to_pylist() for name in (PSEUDONYM, IDENTITY)), strict=True))


def test_the_checker_finds_the_same_audit_identities_after_every_rotation(town):
    key = OpeningKey.generate("toetser")
    town.custody.trust_checker(key.public)
    folder = town.root / "pakketten"
    folder.mkdir()
    project = town.project()
    town.deliver(town.contract(), [town.persons()], project, target="pakketten/brp")
    append = town.income_contract.replace(
        'formaat = "sav"', 'formaat = "sav"\nlevering = "vult_aan"\nuniek = ["bsn", "jaar"]'
    )
    town.deliver(town.contract(append, "i.toml"), [town.incomes([123456782.0])], project, target="pakketten/inkomens")
    town.custody.release("proef")
    before = audited(folder / "brp", town, key)
    (person,) = audited(folder / "inkomens", town, key).values()
    assert len(before) == 4 and person in before.values()
    assert rotate(town.custody, "proef", folder, town.root / "twee").audits_left_out == 0
    # who comes in a later delivery has an identity of its own, beside those that one step leads to
    more = town.incomes([123456782.0, 111222333.0])
    town.deliver(town.contract(append, "i.toml"), [more], project, target="twee/inkomens")
    town.custody.release("proef")
    rotate(town.custody, "proef", town.root / "twee", town.root / "drie")
    after = audited(town.root / "drie" / "brp", town, key)
    assert set(after.values()) == set(before.values()) and not set(after) & set(before)
    later = audited(town.root / "drie" / "inkomens", town, key)
    assert len(later) == 2 and person in later.values() and set(later.items()) <= set(after.items())


def test_without_a_checker_to_seal_to_the_sealed_files_are_left_out(town):
    key = OpeningKey.generate("toetser")
    town.custody.trust_checker(key.public)
    town.deliver(town.contract(), [town.persons()], town.project(), target="brp")
    town.custody.release("proef")
    next((town.custody.path / "toetsers").iterdir()).unlink()
    assert rotate(town.custody, "proef", town.root / "brp", town.root / "nieuw").audits_left_out > 0
    assert not list((town.root / "nieuw").glob("*.zoo"))


def test_old_and_new_packages_link_identically_and_share_no_pseudonym(town, packages):
    before = joined(packages / "brp", packages / "inkomens")
    assert len(before) == 3
    result = rotate(town.custody, "proef", packages, town.root / "nieuw")
    assert (result.version, result.rows) == (2, {"brp": 4, "inkomens": 3})
    new = town.root / "nieuw"
    assert joined(new / "brp", new / "inkomens") == before
    assert joined(packages / "brp", new / "inkomens") == []
    for name in ("brp", "inkomens"):
        package = load_package(new / name, [town.custody.public_key()])
        assert package.manifest.pseudoniemen.sleutelversie == 2
        old = load_package(packages / name, [town.custody.public_key()])
        assert old.manifest.pseudoniemen.sleutelversie == 1
        assert package.manifest.leveringen == old.manifest.leveringen
    # the order carries nothing: it is that of the new pseudonyms
    made = persons(new / "brp", "personen")
    assert made == sorted(made) and not set(made) & set(persons(packages / "brp", "personen"))


def test_a_delivery_after_rotation_meets_rotated_packages(town, packages):
    expected = joined(packages / "brp", packages / "inkomens")
    rotate(town.custody, "proef", packages, town.root / "nieuw")
    incomes = town.incomes([float(bsn) for bsn in INCOME_OF])
    contract = town.contract(town.income_contract, "inkomens.toml")
    town.deliver(contract, [incomes], town.project(), target="later", custody=Custody(town.custody.path))
    assert joined(town.root / "nieuw" / "brp", town.root / "later") == expected


def test_the_second_version_is_the_keyed_hash_of_the_first(town, packages):
    """With the standard library alone: nobody gets from the one to the other without the new secret."""
    rotate(town.custody, "proef", packages, town.root / "nieuw")
    secret = town.custody.open_secrets("proef")[0][1]
    extracted = hmac.digest(bytes(32), secret, "sha256")
    key = hmac.digest(extracted, b"zoo/hmac-sha256/128/persoon/normalisatie-1\x01", "sha256").hex().encode()
    old = persons(packages / "brp", "personen")
    expected = {hmac.digest(key, pseudonym, "sha256")[:16] for pseudonym in old}
    assert set(persons(town.root / "nieuw/brp", "personen")) == expected
    # so the first secret does not link the versions
    first = hmac.digest(bytes(32), town.custody.open_secrets("proef")[0][0], "sha256")
    key = hmac.digest(first, b"zoo/hmac-sha256/128/persoon/normalisatie-1\x01", "sha256").hex().encode()
    assert not expected & {hmac.digest(key, pseudonym, "sha256")[:16] for pseudonym in old}


def test_codes_stay_those_of_the_same_entity(town, packages):
    numbers = pl.Series(town.bsns)

    def codes() -> list[int]:
        custody = Custody(town.custody.path)
        made = custody.project_secret("proef").domain_key("persoon").pseudonyms(numbers)
        with custody.code_book("proef").session() as session:
            return session.assign("persoon", made).to_pylist()

    before = codes()
    rotate(town.custody, "proef", packages, town.root / "nieuw")
    assert codes() == before
    assert not (town.custody.path / "codes/proef/v1").exists()


def test_rotation_twice_and_catching_up_with_a_forgotten_package(town, packages):
    forgotten = town.root / "vergeten"
    shutil.copytree(packages / "inkomens", forgotten / "inkomens")
    rotate(town.custody, "proef", packages, town.root / "twee")
    assert rotate(town.custody, "proef", town.root / "twee", town.root / "drie").version == 3
    result = rotate(town.custody, "proef", forgotten / "inkomens", town.root / "bij", new_version=False)
    assert result.version == 3
    assert len(joined(town.root / "drie/brp", town.root / "bij")) == 3
    assert len(list((town.custody.path / "projecten").iterdir())) == 3


def test_what_is_not_ours_or_not_whole_is_refused_before_anything_changes(town, packages, another_custody):
    with pytest.raises(UserError, match="niet ondertekend"):
        rotate(another_custody("anders"), "proef", packages, town.root / "nieuw")
    with pytest.raises(UserError, match="ander project"):
        rotate(town.custody, "elders", packages, town.root / "nieuw")
    with pytest.raises(UserError, match="bevat geen pakketten"):
        rotate(town.custody, "proef", town.root / "ruw", town.root / "nieuw")
    content = bytearray((packages / "brp/personen.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    (packages / "brp/personen.parquet").write_bytes(content)
    with pytest.raises(UserError, match="gewijzigd"):
        rotate(town.custody, "proef", packages, town.root / "nieuw")
    assert [path.name for path in (town.custody.path / "projecten").glob("proef*")] == ["proef.v1.geheim"]
    assert not (town.root / "nieuw").exists()


def test_a_project_in_use_is_not_rotated(town, packages):
    other = Custody(town.custody.path)
    other.project_secret("proef")
    with pytest.raises(UserError, match="in gebruik"):
        rotate(town.custody, "proef", packages, town.root / "nieuw")
    other.release("proef")
    rotate(town.custody, "proef", packages, town.root / "nieuw")


def test_a_lost_version_is_noticed(town, packages):
    rotate(town.custody, "proef", packages, town.root / "nieuw")
    (town.custody.path / "projecten/proef.v1.geheim").unlink()
    with pytest.raises(UserError, match="ontbreekt"):
        Custody(town.custody.path).project_secret("proef")


def test_kill_9_at_any_point_is_finished_by_the_next_run(town, packages, tmp_path):
    begin = tmp_path / "proef" / "begin"
    shutil.copytree(packages, begin / "pakketten")
    custody = Custody(town.custody.path)
    made = custody.project_secret("proef").domain_key("persoon").pseudonyms(pl.Series(town.bsns))
    with custody.code_book("proef").session() as session:
        codes = dict(zip(town.bsns, session.assign("persoon", made).to_pylist(), strict=True))
    shutil.copytree(town.custody.path, begin / "geheimen")
    (begin / "bekend.json").write_text(json.dumps({"codes": codes}))
    script = Path(__file__).with_name("killed_at.py")
    arguments = [sys.executable, script, "rotate", begin.parent, str(POINTS), "11"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
