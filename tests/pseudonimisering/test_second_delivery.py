"""A second delivery replaces, adds, or is refused, as the contract says; what is there is never half."""

import json

import pytest

from tests.pseudonimisering.test_ingest import rows, table_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.package import load_package
from zoo_formaat.signature import PrivateKey

FIRST = [
    "123456782;A;19700101;M;H1;1234AB;1;;",
    "111222333;B;19800101;V;H1;1234AB;1;;",
]
SECOND = [
    "111222333;B;19810101;V;H1;1234AB;9;;",  # there already, with another year and address
    "100000009;C;19900101;V;H2;5678CD;7;;",
]


def contract_with(town, way: str | None, extra: str = ""):
    line = f'levering = "{way}"\n' if way else ""
    return town.contract(
        town.brp_contract.replace('formaat = "csv"\n', f'formaat = "csv"\n{line}').replace(
            'uniek = ["bsn"]', extra or 'uniek = ["bsn"]'
        )
    )


def years(town, target="pakket") -> list[int]:
    return sorted(row["geboortejaar"] for row in rows(town, target=target))


def manifest(town, target="pakket"):
    return load_package(town.root / target, [town.custody.public_key()]).manifest


def test_adding_keeps_what_is_there_and_links_with_it(town):
    project, contract = town.project(), contract_with(town, "vult_aan")
    town.deliver(contract, [town.persons(FIRST)], project)
    before = {row["geboortejaar"]: row for row in rows(town)}
    result = town.deliver(contract, [town.persons(SECOND)], project)
    assert result.rows == {"personen": 3}
    assert result.rejected["personen"] == {"dubbel": 1}
    after = {row["geboortejaar"]: row for row in rows(town)}
    assert set(after) == {1970, 1980, 1990}
    assert all(after[year] == row for year, row in before.items())  # codes included
    assert [row["persoon"].bytes for row in rows(town)] == sorted(row["persoon"].bytes for row in after.values())
    deliveries = manifest(town).leveringen
    assert [(d.tabellen, d.rijen) for d in deliveries] == [
        ({"personen": "nieuw"}, {"personen": 2}),
        ({"personen": "vult_aan"}, {"personen": 3}),
    ]
    assert manifest(town).resource("personen").rijen == 3


def test_in_two_deliveries_or_in_one_gives_the_same_table(town, another_custody):
    project, contract = town.project(), contract_with(town, "vult_aan")
    town.deliver(contract, [town.persons(FIRST)], project)
    town.deliver(contract, [town.persons(SECOND[1:])], project)
    town.deliver(contract, [town.persons(FIRST + SECOND[1:])], project, "ineens")
    assert table_bytes(town, "pakket") == table_bytes(town, "ineens")


def test_the_same_delivery_added_twice_changes_no_row(town):
    project, contract, file = town.project(), contract_with(town, "vult_aan"), town.persons(FIRST)
    town.deliver(contract, [file], project)
    before = table_bytes(town, "pakket")
    assert town.deliver(contract, [file], project).rejected["personen"] == {"dubbel": 2}
    assert table_bytes(town, "pakket") == before


def test_replacing(town):
    project, contract = town.project(), contract_with(town, "vervangt")
    town.deliver(contract, [town.persons(FIRST)], project)
    town.deliver(contract, [town.persons(SECOND)], project)
    assert years(town) == [1981, 1990]
    assert [d.tabellen for d in manifest(town).leveringen] == [{"personen": "vervangt"}]


def test_a_contract_that_says_nothing_replaces_on_request_only(town):
    project, contract = town.project(), contract_with(town, None)
    town.deliver(contract, [town.persons(FIRST)], project)
    before = table_bytes(town, "pakket")
    with pytest.raises(UserError, match=r"bestaat al; .*--opnieuw"):
        town.deliver(contract, [town.persons(SECOND)], project)
    assert table_bytes(town, "pakket") == before
    town.deliver(contract, [town.persons(SECOND)], project, anew=True)
    assert years(town) == [1981, 1990]


def test_a_refused_second_delivery_leaves_the_first(town):
    project = town.project()
    town.deliver(contract_with(town, "vult_aan"), [town.persons(FIRST)], project)
    content = {path.name: path.read_bytes() for path in (town.root / "pakket").iterdir()}
    with pytest.raises(UserError, match="elfproef"):
        town.deliver(contract_with(town, "vult_aan"), [town.persons(["123456783;A;19700101;M;H1;1234AB;1;;"])], project)
    assert {path.name: path.read_bytes() for path in (town.root / "pakket").iterdir()} == content


def changed_file(town):
    path = town.root / "pakket" / "personen.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def changed_manifest(town):
    path = town.root / "pakket" / "datapackage.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "zoo:openbaar": True}))


def strange_folder(town):
    for path in (town.root / "pakket").iterdir():
        path.unlink()


def another_zone(town):
    from zoo_formaat.package import MANIFEST, SIGNATURE
    from zoo_formaat.signature import sign

    content = (town.root / "pakket" / MANIFEST).read_bytes()
    kind = "application/vnd.zoo.datapackage+json"
    (town.root / "pakket" / SIGNATURE).write_bytes(sign(content, kind, [PrivateKey.generate("zone1")]).to_bytes())


@pytest.mark.parametrize("harm", [changed_file, changed_manifest, strange_folder, another_zone])
@pytest.mark.parametrize("way", ["vult_aan", "vervangt"])
def test_what_is_no_intact_package_of_this_zone_is_not_touched(town, harm, way):
    project, contract = town.project(), contract_with(town, way)
    town.deliver(contract, [town.persons(FIRST)], project)
    harm(town)
    before = {path.name: path.read_bytes() for path in (town.root / "pakket").iterdir()}
    with pytest.raises(UserError):
        town.deliver(contract, [town.persons(SECOND)], project)
    assert {path.name: path.read_bytes() for path in (town.root / "pakket").iterdir()} == before


def test_rows_are_added_only_where_old_and_new_are_the_same_kind(town):
    project, contract = town.project(), contract_with(town, "vult_aan")
    town.deliver(contract, [town.persons(FIRST)], project)
    longer = town.project("ander.toml", text=town.project("x.toml").read_text().replace("tot = 2016", "tot = 2015"))
    with pytest.raises(UserError, match="andere versie van het projectbestand"):
        town.deliver(contract, [town.persons(SECOND)], longer)
    coarser = town.contract(
        contract.read_text().replace('bewerking = "jaar"', 'generaliseer = "jaren:5"').replace('M = "man"', 'M = "m"')
    )
    with pytest.raises(UserError, match="kolom 'geslacht'"):
        town.deliver(coarser, [town.persons(SECOND)], project)


def test_adding_needs_to_recognise_what_is_there(town):
    project = town.project()
    for extra, says in (
        ("", None),
        ("uniek = []", "vraagt om 'uniek'"),
        ('uniek = ["bsn", "postcode"]', "'postcode'"),
    ):
        contract = contract_with(town, "vult_aan", extra)
        if says is None:
            town.deliver(contract, [town.persons(FIRST)], project)
            continue
        with pytest.raises(UserError, match=says):
            town.deliver(contract, [town.persons(SECOND)], project)
