"""Notebooks, files and prose at the door: what holds data stays, what people can read whole may be read."""

import json
import pickle
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import v4

from outputcontrole.notebook import FileCheck, check_file
from outputcontrole.previews import previews_of
from outputcontrole.spec import Verdict
from tests.outputcontrole.test_answers import answer
from tests.outputcontrole.world import World, counts
from zoo_formaat.errors import UserError

SECRET = 777_123
CELLS = {
    "rijen van een tabel": f"import pandas as pd\npd.DataFrame({{'inkomen': [{SECRET}, 2, 3]}})",
    "rijen in tekst": f"print(pd.DataFrame({{'inkomen': [{SECRET}, 2, 3]}}))",
    "getal zonder bescherming": f"{SECRET}",
    "getoonde tekst": "'Dorpsstraat'",
    "beeld zonder specificatie": "from IPython.display import Image\nImage(open('figuur.png', 'rb').read())",
    "opgemaakte weergave": "from IPython.display import HTML\nHTML('<p style=\"display:none\">verborgen</p>')",
    "gegevens in eigen vorm": "from IPython.display import JSON\nJSON({'inkomen': [1, 2]})",
    "foutmelding": f"raise ValueError('inkomen {SECRET}')",
}


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook that a real kernel ran, with every kind of output."""
    folder = tmp_path_factory.mktemp("notebook")
    plt.figure(figsize=(1, 1)).savefig(folder / "figuur.png")
    document = v4.new_notebook(
        cells=[v4.new_markdown_cell("# Vraag"), *(v4.new_code_cell(source) for source in CELLS.values())]
    )
    client = NotebookClient(document, kernel_name="python3", timeout=60, resources={"metadata": {"path": str(folder)}})
    with pytest.raises(CellExecutionError):
        client.execute()
    path = folder / "werk.ipynb"
    nbformat.write(document, path)
    return path


def test_every_output_of_a_real_kernel_is_named_and_stays(executed: Path) -> None:
    check = check_file(executed)
    outputs = [part for part in check.parts if ", uitvoer " in part.where]
    assert [part.kind for part in outputs] == list(CELLS)
    assert [part.where for part in outputs] == [f"cel {number}, uitvoer 1" for number in range(2, 2 + len(CELLS))]
    for part in outputs:
        assert part.verdict is Verdict.REFUSED
        assert "kan niet naar buiten; vraag het aan" in part.reason
        assert part.remedy
    assert check.verdict is Verdict.REFUSED
    assert str(SECRET) not in json.dumps(check.record("x"))
    assert "Dorpsstraat" not in json.dumps(check.record("x"))


def written(path: Path, cells: list[dict[str, Any]], **more: Any) -> FileCheck:
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **more}
    path.write_text(json.dumps(document), encoding="utf-8")
    return check_file(path)


def code(*outputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": "x = y", "outputs": list(outputs), **more}


def display(**data: Any) -> dict[str, Any]:
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {name.replace("__", "/"): v for name, v in data.items()},
    }


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        (code(attachments={"plaatje.png": {"image/png": "AAAA"}}), "bijlage"),
        (code(metadata={"mijn_gegevens": [1, 2, 3]}), "metagegevens"),
        (code(verborgen=[1, 2]), "onbekend veld"),
        (code({"output_type": "display_data", "metadata": {"rijen": [1, 2]}, "data": {}}), "uitvoer met metagegevens"),
        (code(display(**{"application/vnd.jupyter.widget-view+json": {"model_id": "a"}})), "widget"),
        (
            code(display(**{"application/vnd.plotly.v1+json": {"data": [1]}, "text__html": "<b></b>"})),
            "interactieve figuur",
        ),
        (code(display(**{"application/x-eigen": "gegevens", "text__plain": "<obj>"})), "gegevens in eigen vorm"),
        (code(display()), "gegevens in eigen vorm"),
        (code({"output_type": "stream", "name": "stdout", "text": ["a 1\n", "b 2\n"]}), "rijen in tekst"),
        (code({"output_type": "raadsel"}), "onbekende uitvoer"),
        (code("tekst"), "onbekende uitvoer"),  # type: ignore[arg-type]
    ],
)
def test_what_is_not_seen_or_not_known_stays_too(tmp_path: Path, cell: dict[str, Any], kind: str) -> None:
    check = written(tmp_path / "n.ipynb", [cell])
    assert kind in [part.kind for part in check.parts]
    assert check.verdict is Verdict.REFUSED


def test_the_state_of_widgets_and_foreign_fields_stay(tmp_path: Path) -> None:
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"a": {"value": SECRET}}}}
    check = written(tmp_path / "n.ipynb", [code()], metadata={"widgets": widgets, "kernelspec": {"name": "python3"}})
    assert [part.kind for part in check.parts] == ["toestand van widgets", "tekst"]
    assert written(tmp_path / "n.ipynb", [code()], gegevens=[1]).verdict is Verdict.REFUSED


def test_prose_and_code_without_outputs_are_read_by_people(tmp_path: Path) -> None:
    check = written(
        tmp_path / "n.ipynb", [code(), {"cell_type": "markdown", "metadata": {}, "source": ["# Kop\n", "tekst"]}]
    )
    assert [(part.kind, part.verdict) for part in check.parts] == [("tekst", Verdict.MANUAL)]
    for notebook in Path("notebooks").glob("*.ipynb"):
        assert check_file(notebook).verdict is Verdict.MANUAL


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"cells": 3, "nbformat": 4}',
        b'{"cells": [3], "nbformat": 4}',
        b"\xff\xfe",
        b'{"cells": [], "nbformat": 3, "worksheets": []}',
        b"[" * 100_000,
        b'{"cells": [], "cells": [], "nbformat": 4}',
        b'{"cells": [{"outputs": 5}], "nbformat": 4}',
    ],
)
def test_what_is_no_notebook_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "n.ipynb"
    path.write_bytes(content)
    with pytest.raises(UserError, match="notebook"):
        check_file(path)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["<td>", "<![x[", "stream", "error"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["outputs", "source", "metadata", "data", "output_type", "text/html", "text/plain", "text", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(VALUES, max_size=3), more=VALUES)
def test_any_structure_ends_in_a_check_or_a_line(tmp_path: Path, cells: list[Any], more: object) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "cells": cells, "metadata": more}), encoding="utf-8")
    try:
        check = check_file(path)
    except UserError as error:
        assert str(path) in str(error)
        return
    # nothing that holds an output is ever free
    assert check.verdict in {Verdict.REFUSED, Verdict.MANUAL}
    if any(isinstance(cell, dict) and cell.get("outputs") for cell in cells):
        assert check.verdict is Verdict.REFUSED


def test_an_empty_notebook_decides_nothing(tmp_path: Path) -> None:
    assert written(tmp_path / "n.ipynb", []).verdict is Verdict.REFUSED


def test_a_file_of_data_has_no_way_out_whatever_it_is_called(tmp_path: Path) -> None:
    frame = pd.DataFrame({"inkomen": [SECRET, 2]})
    frame.to_csv(tmp_path / "a.csv")
    frame.to_parquet(tmp_path / "b.parquet")
    frame.to_excel(tmp_path / "c.xlsx")
    frame.to_pickle(tmp_path / "d.pkl")
    plt.figure(figsize=(1, 1)).savefig(tmp_path / "e.png")
    (tmp_path / "f.bin").write_bytes(pickle.dumps(frame))
    (tmp_path / "g.onbekend").write_text("x")
    (tmp_path / "zonder").write_text("x")
    frame.to_parquet(tmp_path / "h.md")
    frame.to_pickle(tmp_path / "i.py")
    (tmp_path / "j.txt").write_bytes(b"\xff\xfe\x00")
    for path in sorted(tmp_path.iterdir()):
        (part,) = check_file(path).parts
        assert part.verdict is Verdict.REFUSED, path
        assert "vraag" in part.remedy
    (tmp_path / "k.md").write_text("# Werkwijze\n\nGeen getallen.\n")
    assert check_file(tmp_path / "k.md").verdict is Verdict.MANUAL
    (tmp_path / "l.md").write_text("tekst met\u200b iets\n")
    assert check_file(tmp_path / "l.md").verdict is Verdict.REFUSED
    with pytest.raises(UserError, match="bestaat niet"):
        check_file(tmp_path / "weg.md")


def test_the_command_says_it_with_the_exit_code_of_the_verdict(world: World, executed: Path, tmp_path: Path) -> None:
    import subprocess

    from tests.outputcontrole.world import COMMAND

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([COMMAND, "notebook", *map(str, arguments)], capture_output=True, text=True, check=False)

    refused = run(executed, "--json")
    assert refused.returncode == 4
    assert json.loads(refused.stdout)["oordeel"] == "geweigerd"
    (tmp_path / "k.md").write_text("# Werkwijze\n")
    read = run(tmp_path / "k.md")
    assert read.returncode == 5
    assert "niet herrekend" in read.stdout
    assert run(tmp_path / "weg.md").returncode == 2


# --- prose as an output ----------------------------------------------------------------------------------------------


def prose(text: str, **changes: Any) -> dict[str, Any]:
    return {"soort": "tekst", "tekst": text, **changes}


def test_prose_leaves_as_it_was_read_and_never_freely(own_world: World) -> None:
    text = "# Werkwijze\n\nDe woningen zijn geteld per buurt; zie de tabel."
    found = answer(own_world, prose(text))
    assert found.verdict is Verdict.MANUAL
    assert found.files == {"tekst.md": (text + "\n").encode()}
    assert found.preview["tekst"] == text
    numbers = answer(own_world, prose("# noot: het waren er 31", vorm="python"))
    assert [finding.rule for finding in numbers.findings] == ["niet herrekend"] * 2
    assert set(numbers.files) == {"tekst.py"}
    number = own_world.submit(prose(text), counts("gemeentecode"))
    shown = own_world.run("toon", number)
    assert text in shown.stdout
    own_world.decide(number, "bo.toets", "cas.toets")
    bundle = own_world.release(number)
    assert (bundle / "data/uitvoer-0/tekst.md").read_text() == text + "\n"
    assert "niet herrekend" in (bundle / "data/LEESMIJ.md").read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zicht\u200bbaar", "onzichtbaar"),
        ("zicht\ufe0fbaar", "onzichtbaar"),
        ("zicht\u3164baar", "onzichtbaar"),
        ("zicht\u2800baar", "onzichtbaar"),
        ("zicht\U000e0041baar", "onzichtbaar"),
        ("a\u00a0b", "bijzondere spatie"),
        ("a\tb", "onzichtbaar"),
        ("a \nb", "regel 1 eindigt op een spatie"),
        ("a\r\nb", "onzichtbaar"),
        ("\u202egetal", "onzichtbaar"),
        ("x" * 500, "langer dan 400"),
        ("", "minstens 1"),
        ("regel\n" * 10_000, "hooguit 50000"),
    ],
)
def test_what_a_reader_would_not_see_is_refused(world: World, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        world.request(prose(text))


# --- the budget of previews ------------------------------------------------------------------------------------------


def test_previews_are_counted_and_end_at_the_budget(tmp_path: Path) -> None:
    from tests.outputcontrole.world import build

    world = build(tmp_path / "w", leaf_min=3, df_min=3, previews_max=2)
    path = world.root / "aanvraag.json"
    path.write_text(json.dumps(world.draft(counts("gemeentecode"))), encoding="utf-8")
    number = world.submit(counts("gemeentecode"))
    assert [world.run("toets", path).returncode for _ in range(2)] == [0, 0]
    over = world.run("toets", path, "--json")
    assert over.returncode == 4
    report = json.loads(over.stdout)
    assert report["oordeel"] == "geweigerd"
    assert "vandaag al 2 keer" in report["reden"]
    assert report["uitvoer"] == []
    plain = world.run("toets", path)
    assert plain.returncode == 4
    assert "vandaag al 2 keer" in plain.stdout
    shown = world.run("toon", number)
    assert "uitvoer uitvoer-0 (frequentietabel): Een tabel" in shown.stdout
    assert "deze aanvraag 2 keer; het project 2 keer, waarvan vandaag 2 (hooguit 2 per dag)" in shown.stdout
    state = json.loads(world.run("toon", number, "--json").stdout)
    assert state["toetsen"] == {"aanvraag": 2, "project": 2, "vandaag": 2, "budget": 2}
    # what the door refuses tells as much as a preview, so it ends there too
    with pytest.raises(UserError, match="vandaag al 2 keer"):
        world.submit(counts("woningtype"))
    registration = world.registration
    assert previews_of(registration, "ander", number, registration.policy).today == 0
    assert world.run("controleer-logboek").returncode == 0
