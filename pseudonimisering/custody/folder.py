"""Custody: an opened folder of secrets; who is trusted, whose secrets are in use, and what may be made."""

import fcntl
import os
import secrets
import stat
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pseudonimisering.custody.keeping import Keeping, OpenKeeping, make_master, make_open_master, open_master
from pseudonimisering.custody.layout import (
    AUDIT_KEY,
    CHECKERS,
    CODES,
    DESCRIPTION,
    DESTROYED,
    LOCKS,
    LOG,
    PROJECTS,
    RENEWAL,
    SIGNERS,
    ZONE,
    CustodyDescription,
    check_project_name,
    read_description,
    user_name,
    write_description,
)
from pseudonimisering.custody.master import Master, new_id
from pseudonimisering.custody.overwriting import erase_folder
from pseudonimisering.custody.replacement import finish_renewal
from pseudonimisering.custody.wrapped import Use, clear_unfinished, read_wrapped, unwrap, wrap, write_once
from pseudonimisering.pseudonyms import DEFAULT_SCHEME, SCHEMES, SECRET_BYTES, ProjectSecret
from zoo_formaat.atomic import new_directory, write_file
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import EventLog
from zoo_formaat.keys import (
    public_bytes,
    read_private_key,
    read_public_key,
    read_public_keys,
    read_secret,
    write_key_pair,
)
from zoo_formaat.sealed import PUBLIC_SUFFIX as SEAL_SUFFIX
from zoo_formaat.sealed import SealKey, read_seal_keys, seal_key_bytes
from zoo_formaat.signature import PrivateKey, PublicKey

if TYPE_CHECKING:
    from pseudonimisering.pseudonyms.codes import CodeBook


