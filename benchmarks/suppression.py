"""Secondary suppression of a large table, with the exact audit of the whole, at growing numbers of areas.

The table: buurt x 10 x 5 with buurt < wijk < gemeente < total, of which about a third of the cells is below the
threshold. Generator, seed and share were fixed before anything was tuned.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from watched import verdict

from zoo_sdc.branches import branched, undetermined
from zoo_sdc.structure import table_system
from zoo_sdc.suppress import suppress

SEED = 1
THRESHOLD = 10
LIMITS = {400: 3, 1_600: 15, 14_574: 180}
MEMORY = 6.0
HIERARCHY = {"buurt": [4, 9]}


def town(buurten: int) -> pd.DataFrame:
    """Counts per buurt, ten classes of age and five of household; a code begins with those of gemeente and wijk."""
    draw = np.random.default_rng(SEED)
    wijk = np.repeat(np.arange(buurten), draw.integers(1, 10, buurten))[:buurten]
    gemeente = np.repeat(np.arange(buurten), draw.integers(1, 20, buurten))[: wijk[-1] + 1]
    codes = [f"{gemeente[w]:04}{w:05}{number:05}" for number, w in enumerate(wijk)]
    people = np.exp(draw.normal(6.8, 1.0, buurten))
    shares = np.outer(draw.dirichlet(np.full(10, 3.0)), draw.dirichlet(np.full(5, 2.0)))
    local = shares * draw.gamma(2, 0.5, (buurten, 10, 5))
    counts = draw.poisson(people[:, None, None] * local / local.sum(axis=(1, 2), keepdims=True))
    index = pd.MultiIndex.from_product([codes, range(10), range(5)], names=["buurt", "leeftijd", "huishouden"])
    return pd.DataFrame({"n": counts.ravel()}, index=index).reset_index()


def measure() -> str:
    """Measure every size in a process of its own and return a Markdown section."""
    rows = []
    for buurten, limit in LIMITS.items():
        done = subprocess.run(
            [sys.executable, Path(__file__), str(buurten)], capture_output=True, text=True, check=True
        )
        cells, primary, secondary, seconds, audit, computable, peak = done.stdout.split()
        kept = verdict(float(seconds), limit)
        rows.append(
            f"| {buurten:,} | {int(cells):,} | {float(primary):.0%} | {int(secondary):,} | {float(seconds):.1f} | "
            f"{limit} ({kept}) | {float(audit):.1f} | {computable} | {float(peak):.2f} |"
        )
    return "\n".join(
        [
            "## Secondary suppression of buurt × 10 × 5, with the audit of the whole",
            "",
            "Seconds are of `zoo_sdc.suppress(..., protection=0)`: system, suppression, audit and repair; the audit is "
            f"run once more to time it. Memory limit {MEMORY:.0f} GB. For scale: R's GaussSuppression took 176-230 "
            "processor seconds for 33,660 such cells and 761 for 67,254, on such a machine.",
            "",
            "| buurten | cells | primary | secondary | seconds | limit | audit alone, s | computable | peak GB |",
            "|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> None:
    """Measure one size; print cells, share primary, secondaries, seconds, audit seconds, computable cells, peak GB."""
    cells = town(int(sys.argv[1]))
    dims = ["buurt", "leeftijd", "huishouden"]
    began = time.perf_counter()
    table = suppress(cells, dims, hierarchies=HIERARCHY, threshold=THRESHOLD, protection=0)
    seconds = time.perf_counter() - began
    split = branched(table_system(cells, dims, "n", HIERARCHY))
    assert split is not None  # noqa: S101 - three dimensions
    hidden = split.spread((table["status"] != "vrij").to_numpy())
    began = time.perf_counter()
    computable = int((hidden & ~undetermined(split.table, hidden)).sum())
    audit = time.perf_counter() - began
    primary = (table["status"] == "primair").mean()
    secondary = (table["status"] == "secundair").sum()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(len(table), primary, secondary, seconds, audit, computable, peak)


if __name__ == "__main__":
    main()
