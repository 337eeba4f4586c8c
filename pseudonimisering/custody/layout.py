"""What lies where in a custody, the folder of zone 1's secrets, and the file that says which custody it is.

DIR/bewaarplaats.json           which custody this is and how its master key is kept
DIR/hoofdsleutel.geheim         the master key, only when it is kept `open` (0600)
DIR/projecten/ID.vN.geheim      the secret of a project, one file per version, wrapped (0600), made at first use
DIR/projecten/ID.vN.wissel      a version that becomes valid when its rotation is done
DIR/auditsleutel.geheim         the key of audit identities, wrapped (0600), made at first use
DIR/codes/ID/                   the code book of a project
DIR/wissen/ID/                  who of a project must not come back
DIR/vernietigd/ID.json          a project whose secret was destroyed: it stays destroyed
DIR/reservekopieen/*.json       the backups that were made
DIR/zone1.sleutel               signing key of this zone (0600);  zone1.pub.json is its public part
DIR/ondertekenaars/*.pub.json   whose signatures on project files count here
DIR/toetsers/*.zegel.json       to whom audit identities are sealed
DIR/logboek.jsonl               every use, hash-chained, without identifiers

The secret of a project is random, never derived from the master key: destroying its wrapped file destroys it.
"""

import os
import pwd
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from pseudonimisering.custody.master import MasterDescription
from zoo_formaat.atomic import write_file
from zoo_formaat.canonical import canonical_bytes, parse_json
from zoo_formaat.document import Strict
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_secret

ZONE = "zone1"
PROJECTS = "projecten"
CODES = "codes"
DESTROYED = "vernietigd"
BACKUPS = "reservekopieen"
LOCKS = "sloten"
RENEWAL = "vernieuwing"
AUDIT_KEY = "auditsleutel.geheim"
DESCRIPTION = "bewaarplaats.json"
MASTER_FILE = "hoofdsleutel.geheim"
SIGNERS = "ondertekenaars"
CHECKERS = "toetsers"
LOG = "logboek.jsonl"
_PROJECT_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,63}")


class CustodyDescription(Strict):
    """The content of `bewaarplaats.json`, version 1. `eerdere`: the master keys it had before."""

    versie: Literal[1] = 1
    id: str
    hoofdsleutel: MasterDescription
    eerdere: list[str] = Field(default_factory=list)

    def to_bytes(self) -> bytes:
        """Return the bytes of the file."""
        return canonical_bytes(self.model_dump()) + b"\n"


def read_description(path: Path) -> CustodyDescription:
    """Read `bewaarplaats.json` of a custody or of its backup. Raises UserError when it is damaged."""
    file = path / DESCRIPTION
    try:
        return CustodyDescription.model_validate(parse_json(read_secret(file, "beschrijving"), str(file)))
    except ValidationError:
        raise UserError(f"{file} is beschadigd; zet de reservekopie terug") from None


def write_description(folder: Path, description: CustodyDescription) -> None:
    """Write `bewaarplaats.json`."""
    write_file(folder / DESCRIPTION, description.to_bytes(), mode=0o600)


def check_project_name(project: str) -> None:
    """Raise UserError for what cannot be the id of a project (and could be a path)."""
    if not _PROJECT_ID.fullmatch(project):
        raise UserError("een project-id bestaat uit kleine letters, cijfers en streepjes (2 tot 64)")


def user_name() -> str:
    """Return the name of the operating-system user, who is the actor in the log."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid-{os.geteuid()}"
