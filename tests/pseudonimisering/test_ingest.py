"""A package holds what contract and project allow, links what belongs together, and says nothing else."""

import hashlib
import json
import random
from datetime import date
from itertools import pairwise

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pseudonimisering.attributes import parse_column
from pseudonimisering.contract import Column
from zoo_formaat.errors import UserError
from zoo_formaat.package import load_package


def rows(town, table="personen", target="pakket") -> list[dict]:
    return pq.read_table(town.root / target / f"{table}.parquet").to_pylist()


def table_bytes(town, target, table="personen") -> bytes:
    return (town.root / target / f"{table}.parquet").read_bytes()


def test_the_package_is_signed_described_and_read_by_duckdb_as_uuid(town):
    result = town.deliver(town.contract(), [town.persons()], town.project())
    assert result.rows == {"personen": 4}
    manifest = load_package(town.root / "pakket", [town.custody.public_key()]).manifest
    (resource,) = manifest.resources
    described = {f.name: (f.type, f.domein, f.eenheid) for f in resource.table_schema.fields}
    assert described == {
        "persoon": ("uuid", "persoon", "persoon"),
        "geboortejaar": ("integer", None, None),
        "geslacht": ("string", None, None),
        "huishouden": ("uuid", "huishouden", "huishouden"),
        "adres": ("uuid", "adres", "adres"),
        "persoon_code": ("integer", None, None),
        "huishouden_code": ("integer", None, None),
        "adres_code": ("integer", None, None),
    }
    assert (manifest.synthetisch, manifest.doel, manifest.project.id) == (True, "ondermijning-vastgoed", "proef")
    types = duckdb.sql(f"DESCRIBE FROM '{town.root / 'pakket' / resource.path}'").fetchall()
    assert [(name, kind) for name, kind, *_ in types] == [
        ("persoon", "UUID"), ("geboortejaar", "INTEGER"), ("geslacht", "VARCHAR"), ("huishouden", "UUID"),
        ("adres", "UUID"), ("persoon_code", "UINTEGER"), ("huishouden_code", "UINTEGER"), ("adres_code", "UINTEGER"),
    ]  # fmt: skip


def test_spellings_link_and_the_birth_date_leaves_as_year(town):
    town.deliver(town.contract(), [town.persons()], town.project())
    by_year = {row["geboortejaar"]: row for row in rows(town)}
    assert set(by_year) == {1970, 1980, 2001, 1955}
    assert by_year[1970]["adres"] == by_year[1980]["adres"] != by_year[2001]["adres"]
    assert by_year[1970]["huishouden"] == by_year[1980]["huishouden"]


def test_zeros_lost_in_spss_link_with_csv_and_labels_are_applied(town):
    project = town.project()
    town.deliver(town.contract(), [town.persons([*town.rows, "001234560;X;19900101;V;H9;1234AB;1;;"])], project)
    incomes = town.incomes([123456782.0, 12345672.0, 1234560.0])
    town.deliver(town.contract(town.income_contract, "i.toml"), [incomes], project, "inkomens")
    year = {row["persoon"]: row["geboortejaar"] for row in rows(town)}
    found = {
        year[row["persoon"]]: (row["jaar"], row["loon"], row["huishoudtype"])
        for row in rows(town, "inkomens", "inkomens")
    }
    assert found == {
        1970: (2016, 0, "alleenstaand"),
        1955: (2016, 1000, "paar"),
        1990: (2016, 2000, "alleenstaand"),
    }


def test_only_columns_the_project_permits_leave(town):
    text = town.project().read_text().replace('"huishouden", "adres"]', '"adres"]')
    result = town.deliver(town.contract(), [town.persons()], town.project("klein.toml", text=text))
    assert list(rows(town)[0]) == ["persoon", "geboortejaar", "geslacht", "adres", "persoon_code", "adres_code"]
    assert "huishouden" not in result.domains


