"""The project file: what a project may do, signed by two people, read by every zone.

What it does not permit does not load. The document is `project.toml`; its signatures stand beside it in
`project.toml.dsse.json`, over the exact bytes of the document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from zoo_formaat.canonical import digest
from zoo_formaat.detached import SIGNATURES_NEEDED, load_signed, sign_beside
from zoo_formaat.document import Strict, parse_document, read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.signature import PrivateKey, PublicKey, PublicKeyText

PAYLOAD_TYPE = "application/vnd.zoo.project+toml"

Unit = Literal["persoon", "huishouden", "adres", "eigenaar", "rechtspersoon"]
Role = Literal["analist", "toetser", "beheerder", "auditor"]
Slug = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,63}$")
Name = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")


class Member(Strict):
    """A person in the project: role, team, until when, and the public key with which the person signs."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    naam: str
    rol: Role
    team: str
    tot: date
    sleutel: PublicKeyText
    demo: bool = False

    @property
    def key(self) -> PublicKey:
        """The member's public key."""
        return PublicKey(houder=self.id, sleutel=self.sleutel, demo=self.demo)


class ProjectFile(Strict):
    """The content of `project.toml`, version 1. `bronnen` maps source -> table -> columns (names in the package)."""

    versie: Literal[1]
    id: str = Slug
    naam: str
    vraag: str
    doel: str = Slug
    grondslag: str
    van: date
    tot: date
    einde: date
    beleid: str = Slug
    eenheden: list[Unit] = Field(min_length=1)
    bronnen: dict[str, dict[str, list[str]]]
    leden: list[Member]

    @model_validator(mode="after")
    def _consistent(self) -> "ProjectFile":
        if self.van > self.tot:
            raise ValueError("'van' ligt na 'tot'")
        for attribute in ("id", "sleutel"):
            values = [getattr(member, attribute) for member in self.leden]
            if len(set(values)) < len(values):
                raise ValueError(f"twee leden met dezelfde {attribute}; elke persoon heeft één rol en één sleutel")
        return self

    def permits(self, source: str, table: str) -> list[str] | None:
        """Return the columns that may be loaded of a table, or None when the table is not permitted."""
        return self.bronnen.get(source, {}).get(table)

    def member(self, person: str) -> Member | None:
        """Return the member with this id, or None."""
        return next((member for member in self.leden if member.id == person), None)


@dataclass(frozen=True)
class SignedProject:
    """A project file whose signatures were checked, with the digest of its bytes and who signed it."""

    file: ProjectFile
    digest: str
    signers: tuple[PublicKey, ...]

    @property
    def demo(self) -> bool:
        """Whether a demonstration key signed: then only synthetic data may ever be released from it."""
        return any(signer.demo for signer in self.signers)


def read_project(path: Path) -> ProjectFile:
    """Read a project file without looking at its signatures (for drafting one). Raises UserError when malformed."""
    return parse_document(read_bytes(path, "projectbestand"), ProjectFile, str(path))


def load_project(path: Path, signers: Sequence[PublicKey], on: date | None = None) -> SignedProject:
    """Read a project file and check that two trusted people signed exactly these bytes.

    signers: the public keys that this installation trusts to sign project files. on: the day of use; when given, a
    project past its end date is refused. An officer's own signature does not count for the appointment of that
    officer: appointing takes two others. Raises UserError.
    """
    content, found = load_signed(path, PAYLOAD_TYPE, signers, "projectbestand")
    project = parse_document(content, ProjectFile, str(path))
    for officer in (member for member in project.leden if member.rol == "toetser"):
        themselves = {officer.id} | {key.houder for key in found if key.id == officer.key.id}
        others = {key.houder for key in found} - themselves
        if len(others) < SIGNATURES_NEEDED:
            raise UserError(
                f"{path}: toetser '{officer.id}' is niet door twee anderen aangesteld; laat twee anderen ondertekenen"
            )
    if on is not None and on > project.einde:
        raise UserError(f"{path}: project '{project.id}' is geëindigd op {project.einde}; er wordt niets meer geladen")
    return SignedProject(file=project, digest=digest(content), signers=found)


def sign_project(path: Path, key: PrivateKey) -> int:
    """Add a signature to a project file and return how many it has now."""
    return sign_beside(
        path, PAYLOAD_TYPE, key, lambda content: parse_document(content, ProjectFile, str(path)), "projectbestand"
    )
