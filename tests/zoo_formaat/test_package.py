"""The data package: what zone 1 signed is opened, and nothing that was touched since."""

import hashlib
import json
import os
import shutil
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zoo_formaat.atomic import new_directory
from zoo_formaat.errors import UserError
from zoo_formaat.package import (
    MANIFEST,
    PAYLOAD_TYPE,
    SIGNATURE,
    FieldDescription,
    PackageManifest,
    ProjectReference,
    PseudonymReference,
    Resource,
    TableSchema,
    file_digest,
    load_package,
    write_manifest,
)
from zoo_formaat.signature import PrivateKey, sign

ZONE1 = PrivateKey.generate("zone1")
OTHER = PrivateKey.generate("zone1-elders")
TRUSTED = [ZONE1.public]


def resource(folder, name):
    path = folder / f"{name}.parquet"
    pq.write_table(pa.table({"jaar": [2015, 2016], "planten": [10, 20]}), path)
    fields = [
        FieldDescription(name="jaar", type="integer", description="Jaar"),
        FieldDescription(name="planten", type="integer", categorie="strafrechtelijk", maat="aantal"),
    ]
    return Resource(
        name=name,
        path=path.name,
        hash="sha256:" + hashlib.sha256(path.read_bytes()).hexdigest(),
        bytes=path.stat().st_size,
        table_schema=TableSchema(fields=fields),
        rijen=2,
        verworpen={"dubbel": 1},
    )


def manifest_of(resources):
    return PackageManifest(
        name="hennep",
        resources=resources,
        bron="hennep",
        houder="Netbeheerder (synthetisch)",
        project=ProjectReference(id="proef", digest="sha256:" + "0" * 64),
        contract="sha256:" + "1" * 64,
        grondslag="overeenkomst",
        doel="ondermijning-vastgoed",
        bewaren_tot=date(2027, 12, 31),
        synthetisch=True,
        openbaar=False,
        pseudoniemen=PseudonymReference(schema_="hmac-sha256/128", sleutelversie=1),
        verwerkt="2026-01-01T00:00:00+00:00",
    )


@pytest.fixture
def package(tmp_path):
    path = tmp_path / "pakket"
    with new_directory(path) as folder:
        write_manifest(folder, manifest_of([resource(folder, "ruimingen"), resource(folder, "panden")]), ZONE1)
    return path


def resign(path, change, key=ZONE1):
    values = json.loads((path / MANIFEST).read_bytes())
    change(values)
    content = json.dumps(values).encode()
    (path / MANIFEST).write_bytes(content)
    (path / SIGNATURE).write_bytes(sign(content, PAYLOAD_TYPE, [key]).to_bytes())


def test_package_opens_with_what_was_written(package):
    opened = load_package(package, TRUSTED)
    assert opened.manifest == manifest_of(opened.manifest.resources)
    table = opened.manifest.resource("ruimingen")
    assert table is not None
    assert opened.manifest.resource("weg") is None
    assert pq.read_table(opened.table_path(table)).num_rows == table.rijen == 2
    assert table.table_schema.fields[1].categorie == "strafrechtelijk"
    assert opened.digest == "sha256:" + hashlib.sha256((package / MANIFEST).read_bytes()).hexdigest()


def test_manifest_is_written_in_the_documented_words(package):
    values = json.loads((package / MANIFEST).read_bytes())
    assert values["zoo:versie"] == 1
    assert values["zoo:bewarenTot"] == "2027-12-31"
    assert values["zoo:synthetisch"] is True
    assert values["zoo:pseudoniemen"] == {"schema": "hmac-sha256/128", "sleutelversie": 1}
    table = values["resources"][0]
    assert table["zoo:verworpen"] == {"dubbel": 1}
    assert table["schema"]["fields"][1]["zoo:categorie"] == "strafrechtelijk"


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace('"zoo:synthetisch":true', '"zoo:synthetisch":false'),
        lambda text: text.replace("overeenkomst", "overeenkomsten"),
        lambda text: text + "\n",
        lambda text: json.dumps(json.loads(text), indent=2),
    ],
    ids=["mark", "ground", "line end", "layout"],
)
def test_hand_edited_manifest_is_refused(package, edit):
    manifest = package / MANIFEST
    before = manifest.read_text()
    manifest.write_text(edit(before))
    assert manifest.read_text() != before
    with pytest.raises(UserError, match="na het ondertekenen gewijzigd"):
        load_package(package, TRUSTED)


