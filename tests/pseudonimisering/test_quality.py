"""The quality report counts what the deliveries say, and names nobody."""

import pytest

from pseudonimisering.quality import measure
from zoo_formaat.errors import UserError


@pytest.fixture
def packages(town):
    project = town.project()
    doubled = [*town.rows, town.rows[0]]
    town.deliver(town.contract(), [town.persons(doubled)], project, "brp")
    incomes = town.incomes([123456782.0, 12345672.0, 1234560.0])
    town.deliver(town.contract(town.income_contract, "i.toml"), [incomes], project, "inkomens")
    return [town.root / "brp", town.root / "inkomens"]


def test_rows_rejects_and_coverage(town, packages):
    report = measure(packages, town.custody.public_key()).as_json()
    assert report["tabellen"] == [
        {"bron": "brp", "tabel": "personen", "rijen": 4, "verworpen": {"dubbel": 1}},
        {"bron": "inkomens", "tabel": "inkomens", "rijen": 3, "verworpen": {}},
    ]
    counts = {(entry["bron"], entry["domein"]): entry["aantal"] for entry in report["domeinen"]}
    assert counts == {("brp", "persoon"): 4, ("inkomens", "persoon"): 3, ("brp", "adres"): 3, ("brp", "huishouden"): 3}
    (link,) = report["koppeling"]
    assert (link["domein"], link["gedeeld"], link["deel_bron"], link["deel_andere"]) == ("persoon", 2, 0.5, 2 / 3)
    assert report["ondertekening_gecontroleerd"] is True
    assert measure(packages).ondertekening_gecontroleerd is False


def test_packages_of_two_projects_or_of_one_source_twice_are_refused(town, packages):
    town.deliver(town.contract(), [town.persons()], town.project("b.toml", id="ander"), "brp2")
    with pytest.raises(UserError, match="niet koppelbaar"):
        measure([*packages, town.root / "brp2"])
    with pytest.raises(UserError, match="twee pakketten van dezelfde bron"):
        measure([packages[0], packages[0]])


def test_a_changed_package_is_refused(town, packages):
    file = packages[0] / "personen.parquet"
    content = bytearray(file.read_bytes())
    content[20] ^= 1
    file.write_bytes(content)
    with pytest.raises(UserError, match="gewijzigd"):
        measure(packages, town.custody.public_key())
