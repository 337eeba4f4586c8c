"""`koppel`: links between two sources that have no number in common."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pseudonimisering.cli.application import Json, app
from pseudonimisering.cli.opening import PassphraseFiles, Shares, open_custody

if TYPE_CHECKING:
    from pseudonimisering.linkage import Linked


@app.command("koppel")
def link_sources(
    contract_a: Annotated[Path, typer.Argument(metavar="CONTRACT_A", help="Contract van de eerste bron.")],
    file_a: Annotated[Path, typer.Argument(metavar="BESTAND_A", help="Levering van de eerste bron.")],
    contract_b: Annotated[Path, typer.Argument(metavar="CONTRACT_B", help="Contract van de tweede bron.")],
    file_b: Annotated[Path, typer.Argument(metavar="BESTAND_B", help="Levering van de tweede bron.")],
    project_path: Annotated[Path, typer.Option("--project", help="Ondertekend projectbestand.")],
    secrets_folder: Annotated[Path, typer.Option("--geheimen", metavar="DIR", help="De bewaarplaats.")],
    target: Annotated[Path, typer.Option("--uit", metavar="PAKKET", help="Map van het pakket.")],
    threshold: Annotated[
        float,
        typer.Option("--drempel", metavar="P", help="Kleinste kans waarbij een paar een koppeling is (0,5 tot 1)."),
    ] = 0.9,
    shares: Shares = None,
    passphrases: PassphraseFiles = None,
    as_json: Json = False,
) -> None:
    """Koppel twee bronnen op naam, geboortedatum en adres; het pakket bevat paren van pseudoniemen.

    Welke kolommen dat zijn, staat in de contracten onder 'namen' en 'adressen'. Het project moet de bron
    koppeling_A_B toestaan. Namen blijven in het geheugen van deze opdracht.
    """
    from pseudonimisering.contract import load_contract
    from pseudonimisering.linkage import link
    from zoo_formaat.project import load_project

    today = date.today()
    custody = open_custody(secrets_folder, shares, passphrases)
    custody.master()
    project = load_project(project_path, custody.signers(), on=today)
    contracts = load_contract(contract_a), load_contract(contract_b)
    result = link((contracts[0], file_a), (contracts[1], file_b), project, custody, target, today, threshold)
    if as_json:
        about = result.about.model_dump(mode="json")
        compared = {"vergeleken": result.compared, "rijen": list(result.rows)}
        print(json.dumps({"pakket": str(result.path), "bron": result.source, **compared, **about}, ensure_ascii=False))
    else:
        _show(result)


def _show(result: "Linked") -> None:
    from rich.console import Console
    from rich.table import Table

    about = result.about
    print(f"{result.source}: {about.koppelingen} koppelingen bij drempel {about.drempel:g}")
    print(f"naar schatting onjuist: {about.verwacht_onjuist:.1f} ({100 * about.foutkans:.3f} %)")
    print(f"naar schatting in beide bronnen: {about.verwachte_paren:.0f} personen")
    table = Table("drempel", "koppelingen", "verwacht onjuist", "foutkans", "gevonden")
    for row in about.kromme:
        shares = f"{100 * row['foutkans']:.3f} %", f"{100 * row['gevonden']:.1f} %"
        table.add_row(f"{row['drempel']:g}", f"{row['koppelingen']:.0f}", f"{row['verwacht_onjuist']:.1f}", *shares)
    Console().print(table)
    print(f"pakket: {result.path}")
