"""Which SQL an analyst may run: one SELECT over the project's tables, and nothing that reaches outside them.

The text is parsed by DuckDB itself (`json_serialize_sql`), so that there is no second reading of it in which it would
mean something else. What is not known here to be harmless is refused. The connection is closed to the outside as
well (see `engine`); either lock holds when the other fails.
"""

import difflib
import json
from collections.abc import Iterable, Iterator
from typing import Any

import duckdb

from zoo_formaat.errors import UserError

_QUERY_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_RELATIONS = {"BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "TABLE_FUNCTION", "EXPRESSION_LIST", "PIVOT"}
_MODIFIERS = {"ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER"}
_ORDERS = {"ORDER_DEFAULT", "ASCENDING", "DESCENDING", "INVALID"}
_TABLE_FUNCTIONS = {"unnest", "range", "generate_series"}
# Scalar functions that read or write something else than their arguments.
_REFUSED_FUNCTIONS = {
    "current_setting",
    "getenv",
    "getvariable",
    "nextval",
    "currval",
    "write_log",
    "query",
    "read_text",
}

ONLY_SELECT = "alleen één SELECT-opdracht kan hier; gegevens wijzigen, inlezen of wegschrijven kan niet"


def check_statement(connection: duckdb.DuckDBPyConnection, query: str, tables: Iterable[str]) -> list[str]:
    """Check that `query` is one SELECT over `tables` (`bron.tabel`) and return the tables that it reads.

    Raises UserError: one Dutch line with what is wrong and, for a table that is not there, the nearest that is.
    """
    row = connection.execute("SELECT json_serialize_sql($query::VARCHAR)", {"query": query}).fetchone()
    parsed: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    if parsed["error"]:
        raise UserError(_not_parsed(parsed, query))
    statements = parsed["statements"]
    if len(statements) != 1:
        what = f"er staan er {len(statements)}" if statements else "er staat niets"
        raise UserError(f"{ONLY_SELECT} ({what})")
    return sorted(set(_tables_read(statements[0]["node"], frozenset(), {table.lower(): table for table in tables})))


def closest(name: str, known: Iterable[str]) -> str:
    """Return `bedoelde u '…'?` when a known name is near, otherwise the known names."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"bedoelde u '{near[0]}'?" if near else f"er zijn: {', '.join(names) or 'geen'}"


def _not_parsed(parsed: dict[str, Any], query: str) -> str:
    if parsed.get("error_type") != "parser":
        return ONLY_SELECT
    message = str(parsed.get("error_message", "")).splitlines()[0] if parsed.get("error_message") else ""
    position = parsed.get("position")
    if not str(position).isdigit():
        return f"SQL niet begrepen: {message}"
    line = query.count("\n", 0, int(str(position))) + 1
    return f"SQL niet begrepen op regel {line}: {message}"


def _tables_read(node: Any, names: frozenset[str], tables: dict[str, str]) -> Iterator[str]:
    """Yield the tables that a part of the syntax tree reads; `names` are the WITH names that hold there."""
    if isinstance(node, list):
        for part in node:
            yield from _tables_read(part, names, tables)
        return
    if not isinstance(node, dict):
        return
    if "class" in node:
        _check_expression(node)
    elif isinstance(node.get("type"), str):
        kind = node["type"]
        if kind not in _QUERY_NODES | _RELATIONS | _MODIFIERS | _ORDERS:
            raise UserError(ONLY_SELECT)
        if kind == "TABLE_FUNCTION":
            _check_table_function(node)
        if kind == "BASE_TABLE":
            yield from _check_table(node, names, tables)
    if "cte_map" in node:
        names |= {entry["key"].lower() for entry in node["cte_map"]["map"]}
    if "cte_name" in node:
        names |= {str(node["cte_name"]).lower()}
    for part in node.values():
        yield from _tables_read(part, names, tables)


def _check_expression(node: dict[str, Any]) -> None:
    name = str(node.get("function_name", "")).lower()
    if name in _REFUSED_FUNCTIONS:
        raise UserError(f"functie '{name}' kan hier niet: zij leest of schrijft iets buiten de tabellen")


def _check_table_function(node: dict[str, Any]) -> None:
    name = str(node["function"].get("function_name", "")).lower()
    if name not in _TABLE_FUNCTIONS:
        raise UserError(
            f"'{name}(…)' kan hier niet als tabel: bestanden en instellingen zijn niet bereikbaar. "
            "Gebruik de tabellen van het project (zoo data)"
        )


def _check_table(node: dict[str, Any], names: frozenset[str], tables: dict[str, str]) -> Iterator[str]:
    schema, table = str(node["schema_name"]).lower(), str(node["table_name"]).lower()
    if node.get("catalog_name") or node.get("at_clause"):
        raise UserError(f"schrijf de tabel als bron.tabel; {closest(f'{schema}.{table}', tables.values())}")
    if not schema and table in names:
        return
    full = f"{schema}.{table}" if schema else table
    if full not in tables:
        ending = [known for known in tables.values() if known.endswith(f".{table}")]
        fix = f"bedoelde u '{ending[0]}'?" if len(ending) == 1 else closest(full, tables.values())
        raise UserError(f"tabel '{full}' bestaat niet; {fix}")
    yield tables[full]
