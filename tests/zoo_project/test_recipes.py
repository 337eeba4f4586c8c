"""Recipes as an analyst writes them: explored in the workspace, sent with the request, taken over by a colleague."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from outputcontrole.spec import PythonRecipe, RecipeSource, SqlRecipe
from outputcontrole.spec.recipe import digests_of
from zoo_formaat.errors import UserError
from zoo_project import Project
from zoo_project.aanvraag import Aanvraag
from zoo_project.cli import app

HOMES = (
    "SELECT bewoner AS persoon, count(*) AS woningen\nFROM bag.woningen\nWHERE bewoner IS NOT NULL\nGROUP BY bewoner"
)
MODULE = '''"""Wie in welk decennium geboren is."""


def maak(personen, woningen):
    personen["decennium"] = personen.geboortejaar // 10 * 10@
    personen["bewoner"] = personen.persoon.isin(set(woningen.bewoner))
    return personen[["persoon", "decennium", "bewoner"]]
'''


@pytest.fixture
def request_(project: Project) -> Aanvraag:
    return Aanvraag(
        project,
        vraag="Hoeveel woningen heeft iemand?",
        populatie="Alle bewoners van de stad",
        gebruik="Voor het team ondermijning",
        ontvangers="De stuurgroep van de stad",
    )


def ask(vraag: Aanvraag, naam: str = "bezit") -> Aanvraag:
    return vraag.tabel(naam, "Een tabel", bron=f"recept.{naam}", dimensies=["woningen"], tel="persoon")


def test_a_question_names_a_recipe_with_what_it_is_made_by(request_: Aanvraag) -> None:
    request = ask(request_.recept("bezit", HOMES)).request()
    assert request.recepten == [SqlRecipe(naam="bezit", sql=HOMES)]
    assert request.uitvoer[0].bron == RecipeSource(recept="bezit", sha256=digests_of(request.recepten)["bezit"])  # type: ignore[union-attr]


def test_a_changed_recipe_takes_its_questions_along(request_: Aanvraag) -> None:
    first = ask(request_.recept("bezit", HOMES)).request()
    second = request_.recept("bezit", HOMES + " HAVING count(*) > 1").request()
    assert len(second.recepten) == 1
    assert second.uitvoer[0].bron != first.uitvoer[0].bron  # type: ignore[union-attr]


def test_a_question_without_its_recipe_is_refused(request_: Aanvraag) -> None:
    with pytest.raises(UserError, match="recept 'bezit' zit niet in de aanvraag"):
        ask(request_).request()


def test_a_recipe_is_looked_at_with_the_projects_own_engine(request_: Aanvraag) -> None:
    request_.recept("bezit", HOMES).recept(
        "grote", "SELECT b.persoon FROM recept.bezit AS b WHERE b.woningen >= 2 AND recept_telt(1) = 1"
    )
    assert sorted(request_.bekijk("bezit")["woningen"]) == [1, 2]
    with pytest.raises(UserError, match="recept_telt"):
        request_.bekijk("grote")
    rows = request_.recept("grote", "SELECT bezit.persoon FROM recept.bezit WHERE woningen >= 2").bekijk("grote")
    assert len(rows) == 1 and str(rows["persoon"][0]).startswith("p")
    with pytest.raises(UserError, match=r"'bezitt' is er niet; bedoelde u 'bezit'"):
        request_.bekijk("bezitt")


def test_a_function_of_a_module_goes_along_with_its_whole_module(
    request_: Aanvraag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "decennia.py").write_text(MODULE.replace("@", "   "))
    monkeypatch.syspath_prepend(str(tmp_path))
    import decennia  # type: ignore[import-not-found]

    request_.recept("decennia", functie=decennia.maak, tabellen=["brp.personen", "bag.woningen"])
    (recipe,) = ask(request_.recept("bezit", HOMES)).request().recepten[:1]
    assert isinstance(recipe, PythonRecipe) and recipe.functie == "maak"
    assert recipe.module == MODULE.replace("@", "").rstrip()
    rows = request_.bekijk("decennia")
    assert rows["bewoner"].sum() == 2
    assert sorted(rows["decennium"].dropna()) == [1950, 1960, 1960, 1980, 2000]
    sys.modules.pop("decennia")


def test_a_function_from_nowhere_has_no_recipe(request_: Aanvraag) -> None:
    space: dict[str, object] = {}
    exec("def maak(t):\n    return t", space)  # noqa: S102 - a function as a notebook has it
    with pytest.raises(UserError, match="staat niet in een module"):
        request_.recept("x", functie=space["maak"], tabellen=["brp.personen"])  # type: ignore[arg-type]
    with pytest.raises(UserError, match="geef 'sql' of 'functie'"):
        request_.recept("x")
    with pytest.raises(UserError, match="noem met 'module' het bestand"):
        request_.recept("x", functie="maak", tabellen=["brp.personen"])


def test_a_colleague_takes_the_method_over(request_: Aanvraag, project: Project, tmp_path: Path) -> None:
    request_.recept("bezit", HOMES).recept("grote", "SELECT persoon, woningen FROM recept.bezit WHERE woningen > 1")
    file = ask(request_).bewaar(tmp_path / "aanvraag.json")
    shown = CliRunner().invoke(app, ["aanvraag", "methode", str(file)]).stdout
    assert shown.index("recept 1 van 2: bezit (sql)") < shown.index(HOMES) < shown.index("recept 2 van 2: grote")
    listed = json.loads(CliRunner().invoke(app, ["aanvraag", "methode", str(file), "--json"]).stdout)
    assert [recipe["sha256"] for recipe in listed] == list(digests_of(request_.request().recepten).values())
    kept = CliRunner().invoke(app, ["aanvraag", "methode", str(file), "--bewaar", str(tmp_path / "methode")])
    assert kept.exit_code == 0
    assert [path.name for path in sorted((tmp_path / "methode").iterdir())] == ["01-bezit.sql", "02-grote.sql"]
    assert (tmp_path / "methode" / "01-bezit.sql").read_text() == HOMES + "\n"
    other = Aanvraag(
        project,
        vraag="Dezelfde vraag, een jaar later",
        populatie="Alle bewoners van de stad",
        gebruik="Voor het team ondermijning",
        ontvangers="De stuurgroep van de stad",
    ).neem_over(file)
    assert ask(other).request().recepten == request_.request().recepten
