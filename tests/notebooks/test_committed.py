"""The committed notebooks hold questions and prose, no results."""

import ast
import json
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def test_the_four_notebooks_are_there_in_reading_order() -> None:
    assert [path.name for path in NOTEBOOKS] == [
        "01_bronnen_en_koppeling.ipynb",
        "02_indicatoren_en_referentiebeeld.ipynb",
        "03_risicoprofielen.ipynb",
        "04_beslisboom.ipynb",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None and not cell.metadata for cell in code)
    ids = [cell.id for cell in notebook.cells]
    assert ids == [f"{path.name[:2]}-{number:02d}" for number in range(1, len(ids) + 1)]
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_what_it_asks_of_which_data_and_what_it_does_not_say(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    prose = "".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    for part in ("**Vraag.**", "**Welke gegevens, en waarom niet meer.**", "**Werkwijze.**", "wat hier niet staat"):
        assert part in prose


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_what_every_analyst_has(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    imported: set[str] = set()
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).split(".")[0])
            assert not (isinstance(node, ast.Attribute) and node.attr in {"engine", "connection"})
    assert imported <= {"pandas", "IPython", "sklearn", "zoo_analyse", "zoo_project"}
