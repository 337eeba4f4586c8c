"""Whole or not at all: real processes are killed in the middle, and the next run starts clean."""

import os
import signal
import stat
import subprocess
import sys
from contextlib import suppress

import pytest

from zoo_formaat.atomic import new_directory, remove_directory, remove_leftovers, replace_directory, write_file
from zoo_formaat.errors import UserError


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def start(code, *arguments):
    """Run `code` in a process of its own; returns when it has printed a line."""
    process = subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"bezig\n"
    return process


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


FILLING = """
import sys, time
from pathlib import Path
from zoo_formaat.atomic import new_directory
with new_directory(Path(sys.argv[1])) as folder:
    (folder / "sub").mkdir()
    (folder / "sub" / "half.txt").write_text("half")
    print("bezig", flush=True)
    time.sleep(60)
"""

# a limit on file size makes the system itself stop the process in the middle of writing
WRITING = """
import resource, sys
from pathlib import Path
from zoo_formaat.atomic import write_file
print("bezig", flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
write_file(Path(sys.argv[1]), b"nieuw" * 100_000)
"""

REWRITING = """
import sys
from pathlib import Path
from zoo_formaat.atomic import write_file
print("bezig", flush=True)
for i in range(1_000_000):
    write_file(Path(sys.argv[1]), bytes([65 + i % 26]) * 300_000)
"""


def test_folder_appears_with_its_content_only_at_the_end(tmp_path):
    target = tmp_path / "pakket"
    with new_directory(target) as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "a.txt").write_text("a")
        assert not target.exists()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700  # nobody reads along
    assert (target / "sub" / "a.txt").read_text() == "a"
    assert stat.S_IMODE(target.stat().st_mode) == 0o755
    assert names(tmp_path) == ["pakket"]


def test_failure_leaves_nothing(tmp_path):
    with pytest.raises(UserError, match="halverwege"), new_directory(tmp_path / "pakket") as folder:
        (folder / "a.txt").write_text("a")
        raise UserError("halverwege")
    assert names(tmp_path) == []


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_nothing_is_overwritten(tmp_path, kind):
    target = tmp_path / "pakket"
    if kind == "folder":
        target.mkdir()
    elif kind == "file":
        target.write_text("oud")
    else:
        target.symlink_to(tmp_path / "elders")
    with pytest.raises(UserError, match="bestaat al"), new_directory(target):
        pass
    assert names(tmp_path) == ["pakket"]


def test_of_two_runs_for_one_name_the_first_to_end_stays_whole(tmp_path):
    target = tmp_path / "pakket"
    with pytest.raises(UserError, match="andere run"), new_directory(target) as slow:
        (slow / "langzaam").touch()
        with new_directory(target) as quick:
            (quick / "snel").touch()
    assert names(target) == ["snel"]
    assert names(tmp_path) == ["pakket"]


def test_missing_folder_above_is_a_user_error(tmp_path):
    (tmp_path / "bestand").touch()
    for parent in (tmp_path / "weg", tmp_path / "bestand"):
        with pytest.raises(UserError, match="bestaat niet; maak haar eerst"), new_directory(parent / "x"):
            pass
        with pytest.raises(UserError, match="bestaat niet; maak haar eerst"):
            write_file(parent / "x", b"")


@pytest.mark.parametrize("name", ["pakket", "pakket[1]", "pakket-2016-a"])
def test_killed_run_leaves_nothing_under_the_name_and_the_next_run_clears_it_away(tmp_path, name):
    target = tmp_path / name
    process = start(FILLING, target)
    kill(process)
    assert not target.exists()
    assert len(names(tmp_path)) == 1  # the hidden half
    with new_directory(target) as folder:
        (folder / "heel.txt").write_text("heel")
    assert names(tmp_path) == [name]
    assert names(target) == ["heel.txt"]


def test_a_living_run_is_not_cleared_away_by_another_one(tmp_path):
    target = tmp_path / "pakket"
    process = start(FILLING, target)
    try:
        with suppress(ZeroDivisionError), new_directory(target):
            raise ZeroDivisionError
        (half,) = tmp_path.iterdir()
        assert (half / "sub" / "half.txt").read_text() == "half"
    finally:
        kill(process)


def test_left_over_of_another_name_is_left_alone(tmp_path):
    process = start(FILLING, tmp_path / "ander")
    kill(process)
    with new_directory(tmp_path / "pakket"):
        pass
    assert len(names(tmp_path)) == 2


