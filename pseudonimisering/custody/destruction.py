"""Destruction of a project's secret: nobody can lead its pseudonyms back to persons any more, and a signed
certificate says what was destroyed, what may survive and what destruction does not do.

First the tombstone: from then on every use is refused, and a run that was killed is finished by running it again. It
also goes into every backup that is given, so that putting such a backup back does not bring the project back.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from pseudonimisering.custody.backup import backup_id, backups_of
from pseudonimisering.custody.folder import Custody
from pseudonimisering.custody.keeping import Keeping, TokenKeeping
from pseudonimisering.custody.layout import CODES, DESTROYED, PROJECTS, check_project_name, read_description, user_name
from pseudonimisering.custody.overwriting import erase_file, erase_folder
from pseudonimisering.custody.renewal import destroy_earlier_token_keys, renew_master
from pseudonimisering.custody.wrapped import clear_unfinished, read_wrapped
from pseudonimisering.suppression import FOLDER as SUPPRESSIONS
from zoo_formaat.atomic import remove_leftovers, write_file
from zoo_formaat.canonical import canonical_bytes, digest, parse_json
from zoo_formaat.document import Strict, parse_values, read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_secret
from zoo_formaat.signature import Envelope, PublicKey, sign, verify

PAYLOAD_TYPE = "application/vnd.zoo.vernietiging+json"

STATEMENT = (
    "Vernietiging van het geheim verbreekt de weg van pseudoniem naar persoon. De attributen in de pakketten en in wat "
    "daarvan is afgeleid, blijven persoonsgegevens totdat zij zelf zijn verwijderd."
)


class DestroyedVersion(Strict):
    """One wrapped file that was destroyed: which version of the secret, where it lay, and the digest of the file."""

    sleutelversie: int
    schema_: str
    plaats: str
    digest: str


class Erasure(Strict):
    """One place that was erased: the custody or a backup, its folder, when, by whom, and how many files."""

    soort: Literal["bewaarplaats", "reservekopie"]
    map: str
    reservekopie: str = ""
    tijd: str
    door: str
    bestanden: int


class Tombstone(Strict):
    """What keeps a destroyed project destroyed, and what its certificate is made of."""

    versie: Literal[1] = 1
    bewaarplaats: str
    project: str
    begonnen: str
    versies: list[DestroyedVersion]
    gewist: list[Erasure] = Field(default_factory=list)
    te_vernieuwen: str = ""


class Certificate(Strict):
    """What zone 1 signs about a destruction, version 1."""

    versie: Literal[1] = 1
    bewaarplaats: str
    project: str
    versies: list[DestroyedVersion]
    gewist: list[Erasure]
    hoofdsleutel_vernieuwd: bool
    niet_gezien: list[str]
    kan_nog_bestaan: list[str]
    verklaring: str
    opgemaakt: str
    door: str


def destroy_project(
    custody: Custody, project: str, certificate: Path, backups: Sequence[Path] = (), keeping: Keeping | None = None
) -> Certificate:
    """Destroy the secret, code book and suppression list of a project, here and in `backups`, and write a certificate.

    keeping: how to keep a new master key, under which everything else is wrapped anew, so that a backup that cannot
    be reached opens with the earlier master key only; None keeps the master key. After a kill, or for a backup that
    turns up later, run it again: the certificate tells all that was done. Raises UserError before anything happens
    when the project is unknown or a folder is no backup of this custody.
    """
    check_project_name(project)
    certificate_folder = certificate.absolute().parent
    if certificate.is_dir() or not certificate_folder.is_dir():
        raise UserError(f"certificaat {certificate}: kies een bestand in een bestaande map")
    key = custody.signing_key()
    _check_backups(custody, backups)
    tombstone_path = custody.path / DESTROYED / f"{project}.json"
    earlier = _read_tombstone(tombstone_path).te_vernieuwen if tombstone_path.exists() else ""
    if keeping is not None and earlier in {"", custody.description().hoofdsleutel.id}:
        custody.master()  # who cannot open it hears so before anything is gone
    with custody.alone_with(project), custody.locked():
        tombstone = _begin(custody, project, backups, renew=keeping is not None)
        places = [custody.path, *backups]
        custody.log.append(user_name(), "vernietig", f"project:{project}", "begonnen", plaatsen=len(places))
        for place in places:
            tombstone = _erase(custody, place, tombstone)
        for record in backups_of(custody):
            with suppress(UserError):
                # a backup that was killed half-way; its place may be out of reach
                remove_leftovers(Path(record.map).parent)
    if keeping is not None and custody.description().hoofdsleutel.id == tombstone.te_vernieuwen:
        custody = renew_master(custody, keeping)
    elif isinstance(keeping, TokenKeeping):
        # the run that renewed it may have been killed before it destroyed the earlier key
        destroy_earlier_token_keys(custody, keeping)
    document = _certificate(custody, tombstone)
    payload = canonical_bytes(document.model_dump()) + b"\n"
    content = sign(payload, PAYLOAD_TYPE, [key]).to_bytes()
    write_file(custody.path / DESTROYED / f"{project}.dsse.json", content, mode=0o600)
    write_file(certificate, content)
    details = {"versies": len(document.versies), "niet_gezien": len(document.niet_gezien)}
    custody.log.append(user_name(), "vernietig", f"project:{project}", "gelukt", **details)
    return document


def read_certificate(path: Path, zone1: Sequence[PublicKey]) -> Certificate:
    """Read a certificate, with zone 1's public key only. Raises UserError when it is not zone 1's or was changed."""
    envelope = Envelope.from_bytes(read_bytes(path, "certificaat"), str(path))
    if not verify(envelope, PAYLOAD_TYPE, zone1, str(path)):
        raise UserError(f"certificaat {path} is niet van een zone 1 die u vertrouwt")
    return parse_values(parse_json(envelope.content(), str(path)), Certificate, str(path))


def _check_backups(custody: Custody, backups: Sequence[Path]) -> None:
    for folder in backups:
        if folder.resolve() == custody.path.resolve():
            raise UserError(f"reservekopie {folder} is de bewaarplaats zelf; noem de map van de kopie")
        if read_description(folder).id != custody.description().id:
            raise UserError(f"map {folder} is geen reservekopie van deze bewaarplaats; controleer het pad")


def _begin(custody: Custody, project: str, backups: Sequence[Path], *, renew: bool) -> Tombstone:
    """Return the tombstone, on disk: that of an earlier run with what is to be done added, or a new one."""
    path = custody.path / DESTROYED / f"{project}.json"
    if path.exists():
        tombstone = _read_tombstone(path)
    else:
        tombstone = Tombstone(bewaarplaats=custody.description().id, project=project, begonnen=_now(), versies=[])
    known = {(version.plaats, version.digest) for version in tombstone.versies}
    places = {version.plaats for version in tombstone.versies}
    found = [version for place in [custody.path, *backups] for version in _versions(place, project)]
    # what an earlier run was overwriting when it was killed is not a version of its own
    added = [v for v in found if (v.plaats, v.digest) not in known and (v.sleutelversie or v.plaats not in places)]
    versions = [*tombstone.versies, *added]
    if not versions:
        raise UserError(f"project {project} heeft in deze bewaarplaats geen geheim; controleer de naam")
    update: dict[str, object] = {"versies": versions}
    if renew and not tombstone.te_vernieuwen:
        update["te_vernieuwen"] = custody.description().hoofdsleutel.id
    tombstone = tombstone.model_copy(update=update)
    _write_tombstone(custody.path, tombstone)
    return tombstone


def _versions(place: Path, project: str) -> list[DestroyedVersion]:
    """Describe the wrapped secrets of a project in one place; a file that is half erased is described by its digest."""
    found = []
    for file in _secret_files(place, project):
        version, scheme = 0, ""
        with suppress(UserError):
            use = read_wrapped(file).gebruik
            version, scheme = use.sleutelversie, use.schema_
        hashed = digest(file.read_bytes())
        found.append(
            DestroyedVersion(sleutelversie=version, schema_=scheme, plaats=str(file.absolute()), digest=hashed)
        )
    return found


def _secret_files(place: Path, project: str) -> list[Path]:
    return sorted(file for kind in ("geheim", "wissel") for file in (place / PROJECTS).glob(f"{project}.v*.{kind}"))


def _erase(custody: Custody, place: Path, tombstone: Tombstone) -> Tombstone:
    """Erase a project in one place, and note that in the tombstone; in a backup the tombstone comes first as well."""
    project = tombstone.project
    if place != custody.path:
        _write_tombstone(place, tombstone)
    count = clear_unfinished(place / PROJECTS)
    for file in _secret_files(place, project):
        erase_file(file)
        count += 1
    count += sum(erase_folder(place / name / project) for name in (CODES, SUPPRESSIONS))
    if not count and any(entry.map == str(place.absolute()) for entry in tombstone.gewist):
        return tombstone
    erasure = Erasure(
        soort="bewaarplaats" if place == custody.path else "reservekopie",
        map=str(place.absolute()),
        reservekopie=backup_id(place) or "" if place != custody.path else "",
        tijd=_now(),
        door=user_name(),
        bestanden=count,
    )
    tombstone = tombstone.model_copy(update={"gewist": [*tombstone.gewist, erasure]})
    _write_tombstone(custody.path, tombstone)
    return tombstone


def _certificate(custody: Custody, tombstone: Tombstone) -> Certificate:
    seen = {entry.reservekopie for entry in tombstone.gewist}
    unseen = [
        record for record in backups_of(custody) if record.id not in seen and tombstone.project in record.projecten
    ]
    kept = custody.description().hoofdsleutel
    renewed = bool(tombstone.te_vernieuwen) and kept.id != tombstone.te_vernieuwen
    may_survive = [
        "kopieën van de bewaarplaats die niet met `geheim reservekopie` zijn gemaakt",
        "resten op de opslag zelf (SSD, momentopnamen, wisselgeheugen), waar overschrijven niet bij komt",
        "verzegelde toetsidentiteiten bij de toetser: met de auditsleutel van zone 1 leiden zij terug naar personen; "
        "laat de toetser die van dit project verwijderen",
        "de ruwe leveringen bij de bronhouders",
    ]
    if unseen:
        how = (
            "zij gaan alleen nog open met de eerdere hoofdsleutel; vernietig de eerdere delen of sleutel"
            if renewed
            else "zij gaan nog open met de hoofdsleutel van de bewaarplaats"
        )
        may_survive.insert(0, f"het geheim in {len(unseen)} reservekopie(ën) die niet zijn aangeboden: {how}")
    return Certificate(
        bewaarplaats=tombstone.bewaarplaats,
        project=tombstone.project,
        versies=tombstone.versies,
        gewist=tombstone.gewist,
        hoofdsleutel_vernieuwd=renewed,
        niet_gezien=[f"{record.map} ({record.tijd}, {record.id})" for record in unseen],
        kan_nog_bestaan=may_survive,
        verklaring=STATEMENT,
        opgemaakt=_now(),
        door=user_name(),
    )


def _read_tombstone(path: Path) -> Tombstone:
    try:
        return Tombstone.model_validate(parse_json(read_secret(path, "aantekening van vernietiging"), str(path)))
    except ValidationError:
        raise UserError(f"{path} is beschadigd; zet dit bestand terug uit de reservekopie") from None


def _write_tombstone(place: Path, tombstone: Tombstone) -> None:
    folder = place / DESTROYED
    folder.mkdir(mode=0o700, exist_ok=True)
    write_file(folder / f"{tombstone.project}.json", canonical_bytes(tombstone.model_dump()) + b"\n", mode=0o600)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
