"""Tables of counts and of sums, with all margins."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from outputcontrole.spec.dimensions import Tabulated, refuse_measured
from outputcontrole.spec.source import Filter
from outputcontrole.spec.text import Column, Value
from zoo_formaat.document import Strict


class FrequencyTable(Tabulated):
    """How many units there are in each combination of dimensions, with all margins.

    dimensies: 1 to 3 columns; `buurtcode`, `wijkcode` and `gemeentecode` are made from the area code. A dimension
    `buurtcode` brings its wijk and gemeente totals with it. klassen: of dimensions that are numbers, the ascending
    boundaries of the classes in which they are shown; a class holds its lower boundary, the first and the last have no
    end, and rows without such a number take no part. tel: the column with the unit that is counted, distinct; an
    indicator counts what its definition says. gewicht: the column that says how many units of the population each unit
    of a sample stands for; added up per cell, whole, beside the number of units. Each unit then has one row, and every
    rule counts units as they are, whatever they weigh.
    """

    later: ClassVar[frozenset[str]] = Tabulated.later | {"gewicht"}

    soort: Literal["frequentietabel"] = "frequentietabel"
    tel: Column | None = None
    gewicht: Column | None = None

    @model_validator(mode="after")
    def _weight_of_a_unit(self) -> Self:
        if self.gewicht is not None and self.tel is None:
            raise ValueError("zeg met 'tel' welke eenheid het gewicht heeft")
        return self


class MagnitudeTable(Tabulated):
    """The sum, mean, spread or shape of a measure in each combination of dimensions, with all margins.

    statistiek: sums and means in whole units; standard deviation, variance, skewness and excess kurtosis (of a sample,
    as pandas has them) in three digits, over rows. gewicht: the weight of each row of a sample, for sums and means: the
    sum of weight times measure, and that sum divided by the sum of the weights. Every rule counts units as they are.
    """

    later: ClassVar[frozenset[str]] = Tabulated.later | {"gewicht"}

    soort: Literal["magnitudetabel"] = "magnitudetabel"
    maat: Column
    statistiek: Literal["som", "gemiddelde", "standaardafwijking", "variantie", "scheefheid", "kurtosis"] = "gemiddelde"
    tel: Column
    gewicht: Column | None = None

    @model_validator(mode="after")
    def _weighted(self) -> Self:
        if self.gewicht is not None and self.statistiek not in {"som", "gemiddelde"}:
            raise ValueError("'gewicht' kan bij een som en een gemiddelde")
        if self.gewicht == self.maat:
            raise ValueError("'gewicht' en 'maat' zijn dezelfde kolom; vraag een frequentietabel met 'gewicht'")
        return self


class Part(Strict):
    """Numerator or denominator of a ratio: the sum of a measure, or without one the number of counted units."""

    maat: Column | None = None
    filter: Filter = Field(default_factory=list)


class RatioTable(Tabulated):
    """One number per another in each combination of dimensions: a rate, a price per unit, an index.

    teller, noemer: of what; the filter of the output holds for both, their own come on top. maal: what the ratio is
    multiplied by (100 for per cents, 1000 for a rate per thousand). basis: the labels, one per dimension, of the cell
    that is 100; the output is then an index and `maal` plays no part.
    """

    soort: Literal["verhoudingstabel"] = "verhoudingstabel"
    teller: Part
    noemer: Part
    maal: Literal[1, 100, 1000, 10_000, 100_000] = 1
    basis: list[Value] | None = None
    tel: Column | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "RatioTable":
        if self.teller == self.noemer:
            raise ValueError("teller en noemer zijn hetzelfde; de verhouding is dan overal 1")
        if self.basis is not None and len(self.basis) != len(self.dimensies):
            raise ValueError("'basis' noemt van elke dimensie één label")
        return self


class ConcentrationTable(Tabulated):
    """How unevenly a measure is spread over its units, in each combination of dimensions.

    maatstaf: `gini` (0 equal, 1 all with one), `herfindahl` (sum of squared shares), or `aandeel_hoogste`: the share,
    in whole per cents, that the `hoogste` largest units hold together.
    """

    soort: Literal["concentratietabel"] = "concentratietabel"
    maat: Column
    tel: Column
    maatstaf: Literal["gini", "herfindahl", "aandeel_hoogste"] = "gini"
    hoogste: int = Field(default=10, ge=10, le=1000)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse_measured(self.maat, self.dimensies)
        return self
