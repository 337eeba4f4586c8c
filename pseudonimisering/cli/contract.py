"""`contract`: check, read, start from and export source contracts."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from pseudonimisering.cli.application import Json, app
from zoo_formaat.errors import UserError

contract_app = typer.Typer(help="Broncontracten: controleren, lezen, beginnen en exporteren.", no_args_is_help=True)
app.add_typer(contract_app, name="contract")

ContractFile = Annotated[Path, typer.Argument(metavar="BESTAND", help="Broncontract (TOML).")]


@contract_app.command("controleer")
def check(path: ContractFile, as_json: Json = False) -> None:
    """Controleer een broncontract; noemt bij een fout bestand, regel en wat te doen."""
    from pseudonimisering.contract import load_contract
    from pseudonimisering.contract.notices import notices

    contract = load_contract(path)
    points = notices(contract, date.today())
    tables = {name: len(table.source_columns) for name, table in contract.tabellen.items()}
    categories = sorted(contract.categories)
    if as_json:
        document = {
            "bron": contract.bron,
            "digest": contract.digest,
            "tabellen": tables,
            "categorieen": categories,
            "aandachtspunten": points,
        }
        print(json.dumps(document, ensure_ascii=False))
        return
    print(f"{path}: geldig broncontract '{contract.bron}' van {contract.houder}")
    counted = ", ".join(f"{name} ({columns} kolommen)" for name, columns in tables.items())
    print(f"  tabellen: {counted}; gegevens: {', '.join(categories)}; bewaren tot en met {contract.bewaren_tot}")
    for point in points:
        print(f"  let op: {point}")


@contract_app.command("voorbeeld")
def example(
    name: Annotated[
        str | None, typer.Argument(metavar="NAAM", help="Modelcontract; zonder naam komt de lijst.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Toon de lijst van modelcontracten, of de tekst van één om mee te beginnen."""
    from pseudonimisering.contract.models import model_names, model_text, model_title

    if name is not None:
        text = model_text(name)
        print(
            json.dumps({"naam": name, "tekst": text}, ensure_ascii=False) if as_json else text,
            end="\n" if as_json else "",
        )
        return
    titles = {model: model_title(model) for model in model_names()}
    if as_json:
        print(json.dumps(titles, ensure_ascii=False))
        return
    width = max(map(len, titles))
    for model, title in titles.items():
        print(f"{model:<{width}}  {title}")


@contract_app.command("register")
def register(
    paths: Annotated[list[Path], typer.Argument(metavar="BESTAND...", help="Broncontracten (TOML).")],
    target: Annotated[Path, typer.Option("--uit", metavar="CSV|JSON", help="Nieuw bestand; .csv of .json.")],
) -> None:
    """Schrijf per contract een regel voor het verwerkingsregister (artikel 30 AVG)."""
    from pseudonimisering.contract import load_contract
    from pseudonimisering.processing_register import write_register

    _refuse_overwriting(target, paths)
    contracts = [(str(path), load_contract(path)) for path in paths]
    skipped = write_register(contracts, target)
    print(f"{target}: {len(contracts) - len(skipped)} regel(s) voor het verwerkingsregister")
    for source in skipped:
        print(f"bron '{source}' bevat geen persoonsgegevens en krijgt geen regel", file=sys.stderr)


@contract_app.command("odcs")
def odcs(
    path: ContractFile,
    target: Annotated[Path, typer.Option("--uit", metavar="YAML", help="Nieuw bestand, bijvoorbeeld brp.odcs.yaml.")],
) -> None:
    """Schrijf een contract als Open Data Contract Standard 3.1 (als JSON, wat ook YAML is)."""
    from pseudonimisering.contract import load_contract
    from pseudonimisering.odcs import API_VERSION, write_odcs

    _refuse_overwriting(target, [path])
    write_odcs(load_contract(path), target, date.today())
    print(f"{target}: Open Data Contract Standard {API_VERSION}")


@contract_app.command("toon")
def show(
    path: ContractFile,
    html: Annotated[Path | None, typer.Option("--html", metavar="HTML", help="Schrijf een webpagina.")] = None,
) -> None:
    """Toon een contract in gewone woorden, om te lezen en te bespreken."""
    from rich.console import Console

    from pseudonimisering import contract_page
    from pseudonimisering.contract import load_contract
    from zoo_formaat.atomic import write_file

    page = contract_page.describe(load_contract(path), date.today())
    if html is None:
        contract_page.show(page, Console(file=sys.stdout))
        return
    _refuse_overwriting(html, [path])
    write_file(html, contract_page.as_html(page).encode())
    print(f"{html}: contract in woorden")


def _refuse_overwriting(target: Path, sources: list[Path]) -> None:
    if any(target.resolve() == source.resolve() for source in sources):
        raise UserError(f"{target} is zelf een van de contracten; kies een andere naam bij --uit")
