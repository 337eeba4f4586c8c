"""Declared classes of a number, as a question gives them: ascending boundaries."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

from pydantic import Field

MAX_EDGES = 100
# Up to here a boundary of six decimals is the same number as decimal and as double; one of more decimals is refused by
# the checker with a word (`outputcontrole.classes`).
MAX_EDGE = 9_000_000_000

Edge = Annotated[float, Field(ge=-MAX_EDGE, le=MAX_EDGE)]
Edges = Annotated[list[Edge], Field(min_length=1, max_length=MAX_EDGES)]


def refuse_unordered(edges: Sequence[float]) -> None:
    """Raise ValueError unless every boundary is above the one before."""
    if any(low >= high for low, high in pairwise(edges)):
        raise ValueError("'klassen' moet oplopen, elke grens één keer")
