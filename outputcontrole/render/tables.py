"""Tables as CSV: UTF-8, semicolons, one symbol for every hidden number."""

import math
from collections.abc import Sequence

HIDDEN = "."
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return a table as CSV bytes with Unix line ends.

    A label that a spreadsheet would take for a formula gets an apostrophe before it (numbers keep their sign), and
    cells with a separator, quote or line break are quoted (RFC 4180).
    """
    lines = [";".join(_cell(part) for part in row) for row in (header, *rows)]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _cell(text: str) -> str:
    if text.startswith(_FORMULA) and not _is_number(text):
        text = "'" + text
    if any(character in text for character in ';"\n\r'):
        text = '"' + text.replace('"', '""') + '"'
    return text


def _is_number(text: str) -> bool:
    return text.replace("-", "", 1).replace(",", "", 1).isdigit()


def decimal_comma(value: float, decimals: int) -> str:
    """Return a number in Dutch notation with a fixed number of decimals; a missing one as the hidden symbol."""
    if math.isnan(value):
        return HIDDEN
    return f"{value:.{decimals}f}".replace(".", ",")


def significant(number: float, digits: int = 3) -> str:
    """Return a number at a fixed count of significant digits, with a decimal comma and no exponent.

    The fixed precision of statistics whose size is not known beforehand: full precision would give the number of
    units away.
    """
    if number == 0 or not math.isfinite(number):
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(number)))
    rounded = round(number, decimals)
    return f"{rounded:.{max(decimals, 0)}f}".replace(".", ",")
