"""`indicatoren`: which there are, and what they give per area."""

import json
from typing import Annotated

import typer

from zoo_formaat.errors import UserError
from zoo_project.cli.application import OPTIONS, JsonOption, ProjectOption, app
from zoo_project.cli.display import INSIDE_ONLY, dutch_count, percent, plain, print_json, print_table

indicator_app = typer.Typer(help="Indicatoren: welke er zijn en wat zij per gebied geven.", **OPTIONS)
app.add_typer(indicator_app, name="indicatoren")


@indicator_app.command("lijst")
def list_indicators(as_json: JsonOption = False) -> None:
    """Toon alle indicatoren met hun definitie, risico en benodigde bronnen."""
    from zoo_analyse import indicators

    found = [indicators.get(name) for name in indicators.names()]
    if as_json:
        keys = ("naam", "titel", "definitie", "risico", "hoe_zichtbaar", "haalbaarheid", "bron_document", "geteld")
        rows = [
            {
                **{key: getattr(indicator, key) for key in keys},
                "beperkingen": list(indicator.beperkingen),
                "bronnen": {table: list(columns) for table, columns in indicator.bronnen.items()},
                "eenheden": dict(indicator.eenheden),
                "parameters": {
                    name: {"type": p.type, "standaard": plain(p.standaard), "omschrijving": p.omschrijving}
                    for name, p in indicator.parameters.items()
                },
            }
            for indicator in found
        ]
        print_json({"indicatoren": rows})
        return
    print_table(
        ["naam", "definitie", "bronnen", "parameters"],
        [
            [
                indicator.naam,
                indicator.definitie,
                ", ".join(indicator.bronnen),
                ", ".join(f"{name}={plain(p.standaard)}" for name, p in indicator.parameters.items()),
            ]
            for indicator in found
        ],
    )


@indicator_app.command("bereken")
def compute_indicator(
    names: Annotated[list[str], typer.Argument(metavar="NAAM...")],
    parameter: Annotated[list[str] | None, typer.Option("--parameter", help="naam=waarde; herhaalbaar")] = None,
    level: Annotated[str, typer.Option("--gebied", help="buurt, wijk, gemeente of land")] = "buurt",
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bereken indicatoren per gebied: hoeveel eenheden wijst elk aan (teller), van hoeveel is het bekend (noemer)."""
    from zoo_analyse import indicators
    from zoo_project import open_project

    values = {name: _parameters(name, parameter or []) for name in names}
    opened = open_project(project)
    results = {name: opened.rates(name, level, **values[name]) for name in names}
    if as_json:
        tables = {name: json.loads(frame.to_json(orient="records")) for name, frame in results.items()}
        print_json({"gebied": level, "indicatoren": tables, "let_op": INSIDE_ONLY})
        return
    for name, frame in results.items():
        print(f"{name}: {indicators.get(name).definitie}")
        rows = [
            [str(code), dutch_count(hits), dutch_count(known), dutch_count(unknown), percent(share)]
            for code, hits, known, unknown, share in frame.itertuples(index=False)
        ]
        print_table([f"{level}code", "teller", "noemer", "onbekend", "aandeel"], rows)
    print(f"Let op: {INSIDE_ONLY}; wie dit naar buiten wil, dient een aanvraag in.")


def _parameters(name: str, given: list[str]) -> dict[str, object]:
    """Read `naam=waarde` texts as values of the indicator's own parameter types."""
    from zoo_analyse import indicators
    from zoo_analyse.errors import AnalysisError

    try:
        known = indicators.get(name).parameters
    except AnalysisError as error:
        raise UserError(str(error)) from None
    values: dict[str, object] = {}
    for text in given:
        key, separator, value = text.partition("=")
        if not separator:
            raise UserError(f"--parameter '{text}': schrijf naam=waarde, bijvoorbeeld minimum=4")
        is_number = key in known and known[key].type == "geheel"
        if is_number and not value.lstrip("-").isdigit():
            raise UserError(f"--parameter '{text}': verwacht een geheel getal")
        values[key] = int(value) if is_number else value
    return values
