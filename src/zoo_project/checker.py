"""Ask the checker: it runs as a process of its own, with its own read access; here only its answer is read.

The command is `outputcontrole`, the one beside the running Python unless env ZOO_TOETSER names another. Its
registration is given by env ZOO_REGISTRATIE.
"""

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outputcontrole.spec.verdict import Verdict
from zoo_formaat.errors import UserError

COMMAND = "ZOO_TOETSER"
REGISTRATION = "ZOO_REGISTRATIE"
SECONDS = 300
_WRONG_USE = 2


@dataclass(frozen=True)
class Answer:
    """What the checker said: the verdict that its exit code stands for, and the JSON object that it printed."""

    verdict: Verdict
    report: dict[str, Any]


def check(request: Path) -> Answer:
    """Have a request judged (a preview; nothing is taken in). Raises UserError as `ask`."""
    code, report = ask("toets", str(request))
    verdict = next((verdict for verdict in Verdict if verdict.exit_code == code), Verdict.REFUSED)
    return Answer(verdict, report)


def submit(request: Path) -> dict[str, Any]:
    """Hand in a signed request and return its receipt: `aanvraag` (the id) and `oordeel`. Raises UserError as `ask`."""
    return ask("ontvang", str(request))[1]


def status(identifier: str) -> dict[str, Any]:
    """Return how far a request is: `aanvraag`, `stand`, `oordelen` (per officer). Raises UserError as `ask`."""
    return ask("toon", identifier)[1]


def ask(action: str, subject: str) -> tuple[int, dict[str, Any]]:
    """Run one action of the checker and return its exit code and the JSON object that it printed.

    Raises UserError with the checker's own line when it refuses the input, and when it is not there, takes too long
    or breaks off: no answer is never taken for a good answer.
    """
    registration = os.environ.get(REGISTRATION)
    if not registration:
        raise UserError(f"onbekend waar de toetser staat; zet {REGISTRATION} op de map van zijn registratie")
    command = [*_command(), action, subject, "--registratie", registration, "--json"]
    try:
        done = subprocess.run(  # noqa: S603 - a list without shell; the command is the operator's own setting
            command, capture_output=True, text=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise UserError(f"toetser '{command[0]}' niet gevonden; installeer outputcontrole of zet {COMMAND}") from None
    except subprocess.TimeoutExpired:
        raise UserError(f"de toetser gaf binnen {SECONDS} seconden geen antwoord; vraag minder tegelijk") from None
    if done.returncode == _WRONG_USE:
        lines = done.stderr.strip().splitlines()
        raise UserError(lines[-1].removeprefix("fout: ") if lines else "de toetser weigerde de invoer zonder reden")
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError:
        report = None
    if done.returncode not in {verdict.exit_code for verdict in Verdict} or not isinstance(report, dict):
        raise UserError(
            f"de toetser is afgebroken (code {done.returncode}); er is niets beoordeeld. Meld dit de beheerder"
        )
    return done.returncode, report


def _command() -> list[str]:
    configured = os.environ.get(COMMAND)
    return shlex.split(configured) if configured else [str(Path(sys.executable).with_name("outputcontrole"))]
