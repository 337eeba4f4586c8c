"""How data leaves packages again: found in the folders one names, rewritten without rows or tables, or removed whole.

A package is replaced in one step by one that is signed anew, so that it is the old one or the new one at every moment.
Beside the packages lies what was derived from them: the analyst's scratch, and the unfinished work of killed
deliveries. Nobody can tell whose rows that holds, so it is removed whole; both can be made again.
"""

import shutil
import stat
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zoo_formaat.atomic import remove_directory, remove_leftovers, replace_directory
from zoo_formaat.errors import UserError
from zoo_formaat.package import MANIFEST, Package, Resource, file_digest, load_package, write_manifest
from zoo_formaat.signature import PrivateKey, PublicKey

# The layout of a workplace is zone 2's; these two names of it are all that zone 1 knows.
_PACKAGES = "pakketten"
_SCRATCH = "klad"
_PROJECT_FILE = "project.toml"

_BATCH = 100_000


@dataclass(frozen=True)
class Rewritten:
    """A package that was changed: its digest before, and after (None when it was removed whole), and rows per table.

    rows: of a table that lost rows, how many; of a table that was removed, all.
    """

    path: Path
    project: str
    source: str
    before: str
    after: str | None
    rows: dict[str, int]


def find_packages(folders: Sequence[Path], key: PublicKey, *, some: bool = True) -> list[Package]:
    """Open the packages that the folders are or hold, each once, in order of their path.

    folders: packages, folders of packages, or workplaces. key: of this zone. some: a folder without packages is an
    error. Raises UserError for that, for a folder that is not there, and for a package that this zone did not sign or
    that was changed.
    """
    paths: set[Path] = set()
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"map {folder} bestaat niet; controleer het pad")
        places = [folder, *folder.glob("*"), *(folder / _PACKAGES).glob("*")]
        found = {place.resolve() for place in places if (place / MANIFEST).is_file() and not place.name.startswith(".")}
        if some and not found:
            raise UserError(f"map {folder} bevat geen datapakketten; noem de map waarin ze liggen")
        paths |= found
    return [load_package(path, [key]) for path in sorted(paths)]


def clear_leftovers(folders: Sequence[Path]) -> None:
    """Remove what killed runs left in the folders, also where no package is left to find it by."""
    for folder in folders:
        for place in {folder, folder / _PACKAGES, *([folder.parent] if (folder / MANIFEST).is_file() else [])}:
            if place.is_dir():
                remove_leftovers(place)


def count_rows(package: Package, erased: Mapping[str, pa.Array]) -> dict[str, int]:
    """Return per table how many rows hold one of the pseudonyms; tables without such rows are left out.

    erased: domain -> pseudonyms of 16 bytes.
    """
    counts = {}
    for resource in package.manifest.resources:
        columns = _columns(resource, erased)
        if not columns:
            continue
        batches = pq.ParquetFile(package.table_path(resource)).iter_batches(_BATCH, columns=list(columns))
        count = sum(pc.sum(_hit(batch, columns, erased)).as_py() or 0 for batch in batches)
        if count:
            counts[resource.name] = count
    return counts


def without_rows(package: Package, erased: Mapping[str, pa.Array], key: PrivateKey) -> Rewritten | None:
    """Replace a package by one without the rows in which one of the pseudonyms stands, whatever the column.

    erased: domain -> pseudonyms. The other rows keep their content and order. Returns None, and changes nothing, when
    there is no such row.
    """
    rows = count_rows(package, erased)
    if not rows:
        return None
    manifest = package.manifest
    with _replacement(package) as folder:
        resources = []
        for resource in manifest.resources:
            if resource.name not in rows:
                _same_file(package.path / resource.path, folder / resource.path)
                resources.append(resource)
                continue
            file = folder / resource.path
            _copy_without(package.table_path(resource), file, _columns(resource, erased), erased)
            changes = {"hash": file_digest(file), "bytes": file.stat().st_size}
            resources.append(resource.model_copy(update={**changes, "rijen": resource.rijen - rows[resource.name]}))
        for sealed in manifest.audit:
            # what it holds of an erased unit cannot be read without the pseudonym (zoo_formaat.audit)
            _same_file(package.path / sealed.path, folder / sealed.path)
        write_manifest(folder, manifest.model_copy(update={"resources": resources}), key)
    return _rewritten(package, load_package(package.path, [key.public]).digest, rows)


