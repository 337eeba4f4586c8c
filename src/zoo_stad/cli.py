"""Command `zoo-stad`: the synthetic city."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from zoo_formaat.command import run

app = typer.Typer(
    name="zoo-stad",
    help="Synthetische stad: ruwe registers met geplante waarheid.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def _group() -> None:
    """Synthetische stad: ruwe registers met geplante waarheid."""


@app.command()
def maak(
    uit: Annotated[Path, typer.Option(help="map die wordt gemaakt; mag nog niet bestaan, of is leeg")],
    personen: Annotated[int, typer.Option(help="aantal inwoners")] = 60_000,
    gemeenten: Annotated[int, typer.Option(help="aantal gemeenten")] = 4,
    seed: Annotated[int, typer.Option(help="zaad: hetzelfde zaad geeft dezelfde bytes")] = 2016,
    vuil: Annotated[
        bool, typer.Option("--vuil/--schoon", help="met of zonder fouten zoals registers die hebben")
    ] = True,
) -> None:
    """Maak een stad: UIT/ruw (leveringen), UIT/contracten (broncontracten) en UIT/truth (wat geplant is)."""
    from zoo_stad.writing import write_city

    city = write_city(uit, personen, gemeenten, seed, dirty=vuil)
    print(
        f"{uit}: {len(city.people)} personen, {len(city.dwellings)} woningen, {len(city.areas)} buurten, "
        f"{gemeenten} gemeenten, {'vuil' if vuil else 'schoon'}"
    )


@app.command()
def namen(
    uit: Annotated[Path, typer.Option(help="map die wordt gemaakt; mag nog niet bestaan")],
    personen: Annotated[int, typer.Option(help="omvang van de bevolking")] = 10_000,
    seed: Annotated[int, typer.Option(help="zaad: hetzelfde zaad geeft dezelfde bytes")] = 2016,
    vuil: Annotated[float, typer.Option(help="factor op het aandeel van elke fout; 0 is schoon")] = 1.0,
) -> None:
    """Maak twee personenregisters zonder gemeenschappelijk nummer, en de ware paren, om koppelen op naam te meten."""
    from zoo_stad.namenregister import write_registers

    counts = write_registers(uit, personen, seed, vuil)
    print(f"{uit}: {counts['inwoners']} inwoners, {counts['klanten']} klanten, {counts['paren']} ware paren")


@app.command()
def demo(
    uit: Annotated[Path, typer.Option(help="map voor de demo; een eerdere demo daarin wordt vervangen")] = Path("demo"),
    notebooks: Annotated[Path, typer.Option(help="map met de notebooks")] = Path("notebooks"),
    personen: Annotated[int, typer.Option(help="aantal inwoners")] = 60_000,
    gemeenten: Annotated[int, typer.Option(help="aantal gemeenten")] = 4,
    seed: Annotated[int, typer.Option(help="zaad van de stad (nooit van sleutels)")] = 2016,
) -> None:
    """Een stad door alle zones: pseudonimiseren, koppelen, analyseren, toetsen, vrijgeven."""
    from zoo_stad.demo import run_demo

    run_demo(uit.resolve(), notebooks.resolve(), personen, gemeenten, seed)


@app.command("demo-echt")
def demo_echt(
    data: Annotated[Path, typer.Option(help="map met de echte gegevens")],
    uit: Annotated[Path, typer.Option(help="map voor de demo; een eerdere demo daarin wordt vervangen")] = Path(
        "demo-echt"
    ),
) -> None:
    """Echte gegevens door alle zones, tot vijf uitvoeren op toetsers wachten; vrijgeven kan een demo hier niet."""
    from zoo_stad.demo_echt import run_real_demo

    run_real_demo(uit.resolve(), data.resolve())


def main() -> NoReturn:
    """Entry point of the command."""
    run(app, "zoo-stad")
