"""Lineage: a recipe in SQL rewritten so that every row of its result names all protected units that it rests on.

A recipe such as `hash(pseudonym) % 2 XOR (income of person X > 40,000)` has thousands of rows, one per person, and
tells X's income. Counting the rows' own persons does not find that; following whose rows were read does. See
`outputcontrole.recipes.contributors` for the method and what it holds, `outputcontrole.recipes.permitted` for the
language, `outputcontrole.recipes.reasons` for what people must judge.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import SqlglotError

from outputcontrole.recipes import reasons
from outputcontrole.recipes.contributors import Stages
from outputcontrole.recipes.names import Table
from outputcontrole.recipes.permitted import parse
from outputcontrole.recipes.rewriting import Rewriting, TableReader
from outputcontrole.recipes.units import Column
from zoo_formaat.errors import UserError

__all__ = ["PRESENT_COLUMN", "Column", "Relation", "Tracked", "tracked"]

PRESENT_COLUMN = "_telt"
"""In `Tracked.considered`: whether the row is in the recipe's result."""
_LIST_PREFIX = "_bijdragers_"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Relation:
    """A table that a recipe can read.

    open: no protected units at all. contributors: for the result of an earlier recipe, its list columns as
    `Tracked.contributors` gives them. present: the column that tells which rows count, when the table holds the rows
    of `Tracked.considered`: only so does a later recipe know who was left out. manual: `Tracked.manual` of an earlier
    recipe; who reads it takes the reasons over.
    """

    columns: tuple[Column, ...]
    open: bool
    contributors: Mapping[str, str] = field(default_factory=dict)
    present: str | None = None
    manual: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tracked:
    """A recipe rewritten.

    sql: DuckDB SQL that returns the recipe's own columns and per kind of protected unit one column
    `_bijdragers_<kind>` (LIST of UUID, distinct, without NULL) with all units whose rows were read to make that row.
    considered: the same with the rows that a condition on values left out as well (their values NULL), and a column
    `_telt` that is true for the rows of `sql`. Who stands behind these rows depends on no value, so what is decided
    on it (how far a unit reaches) tells nothing about one: decide it on `considered`, never on `sql`.
    columns: the recipe's own columns. contributors: kind (as in `Column.unit`) -> its list column. manual: Dutch
    reasons why people must judge; with any of them the lists may miss units. Empty: the rows may be judged like a
    table's.
    """

    sql: str
    considered: str
    columns: tuple[Column, ...]
    contributors: Mapping[str, str]
    manual: tuple[str, ...]


def tracked(sql: str, relations: Mapping[str, Relation]) -> Tracked:
    """Rewrite a recipe. relations: what it can read, by the name it is called by in SQL (`bron.tabel`).

    Raises UserError when the recipe is not understood or not permitted: it says which word and what to write instead.
    """
    try:
        statement = parse(sql)
        stages = Stages()
        rewriting = Rewriting(stages, _Relations(relations))
        content = rewriting.query(statement, {})
        columns = _named(content)
        lists = {unit: f"{_LIST_PREFIX}{unit}" for unit in sorted(content.rows.lists)}
        inner = {
            **{column.name: own.column for column, own in zip(columns, content.rows.fields, strict=True)},
            **{name: stages.list_of(unit) for unit, name in lists.items()},
        }
        return Tracked(
            sql=stages.result(content.rows, inner, None).sql("duckdb"),
            considered=stages.result(content.rows, inner, PRESENT_COLUMN).sql("duckdb"),
            columns=columns,
            contributors=lists,
            manual=tuple(rewriting.manual),
        )
    except RecursionError:
        raise UserError("het recept is te diep genest; splits het met WITH of in meer recepten") from None
    except SqlglotError:
        raise UserError("het recept is niet te lezen; schrijf het eenvoudiger of splits het in meer recepten") from None


def _named(content: Table) -> tuple[Column, ...]:
    """Return the columns of the result, each with a name of its own; raises UserError otherwise."""
    columns: dict[str, Column] = {}
    for number, (name, own) in enumerate(zip(content.names, content.rows.fields, strict=True), start=1):
        if name is None:
            raise UserError(f"kolom {number} van het recept heeft geen naam; geef er een met AS")
        folded = name.lower()
        if not _NAME.fullmatch(folded):
            raise UserError(
                f"kolom {number} van het recept heeft een naam die niet kan; begin met een letter en gebruik letters, "
                "cijfers en _"
            )
        if folded in columns:
            raise UserError(f"kolom '{folded}' staat twee keer in het recept; geef elk een eigen naam met AS")
        columns[folded] = Column(folded, own.unit, own.domain, own.type)
    return tuple(columns.values())


class _Relations(TableReader):
    """The relations that a recipe can read, by name without regard to case."""

    def __init__(self, relations: Mapping[str, Relation]) -> None:
        self._names = {name.casefold(): name for name in relations}
        self._relations = relations

    def read(self, table: exp.Table, stages: Stages) -> tuple[Table, Iterable[str]]:
        asked = f"{table.db}.{table.name}" if table.db else table.name
        name = self._names.get(asked.casefold())
        if name is None:
            raise UserError(f"onbekende tabel '{asked[:80]}'; er zijn: {', '.join(sorted(self._relations))}")
        relation = self._relations[name]
        source = exp.Table(
            **dict(
                zip(
                    ("this", "db"), (exp.to_identifier(p, quoted=True) for p in reversed(name.split("."))), strict=False
                )
            )
        )
        has_units = bool(relation.contributors) or any(column.unit is not None for column in relation.columns)
        # a table with units is not open, whatever it is called
        is_open = relation.open and not has_units
        missing = [] if is_open or has_units else [reasons.NO_UNIT.format(table=name)]
        if relation.contributors and relation.present is None:
            missing.append(reasons.LEFT_OUT.format(table=name))
        rows = stages.read(source, relation.columns, relation.contributors, relation.present, is_open)
        return Table(rows, tuple(column.name for column in relation.columns)), [*relation.manual, *missing]
