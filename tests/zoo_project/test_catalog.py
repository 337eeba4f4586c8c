"""The catalogue says what there is, of which kind, and how complete, without showing a pseudonym."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from zoo_formaat.errors import UserError
from zoo_project import Project, catalog


def test_every_permitted_table_is_listed_also_when_it_was_not_delivered(project: Project) -> None:
    tables = {table.tabel: table for table in catalog.tables(project)}
    assert list(tables) == ["bag.woningen", "brp.personen", "brp.verhuizingen"]
    assert (tables["bag.woningen"].rijen, tables["bag.woningen"].van, tables["bag.woningen"].tot) == (
        4,
        "1999-05-01",
        "2004-09-09",
    )
    assert tables["bag.woningen"].verworpen == {"dubbel": 2}
    assert tables["brp.personen"].van is None
    assert tables["brp.verhuizingen"].rijen is None
    assert tables["brp.verhuizingen"].ontbreekt == ["persoon", "datum"]


def test_columns_have_meaning_unit_and_coverage(project: Project) -> None:
    frame = project.catalog().set_index(["tabel", "kolom"])
    assert len(frame) == 3 + 5
    assert frame.loc[("brp.personen", "persoon"), "eenheid"] == "persoon"
    assert frame.loc[("brp.personen", "persoon"), "type"] == "pseudoniem"
    assert frame.loc[("brp.personen", "geboortejaar"), "gevuld"] == 5 / 6
    assert frame.loc[("bag.woningen", "verkocht"), "gevuld"] == 3 / 4
    assert frame.loc[("bag.woningen", "woz_waarde"), "maat"] == "euro"


def test_a_column_shows_its_values_but_a_pseudonym_does_not(project: Project) -> None:
    assert catalog.column(project, "brp.personen", "geslacht").verdeling == {"V": 4, "M": 2}
    assert catalog.column(project, "brp.personen", "geboortejaar").verdeling == {
        "1950": 1,
        "1960": 2,
        "1980": 1,
        "2000": 1,
    }
    assert catalog.column(project, "bag.woningen", "verkocht").verdeling == {"1999": 1, "2004": 2}
    pseudonym = catalog.column(project, "bag.woningen", "bewoner")
    assert pseudonym.verdeling is None
    assert (pseudonym.rijen, pseudonym.gevuld, pseudonym.verschillend) == (4, 3 / 4, 2)


def test_names_that_are_not_there_get_the_nearest(project: Project) -> None:
    with pytest.raises(UserError, match=r"tabel 'brp\.persoon' bestaat niet; bedoelde u 'brp\.personen'"):
        catalog.column(project, "brp.persoon", "geslacht")
    with pytest.raises(UserError, match=r"bedoelde u 'geslacht'"):
        catalog.column(project, "brp.personen", "geslagt")
    with pytest.raises(UserError, match=r"mag in dit project, maar is niet geleverd"):
        catalog.columns(project, "brp.verhuizingen")


def test_the_command_prints_the_catalogue_for_people_and_for_programs(
    built: Any, zoo: Callable[..., tuple[int, str, str]]
) -> None:
    code, out, _ = zoo("data", "--project", built.path)
    assert code == 0
    assert "brp.verhuizingen" in out
    assert "niet geleverd" in out
    assert "alleen binnen de werkruimte" in out
    code, out, _ = zoo("data", "--project", built.path, "--json")
    assert {table["tabel"]: table["rijen"] for table in json.loads(out)["tabellen"]} == {
        "bag.woningen": 4,
        "brp.personen": 6,
        "brp.verhuizingen": None,
    }
    code, out, _ = zoo("data", "bag.woningen", "--project", built.path)
    assert "75,0 %" in out
    assert "grondslag: artikel 1" in out
    code, out, _ = zoo("data", "brp.personen.geslacht", "--project", built.path)
    assert "vrouw" in out
    code, out, _ = zoo("data", "brp.personen.persoon", "--project", built.path, "--json")
    assert json.loads(out)["verdeling"] is None


@pytest.mark.parametrize("name", ["brp", "brp.persoon", "brp.personen.naam", "brp.personen.naam.x"])
def test_a_wrong_name_is_one_line_and_code_2(built: Any, zoo: Callable[..., tuple[int, str, str]], name: str) -> None:
    code, out, error = zoo("data", name, "--project", built.path)
    assert (code, out) == (2, "")
    assert error.startswith("fout: ")
    assert error.count("\n") == 1
