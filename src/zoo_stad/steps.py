"""Run the commands of the other zones as a person would, one after another, showing what is typed."""

import json
import os
import resource
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from zoo_formaat.errors import UserError

_WIDTH = 105
Result = TypeVar("Result")


class Steps:
    """Runs commands in `folder`, prints each with the seconds it took, and stops at the first that fails.

    What was typed is printed shortened, and kept in full in `stappen.sh`.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        """Run commands of this installation with `environment` added; paths are shown relative to `folder`."""
        self.folder = folder
        self.started = time.monotonic()
        programs = str(Path(sys.executable).parent)
        self._environment = {**os.environ, "PATH": f"{programs}:{os.environ.get('PATH', '')}", **(environment or {})}

    def title(self, text: str) -> None:
        """Print a heading."""
        print(f"\n{text}", flush=True)

    def run(self, *command: str | Path, expect: int = 0) -> str:
        """Run a command, print it, and return what it printed on standard output.

        Raises UserError with the command's own last line when its exit code is not `expect`.
        """
        return self._run(command, expect).stdout.decode()

    def run_refused(self, *command: str | Path) -> str:
        """Run a command that must be refused (exit code 2) and return its reason; raises UserError when it is not."""
        return _last_line(self._run(command, expect=2))

    def _run(self, command: Sequence[str | Path], expect: int) -> subprocess.CompletedProcess[bytes]:
        began = time.monotonic()
        done = subprocess.run(  # noqa: S603 - the commands are this project's own
            [str(part) for part in command], cwd=self.folder, env=self._environment, capture_output=True, check=False
        )
        seconds = time.monotonic() - began
        typed = shlex.join(str(part) for part in command)
        with (self.folder / "stappen.sh").open("a") as script:
            script.write(typed + "\n")
        shown = typed if len(typed) <= _WIDTH else typed[: _WIDTH - 2] + " …"
        print(f"  {seconds:5.1f} s  {shown}", flush=True)
        if done.returncode != expect:
            raise UserError(f"stap '{command[0]} {command[1]}' eindigde met code {done.returncode}: {_last_line(done)}")
        return done

    def run_json(self, *command: str | Path, expect: int = 0) -> Any:
        """Run a command that prints one JSON object, and return it."""
        return json.loads(self.run(*command, expect=expect))

    def together(self, commands: Sequence[Sequence[str | Path]], workers: int = 2) -> None:
        """Run independent commands, `workers` at a time."""
        with ThreadPoolExecutor(workers) as pool:
            for finished in [pool.submit(self.run, *command) for command in commands]:
                finished.result()

    def aside(self, work: Callable[[], Result]) -> Future[Result]:
        """Start `work` beside what follows; `result()` waits for it, and returns or raises what it did."""
        pool = ThreadPoolExecutor(1)
        started = pool.submit(work)
        pool.shutdown(wait=False)
        return started

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started


def _last_line(done: subprocess.CompletedProcess[bytes]) -> str:
    said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
    return said[-1] if said else "zonder uitleg"


def peak_memory() -> float:
    """Return the largest peak memory of a process started so far, in GB (1e9 bytes)."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9
