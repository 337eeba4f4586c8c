"""Types of values, where the text of a recipe shows them: what stands in one column without a failing conversion."""

from collections.abc import Mapping, Sequence

from sqlglot import exp

from outputcontrole.recipes.contributors import Field
from outputcontrole.recipes.expressions import bare

_COMPARED = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)
_TEXT_FUNCTIONS = (exp.Lower, exp.Upper, exp.Substring, exp.Left, exp.Right, exp.Trim, exp.Replace, exp.DPipe)
_CONDITIONS = (
    *(exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.RegexpLike, exp.StartsWith),
    *(exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Exists, exp.Boolean),
)
_DATE_NUMBERS = (exp.Year, exp.Quarter, exp.Month, exp.Day, exp.DayOfYear, exp.DayOfWeekIso, exp.Extract, exp.Length)
_WHOLE = frozenset({"TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT"})
# The manifest of a package and DuckDB have different words for a text.
_TEXTS = frozenset({"VARCHAR", "TEXT", "STRING"})


def one_type(one: str, other: str) -> bool:
    """Whether values of two types stand in one column, or are compared, without a conversion that can fail."""
    one, other = one.upper(), other.upper()
    return any({one, other} <= alike for alike in (_WHOLE, _TEXTS)) or (one == other and bool(one))


def type_of(value: exp.Expr, fields: Mapping[str, Field]) -> str:
    """Return the DuckDB type of an expression where that is plain to see, else an empty text."""
    value = bare(value)
    if isinstance(value, exp.Column | exp.Literal):
        number = "INTEGER" if value.is_int else ""
        known = fields[value.name].type if value.name in fields else ""
        return known if isinstance(value, exp.Column) else "VARCHAR" if value.is_string else number
    if isinstance(value, exp.Cast):
        return str(value.to.sql("duckdb"))
    if isinstance(value, exp.Case):
        parts = [part.args["true"] for part in value.args["ifs"]]
        return _type_of_all([*parts, *([value.args["default"]] if value.args.get("default") else [])], fields)
    if isinstance(value, exp.Coalesce | exp.Greatest | exp.Least):
        return _type_of_all([value.this, *value.expressions], fields)
    if isinstance(value, exp.Add | exp.Sub | exp.Mul | exp.Mod | exp.IntDiv | exp.Neg):
        return "BIGINT" if all(type_of(part, fields).upper() in _WHOLE for part in value.iter_expressions()) else ""
    kinds: dict[str, tuple[type[exp.Expr], ...]] = {
        "VARCHAR": _TEXT_FUNCTIONS,
        "BIGINT": _DATE_NUMBERS,
        "DOUBLE": (exp.Div,),
        "BOOLEAN": (*_COMPARED, *_CONDITIONS),
    }
    return next((kind for kind, classes in kinds.items() if isinstance(value, classes)), "")


def type_of_call(call: exp.Expr, arguments: Sequence[Field]) -> str:
    """Return the type of an aggregate or window function on columns."""
    function = call.this if isinstance(call, exp.IgnoreNulls) else call
    if isinstance(function, exp.Count | exp.CountIf | exp.RowNumber | exp.Rank | exp.DenseRank | exp.Ntile):
        return "BIGINT"
    if isinstance(function, exp.LogicalOr | exp.LogicalAnd):
        return "BOOLEAN"
    if isinstance(function, exp.Avg | exp.Stddev | exp.StddevPop | exp.StddevSamp | exp.Variance | exp.VariancePop):
        return "DOUBLE"
    same = (exp.Min, exp.Max, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)
    if isinstance(function, same) and isinstance(function.this, exp.Column) and not function.args.get("default"):
        return next((field.type for field in arguments if field.column == function.this.name), "")
    return ""


def _type_of_all(parts: Sequence[exp.Expr], fields: Mapping[str, Field]) -> str:
    found = [type_of(part, fields) for part in parts if not isinstance(bare(part), exp.Null)]
    return found[0] if found and all(one_type(found[0], other) for other in found) else ""
