"""Which units of a domain occur in which columns, and on how many rows: one pass over the domain's columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pseudonimisering.quality.sources import Engine, KeyColumn
from zoo_formaat.errors import UserError

CLASSES = {"1": (1, 1), "2": (2, 2), "3-5": (3, 5), "6+": (6, None)}
"""Classes of the number of rows that one unit has in a column: label -> least and most."""

_MOST_COLUMNS = 63


@dataclass(frozen=True)
class Pattern:
    """Units that occur in exactly the columns of `members` (positions in the domain's list of columns).

    rows: per column the rows of these units. classes: per column how many of the units have 1, 2, 3-5, 6+ rows there.
    """

    members: frozenset[int]
    units: int
    rows: tuple[int, ...]
    classes: tuple[tuple[int, ...], ...]


class Units:
    """The distinct units of one domain and the columns they occur in."""

    def __init__(self, columns: Sequence[KeyColumn], patterns: Sequence[Pattern]) -> None:
        self.columns = list(columns)
        self.patterns = list(patterns)
        self._position = {column.name: i for i, column in enumerate(self.columns)}

    def distinct(self, *groups: Iterable[KeyColumn]) -> int:
        """Return how many units occur in at least one column of each group."""
        wanted = [{self._position[column.name] for column in group} for group in groups]
        return sum(part.units for part in self.patterns if all(part.members & group for group in wanted))

    def rows(self, column: KeyColumn, within: KeyColumn | None = None) -> int:
        """Return the filled rows of a column; with `within`, those whose unit occurs in that column too."""
        place = self._position[column.name]
        needed = set() if within is None else {self._position[within.name]}
        return sum(part.rows[place] for part in self.patterns if part.members >= needed)

    def distribution(self, column: KeyColumn) -> dict[str, int]:
        """Return how many units have 1, 2, 3-5 and 6 or more rows in a column."""
        place = self._position[column.name]
        return {label: sum(part.classes[place][i] for part in self.patterns) for i, label in enumerate(CLASSES)}

    def of_source(self, name: str) -> list[KeyColumn]:
        """Return the columns of a source."""
        return [column for column in self.columns if column.source.name == name]


def count_units(engine: Engine, columns: Sequence[KeyColumn]) -> Units:
    """Count the units of one domain. Raises UserError for an unreadable file.

    One hash aggregation with a counter per column, which the engine spills to disk where it outgrows its memory. What
    comes back has a row per combination of columns that occurs, never per unit.
    """
    if len(columns) > _MOST_COLUMNS:
        raise UserError(f"meer dan {_MOST_COLUMNS} kolommen van domein '{columns[0].domain}'; meet minder pakketten")
    numbers = range(len(columns))
    cells = " UNION ALL ".join(
        f"SELECT {column.sql} AS wie, {i}::UTINYINT AS kolom FROM read_parquet(?)" for i, column in enumerate(columns)
    )
    counters = ", ".join(f"count(*) FILTER (kolom = {i}) AS n{i}" for i in numbers)
    mask = " | ".join(f"(CASE WHEN n{i} > 0 THEN {1 << i}::UBIGINT ELSE 0::UBIGINT END)" for i in numbers)
    figures = ", ".join(
        ", ".join(
            [f"sum(n{i})::BIGINT", *(f"count(*) FILTER ({_within(f'n{i}', *bounds)})" for bounds in CLASSES.values())]
        )
        for i in numbers
    )
    found = engine.rows(
        f"SELECT {mask} AS masker, count(*), {figures} FROM "
        f"(SELECT {counters} FROM ({cells}) WHERE wie IS NOT NULL GROUP BY wie) GROUP BY masker ORDER BY masker",
        [column.file for column in columns],
    )
    width = 1 + len(CLASSES)
    patterns = []
    for mask_value, units, *rest in found:
        blocks = [rest[i * width : (i + 1) * width] for i in numbers]
        members = frozenset(i for i in numbers if mask_value >> i & 1)
        rows, classes = tuple(block[0] for block in blocks), tuple(tuple(block[1:]) for block in blocks)
        patterns.append(Pattern(members, units, rows, classes))
    return Units(columns, patterns)


def _within(name: str, least: int, most: int | None) -> str:
    return f"{name} >= {least}" if most is None else f"{name} BETWEEN {least} AND {most}"
