"""The source contract: what a source holder delivers, on which legal ground, for which purposes, until when.

One TOML file per source, written to be read by a lawyer. Nothing of a delivery is read that the contract does not
describe, and nothing leaves zone 1 that the contract does not name as an output.
"""

import codecs
import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from zoo_formaat.canonical import digest
from zoo_formaat.document import Strict, parse_document, read_bytes
from zoo_formaat.project import Name, Unit

Role = Literal["identifier", "recordnummer", "attribuut", "datum", "gebied", "weglaten", "vrije_tekst"]
Kind = Literal["bsn", "kvk", "verblijfsobject", "huishouden", "registratienummer"]
Category = Literal["gewoon", "bijzonder", "strafrechtelijk"]
ValueType = Literal["tekst", "geheel", "decimaal", "janee", "jaar"]

GEOMETRY = "geometrie"
"""The name under which the geometry of a GeoJSON feature is a column (its GeoJSON text)."""

DOMAIN_OF_KIND: dict[str, str] = {
    "bsn": "persoon",
    "kvk": "rechtspersoon",
    "verblijfsobject": "verblijfsobject",
    "adres": "adres",
    "huishouden": "huishouden",
    "registratienummer": "registratienummer",
}
_UNIT_OF_KIND: dict[str, Unit] = {
    "bsn": "persoon",
    "kvk": "rechtspersoon",
    "verblijfsobject": "adres",
    "huishouden": "huishouden",
}
_OWN_DOMAIN = {"huishouden", "registratienummer"}
"""Identifier kinds without a national definition: a contract may give them a domain of their own."""

_ALWAYS = {"rol", "omschrijving", "categorie"}
_FIELDS_OF_ROLE: dict[str, set[str]] = {
    "identifier": {"vorm", "eenheid", "naar", "domein", "verplicht", "ontbrekend"},
    "recordnummer": {"eenheid", "naar", "domein", "verplicht", "ontbrekend"},
    "attribuut": {"type", "maat", "waarden", "naar", "verplicht", "ontbrekend"},
    "datum": {"bewerking", "naar", "verplicht", "ontbrekend"},
    "gebied": {"naar", "verplicht", "ontbrekend"},
    "weglaten": set(),
    "vrije_tekst": {"behouden_omdat", "naar", "ontbrekend"},
}
_NEEDED_BY_ROLE: dict[str, str] = {"identifier": "vorm", "attribuut": "type"}


class Column(Strict):
    """One column of the delivery: its role, its legal category, and what becomes of it.

    Which fields a role takes stands in `_FIELDS_OF_ROLE`; a field that the role does not know is an error.
    """

    rol: Role
    omschrijving: str = ""
    categorie: Category = "gewoon"
    naar: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{0,62}$")
    vorm: Kind | None = None
    eenheid: Unit | None = None
    domein: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_.:-]{0,100}$")
    verplicht: bool = False
    type: ValueType | None = None
    maat: str | None = None
    waarden: dict[str, str] | None = None
    ontbrekend: list[str] = Field(default_factory=list)
    bewerking: Literal["jaar"] | None = None
    behouden_omdat: str | None = Field(default=None, min_length=10)

    @model_validator(mode="after")
    def _fields_fit_role(self) -> "Column":
        known = _FIELDS_OF_ROLE[self.rol]
        for name in sorted(self.model_fields_set - _ALWAYS - known):
            raise ValueError(f"'{name}' hoort niet bij rol '{self.rol}'; haal het weg of kies een andere rol")
        needed = _NEEDED_BY_ROLE.get(self.rol)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"rol '{self.rol}' vraagt om '{needed}'; voeg het toe")
        if self.domein and self.rol == "identifier" and self.vorm not in _OWN_DOMAIN:
            raise ValueError(f"vorm '{self.vorm}' heeft een vast domein; haal 'domein' weg")
        if self.domein in set(DOMAIN_OF_KIND.values()) - {DOMAIN_OF_KIND.get(self.vorm or "")}:
            raise ValueError("dit domein hoort bij een andere vorm; kies een eigen naam")
        return self

    @property
    def kept(self) -> bool:
        """Whether the column leaves zone 1 in any form."""
        return self.rol != "weglaten" and (self.rol != "vrije_tekst" or self.behouden_omdat is not None)


class Address(Strict):
    """An identifier made of several columns; the table's `adressen` gives it its output name."""

    postcode: str
    huisnummer: str
    huisletter: str | None = None
    toevoeging: str | None = None
    eenheid: Unit = "adres"
    omschrijving: str = ""
    categorie: Category = "gewoon"
    verplicht: bool = False

    @property
    def parts(self) -> list[str]:
        """The source columns the address is made of."""
        return [c for c in (self.postcode, self.huisnummer, self.huisletter, self.toevoeging) if c is not None]


class Flag(Strict):
    """A yes or no about a column: whether it holds one of the named values; the table's `kenmerken` names it.

    For what a source writes in the place of an identifier ('exempt' instead of a registration number): the identifier
    leaves as a pseudonym, or not at all, and the fact beside it. An empty cell stays empty.
    """

    kolom: str
    gelijk_aan: list[str] = Field(min_length=1)
    omschrijving: str = ""
    categorie: Category = "gewoon"


