"""What every kind of table has: the rows it is about and the dimensions it is spanned by."""

from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import Field, model_validator

from outputcontrole.spec.base import OutputBase, Protection
from outputcontrole.spec.classes import Edges, refuse_unordered
from outputcontrole.spec.selection import Selection
from outputcontrole.spec.text import Column

Bins = tuple[tuple[str, tuple[float, ...]], ...]


class Tabulated(Selection, OutputBase):
    """A number for each combination of dimensions.

    klassen: of dimensions that are numbers, the ascending boundaries of the classes in which they are shown; a class
    holds its lower boundary, and the first and last have no end. Rows without such a number take no part.
    """

    later: ClassVar[frozenset[str]] = Selection.later | {"klassen"}

    dimensies: list[Column] = Field(min_length=1, max_length=3)
    klassen: dict[Column, Edges] = Field(default_factory=dict, max_length=3)
    bescherming: Protection = "geen"

    @model_validator(mode="after")
    def _classes_of_dimensions(self) -> Self:
        for name, edges in self.klassen.items():
            if name not in self.dimensies:
                raise ValueError(f"'klassen' noemt '{name}', dat geen dimensie is")
            refuse_unordered(edges)
        return self

    @property
    def bins(self) -> Bins:
        """The boundaries per dimension that has classes, in order of the dimensions."""
        return tuple((name, tuple(self.klassen[name])) for name in self.dimensies if name in self.klassen)


def refuse_measured(measure: str, dimensions: Sequence[str]) -> None:
    """Refuse a measure that is a dimension too, for kinds that need each row's own value beside its label."""
    if measure in dimensions:
        raise ValueError("'maat' is ook een dimensie; neem twee verschillende kolommen, of vraag een histogram")
