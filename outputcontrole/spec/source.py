"""Which data a question is about: a table of a package or a registered indicator, and a filter."""

from typing import Literal

from pydantic import Field, model_validator

from outputcontrole.spec.text import Column, Table, Value
from zoo_formaat.document import Strict

Scalar = Value | int | bool


class IndicatorSource(Strict):
    """The rows of an indicator's definition, with other parameters than its defaults where given."""

    indicator: Column
    parameters: dict[Column, Scalar] = Field(default_factory=dict)


class TableSource(Strict):
    """The rows of a table of a data package, named `bron.tabel`."""

    tabel: Table


Source = IndicatorSource | TableSource

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "leeg", "niet leeg"]


class Condition(Strict):
    """One condition on a column. The conditions of a filter all hold at once.

    `waarde` is a text, a whole number, true or false, a date as YYYY-MM-DD, or, with `in`, a list of these. It
    reaches the database as a bound parameter only.
    """

    kolom: Column
    is_: Operator = Field(alias="is")
    waarde: Scalar | list[Scalar] | None = None

    @model_validator(mode="after")
    def _value_fits(self) -> "Condition":
        if self.is_ in {"leeg", "niet leeg"}:
            if self.waarde is not None:
                raise ValueError(f"'{self.is_}' heeft geen waarde nodig; laat 'waarde' weg")
        elif self.is_ == "in":
            if not isinstance(self.waarde, list) or not 1 <= len(self.waarde) <= 1000:
                raise ValueError("'in' verwacht een lijst van 1 tot 1000 waarden")
        elif self.waarde is None or isinstance(self.waarde, list):
            raise ValueError(f"'{self.is_}' verwacht één waarde")
        return self


Filter = list[Condition]
