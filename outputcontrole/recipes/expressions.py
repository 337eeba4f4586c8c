"""Parts of an expression: its aggregates, its windows, its columns, the conditions that it asks for together."""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from outputcontrole.recipes.contributors import named
from outputcontrole.recipes.permitted import AGGREGATES, WINDOW_FUNCTIONS
from zoo_formaat.errors import UserError


def bare(node: exp.Expr) -> exp.Expr:
    """Return an expression without the parentheses around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the conditions that must hold at once."""
    waiting = [condition]
    while waiting:
        part = bare(waiting.pop())
        if isinstance(part, exp.And):
            waiting.extend((part.expression, part.this))
        else:
            yield part


def _core(window: exp.Window) -> exp.Expr:
    """Return the function of a window without its FILTER and IGNORE NULLS."""
    function: exp.Expr = window.this
    while isinstance(function, exp.Filter | exp.IgnoreNulls):
        function = function.this
    if type(function) not in AGGREGATES and type(function) not in WINDOW_FUNCTIONS:
        raise UserError("vóór OVER staat een samenvatting of een vensterfunctie")
    return function


def aggregates_in(root: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the aggregates of an expression (with their FILTER) that are no function of a window."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Query):
            continue
        if isinstance(node, exp.Window):
            core = _core(node)
            waiting.extend(core.iter_expressions())
            waiting.extend(child for name in ("partition_by", "order") for child in _listed(node.args.get(name)))
            if isinstance(node.this, exp.Filter):
                waiting.append(node.this.expression.this)
        elif isinstance(node, exp.Filter) or type(node) in AGGREGATES:
            if isinstance(node, exp.Filter) and type(node.this) not in AGGREGATES:
                raise UserError("FILTER hoort achter een samenvatting, bijvoorbeeld count(*) FILTER (WHERE ...)")
            yield node
        else:
            waiting.extend(node.iter_expressions())


def _listed(value: object) -> list[exp.Expr]:
    return [value] if isinstance(value, exp.Expr) else [part for part in value or [] if isinstance(part, exp.Expr)]  # type: ignore[attr-defined]


def windows_in(root: exp.Expr) -> Iterator[exp.Window]:
    """Yield the windows of an expression, subqueries left out."""
    for node in root.walk(prune=lambda inner: isinstance(inner, exp.Query | exp.Window)):
        if isinstance(node, exp.Window):
            yield node


def columns_in(root: exp.Expr) -> Iterator[exp.Column]:
    """Yield the columns of an expression, subqueries left out."""
    for node in root.walk(prune=lambda inner: isinstance(inner, exp.Query)):
        if isinstance(node, exp.Column):
            yield node


def with_columns(root: exp.Expr, found: Mapping[exp.Expr, str]) -> exp.Expr:
    """Return an expression with the parts that became columns replaced by these."""

    def replace(node: exp.Expr) -> exp.Expr:
        return named(found[node]) if node in found else node

    return root.copy().transform(replace)
