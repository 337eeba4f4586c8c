"""The model contracts are whole: each loads, says what the law asks, and takes a delivery with exactly its columns."""

import re
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pseudonimisering.contract import Contract, load_contract
from pseudonimisering.contract.models import model_names, model_text, model_title
from pseudonimisering.contract.notices import holds_personal_data, is_draft, notices
from zoo_formaat.document import parse_document
from zoo_formaat.errors import UserError

# every source that the issue names, with the legal categories that its law makes unavoidable
SOURCES: dict[str, set[str]] = {
    "brp": {"gewoon", "bijzonder"},
    "bag_woz": {"gewoon"},
    "kadaster": {"gewoon"},
    "kvk": {"gewoon"},
    "inkomens_vermogens": {"gewoon"},
    "uitkeringen": {"gewoon", "bijzonder"},
    "verdachten": {"strafrechtelijk"},
    "hennep": {"strafrechtelijk"},
    "vergunningen": {"gewoon", "bijzonder", "strafrechtelijk"},
    "klachten": {"gewoon"},
    "toeristische_verhuur": {"gewoon"},
    "fiu": {"strafrechtelijk"},
    "rioolwater": {"gewoon"},
}


def model(name: str) -> Contract:
    return parse_document(model_text(name).encode(), Contract, name)


def test_there_is_a_model_for_every_source():
    assert set(model_names()) == set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_a_model_is_a_valid_contract_for_a_lawyer_to_complete(name):
    contract = model(name)
    assert contract.bron == name
    assert contract.categories == SOURCES[name]
    assert is_draft(contract)
    assert "DE JURIST BEVESTIGT" in model_text(name)
    assert not contract.synthetisch
    assert contract.van < contract.tot < contract.bewaren_tot
    if holds_personal_data(contract):
        assert contract.verwerkingsregister is not None
        assert re.search(r"[Aa]rtikel \d", contract.grondslag)
    # what is left to do is to fill in the brackets: nothing else of the model deserves a warning
    assert [text for text in notices(contract, date(2026, 1, 1)) if "nog niet ingevuld" not in text] == []
    assert model_title(name)


@pytest.mark.parametrize("name", SOURCES)
def test_everything_in_a_model_is_explained(name):
    for table in model(name).tabellen.values():
        assert table.omschrijving
        assert table.verwacht_rijen
        assert table.uniek
        for part in (table.kolommen, table.adressen, table.namen, table.kenmerken):
            for source in part.values():
                assert source.omschrijving
        for column in table.kolommen.values():
            assert column.rol != "vrije_tekst" or not column.kept
            if column.rol == "attribuut" and column.type in {"geheel", "decimaal"}:
                assert column.maat or column.type == "decimaal"


def test_no_birth_date_address_or_exact_amount_leaves():
    for name in SOURCES:
        for table in model(name).tabellen.values():
            for column_name, column in table.kolommen.items():
                if "geboorte" in column_name:
                    assert column.generalisation is not None
                assert column.maat is None or "euro" not in column.maat or column.generalisation is not None


def test_medical_indications_go_on_their_event():
    contract = model("vergunningen")
    assert contract.tabellen["urgenties"].kolommen["medische_indicatie"].categorie == "bijzonder"
    assert [(rule.gebeurtenis, rule.tabellen) for rule in contract.verwijderen_na] == [
        ("urgentie-afgehandeld", ["urgenties"])
    ]


def test_suspects_are_criminal_in_every_column():
    for name in ("verdachten", "fiu", "hennep"):
        assert {category for _, _, category in model(name).delivered()} == {"strafrechtelijk"}


def test_a_model_that_is_not_there_is_named():
    with pytest.raises(UserError, match="bedoelde u 'brp'"):
        model_text("brpp")
    with pytest.raises(UserError, match="er is geen modelcontract"):
        model_text("../contract/models.py")


# ---------------------------------------------------------------------------------------------------------- deliveries

