"""One table of a source: its files and how they are read, its columns, and what leaves zone 1 of it."""

import codecs
import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pseudonimisering.contract.columns import DOMAIN_OF_KIND, OUTPUT_NAME, Address, Column, Flag, Person, unit_of_kind
from zoo_formaat.document import FieldError, Strict
from zoo_formaat.project import Unit

GEOMETRY = "geometrie"
"""The name under which the geometry of a GeoJSON feature is a column (its GeoJSON text)."""

FIELDS_OF_FORMAT: dict[str, set[str]] = {
    "csv": {"codering", "scheiding"},
    "sav": {"codering"},
    "dta": {"codering"},
    "xlsx": {"blad"},
    "parquet": set(),
    "geojson": set(),
}
CODE = "_code"
"""What a pseudonym column's name gets behind it for the column with its 32-bit codes."""

# Names of hosts, and ways to write text in other letters: `\\u00e9` in a file is six characters of the holder's own.
_OF_NO_FILE = {"idna", "punycode", "utf-7", "unicode-escape", "raw-unicode-escape"}
_FIELDS_OF_SOME_FORMATS = ("codering", "scheiding", "blad")
_SUFFIXES: dict[str, str] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".sav": "sav",
    ".zsav": "sav",
    ".dta": "dta",
    ".xlsx": "xlsx",
    ".xlsb": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
    ".parquet": "parquet",
    ".geojson": "geojson",
}


class Rarity(Strict):
    """Columns that together could single somebody out, and how many protected units of a combination are enough.

    Combinations of fewer than `k` units (rows, in a table without units) are reported in zone 1 when a package is made.
    """

    kolommen: list[str] = Field(min_length=1, description="quasi-identifiers: names of columns in the package")
    k: int = Field(ge=2, description="smallest number of units of a combination that is not called rare")


@dataclass(frozen=True)
class Output:
    """A column of the package: its name, what it is made from, and, for a pseudonym, its domain and unit."""

    name: str
    source: Column | Address | Person | Flag
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
        assert isinstance(self.source, Column)  # noqa: S101 - an address and a name always have a domain
        if self.source.rol == "datum":
            return "integer" if (self.source.generalisation or ("",))[0] in {"jaar", "jaren"} else "date"
        types = {"geheel": "integer", "jaar": "integer", "decimaal": "number", "janee": "boolean"}
        return types.get(self.source.type or "tekst", "string")

    @property
    def coverage(self) -> float | None:
        """Smallest share of the rows that the contract wants to have a usable value, or None."""
        return None if isinstance(self.source, Flag) else self.source.dekking


