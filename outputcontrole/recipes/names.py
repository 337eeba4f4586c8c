"""Names in a recipe: which column of which table each name means, resolved here and not left to the engine.

Names are compared without regard to case, as DuckDB does. A name that could mean two columns is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlglot import exp

from outputcontrole.recipes.contributors import Field, Rows
from zoo_formaat.errors import UserError


@dataclass(frozen=True)
class Table:
    """Rows as the analyst names their columns; None for a column without a name. Fields and names go together."""

    rows: Rows
    names: tuple[str | None, ...]


@dataclass(frozen=True)
class _Entry:
    table: str
    name: str | None
    field: Field
    merged: bool = False


@dataclass
class Scope:
    """The columns that the expressions of one SELECT can name, in the order of FROM."""

    _entries: list[_Entry] = field(default_factory=list)
    _tables: list[str] = field(default_factory=list)

    def add(self, table: str, content: Table) -> None:
        """Add a table under its alias; raises UserError when there is one of that name."""
        folded = table.casefold()
        if folded in self._tables:
            raise UserError(f"'{table}' staat twee keer in FROM; geef elk een eigen naam met AS")
        self._tables.append(folded)
        for name, column in zip(content.names, content.rows.fields, strict=True):
            self._entries.append(_Entry(folded, None if name is None else name.casefold(), column))

    def field_of(self, column: exp.Column) -> Field | None:
        """Return the field that a name means, None when there is none; raises UserError when there are more."""
        name, table = column.name.casefold(), column.table.casefold()
        if table and table not in self._tables:
            raise UserError(f"tabel '{column.table}' staat niet in FROM; er zijn: {', '.join(self._tables)}")
        found = [
            entry.field
            for entry in self._entries
            if entry.name == name and (entry.table == table if table else not entry.merged)
        ]
        if len(found) > 1:
            raise UserError(f"kolom '{column.name}' staat in meer tabellen; schrijf de naam van de tabel ervoor")
        if not found and table:
            raise UserError(f"kolom '{column.name}' bestaat niet in '{column.table}'; er zijn: {self._known(table)}")
        return found[0] if found else None

    def merge(self, name: str, hidden: Field) -> None:
        """Take a column of USING together with the one of the same name: by itself the name means the other one."""
        self._entries = [
            _Entry(entry.table, entry.name, entry.field, entry.merged or entry.field == hidden)
            for entry in self._entries
        ]

    def star(self, table: str, without: Iterable[str]) -> list[tuple[str | None, Field]]:
        """Return the columns that `*` or `table.*` stands for; raises UserError for an unknown table or exception."""
        folded, left_out = table.casefold(), {name.casefold() for name in without}
        if folded and folded not in self._tables:
            raise UserError(f"tabel '{table}' staat niet in FROM; er zijn: {', '.join(self._tables)}")
        entries = [entry for entry in self._entries if (entry.table == folded if folded else not entry.merged)]
        unknown = left_out - {entry.name for entry in entries}
        if unknown:
            raise UserError(f"EXCLUDE noemt een kolom die er niet is: '{min(unknown)}'")
        return [(entry.name, entry.field) for entry in entries if entry.name not in left_out]

    def unknown(self, column: exp.Column) -> UserError:
        """Return the error for a name that means nothing."""
        return UserError(f"kolom '{column.name}' bestaat niet; er zijn: {self._known('')}")

    def _known(self, table: str) -> str:
        names = dict.fromkeys(
            entry.name for entry in self._entries if entry.name is not None and (not table or entry.table == table)
        )
        return ", ".join(list(names)[:40]) or "geen"
