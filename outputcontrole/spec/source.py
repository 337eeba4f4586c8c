"""Which data a question is about: a table of a package or a registered indicator, and a filter."""

from pydantic import Field

from outputcontrole.spec.filter import Condition, Conjunct, Filter, Scalar
from outputcontrole.spec.text import Column, Table
from zoo_formaat.document import Strict

__all__ = ["Condition", "Conjunct", "Filter", "IndicatorSource", "Scalar", "Source", "TableSource"]


class IndicatorSource(Strict):
    """The rows of an indicator's definition, with other parameters than its defaults where given."""

    indicator: Column
    parameters: dict[Column, Scalar] = Field(default_factory=dict)


class TableSource(Strict):
    """The rows of a table of a data package, named `bron.tabel`."""

    tabel: Table


Source = IndicatorSource | TableSource