def test_nothing_raw_in_any_byte_of_package_or_custody(town):
    """Planted identifiers in every spelling, and their unkeyed hashes, against all bytes and all values."""
    planted = [
        *town.bsns[:4],
        "12345672",
        "Jansen-Ölçer",
        "De Vries",
        "H77001",
        "1234AB",
        "1234 ab",
        "5678CD",
        "9012EF",
    ]
    planted += ["19700000", "19801231", "20010203", "1234AB|12|A|3"]
    town.deliver(town.contract(), [town.persons()], town.project())
    hashed = [hash(text.encode()).digest() for text in planted for hash in (hashlib.sha256, hashlib.sha1, hashlib.md5)]
    files = [path for folder in ("pakket", "geheimen") for path in (town.root / folder).rglob("*") if path.is_file()]
    values = [str(value).encode() for row in rows(town) for value in row.values()]
    values += [value.bytes for row in rows(town) for value in row.values() if hasattr(value, "bytes")]
    assert len(files) >= 8
    for content in [path.read_bytes() for path in files] + values:
        for text in planted:
            assert text.encode() not in content
        for digest in hashed:
            assert digest[:16] not in content and digest[:16].hex().encode() not in content


def many_persons(count: int) -> list[str]:
    draw = random.Random(11)
    valid = []
    while len(valid) < count:
        digits = [draw.randrange(10) for _ in range(8)]
        check = sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits, strict=True)) % 11
        if check < 10 and any(digits):
            valid.append("".join(map(str, digits)) + str(check))
    return [
        f"{number};N{i};{1920 + i % 90}0101;{'MV'[i % 2]};H{i // 2};{1000 + i % 9000}AB;{1 + i % 40};;"
        for i, number in enumerate(dict.fromkeys(valid))
    ]


def test_row_order_and_the_cut_into_files_do_not_show(town):
    persons = many_persons(3_000)
    doubles = persons[:50] + [row.replace(";M;", ";V;") for row in persons[:60]]
    project, contract = town.project(), town.contract()
    town.deliver(contract, [town.persons(persons + doubles)], project, "een")
    shuffled = persons + doubles
    random.Random(1).shuffle(shuffled)
    parts = [
        town.persons(shuffled[:700], name="brp_personen_b.csv"),
        town.persons(shuffled[700:], name="brp_personen_a.csv"),
    ]
    result = town.deliver(contract, parts, project, "twee")
    assert table_bytes(town, "een") == table_bytes(town, "twee")
    assert result.rejected["personen"] == {"dubbel": 110}
    keys = [row["persoon"].bytes for row in rows(town, target="een")]
    assert keys == sorted(keys) and len(keys) == len(persons)


def test_another_secret_gives_the_same_rows_and_other_pseudonyms(town, another_custody):
    persons = many_persons(500)
    project, contract, file = town.project(), town.contract(), town.persons(persons)
    town.deliver(contract, [file], project, "een")
    town.deliver(contract, [file], project, "twee", another_custody("geheimen2"))

    def structure(target):
        columns = ["persoon", "geboortejaar", "geslacht", "huishouden", "adres"]
        frame = pl.from_arrow(pq.read_table(town.root / target / "personen.parquet", columns=columns).cast(
            pa.schema([(n, pa.binary(16) if n in ("persoon", "huishouden", "adres") else t) for n, t in
                       (("persoon", None), ("geboortejaar", pa.int32()), ("geslacht", pa.string()),
                        ("huishouden", None), ("adres", None))])))  # fmt: skip
        households = frame.group_by("huishouden").agg(pl.col("geboortejaar").sort())["geboortejaar"].to_list()
        return sorted(households), {v for n in ("persoon", "huishouden", "adres") for v in frame[n]}

    (shape, one), (same_shape, two) = structure("een"), structure("twee")
    assert shape == same_shape
    assert len(one) > 1_000 and not one & two


def test_which_of_two_conflicting_rows_stays_does_not_depend_on_the_secret(town, another_custody):
    # One person at two addresses; the two neighbours, by their birth years, tell which address stayed
    persons = [
        "123456782;A;19700101;M;H1;2222BB;1;;",
        "123456782;A;19700101;M;H1;1111BB;1;;",
        "111222333;B;19010101;M;H2;1111BB;1;;",
        "100000009;C;19020101;M;H3;2222BB;1;;",
    ]
    project, contract = town.project(), town.contract()
    stayed = set()
    for run in range(6):
        file = town.persons(persons if run % 2 else persons[::-1])
        target = f"run{run}"
        town.deliver(contract, [file], project, target, another_custody(f"geheimen-{run}"))
        by_year = {row["geboortejaar"]: row for row in rows(town, target=target)}
        stayed.add(next(year for year in (1901, 1902) if by_year[year]["adres"] == by_year[1970]["adres"]))
    assert stayed == {1901}  # 1111BB comes before 2222BB


