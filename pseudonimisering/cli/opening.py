"""Opening a custody for a command: shares of custodians, passphrases and PINs, which never stand in an argument."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_secret

if TYPE_CHECKING:
    from pseudonimisering.custody import Custody
    from pseudonimisering.custody.master import Master

Shares = Annotated[
    list[Path] | None,
    typer.Option(
        "--deel", metavar="BESTAND", help="Deel van een bewaarder; twee keer, als de hoofdsleutel gedeeld is."
    ),
]
PassphraseFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--wachtzin-bestand",
        metavar="BESTAND",
        help="Wachtzin van een deel (in de volgorde van --deel) of PIN van het token; anders wordt erom gevraagd.",
    ),
]
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/([0-9]+)")


class Passphrases:
    """Gives passphrases in the order in which they are needed: from the files given, then from the keyboard."""

    def __init__(self, files: Sequence[Path] | None) -> None:
        self._files = list(files or [])

    def __call__(self, whose: str) -> str:
        """Return a passphrase. Raises UserError when there is no file left and nobody at a keyboard."""
        if self._files:
            return _read(self._files.pop(0))
        if not sys.stdin.isatty():
            raise UserError(f"wachtzin van {whose} ontbreekt: geef --wachtzin-bestand, of werk in een terminal")
        return str(typer.prompt(f"Wachtzin of PIN van {whose}", hide_input=True, err=True))

    def new(self, whose: str) -> str | None:
        """Return the passphrase that somebody chooses; None for none. Without file or keyboard it is none."""
        if self._files:
            return _read(self._files.pop(0))
        if not sys.stdin.isatty():
            return None
        question = f"Nieuwe wachtzin van {whose} (leeg: geen)"
        text = str(typer.prompt(question, default="", show_default=False, hide_input=True, err=True))
        if text and text != typer.prompt("Nogmaals", hide_input=True, err=True):
            raise UserError(f"de twee wachtzinnen van {whose} zijn niet gelijk; begin opnieuw")
        return text or None


def open_custody(folder: Path, shares: Sequence[Path] | None = None, files: Sequence[Path] | None = None) -> "Custody":
    """Open a custody; its master key is opened when it is first needed, with these shares and passphrases."""
    from pseudonimisering.custody import Custody

    return Custody(folder, lambda: _master(folder, shares or [], Passphrases(files)))


def _master(folder: Path, shares: Sequence[Path], ask: Passphrases) -> "Master":
    from pseudonimisering.custody import open_master

    return open_master(folder, shares, ask)


def _read(path: Path) -> str:
    descriptor = _DESCRIPTOR.fullmatch(str(path))
    if descriptor:
        try:
            with os.fdopen(os.dup(int(descriptor[1])), "rb") as stream:
                content = stream.read()
        except OSError:
            raise UserError(f"wachtzin-bestand {path} is niet geopend; geef een open bestand door") from None
    else:
        content = read_secret(path, "wachtzin-bestand")
    try:
        text = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        text = ""
    if not text:
        raise UserError(f"wachtzin-bestand {path} is leeg of geen UTF-8")
    return text
