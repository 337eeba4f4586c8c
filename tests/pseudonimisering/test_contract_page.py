"""A contract in words says of every delivered column what becomes of it, and the commands print what they promise."""

import json
from datetime import date
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from pseudonimisering.cli import app
from pseudonimisering.contract import Contract, load_contract
from pseudonimisering.contract.models import model_names, model_text
from pseudonimisering.contract_page import as_html, describe
from zoo_formaat.document import parse_document
from zoo_formaat.errors import UserError

TODAY = date(2026, 1, 1)


def page_of(name):
    return describe(parse_document(model_text(name).encode(), Contract, name), TODAY)


def run(*arguments):
    result = CliRunner().invoke(app, ["contract", *map(str, arguments)])
    if isinstance(result.exception, UserError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("name", model_names())
def test_every_delivered_column_is_in_the_words(name):
    contract = parse_document(model_text(name).encode(), Contract, name)
    for chapter, table in zip(describe(contract, TODAY).chapters, contract.tabellen.values(), strict=True):
        named = {part for row in chapter.rows for part in row[0].split(" + ")}
        assert named == set(table.source_columns)
        for _, meaning, category, fate in chapter.rows:
            assert meaning
            assert fate
            assert category in {"gewoon", "bijzonder", "strafrechtelijk"}


def test_the_words_say_what_becomes_of_a_column():
    (chapter,) = page_of("fiu").chapters
    fates = {row[0]: row[3] for row in chapter.rows}
    assert fates["bsn"] == "burgerservicenummer wordt een pseudoniem voor een persoon; heet in het pakket betrokkene"
    assert fates["bedrag"] == "geheel getal in euro, afgerond op 1.000"
    assert fates["omschrijving"] == "vrije tekst: wordt niet doorgegeven"
    assert fates["land_tegenpartij"] == "tekst, waarden van minder dan 10 rijen als 'overig'"
    assert fates["rekening"] == "rekeningnummer wordt een pseudoniem, gevuld in minstens 50 % van de rijen"
    wealth = {row[0]: row[3] for row in page_of("inkomens_vermogens").chapters[1].rows}
    assert wealth["schulden"] == "geheel getal in euro, boven 1.000.000 als 1.000.000, onder -1.000.000 als -1.000.000"


def test_the_page_is_one_html_document_without_outside_references():
    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.cells, self.outside = 0, []

        def handle_starttag(self, tag, attrs):
            self.cells += tag == "td"
            self.outside += [name for name, _ in attrs if name in {"src", "href"}]

    page = page_of("verdachten")
    reader = Reader()
    reader.feed(as_html(page))
    assert reader.outside == []
    assert reader.cells == 4 * sum(len(chapter.rows) for chapter in page.chapters)


def test_what_the_contract_says_is_text_not_markup(town):
    text = town.brp_contract.replace('houder = "Gemeente Proef"', 'houder = "<script>alert(1)</script> [bold]"')
    page = as_html(describe(load_contract(town.contract(text)), TODAY))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "[bold]" in run("toon", town.root / "contract.toml")


def test_a_valid_contract_is_one_line_and_a_summary(town):
    output = run("controleer", town.contract())
    first, summary, *points = output.splitlines()
    assert first == f"{town.root / 'contract.toml'}: geldig broncontract 'brp' van Gemeente Proef"
    assert "personen (9 kolommen)" in summary
    assert [point for point in points if "let op" in point and "verwerkingsregister" in point]
    report = json.loads(run("controleer", town.contract(), "--json"))
    assert report["tabellen"] == {"personen": 9}
    assert report["digest"] == load_contract(town.contract()).digest


def test_a_wrong_contract_is_an_error_with_its_line(town):
    path = town.contract(town.brp_contract.replace('rol = "datum"', 'rol = "dag"'))
    with pytest.raises(UserError, match=rf"{path}, regel \d+: veld 'tabellen.personen.kolommen.geboortedatum.rol'"):
        run("controleer", path)


def test_a_holder_starts_from_a_model(town):
    listed = [line.split()[0] for line in run("voorbeeld").splitlines()]
    assert listed == model_names()
    path = town.contract(run("voorbeeld", "kvk"), name="kvk.toml")
    assert "geldig broncontract 'kvk'" in run("controleer", path)
    with pytest.raises(UserError, match="bedoelde u 'kvk'"):
        run("voorbeeld", "kvkk")


def test_the_page_is_written_where_it_is_asked(town):
    target = town.root / "brp.html"
    run("toon", town.contract(), "--html", target)
    assert "Broncontract brp: Gemeente Proef" in target.read_text("utf-8")
