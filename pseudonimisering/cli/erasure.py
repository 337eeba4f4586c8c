"""`vergeet` and `verlopen`: one unit out of everything, and everything whose time has come."""

import getpass
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pseudonimisering.cli.application import Json, app
from pseudonimisering.cli.opening import PassphraseFiles, Shares, open_custody
from zoo_formaat.errors import UserError

Folders = Annotated[
    list[Path], typer.Option("--pakketten", metavar="MAP", help="Pakket, map met pakketten of werkmap; mag vaker.")
]
Secrets = Annotated[Path, typer.Option("--geheimen", metavar="DIR", help="De bewaarplaats.")]
Dry = Annotated[bool, typer.Option("--droog", help="Laat zien wat er zou gebeuren; verander niets.")]


@app.command("vergeet")
def forget(
    secrets_folder: Secrets,
    folders: Folders,
    domain: Annotated[str, typer.Option("--domein", help="persoon, adres, rechtspersoon, … zoals in het contract.")],
    projects: Annotated[
        list[str] | None, typer.Option("--project", metavar="ID", help="Alleen dit project; mag vaker.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--vorm", help="Hoe de identificatie geschreven wordt, als het domein dat niet zegt.")
    ] = None,
    dry: Dry = False,
    shares: Shares = None,
    passphrases: PassphraseFiles = None,
    as_json: Json = False,
) -> None:
    """Wis één persoon, adres of organisatie uit alle pakketten en houd latere leveringen ervan vrij.

    De identificatie wordt gevraagd of van de standaardinvoer gelezen, nooit van de opdrachtregel.
    """
    from pseudonimisering.erasure import erase, kind_of, prompt_for

    custody = open_custody(secrets_folder, shares, passphrases)
    identifier = _identifier(prompt_for(kind_of(domain, kind)))
    done = erase(custody, folders, domain, identifier, kind=kind, projects=projects or (), dry=dry)
    if as_json:
        changed = [
            {"pakket": str(part.path), "project": part.project, "bron": part.source, "rijen": part.rows}
            | ({} if dry else {"was": part.before, "is": part.after})
            for part in done.changed
        ]
        _print({"projecten": done.projects, "pakketten": changed, "geleegd": [str(path) for path in done.emptied]})
        return
    if not done.changed:
        print("gevonden in geen enkel pakket")
    for part in done.changed:
        rows = ", ".join(f"{table} {count}" for table, count in part.rows.items())
        print(f"{part.path}: {rows} rij(en) {'te wissen' if dry else 'gewist'}")
    if dry:
        return
    for path in done.emptied:
        print(f"{path}: afgeleide gegevens verwijderd; maak ze opnieuw uit de pakketten")
    if done.changed:
        print("deze pakketten hebben een nieuwe inhoud: registreer ze opnieuw (outputcontrole registreer) en maak")
        print("afgeleide tabellen opnieuw. Een aanvraag op al eerder vrijgegeven bronnen wordt nu geweigerd: het")
        print("verschil met de oude uitkomst kan één eenheid zijn.")
    print(f"blijvend geweerd uit nieuwe leveringen voor: {', '.join(done.projects)}")


@app.command("verlopen")
def expire(
    secrets_folder: Secrets,
    folders: Folders,
    on: Annotated[
        datetime | None,
        typer.Option("--op", formats=["%Y-%m-%d"], metavar="JJJJ-MM-DD", help="Naar de stand van deze dag."),
    ] = None,
    event: Annotated[
        str | None, typer.Option("--gebeurtenis", metavar="NAAM", help="Gebeurtenis uit 'verwijderen_na'.")
    ] = None,
    source: Annotated[str | None, typer.Option("--bron", help="De bron waarvoor zij zich voordeed.")] = None,
    dry: Dry = False,
    as_json: Json = False,
) -> None:
    """Verwijder wat niet langer bewaard mag worden."""
    from pseudonimisering.custody import Custody
    from pseudonimisering.retention import Event, expire

    if (event is None) != (source is None):
        raise UserError("--gebeurtenis en --bron horen bij elkaar; noem ze allebei")
    happened = Event(event, source) if event is not None and source is not None else None
    done = expire(Custody(secrets_folder), folders, on.date() if on else None, happened, dry=dry)
    if as_json:
        due = [
            {
                "pakket": str(part.package.path),
                "project": part.package.manifest.project.id,
                "bron": part.package.manifest.bron,
                "tabellen": list(part.tables) if part.tables is not None else None,
                "reden": part.reason,
            }
            for part in done.due
        ]
        emptied = [str(path) for path in done.emptied]
        _print({"verwijderd" if not dry else "te_verwijderen": due, "geleegd": emptied, "beeindigd": done.ended})
        return
    if not done.due:
        print("niets te verwijderen")
    for part in done.due:
        what = f"tabel {', '.join(part.tables)}" if part.tables is not None else "het hele pakket"
        print(f"{part.package.path}: {what} {'te verwijderen' if dry else 'verwijderd'} ({part.reason})")
    for path in done.emptied:
        print(f"{path}: afgeleide gegevens verwijderd")
    for project in done.ended:
        print(f"project {project} is geëindigd: vernietig zijn geheim (pseudonimisering geheim vernietig)")


def _identifier(expected: str) -> str:
    """Ask for the identifier without showing it, or read one line from standard input."""
    if sys.stdin.isatty():
        text = getpass.getpass(f"Identificatie ({expected}; u ziet niet wat u typt): ")
    else:
        text = sys.stdin.readline()
    if not text.strip():
        raise UserError(f"geen identificatie gegeven; verwacht {expected} via de prompt of de standaardinvoer")
    return text.strip()


def _print(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False))
