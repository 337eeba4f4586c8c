"""The last step to a package table: drop double rows, put the rest in an order that carries nothing, write Parquet.

What comes in are Parquet parts of pseudonyms and typed attributes; no identifier reaches the query engine. Sorting
and de-duplicating spill to disk, so a table may be larger than memory.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

ROW = "_rij"
"""Number of the row in the delivery (all files of the table in order); only in the parts, never in a package."""

CODE = "_code"
"""What the name of a column of codes ends with."""

_ROW_GROUP = 122_880
_GROUPS_PER_BATCH = 10
_MEMORY = "600MB"

Coder = Callable[[pa.Table], pa.Table]
"""Adds the columns of codes to a batch of rows."""


@dataclass(frozen=True)
class Layout:
    """The columns of one table.

    outputs: the columns of the package, without codes. extra: columns that are no output (keys to compare rows by,
    audit identities). key: columns whose equality makes rows double (empty: none are), where two missing values are
    equal. key_needed: those of them without which a row is nobody's double. rare: text column -> N; a value that fewer
    than N rows have becomes `other`.
    """

    outputs: pa.Schema
    extra: pa.Schema
    key: Sequence[str]
    key_needed: Sequence[str]
    rare: Mapping[str, int]
    other: str

    @property
    def parts(self) -> pa.Schema:
        """The columns of a part."""
        return pa.schema([*self.outputs, *self.extra, pa.field(ROW, pa.int64())])


def write_part(path: Path, table: pa.Table, layout: Layout) -> None:
    """Write one part; whatever stands at `path` is of a run that did not finish it."""
    pq.write_table(table.select(layout.parts.names).cast(layout.parts), path, compression="lz4")


class Parts:
    """The unsorted parts of one table, and the rows of the package to which they are added, if any."""

    def __init__(self, parts: Sequence[Path], layout: Layout, spill: Path, existing: Path | None = None) -> None:
        """Open the parts. spill: folder (of this user alone) for what does not fit in memory."""
        self._layout = layout
        self._connection = duckdb.connect(
            config={
                "memory_limit": _MEMORY,
                "threads": 2,
                "temp_directory": str(spill),
                "preserve_insertion_order": False,
            }
        )
        # pseudonyms come back as UUIDs, not as their text
        self._connection.execute("SET arrow_lossless_conversion = true")
        columns = ", ".join(map(_quoted, layout.outputs.names))
        self._connection.execute(f"CREATE VIEW deel AS SELECT * FROM {_files(parts)}")
        self._connection.execute(f"CREATE TEMP TABLE weg ({ROW} BIGINT)")
        self._existing = existing is not None
        if existing is not None:
            self._connection.execute(f"CREATE VIEW bestaand AS SELECT {columns} FROM {_files([existing])}")

    def __enter__(self) -> "Parts":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def deduplicate(self, content_order: Callable[[list[int]], pl.DataFrame]) -> int:
        """Mark all but one of the rows with equal key, and return how many.

        A row that is in the existing package stays, whatever comes in. Otherwise what stays does not depend on the
        order of the rows nor on the secret: the row whose attributes come first, and, where rows differ in their
        identifiers only, the one whose identifiers do. For those rows alone `content_order` is asked: given row
        numbers it returns them (column `_rij`) with their canonical identifiers in the other columns.
        """
        layout, connection = self._layout, self._connection
        if not layout.key:
            return 0
        key = ", ".join(map(_quoted, layout.key))
        filled = " AND ".join([f"{_quoted(name)} IS NOT NULL" for name in layout.key_needed] or ["true"])

        def same(other: str) -> str:
            pairs = [(f"deel.{_quoted(name)}", f"{other}.{_quoted(name)}") for name in layout.key]
            return " AND ".join(f"{one} IS NOT DISTINCT FROM {two}" for one, two in pairs)

        if self._existing:
            connection.execute(
                f"INSERT INTO weg SELECT {ROW} FROM (SELECT * FROM deel WHERE {filled}) AS deel "
                f"SEMI JOIN bestaand ON {same('bestaand')}"
            )
        connection.execute(
            f"CREATE TEMP TABLE sleutels AS SELECT {key} FROM deel WHERE {filled} GROUP BY ALL HAVING count(*) > 1"
        )
        [(doubles,)] = connection.execute("SELECT count(*) FROM sleutels").fetchall()
        if doubles:
            self._mark_doubles(key, same("sleutels"), content_order)
        [(count,)] = connection.execute(f"SELECT count(DISTINCT {ROW}) FROM weg").fetchall()
        return int(count)

    def _mark_doubles(self, key: str, same: str, content_order: Callable[[list[int]], pl.DataFrame]) -> None:
        connection, outputs = self._connection, self._layout.outputs
        values = [field.name for field in outputs if not _is_pseudonym(field)]
        order = ", ".join([f"{_quoted(name)} NULLS LAST" for name in values] or ["1"])
        # a row of NULLs counts as a value for DISTINCT, so a struct of the pseudonyms compares them all
        pseudonyms = ", ".join(_quoted(field.name) for field in outputs if _is_pseudonym(field)) or "1"
        connection.execute(
            f"CREATE TEMP TABLE dubbel AS SELECT * REPLACE (_rang = 1 AS _rang) FROM ("
            f"SELECT {key}, {ROW}, row({pseudonyms}) AS _wie, "
            f"rank() OVER (PARTITION BY {key} ORDER BY {order}) AS _rang "
            f"FROM deel SEMI JOIN sleutels ON {same})"
        )
        connection.execute(
            f"CREATE TEMP TABLE groepen AS SELECT min({ROW}) AS eerste, count(DISTINCT _wie) AS soorten, "
            f"list({ROW}) AS rijen FROM dubbel WHERE _rang GROUP BY {key}"
        )
        tied = [rows for (rows,) in connection.execute("SELECT rijen FROM groepen WHERE soorten > 1").fetchall()]
        chosen = _first_by_content(tied, content_order) if tied else []
        connection.register("gekozen", pl.DataFrame({ROW: chosen}, schema={ROW: pl.Int64}).to_arrow())
        connection.execute(
            f"INSERT INTO weg SELECT {ROW} FROM dubbel WHERE {ROW} NOT IN ("
            f"SELECT eerste FROM groepen WHERE soorten = 1 UNION ALL SELECT {ROW} FROM gekozen)"
        )
        connection.unregister("gekozen")

    def write_sorted(self, path: Path, codes: Sequence[str] = (), coder: Coder | None = None) -> int:
        """Write the remaining rows to `path` and return their number.

        Order: by the bytes of the first pseudonym, then of all columns. It is a keyed order: it says nothing about
        the delivery. Equal content gives equal bytes, whatever the row order before and the number of threads.
        codes: names of the columns that `coder` adds.
        """
        outputs = self._layout.outputs
        first = [field.name for field in outputs if _is_pseudonym(field)][:1]
        names = [*first, *(name for name in outputs.names if name not in first)]
        order = ", ".join(f"{_quoted(name)} NULLS LAST" for name in names)
        reader = self._connection.sql(f"SELECT * FROM ({self._generalised()}) ORDER BY {order}").to_arrow_reader(
            _ROW_GROUP
        )
        schema = pa.schema([*outputs, *(pa.field(name, pa.uint32()) for name in codes)])
        plain = [field.name for field in outputs if not _is_pseudonym(field)]
        rows = 0
        with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=plain) as writer:
            for batch in _batches(reader, _ROW_GROUP * _GROUPS_PER_BATCH):
                table = batch.cast(outputs)
                if coder is not None:
                    table = coder(table).cast(schema)
                table = table.combine_chunks()
                writer.write_table(table, row_group_size=_ROW_GROUP)
                rows += table.num_rows
        return rows

    def pairs(self, one: str, other: str) -> Iterator[tuple[pa.Array, pa.Array]]:
        """Yield the distinct pairs of two columns in the remaining rows of the delivery."""
        query = f"SELECT DISTINCT {_quoted(one)}, {_quoted(other)} FROM deel ANTI JOIN weg USING ({ROW})"
        for batch in self._connection.sql(query).to_arrow_reader(_ROW_GROUP):
            yield batch.column(0), batch.column(1)

    def _generalised(self) -> str:
        """Return the query of all rows, in which rare texts have been replaced."""
        columns = ", ".join(map(_quoted, self._layout.outputs.names))
        rows = f"SELECT {columns} FROM deel ANTI JOIN weg USING ({ROW})"
        if self._existing:
            rows += f" UNION ALL SELECT {columns} FROM bestaand"
        other = "'" + self._layout.other.replace("'", "''") + "'"
        replaced = []
        for number, (name, least) in enumerate(self._layout.rare.items()):
            column = _quoted(name)
            self._connection.execute(
                f"CREATE TEMP TABLE gewoon_{number} AS SELECT {column} FROM ({rows}) GROUP BY {column} "
                f"HAVING count(*) >= {least}"
            )
            usual = f"{column} IS NULL OR {column} IN (SELECT {column} FROM gewoon_{number})"
            replaced.append(f"CASE WHEN {usual} THEN {column} ELSE {other} END AS {column}")
        return f"SELECT * REPLACE ({', '.join(replaced)}) FROM ({rows})" if replaced else rows


def _first_by_content(tied: list[list[int]], content_order: Callable[[list[int]], pl.DataFrame]) -> list[int]:
    """Return of every group of row numbers the one whose identifiers come first."""
    place = {row: group for group, rows in enumerate(tied) for row in rows}
    contents = content_order(sorted(place))
    identifiers = [name for name in contents.columns if name != ROW]
    ordered = contents.with_columns(groep=pl.col(ROW).replace_strict(place)).sort([*identifiers, ROW], nulls_last=True)
    chosen: list[int] = ordered.unique("groep", keep="first", maintain_order=True).get_column(ROW).to_list()
    return chosen


def _batches(reader: pa.RecordBatchReader, size: int) -> Iterator[pa.Table]:
    """Cut the stream into tables of exactly `size` rows (the last may have fewer): its own cut must not show."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in reader:
        waiting.append(batch)
        count += batch.num_rows
        while count >= size:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, size)
            waiting = table.slice(size).to_batches()
            count -= size
    if count:
        yield pa.Table.from_batches(waiting)


def _files(paths: Sequence[Path]) -> str:
    # without the option a folder called `jaar=2016` on the way would take the place of the column `jaar`
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{names}], hive_partitioning = false)"


def _is_pseudonym(field: pa.Field) -> bool:
    return bool(field.type == pa.uuid())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
