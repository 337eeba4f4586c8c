"""Custody: the folder in which zone 1 keeps its secrets, its signing key and the people it trusts.

DIR/zone1.sleutel             signing key of this zone (0600);  zone1.pub.json is its public part
DIR/projecten/ID.v1.geheim    32 random bytes per project (0600), made at first use
DIR/ondertekenaars/*.pub.json whose signatures on project files count here
DIR/logboek.jsonl             every use, hash-chained, without identifiers
"""

import os
import pwd
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

from pseudonimisering.pseudonyms import KEY_VERSION, SECRET_BYTES, ProjectSecret
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
from zoo_formaat.signature import PrivateKey, PublicKey

ZONE = "zone1"
_SIGNERS = "ondertekenaars"
_PROJECTS = "projecten"
_LOG = "logboek.jsonl"


class Custody:
    """An opened custody folder."""

    def __init__(self, path: Path) -> None:
        """Open `path`. Raises UserError when it is no custody, belongs to somebody else or is open to others."""
        if not (path / f"{ZONE}.sleutel").is_file():
            raise UserError(f"map {path} is geen bewaarplaats van geheimen; maak er een: pseudonimisering geheim maak")
        status = path.stat()
        if status.st_uid != os.geteuid():
            raise UserError(f"map {path} is van een andere gebruiker; gebruik uw eigen bewaarplaats")
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise UserError(f"map {path} is toegankelijk voor anderen; doe eerst: chmod 700 {path}")
        self.path = path
        self.log = EventLog(path / _LOG, "pseudonimisering")

    def signing_key(self) -> PrivateKey:
        """Return the key with which this zone signs packages. Raises UserError when others can read its file."""
        return read_private_key(self.path / f"{ZONE}.sleutel")

    def public_key(self) -> PublicKey:
        """Return the public key of this zone."""
        return read_public_key(self.path / f"{ZONE}.pub.json")

    def signers(self) -> list[PublicKey]:
        """Return the people whose signatures on project files count here."""
        return read_public_keys(self.path / _SIGNERS)

    def trust(self, keys: Sequence[PublicKey]) -> None:
        """Add people whose signatures count. Raises UserError when a holder or key is known under another name."""
        _write_signers(self.path / _SIGNERS, keys)
        for key in keys:
            self.log.append(user_name(), "vertrouw", key.houder, "gelukt", sleutel=key.id)

    def project_secret(self, project: str) -> ProjectSecret:
        """Return the secret of a project, made from the system's randomness at first use.

        Raises UserError when the file is open to others, or damaged. Two runs at once get the same secret.
        """
        path = self.path / _PROJECTS / f"{project}.v{KEY_VERSION}.geheim"
        if not path.exists():
            self._make_secret(path, project)
        content = read_secret(path, "geheim")
        if len(content) != SECRET_BYTES:
            raise UserError(f"geheim {path} is beschadigd; zet de reservekopie terug")
        return ProjectSecret(content)

    def _make_secret(self, path: Path, project: str) -> None:
        partial = path.with_name(f".onaf-{secrets.token_hex(8)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(secrets.token_bytes(SECRET_BYTES))
                stream.flush()
                os.fsync(stream.fileno())
            # A link fails when the name is taken: a secret is never replaced, whoever came first
            path.hardlink_to(partial)
        except FileExistsError:
            return
        finally:
            partial.unlink()
        self.log.append(user_name(), "geheim maak", f"project:{project}", "gelukt", versie=KEY_VERSION)


def create_custody(path: Path, signers: Sequence[PublicKey]) -> Custody:
    """Make a custody folder (mode 0700) with a new signing key. Raises UserError when `path` exists."""
    with new_directory(path, mode=0o700) as folder:
        (folder / _SIGNERS).mkdir(mode=0o700)
        (folder / _PROJECTS).mkdir(mode=0o700)
        _write_signers(folder / _SIGNERS, signers)
        key = PrivateKey.generate(ZONE)
        write_key_pair(folder, key)
        log = EventLog(folder / _LOG, "pseudonimisering")
        log.append(user_name(), "bewaarplaats maak", ZONE, "gelukt", sleutel=key.public.id)
    return Custody(path)


def user_name() -> str:
    """Return the name of the operating-system user, who is the actor in the log."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid-{os.geteuid()}"


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
