"""The data package: Parquet files and a signed manifest, the only form in which data leaves zone 1.

Format: Data Package v2 with Table Schema (datapackage.org), our own properties under `zoo:`. The manifest is
`datapackage.json`; zone 1's signature over its exact bytes stands in `datapackage.dsse.json`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from zoo_formaat.canonical import canonical_bytes, digest, parse_json
from zoo_formaat.document import parse_values, read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.project import Unit
from zoo_formaat.signature import Envelope, PrivateKey, PublicKey, sign, verify

PAYLOAD_TYPE = "application/vnd.zoo.datapackage+json"
MANIFEST = "datapackage.json"
SIGNATURE = "datapackage.dsse.json"


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


class FieldDescription(_Manifest):
    """One column: its name and type, its legal category, and, for a pseudonym, which protected unit it stands for."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    type: Literal["string", "integer", "number", "boolean", "date", "uuid"]
    description: str = ""
    categorie: Literal["gewoon", "bijzonder", "strafrechtelijk"] = Field("gewoon", alias="zoo:categorie")
    eenheid: Unit | None = Field(None, alias="zoo:eenheid")
    domein: str | None = Field(None, alias="zoo:domein")
    maat: str | None = Field(None, alias="zoo:maat")
    waarden: dict[str, str] | None = Field(None, alias="zoo:waarden")
    code_van: str | None = Field(None, alias="zoo:codeVan")
    """The pseudonym column of the same table whose 32-bit code this column holds; a code is a pseudonym too."""
    dekking: float | None = Field(None, alias="zoo:dekking", ge=0, le=1)
    """The least share of filled rows that the contract expects."""


class TableSchema(_Manifest):
    """The columns of one table, in the order of the file."""

    fields: list[FieldDescription]

    @model_validator(mode="after")
    def _codes_stand_for_pseudonyms(self) -> "TableSchema":
        pseudonyms = {field.name for field in self.fields if field.type == "uuid"}
        if any(field.code_van not in {None, *pseudonyms} for field in self.fields):
            raise ValueError("een kolom met codes hoort bij een pseudoniem dat er niet is")
        return self

    def permitted_as(self) -> set[str]:
        """Return the names that a project must permit: a code is permitted exactly when its pseudonym is."""
        return {field.code_van or field.name for field in self.fields}


