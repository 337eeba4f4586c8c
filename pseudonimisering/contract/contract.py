"""The source contract: what a source holder delivers, on which legal ground, for which purposes, until when."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pseudonimisering.contract.columns import OUTPUT_NAME, Category
from pseudonimisering.contract.table import Table, closest
from zoo_formaat.canonical import digest
from zoo_formaat.document import FieldError, Strict, parse_document, read_bytes

_SLUG = r"[a-z0-9][a-z0-9-]{1,63}"

_AVG = r"(?:\bAVG\b|Algemene verordening gegevensbescherming)"
_UAVG = r"(?:\bUAVG\b|Uitvoeringswet A)"


def _naming(gdpr: str, national: str) -> re.Pattern[str]:
    """Return what matches a text that names an article of the GDPR and one of the Dutch act beside it."""
    article = r"\bart(?:ikel(?:en)?|\.|\b)[^.;:]*?\b"
    wanted = (article + gdpr + r"\b", _AVG, article + national + r"\b", _UAVG)
    return re.compile("".join(f"(?=.*{part})" for part in wanted), re.DOTALL | re.IGNORECASE)


_EXCEPTION: dict[Category, tuple[re.Pattern[str], str]] = {
    "bijzonder": (_naming("9", "(?:2[2-9]|30)"), "artikel 9 AVG en de uitzondering in artikel 22 tot en met 30 UAVG"),
    "strafrechtelijk": (
        _naming("10", "3[1-3]"),
        "artikel 10 AVG en de uitzondering in artikel 31 tot en met 33 UAVG",
    ),
}
"""What `uitzondering` must name for a category: the prohibition, and where national law lifts it."""


class Register(Strict):
    """What the register of processing activities (article 30 GDPR) asks beyond what the contract says already."""

    verwerkingsverantwoordelijke: str = Field(min_length=1, description="controller: who decides about the processing")
    contact: str = Field(min_length=1, description="how the controller is reached")
    functionaris: str | None = Field(default=None, description="data protection officer and how to reach them")
    gezamenlijk: list[str] = Field(default_factory=list, description="joint controllers (article 26 GDPR)")
    categorieen_betrokkenen: list[str] = Field(min_length=1, description="categories of data subjects")
    ontvangers: list[str] = Field(min_length=1, description="categories of recipients")
    doorgifte: str | None = Field(
        default=None, description="transfer to a third country and its safeguards; default there is none"
    )
    maatregelen: list[str] = Field(min_length=1, description="technical and organisational security measures")


class Deletion(Strict):
    """Tables that are deleted when something has happened, whatever the retention date says."""

    gebeurtenis: str = Field(description="name of the event, by which it is reported")
    omschrijving: str = Field(default="", description="when the event has happened")
    tabellen: list[str] = Field(min_length=1, description="tables that are deleted then")

    @field_validator("gebeurtenis")
    @classmethod
    def _usable_name(cls, name: str) -> str:
        if not re.fullmatch(_SLUG, name):
            raise ValueError("gebruik kleine letters, cijfers en -, bijvoorbeeld urgentie-afgehandeld")
        return name


class Contract(Strict):
    """The content of a source contract, version 1."""

    versie: Literal[1] = Field(description="version of this format")
    bron: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$", description="short name of the source, as projects name it")
    houder: str = Field(min_length=1, description="source holder")
    grondslag: str = Field(min_length=1, description="legal ground of the delivery, with the article of the law")
    uitzondering: str | None = Field(
        default=None,
        min_length=1,
        description="ground that lifts the prohibition on special (article 9 GDPR) or criminal (article 10) data; "
        "required when the contract has a `verwerkingsregister` section and a column that is not `gewoon`",
    )
    doelen: list[str] = Field(min_length=1, description="purposes for which a project may use the source")
    van: date | None = Field(default=None, description="first day that the delivery is about")
    tot: date | None = Field(default=None, description="last day that the delivery is about")
    bewaren_tot: date = Field(description="last day on which packages of this source may exist")
    synthetisch: bool = Field(default=False, description="made-up data; only these may be released with demo keys")
    openbaar: bool = Field(default=False, description="open data without personal data")
    fouten: Literal["stoppen", "melden"] = Field(
        default="stoppen", description="whether unusable values stop the delivery or are left out and counted"
    )
    verwerkingsregister: Register | None = Field(
        default=None, description="section for the register of processing activities (article 30 GDPR)"
    )
    verwijderen_na: list[Deletion] = Field(default_factory=list, description="deletion after an event")
    tabellen: dict[str, Table] = Field(min_length=1, description="the tables by their name in the package")

    @field_validator("doelen")
    @classmethod
    def _usable_purposes(cls, purposes: list[str]) -> list[str]:
        for purpose in purposes:
            if not re.fullmatch(_SLUG, purpose):
                raise ValueError(
                    f"geen project kan doel '{purpose}' noemen; gebruik kleine letters, cijfers en -, "
                    "bijvoorbeeld ondermijning-vastgoed"
                )
        if len(set(purposes)) < len(purposes):
            raise ValueError("een doel staat er twee keer; noem elk doel één keer")
        return purposes

    @model_validator(mode="after")
    def _consistent(self) -> "Contract":
        for name, table in self.tabellen.items():
            if not re.fullmatch(OUTPUT_NAME, name):
                raise ValueError(f"tabel '{name}': gebruik kleine letters, cijfers en _")
            if self.openbaar and any(output.domain for output in table.outputs(self.bron, name)):
                raise ValueError(f"tabel '{name}' heeft identifiers en kan dus niet openbaar zijn")
        return self

    @model_validator(mode="after")
    def _dates_in_order(self) -> "Contract":
        if self.van and self.tot and self.van > self.tot:
            raise FieldError(f"'van' ({self.van}) ligt na 'tot' ({self.tot}); wissel ze om", "van")
        last = self.tot or self.van
        if last and self.bewaren_tot < last:
            raise FieldError(
                f"de bewaartermijn eindigt op {self.bewaren_tot}, vóór het einde van de periode waarover wordt "
                f"geleverd ({last}); kies een latere datum",
                "bewaren_tot",
            )
        return self

    @model_validator(mode="after")
    def _deletions_name_tables(self) -> "Contract":
        events = [deletion.gebeurtenis for deletion in self.verwijderen_na]
        for number, deletion in enumerate(self.verwijderen_na):
            place = ("verwijderen_na", number)
            for name in deletion.tabellen:
                if name not in self.tabellen:
                    raise FieldError(
                        f"'{name}' is geen tabel van dit contract{closest(name, self.tabellen)}; noem een bestaande",
                        *place,
                        "tabellen",
                    )
            if deletion.gebeurtenis in events[:number]:
                raise FieldError(
                    f"gebeurtenis '{deletion.gebeurtenis}' staat er twee keer; voeg ze samen", *place, "gebeurtenis"
                )
        return self

    @model_validator(mode="after")
    def _exception_to_the_prohibition(self) -> "Contract":
        special = sorted(self.categories - {"gewoon"})
        if self.openbaar and special:
            raise FieldError(
                f"er zijn {special[0]}e gegevens bij, die niet openbaar kunnen zijn; haal 'openbaar' weg", "openbaar"
            )
        if self.uitzondering is not None and not special:
            raise FieldError(
                "geen enkele kolom is bijzonder of strafrechtelijk; geef de kolommen waar dit over gaat hun "
                "'categorie' of haal 'uitzondering' weg",
                "uitzondering",
            )
        for category in _EXCEPTION if self.verwerkingsregister or self.uitzondering else ():
            pattern, wanted = _EXCEPTION[category]
            if category not in special:
                continue
            if self.uitzondering is None:
                raise FieldError(
                    f"er zijn {category}e persoonsgegevens, die niemand mag verwerken zonder uitzondering; voeg "
                    f"'uitzondering' toe en noem {wanted}",
                    "verwerkingsregister",
                )
            if not pattern.search(self.uitzondering):
                raise FieldError(f"er zijn {category}e persoonsgegevens; noem {wanted}", "uitzondering")
        return self

    @model_validator(mode="after")
    def _one_unit_per_own_domain(self) -> "Contract":
        units: dict[str, tuple[str, str]] = {}
        for name, table in self.tabellen.items():
            for source_name, column in table.kolommen.items():
                if column.domein is None or column.eenheid is None:
                    continue
                unit, place = units.setdefault(column.domein, (column.eenheid, f"{name}.{source_name}"))
                if unit != column.eenheid:
                    raise FieldError(
                        f"domein '{column.domein}' staat hier voor een '{column.eenheid}' en in {place} voor een "
                        f"'{unit}'; geef ze één eenheid of twee domeinen",
                        "tabellen", name, "kolommen", source_name, "domein",
                    )  # fmt: skip
        return self

    @property
    def categories(self) -> set[Category]:
        """The legal categories of what is delivered, also of what is dropped: receiving it is processing it."""
        return {category for _, _, category in self.delivered()}

    def delivered(self) -> Iterator[tuple[str, str, Category]]:
        """Yield table, name and legal category of everything the holder delivers."""
        for name, table in self.tabellen.items():
            for what in (table.kolommen, table.adressen, table.namen, table.kenmerken):
                for column, source in what.items():
                    yield name, column, source.categorie

    @property
    def digest(self) -> str:
        """`sha256:<hex>` of the content as written (spacing, order and comments do not count)."""
        return digest(self.model_dump(mode="json", exclude_unset=True))


def load_contract(path: Path) -> Contract:
    """Read a contract. Raises UserError with file, line and fix for an unknown field, wrong or missing value."""
    return parse_document(read_bytes(path, "contract"), Contract, str(path))