class Custody:
    """An opened custody folder."""

    def __init__(self, path: Path, master: Master | Callable[[], Master] | None = None) -> None:
        """Open `path`.

        master: the opened master key, or what opens it when it is first needed; None for a custody that keeps it
        itself (`open`). A folder of the earlier form (secrets that are not wrapped) is brought to the present
        form. Raises UserError when it is no custody, belongs to somebody else or is open to others.
        """
        if not (path / f"{ZONE}.sleutel").is_file():
            raise UserError(f"map {path} is geen bewaarplaats van geheimen; maak er een: pseudonimisering geheim maak")
        status = path.stat()
        if status.st_uid != os.geteuid():
            raise UserError(f"map {path} is van een andere gebruiker; gebruik uw eigen bewaarplaats")
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise UserError(f"map {path} is toegankelijk voor anderen; doe eerst: chmod 700 {path}")
        self.path = path
        self.log = EventLog(path / LOG, "pseudonimisering")
        self._master = master
        self._holding: dict[str, BinaryIO] = {}
        weakref.finalize(self, _close_all, self._holding)
        if (path / RENEWAL).exists() or not (path / DESCRIPTION).exists():
            with self.locked():
                finish_renewal(path)
                if not (path / DESCRIPTION).exists():
                    self._adopt()

    # ------------------------------------------------------------------------------------------------ keys of people

    def signing_key(self) -> PrivateKey:
        """Return the key with which this zone signs packages. Raises UserError when others can read its file."""
        return read_private_key(self.path / f"{ZONE}.sleutel")

    def public_key(self) -> PublicKey:
        """Return the public key of this zone."""
        return read_public_key(self.path / f"{ZONE}.pub.json")

    def signers(self) -> list[PublicKey]:
        """Return the people whose signatures on project files count here."""
        return read_public_keys(self.path / SIGNERS)

    def trust(self, keys: Sequence[PublicKey]) -> None:
        """Add people whose signatures count. Raises UserError when a holder or key is known under another name."""
        _write_signers(self.path / SIGNERS, keys)
        for key in keys:
            self.log.append(user_name(), "vertrouw", key.houder, "gelukt", sleutel=key.id)

    def checkers(self) -> list[SealKey]:
        """Return the public keys of zone 3 to which audit identities are sealed."""
        return read_seal_keys(self.path / CHECKERS)

    def trust_checker(self, key: SealKey) -> None:
        """Seal audit identities to this key too. Raises UserError when holder or key is known under another name."""
        for other in self.checkers():
            if (other.houder == key.houder) != (other.id == key.id):
                raise UserError(
                    f"toetser '{key.houder}' en '{other.houder}' delen een naam of sleutel met verschillende inhoud; "
                    "gebruik voor een nieuwe sleutel een nieuwe naam"
                )
        folder = self.path / CHECKERS
        folder.mkdir(mode=0o700, exist_ok=True)
        write_file(folder / f"{key.houder}{SEAL_SUFFIX}", seal_key_bytes(key))
        self.log.append(user_name(), "vertrouw-toetser", key.houder, "gelukt", sleutel=key.id)

    # ------------------------------------------------------------------------------------------------------- secrets

    def description(self) -> CustodyDescription:
        """Return which custody this is and how its master key is kept. Raises UserError when the file is damaged."""
        return read_description(self.path)

    def master(self) -> Master:
        """Return the opened master key. Raises UserError when it is kept elsewhere and was not given."""
        if callable(self._master):
            self._master = self._master()
        if self._master is None:
            self._master = open_master(self.path)
        return self._master

    def project_secret(self, project: str) -> ProjectSecret:
        """Return the secret of a project, made from the system's randomness at first use; logged as a use.

        Raises UserError when the project was destroyed, when a file is open to others, damaged, missing or not of this
        project, and when the custody is not open. Two runs at once get the same secret. Until `release`, or the end of
        this object, the project is neither rotated nor destroyed by another process.
        """
        self._hold(project)
        versions, scheme = self.open_secrets(project)
        self.log.append(user_name(), "geheim gebruik", f"project:{project}", "gelukt", versie=len(versions))
        return ProjectSecret(versions, scheme)

    def create_project(self, project: str, scheme: str = DEFAULT_SCHEME) -> None:
        """Make the secret of a project under a scheme of its choice.

        Raises UserError when the scheme is unknown, or the project has a secret already or was destroyed.
        """
        if scheme not in SCHEMES:
            raise UserError(f"schema '{scheme}' is onbekend; bekend zijn: {', '.join(sorted(SCHEMES))}")
        self.check_project(project)
        if not self._make_secret(project, scheme):
            raise UserError(f"project {project} heeft al een geheim; het schema van een project ligt vast")

    def code_book(self, project: str) -> "CodeBook":
        """Return the code book of a project. Its permutation ends with the project's secret, and outlives rotation."""
        self._hold(project)
        versions, _ = self.open_secrets(project)
        return self.code_book_of(project, len(versions), versions)

    def code_book_of(self, project: str, version: int, versions: Sequence[bytes] = ()) -> "CodeBook":
        """Return the code book that belongs to one version of a project's secret."""
        from pseudonimisering.pseudonyms.codes import KEY_BYTES, CodeBook

        first = (versions or self.open_secrets(project)[0])[0]
        info = f"zoo/codes/{project}".encode()
        key = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(first)
        folder = self.path / CODES / project / f"v{version}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return CodeBook(folder, key)

    def release(self, project: str) -> None:
        """Let go of a project whose secret this object has used: it may be rotated and destroyed."""
        holding = self._holding.pop(project, None)
        if holding is not None:
            holding.close()

    @contextmanager
    def alone_with(self, project: str) -> Iterator[None]:
        """Keep everybody else from a project. Raises UserError when a run that uses it has not ended."""
        check_project_name(project)
        self.release(project)
        with self._lock_file(f"project-{project}") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError(
                    f"project {project} is in gebruik door een andere opdracht; wacht tot die klaar is"
                ) from None
            yield

    def audit_key(self) -> bytes:
        """Return the 32 bytes under which this zone makes audit identities, made at first use; logged as a use."""
        path = self.path / AUDIT_KEY
        use = Use(bewaarplaats=self.description().id, soort="auditsleutel")
        if not path.exists():
            with self.locked():
                master = self.present_master()
                write_once(path, wrap(secrets.token_bytes(SECRET_BYTES), use, master).to_bytes())
        key = unwrap(read_wrapped(path), use, self.master(), path)
        self.log.append(user_name(), "geheim gebruik", "auditsleutel", "gelukt")
        return key

    def projects(self) -> list[str]:
        """Return the projects that have a secret here."""
        return sorted(path.name.removesuffix(".v1.geheim") for path in (self.path / PROJECTS).glob("[!.]*.v1.geheim"))

    def open_secrets(self, project: str) -> tuple[list[bytes], str]:
        """Return the secrets of a project, oldest first, and its scheme. Only this package calls it; see above."""
        self.check_project(project)
        files = self._version_files(project)
        if not files:
            self._make_secret(project, DEFAULT_SCHEME)
            files = self._version_files(project)
        found, schemes = [], set()
        for version, path in enumerate(files, start=1):
            wrapped = read_wrapped(path)
            use = self.secret_use(project, version, wrapped.gebruik.schema_)
            found.append(unwrap(wrapped, use, self.master(), path))
            schemes.add(use.schema_)
        if len(schemes) != 1 or not schemes <= SCHEMES.keys():
            raise UserError(f"project {project}: de versies van het geheim passen niet bij elkaar")
        return found, schemes.pop()

    def secret_use(self, project: str, version: int, scheme: str) -> Use:
        """Return what a version of a project's secret is for."""
        custody = self.description().id
        return Use(bewaarplaats=custody, soort="projectgeheim", project=project, sleutelversie=version, schema_=scheme)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of this custody, for a short change; other processes and threads wait for it."""
        with self._lock_file("bewaarplaats") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            for folder in (self.path, self.path / PROJECTS):
                clear_unfinished(folder)
            for folder in self.path.glob(f".onaf-{RENEWAL}-*"):
                # a killed renewal: every secret, under a master key that never counted
                erase_folder(folder)
            yield

    def _hold(self, project: str) -> None:
        check_project_name(project)
        if project in self._holding:
            return
        stream = self._lock_file(f"project-{project}")
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.close()
            raise UserError(f"project {project} wordt nu gewisseld of vernietigd; probeer het daarna opnieuw") from None
        self._holding[project] = stream

    def _lock_file(self, name: str) -> BinaryIO:
        folder = self.path / LOCKS
        folder.mkdir(mode=0o700, exist_ok=True)
        return os.fdopen(os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)

    def check_project(self, project: str) -> None:
        """Raise UserError for an impossible name and for a project whose secret was destroyed."""
        check_project_name(project)
        if (self.path / DESTROYED / f"{project}.json").exists():
            raise UserError(
                f"het geheim van project {project} is vernietigd; het kan niet terugkomen. "
                "Een nieuw project krijgt een nieuwe naam"
            )

    def _version_files(self, project: str) -> list[Path]:
        folder = self.path / PROJECTS
        count = sum(1 for _ in folder.glob(f"{project}.v*.geheim"))
        files = [folder / f"{project}.v{version}.geheim" for version in range(1, count + 1)]
        for path in files:
            if not path.exists():
                raise UserError(f"geheim {path} ontbreekt terwijl er een latere versie is; zet de reservekopie terug")
        return files

    def _make_secret(self, project: str, scheme: str) -> bool:
        path = self.path / PROJECTS / f"{project}.v1.geheim"
        with self.locked():
            # once more, under the lock: another process may have destroyed it, or renewed the master key
            self.check_project(project)
            if (self.path / CODES / project).exists() and not path.exists():
                raise UserError(f"geheim {path} ontbreekt, maar het project heeft al codes; zet de reservekopie terug")
            use = self.secret_use(project, 1, scheme)
            wrapped = wrap(secrets.token_bytes(SECRET_BYTES), use, self.present_master())
            if not write_once(path, wrapped.to_bytes()):
                return False
        self.log.append(user_name(), "geheim maak", f"project:{project}", "gelukt", versie=1, schema=scheme)
        return True

    def present_master(self) -> Master:
        """Return the master key, under the lock. Raises UserError when it was renewed since it was opened."""
        master = self.master()
        if master.id != self.description().hoofdsleutel.id:
            raise UserError("de hoofdsleutel is intussen vernieuwd; voer de opdracht opnieuw uit, met de nieuwe delen")
        return master

    def _adopt(self) -> None:
        """Bring a custody of the earlier form, in which secrets were not wrapped, to this one in one step."""
        custody = new_id()
        with new_directory(self.path / RENEWAL, mode=0o700) as folder:
            master, description = make_open_master(folder)
            (folder / PROJECTS).mkdir(mode=0o700)
            for path in sorted((self.path / PROJECTS).glob("*.v1.geheim")):
                content = read_secret(path, "geheim")
                if len(content) != SECRET_BYTES:
                    raise UserError(f"geheim {path} is beschadigd; zet de reservekopie terug")
                project = path.name.removesuffix(".v1.geheim")
                use = Use(bewaarplaats=custody, soort="projectgeheim", project=project, schema_=DEFAULT_SCHEME)
                write_file(folder / PROJECTS / path.name, wrap(content, use, master).to_bytes(), mode=0o600)
            write_description(folder, CustodyDescription(id=custody, hoofdsleutel=description))
        finish_renewal(self.path)
        self.log.append(user_name(), "bewaarplaats bijgewerkt", ZONE, "gelukt", hoofdsleutel="open")


def create_custody(path: Path, signers: Sequence[PublicKey], keeping: Keeping | None = None) -> Custody:
    """Make a custody folder (mode 0700) with a new signing key and a new master key, kept `open` unless told.

    Raises UserError when `path` exists.
    """
    custody = new_id()
    with new_directory(path, mode=0o700) as folder:
        for name in (SIGNERS, PROJECTS):
            (folder / name).mkdir(mode=0o700)
        _write_signers(folder / SIGNERS, signers)
        key = PrivateKey.generate(ZONE)
        write_key_pair(folder, key)
        master, description = make_master(keeping or OpenKeeping(), folder, custody)
        write_description(folder, CustodyDescription(id=custody, hoofdsleutel=description))
        log = EventLog(folder / LOG, "pseudonimisering")
        kept = {"hoofdsleutel": description.soort, "bewaarders": description.bewaarders}
        log.append(user_name(), "bewaarplaats maak", ZONE, "gelukt", sleutel=key.public.id, **kept)
    return Custody(path, master)


def _close_all(streams: dict[str, BinaryIO]) -> None:
    for stream in streams.values():
        stream.close()


def _write_signers(folder: Path, keys: Sequence[PublicKey]) -> None:
    known = {key.houder: key for key in read_public_keys(folder)}
    for key in keys:
        for other in known.values():
            if (other.houder == key.houder) != (other.id == key.id):
                raise UserError(
                    f"'{key.houder}' en '{other.houder}' delen een naam of sleutel met verschillende inhoud; "
                    "een handtekening moet naar precies één persoon leiden"
                )
        known[key.houder] = key
    for key in keys:
        write_file(folder / f"{key.houder}.pub.json", public_bytes(key))
