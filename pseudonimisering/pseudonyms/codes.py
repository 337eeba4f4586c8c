"""A 32-bit code per entity of a project, because integers are fast where 16 bytes are not (pandas, numpy).

Every new pseudonym of a domain gets the next running number, and the number's place in a keyed permutation of the
32-bit numbers of ten digits is its code. A random draw would collide at tens of thousands of entities; a running number
would tell who came first. Without the key of the permutation neither can be told from the code.

The permutation is a balanced Feistel network over 16 + 16 bits whose round functions are random tables, drawn from the
key. Luby and Rackoff (1988) show that three rounds of random functions are a random-looking permutation and four are
so in both directions, up to about 2^8 queries at this width; ten rounds, as in FF1 (NIST SP 800-38G), are for the
margin.

On disk, per project: `codes.json` names for every domain the sorted runs (Arrow IPC files of pseudonym and number), how
many numbers were given out, and how many of those were erased since. A session writes new runs beside the old and then
replaces `codes.json`, which is the moment at which it counts; whatever ends it earlier leaves the book as it was.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zoo_formaat.atomic import sync_to_disk, write_file
from zoo_formaat.errors import UserError

KEY_BYTES = 32
FIRST = 1_000_000_000
"""The lowest code. All have ten digits, so that none can be taken for a BSN (nine) or a KvK number (eight)."""
_PLACES = (1 << 32) - FIRST
CAPACITY = _PLACES
"""How many entities of a domain there are codes for."""
_HALF = 1 << 16
_ROUNDS = 10
_INDEX = "codes.json"
_LOCK = "slot"
_SUFFIX = ".arrow"
_SCHEMA = pa.schema([("hoog", pa.uint64()), ("laag", pa.uint64()), ("nummer", pa.uint32())])
# Rows at a time, so that the tables of the permutation and what passes them stay in the processor's cache
_ROWS = 1 << 16

Numbers = npt.NDArray[np.uint32]
Halves = npt.NDArray[np.uint64]


class Permutation:
    """A keyed permutation of the numbers below 2^(2 x `bits`). Shows its key nowhere."""

    __slots__ = ("_bits", "_tables")

    def __init__(self, key: bytes, domain: str, bits: int = 16) -> None:
        """key: 32 bytes. domain: every domain has its own permutation. bits: width of a half, at most 16."""
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"zoo/codes/{domain}".encode()).derive(key)
        stream = Cipher(AES256(derived), CTR(bytes(16))).encryptor().update(bytes(2 * _ROUNDS << bits))
        self._bits = bits
        mask = np.uint16((1 << bits) - 1)
        self._tables = (np.frombuffer(stream, dtype="<u2") & mask).reshape(_ROUNDS, 1 << bits)

    def __reduce__(self) -> NoReturn:
        raise TypeError("een sleutel verlaat het proces niet")

    def apply(self, numbers: Numbers) -> Numbers:
        """Return where each number goes."""
        result = np.empty(len(numbers), dtype=np.uint32)
        for start in range(0, len(numbers), _ROWS):
            part = numbers[start : start + _ROWS]
            left = (part >> self._bits).astype(np.uint16)
            right = (part & ((1 << self._bits) - 1)).astype(np.uint16)
            for table in self._tables:
                left, right = right, left ^ table[right]
            result[start : start + _ROWS] = (left.astype(np.uint32) << self._bits) | right
        return result


def codes_of(permutation: Permutation, numbers: Numbers) -> Numbers:
    """Return the code of every running number below CAPACITY, from FIRST on; different numbers have different codes.

    A place beyond the capacity is moved on until it is within (cycle walking: Black and Rogaway, 2002).
    """
    places = permutation.apply(numbers)
    while (beyond := places >= _PLACES).any():
        places[beyond] = permutation.apply(places[beyond])
    return places + np.uint32(FIRST)


class Run(NamedTuple):
    """Pseudonyms in ascending order of their bytes, as two big-endian halves, and the number of each."""

    high: Halves
    low: Halves
    number: Numbers

    def find(self, high: Halves, low: Halves) -> tuple[Numbers, npt.NDArray[np.bool_]]:
        """Return the number of every pseudonym, and which are in this run at all (elsewhere the number is 0)."""
        place = np.searchsorted(self.high, high)
        numbers = np.zeros(len(high), dtype=np.uint32)
        found = np.zeros(len(high), dtype=bool)
        open_ = np.flatnonzero(place < len(self.high))
        # one round, save where two pseudonyms share their first half
        while len(open_):
            at = place[open_]
            same_high = self.high[at] == high[open_]
            hit = same_high & (self.low[at] == low[open_])
            numbers[open_[hit]] = self.number[at[hit]]
            found[open_[hit]] = True
            open_ = open_[same_high & ~hit]
            place[open_] += 1
            open_ = open_[place[open_] < len(self.high)]
        return numbers, found


class Session:
    """What one process does with a code book while nobody else can."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._key = key
        self._counts: dict[str, int] = {}
        self._stored: dict[str, list[tuple[str, Run]]] = {}
        self._new: dict[str, list[Run]] = {}
        self._permutations: dict[str, Permutation] = {}
        self._erased: dict[str, int] = {}
        for domain, entry in _read_index(folder).items():
            self._stored[domain] = [(name, _read_run(folder / name)) for name in entry["bestanden"]]
            self._counts[domain] = entry["aantal"]
            self._erased[domain] = entry["gewist"]
            if sum(len(run.number) for _, run in self._stored[domain]) + entry["gewist"] != entry["aantal"]:
                raise _damaged(folder)

    def __repr__(self) -> str:
        return f"Session({self._folder})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("een sleutel verlaat het proces niet")

    def assign(self, domain: str, pseudonyms: pa.Array) -> pa.UInt32Array:
        """Return the code of every pseudonym (16 bytes, fixed-size binary or UUID); null stays null.

        New pseudonyms get their running numbers in the order of their bytes, so that nothing of the order of the rows
        is kept. Raises UserError when a domain would have more than 2^32 entities.
        """
        storage = pseudonyms.storage if isinstance(pseudonyms, pa.ExtensionArray) else pseudonyms
        present = pl.Series(storage.is_valid()).to_numpy()
        high, low = _halves(storage.drop_null())
        order = _order(high, low)
        high, low = high[order], low[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
        numbers = self._numbers(domain, high[first], low[first])
        if domain not in self._permutations:
            self._permutations[domain] = Permutation(self._key, domain)
        codes = codes_of(self._permutations[domain], numbers)
        found = np.empty(len(order), dtype=np.uint32)
        found[order] = codes[np.cumsum(first) - 1]
        result = np.zeros(len(storage), dtype=np.uint32)
        result[present] = found
        # through polars: pyarrow would load pandas for this, half a second of start-up
        codes_or_null = pl.select(pl.when(pl.lit(pl.Series(present))).then(pl.lit(pl.Series(result)))).to_series()
        return codes_or_null.to_arrow()

    def _numbers(self, domain: str, high: Halves, low: Halves) -> Numbers:
        """Return the numbers of distinct pseudonyms in ascending order, giving out new ones."""
        numbers = np.zeros(len(high), dtype=np.uint32)
        known = np.zeros(len(high), dtype=bool)
        added = self._new.setdefault(domain, [])
        for run in [*(run for _, run in self._stored.get(domain, [])), *added]:
            found, hit = run.find(high, low)
            numbers |= found
            known |= hit
        new = ~known
        extra, count = int(new.sum()), self._counts.get(domain, 0)
        if count + extra > CAPACITY:
            raise UserError(
                f"domein '{domain}' krijgt meer dan {CAPACITY} eenheden, en zoveel codes van 32 bits zijn er niet; "
                "werk voor dit domein met de pseudoniemen zelf"
            )
        if extra:
            numbers[new] = np.arange(count, count + extra, dtype=np.uint64).astype(np.uint32)
            self._counts[domain] = count + extra
            added.append(Run(high[new], low[new], numbers[new]))
            while len(added) > 1 and _too_alike(added[-2], added[-1]):
                added[-2:] = [_merged(added[-2:])]
        return numbers

    def forget(self, domain: str, pseudonyms: pa.Array) -> None:
        """Take pseudonyms (16 bytes, no nulls) out of the book; their numbers are never given out again.

        After the session no code leads to them any more. Those that are not in the book change nothing.
        """
        high, low = _halves(pseudonyms)
        kept = []
        for name, run in self._stored.get(domain, []):
            gone = np.zeros(len(run.number), dtype=bool)
            for one in zip(high, low, strict=True):
                gone |= (run.high == one[0]) & (run.low == one[1])
            if not gone.any():
                kept.append((name, run))
                continue
            self._erased[domain] += int(gone.sum())
            left = Run(run.high[~gone], run.low[~gone], run.number[~gone])
            if len(left.number):
                kept.append((_write_run(self._folder, left), left))
            self._new.setdefault(domain, [])
        if domain in self._stored:
            self._stored[domain] = kept

    def commit(self) -> None:
        """Put what is new on disk, and take off what was forgotten."""
        if not self._new:
            return
        changed = {domain: runs for domain, runs in self._new.items() if runs}
        for domain, runs in changed.items():
            stored = self._stored.setdefault(domain, [])
            new = _merged(runs)
            while stored and _too_alike(stored[-1][1], new):
                new = _merged([stored.pop()[1], new])
            stored.append((_write_run(self._folder, new), new))
        index = {
            domain: {
                "aantal": self._counts[domain],
                "gewist": self._erased.get(domain, 0),
                "bestanden": [name for name, _ in runs],
            }
            for domain, runs in sorted(self._stored.items())
        }
        sync_to_disk(self._folder)
        write_file(self._folder / _INDEX, json.dumps(index, indent=1, ensure_ascii=False).encode(), mode=0o600)


class CodeBook:
    """The codes of one project, in a folder that only its owner can enter."""

    def __init__(self, folder: Path, permutation_key: bytes) -> None:
        """Use `folder` (made at the first session). permutation_key: 32 bytes. Raises ValueError for another length."""
        if len(permutation_key) != KEY_BYTES:
            raise ValueError("the key of a code book has 32 bytes")
        self._folder = folder
        self._key = permutation_key

    def __repr__(self) -> str:
        return f"CodeBook({self._folder})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("een sleutel verlaat het proces niet")

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give out codes; they count when the block ends without error, and are forgotten otherwise.

        One session at a time: another process waits, so a session had better be short. Raises UserError when the folder
        cannot be written or the book is damaged.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            raise UserError(f"map {self._folder} is niet schrijfbaar voor u; controleer map en rechten") from None
        try:
            # dropped by the system when the process dies, however it dies
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            session = Session(self._folder, self._key)
            yield session
            session.commit()
            _remove_unused(self._folder)
        finally:
            os.close(descriptor)

    def carry(self, target: Path, advance: Callable[[str, pa.Array], pa.Array]) -> None:
        """Write into the empty folder `target` the book of the next version: other pseudonyms, the same codes.

        advance: gives for a domain and its pseudonyms (16 bytes) those of the next version, in the same order. Raises
        UserError when the book is damaged.
        """
        index: dict[str, dict[str, Any]] = {}
        for domain, entry in _read_index(self._folder).items():
            runs = [_read_run(self._folder / name) for name in entry["bestanden"]]
            if not runs:
                index[domain] = entry
                continue
            high, low, number = _merged(runs)
            old = np.stack([high, low], axis=1).astype(">u8").tobytes()
            pseudonyms = pa.Array.from_buffers(pa.binary(16), len(high), [None, pa.py_buffer(old)])
            new = Run(*_halves(advance(domain, pseudonyms)), number)
            index[domain] = entry | {"bestanden": [_write_run(target, _merged([new]))]}
        write_file(target / _INDEX, json.dumps(index, indent=1, ensure_ascii=False).encode(), mode=0o600)


def _halves(storage: pa.FixedSizeBinaryArray) -> tuple[Halves, Halves]:
    """Return the two halves of pseudonyms (no nulls) as numbers in the order of their bytes."""
    words = np.frombuffer(storage.buffers()[1] or b"", dtype=">u8").reshape(-1, 2)
    words = words[storage.offset : storage.offset + len(storage)]
    return words[:, 0].astype(np.uint64), words[:, 1].astype(np.uint64)


def _order(high: Halves, low: Halves) -> npt.NDArray[np.intp]:
    """Return the order that sorts pseudonyms by their bytes."""
    # stable, because that sort finds what is in order already: merging runs is then hardly any work
    order = np.argsort(high, kind="stable")
    sorted_high, sorted_low = high[order], low[order]
    if np.any((sorted_high[1:] == sorted_high[:-1]) & (sorted_low[1:] != sorted_low[:-1])):
        # two pseudonyms share their first half, once in 10^5 among 18 million: sort by both
        order = np.lexsort((low, high))
    return order


def _too_alike(older: Run, newer: Run) -> bool:
    """Tell whether two runs are better one: so each is at least twice the next, and looking up asks few of them."""
    return len(older.number) < 2 * len(newer.number)


def _merged(runs: list[Run]) -> Run:
    high, low, number = (np.concatenate(column) for column in zip(*runs, strict=True))
    order = _order(high, low)
    return Run(high[order], low[order], number[order])


def _write_run(folder: Path, run: Run) -> str:
    """Write a run to a new file, on disk when this returns, and return its name."""
    name = secrets.token_hex(8) + _SUFFIX
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        with pa.ipc.new_file(stream, _SCHEMA) as writer:
            writer.write_table(pa.table([pl.Series(column).to_arrow() for column in run], schema=_SCHEMA))
        stream.flush()
        os.fsync(stream.fileno())
    return name


def _read_run(path: Path) -> Run:
    """Map a run into memory; what is not looked at is not read."""
    try:
        with pa.memory_map(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
        high, low, number = (_numbers_of(table.column(name).chunk(0)) for name in _SCHEMA.names)
    except (OSError, pa.ArrowException, KeyError, IndexError):
        raise _damaged(path.parent) from None
    return Run(high, low, number)


def _numbers_of(column: pa.Array) -> npt.NDArray[Any]:
    """Return a column without nulls as it lies in the mapped file."""
    kind = np.uint64 if column.type == pa.uint64() else np.uint32
    return np.frombuffer(column.buffers()[1], dtype=kind)[column.offset : column.offset + len(column)]


def _read_index(folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / _INDEX
    if not path.exists():
        return {}
    try:
        index: dict[str, dict[str, Any]] = json.loads(path.read_bytes())
    except ValueError:
        raise _damaged(folder) from None
    return index


def _remove_unused(folder: Path) -> None:
    """Remove runs that no longer count: merged into others, or of a process that died."""
    used = {name for entry in _read_index(folder).values() for name in entry["bestanden"]}
    for path in folder.glob(f"*{_SUFFIX}"):
        if path.name not in used:
            path.unlink()


def _damaged(folder: Path) -> UserError:
    return UserError(f"codeboek {folder} is beschadigd; zet de reservekopie terug")