@dataclass(frozen=True)
class Output:
    """A column of the package: its name, what it is made from, and, for a pseudonym, its domain and unit."""

    name: str
    source: Column | Address | Flag
    columns: tuple[str, ...]
    domain: str | None
    unit: Unit | None

    @property
    def type(self) -> str:
        """Table Schema type of the column in the package."""
        if self.domain is not None:
            return "uuid"
        if isinstance(self.source, Flag):
            return "boolean"
        assert isinstance(self.source, Column)  # noqa: S101 - an address always has a domain
        if self.source.rol == "datum":
            return "integer" if self.source.bewerking == "jaar" else "date"
        types = {"geheel": "integer", "jaar": "integer", "decimaal": "number", "janee": "boolean"}
        return types.get(self.source.type or "tekst", "string")


class Table(Strict):
    """One table of the source: which files hold it, how they are read, and its columns."""

    bestand: str = Field(min_length=1)
    formaat: Literal["csv", "sav", "geojson"]
    omschrijving: str = ""
    codering: str = "utf-8"
    scheiding: str = Field(default=";", min_length=1, max_length=1)
    uniek: list[str] = Field(default_factory=list)
    periode: str | None = None
    kolommen: dict[str, Column]
    adressen: dict[str, Address] = Field(default_factory=dict)
    kenmerken: dict[str, Flag] = Field(default_factory=dict)

    @field_validator("codering")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            codecs.lookup(name)
        except LookupError:
            raise ValueError("deze codering bestaat niet; gebruik bijvoorbeeld utf-8 of cp1252") from None
        return name

    @model_validator(mode="after")
    def _consistent(self) -> "Table":
        for name in self.adressen:
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
                raise ValueError(f"adres '{name}': gebruik kleine letters, cijfers en _")
        for name, flag in self.kenmerken.items():
            _known(flag.kolom, self.kolommen, f"kenmerk '{name}' noemt")
        for column in self.uniek:
            _known(column, self.source_columns, "'uniek' noemt")
        if self.periode is not None:
            _known(self.periode, self.kolommen, "'periode' noemt")
            column_of_period = self.kolommen[self.periode]
            if column_of_period.rol != "datum" and column_of_period.type != "jaar":
                raise ValueError("'periode' vraagt om een kolom met rol 'datum' of type 'jaar'")
        names = [output.name for output in self.outputs("bron", "tabel")]
        for name in names:
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
                raise ValueError(f"kolom '{name}' heeft geen bruikbare naam voor het pakket; geef haar 'naar'")
            if names.count(name) > 1:
                raise ValueError(f"twee kolommen heten in het pakket '{name}'; geef er een een ander 'naar'")
        return self

    @property
    def source_columns(self) -> list[str]:
        """Every column the file must have, each once; the file may have no other."""
        parts = [part for address in self.adressen.values() for part in address.parts]
        return list(dict.fromkeys([*self.kolommen, *parts]))

    def outputs(self, source: str, table: str) -> Iterator[Output]:
        """Yield the columns of the package in the order of the contract; addresses and flags follow the columns."""
        for name, column in self.kolommen.items():
            if not column.kept:
                continue
            domain: str | None = None
            unit = column.eenheid
            if column.rol == "identifier":
                kind = column.vorm or ""
                domain = column.domein or DOMAIN_OF_KIND[kind]
                unit = unit or _UNIT_OF_KIND.get(kind)
            elif column.rol == "recordnummer":
                domain = column.domein or f"recordnummer:{source}.{table}"
            yield Output(column.naar or name, column, (name,), domain, unit)
        for name, address in self.adressen.items():
            yield Output(name, address, tuple(address.parts), DOMAIN_OF_KIND["adres"], address.eenheid)
        for name, flag in self.kenmerken.items():
            yield Output(name, flag, (flag.kolom,), None, None)


class Contract(Strict):
    """The content of a source contract, version 1."""

    versie: Literal[1]
    bron: str = Name
    houder: str = Field(min_length=1)
    grondslag: str = Field(min_length=1)
    doelen: list[str] = Field(min_length=1)
    bewaren_tot: date
    synthetisch: bool = False
    openbaar: bool = False
    fouten: Literal["stoppen", "melden"] = "stoppen"
    tabellen: dict[str, Table] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "Contract":
        for name, table in self.tabellen.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
                raise ValueError(f"tabel '{name}': gebruik kleine letters, cijfers en _")
            if self.openbaar and any(output.domain for output in table.outputs(self.bron, name)):
                raise ValueError(f"tabel '{name}' heeft identifiers en kan dus niet openbaar zijn")
        return self

    @property
    def digest(self) -> str:
        """`sha256:<hex>` of the content as written (spacing, order and comments do not count)."""
        return digest(self.model_dump(mode="json", exclude_unset=True))


def load_contract(path: Path) -> Contract:
    """Read a contract. Raises UserError with file, line and fix for an unknown field, wrong or missing value."""
    return parse_document(read_bytes(path, "contract"), Contract, str(path))


def closest(name: str, known: Iterable[str]) -> str:
    """Return ` (bedoelde u 'x'?)` for the nearest known name, or nothing when none is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (bedoelde u '{near[0]}'?)" if near else ""


def _known(name: str, known: Iterable[str], what: str) -> None:
    known = list(known)
    if name not in known:
        raise ValueError(f"{what} kolom '{name}' die er niet is{closest(name, known)}")
