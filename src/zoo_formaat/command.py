"""How every command of the project ends: a result, or one clear line and exit code 2."""

import errno
import os
import sys
import traceback
from typing import NoReturn

import typer

from zoo_formaat.errors import UserError

WRONG_USE = 2
BUG = 1
INTERRUPTED = 130
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

# What typer raises for wrong options. typer carries its own copy of click, so the class is taken from typer: click's
# class of the same name is another one and would catch nothing.
_UsageError: type[typer.BadParameter] = typer.BadParameter.__bases__[0]


def run(app: typer.Typer, prog: str) -> NoReturn:
    """Run a typer application and leave the process with the exit code of the design.

    A `UserError` becomes `fout: <message>` on standard error and exit code 2. The message is kept on one line of
    printable characters, so that scripts, logs and terminals can rely on it. Wrong options are reported by typer
    itself, also with exit code 2. A command's own code (`typer.Exit`, or an int that it returns) is kept, also when
    the reader of the output has gone (`zoo data | head`). Anything else is a bug: exit code 1 and a traceback without
    values, because the message of, say, a failed conversion quotes the cell that failed.
    """
    try:
        result = typer.main.get_command(app)(prog_name=prog, standalone_mode=False)
    except UserError as error:
        message = " ".join(str(error).split())
        print("fout: " + "".join(c if c.isprintable() else "?" for c in message), file=sys.stderr)
        _leave(WRONG_USE)
    except _UsageError as error:
        error.show()
        _leave(WRONG_USE)
    except (typer.Abort, KeyboardInterrupt):
        print("afgebroken", file=sys.stderr)
        _leave(INTERRUPTED)
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - the last stop: what is left is a bug (a panic of Rust is no Exception)
        if isinstance(error, OSError) and error.errno in _DISK_FULL:
            print("fout: de schijf is vol; maak ruimte vrij en geef de opdracht opnieuw", file=sys.stderr)
            _leave(WRONG_USE)
        print(_without_values(error), file=sys.stderr)
        _leave(BUG)
    _leave(result if isinstance(result, int) else 0)


def _leave(code: int) -> NoReturn:
    """Leave the process with `code`, whether or not anybody still reads our output."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _without_values(error: BaseException) -> str:
    """Return where a bug came up, with causes, but without messages; only a system error's own text is kept."""
    lines: list[str] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        text = f": {cause.strerror}" if isinstance(cause, OSError) and cause.strerror else ""
        kind = f"{type(cause).__module__}.{type(cause).__qualname__}{text}\n"
        lines.insert(0, "".join(traceback.format_tb(cause.__traceback__)) + kind)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "".join(lines) + "onverwachte fout in het programma; meld bovenstaande regels aan de beheerder"
