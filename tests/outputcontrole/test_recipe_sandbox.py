"""The sandbox, attacked from inside by recipes that know what it is. Real bubblewrap: without it these tests fail."""

import io
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from outputcontrole.recipes.sandbox import Failure, Limits, SandboxFailure, Table, run_python, run_sql
from outputcontrole.recipes.scratch import scratch_folder
from outputcontrole.recipes.system_calls import PROCESSORS, filter_program
from tests.outputcontrole.world import uuid
from zoo_formaat.errors import UserError

FULL = bool(os.environ.get("ZOO_FULL"))
SMALL = Limits(seconds=20, memory=256 << 20, address_space=3 << 30, scratch=64 << 20, output=8 << 20)
HURRIED = Limits(seconds=2, memory=256 << 20, address_space=3 << 30, scratch=64 << 20, output=8 << 20)
PERSONS = pa.table(
    {
        "persoon": pa.ExtensionArray.from_storage(
            pa.uuid(), pa.array([uuid("p", i) for i in range(50)], pa.binary(16))
        ),
        "inkomen": pa.array(range(50), pa.int64()),
        "naam": pa.array([f"n{i % 7}" for i in range(50)]),
    }
)
INSIDE = "proef.personen"


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Table]:
    file = tmp_path_factory.mktemp("zandbak") / "personen.parquet"
    pq.write_table(PERSONS, file)
    return {INSIDE: Table(file)}


def sql(query: str, tables: dict[str, Table], *, threads: int = 1, limits: Limits = SMALL) -> pa.Table:
    into = io.BytesIO()
    run_sql(query, tables, into, threads=threads, limits=limits)
    return pq.read_table(pa.BufferReader(into.getvalue()))


def python(body: str, tables: dict[str, Table], *, threads: int = 1, limits: Limits = SMALL) -> bytes:
    """Run a recipe `maak(rijen)` with this body; what is written is not opened here."""
    into = io.BytesIO()
    module = "def maak(rijen):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    run_python(module, "maak", tables, into, threads=threads, limits=limits)
    return into.getvalue()


def found(body: str, tables: dict[str, Table]) -> list[str]:
    """Run a body that sets `gezien`, a list of texts, and return what it saw."""
    tail = "\nimport pandas as pd\nreturn pd.DataFrame({'gezien': [str(g) for g in gezien]})"
    return pq.read_table(pa.BufferReader(python(textwrap.dedent(body) + tail, tables)))["gezien"].to_pylist()


def processes() -> set[int]:
    return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()}


