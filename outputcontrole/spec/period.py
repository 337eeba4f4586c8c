"""A period: the days or years that a question is about, first and last included."""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from outputcontrole.spec.filter import Condition
from outputcontrole.spec.text import Column
from zoo_formaat.document import Strict

_MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)


def _a_day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("is geen datum die bestaat; schrijf JJJJ-MM-DD") from None
    return text


Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_a_day)]
Year = Annotated[int, Field(ge=1500, le=2500)]


class Period(Strict):
    """From one day or year to another, both included, of a column with dates or with years.

    kolom: of dates (van and tot are days, written YYYY-MM-DD) or of whole numbers (van and tot are years).
    """

    kolom: Column
    van: Day | Year
    tot: Day | Year

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if isinstance(self.van, int) != isinstance(self.tot, int):
            raise ValueError("'van' en 'tot' zijn allebei een datum of allebei een jaar")
        # days written with zeros are in order of time when they are in order of text
        if str(self.van) > str(self.tot):
            raise ValueError("de periode eindigt voor zij begint; wissel 'van' en 'tot'")
        return self

    @property
    def of_years(self) -> bool:
        """Whether it is about years, and not about days."""
        return isinstance(self.van, int)

    def conditions(self) -> tuple[Condition, ...]:
        """Return the conditions of a filter that mean the same; of one day or year a single one."""
        ends = [("=", self.van)] if self.van == self.tot else [(">=", self.van), ("<=", self.tot)]
        return tuple(Condition.model_validate({"kolom": self.kolom, "is": sign, "waarde": end}) for sign, end in ends)

    def in_words(self) -> str:
        """Return the period as a reader of a release sees it."""
        first, last = _in_words(self.van), _in_words(self.tot)
        span = first if self.van == self.tot else f"{first} tot en met {last}"
        return f"{span} ({self.kolom.replace('_', ' ')})"


def _in_words(end: str | int) -> str:
    if isinstance(end, int):
        return str(end)
    day = date.fromisoformat(end)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
