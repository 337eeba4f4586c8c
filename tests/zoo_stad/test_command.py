"""The command: same seed same bytes, wrong use ends in one line and exit code 2 with nothing half-written."""

import subprocess
import sys
from pathlib import Path

import pytest

from zoo_formaat.errors import UserError
from zoo_stad.writing import write_city


def maak(*arguments):
    command = [sys.executable, "-c", "from zoo_stad.cli import main; main()", "maak", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def contents(folder: Path):
    return {file.relative_to(folder): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_same_seed_same_bytes_and_another_seed_another_city(tmp_path):
    for name in "ab":
        result = maak("--uit", tmp_path / name, "--personen", 1200, "--gemeenten", 1, "--seed", 5)
        assert result.returncode == 0, result.stderr
    write_city(tmp_path / "c", 1200, 1, 6, dirty=True)
    a, b, c = (contents(tmp_path / name) for name in "abc")
    assert a == b
    assert len(a) == 13 + 9 + 9
    assert a.keys() == c.keys()
    assert not [path for path in a if path.parts[0] == "ruw" and a[path] == c[path]]


def test_dirt_comes_on_top_of_the_same_city(clean, dirty):
    borders = Path("ruw", "gebieden.geojson")
    assert (clean.folder / borders).read_bytes() == (dirty.folder / borders).read_bytes()
    assert sorted(clean.raw("bag_woningen")["verblijfsobject_id"]) == sorted(
        set(dirty.raw("bag_woningen")["verblijfsobject_id"])
    )


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    folder = tmp_path / "stad"
    folder.mkdir()
    (folder / "belangrijk.txt").write_text("blijft")
    result = maak("--uit", folder, "--personen", 1000, "--gemeenten", 1)
    assert result.returncode == 2
    assert result.stderr.startswith("fout: ")
    assert len(result.stderr.strip().splitlines()) == 1
    assert contents(tmp_path) == {Path("stad/belangrijk.txt"): b"blijft"}


def test_an_empty_folder_is_used(tmp_path):
    (tmp_path / "stad").mkdir()
    assert maak("--uit", tmp_path / "stad", "--personen", 1000, "--gemeenten", 1, "--schoon").returncode == 0
    assert (tmp_path / "stad" / "truth" / "waarheid.md").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["stad"]


@pytest.mark.parametrize("wrong", [("--gemeenten", "0"), ("--personen", "veel")])
def test_wrong_arguments_end_with_code_2_and_write_nothing(tmp_path, wrong):
    result = maak("--uit", tmp_path / "stad", *wrong)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("persons", "gemeenten", "seed"), [(100, 1, 1), (3000, 4, 1), (10**7, 4, 1), (2000, 1, -1)])
def test_numbers_that_make_no_city_are_refused(tmp_path, persons, gemeenten, seed):
    with pytest.raises(UserError, match=r"^--"):
        write_city(tmp_path / "stad", persons, gemeenten, seed, dirty=True)
    assert not list(tmp_path.iterdir())
