"""What a question is about: sources, filters and features of areas, as one writes them in a notebook."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from outputcontrole.spec import Density, IndicatorSource, OpenFigure, Period, Share, TableSource
from zoo_formaat.document import Model, parse_values

Kenmerk = str | Share | Density | OpenFigure
"""A feature of areas; a text is the name of an indicator."""
Bron = str | IndicatorSource | TableSource
"""A source; a text is the name of an indicator, `bron.tabel`, or `recept.naam` for a recipe of the request."""
Voorwaarde = tuple[str, str] | tuple[str, str, object]
Periode = tuple[str, date | int | str, date | int | str] | Period | Mapping[str, Any]
"""A period: the column, the first and the last day (or year), both included."""
Filter = str | Sequence[Voorwaarde]
"""A filter: text (`woz_waarde > 200000 en niet leeg(bouwjaar)`), or conditions that all hold."""


def indicator(name: str, **parameters: object) -> IndicatorSource:
    """Return an indicator as source of a table, with other parameters than its defaults where given."""
    return model_of(IndicatorSource, {"indicator": name, "parameters": plain(parameters)}, f"indicator '{name}'")


def aandeel(naam: str, indicator: str, **parameters: object) -> Share:
    """Return the share (per cent) of an area's counted units that an indicator points at, as a feature `naam`."""
    values = {"naam": naam, "indicator": indicator, "parameters": plain(parameters)}
    return model_of(Share, values, f"kenmerk '{naam}'")


def dichtheid(
    naam: str,
    tabel: str,
    *,
    tel: str,
    per: str,
    maal: int = 1000,
    filter: Filter = (),
    periode: Periode | None = None,
) -> Density:
    """Return the number of units `tel` in `tabel` per `maal` of the open figure `per` (`bron.tabel.kolom`)."""
    values = {
        "naam": naam,
        "bron": {"tabel": tabel},
        "filter": filter_values(filter),
        "tel": tel,
        "per": per,
        "maal": maal,
        "periode": None if periode is None else period_values(periode),
    }
    return model_of(Density, values, f"kenmerk '{naam}'")


def kerncijfer(naam: str, kolom: str) -> OpenFigure:
    """Return an open figure of the area (`bron.tabel.kolom`) as a feature `naam`."""
    return model_of(OpenFigure, {"naam": naam, "kolom": kolom}, f"kenmerk '{naam}'")


def source_values(bron: Bron | dict[str, Any]) -> dict[str, Any]:
    """Return a source as a specification has it."""
    if isinstance(bron, dict):
        return bron
    if isinstance(bron, str):
        bron = TableSource(tabel=bron) if "." in bron else indicator(bron)
    return bron.model_dump()


def filter_values(filter: Filter) -> str | list[Any]:
    """Return a filter as a specification takes it: text as it is, conditions as tables."""
    if isinstance(filter, str):
        return filter
    names = ("kolom", "is", "waarde")
    return [plain(dict(zip(names, condition, strict=False))) for condition in filter]


def period_values(periode: Periode) -> dict[str, Any]:
    """Return a period as a specification has it."""
    if isinstance(periode, Period):
        return periode.model_dump()
    if isinstance(periode, Mapping):
        return plain(periode)
    return plain(dict(zip(("kolom", "van", "tot"), periode, strict=False)))


def feature_values(feature: Kenmerk | dict[str, Any]) -> dict[str, Any]:
    """Return a feature as a specification has it."""
    if isinstance(feature, dict):
        return feature
    if isinstance(feature, str):
        feature = aandeel(feature, feature)
    return feature.model_dump(mode="json", by_alias=True)


def plain(values: Mapping[str, object]) -> dict[str, object]:
    """Return values as JSON has them: a date as YYYY-MM-DD, also in a list."""

    def one(value: object) -> object:
        if isinstance(value, list | tuple):
            return [one(part) for part in value]
        return value.isoformat() if isinstance(value, date) else value

    return {name: one(value) for name, value in values.items()}


def model_of(kind: type[Model], values: dict[str, Any], where: str) -> Model:
    """Check values against a model. Raises UserError that names the field and the fix."""
    return parse_values(values, kind, where)
