"""Rotation of a project's secret: packages are carried to a new version without the originals.

The pseudonyms of version n + 1 are a keyed function of those of version n, so equal stays equal and a later delivery,
which runs the whole chain, meets the rotated packages. Who holds packages of both versions cannot match them without
the new secret. Memory is bounded: tables are streamed, and sorted on disk.

A run that was killed is finished by running it again: until the new packages are whole the old version counts.
"""

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pseudonimisering.audit_identity import seal_column
from pseudonimisering.custody.folder import Custody
from pseudonimisering.custody.layout import CODES, PROJECTS, user_name
from pseudonimisering.custody.overwriting import erase_folder
from pseudonimisering.custody.wrapped import read_wrapped, unwrap, wrap, write_once
from pseudonimisering.pseudonyms import SECRET_BYTES, DomainKey, ProjectSecret
from pseudonimisering.rows import ROW, Layout, Parts, write_part
from zoo_formaat import audit
from zoo_formaat.atomic import new_directory, sync_to_disk
from zoo_formaat.errors import UserError
from zoo_formaat.package import MANIFEST, AuditFile, Package, Resource, file_digest, load_package, write_manifest

_BATCH_ROWS = 122_880

Progress = Callable[[str, str], None]
"""Told the package and the table that comes next."""


@dataclass(frozen=True)
class Rotated:
    """The result: the version of the secret that now counts, rows per package, and audit files that were left out."""

    version: int
    rows: dict[str, int]
    audits_left_out: int


def rotate(
    custody: Custody,
    project: str,
    packages: Path,
    target: Path,
    *,
    new_version: bool = True,
    progress: Progress = lambda _package, _table: None,
) -> Rotated:
    """Carry the packages of a project below `packages` to a new version of its secret, into the new folder `target`.

    packages: a package, or a folder of packages, each signed by this zone. new_version: False makes no new version but
    brings packages that were elsewhere to the present one. Codes stay as they are. Sealed audit identities stay too,
    with a sealed step from the new pseudonyms to the old ones beside them; where this custody knows no checker to seal
    to they are left out. Raises UserError when a package is of another project, another zone or not whole, or `target`
    exists.
    """
    with custody.alone_with(project):
        found = _packages(custody, project, packages)
        versions, scheme = custody.open_secrets(project)
        number = len(versions)
        pending = custody.path / PROJECTS / f"{project}.v{number}.wissel"
        if target.exists() and not (new_version and pending.exists()):
            raise UserError(f"{target} bestaat al; kies een andere naam of verwijder hem eerst")
        if new_version and not pending.exists():
            number += 1
            pending = custody.path / PROJECTS / f"{project}.v{number}.wissel"
            versions.append(_pending_secret(custody, project, number, scheme, pending))
        elif target.exists():
            # killed after everything was in place
            return _finish(custody, project, pending, number, _packages(custody, project, target), 0)
        secret = ProjectSecret(versions, scheme)
        strange = [p.path.name for p in found if not 0 < p.manifest.pseudoniemen.sleutelversie <= number]
        if strange or any(package.manifest.pseudoniemen.schema_ != scheme for package in found):
            raise UserError(f"pakketten {packages}: gemaakt met een geheim dat deze bewaarplaats niet heeft")
        audits = 0
        with new_directory(target) as folder:
            for package in found:
                place = folder if package.path == packages else folder / package.path.name
                place.mkdir(exist_ok=True)
                audits += _carry(custody, package, place, secret, progress)
            if new_version:
                _carry_codes(custody, project, secret, pending)
                _activate(custody, pending, project)
        carried = _packages(custody, project, target)
        return _finish(custody, project, pending if new_version else None, number, carried, audits)


def _packages(custody: Custody, project: str, folder: Path) -> list[Package]:
    """Return the packages at or directly below a folder, checked."""
    paths = [folder] if (folder / MANIFEST).exists() else sorted(path.parent for path in folder.glob(f"*/{MANIFEST}"))
    # a hidden folder is what a killed run left
    paths = [path for path in paths if not path.name.startswith(".")]
    if not paths:
        raise UserError(f"map {folder} bevat geen pakketten; noem een pakket of de map waarin pakketten staan")
    found = [load_package(path, [custody.public_key()]) for path in paths]
    for package in found:
        if package.manifest.project.id != project:
            raise UserError(f"pakket {package.path} is van een ander project; leg pakketten per project in een map")
    return found


def _pending_secret(custody: Custody, project: str, version: int, scheme: str, path: Path) -> bytes:
    """Return the secret of a version that is not valid yet, made when there is none."""
    use = custody.secret_use(project, version, scheme)
    if not path.exists():
        with custody.locked():
            write_once(path, wrap(secrets.token_bytes(SECRET_BYTES), use, custody.present_master()).to_bytes())
        custody.log.append(user_name(), "geheim wissel", f"project:{project}", "begonnen", versie=version)
    return unwrap(read_wrapped(path), use, custody.master(), path)


def _carry_codes(custody: Custody, project: str, secret: ProjectSecret, pending: Path) -> None:
    """Make the code book of the new version, beside that of the one that counts: other pseudonyms, the same codes."""
    if pending.with_suffix(".geheim").exists():
        # the new version counts already, and so does its book
        return
    book = custody.code_book_of(project, secret.version - 1)
    folder = custody.path / CODES / project / f"v{secret.version}"
    erase_folder(folder)

    def advance(domain: str, pseudonyms: pa.Array) -> pa.Array:
        return secret.domain_key(domain).advance(pseudonyms, secret.version - 1)

    with new_directory(folder, mode=0o700) as partial:
        book.carry(partial, advance)