def command_lines(numbers: set[int]) -> list[str]:
    lines = []
    for number in numbers:
        try:
            lines.append(Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return lines


@pytest.fixture(autouse=True)
def nothing_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """After every run: no sandbox on files of these tests, with all that is in it, is there any more."""
    before, ours = processes(), str(tmp_path_factory.getbasetemp())
    yield
    until = time.monotonic() + 5
    while left := [line for line in command_lines(processes() - before) if "recept.py" in line and ours in line]:
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    assert left == []


# What a recipe may do


def test_a_select_gives_its_rows_in_order_of_content(tables: dict[str, Table]) -> None:
    result = sql(f"SELECT persoon, inkomen * 2 AS dubbel FROM {INSIDE} WHERE inkomen < 30", tables)
    expected = sorted((uuid("p", i), 2 * i) for i in range(30))
    assert list(zip(result["persoon"].cast(pa.binary(16)).to_pylist(), result["dubbel"].to_pylist(), strict=True)) == (
        expected
    )
    assert str(result.schema.field("persoon").type) == "extension<arrow.uuid>"


def test_sums_and_types_come_out_plain(tables: dict[str, Table]) -> None:
    result = sql(
        "SELECT naam, sum(inkomen) AS som, avg(inkomen) AS gemiddelde, bool_or(inkomen > 40) AS hoog, "
        f"list(DISTINCT persoon) AS wie, CAST('2020-02-03' AS DATE) AS dag FROM {INSIDE} GROUP BY naam",
        tables,
    )
    sums = {f"n{r}": sum(i for i in range(50) if i % 7 == r) for r in range(7)}
    assert dict(zip(result["naam"].to_pylist(), result["som"].to_pylist(), strict=True)) == sums
    kinds = {field.name: str(field.type) for field in result.schema}
    assert kinds["som"] == "int64" and kinds["gemiddelde"] == "double" and kinds["dag"] == "date32[day]"
    assert all(wie == sorted(wie) for wie in result["wie"].to_pylist())


def test_only_the_columns_that_are_there_can_be_read(tables: dict[str, Table]) -> None:
    only = {INSIDE: Table(tables[INSIDE].file, ["persoon", "naam"])}
    assert sql(f"SELECT * FROM {INSIDE}", only).column_names == ["persoon", "naam"]
    with pytest.raises(SandboxFailure):
        sql(f"SELECT inkomen FROM {INSIDE}", only)


def test_a_function_gets_frames_and_gives_one(tables: dict[str, Table]) -> None:
    written = python("print('een uitkomst'); rijen['dubbel'] = rijen.inkomen * 2\nreturn rijen", tables)
    result = pq.read_table(pa.BufferReader(written))
    assert sorted(result["dubbel"].to_pylist()) == [2 * i for i in range(50)]
    assert all(len(text) == 36 for text in result["persoon"].to_pylist())


def test_the_number_of_threads_changes_nothing(tables: dict[str, Table]) -> None:
    query = f"SELECT naam, count(*) AS n, list(persoon) AS wie FROM {INSIDE} GROUP BY naam"
    assert sql(query, tables, threads=1).equals(sql(query, tables, threads=2))


# What it may not see


def test_no_network(tables: dict[str, Table]) -> None:
    body = """
        import socket
        gezien = []
        for family in (socket.AF_INET, socket.AF_UNIX):
            try:
                socket.socket(family)
                gezien.append('socket')
            except OSError as error:
                gezien.append(error.errno)
    """
    assert found(body, tables) == ["1", "1"]


def test_no_files_but_its_own(tables: dict[str, Table], tmp_path: Path) -> None:
    secret = tmp_path / "zone3.sleutel"
    secret.write_text("geheim")
    body = f"""
        import os
        gezien = []
        for path in ({str(secret)!r}, {str(tables[INSIDE].file)!r}, {str(Path(__file__))!r}, '/etc', '/proc', '/sys',
                     '/var', '/home', '/dev/mem', '/dev/shm', '/usr/bin', os.path.expanduser('~root/.bashrc')):
            if os.path.exists(path):
                gezien.append(path)
        for folder in ('/tabellen', '/dev', '/klad'):
            gezien.append(sorted(os.listdir(folder)))
    """
    assert found(body, tables) == ["['0.parquet']", "['null', 'urandom']", "[]"]


def test_what_it_reads_cannot_be_written(tables: dict[str, Table]) -> None:
    before = tables[INSIDE].file.read_bytes()
    body = """
        import os, sys
        gezien = []
        for path in ('/tabellen/0.parquet', '/tabellen/1', '/recept.py', '/dev/x', '/x', os.__file__, sys.executable):
            for mode in ('ab', 'wb'):
                try:
                    open(path, mode)
                    gezien.append(path)
                except OSError:
                    pass
    """
    assert found(body, tables) == []
    assert tables[INSIDE].file.read_bytes() == before


def test_no_environment_and_no_name(tables: dict[str, Table], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_REGISTRATIE", "/geheim/pad")
    body = """
        import os, socket
        gezien = [name for name in os.environ if 'ZOO' in name or 'TOKEN' in name]
        gezien += [name for name, value in os.environ.items() if 'geheim' in value]
        gezien += [os.getuid(), os.uname().nodename]
    """
    assert found(body, tables) == ["65534", "recept"]


def test_no_other_processes(tables: dict[str, Table]) -> None:
    body = f"""
        import os, signal
        gezien = [os.getpid() < 10]
        for number in ({os.getpid()}, {os.getppid()}, -1):
            try:
                os.kill(number, 0 if number == -1 else signal.SIGKILL)
                gezien.append(number)
            except OSError as error:
                gezien.append(error.errno)
    """
    # 3 is ESRCH: there is no such process. To itself and its keeper a recipe may say what it likes.
    assert found(body, tables)[:3] == ["True", "3", "3"]


def test_no_privileges(tables: dict[str, Table]) -> None:
    body = """
        import ctypes, os, resource
        kernel = ctypes.CDLL(None, use_errno=True)
        gezien = []
        def tried(*call):
            gezien.append((kernel.syscall(*call), ctypes.get_errno()))
        tried(165, b'none', b'/klad', b'tmpfs', 0, None)        # mount
        tried(272, 0x10000000)                                 # unshare(CLONE_NEWUSER)
        tried(101, 16, 1, 0, 0)                                # ptrace(ATTACH)
        tried(321, 0, None, 0)                                 # bpf
        tried(319, b'x', 0)                                    # memfd_create
        tried(425, 1, None)                                    # io_uring_setup
        try:
            resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))
            gezien.append('ruimer')
        except (ValueError, PermissionError):
            pass
        try:
            os.setuid(0)
            gezien.append('root')
        except OSError:
            pass
    """
    if os.uname().machine != "x86_64":
        pytest.skip("nummers van systeemaanroepen van een andere processor")
    assert found(body, tables) == ["(-1, 1)"] * 6


def test_numbers_of_system_calls_are_the_kernels_own() -> None:
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if not header.exists():
        pytest.skip("geen kopbestanden van de kernel op deze machine")
    defined = dict(line.split()[1:3] for line in header.read_text().splitlines() if line.startswith("#define __NR_"))
    _, refused, clone = PROCESSORS["x86_64"]
    for name, number in {**refused, "clone": clone}.items():
        if f"__NR_{name}" in defined:
            assert int(defined[f"__NR_{name}"]) == number, name
    assert sum(f"__NR_{name}" in defined for name in refused) > 40


def test_an_unknown_processor_runs_nothing() -> None:
    with pytest.raises(UserError, match="processor"):
        filter_program("pdp11")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('/recept.py')",
        "SELECT * FROM read_csv('/usr/lib/os-release')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "SELECT * FROM glob('/*')",
        f"SELECT * FROM {INSIDE}; SELECT 1",
        "SELECT getenv('HOME')",
        "COPY (SELECT 1) TO '/klad/x.csv'",
        "INSTALL httpfs",
        "SET memory_limit = '100GB'",
        "ATTACH '/klad/x.db' AS x",
    ][:: 1 if FULL else 4],
)
def test_the_engine_inside_is_closed_too(tables: dict[str, Table], query: str) -> None:
    """`tracked` lets none of these through; should it ever, the sandbox does not."""
    with pytest.raises(SandboxFailure) as caught:
        sql(query, tables)
    assert str(caught.value) == Failure.WRONG.value


