"""Statistics of position: quantiles, the mode, and what is offered in the place of extremes."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from outputcontrole.spec.base import OutputBase
from outputcontrole.spec.dimensions import Tabulated, refuse_measured
from outputcontrole.spec.selection import Selection
from outputcontrole.spec.text import Column

Point = Annotated[float, Field(ge=0.01, le=0.99)]


class QuantileTable(Tabulated):
    """Quantiles of a measure in each combination of dimensions; 0.5 is the median."""

    soort: Literal["kwantieltabel"] = "kwantieltabel"
    maat: Column
    punten: list[Point] = Field(default_factory=lambda: [0.25, 0.5, 0.75], min_length=1, max_length=9)
    tel: Column

    @model_validator(mode="after")
    def _consistent(self) -> "QuantileTable":
        refuse_measured(self.maat, self.dimensies)
        if any(low >= high for low, high in zip(self.punten, self.punten[1:], strict=False)):
            raise ValueError("'punten' moet oplopen, elk punt één keer")
        return self


class ModeTable(Tabulated):
    """The most frequent value of a characteristic in each combination of dimensions."""

    soort: Literal["modustabel"] = "modustabel"
    dimensies: list[Column] = Field(min_length=1, max_length=2)
    kenmerk: Column
    tel: Column

    @model_validator(mode="after")
    def _of_something_else(self) -> "ModeTable":
        if self.kenmerk in self.dimensies:
            raise ValueError("'kenmerk' is ook een dimensie; de modus is dan het label zelf")
        return self


class Extremes(Selection, OutputBase):
    """Minimum, maximum or range. Always refused: an extreme is one contributor's own value."""

    soort: Literal["extremen"] = "extremen"
    dimensies: list[Column] = Field(min_length=0, max_length=3, default_factory=list)
    maat: Column
    tel: Column
    statistiek: Literal["minimum", "maximum", "bereik"] = "maximum"


class MeanOfExtremes(Tabulated):
    """The mean of the most extreme units, in each combination of dimensions: what is offered for a maximum."""

    soort: Literal["gemiddelde_van_uitersten"] = "gemiddelde_van_uitersten"
    maat: Column
    tel: Column
    kant: Literal["laagste", "hoogste"] = "hoogste"
    aantal: int = Field(default=10, ge=10, le=1000)

    @model_validator(mode="after")
    def _consistent(self) -> "MeanOfExtremes":
        refuse_measured(self.maat, self.dimensies)
        return self
