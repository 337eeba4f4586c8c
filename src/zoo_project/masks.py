"""Choices of rows in pandas (`df[df.a > 3]`, `df.query("a > 3")`) as the text of a filter, with pandas' own meaning.

A comparison of pandas is false where a value is missing, and its opposite true: there the filter says `leeg`. Lines are
parsed and never executed.
"""

import ast
from collections.abc import Mapping
from typing import NoReturn

from zoo_formaat.errors import UserError

WHERE = "omzetten"
_COMPARISONS: Mapping[type, str] = {
    ast.Eq: "=",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "niet in",
}
_MISSING = {"isna": "leeg", "isnull": "leeg", "notna": "niet leeg", "notnull": "niet leeg"}
_WORDS: Mapping[type, str] = {ast.BitAnd: "en", ast.And: "en", ast.BitOr: "of", ast.Or: "of"}


def mask_text(node: ast.expr, *, opposite: bool = False) -> str:
    """Return the rows that a mask chooses, or with `opposite` those that it does not, as the text of a filter."""
    match node:
        case ast.UnaryOp(op=ast.Invert() | ast.Not(), operand=inner):
            return mask_text(inner, opposite=not opposite)
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr() as operator) | ast.BoolOp(op=operator):
            word = _WORDS[type(operator)]
            joined = f" {_other(word) if opposite else word} "
            return joined.join(f"({mask_text(part, opposite=opposite)})" for part in _operands(node, type(operator)))
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _COMPARISONS:
            return _compared(names_of(left)[0], _COMPARISONS[type(operator)], _literal(right), opposite=opposite)
        case ast.Call(func=ast.Attribute(value=column, attr="isin"), args=[values]):
            return _compared(names_of(column)[0], "in", _literal(values), opposite=opposite)
        case ast.Call(func=ast.Attribute(value=column, attr=name), args=[]) if name in _MISSING:
            text = f"{_MISSING[name]}({names_of(column)[0]})"
            return f"niet {text}" if opposite else text
    cannot(node, 'een filter vergelijkt kolommen met waarden: df[(df.a > 3) & df.b.isin(["x"])]')


def query_text(text: str) -> str:
    """Return the rows that `df.query(text)` chooses as the text of a filter."""
    try:
        return mask_text(_Columns().visit(ast.parse(text.strip(), mode="eval").body))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UserError(
            f"{WHERE}: de tekst van query(…) is niet te lezen; vergelijk kolommen met vaste waarden"
        ) from None


class _Columns(ast.NodeTransformer):
    """In a query a bare name is a column."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if isinstance(node.left, ast.Name):
            node.left = ast.Constant(node.left.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name):
            node.value = ast.Constant(node.value.id)
        return node


def _operands(node: ast.expr, kind: type) -> list[ast.expr]:
    """Return what a chain of one operator joins."""
    if isinstance(node, ast.BinOp) and type(node.op) is kind:
        return [*_operands(node.left, kind), *_operands(node.right, kind)]
    return list(node.values) if isinstance(node, ast.BoolOp) and type(node.op) is kind else [node]


def _other(word: str) -> str:
    return "of" if word == "en" else "en"


def _compared(column: str, sign: str, literal: str, *, opposite: bool) -> str:
    # pandas calls a missing value different from every value, and from every list of values
    different = sign in {"!=", "niet in"}
    if different:
        sign = {"!=": "=", "niet in": "in"}[sign]
    if different != opposite:
        return f"niet ({column} {sign} {literal}) of leeg({column})"
    return f"{column} {sign} {literal}"


def _literal(node: ast.expr) -> str:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        cannot(node, "vergelijk met een vaste waarde, geen berekening")
    return _value(value, node)


def _value(value: object, node: ast.expr) -> str:
    match value:
        case bool():
            return "waar" if value else "onwaar"
        case int() | float():
            return str(value)
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case list() | tuple() | set():
            return f"[{', '.join(sorted(_value(part, node) for part in value))}]"
    cannot(node, "vergelijk met een tekst, een getal, True of False, of een lijst daarvan")


def names_of(node: ast.expr | None) -> list[str]:
    """Return the names of columns: `"a"`, `["a", "b"]`, `df.a`, `df["a"]`, `df[["a", "b"]]`."""
    match node:
        case ast.Constant(value=str() as name):
            return [name]
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [name for part in parts for name in names_of(part)]
        case ast.Attribute(value=ast.Name() | ast.Subscript() | ast.Call(), attr=name):
            return [name]
        case ast.Subscript(slice=which):
            return names_of(which)
    cannot(node, "noem kolommen bij hun naam; een berekende groep heeft geen recept")


def cannot(node: ast.expr | None, instead: str) -> NoReturn:
    """Refuse a part of a line, quoted briefly, with what can be done instead."""
    shown = "" if node is None else " ".join(_unparsed(node).split())
    shown = shown if len(shown) <= 60 else shown[:57] + "…"
    raise UserError(f"{WHERE}: '{shown}' is niet om te zetten; {instead}")


def _unparsed(node: ast.expr) -> str:
    try:
        return ast.unparse(node)
    except RecursionError:
        return "deze aanroep"
