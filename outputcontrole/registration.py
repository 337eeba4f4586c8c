"""What the checker trusts: people, zone 1, policy, projects and packages, in one folder that only the checker writes.

The release path takes everything from here and nothing from an argument. Every document in it is signed, so a change
by hand ends in a refusal, whoever made it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

from outputcontrole.policy import Policy, agreed_policy, load_policy
from zoo_formaat.atomic import new_directory, write_file
from zoo_formaat.canonical import canonical_bytes, parse_json
from zoo_formaat.detached import signatures_path
from zoo_formaat.document import read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import EventLog
from zoo_formaat.keys import public_bytes, read_private_key, read_public_key, read_public_keys, write_key_pair
from zoo_formaat.package import Package, load_package
from zoo_formaat.project import SignedProject, load_project
from zoo_formaat.sealed import PRIVATE_SUFFIX, PUBLIC_SUFFIX, OpeningKey, read_opening_key, write_seal_keys
from zoo_formaat.signature import PrivateKey, PublicKey

REGISTERING = "registreren"
_HOLDER = "zone3"


@dataclass(frozen=True)
class Registration:
    """A registration folder; nothing is cached, so every call checks what lies there now."""

    path: Path

    @property
    def signers(self) -> list[PublicKey]:
        """The people whose signatures count on project files and on the policy."""
        return read_public_keys(self.path / "ondertekenaars")

    @property
    def zone1(self) -> list[PublicKey]:
        """The keys of zone 1 whose packages are opened."""
        return read_public_keys(self.path / "zone1")

    @property
    def log(self) -> EventLog:
        """The checker's event log."""
        return EventLog(self.path / "logboek.jsonl", "outputcontrole")

    def logged(self, action: str, subject: str | None = None) -> list[dict[str, Any]]:
        """Return the log entries of an action (on one object), oldest first.

        A last line that a killed run left unfinished is no entry. Raises UserError for a line that cannot be read.
        """
        if not self.log.path.exists():
            return []
        found = []
        lines = read_bytes(self.log.path, "logboek").split(b"\n")[:-1]
        for number, line in enumerate(lines, start=1):
            if action.encode() in line:
                entry = parse_json(line, f"{self.log.path}, regel {number}")
                if entry["handeling"] == action and subject in {None, entry["object"]}:
                    found.append(entry)
        return found

    @property
    def signing_key(self) -> PrivateKey:
        """The key with which this checker signs releases; readable by its own user only."""
        return read_private_key(self.path / "sleutel" / f"{_HOLDER}.sleutel")

    @property
    def public_key(self) -> PublicKey:
        """The public part of this checker's key."""
        return read_public_key(self.path / "sleutel" / f"{_HOLDER}.pub.json")

    @property
    def opening_key(self) -> OpeningKey:
        """The key that opens what zone 1 sealed to this checker; raises UserError when it was never made."""
        path = self.path / "sleutel" / f"{_HOLDER}{PRIVATE_SUFFIX}"
        if not path.exists():
            raise UserError("deze registratie heeft nog geen zegelsleutel; maak haar met: outputcontrole zegelsleutel")
        return read_opening_key(path)

    @property
    def policy(self) -> Policy:
        """The registered policy; raises UserError when it was changed after two people signed it."""
        return load_policy(self.path / "beleid" / "beleid.toml", self.signers)

    def history_path(self, request: str) -> Path:
        """Return where the history of a released request stands."""
        return self.path / "historie" / f"{request}.dsse.json"

    def project_folder(self, project: str) -> Path:
        """Return the folder of a registered project; raises UserError that names the projects there are."""
        folder = self.path / "projecten"
        known = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
        if project not in known:
            there = ", ".join(known) or "nog geen"
            raise UserError(f"onbekend project '{project}'; geregistreerd zijn: {there}")
        return folder / project

    def project(self, project: str) -> SignedProject:
        """Return a registered project, its signatures and end date checked today."""
        return load_project(self.project_folder(project) / "project.toml", self.signers, today())

    def packages(self, project: str) -> list[Package]:
        """Return the packages registered for a project, each checked against zone 1's signature and every digest.

        Raises UserError when one is missing or differs from what was registered.
        """
        signed = self.project(project)
        record = parse_json(read_bytes(self.project_folder(project) / "pakketten.json", "pakketregistratie"), project)
        found = []
        for source, registered in sorted(record["pakketten"].items()):
            package = _fitting_package(Path(record["map"]) / source, self.zone1, signed)
            if package.digest != registered:
                raise UserError(
                    f"pakket '{source}' is een andere levering dan geregistreerd; registreer de nieuwe levering eerst"
                )
            found.append(package)
        return found

    @contextmanager
    def lock(self, name: str = ".slot") -> Iterator[None]:
        """Hold the registration for oneself: two releases, or a release and a decision, never run at once.

        name: of the lock's file; work that need not wait for a release takes another one.
        """
        with (self.path / name).open("w") as stream:
            flock(stream, LOCK_EX)
            yield


def today() -> date:
    """Return today's date in UTC, by which end dates are judged."""
    return datetime.now(UTC).date()


def open_registration(path: Path) -> Registration:
    """Open an existing registration folder; raises UserError when it is none."""
    if not (path / "beleid" / "beleid.toml").is_file():
        raise UserError(f"{path} is geen registratie van de uitvoercontrole; maak er een met: outputcontrole inrichten")
    return Registration(path)


