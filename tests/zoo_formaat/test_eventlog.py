"""The log: every change of its past is found, processes share it, and it holds no identifier."""

import hashlib
import json
import multiprocessing
import os
import re
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import EventLog, verify


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "logboek.jsonl"
    events = EventLog(path, "proef")
    for number in range(6):
        events.append("jan", "verwerk", f"pakket-{number}", "gelukt", rijen=number)
    return path


def test_entries_hold_what_happened_and_the_hash_of_the_line_before(log):
    lines = log.read_bytes().splitlines()
    entries = [json.loads(line) for line in lines]
    assert verify(log) == 6
    assert [entry["volgnummer"] for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert entries[0]["vorige"] == "sha256:" + "0" * 64
    for line, following in zip(lines, entries[1:], strict=False):
        assert following["vorige"] == "sha256:" + hashlib.sha256(line).hexdigest()
    last = entries[-1]
    assert (last["actor"], last["handeling"], last["object"], last["resultaat"], last["details"]) == (
        "jan",
        "verwerk",
        "pakket-5",
        "gelukt",
        {"rijen": 5},
    )
    assert last["herkomst"].startswith("proef@")
    assert abs((datetime.now(UTC) - datetime.fromisoformat(last["tijd"])).total_seconds()) < 60
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def rewritten(log, change):
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(change(lines)))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: [lines[0], lines[1].replace(b'"jan"', b'"piet"'), *lines[2:]], 3),
        (lambda lines: lines[1:], 1),
        (lambda lines: lines[:2] + lines[3:], 3),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], 2),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], 4),
        (lambda lines: [*lines[:2], b"\n", *lines[2:]], 3),
        (lambda lines: [lines[0], lines[1].replace(b":", b": ", 1), *lines[2:]], 2),
        (lambda lines: [lines[0], lines[1].replace(b'{"actor"', b'{"actor":"x","actor"'), *lines[2:]], 2),
        (lambda lines: [lines[0], lines[1].replace(b'"rijen":1', b'"rijen":1e999'), *lines[2:]], 2),
        (lambda lines: [lines[0], lines[1].replace(b'"jan"', b'"\\ud800"'), *lines[2:]], 2),
        (lambda lines: [*lines[:-1], lines[-1].replace(b'"volgnummer":6', b'"volgnummer":7')], 6),
        (lambda lines: [*lines[:-1], lines[-1].replace(b'"resultaat"', b'"uitslag"')], 6),
        (lambda lines: [*lines, b"[]\n"], 7),
        (lambda lines: [line.replace(b"\n", b"\r\n") for line in lines], 1),
    ],
    ids=[
        "changed", "first removed", "removed", "moved", "repeated", "empty line", "respaced", "double key", "overflow",
        "surrogate", "renumbered", "renamed field", "not an entry", "line ends",
    ],
)  # fmt: skip
def test_change_of_the_past_is_found_at_its_line(log, change, line):
    rewritten(log, change)
    with pytest.raises(UserError, match=rf"logboek\.jsonl, regel {line}[:,]"):
        verify(log)


@settings(max_examples=50)
@given(position=st.integers(0, 10**6), value=st.integers(0, 255))
def test_any_changed_byte_before_the_last_line_is_found(tmp_path_factory, position, value):
    path = tmp_path_factory.getbasetemp() / "willekeurig.jsonl"
    if not (path.parent / "goed").exists():
        path.unlink(missing_ok=True)
        for number in range(3):
            EventLog(path, "proef").append("jan", "verwerk", f"pakket-{number}", "gelukt")
        (path.parent / "goed").write_bytes(path.read_bytes())
    content = bytearray((path.parent / "goed").read_bytes())
    position %= content.rstrip(b"\n").rindex(b"\n") + 1
    if content[position] == value:
        value ^= 1
    content[position] = value
    path.write_bytes(bytes(content))
    with pytest.raises(UserError, match=r"regel [123]"):
        verify(path)


def test_torn_last_line_is_named_and_the_next_entry_clears_it_away(log):
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"actor":"jan","det')
    with pytest.raises(UserError, match="regel 7: onafgemaakte regel"):
        verify(log)
    entry = EventLog(log, "proef").append("jan", "verwerk", "pakket-6", "gelukt")
    assert entry["volgnummer"] == 7
    assert log.read_bytes().startswith(whole)
    assert verify(log) == 7


def test_only_a_torn_line_is_an_empty_log(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b'{"actor"')
    EventLog(path, "proef").append("jan", "verwerk", "x", "gelukt")
    assert verify(path) == 1


def test_long_entries_and_long_torn_lines_are_followed_correctly(log):
    events = EventLog(log, "proef")
    events.append("jan", "verwerk", "x" * 50_000, "gelukt")
    events.append("jan", "verwerk", "y", "gelukt")
    with log.open("ab") as stream:
        stream.write(b"z" * 30_000)
    events.append("jan", "verwerk", "x" * 8192, "gelukt")
    assert verify(log) == 9


