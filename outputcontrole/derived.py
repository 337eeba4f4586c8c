"""Rows that a kind makes of a source before anything is counted: the rows with an event, the steps of sequences.

They are no part of the language of questions: a kind names them in its tables, so that what it counts is judged,
protected and remembered like every table, in one system with all others that count the same units. Every row keeps all
columns with protected units of the rows it comes from.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_serializer

from outputcontrole.access import quoted
from outputcontrole.spec.filter import Filter, Node, canonical_filter, record_of
from outputcontrole.spec.source import Source
from outputcontrole.spec.text import Column
from zoo_analyse.errors import FeatureError
from zoo_analyse.sequences import COLUMNS, Part, Repeats, sequence_sql
from zoo_formaat.document import Strict
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription

_TIMES = frozenset({"integer", "number", "date"})


class EventSource(Strict):
    """The rows of a source in which an event was seen before `tot`, the end of the last step of time."""

    bron: Source
    gebeurtenis: Column
    duur: Column
    tot: float


class SequenceSource(Strict):
    """The rows of a source as (parts of) sequences of states; see `zoo_analyse.sequences`."""

    bron: Source
    filter: Filter = Field(default_factory=list)
    eenheid: Column
    toestand: Column
    volgorde: Column
    herhalingen: Repeats
    onderdeel: Part

    @property
    def conditions(self) -> tuple[Node, ...]:
        """The filter in its normal form."""
        return tuple(canonical_filter(self.filter))

    @model_serializer(mode="plain")
    def _record(self) -> dict[str, Any]:
        # Equal filters, however written, are one question.
        return {
            "bron": self.bron.model_dump(mode="json"),
            "filter": record_of(self.conditions),
            **{name: getattr(self, name) for name in ("eenheid", "toestand", "volgorde", "herhalingen", "onderdeel")},
        }


DERIVED = EventSource | SequenceSource
AnySource = Source | EventSource | SequenceSource


def base_of(source: AnySource) -> Source:
    """Return the source of a question that rows are made of; of a source of a question itself."""
    return source.bron if isinstance(source, DERIVED) else source


def derived_of_record(record: Mapping[str, Any]) -> EventSource | SequenceSource | None:
    """Rebuild a derived source from how it is written down; None for the source of a question."""
    if "bron" not in record:
        return None
    return (SequenceSource if "toestand" in record else EventSource).model_validate(dict(record))


def derived_columns(
    source: EventSource | SequenceSource, base: Mapping[str, FieldDescription]
) -> dict[str, FieldDescription]:
    """Return the columns of the rows that are made; base: those of the source's rows."""
    if isinstance(source, EventSource):
        return dict(base)
    units = {name: field for name, field in base.items() if field.eenheid is not None}
    kind = "integer" if source.onderdeel == "lengte" else "string"
    return units | {name: FieldDescription(name=name, type=kind) for name in COLUMNS[source.onderdeel]}


def check_derived(source: EventSource | SequenceSource, base: Mapping[str, FieldDescription], where: str) -> None:
    """Raise UserError for a column that is not there or cannot be what it is named for."""
    known = ", ".join(sorted(base))

    def kind(column: str, name: str) -> str:
        if column not in base:
            raise UserError(f"{where}: {name} '{column}' bestaat niet in deze bron; er zijn: {known}")
        return base[column].type

    if isinstance(source, EventSource):
        if kind(source.gebeurtenis, "gebeurtenis") not in {"boolean", "integer", "number"}:
            raise UserError(f"{where}: gebeurtenis '{source.gebeurtenis}' is geen ja/nee en geen 0 of 1")
        return
    if kind(source.toestand, "toestand") == "uuid":
        raise UserError(f"{where}: '{source.toestand}' is een pseudoniem en kan geen toestand zijn; kies een kenmerk")
    if kind(source.volgorde, "volgorde") not in _TIMES:
        raise UserError(f"{where}: volgorde '{source.volgorde}' is geen datum en geen getal")
    _sequence(source, "rijen", base, "true", where)


def derived_sql(
    source: EventSource | SequenceSource, rows: str, base: Mapping[str, FieldDescription], where: str
) -> str:
    """Return SQL for the rows that are made of those in `rows` (a quoted name).

    where: SQL of the filter that is part of the source.
    """
    if isinstance(source, EventSource):
        return (
            f"SELECT * FROM {rows} WHERE CAST({quoted(source.gebeurtenis)} AS DOUBLE) = 1 "
            f"AND {quoted(source.duur)} < CAST({source.tot:.6f} AS DECIMAL(38, 6))"
        )
    return _sequence(source, rows, base, where, source.eenheid)


def _sequence(source: SequenceSource, rows: str, base: Mapping[str, FieldDescription], where: str, named: str) -> str:
    keep = tuple(name for name, field in base.items() if field.eenheid is not None)
    try:
        return sequence_sql(
            rows,
            source.onderdeel,
            unit=source.eenheid,
            state=source.toestand,
            order=source.volgorde,
            keep=keep,
            where=where,
            repeats=source.herhalingen,
        )
    except FeatureError as error:
        raise UserError(f"{named}: {error}") from None
