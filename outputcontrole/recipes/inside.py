"""What runs in the sandbox: one recipe, on the tables that were put there; its rows leave as Parquet on the output.

This file is run by itself, without the rest of the program (see `sandbox`). It reads its job as JSON from the standard
input, limits itself before anything else happens, says that it has begun, and writes the rows. How it ends is in its
exit code: no message leaves, because a message can hold somebody's value.
"""

import json
import os
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

BEGUN = b"begonnen\n"
MEMORY, WRONG, TYPES, SHAPE, SIZE = 10, 11, 12, 13, 14
_PIECE = 1 << 20
_SCRATCH = Path("/klad")
_RESULT = _SCRATCH / "uitkomst.parquet"
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT"}
_AS_THEY_ARE = {"BOOLEAN", "BIGINT", "DOUBLE", "VARCHAR", "DATE", "UUID", "UUID[]"}


def main() -> None:
    """Do the job on the standard input, and end with the exit code that says how it went."""
    descriptor = os.dup(1)
    # What a recipe prints must not end up among its rows.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    job: dict[str, Any] = json.load(sys.stdin)
    os.dup2(nothing, 0)
    _limit(job["grenzen"])
    # Before the beginning is said: a library that is missing here is no fault of the recipe.
    connection = _engine(job)
    os.write(descriptor, BEGUN)
    try:
        _mount(connection, job)
        {"sql": _sql, "python": _python}[job["soort"]](connection, job)
        _send(descriptor)
    except MemoryError:
        _end(MEMORY)
    except BaseException as error:  # noqa: BLE001 - a recipe may raise what it likes; only the class of failure leaves
        if "Out of Memory" in f"{type(error).__name__} {error}"[:300]:
            _end(MEMORY)
        _end(SIZE if _RESULT.exists() and _RESULT.stat().st_size > job["grenzen"]["uitkomst"] else WRONG)
    _end(0)


def _end(code: int) -> NoReturn:
    # At once: what a recipe left behind (threads, exit handlers) has no say any more.
    os._exit(code)


def _send(descriptor: int) -> None:
    """Write the result onto the only way out."""
    with _RESULT.open("rb") as stream:
        while piece := stream.read(_PIECE):
            view = memoryview(piece)
            while view:
                view = view[os.write(descriptor, view) :]


def _limit(limits: dict[str, int]) -> None:
    for name, value in (
        (resource.RLIMIT_AS, limits["adresruimte"]),
        (resource.RLIMIT_CPU, limits["rekentijd"]),
        (resource.RLIMIT_FSIZE, limits["kladruimte"] + limits["uitkomst"]),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_NPROC, 64),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        resource.setrlimit(name, (value, value))


def _engine(job: dict[str, Any]) -> Any:
    """Return a connection that can read the files of the job, write its result, and nothing else."""
    import duckdb

    connection = duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )
    files = [table["bestand"] for table in job["tabellen"].values()]
    for setting, value in {
        "memory_limit": f"{job['grenzen']['geheugen']}B",
        "threads": job["draden"],
        "temp_directory": str(_SCRATCH / "duckdb"),
        "max_temp_directory_size": f"{job['grenzen']['kladruimte']}B",
        "python_enable_replacements": False,
        "allow_persistent_secrets": False,
        "allowed_paths": [*files, str(_RESULT)],
        "enable_external_access": False,
    }.items():
        connection.execute(f"SET GLOBAL {setting} = $value", {"value": value})
    return connection


