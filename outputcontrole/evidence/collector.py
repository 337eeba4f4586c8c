"""Evidence of one table at a time."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from outputcontrole.access import Access, quoted, quoted_table
from outputcontrole.asked import AREA_LEVELS, AskedTable, columns_of
from outputcontrole.classes import class_labels
from outputcontrole.evidence.atoms import memberships
from outputcontrole.evidence.carried import alike_amounts, chooses, prevalence, widest_reach
from outputcontrole.evidence.cells import TOTAL, Evidence
from outputcontrole.evidence.conditions import all_hold, taking_part
from outputcontrole.evidence.contributors import UnitsPerCell, together, units_per_cell
from outputcontrole.evidence.grid import Grid
from outputcontrole.evidence.labels import AREAS, finest_sql, label_sql, parents
from outputcontrole.evidence.magnitudes import measured, with_magnitudes
from outputcontrole.evidence.placed_rows import PlacedRows, place_rows
from outputcontrole.evidence.source_rows import SourceRows
from outputcontrole.evidence.units import Numbering, numberings
from outputcontrole.evidence.weights import check_weights, with_effective_units
from outputcontrole.spec.filter import columns_of_filter
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription

MAX_CELLS = 200_000


class Collector:
    """Computes evidence from the sources of one access."""

    def __init__(self, access: Access, dominance_n: int) -> None:
        """Collect from `access`; dominance_n: how many of the largest contributors the policy adds up."""
        self._access = access
        self._dominance_n = dominance_n
        self._rows = SourceRows(access)

    def collect(self, table: AskedTable) -> Evidence:
        """Compute the evidence of one table.

        Raises UserError when a filter value does not fit its column or the table would have too many cells.
        """
        columns = columns_of(table.source, self._access)
        if table.weight is not None:
            check_weights(table, self._rows)
        rows = self._rows.name_of(table.source)
        labels = tuple(self._labels(rows, table, dimension) for dimension in table.dimensions)
        grid = Grid(labels)
        if grid.size > MAX_CELLS:
            raise UserError(
                f"de tabel zou {grid.size} cellen hebben; meer dan {MAX_CELLS} kan niet. Kies grovere dimensies"
            )
        placed = place_rows(table, grid, self._rows)
        measure = None if table.measure is None else measured(table, columns, self._rows)
        cells = grid.frame([f"d{i}" for i in range(len(labels))])
        held = self._units(table, columns, placed, grid, None if measure is None else measure.size)
        cells["n"] = held.pop("").n
        for kind, found in held.items():
            cells[f"n_{kind}"] = found.n
        if measure is not None:
            largest = {kind: found.largest for kind, found in held.items() if found.largest is not None}
            cells = with_magnitudes(cells, measure, placed, grid, self._rows, largest, self._dominance_n)
        if table.weight is not None:
            where, values = taking_part(table, columns)
            selected = f"SELECT * FROM {rows} WHERE {where}"
            cells = with_effective_units(cells, table, columns, selected, values, self._rows)
        names = {f"d{i}": dimension for i, dimension in enumerate(table.dimensions)}
        return Evidence(table, cells.rename(columns=names), labels)

    def _units(
        self,
        table: AskedTable,
        columns: Mapping[str, FieldDescription],
        placed: PlacedRows,
        grid: Grid,
        amount: str | None,
    ) -> dict[str, UnitsPerCell]:
        """Return the units of every protected kind in every cell; under an empty name the counted ones."""
        top = max(2, self._dominance_n)
        counted = Numbering((quoted(table.counted),))
        found: dict[Numbering, UnitsPerCell] = {}
        kinds: dict[str, UnitsPerCell] = {}
        for kind, of_kind in numberings(table.source, columns).items():
            for one in of_kind:
                found[one] = units_per_cell(one, placed, grid, self._rows, amount, top)
            kinds[kind] = together([found[one] for one in of_kind])
        if counted not in found:
            found[counted] = units_per_cell(counted, placed, grid, self._rows)
        return {"": found[counted], **kinds}

    def prevalence(self, evidence: Evidence) -> np.ndarray:
        """Return per cell the largest share of its counted units behind whose rows one unit stands."""
        return prevalence(evidence, self._rows)

    def alike_amounts(self, one: AskedTable, other: AskedTable) -> tuple[int, int]:
        """Return of how many units two sums add up equal amounts, and how many units both are about."""
        return alike_amounts(one, other, self._rows)

    def widest_reach(self, table: AskedTable) -> int:
        """Return the most counted units, other than itself, whose rows a unit of the counted kind contributes to."""
        return widest_reach(table, self._rows)

    def chooses(self, table: AskedTable) -> bool:
        """Whether the recipe that a table is of leaves out counted units for a value."""
        return chooses(table, self._rows)

    def memberships(self, tables: Sequence[Evidence], unit: str | None) -> pd.DataFrame:
        """Return the atoms of several tables; see `atoms.memberships`."""
        return memberships(tables, unit, self._rows)

    def rows(self, table: AskedTable, columns: Sequence[str]) -> pd.DataFrame:
        """Return the rows that take part in a table, in an order that follows from their content alone.

        Columns: the counted unit, the dimensions by name (each row's finest label, as in `Evidence.labels`), and
        `columns`. Rows stay with the checker: a kind computes a statistic from them and publishes that.
        """
        where, values = taking_part(table, columns_of(table.source, self._access))
        labels = [f"{finest_sql(table, dimension)} AS {quoted(dimension)}" for dimension in table.dimensions]
        others = [column for column in dict.fromkeys((table.counted, *columns)) if column not in table.dimensions]
        selected = ", ".join([*labels, *map(quoted, others)])
        return self._rows.frame(
            f"SELECT {selected} FROM {self._rows.name_of(table.source)} WHERE {where} ORDER BY ALL", values
        )

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
        names = ", ".join(f"{label_sql(level)} AS l{i}" for i, level in enumerate(levels))
        values: dict[str, object] = {}
        if dimension in AREA_LEVELS:
            known = [self._rows.areas_in(rows)]
            if AREAS in self._access.tables and self._access.is_open(AREAS):
                known.append(quoted_table(AREAS))
            codes = " UNION ALL ".join(f"SELECT buurtcode FROM {name}" for name in known)
            relation = f"(SELECT *, {parents()} FROM (SELECT DISTINCT * FROM ({codes}) AS c) AS b)"
        else:
            own = [part for part in table.filter if columns_of_filter([part]) == {dimension}]
            holds, values = all_hold(own, columns_of(table.source, self._access), "f")
            relation = f"(SELECT DISTINCT {quoted(dimension)} FROM {rows} WHERE {holds})"
        frame = self._rows.frame(f"SELECT DISTINCT {names} FROM {relation} AS w ORDER BY ALL", values)
        if (frame == TOTAL).to_numpy().any():
            raise UserError(
                f"dimensie '{dimension}' heeft een waarde '{TOTAL}', die niet van een totaal te onderscheiden is; laat "
                "zone 1 die waarde een andere naam geven"
            )
        return {str(row[0]): (*map(str, row), TOTAL) for row in frame.itertuples(index=False)}
