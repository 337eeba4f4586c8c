"""What every reader yields, and the comparison of a file's columns with the contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from pseudonimisering.contract import Table, closest
from zoo_formaat.errors import UserError


@dataclass(frozen=True)
class RawChunk:
    """Rows of a delivery as text columns (empty text where there is nothing).

    first: line of the first row in the file (the header is line 1; in SPSS, Stata, Parquet and GeoJSON the first
    record is 1). numeric: columns that the file itself stores as numbers, so that leading zeros are lost. missing: per
    column how many cells the file marks as missing although they hold something (SPSS and Stata user-missing codes).
    share: how much of the file has been read, 0 to 1, where that is known.
    """

    frame: pl.DataFrame
    first: int
    numeric: frozenset[str] = frozenset()
    missing: Mapping[str, int] = field(default_factory=dict)
    share: float | None = None


def check_columns(found: list[str], table: Table, place: str, hint: str = "") -> None:
    """Compare the columns of a file with the contract. Raises UserError at the first difference.

    hint: what is likely wrong with the file as a whole, and stands at the end of the error.
    """
    expected = table.source_columns
    for position, name in enumerate(found, start=1):
        if name in expected:
            if found.index(name) < position - 1:
                raise UserError(f"{place}: kolom '{name}' komt twee keer voor; laat er één staan")
            continue
        raise UserError(
            f"{place}: kolom {position} staat niet in het contract{closest(name, expected)}; voeg haar aan het "
            f'contract toe (rol = "weglaten" als ze niet nodig is) of laat haar uit het bestand weg{hint}'
        )
    missing = [name for name in expected if name not in found]
    if missing:
        others = f" (en nog {len(missing) - 1})" if len(missing) > 1 else ""
        raise UserError(
            f"{place}: kolom '{missing[0]}' ontbreekt{others}; vraag een levering met deze kolom "
            f"of pas het contract aan{hint}"
        )
