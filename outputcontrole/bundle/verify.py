"""Verify a release bundle offline, with nothing but public keys."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from outputcontrole.airlock.decision import read_decision
from outputcontrole.airlock.preconditions import QUORUM, may_decide
from outputcontrole.bundle.layout import (
    DECLARATION,
    HOLDER,
    MANIFEST,
    PAYLOAD_TYPE,
    PROJECT,
    REQUEST,
    STATEMENT,
    TAG_MANIFEST,
    Statement,
    payload_files,
    sha512_lines,
    tag_files,
)
from outputcontrole.spec import parse_request
from outputcontrole.spec.request import PAYLOAD_TYPE as REQUEST_TYPE
from zoo_formaat.canonical import digest, parse_json
from zoo_formaat.document import parse_values, read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_public_keys
from zoo_formaat.project import load_project
from zoo_formaat.signature import Envelope, PublicKey, verify


@dataclass(frozen=True)
class VerifiedRelease:
    """A bundle in which everything fits: its statement, and who decided."""

    statement: Statement
    officers: tuple[str, ...]


def verify_bundle(path: Path, keys: Path) -> VerifiedRelease:
    """Check every byte and every signature of a bundle.

    keys: a folder with `zone3.pub.json` and the public keys of those who sign project files. Raises UserError that
    names what does not fit: a changed, added or missing file, a false or missing signature, an officer who was not
    appointed, a demonstration key on data that is not synthetic.
    """
    trusted = read_public_keys(keys)
    zone3 = [key for key in trusted if key.houder == HOLDER]
    people = [key for key in trusted if key.houder != HOLDER]
    if not zone3:
        raise UserError(f"map {keys} bevat geen {HOLDER}.pub.json; vraag de sleutel van de uitvoercontrole")
    _check_files(path)
    statement = _statement(path, zone3)
    lading = {file.relative_to(path / "data").as_posix(): digest(file.read_bytes()) for file in payload_files(path)}
    if lading != statement.lading:
        raise UserError(f"bundel {path}: de bestanden in data/ zijn niet die van de ondertekende vrijgave")
    project = load_project(path / PROJECT, people)
    if project.digest != statement.binding.project:
        raise UserError(f"bundel {path}: het projectbestand is een ander dan waaronder is vrijgegeven")
    envelope = Envelope.from_bytes(read_bytes(path / REQUEST, "aanvraag"), REQUEST)
    request = parse_request(envelope.content(), REQUEST)
    author = project.file.member(request.auteur)
    if request.digest != statement.binding.aanvraag or author is None:
        raise UserError(f"bundel {path}: de aanvraag is een andere dan is vrijgegeven")
    if not verify(envelope, REQUEST_TYPE, [author.key], REQUEST):
        raise UserError(f"bundel {path}: de aanvraag is niet door haar auteur ondertekend")
    officers: dict[str, PublicKey] = {}
    released = date.fromisoformat(statement.tijd[:10])
    for name, recorded in sorted(statement.oordelen.items()):
        file = path / "oordelen" / f"{name}.dsse.json"
        content = read_bytes(file, "oordeel")
        found = read_decision(Envelope.from_bytes(content, str(file)), project.file, str(file))
        if digest(content) != recorded or found is None:
            raise UserError(f"bundel {path}: het oordeel van '{name}' klopt niet")
        decision, key = found
        why_not = may_decide(decision.toetser, request.auteur, project.file, released)
        if why_not is not None:
            raise UserError(f"bundel {path}: {why_not}")
        if decision.oordeel != "akkoord" or decision.binding != statement.binding.digest:
            raise UserError(f"bundel {path}: '{name}' heeft deze uitvoer niet goedgekeurd")
        officers[key.id] = key
    if len({key.houder for key in officers.values()}) < QUORUM:
        raise UserError(f"bundel {path}: {len(officers)} van {QUORUM} akkoorden")
    demo = project.demo or author.demo or any(key.demo for key in officers.values())
    if demo and not statement.synthetisch:
        raise UserError(f"bundel {path}: demosleutels op gegevens die niet synthetisch zijn")
    if demo != statement.demo:
        raise UserError(f"bundel {path}: de verklaring verzwijgt dat er demosleutels zijn gebruikt")
    return VerifiedRelease(statement, tuple(sorted(key.houder for key in officers.values())))


def _check_files(path: Path) -> None:
    """Check both manifests against what lies there: nothing changed, added or missing."""
    if not path.is_dir() or read_bytes(path / "bagit.txt", "bundel") != DECLARATION:
        raise UserError(f"{path} is geen bundel van de uitvoercontrole")
    for manifest, files in ((MANIFEST, payload_files(path)), (TAG_MANIFEST, tag_files(path))):
        content, expected = read_bytes(path / manifest, "manifest"), sha512_lines(path, files)
        stated, present = _digests(content), _digests(expected)
        for name in sorted(stated.keys() | present.keys()):
            if name not in present:
                raise UserError(f"bundel {path}: {name} ontbreekt")
            if name not in stated:
                raise UserError(f"bundel {path}: {name} hoort er niet in")
            if stated[name] != present[name]:
                raise UserError(f"bundel {path}: {name} is gewijzigd na de vrijgave")
        if content != expected:
            raise UserError(f"bundel {path}: {manifest} is gewijzigd na de vrijgave")


def _digests(manifest: bytes) -> dict[str, str]:
    """Return file name -> digest of the lines of a BagIt manifest."""
    pairs = (line.partition("  ") for line in manifest.decode("utf-8", "replace").splitlines())
    return {name: digest_of_file for digest_of_file, _, name in pairs}


def _statement(path: Path, zone3: list[PublicKey]) -> Statement:
    envelope = Envelope.from_bytes(read_bytes(path / STATEMENT, "verklaring"), STATEMENT)
    if not verify(envelope, PAYLOAD_TYPE, zone3, STATEMENT):
        raise UserError(f"bundel {path}: niet ondertekend door de uitvoercontrole (zone 3) waarvan u de sleutel hebt")
    return parse_values(parse_json(envelope.content(), STATEMENT), Statement, STATEMENT)