FILES: dict[str, dict[str, str]] = {
    "brp": {
        "brp_personen_2025.csv": (
            "bsn;huishoudnummer;geboortedatum;geslacht;nationaliteit;datum_vestiging;nummeraanduiding_id;gemeentecode;"
            "buurtcode;postcode;huisnummer;huisletter;toevoeging;geslachtsnaam;voorvoegsel;voornamen\n"
            "123456782;H1;19800229;M;NLD;2012-05-17;0344200000000001;GM0344;BU03440101;3511AB;12;A;;Jansen;;Piet\n"
            "111222333;H1;1975-00-00;V;TUV;2012-05-17;0344200000000001;GM0344;BU03440101;3511AB;12 a;;;Vries;de;Anna\n"
            "012345672;H2;19990704;O;NLD;2020-11-30;0344200000000002;GM0344;BU03440102;3512 cd;7;;-2;Bos;;Kim\n"
        ),
        "brp_verhuizingen_2025.csv": (
            "bsn;datum;soort;postcode;huisnummer;huisletter;toevoeging\n"
            "123456782;2012-05-17;binnen;3511AB;12;A;\n"
            "012345672;2020-11-30;andere;3512CD;7;;2\n"
        ),
    },
    "verdachten": {
        "politie_verdachten_2016.csv": (
            "registratie_id;pv_nummer;bsn;geboortedatum;pleegdatum;misdrijf;rol;pleegbuurt;toelichting;postcode;"
            "huisnummer;huisletter;toevoeging;geslachtsnaam;voorvoegsel;voornamen\n"
            "R1;PV9;123456782;1983-04-05;2016-03-21;SDT;P;BU03440101;GEHEIMETEKST;3511AB;12;A;;Jansen;;Piet\n"
            "R2;PV9;;19910000;2016-03-22;WIT;M;BU03440101;;;;;;Vries;de;Anna\n"
        ),
        "om_strafzaken_2016.csv": (
            "parketnummer;pv_nummer;bsn;datum_instroom;afdoening\n16/000001-16;PV9;123456782;2016-04-01;VER\n"
        ),
    },
    "fiu": {
        "fiu_transacties_2016.csv": (
            "transactienummer;dossiernummer;datum;soort;bedrag;land_tegenpartij;rekening;tegenrekening;bsn;kvk_nummer;"
            "omschrijving;geslachtsnaam;voorvoegsel;voornamen;geboortedatum\n"
            "T1;D1;2016-02-29;contant;12499;NL;NL91ABNA0417164300;;123456782;;GEHEIMETEKST;Jansen;;Piet;1980-02-28\n"
            "T2;D1;2016-03-01;giraal;12500;KY;nl91abna0417 164300;NL20INGB0001234567;;12345678;;Vries;de;An;19750000\n"
        ),
    },
    "rioolwater": {
        "rioolwater_metingen_2016.csv": (
            "zuivering;week;stof;vracht;debiet\nUtrecht;2016-03-07;mdma;31,5;61000\nUtrecht;2016-03-07;ketamine;<LOD;61000\n"
        ),
        "rioolwater_gebieden_2016.csv": (
            "zuivering;buurtcode;aandeel;inwoners\nUtrecht;BU03440101;1.0;2310\nUtrecht;BU03440102;0.25;800\n"
        ),
    },
}

PROJECT = """
versie = 1
id = "proef"
naam = "Proef"
vraag = "Waar?"
doel = "ondermijning-drugs"
grondslag = "besluit"
van = 1995-01-01
tot = 2025-12-31
einde = 2999-12-31
beleid = "standaard"
eenheden = ["persoon", "adres"]
leden = []
"""


