"""A hidden cell of a released table cannot be computed from what is shown: tried by exact linear algebra."""

from fractions import Fraction
from itertools import product

import pytest

from tests.end_to_end.conftest import Demo, payload


def _levels(code: str) -> list[str]:
    """The cells of the area dimension that hold a finest code; other labels hold themselves and the total."""
    if code.startswith("BU"):
        return [code, "WK" + code[2:8], "GM" + code[2:6], "Totaal"]
    if code.startswith("WK"):
        return [code, "GM" + code[2:6], "Totaal"]
    return [code, "Totaal"]


def _derivable(shown: list[list[int]], target: list[int]) -> bool:
    """Whether `target` is a rational combination of the rows `shown`: Gauss, in fractions."""
    pivots: dict[int, list[Fraction]] = {}

    def reduce(row: list[Fraction]) -> tuple[int, list[Fraction]] | None:
        for column in range(len(row)):
            if row[column] == 0:
                continue
            if column not in pivots:
                return column, row
            factor = row[column]
            row = [a - factor * b for a, b in zip(row, pivots[column], strict=True)]
        return None

    for integers in shown:
        found = reduce([Fraction(value) for value in integers])
        if found is not None:
            column, row = found
            pivots[column] = [value / row[column] for value in row]
    return reduce([Fraction(value) for value in target]) is None


def _columns(labels: list[str]) -> list[str]:
    leaves = [label for label in labels if label != "Totaal"]
    prefix = "BU" if any(leaf.startswith("BU") for leaf in leaves) else "WK"
    areas = any(leaf.startswith(("BU", "WK")) for leaf in leaves)
    return [leaf for leaf in leaves if not areas or leaf.startswith(prefix)]


def test_no_hidden_count_follows_from_shown_ones(demo: Demo) -> None:
    checked = 0
    for name, content in payload(demo.bundle).items():
        if not name.endswith("tabel.csv"):
            continue
        header, *lines = content.decode().splitlines()
        names = header.split(";")
        # counts stand under `aantal`, or under `teller` in the table beside a map of shares, whose total is called NL
        number = "aantal" if "aantal" in names else "teller"
        width = names.index("aantal") if "aantal" in names else 1
        cells = {
            tuple(label.replace("NL", "Totaal") for label in line.split(";")[:width]): line.split(";")[
                names.index(number)
            ]
            for line in lines
        }
        leaves = [_columns(sorted({key[i] for key in cells})) for i in range(width)]
        finest = list(product(*leaves))
        if len(finest) > 250:
            continue
        position = {leaf: i for i, leaf in enumerate(finest)}
        rows: dict[tuple[str, ...], list[int]] = {key: [0] * len(finest) for key in cells}
        for leaf in finest:
            for key in product(*(_levels(code) for code in leaf)):
                rows[key][position[leaf]] = 1
        shown = [rows[key] for key, value in cells.items() if value != "."]
        hidden = [key for key, value in cells.items() if value == "."]
        for key in hidden:
            assert not _derivable(shown, rows[key]), (name, key)
            checked += 1
    if not checked:
        pytest.fail("the demonstration hides no cell, so nothing was checked")
