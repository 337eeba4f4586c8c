"""Audit identities: equal over projects for the checker, and nothing at all for anybody else."""

import hmac
import io
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from outputcontrole.audit_identities import IDENTITY, PSEUDONYM, audit_identities
from pseudonimisering.audit_identity import identities, seal_column
from pseudonimisering.custody import create_custody
from pseudonimisering.erasure import erase
from tests.pseudonimisering.storage import contents, pseudonym, shapes, store
from zoo_formaat import audit
from zoo_formaat.package import load_package
from zoo_formaat.sealed import OpeningKey, unseal

KEY = bytes(range(32))
PEOPLE = ["123456782", "111222333", "100000009", "012345672", "001234560"]
DOMAINS = {"persoon": "persoon"}
CHECKER = OpeningKey.generate("zone3")


def test_it_is_an_hmac_under_a_key_per_domain() -> None:
    def by_hand(domain: str, identifier: str) -> bytes:
        info = f"zoo/hmac-sha256/128/audit/{domain}/normalisatie-1".encode()
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(KEY).hex().encode()
        return hmac.digest(key, identifier.encode(), "sha256")[:16]

    for domain in ("persoon", "rechtspersoon"):
        made = identities(KEY, domain, pl.Series([*PEOPLE, None])).to_pylist()
        assert made == [*(by_hand(domain, one) for one in PEOPLE), None]


def test_a_record_opens_with_the_key_and_the_pseudonym_only(tmp_path: Path) -> None:
    values = [bytes([n]) * 16 for n in range(1, 6)]
    made = identities(KEY, "persoon", pl.Series(PEOPLE))
    array = pa.array([*values, None, values[0]], pa.binary(16))
    known = pa.concat_arrays([made, pa.array([b"x" * 16, made[0].as_py()], pa.binary(16))])
    seal_column(tmp_path / "a.zoo", [(array, known)], [CHECKER.public], "c")
    records = b"".join(unseal(io.BytesIO((tmp_path / "a.zoo").read_bytes()), CHECKER, "c", "a.zoo"))
    assert len(records) == 5 * audit.RECORD_BYTES
    for value, identity in zip(values, made.to_pylist(), strict=True):
        # neither stands in what the checker's key alone opens
        assert value not in records and identity not in records
        lock = audit.locks(value)
        record = next(records[i : i + 32] for i in range(0, len(records), 32) if records[i : i + 16] == lock[:16])
        assert bytes(a ^ b for a, b in zip(record[16:], lock[16:], strict=True)) == identity


@pytest.fixture
def two_projects(tmp_path: Path):
    custody = create_custody(tmp_path / "geheimen", [])
    rows = [[{"persoon": one, "jaar": 1900 + i} for i, one in enumerate(people)] for people in (PEOPLE, PEOPLE[2:])]
    for project, some in zip(("een", "twee"), rows, strict=True):
        store(custody, tmp_path / project, project, "brp", {"personen": some}, DOMAINS, checkers=[CHECKER.public])
    return custody, [load_package(tmp_path / project, [custody.public_key()]) for project in ("een", "twee")]


def test_the_same_person_has_the_same_audit_identity_in_two_projects(two_projects) -> None:
    custody, packages = two_projects
    opened = [audit_identities(package, "persoon", CHECKER) for package in packages]
    found = [dict(zip(t[PSEUDONYM].to_pylist(), t[IDENTITY].to_pylist(), strict=True)) for t in opened]
    for people, project, known in zip((PEOPLE, PEOPLE[2:]), ("een", "twee"), found, strict=True):
        expected = identities(custody.audit_key(), "persoon", pl.Series(people)).to_pylist()
        assert known == {
            pseudonym(custody, project, "persoon", one): value for one, value in zip(people, expected, strict=True)
        }
    assert len(set(found[0].values()) & set(found[1].values())) == 3


def test_the_packages_themselves_have_nothing_in_common(two_projects) -> None:
    custody, packages = two_projects
    persons = [{v.bytes for v in pq.read_table(p.path / "personen.parquet")["persoon"].to_pylist()} for p in packages]
    assert not persons[0] & persons[1]
    plain = identities(custody.audit_key(), "persoon", pl.Series(PEOPLE)).to_pylist()
    for package in packages:
        for path, content in contents(package.path):
            assert not any(shape in content for value in plain for shape in shapes(value)), path


def test_without_a_checker_nothing_is_written(tmp_path: Path) -> None:
    custody = create_custody(tmp_path / "geheimen", [])
    rows = [{"persoon": one} for one in PEOPLE]
    path = store(custody, tmp_path / "p", "een", "brp", {"personen": rows}, DOMAINS, checkers=custody.checkers())
    assert not list(path.glob("*.zoo"))
    with pytest.raises(ValueError, match="recipients"):
        seal_column(tmp_path / "x.zoo", [], [], "c")


def test_what_is_left_of_an_erased_person_cannot_be_read(two_projects) -> None:
    """The sealed file stays as it is; without the pseudonym its record is noise, also to the checker."""
    custody, packages = two_projects
    gone = PEOPLE[2]
    raw = pseudonym(custody, "een", "persoon", gone)
    identity = identities(custody.audit_key(), "persoon", pl.Series([gone]))[0].as_py()
    erase(custody, [packages[0].path], "persoon", gone, projects=["een"])
    package = load_package(packages[0].path, [custody.public_key()])
    opened = audit_identities(package, "persoon", CHECKER)
    assert opened.num_rows == 4
    assert raw not in opened[PSEUDONYM].to_pylist() and identity not in opened[IDENTITY].to_pylist()
    (file,) = package.path.glob("*.zoo")
    context = audit.context("een", "brp", "personen", "persoon", "persoon")
    with file.open("rb") as stream:
        records = b"".join(unseal(stream, CHECKER, context, file.name))
    assert identity not in records and raw not in records


def test_a_delivery_seals_to_the_enrolled_checker(town) -> None:
    before = town.deliver(town.contract(), [town.persons()], town.project(), target="zonder")
    assert not list(before.path.glob("*.zoo"))
    town.custody.trust_checker(CHECKER.public)
    done = town.deliver(town.contract(), [town.persons()], town.project(), target="met")
    package = load_package(done.path, [town.custody.public_key()])
    assert {(file.kolom, file.domein) for file in package.manifest.audit} >= {
        ("persoon", "persoon"),
        ("adres", "adres"),
    }
    opened = audit_identities(package, "persoon", CHECKER)
    numbers = ["123456782", "111222333", "100000009", "012345672"]
    expected = identities(town.custody.audit_key(), "persoon", pl.Series(numbers)).to_pylist()
    assert set(opened[IDENTITY].to_pylist()) <= set(expected) and opened.num_rows >= 3
