"""The right to be forgotten (AVG art. 17): one person, address or firm out of every package, and not back again.

No key can do this: the rows of one unit are removed, wherever its pseudonym stands. The rule is the simplest that is
safe: a row goes when the pseudonym is in any column of that domain, also when the row is about something else (a sale
in which the person was the seller). Emptying the cell instead would leave date, price and dwelling, by which the deeds
register gives the person back. What is counted over such rows changes with it; that is what erasure asks.

The order makes a killed run harmless and repeatable: first the suppression list, so that no delivery brings the unit
back; then the packages, each in one step; then what was derived from them. A second run does what the first left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from pseudonimisering.contract import DOMAIN_OF_KIND
from pseudonimisering.custody import Custody, user_name
from pseudonimisering.deletion import (
    Rewritten,
    clear_leftovers,
    count_rows,
    find_packages,
    remove_derived,
    without_rows,
)
from pseudonimisering.normalise import (
    EXPECTED,
    REASON_TEXT,
    VERSION,
    Normalised,
    Reason,
    normalise,
    normalise_address,
    normalise_person,
)
from pseudonimisering.pseudonyms import PSEUDONYM_BYTES, ProjectSecret
from pseudonimisering.suppression import Suppressed
from zoo_formaat.errors import UserError
from zoo_formaat.package import Package

_PARTS = {
    "adres": ("postcode", "huisnummer", "huisletter", "toevoeging"),
    "persoonsnaam": ("geslachtsnaam", "voorvoegsel", "voornamen", "geboortedatum"),
}
_ALL_DIGITS = "er ontbreken cijfers; typ ook de nullen vooraan"


@dataclass(frozen=True)
class Erased:
    """What an erasure did, or (dry run) would do.

    projects: on whose suppression lists the unit stands now. changed: packages with another digest, to be registered
    again with the checker. emptied: folders whose derived data is to be made again.
    """

    projects: list[str]
    changed: list[Rewritten]
    emptied: list[Path]


def kind_of(domain: str, kind: str | None = None) -> str:
    """Return the identifier kind of a domain. Raises UserError when it has several (own domains of a contract)."""
    if kind is not None:
        if kind not in VERSION:
            raise UserError(f"vorm '{kind}' bestaat niet; kies uit {', '.join(sorted(VERSION))}")
        return kind
    found = [name for name, of_kind in DOMAIN_OF_KIND.items() if of_kind == domain]
    if not found and domain.startswith("recordnummer:"):
        found = ["recordnummer"]
    if len(found) != 1:
        raise UserError(f"domein '{domain}' is niet vast; noem met --vorm hoe de identificatie geschreven wordt")
    return found[0]


def prompt_for(kind: str) -> str:
    """Return what is asked of the person at the keyboard."""
    return ";".join(_PARTS[kind]) if kind in _PARTS else EXPECTED[kind]


def canonical(kind: str, text: str) -> str:
    """Return the canonical form of what was typed; parts of an address or name are separated by `;`.

    Raises UserError that tells what is wrong without repeating it.
    """
    result = _normalised(kind, text)
    value, reason = result.values[0], result.reasons[0]
    if value is None:
        why = _ALL_DIGITS if reason == Reason.VOORLOOPNUL else REASON_TEXT[Reason(reason)]
        raise UserError(f"de identificatie is niet bruikbaar: {why}; verwacht {prompt_for(kind)}")
    return str(value)


def _normalised(kind: str, text: str) -> Normalised:
    if kind not in _PARTS:
        return normalise(kind, pl.Series([text], dtype=pl.String))
    parts = text.split(";")
    if len(parts) > len(_PARTS[kind]):
        raise UserError(f"te veel delen; verwacht {prompt_for(kind)}")
    parts += [""] * (len(_PARTS[kind]) - len(parts))
    columns = [pl.Series([part], dtype=pl.String) for part in parts]
    return normalise_address(*columns) if kind == "adres" else normalise_person(*columns)


def erase(
    custody: Custody,
    folders: Sequence[Path],
    domain: str,
    identifier: str,
    *,
    kind: str | None = None,
    projects: Sequence[str] = (),
    dry: bool = False,
) -> Erased:
    """Remove one unit from every package below `folders` and see to it that no delivery brings it back.

    domain, kind: as in contract and manifest; kind where the domain does not tell it. identifier: as typed. projects:
    only these (default: all under custody). dry: change nothing, and tell what would be.

    Raises UserError, before anything is changed, for an identifier that is none, a project that is not there, a
    folder without packages or with one that this zone did not sign, and while a delivery or deletion is under way.
    """
    kind = kind_of(domain, kind)
    value = pl.Series([canonical(kind, identifier)])
    known = custody.projects()
    for name in projects:
        if name not in known:
            raise UserError(f"project '{name}' is hier niet bekend; bekend zijn: {', '.join(known) or 'nog geen'}")
    chosen = [name for name in known if not projects or name in projects]
    try:
        return _erase(custody, folders, domain, VERSION[kind], value, chosen, dry=dry)
    finally:
        for name in chosen:
            custody.release(name)


def _erase(
    custody: Custody,
    folders: Sequence[Path],
    domain: str,
    normalisations: int,
    value: pl.Series,
    chosen: list[str],
    *,
    dry: bool,
) -> Erased:
    with Suppressed(custody).while_deleting():
        packages = [p for p in find_packages(folders, custody.public_key()) if p.manifest.project.id in chosen]
        units = {name: _Unit(custody.project_secret(name), domain, normalisations, value) for name in chosen}
        sought = {package.path: {domain: units[package.manifest.project.id].all} for package in packages}
        if dry:
            counts = [(package, count_rows(package, sought[package.path])) for package in packages]
            return Erased(chosen, [_unchanged(package, rows) for package, rows in counts if rows], [])
        about = {"domein": domain, "projecten": chosen}
        custody.log.append(user_name(), "vergeet", f"domein:{domain}", "begonnen", **about)
        for name, unit in units.items():
            for normalisation, pseudonym in unit.newest.items():
                Suppressed(custody).add(name, domain, normalisation, unit.version, pseudonym)
            with custody.code_book(name).session() as session:
                session.forget(domain, unit.all)
        key = custody.signing_key()
        changed = [without_rows(package, sought[package.path], key) for package in packages]
        rewritten = [package for package in changed if package is not None]
        clear_leftovers(folders)
        emptied = sorted({folder for package in packages for folder in remove_derived(package)})
        rows = sum(sum(package.rows.values()) for package in rewritten)
        custody.log.append(
            user_name(), "vergeet", f"domein:{domain}", "gelukt", pakketten=len(rewritten), rijen=rows, **about
        )
    return Erased(chosen, rewritten, emptied)


class _Unit:
    """What one unit is called in one project: under every key version and every normalisation there has been."""

    def __init__(self, secret: ProjectSecret, domain: str, normalisations: int, value: pl.Series) -> None:
        self.version = secret.version
        self.newest: dict[int, bytes] = {}
        everything: list[bytes] = []
        for normalisation in range(1, normalisations + 1):
            for version in range(1, secret.version + 1):
                key = secret.at_version(version).domain_key(domain, normalisation)
                everything.append(key.pseudonyms(value)[0].as_py())
            self.newest[normalisation] = everything[-1]
        self.all = pa.array(everything, pa.binary(PSEUDONYM_BYTES))


def _unchanged(package: Package, rows: dict[str, int]) -> Rewritten:
    manifest = package.manifest
    return Rewritten(package.path, manifest.project.id, manifest.bron, package.digest, package.digest, rows)
