"""The language of recipes: which SQL a recipe may be written in, and what to write instead of the rest.

An allow-list of kinds of expression with the parts they may have. What is not on it does not exist in a recipe, so a
function that DuckDB gains tomorrow is refused until somebody has thought about it. Everything here is deterministic:
no clock, no chance, no session, no file, no row order that the data do not decide.
"""

from collections.abc import Callable, Iterator
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from outputcontrole.spec.recipe import MAX_SQL
from zoo_formaat.errors import UserError

# A recipe is read by an officer, and parsed by recursive descent: both have an end to what they can take in.
MAX_TOKENS = 4_000
MAX_NESTING = 40
MAX_DEPTH = 120
MAX_TABLES = 40
_MAX_DECIMAL = 18

_BINARY = frozenset({"this", "expression"})
_UNARY = frozenset({"this"})
_LISTED = frozenset({"this", "expressions"})

# Expressions of one row, each with the parts it may have.
_ROW_LOCAL: dict[type[exp.Expr], frozenset[str]] = {
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.IntDiv, exp.Pow), _BINARY),
    exp.Div: _BINARY | {"typed", "safe"},
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ), _BINARY),
    **dict.fromkeys((exp.And, exp.Or, exp.Is, exp.Like, exp.ILike, exp.Nullif, exp.StartsWith, exp.EndsWith), _BINARY),
    exp.Contains: _BINARY,
    exp.RegexpLike: _BINARY,
    **dict.fromkeys((exp.Not, exp.Neg, exp.Paren, exp.Abs, exp.Sign, exp.Sqrt, exp.Ln, exp.Exp, exp.IsNan), _UNARY),
    **dict.fromkeys((exp.Lower, exp.Upper, exp.Year, exp.Month, exp.Day, exp.Quarter, exp.LastDay), _UNARY),
    **dict.fromkeys((exp.DayOfWeekIso, exp.DayOfYear), _UNARY),
    **dict.fromkeys((exp.Floor, exp.Ceil, exp.Trunc), _UNARY),
    exp.Length: _UNARY,
    exp.Round: frozenset({"this", "decimals"}),
    exp.Trim: frozenset({"this", "expression"}),
    exp.Substring: frozenset({"this", "start", "length"}),
    exp.Left: _BINARY,
    exp.Right: _BINARY,
    exp.Replace: frozenset({"this", "expression", "replacement"}),
    exp.DPipe: _BINARY | {"safe"},
    exp.Concat: frozenset({"expressions", "safe", "coalesce"}),
    exp.Coalesce: _LISTED,
    exp.Greatest: _LISTED | {"ignore_nulls"},
    exp.Least: _LISTED | {"ignore_nulls"},
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.If: frozenset({"this", "true", "false"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.In: frozenset({"this", "expressions", "query"}),
    exp.Exists: _UNARY,
    exp.Cast: frozenset({"this", "to"}),
    exp.TryCast: frozenset({"this", "to", "safe"}),
    exp.DataType: frozenset({"this", "expressions", "nested"}),
    exp.DataTypeParam: _UNARY,
    exp.Extract: _BINARY,
    exp.TimestampTrunc: frozenset({"this", "unit"}),
    exp.DateTrunc: frozenset({"this", "unit"}),
    exp.DateDiff: frozenset({"this", "expression", "unit", "date_part_boundary"}),
    exp.DateAdd: frozenset({"this", "expression", "unit"}),
    exp.DateSub: frozenset({"this", "expression", "unit"}),
    exp.Interval: frozenset({"this", "unit"}),
    exp.ToDays: _UNARY,
    exp.DateFromParts: frozenset({"year", "month", "day"}),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Boolean: _UNARY,
    exp.Null: frozenset(),
    exp.Var: _UNARY,
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Column: frozenset({"this", "table"}),
    exp.Star: frozenset({"except_"}),
    exp.Alias: frozenset({"this", "alias"}),
    exp.Anonymous: _LISTED,
}
# Functions that sqlglot has no word of its own for.
_NAMED_FUNCTIONS = frozenset({"to_years", "to_months", "to_days", "date_part", "make_date", "strlen", "ends_with"})

# Aggregates whose result does not depend on the order of rows.
AGGREGATES: dict[type[exp.Expr], frozenset[str]] = {
    exp.Count: frozenset({"this", "big_int"}),
    **dict.fromkeys((exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.LogicalOr, exp.LogicalAnd), _UNARY),
    **dict.fromkeys((exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.CountIf), _UNARY),
    exp.PercentileCont: _BINARY,
    exp.PercentileDisc: _BINARY,
}
# Functions of a window that are no aggregates. Their order is made total where they are rewritten.
WINDOW_FUNCTIONS: dict[type[exp.Expr], frozenset[str]] = {
    **dict.fromkeys((exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist), frozenset()),
    exp.Ntile: _UNARY,
    exp.Lag: frozenset({"this", "offset", "default"}),
    exp.Lead: frozenset({"this", "offset", "default"}),
    exp.FirstValue: _UNARY,
    exp.LastValue: _UNARY,
    exp.NthValue: frozenset({"this", "offset"}),
}
_AROUND: dict[type[exp.Expr], frozenset[str]] = {
    exp.Distinct: frozenset({"expressions"}),
    exp.Filter: _BINARY,
    exp.Where: _UNARY,
    exp.IgnoreNulls: _UNARY,
    exp.Window: frozenset({"this", "partition_by", "order", "spec", "over"}),
    exp.WindowSpec: frozenset({"kind", "start", "start_side", "end", "end_side"}),
    exp.Order: frozenset({"expressions"}),
    exp.Ordered: frozenset({"this", "desc", "nulls_first"}),
}
_QUERY: dict[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset(
        {"with_", "expressions", "from_", "joins", "where", "group", "having", "qualify", "distinct", "order"}
    ),
    exp.Union: frozenset({"with_", "this", "expression", "distinct", "order"}),
    exp.Subquery: frozenset({"this", "alias"}),
    exp.With: frozenset({"expressions"}),
    exp.CTE: frozenset({"this", "alias", "materialized"}),
    exp.TableAlias: frozenset({"this"}),
    exp.From: _UNARY,
    exp.Table: frozenset({"this", "db", "alias"}),
    exp.Join: frozenset({"this", "side", "kind", "on", "using"}),
    exp.Group: frozenset({"expressions", "all"}),
    exp.Having: _UNARY,
    exp.Qualify: _UNARY,
}
_PERMITTED: dict[type[exp.Expr], frozenset[str]] = {
    **_ROW_LOCAL,
    **AGGREGATES,
    **WINDOW_FUNCTIONS,
    **_AROUND,
    **_QUERY,
}

# Where a kind of expression may stand; elsewhere the engine would give it another meaning (`greatest(*)` is of every
# column there is, those of this program included).
_PARENTS: dict[type[exp.Expr], tuple[type[exp.Expr], ...]] = {
    exp.Star: (exp.Select, exp.Count, exp.Column),
    exp.Alias: (exp.Select,),
    exp.Distinct: (exp.Select, *AGGREGATES),
    exp.Order: (exp.Select, exp.Union, exp.Window, exp.Subquery),
    exp.Where: (exp.Select, exp.Filter),
    exp.Filter: (exp.Window, *_ROW_LOCAL, exp.Select, exp.Having, exp.Qualify, exp.Ordered),
    exp.IgnoreNulls: (exp.Window,),
    exp.Identifier: (exp.Column, exp.Alias, exp.TableAlias, exp.Table, exp.Join),
    exp.Var: (exp.Interval, exp.Extract, exp.TimestampTrunc, exp.DateTrunc, exp.DateDiff, exp.DateAdd, exp.DateSub),
    exp.DataType: (exp.Cast, exp.TryCast),
    **dict.fromkeys(WINDOW_FUNCTIONS, (exp.Window, exp.IgnoreNulls)),
}

_TYPES = frozenset(
    {
        *(exp.DType.BOOLEAN, exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT),
        *(exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL),
        *(exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.DATE, exp.DType.TIMESTAMP),
    }
)
_DATE_PARTS = frozenset(
    {
        *("year", "years", "quarter", "quarters", "month", "months", "week", "weeks", "day", "days"),
        *("hour", "hours", "minute", "minutes", "second", "seconds", "isodow", "doy", "dayofyear", "isoyear"),
    }
)

# What to write instead, by the word that sqlglot has for a part or a kind of expression.
_INSTEAD = {
    "limit": "LIMIT kiest rijen; kies ze met een voorwaarde",
    "offset": "OFFSET kiest rijen; kies ze met een voorwaarde",
    "sample": "een steekproef is bij elke berekening anders; kies rijen met een voorwaarde",
    "recursive": "WITH RECURSIVE kan niet; schrijf de stappen na elkaar",
    "pivots": "PIVOT kan niet; schrijf een kolom per waarde met CASE",
    "windows": "WINDOW kan niet; schrijf het venster in OVER (...) zelf uit",
    "laterals": "LATERAL kan niet; schrijf een gewone JOIN",
    "method": "NATURAL, ASOF en POSITIONAL JOIN kunnen niet; schrijf JOIN ... ON met de kolommen erbij",
    "replace": "* REPLACE kan niet; schrijf de kolommen uit",
    "rename": "* RENAME kan niet; schrijf de kolommen uit",
    "columns": "kolomnamen achter een alias kunnen niet; geef namen met AS in de SELECT",
    "on": "DISTINCT ON kiest een willekeurige rij; schrijf QUALIFY row_number() OVER (... ORDER BY ...) = 1",
    "by_name": "UNION BY NAME kan niet; schrijf de kolommen in dezelfde volgorde",
    "alias": "een venster met een naam kan niet; schrijf het in OVER (...) zelf uit",
    "db": "schrijf tabel.kolom met de alias van de tabel, zonder de bron ervoor",
    "AnyValue": "any_value kiest een willekeurige rij; schrijf min(...) of max(...)",
    "First": "first kiest een willekeurige rij; schrijf min(...) of first_value(...) OVER (... ORDER BY ...)",
    "Last": "last kiest een willekeurige rij; schrijf max(...) of last_value(...) OVER (... ORDER BY ...)",
    "ArgMax": "arg_max kiest bij gelijke stand een willekeurige rij; schrijf row_number() OVER (... ORDER BY ...) = 1",
    "ArgMin": "arg_min kiest bij gelijke stand een willekeurige rij; schrijf row_number() OVER (... ORDER BY ...) = 1",
    "Mode": "mode kiest bij gelijke stand een willekeurige waarde; tel de waarden en kies met een voorwaarde",
    "Placeholder": "een recept heeft geen parameters; schrijf de waarde zelf",
    "Parameter": "een recept heeft geen parameters; schrijf de waarde zelf",
    "Intersect": "INTERSECT kan niet; schrijf een JOIN op een eenheid",
    "Except": "EXCEPT kan niet; schrijf een LEFT JOIN op een eenheid en WHERE ... IS NULL",
    "Lambda": "lambda's kunnen niet in een recept",
    "Columns": "COLUMNS(...) kan niet; schrijf de kolommen uit",
    "Values": "VALUES kan niet; lever een lijst als open bron aan",
    "Unnest": "UNNEST kan niet in een recept",
    "Lateral": "LATERAL kan niet; schrijf een gewone JOIN",
    "Bracket": "lijsten en velden daarin kunnen niet in een recept",
    "Dot": "velden van een samengestelde waarde kunnen niet in een recept",
}


def parse(sql: str) -> exp.Query:
    """Return the one SELECT that a recipe is, in the permitted language.

    Raises UserError that names the word that is not permitted and what to write instead.
    """
    _check_size(sql)
    try:
        statements = [statement for statement in sqlglot.parse(sql, dialect="duckdb") if statement is not None]
    except (SqlglotError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        # The parser's own message quotes the text; where it is, is enough to find the mistake.
        raise UserError(_NOT_SQL) from None
    except RecursionError:
        raise UserError(_TOO_DEEP) from None
    if len(statements) != 1:
        raise UserError(f"een recept is één SELECT; hier staan {len(statements)} opdrachten")
    statement = statements[0]
    if not isinstance(statement, exp.Query) or isinstance(statement, exp.Subquery):
        statement = _unwrapped(statement)
    _check_depth(statement)
    tables = 0
    for node in statement.walk():
        check_node(node)
        tables += isinstance(node, exp.Table)
    if tables > MAX_TABLES:
        raise UserError(f"het recept leest {tables} keer een tabel; splits het in recepten met hooguit {MAX_TABLES}")
    return statement


_NOT_SQL = "het recept is geen SQL die te lezen is; voer het eerst uit in het notebook"
_TOO_DEEP = "het recept is te diep genest; splits het met WITH of in meer recepten"


def _unwrapped(statement: exp.Expr) -> exp.Query:
    while isinstance(statement, exp.Subquery) and not statement.alias:
        statement = statement.this
    if not isinstance(statement, exp.Select | exp.Union):
        raise UserError(f"een recept is één SELECT; {_word(statement)} kan niet in een recept")
    return statement


def _check_size(sql: str) -> None:
    """Raise UserError for a text that would take the parser too deep or too long, before it is parsed."""
    if len(sql) > MAX_SQL:
        raise UserError(f"het recept is langer dan {MAX_SQL} tekens; splits het in meer recepten")
    if "\x00" in sql or any("\ud800" <= character <= "\udfff" for character in sql):
        raise UserError(_NOT_SQL)
    try:
        tokens = sqlglot.tokenize(sql, dialect="duckdb")
    except (SqlglotError, ValueError, IndexError):
        raise UserError(_NOT_SQL) from None
    if len(tokens) > MAX_TOKENS:
        raise UserError(f"het recept heeft meer dan {MAX_TOKENS} woorden; splits het in meer recepten")
    opening = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
    closing = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
    depth = 0
    for token in tokens:
        depth += (token.token_type in opening) - (token.token_type in closing)
        if depth > MAX_NESTING:
            raise UserError(_TOO_DEEP)


def _check_depth(root: exp.Expr) -> None:
    layer: list[exp.Expr] = [root]
    for _ in range(MAX_DEPTH):
        layer = [child for node in layer for child in node.iter_expressions()]
        if not layer:
            return
    raise UserError(_TOO_DEEP)


def _parts(node: exp.Expr) -> Iterator[tuple[str, Any]]:
    """Return the parts of an expression that say something: what is absent, false or empty does not."""
    for name, value in node.args.items():
        if value is not None and value is not False and value != []:
            yield name, value


def _word(node: exp.Expr) -> str:
    """Return how the analyst would call a kind of expression."""
    if isinstance(node, exp.Anonymous):
        return f"functie {str(node.this).lower()[:40]}()"
    if isinstance(node, exp.Func):
        return f"functie {node.sql_name().lower()}()"
    if isinstance(node, exp.Command):
        return str(node.this).upper()[:20]
    return type(node).__name__.upper()


def check_node(node: exp.Expr) -> None:
    """Raise UserError unless a node of a parsed recipe, looked at by itself, is in the permitted language."""
    if isinstance(node, exp.IgnoreNulls) and isinstance(node.this, exp.AnyValue):
        node = node.this
    if isinstance(node, exp.Order) and node.args.get("this") is not None:
        raise UserError("ORDER BY in een samenvatting kan niet; de volgorde van rijen mag niets uitmaken")
    permitted = _PERMITTED.get(type(node))
    if permitted is None:
        raise UserError(_INSTEAD.get(type(node).__name__) or f"{_word(node)} kan niet in een recept")
    for part, _ in _parts(node):
        if part not in permitted:
            raise UserError(_INSTEAD.get(part) or f"{_word(node)} met '{part}' kan niet in een recept")
    parents = _PARENTS.get(type(node))
    if parents is not None and node.parent is not None and type(node.parent) not in parents:
        raise UserError(
            f"{_word(node)} kan hier niet staan; {_WHERE.get(type(node), 'schrijf het recept eenvoudiger')}"
        )
    special = _SPECIAL.get(type(node))
    if special is not None:
        special(node)


def _check_named_function(node: exp.Expr) -> None:
    name = str(node.this).lower()
    if name not in _NAMED_FUNCTIONS:
        raise UserError(f"functie {name[:40]}() kan niet in een recept")
    if name == "date_part":
        _check_date_part(node.expressions[0] if node.expressions else None)


def _check_date_part(part: object) -> None:
    if not isinstance(part, exp.Literal | exp.Var) or part.name.lower() not in _DATE_PARTS:
        raise UserError("noem een deel van een datum met een vast woord: year, quarter, month, week, day")


def _check_type(node: exp.Expr) -> None:
    to = node.args["to"]
    if not isinstance(to, exp.DataType) or to.this not in _TYPES:
        raise UserError(f"omzetten naar {to.sql('duckdb')[:40]} kan niet in een recept")
    # wider ones leave no room for whole numbers beside them
    width = to.expressions[0].this if to.expressions else None
    if to.this == exp.DType.DECIMAL and width is not None and not 1 <= int(width.name) <= _MAX_DECIMAL:
        raise UserError(f"een DECIMAL heeft in een recept hooguit {_MAX_DECIMAL} cijfers")


def _check_interval(node: exp.Expr) -> None:
    if not isinstance(node.this, exp.Literal) or str(node.args.get("unit") or "").lower() not in _DATE_PARTS:
        raise UserError("schrijf een INTERVAL als getal met een eenheid, bijvoorbeeld INTERVAL 20 YEAR")


def _check_unit_of_time(node: exp.Expr) -> None:
    part = node.this if isinstance(node, exp.Extract) else node.args.get("unit")
    if part is not None:
        _check_date_part(part)


def _check_table(node: exp.Expr) -> None:
    if not isinstance(node.this, exp.Identifier):
        raise UserError("een functie als tabel kan niet; lees een tabel van een pakket of een eerder recept")


def _check_join(node: exp.Expr) -> None:
    kind, side = (str(node.args.get(part) or "").upper() for part in ("kind", "side"))
    if kind not in {"", "INNER", "CROSS", "OUTER"}:
        raise UserError(f"{kind} JOIN kan niet; schrijf een JOIN of LEFT JOIN op een eenheid")
    if side == "FULL":
        raise UserError("FULL JOIN kan niet; schrijf een LEFT JOIN vanaf de tabel met alle eenheden")


def _check_quantile(node: exp.Expr) -> None:
    if not isinstance(node.expression, exp.Literal):
        raise UserError("een kwantiel krijgt één vast getal, bijvoorbeeld quantile_cont(bedrag, 0.5)")


def _check_frame(node: exp.Expr) -> None:
    # RANGE with a distance computes with the values, and can overflow
    ends = [end for end in (node.args.get("start"), node.args.get("end")) if isinstance(end, exp.Expr)]
    whole = all(isinstance(end, exp.Literal) and str(end.this).isdigit() for end in ends)
    if not whole or (ends and str(node.args.get("kind")).upper() != "ROWS"):
        raise UserError(
            "een venster gaat over een vast aantal rijen, bijvoorbeeld ROWS BETWEEN 2 PRECEDING AND CURRENT ROW"
        )


_SPECIAL: dict[type[exp.Expr], Callable[[exp.Expr], None]] = {
    exp.Anonymous: _check_named_function,
    exp.Cast: _check_type,
    exp.TryCast: _check_type,
    exp.Interval: _check_interval,
    **dict.fromkeys(
        (exp.Extract, exp.TimestampTrunc, exp.DateTrunc, exp.DateDiff, exp.DateAdd, exp.DateSub), _check_unit_of_time
    ),
    exp.Table: _check_table,
    exp.Join: _check_join,
    exp.PercentileCont: _check_quantile,
    exp.PercentileDisc: _check_quantile,
    exp.WindowSpec: _check_frame,
}
_WHERE: dict[type[exp.Expr], str] = {
    exp.Star: "* staat in een SELECT of in count(*); schrijf de kolommen uit",
    exp.Alias: "een naam met AS hoort bij een kolom van de SELECT",
    **dict.fromkeys(WINDOW_FUNCTIONS, "schrijf er OVER (PARTITION BY ...) achter"),
}
