"""How results are shown: tables for people, JSON for programs."""

import json
import math
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

INSIDE_ONLY = "alleen binnen de werkruimte"
_WIDTH_WITHOUT_TERMINAL = 160


def print_json(value: Any) -> None:
    """Print one JSON value; dates as text."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(header: list[str], rows: list[list[str]]) -> None:
    """Print rows under a header, as wide as the terminal, or as a fixed width when there is none."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=_WIDTH_WITHOUT_TERMINAL)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in header:
        table.add_column(name, overflow="fold", justify="right" if name in _NUMBERS else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


_NUMBERS = {"rijen", "gevuld", "teller", "noemer", "onbekend", "aandeel"}


def dutch_count(value: int) -> str:
    """Return a count with Dutch thousands separators."""
    return f"{value:,}".replace(",", ".")


def percent(value: float) -> str:
    """Return a percentage in Dutch, nothing for a missing one."""
    return "" if math.isnan(value) else f"{value:.1f} %".replace(".", ",")


def plain(value: object) -> object:
    """Return a date as ISO text, anything else as it is."""
    return value.isoformat() if isinstance(value, date) else value