# Bombs


def test_a_fork_bomb_makes_no_second_process(tables: dict[str, Table]) -> None:
    body = """
        import os, subprocess, multiprocessing, sys
        gezien = []
        for attempt in (os.fork, lambda: subprocess.run([sys.executable, '-c', '']),
                        lambda: multiprocessing.Process(target=print).start(),
                        lambda: os.posix_spawn(sys.executable, [sys.executable], {})):
            try:
                attempt()
                gezien.append('gelukt')
            except OSError as error:
                gezien.append(error.errno)
    """
    assert found(body, tables) == ["1"] * 4


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        ("x = []\nwhile True:\n    x.append(bytearray(50 << 20))", Failure.MEMORY),
        ("open('/klad/vol', 'wb').write(bytes(200 << 20))", Failure.WRONG),
        ("for i in range(1000):\n    open(f'/klad/{i}', 'wb').write(bytes(1 << 20))", Failure.WRONG),
        ("open('/tabellen/vol', 'wb').write(b'x')", Failure.WRONG),
        ("import os\nos._exit(7)", Failure.WRONG),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", Failure.WRONG),
        ("import sys\nsys.setrecursionlimit(10**6)\nf = lambda n: f(n + 1)\nf(0)", Failure.WRONG),
        ("return rijen['persoon']", Failure.SHAPE),
        ("rijen.columns = ['a', 'a', 'b']\nreturn rijen", Failure.SHAPE),
        ("return None", Failure.SHAPE),
        ("raise ValueError(rijen.inkomen.max())", Failure.WRONG),
        ("raise SystemExit(0)", Failure.WRONG),
        ("raise KeyboardInterrupt(rijen.inkomen.max())", Failure.WRONG),
    ][:: 1 if FULL else 3],
)
def test_a_recipe_that_breaks_off_says_only_how(tables: dict[str, Table], body: str, failure: Failure) -> None:
    with pytest.raises(SandboxFailure) as caught:
        python(body, tables)
    assert caught.value.failure is failure
    assert str(caught.value) == failure.value


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n    pass",
        "import time\ntime.sleep(600)",
        "import signal\nfor s in (24, 15, 2):\n    signal.signal(s, signal.SIG_IGN)\nwhile True:\n    pass",
        "import threading\nwhile True:\n    try:\n        threading.Thread(target=lambda: list(iter(int, 1))).start()\n"
        "    except RuntimeError:\n        pass",
    ][: None if FULL else 3 : 1 if FULL else 2],
)
def test_what_takes_too_long_is_ended_with_all_its_threads(tables: dict[str, Table], body: str) -> None:
    begun = time.monotonic()
    with pytest.raises(SandboxFailure) as caught:
        python(body, tables, limits=HURRIED)
    assert caught.value.failure is Failure.TIME
    assert time.monotonic() - begun < HURRIED.seconds + 8