def _mount(connection: Any, job: dict[str, Any]) -> None:
    """Give the tables of the job their names; from then on nothing can be opened up again."""
    for name, table in job["tabellen"].items():
        schema, _, own = name.partition(".")
        columns = ", ".join(map(_quoted, table["kolommen"])) or "*"
        file = table["bestand"].replace("'", "''")
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
        rows = f"SELECT {columns} FROM read_parquet('{file}', hive_partitioning = false)"
        counting = f" WHERE {_quoted(table['telt'])}" if table["telt"] else ""
        connection.execute(f"CREATE VIEW {_quoted(schema)}.{_quoted(own)} AS {rows}{counting}")
    connection.execute("SET GLOBAL lock_configuration = true")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sql(connection: Any, job: dict[str, Any]) -> None:
    """Keep the rows of one SELECT, in an order that follows from their content alone."""
    relation = connection.sql(job["sql"])
    names, kinds = list(relation.columns), [str(kind) for kind in relation.types]
    if len(set(names)) < len(names):
        _end(SHAPE)
    returned = job["teruggegeven"]
    selected = [
        _plain(name, kind) if returned is None else _from_python(name, kind, returned)
        for name, kind in zip(names, kinds, strict=True)
    ]
    # Sums of fractions differ in their last digits from run to run; they come last, so that they do not change the
    # order of the rest.
    order = sorted(range(len(names)), key=lambda i: kinds[i] in {"DOUBLE", "FLOAT"})
    rows = f"SELECT * FROM (SELECT {', '.join(selected)} FROM ({job['sql']}\n) AS r) AS s"
    ordered = f"{rows} ORDER BY {', '.join(_quoted(names[i]) for i in order)}"
    connection.execute(f"COPY ({ordered}) TO '{_RESULT}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")


def _plain(name: str, kind: str) -> str:
    """Return SQL of a column in one of the few types in which results are kept; ends the job for any other."""
    column = _quoted(name)
    if kind in _WHOLE:
        return f"CAST({column} AS BIGINT) AS {column}"
    if kind == "FLOAT":
        return f"CAST({column} AS DOUBLE) AS {column}"
    if kind.startswith("ENUM("):
        return f"CAST({column} AS VARCHAR) AS {column}"
    if kind == "UUID[]":
        return f"list_sort({column}) AS {column}"
    if kind not in _AS_THEY_ARE and not kind.startswith("DECIMAL("):
        _end(TYPES)
    return column


def _from_python(name: str, kind: str, pseudonyms: Sequence[str]) -> str:
    """Return SQL of a column that Python returned: pseudonyms are texts there, and a day is a moment."""
    column = _quoted(name)
    if name in pseudonyms:
        return f"CAST({column} AS UUID) AS {column}"
    if kind.startswith("TIMESTAMP"):
        return f"CAST({column} AS DATE) AS {column}"
    return _plain(name, kind)


def _python(connection: Any, job: dict[str, Any]) -> None:
    """Call the recipe's function with its tables as pandas frames, pseudonyms as texts, and keep what it returns."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    frames: list[pd.DataFrame] = [_frame(connection, name) for name in job["tabellen"]]
    connection.close()
    space: dict[str, Any] = {"__name__": "recept"}
    exec(compile(job["module"], "recept", "exec"), space)  # noqa: S102 - the recipe itself: what the sandbox is for
    function: Callable[..., object] = space[job["functie"]]
    result = function(*frames)
    if not isinstance(result, pd.DataFrame) or not _names(list(result.columns)):
        _end(SHAPE)
    table = pa.Table.from_pandas(result, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, _RESULT, compression="zstd")


def _frame(connection: Any, name: str) -> Any:
    schema, _, own = name.partition(".")
    relation = connection.sql(f"SELECT * FROM {_quoted(schema)}.{_quoted(own)}")
    columns = [
        f"CAST({_quoted(column)} AS VARCHAR) AS {_quoted(column)}" if str(kind) == "UUID" else _quoted(column)
        for column, kind in zip(relation.columns, relation.types, strict=True)
    ]
    selected = ", ".join(columns)
    return connection.sql(f"SELECT {selected} FROM {_quoted(schema)}.{_quoted(own)} ORDER BY ALL").df()


def _names(columns: Sequence[object]) -> bool:
    return bool(columns) and all(isinstance(name, str) for name in columns) and len(set(columns)) == len(columns)


if __name__ == "__main__":
    main()
