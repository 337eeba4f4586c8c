"""Run notebooks from start to end, each in a clean kernel, and keep the executed copies inside the workplace."""

import os
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

from zoo_formaat.atomic import write_file
from zoo_formaat.errors import UserError

SECONDS_PER_CELL = 300
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Run:
    """One executed notebook: its executed copy, how long it took, and where it failed (None when it did not)."""

    notebook: Path
    executed: Path
    seconds: float
    failure: str | None


def run_notebooks(folder: Path, out: Path, workplace: Path, at_once: int = 1) -> Iterator[Run]:
    """Execute the notebooks of `folder` and yield each, in order of name, when it is done; start none after a failure.

    out: folder for the executed copies; they hold results, so it must lie inside `workplace`. at_once: how many
    kernels may work beside each other; notebooks do not depend on each other's results. The kernels find the workplace
    in env ZOO_WERK. Raises UserError when there is no notebook or `out` lies elsewhere.
    """
    notebooks = sorted(folder.glob("*.ipynb"))
    if not notebooks:
        raise UserError(f"geen notebooks (*.ipynb) in {folder}; controleer het pad")
    if not out.resolve().is_relative_to(workplace.resolve()):
        raise UserError(
            f"{out} ligt buiten de werkmap {workplace}; uitgevoerde notebooks bevatten gegevens en blijven binnen"
        )
    out.mkdir(parents=True, exist_ok=True)
    failed = Event()

    def unless_failed(notebook: Path) -> Run | None:
        if failed.is_set():
            return None
        run = _run(notebook, out / notebook.name, workplace)
        if run.failure is not None:
            failed.set()
        return run

    with ThreadPoolExecutor(max_workers=at_once) as pool:
        yield from (run for run in pool.map(unless_failed, notebooks) if run is not None)


def _run(notebook: Path, executed: Path, workplace: Path) -> Run:
    started = time.monotonic()
    text = notebook.read_text(encoding="utf-8")
    document = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    # The kernel is this very Python. It talks over sockets in a folder of ours, not over ports that others can reach.
    with TemporaryDirectory(prefix="zoo-") as sockets:
        connection = {"transport": "ipc", "connection_file": str(Path(sockets) / "kernel.json")}
        client = NotebookClient(
            document,
            kernel_name="python3",
            timeout=SECONDS_PER_CELL,
            resources={"metadata": {"path": str(workplace)}},
            config=Config({"ConnectionFileMixin": connection}),
        )
        failure = _execute(client, workplace)
    write_file(executed, nbformat.writes(document).encode())  # type: ignore[no-untyped-call]
    return Run(notebook, executed, time.monotonic() - started, failure)


def _execute(client: NotebookClient, workplace: Path) -> str | None:
    """Run all cells and return where it failed and why, or None."""
    cells = client.nb.cells
    try:
        client.execute(env={**os.environ, "ZOO_WERK": str(workplace)})
    except CellExecutionError as error:
        return f"cel {_number(cells)}: {error.ename}: {_COLOUR.sub('', error.evalue)}"
    except (CellTimeoutError, DeadKernelError):
        return f"cel {_number(cells)}: duurde langer dan {SECONDS_PER_CELL} seconden of de rekenkern viel uit"
    return None


def _number(cells: Sequence[dict[str, object]]) -> int:
    """Return the number (from 1) of the last cell that ran or was running."""
    ran = [number for number, cell in enumerate(cells, start=1) if cell.get("execution_count") or cell.get("outputs")]
    return max(ran, default=1)
