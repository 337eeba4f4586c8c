"""A recipe: how a table that the analyst made on the way is made again, by the checker or by a colleague.

Recipes are the method of a request: an ordered list, each of which may read the tables of packages and the recipes
before it. A question names a recipe with the digest of all it is made by, so that it is about one method only.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from outputcontrole.spec.prose import readable
from outputcontrole.spec.text import Column, Table
from zoo_formaat.canonical import digest
from zoo_formaat.document import Strict

SCHEMA = "recept"
"""What comes before the name of a recipe where it is read as a table: `recept.bewoning`."""
MAX_SQL = 20_000
"""Characters of a SELECT: it is read by an officer, and parsed by recursive descent."""
Sql = Annotated[str, Field(min_length=1, max_length=MAX_SQL), AfterValidator(readable)]
Text = Annotated[str, Field(min_length=1, max_length=50_000), AfterValidator(readable)]


class SqlRecipe(Strict):
    """One SELECT over tables of packages (`bron.tabel`) and earlier recipes (`recept.naam`)."""

    soort: Literal["sql"] = "sql"
    naam: Column
    sql: Sql


class PythonRecipe(Strict):
    """A pure function of a module: it takes `tabellen` as pandas frames, in that order, and returns one.

    module: the whole text of the module. Pseudonyms are texts in it.
    """

    soort: Literal["python"] = "python"
    naam: Column
    module: Text
    functie: Column
    tabellen: list[Table] = Field(min_length=1, max_length=20)


def _tag(values: Any) -> str | None:
    # Not the soort itself: in the place of an error `sql` would be taken for the field of that name.
    soort = values.get("soort") if isinstance(values, dict) else getattr(values, "soort", None)
    return {"sql": "recept in SQL", "python": "recept in Python"}.get(str(soort))


Recipe = Annotated[
    Annotated[SqlRecipe, Tag("recept in SQL")] | Annotated[PythonRecipe, Tag("recept in Python")],
    Discriminator(
        _tag,
        custom_error_type="literal_error",
        custom_error_context={"expected": "soort 'sql' or 'python'"},
    ),
]


class Method(Strict):
    """Recipes by themselves, as a file or a record holds them."""

    recepten: list[Recipe]


def text_of(recipe: SqlRecipe | PythonRecipe) -> str:
    """Return the text that people read."""
    return recipe.sql if isinstance(recipe, SqlRecipe) else recipe.module


def reads(recipe: SqlRecipe | PythonRecipe, earlier: Iterable[str]) -> list[str]:
    """Return the names of earlier recipes that a recipe may read: those that occur in its text, rather one too many."""
    if isinstance(recipe, PythonRecipe):
        return [name for name in earlier if f"{SCHEMA}.{name}" in recipe.tabellen]
    words = set(re.findall(r"[a-z0-9_]+", recipe.sql.lower()))
    return [name for name in earlier if name in words]


def digests_of(recipes: Sequence[SqlRecipe | PythonRecipe]) -> dict[str, str]:
    """Return per recipe, by name, the SHA-256 (hexadecimal) of all it is made by: itself and the recipes it reads.

    The name is no part of it: what a recipe is called changes nothing about its rows.
    """
    found: dict[str, str] = {}
    for recipe in recipes:
        made_by = {
            "recept": recipe.model_dump(mode="json", exclude={"naam"}),
            "leest": {name: found[name] for name in reads(recipe, found)},
        }
        found[recipe.naam] = digest(made_by).removeprefix("sha256:")
    return found


def method_of(recipes: Sequence[SqlRecipe | PythonRecipe], names: Iterable[str]) -> list[SqlRecipe | PythonRecipe]:
    """Return the recipes of these names and all that they read, directly or not, in order."""
    wanted = set(names)
    earlier: Mapping[str, list[str]] = {
        recipe.naam: reads(recipe, [before.naam for before in recipes[:number]])
        for number, recipe in enumerate(recipes)
    }
    for recipe in reversed(recipes):
        if recipe.naam in wanted:
            wanted |= set(earlier[recipe.naam])
    return [recipe for recipe in recipes if recipe.naam in wanted]
