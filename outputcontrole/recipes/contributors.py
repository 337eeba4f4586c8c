"""Rows with their contributors: each operation of a query on rows, done on the lists of units behind them as well.

The method is the lineage of Cui and Widom (Tracing the lineage of view data in a warehousing environment, ACM TODS 25,
2000), propagated by rewriting the query as Perm does (Glavic and Alonso, ICDE 2009), with one difference that is the
point of it here. Why-provenance names the rows that *made* an output row. A row that a condition left out made
nothing, yet that it was left out tells of it. So rows are never thrown away for what their values are: they stay as
*rows that do not count* (`p` false, their values emptied, their pseudonyms kept), and everybody behind them stays in
the lists of whatever they could have been part of. Two things follow, and the tests hold both:

* a row that does not list somebody is the same row whatever that person's data are;
* the lists follow from the pseudonym columns alone, so that what is decided on them says nothing about a value.

Every operation adds a named stage `SELECT` to one flat WITH. A stage has a column per field (names are the program's
own and never used twice), per kind of unit a list of distinct units, and `p`: whether the row counts. Expressions of
the analyst stand in TRY: an error of one row would otherwise stop the recipe, and whether it stops would tell of that
row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from outputcontrole.recipes.units import Column

PRESENT = "p"
_MAX_SUMMAND = "1e18"


@dataclass(frozen=True)
class Field:
    """A column of a stage. unit, domain: as for `Column`. empty: it holds nothing but NULL."""

    column: str
    unit: str | None = None
    domain: str | None = None
    type: str = ""
    empty: bool = False

    @property
    def pseudonym(self) -> bool:
        """Whether the column holds unchanged pseudonyms."""
        return self.unit is not None or self.domain is not None


@dataclass(frozen=True)
class Rows:
    """A stage. open: no protected unit had part in it, neither in its rows nor in which rows there are."""

    stage: str
    fields: tuple[Field, ...]
    lists: tuple[str, ...]
    open: bool

    @property
    def pseudonyms(self) -> tuple[Field, ...]:
        """The fields with unchanged pseudonyms."""
        return tuple(field for field in self.fields if field.pseudonym)


@dataclass(frozen=True)
class Aggregate:
    """An aggregate of a column. call: the function on columns of the stage. condition: the column of its FILTER."""

    field: Field
    call: exp.Expr
    condition: str | None


@dataclass(frozen=True)
class Windowed:
    """A window function. call: the function on columns of the stage; the others: columns, and the frame as given."""

    field: Field
    call: exp.Expr
    condition: str | None
    partition: tuple[Field, ...]
    order: tuple[exp.Ordered, ...]
    frame: exp.WindowSpec | None


def named(column: str, table: str | None = None) -> exp.Column:
    """Return the column of a stage as an expression."""
    return exp.column(column, table=table)


def call(function: str, *arguments: exp.Expr) -> exp.Anonymous:
    """Return the call of a DuckDB function."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def total(expression: exp.Expr) -> exp.Expr:
    """Return an expression that is NULL where the given one would fail."""
    if isinstance(expression, exp.Column | exp.Literal | exp.Null | exp.Boolean):
        return expression
    if any(isinstance(node, exp.Query) for node in expression.walk()):
        return (
            expression  # TRY takes no subquery; one on protected rows is read by people, open data fail for everybody
        )
    return exp.Try(this=expression)


def truth(condition: exp.Expr) -> exp.Expr:
    """Return whether a condition holds: never NULL, never an error."""
    return exp.Coalesce(
        this=total(exp.Cast(this=exp.paren(condition.copy(), copy=False), to=exp.DataType.build("BOOLEAN"))),
        expressions=[exp.false()],
    )


def _all(*conditions: exp.Expr) -> exp.Expr:
    return exp.and_(*conditions, copy=False)


def _select(items: Sequence[exp.Expr], source: str, alias: str | None = None) -> exp.Select:
    return exp.Select(expressions=list(items)).from_(exp.to_table(source, alias=alias) if alias else source)


