"""The application to which every file of this folder adds its commands, and the options they share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from zoo_project.workplace import ENVIRONMENT

OPTIONS: Any = {"no_args_is_help": True, "add_completion": False, "pretty_exceptions_enable": False}
app = typer.Typer(
    help="Werk in een project: gegevens bekijken, indicatoren berekenen, resultaten aanvragen.", **OPTIONS
)

ProjectOption = Annotated[
    Path | None, typer.Option("--project", help=f"de werkmap; anders {ENVIRONMENT}, anders de huidige map")
]
JsonOption = Annotated[bool, typer.Option("--json", help="één JSON-object op standaarduitvoer")]
KeyOption = Annotated[Path, typer.Option("--sleutel", help="uw sleutelbestand (NAAM.sleutel)")]
