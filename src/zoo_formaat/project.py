"""The project file: what a project may do, signed by two people, read by every zone.

What it does not permit does not load. The document is `project.toml`; its signatures stand beside it in
`project.toml.dsse.json`, over the exact bytes of the document.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
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


class Stricter(Strict):
    """Output rules that a project sets for itself, stricter than those of the installation; fields as in the policy.

    That none is looser can be seen where the policy is known: the checker refuses a project that has one.
    """

    n_min: int | None = Field(default=None, ge=3)
    group_share: float | None = Field(default=None, gt=0.5, le=1)
    dominance_n: int | None = Field(default=None, ge=1)
    dominance_share: float | None = Field(default=None, gt=0, lt=1)
    p_percent: float | None = Field(default=None, gt=0, lt=1)
    spread_min: float | None = Field(default=None, ge=0, lt=1)
    df_min: int | None = Field(default=None, ge=1)
    leaf_min: int | None = Field(default=None, ge=3)
    bereik_max: int | None = Field(default=None, ge=0)
    zero: Literal["primair"] | None = None
    rate_decimals: int | None = Field(default=None, ge=0, le=2)
    previews_max: int | None = Field(default=None, ge=1, le=100_000)

    @property
    def values(self) -> dict[str, int | float | str]:
        """The rules that are set, by name, in the order of the policy."""
        return self.model_dump(exclude_none=True)


class ProjectFile(Strict):
    """The content of `project.toml`, version 1. `bronnen` maps source -> table -> columns (names in the package).

    strenger: output rules of the project's own, each at least as strict as the policy's; none when left out.
    """

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
    strenger: Stricter | None = None
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
    """A project file whose signatures were checked, with the digest of its bytes, who signed it, and its text.

    text: what was signed, in which a later refusal finds the line that it is about.
    """

    file: ProjectFile
    digest: str
    signers: tuple[PublicKey, ...]
    text: str = field(default="", repr=False)

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
    text = content.decode("utf-8-sig")
    return SignedProject(file=project, digest=digest(content), signers=found, text=text)


def sign_project(path: Path, key: PrivateKey) -> int:
    """Add a signature to a project file and return how many it has now."""
    return sign_beside(
        path, PAYLOAD_TYPE, key, lambda content: parse_document(content, ProjectFile, str(path)), "projectbestand"
    )