def delivered(town, name: str) -> dict[str, list[dict[str, object]]]:
    """Take the hand-written delivery through zone 1 and return the rows of each table of the package."""
    # a hand-written delivery is smaller than a real one, and must not expire with the model
    text = re.sub(r"verwacht_rijen = \[\d+", "verwacht_rijen = [1", model_text(name))
    path = town.contract(re.sub(r"bewaren_tot = .*", "bewaren_tot = 2999-12-31", text))
    contract = load_contract(path)
    wanted = "".join(
        f"{table_name} = {[output.name for output in table.outputs(name, table_name)]}\n".replace("'", '"')
        for table_name, table in contract.tabellen.items()
    )
    project = town.project(text=PROJECT + f"[bronnen.{name}]\n" + wanted)
    files = [town.write(f"ruw/{file}", content) for file, content in FILES[name].items()]
    result = town.deliver(path, files, project)
    assert result.rows == {
        table_name: next(
            content.count("\n") - 1 for file, content in FILES[name].items() if Path(file).match(table.bestand)
        )
        for table_name, table in contract.tabellen.items()
    }
    tables = {}
    for table_name, table in contract.tabellen.items():
        rows = pq.read_table(result.path / f"{table_name}.parquet").to_pylist()
        outputs = [output.name for output in table.outputs(name, table_name)]
        assert [column for column in rows[0] if not column.endswith("_code")] == outputs
        tables[table_name] = rows
    content = b"".join(file.read_bytes() for file in result.path.iterdir())
    for secret in (
        b"GEHEIMETEKST",
        b"123456782",
        b"12345672",
        b"Jansen",
        b"3511AB",
        b"NL91ABNA0417164300",
        b"19800229",
    ):
        assert secret not in content
    return tables


def column(rows, name):
    return sorted(str(row[name]) for row in rows)


def test_a_delivery_of_the_population_register(town):
    tables = delivered(town, "brp")
    rows = tables["personen"]
    assert column(rows, "geboortejaar") == ["1975", "1980", "1999"]
    assert column(rows, "nationaliteit") == ["overig"] * 3
    assert column(rows, "maand_vestiging") == ["2012-05-01", "2012-05-01", "2020-11-01"]
    assert len(set(column(rows, "persoon"))) == len(set(column(rows, "naam"))) == 3
    assert len(set(column(rows, "adres"))) == len(set(column(rows, "nummeraanduiding"))) == 2
    moved = {row["persoon"]: row["adres"] for row in tables["verhuizingen"]}
    lives = {row["persoon"]: row["adres"] for row in rows}
    assert moved.items() <= lives.items()


def test_a_delivery_of_suspects(town):
    tables = delivered(town, "verdachten")
    rows = tables["verdachten"]
    assert column(rows, "pleegmaand") == ["2016-03-01", "2016-03-01"]
    assert column(rows, "geboorteklasse") == ["1980", "1990"]
    assert column(rows, "misdrijf") == ["SDT", "WIT"]
    known = [row["verdachte"] for row in rows if row["verdachte"] is not None]
    assert [row["verdachte"] for row in tables["strafzaken"]] == known
    # one own number in one domain links the two tables of the source
    assert {row["proces_verbaal"] for row in rows} == {row["proces_verbaal"] for row in tables["strafzaken"]}


def test_a_delivery_of_transactions(town):
    rows = delivered(town, "fiu")["transacties"]
    assert column(rows, "bedrag") == ["12000", "13000"]
    assert column(rows, "maand") == ["2016-02-01", "2016-03-01"]
    assert column(rows, "land_tegenpartij") == ["overig"] * 2
    assert len(set(column(rows, "rekening"))) == 1
    assert len(set(column(rows, "betrokkene_naam"))) == 2
    assert sum(row["betrokkene"] is None for row in rows) == 1


def test_a_delivery_of_measurements(town):
    tables = delivered(town, "rioolwater")
    assert {row["stof"]: (row["vracht"], row["onder_grens"]) for row in tables["metingen"]} == {
        "mdma": (31.5, False),
        "ketamine": (None, True),
    }
    assert column(tables["gebieden"], "aandeel") == ["0.25", "1.0"]
