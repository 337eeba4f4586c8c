"""Evidence: for every cell of a table, what the rules need to know, computed by the checker from the packages.

All counts are of distinct protected units; a duplicated row or a fan-out join adds nothing. Everything is done in
DuckDB on whole columns; only cells (never rows) reach Python. Sums are exact (integers and decimals), so evidence does
not depend on row order or threads.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import duckdb
import numpy as np
import pandas as pd

from outputcontrole.access import Access, quoted, quoted_table
from outputcontrole.asked import AREA_LEVELS, LIST_COLUMNS, AskedTable, columns_of
from outputcontrole.classes import class_labels, class_sql
from outputcontrole.spec import Condition, IndicatorSource, Source
from outputcontrole.spec.filter import AllOf, AnyOf, Node, columns_of_filter
from zoo_analyse import indicators
from zoo_analyse.errors import AnalysisError
from zoo_formaat.canonical import digest
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription

TOTAL = "Totaal"
UNKNOWN = "onbekend"
MAX_CELLS = 200_000
AREAS = "gebieden.buurten"
_STEPS = 1_000_000
_BUURT = "BU[0-9]{4}[0-9A-Z]{4}"
_PARENT = {"wijkcode": "'WK' || substr(buurtcode, 3, 6)", "gemeentecode": "'GM' || substr(buurtcode, 3, 4)"}


@dataclass(frozen=True)
class CellEvidence:
    """What the rules know of one cell.

    labels: dimension -> label, `Totaal` for a margin. n: counted units. units: protected unit kind -> distinct units
    of that kind whose data could change the number. dominance: unit kind -> share of the absolute total that the
    policy's n largest units of that kind hold (magnitudes only). group_share: the largest share that the cell takes
    of a row or column total, or of the population it was looked for in; None when there is nothing to compare with.
    values: how many values a magnitude cell has; None for counts. rest: unit kind -> what all but the two largest
    units of that kind hold, as a share of the largest (magnitudes only). equal: whether every value in a magnitude
    cell is the same, so that the mean is each one's own. spread: standard deviation of a magnitude cell as a share of
    that of the whole table; None for counts.
    """

    labels: Mapping[str, str]
    n: int
    units: Mapping[str, int]
    dominance: Mapping[str, float]
    group_share: float | None
    values: int | None = None
    rest: Mapping[str, float] = field(default_factory=dict)
    equal: bool = False
    spread: float | None = None


@dataclass(frozen=True)
class Evidence:
    """Evidence of one table.

    cells: one row per cell, margins and empty cells included, in order of labels: a column per dimension, `n`,
    `n_<kind>` per protected unit kind; for a measure (of rows that have one) the exact sum `som` as decimal text, the
    number of `waarden`, whether all are `gelijk`, their standard deviation `afwijking`, and `dominantie_<kind>` and
    `rest_<kind>` (see CellEvidence). Only rows with a counted unit take part, so
    that all columns are about the same units. labels: per dimension, finest
    label -> the labels of the cells it belongs to (itself, higher levels, `Totaal`).
    """

    table: AskedTable
    cells: pd.DataFrame
    labels: tuple[dict[str, tuple[str, ...]], ...]

    @property
    def keys(self) -> list[tuple[str, ...]]:
        """The labels of every cell, in order; one empty tuple for a table without dimensions."""
        columns = [self.cells[dimension].astype(str).tolist() for dimension in self.table.dimensions]
        return list(zip(*columns, strict=True)) if columns else [()] * len(self.cells)

    def cells_with(self, finest: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the labels of every cell that a row belongs to; finest: its finest label per dimension."""
        belongs = (dict.fromkeys(known[label]) for known, label in zip(self.labels, finest, strict=True))
        return list(product(*belongs))

    def rows_per_cell(self, rows: pd.DataFrame) -> dict[tuple[str, ...], pd.DataFrame]:
        """Return per cell, by its labels, those of `rows` (of Collector.rows) that belong to it; margins hold all."""
        names = list(self.table.dimensions)
        if not names:
            return {(): rows}
        parts: dict[tuple[str, ...], list[pd.DataFrame]] = {}
        for finest, held in rows.groupby(names, sort=True):
            for key in self.cells_with([str(label) for label in finest]):
                parts.setdefault(key, []).append(held)
        return {key: pd.concat(held) if len(held) > 1 else held[0] for key, held in parts.items()}

    @property
    def unit_kinds(self) -> list[str]:
        """The kinds of protected unit behind the numbers."""
        return [name.removeprefix("n_") for name in self.cells.columns if name.startswith("n_")]


