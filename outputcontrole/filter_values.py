"""Whether the values of a filter fit their columns: said before anything is computed, with the name of the column."""

from collections.abc import Iterable, Mapping

import duckdb

from outputcontrole.access import Access
from outputcontrole.spec.filter import Node, conditions_of
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription

SQL_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DECIMAL(38, 6)",
    "boolean": "BOOLEAN",
    "date": "DATE",
}
"""As what the engine reads a value that is compared with a column of this type."""
_VERWACHT = {
    "string": "een tekst",
    "integer": "een heel getal",
    "number": "een getal",
    "boolean": "waar of onwaar",
    "date": "een datum als JJJJ-MM-DD",
}


def check_values(
    conjuncts: Iterable[Node], columns: Mapping[str, FieldDescription], access: Access, where: str
) -> None:
    """Raise UserError, naming `where` and the column, for a value that is not of its column's type.

    The engine itself is asked, so that what passes here is what it can compare; its own message quotes the value.
    """
    for condition in conditions_of(conjuncts):
        kind = columns[condition.kolom].type
        if condition.waarde is None or kind not in SQL_TYPES:
            continue
        values = condition.waarde if isinstance(condition.waarde, list) else [condition.waarde]
        named = {f"w{number}": value for number, value in enumerate(values)}
        casts = ", ".join(f"CAST(${name} AS {SQL_TYPES[kind]})" for name in named)
        try:
            access.connection.execute(f"SELECT {casts}", named)
        except duckdb.Error:
            raise UserError(
                f"{where}: een waarde voor filterkolom '{condition.kolom}' past niet bij de kolom; verwacht "
                f"{_VERWACHT[kind]}"
            ) from None