class Table(Strict):
    """One table of the source: which files hold it, how they are read, and its columns."""

    bestand: str = Field(min_length=1, description="name of the file or files; `*` stands for any text")
    formaat: Literal["csv", "sav", "dta", "xlsx", "parquet", "geojson"] = Field(description="format of the file")
    omschrijving: str = Field(default="", description="what one row is")
    codering: str = Field(default="utf-8", description="character encoding of a CSV, SPSS or Stata file")
    scheiding: str = Field(default=";", min_length=1, max_length=1, description="separator of a CSV file")
    blad: str | None = Field(default=None, min_length=1, description="sheet of an XLSX file; default the first")
    levering: Literal["vervangt", "vult_aan"] = Field(
        default="vervangt", description="whether a second delivery replaces the first or is added to it"
    )
    uniek: list[str] = Field(
        default_factory=list, description="columns of the delivery that together tell rows apart; doubles are dropped"
    )
    periode: str | None = Field(
        default=None, description="date or year column; rows outside the project's period are not loaded"
    )
    verwacht_rijen: list[int] | None = Field(
        default=None, min_length=2, max_length=2, description="fewest and most rows that a delivery can have"
    )
    zeldzaam: list[Rarity] = Field(default_factory=list, description="combinations that are checked for rarity")
    kolommen: dict[str, Column] = Field(description="the columns by their name in the delivery")
    adressen: dict[str, Address] = Field(default_factory=dict, description="addresses by their name in the package")
    namen: dict[str, Person] = Field(
        default_factory=dict, description="persons known by name and date of birth, by their name in the package"
    )
    kenmerken: dict[str, Flag] = Field(
        default_factory=dict, description="yes or no about a column, by its name in the package"
    )

    @field_validator("codering")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            # Python's base64 and the like make no text of bytes
            known = codecs.lookup(name).name.replace("_", "-")
            usable = "proef".encode(name).decode(name) == "proef" and known not in _OF_NO_FILE
        except (LookupError, ValueError):
            usable = False
        if not usable:
            raise ValueError("deze codering bestaat niet; gebruik bijvoorbeeld utf-8 of cp1252")
        return name

    @field_validator("scheiding")
    @classmethod
    def _usable_separator(cls, separator: str) -> str:
        if not separator.isascii() or separator in '\0\r\n"':
            raise ValueError("dit kan geen scheidingsteken zijn; gebruik bijvoorbeeld ; of ,")
        return separator

    @field_validator("verwacht_rijen")
    @classmethod
    def _a_range(cls, rows: list[int] | None) -> list[int] | None:
        if rows is not None and not 0 <= rows[0] <= rows[1]:
            raise ValueError(
                "verwacht [minimum, maximum] met een minimum van 0 of meer en een maximum dat niet lager is"
            )
        return rows

    @model_validator(mode="after")
    def _format_fits(self) -> "Table":
        fits = FIELDS_OF_FORMAT[self.formaat]
        for name in _FIELDS_OF_SOME_FORMATS:
            if name in self.model_fields_set and name not in fits:
                raise FieldError(f"'{name}' hoort niet bij formaat '{self.formaat}'; haal het weg", name)
        suffix = re.search(r"\.[a-z]+$", self.bestand.lower().removesuffix(".gz"))
        by_name = _SUFFIXES.get(suffix.group(), self.formaat) if suffix else self.formaat
        if by_name != self.formaat:
            raise FieldError(
                f"dit is een {by_name}-bestand, maar formaat is '{self.formaat}'; maak ze gelijk", "bestand"
            )
        return self

    @model_validator(mode="after")
    def _consistent(self) -> "Table":
        for name in [*self.adressen, *self.namen]:
            if not re.fullmatch(OUTPUT_NAME, name):
                what = "adres" if name in self.adressen else "naam"
                raise ValueError(f"{what} '{name}': gebruik kleine letters, cijfers en _")
        for name, flag in self.kenmerken.items():
            _known(flag.kolom, self.kolommen, f"kenmerk '{name}' noemt")
        for column in self.uniek:
            _known(column, self.source_columns, "'uniek' noemt")
        if self.periode is not None:
            _known(self.periode, self.kolommen, "'periode' noemt")
            column_of_period = self.kolommen[self.periode]
            if column_of_period.rol != "datum" and column_of_period.type != "jaar":
                raise ValueError("'periode' vraagt om een kolom met rol 'datum' of type 'jaar'")
        for name in self.source_columns:
            if name in {"", "*", "_rij"} or (name.startswith("^") and name.endswith("$")):
                raise ValueError(f"kolom '{name}' heet als iets van het programma; geef haar in de levering een naam")
        outputs = list(self.outputs("bron", "tabel"))
        names = [output.name for output in outputs]
        pseudonyms = {output.name for output in outputs if output.domain is not None}
        for name in names:
            if not re.fullmatch(OUTPUT_NAME, name):
                raise ValueError(f"kolom '{name}' heeft geen bruikbare naam voor het pakket; geef haar 'naar'")
            if names.count(name) > 1:
                raise ValueError(f"twee kolommen heten in het pakket '{name}'; geef er een een ander 'naar'")
            if name.endswith(CODE) and name.removesuffix(CODE) in pseudonyms:
                raise ValueError(
                    f"'{name}' is in het pakket de code van een pseudoniem; geef de kolom een ander 'naar'"
                )
        return self

    @model_validator(mode="after")
    def _no_direct_identifier_leaves(self) -> "Table":
        for name, column in self.kolommen.items():
            if column.identifies_directly(name):
                raise FieldError(
                    f"kolom '{name}' wijst rechtstreeks een persoon of rekening aan en zou met rol '{column.rol}' "
                    'onveranderd in het pakket staan; kies rol = "identifier" of "weglaten"',
                    "kolommen",
                    name,
                    "rol",
                )
        return self

    @model_validator(mode="after")
    def _rarity_is_about_outputs(self) -> "Table":
        outputs = {output.name: output for output in self.outputs("bron", "tabel")}
        for number, rarity in enumerate(self.zeldzaam):
            place = ("zeldzaam", number, "kolommen")
            for name in rarity.kolommen:
                if name not in outputs:
                    raise FieldError(
                        f"'zeldzaam' noemt kolom '{name}', die niet in het pakket komt{closest(name, outputs)}; noem "
                        "de naam die de kolom in het pakket heeft",
                        *place,
                    )
                if outputs[name].domain is not None:
                    raise FieldError(
                        f"'zeldzaam' noemt '{name}', een pseudoniem, en dat is voor iedereen anders; haal het weg",
                        *place,
                    )
            if len(set(rarity.kolommen)) < len(rarity.kolommen):
                raise FieldError("'zeldzaam' noemt een kolom twee keer; noem elke kolom één keer", *place)
        return self

    @property
    def source_columns(self) -> list[str]:
        """Every column the file must have, each once; the file may have no other."""
        composed: list[Address | Person] = [*self.adressen.values(), *self.namen.values()]
        return list(dict.fromkeys([*self.kolommen, *(part for source in composed for part in source.parts)]))

    def outputs(self, source: str, table: str) -> Iterator[Output]:
        """Yield the columns of the package in the order of the contract; addresses, names and flags follow them."""
        for name, column in self.kolommen.items():
            if not column.kept:
                continue
            domain: str | None = None
            unit = column.eenheid
            if column.rol == "identifier":
                kind = column.vorm or ""
                domain = column.domein or DOMAIN_OF_KIND[kind]
                unit = unit or unit_of_kind(kind)
            elif column.rol == "recordnummer":
                domain = column.domein or f"recordnummer:{source}.{table}"
            yield Output(column.naar or name, column, (name,), domain, unit)
        for name, address in self.adressen.items():
            yield Output(name, address, tuple(address.parts), DOMAIN_OF_KIND["adres"], address.eenheid)
        for name, person in self.namen.items():
            yield Output(name, person, tuple(person.parts), DOMAIN_OF_KIND["persoonsnaam"], person.eenheid)
        for name, flag in self.kenmerken.items():
            yield Output(name, flag, (flag.kolom,), None, None)


def closest(name: str, known: Iterable[str]) -> str:
    """Return ` (bedoelde u 'x'?)` for the nearest known name, or nothing when none is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (bedoelde u '{near[0]}'?)" if near else ""


def _known(name: str, known: Iterable[str], what: str) -> None:
    known = list(known)
    if name not in known:
        raise ValueError(f"{what} kolom '{name}' die er niet is{closest(name, known)}")
