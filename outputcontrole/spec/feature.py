"""What is known of an area: the columns of a profile, the inputs of a tree, the colour of a map."""

from typing import Annotated, Literal

from pydantic import Field

from outputcontrole.spec.selection import Selection
from outputcontrole.spec.source import Scalar, TableSource
from outputcontrole.spec.text import Column
from zoo_formaat.document import Strict

AreaLevel = Literal["buurt", "wijk", "gemeente"]


class Share(Strict):
    """The share (per cent) of all counted units of an area that an indicator points at; unknown is not pointed at."""

    soort: Literal["aandeel"] = "aandeel"
    naam: Column
    indicator: Column
    parameters: dict[Column, Scalar] = Field(default_factory=dict)


class Density(Selection):
    """The number of units in a table per `maal` of an open figure of the area (listings per 1,000 dwellings)."""

    soort: Literal["dichtheid"] = "dichtheid"
    naam: Column
    bron: TableSource
    tel: Column
    per: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
    maal: int = Field(default=1000, ge=1, le=100_000)


class OpenFigure(Strict):
    """A figure of the area that is public already, from a package whose contract says `openbaar`."""

    soort: Literal["kerncijfer"] = "kerncijfer"
    naam: Column
    kolom: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")


Feature = Annotated[Share | Density | OpenFigure, Field(discriminator="soort")]