def test_two_projects_cannot_be_linked(town):
    contract, file = town.contract(), town.persons()
    town.deliver(contract, [file], town.project(), "een")
    town.deliver(contract, [file], town.project("ander.toml", id="ander"), "twee")
    sets = [
        {value for row in rows(town, target=target) for value in row.values() if hasattr(value, "bytes")}
        for target in ("een", "twee")
    ]
    assert len(sets[0]) == len(sets[1]) == 10 and not sets[0] & sets[1]


def test_doubles_are_recognised_by_columns_that_do_not_leave(town):
    contract = town.contract(
        town.brp_contract.replace('uniek = ["bsn"]', 'uniek = ["huisnummer", "achternaam", "huisletter"]')
    )
    persons = [
        "123456782;X;19700101;M;H1;1234AB;1;;",
        "111222333;X;19710101;M;H1;1234AB;1;;",
        "100000009;X;19720101;M;H1;1234AB;2;;",
    ]
    result = town.deliver(contract, [town.persons(persons)], town.project())
    assert result.rejected["personen"] == {"dubbel": 1}
    assert sorted(row["geboortejaar"] for row in rows(town)) == [1970, 1972]


def test_rows_without_their_identifier_are_nobodys_double(town):
    contract = town.contract(town.brp_contract.replace("verplicht = true\n", ""))
    persons = [";X;19700101;M;H1;1234AB;1;;", ";Y;19700101;M;H1;1234AB;1;;"]
    result = town.deliver(contract, [town.persons(persons)], town.project())
    assert result.rejected["personen"] == {"persoon.leeg": 2}
    assert result.rows == {"personen": 2}


def test_melden_leaves_out_and_counts_by_reason(town):
    contract = town.contract(
        town.brp_contract.replace("[tabellen.personen]", 'fouten = "melden"\n[tabellen.personen]', 1)
    )
    persons = [
        *town.rows,
        "12345678x;A;19700101;M;H1;1234AB;1;;",
        "123456783;A;19700101;M;H1;1234SA;1;;",
        ";A;niets;X;H1;;;;",
    ]
    result = town.deliver(contract, [town.persons(persons)], town.project())
    assert result.rejected["personen"] == {
        "adres.leeg": 1, "adres.postcode": 1, "geboortejaar.geen_datum": 1, "geslacht.onbekende_code": 1,
        "persoon.elfproef": 1, "persoon.leeg": 1, "persoon.letter": 1,
    }  # fmt: skip
    assert result.rows == {"personen": 7}
    assert sum(row["persoon"] is None for row in rows(town)) == 3
    manifest = json.loads((town.root / "pakket" / "datapackage.json").read_text())
    assert manifest["resources"][0]["zoo:verworpen"] == result.rejected["personen"]


PERIOD_CONTRACT = """
versie = 1
bron = "meldingen"
houder = "Loket"
grondslag = "artikel 3"
doelen = ["ondermijning-vastgoed"]
bewaren_tot = 2999-12-31
[tabellen.meldingen]
bestand = "meldingen.csv"
formaat = "csv"
scheiding = ","
periode = "datum"
[tabellen.meldingen.kolommen.nummer]
rol = "recordnummer"
[tabellen.meldingen.kolommen.datum]
rol = "datum"
[tabellen.meldingen.kolommen.bedrag]
rol = "attribuut"
type = "decimaal"
ontbrekend = ["."]
[tabellen.meldingen.kolommen.actief]
rol = "attribuut"
type = "janee"
[tabellen.meldingen.kolommen.tekst]
rol = "vrije_tekst"
[tabellen.meldingen.kolommen.buurt]
rol = "gebied"
"""
PERIOD_PROJECT = '[bronnen.meldingen]\nmeldingen = ["nummer", "datum", "bedrag", "actief", "buurt"]'


def test_rows_outside_the_period_are_not_loaded_and_types_are_kept(town):
    file = town.write(
        "meldingen.csv",
        "nummer,datum,bedrag,actief,tekst,buurt\n"
        'm1,1994-12-31,"x y",ja,"laat, maar",BU1\n'
        'm2,1995-01-01,"12,5",ja,"twee\nregels",BU1\n'
        "m3,2016-12-31,.,nee,,BU2\n"
        "m4,2017-01-01,1,nee,,BU2\n"
        "m5,,1,nee,,BU2\n",
    )
    project = town.project("p2.toml", more=PERIOD_PROJECT)
    result = town.deliver(town.contract(PERIOD_CONTRACT, "m.toml"), [file], project)
    assert result.rejected["meldingen"] == {"buiten_periode": 3}
    found = sorted((str(r["datum"]), r["bedrag"], r["actief"], r["buurt"]) for r in rows(town, "meldingen"))
    assert found == [("1995-01-01", 12.5, True, "BU1"), ("2016-12-31", None, False, "BU2")]


