"""How commands end, tried as a user does: real processes, their exit codes and what they print."""

import os
import subprocess
import sys
import textwrap

import pytest

APP = """
import os, sys
import typer
from zoo_formaat.command import run
from zoo_formaat.errors import UserError

app = typer.Typer()

@app.command()
def fout():
    raise UserError("contract x.toml, regel 3:\\n onbekend veld\\x1b[31m")

@app.command()
def oordeel(code: int):
    print("geweigerd")
    raise typer.Exit(code)

@app.command()
def afbreken():
    raise typer.Abort()

@app.command()
def onderbroken():
    raise KeyboardInterrupt

@app.command()
def kapot():
    geheim = "zeer-geheime-waarde"
    try:
        int("123456782x")
    except ValueError:
        raise RuntimeError("rij van Jansen, Dorpsstraat 12") from OSError(28, "No space left on device", "/data")

@app.command()
def lang():
    for i in range(200_000):
        print(i)

run(app, "proef")
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    path = tmp_path_factory.mktemp("app") / "app.py"
    path.write_text(textwrap.dedent(APP))
    return path


def call(app, *arguments):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"} | {"COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, app, *arguments], capture_output=True, text=True, check=False, timeout=30, env=environment
    )


def test_user_error_is_one_printable_line_and_exit_code_2(app):
    done = call(app, "fout")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "fout: contract x.toml, regel 3: onbekend veld?[31m\n"


@pytest.mark.parametrize("code", [0, 4])
def test_verdict_of_a_command_is_its_exit_code(app, code):
    done = call(app, "oordeel", str(code))
    assert (done.returncode, done.stdout, done.stderr) == (code, "geweigerd\n", "")


@pytest.mark.parametrize("arguments", [["oordeel", "--bestaatniet"], ["oordeel", "geengetal"], ["niets"]])
def test_wrong_options_are_exit_code_2_without_traceback(app, arguments):
    done = call(app, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "File " not in done.stderr
    assert "proef" in done.stderr


@pytest.mark.parametrize("command", ["afbreken", "onderbroken"])
def test_interruption_is_no_success_and_no_traceback(app, command):
    done = call(app, command)
    assert done.returncode == 130
    assert "File " not in done.stderr


def test_bug_shows_where_but_no_value(app):
    done = call(app, "kapot")
    assert done.returncode == 1
    assert "app.py" in done.stderr
    assert "in kapot" in done.stderr
    assert "RuntimeError" in done.stderr
    assert "OSError: No space left on device" in done.stderr
    assert "zeer-geheime-waarde" not in done.stderr.replace('geheim = "zeer-geheime-waarde"', "")
    # what the source says stands in the source; the messages themselves are not printed
    assert "builtins.RuntimeError\n" in done.stderr
    assert "invalid literal" not in done.stderr


def test_verdict_survives_a_reader_that_has_gone(app):
    reading, writing = os.pipe()
    os.close(reading)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [sys.executable, app, "oordeel", "4"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=30,
        env=environment,
    )
    os.close(writing)
    assert done.returncode == 4  # refused stays refused
    assert done.stderr == ""


def test_long_output_into_head_is_quiet_and_not_a_free_verdict(app):
    with subprocess.Popen([sys.executable, app, "lang"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"0\n"
        process.stdout.close()
        assert process.wait(timeout=30) != 0
        assert process.stderr.read() == b""