def test_sql_that_takes_too_much_is_ended(tables: dict[str, Table]) -> None:
    million = "(SELECT unnest(range(1000000)) AS i)"
    with pytest.raises(SandboxFailure) as caught:
        sql(
            f"SELECT count(*) AS n FROM {million} a, {million} b, {million} c WHERE a.i + b.i + c.i = 7",
            tables,
            limits=HURRIED,
        )
    assert caught.value.failure is Failure.TIME
    with pytest.raises(SandboxFailure) as caught:
        sql(f"SELECT len(list(a.i || '-' || b.i)) AS t FROM {million} a, {million} b", tables)
    assert caught.value.failure in {Failure.MEMORY, Failure.TIME}


def test_too_large_a_result_is_cut_off(tables: dict[str, Table]) -> None:
    with pytest.raises(SandboxFailure) as caught:
        sql("SELECT i, sin(i) AS h, cos(i) AS g FROM (SELECT unnest(range(2000000)) AS i)", tables)
    assert caught.value.failure is Failure.SIZE


# What a hostile recipe writes in place of rows

WRITE = """
import os
for fd in range(3, 60):
    try:
        os.write(fd, inhoud)
    except OSError:
        pass
os._exit(0)
"""


@pytest.mark.parametrize(
    "body",
    [
        "inhoud = b'PAR1 geen Parquet PAR1'\n" + WRITE,
        "inhoud = b'PAR1' + b'\\xff' * 4000 + b'\\xff\\xff\\xff\\x7fPAR1'\n" + WRITE,
        "import os\nos.symlink('/etc/passwd', '/klad/uitkomst.parquet')\nos._exit(0)",
        "import os\nos.mkfifo('/klad/uitkomst.parquet')\nos._exit(0)",
        "inhoud = b''\n" + WRITE,
    ][:: 1 if FULL else 2],
)
def test_what_is_no_parquet_ends_in_a_refusal_where_it_is_read(
    tables: dict[str, Table], tmp_path: Path, body: str
) -> None:
    raw = tmp_path / "ruw"
    raw.write_bytes(python(body, tables))
    assert not raw.is_symlink() and raw.is_file()
    with pytest.raises(SandboxFailure) as caught:
        run_sql("SELECT * FROM uitkomst.rijen", {"uitkomst.rijen": Table(raw)}, io.BytesIO(), threads=1, limits=SMALL)
    assert caught.value.failure is Failure.WRONG