@pytest.mark.parametrize("tail", [b"geen json\n", b"{}\n", b"[1]\n", b"\n", b"\xff\n"])
def test_nothing_is_added_to_a_log_whose_end_is_damaged(log, tail):
    damaged = log.read_bytes() + tail
    log.write_bytes(damaged)
    with pytest.raises(UserError, match="beschadigd"):
        EventLog(log, "proef").append("jan", "verwerk", "x", "gelukt")
    assert log.read_bytes() == damaged


def test_absent_log_has_no_entries_and_unusable_places_are_user_errors(tmp_path):
    assert verify(tmp_path / "weg") == 0
    with pytest.raises(UserError, match="niet leesbaar"):
        verify(tmp_path)
    for path in (tmp_path, tmp_path / "weg" / "log"):
        with pytest.raises(UserError, match="niet te openen"):
            EventLog(path, "proef").append("jan", "verwerk", "x", "gelukt")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("personen_123456782.csv", "personen_#.csv"),
        ("abc123456782def", "abc#def"),  # hexadecimal letters beside it do not make it a digest
        ("code123456782", "code#"),
        ("kvk 12345678", "kvk #"),
        ("0363010000123456", "#"),
        ("sha256:" + "1" * 8 + "ab" * 28, "sha256:" + "1" * 8 + "ab" * 28),
        ("1234567890abcdef1234567890abcdef", "1234567890abcdef1234567890abcdef"),
        ("1234567890abcdef1234567890abcdef0", "#abcdef#abcdef0"),
        ("12345678-1234-4234-8234-123456789012", "12345678-1234-4234-8234-123456789012"),
        ("a-12345678abcd", "a-12345678abcd"),
        ("pakket 2016, 1234567 rijen", "pakket 2016, 1234567 rijen"),
    ],
)
def test_what_looks_like_an_identifier_is_masked_wherever_it_stands(tmp_path, text, kept):
    entry = EventLog(tmp_path / "log", "proef").append(text, text, text, text, lijst=[text], map={text: text})
    assert [entry[field] for field in ("actor", "handeling", "object", "resultaat")] == [kept] * 4
    assert entry["details"] == {"lijst": [kept], "map": {kept: kept}}
    assert json.loads((tmp_path / "log").read_text()) == entry


@settings(max_examples=50)
@given(
    st.from_regex(r"[0-9]{8,9}", fullmatch=True),
    st.text("abcdefxyzABC_-. /", max_size=6),
    st.text("abcdefxyz.", max_size=6),
)
def test_no_bsn_or_kvk_number_reaches_the_log(tmp_path_factory, number, before, after):
    path = tmp_path_factory.getbasetemp() / "masker.jsonl"
    path.unlink(missing_ok=True)
    # the number of a request may hold eight digits by chance
    assume(not re.fullmatch("[a-z]-[0-9a-f]{12}", before + number + after))
    EventLog(path, "proef").append("jan", "verwerk", before + number + after, "gelukt")
    assert number not in json.loads(path.read_text())["object"]


def test_file_name_that_is_no_utf_8_can_be_logged(tmp_path):
    EventLog(tmp_path / "log", "proef").append("jan", "verwerk", os.fsdecode(b"caf\xe9.csv"), "gelukt")
    assert verify(tmp_path / "log") == 1


def _append_many(path, origin, count):
    for number in range(count):
        EventLog(path, origin).append(origin, "verwerk", f"stap {number}", "gelukt")


def test_processes_that_write_at_once_make_one_whole_chain_and_a_reader_sees_no_damage(tmp_path):
    path = tmp_path / "log"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_append_many, args=(path, f"p{number}", 60)) for number in range(3)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        verify(path)
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert verify(path) == 180
    entries = [json.loads(line) for line in path.read_bytes().splitlines()]
    for number in range(3):
        own = [entry["object"] for entry in entries if entry["actor"] == f"p{number}"]
        assert own == [f"stap {step}" for step in range(60)]


KILLED = """
import sys
from pathlib import Path
from zoo_formaat.eventlog import EventLog
log = EventLog(Path(sys.argv[1]), "proef")
while True:
    print(log.append("jan", "verwerk", "x" * 2000, "gelukt")["volgnummer"], flush=True)
"""


def test_killed_writer_loses_no_entry_that_it_reported(tmp_path):
    path = tmp_path / "log"
    reported = 0
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(10):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read().split(b"\n")
            whole = [line for line in rest[:-1] if line]
            reported = int(whole[-1]) if whole else reported + 10
        EventLog(path, "proef").append("piet", "herstart", "log", "gelukt")
        assert verify(path) > reported
