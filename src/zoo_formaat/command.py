"""How every command of the project ends: a result, or one clear line and exit code 2."""

import os
import sys
from typing import NoReturn

import click
import typer

from zoo_formaat.errors import UserError

WRONG_USE = 2


def run(app: typer.Typer, prog: str) -> NoReturn:
    """Run a typer application and leave the process with the exit code of the design.

    A `UserError` becomes `fout: <message>` on standard error and exit code 2. The message is kept on one line, so
    that scripts and logs can rely on it. Wrong options are reported by typer itself, also with exit code 2. Anything
    else is a bug and keeps its traceback, without the values of local variables.
    """
    try:
        result = typer.main.get_command(app)(prog_name=prog, standalone_mode=False)
    except UserError as error:
        print(f"fout: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(WRONG_USE)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_USE)
    except (click.Abort, KeyboardInterrupt):
        print("afgebroken", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone (`zoo data | head`): not an error of ours, and nothing more to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(result if isinstance(result, int) else 0)
