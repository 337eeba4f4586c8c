"""The columns of a source: what each one is, its legal category, and what becomes of it on the way out of zone 1."""

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from zoo_formaat.document import FieldError, Strict
from zoo_formaat.project import Unit

Role = Literal["identifier", "recordnummer", "attribuut", "datum", "gebied", "weglaten", "vrije_tekst"]
Kind = Literal[
    "bsn", "kvk", "rsin", "vestiging", "btw",
    "verblijfsobject", "pand", "nummeraanduiding", "ligplaats", "standplaats", "openbareruimte",
    "iban", "huishouden", "registratienummer",
]  # fmt: skip
Category = Literal["gewoon", "bijzonder", "strafrechtelijk"]
ValueType = Literal["tekst", "geheel", "decimaal", "janee", "jaar"]

OUTPUT_NAME = r"^[a-z][a-z0-9_]{0,62}$"

DOMAIN_OF_KIND: dict[str, str] = {
    "bsn": "persoon",
    "kvk": "rechtspersoon",
    "rsin": "rsin",
    "vestiging": "vestiging",
    "btw": "btw",
    "verblijfsobject": "verblijfsobject",
    "pand": "pand",
    "nummeraanduiding": "nummeraanduiding",
    "ligplaats": "ligplaats",
    "standplaats": "standplaats",
    "openbareruimte": "openbareruimte",
    "iban": "rekening",
    "adres": "adres",
    "persoonsnaam": "persoonsnaam",
    "huishouden": "huishouden",
    "registratienummer": "registratienummer",
}
"""The domain in which an identifier of a kind becomes a pseudonym: equal numbers of two kinds never meet."""

UNITS_OF_KIND: dict[str, tuple[Unit, ...]] = {
    "bsn": ("persoon", "eigenaar"),
    "kvk": ("rechtspersoon", "eigenaar"),
    "rsin": ("rechtspersoon", "eigenaar"),
    "vestiging": ("rechtspersoon", "eigenaar"),
    "btw": ("rechtspersoon", "eigenaar"),
    "verblijfsobject": ("adres",),
    "pand": ("adres",),
    "nummeraanduiding": ("adres",),
    "ligplaats": ("adres",),
    "standplaats": ("adres",),
    "openbareruimte": (),
    "huishouden": ("huishouden",),
    "adres": ("adres",),
    "persoonsnaam": ("persoon", "eigenaar"),
}
"""The protected units that a kind can stand for, the default first; a kind that is not here may stand for any.

A street (openbareruimte) is no protected unit; an account (iban) can be a person's, a household's or a firm's.
"""

_OWN_DOMAIN = {"huishouden", "registratienummer"}
"""Identifier kinds without a national definition: a contract may give them a domain of their own."""

_WITHOUT_FIXED_LENGTH = {"btw", "iban", "huishouden", "registratienummer"}
"""Kinds in which a lost zero cannot be put back, because nobody knows how many digits there should be."""

_ALWAYS = {"rol", "omschrijving", "categorie"}
FIELDS_OF_ROLE: dict[str, set[str]] = {
    "identifier": {
        "vorm", "eenheid", "naar", "domein", "verplicht", "ontbrekend", "voorloopnullen", "dekking",
    },
    "recordnummer": {"eenheid", "naar", "domein", "verplicht", "ontbrekend", "dekking"},
    "attribuut": {"type", "maat", "waarden", "naar", "verplicht", "ontbrekend", "dekking", "generaliseer"},
    "datum": {"bewerking", "naar", "verplicht", "ontbrekend", "dekking", "generaliseer"},
    "gebied": {"naar", "verplicht", "ontbrekend", "dekking", "generaliseer"},
    "weglaten": set(),
    "vrije_tekst": {"behouden_omdat", "naar", "ontbrekend"},
}  # fmt: skip
_NEEDED_BY_ROLE: dict[str, str] = {"identifier": "vorm", "attribuut": "type"}

GENERALISATIONS: dict[str, str] = {
    "jaar": "only the year of a date (whole number)",
    "kwartaal": "the first day of the quarter of a date (date)",
    "maand": "the first day of the month of a date (date)",
    "jaren:N": "the first year of a class of N years of a date or year, a multiple of N (whole number)",
    "pc4": "the four digits of a postcode (text)",
    "afronden:N": "the nearest multiple of N of a number, half a step away from zero",
    "top:N": "N for what is larger, -N for what is smaller than -N; other numbers stay",
    "zeldzaam:N": "'overig' for a text that fewer than N rows of the table have",
}
"""What `generaliseer` can do to a column before it leaves, with the type of the result where it changes."""

_DATES = ("jaar", "kwartaal", "maand", "jaren")
_GENERALISATIONS_OF: dict[str, tuple[str, ...]] = {
    "datum": _DATES,
    "jaar": ("jaren",),
    "geheel": ("afronden", "top"),
    "decimaal": ("afronden", "top"),
    "tekst": ("pc4", "zeldzaam"),
    "gebied": ("pc4",),
    "janee": (),
}