def _as(expression: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=expression, alias=exp.to_identifier(name))


def _nobody() -> exp.Expr:
    return exp.Cast(this=exp.Array(expressions=[]), to=exp.DataType.build("UUID[]", dialect="duckdb"))


def _distinct(lists: exp.Expr) -> exp.Expr:
    """Return the distinct units in a list of lists."""
    return _distinct_of(call("flatten", lists))


def _distinct_of(units: exp.Expr) -> exp.Expr:
    """Return the distinct units in a list without NULL; in most rows there is one, and nothing to compare."""
    few = exp.LT(this=call("len", units), expression=exp.Literal.number(2))
    distinct = exp.Case(ifs=[exp.If(this=few, true=units.copy())], default=call("list_distinct", units.copy()))
    return exp.Coalesce(this=distinct, expressions=[_nobody()])


def _union(*lists: exp.Expr) -> exp.Expr:
    return lists[0] if len(lists) == 1 else _distinct(exp.Array(expressions=list(lists)))


class Stages:
    """The stages of one recipe, in the order in which they were added."""

    def __init__(self) -> None:
        self._stages: list[tuple[str, exp.Query]] = []
        self._columns = 0
        self._units: dict[str, str] = {}

    def column(self) -> str:
        """Return a name for a column that nothing else has."""
        self._columns += 1
        return f"c{self._columns}"

    def list_of(self, unit: str) -> str:
        """Return the column in which every stage keeps the units of a unit."""
        return self._units.setdefault(unit, f"b{len(self._units)}")

    def with_stages(self, query: exp.Select) -> exp.Select:
        """Return a query on stages as a statement of its own."""
        parts = [
            exp.CTE(this=stage.copy(), alias=exp.TableAlias(this=exp.to_identifier(name)))
            for name, stage in self._stages
        ]
        query.set("with_", exp.With(expressions=parts))
        return query

    def _add(self, query: exp.Query) -> str:
        name = f"s{len(self._stages)}"
        self._stages.append((name, query))
        return name

    def _lists(self, rows: Rows, table: str | None = None) -> list[exp.Expr]:
        return [named(self.list_of(unit), table) for unit in rows.lists]

    def _rows(self, query: exp.Query, fields: Sequence[Field], lists: Sequence[str], is_open: bool) -> Rows:
        return Rows(self._add(query), tuple(fields), tuple(lists), is_open)

    def read(
        self,
        table: exp.Table,
        columns: Sequence[Column],
        contributors: Mapping[str, str],
        present: str | None,
        is_open: bool,
    ) -> Rows:
        """Return the rows of a table. contributors: its list columns; present: its column that tells what counts."""
        counts = exp.true() if present is None else truth(exp.column(present, quoted=True))
        fields, items = [], []
        units: dict[str, list[exp.Expr]] = {}
        for column in columns:
            value: exp.Expr = exp.column(column.name, quoted=True)
            unit, domain = (None, None) if is_open else (column.unit, column.domain)
            fields.append(Field(self.column(), unit, domain, column.type))
            if present is not None and not fields[-1].pseudonym:
                value = exp.Case(ifs=[exp.If(this=counts.copy(), true=value)])
            items.append(_as(value, fields[-1].column))
            if unit is not None:
                units.setdefault(unit, []).append(exp.column(column.name, quoted=True))
        lists: dict[str, exp.Expr] = {}
        for unit, held in units.items():
            alone = exp.Case(
                ifs=[exp.If(this=exp.Is(this=held[0], expression=exp.Null()), true=_nobody())],
                default=exp.Array(expressions=[held[0].copy()]),
            )
            lists[unit] = alone if len(held) == 1 else call("list_distinct", exp.Array(expressions=held))
        for unit, column_name in contributors.items():
            given = exp.Coalesce(this=exp.column(column_name, quoted=True), expressions=[_nobody()])
            lists[unit] = _union(given, *([lists[unit]] if unit in lists else []))
        items.extend(_as(value, self.list_of(unit)) for unit, value in lists.items())
        items.append(_as(counts, PRESENT))
        return self._rows(exp.Select(expressions=items).from_(table), fields, list(lists), is_open)

    def again(self, rows: Rows) -> Rows:
        """Return the same rows with columns of their own, so that a table can stand beside itself."""
        fields = [replace(field, column=self.column()) for field in rows.fields]
        items = [
            _as(named(old.column), new.column) if old.column != new.column else named(old.column)
            for old, new in zip(rows.fields, fields, strict=True)
        ]
        query = _select([*items, *self._lists(rows), named(PRESENT)], rows.stage)
        return self._rows(query, fields, rows.lists, rows.open)

    def project(self, rows: Rows, items: Sequence[tuple[Field, exp.Expr]]) -> Rows:
        """Return the rows with other columns, each computed from its own row."""
        columns = [_as(total(value.copy()), field.column) for field, value in items]
        query = _select([*columns, *self._lists(rows), named(PRESENT)], rows.stage)
        return self._rows(query, [field for field, _ in items], rows.lists, rows.open)

    def keep(self, rows: Rows, structural: Sequence[exp.Expr], on_values: Sequence[exp.Expr]) -> Rows:
        """Return the rows of which the conditions hold.

        structural: conditions on pseudonym columns alone; rows of which they do not hold are gone. on_values: rows of
        which they do not hold no longer count.
        """
        if rows.open:
            structural, on_values = [], [*structural, *on_values]
        columns: list[exp.Expr] = [named(field.column) for field in rows.fields]
        holds = [truth(condition) for condition in on_values]
        if rows.open:
            query = _select([*columns, named(PRESENT)], rows.stage)
            return self._rows(query.where(*holds) if holds else query, rows.fields, (), True)
        present: exp.Expr = named(PRESENT)
        if holds:
            present = exp.Case(ifs=[exp.If(this=present, true=_all(*holds))], default=exp.false())
        query = _select([*columns, *self._lists(rows), _as(present, PRESENT)], rows.stage)
        if structural:
            query = query.where(*[condition.copy() for condition in structural])
        kept = self._rows(query, rows.fields, rows.lists, False)
        return self._emptied(kept) if holds else kept

    def _emptied(self, rows: Rows) -> Rows:
        """Return the rows with no values, but their pseudonyms, in rows that do not count."""
        items = [
            named(field.column)
            if field.pseudonym
            else _as(exp.Case(ifs=[exp.If(this=named(PRESENT), true=named(field.column))]), field.column)
            for field in rows.fields
        ]
        query = _select([*items, *self._lists(rows), named(PRESENT)], rows.stage)
        return self._rows(query, rows.fields, rows.lists, rows.open)

    def _both(self, left: Rows, right: Rows, outer: bool = False) -> list[exp.Expr]:
        """Return the lists of rows `l` and `r` taken together."""
        items: list[exp.Expr] = []
        for unit in dict.fromkeys((*left.lists, *right.lists)):
            column = self.list_of(unit)
            held: list[exp.Expr] = [named(column, "l")] if unit in left.lists else []
            if unit in right.lists:
                other: exp.Expr = named(column, "r")
                held.append(exp.Coalesce(this=other, expressions=[_nobody()]) if outer else other)
            items.append(_as(_union(*held), column))
        return items

    def join(self, left: Rows, right: Rows, keys: Sequence[tuple[Field, Field]], rest: Sequence[exp.Expr]) -> Rows:
        """Return the pairs of rows with equal pseudonyms; those of which `rest` does not hold do not count."""
        fields = (*left.fields, *right.fields)
        counts = [named(PRESENT, "l"), named(PRESENT, "r"), *(truth(condition) for condition in rest)]
        items = [*_columns(left, "l"), *_columns(right, "r"), *self._both(left, right), _as(_guarded(counts), PRESENT)]
        query = _select(items, left.stage, "l").join(
            exp.to_table(right.stage, alias="r"), on=_equal(keys, "l", "r"), join_type="inner"
        )
        lists = tuple(dict.fromkeys((*left.lists, *right.lists)))
        return self._emptied(self._rows(query, fields, lists, False))

    def _behind(self, rows: Rows, keys: Sequence[Field]) -> tuple[str, list[str]]:
        """Return a stage with all units behind the rows of each key, whether they count or not, and its key columns."""
        columns = [self.column() for _ in keys]
        items = [_as(named(key.column), column) for key, column in zip(keys, columns, strict=True)]
        held = [_as(_distinct(call("list", named(self.list_of(unit)))), self.list_of(unit)) for unit in rows.lists]
        query = _select([*items, *held], rows.stage).group_by(*[named(key.column) for key in keys])
        return self._add(query), columns

    def left_join_values(
        self, left: Rows, right: Rows, keys: Sequence[tuple[Field, Field]], rest: Sequence[exp.Expr]
    ) -> Rows:
        """Return the left rows, each with the right rows of equal pseudonyms of which `rest` holds, or with NULLs.

        Of the right side the values only: which of its units stand beside a left row depends on values. Whatever of
        them is there, the left row lists everybody with its key.
        """
        behind, columns = self._behind(right, [key for _, key in keys])
        fields = (*left.fields, *(field for field in right.fields if not field.pseudonym))
        items = [*_columns(left, "l"), *(named(f.column, "r") for f in right.fields if not f.pseudonym)]
        held = replace(right, stage=behind)
        lists = [
            item.transform(lambda node: named(node.name, "k") if _is_of(node, "r") else node)
            for item in self._both(left, held, outer=True)
        ]
        on = [_equal(keys, "l", "r"), named(PRESENT, "r"), named(PRESENT, "l"), *(truth(part) for part in rest)]
        behind_on = _all(
            *(
                exp.EQ(this=named(mine.column, "l"), expression=named(column, "k"))
                for (mine, _), column in zip(keys, columns, strict=True)
            )
        )
        query = (
            _select([*items, *lists, named(PRESENT, "l")], left.stage, "l")
            .join(exp.to_table(right.stage, alias="r"), on=_all(*on), join_type="left")
            .join(exp.to_table(behind, alias="k"), on=behind_on, join_type="left")
        )
        return self._rows(query, fields, tuple(dict.fromkeys((*left.lists, *right.lists))), False)

    def left_join(self, left: Rows, right: Rows, keys: Sequence[tuple[Field, Field]], rest: Sequence[exp.Expr]) -> Rows:
        """Return the left rows, each with every right row of equal pseudonyms, and each once with NULLs.

        All pairs and the row with NULLs are there whatever the values; what counts is as in any LEFT JOIN. So it may
        be grouped by the right side's pseudonyms, or asked which are NULL, afterwards.
        """
        behind, columns = self._behind(right, [key for _, key in keys])
        joined, alone, number, counts = (self.column() for _ in range(4))
        matches = [self.column() for _ in keys]
        right_items = [
            *(_as(named(key.column), match) for (_, key), match in zip(keys, matches, strict=True)),
            *(named(field.column) for field in right.fields),
            *self._lists(right),
            named(PRESENT),
            _as(exp.false(), alone),
        ]
        # Each key once more, with nobody's values and everybody behind it: what a left row stands beside when no
        # right row counts.
        no_row = [
            *(named(column) for column in columns),
            *(exp.Null() for _ in right.fields),
            *self._lists(right),
            exp.false(),
            exp.true(),
        ]
        more = self._add(
            exp.union(_select(right_items, right.stage), _select(no_row, behind), distinct=False, copy=False)
        )
        numbered = self._add(
            _select(
                [
                    *_columns(left, None),
                    *self._lists(left),
                    named(PRESENT),
                    _as(exp.Window(this=exp.RowNumber(), over="OVER"), number),
                ],
                left.stage,
            )
        )
        on = _all(
            *(
                exp.EQ(this=named(mine.column, "l"), expression=named(match, "r"))
                for (mine, _), match in zip(keys, matches, strict=True)
            )
        )
        match = exp.Coalesce(
            this=_guarded([named(PRESENT, "l"), named(PRESENT, "r"), *(truth(part) for part in rest)]),
            expressions=[exp.false()],
        )
        pairs = self._add(
            _select(
                [
                    *_columns(left, "l"),
                    *_columns(right, "r"),
                    *self._both(left, right, outer=True),
                    named(number, "l"),
                    _as(named(PRESENT, "l"), counts),
                    _as(exp.Coalesce(this=named(alone, "r"), expressions=[exp.true()]), alone),
                    _as(match, joined),
                ],
                numbered,
                "l",
            ).join(exp.to_table(more, alias="r"), on=on, join_type="left")
        )
        matched = exp.Window(this=call("bool_or", named(joined)), partition_by=[named(number)], over="OVER")
        present = exp.Case(
            ifs=[exp.If(this=named(alone), true=_all(named(counts), exp.Not(this=matched)))], default=named(joined)
        )
        fields = (*left.fields, *right.fields)
        lists = tuple(dict.fromkeys((*left.lists, *right.lists)))
        pair_rows = Rows(pairs, fields, lists, False)
        query = _select([*_columns(pair_rows, None), *self._lists(pair_rows), _as(present, PRESENT)], pairs)
        return self._emptied(self._rows(query, fields, lists, False))

    def join_open(self, left: Rows, right: Rows, conditions: Sequence[exp.Expr], outer: bool) -> Rows:
        """Return the left rows, each beside the rows of open data of which the conditions hold.

        Without such a row a left row stays: with NULLs when `outer`, as a row that does not count when not.
        """
        there = self.column()
        known = self._add(_select([*_columns(right, None), _as(exp.true(), there)], right.stage))
        fields = (*left.fields, *right.fields)
        present: exp.Expr = named(PRESENT, "l")
        if not outer:
            present = _all(present, exp.Not(this=exp.Is(this=named(there, "r"), expression=exp.Null())))
        lists = [_as(named(self.list_of(unit), "l"), self.list_of(unit)) for unit in left.lists]
        query = _select(
            [*_columns(left, "l"), *_columns(right, "r"), *lists, _as(present, PRESENT)], left.stage, "l"
        ).join(
            exp.to_table(known, alias="r"),
            on=_all(*self._comparable(conditions, fields)) if conditions else exp.true(),
            join_type="left",
        )
        joined = self._rows(query, fields, left.lists, False)
        return joined if outer else self._emptied(joined)

    def join_rows(self, left: Rows, right: Rows, conditions: Sequence[exp.Expr], outer: bool) -> Rows:
        """Return the pairs of rows of which the conditions hold, as SQL does; who was left out is not kept.

        For open data on both sides, and for recipes that people will read.
        """
        fields = (*left.fields, *right.fields)
        is_open = left.open and right.open
        on = [named(PRESENT, "r"), named(PRESENT, "l"), *self._comparable(conditions, fields)]
        query = _select(
            [
                *_columns(left, "l"),
                *_columns(right, "r"),
                *self._both(left, right, outer=outer),
                named(PRESENT, "l"),
            ],
            left.stage,
            "l",
        ).join(exp.to_table(right.stage, alias="r"), on=_all(*on), join_type="left" if outer else "inner")
        lists = tuple(dict.fromkeys((*left.lists, *right.lists)))
        return self._rows(query, fields, lists, is_open)

    @staticmethod
    def _comparable(conditions: Sequence[exp.Expr], fields: Sequence[Field]) -> list[exp.Expr]:
        """Return the conditions of a join; equality of columns of one type cannot fail, and the engine can hash it."""
        types = {field.column: field.type for field in fields}
        found: list[exp.Expr] = []
        for condition in conditions:
            sides = (condition.this, condition.expression) if isinstance(condition, exp.EQ) else ()
            kinds = {types.get(side.name, "") for side in sides if isinstance(side, exp.Column)}
            plain = len(sides) == 2 and all(isinstance(side, exp.Column) for side in sides)
            found.append(condition.copy() if plain and len(kinds) == 1 and kinds != {""} else truth(condition))
        return found

    def group(self, rows: Rows, keys: Sequence[Field], aggregates: Sequence[Aggregate]) -> Rows:
        """Return a row per group, with everybody whose row has the pseudonyms of its key.

        Values in the key split the groups further; they do not split who stands behind them, for a row with another
        value would have been in the group. Without a pseudonym in the key nobody is listed.
        """
        structural = [key for key in keys if key.pseudonym]
        lists = rows.lists if structural else ()
        items: list[exp.Expr] = [named(key.column) for key in keys]
        for aggregate in aggregates:
            counted: exp.Expr = named(PRESENT)
            if aggregate.condition is not None:
                counted = _all(counted, named(aggregate.condition))
            items.append(_as(_filtered(aggregate.call, counted), aggregate.field.column))
        held = [_as(_distinct(call("list", named(self.list_of(unit)))), self.list_of(unit)) for unit in lists]
        present = call("bool_or", named(PRESENT)) if keys else exp.true()
        query = _select([*items, *held, _as(present, PRESENT)], rows.stage)
        if keys:
            query = query.group_by(*[named(key.column) for key in keys])
        fields = (*keys, *(aggregate.field for aggregate in aggregates))
        grouped = self._rows(query, fields, lists, rows.open)
        if not lists or len(structural) == len(keys):
            return grouped
        return self._with_partitions(grouped, [structural], grouped.fields)

    def _with_partitions(self, rows: Rows, partitions: Sequence[Sequence[Field]], fields: Sequence[Field]) -> Rows:
        """Return the rows, each listing everybody in the partitions that it is in, and in the row itself."""
        gathered = []
        for unit in rows.lists:
            column = self.list_of(unit)
            parts: list[exp.Expr] = [named(column)]
            for partition in partitions:
                keys = [named(key.column) for key in partition]
                everybody = exp.Window(this=call("list", named(column)), partition_by=keys, over="OVER")
                parts.append(call("flatten", everybody))
            gathered.append(_as(call("flatten", exp.Array(expressions=parts)), column))
        columns = _columns(rows, None)
        wide = self._add(_select([*columns, *gathered, named(PRESENT)], rows.stage))
        lists = [_as(_distinct_of(named(self.list_of(n))), self.list_of(n)) for n in rows.lists]
        kept = [named(field.column) for field in fields]
        return self._rows(_select([*kept, *lists, named(PRESENT)], wide), fields, rows.lists, rows.open)

    def windows(self, rows: Rows, windows: Sequence[Windowed], passed: Sequence[Field]) -> Rows:
        """Return the rows with a column per window function, and everybody in the partitions that a row is in.

        passed: the fields that stay; rows with the same order are put in order by them, so that which row is the
        first does not depend on how they were stored. A partition without pseudonyms lists nobody more.
        """
        items: list[exp.Expr] = [named(field.column) for field in passed]
        for window in windows:
            keys: list[exp.Expr] = [] if rows.open else [named(PRESENT)]
            keys.extend(named(key.column) for key in window.partition)
            order = [*(part.copy() for part in window.order)]
            if _depends_on_position(window):
                order.extend(exp.Ordered(this=named(field.column), nulls_first=False) for field in passed)
            over = exp.Window(
                this=_filtered(window.call, None if window.condition is None else named(window.condition)),
                partition_by=keys,
                order=exp.Order(expressions=order) if order else None,
                spec=window.frame.copy() if window.frame is not None else None,
                over="OVER",
            )
            items.append(_as(over, window.field.column))
        fields = (*passed, *(window.field for window in windows))
        partitions = dict.fromkeys(tuple(key for key in window.partition if key.pseudonym) for window in windows)
        structural = [partition for partition in partitions if partition]
        keys_too = dict.fromkeys(key for partition in structural for key in partition)
        items.extend(named(key.column) for key in keys_too)
        query = _select([*items, *self._lists(rows), named(PRESENT)], rows.stage)
        windowed = self._rows(query, (*fields, *keys_too), rows.lists, rows.open)
        return self._with_partitions(windowed, structural, fields) if structural else replace(windowed, fields=fields)

    def stack(self, upper: Rows, lower: Rows, fields: Sequence[Field]) -> Rows:
        """Return the rows of both, column by column; fields: what the columns are taken together."""
        lists = tuple(dict.fromkeys((*upper.lists, *lower.lists)))

        def part(rows: Rows) -> exp.Select:
            items = [_as(named(own.column), field.column) for own, field in zip(rows.fields, fields, strict=True)]
            held = [_as(named(self.list_of(n)) if n in rows.lists else _nobody(), self.list_of(n)) for n in lists]
            return _select([*items, *held, named(PRESENT)], rows.stage)

        query = exp.union(part(upper), part(lower), distinct=False, copy=False)
        return self._rows(query, fields, lists, upper.open and lower.open)

    def counted_rows(self, rows: Rows, column: str) -> exp.Select:
        """Return a column of the rows that count, for a subquery."""
        return _select([named(column)], rows.stage).where(named(PRESENT))

    def result(self, rows: Rows, columns: Mapping[str, str], present: str | None) -> exp.Select:
        """Return the statement that gives the rows. columns: name -> column of the stage.

        present: name of the column that tells which rows count; None for the rows that count only.
        """
        values = {field.column for field in rows.fields if not field.pseudonym}
        items = []
        for name, column in columns.items():
            value: exp.Expr = named(column)
            if present is not None and column in values:
                value = exp.Case(ifs=[exp.If(this=named(PRESENT), true=value)])
            items.append(exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True)))
        if present is not None:
            items.append(exp.Alias(this=named(PRESENT), alias=exp.to_identifier(present, quoted=True)))
        query = _select(items, rows.stage)
        return self.with_stages(query if present is not None else query.where(named(PRESENT)))


