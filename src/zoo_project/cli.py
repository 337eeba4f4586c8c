"""The command `zoo`: what an analyst types in the workspace."""

import dataclasses
import json
import math
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from zoo_formaat.command import run
from zoo_formaat.detached import signatures_path
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_private_key, read_public_key, read_public_keys, write_key_pair
from zoo_formaat.project import Member, Role, load_project, read_project, sign_project
from zoo_formaat.signature import PrivateKey
from zoo_project import checker, draft
from zoo_project.workplace import ENVIRONMENT, PROJECT_FILE, SIGNERS, workplace

if TYPE_CHECKING:
    from zoo_project.catalog import ColumnFacts, TableFacts
    from zoo_project.project import Project

INSIDE_ONLY = "alleen binnen de werkruimte"
_OPTIONS: Any = {"no_args_is_help": True, "add_completion": False, "pretty_exceptions_enable": False}
app = typer.Typer(
    help="Werk in een project: gegevens bekijken, indicatoren berekenen, resultaten aanvragen.", **_OPTIONS
)
project_app = typer.Typer(help="Het projectbestand: opstellen, ondertekenen, bekijken.", **_OPTIONS)
key_app = typer.Typer(help="Persoonlijke sleutels om mee te ondertekenen.", **_OPTIONS)
indicator_app = typer.Typer(help="Indicatoren: welke er zijn en wat zij per gebied geven.", **_OPTIONS)
request_app = typer.Typer(help="Aanvragen: laten toetsen, indienen, volgen.", **_OPTIONS)
notebook_app = typer.Typer(help="Notebooks van begin tot eind uitvoeren.", **_OPTIONS)
app.add_typer(project_app, name="project")
app.add_typer(key_app, name="sleutel")
app.add_typer(indicator_app, name="indicatoren")
app.add_typer(request_app, name="aanvraag")
app.add_typer(notebook_app, name="notebooks")

ProjectOption = Annotated[
    Path | None, typer.Option("--project", help=f"de werkmap; anders {ENVIRONMENT}, anders de huidige map")
]
JsonOption = Annotated[bool, typer.Option("--json", help="één JSON-object op standaarduitvoer")]
KeyOption = Annotated[Path, typer.Option("--sleutel", help="uw sleutelbestand (NAAM.sleutel)")]
_WIDTH_WITHOUT_TERMINAL = 160


def main() -> None:
    """Run the command."""
    run(app, "zoo")


# --- sleutel ---------------------------------------------------------------------------------------------------------


@key_app.command("maak")
def make_key(
    holder: Annotated[str, typer.Argument(metavar="HOUDER", help="wie u bent, bijvoorbeeld a.jansen")],
    out: Annotated[Path, typer.Option("--uit", help="map voor de sleutels")],
    demo: Annotated[bool, typer.Option("--demo", help="alleen geldig voor synthetische gegevens")] = False,
) -> None:
    """Maak een sleutelpaar: HOUDER.sleutel (geheim, alleen voor u leesbaar) en HOUDER.pub.json."""
    try:
        key = PrivateKey.generate(holder, demo=demo)
    except ValueError:
        raise UserError(
            f"houder '{holder}': gebruik kleine letters, cijfers, punt, streepje; begin met een letter"
        ) from None
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_key_pair(out, key)
    print(f"{out / holder}.sleutel  geheim; geef dit bestand aan niemand")
    print(f"{out / holder}.pub.json  openbaar; geef dit aan wie uw handtekening moet kunnen controleren")


# --- project ---------------------------------------------------------------------------------------------------------


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
        _print_json({**values, "handtekeningen": state})
        return
    for label in ("id", "naam", "vraag", "doel", "grondslag", "van", "tot", "einde", "beleid"):
        print(f"{label + ':':<12}{values[label]}")
    print(f"{'eenheden:':<12}{', '.join(file.eenheden)}")
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
        _print_json({"project": file.id, "leden": rows})
        return
    _print_table(["id", "naam", "rol", "team", "tot", "demo"], [[str(value) for value in row.values()] for row in rows])


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


