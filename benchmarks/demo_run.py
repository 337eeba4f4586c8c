"""`make demo` after installation: at most 60 s and 1.5 GB."""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from watched import verdict, watch

ROOT = Path(__file__).resolve().parents[1]
RUNS = 3
SECONDS, GIGABYTES = 60.0, 1.5


def measure() -> str:
    """Run the demonstration three times and return a Markdown section."""
    command = [Path(sys.executable).parent / "zoo-stad", "demo", "--notebooks", ROOT / "notebooks"]
    with tempfile.TemporaryDirectory() as folder:
        runs = [watch([*command, "--uit", Path(folder) / "demo"], os.environ, ROOT) for _ in range(RUNS)]
    seconds = statistics.median(run.seconds for run in runs)
    peak = max(run.peak for run in runs)
    return "\n".join(
        [
            "## `make demo`, after installation",
            "",
            f"60,000 persons, 4 municipalities, {RUNS} runs; memory is that of all processes together.",
            "",
            "| | measured | limit | |",
            "|---|---|---|---|",
            f"| seconds (median) | {seconds:.0f} | {SECONDS:.0f} | {verdict(seconds, SECONDS)} |",
            f"| peak memory, GB (largest) | {peak:.2f} | {GIGABYTES} | {verdict(peak, GIGABYTES)} |",
            "",
        ]
    )
