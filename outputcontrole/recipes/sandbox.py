"""The sandbox in which recipes are run: bubblewrap, without network, files, secrets, history or other processes.

What a recipe gets is the interpreter, its libraries and the Parquet files of the tables it reads, all read-only, and
memory to scribble in. What comes back is a stream of bytes and an exit code; no file of its making is ever opened by
name, and none outlives it. No bubblewrap, no recipe.
"""

import json
import os
import platform
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from outputcontrole.recipes import inside
from outputcontrole.recipes.system_calls import filter_program
from zoo_formaat.errors import UserError

_NOBODY = "65534"
_PIECE = 1 << 20
_GRACE = 5
_MARGIN = 16 << 20


class Failure(StrEnum):
    """Why a recipe gave no rows: a fixed sentence, because what exactly went wrong can depend on one person."""

    TIME = "de berekening duurt te lang"
    MEMORY = "de berekening vraagt te veel geheugen"
    SIZE = "de uitkomst is te groot"
    TYPES = "een kolom heeft een soort die geen uitkomst kan zijn: kies tekst, getal, ja/nee, datum of pseudoniem"
    SHAPE = "de uitkomst is geen tabel met unieke kolomnamen"
    WRONG = "de berekening breekt af"


class SandboxFailure(Exception):  # noqa: N818 - it is what failed in the sandbox, not an error of this program
    """A recipe that gave no rows, and the class of its failure."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True)
class Limits:
    """What one run may use.

    seconds: by the clock, and of computing per processor. memory: bytes for the tables in the engine. address_space:
    bytes for the whole process, libraries included. scratch: bytes for what outgrows memory (it is memory too).
    output: bytes of the result.
    """

    seconds: int = 120
    memory: int = 2 << 30
    address_space: int = 6 << 30
    scratch: int = 1 << 30
    output: int = 2 << 30


@dataclass(frozen=True)
class Table:
    """A table that a recipe reads: its Parquet file, and the columns of it that are there; none: all of them.

    present: the column that tells which rows are in the table; when it is not among the columns, the others are not
    there.
    """

    file: Path
    columns: Sequence[str] = ()
    present: str | None = None


def run_sql(
    sql: str,
    tables: Mapping[str, Table],
    into: BinaryIO,
    *,
    threads: int,
    limits: Limits | None = None,
    returned: Sequence[str] | None = None,
) -> None:
    """Run one SELECT on `tables` (`bron.tabel` -> table) and write its rows to `into`, as Parquet, in order of content.

    returned: when what is read was returned by Python, its columns with pseudonyms (as text there; a moment is its
    day). Raises SandboxFailure when there are no rows, and UserError when there is no sandbox here.
    """
    _run({"soort": "sql", "sql": sql, "teruggegeven": returned}, tables, into, threads, limits or Limits())


def run_python(
    module: str,
    function: str,
    tables: Mapping[str, Table],
    into: BinaryIO,
    *,
    threads: int,
    limits: Limits | None = None,
) -> None:
    """Run a function of a module on `tables`, and write to `into` what it says is its result.

    Whatever is written is the recipe's: read it in another sandbox (`run_sql`) only. Raises as `run_sql`.
    """
    _run({"soort": "python", "module": module, "functie": function}, tables, into, threads, limits or Limits())


def _run(job: dict[str, Any], tables: Mapping[str, Table], into: BinaryIO, threads: int, limits: Limits) -> None:
    inner = {name: f"/tabellen/{number}.parquet" for number, name in enumerate(tables)}
    content = {
        **job,
        "draden": threads,
        "tabellen": {
            name: {
                "bestand": inner[name],
                "kolommen": list(table.columns),
                "telt": None if table.present in table.columns else table.present,
            }
            for name, table in tables.items()
        },
        "grenzen": {
            "geheugen": limits.memory,
            "adresruimte": limits.address_space,
            "kladruimte": limits.scratch,
            "uitkomst": limits.output,
            "rekentijd": limits.seconds * max(1, threads),
        },
    }
    binds = {inner[name]: table.file.resolve() for name, table in tables.items()}
    code = _in_bubblewrap(json.dumps(content).encode(), binds, into, threads, limits)
    if code != 0:
        raise SandboxFailure(_FAILURES.get(code, Failure.WRONG))


_FAILURES = {
    inside.MEMORY: Failure.MEMORY,
    inside.TYPES: Failure.TYPES,
    inside.SHAPE: Failure.SHAPE,
    inside.SIZE: Failure.SIZE,
    128 + signal.SIGXCPU: Failure.TIME,
    # The limit on computing time kills a process that does not listen to the warning.
    128 + signal.SIGKILL: Failure.TIME,
}


def _in_bubblewrap(job: bytes, files: Mapping[str, Path], into: BinaryIO, threads: int, limits: Limits) -> int:
    """Run `inside` on a job and return its exit code; the bytes it writes go to `into`."""
    bubblewrap = shutil.which("bwrap")
    if bubblewrap is None:
        raise UserError(
            "recepten worden alleen in een zandbak gerekend, en bubblewrap (bwrap) is hier niet; laat de beheerder het "
            "installeren"
        )
    until = time.monotonic() + limits.seconds
    filter_read, filter_write = os.pipe()
    job_read, job_write = os.pipe()
    try:
        os.write(filter_write, filter_program(platform.machine()))
        os.close(filter_write)
        command = [bubblewrap, *_arguments(files, threads, limits), "--seccomp", str(filter_read), "--", *_PROGRAM]
        process = subprocess.Popen(  # noqa: S603 - a list without shell; nothing in it is an analyst's
            command,
            stdin=job_read,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(filter_read,),
            env={},
            cwd="/",
            start_new_session=True,
        )
    finally:
        os.close(filter_read)
        os.close(job_read)
    try:
        return _follow(process, job, job_write, into, until, limits)
    finally:
        _kill(process)


def _follow(
    process: "subprocess.Popen[bytes]", job: bytes, job_write: int, into: BinaryIO, until: float, limits: Limits
) -> int:
    """Give a running sandbox its job, take what it writes, and return its exit code."""
    if process.stdout is None:
        raise AssertionError("the sandbox was started without an output")
    _give(job, job_write, until)
    output = process.stdout.fileno()
    head, written = b"", 0
    while piece := _read(output, until):
        if len(head) < len(inside.BEGUN):
            missing = len(inside.BEGUN) - len(head)
            head, piece = head + piece[:missing], piece[missing:]
        written += len(piece)
        if written > limits.output:
            raise SandboxFailure(Failure.SIZE)
        into.write(piece)
    if head != inside.BEGUN:
        raise UserError(
            "de zandbak waarin recepten gerekend worden start hier niet; laat de beheerder nagaan of bubblewrap "
            "(bwrap) op deze machine naamruimten mag maken"
        )
    try:
        return process.wait(timeout=max(0.0, until - time.monotonic()) + _GRACE)
    except subprocess.TimeoutExpired:
        raise SandboxFailure(Failure.TIME) from None


def _give(job: bytes, descriptor: int, until: float) -> None:
    """Write the job; a sandbox that did not start reads nothing."""
    view = memoryview(job)
    try:
        os.set_blocking(descriptor, False)
        while view:
            if not select.select([], [descriptor], [], max(0.0, until - time.monotonic()))[1]:
                raise SandboxFailure(Failure.TIME)
            view = view[os.write(descriptor, view) :]
    except BrokenPipeError:
        pass
    finally:
        os.close(descriptor)


def _read(descriptor: int, until: float) -> bytes:
    ready = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))[0]
    if not ready:
        raise SandboxFailure(Failure.TIME)
    return os.read(descriptor, _PIECE)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the sandbox and everything in it: it dies with its first process, which dies with bubblewrap."""
    if process.stdout is not None:
        process.stdout.close()
    if process.poll() is None:
        process.kill()
    process.wait()


