"""How rare combinations of attributes are: who knows a few of them about somebody could find that person's row.

Counted on what leaves, after generalisation. A report never holds a value. It depends on microdata, so it stays in
zone 1: a file of this zone's user in the custody folder, and a few lines on the screen of whoever makes the package.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from pseudonimisering.contract import Column, Output
from pseudonimisering.plan import TablePlan
from zoo_formaat.atomic import write_file

FOLDER = "rapporten"
DEFAULT_K = 10
"""Fewer units than this in a combination is rare, where the contract does not say."""

_PLURAL = {
    "persoon": "personen",
    "huishouden": "huishoudens",
    "adres": "adressen",
    "eigenaar": "eigenaren",
    "rechtspersoon": "rechtspersonen",
}
_MEMORY = "600MB"
_BIRTH = re.compile(r"geboorte|geb_?dat|overlijd|birth", re.IGNORECASE)
_POSTCODE = re.compile(r"postcode|\bpc6\b|_pc6", re.IGNORECASE)
_RARE_TRAIT = re.compile(r"nationaliteit|geboorteland|herkomst|beroep|godsdienst|diagnose", re.IGNORECASE)
_AMOUNT = re.compile(r"euro|eur|€", re.IGNORECASE)


@dataclass(frozen=True)
class Rare:
    """One set of columns of one table.

    asked: whether the contract names the set. unit: which protected unit was counted per combination, or `rijen`.
    combinations, units and rows: how many there are in combinations of fewer than k units. smallest:
    units in the smallest combination (0 for a table without rows).
    """

    table: str
    columns: tuple[str, ...]
    k: int
    asked: bool
    unit: str
    combinations: int
    units: int
    rows: int
    smallest: int

    def as_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {**asdict(self), "columns": list(self.columns)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Rare":
        """Return what `as_json` made."""
        return cls(**{**values, "columns": tuple(values["columns"])})

    def sentence(self) -> str:
        """Return the warning as a Dutch line, or an empty text when nothing is rare."""
        if not self.combinations:
            return ""
        named = " + ".join(self.columns)
        fix = "" if self.asked else "; denk aan 'generaliseer' in het contract"
        return (
            f"{self.table}: {self.rows} rijen hebben een waarde van {named} die bij minder dan {self.k} "
            f"{_PLURAL.get(self.unit, self.unit)} voorkomt (kleinste groep: {self.smallest}){fix}"
        )


def rare_in_table(name: str, path: Path, part: TablePlan) -> list[Rare]:
    """Count the contract's sets of columns, and the columns that look risky by themselves. name: `bron.tabel`."""
    wanted: list[tuple[tuple[str, ...], int, bool]] = []
    kept = {output.name for output in part.outputs}
    for rarity in part.table.zeldzaam:
        columns = tuple(column for column in rarity.kolommen if column in kept)
        if columns:
            wanted.append((columns, rarity.k, True))
    named = {columns for columns, _, _ in wanted}
    wanted += [((column,), DEFAULT_K, False) for column in _risky(part.outputs) if (column,) not in named]
    if not wanted:
        return []
    units = sorted((o for o in part.pseudonyms if o.unit), key=lambda o: o.unit != "persoon")
    unit = units[0] if units else None
    with duckdb.connect(
        config={"memory_limit": _MEMORY, "threads": 2, "temp_directory": str(path.parent / "sorteren")}
    ) as connection:
        return [
            _count(connection, name, path, columns, k, unit if asked else None, asked=asked)
            for columns, k, asked in wanted
        ]


def write_report(custody: Path, project: str, source: str, found: Sequence[Rare]) -> Path:
    """Write the report of a source (0600) into the custody folder and return its path."""
    folder = custody / FOLDER / project
    for part in (custody / FOLDER, folder):
        part.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{source}.zeldzaam.json"
    content = {"versie": 1, "bron": source, "project": project, "zeldzaam": [rare.as_json() for rare in found]}
    write_file(path, json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n", mode=0o600)
    return path


def _risky(outputs: Sequence[Output]) -> Iterator[str]:
    """Yield columns that leave exactly and tell people apart: birth dates, amounts, postcodes, rare traits."""
    for output in outputs:
        column = output.source
        if not isinstance(column, Column) or output.domain or column.generalisation is not None:
            continue
        name = " ".join((output.name, *output.columns))
        birth = column.rol == "datum" and _BIRTH.search(name)
        amount = column.type in {"geheel", "decimaal"} and _AMOUNT.search(column.maat or "")
        text = column.type == "tekst" or column.rol == "gebied"
        if birth or amount or (text and (_POSTCODE.search(name) or _RARE_TRAIT.search(name))):
            yield output.name


def _count(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    path: Path,
    columns: Sequence[str],
    k: int,
    unit: Output | None,
    *,
    asked: bool,
) -> Rare:
    by = ", ".join(f'"{column}"' for column in columns)
    file = str(path).replace("'", "''")
    # a row without its unit cannot be told from somebody else's, so it counts as one more
    units = f'count(DISTINCT "{unit.name}") + count(*) FILTER ("{unit.name}" IS NULL)' if unit else "count(*)"
    filled = " OR ".join(f'"{column}" IS NOT NULL' for column in columns)
    source = f"read_parquet('{file}', hive_partitioning = false)"
    groups = f"SELECT count(*) AS n, {units} AS m FROM {source} WHERE {filled} GROUP BY {by}"
    [(combinations, held, rows, smallest)] = connection.execute(
        "SELECT count(*) FILTER (m < $k), coalesce(sum(m) FILTER (m < $k), 0), coalesce(sum(n) FILTER (m < $k), 0), "
        f"coalesce(min(m), 0) FROM ({groups})",
        {"k": k},
    ).fetchall()
    label = unit.unit or "" if unit else "rijen"
    return Rare(name, tuple(columns), k, asked, label, int(combinations), int(held), int(rows), int(smallest))
