"""Evidence on derived data: into how many others' rows a unit's data were carried, and who was left out."""

import numpy as np
import pandas as pd

from outputcontrole.access import quoted
from outputcontrole.asked import CONTRIBUTORS, AskedTable, columns_of
from outputcontrole.evidence.cells import Evidence
from outputcontrole.evidence.conditions import taking_part
from outputcontrole.evidence.labels import grouping, grouping_sets
from outputcontrole.evidence.source_rows import SourceRows
from outputcontrole.evidence.units import unit_columns
from outputcontrole.spec import RecipeSource

# An owner is a person or a legal person, by the same pseudonym.
_OWNERS = frozenset({"eigenaar", "persoon", "rechtspersoon"})


def widest_reach(table: AskedTable, rows: SourceRows) -> int:
    """Return the most counted units whose rows one other unit of the counted kind contributes to.

    Of all rows of a recipe, those that it left out for a value too: otherwise that a recipe is refused would tell of
    that value. Nobody's data reach anybody in a table that is no recipe's.
    """
    columns = columns_of(table.source, rows.access)
    own = columns[table.counted]
    if not isinstance(table.source, RecipeSource):
        return 0
    considered = rows.access.derived[table.source.sha256].considered
    widest = 0
    for name, column in columns.items():
        kinds = {column.eenheid, own.eenheid}
        alike = len(kinds) == 1 or ("eigenaar" in kinds and kinds <= _OWNERS)
        if not name.startswith(CONTRIBUTORS) or not alike:
            continue
        counted = quoted(table.counted)
        query = (
            f"SELECT coalesce(max(bereik), 0) AS bereik FROM (SELECT _bijdrager, count(DISTINCT _geteld) AS bereik "
            f"FROM (SELECT {counted} AS _geteld, unnest({quoted(name)}) AS _bijdrager "
            f"FROM {considered} WHERE {counted} IS NOT NULL) AS r WHERE _bijdrager <> _geteld GROUP BY _bijdrager) AS b"
        )
        # By another number of its own (the dwelling by its address) a unit seems to reach itself.
        itself = 0 if column.domein == own.domein or "eigenaar" in kinds else 1
        widest = max(widest, int(rows.frame(query, {})["bereik"].iloc[0]) - itself)
    return widest


def chooses(table: AskedTable, rows: SourceRows) -> bool:
    """Whether a recipe leaves out counted units for a value: a filter that no rule compares with a population."""
    if not isinstance(table.source, RecipeSource):
        return False
    derived, counted = rows.access.derived[table.source.sha256], quoted(table.counted)
    query = (
        f"SELECT 1 FROM (SELECT {counted} FROM {derived.considered} WHERE {counted} IS NOT NULL "
        f"EXCEPT SELECT {counted} FROM {derived.relation}) AS r LIMIT 1"
    )
    return len(rows.frame(query, {})) > 0


def alike_amounts(one: AskedTable, other: AskedTable, rows: SourceRows) -> tuple[int, int]:
    """Return of how many units the summed amounts are equal in two sources, and how many have an amount in both."""
    parts = [
        f"(SELECT {quoted(table.counted)} AS eenheid, sum(CAST({quoted(str(table.measure))} AS DOUBLE)) AS bedrag "
        f"FROM {rows.name_of(table.source)} WHERE {quoted(str(table.measure))} IS NOT NULL GROUP BY ALL)"
        for table in (one, other)
    ]
    query = (
        f"SELECT count(*) FILTER (abs(a.bedrag - b.bedrag) <= 1e-9 * greatest(abs(a.bedrag), 1)) AS gelijk, "
        f"count(*) AS samen FROM {parts[0]} AS a JOIN {parts[1]} AS b USING (eenheid)"
    )
    found = rows.frame(query, {})
    return int(found["gelijk"].iloc[0]), int(found["samen"].iloc[0])


def prevalence(evidence: Evidence, rows: SourceRows) -> np.ndarray:
    """Return per cell the largest share of its counted units whose rows one and the same unit contributes to."""
    table = evidence.table
    columns = columns_of(table.source, rows.access)
    where, values = taking_part(table, columns)
    _, labels_sql = grouping(table)
    sets = ", ".join(f"({part}, _bijdrager)" if part else "(_bijdrager)" for part in grouping_sets(table))
    on = [f"d{i}" for i in range(len(table.dimensions))]
    names = "".join(f"{name}, " for name in on)
    most: dict[tuple[str, ...], int] = {}
    for numberings in unit_columns(table.source, columns).values():
        for held in numberings:
            query = (
                f"SELECT {names}max(_geteld) AS _meeste FROM (SELECT {labels_sql}_bijdrager, "
                f"count(DISTINCT {quoted(table.counted)}) AS _geteld FROM (SELECT *, "
                f"unnest(list_distinct({held})) AS _bijdrager FROM {rows.name_of(table.source)} WHERE {where}) AS r "
                f"WHERE _bijdrager IS NOT NULL GROUP BY GROUPING SETS ({sets})) AS e{' GROUP BY ALL' if on else ''}"
            )
            for key, found in _by_labels(rows.frame(query, values), on):
                most[key] = max(most.get(key, 0), found)
    reached = np.array([most.get(key, 0) for key in evidence.keys], dtype=float)
    n = evidence.cells["n"].to_numpy(dtype=float)
    shares: np.ndarray = np.divide(reached, n, out=np.zeros(len(n)), where=n > 0)
    return shares


def _by_labels(frame: pd.DataFrame, on: list[str]) -> list[tuple[tuple[str, ...], int]]:
    found = frame["_meeste"].fillna(0).astype("int64").tolist()
    keys = zip(*(frame[name].astype(str).tolist() for name in on), strict=True) if on else [()] * len(found)
    return list(zip(keys, found, strict=True))
