"""Run a command and watch it from outside: seconds, and the peak memory of it and all its children together."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Watched:
    """What a command took.

    seconds: wall time. peak: the most GB (1e9 bytes) that all its processes had resident at one moment.
    """

    seconds: float
    peak: float


def watch(command: Sequence[str | Path], environment: Mapping[str, str], folder: Path) -> Watched:
    """Run `command` and sample its process tree ten times a second; raises CalledProcessError when it fails."""
    began = time.monotonic()
    process = subprocess.Popen(
        [str(part) for part in command], env=dict(environment), cwd=folder, stdout=subprocess.DEVNULL
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, _resident(process.pid))
        time.sleep(0.1)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, str(command[0]))
    return Watched(time.monotonic() - began, peak / 1e9)


def _resident(pid: int) -> int:
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for member in family:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def verdict(value: float, limit: float) -> str:
    """Say whether a limit was kept."""
    return "kept" if value <= limit else "MISSED"
