"""Which units of different projects are the same: opened by the checker, from what zone 1 sealed in the packages.

Pseudonyms of two projects cannot be linked. To audit what the releases of both give away together, the checker needs
to know which units they share; zone 1 seals that to the checker's key (`zoo_formaat.audit`). What is opened stays in
memory of this process.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zoo_formaat import audit
from zoo_formaat.errors import UserError
from zoo_formaat.package import AuditFile, Package, file_digest
from zoo_formaat.sealed import OpeningKey, unseal

PSEUDONYM = "pseudoniem"
IDENTITY = "auditidentiteit"
_BINARY = pa.binary(audit.IDENTITY_BYTES)
_RECORD = pa.binary(audit.RECORD_BYTES)


def audit_identities(package: Package, domain: str, key: OpeningKey) -> pa.Table:
    """Return pseudonym -> audit identity for every unit of a domain in a package: two columns of 16 bytes.

    package: checked by `load_package`. domain: as in the manifest (`persoon`). Each pseudonym comes once, in no order
    that means anything. Raises UserError when a column of the domain has no sealed file, when a file is not the one
    that zone 1 signed for, was cut off or changed, is sealed to another key, or lacks a unit that stands in the data.
    """
    schema = pa.schema([(PSEUDONYM, _BINARY), (IDENTITY, _BINARY)])
    columns = [_opened_column(package, table, name, domain, key) for table, name in _columns(package, domain)]
    pairs = pa.concat_tables([schema.empty_table(), *columns]).group_by([PSEUDONYM, IDENTITY]).aggregate([])
    if pc.count_distinct(pairs.column(PSEUDONYM)).as_py() < pairs.num_rows:
        raise UserError(
            f"pakket {package.path}: een eenheid van '{domain}' heeft twee auditidentiteiten; vraag een nieuwe levering"
        )
    return pairs.select(schema.names)


def _columns(package: Package, domain: str) -> Iterator[tuple[str, str]]:
    for resource in package.manifest.resources:
        for field in resource.table_schema.fields:
            if field.type == "uuid" and field.domein == domain:
                yield resource.name, field.name


def _opened_column(package: Package, table: str, column: str, domain: str, key: OpeningKey) -> pa.Table:
    files = [file for file in package.manifest.audit if (file.tabel, file.kolom) == (table, column)]
    if not files:
        raise UserError(
            f"pakket {package.path}: kolom '{table}.{column}' heeft geen auditidentiteiten; laat zone 1 leveren "
            "met de zegelsleutel van deze uitvoercontrole"
        )
    pseudonyms = _distinct(package, table, column)
    found = np.zeros((len(pseudonyms), audit.IDENTITY_BYTES), dtype=np.uint8)
    known = _records(package, [file for file in files if file.naar == "identiteit"], domain, key)
    # one file of steps for each rotation that the package went through; the last rotation comes first
    steps = [_records(package, [file], domain, key) for file in reversed(files) if file.naar == "vorige"]
    pending, present = np.arange(len(pseudonyms)), pseudonyms
    for step in [*steps, None]:
        here, identities = _led(present, known)
        found[pending[here]] = identities
        pending, present = pending[~here], present.filter(pa.array(~here))
        if step is not None:
            there, earlier = _led(present, step)
            # who came after a rotation has no step before it, but has an identity of its own
            pending, present = pending[there], _array(earlier.tobytes(), _BINARY)
    if len(pending) or not found.any(axis=1).all():
        raise UserError(
            f"pakket {package.path}: bij '{table}.{column}' ontbreken auditidentiteiten; vraag een nieuwe levering"
        )
    return pa.table([pseudonyms, _array(found.tobytes(), _BINARY)], names=[PSEUDONYM, IDENTITY])


def _led(
    pseudonyms: pa.FixedSizeBinaryArray, records: pa.FixedSizeBinaryArray
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint8]]:
    """Return which pseudonyms have a record, and where those lead to: 16 bytes each."""
    locks = _array(audit.locks(_rows(pseudonyms).tobytes()), _RECORD)
    position = pc.index_in(_places(locks), value_set=_places(records))
    has: npt.NDArray[np.bool_] = position.is_valid().to_numpy(zero_copy_only=False)
    opened = _rows(records.take(position.drop_null())) ^ _rows(locks)[has]
    return has, opened[:, audit.IDENTITY_BYTES :]


def _places(records: pa.FixedSizeBinaryArray) -> pa.FixedSizeBinaryArray:
    return pc.binary_slice(records, 0, audit.IDENTITY_BYTES)


def _distinct(package: Package, table: str, column: str) -> pa.FixedSizeBinaryArray:
    resource = package.manifest.resource(table)
    assert resource is not None  # noqa: S101 - the column was found in it
    values = pq.read_table(package.table_path(resource), columns=[column]).column(0)
    storage = pa.chunked_array([chunk.storage for chunk in values.chunks], _BINARY)
    return pc.unique(storage).drop_null()


def _records(package: Package, files: Sequence[AuditFile], domain: str, key: OpeningKey) -> pa.FixedSizeBinaryArray:
    """Return the records (place and masked identity) of the sealed files of one column."""
    manifest = package.manifest
    content = bytearray()
    for file in files:
        path = package.path / file.path
        if file.domein != domain or file_digest(path) != file.hash:
            raise UserError(f"pakket {package.path}: {file.path} is een ander bestand dan zone 1 ondertekende")
        named = audit.context if file.naar == "identiteit" else audit.step_context
        context = named(manifest.project.id, manifest.bron, file.tabel, file.kolom, domain)
        with path.open("rb") as stream:
            for piece in unseal(stream, key, context, file.path):
                content += piece
        if len(content) % audit.RECORD_BYTES:
            raise UserError(f"pakket {package.path}: {file.path} heeft een half record; vraag een nieuwe levering")
    return _array(content, _RECORD)


def _array(content: bytes | bytearray, kind: pa.FixedSizeBinaryType) -> pa.FixedSizeBinaryArray:
    return pa.Array.from_buffers(kind, len(content) // kind.byte_width, [None, pa.py_buffer(content)])


def _rows(values: pa.FixedSizeBinaryArray) -> npt.NDArray[np.uint8]:
    """Return the bytes of an array without nulls, a row per value."""
    width = values.type.byte_width
    everything = np.frombuffer(values.buffers()[1] or b"", np.uint8).reshape(-1, width)
    return everything[values.offset : values.offset + len(values)]