def test_geojson_of_open_data_has_no_pseudonyms_and_makes_no_secret(town):
    contract = """
versie = 1
bron = "gebieden"
houder = "CBS"
grondslag = "open data"
doelen = ["ondermijning-vastgoed"]
bewaren_tot = 2999-12-31
openbaar = true
[tabellen.buurten]
bestand = "*.geojson"
formaat = "geojson"
[tabellen.buurten.kolommen.buurtcode]
rol = "gebied"
[tabellen.buurten.kolommen.geometrie]
rol = "attribuut"
type = "tekst"
"""
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1.5, 0], [1, 1], [0, 0]]]}
    features = [{"type": "Feature", "properties": {"buurtcode": code}, "geometry": square} for code in ("BU2", "BU1")]
    file = town.write("g.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    project = town.project("p2.toml", more='[bronnen.gebieden]\nbuurten = ["buurtcode", "geometrie"]')
    town.deliver(town.contract(contract, "g.toml"), [file], project)
    found = rows(town, "buurten")
    assert [row["buurtcode"] for row in found] == ["BU1", "BU2"]
    assert json.loads(found[0]["geometrie"]) == square
    assert list((town.custody.path / "projecten").iterdir()) == []


def test_larger_than_one_chunk_and_one_row_group(town):
    """140,000 rows in three columns: what comes out is what went in, computed apart."""
    count = 140_000
    lines = [f"m{i % 139_000},2000-01-{1 + i % 28:02d},{i % 1000},ja,,BU{i % 7}" for i in range(count)]
    file = town.write("meldingen.csv", "nummer,datum,bedrag,actief,tekst,buurt\n" + "\n".join(lines) + "\n")
    project = town.project("p2.toml", more=PERIOD_PROJECT)
    contract = PERIOD_CONTRACT.replace('periode = "datum"', 'uniek = ["nummer"]')
    result = town.deliver(town.contract(contract, "m.toml"), [file], project)
    assert result.rows == {"meldingen": 139_000}
    assert result.rejected["meldingen"] == {"dubbel": 1_000}
    # of two rows with one number the earlier date stays, then the smaller amount
    kept: dict[int, tuple] = {}
    for i in range(count):
        row = (1 + i % 28, float(i % 1000), f"BU{i % 7}")
        kept[i % 139_000] = min(kept.get(i % 139_000, row), row)
    found = duckdb.sql(
        f"SELECT day(datum), bedrag, buurt FROM '{town.root}/pakket/meldingen.parquet' ORDER BY ALL"
    ).fetchall()
    assert found == sorted(kept.values())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"purpose": "iets-anders"}, "staat doel 'iets-anders' niet toe"),
        ({"text": ('persoon", "geb', 'persoonn", "geb')}, "bedoelde u 'persoon'"),
        ({"text": ("personen = [", "person = [")}, "bedoelde u 'personen'"),
        ({"text": ("[bronnen.brp]", "[bronnen.bag]")}, "staat bron 'brp' niet toe"),
    ],
)
def test_what_the_project_does_not_permit_does_not_load(town, change, says):
    if "text" in change:
        change = {"text": town.project("basis.toml").read_text().replace(*change["text"])}
    with pytest.raises(UserError, match=says):
        town.deliver(town.contract(), [town.persons()], town.project("p2.toml", **change))
    assert not (town.root / "pakket").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"signatures": 0}, "bestaat niet"),
        ({"signatures": 1}, "1 van 2 handtekeningen"),
        ({"end": "2020-01-01"}, "geëindigd op 2020-01-01"),
    ],
)
def test_a_project_without_two_signatures_or_past_its_end_is_refused(town, change, says):
    with pytest.raises(UserError, match=says):
        town.deliver(town.contract(), [town.persons()], town.project("p2.toml", **change))


def test_a_tampered_project_and_a_stranger_are_refused(town):
    project = town.project()
    project.write_text(project.read_text().replace("2016-12-31", "2017-12-31"))
    with pytest.raises(UserError, match="gewijzigd na het ondertekenen"):
        town.deliver(town.contract(), [town.persons()], project)
    town.people.reverse()  # cato signs, whom nobody here trusts
    with pytest.raises(UserError, match="1 van 2 handtekeningen"):
        town.deliver(town.contract(), [town.persons()], town.project("p3.toml"))


