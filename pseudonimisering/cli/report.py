"""`verslag`: what was done with a holder's source."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from pseudonimisering.cli.application import Json, app
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_public_key


@app.command("verslag")
def report(
    holder: Annotated[str, typer.Argument(metavar="BRONHOUDER", help="Naam van de bronhouder, of van zijn bron.")],
    secrets_folder: Annotated[Path, typer.Option("--geheimen", metavar="DIR", help="De bewaarplaats.")],
    packages: Annotated[
        list[Path] | None, typer.Option("--pakketten", metavar="MAP", help="Pakket of map met pakketten; mag vaker.")
    ] = None,
    releases: Annotated[
        list[Path] | None, typer.Option("--vrijgaven", metavar="MAP", help="Bundel of map met bundels; mag vaker.")
    ] = None,
    zone3: Annotated[
        Path | None, typer.Option("--zone3", metavar="PUB", help="Publieke sleutel waarmee vrijgaven zijn ondertekend.")
    ] = None,
    page: Annotated[Path | None, typer.Option("--html", metavar="BESTAND", help="Schrijf het als bladzijde.")] = None,
    language: Annotated[Literal["nl", "en"], typer.Option("--taal", help="Taal van de bladzijde.")] = "nl",
    as_json: Json = False,
) -> None:
    """Vertel een bronhouder wat er met zijn bron is gedaan: leveringen, projecten, vrijgaven, verwijderingen."""
    from pseudonimisering.custody import Custody
    from pseudonimisering.pages import number, write_page
    from pseudonimisering.report import make_report

    if page is not None and page.is_dir():
        raise UserError(f"{page} is een map; noem bij --html een bestand")
    custody = Custody(secrets_folder)
    signer = read_public_key(zone3) if zone3 else None
    made = make_report(holder, custody.log.path, custody.public_key(), packages or [], releases or [], signer)
    if page is not None:
        from pseudonimisering.report_page import report_page

        write_page(page, report_page(made, language))
    if as_json:
        print(json.dumps(made.as_json(), ensure_ascii=False))
        return
    if page is not None:
        print(f"verslag: {page}")
        return
    print(f"{made.bronhouder}: {', '.join(made.bronnen)} (logboek: {number(made.logboek_regels)} regels, keten heel)")
    for delivery in made.leveringen:
        rows = ", ".join(f"{table} {number(count)}" for table, count in delivery.rijen.items()) or "geen rijen"
        print(f"{delivery.tijd[:16]} levering {delivery.bron} voor {delivery.project}: {delivery.resultaat}; {rows}")
    for release in made.vrijgaven:
        names = ", ".join(output.naam for output in release.uitvoer)
        print(f"{release.tijd[:16]} vrijgave {release.aanvraag} van {release.project}: {names}")
    for deletion in made.verwijderingen:
        rows = "" if deletion.rijen is None else f", {number(deletion.rijen)} rijen"
        where = ", ".join(deletion.projecten)
        print(f"{deletion.tijd[:16]} {deletion.handeling} {deletion.wat} in {where}{rows}")
    for key in made.sleutels:
        state = f"vernietigd op {key.vernietigd[:10]}" if key.vernietigd else "in gebruik"
        print(
            f"geheim van {key.project}: {state}, {len(key.wissels)} keer gewisseld, {number(key.gebruik)} keer geopend"
        )
