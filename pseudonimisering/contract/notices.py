"""What is allowed in a contract and still deserves a second look of its holder or lawyer."""

import re
from collections.abc import Iterator
from datetime import date

from pseudonimisering.contract.columns import Column
from pseudonimisering.contract.contract import Contract
from pseudonimisering.contract.table import Table

_PLACEHOLDER = re.compile(r"\[[^\]\n]+\]")


def notices(contract: Contract, today: date) -> list[str]:
    """Return one Dutch line per thing to look at; an empty list when there is nothing."""
    found = [*_about_the_agreement(contract, today)]
    for name, table in contract.tabellen.items():
        found += [f"tabel {name}: {text}" for text in _about_a_table(table)]
    return found


def is_draft(contract: Contract) -> bool:
    """Whether the contract still has texts between square brackets to be filled in, as the model contracts have."""
    return any(True for _ in _placeholders(contract))


def holds_personal_data(contract: Contract) -> bool:
    """Whether anything delivered is about a person, household, address or firm."""
    identifying = any(
        output.domain is not None
        for name, table in contract.tabellen.items()
        for output in table.outputs(contract.bron, name)
    )
    return identifying or contract.categories != {"gewoon"}


def _placeholders(contract: Contract) -> Iterator[str]:
    texts = {"houder": contract.houder, "grondslag": contract.grondslag, "uitzondering": contract.uitzondering or ""}
    register = contract.verwerkingsregister
    if register is not None:
        for field, value in register.model_dump().items():
            texts[f"verwerkingsregister.{field}"] = " ".join(value) if isinstance(value, list) else value or ""
    for field, text in texts.items():
        for match in _PLACEHOLDER.findall(text):
            yield f"{field} {match}"


def _about_the_agreement(contract: Contract, today: date) -> Iterator[str]:
    open_texts = list(_placeholders(contract))
    if open_texts:
        yield f"nog niet ingevuld: {', '.join(open_texts)}"
    if today > contract.bewaren_tot:
        yield f"de bewaartermijn is verstreken op {contract.bewaren_tot}; er wordt niets meer verwerkt"
    if holds_personal_data(contract) and contract.verwerkingsregister is None:
        yield "er is geen [verwerkingsregister], dus er kan geen regel voor het register van artikel 30 AVG uit"
    special = sorted(contract.categories - {"gewoon"})
    if special and contract.uitzondering is None:
        yield f"er zijn {' en '.join(f'{name}e' for name in special)} persoonsgegevens en er is geen 'uitzondering'"


def _about_a_table(table: Table) -> Iterator[str]:
    for name, column in table.kolommen.items():
        if column.rol == "weglaten" and column.categorie != "gewoon":
            yield f"kolom {name} is {column.categorie} en wordt weggelaten; laat haar liever niet leveren"
        if column.rol == "datum" and "geboorte" in name and column.generalisation is None:
            yield f'kolom {name} verlaat zone 1 als volledige geboortedatum; overweeg generaliseer = "jaar"'
        if _is_whole_postcode(name, column):
            yield f'kolom {name} verlaat zone 1 als volledige postcode; overweeg generaliseer = "pc4"'
    if table.levering == "vult_aan" and not table.uniek:
        yield "leveringen worden aangevuld zonder 'uniek': een rij die twee keer komt, telt twee keer"
    outputs = list(table.outputs("bron", "tabel"))
    attributes = {output.source.categorie for output in outputs if output.domain is None}
    identifiers = [
        output.name for output in outputs if output.domain is not None and output.source.categorie == "gewoon"
    ]
    if attributes and "gewoon" not in attributes and identifiers:
        yield (
            f"alle kenmerken zijn {' of '.join(sorted(attributes))}, dus dat iemand in de tabel staat is dat ook; "
            f"geef {', '.join(identifiers)} dezelfde categorie"
        )


def _is_whole_postcode(name: str, column: Column) -> bool:
    return "postcode" in name and column.rol in {"attribuut", "gebied"} and column.generalisation is None