def without_tables(package: Package, tables: Sequence[str], key: PrivateKey) -> Rewritten:
    """Replace a package by one without some of its tables, or remove it when none is left."""
    manifest = package.manifest
    rows = {resource.name: resource.rijen for resource in manifest.resources if resource.name in tables}
    kept = [resource for resource in manifest.resources if resource.name not in tables]
    if not kept:
        return removed(package)
    sealed = [file for file in manifest.audit if file.tabel not in tables]
    with _replacement(package) as folder:
        for name in (part.path for parts in (kept, sealed) for part in parts):
            _same_file(package.path / name, folder / name)
        write_manifest(folder, manifest.model_copy(update={"resources": kept, "audit": sealed}), key)
    return _rewritten(package, load_package(package.path, [key.public]).digest, rows)


def removed(package: Package) -> Rewritten:
    """Remove a package whole, in one step."""
    rows = {resource.name: resource.rijen for resource in package.manifest.resources}
    remove_directory(package.path)
    return _rewritten(package, None, rows)


def remove_derived(package: Package, unfinished: str | None = None) -> list[Path]:
    """Remove what was made from a package: scratch of the workplace around it, what killed runs left beside it.

    unfinished: of which package unfinished deliveries are removed too; None for all beside this package. Returns the
    folders from which something was removed.
    """
    beside = package.path.parent
    changed = set()
    for work in beside.glob(f".{unfinished or '*'}.bezig"):
        shutil.rmtree(work)
        changed.add(beside)
    workplace = beside.parent
    scratch = workplace / _SCRATCH
    if beside.name == _PACKAGES and (workplace / _PROJECT_FILE).is_file() and scratch.is_dir():
        for entry in scratch.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
            changed.add(scratch)
    return sorted(changed)


# ---------------------------------------------------------------------------------------------------------------- rows


def _columns(resource: Resource, erased: Mapping[str, pa.Array]) -> dict[str, str]:
    """Return the pseudonym columns of a table whose domain counts, with that domain."""
    fields = resource.table_schema.fields
    return {f.name: f.domein for f in fields if f.type == "uuid" and f.domein is not None and f.domein in erased}


def _hit(batch: pa.RecordBatch, columns: Mapping[str, str], erased: Mapping[str, pa.Array]) -> pa.BooleanArray:
    """Return which rows hold one of the pseudonyms."""
    hit = pa.array([False] * batch.num_rows)
    for name, domain in columns.items():
        storage = batch.column(name).storage
        hit = pc.or_(hit, pc.is_in(storage, value_set=erased[domain], skip_nulls=True))
    return hit


def _copy_without(source: Path, target: Path, columns: Mapping[str, str], erased: Mapping[str, pa.Array]) -> None:
    """Copy a table without the rows that hold one of the pseudonyms.

    Order and size of the row groups are those of the source, so that the file is the one that a delivery without
    those rows would have given.
    """
    file = pq.ParquetFile(source)
    schema = file.schema_arrow
    size = file.metadata.row_group(0).num_rows
    plain = [field.name for field in schema if field.type != pa.uuid()]
    waiting = schema.empty_table()
    with pq.ParquetWriter(target, schema, compression="zstd", use_dictionary=plain) as writer:
        for batch in file.iter_batches(min(size, _BATCH)):
            left = batch.filter(pc.invert(_hit(batch, columns, erased)))
            waiting = pa.concat_tables([waiting, pa.Table.from_batches([left])])
            while waiting.num_rows >= size:
                writer.write_table(waiting.slice(0, size).combine_chunks(), row_group_size=size)
                waiting = waiting.slice(size)
        if waiting.num_rows:
            writer.write_table(waiting.combine_chunks(), row_group_size=size)


# --------------------------------------------------------------------------------------------------------------- files


def _replacement(package: Package) -> AbstractContextManager[Path]:
    return replace_directory(package.path, stat.S_IMODE(package.path.stat().st_mode))


def _same_file(source: Path, target: Path) -> None:
    """Put a file of the old package in the new one; files of a package are never written to, so one copy will do."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def _rewritten(package: Package, after: str | None, rows: dict[str, int]) -> Rewritten:
    manifest = package.manifest
    return Rewritten(package.path, manifest.project.id, manifest.bron, package.digest, after, rows)
