"""Codes: one per entity, the same for ever, and telling nothing of who came first."""

import os
import random
import signal
import stat
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudonimisering.pseudonyms import ProjectSecret, codes
from pseudonimisering.pseudonyms.codes import CodeBook, Permutation
from zoo_formaat.errors import UserError

KEY = bytes(range(100, 132))
KILLS = 100 if os.environ.get("ZOO_FULL") == "1" else 5


def pseudonyms(count: int, seed: int = 1) -> pa.FixedSizeBinaryArray:
    return pa.Array.from_buffers(pa.binary(16), count, [None, pa.py_buffer(random.Random(seed).randbytes(16 * count))])


def assigned(book: CodeBook, array: pa.Array, domain: str = "persoon") -> np.ndarray:
    with book.session() as session:
        return session.assign(domain, array).to_numpy()


# -------------------------------------------------------------------------------------------------------- permutation


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_every_number_is_reached_exactly_once(bits):
    numbers = np.arange(1 << 2 * bits, dtype=np.uint32)
    for key in (KEY, bytes(32), b"\xff" * 32):
        assert np.array_equal(np.sort(Permutation(key, "persoon", bits).apply(numbers)), numbers)


def test_at_full_width_nothing_collides_where_random_draws_would():
    numbers = np.concatenate([np.arange(400_000, dtype=np.uint32), np.arange(2**32 - 400_000, 2**32).astype(np.uint32)])
    moved = Permutation(KEY, "persoon").apply(numbers)
    # 800,000 random draws of 32 bits would give about 75 equal pairs
    assert len(np.unique(moved)) == len(numbers)
    # and their first byte is spread evenly: chi-square with 255 degrees of freedom stays below its 1 - 10^-9 quantile
    seen = np.bincount(moved >> 24, minlength=256)
    expected = len(numbers) / 256
    assert ((seen - expected) ** 2 / expected).sum() < 400


def test_no_code_looks_like_a_bsn_or_a_kvk_number():
    numbers = np.concatenate([np.arange(300_000), np.arange(codes.CAPACITY - 300_000, codes.CAPACITY)]).astype(
        np.uint32
    )
    found = codes.codes_of(Permutation(KEY, "persoon"), numbers)
    assert len(np.unique(found)) == len(numbers)
    assert {len(str(code)) for code in found[::101].tolist()} == {10}
    assert found.min() >= 10**9


def test_a_code_does_not_tell_who_came_first():
    numbers = np.arange(200_000, dtype=np.uint32)
    moved = Permutation(KEY, "persoon").apply(numbers).astype(np.float64)
    limit = 5 / len(numbers) ** 0.5
    assert abs(np.corrcoef(numbers, moved)[0, 1]) < limit
    assert abs(np.corrcoef(moved[:-1], moved[1:])[0, 1]) < limit
    # neighbours differ in every bit as often as not
    flipped = Permutation(KEY, "persoon").apply(numbers)
    bits = np.unpackbits((flipped[::2] ^ flipped[1::2]).view(np.uint8)).reshape(-1, 32).mean(axis=0)
    assert np.abs(bits - 0.5).max() < 5 * 0.5 / 100_000**0.5


def test_another_key_or_domain_is_another_permutation():
    numbers = np.arange(100_000, dtype=np.uint32)
    one = Permutation(KEY, "persoon").apply(numbers)
    for other in (Permutation(bytes(32), "persoon"), Permutation(KEY, "adres")):
        assert (one == other.apply(numbers)).sum() <= 2


# --------------------------------------------------------------------------------------------------------------- book


def test_the_same_entity_has_the_same_code_in_every_session(tmp_path):
    book, people = CodeBook(tmp_path / "codes" / "project", KEY), pseudonyms(30_000)
    first = assigned(book, people[:20_000])
    second = assigned(CodeBook(tmp_path / "codes" / "project", KEY), people[5_000:])
    assert np.array_equal(second[:15_000], first[5_000:])
    assert len(np.unique(np.concatenate([first, second]))) == 30_000
    assert np.array_equal(assigned(book, people), np.concatenate([first, second[15_000:]]))


def test_a_code_has_the_number_of_its_pseudonym_in_the_order_of_bytes(tmp_path):
    people = pseudonyms(5_000)
    found = assigned(CodeBook(tmp_path / "a", KEY), people)
    order = sorted(range(5_000), key=lambda row: people[row].as_py())
    expected = np.empty(5_000, dtype=np.uint32)
    expected[order] = codes.codes_of(Permutation(KEY, "persoon"), np.arange(5_000, dtype=np.uint32))
    assert np.array_equal(found, expected)
    # so nothing depends on the order of rows, nor on how often one comes
    shuffled = random.Random(2).choices(range(5_000), k=9_000) + list(range(5_000))
    again = assigned(CodeBook(tmp_path / "b", KEY), people.take(pa.array(shuffled)))
    assert np.array_equal(again, expected[shuffled])


