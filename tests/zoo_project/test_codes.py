"""A code is a pseudonym that is fast in pandas: the analyst computes with it, and the catalogue shows none."""

from typing import Any

import pyarrow as pa
import pytest

from tests.zoo_project.conftest import TABLES
from zoo_formaat.errors import UserError
from zoo_project import Project, catalog, open_project

CODES = [4_000_000_001, 17, 23, 2_147_483_700, 5, 6]


@pytest.fixture
def coded(workplace: Any, monkeypatch: pytest.MonkeyPatch) -> Project:
    fields, table = TABLES["brp"]["personen"]
    code = {"name": "persoon_code", "type": "integer", "zoo:codeVan": "persoon"}
    monkeypatch.setitem(
        TABLES["brp"], "personen", ([*fields, code], table.append_column("persoon_code", pa.array(CODES, pa.uint32())))
    )
    return open_project(workplace.build())


def test_a_code_comes_with_its_pseudonym_and_is_exact_in_pandas(coded: Project) -> None:
    frame = coded.sql("SELECT persoon, persoon_code FROM brp.personen ORDER BY persoon")
    assert list(frame["persoon_code"]) == CODES
    assert list(coded.sql("SELECT sum(persoon_code) AS s FROM brp.personen")["s"]) == [sum(CODES)]


def test_the_catalogue_says_of_what_it_is_a_code_and_shows_none(coded: Project) -> None:
    assert coded.catalog().set_index("kolom").loc["persoon_code", "type"] == "code van pseudoniem persoon"
    facts = catalog.column(coded, "brp.personen", "persoon_code")
    assert (facts.type, facts.verdeling, facts.verschillend) == ("code van pseudoniem persoon", None, 6)


def test_a_code_is_permitted_exactly_when_its_pseudonym_is(workplace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fields, table = TABLES["bag"]["woningen"]
    code = {"name": "bewoner_code", "type": "integer", "zoo:codeVan": "bewoner"}
    more = table.append_column("bewoner_code", pa.array([1, 2, None, 1], pa.uint32()))
    monkeypatch.setitem(TABLES["bag"], "woningen", ([*fields, code], more))
    workplace.project["woningen"] = ["woning", "buurtcode", "woz_waarde", "verkocht"]
    with pytest.raises(UserError, match=r"'bag\.woningen\.bewoner' staat niet in het projectbestand"):
        open_project(workplace.build())
