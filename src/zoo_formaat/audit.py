"""Audit identities: by which the checker, and nobody else, sees that units of two projects are the same.

Zone 1 computes them, equal over projects, and seals them per column of a package (`zoo_formaat.sealed`). A sealed file
holds records of 32 bytes, one per unit: where to find it, and its audit identity under a mask. Both follow from the
unit's pseudonym:

    SHA-256("zoo/audit/1/" + pseudonym) = place (16 bytes) + mask (16 bytes);  record = place + (mask XOR identity)

So a record can be read by whoever has the checker's key *and* the pseudonym. Somebody whose rows are erased from a
package leaves a record that is noise to everybody without that pseudonym (128 bits that cannot be guessed), and zone 1,
which cannot open the file, need not.

A rotation gives every unit another pseudonym, and zone 1 cannot open what it sealed before. So the earlier files stay,
and beside them comes one of the same form that leads from the new pseudonym to the one before, instead of to an
identity: the checker follows the steps back until it finds one.
"""

import hashlib

IDENTITY_BYTES = 16
RECORD_BYTES = 32
_LABEL = b"zoo/audit/1/"


def context(project: str, source: str, table: str, column: str, domain: str) -> str:
    """Return what a sealed file of audit identities is for: it opens for that use only."""
    return "\n".join(("audit", project, source, table, column, domain))


def step_context(project: str, source: str, table: str, column: str, domain: str) -> str:
    """Return what a sealed file of one step back is for."""
    return context(project, source, table, column, domain) + "\nvorige"


def step_name(table: str, column: str, version: int) -> str:
    """Return the name of the sealed file that leads from the pseudonyms of a key version to those before."""
    return f"audit.{table}.{column}.w{version}.zoo"


def file_name(table: str, column: str, delivery: int = 1) -> str:
    """Return the name of the sealed file in the package; a delivery that appends (2, 3, …) adds a file of its own."""
    number = "" if delivery == 1 else f".{delivery}"
    return f"audit.{table}.{column}{number}.zoo"


def locks(pseudonyms: bytes) -> bytes:
    """Return place and mask (together 32 bytes) of every pseudonym (16 bytes each, one after another)."""
    sha256, size = hashlib.sha256, IDENTITY_BYTES
    starts = range(0, len(pseudonyms), size)
    return b"".join([sha256(_LABEL + pseudonyms[start : start + size]).digest() for start in starts])
