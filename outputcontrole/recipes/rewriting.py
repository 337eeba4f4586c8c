"""Rewriting a recipe: each SELECT of the analyst as operations on rows with their contributors.

The order is that of SQL: FROM and JOIN, WHERE, GROUP BY, HAVING, windows, QUALIFY, SELECT, DISTINCT. Names are resolved
before anything is rewritten, so that the engine resolves none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from outputcontrole.recipes import reasons
from outputcontrole.recipes.contributors import Aggregate, Field, Rows, Stages, Windowed, named, summand
from outputcontrole.recipes.expressions import aggregates_in, bare, columns_in, conjuncts, windows_in, with_columns
from outputcontrole.recipes.names import Scope, Table
from outputcontrole.recipes.value_types import one_type, type_of, type_of_call
from zoo_formaat.errors import UserError

# An alias used twice in the next, and that twice in the next, doubles each time; a recipe that people read does not.
_MAX_NODES = 6_000
_SUMMED = (exp.Sum, exp.Avg, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop)
_COMPARED = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)


@dataclass(frozen=True)
class _Item:
    """A column of the SELECT list, resolved."""

    name: str | None
    value: exp.Expr


@dataclass(frozen=True)
class _Join:
    """A table that is joined. swapped: RIGHT JOIN, of which the right side is kept whole."""

    rows: Rows
    conditions: tuple[exp.Expr, ...]
    outer: bool
    swapped: bool


class Rewriting:
    """One recipe being rewritten. tables: how to read a table of a package or an earlier recipe, by its name."""

    def __init__(self, stages: Stages, tables: "TableReader") -> None:
        self._stages = stages
        self._tables = tables
        self._nodes = 0
        # column of a stage -> what the analyst calls it
        self._words: dict[str, str] = {}
        self.manual: dict[str, None] = {}

    def query(self, node: exp.Expr, known: Mapping[str, Table]) -> Table:
        """Return the rows of a query; known: the WITH tables that it can read, by folded name."""
        with_ = node.args.get("with_")
        if isinstance(with_, exp.With):
            known = dict(known)
            own: set[str] = set()
            for part in with_.expressions:
                name = part.alias.casefold()
                if name in own:
                    raise UserError(f"WITH noemt '{part.alias}' twee keer; geef elk deel een eigen naam")
                own.add(name)
                known[name] = self.query(part.this, known)
        match node:
            case exp.Subquery():
                return self.query(node.this, known)
            case exp.Union():
                return self._union(node, known)
            case exp.Select():
                return self._select(node, known)
            case _:
                raise UserError("een recept is één SELECT")

    def _union(self, node: exp.Union, known: Mapping[str, Table]) -> Table:
        parts: list[Table] = []
        # a chain of unions leans to the left, so it is walked and not descended
        first: exp.Expr = node
        rest: list[exp.Union] = []
        while isinstance(first, exp.Union) and (first is node or not first.args.get("with_")):
            rest.append(first)
            first = first.this
        parts.append(self.query(first, known))
        for union in reversed(rest):
            upper, lower = parts[-1], self.query(union.expression, known)
            if len(upper.names) != len(lower.names):
                raise UserError("de delen van een UNION hebben niet evenveel kolommen")
            fields = [
                self._taken_together(number, one, other)
                for number, (one, other) in enumerate(zip(upper.rows.fields, lower.rows.fields, strict=True), start=1)
            ]
            stacked = self._stages.stack(upper.rows, lower.rows, fields)
            if union.args.get("distinct"):
                stacked = self._distinct(stacked)
            parts.append(Table(stacked, upper.names))
        return parts[-1]

    def _taken_together(self, number: int, one: Field, other: Field) -> Field:
        column = self._stages.column()
        if one.empty or other.empty:
            kept = other if one.empty else one
            return Field(column, kept.unit, kept.domain, kept.type, empty=one.empty and other.empty)
        if one.pseudonym and other.pseudonym and (one.unit == other.unit or one.domain == other.domain):
            unit = one.unit if one.unit == other.unit else None
            return Field(column, unit, one.domain if one.domain == other.domain else None, one.type)
        # the engine would convert one to the other, and stop at a value that cannot be
        if not one_type(one.type, other.type):
            raise UserError(
                f"kolom {number} van UNION heeft niet aan beide kanten hetzelfde type; schrijf aan beide kanten "
                "CAST(... AS ...) met één type"
            )
        if one.pseudonym or other.pseudonym:
            self._must_be_read(reasons.MIXED.format(number=number))
        return Field(column, type=one.type)

    def _word(self, column: exp.Expr) -> str:
        return self._words.get(column.name, "kolom")

    def _must_be_read(self, reason: str) -> None:
        self.manual[reason] = None

    # FROM

    def _source(self, node: exp.Expr, known: Mapping[str, Table]) -> tuple[str, Table]:
        alias, content = self._content(node, known)
        for name, field in zip(content.names, content.rows.fields, strict=True):
            self._words[field.column] = name or "kolom"
        return alias, content

    def _content(self, node: exp.Expr, known: Mapping[str, Table]) -> tuple[str, Table]:
        if isinstance(node, exp.Subquery):
            content = self.query(node.this, known)
            return node.alias or f"subquery {self._stages.column()}", content
        if not isinstance(node, exp.Table):
            raise UserError("lees in FROM een tabel van een pakket, een eerder recept of een subquery")
        name = node.name
        content_known = None if node.db else known.get(name.casefold())
        if content_known is not None:
            again = self._stages.again(content_known.rows)
            return node.alias or name, Table(again, content_known.names)
        content, missing_units = self._tables.read(node, self._stages)
        for reason in missing_units:
            self._must_be_read(reason)
        return node.alias or name, content

    def _select(self, node: exp.Select, known: Mapping[str, Table]) -> Table:
        from_ = node.args.get("from_")
        if from_ is None:
            raise UserError("elke SELECT in een recept leest een tabel; schrijf FROM erbij")
        scope = Scope()
        alias, first = self._source(from_.this, known)
        scope.add(alias, first)
        joins = []
        for join in node.args.get("joins") or []:
            alias, content = self._source(join.this, known)
            joins.append(self._resolved_join(join, alias, content, scope, known))
        aliases: dict[str, exp.Expr] = {}
        items = self._items(node, scope, aliases, known)
        where = self._clause(node, "where", scope, aliases, known)
        having = self._clause(node, "having", scope, aliases, known)
        qualify = self._clause(node, "qualify", scope, aliases, known)
        if (group := node.args.get("group")) is None:
            keys = []
        elif group.args.get("all"):
            keys = [item.value for item in items if not any(aggregates_in(item.value))]
        else:
            keys = [self._key(key, items, scope, aliases, known) for key in group.expressions]
        for condition in (*where, *keys, *(part for join in joins for part in join.conditions)):
            if any(aggregates_in(condition)) or any(windows_in(condition)):
                raise UserError("WHERE, ON en GROUP BY zien één rij; zet wat rijen samenneemt in HAVING of QUALIFY")
        later = [*(item.value for item in items), *keys, *having, *qualify]
        rows, where = self._joined(first.rows, joins, where, later, scope)
        rows = self._where(rows, where, scope)
        values = [item.value for item in items]
        if keys or group is not None or any(any(aggregates_in(value)) for value in (*values, *having, *qualify)):
            rows, values, having, qualify = self._grouped(rows, keys, values, having, qualify, scope)
            rows = self._where(rows, having, scope)
        elif having:
            raise UserError("HAVING hoort bij GROUP BY; gebruik WHERE voor een voorwaarde op een rij")
        if any(any(windows_in(value)) for value in (*values, *qualify)):
            rows, values, qualify = self._windowed(rows, values, qualify, scope)
        elif qualify:
            raise UserError("QUALIFY hoort bij een vensterfunctie; gebruik WHERE voor een voorwaarde op een rij")
        rows = self._where(rows, qualify, scope)
        rows = self._project(rows, values, scope)
        if node.args.get("distinct"):
            rows = self._distinct(rows)
        return Table(rows, tuple(item.name for item in items))

    def _distinct(self, rows: Rows) -> Rows:
        if not rows.open and not rows.pseudonyms:
            self._must_be_read(reasons.AGGREGATE)
        return self._stages.group(rows, rows.fields, ())

    # names

    def _resolved(
        self, node: exp.Expr, scope: Scope, aliases: Mapping[str, exp.Expr], known: Mapping[str, Table]
    ) -> exp.Expr:
        """Return an expression with every name replaced by the column it means, and every subquery rewritten."""
        root = exp.Paren(this=node.copy())
        own = list(root.walk(prune=lambda inner: isinstance(inner, exp.Query)))
        for inner in own:
            if isinstance(inner, exp.Query):
                inner.replace(self._subquery(inner, known))
            elif isinstance(inner, exp.Column):
                if isinstance(inner.this, exp.Star):
                    raise UserError("tabel.* staat in een SELECT; schrijf de kolommen uit")
                field = scope.field_of(inner)
                if field is not None:
                    inner.replace(named(field.column))
                elif inner.name.casefold() in aliases:
                    inner.replace(exp.Paren(this=aliases[inner.name.casefold()].copy()))
                else:
                    raise scope.unknown(inner)
        self._nodes += sum(1 for _ in root.walk())
        if self._nodes > _MAX_NODES:
            raise UserError("het recept wordt te groot als elke alias is ingevuld; zet tussenstappen in WITH")
        return bare(root.this)

    def _subquery(self, node: exp.Expr, known: Mapping[str, Table]) -> exp.Expr:
        content = self.query(node, known)
        if not content.rows.open:
            self._must_be_read(reasons.SUBQUERY)
        if len(content.names) != 1 and not isinstance(node.parent, exp.Exists):
            raise UserError("een subquery in een voorwaarde of kolom heeft één kolom")
        counted = self._stages.counted_rows(content.rows, content.rows.fields[0].column)
        return exp.Subquery(this=counted) if isinstance(node, exp.Subquery) else counted

    def _clause(
        self,
        node: exp.Select,
        clause: str,
        scope: Scope,
        aliases: Mapping[str, exp.Expr],
        known: Mapping[str, Table],
    ) -> list[exp.Expr]:
        """Return the conditions that a clause asks for together."""
        found = node.args.get(clause)
        return [] if found is None else list(conjuncts(self._resolved(found.this, scope, aliases, known)))

    def _items(
        self, node: exp.Select, scope: Scope, aliases: dict[str, exp.Expr], known: Mapping[str, Table]
    ) -> list[_Item]:
        """Return the SELECT list; `aliases` gets the names it gives, which what stands after them may use."""
        items: list[_Item] = []
        for part in node.expressions:
            star = part if isinstance(part, exp.Star) else part.this if isinstance(part, exp.Column) else None
            if isinstance(star, exp.Star):
                without = [column.name for column in star.args.get("except_") or []]
                table = part.table if isinstance(part, exp.Column) else ""
                items.extend(_Item(name, named(field.column)) for name, field in scope.star(table, without))
                continue
            value = self._resolved(part.this if isinstance(part, exp.Alias) else part, scope, aliases, known)
            plain = bare(part)
            name = part.alias if isinstance(part, exp.Alias) else plain.name if isinstance(plain, exp.Column) else None
            items.append(_Item(name or None, value))
            if isinstance(part, exp.Alias):
                aliases.setdefault(part.alias.casefold(), value)
        return items

    def _key(
        self,
        key: exp.Expr,
        items: Sequence[_Item],
        scope: Scope,
        aliases: Mapping[str, exp.Expr],
        known: Mapping[str, Table],
    ) -> exp.Expr:
        if isinstance(key, exp.Literal):
            if key.is_string or not key.this.isdigit() or not 1 <= int(key.this) <= len(items):
                raise UserError(f"GROUP BY {key.this[:20]} wijst geen kolom van de SELECT aan")
            return items[int(key.this) - 1].value
        return self._resolved(key, scope, aliases, known)

    # JOIN

    def _resolved_join(
        self, join: exp.Join, alias: str, content: Table, scope: Scope, known: Mapping[str, Table]
    ) -> _Join:
        side = join.side.upper()
        conditions: list[exp.Expr] = []
        using = [identifier.name for identifier in join.args.get("using") or []]
        own = Scope()
        own.add(alias, content)
        for name in using:
            column = exp.column(name)
            mine, other = scope.field_of(column), own.field_of(column)
            if mine is None or other is None:
                raise UserError(f"USING noemt kolom '{name}', die niet aan beide kanten staat")
            conditions.append(exp.EQ(this=named(mine.column), expression=named(other.column)))
        merged = [(name, scope.field_of(exp.column(name)), own.field_of(exp.column(name))) for name in using]
        scope.add(alias, content)
        for name, mine, other in merged:
            hidden = mine if side == "RIGHT" else other
            if hidden is not None:
                scope.merge(name, hidden)
        if (on := join.args.get("on")) is not None:
            conditions.extend(conjuncts(self._resolved(on, scope, {}, known)))
        return _Join(content.rows, tuple(conditions), side in {"LEFT", "RIGHT"}, side == "RIGHT")

    def _joined(
        self, rows: Rows, joins: Sequence[_Join], where: list[exp.Expr], later: Sequence[exp.Expr], scope: Scope
    ) -> tuple[Rows, list[exp.Expr]]:
        """Return the joined rows, and the conditions of WHERE that no join has taken."""
        for number, join in enumerate(joins):
            left, right = (join.rows, rows) if join.swapped else (rows, join.rows)
            conditions = list(join.conditions)
            # a condition of WHERE is one of the join, unless a RIGHT JOIN after it adds rows
            if not join.outer and not any(after.swapped for after in joins[number + 1 :]):
                taken = [part for part in where if _links(part, left, right)]
                where = [part for part in where if part not in taken]
                conditions.extend(taken)
            keys, rest = _keys_of(conditions, left, right)
            for condition in rest:
                self._check_use(condition, (*left.fields, *right.fields))
            if left.open and right.open:
                rows = self._stages.join_rows(left, right, conditions, join.outer)
            elif right.open:
                rows = self._stages.join_open(left, right, conditions, join.outer)
            elif left.open and not join.outer:
                rows = self._stages.join_open(right, left, conditions, join.outer)
            elif keys and not left.open:
                rest_used = [
                    *rest,
                    *later,
                    *where,
                    *(part for after in joins[number + 1 :] for part in after.conditions),
                ]
                used = {column.name for part in rest_used for column in part.find_all(exp.Column)}
                if not join.outer:
                    rows = self._stages.join(left, right, keys, rest)
                elif any(field.column in used for field in right.pseudonyms):
                    rows = self._stages.left_join(left, right, keys, rest)
                else:
                    rows = self._stages.left_join_values(left, right, keys, rest)
            else:
                self._must_be_read(reasons.OPEN_LEFT if left.open else reasons.JOIN)
                rows = self._stages.join_rows(left, right, conditions, join.outer)
        return rows, where

    # what a pseudonym may be used for

    def _check_use(self, value: exp.Expr, known: Sequence[Field], plain: bool = False) -> None:
        """Add a reason when a pseudonym is used for more than IS NULL or equality with one of the same domain.

        plain: whether the expression may be a pseudonym itself.
        """
        fields = {field.column: field for field in known}
        root = exp.Paren(this=value.copy())
        for column in root.find_all(exp.Column):
            field = fields.get(column.name)
            if field is None or not field.pseudonym:
                continue
            node: exp.Expr = column
            while isinstance(node.parent, exp.Paren):
                node = node.parent
            parent = node.parent
            if parent is None:
                if plain:
                    continue
            elif isinstance(parent, exp.Is) and isinstance(bare(parent.expression), exp.Null):
                continue
            elif isinstance(parent, _COMPARED):
                other = bare(parent.expression if parent.this is node else parent.this)
                beside = fields.get(other.name) if isinstance(other, exp.Column) else None
                if beside is not None and beside.pseudonym and None not in (field.domain, beside.domain):
                    if beside.domain != field.domain:
                        both = f"'{self._word(column)}' en '{self._word(other)}'"
                        raise UserError(
                            f"{both} komen uit verschillende domeinen en zijn nooit gelijk; koppel via een tabel die "
                            "beide heeft"
                        )
                    continue
            self._must_be_read(reasons.PICKED.format(name=self._words.get(column.name, "kolom")))

    def _where(self, rows: Rows, conditions: Sequence[exp.Expr], scope: Scope) -> Rows:
        if not conditions:
            return rows
        for condition in conditions:
            self._check_use(condition, rows.fields)
        structural = [condition for condition in conditions if _is_known(condition, rows)]
        others = [condition for condition in conditions if condition not in structural]
        return self._stages.keep(rows, structural, others)

    def _project(self, rows: Rows, values: Sequence[exp.Expr], scope: Scope) -> Rows:
        for value in values:
            self._check_use(value, rows.fields, plain=True)
        return self._stages.project(rows, [(self._field_for(value, rows), value) for value in values])

    def _field_for(self, value: exp.Expr, rows: Rows) -> Field:
        """Return a new field for an expression: a pseudonym only when the expression is one."""
        fields = {field.column: field for field in rows.fields}
        plain = bare(value)
        if isinstance(plain, exp.Column) and plain.name in fields:
            same = fields[plain.name]
            column = self._stages.column()
            self._words[column] = self._words.get(plain.name, "kolom")
            return Field(column, same.unit, same.domain, same.type, same.empty)
        return Field(self._stages.column(), type=type_of(plain, fields), empty=isinstance(plain, exp.Null))

    # GROUP BY

    def _grouped(
        self,
        rows: Rows,
        keys: Sequence[exp.Expr],
        values: list[exp.Expr],
        having: list[exp.Expr],
        qualify: list[exp.Expr],
        scope: Scope,
    ) -> tuple[Rows, list[exp.Expr], list[exp.Expr], list[exp.Expr]]:
        """Return the groups, and the expressions of after GROUP BY on their columns."""
        projected: list[tuple[Field, exp.Expr]] = []
        found: dict[exp.Expr, str] = {}
        key_fields: list[Field] = []
        for key in dict.fromkeys(keys):
            self._check_use(key, rows.fields, plain=True)
            key_fields.append(self._field_for(key, rows))
            projected.append((key_fields[-1], key))
            found[key] = key_fields[-1].column
        aggregates: list[Aggregate] = []
        for node in dict.fromkeys(node for value in (*values, *having, *qualify) for node in aggregates_in(value)):
            call, condition = self._call(node, rows, projected, scope)
            field = Field(self._stages.column(), type=type_of_call(call, [own for own, _ in projected]))
            aggregates.append(Aggregate(field, call, condition))
            found[node] = field.column
        if not rows.open and not any(field.pseudonym for field in key_fields):
            self._must_be_read(reasons.AGGREGATE)
        # count(*) alone needs no column, a stage does
        prepared = self._stages.project(rows, projected or [(Field(self._stages.column()), exp.true())])
        grouped = self._stages.group(prepared, key_fields, aggregates)
        known = {field.column for field in grouped.fields}

        def after(parts: list[exp.Expr]) -> list[exp.Expr]:
            replaced = [with_columns(part, found) for part in parts]
            for part in replaced:
                for column in columns_in(part):
                    if column.name not in known:
                        raise UserError(
                            f"kolom '{self._word(column)}' staat niet in GROUP BY; zet haar erin of neem haar samen, "
                            "bijvoorbeeld met max(...)"
                        )
            return replaced

        return grouped, after(values), after(having), after(qualify)

    def _call(
        self, node: exp.Expr, rows: Rows, projected: list[tuple[Field, exp.Expr]], scope: Scope
    ) -> tuple[exp.Expr, str | None]:
        """Return an aggregate or window function on columns, which are added to `projected`, and its condition."""
        condition: str | None = None
        if isinstance(node, exp.Filter):
            wanted = exp.Coalesce(this=node.expression.this.copy(), expressions=[exp.false()])
            self._check_use(node.expression.this, rows.fields)
            condition = self._column(wanted, rows, projected)
            node = node.this
        core = node.this if isinstance(node, exp.IgnoreNulls) else node
        call = node.copy()
        inner = call.this if isinstance(call, exp.IgnoreNulls) else call
        if any(any(aggregates_in(child)) or any(windows_in(child)) for child in core.iter_expressions()):
            raise UserError("een samenvatting in een samenvatting kan niet; schrijf de binnenste in WITH")
        counts = isinstance(core, exp.Count)
        for part in ("this", "offset", "default"):
            value = core.args.get(part)
            if not isinstance(value, exp.Expr) or isinstance(value, exp.Star):
                continue
            if part == "offset" or isinstance(core, exp.Ntile):
                if not isinstance(value, exp.Literal):
                    raise UserError("een vensterfunctie krijgt een vast aantal rijen, bijvoorbeeld lag(datum, 2)")
                continue
            if isinstance(value, exp.Distinct):
                if len(value.expressions) != 1:
                    raise UserError("DISTINCT in een samenvatting krijgt één kolom")
                inside = self._argument(value.expressions[0], core, rows, projected, scope, counts)
                inner.set(part, exp.Distinct(expressions=[inside]))
            else:
                inner.set(part, self._argument(value, core, rows, projected, scope, counts))
        return call, condition

    def _argument(
        self,
        value: exp.Expr,
        core: exp.Expr,
        rows: Rows,
        projected: list[tuple[Field, exp.Expr]],
        scope: Scope,
        counts: bool,
    ) -> exp.Expr:
        self._check_use(value, rows.fields, plain=counts)
        if isinstance(core, _SUMMED):
            value = summand(value)
        return named(self._column(value, rows, projected))

    def _column(self, value: exp.Expr, rows: Rows, projected: list[tuple[Field, exp.Expr]]) -> str:
        field = self._field_for(value, rows)
        projected.append((field, value))
        return field.column

    # windows

    def _windowed(
        self, rows: Rows, values: list[exp.Expr], qualify: list[exp.Expr], scope: Scope
    ) -> tuple[Rows, list[exp.Expr], list[exp.Expr]]:
        """Return the rows with their window functions, and the expressions on those columns."""
        used = {column.name for part in (*values, *qualify) for column in part.find_all(exp.Column)}
        passed = [field for field in rows.fields if field.column in used]
        projected: list[tuple[Field, exp.Expr]] = [(field, named(field.column)) for field in passed]
        found: dict[exp.Expr, str] = {}
        windows: list[Windowed] = []
        for node in dict.fromkeys(node for part in (*values, *qualify) for node in windows_in(part)):
            call, condition = self._call(node.this, rows, projected, scope)
            partition = []
            for key in node.args.get("partition_by") or []:
                self._check_use(key, rows.fields, plain=True)
                name = self._column(key, rows, projected)
                partition.append(next(field for field, _ in projected if field.column == name))
            order = []
            for part in node.args["order"].expressions if node.args.get("order") else []:
                self._check_use(part.this, rows.fields, plain=True)
                ordered = part.copy()
                ordered.set("this", named(self._column(part.this, rows, projected)))
                order.append(ordered)
            if not rows.open and not any(field.pseudonym for field in partition):
                self._must_be_read(reasons.WINDOW)
            field = Field(self._stages.column(), type=type_of_call(call, [own for own, _ in projected]))
            windows.append(Windowed(field, call, condition, tuple(partition), tuple(order), node.args.get("spec")))
            found[node] = field.column
        prepared = self._stages.project(rows, projected)
        windowed = self._stages.windows(prepared, windows, passed)
        return (
            windowed,
            [with_columns(value, found) for value in values],
            [with_columns(part, found) for part in qualify],
        )


class TableReader(Protocol):
    """What a recipe can read. See `lineage.tracked`."""

    def read(self, table: exp.Table, stages: Stages) -> tuple[Table, Iterable[str]]:
        """Return a table's rows with the names of its columns, and why it must be judged by people, if so."""
        ...


