"""Formulas of regressions as statsmodels has them, of which only names, `+` and `C()` can be asked."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from zoo_formaat.errors import UserError

_MAX_LENGTH = 2000
_INSTEAD = {
    "log": 'vraag het getal zelf met log=["kolom"] (of log_uitkomst=True voor de uitkomst)',
    "Q": "kolommen heten hier altijd zonder bijzondere tekens; noem de kolom zelf",
    "I": "een berekening in de formule heeft geen recept; neem een kolom die er is",
}
_OPERATORS: Mapping[type, str] = {
    ast.Mult: 'vraag de losse kolommen, en de wisselwerking met interacties=[("a", "b")]',
    ast.Pow: "machten kunnen niet; neem een kolom die er is",
    ast.Div: "delen kan niet; neem een kolom die er is",
    ast.Sub: "aftrekken kan niet; het snijpunt wordt altijd geschat en met snijpunt=True getoond",
}


@dataclass(frozen=True)
class Formula:
    """outcome: column. regressors: column -> reference value of a category, None for a number, in order.

    without: categories of which the formula names no reference value.
    """

    outcome: str
    regressors: Mapping[str, Any]
    without: tuple[str, ...]


def parse_formula(text: str, where: str, references: Mapping[str, Any] | None = None) -> Formula:
    """Parse `y ~ x + C(z)`; the reference of a category by `references`, or as `C(z, Treatment("a"))`.

    Nothing is executed. Raises UserError that names the part that cannot be asked, and what can.
    """
    left, tilde, right = text.partition("~")
    if not tilde or "~" in right or not left.strip() or not right.strip() or len(text) > _MAX_LENGTH:
        raise UserError(f"{where}: geen formule; schrijf haar als 'uitkomst ~ kolom + C(categorie)'")
    outcome = _tree(left, where)
    if not isinstance(outcome, ast.Name):
        _refuse(outcome, left, where, "links van ~ staat één kolom")
    known = dict(references or {})
    regressors: dict[str, Any] = {}
    without = []
    for part in _sum_of(_tree(right, where)):
        name, categorical, reference = _regressor(part, right.strip(), where)
        if name in regressors:
            raise UserError(f"{where}: kolom '{name}' staat twee keer in de formule; laat er één staan")
        regressors[name] = known.pop(name, reference)
        if categorical and regressors[name] is None:
            without.append(name)
    if known:
        raise UserError(
            f"{where}: 'referenties' noemt '{min(known)}', dat niet in de formule staat; zet C({min(known)})"
        )
    return Formula(outcome.id, regressors, tuple(without))


def _tree(text: str, where: str) -> ast.expr:
    if ":" in text:
        raise UserError(f'{where}: in de formule kan \':\' niet; vraag de wisselwerking met interacties=[("a", "b")]')
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UserError(f"{where}: de formule is niet te lezen bij '{_short(text)}'; gebruik namen, + en C()") from None


def _sum_of(tree: ast.expr) -> Sequence[ast.expr]:
    parts: list[ast.expr] = []
    while isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add):
        parts.insert(0, tree.right)
        tree = tree.left
    return [tree, *parts]


def _regressor(part: ast.expr, text: str, where: str) -> tuple[str, bool, Any]:
    """Return the column, whether it is a category, and the reference that the formula itself names."""
    match part:
        case ast.Name(id=name):
            return name, False, None
        case ast.Call(func=ast.Name(id="C"), args=[ast.Name(id=name)], keywords=[]):
            return name, True, None
        case ast.Call(
            func=ast.Name(id="C"),
            args=[
                ast.Name(id=name),
                ast.Call(func=ast.Name(id="Treatment"), args=[ast.Constant(value=value)], keywords=[])
                | ast.Call(
                    func=ast.Name(id="Treatment"),
                    args=[],
                    keywords=[ast.keyword(arg="reference", value=ast.Constant(value=value))],
                ),
            ],
            keywords=[],
        ):
            return name, True, value
        case ast.Call(func=ast.Name(id=function)) | ast.Call(func=ast.Attribute(attr=function)):
            _refuse(
                part,
                text,
                where,
                _INSTEAD.get(function, "bewerkingen in de formule kunnen niet; alleen namen, + en C()"),
            )
        case ast.BinOp(op=operator) if type(operator) in _OPERATORS:
            _refuse(part, text, where, _OPERATORS[type(operator)])
        case ast.Constant():
            _refuse(
                part, text, where, "het snijpunt wordt altijd geschat en met snijpunt=True getoond; laat het getal weg"
            )
        case _:
            _refuse(part, text, where, "alleen namen, + en C() kunnen")


def _refuse(part: ast.expr, text: str, where: str, instead: str) -> NoReturn:
    shown = ast.get_source_segment(text.strip(), part) or text
    raise UserError(f"{where}: in de formule kan '{_short(shown)}' niet; {instead}")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:57] + "…"
