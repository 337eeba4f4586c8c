"""Which rows take part in a table: its filter as SQL, with values that are bound, never pasted."""

from collections.abc import Mapping, Sequence

from outputcontrole.access import quoted
from outputcontrole.asked import AREA_LEVELS, AskedTable
from outputcontrole.filter_values import SQL_TYPES
from outputcontrole.spec import Condition
from outputcontrole.spec.filter import AllOf, AnyOf, Node
from zoo_formaat.package import FieldDescription


def taking_part(
    table: AskedTable, columns: Mapping[str, FieldDescription], prefix: str = "f"
) -> tuple[str, dict[str, object]]:
    """SQL of a filter with its values as bound parameters, never as text."""
    parts = [f"{quoted(AREA_LEVELS[d][0])} IS NOT NULL" for d in table.dimensions if d in AREA_LEVELS]
    binned = (quoted(name) for name, _ in table.bins)
    parts.extend(f"{column} IS NOT NULL AND NOT isnan(CAST({column} AS DOUBLE))" for column in binned)
    parts.append(f"{quoted(table.counted)} IS NOT NULL")
    if table.measure is not None:
        parts.append(f"{quoted(table.measure)} IS NOT NULL")
    text, parameters = all_hold(table.filter, columns, prefix)
    return " AND ".join([*parts, text]), parameters


def all_hold(
    conjuncts: Sequence[Node], columns: Mapping[str, FieldDescription], prefix: str
) -> tuple[str, dict[str, object]]:
    """SQL that all parts of a filter hold, `true` for none; `prefix` begins the names of its parameters."""
    texts = ["true"]
    parameters: dict[str, object] = {}
    for number, conjunct in enumerate(conjuncts):
        text, values = _conjunct(conjunct, columns, f"{prefix}{number}")
        texts.append(text)
        parameters.update(values)
    return " AND ".join(texts), parameters


def _conjunct(node: Node, columns: Mapping[str, FieldDescription], name: str) -> tuple[str, dict[str, object]]:
    """SQL of a part of a filter, which may be a tree; `name` begins the names of its parameters."""
    match node:
        case Condition():
            return _condition(node, columns[node.kolom], name)
        case AllOf():
            word, parts = " AND ", node.en
        case AnyOf():
            word, parts = " OR ", node.of
    texts: list[str] = []
    parameters: dict[str, object] = {}
    for number, part in enumerate(parts):
        text, values = _conjunct(part, columns, f"{name}_{number}")
        texts.append(text)
        parameters.update(values)
    return f"({word.join(texts)})", parameters


def _condition(condition: Condition, field: FieldDescription, name: str) -> tuple[str, dict[str, object]]:
    column = quoted(condition.kolom)
    if condition.is_ == "leeg":
        return f"{column} IS NULL", {}
    if condition.is_ == "niet leeg":
        return f"{column} IS NOT NULL", {}
    kind = SQL_TYPES[field.type]
    if condition.is_ in {"in", "niet in"}:
        values = condition.waarde if isinstance(condition.waarde, list) else []
        named = {f"{name}_{i}": value for i, value in enumerate(values)}
        listed = ", ".join(f"CAST(${key} AS {kind})" for key in named)
        return f"{column} {'IN' if condition.is_ == 'in' else 'NOT IN'} ({listed})", dict(named)
    operator = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}[condition.is_]
    return f"{column} {operator} CAST(${name} AS {kind})", {name: condition.waarde}