def _columns(rows: Rows, table: str | None) -> list[exp.Expr]:
    return [named(field.column, table) for field in rows.fields]


def _equal(keys: Sequence[tuple[Field, Field]], left: str, right: str) -> exp.Expr:
    return _all(*(exp.EQ(this=named(mine.column, left), expression=named(other.column, right)) for mine, other in keys))


def _is_of(node: exp.Expr, table: str) -> bool:
    return isinstance(node, exp.Column) and node.table == table


def _guarded(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """Return the first two conditions and, only where these hold, the others."""
    first = _all(*conditions[:2])
    if len(conditions) == 2:
        return first
    return exp.Case(ifs=[exp.If(this=first, true=_all(*conditions[2:]))], default=exp.false())


def _filtered(function: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
    """Return an aggregate over the rows of which the condition holds."""
    if condition is None:
        return function.copy()
    return exp.Filter(this=function.copy(), expression=exp.Where(this=condition))


def summand(value: exp.Expr) -> exp.Expr:
    """Return a value to be added up, NULL when so large that a sum of many could overflow and stop the recipe."""
    bounds = {"low": exp.Neg(this=exp.Literal.number(_MAX_SUMMAND)), "high": exp.Literal.number(_MAX_SUMMAND)}
    return exp.Case(ifs=[exp.If(this=exp.Between(this=value.copy(), **bounds), true=value.copy())])


_BY_POSITION = (exp.RowNumber, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)


def _depends_on_position(window: Windowed) -> bool:
    """Whether rows of the same order get different results, so that their order must be decided."""
    function = window.call.this if isinstance(window.call, exp.IgnoreNulls) else window.call
    by_rows = window.frame is not None and str(window.frame.args.get("kind") or "").upper() == "ROWS"
    return isinstance(function, _BY_POSITION) or by_rows