_DIRECT = re.compile(
    r"(^|_)bsn(_|$)|(^|_)(burgerservicenummer|sofinummer|achternaam|geslachtsnaam|voornaam|voornamen|voorletters|roepnaam"
    r"|telefoon|telefoonnummer|mobiel|email|emailadres|iban|rekeningnummer|kenteken|paspoortnummer|rijbewijsnummer"
    r"|documentnummer)$"
)
"""Names of columns that identify directly: as an attribute they would leave zone 1 as they are."""


class Column(Strict):
    """One column of the delivery: its role, its legal category, and what becomes of it.

    Each role takes its own fields (`FIELDS_OF_ROLE`); a field that the role does not know is an error.
    """

    rol: Role = Field(description="what the column is; decides which of the other fields it takes")
    omschrijving: str = Field(default="", description="what the column means, for the lawyer and the analyst")
    categorie: Category = Field(
        default="gewoon",
        description="legal category: ordinary, special (article 9 GDPR) or criminal (article 10 GDPR) personal data",
    )
    naar: str | None = Field(
        default=None, pattern=OUTPUT_NAME, description="name in the package; default the name in the delivery"
    )
    vorm: Kind | None = Field(default=None, description="kind of identifier: how it is checked and normalised")
    eenheid: Unit | None = Field(default=None, description="protected unit that the identifier stands for")
    domein: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z0-9_.:-]{0,100}$",
        description="domain of an own number; columns in one domain link, columns in two never do",
    )
    verplicht: bool = Field(default=False, description="an empty value is an error")
    type: ValueType | None = Field(default=None, description="type of an attribute")
    maat: str | None = Field(default=None, description="unit of measurement, such as euro or m2")
    waarden: dict[str, str] | None = Field(
        default=None, description="code list: code -> meaning; other codes are errors"
    )
    ontbrekend: list[str] = Field(default_factory=list, description="texts that the source writes for an empty value")
    bewerking: Literal["jaar"] | None = Field(
        default=None, description='older spelling of `generaliseer = "jaar"` for a date'
    )
    generaliseer: str | None = Field(
        default=None,
        description="how the value is made coarser before it leaves: "
        + ", ".join(f"`{name}`" for name in GENERALISATIONS),
    )
    voorloopnullen: Literal["verloren", "aanwezig"] | None = Field(
        default=None,
        description="whether the source dropped the leading zeros of the identifier (they are then put back)",
    )
    dekking: float | None = Field(
        default=None, ge=0, le=1, description="smallest share of the rows with a usable value, 0 to 1"
    )
    behouden_omdat: str | None = Field(
        default=None, min_length=10, description="why free text is kept; without this it is dropped"
    )

    @field_validator("generaliseer")
    @classmethod
    def _known_generalisation(cls, text: str | None) -> str | None:
        if text is not None:
            _parse_generalisation(text)
        return text

    @model_validator(mode="after")
    def _fields_fit_role(self) -> "Column":
        known = FIELDS_OF_ROLE[self.rol]
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

    @model_validator(mode="after")
    def _unit_fits_kind(self) -> "Column":
        _stands_for(self.vorm or "", self.eenheid)
        if self.voorloopnullen == "verloren" and self.vorm in _WITHOUT_FIXED_LENGTH:
            raise FieldError(
                f"vorm '{self.vorm}' heeft geen vaste lengte, dus verloren nullen zijn niet terug te zetten; vraag de "
                "bronhouder de kolom als tekst te leveren",
                "voorloopnullen",
            )
        return self

    @model_validator(mode="after")
    def _generalisation_fits(self) -> "Column":
        if self.generaliseer is None:
            return self
        if self.bewerking is not None:
            raise FieldError("'bewerking' en 'generaliseer' doen hetzelfde; haal 'bewerking' weg", "bewerking")
        name, _ = _parse_generalisation(self.generaliseer)
        what = self.type or self.rol
        possible = _GENERALISATIONS_OF[what]
        if name not in possible:
            spelled = [text for text in GENERALISATIONS if text.partition(":")[0] in possible]
            fix = f"kies {' of '.join(spelled)}" if spelled else "haal het weg"
            raise FieldError(f"'{self.generaliseer}' kan niet bij {_called(self)}; {fix}", "generaliseer")
        if name == "zeldzaam" and self.waarden and "overig" in self.waarden:
            raise FieldError(
                "de codelijst kent 'overig' al, dus zeldzame waarden zouden ermee vermengd raken; noem die code anders",
                "generaliseer",
            )
        return self

    @property
    def kept(self) -> bool:
        """Whether the column leaves zone 1 in any form."""
        return self.rol != "weglaten" and (self.rol != "vrije_tekst" or self.behouden_omdat is not None)

    @property
    def generalisation(self) -> tuple[str, int | None] | None:
        """What is done to the value before it leaves, and with which number: `("afronden", 1000)`, `("jaar", None)`."""
        if self.bewerking is not None:
            return self.bewerking, None
        return None if self.generaliseer is None else _parse_generalisation(self.generaliseer)

    def identifies_directly(self, name: str) -> bool:
        """Whether a column of this name leaves as it is although the name says that it is a person's or account's.

        A yes or no, a year, or a code of a list is no identifier, whatever its name.
        """
        shown = self.rol in {"attribuut", "gebied"} and self.type not in {"janee", "jaar"} and self.waarden is None
        return shown and _DIRECT.search(name.lower()) is not None


