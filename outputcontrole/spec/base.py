"""What every kind of output has."""

from typing import Literal

from outputcontrole.spec.text import Prose, Slug, Title
from zoo_formaat.document import Strict

Protection = Literal["geen", "onderdrukken"]


class OutputBase(Strict):
    """Name (also of its folder in a release), title and note of an output."""

    naam: Slug
    titel: Title
    toelichting: Prose = ""
