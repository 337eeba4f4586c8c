"""Figures of distributions and of tables. What is drawn are the numbers of a protected table, which goes along."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from outputcontrole.spec.base import OutputBase, Protection
from outputcontrole.spec.classes import Edge, refuse_unordered
from outputcontrole.spec.selection import Selection
from outputcontrole.spec.text import Column
from zoo_formaat.document import Strict

Edges = Annotated[list[Edge], Field(min_length=2, max_length=60)]


class Histogram(Selection, OutputBase):
    """How many units have a value in each declared class of a measure, drawn as bars.

    klassen: the ascending boundaries between classes; a class holds its lower boundary, and below the first and from
    the last boundary on is a class without an end. per: a characteristic with a panel for each of its labels.
    """

    soort: Literal["histogram"] = "histogram"
    maat: Column
    klassen: Edges
    per: Column | None = None
    tel: Column
    bescherming: Protection = "geen"

    @model_validator(mode="after")
    def _consistent(self) -> "Histogram":
        refuse_unordered(self.klassen)
        _refuse_same(self.maat, self.per, "per")
        return self


class DensityCurve(Selection, OutputBase):
    """The distribution of a measure as a line through the counts of declared classes (a frequency polygon).

    klassen: as of a histogram, with at least two classes between the open ends. The output is refused when any class
    falls below the rules: a density made of raw values would tell them.
    """

    soort: Literal["dichtheid"] = "dichtheid"
    maat: Column
    klassen: Annotated[list[Edge], Field(min_length=3, max_length=60)]
    tel: Column

    @model_validator(mode="after")
    def _ascending(self) -> "DensityCurve":
        refuse_unordered(self.klassen)
        return self


class BoxPlot(Selection, OutputBase):
    """Median, quartiles and the points of 5 and 95 per cent of a measure, for each label of a characteristic.

    No outliers: the whiskers end at the points of 5 and 95 per cent, and every point is an average (see
    `kwantieltabel`).
    """

    soort: Literal["boxplot"] = "boxplot"
    maat: Column
    per: Column
    tel: Column
    bescherming: Protection = "geen"

    @model_validator(mode="after")
    def _consistent(self) -> "BoxPlot":
        _refuse_same(self.maat, self.per, "per")
        return self


class ChartBase(Selection, OutputBase):
    """What bar and line chart have in common: counts, or with `maat` sums or means, over one or two dimensions.

    klassen: for a dimension that is a number, the boundaries of the classes in which it is shown.
    """

    dimensies: list[Column] = Field(min_length=1, max_length=2)
    klassen: dict[Column, Edges] = Field(default_factory=dict, max_length=2)
    maat: Column | None = None
    statistiek: Literal["aantal", "som", "gemiddelde"] = "aantal"
    tel: Column | None = None
    bescherming: Protection = "geen"

    @model_validator(mode="after")
    def _consistent(self) -> "ChartBase":
        if (self.maat is None) != (self.statistiek == "aantal"):
            raise ValueError("som en gemiddelde hebben een 'maat' nodig, een aantal heeft er geen")
        if self.maat is not None and self.tel is None:
            raise ValueError("zeg met 'tel' welke eenheid achter de maat geteld wordt")
        for name, edges in self.klassen.items():
            if name not in self.dimensies:
                raise ValueError("'klassen' noemt een kolom die geen dimensie is")
            refuse_unordered(edges)
        return self


class BarChart(ChartBase):
    """Counts, sums or means as bars: one per label of the first dimension, in colours per label of the second.

    dimensies, klassen: one or two columns; of a number, `klassen` gives the boundaries of its classes. statistiek:
    `aantal`, or with `maat` `som` or `gemiddelde`.
    """

    soort: Literal["staafdiagram"] = "staafdiagram"


class LineChart(ChartBase):
    """Counts, sums or means as lines over a number, a date or declared classes; a line per label of the second.

    Fields as of a bar chart. stap: how far apart neighbouring points are: in the number itself, of dates in months when
    they are all first days of a month, else in days. A line breaks where a point may not be shown or is not there.
    """

    soort: Literal["lijndiagram"] = "lijndiagram"
    stap: int = Field(default=1, ge=1, le=1000)


class ScatterPlot(Selection, OutputBase):
    """Two measures against each other, a point per unit. Always refused: a point is one unit's own values."""

    soort: Literal["spreidingsdiagram"] = "spreidingsdiagram"
    x: Column
    y: Column
    tel: Column


class GridAxis(Strict):
    """One side of a grid: a column, where the grid begins, how wide a square is and how many there are."""

    kolom: Column
    van: Edge
    stap: float = Field(ge=0.000001, le=1_000_000_000)
    aantal: int = Field(ge=2, le=20)

    @property
    def edges(self) -> list[float]:
        """The boundaries of the squares, computed in decimals so that they are the numbers as written."""
        start, step = Decimal(repr(self.van)), Decimal(repr(self.stap))
        return [float(start + number * step) for number in range(self.aantal + 1)]


class GridPlot(Selection, OutputBase):
    """How many units there are in each square of a declared grid over two measures: what is offered for points.

    Beyond the grid are strips without an end; their counts are in the table only.
    """

    soort: Literal["rasterdiagram"] = "rasterdiagram"
    x: GridAxis
    y: GridAxis
    tel: Column
    bescherming: Protection = "geen"

    @model_validator(mode="after")
    def _consistent(self) -> "GridPlot":
        if self.x.kolom == self.y.kolom:
            raise ValueError("x en y zijn dezelfde kolom; kies er twee")
        return self


class LorenzCurve(Selection, OutputBase):
    """Which part of a measure the lowest tenth, two tenths, … of the units hold together.

    Over all units of the filter at once, in tenths of the units; refused below ten times the threshold.
    """

    soort: Literal["lorenzcurve"] = "lorenzcurve"
    maat: Column
    tel: Column


def _refuse_same(measure: str, other: str | None, name: str) -> None:
    if measure == other:
        raise ValueError(f"'maat' en '{name}' zijn dezelfde kolom; kies een kenmerk")
