"""`kwaliteit`: what was rejected, how well packages link, what changed since the previous delivery."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from pseudonimisering.cli.application import Json, app
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_public_key


@app.command("kwaliteit")
def quality(
    packages: Annotated[list[Path], typer.Argument(metavar="PAKKET...", help="Pakketten van één project.")],
    public_key: Annotated[
        Path | None, typer.Option("--zone1", metavar="PUB", help="Publieke sleutel waarmee pakketten zijn ondertekend.")
    ] = None,
    previous: Annotated[
        list[Path] | None,
        typer.Option("--vorige", metavar="PAKKET", help="Pakket van de vorige levering van een bron; mag vaker."),
    ] = None,
    expected: Annotated[
        Path | None,
        typer.Option("--verwacht", metavar="TOML", help="Welke kolom in welke hoort voor te komen, en hoe vaak."),
    ] = None,
    smallest: Annotated[
        int, typer.Option("--drempel", min=3, help="Kleinste aantal waarmee een gebied wordt getoond.")
    ] = 10,
    page: Annotated[Path | None, typer.Option("--html", metavar="BESTAND", help="Schrijf het hele verslag.")] = None,
    language: Annotated[Literal["nl", "en"], typer.Option("--taal", help="Taal van het verslag.")] = "nl",
    as_json: Json = False,
) -> None:
    """Toon rijen, verworpen waarden per reden en hoe goed pakketten op elkaar aansluiten.

    De cijfers hangen af van microdata en blijven binnen zone 1 en 2.
    """
    from pseudonimisering.quality import measure, show
    from pseudonimisering.quality.expectations import load_declarations

    if page is not None and page.is_dir():
        raise UserError(f"{page} is een map; noem bij --html een bestand")
    report = measure(
        packages,
        read_public_key(public_key) if public_key else None,
        previous=previous or [],
        declared=load_declarations(expected) if expected else [],
        smallest=smallest,
    )
    if page is not None:
        from pseudonimisering.pages import write_page
        from pseudonimisering.quality.page import quality_page

        write_page(page, quality_page(report, language))
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
    elif page is not None:
        print(f"verslag: {page} (blijft binnen zone 1 en 2)")
    else:
        show(report, Console(file=sys.stdout))
