"""Compute an indicator on a DuckDB connection that has the tables of its sources."""

import duckdb
import pandas as pd

from zoo_analyse.areas import LEVELS, sql_area
from zoo_analyse.errors import AreaCodeError, NotFeasible
from zoo_analyse.indicators.registry import Indicator, get


def check_feasible(con: duckdb.DuckDBPyConnection, indicator: Indicator) -> None:
    """Raise NotFeasible for the first table or column that is absent, and for a table without rows.

    An absent source must never look like an area where nothing happens.
    """
    found = con.execute(
        "SELECT schema_name || '.' || table_name, list(column_name) FROM duckdb_columns() WHERE NOT internal GROUP BY 1"
    ).fetchall()
    available = {table: set(columns) for table, columns in found}
    for table, columns in indicator.bronnen.items():
        if table not in available:
            raise NotFeasible(
                f"indicator {indicator.naam} is niet haalbaar: bron {table} ontbreekt; "
                "neem de bron op in het project en lever haar aan"
            )
        missing = [column for column in columns if column not in available[table]]
        if missing:
            raise NotFeasible(
                f"indicator {indicator.naam} is niet haalbaar: in bron {table} ontbreekt kolom "
                f"{', '.join(missing)}; neem de kolom op in het project en in het contract"
            )
        schema, name = table.split(".")
        if con.execute(f'SELECT 1 FROM "{schema}"."{name}" LIMIT 1').fetchone() is None:
            raise NotFeasible(
                f"indicator {indicator.naam} is niet haalbaar: bron {table} heeft geen rijen; "
                "controleer de levering en de periode van het project"
            )


def _rows(
    con: duckdb.DuckDBPyConnection, indicator: Indicator, parameters: dict[str, object]
) -> duckdb.DuckDBPyRelation:
    """All rows of the definition, not yet computed, those without an area included."""
    values = indicator.bind(parameters)
    check_feasible(con, indicator)
    columns = ", ".join(f'"{column}"' for column in ("buurtcode", "waarde", *indicator.eenheden))
    return con.sql(f"SELECT {columns} FROM (\n{indicator.sql}\n)", params=values)


def evidence(con: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> duckdb.DuckDBPyRelation:
    """One row per thing counted that has an area, as a DuckDB relation in no particular order: to stay inside.

    Columns as for `compute`. For work on whole registers: `.create(table)`, `.aggregate(...)` and
    `.to_arrow_table()` stay in columns, where a pandas frame makes a Python object of every unit.
    Raises UnknownIndicator, ParameterError, NotFeasible.
    """
    return _rows(con, get(name), parameters).filter("buurtcode IS NOT NULL")


def compute(con: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> pd.DataFrame:
    """One row per thing counted that has an area, as a pandas frame: to stay inside.

    Returns `buurtcode` (str), `waarde` (boolean, NA = unknown) and the unit columns of the definition
    (uuid.UUID, or an array of them when the column's name is plural), sorted by area, value and unit.
    Rows without an area are left out; `unplaced` counts them.
    Raises UnknownIndicator, ParameterError, NotFeasible.
    """
    order = f'buurtcode, waarde DESC NULLS LAST, "{get(name).geteld}"'
    frame: pd.DataFrame = evidence(con, name, **parameters).order(order).df()
    frame["waarde"] = frame["waarde"].astype("boolean")
    return frame


def area_counts(
    con: duckdb.DuckDBPyConnection, name: str, *, level: str = "buurt", **parameters: object
) -> pd.DataFrame:
    """Distinct counted units per area: exact counts, to stay inside until the checker has judged them.

    level: 'buurt', 'wijk', 'gemeente' or 'land'. Returns `<level>code`, `teller` (units with the
    characteristic), `noemer` (units of which it is known) and `onbekend` (units of which it is not), all
    int64, sorted by code. An area without any unit has no row.
    Raises UnknownIndicator, ParameterError, NotFeasible, AreaCodeError (unknown level).
    """
    if level not in LEVELS:
        raise AreaCodeError(f"onbekend niveau {level!r}; kies uit {', '.join(LEVELS)}")
    counted = f'count(DISTINCT "{get(name).geteld}")'
    area = sql_area("buurtcode", level)
    counts: pd.DataFrame = (
        evidence(con, name, **parameters)
        .aggregate(
            f"{area} AS {level}code, "
            f"{counted} FILTER (WHERE waarde) AS teller, "
            f"{counted} FILTER (WHERE waarde IS NOT NULL) AS noemer, "
            f"{counted} FILTER (WHERE waarde IS NULL) AS onbekend",
            area,
        )
        .order(f"{level}code")
        .df()
    )
    return counts


def unplaced(con: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> int:
    """How many counted units have no area (an address that did not link): the size of a blind spot.

    Raises UnknownIndicator, ParameterError, NotFeasible.
    """
    indicator = get(name)
    without_area = _rows(con, indicator, parameters).filter("buurtcode IS NULL")
    return int(without_area.aggregate(f'count(DISTINCT "{indicator.geteld}")').fetchall()[0][0])
