"""SPSS files (.sav, and .zsav, which is .sav compressed)."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pyreadstat

from pseudonimisering.contract import Table
from pseudonimisering.readers.chunk import RawChunk
from pseudonimisering.readers.labelled import read_labelled


def read(path: Path, table: Table, place: str, wanted: Collection[str]) -> Iterator[RawChunk]:
    """Yield the records of an SPSS file."""
    return read_labelled(pyreadstat.read_sav, "SPSS", path, table, place, wanted)
