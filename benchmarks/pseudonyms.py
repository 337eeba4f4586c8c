"""Pseudonyms of ten million distinct 9-digit numbers: both schemes against a plain loop over `hmac.digest`.

The measurements run in processes of their own, so that memory is that of the measurement alone; each round does the
loop and both schemes, so that what else the machine does meets all of them.
"""

import hmac
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from peer import peer_python
from watched import verdict, watch

from pseudonimisering.pseudonyms import DEFAULT_SCHEME, SCHEMES, DomainKey, ProjectSecret, collision_bound
from pseudonimisering.pseudonyms.hmac_sha256 import native_is_right

ROWS = 10_000_000
ROUNDS = 3
# The loop takes so long that it does a tenth and is counted ten times
SAMPLE = 10
KERNEL = {"hmac-sha256/128": 6.0, "aes256-cmac": 40.0}
FILES = {"hmac-sha256/128": 4.0, "aes256-cmac": 12.0}
GIGABYTES = 1.5
JOIN = 1.3
_GROUP = 1 << 18
LOOP = "loop"


def measure() -> str:
    """Measure kernels, files and joins and return a Markdown section."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        numbers = np.random.default_rng(1).permutation(ROWS) + 100_000_000
        _write(root / "nummers.parquet", pa.array(numbers).cast(pa.string()))
        _write(root / "tiende.parquet", pa.array(numbers[: ROWS // SAMPLE]).cast(pa.string()))
        kernels, kernel_peak = _apart("kernels", root)
        files, file_peak = _apart("files", root)
        joins = _joins(root, numbers)
    rows = []
    for title, times, targets in (("kernel", kernels, KERNEL), ("Parquet to Parquet", files, FILES)):
        rows.append(f"| {title}: loop over `hmac.digest` | {ROWS / times[LOOP] / 1e6:.2f} | 1 | | |")
        for scheme, target in targets.items():
            ratio = times[LOOP] / times[scheme]
            kept = "kept" if ratio >= target else "MISSED"
            speed = ROWS / times[scheme] / 1e6
            rows.append(f"| {title}: `{scheme}` | {speed:.1f} | {ratio:.1f} | at least {target:.0f} | {kept} |")
    peak = max(kernel_peak, file_peak)
    ratio = joins["uuid"] / joins["bigint"]
    native = "the native one" if native_is_right() else "the loop over midstates (the native one is not usable here)"
    return "\n".join(
        [
            "## Pseudonyms of ten million distinct 9-digit numbers",
            "",
            f"Best of {ROUNDS} rounds on {len(os.sched_getaffinity(0))} cores; the loop is measured on a tenth. The "
            f"kernel of `hmac-sha256/128` is {native}.",
            "",
            "| | million/s | times the loop | limit | |",
            "|---|---|---|---|---|",
            *rows,
            f"| peak memory, GB | {peak:.2f} | | at most {GIGABYTES} | {verdict(peak, GIGABYTES)} |",
            "",
            *_bounds(),
            _tink(),
            "",
            f"Two of {ROWS:,} numbers share a pseudonym with probability of at most {collision_bound(ROWS):.1e}.",
            "",
            "### Joining two packages of ten million rows in DuckDB",
            "",
            "| key | seconds (median) | |",
            "|---|---|---|",
            f"| 64-bit integer | {joins['bigint']:.2f} | |",
            f"| pseudonym (UUID) | {joins['uuid']:.2f} | {ratio:.2f} times (limit {JOIN}: {verdict(ratio, JOIN)}) |",
            f"| pseudonym as hexadecimal text | {joins['hex']:.2f} | {joins['hex'] / joins['bigint']:.2f} times |",
            f"| 32-bit code | {joins['code']:.2f} | {joins['code'] / joins['bigint']:.2f} times |",
            "",
        ]
    )


def _tink() -> str:
    """Return a sentence about Tink's deterministic AEAD, measured in its own environment on a tenth."""
    python = peer_python()
    if python is None:
        return "Tink's deterministic AEAD is not measured: `make bench` installs it in an environment of its own."
    script = Path(__file__).with_name("tink_aead.py")
    done = subprocess.run(
        [python, script, str(ROWS // SAMPLE), str(ROUNDS)], capture_output=True, text=True, check=True
    )
    seconds = {name: min(times) for name, times in json.loads(done.stdout).items()}
    speed = ROWS / SAMPLE / seconds["tink"] / 1e6
    return (
        f"Tink's deterministic AEAD (AES-SIV): {speed:.2f} million/s, {seconds['loop'] / seconds['tink']:.1f} times "
        "the loop in the same process."
    )


# ------------------------------------------------------------------------------------------------------------ kernels


def _apart(what: str, root: Path) -> tuple[dict[str, float], float]:
    """Run `what` in a process of its own; return seconds per contender, and the peak memory in GB.

    The seconds are those of the least disturbed round: what else a machine does only ever adds to them.
    """
    outcome = watch([sys.executable, Path(__file__), what, root], os.environ, Path(__file__).parent)
    measured = json.loads((root / f"{what}.json").read_text())
    return {name: min(times) for name, times in measured.items()}, outcome.peak


def _contend(what: str, root: Path) -> None:
    """Time every contender in every round and write the seconds to `<what>.json`."""
    contenders = dict(_kernels(root) if what == "kernels" else _files(root))
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, run in contenders.items():
            began = time.perf_counter()
            run()
            seconds = time.perf_counter() - began
            measured[name].append(seconds * SAMPLE if name == LOOP else seconds)
    (root / f"{what}.json").write_text(json.dumps(measured))


def _kernels(root: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    numbers = pl.read_parquet(root / "nummers.parquet").to_series()
    sample = numbers.head(ROWS // SAMPLE).to_list()
    yield LOOP, partial(_loop, sample)
    for scheme in SCHEMES:
        yield scheme, partial(_key(scheme).pseudonyms, numbers)


def _files(root: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    target = root / "uit.parquet"
    yield LOOP, partial(_convert, root / "tiende.parquet", target, _plain)
    for scheme in SCHEMES:
        yield scheme, partial(_convert, root / "nummers.parquet", target, partial(_column, _key(scheme)))


def _plain(column: pa.Array) -> pa.Array:
    return pa.array(_loop(column.to_pylist()), pa.binary(16))


def _key(scheme: str) -> DomainKey:
    return ProjectSecret([secrets.token_bytes(32)], scheme).domain_key("persoon")


def _column(key: DomainKey, column: pa.Array) -> pa.Array:
    return key.pseudonyms(pl.Series(column, dtype=pl.String))


def _loop(values: list[str]) -> list[bytes]:
    key = secrets.token_bytes(32)
    return [hmac.digest(key, value.encode(), "sha256")[:16] for value in values]


def _convert(source: Path, target: Path, pseudonyms: Callable[[pa.Array], pa.Array]) -> None:
    """Write the pseudonyms of a file's only column to another file, a row group per core at a time, in order."""

    def group(number: int) -> pa.Array:
        column = pq.ParquetFile(source).read_row_group(number, use_threads=False).column(0)
        return pa.ExtensionArray.from_storage(pa.uuid(), pseudonyms(column.combine_chunks()))

    schema = pa.schema([("persoon", pa.uuid())])
    options = {"compression": "none", "use_dictionary": False, "write_statistics": False}
    with (
        pq.ParquetWriter(target, schema, **options) as writer,
        ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool,
    ):
        for column in pool.map(group, range(pq.ParquetFile(source).num_row_groups)):
            writer.write_batch(pa.record_batch([column], schema=schema))


def _write(path: Path, column: pa.Array) -> None:
    pq.write_table(pa.table({"sleutel": column}), path, row_group_size=_GROUP)


# -------------------------------------------------------------------------------------------------------------- limits


def _bounds() -> list[str]:
    """Return what one core does at most, by OpenSSL's own measure; nothing where its command is absent."""
    try:
        hmacs = _speed(16, "-hmac", "sha256") / 16
        blocks = _speed(16_384, "-evp", "aes-256-ecb") / 16
    except (OSError, subprocess.CalledProcessError, ValueError):
        return ["`openssl speed` is not there to tell what one core does at most.", ""]
    return [
        f"`openssl speed`, one core, the same minute: {hmacs / 1e6:.1f} million HMAC-SHA-256 of 16 bytes/s, "
        f"{blocks / 1e6:.0f} million AES-256 blocks/s.",
        "",
    ]


def _speed(size: int, *what: str) -> float:
    """Return bytes per second."""
    command = ["openssl", "speed", "-mr", "-seconds", "2", "-bytes", str(size), *what]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (line,) = (line for line in told.splitlines() if line.startswith("+F:"))
    return float(line.split(":")[-1])


# --------------------------------------------------------------------------------------------------------------- joins


def _joins(root: Path, numbers: np.ndarray) -> dict[str, float]:
    """Return median seconds of joining two tables of the same entities in different order, per kind of key."""
    key = _key(DEFAULT_SCHEME)
    kinds = ("bigint", "uuid", "hex", "code")
    draw = np.random.default_rng(2)
    for side in ("links", "rechts"):
        order = draw.permutation(ROWS)
        values = pa.array(order)
        column = numbers[order]
        raw = key.pseudonyms(pl.Series(column).cast(pl.String))
        texts = pl.Series(raw, dtype=pl.Binary).bin.encode("hex").to_arrow()
        forms = (pa.array(column), pa.ExtensionArray.from_storage(pa.uuid(), raw), texts, pa.array(column, pa.uint32()))
        for kind, form in zip(kinds, forms, strict=True):
            pq.write_table(pa.table({"sleutel": form, side: values}), root / f"{side}.{kind}.parquet")
    measured: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind in kinds:
            left, right = (str(root / f"{side}.{kind}.parquet") for side in ("links", "rechts"))
            with duckdb.connect() as connection:
                began = time.perf_counter()
                counted = connection.execute(
                    "SELECT count(*), sum(links - rechts) FROM read_parquet(?) JOIN read_parquet(?) USING (sleutel)",
                    [left, right],
                ).fetchone()
                measured[kind].append(time.perf_counter() - began)
            if counted is None or counted[0] != ROWS:
                raise RuntimeError("the join lost rows")
    return {kind: statistics.median(times) for kind, times in measured.items()}


if __name__ == "__main__":
    _contend(sys.argv[1], Path(sys.argv[2]))