def test_file_has_its_bytes_and_its_mode_whatever_the_umask(tmp_path):
    for umask in (0o000, 0o077):
        earlier = os.umask(umask)
        try:
            write_file(tmp_path / "geheim", b"1", mode=0o600)
            write_file(tmp_path / "open", b"2")
        finally:
            os.umask(earlier)
        assert stat.S_IMODE((tmp_path / "geheim").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o644
    assert (tmp_path / "open").read_bytes() == b"2"
    assert names(tmp_path) == ["geheim", "open"]


def test_link_is_replaced_and_what_it_points_to_stays(tmp_path):
    (tmp_path / "doel").write_bytes(b"blijft")
    (tmp_path / "naam").symlink_to(tmp_path / "doel")
    write_file(tmp_path / "naam", b"nieuw")
    assert (tmp_path / "doel").read_bytes() == b"blijft"
    assert (tmp_path / "naam").read_bytes() == b"nieuw"


def test_folder_in_the_files_place_is_a_user_error(tmp_path):
    (tmp_path / "naam").mkdir()
    with pytest.raises(UserError, match="is een map"):
        write_file(tmp_path / "naam", b"x")
    assert names(tmp_path) == ["naam"]


def test_process_stopped_in_the_middle_of_writing_leaves_the_old_file_and_the_next_run_clears_up(tmp_path):
    target = tmp_path / "bestand"
    target.write_bytes(b"oud")
    process = start(WRITING, target)
    assert process.wait() == -signal.SIGXFSZ
    process.stdout.close()
    assert target.read_bytes() == b"oud"
    (half,) = (path for path in tmp_path.iterdir() if path != target)
    assert 0 < half.stat().st_size <= 1000
    write_file(target, b"nieuw")
    assert target.read_bytes() == b"nieuw"
    assert names(tmp_path) == ["bestand"]


def test_file_killed_at_any_moment_is_one_whole_version(tmp_path):
    target = tmp_path / "bestand"
    target.write_bytes(b"A" * 300_000)
    for _ in range(3):
        process = start(REWRITING, target)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.03)
        kill(process)
        content = target.read_bytes()
        assert len(content) == 300_000
        assert len(set(content)) == 1
    write_file(target, b"klaar")
    assert names(tmp_path) == ["bestand"]


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path):
    old = tmp_path / "pakket"
    old.mkdir()
    (old / "oud").write_text("oud")
    with pytest.raises(RuntimeError), replace_directory(old) as folder:
        (folder / "nieuw").write_text("half")
        raise RuntimeError
    assert names(old) == ["oud"] and names(tmp_path) == ["pakket"]
    with replace_directory(old, mode=0o750) as folder:
        (folder / "nieuw").write_text("nieuw")
        assert names(old) == ["oud"]
    assert names(old) == ["nieuw"] and names(tmp_path) == ["pakket"]
    assert stat.S_IMODE(old.stat().st_mode) == 0o750
    with pytest.raises(UserError, match="niets te vervangen"), replace_directory(tmp_path / "weg"):
        pass


REPLACE = """
import sys
from pathlib import Path
from zoo_formaat.atomic import replace_directory
print("bezig", flush=True)
path = Path(sys.argv[1])
for number in range(100_000):
    with replace_directory(path) as folder:
        for part in "abc":
            (folder / part).write_text(str(number))
"""


def test_somebody_who_looks_always_finds_one_whole_folder(tmp_path):
    """A reader that opens the folder once sees files of one version; after a kill the next run clears up."""
    path = tmp_path / "pakket"
    path.mkdir()
    for part in "abc":
        (path / part).write_text("begin")
    process = start(REPLACE, path)
    seen = set()
    try:
        for _ in range(300):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                with suppress(FileNotFoundError):  # the folder that we hold was replaced and removed
                    found = set()
                    for part in "abc":
                        with os.fdopen(os.open(part, os.O_RDONLY, dir_fd=descriptor)) as stream:
                            found.add(stream.read())
                    assert len(found) == 1
                    seen |= found
            finally:
                os.close(descriptor)
            assert path.is_dir()
    finally:
        kill(process)
    assert len(seen) > 1
    assert len({(path / part).read_text() for part in "abc"}) == 1
    remove_leftovers(tmp_path)
    assert names(tmp_path) == ["pakket"]


def test_a_folder_is_removed_and_so_are_left_overs_of_killed_runs_only(tmp_path):
    for name in ("pakket", ".onaf-pakket-0123456789abcdef", ".onaf-ander-0123456789abcdef", ".onaf-eigen"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bestand").write_text("x")
    remove_directory(tmp_path / "pakket")
    assert names(tmp_path) == [".onaf-ander-0123456789abcdef", ".onaf-eigen"]
    with new_directory(tmp_path / "bezig") as folder:
        remove_leftovers(tmp_path)
        assert folder.is_dir()
    assert names(tmp_path) == [".onaf-eigen", "bezig"]