def test_a_small_file_that_unpacks_to_a_huge_one_is_cut_off(tables: dict[str, Table], tmp_path: Path) -> None:
    body = """
        import numpy as np, pyarrow as pa, pyarrow.parquet as pq, io, os
        stream = io.BytesIO()
        same = pa.DictionaryArray.from_arrays(np.zeros(30_000_000, np.int8), ['x' * 100])
        pq.write_table(pa.table({'t': same}), stream, compression='zstd')
        inhoud = stream.getvalue()
    """
    raw = tmp_path / "ruw"
    raw.write_bytes(python(textwrap.dedent(body) + WRITE, tables))
    assert 0 < raw.stat().st_size < 1 << 20
    query = "SELECT t || row_number() OVER () AS t FROM uitkomst.rijen"
    with pytest.raises(SandboxFailure) as caught:
        run_sql(query, {"uitkomst.rijen": Table(raw)}, io.BytesIO(), threads=1, limits=SMALL)
    assert caught.value.failure in {Failure.SIZE, Failure.MEMORY}


@pytest.mark.parametrize(
    "column",
    [
        "pa.array([[1], [2]])",
        "pa.array([{'a': 1}, {'a': 2}])",
        "pa.array([b'x', b'y'])",
        "pa.array([[('a', 1)], [('b', 2)]], pa.map_(pa.string(), pa.int64()))",
        "pa.array([1, 2], pa.time64('us'))",
    ][:: 1 if FULL else 4],
)
def test_nested_and_strange_columns_are_refused(tables: dict[str, Table], tmp_path: Path, column: str) -> None:
    body = f"""
        import pyarrow as pa, pyarrow.parquet as pq, io, os
        stream = io.BytesIO()
        pq.write_table(pa.table({{'k': {column}}}), stream)
        inhoud = stream.getvalue()
    """
    raw = tmp_path / "ruw"
    raw.write_bytes(python(textwrap.dedent(body) + WRITE, tables))
    with pytest.raises(SandboxFailure) as caught:
        run_sql("SELECT * FROM uitkomst.rijen", {"uitkomst.rijen": Table(raw)}, io.BytesIO(), threads=1, returned=[])
    assert caught.value.failure is Failure.TYPES


# No sandbox, no recipe; and nothing stays


def test_without_bubblewrap_nothing_runs(
    tables: dict[str, Table], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="bubblewrap"):
        sql(f"SELECT * FROM {INSIDE}", tables)


def test_a_bubblewrap_that_cannot_start_is_said_to_be_the_installations(
    tables: dict[str, Table], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(UserError, match="start hier niet"):
        sql(f"SELECT * FROM {INSIDE}", tables)


def test_a_killed_run_leaves_no_process_and_its_results_are_removed_by_the_next(
    tables: dict[str, Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = "def maak(rijen):\n    while True:\n        pass"
    program = f"""
import io
from pathlib import Path
from outputcontrole.recipes.sandbox import Table, run_python
from outputcontrole.recipes.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / 'uitkomst.parquet').write_bytes(b'x')
    print('klaar', flush=True)
    table = Table(Path({str(tables[INSIDE].file)!r}))
    run_python({endless!r}, 'maak', {{'a.b': table}}, io.BytesIO(), threads=1)
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    before = processes()
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None and process.stdout.readline() == b"klaar\n"
    until = time.monotonic() + 20
    while not any("recept.py" in line for line in command_lines(processes() - before)) and time.monotonic() < until:
        time.sleep(0.05)
    process.kill()
    process.wait()
    process.stdout.close()
    assert [entry.name.startswith("zoo-recepten-") for entry in tmp_path.iterdir()] == [True]
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch_folder() as folder:
        assert list(tmp_path.iterdir()) == [folder]
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []


def test_a_failed_run_leaves_no_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(duckdb.Error), scratch_folder() as folder:
        (folder / "uitkomst.parquet").write_bytes(b"x")
        raise duckdb.Error("kapot")
    assert list(tmp_path.iterdir()) == []