class Collector:
    """Computes evidence; keeps each source's rows once as a temporary table of the connection."""

    def __init__(self, access: Access, dominance_n: int) -> None:
        """Collect from `access`; dominance_n: how many of the largest contributors the policy adds up."""
        self._access = access
        self._dominance_n = dominance_n
        self._prepared: dict[str, str] = {}

    def rows_of(self, source: Source) -> str:
        """Return the quoted name of the relation that holds a source's rows, with a column per area level."""
        key = digest(source.model_dump(mode="json"))
        if key in self._prepared:
            return self._prepared[key]
        name = quoted(f"basis_{len(self._prepared)}")
        columns = columns_of(source, self._access)
        if isinstance(source, IndicatorSource):
            relation, parameters = self._indicator_rows(source)
        else:
            relation, parameters = f"SELECT * FROM {quoted_table(source.tabel)}", {}
        selected = "*"
        if "buurtcode" in columns:
            # A source's own wijk and gemeente would compete with those that follow from the code.
            own = ", ".join(quoted(level) for level in _PARENT if level in columns)
            selected = f"*{f' EXCLUDE ({own})' if own else ''}, {_parents()}"
        try:
            self._access.connection.execute(
                f"CREATE TEMP TABLE {name} AS SELECT {selected} FROM ({relation}) AS rijen", parameters
            )
        except duckdb.Error:
            raise UserError(
                f"{_source_name(source)} is met deze parameters of deze kolommen niet te berekenen; controleer de vraag"
            ) from None
        self._check_areas(source, name, columns)
        self._prepared[key] = name
        return name

    def _check_areas(self, source: Source, name: str, columns: Mapping[str, FieldDescription]) -> None:
        """Refuse codes that are no buurt: a malformed one would end up in the wrong wijk, or pass for a wijk."""
        if "buurtcode" not in columns:
            return
        wrong = f"buurtcode IS NOT NULL AND NOT regexp_full_match(buurtcode, '{_BUURT}')"
        if len(self._frame(f"SELECT 1 FROM {name} WHERE {wrong} LIMIT 1", {})):
            raise UserError(
                f"{_source_name(source)}: kolom 'buurtcode' bevat een waarde die geen buurtcode is (verwacht BU "
                "en acht tekens); laat zone 1 de bron opnieuw leveren"
            )

    def _indicator_rows(self, source: IndicatorSource) -> tuple[str, dict[str, object]]:
        try:
            indicator = indicators.get(source.indicator)
            bound = indicator.bind(source.parameters)
            indicators.check_feasible(self._access.connection, indicator)
        except AnalysisError as error:
            raise UserError(str(error)) from None
        return indicator.sql, dict(bound)

    def collect(self, table: AskedTable) -> Evidence:
        """Compute the evidence of one table.

        Raises UserError when a filter value does not fit its column or the table would have too many cells.
        """
        columns = columns_of(table.source, self._access)
        rows = self.rows_of(table.source)
        labels = tuple(self._labels(rows, table, dimension) for dimension in table.dimensions)
        size = 1
        for label in labels:
            size *= len(_levels_of(label))
        if size > MAX_CELLS:
            raise UserError(f"de tabel zou {size} cellen hebben; meer dan {MAX_CELLS} kan niet. Kies grovere dimensies")
        cells = pd.DataFrame(
            _all_cells(labels), columns=[f"d{i}" for i in range(len(labels))], index=range(size), dtype="str"
        )
        where, values = _where(table, columns)
        selected = f"SELECT * FROM {rows} WHERE {where}"
        sets, label_sql = _grouping(table)
        on = list(cells.columns)

        def count(name: str, unit: str, relation: str) -> None:
            nonlocal cells
            query = (
                f"SELECT {label_sql}count(DISTINCT {unit}) AS {quoted(name)} FROM ({relation}) AS r "
                f"GROUP BY GROUPING SETS ({sets})"
            )
            cells = _beside(cells, self._frame(query, values), on)

        count("n", quoted(table.counted), selected)
        for kind, numberings in _unit_columns(table.source, columns).items():
            names = [f"n_{kind}_{i}" for i in range(len(numberings))]
            for name, held in zip(names, numberings, strict=True):
                count(name, "_bijdrager", f"SELECT *, unnest({held}) AS _bijdrager FROM ({selected}) AS s")
            # One dwelling with two numbers is one unit: of several numberings the one that tells most apart counts.
            cells[f"n_{kind}"] = cells[names].max(axis=1)
            cells = cells.drop(columns=names)
        counts = [name for name in cells.columns if name not in on]
        cells[counts] = cells[counts].fillna(0).astype("int64")
        if table.measure is not None:
            cells = self._magnitudes(cells, table, columns, selected, values)
        return Evidence(table, cells.rename(columns=dict(zip(on, table.dimensions, strict=True))), labels)

    def _magnitudes(
        self,
        cells: pd.DataFrame,
        table: AskedTable,
        columns: Mapping[str, FieldDescription],
        selected: str,
        values: Mapping[str, object],
    ) -> pd.DataFrame:
        """Add exact sums, the number of values, their spread, and the dominance of the largest units of every kind.

        Dominance is of the absolute total of the rows: a row with several contributors of a kind, say a buyer and a
        seller, is no reason to call any of them smaller.
        """
        exact = f"CAST({quoted(str(table.measure))} AS DECIMAL(38, 6))"
        sets, label_sql = _grouping(table)
        on = [f"d{i}" for i in range(len(table.dimensions))]
        different = self._frame(f"SELECT DISTINCT {exact} AS maat FROM ({selected}) AS r LIMIT 3", values)
        if 0 < len(different) <= 2:
            raise UserError(
                f"maat '{table.measure}' heeft hier maar een of twee verschillende waarden; zo'n som of gemiddelde is "
                f"een aantal of aandeel. Vraag een frequentietabel met '{table.measure}' als dimensie"
            )
        # Whole steps of a millionth of the range: their sums and squares are exact, in whatever order they are added.
        ends = f"SELECT min({exact}) AS laagste, max({exact}) - min({exact}) AS breedte FROM ({selected}) AS r"
        step = f"CAST(round(CAST({exact} - laagste AS DOUBLE) / CAST(breedte AS DOUBLE) * {_STEPS}) AS HUGEINT)"
        total = (
            f"SELECT {label_sql}CAST(sum({exact}) AS VARCHAR) AS som, count(*) AS waarden, "
            f"CAST(min({exact}) = max({exact}) AS INTEGER) AS gelijk, CAST(sum(abs({exact})) AS DOUBLE) AS _omvang, "
            f"CAST(any_value(breedte) AS DOUBLE) AS _breedte, CAST(sum(stap) AS VARCHAR) AS _stappen, "
            f"CAST(sum(stap * stap) AS VARCHAR) AS _kwadraten "
            f"FROM (SELECT *, {step} AS stap FROM ({selected}) AS p, ({ends}) AS e) AS r"
        )
        cells = _beside(cells, self._frame(f"{total} GROUP BY GROUPING SETS ({sets})", values), on)
        cells["waarden"] = cells["waarden"].fillna(0).astype("int64")
        cells["som"] = cells["som"].fillna("0")
        cells["gelijk"] = cells["gelijk"].to_numpy(dtype=float, na_value=np.nan) == 1.0
        cells["afwijking"] = [
            _deviation(n, steps, squares, width)
            for n, steps, squares, width in zip(
                cells["waarden"], cells.pop("_stappen"), cells.pop("_kwadraten"), cells.pop("_breedte"), strict=True
            )
        ]
        size = cells.pop("_omvang").fillna(0.0).to_numpy(dtype=float)
        for kind, numberings in _unit_columns(table.source, columns).items():
            held = numberings[0] if len(numberings) == 1 else f"flatten([{', '.join(numberings)}])"
            contributor = f"unnest(list_distinct({held}))"
            inner_sets = ", ".join(f"({part}, _bijdrager)" if part else "(_bijdrager)" for part in _sets(table))
            per_unit = (
                f"SELECT {label_sql}_bijdrager, sum(abs({exact})) AS _bedrag "
                f"FROM (SELECT *, {contributor} AS _bijdrager FROM ({selected}) AS p) AS r "
                f"WHERE _bijdrager IS NOT NULL GROUP BY GROUPING SETS ({inner_sets})"
            )
            names = "".join(f"{name}, " for name in on)
            largest = (
                f"SELECT {names}max(_bedrag, {max(2, self._dominance_n)}) AS _top FROM ({per_unit}) AS e"
                f"{' GROUP BY ALL' if on else ''}"
            )
            query = (
                f"SELECT {names}CAST(list_sum(_top[1:{self._dominance_n}]) AS DOUBLE) AS _grootste, "
                f"CAST(_top[1] AS DOUBLE) AS _eerste, CAST(list_sum(_top[1:2]) AS DOUBLE) AS _twee "
                f"FROM ({largest}) AS t"
            )
            cells = _beside(cells, self._frame(query, values), on)
            biggest, first, two = (cells.pop(name).to_numpy(dtype=float) for name in ("_grootste", "_eerste", "_twee"))
            # Where nobody of a kind is known, the kind has nothing to say; a total of nothing but zeros tells all.
            share = np.divide(biggest, size, out=np.ones(len(size)), where=size > 0)
            cells[f"dominantie_{kind}"] = np.where(np.isnan(biggest), np.where(size > 0, 0.0, 1.0), share)
            rest = np.divide(np.maximum(size - two, 0.0), first, out=np.zeros(len(size)), where=first > 0)
            cells[f"rest_{kind}"] = np.where(np.isnan(first), np.inf, rest)
        return cells

    def memberships(self, tables: Sequence[Evidence], unit: str | None) -> pd.DataFrame:
        """Return the atoms of several tables: groups of units that no finest cell of any of them tells apart.

        unit: the counted column that the tables share, or None to take every row as its own unit (sums). Result:
        `cellen` (sorted list of finest cells; those of table t are numbered on from those of the tables before) and
        `n` (units). Order of rows: by `cellen`.
        """
        parts, parameters, offset = [], {}, 0
        for number, evidence in enumerate(tables):
            table = evidence.table
            where, values = _where(table, columns_of(table.source, self._access), prefix=f"t{number}_")
            parameters.update(values)
            index, joins, size = "0", "", 1
            for i, dimension in enumerate(table.dimensions):
                finest = sorted(evidence.labels[i])
                lookup = quoted(f"labels_{number}_{i}")
                frame = pd.DataFrame({"_label": pd.Series(finest, dtype="str"), "_nummer": range(len(finest))})
                self._access.connection.register(f"labels_{number}_{i}", frame)
                joins += f" JOIN {lookup} AS l{i} ON l{i}._label = {_finest(table, dimension)}"
                index = f"({index}) * {len(finest)} + l{i}._nummer"
                size *= len(finest)
            rows = self.rows_of(table.source)
            who = "r.rowid" if unit is None else f"r.{quoted(table.counted)}"
            parts.append(f"SELECT {who} AS eenheid, {offset} + {index} AS cel FROM {rows} AS r{joins} WHERE {where}")
            offset += size
        query = (
            "SELECT cellen, count(*) AS n FROM (SELECT eenheid, list_sort(list(DISTINCT cel)) AS cellen FROM ("
            + " UNION ALL ".join(parts)
            + ") AS m WHERE eenheid IS NOT NULL GROUP BY eenheid) AS a GROUP BY cellen ORDER BY cellen"
        )
        return self._frame(query, parameters)

    def rows(self, table: AskedTable, columns: Sequence[str]) -> pd.DataFrame:
        """Return the rows that take part in a table, in an order that follows from their content alone.

        Columns: the counted unit, the dimensions by name (each row's finest label, as in `Evidence.labels`), and
        `columns`. Rows stay with the checker: a kind computes a statistic from them and publishes that.
        """
        where, values = _where(table, columns_of(table.source, self._access))
        labels = [f"{_finest(table, dimension)} AS {quoted(dimension)}" for dimension in table.dimensions]
        others = [column for column in dict.fromkeys((table.counted, *columns)) if column not in table.dimensions]
        selected = ", ".join([*labels, *map(quoted, others)])
        return self._frame(f"SELECT {selected} FROM {self.rows_of(table.source)} WHERE {where} ORDER BY ALL", values)

    def _labels(self, rows: str, table: AskedTable, dimension: str) -> dict[str, tuple[str, ...]]:
        """Return finest label -> labels of all cells it belongs to.

        Labels are those that occur in the source, and for areas every area on the open map too: that an area is
        absent from a source must not show either. Classes are those declared, whatever occurs. A label that the filter
        leaves out by a condition on the dimension itself was not asked for, and is no empty cell.
        """
        edges = table.edges(dimension)
        if edges is not None:
            return {label: (label, TOTAL) for label in class_labels(edges)}
        levels = AREA_LEVELS.get(dimension, (dimension,))
        names = ", ".join(f"{_label(level)} AS l{i}" for i, level in enumerate(levels))
        own = [part for part in table.filter if columns_of_filter([part]) == {dimension} - AREA_LEVELS.keys()]
        known, values = _all_hold(own, columns_of(table.source, self._access), "f")
        if dimension in AREA_LEVELS:
            known = f"{quoted(levels[0])} IS NOT NULL"
        queries = [f"SELECT {names} FROM {rows} WHERE {known}"]
        if dimension in AREA_LEVELS and AREAS in self._access.tables and self._access.is_open(AREAS):
            queries.append(f"SELECT {names} FROM (SELECT buurtcode, {_parents()} FROM {quoted_table(AREAS)}) AS a")
        frame = self._frame(f"SELECT DISTINCT * FROM ({' UNION ALL '.join(queries)}) AS l ORDER BY ALL", values)
        if (frame == TOTAL).to_numpy().any():
            raise UserError(
                f"dimensie '{dimension}' heeft een waarde '{TOTAL}', die niet van een totaal te onderscheiden is; laat "
                "zone 1 die waarde een andere naam geven"
            )
        return {str(row[0]): (*map(str, row), TOTAL) for row in frame.itertuples(index=False)}

    def _frame(self, query: str, parameters: Mapping[str, object]) -> pd.DataFrame:
        used = {name: value for name, value in parameters.items() if f"${name}" in query}
        try:
            return self._access.connection.execute(query, used).df()
        except duckdb.Error:
            # The engine's own message quotes the value it failed on, so it stays inside.
            raise UserError(
                "een filterwaarde past niet bij het type van haar kolom, of een maat bevat een waarde waarmee niet te "
                "rekenen is; controleer filter en maat"
            ) from None


