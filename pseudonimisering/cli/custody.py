"""`geheim`, `vertrouw` and `vertrouw-toetser`: the custody of secrets, and the people whose keys count."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pseudonimisering.cli.application import Json, app
from pseudonimisering.cli.opening import PassphraseFiles, Passphrases, Shares, open_custody
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_public_key

if TYPE_CHECKING:
    from pseudonimisering.custody.destruction import Certificate
    from pseudonimisering.custody.keeping import Keeping
    from pseudonimisering.custody.master import MasterDescription

secrets_app = typer.Typer(help="De bewaarplaats van geheimen.", no_args_is_help=True)
app.add_typer(secrets_app, name="geheim")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="De bewaarplaats.")]
Project = Annotated[str, typer.Argument(metavar="PROJECT", help="Het id van het project.")]
Custodians = Annotated[
    list[str] | None, typer.Option("--bewaarder", metavar="NAAM", help="Wie een deel krijgt; drie keer.")
]
ShareFolder = Annotated[
    Path | None, typer.Option("--delen", metavar="MAP", help="Nieuwe map voor de delen van de drie bewaarders.")
]
Module = Annotated[
    Path | None,
    typer.Option("--pkcs11", metavar="MODULE", help="PKCS#11-module (.so) van het token met de hoofdsleutel."),
]
Token = Annotated[str | None, typer.Option("--token", metavar="LABEL", help="Label van het token.")]
NewPassphraseFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--nieuwe-wachtzin-bestand",
        metavar="BESTAND",
        help="Wachtzin voor een nieuw deel (in de volgorde van --bewaarder) of PIN van het nieuwe token.",
    ),
]


@secrets_app.command("maak")
def create(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Nieuwe map; alleen u krijgt toegang.")],
    signers: Annotated[
        list[Path] | None,
        typer.Option("--ondertekenaar", metavar="PUB", help="Publieke sleutel van wie projecten ondertekent."),
    ] = None,
    custodians: Custodians = None,
    share_folder: ShareFolder = None,
    module: Module = None,
    token: Token = None,
    passphrases: PassphraseFiles = None,
    as_json: Json = False,
) -> None:
    """Maak een bewaarplaats: de ondertekeningssleutel van deze zone en ruimte voor een geheim per project.

    Met drie keer --bewaarder en --delen bestaat de hoofdsleutel alleen als drie delen, waarvan er twee nodig zijn.
    """
    from pseudonimisering.custody import create_custody

    if folder.exists():
        raise UserError(f"{folder} bestaat al; kies een andere naam of verwijder hem eerst")
    keeping = _keeping(custodians, share_folder, module, token, Passphrases(passphrases))
    custody = create_custody(folder, [read_public_key(path) for path in signers or []], keeping)
    public = folder / "zone1.pub.json"
    kept = custody.description().hoofdsleutel
    if as_json:
        document = {"map": str(folder), "publiek": str(public), "sleutel": custody.public_key().id}
        print(json.dumps(document | {"hoofdsleutel": kept.soort}))
        return
    print(f"bewaarplaats {folder} gemaakt; geef {public} aan de zones die pakketten controleren")
    _explain(kept, share_folder)
    if kept.soort == "open":
        print("de hoofdsleutel staat open in de map: geschikt voor proef en demonstratie, niet voor echte gegevens")
        print("met bewaarders: --bewaarder NAAM (drie keer) en --delen MAP; of later: geheim hoofdsleutel")


@secrets_app.command("project")
def create_project(
    folder: Folder,
    project: Project,
    scheme: Annotated[
        str, typer.Option("--schema", metavar="SCHEMA", help="hmac-sha256/128 of aes256-cmac; ligt daarna vast.")
    ] = "hmac-sha256/128",
    shares: Shares = None,
    passphrases: PassphraseFiles = None,
) -> None:
    """Maak het geheim van een project onder een gekozen schema (anders gebeurt dat bij de eerste levering)."""
    open_custody(folder, shares, passphrases).create_project(project, scheme)
    print(f"geheim van project {project} gemaakt, schema {scheme}")


@secrets_app.command("toon")
def show(folder: Folder, as_json: Json = False) -> None:
    """Toon wie de bewaarplaats kan openen, welke projecten een geheim hebben en wat er vernietigd of gekopieerd is."""
    from pseudonimisering.custody.overview import overview

    seen = overview(open_custody(folder))
    if as_json:
        print(json.dumps(seen.model_dump(), ensure_ascii=False))
        return
    holders = {"open": "wie de map kan lezen", "pkcs11": f"wie de PIN van token '{seen.token}' heeft"}
    shared = f"twee van {', '.join(seen.bewaarders)}"
    print(f"hoofdsleutel {seen.hoofdsleutel}: open voor {holders.get(seen.hoofdsleutel, shared)}")
    for project in seen.projecten:
        print(f"project {project.id}: {project.schema_}, sleutelversie {project.versie}")
    for line in (f"vernietigd: {name}" for name in seen.vernietigd):
        print(line)
    for backup in seen.reservekopieen:
        print(f"reservekopie {backup.map} ({backup.tijd}): {', '.join(backup.projecten)}")
    for name in seen.toetsers:
        print(f"toetser: {name}")


@secrets_app.command("wissel")
def rotate(
    folder: Folder,
    project: Project,
    packages: Annotated[Path, typer.Option("--pakketten", metavar="MAP", help="Map met de pakketten van het project.")],
    target: Annotated[Path, typer.Option("--uit", metavar="MAP", help="Nieuwe map voor de omgezette pakketten.")],
    catch_up: Annotated[
        bool, typer.Option("--bijwerken", help="Geen nieuwe versie; breng achtergebleven pakketten naar de huidige.")
    ] = False,
    shares: Shares = None,
    passphrases: PassphraseFiles = None,
    as_json: Json = False,
) -> None:
    """Geef een project een nieuwe versie van zijn geheim en zet zijn pakketten om; de bronnen zijn niet nodig."""
    from pseudonimisering.custody.rotation import rotate as rotate_project

    custody = open_custody(folder, shares, passphrases)
    result = rotate_project(custody, project, packages, target, new_version=not catch_up)
    if as_json:
        document = {"versie": result.version, "rijen": result.rows, "weggelaten": result.audits_left_out}
        print(json.dumps(document, ensure_ascii=False))
        return
    for name, rows in result.rows.items():
        print(f"{name}: {rows} rijen, sleutelversie {result.version}")
    if result.audits_left_out:
        print(
            f"{result.audits_left_out} verzegelde auditbestand(en) weggelaten: deze bewaarplaats kent geen toetser; "
            "een nieuwe levering maakt nieuwe"
        )
    print(f"nieuwe pakketten: {target}; registreer die opnieuw en verwijder {packages}")


@secrets_app.command("hoofdsleutel")
def renew(
    folder: Folder,
    custodians: Custodians = None,
    share_folder: ShareFolder = None,
    module: Module = None,
    token: Token = None,
    shares: Shares = None,
    passphrases: PassphraseFiles = None,
    new_passphrases: NewPassphraseFiles = None,
) -> None:
    """Vervang de hoofdsleutel: bij een verloren deel, een vertrokken bewaarder, of van open naar drie bewaarders."""
    from pseudonimisering.custody.renewal import renew_master

    custody = open_custody(folder, shares, passphrases)
    custody.master()
    keeping = _keeping(custodians, share_folder, module, token, Passphrases(new_passphrases), now=_kept(folder))
    kept = renew_master(custody, keeping).description().hoofdsleutel
    print(f"bewaarplaats {folder} heeft een nieuwe hoofdsleutel; maak een nieuwe reservekopie")
    print("de eerdere delen, sleutel of PIN openen alleen nog eerdere reservekopieën")
    _explain(kept, share_folder)


@secrets_app.command("certificaat")
def certificate(
    path: Annotated[Path, typer.Argument(metavar="BESTAND", help="Een certificaat van vernietiging.")],
    key: Annotated[Path, typer.Option("--sleutel", metavar="SLEUTEL", help="Openbare sleutel: zone1.pub.json.")],
    as_json: Json = False,
) -> None:
    """Controleer een certificaat van vernietiging en toon wat het zegt; de bewaarplaats is er niet bij nodig."""
    from pseudonimisering.custody.destruction import read_certificate
    from zoo_formaat.keys import read_public_key

    document = read_certificate(path, [read_public_key(key)])
    if as_json:
        print(document.model_dump_json())
        return
    print(f"echt en ongewijzigd: het geheim van project {document.project} is vernietigd door {document.door}")
    for version in document.versies:
        print(f"vernietigd: versie {version.sleutelversie} ({version.schema_}), {version.digest}")
    _print_erasures(document)


@secrets_app.command("vernietig")
def destroy(
    folder: Folder,
    project: Project,
    certificate: Annotated[Path, typer.Option("--certificaat", metavar="BESTAND", help="Waar het certificaat komt.")],
    backups: Annotated[
        list[Path] | None, typer.Option("--reservekopie", metavar="MAP", help="Reservekopie om mee te wissen.")
    ] = None,
    renew_key: Annotated[
        bool, typer.Option("--nieuwe-hoofdsleutel", help="Verpak al het andere onder een nieuwe hoofdsleutel.")
    ] = False,
    sure: Annotated[bool, typer.Option("--ja", help="Vraag geen bevestiging.")] = False,
    custodians: Custodians = None,
    share_folder: ShareFolder = None,
    module: Module = None,
    token: Token = None,
    shares: Shares = None,
    passphrases: PassphraseFiles = None,
    new_passphrases: NewPassphraseFiles = None,
) -> None:
    """Vernietig het geheim van een project, onherroepelijk, en schrijf daarvan een ondertekend certificaat.

    Opnieuw uitvoeren maakt een afgebroken vernietiging af, en wist in een reservekopie die later opduikt.
    """
    from pseudonimisering.custody.destruction import destroy_project

    custody = open_custody(folder, shares, passphrases)
    if not sure and sys.stdin.isatty():
        typer.confirm(f"Het geheim van project {project} voorgoed vernietigen?", abort=True, err=True)
    keeping = None
    if renew_key:
        keeping = _keeping(custodians, share_folder, module, token, Passphrases(new_passphrases), now=_kept(folder))
    document = destroy_project(custody, project, certificate, backups or [], keeping)
    print(f"geheim van project {project} vernietigd; certificaat: {certificate}")
    _print_erasures(document)
    if renew_key:
        _explain(_kept(folder), share_folder)


def _print_erasures(document: "Certificate") -> None:
    for entry in document.gewist:
        print(f"gewist: {entry.soort} {entry.map} ({entry.bestanden} bestanden)")
    for record in document.niet_gezien:
        print(f"niet gezien: reservekopie {record}; wis haar met: geheim vernietig ... --reservekopie MAP")
    print(document.verklaring)


@secrets_app.command("reservekopie")
def back_up(
    folder: Folder, target: Annotated[Path, typer.Argument(metavar="UIT", help="Nieuwe map voor de reservekopie.")]
) -> None:
    """Maak een reservekopie en teken dat aan, zodat vernietiging haar later noemt."""
    from pseudonimisering.custody.backup import make_backup

    custody = open_custody(folder)
    record = make_backup(custody, target)
    print(f"reservekopie {record.id} van {folder}: {target}")
    if custody.description().hoofdsleutel.soort == "open":
        print("de hoofdsleutel staat open in de kopie: wie haar leest, leest alle geheimen")


@app.command("vertrouw")
def trust(
    folder: Folder,
    keys: Annotated[list[Path], typer.Argument(metavar="PUB...", help="Publieke sleutels (.pub.json).")],
) -> None:
    """Laat handtekeningen van deze personen op projectbestanden meetellen."""
    people = [read_public_key(path) for path in keys]
    open_custody(folder).trust(people)
    print(f"vertrouwd: {', '.join(key.houder for key in people)}")


@app.command("vertrouw-toetser")
def trust_checker(
    folder: Folder,
    path: Annotated[Path, typer.Argument(metavar="PUB", help="Publieke zegelsleutel van zone 3 (.zegel.json).")],
) -> None:
    """Verzegel auditidentiteiten voortaan ook voor deze toetser; alleen zone 3 kan ze openen."""
    from zoo_formaat.sealed import read_seal_key

    key = read_seal_key(path)
    open_custody(folder).trust_checker(key)
    print(f"toetser vertrouwd: {key.houder}")


def _kept(folder: Path) -> "MasterDescription":
    return open_custody(folder).description().hoofdsleutel


def _keeping(
    custodians: list[str] | None,
    share_folder: Path | None,
    module: Path | None,
    token: str | None,
    ask: Passphrases,
    now: "MasterDescription | None" = None,
) -> "Keeping":
    """Return how a new master key is to be kept: as told, or else as the one that there is now."""
    from pseudonimisering.custody.keeping import OpenKeeping, SharedKeeping, TokenKeeping
    from pseudonimisering.custody.shares import Custodian, check_custodians

    if module is None and token is None and not custodians and now is not None:
        if now.soort == "pkcs11" and share_folder is None:
            module, token = Path(now.module), now.token
        elif now.soort == "delen":
            custodians = now.bewaarders
    if module is not None or token is not None:
        if module is None or token is None or custodians or share_folder:
            raise UserError("een hoofdsleutel in een token vraagt --pkcs11 en --token, zonder --bewaarder en --delen")
        return TokenKeeping(module, token, ask(f"token {token}"))
    if custodians or share_folder is not None:
        if share_folder is None or not custodians:
            raise UserError("delen van een hoofdsleutel vragen drie keer --bewaarder NAAM, en --delen MAP")
        check_custodians([Custodian(name) for name in custodians])
        return SharedKeeping([Custodian(name, ask.new(name)) for name in custodians], share_folder)
    return OpenKeeping()


def _explain(kept: "MasterDescription", share_folder: Path | None) -> None:
    if kept.soort == "delen" and share_folder is not None:
        print(f"delen in {share_folder}: geef ieder zijn eigen bestand en wis die map; twee van de drie openen de map")
    if kept.soort == "pkcs11":
        print(f"de hoofdsleutel staat in token '{kept.token}'; een reservekopie van het token maakt zijn beheerder")
