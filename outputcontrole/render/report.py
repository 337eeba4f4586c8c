"""A check report in lines that a person reads: equal findings together, each with its remedy; the method, whole."""

from collections.abc import Mapping, Sequence
from typing import Any

MOST_CELLS = 8


def report_lines(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return findings (as `Finding.record()` gives them) as Dutch lines; cells of equal findings in one line."""
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for finding in findings:
        where = " ".join(_shown(str(label)) for label in finding["cel"].values())
        grouped.setdefault((finding["regel"], finding["zin"], finding["oplossing"]), []).append(where)
    lines = []
    for (rule, sentence, remedy), cells in grouped.items():
        named = [cell for cell in cells if cell]
        more = f" en nog {len(named) - MOST_CELLS}" if len(named) > MOST_CELLS else ""
        where = f" [{'; '.join(named[:MOST_CELLS])}{more}]" if named else ""
        lines.append(f"{rule}: {sentence}{where}." + (f" Oplossing: {remedy}." if remedy else ""))
    return lines


def _shown(label: str) -> str:
    """Return a label of the data on one line, without what would steer a terminal."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(label.split()))


def method_lines(method: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return recipes (as `method_record` gives them) in order, each with its digest and its whole text."""
    lines = []
    for number, recipe in enumerate(method, start=1):
        read = ", ".join(recipe["leest"]) or "niets"
        name = recipe["naam"]
        lines.append(f"--- recept {number} van {len(method)}: {name} ({recipe['soort']}), leest {read} ---")
        lines.append(f"sha256 {recipe['sha256']}")
        lines += recipe["tekst"].split("\n")
        lines.append(f"--- einde {name} ---")
    return lines