def _field_in(node: exp.Expr, rows: Rows) -> Field | None:
    plain = bare(node)
    if not isinstance(plain, exp.Column):
        return None
    return next((field for field in rows.fields if field.column == plain.name), None)


def _key_of(condition: exp.Expr, left: Rows, right: Rows) -> tuple[Field, Field] | None:
    """Return the two pseudonyms of one domain, left and right, that a condition says are equal."""
    if not isinstance(condition, exp.EQ):
        return None
    for one, other in ((condition.this, condition.expression), (condition.expression, condition.this)):
        mine, beside = _field_in(one, left), _field_in(other, right)
        if mine is not None and beside is not None and mine.domain is not None and mine.domain == beside.domain:
            return mine, beside
    return None


def _keys_of(
    conditions: Sequence[exp.Expr], left: Rows, right: Rows
) -> tuple[list[tuple[Field, Field]], list[exp.Expr]]:
    keys, rest = [], []
    for condition in conditions:
        key = _key_of(condition, left, right)
        if key is None:
            rest.append(condition)
        else:
            keys.append(key)
    return keys, rest


def _links(condition: exp.Expr, left: Rows, right: Rows) -> bool:
    """Whether a condition of WHERE is what two tables are joined on."""
    return _key_of(condition, left, right) is not None or (
        (left.open or right.open)
        and isinstance(condition, exp.EQ)
        and {_field_in(condition.this, left) is None, _field_in(condition.expression, left) is None} == {True, False}
        and {_field_in(condition.this, right) is None, _field_in(condition.expression, right) is None} == {True, False}
    )


def _is_known(condition: exp.Expr, rows: Rows) -> bool:
    """Whether a condition is `pseudonym IS NOT NULL`, which no value decides."""
    plain = bare(condition)
    if not isinstance(plain, exp.Not):
        return False
    inner = bare(plain.this)
    if not isinstance(inner, exp.Is) or not isinstance(bare(inner.expression), exp.Null):
        return False
    field = _field_in(inner.this, rows)
    return field is not None and field.pseudonym
