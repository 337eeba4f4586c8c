"""The method of a request, as the checker handles it: what recipes read, and which of them tables rest on.

Texts only: nothing here is computed, nor loads what computes.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from outputcontrole.asked import AskedTable
from outputcontrole.spec import PythonRecipe, RecipeSource, SqlRecipe
from outputcontrole.spec.recipe import SCHEMA, Method, digests_of, method_of, reads, text_of
from zoo_formaat.document import parse_values

Recipes = Sequence[SqlRecipe | PythonRecipe]


def parse_recipes(values: list[Any], where: str) -> Recipes:
    """Read recipes from JSON values; raises UserError naming `where`."""
    return parse_values({"recepten": values}, Method, where).recepten


def method_behind(recipes: Recipes, tables: Iterable[AskedTable]) -> Recipes:
    """Return the recipes that tables rest on, directly or not, in order."""
    digests = {table.origin.sha256 for table in tables if isinstance(table.origin, RecipeSource)}
    return method_of(recipes, [name for name, digest in digests_of(recipes).items() if digest in digests])


def method_record(recipes: Recipes, tables: Iterable[AskedTable] | None = None) -> list[dict[str, Any]]:
    """Return recipes as a reader of a report or a release gets them: in order, with digest and whole text.

    tables: only the recipes that these rest on; None: all.
    """
    digests = digests_of(recipes)
    return [
        {
            "naam": recipe.naam,
            "soort": recipe.soort,
            "sha256": digests[recipe.naam],
            "leest": tables_named(recipe),
            "tekst": text_of(recipe),
        }
        for recipe in (recipes if tables is None else method_behind(recipes, tables))
    ]


def sources_of(recipes: Recipes) -> dict[str, set[str]]:
    """Return, by digest, the sources that each recipe reads, directly or through others.

    Text that is no SQL reads nothing here; it is refused, with the reason, by whoever wants to run it.
    """
    digests = digests_of(recipes)
    found: dict[str, set[str]] = {}
    for number, recipe in enumerate(recipes):
        sources = {table.partition(".")[0] for table in tables_named(recipe)} - {SCHEMA}
        for name in reads(recipe, [before.naam for before in recipes[:number]]):
            sources |= found[digests[name]]
        found[digests[recipe.naam]] = sources
    return found


def tables_named(recipe: SqlRecipe | PythonRecipe) -> list[str]:
    """Return the tables that a recipe names, `bron.tabel` or `recept.naam`."""
    return list(recipe.tabellen) if isinstance(recipe, PythonRecipe) else tables_in(recipe.sql)


def tables_in(sql: str) -> list[str]:
    """Return the qualified tables that a SELECT reads, none for text that is no SQL."""
    try:
        parsed = sqlglot.parse_one(sql, dialect="duckdb")
    except (SqlglotError, RecursionError):
        return []
    return sorted({f"{table.db}.{table.name}".lower() for table in parsed.find_all(exp.Table) if table.db})


def has_comment(sql: str) -> bool:
    """Whether SQL has a comment in it: prose, that nobody computes again."""
    return any(token.comments for token in sqlglot.tokenize(sql, dialect="duckdb"))