_HOME = "/recept.py"
# Not /tmp: the libraries that are bound may stand below that, and would be covered.
_SCRATCH = "/klad"
_PROGRAM = [str(Path(sys.executable).resolve()), "-S", "-P", "-B", _HOME]


def _arguments(files: Mapping[str, Path], threads: int, limits: Limits) -> list[str]:
    """Return what bubblewrap is told: new namespaces of every kind, an empty root, and what is read-only in it."""
    libraries = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    arguments = ["--unshare-user", "--unshare-all", "--disable-userns", "--die-with-parent", "--new-session"]
    arguments += ["--uid", _NOBODY, "--gid", _NOBODY, "--cap-drop", "ALL", "--hostname", "recept", "--clearenv"]
    environment = {
        "HOME": _SCRATCH,
        "TMPDIR": _SCRATCH,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": os.pathsep.join(libraries),
        # Another one per run: what depends on the order of a set is found out.
        "PYTHONHASHSEED": str(threads),
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads)),
    }
    for name, value in environment.items():
        arguments += ["--setenv", name, value]
    for path in _interpreter():
        arguments += ["--ro-bind", str(path), str(path)]
    for path in (Path("/lib"), Path("/lib64")):
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), str(path)]
        elif path.exists():
            arguments += ["--ro-bind", str(path), str(path)]
    for library in libraries:
        arguments += ["--ro-bind", library, library]
    arguments += ["--ro-bind", str(Path(inside.__file__).resolve()), _HOME]
    for target, file in files.items():
        arguments += ["--ro-bind", str(file), target]
    for device in ("/dev/null", "/dev/urandom"):
        arguments += ["--dev-bind", device, device]
    # The root is memory too: closed, so that only the scratch folder, which has a size, can be written to.
    room = str(limits.scratch + limits.output + _MARGIN)
    arguments += ["--size", room, "--tmpfs", _SCRATCH, "--remount-ro", "/", "--chdir", _SCRATCH]
    return arguments


def _interpreter() -> list[Path]:
    """Return the files and folders that the running interpreter consists of, with the system's shared libraries."""
    standard = Path(sysconfig.get_path("stdlib")).resolve()
    program = Path(sys.executable).resolve()
    shared = Path(str(sysconfig.get_config_var("LIBDIR") or "/usr/lib"))
    found = [path for path in (Path("/usr/lib"), Path("/usr/lib64")) if path.is_dir() and not path.is_symlink()]
    found += [program, standard]
    found += sorted(shared.glob(f"libpython{sys.version_info.major}.{sys.version_info.minor}*.so*"))
    return found
