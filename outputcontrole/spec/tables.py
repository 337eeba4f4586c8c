"""Tables of counts and of sums, with all margins."""

from typing import Literal

from pydantic import Field, model_validator

from outputcontrole.spec.base import OutputBase, Protection
from outputcontrole.spec.source import Filter, Source
from outputcontrole.spec.text import Column, Value
from zoo_formaat.document import Strict


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


class Part(Strict):
    """Numerator or denominator of a ratio: the sum of a measure, or without one the number of counted units."""

    maat: Column | None = None
    filter: Filter = Field(default_factory=list)


class RatioTable(OutputBase):
    """One number per another in each combination of dimensions: a rate, a price per unit, an index.

    teller, noemer: of what; the filter of the output holds for both, their own come on top. maal: what the ratio is
    multiplied by (100 for per cents, 1000 for a rate per thousand). basis: the labels, one per dimension, of the cell
    that is 100; the output is then an index and `maal` plays no part.
    """

    soort: Literal["verhoudingstabel"] = "verhoudingstabel"
    bron: Source
    filter: Filter = Field(default_factory=list)
    dimensies: list[Column] = Field(min_length=1, max_length=3)
    teller: Part
    noemer: Part
    maal: Literal[1, 100, 1000, 10_000, 100_000] = 1
    basis: list[Value] | None = None
    tel: Column | None = None
    bescherming: Protection = "geen"

    @model_validator(mode="after")
    def _consistent(self) -> "RatioTable":
        if self.teller == self.noemer:
            raise ValueError("teller en noemer zijn hetzelfde; de verhouding is dan overal 1")
        if self.basis is not None and len(self.basis) != len(self.dimensies):
            raise ValueError("'basis' noemt van elke dimensie één label")
        return self


class ConcentrationTable(OutputBase):
    """How unevenly a measure is spread over its units, in each combination of dimensions.

    maatstaf: `gini` (0 equal, 1 all with one), `herfindahl` (sum of squared shares), or `aandeel_hoogste`: the share,
    in whole per cents, that the `hoogste` largest units hold together.
    """

    soort: Literal["concentratietabel"] = "concentratietabel"
    bron: Source
    filter: Filter = Field(default_factory=list)
    dimensies: list[Column] = Field(min_length=1, max_length=3)
    maat: Column
    tel: Column
    maatstaf: Literal["gini", "herfindahl", "aandeel_hoogste"] = "gini"
    hoogste: int = Field(default=10, ge=10, le=1000)
    bescherming: Protection = "geen"
