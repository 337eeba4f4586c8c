"""A source contract as a row of the register of processing activities (article 30 GDPR).

The columns are those of article 30, first paragraph, in its order, with the columns that Dutch municipalities publish
beside them (ground, source, special and criminal data, citizen service number), after the register that municipalities
and the IBD made together as an example.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from pseudonimisering.contract import Category, Column, Contract, Table
from pseudonimisering.contract.notices import holds_personal_data
from zoo_formaat.atomic import write_file
from zoo_formaat.errors import UserError

COLUMNS: tuple[str, ...] = (
    "naam van de verwerking",
    "verwerkingsverantwoordelijke",
    "contactgegevens",
    "gezamenlijke verwerkingsverantwoordelijken",
    "functionaris gegevensbescherming",
    "doeleinden",
    "grondslag",
    "categorieën betrokkenen",
    "categorieën persoonsgegevens",
    "bijzondere persoonsgegevens",
    "strafrechtelijke persoonsgegevens",
    "uitzondering op het verwerkingsverbod",
    "burgerservicenummer",
    "bron van de gegevens",
    "ontvangers",
    "doorgifte buiten de EER",
    "bewaartermijn",
    "beveiligingsmaatregelen",
)

IDENTIFIER_NAMES: dict[str, str] = {
    "bsn": "burgerservicenummer",
    "kvk": "KvK-nummer",
    "rsin": "RSIN",
    "vestiging": "vestigingsnummer",
    "btw": "btw-identificatienummer",
    "verblijfsobject": "BAG-verblijfsobject",
    "pand": "BAG-pand",
    "nummeraanduiding": "BAG-nummeraanduiding",
    "ligplaats": "BAG-ligplaats",
    "standplaats": "BAG-standplaats",
    "openbareruimte": "BAG-openbare ruimte",
    "iban": "rekeningnummer",
    "huishouden": "huishoudnummer",
    "registratienummer": "registratienummer",
}
"""What a kind of identifier is called in the registers and pages that people read."""

_SEPARATOR = "; "
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def register_row(contract: Contract, source: str) -> dict[str, str]:
    """Return the row of a contract: every name of COLUMNS with its text, "nee" or "geen" where there is nothing.

    `source` names the file in errors. Raises UserError when the contract has no `verwerkingsregister` section.
    """
    register = contract.verwerkingsregister
    if register is None:
        raise UserError(
            f"{source}: er is geen [verwerkingsregister]; voeg het toe met verwerkingsverantwoordelijke, contact, "
            "categorieen_betrokkenen, ontvangers en maatregelen"
        )
    values = (
        f"onderzoek met {contract.bron}: "
        + ", ".join(_about(name, table) for name, table in contract.tabellen.items()),
        register.verwerkingsverantwoordelijke,
        register.contact,
        _SEPARATOR.join(register.gezamenlijk) or "geen",
        register.functionaris or "geen",
        _SEPARATOR.join(contract.doelen),
        _one_line(contract.grondslag),
        _SEPARATOR.join(register.categorieen_betrokkenen),
        _SEPARATOR.join(_data(contract, ("gewoon", "bijzonder", "strafrechtelijk"))),
        _SEPARATOR.join(_data(contract, ("bijzonder",))) or "nee",
        _SEPARATOR.join(_data(contract, ("strafrechtelijk",))) or "nee",
        _one_line(contract.uitzondering or "niet van toepassing"),
        "ja"
        if any(column.vorm == "bsn" for table in contract.tabellen.values() for column in table.kolommen.values())
        else "nee",
        contract.houder,
        _SEPARATOR.join(register.ontvangers),
        register.doorgifte or "geen",
        _retention(contract),
        _SEPARATOR.join(register.maatregelen),
    )
    return dict(zip(COLUMNS, values, strict=True))


def write_register(contracts: Sequence[tuple[str, Contract]], target: Path) -> list[str]:
    """Write one row per contract with personal data as CSV or JSON, by the suffix of `target`.

    contracts: file name and contract. Returns the sources without personal data, which have no row. The CSV is what
    Dutch spreadsheets open without questions: UTF-8 with a byte-order mark and semicolons. Raises UserError for
    another suffix or a contract without `verwerkingsregister` section; then nothing is written.
    """
    if target.suffix not in {".csv", ".json"}:
        raise UserError(f"{target}: onbekend soort bestand; laat de naam op .csv of .json eindigen")
    rows = [register_row(contract, name) for name, contract in contracts if holds_personal_data(contract)]
    if target.suffix == ".json":
        content = (json.dumps(rows, ensure_ascii=False, indent=2) + "\n").encode()
    else:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS, delimiter=";", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({name: _no_formula(cell) for name, cell in row.items()} for row in rows)
        content = text.getvalue().encode("utf-8-sig")
    write_file(target, content)
    return [contract.bron for _, contract in contracts if not holds_personal_data(contract)]


def _no_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _data(contract: Contract, categories: Sequence[Category]) -> list[str]:
    """Return what is delivered in these categories, in words, each once and in the order of the contract."""
    words = (word for table in contract.tabellen.values() for word in _words(table, categories))
    return list(dict.fromkeys(words))


def _words(table: Table, categories: Sequence[Category]) -> Iterator[str]:
    for name, column in table.kolommen.items():
        if column.categorie in categories:
            yield _called(name, column)
    for address in table.adressen.values():
        if address.categorie in categories:
            yield "adres"
    for person in table.namen.values():
        if person.categorie in categories:
            yield "naam en geboortedatum"


def _about(name: str, table: Table) -> str:
    return table.omschrijving.partition(";")[0] or name


def _called(name: str, column: Column) -> str:
    return IDENTIFIER_NAMES.get(column.vorm or "") or column.omschrijving.partition(";")[0] or name


def _retention(contract: Contract) -> str:
    events = [
        f"{', '.join(deletion.tabellen)} eerder, na: {deletion.omschrijving or deletion.gebeurtenis}"
        for deletion in contract.verwijderen_na
    ]
    return _SEPARATOR.join([f"tot en met {contract.bewaren_tot}", *events])


def _one_line(text: str) -> str:
    return " ".join(text.split())
