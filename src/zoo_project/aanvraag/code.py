"""Questions written as the code that asks them, ready to be pasted into a cell."""

from collections.abc import Mapping
from typing import Any

from outputcontrole.spec.filter import filter_of_record, filter_text

# Kinds with a method of their own that takes the fields of the specification; the others go through `uitvoer`.
METHODS = {
    "frequentietabel": "tabel",
    "magnitudetabel": "magnitude",
    "kwantieltabel": "kwantielen",
    "modustabel": "modus",
    "concentratietabel": "concentratie",
    "gemiddelde_van_uitersten": "gemiddelde_van_uitersten",
    "kaart": "kaart",
    "hotspotkaart": "hotspotkaart",
    "referentiebeeld": "referentiebeeld",
    "kleinegebiedsschatting": "kleinegebiedsschatting",
    "clusterprofiel": "clusterprofiel",
    "beslisboom": "beslisboom",
    "tekst": "tekst",
}


def question(kind: str, fields: Mapping[str, Any], naam: str, titel: str) -> str:
    """Return the code that asks an output of a kind with these fields of its specification."""
    first = (naam, titel) if kind in METHODS else (kind, naam, titel)
    arguments = [python(part) for part in first]
    arguments += [f"{name}={python(as_written(name, value))}" for name, value in fields.items()]
    return f"{METHODS.get(kind, 'uitvoer')}({', '.join(arguments)})"


def as_written(name: str, value: Any) -> Any:
    """Return a source and an indicator as its name, and a filter as text, as one writes them."""
    if name == "bron" and isinstance(value, dict) and not value.get("parameters"):
        return f"recept.{value['recept']}" if "recept" in value else value.get("tabel") or value.get("indicator")
    if name == "filter" and isinstance(value, list):
        return filter_text(filter_of_record(value))
    if name in {"kenmerk", "doel"} and isinstance(value, dict):
        return _feature(value)
    if name == "kenmerken" and isinstance(value, list):
        return [_feature(feature) for feature in value]
    return value


def _feature(value: dict[str, Any]) -> Any:
    plain = value.get("naam") == value.get("indicator") is not None and not value.get("parameters")
    return value["naam"] if plain else value


def python(value: Any) -> str:
    """Return a JSON value as Python source, texts between double quotes where that is as short."""
    if isinstance(value, str):
        return f'"{value}"' if value.isprintable() and not set('"\\') & set(value) else repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(python, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{python(key)}: {python(part)}" for key, part in value.items()) + "}"
    return repr(value)
