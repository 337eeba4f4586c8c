"""How a bundle is laid out: BagIt (RFC 8493) with SHA-512, and the statement that zone 3 signs.

`data/` is the payload: the same bytes from the same data, specification, policy and code, whatever the secret. What
has dates, signatures or pseudonymised packages in it stands beside it.
"""

import hashlib
from pathlib import Path
from typing import Literal

from outputcontrole.airlock.decision import Binding
from zoo_formaat.document import Strict

PAYLOAD_TYPE = "application/vnd.zoo.vrijgave+json"
HOLDER = "zone3"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
STATEMENT = "vrijgave.dsse.json"
REQUEST = "aanvraag.dsse.json"
PROJECT = "project.toml"
MANIFEST = "manifest-sha512.txt"
TAG_MANIFEST = "tagmanifest-sha512.txt"


class Statement(Strict):
    """What zone 3 signs of a release, version 1. oordelen: officer -> digest of the signed decision."""

    versie: Literal[1]
    aanvraag: str
    project: str
    synthetisch: bool
    demo: bool
    binding: Binding
    lading: dict[str, str]
    oordelen: dict[str, str]
    tijd: str


def sha512_lines(root: Path, files: list[Path]) -> bytes:
    """Return BagIt manifest lines of `files`, in order of name."""
    lines = [f"{hashlib.sha512(file.read_bytes()).hexdigest()}  {file.relative_to(root).as_posix()}" for file in files]
    return ("\n".join(sorted(lines, key=lambda line: line.split("  ", 1)[1])) + "\n").encode()


def payload_files(root: Path) -> list[Path]:
    """Return all files under `data/`, in order of name."""
    return sorted(path for path in (root / "data").rglob("*") if path.is_file())


def tag_files(root: Path) -> list[Path]:
    """Return all files beside the payload, the tag manifest itself left out."""
    payload = set(payload_files(root))
    return sorted(
        path for path in root.rglob("*") if path.is_file() and path not in payload and path.name != TAG_MANIFEST
    )
