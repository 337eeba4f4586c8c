"""A renewed set of wrapped secrets takes the place of the old one: wholly, also after a kill half-way."""

import secrets
from pathlib import Path

from pseudonimisering.custody.layout import DESCRIPTION, MASTER_FILE, RENEWAL, read_description
from pseudonimisering.custody.overwriting import erase_file, erase_folder
from zoo_formaat.atomic import sync_to_disk

_REPLACED = "vervangen"


def finish_renewal(path: Path) -> None:
    """Move the files of a renewal that is whole into their places; called under the lock, and again after a kill.

    What they replace is overwritten, since it would open with the earlier master key. The description comes last.
    """
    ready, old = path / RENEWAL, path / RENEWAL / _REPLACED
    if not ready.is_dir():
        return
    if (ready / DESCRIPTION).exists():
        old.mkdir(mode=0o700, exist_ok=True)
        files = [file for file in ready.rglob("*") if file.is_file() and old not in file.parents]
        for number, file in enumerate(sorted(file for file in files if file.name != DESCRIPTION)):
            place = path / file.relative_to(ready)
            if place.exists():
                # kept by a second name until it is overwritten: at no moment is a secret missing from its place
                (old / f"{number}-{secrets.token_hex(8)}").hardlink_to(place)
            file.replace(place)
            sync_to_disk(place.parent)
        erase_folder(old)
        if read_description(ready).hoofdsleutel.soort != "open":
            erase_file(path / MASTER_FILE)
        (ready / DESCRIPTION).replace(path / DESCRIPTION)
        sync_to_disk(path)
    erase_folder(ready)
