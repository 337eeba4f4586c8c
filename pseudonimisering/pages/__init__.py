"""Pages of zone 1: one HTML file each, that needs no network and no script, in Dutch or English."""

import re
from pathlib import Path
from typing import Any, Literal

from zoo_formaat.atomic import write_file

Language = Literal["nl", "en"]

_OWNER_ONLY = 0o600


def number(value: float, language: Language = "nl", decimals: int = 0) -> str:
    """Return a number with the separators of the language: 1.234,5 in Dutch."""
    text = f"{value:,.{decimals}f}"
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def percent(value: float, language: Language = "nl") -> str:
    """Return a share as a percentage that never rounds to 0 or 100 what is not exactly that."""
    shown = 100 * value
    if 99.95 <= shown < 100:
        return f">{number(99.9, language, 1)} %"
    if 0 < shown < 0.05:
        return f"<{number(0.1, language, 1)} %"
    return f"{number(shown, language, 1)} %"


def render(template: str, language: Language, **values: Any) -> str:
    """Return a page made of a template of this folder.

    In the template `t(dutch, english)` chooses a text, `n` and `p` write numbers and shares, and the filter `name` lets
    a long name break after a dot or underscore; every value is escaped.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup, escape

    environment = Environment(
        loader=PackageLoader("pseudonimisering.pages", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = lambda dutch, english: english if language == "en" else dutch
    environment.globals["n"] = lambda value, decimals=0: number(value, language, decimals)
    environment.globals["p"] = lambda value: percent(value, language)
    environment.globals["language"] = language
    # what stands between dots is escaped; only our own tag is not
    environment.filters["name"] = lambda text: Markup("<wbr>").join(
        escape(part) for part in re.findall(r"[^._]*[._]?", text) if part
    )
    return environment.get_template(template).render(**values)


def write_page(path: Path, page: str) -> None:
    """Write a page whole or not at all, readable by its owner only: figures from microdata are passed on knowingly."""
    write_file(path, page.encode(), mode=_OWNER_ONLY)
