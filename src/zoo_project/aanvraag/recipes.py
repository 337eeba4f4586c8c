"""Recipes of a request: how the tables that one made on the way are made again."""

import inspect
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import pandas as pd

from outputcontrole.spec import PythonRecipe, SqlRecipe, parse_request
from outputcontrole.spec.recipe import SCHEMA, digests_of
from zoo_formaat.document import read_bytes
from zoo_formaat.errors import UserError
from zoo_project.aanvraag.sources import model_of
from zoo_project.project import Project
from zoo_project.recipes import explore


class RecipeQuestions:
    """Methods for derived tables. A question names one as source by `recept.<naam>`."""

    _project: Project
    _recipes: list[SqlRecipe | PythonRecipe]

    def recept(
        self,
        naam: str,
        sql: str | None = None,
        *,
        functie: Callable[..., Any] | str | None = None,
        module: Path | str | None = None,
        tabellen: Sequence[str] = (),
    ) -> Self:
        """Add a derived table, by SQL or by a function; one with the same name takes the place of the earlier.

        sql: one SELECT over `bron.tabel` and earlier recipes (`recept.naam`). Or functie: a pure function that takes
        `tabellen` as pandas frames, in that order, and returns one: the function itself, of which the whole module
        goes with the request, or its name in the file `module`. Raises UserError that says what is missing.
        """
        where = f"recept '{naam}'"
        if (sql is None) == (functie is None):
            raise UserError(f"{where}: geef 'sql' of 'functie', een van beide")
        values: dict[str, Any] = {"naam": naam}
        if sql is not None:
            made: SqlRecipe | PythonRecipe = model_of(SqlRecipe, {**values, "sql": _neat(sql)}, where)
        else:
            file, name = _module_of(functie, module, where)
            text = read_bytes(file, "module").decode("utf-8", "replace")
            values |= {"module": _neat(text), "functie": name, "tabellen": list(tabellen)}
            made = model_of(PythonRecipe, values, where)
        names = [recipe.naam for recipe in self._recipes]
        if naam in names:
            self._recipes[names.index(naam)] = made
        else:
            self._recipes.append(made)
        return self

    def neem_over(self, path: Path | str) -> Self:
        """Add the recipes of a request that somebody wrote before, in order; those of the same name are replaced."""
        for recipe in parse_request(read_bytes(Path(path), "aanvraag"), str(path)).recepten:
            self._recipes = [own for own in self._recipes if own.naam != recipe.naam]
            self._recipes.append(recipe)
        return self

    def bekijk(self, naam: str) -> pd.DataFrame:
        """Return the rows of a recipe as the project's own engine makes them; for inside only."""
        return explore(self._project, self._recipes, naam)

    def _with_digests(self, output: dict[str, Any]) -> dict[str, Any]:
        """Return an output of which the source, when it is a recipe, is named with what it is made by now."""
        source = output.get("bron")
        if not isinstance(source, dict) or not str(source.get("tabel", "")).startswith(f"{SCHEMA}."):
            return output
        naam = source["tabel"].partition(".")[2]
        known = digests_of(self._recipes)
        if naam not in known:
            there = ", ".join(known) or "nog geen"
            raise UserError(f"uitvoer '{output['naam']}': recept '{naam}' zit niet in de aanvraag; er zijn: {there}")
        return {**output, "bron": {"recept": naam, "sha256": known[naam]}}


def _neat(text: str) -> str:
    """Return a text as officers read it: no tabs, no spaces at the end of a line, no indentation of the whole."""
    lines = textwrap.dedent(text.expandtabs(4)).strip("\n").splitlines()
    return "\n".join(line.rstrip() for line in lines).rstrip()


def _module_of(function: Any, module: Path | str | None, where: str) -> tuple[Path, str]:
    if isinstance(function, str):
        if module is None:
            raise UserError(
                f"{where}: noem met 'module' het bestand waarin '{function}' staat, of geef de functie zelf"
            )
        return Path(module), function
    try:
        file = inspect.getsourcefile(function)
    except TypeError:
        file = None
    name = getattr(function, "__name__", "")
    if file is None or not Path(file).is_file() or getattr(function, "__module__", "") == "__main__":
        raise UserError(
            f"{where}: de functie staat niet in een module; bewaar haar in een .py-bestand en importeer haar daaruit"
        )
    return Path(file), name
