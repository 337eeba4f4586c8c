"""`verwerk`: a delivery of a source holder becomes a package.  `bekijk`: what a file looks like, before a contract."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pseudonimisering.cli.application import Json, app
from pseudonimisering.cli.opening import PassphraseFiles, Shares, open_custody

if TYPE_CHECKING:
    from pseudonimisering.canonical import Progress
    from pseudonimisering.contract import Contract
    from pseudonimisering.ingest import Delivered


@app.command("verwerk")
def process(
    contract_path: Annotated[Path, typer.Argument(metavar="CONTRACT", help="Broncontract (TOML).")],
    files: Annotated[list[Path], typer.Argument(metavar="BESTAND...", help="De geleverde bestanden.")],
    project_path: Annotated[Path, typer.Option("--project", help="Ondertekend projectbestand.")],
    secrets_folder: Annotated[Path, typer.Option("--geheimen", metavar="DIR", help="De bewaarplaats.")],
    target: Annotated[Path, typer.Option("--uit", metavar="PAKKET", help="Map van het pakket.")],
    shares: Shares = None,
    passphrases: PassphraseFiles = None,
    anew: Annotated[
        bool, typer.Option("--opnieuw", help="Vervang een pakket dat er al is, wat het contract ook over leveren zegt.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Maak van een levering een ondertekend pakket met pseudoniemen.

    Staat het pakket er al, dan zegt 'levering' in het contract of het wordt vervangen of aangevuld. Wie een afgebroken
    opdracht opnieuw geeft, gaat verder waar die was.
    """
    from pseudonimisering.contract import load_contract
    from pseudonimisering.ingest import deliver
    from zoo_formaat.project import load_project

    today = date.today()
    custody = open_custody(secrets_folder, shares, passphrases)
    custody.master()  # before there is anything on the screen that a question would disturb
    project = load_project(project_path, custody.signers(), on=today)
    contract = load_contract(contract_path)
    with _progress() as progress:
        result = deliver(contract, files, project, custody, target, today, progress, anew=anew)
    if as_json:
        print(json.dumps(_as_json(contract, result), ensure_ascii=False))
    else:
        _show(contract, result)


@contextmanager
def _progress() -> Iterator["Progress"]:
    """Show a bar per table on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _table, _rows, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]} rijen"),
        TextColumn("{task.fields[pace]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, int] = {}

        def show(table: str, rows: int, share: float | None) -> None:
            if table not in tasks:
                tasks[table] = bars.add_task(table, total=None, rows="0", pace="")
            task = bars.tasks[tasks[table]]
            elapsed = task.elapsed or 0
            pace = f"{_dutch(int(rows / elapsed))}/s" if elapsed > 1 else ""
            total = None if share is None else 1.0
            bars.update(task.id, completed=share or 0.0, total=total, rows=_dutch(rows), pace=pace)

        yield show


def _dutch(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _as_json(contract: "Contract", result: "Delivered") -> dict[str, object]:
    return {
        "pakket": str(result.path),
        "bron": contract.bron,
        "rijen": result.rows,
        "verworpen": result.rejected,
        "domeinen": result.domains,
        "overgeslagen": result.skipped,
        "zeldzaam": [found.as_json() for found in result.rare],
        "vervolgd": result.continued,
    }


def _show(contract: "Contract", result: "Delivered") -> None:
    for table, rows in result.rows.items():
        rejects = ", ".join(f"{reason} {count}" for reason, count in result.rejected[table].items())
        print(f"{contract.bron}.{table}: {rows} rijen" + (f" ({rejects})" if rejects else ""))
    for table in result.skipped:
        print(f"{contract.bron}.{table}: niet geladen, het project vraagt er niet om")
    for found in result.rare:
        if sentence := found.sentence():
            print(f"let op: {sentence}")
    if result.continued:
        print("verder gegaan waar een afgebroken opdracht was")
    print(f"pakket: {result.path}")


@app.command("bekijk")
def look_at(
    path: Annotated[Path, typer.Argument(metavar="BESTAND", help="Een geleverd bestand.")],
    skeleton: Annotated[
        Path | None, typer.Option("--contract", metavar="TOML", help="Schrijf een begin van een contract hierheen.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Toon formaat, codering, scheiding en de soort van elke kolom, zonder één waarde te laten zien."""
    from pseudonimisering.readers.detect import look
    from pseudonimisering.readers.skeleton import contract_skeleton
    from zoo_formaat.atomic import write_file
    from zoo_formaat.errors import UserError

    found = look(path)
    if skeleton is not None:
        if skeleton.exists():
            raise UserError(f"{skeleton} bestaat al; kies een andere naam")
        write_file(skeleton, contract_skeleton(path, found).encode())
    if as_json:
        columns = [{"kolom": c.name, "soort": c.kind, "gevuld": round(c.filled, 2)} for c in found.columns]
        document = {
            "formaat": found.format,
            "codering": found.encoding,
            "scheiding": found.separator,
            "bladen": list(found.sheets),
            "kolomnamen": found.header,
            "kolommen": columns,
        }
        print(json.dumps(document, ensure_ascii=False))
        return
    print(f"formaat:   {found.format}")
    if found.encoding is not None:
        print(f"codering:  {found.encoding}")
    if found.separator is not None:
        shown = "tab" if found.separator == "\t" else found.separator
        print(f"scheiding: {shown}")
    if found.sheets:
        print(f"bladen:    {len(found.sheets)}; bekeken is het eerste")
    print(f"kolommen:  {len(found.columns)}" + ("" if found.header else ", zonder regel met kolomnamen"))
    for column in found.columns:
        print(f"  {column.name}: {column.kind}, {100 * column.filled:.0f} % gevuld")
    print(f"(gezien: de eerste {found.rows_looked_at} rijen)")
    if skeleton is not None:
        print(f"contract begonnen in {skeleton}; vul aan wat erin gevraagd wordt")
