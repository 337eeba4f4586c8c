"""A code of a pseudonym looks like a number, and no question can use it as one."""

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.outputcontrole.world import World, counts, sums
from zoo_formaat.errors import UserError
from zoo_formaat.package import PackageManifest, file_digest, write_manifest


def add_codes(world: World) -> None:
    """Give the dwellings' package a column of codes, as zone 1 does."""
    world.deliver("bag")
    folder = world.packages / "bag"
    file = folder / "woningen.parquet"
    table = pq.read_table(file)
    codes = pa.array(range(table.num_rows), pa.uint32())
    pq.write_table(table.append_column("woning_code", codes), file)
    manifest: dict[str, Any] = json.loads((folder / "datapackage.json").read_text())
    resource = manifest["resources"][0]
    resource["schema"]["fields"].append({"name": "woning_code", "type": "integer", "zoo:codeVan": "woning"})
    resource |= {"hash": file_digest(file), "bytes": file.stat().st_size}
    write_manifest(folder, PackageManifest.model_validate(manifest), world.key("zone1"))
    world.register()


QUESTIONS = {
    "dimension": counts("woning_code"),
    "filter": counts(filter=[{"kolom": "woning_code", "is": "<", "waarde": 10}]),
    "unit": counts(unit="woning_code"),
    "measure": sums(maat="woning_code"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_uses_a_code(own_world: World, name: str) -> None:
    add_codes(own_world)
    with pytest.raises(UserError, match="woning"):
        own_world.assess(QUESTIONS[name])


def test_an_honest_question_gets_the_same_answer_with_and_without_codes(own_world: World) -> None:
    before = own_world.assess(counts()).verdict
    add_codes(own_world)
    assert own_world.assess(counts()).verdict == before
