"""The package that a delivery finds at its target: replaced, added to, or left alone, as the contract says."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pseudonimisering.contract import Contract
from pseudonimisering.plan import TablePlan, describe
from zoo_formaat.canonical import digest
from zoo_formaat.document import read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.package import MANIFEST, AuditFile, Delivered, Package, Resource, load_package
from zoo_formaat.project import SignedProject
from zoo_formaat.signature import PublicKey


@dataclass(frozen=True)
class ExistingTable:
    """A table to which rows are added: its file, its description and its sealed audit identities."""

    path: Path
    resource: Resource
    audit: list[AuditFile]


@dataclass(frozen=True)
class Existing:
    """A package that is there, and the tables to which rows are added."""

    package: Package
    added_to: frozenset[str]

    @property
    def path(self) -> Path:
        """Where the package stands."""
        return self.package.path

    @property
    def digest(self) -> str:
        """Digest of its manifest."""
        return self.package.digest

    @property
    def deliveries(self) -> list[Delivered]:
        """The deliveries of which rows are in the package; one is made up for a package of before they were listed."""
        manifest = self.package.manifest
        if manifest.leveringen:
            return manifest.leveringen
        first = {
            "verwerkt": manifest.verwerkt,
            "contract": manifest.contract,
            "tabellen": {resource.name: "nieuw" for resource in manifest.resources},
            "rijen": {resource.name: resource.rijen for resource in manifest.resources},
        }
        return [Delivered.model_validate(first)]

    @property
    def number(self) -> int:
        """The number of the delivery that is now made."""
        return len(self.deliveries) + 1

    def changed(self) -> bool:
        """Whether the package is another than the one that was checked."""
        return digest(read_bytes(self.path / MANIFEST, "pakketbeschrijving")) != self.digest

    def table(self, name: str) -> ExistingTable | None:
        """Return a table to which rows are added, or None when it is replaced or new."""
        resource = self.package.manifest.resource(name)
        if resource is None or name not in self.added_to:
            return None
        audit = [file for file in self.package.manifest.audit if file.tabel == name]
        return ExistingTable(self.package.table_path(resource), resource, audit)


def existing_package(
    target: Path,
    contract: Contract,
    project: SignedProject,
    plans: Sequence[TablePlan],
    version: int,
    zone1: PublicKey,
    *,
    anew: bool,
) -> Existing | None:
    """Return the package at `target`, checked, or None when nothing is there.

    plans: what is made of the delivery. version: of the keys. anew: replace every table, whatever the contract says.
    Raises UserError when what is there is no intact package of this source and project by this zone, when the contract
    does not say what a second delivery does, and when rows cannot be added to what is there.
    """
    if not target.exists() and not target.is_symlink():
        return None
    silent = [part.name for part in plans if "levering" not in part.table.model_fields_set]
    if silent and not anew:
        raise UserError(
            f"{target} bestaat al; kies een andere naam, geef --opnieuw om het pakket te vervangen, of zet in het "
            f'contract bij tabel \'{silent[0]}\' levering = "vervangt" of "vult_aan"'
        )
    package = load_package(target, [zone1])
    manifest = package.manifest
    if manifest.bron != contract.bron or manifest.project.id != project.file.id:
        raise UserError(
            f"{target} is een pakket van bron '{manifest.bron}' voor project '{manifest.project.id}'; kies een andere "
            "naam"
        )
    added_to = [part for part in plans if part.table.levering == "vult_aan" and not anew]
    if added_to:
        if manifest.project.digest != project.digest:
            raise UserError(
                f"{target} is gemaakt onder een andere versie van het projectbestand, dus er kan niets bij; lever "
                "alles en geef --opnieuw"
            )
        if manifest.pseudoniemen.sleutelversie != version:
            raise UserError(
                f"{target} heeft pseudoniemen van sleutelversie {manifest.pseudoniemen.sleutelversie} en de "
                f"bewaarplaats is bij {version}; breng eerst het pakket naar die versie"
            )
    for part in added_to:
        _check_addable(part, manifest.resource(part.name), contract)
    return Existing(package, frozenset(part.name for part in added_to))


def _check_addable(part: TablePlan, there: Resource | None, contract: Contract) -> None:
    """Raise UserError when rows of the delivery and rows of the package would not be of one kind."""
    place = f"bronhouder {contract.houder}, tabel '{part.name}'"
    if not part.key:
        raise UserError(
            f"{place}: levering = \"vult_aan\" vraagt om 'uniek', anders komt wat twee keer geleverd wordt er twee "
            "keer in; noem de kolommen die rijen onderscheiden"
        )
    if part.key_columns:
        column = part.key_columns[0].sources[0]
        raise UserError(
            f"{place}: levering = \"vult_aan\" herkent rijen aan 'uniek', en daarvan staat '{column}' niet "
            '(onveranderd) in het pakket; neem de kolom in het project op of zet levering = "vervangt"'
        )
    if there is None:
        return
    before = {field.name: field for field in there.table_schema.fields if field.code_van is None}
    now = {field.name: field for field in describe(part) if field.code_van is None}
    for name in [*now, *before]:
        if before.get(name) != now.get(name):
            raise UserError(
                f"{place}: kolom '{name}' is in het pakket anders dan in dit contract; lever alles en geef --opnieuw"
            )
