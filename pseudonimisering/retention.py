"""The retention clock: what is due is deleted, wherever it lies and without anybody having to remember it.

Three things make data due, all in the signed manifest of its package: the contract's last day (`bewaren_tot`), the
project's last day, and an event that the contract names (`verwijderen_na`: medical indications once the selection has
been made). The clock is the system's; when it stands before the newest entry of the log it was set back, and nothing is
decided by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from pseudonimisering.custody import Custody, user_name
from pseudonimisering.deletion import Rewritten, clear_leftovers, find_packages, remove_derived, removed, without_tables
from pseudonimisering.suppression import Suppressed
from zoo_formaat.canonical import parse_json
from zoo_formaat.document import read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.package import Package


@dataclass(frozen=True)
class Event:
    """Something that has happened to a source, by the name that its contract gives it."""

    name: str
    source: str


@dataclass(frozen=True)
class Due:
    """What is to be deleted of one package: some tables or (`tables` is None) everything, and why."""

    package: Package
    tables: tuple[str, ...] | None
    reason: str


@dataclass(frozen=True)
class Expired:
    """What was deleted, or (dry run) is due.

    due: package by package. deleted: the same as it was done; empty in a dry run. emptied: folders from which derived
    data was removed. ended: projects past their last day, whose secrets may be destroyed.
    """

    due: list[Due]
    deleted: list[Rewritten]
    emptied: list[Path]
    ended: list[str]


def expire(
    custody: Custody, folders: Sequence[Path], on: date | None = None, event: Event | None = None, *, dry: bool = False
) -> Expired:
    """Delete what is due on a day in the packages below `folders`.

    on: default today (UTC); a later day only dry. event: deletes the tables that a contract has deleted after it.
    Raises UserError for a clock or day before the newest log entry, an event that no package knows, and as
    `find_packages`.
    """
    now = datetime.now(UTC)
    on = on or now.date()
    _check_clock(custody, now, on, dry=dry)
    with Suppressed(custody).while_deleting():
        if not dry:
            clear_leftovers(folders)
        packages = find_packages(folders, custody.public_key(), some=False)
        due = [found for package in packages if (found := _due(package, on, event)) is not None]
        if event is not None and not any(_tables_after(package, event) for package in packages):
            raise UserError(
                f"geen pakket van bron '{event.source}' noemt gebeurtenis '{event.name}'; "
                "controleer de namen in 'verwijderen_na' van het contract"
            )
        ended = sorted({p.manifest.project.id for p in packages if _ended(p, on)})
        if dry:
            return Expired(due, [], [], ended)
        deleted, emptied = [], []
        for part in due:
            deleted.append(_delete(custody, part, on))
            emptied += remove_derived(part.package, part.package.path.name)
    return Expired(due, deleted, sorted(set(emptied)), ended)


def _delete(custody: Custody, due: Due, on: date) -> Rewritten:
    manifest = due.package.manifest
    tables = list(due.tables) if due.tables is not None else [resource.name for resource in manifest.resources]
    about = {"project": manifest.project.id, "tabellen": tables, "reden": due.reason, "op": on.isoformat()}
    subject = f"bron:{manifest.bron}"
    custody.log.append(user_name(), "verlopen", subject, "begonnen", **about)
    if due.tables is None:
        done = removed(due.package)
    else:
        done = without_tables(due.package, due.tables, custody.signing_key())
    custody.log.append(user_name(), "verlopen", subject, "gelukt", rijen=done.rows, **about)
    return done


def _due(package: Package, on: date, event: Event | None) -> Due | None:
    manifest = package.manifest
    if on > manifest.bewaren_tot:
        return Due(package, None, f"bewaartermijn tot {manifest.bewaren_tot}")
    if _ended(package, on):
        return Due(package, None, f"project geëindigd op {manifest.project.einde}")
    tables = _tables_after(package, event) if event is not None else ()
    present = tuple(resource.name for resource in manifest.resources if resource.name in tables)
    return Due(package, present, f"gebeurtenis {event.name}") if event is not None and present else None


def _ended(package: Package, on: date) -> bool:
    end = package.manifest.project.einde
    return end is not None and on > end


def _tables_after(package: Package, event: Event) -> Sequence[str]:
    """Return the tables that an event deletes; they may be gone from the package already."""
    if package.manifest.bron != event.source:
        return ()
    return package.manifest.verwijderen_na.get(event.name, ())


def _check_clock(custody: Custody, now: datetime, on: date, *, dry: bool) -> None:
    if on > now.date() and not dry:
        raise UserError(f"{on} ligt in de toekomst; een latere dag kan alleen met --droog")
    newest = _newest_entry(custody.log.path)
    if newest is not None and (now < newest or on < newest.date()):
        raise UserError(
            f"de klok of de gevraagde dag ligt vóór de nieuwste regel van het logboek ({newest:%Y-%m-%d %H:%M} UTC); "
            "zet de klok goed"
        )


def _newest_entry(log: Path) -> datetime | None:
    if not log.exists():
        return None
    lines = read_bytes(log, "logboek").split(b"\n")[:-1]
    times = [datetime.fromisoformat(parse_json(line, str(log))["tijd"]) for line in lines[-1:]]
    return times[0] if times else None