def test_a_contract_past_its_retention_date_is_refused(town):
    old = town.contract(town.brp_contract.replace("2999-12-31", "2020-12-31"))
    with pytest.raises(UserError, match="bewaartermijn liep tot 2020-12-31"):
        town.deliver(old, [town.persons()], town.project())


def test_files_and_tables_must_fit(town):
    contract, project, file = town.contract(), town.project(), town.persons()
    stray = town.write("ruw/iets.csv", "x\n1\n")
    for files, says in (
        ([], "geen bestand voor tabel 'personen'"),
        ([file, stray], "iets.csv past bij geen tabel"),
        ([file, file], "twee keer genoemd"),
        ([town.raw / "brp_personen_weg.csv"], "bestaat niet"),
    ):
        with pytest.raises(UserError, match=says):
            town.deliver(contract, files, project)
    town.deliver(contract, [file], project)
    before = table_bytes(town, "pakket")
    with pytest.raises(UserError, match="bestaat al"):
        town.deliver(contract, [file], project)
    assert table_bytes(town, "pakket") == before


def test_a_word_in_the_place_of_an_identifier_leaves_as_yes_or_no(town):
    """Who is 'EXEMPT' has no number, and that is a fact; an empty cell says neither."""
    number = 'vorm = "huishouden"\n'
    text = town.brp_contract.replace(number, number + 'ontbrekend = ["EXEMPT"]\n')
    text += '\n[tabellen.personen.kenmerken.vrij]\nkolom = "huishouden_nummer"\ngelijk_aan = ["EXEMPT"]\n'
    given = [town.rows[0], town.rows[1].replace("H77001", " EXEMPT "), town.rows[2].replace("H77002", "")]
    project = town.project("basis.toml").read_text().replace('"adres"]\n[', '"adres", "vrij"]\n[')
    result = town.deliver(town.contract(text), [town.persons(given)], town.project("p2.toml", text=project))
    found = {row["geboortejaar"]: (row["huishouden"] is None, row["vrij"]) for row in rows(town)}
    assert found == {1970: (False, False), 1980: (True, True), 2001: (True, None)}
    assert result.rejected["personen"] == {"huishouden.leeg": 2}


def coded(town, target="pakket", table="personen") -> list[dict]:
    return pq.read_table(town.root / target / f"{table}.parquet").to_pylist()


def test_a_code_stands_for_its_pseudonym_in_every_package_of_the_project(town):
    project = town.project()
    town.deliver(town.contract(), [town.persons(many_persons(3_000))], project)
    bsns = [float(row.split(";")[0]) for row in many_persons(3_000)[:500]]
    town.deliver(town.contract(town.income_contract, "i.toml"), [town.incomes(bsns)], project, "inkomens")
    of_person = {row["persoon"]: row["persoon_code"] for row in coded(town)}
    assert len(set(of_person.values())) == len(of_person) == 3_000
    incomes = coded(town, "inkomens", "inkomens")
    assert len(incomes) == 500 and all(of_person[row["persoon"]] == row["persoon_code"] for row in incomes)
    # sorted by pseudonym, and the code tells nothing of that order
    codes = [row["persoon_code"] for row in coded(town)]
    rising = sum(one < other for one, other in pairwise(codes)) / (len(codes) - 1)
    assert 0.45 < rising < 0.55 and max(codes) > 2**31
    fields = load_package(town.root / "pakket", [town.custody.public_key()]).manifest.resources[0].table_schema.fields
    assert {field.name: field.code_van for field in fields if field.code_van} == {
        "persoon_code": "persoon", "huishouden_code": "huishouden", "adres_code": "adres"
    }  # fmt: skip


def test_codes_of_missing_pseudonyms_are_missing(town):
    contract = town.contract(town.brp_contract.replace("verplicht = true\n", ""))
    town.deliver(contract, [town.persons([";X;19700101;M;H1;1234AB;1;;", *town.rows])], town.project())
    assert [row["persoon_code"] is None for row in coded(town)] == [row["persoon"] is None for row in coded(town)]


def expecting(town, table: str = "", column: str = "", errors: str = "stoppen"):
    text = town.brp_contract.replace('uniek = ["bsn"]', f'uniek = ["bsn"]\n{table}')
    text = text.replace('vorm = "huishouden"\n', f'vorm = "huishouden"\n{column}\n')
    return town.contract(text.replace("[tabellen.personen]", f'fouten = "{errors}"\n[tabellen.personen]', 1))