def _deviation(n: int, steps: object, squares: object, width: float) -> float:
    """Return the standard deviation of n values given as whole steps; NaN for fewer than two values."""
    if n < 2:
        return float("nan")
    scattered = n * int(str(squares)) - int(str(steps)) ** 2
    return math.sqrt(scattered / (n * (n - 1))) * width / _STEPS


def _beside(cells: pd.DataFrame, found: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Return the cells with what was found of each; a table without dimensions has one cell."""
    return cells.merge(found, on=on, how="left") if on else pd.concat([cells, found], axis=1)


def _parents() -> str:
    return ", ".join(f"{formula} AS {quoted(level)}" for level, formula in _PARENT.items())


def _label(column: str) -> str:
    """SQL for a label: text, `onbekend` for a missing value, ja and nee for booleans."""
    name = quoted(column)
    return (
        f"CASE WHEN {name} IS NULL THEN '{UNKNOWN}' WHEN typeof({name}) = 'BOOLEAN' "
        f"THEN CASE WHEN CAST({name} AS VARCHAR) = 'true' THEN 'ja' ELSE 'nee' END ELSE CAST({name} AS VARCHAR) END"
    )


def _finest(table: AskedTable, dimension: str) -> str:
    return quoted(dimension) if dimension in AREA_LEVELS else _levels(table, dimension)[0]


def _levels(table: AskedTable, dimension: str) -> list[str]:
    edges = table.edges(dimension)
    if edges is not None:
        return [class_sql(quoted(dimension), edges)]
    return [_label(level) for level in AREA_LEVELS.get(dimension, (dimension,))]


def _sets(table: AskedTable) -> list[str]:
    choices = [[*_levels(table, dimension), ""] for dimension in table.dimensions]
    return [", ".join(part for part in chosen if part) for chosen in product(*choices)]


def _grouping(table: AskedTable) -> tuple[str, str]:
    """SQL of the grouping sets (every level of every dimension, and its total) and of the labels d0, d1, …, each
    followed by a comma."""
    labels = []
    for i, dimension in enumerate(table.dimensions):
        cases = " ".join(f"WHEN grouping({level}) = 0 THEN {level}" for level in _levels(table, dimension))
        labels.append(f"CASE {cases} ELSE '{TOTAL}' END AS d{i}")
    return ", ".join(f"({part})" for part in _sets(table)), "".join(f"{label}, " for label in labels)


def _unit_columns(source: Source, columns: Mapping[str, FieldDescription]) -> dict[str, list[str]]:
    """Per protected unit kind, and per way in which its units are numbered: SQL for the list of pseudonyms in a row.

    Owners are persons or legal persons, so for them both numberings are one.
    """
    held: dict[str, dict[str | None, list[str]]] = {}
    for name, column in columns.items():
        if column.eenheid is not None:
            listed = isinstance(source, IndicatorSource) and name in LIST_COLUMNS
            numbering = None if column.eenheid == "eigenaar" else column.domein
            part = f"coalesce({quoted(name)}, [])" if listed else f"[{quoted(name)}]"
            held.setdefault(column.eenheid, {}).setdefault(numbering, []).append(part)
    return {
        kind: [parts[0] if len(parts) == 1 else f"flatten([{', '.join(parts)}])" for parts in numberings.values()]
        for kind, numberings in held.items()
    }


def _source_name(source: Source) -> str:
    return f"indicator {source.indicator}" if isinstance(source, IndicatorSource) else f"tabel {source.tabel}"


def _where(
    table: AskedTable, columns: Mapping[str, FieldDescription], prefix: str = "f"
) -> tuple[str, dict[str, object]]:
    """SQL of a filter with its values as bound parameters, never as text."""
    parts = [f"{quoted(AREA_LEVELS[d][0])} IS NOT NULL" for d in table.dimensions if d in AREA_LEVELS]
    binned = (quoted(name) for name, _ in table.bins)
    parts.extend(f"{column} IS NOT NULL AND NOT isnan(CAST({column} AS DOUBLE))" for column in binned)
    parts.append(f"{quoted(table.counted)} IS NOT NULL")
    if table.measure is not None:
        parts.append(f"{quoted(table.measure)} IS NOT NULL")
    text, parameters = _all_hold(table.filter, columns, prefix)
    return " AND ".join([*parts, text]), parameters


def _all_hold(
    conjuncts: Sequence[Node], columns: Mapping[str, FieldDescription], prefix: str
) -> tuple[str, dict[str, object]]:
    """SQL that all parts of a filter hold, `true` for none; `prefix` begins the names of its parameters."""
    texts = ["true"]
    parameters: dict[str, object] = {}
    for number, conjunct in enumerate(conjuncts):
        text, values = _conjunct(conjunct, columns, f"{prefix}{number}")
        texts.append(text)
        parameters.update(values)
    return " AND ".join(texts), parameters


_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DECIMAL(38, 6)", "boolean": "BOOLEAN", "date": "DATE"}


def _conjunct(node: Node, columns: Mapping[str, FieldDescription], name: str) -> tuple[str, dict[str, object]]:
    """SQL of a part of a filter, which may be a tree; `name` begins the names of its parameters."""
    match node:
        case Condition():
            return _condition(node, columns[node.kolom], name)
        case AllOf():
            word, parts = " AND ", node.en
        case AnyOf():
            word, parts = " OR ", node.of
    texts: list[str] = []
    parameters: dict[str, object] = {}
    for number, part in enumerate(parts):
        text, values = _conjunct(part, columns, f"{name}_{number}")
        texts.append(text)
        parameters.update(values)
    return f"({word.join(texts)})", parameters


def _condition(condition: Condition, field: FieldDescription, name: str) -> tuple[str, dict[str, object]]:
    column = quoted(condition.kolom)
    if condition.is_ == "leeg":
        return f"{column} IS NULL", {}
    if condition.is_ == "niet leeg":
        return f"{column} IS NOT NULL", {}
    kind = _TYPES[field.type]
    if condition.is_ in {"in", "niet in"}:
        values = condition.waarde if isinstance(condition.waarde, list) else []
        named = {f"{name}_{i}": value for i, value in enumerate(values)}
        listed = ", ".join(f"CAST(${key} AS {kind})" for key in named)
        return f"{column} {'IN' if condition.is_ == 'in' else 'NOT IN'} ({listed})", dict(named)
    operator = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}[condition.is_]
    return f"{column} {operator} CAST(${name} AS {kind})", {name: condition.waarde}


def _all_cells(labels: Sequence[Mapping[str, tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """Every combination of labels, margins and empty combinations included: an absent row would tell a zero."""
    return list(product(*(_levels_of(label) for label in labels)))


def _levels_of(label: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Every label of a dimension, its total included, also when there are no rows."""
    return sorted({TOTAL}.union(*label.values()))
