"""`sleutel`: personal keys to sign with."""

from pathlib import Path
from typing import Annotated

import typer

from zoo_formaat.errors import UserError
from zoo_formaat.keys import write_key_pair
from zoo_formaat.signature import PrivateKey
from zoo_project.cli.application import OPTIONS, app

key_app = typer.Typer(help="Persoonlijke sleutels om mee te ondertekenen.", **OPTIONS)
app.add_typer(key_app, name="sleutel")


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
