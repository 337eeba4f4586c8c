"""The application to which every file of this folder adds its commands, and the options they share."""

from typing import Annotated

import typer

app = typer.Typer(
    help="Zone 1: ruwe bronnen erin, koppelbare pakketten zonder direct identificerende gegevens eruit.",
    no_args_is_help=True,
    add_completion=False,
)

Json = Annotated[bool, typer.Option("--json", help="Druk één JSON-object af.")]
