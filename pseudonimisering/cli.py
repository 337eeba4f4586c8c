"""The command `pseudonimisering`: everything zone 1 does."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from zoo_formaat.command import run
from zoo_formaat.keys import read_public_key

app = typer.Typer(
    help="Zone 1: ruwe bronnen erin, koppelbare pakketten zonder direct identificerende gegevens eruit.",
    no_args_is_help=True,
    add_completion=False,
)
secrets_app = typer.Typer(help="De bewaarplaats van geheimen.", no_args_is_help=True)
app.add_typer(secrets_app, name="geheim")

Json = Annotated[bool, typer.Option("--json", help="Druk één JSON-object af.")]


@secrets_app.command("maak")
def create(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Nieuwe map; alleen u krijgt toegang.")],
    signers: Annotated[
        list[Path] | None,
        typer.Option("--ondertekenaar", metavar="PUB", help="Publieke sleutel van wie projecten ondertekent."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Maak een bewaarplaats: de ondertekeningssleutel van deze zone en ruimte voor een geheim per project."""
    from pseudonimisering.custody import create_custody

    custody = create_custody(folder, [read_public_key(path) for path in signers or []])
    public = folder / "zone1.pub.json"
    if as_json:
        print(json.dumps({"map": str(folder), "publiek": str(public), "sleutel": custody.public_key().id}))
    else:
        print(f"bewaarplaats {folder} gemaakt; geef {public} aan de zones die pakketten controleren")


@app.command("vertrouw")
def trust(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="De bewaarplaats.")],
    keys: Annotated[list[Path], typer.Argument(metavar="PUB...", help="Publieke sleutels (.pub.json).")],
) -> None:
    """Laat handtekeningen van deze personen op projectbestanden meetellen."""
    from pseudonimisering.custody import Custody

    people = [read_public_key(path) for path in keys]
    Custody(folder).trust(people)
    print(f"vertrouwd: {', '.join(key.houder for key in people)}")


@app.command("verwerk")
def process(
    contract_path: Annotated[Path, typer.Argument(metavar="CONTRACT", help="Broncontract (TOML).")],
    files: Annotated[list[Path], typer.Argument(metavar="BESTAND...", help="De geleverde bestanden.")],
    project_path: Annotated[Path, typer.Option("--project", help="Ondertekend projectbestand.")],
    secrets_folder: Annotated[Path, typer.Option("--geheimen", metavar="DIR", help="De bewaarplaats.")],
    target: Annotated[Path, typer.Option("--uit", metavar="PAKKET", help="Nieuwe map voor het pakket.")],
    as_json: Json = False,
) -> None:
    """Maak van een levering een ondertekend pakket met pseudoniemen."""
    from pseudonimisering.contract import load_contract
    from pseudonimisering.custody import Custody
    from pseudonimisering.ingest import deliver
    from zoo_formaat.project import load_project

    today = date.today()
    custody = Custody(secrets_folder)
    project = load_project(project_path, custody.signers(), on=today)
    contract = load_contract(contract_path)
    console = Console(stderr=True)
    with console.status(f"{contract.bron}: begonnen") as status:

        def show(table: str, rows: int) -> None:
            if console.is_terminal:
                status.update(f"{table}: {rows:,} rijen gelezen".replace(",", "."))

        result = deliver(contract, files, project, custody, target, today, show)
    if as_json:
        document = {
            "pakket": str(result.path),
            "bron": contract.bron,
            "rijen": result.rows,
            "verworpen": result.rejected,
            "domeinen": result.domains,
            "overgeslagen": result.skipped,
        }
        print(json.dumps(document, ensure_ascii=False))
        return
    for table, rows in result.rows.items():
        rejects = ", ".join(f"{reason} {count}" for reason, count in result.rejected[table].items())
        print(f"{contract.bron}.{table}: {rows} rijen" + (f" ({rejects})" if rejects else ""))
    for table in result.skipped:
        print(f"{contract.bron}.{table}: niet geladen, het project vraagt er niet om")
    print(f"pakket: {result.path}")


@app.command("kwaliteit")
def quality(
    packages: Annotated[list[Path], typer.Argument(metavar="PAKKET...", help="Pakketten van één project.")],
    public_key: Annotated[
        Path | None, typer.Option("--zone1", metavar="PUB", help="Publieke sleutel waarmee pakketten zijn ondertekend.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Toon rijen, verworpen waarden per reden en hoe goed pakketten op elkaar aansluiten."""
    from pseudonimisering.quality import measure, show

    report = measure(packages, read_public_key(public_key) if public_key else None)
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        show(report, Console(file=sys.stdout))


def main() -> NoReturn:
    """Run the command."""
    run(app, "pseudonimisering")
