"""A contract becomes one row of the register of processing activities, complete by article 30 GDPR."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pseudonimisering.cli import app
from pseudonimisering.contract import Contract
from pseudonimisering.contract.models import model_names, model_text
from pseudonimisering.contract.notices import holds_personal_data
from pseudonimisering.processing_register import COLUMNS, register_row, write_register
from zoo_formaat.document import parse_document
from zoo_formaat.errors import UserError

# article 30, first paragraph, letter -> the columns that answer it
ARTICLE_30 = {
    "a": ["verwerkingsverantwoordelijke", "contactgegevens", "gezamenlijke verwerkingsverantwoordelijken",
          "functionaris gegevensbescherming"],
    "b": ["doeleinden"],
    "c": ["categorieën betrokkenen", "categorieën persoonsgegevens"],
    "d": ["ontvangers"],
    "e": ["doorgifte buiten de EER"],
    "f": ["bewaartermijn"],
    "g": ["beveiligingsmaatregelen"],
}  # fmt: skip


def model(name: str) -> Contract:
    return parse_document(model_text(name).encode(), Contract, name)


def test_the_register_has_what_article_30_asks():
    assert {column for columns in ARTICLE_30.values() for column in columns} <= set(COLUMNS)


@pytest.mark.parametrize("name", [name for name in model_names() if holds_personal_data(model(name))])
def test_every_model_gives_a_row_without_an_empty_cell(name):
    row = register_row(model(name), name)
    assert tuple(row) == COLUMNS
    assert all(row.values())
    assert all("\n" not in cell for cell in row.values())


def test_the_row_says_what_is_special_and_what_is_criminal():
    row = register_row(model("vergunningen"), "vergunningen")
    assert row["bijzondere persoonsgegevens"] == "of er een medische indicatie is; motivering"
    assert "overtreden voorschrift" in row["strafrechtelijke persoonsgegevens"]
    assert "artikel 30, eerste lid, UAVG" in row["uitzondering op het verwerkingsverbod"]
    assert row["burgerservicenummer"] == "ja"
    assert row["bewaartermijn"] == (
        "tot en met 2029-12-31; urgenties eerder, na: alle urgenties van de levering zijn toegekend, geweigerd of "
        "ingetrokken"
    )
    plain = register_row(model("klachten"), "klachten")
    assert plain["bijzondere persoonsgegevens"] == plain["strafrechtelijke persoonsgegevens"] == "nee"
    assert plain["uitzondering op het verwerkingsverbod"] == "niet van toepassing"
    assert plain["burgerservicenummer"] == "nee"


def test_csv_and_json_hold_the_same_rows(tmp_path):
    contracts = [(name, model(name)) for name in ("brp", "fiu", "rioolwater")]
    assert write_register(contracts, tmp_path / "register.csv") == ["rioolwater"]
    write_register(contracts, tmp_path / "register.json")
    content = (tmp_path / "register.csv").read_bytes()
    assert content.startswith("\ufeffnaam van de verwerking;".encode())
    with (tmp_path / "register.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert rows == json.loads((tmp_path / "register.json").read_text("utf-8"))
    assert [row["bron van de gegevens"] for row in rows] == [model("brp").houder, model("fiu").houder]


def test_a_contract_without_the_section_is_refused_and_nothing_is_written(town, tmp_path):
    target = tmp_path / "register.csv"
    result = CliRunner().invoke(app, ["contract", "register", str(town.contract()), "--uit", str(target)])
    assert isinstance(result.exception, UserError)
    assert str(result.exception).startswith(f"{town.root / 'contract.toml'}: er is geen [verwerkingsregister]")
    assert not target.exists()


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"\.csv of \.json"):
        write_register([("brp", model("brp"))], tmp_path / "register.xlsx")


def test_a_contract_is_never_overwritten(town):
    path = town.contract(name="contract.json")
    result = CliRunner().invoke(app, ["contract", "register", str(path), "--uit", str(path)])
    assert "kies een andere naam" in str(result.exception)
    assert path.read_text() == town.brp_contract


def test_a_cell_of_the_csv_is_no_formula(tmp_path: Path) -> None:
    contract = model("brp").model_copy(update={"houder": "=1+1"})
    write_register([("brp.toml", contract)], tmp_path / "register.csv")
    with (tmp_path / "register.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream, delimiter=";")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    assert "'=1+1" in row.values()
