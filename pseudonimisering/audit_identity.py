"""Audit identities: what lets the checker see that units of two projects are the same, and nobody else.

An audit identity is made as a pseudonym is (HMAC-SHA-256 over the canonical identifier, truncated to 128 bits, under a
key per domain), but from the audit key of this zone, which is of no project: it is equal over projects, and rotating or
destroying a project's secret leaves what was released comparable. It is of no use without the checker's key, because a
package holds it sealed only (`zoo_formaat.audit` has the layout, `zoo_formaat.sealed` the cryptography).
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from pseudonimisering.pseudonyms import ProjectSecret
from zoo_formaat import audit
from zoo_formaat.atomic import sync_to_disk
from zoo_formaat.sealed import SealKey, seal

_BATCH = 65_536
"""Records sealed in one go: 2 MiB."""


def identities(key: bytes, domain: str, identifiers: pl.Series) -> pa.FixedSizeBinaryArray:
    """Return the audit identity of every identifier (canonical text), 16 bytes each; null stays null.

    key: the 32 bytes that `custody.audit_key()` gives. domain: as of the pseudonyms (`persoon`). The normalisation
    version does not count: an identifier whose canonical form stayed the same keeps its audit identity.
    """
    return ProjectSecret([key]).domain_key(f"audit/{domain}").pseudonyms(identifiers)


def seal_column(
    path: Path, pairs: Iterable[tuple[pa.Array, pa.Array]], recipients: Sequence[SealKey], context: str
) -> None:
    """Write the sealed file of one column of a package.

    pairs: arrays of pseudonyms (as in the package) and of their audit identities, 16 bytes each; rows without either
    are left out. A unit that comes twice in one pair of arrays is written once; give every unit once
    (`SELECT DISTINCT`) to keep the file small. recipients: the keys of the checker, at least one (nothing is to be
    written without). context: `zoo_formaat.audit.context(...)`. Memory is bounded by the largest arrays.
    """
    with path.open("xb") as target:
        seal(_records(pairs), target, recipients, context)
    sync_to_disk(path)


def _records(pairs: Iterable[tuple[pa.Array, pa.Array]]) -> Iterator[bytes]:
    for pseudonyms, identities in pairs:
        frame = pl.DataFrame({"p": _binary(pseudonyms), "a": _binary(identities)}).drop_nulls().unique()
        for part in frame.iter_slices(_BATCH):
            records = np.frombuffer(audit.locks(b"".join(part.get_column("p"))), np.uint8).copy()
            records = records.reshape(-1, audit.RECORD_BYTES)
            values = np.frombuffer(b"".join(part.get_column("a")), np.uint8)
            records[:, audit.IDENTITY_BYTES :] ^= values.reshape(-1, audit.IDENTITY_BYTES)
            yield records.tobytes()


def _binary(values: pa.Array) -> pl.Series:
    storage = values.storage if isinstance(values, pa.ExtensionArray) else values
    return pl.Series(storage.cast(pa.large_binary()))
