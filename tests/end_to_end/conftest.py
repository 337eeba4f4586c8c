"""The whole chain as people run it: one demonstration per test session, and small worlds made by the same steps."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Report how much of the planted truth the indicators found on dirty data."""
    lines = [text for report in terminalreporter.stats.get("passed", []) for _, text in _planted(report)]
    if lines:
        terminalreporter.section("planted truth on dirty data")
        for line in sorted(lines):
            terminalreporter.line(line)


def _planted(report: Any) -> list[tuple[str, str]]:
    return [(name, text) for name, text in getattr(report, "user_properties", []) if name == "planted"]


@dataclass(frozen=True)
class Demo:
    """A finished demonstration: its folder, what it printed, the number of its release."""

    root: Path
    said: str
    number: str

    @property
    def bundle(self) -> Path:
        return self.root / "vrijgave" / self.number

    def command(self, *parts: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command of the project in the demonstration's folder."""
        environment = {**os.environ, "ZOO_REGISTRATIE": str(self.root / "zone3/registratie")}
        program, *arguments = (str(part) for part in parts)
        return subprocess.run(
            [str(BIN / program), *arguments],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """`zoo-stad demo` at its default size, run once, with an empty home directory."""
    base = tmp_path_factory.mktemp("demo")
    (base / "thuis").mkdir()
    root = base / "demo"
    done = subprocess.run(
        [str(BIN / "zoo-stad"), "demo", "--uit", str(root), "--notebooks", str(ROOT / "notebooks")],
        env={**os.environ, "HOME": str(base / "thuis")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (number,) = [entry.name for entry in (root / "vrijgave").iterdir()]
    return Demo(root, done.stdout, number)


def payload(bundle: Path) -> dict[str, bytes]:
    """Return the released payload, file name -> bytes."""
    data = bundle / "data"
    return {path.relative_to(data).as_posix(): path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file()}


def report(demo: Demo) -> dict[str, object]:
    """Return the check report of the released request."""
    path = demo.root / f"zone3/registratie/aanvragen/{demo.number}/toetsing.json"
    found: dict[str, object] = json.loads(path.read_bytes())
    return found
