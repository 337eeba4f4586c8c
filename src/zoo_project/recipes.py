"""Recipes in the workspace: derived tables as the checker will make them, to look at while one works on them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from outputcontrole.spec import PythonRecipe, SqlRecipe
from outputcontrole.spec.recipe import SCHEMA, method_of
from zoo_formaat.atomic import write_file
from zoo_formaat.errors import UserError
from zoo_project.engine import column_name, table_name
from zoo_project.project import Project
from zoo_project.statement import check_statement, closest

Recipes = Sequence[SqlRecipe | PythonRecipe]
SUFFIX = {"sql": ".sql", "python": ".py"}


def explore(project: Project, recipes: Recipes, naam: str) -> pd.DataFrame:
    """Return the rows of a recipe, made with the project's own engine; pseudonyms are shown as text.

    What the checker adds (who stands behind each row) is not in it, nor what it refuses refused. Raises UserError for
    an unknown recipe, and for one that fails here.
    """
    wanted = {recipe.naam: recipe for recipe in recipes}.get(naam)
    if wanted is None:
        raise UserError(f"recept '{naam}' is er niet; {closest(naam, [recipe.naam for recipe in recipes])}")
    if isinstance(wanted, PythonRecipe):
        return _called(project, recipes, wanted)
    return project.sql(_with_recipes(recipes, wanted.sql, naam))


def write_recipes(recipes: Recipes, folder: Path) -> list[Path]:
    """Write every recipe to a file of its own, numbered in order, and return the files.

    Raises UserError when the folder cannot be made or a file is there already.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise UserError(f"map {folder} is niet te maken; kies een andere map") from None
    files = []
    for number, recipe in enumerate(recipes, start=1):
        file = folder / f"{number:02}-{recipe.naam}{SUFFIX[recipe.soort]}"
        if file.exists():
            raise UserError(f"{file} bestaat al; kies een lege map")
        write_file(file, (recipe.sql if isinstance(recipe, SqlRecipe) else recipe.module).encode() + b"\n")
        files.append(file)
    return files


def _with_recipes(recipes: Recipes, sql: str, naam: str) -> str:
    """Return SQL in which the recipes that it reads stand in a WITH of their own."""
    needed = [recipe for recipe in method_of(recipes, [naam]) if recipe.naam != naam]
    parts = []
    for recipe in needed:
        if isinstance(recipe, PythonRecipe):
            raise UserError(f"recept '{naam}' leest '{recipe.naam}', dat Python is; bekijk dat apart in de werkruimte")
        parts.append(f"{_inner(recipe.naam)} AS (\n{_renamed(recipe.sql, recipe.naam)}\n)")
    own = _renamed(sql, naam) if parts else sql
    return f"WITH {', '.join(parts)} SELECT * FROM (\n{own}\n) AS r" if parts else own


def _inner(naam: str) -> str:
    return f"_{SCHEMA}_{naam}"


def _renamed(sql: str, naam: str) -> str:
    try:
        parsed = sqlglot.parse_one(sql, dialect="duckdb")
    except SqlglotError:
        raise UserError(
            f"recept '{naam}': SQL niet begrepen; controleer haakjes, komma's en aanhalingstekens"
        ) from None
    for table in list(parsed.find_all(exp.Table)):
        if table.db.lower() == SCHEMA:
            alias = table.alias or table.name
            table.replace(exp.to_table(_inner(table.name.lower()), alias=alias))
    return parsed.sql("duckdb")


def _called(project: Project, recipes: Recipes, recipe: PythonRecipe) -> pd.DataFrame:
    """Call the function of a Python recipe on the tables as the checker gives them: pseudonyms as texts of UUIDs."""
    frames = [_frame(project, recipes, table) for table in recipe.tabellen]
    space: dict[str, Any] = {"__name__": SCHEMA}
    exec(compile(recipe.module, f"recept {recipe.naam}", "exec"), space)  # noqa: S102 - the analyst's own code
    if recipe.functie not in space:
        raise UserError(f"recept '{recipe.naam}': de module heeft geen functie '{recipe.functie}'")
    result = space[recipe.functie](*frames)
    if not isinstance(result, pd.DataFrame):
        raise UserError(f"recept '{recipe.naam}': de functie geeft geen pandas DataFrame terug")
    return result


def _frame(project: Project, recipes: Recipes, table: str) -> pd.DataFrame:
    engine = project.engine
    if table.startswith(f"{SCHEMA}."):
        own = table.partition(".")[2]
        before: Mapping[str, SqlRecipe | PythonRecipe] = {recipe.naam: recipe for recipe in recipes}
        if not isinstance(before.get(own), SqlRecipe):
            raise UserError(f"tabel '{table}' is geen recept in SQL dat ervoor staat; een Python-recept leest dat niet")
        query = _with_recipes(recipes, before[own].sql, own)  # type: ignore[union-attr]
        check_statement(engine.connection.cursor(), query, engine.tables)
    elif table in engine.tables:
        query = f"SELECT * FROM {table_name(table)}"
    else:
        raise UserError(f"tabel '{table}' bestaat niet; {closest(table, engine.tables)}")
    kinds = {str(row[0]): str(row[1]) for row in engine.rows(f"DESCRIBE {query}")}
    columns = ", ".join(
        f"CAST({column_name(name)} AS VARCHAR) AS {column_name(name)}" if kind == "UUID" else column_name(name)
        for name, kind in kinds.items()
    )
    return engine.trusted(f"SELECT {columns} FROM (\n{query}\n) AS r ORDER BY ALL", {})
