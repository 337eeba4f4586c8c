"""Tables of counts and of sums, with all margins."""

from typing import Literal

from pydantic import Field

from outputcontrole.spec.base import OutputBase, Protection
from outputcontrole.spec.source import Filter, Source
from outputcontrole.spec.text import Column


class FrequencyTable(OutputBase):
    """How many units there are in each combination of dimensions, with all margins.

    dimensies: 1 to 3 columns; `buurtcode`, `wijkcode` and `gemeentecode` are made from the area code. A dimension
    `buurtcode` brings its wijk and gemeente totals with it. tel: the column with the unit that is counted, distinct;
    an indicator counts what its definition says.
    """

    soort: Literal["frequentietabel"] = "frequentietabel"
    bron: Source
    filter: Filter = Field(default_factory=list)
    dimensies: list[Column] = Field(min_length=1, max_length=3)
    tel: Column | None = None
    bescherming: Protection = "geen"


class MagnitudeTable(OutputBase):
    """The sum, mean, standard deviation or variance of a measure per combination of dimensions, with all margins."""

    soort: Literal["magnitudetabel"] = "magnitudetabel"
    bron: Source
    filter: Filter = Field(default_factory=list)
    dimensies: list[Column] = Field(min_length=1, max_length=3)
    maat: Column
    statistiek: Literal["som", "gemiddelde", "standaardafwijking", "variantie"] = "gemiddelde"
    tel: Column
    bescherming: Protection = "geen"
