"""Backups of a custody: a copy of the folder, and a record of it, so that destruction can name those not seen."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from pseudonimisering.custody.folder import Custody
from pseudonimisering.custody.layout import BACKUPS, LOCKS, RENEWAL, user_name
from pseudonimisering.custody.master import new_id
from zoo_formaat.atomic import new_directory, write_file
from zoo_formaat.canonical import canonical_bytes, parse_json
from zoo_formaat.document import Strict, read_bytes
from zoo_formaat.errors import UserError

MARK = "reservekopie.json"


class BackupRecord(Strict):
    """One backup: where and when it was made, by whom, which master key opens it, and the projects in it."""

    versie: Literal[1] = 1
    id: str
    map: str
    tijd: str
    door: str
    hoofdsleutel: str
    projecten: list[str]


def make_backup(custody: Custody, target: Path) -> BackupRecord:
    """Copy the custody to the new folder `target` (mode 0700) and record that. Raises UserError when it exists.

    The record comes first: a backup that a kill left unfinished is on record too. Secrets stay wrapped in the copy;
    only of a custody whose master key is kept `open`, that key is in the copy as well.
    """
    if target.absolute().is_relative_to(custody.path.absolute()):
        raise UserError("een reservekopie in de bewaarplaats zelf helpt niet; kies een andere schijf of plaats")
    if target.exists():
        raise UserError(f"{target} bestaat al; kies een andere naam of verwijder hem eerst")
    with custody.locked():
        record = BackupRecord(
            id=new_id(),
            map=str(target.absolute()),
            tijd=datetime.now(UTC).isoformat(timespec="seconds"),
            door=user_name(),
            hoofdsleutel=custody.description().hoofdsleutel.id,
            projecten=custody.projects(),
        )
        content = canonical_bytes(record.model_dump()) + b"\n"
        folder = custody.path / BACKUPS
        folder.mkdir(mode=0o700, exist_ok=True)
        write_file(folder / f"{record.id}.json", content, mode=0o600)
        with new_directory(target, mode=0o700) as copy:
            left_out = shutil.ignore_patterns(LOCKS, RENEWAL, MARK, ".onaf-*")
            shutil.copytree(custody.path, copy, ignore=left_out, dirs_exist_ok=True)
            write_file(copy / MARK, content, mode=0o600)
    custody.log.append(user_name(), "reservekopie maak", record.id, "gelukt", map=record.map)
    return record


def backups_of(custody: Custody) -> list[BackupRecord]:
    """Return the recorded backups, earliest first."""
    records = [_read(path) for path in sorted((custody.path / BACKUPS).glob("*.json"))]
    return sorted(records, key=lambda record: (record.tijd, record.id))


def backup_id(folder: Path) -> str | None:
    """Return the id of the backup in `folder`; None for a copy that was made otherwise."""
    mark = folder / MARK
    return _read(mark).id if mark.exists() else None


def _read(path: Path) -> BackupRecord:
    try:
        return BackupRecord.model_validate(parse_json(read_bytes(path, "reservekopie"), str(path)))
    except ValidationError:
        raise UserError(f"{path} is beschadigd; herstel of verwijder deze aantekening") from None
