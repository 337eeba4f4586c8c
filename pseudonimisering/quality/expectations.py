"""Which column is expected to be contained in which: declared in a file, or derived from the domains.

Derived: of every domain the column that is a register of its units (one row per unit, nearly always filled), and every
other column of the domain is expected in it. Where several columns are registers, the country's base register of that
domain goes first, else the one with the most units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from pseudonimisering.quality.sources import KeyColumn, share
from pseudonimisering.quality.units import Units
from zoo_formaat.document import Strict, parse_document, read_bytes
from zoo_formaat.errors import UserError

DERIVED_MINIMUM = 0.95
"""Below this share of found units a derived expectation is worth a look; it is no norm of anybody."""

_REGISTER_UNIQUE = 0.98
_REGISTER_FILLED = 0.95
BASE_REGISTERS = {
    "persoon": "brp",
    "huishouden": "brp",
    "rechtspersoon": "kvk",
    "vestiging": "kvk",
    "adres": "bag",
    "verblijfsobject": "bag",
    "pand": "bag",
    "nummeraanduiding": "bag",
}
"""Domain -> the source that is its base register by law (stelsel van basisregistraties)."""


class Declared(Strict):
    """One declared expectation: the units of `van` occur in `in`, at least this share of them."""

    van: str = Field(pattern=r"^[^.]+\.[^.]+\.[^.]+$")
    # `in` is a word of Python
    naar: str = Field(alias="in", pattern=r"^[^.]+\.[^.]+\.[^.]+$")
    minimum: float = Field(default=1.0, ge=0, le=1)


class Declarations(Strict):
    """A file with declared expectations, version 1."""

    versie: Literal[1]
    verwacht: list[Declared] = Field(min_length=1)


@dataclass(frozen=True)
class Expectation:
    """The units of `column` are expected in `register`. declared: False when derived from the domain."""

    column: KeyColumn
    register: KeyColumn
    minimum: float
    declared: bool


def load_declarations(path: Path) -> list[Declared]:
    """Read a file with expectations. Raises UserError with file, line and fix."""
    return parse_document(read_bytes(path, "bestand met verwachtingen"), Declarations, str(path)).verwacht


def is_register(units: Units, column: KeyColumn) -> bool:
    """Whether a column has one row per unit and is nearly always filled."""
    rows = units.rows(column)
    filled = share(rows, column.resource.rijen)
    return filled >= _REGISTER_FILLED and share(units.distinct([column]), rows) >= _REGISTER_UNIQUE


def register_of(units: Units) -> KeyColumn | None:
    """Return the column that is the register of the domain, or None when no column has one row per unit."""
    registers = [column for column in units.columns if is_register(units, column)]
    if not registers:
        return None
    base = BASE_REGISTERS.get(units.columns[0].domain)
    return min(registers, key=lambda column: (column.source.name != base, -units.distinct([column]), column.name))


def expectations(domains: Mapping[str, Units], declared: Sequence[Declared]) -> list[Expectation]:
    """Return what is expected: what is declared, and for every other column of a domain what is derived.

    Raises UserError for a declaration that names a column that no package has, or two columns of different domains.
    """
    columns = {column.name: column for units in domains.values() for column in units.columns}
    found = []
    for entry in declared:
        for name in (entry.van, entry.naar):
            if name not in columns:
                raise UserError(f"verwachting noemt '{name}', maar geen pakket heeft die kolom met een pseudoniem")
        one, other = columns[entry.van], columns[entry.naar]
        if one.domain != other.domain:
            raise UserError(
                f"verwachting: '{entry.van}' heeft domein '{one.domain}' en '{entry.naar}' domein '{other.domain}'; "
                "die zijn niet koppelbaar"
            )
        found.append(Expectation(one, other, entry.minimum, declared=True))
    named = {entry.van for entry in declared}
    for units in domains.values():
        register = register_of(units)
        if register is None:
            continue
        found += [
            Expectation(column, register, DERIVED_MINIMUM, declared=False)
            for column in units.columns
            if column.name not in named | {register.name}
        ]
    return found
