"""The command `pseudonimisering`: everything zone 1 does. One file per subject; each adds its commands to `app`."""

from typing import NoReturn

from pseudonimisering.cli import contract, custody, delivery, erasure, linkage, quality, report
from pseudonimisering.cli.application import app
from zoo_formaat.command import run

__all__ = ["app", "contract", "custody", "delivery", "erasure", "linkage", "main", "quality", "report"]


def main() -> NoReturn:
    """Run the command."""
    run(app, "pseudonimisering")
