"""Which rows a question is about: a source, a filter on it, and a period."""

from typing import Any, ClassVar, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from outputcontrole.spec.filter import MAX_CONDITIONS, conditions_of
from outputcontrole.spec.period import Period
from outputcontrole.spec.source import Filter, Source
from zoo_formaat.document import Strict


class Selection(Strict):
    """What every kind has that is about the rows of a source.

    periode: a way to write conditions on a date or a year. They are in `filter` from the moment the question is read,
    so that no kind can forget them and equal questions have equal keys; written down, they are in `periode` alone.
    """

    later: ClassVar[frozenset[str]] = frozenset({"periode"})
    """Fields that version 1 did not have from the start: written down only where they are used, so that the digest of
    a question of before, which stands in signatures, stays what it was."""

    bron: Source
    filter: Filter = Field(default_factory=list)
    periode: Period | None = None

    @model_validator(mode="after")
    def _within_period(self) -> Self:
        if self.periode is not None:
            own = [condition for condition in self.periode.conditions() if condition not in self.filter]
            filters = [*self.filter, *own]
            if sum(1 for _ in conditions_of(filters)) > MAX_CONDITIONS:
                raise ValueError(f"filter en periode hebben samen meer dan {MAX_CONDITIONS} voorwaarden")
            # the model is frozen for those who use it, and still in the making here
            self.__dict__["filter"] = filters
        return self

    @model_serializer(mode="wrap")
    def _as_asked(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = handler(self)
        for name in self.later & values.keys():
            if getattr(self, name) == type(self).model_fields[name].get_default(call_default_factory=True):
                del values[name]
        if self.periode is not None and "filter" in values:
            own = self.periode.conditions()
            values["filter"] = [
                value for value, part in zip(values["filter"], self.filter, strict=True) if part not in own
            ]
        return values