def test_a_delivery_of_the_size_that_was_agreed(town):
    town.deliver(expecting(town, "verwacht_rijen = [4, 4]"), [town.persons()], town.project())
    for rows_agreed, missing in (("[5, 9]", 1), ("[1, 2]", 2)):
        with pytest.raises(UserError, match="4 rijen geleverd, terwijl het contract er"):
            town.deliver(expecting(town, f"verwacht_rijen = {rows_agreed}"), [town.persons()], town.project(), "twee")
        counting = expecting(town, f"verwacht_rijen = {rows_agreed}", errors="melden")
        result = town.deliver(counting, [town.persons()], town.project(), f"geteld{missing}")
        assert result.rejected["personen"] == {"buiten_verwachting": missing}


def test_a_column_as_full_as_was_agreed(town):
    persons = [row if i == 0 else ";".join([*row.split(";")[:4], "", *row.split(";")[-4:]]) for i, row in
               enumerate(town.rows)]  # fmt: skip
    town.deliver(expecting(town, column="dekking = 0.25"), [town.persons(persons)], town.project())
    with pytest.raises(UserError, match=r"kolom 'huishouden_nummer': 25,0 % van de rijen"):
        town.deliver(expecting(town, column="dekking = 0.26"), [town.persons(persons)], town.project(), "twee")
    counting = expecting(town, column="dekking = 0.5", errors="melden")
    result = town.deliver(counting, [town.persons(persons)], town.project(), "drie")
    assert result.rejected["personen"]["huishouden.onder_dekking"] == 3


def test_erased_persons_do_not_come_back(town):
    from pseudonimisering.suppression import Suppressed

    project, contract = town.project(), town.contract()
    secret = town.custody.project_secret("proef")
    (gone,) = secret.domain_key("persoon").pseudonyms(pl.Series(["111222333"])).to_pylist()
    Suppressed(town.custody).add("proef", "persoon", 1, 1, gone)
    result = town.deliver(contract, [town.persons()], project)
    assert result.rejected["personen"] == {"gewist": 1} and result.rows == {"personen": 3}
    assert {row["geboortejaar"] for row in rows(town)} == {1970, 2001, 1955}


def test_audit_identities_are_sealed_to_the_checker_when_there_is_one(town):
    from zoo_formaat.sealed import OpeningKey

    contract, project = town.contract(), town.project()
    town.deliver(contract, [town.persons()], project, "zonder")
    assert load_package(town.root / "zonder", [town.custody.public_key()]).manifest.audit == []
    private = OpeningKey.generate("zone3")
    town.custody.trust_checker(private.public)
    town.deliver(contract, [town.persons()], project)
    manifest = load_package(town.root / "pakket", [town.custody.public_key()]).manifest
    assert {file.path for file in manifest.audit} == {
        "audit.personen.persoon.zoo", "audit.personen.huishouden.zoo", "audit.personen.adres.zoo"
    }  # fmt: skip
    assert table_bytes(town, "pakket") == table_bytes(town, "zonder")
    file = town.root / "pakket" / manifest.audit[0].path
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError, match="gewijzigd na het ondertekenen"):
        load_package(town.root / "pakket", [town.custody.public_key()])


@pytest.mark.parametrize("name", ["pakket[1]", "pak'ket", "pak ket*", "pakket?"])
def test_a_target_may_have_any_name(town, name):
    town.deliver(town.contract(), [town.persons()], town.project(), name)
    assert len(rows(town, target=name)) == 4


def test_a_time_beside_a_date_is_one_that_a_clock_has():
    right = ["2016-05-01T00:00:00", "2016-05-01 23:59:59.999999", "2016-05-01T12", "2016-05-01T24:00:00",
             "2016-05-01T06:30Z", "2016-05-01T063000+0200"]  # fmt: skip
    wrong = ["2016-05-01T25:00:00", "2016-05-01 12:60", "2016-05-01T", "2016-05-01T12:00:99", "2016-05-01T12::",
             "2016-05-01T12:00+2"]  # fmt: skip
    parsed = parse_column(pl.Series([*right, *wrong]), Column(rol="datum"))
    assert parsed.values.to_list() == [date(2016, 5, 1)] * len(right) + [None] * len(wrong)
    assert parsed.reasons.to_list() == [None] * len(right) + ["geen_datum"] * len(wrong)
