"""Prose and code that may leave without being computed again: read whole by both officers."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from outputcontrole.spec.base import OutputBase
from outputcontrole.spec.text import printable

MAX_CHARACTERS = 50_000
MAX_LINE = 400
# Characters of ordinary categories that show as nothing, or as another one's ornament: variation selectors, joiners,
# fillers of Hangul and Khmer, the empty Braille pattern. (Unicode: Default_Ignorable_Code_Point, and U+2800.)
_UNSEEN = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2028, 0x2029),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0000, 0xE0FFF),
)


def readable(text: str) -> str:
    """Refuse a text in which something could travel that a reader does not see, or that has lines too long to read."""
    printable(text)
    if any(low <= ord(character) <= high for character in text for low, high in _UNSEEN):
        raise ValueError("bevat een onzichtbaar teken; typ de tekst opnieuw zonder opmaak")
    if any(character.isspace() and character not in " \n" for character in text):
        raise ValueError("bevat een bijzondere spatie of tab; gebruik gewone spaties")
    for number, line in enumerate(text.split("\n"), start=1):
        if line != line.rstrip():
            raise ValueError(f"regel {number} eindigt op een spatie, die niemand ziet; haal haar weg")
        if len(line) > MAX_LINE:
            raise ValueError(f"regel {number} is langer dan {MAX_LINE} tekens; breek haar af")
    return text


class ProseText(OutputBase):
    """Prose or code without outputs: leaves as it is, marked 'niet herrekend', after both officers read all of it.

    vorm: what it is, which also names the file. tekst: the whole text, lines ended by a newline; ordinary spaces only,
    no invisible characters, no spaces at the end of a line.
    """

    soort: Literal["tekst"] = "tekst"
    vorm: Literal["markdown", "tekst", "python", "sql", "r"] = "markdown"
    tekst: Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS), AfterValidator(readable)]
