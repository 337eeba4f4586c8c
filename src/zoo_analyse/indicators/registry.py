"""Which indicators there are, what each means, and which parameters each takes."""

import datetime as dt
import difflib
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

from zoo_analyse.errors import ParameterError, UnknownIndicator

ParameterValue = int | dt.date | str

_KINDS: Mapping[str, type] = MappingProxyType({"geheel": int, "datum": dt.date, "tekst": str})
_EXPECTED: Mapping[str, str] = MappingProxyType(
    {"geheel": "een geheel getal", "datum": "een datum als 2016-12-31", "tekst": "een tekst"}
)


@dataclass(frozen=True)
class Parameter:
    """One named, changeable number, date or text in a definition.

    type: 'geheel' (int), 'datum' (date, or ISO text) or 'tekst'. minimum: smallest 'geheel', or None.
    """

    type: str
    standaard: ParameterValue
    omschrijving: str
    minimum: int | None = None

    def __post_init__(self) -> None:
        """A definition that contradicts itself is a bug in the package, found when it is read."""
        if self.type not in _KINDS:
            raise ValueError(f"unknown parameter type {self.type!r}; there are {sorted(_KINDS)}")
        if self.parse(self.standaard, "standaard") != self.standaard:
            raise ValueError(f"default {self.standaard!r} is not of type {self.type!r}")

    def parse(self, value: object, label: str) -> ParameterValue:
        """The value in the parameter's own type; ParameterError names the parameter by `label`."""
        if self.type == "datum" and isinstance(value, str):
            try:
                value = dt.date.fromisoformat(value)
            except ValueError as error:
                raise ParameterError(f"parameter {label}: verwacht {_EXPECTED['datum']}") from error
        # A bool is an int and a datetime is a date to Python; neither is what a reader of the SQL expects.
        right_type = isinstance(value, _KINDS[self.type]) and not isinstance(value, bool | dt.datetime)
        if not right_type or not isinstance(value, int | dt.date | str):
            raise ParameterError(f"parameter {label}: verwacht {_EXPECTED[self.type]}")
        if self.minimum is not None and isinstance(value, int) and value < self.minimum:
            raise ParameterError(f"parameter {label}: moet ten minste {self.minimum} zijn")
        return value


@dataclass(frozen=True)
class Indicator:
    """One indicator: the definition (`sql`) and what a reader needs to judge it.

    sql: DuckDB SELECT with the named parameters of `parameters`; one row per thing counted, columns
        `buurtcode` (VARCHAR, NULL when the thing cannot be placed), `waarde` (BOOLEAN, NULL = unknown) and
        the columns of `eenheden`.
    geteld: the column of `eenheden` that is counted; a thing is in one row, so in one area and of one
        value: counts add up over areas.
    eenheden: column (UUID, or UUID[] for a plural name) -> protected unit kind (adres, eigenaar, persoon,
        rechtspersoon, ...): every unit whose data could change the row.
    bronnen: table 'bron.tabel' -> the columns the definition reads.
    """

    naam: str
    titel: str
    definitie: str
    risico: str
    hoe_zichtbaar: str
    haalbaarheid: str
    beperkingen: tuple[str, ...]
    bron_document: str
    parameters: Mapping[str, Parameter]
    bronnen: Mapping[str, tuple[str, ...]]
    geteld: str
    eenheden: Mapping[str, str]
    sql: str

    def bind(self, parameters: Mapping[str, object]) -> dict[str, ParameterValue]:
        """All parameters of the definition with a value: the given ones checked, the others default.

        Raises ParameterError for a name the definition does not have, a wrong type, or too small a number.
        """
        for name in parameters:
            if name not in self.parameters:
                known = ", ".join(self.parameters)
                raise ParameterError(
                    f"indicator {self.naam} heeft geen parameter {name!r}{_close(name, self.parameters)}; wel: {known}"
                )
        return {
            name: parameter.parse(parameters.get(name, parameter.standaard), f"{name} van {self.naam}")
            for name, parameter in self.parameters.items()
        }


def _close(name: str, known: Mapping[str, Any]) -> str:
    match = difflib.get_close_matches(name, known, n=1)
    return f" (bedoelt u {match[0]}?)" if match else ""


def _read(toml_text: str, sql: str) -> Indicator:
    """An Indicator from its two files; TypeError or ValueError when the files are not a definition."""
    data = tomllib.loads(toml_text)
    parameters = {name: Parameter(**entry) for name, entry in data.pop("parameters", {}).items()}
    indicator = Indicator(
        parameters=MappingProxyType(parameters),
        bronnen=MappingProxyType({table: tuple(columns) for table, columns in data.pop("bronnen").items()}),
        eenheden=MappingProxyType(data.pop("eenheden")),
        beperkingen=tuple(data.pop("beperkingen")),
        sql=sql,
        **data,
    )
    if indicator.geteld not in indicator.eenheden:
        raise ValueError(f"{indicator.naam}: geteld {indicator.geteld!r} is not one of its eenheden")
    return indicator


@functools.cache
def _all() -> Mapping[str, Indicator]:
    folder = resources.files(__package__)
    found = {}
    for entry in folder.iterdir():
        if entry.name.endswith(".toml"):
            name = entry.name.removesuffix(".toml")
            sql = folder.joinpath(f"{name}.sql").read_text(encoding="utf-8")
            indicator = _read(entry.read_text(encoding="utf-8"), sql)
            if indicator.naam != name:
                raise ValueError(f"{entry.name} defines {indicator.naam!r}")
            found[name] = indicator
    return MappingProxyType(dict(sorted(found.items())))


def names() -> list[str]:
    """The names of all indicators, in alphabetical order."""
    return list(_all())


def get(name: str) -> Indicator:
    """The indicator of that name; UnknownIndicator lists the names there are and the nearest one."""
    indicators = _all()
    if name not in indicators:
        known = ", ".join(indicators)
        raise UnknownIndicator(f"er is geen indicator {name!r}{_close(name, indicators)}; wel: {known}")
    return indicators[name]
