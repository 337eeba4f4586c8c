"""A new master key: every wrapped key is wrapped anew, in one step that a kill cannot halve.

The new files are made whole beside the old ones; that they are there is the moment at which the new master key counts.
Moving them into place needs no key, so whoever opens the custody next finishes a run that was killed.
"""

from pathlib import Path

from pseudonimisering.custody.folder import Custody
from pseudonimisering.custody.keeping import Keeping, SharedKeeping, TokenKeeping, make_master
from pseudonimisering.custody.layout import (
    AUDIT_KEY,
    PROJECTS,
    RENEWAL,
    CustodyDescription,
    user_name,
    write_description,
)
from pseudonimisering.custody.replacement import finish_renewal
from pseudonimisering.custody.wrapped import read_wrapped, unwrap, wrap
from zoo_formaat.atomic import new_directory, write_file
from zoo_formaat.errors import UserError


def renew_master(custody: Custody, keeping: Keeping) -> Custody:
    """Give the custody a new master key, kept as told, and return it opened with that key.

    The earlier shares, key file or token key open backups made before only. Earlier keys in the token of the new
    master key are destroyed there. Raises UserError when a wrapped key does not open; then nothing has changed.
    """
    if isinstance(keeping, SharedKeeping) and keeping.folder.absolute().is_relative_to(custody.path.absolute()):
        raise UserError("delen in de bewaarplaats zelf bewaken niets; kies voor --delen een andere plaats")
    with custody.locked():
        description, old = custody.description(), custody.master()
        if old.id != description.hoofdsleutel.id:
            raise UserError("de hoofdsleutel is intussen vernieuwd; voer de opdracht opnieuw uit, met de nieuwe delen")
        known = [*description.eerdere, description.hoofdsleutel.id]
        with new_directory(custody.path / RENEWAL, mode=0o700) as folder:
            (folder / PROJECTS).mkdir(mode=0o700)
            master, kept = make_master(keeping, folder, description.id, known)
            for path in wrapped_files(custody.path):
                wrapped = read_wrapped(path)
                key = unwrap(wrapped, wrapped.gebruik, old, path)
                content = wrap(key, wrapped.gebruik, master).to_bytes()
                write_file(folder / path.relative_to(custody.path), content, mode=0o600)
            write_description(folder, CustodyDescription(id=description.id, hoofdsleutel=kept, eerdere=known))
        finish_renewal(custody.path)
    details = {"soort": kept.soort, "bewaarders": kept.bewaarders}
    custody.log.append(user_name(), "hoofdsleutel vernieuw", kept.id, "gelukt", **details)
    custody = Custody(custody.path, master)
    if isinstance(keeping, TokenKeeping):
        destroy_earlier_token_keys(custody, keeping)
    return custody


def destroy_earlier_token_keys(custody: Custody, keeping: TokenKeeping) -> None:
    """Destroy in the token the master keys that this custody had there before the present one."""
    from pseudonimisering.custody.pkcs11 import destroy_earlier_keys

    description = custody.description()
    destroy_earlier_keys(description.hoofdsleutel, description.id, keeping.pin)


def wrapped_files(path: Path) -> list[Path]:
    """Return the files of a custody that hold a wrapped key."""
    audit = path / AUDIT_KEY
    secrets = (file for kind in ("geheim", "wissel") for file in (path / PROJECTS).glob(f"[!.]*.v*.{kind}"))
    return sorted([*secrets, *([audit] if audit.exists() else [])])
