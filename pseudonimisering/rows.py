"""The last step to a package table: drop double rows, put the rest in an order that carries nothing, write Parquet.

What comes in are Parquet parts of pseudonyms and typed attributes; no identifier reaches the query engine. Sorting
and de-duplicating spill to disk, so a table may be larger than memory.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

ROW = "_rij"
"""Number of the row in the delivery (all files of the table in order); only in the parts, never in a package."""

_ROW_GROUP = 122_880
_MEMORY = "400MB"


class Parts:
    """The unsorted parts of one table in a private folder."""

    def __init__(
        self, folder: Path, outputs: pa.Schema, key: Sequence[str], key_needed: Sequence[str], key_columns: pa.Schema
    ) -> None:
        """Collect parts in `folder` (mode 0700).

        outputs: the columns of the package. key: columns whose equality makes rows double (empty: none are), where
        two missing values are equal. key_needed: those of them without which a row is nobody's double. key_columns:
        those of them that are no output and only serve to compare.
        """
        self.folder = folder
        self.outputs = outputs
        self.key = key
        self.key_needed = key_needed
        self.schema = pa.schema([*outputs, *key_columns, pa.field(ROW, pa.int64())])
        self._writer = pq.ParquetWriter(folder / "deel.parquet", self.schema, compression="lz4")
        self._connection = duckdb.connect(
            config={"memory_limit": _MEMORY, "threads": 2, "temp_directory": str(folder / "sorteren")}
        )
        # pseudonyms come back as UUIDs, not as their text
        self._connection.execute("SET arrow_lossless_conversion = true")

    def add(self, table: pa.Table) -> None:
        """Add rows with the columns of `schema`."""
        self._writer.write_table(table.select(self.schema.names).cast(self.schema))

    def close(self) -> None:
        """Release the query engine."""
        self._writer.close()
        self._connection.close()

    def deduplicate(self, content_order: Callable[[list[int]], pl.DataFrame]) -> int:
        """Mark all but one of the rows with equal key, and return how many.

        What stays does not depend on the order of the rows nor on the secret: the row whose attributes come first,
        and, where rows differ in their identifiers only, the one whose identifiers do. For those rows alone
        `content_order` is asked: given row numbers it returns them (column `_rij`) with their canonical identifiers
        in the other columns.
        """
        self._writer.close()
        connection = self._connection
        connection.execute("CREATE TEMP TABLE weg (_rij BIGINT)")
        if not self.key:
            return 0
        key = ", ".join(map(_quoted, self.key))
        filled = " AND ".join([f"{_quoted(name)} IS NOT NULL" for name in self.key_needed] or ["true"])
        same = " AND ".join(f"deel.{_quoted(name)} IS NOT DISTINCT FROM sleutels.{_quoted(name)}" for name in self.key)
        values = [field.name for field in self.outputs if not _is_pseudonym(field)]
        order = ", ".join([f"{_quoted(name)} NULLS LAST" for name in values] or ["1"])
        # a row of NULLs counts as a value for DISTINCT, so a struct of the pseudonyms compares them all
        pseudonyms = ", ".join(_quoted(field.name) for field in self.outputs if _is_pseudonym(field)) or "1"
        connection.execute(
            f"CREATE TEMP TABLE sleutels AS SELECT {key} FROM {self._parts} WHERE {filled} "
            f"GROUP BY ALL HAVING count(*) > 1"
        )
        connection.execute(
            f"CREATE TEMP TABLE dubbel AS SELECT * REPLACE (rang = 1 AS rang) FROM ("
            f"SELECT {key}, {ROW}, row({pseudonyms}) AS wie, rank() OVER (PARTITION BY {key} ORDER BY {order}) AS rang "
            f"FROM {self._parts} AS deel SEMI JOIN sleutels ON {same})"
        )
        connection.execute(
            f"CREATE TEMP TABLE groepen AS SELECT min({ROW}) AS eerste, count(DISTINCT wie) AS soorten, "
            f"list({ROW}) AS rijen FROM dubbel WHERE rang GROUP BY {key}"
        )
        tied = [rows for (rows,) in connection.execute("SELECT rijen FROM groepen WHERE soorten > 1").fetchall()]
        chosen = _first_by_content(tied, content_order) if tied else []
        connection.register("gekozen", pa.table({ROW: pa.array(chosen, pa.int64())}))
        connection.execute(
            f"INSERT INTO weg SELECT {ROW} FROM dubbel WHERE {ROW} NOT IN ("
            f"SELECT eerste FROM groepen WHERE soorten = 1 UNION ALL SELECT {ROW} FROM gekozen)"
        )
        connection.unregister("gekozen")
        [(count,)] = connection.execute("SELECT count(*) FROM weg").fetchall()
        return int(count)

    def write_sorted(self, path: Path) -> int:
        """Write the remaining rows to `path` and return their number.

        Order: by the bytes of the first pseudonym, then of all columns. It is a keyed order: it says nothing about
        the delivery. Equal content gives equal bytes, whatever the row order before and the number of threads.
        """
        first = [field.name for field in self.outputs if _is_pseudonym(field)][:1]
        names = [*first, *(name for name in self.outputs.names if name not in first)]
        columns = ", ".join(map(_quoted, self.outputs.names))
        order = ", ".join(f"{_quoted(name)} NULLS LAST" for name in names)
        reader = self._connection.sql(
            f"SELECT {columns} FROM {self._parts} ANTI JOIN weg USING ({ROW}) ORDER BY {order}"
        ).to_arrow_reader(_ROW_GROUP)
        plain = [field.name for field in self.outputs if not _is_pseudonym(field)]
        rows = 0
        with pq.ParquetWriter(path, self.outputs, compression="zstd", use_dictionary=plain) as writer:
            for group in _groups(reader):
                writer.write_table(group.cast(self.outputs).combine_chunks(), row_group_size=_ROW_GROUP)
                rows += group.num_rows
        return rows

    @property
    def _parts(self) -> str:
        location = str(self.folder / "deel.parquet").replace("'", "''")
        return f"read_parquet('{location}')"


def _first_by_content(tied: list[list[int]], content_order: Callable[[list[int]], pl.DataFrame]) -> list[int]:
    """Return of every group of row numbers the one whose identifiers come first."""
    place = {row: group for group, rows in enumerate(tied) for row in rows}
    contents = content_order(sorted(place))
    identifiers = [name for name in contents.columns if name != ROW]
    ordered = contents.with_columns(groep=pl.col(ROW).replace_strict(place)).sort([*identifiers, ROW], nulls_last=True)
    chosen: list[int] = ordered.unique("groep", keep="first", maintain_order=True).get_column(ROW).to_list()
    return chosen


def _groups(batches: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Cut the stream into tables of exactly one row group, so that the file does not depend on its batches."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        while count >= _ROW_GROUP:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, _ROW_GROUP)
            waiting = table.slice(_ROW_GROUP).to_batches()
            count -= _ROW_GROUP
    if count:
        yield pa.Table.from_batches(waiting)


def _is_pseudonym(field: pa.Field) -> bool:
    return bool(field.type == pa.uuid())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
