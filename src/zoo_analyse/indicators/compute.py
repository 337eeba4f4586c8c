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
        if con.execute(f'SELECT 1 FROM "{schema}"."{name}" LIMIT 1').fetchall() == []:
            raise NotFeasible(
                f"indicator {indicator.naam} is niet haalbaar: bron {table} heeft geen rijen; "
                "controleer de levering en de periode van het project"
            )


def _ask(
    con: duckdb.DuckDBPyConnection, indicator: Indicator, parameters: dict[str, object], select: str
) -> pd.DataFrame:
    """Run `select`, in which {rows} stands for the rows of the definition."""
    values = indicator.bind(parameters)
    check_feasible(con, indicator)
    return con.execute(select.format(rows=f"(\n{indicator.sql}\n) AS rijen"), values).df()


def compute(con: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> pd.DataFrame:
    """One row per thing counted that has an area: evidence, to stay inside.

    Returns `buurtcode` (str), `waarde` (boolean, NA = unknown) and the unit columns of the definition
    (uuid.UUID, or an array of them when the column's name is plural), sorted by area, value and unit.
    Rows without an area are left out; `unplaced` counts them. A Python object is made of every unit: for whole
    registers use area_counts, or the definition itself (`get(name).sql`, `.bind`) in a query.
    Raises UnknownIndicator, ParameterError, NotFeasible.
    """
    indicator = get(name)
    columns = ", ".join(f'"{column}"' for column in ("buurtcode", "waarde", *indicator.eenheden))
    frame = _ask(
        con,
        indicator,
        parameters,
        f"SELECT {columns} FROM {{rows}} WHERE buurtcode IS NOT NULL "
        f'ORDER BY buurtcode, waarde DESC NULLS LAST, "{indicator.geteld}"',
    )
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
    indicator = get(name)
    counted = f'count(DISTINCT "{indicator.geteld}")'
    return _ask(
        con,
        indicator,
        parameters,
        f"""
        SELECT
            {sql_area("buurtcode", level)} AS {level}code,
            {counted} FILTER (WHERE waarde) AS teller,
            {counted} FILTER (WHERE waarde IS NOT NULL) AS noemer,
            {counted} FILTER (WHERE waarde IS NULL) AS onbekend
        FROM {{rows}}
        WHERE buurtcode IS NOT NULL
        GROUP BY 1
        ORDER BY 1
        """,
    )


def unplaced(con: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> int:
    """How many counted units have no area (an address that did not link): the size of a blind spot.

    Raises UnknownIndicator, ParameterError, NotFeasible.
    """
    indicator = get(name)
    select = f'SELECT count(DISTINCT "{indicator.geteld}") AS aantal FROM {{rows}} WHERE buurtcode IS NULL'
    return int(_ask(con, indicator, parameters, select)["aantal"].iloc[0])