def test_manifest_and_envelope_edited_alike_are_refused(package):
    changed = (package / MANIFEST).read_bytes().replace(b'"zoo:synthetisch":true', b'"zoo:synthetisch":false')
    old = json.loads((package / SIGNATURE).read_bytes())
    forged = json.loads(sign(changed, PAYLOAD_TYPE, []).to_bytes()) | {"signatures": old["signatures"]}
    (package / MANIFEST).write_bytes(changed)
    (package / SIGNATURE).write_text(json.dumps(forged))
    with pytest.raises(UserError, match="handtekening van zone1 klopt niet"):
        load_package(package, TRUSTED)


def test_package_of_another_zone_1_or_without_signature_is_refused(package):
    with pytest.raises(UserError, match="niet ondertekend door een zone 1"):
        load_package(package, [OTHER.public])
    with pytest.raises(UserError, match="niet ondertekend door een zone 1"):
        load_package(package, [])
    (package / SIGNATURE).unlink()
    with pytest.raises(UserError, match="geen handtekening van zone 1"):
        load_package(package, TRUSTED)


def test_signature_of_zone_1_over_another_kind_of_document_is_refused(package):
    content = (package / MANIFEST).read_bytes()
    (package / SIGNATURE).write_bytes(sign(content, "application/vnd.zoo.anders", [ZONE1]).to_bytes())
    with pytest.raises(UserError, match="ondertekend als"):
        load_package(package, TRUSTED)


def test_signature_of_another_package_is_refused(package, tmp_path):
    with new_directory(tmp_path / "ander") as folder:
        write_manifest(folder, manifest_of([]), ZONE1)
    shutil.copy(tmp_path / "ander" / SIGNATURE, package / SIGNATURE)
    with pytest.raises(UserError, match="na het ondertekenen gewijzigd"):
        load_package(package, TRUSTED)


def test_edited_table_is_refused(package):
    table = package / "ruimingen.parquet"
    pq.write_table(pa.table({"jaar": [2015, 2016], "planten": [10, 99]}), table)
    with pytest.raises(UserError, match=r"ruimingen\.parquet is gewijzigd"):
        load_package(package, TRUSTED)


def test_one_flipped_bit_is_refused(package):
    table = package / "ruimingen.parquet"
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(bytes(content))
    with pytest.raises(UserError, match=r"ruimingen\.parquet is gewijzigd"):
        load_package(package, TRUSTED)
    assert load_package(package, TRUSTED, files=False)  # the quick look compares sizes only, and says so


def test_shortened_table_is_refused_also_in_the_quick_look(package):
    table = package / "ruimingen.parquet"
    os.truncate(table, table.stat().st_size - 1)
    for files in (True, False):
        with pytest.raises(UserError, match="is gewijzigd"):
            load_package(package, TRUSTED, files=files)


def test_swapped_tables_are_refused(package):
    first, second = package / "ruimingen.parquet", package / "panden.parquet"
    pq.write_table(pa.table({"jaar": [1, 2], "planten": [3, 4]}), second)
    resign(
        package,
        lambda values: values["resources"][1].update(hash=file_digest(second), bytes=second.stat().st_size),
    )
    load_package(package, TRUSTED)
    first.rename(package / "tijdelijk")
    second.rename(first)
    (package / "tijdelijk").rename(second)
    with pytest.raises(UserError, match="is gewijzigd"):
        load_package(package, TRUSTED)


@pytest.mark.parametrize("name", ["extra.parquet", ".verborgen", "map", "_SUCCESS"])
def test_anything_beyond_the_description_is_refused(package, name):
    if name == "map":
        (package / name).mkdir()
    else:
        (package / name).write_text("x")
    with pytest.raises(UserError, match="buiten de beschrijving"):
        load_package(package, TRUSTED)