def create_registration(path: Path, signers: Sequence[Path], zone1: Sequence[Path], policy: Path) -> Registration:
    """Create a registration: the people and zone 1 keys to trust, the signed policy, a new key of this checker.

    signers, zone1: public key files. Raises UserError when the folder exists, fewer than two people are named, or the
    policy is not signed by two of them. Nothing is left behind on failure.
    """
    people = [read_public_key(file) for file in signers]
    if len({key.houder for key in people}) < 2 or len({key.id for key in people}) < 2:
        raise UserError("noem minstens twee verschillende ondertekenaars (--ondertekenaar)")
    if not zone1:
        raise UserError("noem minstens één publieke sleutel van zone 1 (--zone1)")
    load_policy(policy, people)
    with new_directory(path, mode=0o700) as folder:
        for name, keys in (("ondertekenaars", people), ("zone1", [read_public_key(file) for file in zone1])):
            (folder / name).mkdir()
            for key in keys:
                write_file(folder / name / f"{key.houder}.pub.json", public_bytes(key))
        for name in ("beleid", "projecten", "aanvragen", "historie"):
            (folder / name).mkdir()
        (folder / "sleutel").mkdir(mode=0o700)
        write_key_pair(folder / "sleutel", PrivateKey.generate(_HOLDER))
        write_seal_keys(folder / "sleutel", OpeningKey.generate(_HOLDER))
        write_file(folder / "beleid" / "beleid.toml", policy.read_bytes())
        write_file(signatures_path(folder / "beleid" / "beleid.toml"), signatures_path(policy).read_bytes())
        registered = Registration(folder).policy
        Registration(folder).log.append("beheerder", "inrichten", "registratie", "gelukt", beleid=registered.digest)
    return Registration(path)


def make_seal_key(registration: Registration) -> tuple[Path, bool]:
    """Return the public key file to which zone 1 seals, and whether the pair was made now (it was not there yet)."""
    folder = registration.path / "sleutel"
    public = folder / f"{_HOLDER}{PUBLIC_SUFFIX}"
    with registration.lock():
        if public.exists() and (folder / f"{_HOLDER}{PRIVATE_SUFFIX}").exists():
            return public, False
        # a run that was killed between the two files left a private key to which nothing was sealed yet
        (folder / f"{_HOLDER}{PRIVATE_SUFFIX}").unlink(missing_ok=True)
        key = OpeningKey.generate(_HOLDER)
        write_seal_keys(folder, key)
        registration.log.append("beheerder", "zegelsleutel", _HOLDER, "gelukt", sleutel=key.public.id)
    return public, True


def register_project(registration: Registration, project_file: Path, packages: Path) -> SignedProject:
    """Register a project and the packages made for it; a second registration replaces the first.

    packages: the folder that holds one folder per source. Raises UserError when a signature is missing, a rule of the
    project's own is looser than the policy, a package was made for another project or version of the project file,
    holds a column that the project does not permit, or was registered before and replaced since: an old package put
    back would bring erased people back.
    """
    signed = load_project(project_file, registration.signers, today())
    agreed_policy(registration.policy, signed)
    folders = (
        sorted(entry for entry in packages.iterdir() if (entry / "datapackage.json").is_file())
        if (packages.is_dir())
        else []
    )
    if not folders:
        raise UserError(f"map {packages} bevat geen datapakketten")
    digests = {folder.name: _fitting_package(folder, registration.zone1, signed).digest for folder in folders}
    with registration.lock():
        replaced = _replaced(registration, signed.file.id)
        for source, digest in digests.items():
            if digest in replaced.get(source, set()):
                raise UserError(
                    f"pakket '{source}' is een eerdere levering, die sindsdien vervangen is; registreer de nieuwste "
                    "levering of laat zone 1 opnieuw leveren"
                )
        target = registration.path / "projecten" / signed.file.id
        if not target.exists():
            with new_directory(target):
                pass
        record = {"map": str(packages.resolve()), "pakketten": digests}
        write_file(target / "project.toml", project_file.read_bytes())
        write_file(signatures_path(target / "project.toml"), signatures_path(project_file).read_bytes())
        write_file(target / "pakketten.json", canonical_bytes(record) + b"\n")
        registration.log.append("beheerder", REGISTERING, signed.file.id, "gelukt", pakketten=digests)
    return signed


def _replaced(registration: Registration, project: str) -> dict[str, set[str]]:
    """Return per source the digests of packages that were registered for the project before its last one."""
    registered: dict[str, list[str]] = {}
    for entry in registration.logged(REGISTERING, project):
        for source, digest in entry["details"]["pakketten"].items():
            registered.setdefault(source, []).append(digest)
    return {source: set(digests) - {digests[-1]} for source, digests in registered.items()}


def _fitting_package(folder: Path, zone1: Sequence[PublicKey], signed: SignedProject) -> Package:
    """Open a package and check that it was made for this very project file and holds what that permits."""
    package = load_package(folder, zone1)
    manifest = package.manifest
    if manifest.bron != folder.name:
        raise UserError(f"pakket {folder}: de map heet anders dan de bron '{manifest.bron}'; hernoem de map")
    if manifest.project.id != signed.file.id or manifest.project.digest != signed.digest:
        raise UserError(
            f"pakket {folder}: gemaakt voor een ander project of een andere versie van het projectbestand; "
            "laat zone 1 opnieuw leveren"
        )
    if today() > manifest.bewaren_tot:
        raise UserError(f"pakket {folder}: de bewaartermijn is verstreken op {manifest.bewaren_tot}; verwijder het")
    for resource in manifest.resources:
        permitted = signed.file.permits(manifest.bron, resource.name)
        beyond = sorted(resource.table_schema.permitted_as() - set(permitted or []))
        if beyond:
            raise UserError(
                f"pakket {folder}: '{manifest.bron}.{resource.name}.{beyond[0]}' is in dit project niet toegestaan"
            )
    return package
