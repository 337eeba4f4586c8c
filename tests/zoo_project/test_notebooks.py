"""Notebooks run from start to end in a clean kernel; results stay inside; a failure names its cell."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

Zoo = Callable[..., tuple[int, str, str]]


def write(path: Path, *cells: str) -> None:
    path.parent.mkdir(exist_ok=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    path.write_text(nbformat.writes(notebook), encoding="utf-8")


def test_notebooks_run_in_order_and_stop_at_the_first_failure(
    built: Any, tmp_path: Path, zoo: Zoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebooks, out = tmp_path / "notebooks", built.path / "klad" / "uitgevoerd"
    monkeypatch.delenv("ZOO_WERK", raising=False)
    write(notebooks / "01_goed.ipynb", "from zoo_project import open_project", "open_project().file.id")
    write(notebooks / "02_fout.ipynb", "x = 1", "y = 2", "raise ValueError('te\\nlang')")
    write(notebooks / "03_later.ipynb", "x + 1")
    code, printed, error = zoo("notebooks", "voer-uit", notebooks, "--uit", out, "--project", built.path)
    assert code == 2
    assert printed.splitlines()[0].startswith("01_goed.ipynb: uitgevoerd")
    assert error == "fout: 02_fout.ipynb, cel 3: ValueError: te lang\n"
    ran = nbformat.read(out / "01_goed.ipynb", as_version=4)
    assert ran.cells[1].outputs[0].data["text/plain"] == "'proef'"
    assert not (out / "03_later.ipynb").exists()
    assert nbformat.read(notebooks / "01_goed.ipynb", as_version=4).cells[1].outputs == []


def test_executed_notebooks_do_not_leave_the_workplace(built: Any, tmp_path: Path, zoo: Zoo) -> None:
    write(tmp_path / "notebooks" / "01.ipynb", "1")
    for out in (tmp_path / "buiten", built.path / ".." / "buiten"):
        code, _, error = zoo("notebooks", "voer-uit", tmp_path / "notebooks", "--uit", out, "--project", built.path)
        assert code == 2
        assert "buiten de werkmap" in error
        assert not out.exists()


def test_a_folder_without_notebooks_is_named(built: Any, tmp_path: Path, zoo: Zoo) -> None:
    code, _, error = zoo("notebooks", "voer-uit", tmp_path, "--uit", built.path / "klad", "--project", built.path)
    assert code == 2
    assert "geen notebooks" in error
