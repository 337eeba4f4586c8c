"""Run every benchmark, print its table, and with --write keep all of them in RESULTS.md.

    python benchmarks/run.py [--write] [NAME ...]

Each benchmark is a module with a function `measure() -> str` that returns a Markdown section: what was measured, the
limit beside it, and whether it was kept. A miss is written down as a miss.
"""

import importlib
import os
import platform
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = ("demo_run", "million_persons", "pseudonyms", "linkage", "national_ingest", "output_control", "suppression")


def machine() -> str:
    """Describe the machine in one line: the figures mean little without it."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {system}"


def main() -> None:
    """Run the named benchmarks, or all."""
    sys.path.insert(0, str(HERE))
    chosen = [name for name in sys.argv[1:] if not name.startswith("-")] or list(NAMES)
    sections = [f"# Results\n\nMachine: {machine()}. Command: `make bench`.\n"]
    for name in chosen:
        section = importlib.import_module(name).measure()
        print(section, flush=True)
        sections.append(section)
    if "--write" in sys.argv:
        (HERE / "RESULTS.md").write_text("\n".join(sections))


if __name__ == "__main__":
    main()