# --- data ------------------------------------------------------------------------------------------------------------


@app.command("data")
def show_data(
    name: Annotated[str | None, typer.Argument(metavar="[BRON.TABEL[.KOLOM]]")] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Toon welke gegevens er zijn: tabellen, kolommen, betekenis, eenheid, grondslag, vulling."""
    from zoo_project import catalog, open_project

    opened = open_project(project)
    parts = (name or "").split(".")
    if name is None:
        _show_tables(catalog.tables(opened), as_json)
    elif len(parts) == 2:
        _show_columns(opened, name, as_json)
    elif len(parts) == 3:
        _show_column(catalog.column(opened, f"{parts[0]}.{parts[1]}", parts[2]), as_json)
    else:
        catalog.known_table(opened, name)


def _show_tables(tables: "list[TableFacts]", as_json: bool) -> None:
    if as_json:
        _print_json({"tabellen": [dataclasses.asdict(table) for table in tables], "let_op": INSIDE_ONLY})
        return
    rows = []
    for table in tables:
        period = f"{table.van} – {table.tot}" if table.van else ""
        count = "niet geleverd" if table.rijen is None else _number(table.rijen)
        rows.append([table.tabel, count, period, table.omschrijving, table.houder])
    _print_table(["tabel", "rijen", "periode", "wat", "bronhouder"], rows)
    grounds = {table.tabel.split(".")[0]: table.grondslag for table in tables if table.grondslag}
    print("\nGrondslag per bron:")
    for source, ground in grounds.items():
        print(f"  {source}: {' '.join(ground.split())}")
    print(f"\nKolommen: zoo data BRON.TABEL. Let op: {INSIDE_ONLY}.")


def _show_columns(opened: "Project", name: str, as_json: bool) -> None:
    from zoo_project import catalog

    table = catalog.known_table(opened, name)
    frame = catalog.columns(opened, table)
    facts = next(facts for facts in catalog.tables(opened) if facts.tabel == table)
    if as_json:
        columns = json.loads(frame.drop(columns="tabel").to_json(orient="records"))
        _print_json({**dataclasses.asdict(facts), "kolommen": columns, "let_op": INSIDE_ONLY})
        return
    period = f"; {facts.van} tot en met {facts.tot}" if facts.van else ""
    rejected = ", ".join(f"{reason}: {_number(number)}" for reason, number in facts.verworpen.items())
    print(f"{table}: {facts.omschrijving}")
    print(f"{_number(facts.rijen or 0)} rijen{period}; te bewaren tot {facts.bewaren_tot}; {facts.houder}")
    print(f"grondslag: {' '.join(facts.grondslag.split())}")
    print(f"niet te gebruiken bij de bron: {rejected or 'niets'}")
    rows = [
        [
            row["kolom"],
            row["type"] + (f" ({row['maat']})" if row["maat"] else ""),
            row["eenheid"] or "",
            row["categorie"],
            "" if row["gevuld"] is None else f"{100 * row['gevuld']:.1f}".replace(".", ",") + " %",
            row["betekenis"],
        ]
        for row in frame.astype(object).where(frame.notna(), None).to_dict("records")
    ]
    _print_table(["kolom", "type", "eenheid", "categorie", "gevuld", "betekenis"], rows)
    if facts.ontbreekt:
        print(f"Toegestaan maar niet geleverd: {', '.join(facts.ontbreekt)}")


def _show_column(facts: "ColumnFacts", as_json: bool) -> None:
    if as_json:
        _print_json({**dataclasses.asdict(facts), "let_op": INSIDE_ONLY})
        return
    print(f"{facts.tabel}.{facts.kolom}: {facts.betekenis}")
    unit = f"; beschermde eenheid: {facts.eenheid}" if facts.eenheid else ""
    measure = f" ({facts.maat})" if facts.maat else ""
    print(f"{facts.type}{measure}; categorie: {facts.categorie}{unit}")
    filled = "geen rijen" if facts.gevuld is None else f"gevuld: {100 * facts.gevuld:.1f} %".replace(".", ",")
    print(f"{_number(facts.rijen)} rijen; {filled}; {_number(facts.verschillend)} verschillende waarden")
    if facts.verdeling is None:
        print("Een pseudoniem: de waarden betekenen niets en worden niet getoond.")
        return
    labels = facts.waarden or {}
    rows = [[labels.get(value, value), _number(number)] for value, number in facts.verdeling.items()]
    _print_table(["waarde", "rijen"], rows)
    print(f"Let op: {INSIDE_ONLY}.")


# --- indicatoren -----------------------------------------------------------------------------------------------------


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
                    name: {"type": p.type, "standaard": _plain(p.standaard), "omschrijving": p.omschrijving}
                    for name, p in indicator.parameters.items()
                },
            }
            for indicator in found
        ]
        _print_json({"indicatoren": rows})
        return
    _print_table(
        ["naam", "definitie", "bronnen", "parameters"],
        [
            [
                indicator.naam,
                indicator.definitie,
                ", ".join(indicator.bronnen),
                ", ".join(f"{name}={_plain(p.standaard)}" for name, p in indicator.parameters.items()),
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
        _print_json({"gebied": level, "indicatoren": tables, "let_op": INSIDE_ONLY})
        return
    for name, frame in results.items():
        print(f"{name}: {indicators.get(name).definitie}")
        rows = [
            [str(code), _number(hits), _number(known), _number(unknown), _percent(share)]
            for code, hits, known, unknown, share in frame.itertuples(index=False)
        ]
        _print_table([f"{level}code", "teller", "noemer", "onbekend", "aandeel"], rows)
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


# --- aanvraag --------------------------------------------------------------------------------------------------------


@request_app.command("toets")
def check_request(
    file: Annotated[Path, typer.Argument(metavar="AANVRAAG.JSON")],
    as_json: JsonOption = False,
) -> None:
    """Laat een aanvraag vooraf toetsen. Code: 0 vrij, 3 beschermd, 5 oordeel nodig, 4 geweigerd."""
    from zoo_project.aanvraag import Toets, read_request

    read_request(file)
    answer = checker.check(file)
    if as_json:
        _print_json(answer.report)
    else:
        print(Toets.of(answer))
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
        _print_json(receipt)
        return
    identifier = receipt["aanvraag"]
    print(f"ingediend als {identifier} ({receipt['oordeel']}); volgen met: zoo aanvraag status {identifier}")


@request_app.command("status")
def request_status(
    identifier: Annotated[str, typer.Argument(metavar="ID")],
    as_json: JsonOption = False,
) -> None:
    """Toon hoe ver een ingediende aanvraag is."""
    report = checker.status(identifier)
    if as_json:
        _print_json(report)
        return
    print(f"aanvraag {report['aanvraag']}: {report['stand']}")
    for officer, opinion in report["oordelen"].items():
        print(f"- {officer}: {opinion}")


# --- notebooks -------------------------------------------------------------------------------------------------------


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


# --- weergave --------------------------------------------------------------------------------------------------------


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _print_table(header: list[str], rows: list[list[str]]) -> None:
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=_WIDTH_WITHOUT_TERMINAL)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in header:
        table.add_column(name, overflow="fold", justify="right" if name in _NUMBERS else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


_NUMBERS = {"rijen", "gevuld", "teller", "noemer", "onbekend", "aandeel"}


def _number(value: int) -> str:
    """Return a count with Dutch thousands separators."""
    return f"{value:,}".replace(",", ".")


def _percent(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.1f} %".replace(".", ",")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
