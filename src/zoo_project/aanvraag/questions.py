"""What every way of asking shares: outputs are checked at once and kept in order."""

from collections.abc import Mapping
from typing import Annotated, Any, NoReturn, Self, get_args, get_origin

from outputcontrole.spec import Output
from zoo_formaat.errors import UserError
from zoo_project.aanvraag.classes import class_values
from zoo_project.aanvraag.sources import (
    feature_values,
    filter_values,
    model_of,
    period_values,
    plain,
    source_values,
)
from zoo_project.statement import closest


def _members(annotation: Any) -> list[Any]:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return list(get_args(annotation))


KINDS: dict[str, type[Any]] = {kind.model_fields["soort"].default: kind for kind in _members(Output)}
"""Every kind of output that the checker knows, by its `soort`."""
_FEATURES = {"kenmerk", "doel"}
_FEATURE_LISTS = {"kenmerken", "gelijk_op"}


class Questions:
    """Outputs in the making. Every method that asks returns the request, so that questions can be chained."""

    _outputs: list[Output]

    def uitvoer(self, soort: str, naam: str, titel: str, **velden: Any) -> Self:
        """Ask any kind of output the checker knows, with the fields of its specification.

        bron, filter, periode, klassen, kenmerk(en) and doel may be written as in the other methods. Raises UserError
        for an unknown kind or field, with the nearest known.
        """
        if soort not in KINDS:
            raise UserError(f"uitvoer '{naam}': soort '{soort}' bestaat niet; {closest(soort, KINDS)}")
        return self._add(KINDS[soort], naam, titel, velden)

    def _add(self, kind: type[Any], naam: str, titel: str, velden: Mapping[str, Any]) -> Self:
        about_areas = "gebied" in kind.model_fields
        values: dict[str, Any] = {"naam": naam, "titel": titel}
        for name, value in velden.items():
            if value is None:
                continue
            if name == "bron":
                values[name] = source_values(value)
            elif name == "filter":
                values[name] = filter_values(value)
            elif name == "periode":
                values[name] = period_values(value)
            elif name == "klassen" and isinstance(value, Mapping):
                values[name] = class_values(value)
            elif about_areas and name in _FEATURES:
                values[name] = feature_values(value)
            elif about_areas and name in _FEATURE_LISTS:
                values[name] = [feature_values(feature) for feature in value]
            elif hasattr(value, "model_dump"):
                values[name] = value.model_dump(mode="json", by_alias=True)
            else:
                values |= plain({name: list(value) if isinstance(value, tuple) else value})
        self._outputs.append(model_of(kind, values, f"uitvoer '{naam}'"))
        return self


def refuse_unknown(where: str, unknown: Mapping[str, Any], known: set[str], instead: Mapping[str, str]) -> None:
    """Refuse arguments that cannot be asked. instead: argument -> what can be done in its place."""
    for name in unknown:
        if name in instead:
            raise UserError(f"{where}: '{name}' kan niet; {instead[name]}")
        raise UserError(f"{where}: onbekend argument '{name}'; {closest(name, known)}")


def refuse(where: str, message: str) -> NoReturn:
    """Refuse with a line that names what was asked."""
    raise UserError(f"{where}: {message}")
