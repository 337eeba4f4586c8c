"""Make the tables of recipes again: in the sandbox, twice, compared, and only then known to an `Access`.

What comes out of the sandbox is not believed. Its columns must be those that `tracked` derived from the text of the
recipe; a pseudonym stands for a protected unit only where `tracked` (or, for Python, the packages) says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq
from sqlglot import exp

from outputcontrole.access import Access, Derived, quoted, quoted_table
from outputcontrole.asked import CONTRIBUTORS
from outputcontrole.recipes.lineage import PRESENT_COLUMN, Column, Relation, tracked
from outputcontrole.recipes.method import Recipes, has_comment, tables_in
from outputcontrole.recipes.numbering import Numberings
from outputcontrole.recipes.result import UnitColumn, Unusable, check_pseudonyms, check_same, check_texts, described
from outputcontrole.recipes.sandbox import Limits, SandboxFailure, Table, run_python, run_sql
from outputcontrole.spec import PythonRecipe, SqlRecipe
from outputcontrole.spec.recipe import SCHEMA, digests_of, reads
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription

# The first run has one thread, so that what is kept of sums of fractions is the same every time; the second has more.
_THREADS = (1, 2)
_RELATIONS = "_recepten"
_RESULT = "uitkomst.rijen"
_PYTHON = "wiens gegevens er in een rij terechtkwamen, is van een Python-recept niet na te gaan"
_COMMENT = "het recept bevat commentaar; dat gaat met de vrijgave mee en is niet herrekend"
_SIMPLER = "maak het recept eenvoudiger of de uitkomst kleiner, en probeer het eerst in de werkruimte"


class RecipeFailure(Exception):  # noqa: N818 - it is what failed in a recipe, not an error of this program
    """A recipe that is understood and has no usable result: its name, a fixed sentence, and what to do."""

    def __init__(self, recipe: str, sentence: str, remedy: str) -> None:
        super().__init__(f"recept '{recipe}' is niet te berekenen: {sentence}")
        self.remedy = remedy


def derive(recipes: Recipes, access: Access, folder: Path, limits: Limits | None = None) -> None:
    """Make the tables of recipes and add them to `access.derived`; those that are there already stay.

    recipes: a whole method, in order. folder: for the results; whoever made it removes it when the access is closed.
    Raises UserError for a recipe that is not understood or not permitted, and when there is no sandbox here;
    RecipeFailure for one that is understood and gives no usable result.
    """
    if not recipes:
        return
    workshop = _Workshop(access, folder, limits or Limits())
    digests = digests_of(recipes)
    for recipe in recipes:
        try:
            workshop.make(recipe, digests)
        except SandboxFailure as failure:
            raise RecipeFailure(recipe.naam, str(failure), _SIMPLER) from None
        except Unusable as unusable:
            raise RecipeFailure(recipe.naam, str(unusable), unusable.remedy) from None


class _Workshop:
    """Where the recipes of one assessment are made."""

    def __init__(self, access: Access, folder: Path, limits: Limits) -> None:
        self._access = access
        self._folder = folder
        self._limits = limits
        if SCHEMA in {package.manifest.bron for package in access.packages}:
            raise UserError(f"een bron heet '{SCHEMA}', zoals recepten in SQL heten; laat zone 1 haar anders noemen")
        self._numberings = Numberings(access.fields(name) for name in access.tables)
        access.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(_RELATIONS)}")

    def make(self, recipe: SqlRecipe | PythonRecipe, digests: Mapping[str, str]) -> None:
        """Make the table of one recipe, after those before it, unless it is there."""
        digest = digests[recipe.naam]
        if digest in self._access.derived:
            return
        names = list(digests)
        earlier = reads(recipe, names[: names.index(recipe.naam)])
        before = {f"{SCHEMA}.{name}": self._access.derived[digests[name]] for name in earlier}
        relations = {name: self._relation(self._access.fields(name), name) for name in self._access.tables}
        relations |= {name: self._relation(made.fields, made) for name, made in before.items()}
        if isinstance(recipe, SqlRecipe):
            made = self._from_sql(recipe, digest, relations, before)
        else:
            made = self._from_python(recipe, digest, relations, before)
        self._access.derived[digest] = made

    def _from_sql(
        self, recipe: SqlRecipe, digest: str, relations: Mapping[str, Relation], before: Mapping[str, Derived]
    ) -> Derived:
        try:
            found = tracked(recipe.sql, relations)
        except UserError as error:
            raise UserError(f"recept '{recipe.naam}': {error}") from None
        read = tables_in(found.considered)
        tables = {name: self._table(name, before) for name in read}

        def run(threads: int, into: BinaryIO) -> None:
            run_sql(found.considered, tables, into, threads=threads, limits=self._limits)

        file = self._twice(digest, run)
        units = {column.name: unit for column in found.columns if (unit := self._unit(column)) is not None}
        for label, name in found.contributors.items():
            numbering = self._numberings.of(label)
            units[name] = UnitColumn(numbering.kind, numbering.domain, listed=True)
        expected = [*(column.name for column in found.columns), *found.contributors.values()]
        fields = described(file, expected, units, present=PRESENT_COLUMN)
        manual = [*found.manual, *([_COMMENT] if has_comment(recipe.sql) else [])]
        return self._known(digest, file, fields, read, before, manual, present=PRESENT_COLUMN)

    def _from_python(
        self, recipe: PythonRecipe, digest: str, relations: Mapping[str, Relation], before: Mapping[str, Derived]
    ) -> Derived:
        for name in recipe.tabellen:
            if name not in relations:
                there = ", ".join(sorted(relations))
                raise UserError(f"recept '{recipe.naam}': tabel '{name}' is er niet; er zijn: {there}")
        tables = {name: self._table(name, before, lists=False) for name in recipe.tabellen}
        units = self._units_of_python(recipe, relations)

        def run(threads: int, into: BinaryIO) -> None:
            raw = self._folder / f"{digest}-{threads}.ruw"
            with raw.open("wb") as stream:
                run_python(recipe.module, recipe.functie, tables, stream, threads=threads, limits=self._limits)
            # The recipe wrote this file, so it is read where the recipe was; here only what that reader writes is.
            rows, pseudonyms = {_RESULT: Table(raw)}, list(units)
            read_back = f"SELECT * FROM {_RESULT}"
            run_sql(read_back, rows, into, threads=threads, limits=self._limits, returned=pseudonyms)
            raw.unlink()

        file = self._twice(digest, run)
        names = pq.read_schema(file).names
        fields = described(file, names, {name: units[name] for name in names if name in units})
        for column in fields.keys() & units.keys():
            known = [
                (before[table].relation if table in before else quoted_table(table), quoted(column))
                for table in recipe.tabellen
                if column in {one.name for one in relations[table].columns if one.unit is not None}
            ]
            check_pseudonyms(file, column, known, self._access.connection)
        inherited = [reason for table in recipe.tabellen if table in before for reason in before[table].manual]
        return self._known(digest, file, fields, recipe.tabellen, before, [_PYTHON, *inherited])

    def _known(
        self,
        digest: str,
        file: Path,
        fields: Mapping[str, FieldDescription],
        read: Iterable[str],
        before: Mapping[str, Derived],
        manual: Sequence[str],
        present: str | None = None,
    ) -> Derived:
        """Make a checked result known to the connection. present: the column that tells which of its rows count."""
        check_texts(file, fields, self._access.connection)
        relation, considered = (f"{quoted(_RELATIONS)}.{quoted(name)}" for name in (digest, f"{digest} overwogen"))
        columns = ", ".join(f"{quoted(_in_file(name))} AS {quoted(name)}" for name in fields)
        name = exp.Literal.string(str(file)).sql("duckdb")
        rows = f"read_parquet({name}, hive_partitioning = false)"
        counting = f" WHERE {quoted(present)}" if present else ""
        self._access.connection.execute(f"CREATE VIEW {relation} AS SELECT {columns} FROM {rows}{counting}")
        self._access.connection.execute(f"CREATE VIEW {considered} AS SELECT {columns} FROM {rows}")
        sources: set[str] = set()
        for table in read:
            sources |= before[table].sources if table in before else {table.partition(".")[0]}
        return Derived(relation, considered, file, fields, frozenset(sources), tuple(dict.fromkeys(manual)), present)

    def _twice(self, digest: str, run: Callable[[int, BinaryIO], None]) -> Path:
        """Run twice, beside each other, compare by content, and return the file of the first run."""
        files = [self._folder / f"{digest}-{threads}.parquet" for threads in _THREADS]

        def one(threads: int, file: Path) -> None:
            with file.open("wb") as stream:
                run(threads, stream)

        with ThreadPoolExecutor(len(_THREADS)) as beside:
            list(beside.map(one, _THREADS, files))
        check_same(files[0], files[1], self._access.connection)
        files[1].unlink()
        return files[0]

    def _table(self, name: str, before: Mapping[str, Derived], *, lists: bool = True) -> Table:
        """Return a table as the sandbox gets it. lists: with the contributors, for SQL that carries them on."""
        if name in before:
            own = before[name]
            columns = [_in_file(c) for c in own.fields if lists or not c.startswith(CONTRIBUTORS)]
            return Table(own.file, [*columns, own.present] if lists and own.present else columns, own.present)
        return Table(self._access.file_of(name), list(self._access.fields(name)))

    def _relation(self, fields: Mapping[str, FieldDescription], table: "str | Derived") -> Relation:
        """Return what `tracked` is told of a table: columns, and per numbering of a kind the list of contributors."""
        columns, contributors = [], {}
        for name, field in fields.items():
            label = self._numberings.label(field)
            if name.startswith(CONTRIBUTORS):
                contributors[str(label)] = _in_file(name)
            else:
                domain = field.domein or (None if label is None else field.eenheid)
                columns.append(Column(name, label, domain, field.type))
        if isinstance(table, str):
            return Relation(tuple(columns), self._is_open(table), contributors)
        return Relation(tuple(columns), self._is_open(table), contributors, table.present, table.manual)

    def _is_open(self, table: "str | Derived") -> bool:
        if isinstance(table, str):
            return self._access.is_open(table)
        open_data = {package.manifest.bron for package in self._access.packages if package.manifest.openbaar}
        return table.sources <= open_data

    def _unit(self, column: Column) -> UnitColumn | None:
        return None if column.unit is None else UnitColumn(self._numberings.of(column.unit).kind, column.domain)

    def _units_of_python(self, recipe: PythonRecipe, relations: Mapping[str, Relation]) -> dict[str, UnitColumn]:
        """Return which columns stand for protected units, should the result have them: those of the tables it gets."""
        found: dict[str, set[UnitColumn]] = {}
        for table in recipe.tabellen:
            for column in relations[table].columns:
                if (unit := self._unit(column)) is not None:
                    found.setdefault(column.name, set()).add(unit)
        return {name: units.pop() for name, units in found.items() if len(units) == 1}


def _in_file(column: str) -> str:
    """Return what a column of a result is called in its file: the lists of contributors are out of a recipe's reach."""
    return f"_{column}" if column.startswith(CONTRIBUTORS) else column
