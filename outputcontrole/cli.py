"""The command `outputcontrole`: the checker's side of the door."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from outputcontrole.spec import ProseText, Request, Verdict, parse_request
from outputcontrole.spec.filter import filter_text
from zoo_formaat.command import run
from zoo_formaat.document import read_bytes
from zoo_formaat.errors import UserError

app = typer.Typer(
    help="Uitvoercontrole: de analist vraagt, de toetser rekent, twee personen beslissen.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
policy_app = typer.Typer(help="Het beleid: de uitvoerregels, ondertekend door twee personen.", no_args_is_help=True)
app.add_typer(policy_app, name="beleid")

RegistrationOption = Annotated[
    Path, typer.Option("--registratie", envvar="ZOO_REGISTRATIE", help="map met de registratie van de uitvoercontrole")
]
KeyOption = Annotated[Path, typer.Option("--sleutel", help="uw eigen sleutelbestand (alleen voor u leesbaar)")]
JsonOption = Annotated[bool, typer.Option("--json", help="één JSON-object op de standaarduitvoer")]


@app.command("inrichten")
def setup(
    registratie: Path,
    ondertekenaar: Annotated[list[Path], typer.Option(help="publieke sleutel van wie projecten en beleid ondertekent")],
    zone1: Annotated[list[Path], typer.Option(help="publieke sleutel van zone 1")],
    beleid: Annotated[Path, typer.Option(help="beleid, ondertekend door twee personen")],
) -> None:
    """Maak een registratie: wie en wat deze uitvoercontrole vertrouwt."""
    from outputcontrole.registration import create_registration

    create_registration(registratie, ondertekenaar, zone1, beleid)
    print(f"registratie gemaakt: {registratie}")


@app.command("zegelsleutel")
def seal_key(registratie: RegistrationOption, als_json: JsonOption = False) -> None:
    """Toon (en maak zo nodig) de publieke sleutel waarvoor zone 1 auditidentiteiten verzegelt."""
    from outputcontrole.registration import make_seal_key, open_registration

    path, made = make_seal_key(open_registration(registratie))
    if als_json:
        print(json.dumps({"publiek": str(path), "gemaakt": made}))
    else:
        print(f"zegelsleutel {'gemaakt' if made else 'bestaat al'}; geef aan zone 1: {path}")


@policy_app.command("maak")
def make_policy(bestand: Path) -> None:
    """Schrijf een beleid met de standaardwaarden van de Europese richtlijnen."""
    from outputcontrole.policy import DEFAULT
    from zoo_formaat.atomic import write_file

    if bestand.exists():
        raise UserError(f"{bestand} bestaat al; kies een andere naam")
    write_file(bestand, DEFAULT.encode())
    print(f"beleid gemaakt: {bestand}")


@policy_app.command("onderteken")
def sign_the_policy(bestand: Path, sleutel: KeyOption) -> None:
    """Onderteken een beleid; er zijn twee ondertekenaars nodig."""
    from outputcontrole.policy import sign_policy
    from zoo_formaat.keys import read_private_key

    print(f"{sign_policy(bestand, read_private_key(sleutel))} handtekening(en) op {bestand}")


@policy_app.command("toon")
def show_policy(
    registratie: RegistrationOption,
    project: Annotated[
        str | None, typer.Option("--project", help="het beleid zoals het voor dit geregistreerde project geldt")
    ] = None,
    als_json: JsonOption = False,
) -> None:
    """Toon het geregistreerde beleid, of wat daarvan in een project geldt."""
    from outputcontrole.policy import agreed_policy
    from outputcontrole.registration import open_registration

    opened = open_registration(registratie)
    general = opened.policy
    policy = general if project is None else agreed_policy(general, opened.project(project))
    if als_json:
        print(json.dumps(policy.model_dump()))
        return
    table = Table("regel", "waarde", *([] if project is None else ["algemeen beleid"]))
    for name, value in policy.model_dump().items():
        other = getattr(general, name)
        beside = [] if project is None else [str(other) if other != value else ""]
        table.add_row(name, str(value), *beside)
    Console().print(table)


@app.command("registreer")
def register(
    project: Path,
    pakketten: Annotated[Path, typer.Option(help="map met één datapakket per bron")],
    registratie: RegistrationOption,
) -> None:
    """Registreer een project en de pakketten die ervoor gemaakt zijn."""
    from outputcontrole.registration import open_registration, register_project

    signed = register_project(open_registration(registratie), project, pakketten)
    print(f"project '{signed.file.id}' geregistreerd")


@app.command("toets")
def check(aanvraag: str, registratie: RegistrationOption, als_json: JsonOption = False) -> None:
    """Toets een aanvraag (bestand of nummer): oordeel, redenen en oplossingen. Verandert niets."""
    from outputcontrole.registration import open_registration

    opened = open_registration(registratie)
    request = _request_of(aanvraag, registratie)
    from outputcontrole.previews import failures_counted, over_budget, record_preview

    if (refusal := over_budget(opened, request)) is not None:
        _refuse_preview(request, refusal, als_json=als_json)
    from outputcontrole.assessment import assess

    with failures_counted(opened, request):
        assessment = assess(opened, request)
    if (refusal := record_preview(opened, request, assessment.verdict.value)) is not None:
        _refuse_preview(request, refusal, als_json=als_json)
    if als_json:
        print(json.dumps(assessment.record(), ensure_ascii=False))
    else:
        _print_report(assessment.record())
    raise typer.Exit(assessment.verdict.exit_code)


@app.command("ontvang")
def receive(aanvraag: Path, registratie: RegistrationOption, als_json: JsonOption = False) -> None:
    """Neem een door de auteur ondertekende aanvraag in ontvangst, voor de toetsers."""
    from outputcontrole.airlock.requests import take_in
    from outputcontrole.registration import open_registration

    opened = open_registration(registratie)
    stored, assessment = take_in(opened, read_bytes(aanvraag, "aanvraag"), str(aanvraag))
    if als_json:
        print(json.dumps({"aanvraag": stored.request.id, "oordeel": assessment.verdict.value}))
    else:
        print(
            f"aanvraag {stored.request.id} ontvangen ({assessment.verdict.value}); voorbeeld: {stored.folder}/voorbeeld"
        )


@app.command("toon")
def show(aanvraag: str, registratie: RegistrationOption, als_json: JsonOption = False) -> None:
    """Toon een ingediende aanvraag: stand, oordelen tot nu toe en waar het voorbeeld ligt."""
    from outputcontrole.airlock.requests import stored_request
    from outputcontrole.policy import agreed_policy
    from outputcontrole.previews import previews_of
    from outputcontrole.registration import open_registration
    from outputcontrole.render.report import method_lines

    opened = open_registration(registratie)
    stored = stored_request(opened, aanvraag)
    project = opened.project(stored.request.project)
    decisions = [decision for decision, _ in stored.decisions(project.file)]
    released = opened.history_path(stored.request.id).exists()
    policy = agreed_policy(opened.policy, project)
    previews = previews_of(opened, stored.request.project, stored.request.id, policy)
    objection = any(decision.oordeel == "afwijzen" for decision in decisions)
    state = "vrijgegeven" if released else "afgewezen" if objection else f"{len(decisions)} van 2 oordelen"
    if als_json:
        officers = {decision.toetser: decision.oordeel for decision in decisions}
        record = {"aanvraag": stored.request.id, "stand": state, "oordelen": officers, "toetsen": previews.record()}
        print(json.dumps(record))
        return
    print(f"aanvraag {stored.request.id} van {stored.request.auteur}: {state}")
    print(f"vraag: {stored.request.vraag}")
    print(previews.in_words())
    print(f"voorbeeld: {stored.folder}/voorbeeld")
    for output in stored.request.uitvoer:
        chosen = filter_text(getattr(output, "filter", []))
        print(f"uitvoer {output.naam} ({output.soort}): {output.titel}" + (f"; alleen {chosen}" if chosen else ""))
        if isinstance(output, ProseText):
            print(f"--- {output.naam}: niet herrekend, lees alles ---")
            print(f"{output.tekst.rstrip()}\n--- einde {output.naam} ---")
    if stored.request.recepten:
        from outputcontrole.recipes.method import method_record

        print("\n".join(method_lines(method_record(stored.request.recepten))))
    for decision in decisions:
        print(f"- {decision.toetser}: {decision.oordeel} ({decision.motivering})")


@app.command("beoordeel")
def decide(
    aanvraag: str,
    registratie: RegistrationOption,
    sleutel: KeyOption,
    oordeel: Annotated[Literal["akkoord", "afwijzen"], typer.Option(help="uw oordeel")],
    motivering: Annotated[str, typer.Option(help="waarom, in minstens tien tekens")],
) -> None:
    """Geef als toetser een ondertekend oordeel over een ingediende aanvraag."""
    from outputcontrole.airlock import requests
    from outputcontrole.registration import open_registration
    from zoo_formaat.keys import read_private_key

    decision = requests.decide(open_registration(registratie), aanvraag, oordeel, motivering, read_private_key(sleutel))
    print(f"oordeel van {decision.toetser} over {aanvraag}: {decision.oordeel}")


@app.command("vrijgeven")
def release(
    aanvraag: str,
    registratie: RegistrationOption,
    uit: Annotated[Path, typer.Option(help="map waarin de bundel komt")],
    draden: Annotated[
        int | None, typer.Option(min=1, max=256, help="rekendraden; de uitkomst hangt er niet van af")
    ] = None,
) -> None:
    """Reken alles opnieuw, vergelijk met wat twee toetsers goedkeurden, en schrijf de ondertekende bundel."""
    from outputcontrole.airlock import requests
    from outputcontrole.registration import open_registration

    bundle = requests.release(open_registration(registratie), aanvraag, uit, threads=draden)
    print(f"vrijgegeven: {bundle}")


@app.command("verifieer")
def verify(
    bundel: Path,
    sleutels: Annotated[Path, typer.Option(help="map met zone3.pub.json en de sleutels van ondertekenaars")],
    als_json: JsonOption = False,
) -> None:
    """Controleer een bundel, zonder netwerk en met alleen publieke sleutels."""
    from outputcontrole.bundle.verify import verify_bundle

    found = verify_bundle(bundel, sleutels)
    statement = found.statement
    if als_json:
        print(
            json.dumps(
                {
                    "aanvraag": statement.aanvraag,
                    "synthetisch": statement.synthetisch,
                    "demo": statement.demo,
                    "toetsers": list(found.officers),
                    "tijd": statement.tijd,
                }
            )
        )
        return
    print(f"klopt: {statement.aanvraag}, vrijgegeven {statement.tijd}, toetsers {' en '.join(found.officers)}")
    if statement.demo:
        print("let op: met DEMOSLEUTELS vrijgegeven; alleen geldig voor synthetische gegevens")


@app.command("notebook")
def check_notebook(pad: Path, als_json: JsonOption = False) -> None:
    """Zeg van elke uitvoer van een notebook, of van een bestand, of het naar buiten kan en waarom niet."""
    from outputcontrole.notebook import check_file

    check = check_file(pad)
    if als_json:
        print(json.dumps(check.record(str(pad)), ensure_ascii=False))
    else:
        console = Console(highlight=False, soft_wrap=True, markup=False)
        for part in check.parts:
            console.print(f"{part.where} ({part.kind}): ", end="", style="bold")
            console.print(part.verdict.value, style=_COLOUR[part.verdict.value])
            console.print(f"  - {part.reason}\n    {part.remedy}")
        console.print(f"oordeel over {pad.name}: {check.verdict.value}")
    raise typer.Exit(check.verdict.exit_code)


@app.command("controleer-logboek")
def check_log(registratie: RegistrationOption) -> None:
    """Controleer dat geen regel van het logboek is gewijzigd, verwijderd of verplaatst."""
    from outputcontrole.registration import open_registration
    from zoo_formaat.eventlog import verify as verify_log

    opened = open_registration(registratie)
    print(f"logboek klopt: {verify_log(opened.log.path)} regels")


def _request_of(text: str, registration: Path) -> Request:
    """Open a request: a file with a draft, a signed file, or the number of one that was taken in."""
    from outputcontrole.airlock.requests import stored_request
    from outputcontrole.registration import open_registration
    from zoo_formaat.signature import Envelope

    path = Path(text)
    if not path.exists() and text.startswith("a-"):
        return stored_request(open_registration(registration), text).request
    content = read_bytes(path, "aanvraag")
    if path.name.endswith(".dsse.json"):
        content = Envelope.from_bytes(content, str(path)).content()
    return parse_request(content, str(path))


def _refuse_preview(request: Request, reason: str, *, als_json: bool) -> NoReturn:
    """Answer that there is no preview any more today: refused, without a word on the request itself."""
    verdict = Verdict.REFUSED
    if als_json:
        record = {"versie": 1, "aanvraag": request.id, "project": request.project, "oordeel": verdict.value}
        print(json.dumps({**record, "voorlopig": True, "reden": reason, "uitvoer": []}, ensure_ascii=False))
    else:
        print(f"geweigerd: {reason}")
    raise typer.Exit(verdict.exit_code)


_COLOUR = {"vrij": "green", "beschermd": "cyan", "handmatig": "yellow", "geweigerd": "red"}


def _print_report(record: dict[str, Any]) -> None:
    from outputcontrole.render.report import method_lines, report_lines

    console = Console(highlight=False, soft_wrap=True)
    for output in record["uitvoer"]:
        colour = _COLOUR[output["oordeel"]]
        console.print(f"[bold]{output['naam']}[/bold] ({output['soort']}): [{colour}]{output['oordeel']}[/{colour}]")
        for line in report_lines(output["bevindingen"]):
            console.print(f"  - {line}", markup=False)
    for line in method_lines(record.get("methode", [])):
        console.print(line, markup=False)
    verdict = Verdict(record["oordeel"])
    console.print(f"oordeel over de aanvraag: [bold {_COLOUR[verdict.value]}]{verdict.value}[/] (voorlopig)")


def main() -> NoReturn:
    """Run the command."""
    run(app, "outputcontrole")