def test_domains_have_their_own_codes(tmp_path):
    book, units = CodeBook(tmp_path / "a", KEY), pseudonyms(1_000)
    people, addresses = assigned(book, units), assigned(book, units, "adres")
    assert (people == addresses).sum() == 0
    assert np.array_equal(assigned(book, units), people)


def test_nulls_parts_uuids_and_empty_columns(tmp_path):
    book, people = CodeBook(tmp_path / "a", KEY), pseudonyms(10)
    plain = assigned(book, people)
    gaps = pa.array([None, people[3].as_py(), None, people[5].as_py(), people[3].as_py()], pa.binary(16))
    with book.session() as session:
        assert session.assign("persoon", gaps).to_pylist() == [None, plain[3], None, plain[5], plain[3]]
        uuids = pa.ExtensionArray.from_storage(pa.uuid(), people)
        assert session.assign("persoon", uuids[2:7]).to_pylist() == plain[2:7].tolist()
        for nothing in (people[:0], pa.nulls(3, pa.binary(16))):
            assert session.assign("persoon", nothing).null_count == len(nothing)
        assert session.assign("persoon", people).type == pa.uint32()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 80), max_size=60), min_size=1, max_size=8), st.data())
def test_a_book_is_an_injective_mapping_also_where_halves_are_shared(tmp_path_factory, sessions, data):
    # few different halves, so that pseudonyms share their first or their last eight bytes
    folder = tmp_path_factory.mktemp("boek")
    known: dict[bytes, int] = {}
    for content in sessions:
        values = [bytes(7) + bytes([number // 9]) + bytes([number % 9]) * 8 for number in content]
        fails = data.draw(st.booleans())
        try:
            with CodeBook(folder / "a", KEY).session() as session:
                given_out = session.assign("persoon", pa.array(values, pa.binary(16))).to_pylist()
                found = dict(zip(values, given_out, strict=True))
                if fails:
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            continue
        assert all(known.get(value, code) == code for value, code in found.items())
        known |= found
    assert len(set(known.values())) == len(known)
    permutation = Permutation(KEY, "persoon")
    assert set(known.values()) == set(codes.codes_of(permutation, np.arange(len(known), dtype=np.uint32)).tolist())


def test_many_small_sessions_leave_few_files(tmp_path):
    book, people = CodeBook(tmp_path / "a", KEY), pseudonyms(3_000)
    parts = [assigned(book, people[start : start + 50]) for start in range(0, 3_000, 50)]
    assert len(list((tmp_path / "a").glob("*.arrow"))) <= 7
    assert np.array_equal(assigned(book, people), np.concatenate(parts))


def test_rotation_keeps_every_code(tmp_path):
    old = ProjectSecret([KEY])
    new = ProjectSecret([KEY, bytes(32)])
    people = old.domain_key("persoon").pseudonyms(pl.Series([str(number) for number in range(2_000)]))
    before = assigned(CodeBook(tmp_path / "v1", KEY), people)
    homes = assigned(CodeBook(tmp_path / "v1", KEY), people[:50], "adres")
    (tmp_path / "v2").mkdir()

    def advance(domain: str, pseudonyms: pa.Array) -> pa.Array:
        return new.domain_key(domain).advance(pseudonyms, 1)

    CodeBook(tmp_path / "v1", KEY).carry(tmp_path / "v2", advance)
    book = CodeBook(tmp_path / "v2", KEY)
    assert np.array_equal(assigned(book, advance("persoon", people)), before)
    assert np.array_equal(assigned(book, advance("adres", people)[:50], "adres"), homes)
    later = assigned(book, pseudonyms(500))
    assert not set(later) & set(before)


def test_who_is_forgotten_gets_another_code_that_nobody_had(tmp_path):
    book, people = CodeBook(tmp_path / "a", KEY), pseudonyms(1_000)
    before = assigned(book, people)
    with book.session() as session:
        session.forget("persoon", people[10:13])
        session.forget("adres", people[:5])
    after = assigned(book, people)
    same = before == after
    assert np.flatnonzero(~same).tolist() == [10, 11, 12]
    assert not set(after[~same]) & set(before)


def test_more_entities_than_codes_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(codes, "CAPACITY", 1_000)
    book = CodeBook(tmp_path / "a", KEY)
    kept = assigned(book, pseudonyms(1_000))
    with pytest.raises(UserError, match="domein 'persoon' krijgt meer dan 1000 eenheden"):
        assigned(book, pseudonyms(1_001))
    assert np.array_equal(assigned(book, pseudonyms(1_000)), kept)


def test_the_highest_numbers_fit(tmp_path):
    last = codes.codes_of(Permutation(KEY, "persoon"), np.array([codes.CAPACITY - 1], dtype=np.uint32))
    assert last.dtype == np.uint32
    book = CodeBook(tmp_path / "a", KEY)
    with book.session() as session:
        session._counts["persoon"] = codes.CAPACITY - 3
        session.assign("persoon", pseudonyms(3))
        with pytest.raises(UserError, match="3294967296"):
            session.assign("persoon", pseudonyms(1, seed=9))


def test_only_the_owner_can_look(tmp_path):
    assigned(CodeBook(tmp_path / "a", KEY), pseudonyms(10))
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "a").iterdir()} == {0o600}


def test_damage_is_said(tmp_path):
    people = pseudonyms(1_000)
    for number, harm in enumerate(
        (
            lambda run, index: run.unlink(),
            lambda run, index: run.write_bytes(run.read_bytes()[:5_000]),
            lambda run, index: index.write_bytes(index.read_bytes()[:-9]),
            lambda run, index: index.write_text(index.read_text().replace("1000", "999")),
        )
    ):
        folder = tmp_path / str(number)
        assigned(CodeBook(folder, KEY), people)
        (run,) = folder.glob("*.arrow")
        harm(run, folder / "codes.json")
        with pytest.raises(UserError, match="is beschadigd; zet de reservekopie terug"):
            assigned(CodeBook(folder, KEY), people)


def test_the_key_is_not_shown(tmp_path):
    book = CodeBook(tmp_path / "a", KEY)
    with book.session() as session:
        session.assign("persoon", pseudonyms(3))
        for thing in (book, session, Permutation(KEY, "persoon")):
            assert KEY.hex() not in f"{thing!r}" and repr(KEY)[2:-1] not in f"{thing!r}"
            with pytest.raises(TypeError):
                thing.__reduce_ex__(4)
    assert not any(KEY in file.read_bytes() or KEY.hex().encode() in file.read_bytes() for file in book_files(tmp_path))
    with pytest.raises(ValueError, match="32 bytes") as caught:
        CodeBook(tmp_path / "a", b"short-key")
    assert "short-key" not in str(caught.value)


def book_files(tmp_path):
    return [file for file in (tmp_path / "a").iterdir() if file.is_file()]


# ---------------------------------------------------------------------------------------------------------- processes

# Gives codes to parts of 200 of the same 6,000 pseudonyms for ever, and says after each session which it gave
WORKER = """
import random, sys
from pathlib import Path
import pyarrow as pa
from pseudonimisering.pseudonyms.codes import CodeBook
data = random.Random(1).randbytes(16 * 6_000)
people = pa.Array.from_buffers(pa.binary(16), 6_000, [None, pa.py_buffer(data)])
draw = random.Random(int(sys.argv[2]))
book = CodeBook(Path(sys.argv[1]), bytes(range(100, 132)))
for _ in range(int(sys.argv[3])):
    start = draw.randrange(5_800)
    with book.session() as session:
        found = session.assign("persoon", people[start : start + 200]).to_pylist()
    print(start, *found, flush=True)
"""


def worker(folder, seed: int, sessions: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, str(folder), str(seed), str(sessions)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def told(output: str) -> dict[int, int]:
    """Row -> code of what complete lines say; the same row always with the same code."""
    found: dict[int, int] = {}
    for line in output.splitlines(keepends=True):
        if line.endswith("\n"):
            start, *given = (int(word) for word in line.split())
            for row, code in enumerate(given, start):
                assert found.setdefault(row, code) == code
    return found


def test_processes_at_once_agree(tmp_path):
    workers = [worker(tmp_path / "a", seed, 25) for seed in range(2)]
    found = told("".join(process.communicate()[0] for process in workers))
    assert all(process.returncode == 0 for process in workers)
    assert len(set(found.values())) == len(found) > 2_000
    codes_now = assigned(CodeBook(tmp_path / "a", KEY), pseudonyms(6_000))
    assert all(codes_now[row] == code for row, code in found.items())


def test_a_kill_at_any_moment_loses_nothing(tmp_path):
    draw = random.Random(3)
    output = ""
    for seed in range(KILLS):
        process = worker(tmp_path / "a", seed, 10**6)
        assert process.stdout is not None
        said = process.stdout.readline()  # it is at work
        time.sleep(draw.uniform(0, 0.1))
        os.kill(process.pid, signal.SIGKILL)
        said += process.communicate()[0]
        # what it was saying when it was killed is no line, and must not join the first of the next
        output += said[: said.rfind("\n") + 1]
    found = told(output)
    codes_now = assigned(CodeBook(tmp_path / "a", KEY), pseudonyms(6_000))
    assert all(codes_now[row] == code for row, code in found.items())
    assert len(np.unique(codes_now)) == 6_000
    # and what the killed left is cleared away
    assert len(list((tmp_path / "a").glob("*.arrow"))) <= 7