def _activate(custody: Custody, pending: Path, project: str) -> None:
    """Let the new version count: from now on deliveries run the longer chain."""
    with custody.locked():
        custody.check_project(project)
        valid = pending.with_suffix(".geheim")
        if not valid.exists():
            valid.hardlink_to(pending)
            sync_to_disk(valid.parent)


def _finish(
    custody: Custody, project: str, pending: Path | None, version: int, carried: list[Package], audits: int
) -> Rotated:
    if any(package.manifest.pseudoniemen.sleutelversie != version for package in carried):
        raise UserError("de map voor de nieuwe pakketten bestaat al en bevat pakketten van een andere versie")
    for earlier in range(1, version):
        erase_folder(custody.path / CODES / project / f"v{earlier}")
    rows = {p.path.name: sum(resource.rijen for resource in p.manifest.resources) for p in carried}
    custody.log.append(user_name(), "geheim wissel", f"project:{project}", "gelukt", versie=version, rijen=rows)
    # last, since it is what tells the next run that this one was killed; and only this second name goes
    if pending is not None:
        pending.unlink(missing_ok=True)
    return Rotated(version, rows, audits)


def _carry(custody: Custody, package: Package, place: Path, secret: ProjectSecret, progress: Progress) -> int:
    """Write one package at the version of `secret` into `place`; return how many audit files were left out."""
    manifest = package.manifest
    if manifest.pseudoniemen.sleutelversie == secret.version:
        shutil.copytree(package.path, place, dirs_exist_ok=True)
        return 0
    resources = []
    for resource in manifest.resources:
        progress(package.path.name, resource.name)
        path = place / resource.path
        _carry_table(package, resource, path, secret)
        new = {"hash": file_digest(path), "bytes": path.stat().st_size}
        resources.append(resource.model_copy(update=new))
    reference = manifest.pseudoniemen.model_copy(update={"sleutelversie": secret.version})
    audits = _carry_audits(custody, package, place, secret) if custody.checkers() else []
    update: dict[str, object] = {"resources": resources, "pseudoniemen": reference, "audit": audits}
    write_manifest(place, manifest.model_copy(update=update), custody.signing_key())
    return 0 if audits else len(manifest.audit)


def _carry_audits(custody: Custody, package: Package, place: Path, secret: ProjectSecret) -> list[AuditFile]:
    """Keep the sealed files, and seal per column the step from its new pseudonyms to those that the files are of."""
    manifest = package.manifest
    for file in manifest.audit:
        shutil.copyfile(package.path / file.path, place / file.path)
        sync_to_disk(place / file.path)
    kept = list(manifest.audit)
    for table, column, domain in dict.fromkeys((file.tabel, file.kolom, file.domein) for file in manifest.audit):
        key, version = secret.domain_key(domain), manifest.pseudoniemen.sleutelversie
        path = place / audit.step_name(table, column, secret.version)
        about = audit.step_context(manifest.project.id, manifest.bron, table, column, domain)
        pairs = ((key.advance(old, version), old) for old in _distinct(package, table, column))
        seal_column(path, pairs, custody.checkers(), about)
        kept.append(
            AuditFile(
                tabel=table,
                kolom=column,
                domein=domain,
                path=path.name,
                hash=file_digest(path),
                bytes=path.stat().st_size,
                naar="vorige",
            )
        )
    return kept


def _distinct(package: Package, table: str, column: str) -> Iterator[pa.FixedSizeBinaryArray]:
    """Yield the pseudonyms of a column, each unit once, 16 bytes each."""
    resource = package.manifest.resource(table)
    if resource is None:
        return
    lazy = pl.scan_parquet(package.table_path(resource)).select(pl.col(column).ext.storage()).unique().drop_nulls()
    for batch in lazy.collect(engine="streaming").iter_slices(_BATCH_ROWS):
        yield batch.to_series().to_arrow().cast(pa.binary(audit.IDENTITY_BYTES))


def _carry_table(package: Package, resource: Resource, path: Path, secret: ProjectSecret) -> None:
    fields = [field for field in resource.table_schema.fields if field.type == "uuid"]
    keys = {field.name: secret.domain_key(field.domein) for field in fields if field.domein}
    source = pq.ParquetFile(package.table_path(resource))
    work = path.parent / f".{resource.name}"
    work.mkdir(mode=0o700)
    layout = Layout(source.schema_arrow.remove_metadata(), pa.schema([]), (), (), {}, "")
    parts: list[Path] = []
    try:
        first = 0
        for batch in source.iter_batches(_BATCH_ROWS):
            columns = {
                name: _advanced(column, keys.get(name), package.manifest.pseudoniemen.sleutelversie)
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            }
            columns[ROW] = pa.array(range(first, first + batch.num_rows), pa.int64())
            parts.append(work / f"deel-{len(parts):05}.parquet")
            write_part(parts[-1], pa.table(columns), layout)
            first += batch.num_rows
        with Parts(parts, layout, work / "sorteren") as table:
            rows = table.write_sorted(path)
    finally:
        shutil.rmtree(work)
    if rows != resource.rijen:
        raise UserError(
            f"pakket {package.path}: tabel {resource.name} heeft niet zoveel rijen als de beschrijving zegt"
        )


def _advanced(column: pa.Array, key: DomainKey | None, from_version: int) -> pa.Array:
    if key is None:
        return column
    storage = column.storage if isinstance(column, pa.ExtensionArray) else column
    return pa.ExtensionArray.from_storage(pa.uuid(), key.advance(storage, from_version))
