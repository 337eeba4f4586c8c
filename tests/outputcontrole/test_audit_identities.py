"""The checker opens what was sealed to it, and notices whatever is wrong with it."""

import json
import shutil
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from outputcontrole.audit_identities import IDENTITY, PSEUDONYM, audit_identities
from outputcontrole.registration import make_seal_key
from pseudonimisering.audit_identity import seal_column
from tests.outputcontrole.world import World, uuid
from zoo_formaat import audit
from zoo_formaat.errors import UserError
from zoo_formaat.package import AuditFile, Package, file_digest, load_package, write_manifest
from zoo_formaat.sealed import OpeningKey, read_seal_key

DOMAIN = "persoon"
COLUMNS = ("verkoper_persoon", "koper_persoon")


def identity(pseudonym: bytes) -> bytes:
    """Return a made-up audit identity."""
    return bytes(byte ^ 0xFF for byte in pseudonym)


def seal(world: World, key: OpeningKey, leave_out: int = 0, wrong: str = "", swap: bool = False) -> Path:
    """Add sealed files to the package of sales, as zone 1 would."""
    folder = world.packages / "kadaster"
    package = load_package(folder, world.registration.zone1)
    for file in folder.glob("*.zoo"):
        file.unlink()
    files = []
    for column in COLUMNS:
        values = pq.read_table(folder / "transacties.parquet", columns=[column]).column(0).combine_chunks().storage
        known = [value for value in dict.fromkeys(values.to_pylist()) if value is not None][leave_out:]
        other = b"x" if column == wrong else b""
        made = [(identity(value) + other)[-16:] for value in known]
        path = folder / audit.file_name("transacties", column)
        context = audit.context("proef", "kadaster", "transacties", column, DOMAIN)
        binary = pa.binary(16)
        seal_column(path, [(pa.array(known, binary), pa.array(made, binary))], [key.public], context)
        files.append(path)
    if swap:
        first, second = (path.read_bytes() for path in files)
        files[0].write_bytes(second)
        files[1].write_bytes(first)
    described = [
        AuditFile(
            tabel="transacties",
            kolom=column,
            domein=DOMAIN,
            path=path.name,
            hash=file_digest(path),
            bytes=path.stat().st_size,
        )
        for column, path in zip(COLUMNS, files, strict=True)
    ]
    write_manifest(folder, package.manifest.model_copy(update={"audit": described}), world.key("zone1"))
    return folder


def opened(world: World) -> Package:
    return load_package(world.packages / "kadaster", world.registration.zone1)


def test_every_person_of_both_columns_is_there_once(own_world: World) -> None:
    key = own_world.registration.opening_key
    seal(own_world, key)
    table = audit_identities(opened(own_world), DOMAIN, key)
    data = pq.read_table(own_world.packages / "kadaster" / "transacties.parquet", columns=list(COLUMNS))
    people = {value.bytes for column in data.columns for value in column.to_pylist() if value is not None}
    found = dict(zip(table[PSEUDONYM].to_pylist(), table[IDENTITY].to_pylist(), strict=True))
    assert table.num_rows == len(found)
    assert found == {person: identity(person) for person in people}
    assert uuid("persoon", 0) in found


def test_a_domain_without_columns_has_nobody(own_world: World) -> None:
    seal(own_world, own_world.registration.opening_key)
    assert audit_identities(opened(own_world), "huishouden", own_world.registration.opening_key).num_rows == 0


def test_a_package_without_sealed_files_says_what_to_do(own_world: World) -> None:
    with pytest.raises(UserError, match="heeft geen auditidentiteiten; laat zone 1 leveren"):
        audit_identities(opened(own_world), DOMAIN, own_world.registration.opening_key)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"leave_out": 1}, "ontbreken auditidentiteiten"),
        ({"wrong": "koper_persoon"}, "twee auditidentiteiten"),
        ({"swap": True}, "voor iets anders bedoeld"),
    ],
)
def test_what_zone_1_should_not_have_written(own_world: World, options: dict, message: str) -> None:
    key = own_world.registration.opening_key
    seal(own_world, key, **options)
    with pytest.raises(UserError, match=message):
        audit_identities(opened(own_world), DOMAIN, key)


def test_a_file_that_is_cut_off_or_changed_is_refused(own_world: World) -> None:
    key = own_world.registration.opening_key
    folder = seal(own_world, key)
    package = opened(own_world)
    file = folder / package.manifest.audit[0].path
    whole = file.read_bytes()
    for content in (whole[:-20], whole[:-1] + bytes([whole[-1] ^ 1])):
        file.write_bytes(content)
        with pytest.raises(UserError, match="gewijzigd na het ondertekenen"):
            opened(own_world)
        with pytest.raises(UserError, match="ander bestand dan zone 1 ondertekende"):
            audit_identities(package, DOMAIN, key)
    file.unlink()
    with pytest.raises(UserError, match="ontbreekt"):
        opened(own_world)


def test_sealed_to_somebody_else(own_world: World) -> None:
    seal(own_world, OpeningKey.generate("ander"))
    with pytest.raises(UserError, match="niet verzegeld voor de sleutel van zone3"):
        audit_identities(opened(own_world), DOMAIN, own_world.registration.opening_key)


def test_the_key_is_made_once_and_on_demand_for_an_older_registration(own_world: World) -> None:
    folder = own_world.registration_path / "sleutel"
    private, public = folder / "zone3.zegelsleutel", folder / "zone3.zegel.json"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert make_seal_key(own_world.registration) == (public, False)
    private.unlink()
    public.unlink()
    with pytest.raises(UserError, match="outputcontrole zegelsleutel"):
        own_world.registration.opening_key  # noqa: B018
    made = own_world.run("zegelsleutel", "--json")
    assert json.loads(made.stdout) == {"publiek": str(public), "gemaakt": True}
    assert own_world.registration.opening_key.public == read_seal_key(public)
    again = own_world.run("zegelsleutel")
    assert again.returncode == 0 and "bestaat al" in again.stdout
    # killed between the two files
    public.unlink()
    assert make_seal_key(own_world.registration) == (public, True)
    assert own_world.registration.opening_key.public == read_seal_key(public)


def test_zone_2_has_no_code_to_open() -> None:
    """The workspace's package neither imports the format nor names it."""
    import zoo_project

    for path in Path(zoo_project.__file__).parent.rglob("*.py"):
        text = path.read_text()
        assert "zoo_formaat.sealed" not in text and "audit_identities" not in text, path


def test_the_key_leaves_the_registration_in_no_bundle_or_copy(own_world: World, tmp_path: Path) -> None:
    secret = json.loads((own_world.registration_path / "sleutel" / "zone3.zegelsleutel").read_text())["geheim"]
    shutil.copytree(own_world.packages, tmp_path / "zone2")
    files = [path for path in (tmp_path / "zone2").rglob("*") if path.is_file()]
    assert files and all(secret.encode() not in path.read_bytes() for path in files)