class Address(Strict):
    """An identifier made of several columns; the table's `adressen` gives it its output name."""

    postcode: str = Field(description="column of the postcode")
    huisnummer: str = Field(description="column of the house number; letter and addition may stand in it too")
    huisletter: str | None = Field(default=None, description="column of the house letter")
    toevoeging: str | None = Field(default=None, description="column of the addition")
    eenheid: Unit = Field(default="adres", description="protected unit: an address is always an `adres`")
    omschrijving: str = Field(default="", description="whose or which address it is")
    categorie: Category = Field(default="gewoon", description="legal category")
    verplicht: bool = Field(default=False, description="an empty address is an error")
    dekking: float | None = Field(
        default=None, ge=0, le=1, description="smallest share of the rows with a usable address, 0 to 1"
    )

    @model_validator(mode="after")
    def _is_an_address(self) -> "Address":
        _stands_for("adres", self.eenheid)
        _distinct(self.parts, "adres")
        return self

    @property
    def parts(self) -> list[str]:
        """The source columns the address is made of."""
        return [c for c in (self.postcode, self.huisnummer, self.huisletter, self.toevoeging) if c is not None]


class Person(Strict):
    """A person known by name and date of birth only; the table's `namen` gives it its output name.

    The last resort, for sources without BSN: names collide and are misspelled, so it links less and less surely. It
    has a domain of its own and never meets a BSN.
    """

    geslachtsnaam: str = Field(description="column of the surname")
    voorvoegsel: str | None = Field(default=None, description="column of the prefix of the surname (tussenvoegsel)")
    voornamen: str = Field(description="column of the given names")
    geboortedatum: str = Field(description="column of the date of birth, which may be partial (19700000)")
    eenheid: Unit = Field(default="persoon", description="protected unit: `persoon`, or `eigenaar`")
    omschrijving: str = Field(default="", description="who the person is in this source")
    categorie: Category = Field(default="gewoon", description="legal category")
    verplicht: bool = Field(default=False, description="an empty name is an error")
    dekking: float | None = Field(
        default=None, ge=0, le=1, description="smallest share of the rows with a usable name and date of birth, 0 to 1"
    )

    @model_validator(mode="after")
    def _is_a_person(self) -> "Person":
        _stands_for("persoonsnaam", self.eenheid)
        _distinct(self.parts, "naam")
        return self

    @property
    def parts(self) -> list[str]:
        """The source columns the person is made of."""
        named = (self.geslachtsnaam, self.voorvoegsel, self.voornamen, self.geboortedatum)
        return [column for column in named if column is not None]


class Flag(Strict):
    """A yes or no about a column: whether it holds one of the named values; the table's `kenmerken` names it.

    For what a source writes in the place of an identifier ('exempt' instead of a registration number): the identifier
    leaves as a pseudonym, or not at all, and the fact beside it. An empty cell stays empty.
    """

    kolom: str = Field(description="column that is looked at")
    gelijk_aan: list[str] = Field(min_length=1, description="values that make it a yes")
    omschrijving: str = Field(default="", description="what a yes means")
    categorie: Category = Field(default="gewoon", description="legal category")


def unit_of_kind(kind: str) -> Unit | None:
    """Return the protected unit that identifiers of a kind stand for when the contract does not say."""
    units = UNITS_OF_KIND.get(kind, ())
    return units[0] if units else None


def _stands_for(kind: str, unit: Unit | None) -> None:
    units = UNITS_OF_KIND.get(kind)
    if unit is not None and units is not None and unit not in units:
        fix = f"kies {' of '.join(units)}" if units else "haal 'eenheid' weg"
        raise FieldError(f"vorm '{kind}' kan niet voor een '{unit}' staan; {fix}", "eenheid")


def _parse_generalisation(text: str) -> tuple[str, int | None]:
    known = {name.partition(":")[0]: ":" in name for name in GENERALISATIONS}
    name, colon, number = text.partition(":")
    fits = re.fullmatch("[1-9][0-9]{0,14}", number) is not None if colon else True
    if known.get(name) != bool(colon) or not fits or (name in {"jaren", "zeldzaam", "afronden"} and number == "1"):
        raise ValueError(f"onbekende bewerking; kies een van {', '.join(GENERALISATIONS)} (N is een getal boven 1)")
    return name, int(number) if number else None


def _called(column: Column) -> str:
    return f"type '{column.type}'" if column.type else f"rol '{column.rol}'"


def _distinct(parts: list[str], what: str) -> None:
    if len(set(parts)) < len(parts):
        raise ValueError(f"een kolom staat twee keer in dit {what}; noem elke kolom één keer")
