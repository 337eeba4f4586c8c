"""A check report in lines that a person reads: equal findings together, each with its remedy."""

from collections.abc import Mapping, Sequence
from typing import Any

MOST_CELLS = 8


def report_lines(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return findings (as `Finding.record()` gives them) as Dutch lines; cells of equal findings in one line."""
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for finding in findings:
        where = " ".join(str(label) for label in finding["cel"].values())
        grouped.setdefault((finding["regel"], finding["zin"], finding["oplossing"]), []).append(where)
    lines = []
    for (rule, sentence, remedy), cells in grouped.items():
        named = [cell for cell in cells if cell]
        more = f" en nog {len(named) - MOST_CELLS}" if len(named) > MOST_CELLS else ""
        where = f" [{'; '.join(named[:MOST_CELLS])}{more}]" if named else ""
        lines.append(f"{rule}: {sentence}{where}." + (f" Oplossing: {remedy}." if remedy else ""))
    return lines