class Resource(_Manifest):
    """One table: its file, the digest and size of that file, its rows, and what was rejected for which reason."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    path: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}\.parquet$")
    format: Literal["parquet"] = "parquet"
    hash: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    bytes: int
    table_schema: TableSchema = Field(alias="schema")
    rijen: int = Field(alias="zoo:rijen")
    verworpen: dict[str, int] = Field(alias="zoo:verworpen")
    omschrijving: str = Field("", alias="zoo:omschrijving")


class AuditFile(_Manifest):
    """Audit identities of one pseudonym column, sealed to the checker: nobody in zone 2 can open the file.

    naar: what its records lead to, the audit identity or (after a rotation) the pseudonym before.
    """

    tabel: str
    kolom: str
    domein: str
    path: str = Field(pattern=r"^audit\.[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}(\.w?[0-9]{1,6})?\.zoo$")
    hash: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    bytes: int
    naar: Literal["identiteit", "vorige"] = "identiteit"


class Delivered(_Manifest):
    """One delivery of which rows are in the package.

    verwerkt: UTC time. tabellen: table -> how it came in. rijen: table -> rows in the package afterwards. No digest or
    name of a raw file stands here: a digest confirms a guess of the file's content, and a name may hold an identifier.
    """

    verwerkt: str
    contract: str
    tabellen: dict[str, Literal["nieuw", "vervangt", "vult_aan"]]
    rijen: dict[str, int]


class ProjectReference(_Manifest):
    """Which project the package was made for, the digest of the project file it was made under, and its last day."""

    id: str
    digest: str
    einde: date | None = None


class PseudonymReference(_Manifest):
    """By which scheme and which version of the secret the pseudonyms were made; never the secret."""

    # `schema_` because a pydantic model already has an attribute `schema`
    schema_: str = Field(alias="schema")
    sleutelversie: int


class LinkageReference(_Manifest):
    """How two sources without a common number were linked, and how many of the links are expected to be false.

    drempel: least probability of a link. koppelingen: links in the package. verwacht_onjuist: how many of them are
    expected to be false; foutkans is their share. verwachte_paren: true pairs expected in both sources. kromme: the
    same at other thresholds. All are estimates of a model, from the data alone.
    """

    methode: str
    contracten: dict[str, str]
    drempel: float = Field(ge=0.5, lt=1)
    koppelingen: int
    verwacht_onjuist: float
    foutkans: float
    verwachte_paren: float
    kromme: list[dict[str, float]]


class PackageManifest(_Manifest):
    """The content of `datapackage.json`, version 1."""

    name: str
    resources: list[Resource]
    versie: Literal[1] = Field(1, alias="zoo:versie")
    bron: str = Field(alias="zoo:bron", pattern=r"^[a-z][a-z0-9_]{0,62}$")
    houder: str = Field(alias="zoo:houder")
    project: ProjectReference = Field(alias="zoo:project")
    contract: str = Field(alias="zoo:contract")
    grondslag: str = Field(alias="zoo:grondslag")
    doel: str = Field(alias="zoo:doel")
    bewaren_tot: date = Field(alias="zoo:bewarenTot")
    # strict: what decides whether a demonstration key counts is true or false, not "yes" or 1
    synthetisch: bool = Field(alias="zoo:synthetisch", strict=True)
    openbaar: bool = Field(alias="zoo:openbaar", strict=True)
    pseudoniemen: PseudonymReference = Field(alias="zoo:pseudoniemen")
    verwerkt: str = Field(alias="zoo:verwerkt")
    leveringen: list[Delivered] = Field(default_factory=list, alias="zoo:leveringen")
    audit: list[AuditFile] = Field(default_factory=list, alias="zoo:audit")
    verwijderen_na: dict[str, list[str]] = Field(default_factory=dict, alias="zoo:verwijderenNa")
    """Event -> tables that are deleted when it has come (the contract's `verwijderen_na`)."""

    koppeling: LinkageReference | None = Field(None, alias="zoo:koppeling")

    @model_validator(mode="after")
    def _consistent(self) -> "PackageManifest":
        for attribute in ("name", "path"):
            values = [getattr(resource, attribute) for resource in self.resources]
            if len(set(values)) < len(values):
                raise ValueError("een tabel of bestand staat twee keer in de beschrijving")
        if len({file.path for file in self.audit}) < len(self.audit):
            raise ValueError("een bestand met auditidentiteiten staat twee keer in de beschrijving")
        return self

    def resource(self, table: str) -> Resource | None:
        """Return the resource of a table, or None."""
        return next((resource for resource in self.resources if resource.name == table), None)


@dataclass(frozen=True)
class Package:
    """A package whose signature and files were checked: where it lies, its manifest, the manifest's digest."""

    path: Path
    manifest: PackageManifest
    digest: str

    def table_path(self, resource: Resource) -> Path:
        """Return the Parquet file of a resource."""
        return self.path / resource.path


def file_digest(path: Path) -> str:
    """Return `sha256:<hex>` of a file, read in pieces."""
    with path.open("rb") as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: PackageManifest, key: PrivateKey) -> None:
    """Write manifest and signature into `folder` (a folder that `zoo_formaat.atomic.new_directory` gave)."""
    values: dict[str, Any] = manifest.model_dump(mode="json", by_alias=True)
    content = canonical_bytes(values) + b"\n"
    (folder / MANIFEST).write_bytes(content)
    (folder / SIGNATURE).write_bytes(sign(content, PAYLOAD_TYPE, [key]).to_bytes())


def load_package(path: Path, zone1: Sequence[PublicKey], *, files: bool = True) -> Package:
    """Open a data package: check zone 1's signature, the manifest, and every file's size and digest.

    zone1: the public keys of zone 1 that this installation trusts. files: False leaves the digests of the files out
    (for a quick look in the workspace; the checker never does). A file that the manifest does not name is refused.
    Raises UserError that says what does not fit.
    """
    content = read_bytes(path / MANIFEST, "pakketbeschrijving")
    beside = path / SIGNATURE
    if not beside.exists():
        raise UserError(f"pakket {path}: geen handtekening van zone 1; vraag een nieuwe levering")
    envelope = Envelope.from_bytes(read_bytes(beside, "handtekening van zone 1"), str(beside))
    if envelope.content() != content:
        raise UserError(f"pakket {path}: {MANIFEST} is na het ondertekenen gewijzigd; vraag een nieuwe levering")
    if not verify(envelope, PAYLOAD_TYPE, zone1, str(beside)):
        raise UserError(f"pakket {path}: niet ondertekend door een zone 1 die hier geregistreerd is")
    values = parse_json(content, str(path / MANIFEST))
    manifest = parse_values(values, PackageManifest, str(path / MANIFEST))
    described: list[Resource | AuditFile] = [*manifest.resources, *manifest.audit]
    known = {part.path for part in described} | {MANIFEST, SIGNATURE}
    strange = sorted(file.name for file in path.iterdir() if file.name not in known)
    if strange:
        raise UserError(f"pakket {path}: bevat {len(strange)} bestand(en) buiten de beschrijving; vraag een nieuwe")
    for part in described:
        file = path / part.path
        if file.is_symlink() or not file.is_file():
            raise UserError(f"pakket {path}: {part.path} ontbreekt; vraag een nieuwe levering")
        if file.stat().st_size != part.bytes or (files and file_digest(file) != part.hash):
            raise UserError(f"pakket {path}: {part.path} is gewijzigd na het ondertekenen; vraag een nieuwe levering")
    return Package(path=path, manifest=manifest, digest=digest(content))
