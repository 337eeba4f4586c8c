"""`aanvraag`: have a request checked, submit it, follow it."""

from pathlib import Path
from typing import Annotated

import typer

from zoo_formaat.keys import read_private_key
from zoo_project import checker
from zoo_project.cli.application import OPTIONS, JsonOption, KeyOption, ProjectOption, app
from zoo_project.cli.display import print_json

request_app = typer.Typer(help="Aanvragen: laten toetsen, indienen, volgen.", **OPTIONS)
app.add_typer(request_app, name="aanvraag")


@request_app.command("toets")
def check_request(
    file: Annotated[Path, typer.Argument(metavar="AANVRAAG.JSON")],
    as_json: JsonOption = False,
) -> None:
    """Laat een aanvraag vooraf toetsen. Code: 0 vrij, 3 beschermd, 5 oordeel nodig, 4 geweigerd."""
    from zoo_project.aanvraag import Toets, read_request

    request = read_request(file)
    answer = checker.check(file)
    if as_json:
        print_json(answer.report)
    else:
        print(Toets.of(answer, request.uitvoer))
    raise typer.Exit(answer.verdict.exit_code)


@request_app.command("indienen")
def submit_request(
    file: Annotated[Path, typer.Argument(metavar="AANVRAAG.JSON")],
    key: KeyOption,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Onderteken een aanvraag als auteur en dien haar in bij de toetser."""
    from zoo_project import open_project
    from zoo_project.aanvraag import sign_request

    opened = open_project(project)
    signed = sign_request(opened, file, read_private_key(key))
    receipt = checker.submit(signed)
    if as_json:
        print_json(receipt)
        return
    identifier = receipt["aanvraag"]
    print(f"ingediend als {identifier} ({receipt['oordeel']}); volgen met: zoo aanvraag status {identifier}")


@request_app.command("methode")
def show_method(
    file: Annotated[Path, typer.Argument(metavar="AANVRAAG.JSON")],
    folder: Annotated[
        Path | None, typer.Option("--bewaar", help="map waarin elk recept als bestand komt, om mee verder te werken")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Toon de methode van een aanvraag: de recepten van haar afgeleide tabellen, op volgorde."""
    from outputcontrole.spec.recipe import digests_of, text_of
    from zoo_project.aanvraag import read_request

    recipes = read_request(file).recepten
    digests = digests_of(recipes)
    if folder is not None:
        from zoo_project.recipes import write_recipes

        for written in write_recipes(recipes, folder):
            print(f"bewaard: {written}")
    elif as_json:
        print_json([{**recipe.model_dump(mode="json"), "sha256": digests[recipe.naam]} for recipe in recipes])
    elif not recipes:
        print("deze aanvraag heeft geen recepten: zij vraagt alleen tabellen en indicatoren")
    else:
        for number, recipe in enumerate(recipes, start=1):
            print(f"--- recept {number} van {len(recipes)}: {recipe.naam} ({recipe.soort}) ---")
            print(f"sha256 {digests[recipe.naam]}\n{text_of(recipe)}")


@request_app.command("status")
def request_status(
    identifier: Annotated[str, typer.Argument(metavar="ID")],
    as_json: JsonOption = False,
) -> None:
    """Toon hoe ver een ingediende aanvraag is."""
    report = checker.status(identifier)
    if as_json:
        print_json(report)
        return
    print(f"aanvraag {report['aanvraag']}: {report['stand']}")
    for officer, opinion in report["oordelen"].items():
        print(f"- {officer}: {opinion}")
