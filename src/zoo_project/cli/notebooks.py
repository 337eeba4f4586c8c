"""`notebooks`: run notebooks from start to end."""

from pathlib import Path
from typing import Annotated, Any

import typer

from zoo_formaat.errors import UserError
from zoo_project.cli.application import OPTIONS, ProjectOption, app
from zoo_project.workplace import workplace

notebook_app = typer.Typer(help="Notebooks van begin tot eind uitvoeren.", **OPTIONS)
app.add_typer(notebook_app, name="notebooks")


@notebook_app.command("voer-uit")
def execute_notebooks(
    folder: Annotated[Path, typer.Argument(metavar="MAP", help="map met notebooks (*.ipynb)")],
    out: Annotated[Path, typer.Option("--uit", help="map voor de uitgevoerde notebooks, binnen de werkmap")],
    at_once: Annotated[int, typer.Option("--tegelijk", min=1, help="hoeveel rekenkernen naast elkaar")] = 1,
    project: ProjectOption = None,
) -> None:
    """Voer notebooks uit, elk in een schone rekenkern; stopt bij de eerste fout."""
    from zoo_project.notebooks import run_notebooks

    for result in run_notebooks(folder, out, workplace(project), at_once):
        print(_line(result))
        if result.failure is not None:
            raise UserError(f"{result.notebook.name}, {result.failure}")


def _line(result: Any) -> str:
    seconds = f"{result.seconds:.1f}".replace(".", ",")
    return f"{result.notebook.name}: {'mislukt' if result.failure else 'uitgevoerd'} in {seconds} s → {result.executed}"
