"""The request under construction."""

from pathlib import Path
from typing import Any, Self

from outputcontrole.spec import Output, PythonRecipe, Request, SqlRecipe
from zoo_formaat.atomic import write_file
from zoo_formaat.errors import UserError
from zoo_formaat.project import Member
from zoo_project import checker
from zoo_project.aanvraag.areas import AreaQuestions
from zoo_project.aanvraag.durations import DurationQuestions
from zoo_project.aanvraag.figures import FigureQuestions
from zoo_project.aanvraag.models import ModelQuestions
from zoo_project.aanvraag.recipes import RecipeQuestions
from zoo_project.aanvraag.sources import model_of
from zoo_project.aanvraag.tables import TableQuestions
from zoo_project.aanvraag.verdict import Toets
from zoo_project.project import Project
from zoo_project.statement import closest


class Aanvraag(TableQuestions, AreaQuestions, ModelQuestions, FigureQuestions, DurationQuestions, RecipeQuestions):
    """A request under construction; every method that adds an output checks it at once and returns the request."""

    def __init__(
        self, project: Project, *, vraag: str, populatie: str, gebruik: str, ontvangers: str, auteur: str | None = None
    ) -> None:
        """Begin a request.

        vraag: research question. populatie: whom the numbers are about. gebruik: what is done with them. ontvangers:
        who gets them. auteur: id of the analyst; may be left out when the project has one analyst.
        """
        self._project = project
        self._head: dict[str, Any] = {
            "versie": 1,
            "project": project.file.id,
            "auteur": auteur or _only_analyst(project),
            "vraag": vraag,
            "populatie": populatie,
            "gebruik": gebruik,
            "ontvangers": ontvangers,
        }
        self._outputs: list[Output] = []
        self._recipes: list[SqlRecipe | PythonRecipe] = []

    def zonder(self, naam: str) -> Self:
        """Take an output, for instance a refused one, out of the request. Raises UserError for an unknown name."""
        names = [output.naam for output in self._outputs]
        if naam not in names:
            raise UserError(f"uitvoer '{naam}' staat niet in de aanvraag; {closest(naam, names)}")
        self._outputs = [output for output in self._outputs if output.naam != naam]
        return self

    def request(self) -> Request:
        """Return the request as it stands. Raises UserError when a text is too short or there is no output yet."""
        outputs = [self._with_digests(output.model_dump(mode="json", by_alias=True)) for output in self._outputs]
        recipes = [recipe.model_dump(mode="json") for recipe in self._recipes]
        return model_of(Request, {**self._head, "recepten": recipes, "uitvoer": outputs}, "aanvraag")

    def bewaar(self, path: Path | str) -> Path:
        """Write the request as JSON and return its path; a name without folder is kept in the project's `klad/`."""
        file = Path(path)
        if file.parent == Path():
            file = self._project.scratch / file
        write_file(file, self.request().content() + b"\n")
        return file

    def toets(self) -> "Toets":
        """Have the checker judge the request as it stands: a preview, nothing is handed in."""
        request = self.request()
        file = self.bewaar(f".{request.id}.json")
        try:
            return Toets.of(checker.check(file), request.uitvoer)
        finally:
            file.unlink(missing_ok=True)


def _only_analyst(project: Project) -> str:
    analysts: list[Member] = [member for member in project.file.leden if member.rol == "analist"]
    if len(analysts) != 1:
        names = ", ".join(member.id for member in analysts)
        raise UserError(
            f"noem de auteur: Aanvraag(…, auteur='…'); analisten zijn: {names}"
            if analysts
            else f"project '{project.file.id}' heeft geen analist; voeg er een toe aan het projectbestand"
        )
    return analysts[0].id
