"""Packages as zone 1 leaves them, made by hand from identifiers, for what deletes from them."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pseudonimisering.audit_identity import identities, seal_column
from pseudonimisering.custody import Custody
from zoo_formaat import audit
from zoo_formaat.package import PackageManifest, file_digest, write_manifest
from zoo_formaat.pseudonym import to_text
from zoo_formaat.sealed import SealKey

Rows = Sequence[Mapping[str, Any]]


def pseudonym(custody: Custody, project: str, domain: str, identifier: str) -> bytes:
    """Return the pseudonym under the present key version."""
    key = custody.project_secret(project).domain_key(domain)
    return bytes(key.pseudonyms(pl.Series([identifier]))[0].as_py())


def store(
    custody: Custody,
    folder: Path,
    project: str,
    source: str,
    tables: Mapping[str, Rows],
    domains: Mapping[str, str],
    *,
    until: date = date(2999, 12, 31),
    end: date | None = None,
    events: Mapping[str, list[str]] | None = None,
    checkers: Sequence[SealKey] = (),
    codes: bool = False,
) -> Path:
    """Write a signed package. tables: rows with identifiers. domains: which columns become pseudonyms, and in which."""
    folder.mkdir(parents=True)
    secret = custody.project_secret(project)
    resources, sealed = [], []
    for name, rows in tables.items():
        columns: dict[str, pa.Array] = {}
        fields: list[dict[str, Any]] = []
        for column in rows[0]:
            values = [row[column] for row in rows]
            domain = domains.get(column)
            if domain is None:
                columns[column] = pa.array(values)
                number = isinstance(values[0], int)
                fields.append({"name": column, "type": "integer" if number else "string"})
                continue
            identifiers = pl.Series(values, dtype=pl.String)
            made = secret.domain_key(domain).pseudonyms(identifiers)
            columns[column] = pa.ExtensionArray.from_storage(pa.uuid(), made)
            fields.append({"name": column, "type": "uuid", "zoo:domein": domain, "zoo:eenheid": "persoon"})
            if codes:
                with custody.code_book(project).session() as session:
                    columns[f"{column}_code"] = session.assign(domain, made)
                fields.append({"name": f"{column}_code", "type": "integer", "zoo:codeVan": column})
            if checkers:
                file = folder / audit.file_name(name, column)
                context = audit.context(project, source, name, column, domain)
                known = identities(custody.audit_key(), domain, identifiers)
                seal_column(file, [(made, known)], checkers, context)
                part = {"tabel": name, "kolom": column, "domein": domain, "path": file.name}
                sealed.append({**part, "hash": file_digest(file), "bytes": file.stat().st_size})
        file = folder / f"{name}.parquet"
        plain = [column for column in columns if domains.get(column) is None]
        with pq.ParquetWriter(file, (table := pa.table(columns)).schema, compression="zstd", use_dictionary=plain) as w:
            w.write_table(table, row_group_size=50)
        resources.append(
            {
                "name": name,
                "path": file.name,
                "hash": file_digest(file),
                "bytes": file.stat().st_size,
                "schema": {"fields": fields},
                "zoo:rijen": len(rows),
                "zoo:verworpen": {},
            }
        )
    manifest = {
        "name": source,
        "resources": resources,
        "zoo:bron": source,
        "zoo:houder": "Gemeente Proef",
        "zoo:project": {"id": project, "digest": "sha256:" + "0" * 64, "einde": end},
        "zoo:contract": "sha256:" + "0" * 64,
        "zoo:grondslag": "artikel 1",
        "zoo:doel": "proef",
        "zoo:bewarenTot": until,
        "zoo:synthetisch": True,
        "zoo:openbaar": False,
        "zoo:pseudoniemen": {"schema": secret.scheme, "sleutelversie": secret.version},
        "zoo:verwerkt": "2026-01-01T00:00:00+00:00",
        "zoo:audit": sealed,
        "zoo:verwijderenNa": dict(events or {}),
    }
    write_manifest(folder, PackageManifest.model_validate(manifest), custody.signing_key())
    return folder


def shapes(raw: bytes) -> list[bytes]:
    """Return the ways in which a pseudonym could stand in a file: raw, as hexadecimals, as UUID, as shown to people."""
    digits = raw.hex()
    dashed = "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])
    text = to_text(pa.array([raw], pa.binary(16)))[0].as_py()
    return [raw, digits.encode(), digits.upper().encode(), dashed.encode(), text.encode()]


def contents(root: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield every file below a folder with its bytes, and of Parquet files also the unpacked values."""
    for path in sorted(root.rglob("*")):
        if not path.is_file():
            continue
        yield path, path.read_bytes()
        if path.suffix == ".parquet":
            for column in pq.read_table(path).columns:
                for chunk in column.chunks:
                    storage = chunk.storage if isinstance(chunk, pa.ExtensionArray) else chunk
                    for buffer in storage.buffers():
                        if buffer is not None:
                            yield path, buffer.to_pybytes()


def holding(root: Path, raw: bytes) -> set[Path]:
    """Return the files below a folder in which a pseudonym stands, in whatever shape."""
    return {path for path, content in contents(root) if any(shape in content for shape in shapes(raw))}


def fingerprint(root: Path) -> dict[str, str]:
    """Return the digest of every file below a folder."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
