"""Free text in a specification: short, printable, and read by both officers."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field


def printable(text: str) -> str:
    """Refuse what does not show on an officer's screen: control, format and private-use characters."""
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cf", "Co", "Cn", "Cs"} and character != "\n":
            raise ValueError("bevat een onzichtbaar teken; typ de tekst opnieuw zonder opmaak")
    return text


Title = Annotated[str, Field(min_length=3, max_length=120), AfterValidator(printable)]
Prose = Annotated[str, Field(max_length=2000), AfterValidator(printable)]
Reason = Annotated[str, Field(min_length=10, max_length=2000), AfterValidator(printable)]
Value = Annotated[str, Field(max_length=200), AfterValidator(printable)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,63}$")]
Column = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Table = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$")]