def test_missing_or_linked_table_is_refused(package, tmp_path):
    table = package / "ruimingen.parquet"
    table.rename(tmp_path / "elders.parquet")
    with pytest.raises(UserError, match=r"ruimingen\.parquet ontbreekt"):
        load_package(package, TRUSTED)
    table.symlink_to(tmp_path / "elders.parquet")
    with pytest.raises(UserError, match=r"ruimingen\.parquet ontbreekt"):
        load_package(package, TRUSTED)


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values["resources"][0].update(path="../elders.parquet"),
        lambda values: values["resources"][0].update(path="/etc/x.parquet"),
        lambda values: values["resources"][0].update(name='x"; drop table y'),
        lambda values: values["resources"][0].update(name="panden"),
        lambda values: values["resources"].append(values["resources"][0]),
        lambda values: values.update({"zoo:synthetisch": "true"}),
        lambda values: values.update({"zoo:synthetisch": 1}),
        lambda values: values.pop("zoo:synthetisch"),
        lambda values: values.update({"zoo:versie": 2}),
        lambda values: values.update({"zoo:onbekend": 1}),
        lambda values: values["resources"][0]["schema"]["fields"][0].update(type="geheim"),
    ],
    ids=[
        "path up", "path away", "name with SQL", "name twice", "table twice", "mark as text", "mark as number",
        "no mark", "version", "unknown field", "unknown type",
    ],
)  # fmt: skip
def test_signed_but_wrong_description_is_refused_and_named(package, change):
    resign(package, change)
    with pytest.raises(UserError, match=r"datapackage\.json"):
        load_package(package, TRUSTED)


def test_description_with_a_field_twice_is_refused(package):
    content = (package / MANIFEST).read_bytes().replace(b'"name":"hennep"', b'"name":"hennep","name":"anders"')
    (package / MANIFEST).write_bytes(content)
    (package / SIGNATURE).write_bytes(sign(content, PAYLOAD_TYPE, [ZONE1]).to_bytes())
    with pytest.raises(UserError, match="'name' staat er twee keer"):
        load_package(package, TRUSTED)


def test_what_is_no_package_is_a_user_error(package, tmp_path):
    for path in (tmp_path / "weg", tmp_path, package / MANIFEST):
        with pytest.raises(UserError, match="pakketbeschrijving"):
            load_package(path, TRUSTED)
    content = b"[]"
    (package / MANIFEST).write_bytes(content)
    (package / SIGNATURE).write_bytes(sign(content, PAYLOAD_TYPE, [ZONE1]).to_bytes())
    with pytest.raises(UserError, match=r"datapackage\.json"):
        load_package(package, TRUSTED)


def test_a_package_of_before_codes_deliveries_and_audit_files_is_read(package):
    def without_new_fields(values):
        for name in ("zoo:leveringen", "zoo:audit"):
            del values[name]
        for table in values["resources"]:
            for field in table["schema"]["fields"]:
                del field["zoo:codeVan"]

    resign(package, without_new_fields)
    manifest = load_package(package, TRUSTED).manifest
    assert (manifest.leveringen, manifest.audit) == ([], [])
    assert manifest.resources[0].table_schema.permitted_as() == {"jaar", "planten"}


def with_audit(package, content=b"verzegeld"):
    path = package / "audit.ruimingen.planten.zoo"
    path.write_bytes(content)
    described = {
        "tabel": "ruimingen", "kolom": "planten", "domein": "persoon", "path": path.name,
        "hash": "sha256:" + hashlib.sha256(b"verzegeld").hexdigest(), "bytes": len(b"verzegeld"),
    }  # fmt: skip
    resign(package, lambda values: values.update({"zoo:audit": [described]}))
    return path


def test_audit_files_are_checked_as_tables_are(package):
    path = with_audit(package)
    assert load_package(package, TRUSTED).manifest.audit[0].path == path.name
    path.write_bytes(b"verzegelt")
    with pytest.raises(UserError, match="gewijzigd na het ondertekenen"):
        load_package(package, TRUSTED)
    path.unlink()
    with pytest.raises(UserError, match="ontbreekt"):
        load_package(package, TRUSTED)


@pytest.mark.parametrize("name", ["../audit.a.b.zoo", "audit.a.zoo", "audit.a.b.parquet", "datapackage.json"])
def test_an_audit_file_has_its_own_name(package, name):
    with_audit(package)
    with pytest.raises(UserError, match="path"):
        resign(package, lambda values: values["zoo:audit"][0].update(path=name))
        load_package(package, TRUSTED)


def test_a_code_belongs_to_a_pseudonym_of_its_table(package):
    def code_of_a_number(values):
        values["resources"][0]["schema"]["fields"][1]["zoo:codeVan"] = "jaar"

    resign(package, code_of_a_number)
    with pytest.raises(UserError, match="hoort bij een pseudoniem"):
        load_package(package, TRUSTED)
