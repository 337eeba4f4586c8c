"""What is rare is counted as by hand, reported inside zone 1 only, and without a value."""

import json
from collections import Counter, defaultdict

from tests.pseudonimisering.test_ingest import many_persons

RARE = '[[tabellen.personen.zeldzaam]]\nkolommen = ["geboortejaar", "geslacht"]\nk = 5\n'


def rare_contract(town, text: str = RARE, uniek: str = 'uniek = ["bsn"]\n'):
    return town.contract(
        town.brp_contract.replace('uniek = ["bsn"]\n', uniek).replace(
            "[tabellen.personen.kolommen.bsn]", f"{text}[tabellen.personen.kolommen.bsn]", 1
        )
    )


def test_units_not_rows_are_counted(town):
    persons = many_persons(400)
    # ten persons stand there three times; a second row of a person makes no combination less rare
    persons += [row.replace(";H", ";H9", 1) for row in persons[:10]] * 2
    result = town.deliver(rare_contract(town, uniek=""), [town.persons(persons)], town.project())
    units, rows = defaultdict(set), Counter()
    for row in persons:
        number, _, born, sex, *_ = row.split(";")
        units[born[:4], sex].add(number)
        rows[born[:4], sex] += 1
    rare = [combination for combination, held in units.items() if len(held) < 5]
    (found,) = result.rare
    assert (found.columns, found.k, found.asked, found.unit) == (("geboortejaar", "geslacht"), 5, True, "persoon")
    assert found.combinations == len(rare) > 0
    assert found.units == sum(len(units[combination]) for combination in rare)
    assert found.rows == sum(rows[combination] for combination in rare)
    assert found.smallest == min(map(len, units.values()))


def test_exact_birth_dates_are_named_although_the_contract_does_not(town):
    exact = town.contract(town.brp_contract.replace('bewerking = "jaar"\n', ""))
    (found,) = town.deliver(exact, [town.persons(many_persons(300))], town.project()).rare
    assert (found.columns, found.asked, found.unit) == (("geboortejaar",), False, "rijen")
    assert "generaliseer" in found.sentence()
    coarse = town.contract()
    assert town.deliver(coarse, [town.persons(many_persons(300))], town.project(), "grof").rare == []


def test_amounts_and_postcodes_are_named(town):
    contract = town.contract(town.income_contract, "i.toml")
    (found,) = town.deliver(contract, [town.incomes([123456782.0, 12345672.0])], town.project()).rare
    assert (found.columns, found.rows, found.smallest) == (("loon",), 2, 1)


def test_nothing_rare_says_nothing(town):
    contract = rare_contract(town, RARE.replace("k = 5", "k = 2"))
    persons = [row.replace(row.split(";")[2], "19700101") for row in many_persons(100)]
    (found,) = town.deliver(contract, [town.persons(persons)], town.project()).rare
    assert (found.combinations, found.units, found.rows, found.smallest, found.sentence()) == (0, 0, 0, 50, "")


def test_the_report_stays_in_custody_and_holds_no_value(town):
    persons = many_persons(300)
    town.deliver(rare_contract(town), [town.persons(persons)], town.project())
    path = town.custody.path / "rapporten" / "proef" / "brp.zeldzaam.json"
    assert path.stat().st_mode & 0o777 == 0o600
    report = json.loads(path.read_text())
    (entry,) = report["zeldzaam"]
    assert set(entry) == {
        "table", "columns", "k", "asked", "unit", "combinations", "units", "rows", "smallest"
    }  # fmt: skip
    assert not any(str(year) in path.read_text() for year in range(1920, 2010))
    package = b"".join(file.read_bytes() for file in (town.root / "pakket").glob("*.json"))
    assert b"zeldzaam" not in package and b"smallest" not in package
