"""`project`: the project file, drafted, signed and shown."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from zoo_formaat.detached import signatures_path
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_private_key, read_public_key, read_public_keys
from zoo_formaat.project import Member, Role, load_project, read_project, sign_project
from zoo_project import draft
from zoo_project.cli.application import OPTIONS, JsonOption, KeyOption, app
from zoo_project.cli.display import print_json, print_table
from zoo_project.workplace import PROJECT_FILE, SIGNERS, workplace

project_app = typer.Typer(help="Het projectbestand: opstellen, ondertekenen, bekijken.", **OPTIONS)
app.add_typer(project_app, name="project")


@project_app.command("nieuw")
def new_project(
    folder: Annotated[Path, typer.Argument(metavar="MAP", help="de werkmap; zij wordt zo nodig gemaakt")],
    identifier: Annotated[str, typer.Option("--id", help="korte naam, bijvoorbeeld vastgoed-2024")],
    name: Annotated[str, typer.Option("--naam", help="naam voor mensen")],
    question: Annotated[str, typer.Option("--vraag", help="de onderzoeksvraag")],
    purpose: Annotated[str, typer.Option("--doel", help="doel zoals broncontracten het noemen")],
    ground: Annotated[str, typer.Option("--grondslag", help="wettelijke grondslag")],
    first: Annotated[datetime, typer.Option("--van", formats=["%Y-%m-%d"], help="begin van de periode")],
    last: Annotated[datetime, typer.Option("--tot", formats=["%Y-%m-%d"], help="einde van de periode")],
    end: Annotated[datetime, typer.Option("--einde", formats=["%Y-%m-%d"], help="laatste dag van het project")],
    policy: Annotated[str, typer.Option("--beleid", help="naam van de uitvoerregels")] = "europees-2015",
    unit: Annotated[list[str] | None, typer.Option("--eenheid", help="beschermde eenheid; herhaalbaar")] = None,
    contract: Annotated[list[Path] | None, typer.Option("--contract", help="broncontract; herhaalbaar")] = None,
    sources: Annotated[Path | None, typer.Option("--bronnen", help="TOML met [bronnen.<bron>]")] = None,
    stricter: Annotated[
        list[str] | None,
        typer.Option("--strenger", help="uitvoerregel strenger dan het beleid, zoals n_min=20; herhaalbaar"),
    ] = None,
) -> None:
    """Schrijf een projectbestand met toelichting, om aan te vullen en te laten ondertekenen."""
    if contract and sources:
        raise UserError("kies --contract of --bronnen; samen kan niet")
    unknown = sorted(set(unit or []) - set(draft.UNITS))
    if unknown:
        raise UserError(f"onbekende eenheid '{unknown[0]}'; kies uit {', '.join(draft.UNITS)}")
    permitted = draft.sources_from_file(sources) if sources else draft.sources_from_contracts(contract or [], purpose)
    new = draft.Draft(
        id=identifier,
        naam=name,
        vraag=question,
        doel=purpose,
        grondslag=ground,
        van=first.date(),
        tot=last.date(),
        einde=end.date(),
        beleid=policy,
        eenheden=unit or draft.UNITS,
        bronnen=permitted,
        strenger=draft.stricter_rules(stricter or []),
    )
    file = draft.create_workplace(folder, new)
    print(f"{file} geschreven. Haal weg wat niet nodig is, voeg leden toe, laat twee personen ondertekenen.")


@project_app.command("lid")
def add_member(
    file: Annotated[Path, typer.Argument(metavar="PROJECT.TOML")],
    public_key: Annotated[Path, typer.Argument(metavar="NAAM.PUB.JSON", help="publieke sleutel van de persoon")],
    role: Annotated[str, typer.Option("--rol", help="analist, toetser, beheerder of auditor")],
    name: Annotated[str, typer.Option("--naam", help="naam voor mensen")],
    team: Annotated[str, typer.Option("--team", help="team; toetsers komen uit een ander team dan de analist")],
    until: Annotated[datetime, typer.Option("--tot", formats=["%Y-%m-%d"], help="laatste dag van deelname")],
) -> None:
    """Voeg een persoon toe aan een projectbestand dat nog ondertekend moet worden."""
    roles = Role.__args__  # type: ignore[attr-defined]
    if role not in roles:
        raise UserError(f"onbekende rol '{role}'; kies uit {', '.join(roles)}")
    key = read_public_key(public_key)
    member = Member.model_validate(
        {
            "id": key.houder,
            "naam": name,
            "rol": role,
            "team": team,
            "tot": until.date(),
            "sleutel": key.sleutel,
            "demo": key.demo,
        }
    )
    draft.add_member(file, member)
    print(f"{key.houder} toegevoegd als {role}; het bestand moet (opnieuw) ondertekend worden")


@project_app.command("onderteken")
def sign(file: Annotated[Path, typer.Argument(metavar="PROJECT.TOML")], key: KeyOption) -> None:
    """Onderteken een projectbestand zoals het er nu staat."""
    number = sign_project(file, read_private_key(key))
    print(f"{file} heeft nu {number} handtekening(en); er zijn er twee nodig")


@project_app.command("toon")
def show_project(
    path: Annotated[Path | None, typer.Argument(metavar="PAD", help="werkmap of projectbestand")] = None,
    as_json: JsonOption = False,
) -> None:
    """Toon het projectbestand en of de handtekeningen kloppen."""
    file, state = _project_and_state(path)
    values = file.model_dump(mode="json")
    if as_json:
        print_json({**values, "handtekeningen": state})
        return
    for label in ("id", "naam", "vraag", "doel", "grondslag", "van", "tot", "einde", "beleid"):
        print(f"{label + ':':<12}{values[label]}")
    print(f"{'eenheden:':<12}{', '.join(file.eenheden)}")
    if file.strenger is not None:
        rules = ", ".join(f"{name} = {value}" for name, value in file.strenger.values.items())
        print(f"{'strenger:':<12}{rules or 'niets'}")
    print(f"{'bronnen:':<12}")
    for source, tables in file.bronnen.items():
        for table, columns in tables.items():
            print(f"  {source}.{table}: {', '.join(columns)}")
    print(f"{'leden:':<12}{', '.join(f'{m.id} ({m.rol})' for m in file.leden) or 'geen'}")
    print(f"{'getekend:':<12}{state['oordeel']}")


@project_app.command("leden")
def show_members(
    path: Annotated[Path | None, typer.Argument(metavar="PAD", help="werkmap of projectbestand")] = None,
    as_json: JsonOption = False,
) -> None:
    """Toon wie meedoet, in welke rol en tot wanneer."""
    file = read_project(_project_file(path))
    rows = [
        {"id": m.id, "naam": m.naam, "rol": m.rol, "team": m.team, "tot": str(m.tot), "demo": m.demo}
        for m in file.leden
    ]
    if as_json:
        print_json({"project": file.id, "leden": rows})
        return
    print_table(["id", "naam", "rol", "team", "tot", "demo"], [[str(value) for value in row.values()] for row in rows])


def _project_file(path: Path | None) -> Path:
    if path is not None and path.is_file():
        return path
    return workplace(path) / PROJECT_FILE


def _project_and_state(path: Path | None) -> tuple[Any, dict[str, Any]]:
    """Return the project file, and what its signatures are worth here."""
    file = _project_file(path)
    project = read_project(file)
    if not signatures_path(file).exists():
        return project, {"geldig": False, "door": [], "oordeel": "nog niet ondertekend"}
    try:
        signed = load_project(file, read_public_keys(file.parent / SIGNERS))
    except UserError as error:
        return project, {"geldig": False, "door": [], "oordeel": str(error)}
    holders = [key.houder for key in signed.signers]
    return project, {"geldig": True, "door": holders, "oordeel": f"geldig, door {', '.join(holders)}"}
