"""The rows that take part in a table, each with the place of its finest label in every dimension."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from outputcontrole.access import quoted
from outputcontrole.asked import AskedTable, columns_of
from outputcontrole.evidence.conditions import taking_part
from outputcontrole.evidence.grid import Grid
from outputcontrole.evidence.labels import finest_sql
from outputcontrole.evidence.source_rows import SourceRows


@dataclass(frozen=True)
class PlacedRows:
    """How to select from the rows that take part in a table; places are whole numbers, so that grouping is quick.

    lookups: per dimension the temporary table of its finest labels: `label`, its place `plaats`, and in `niveau0`,
    `niveau1`, … the places of the labels of cells that it belongs to. parameters: what the condition binds.
    """

    relation: str
    condition: str
    labels: tuple[str, ...]
    lookups: tuple[str, ...]
    parameters: Mapping[str, object]

    @property
    def places(self) -> list[str]:
        """The names of the columns with the place in each dimension."""
        return [f"p{dimension}" for dimension in range(len(self.labels))]

    def select(self, columns: Mapping[str, str], condition: str = "true") -> str:
        """Return SQL for the rows: a column per place, and `columns` (name -> SQL on a row of the source).

        condition: SQL on `columns` and places that rows must fulfil besides.
        """
        inner = [f"{label} AS t{number}" for number, label in enumerate(self.labels)]
        inner += [f"{sql} AS {name}" for name, sql in columns.items()]
        outer = [f"l{number}.plaats AS {place}" for number, place in enumerate(self.places)]
        joins = "".join(
            f" JOIN {lookup} AS l{number} ON l{number}.label = r.t{number}"
            for number, lookup in enumerate(self.lookups)
        )
        return (
            f"SELECT {', '.join([*outer, *columns])} FROM (SELECT {', '.join(inner)} FROM {self.relation} "
            f"WHERE {self.condition}) AS r{joins} WHERE {condition}"
        )


def place_rows(table: AskedTable, grid: Grid, rows: SourceRows, number: int = 0) -> PlacedRows:
    """Prepare the rows of a table; number: tells tables apart that are asked in one query.

    A table prepared before with the same number is gone.
    """
    prefix = f"t{number}_" if number else "f"
    condition, parameters = taking_part(table, columns_of(table.source, rows.access), prefix=prefix)
    lookups = []
    for dimension, (finest, belongs) in enumerate(zip(grid.finest, grid.belongs, strict=True)):
        frame = pd.DataFrame({"label": pd.Series(finest, dtype="str"), "plaats": range(len(finest))})
        for level in range(belongs.shape[1]):
            frame[f"niveau{level}"] = belongs[:, level]
        lookup = quoted(f"plaatsen_{number}_{dimension}")
        rows.keep(lookup, frame.astype(dict.fromkeys(frame.columns[1:], "int32")))
        lookups.append(lookup)
    return PlacedRows(
        relation=rows.name_of(table.source),
        condition=condition,
        labels=tuple(finest_sql(table, dimension) for dimension in table.dimensions),
        lookups=tuple(lookups),
        parameters=parameters,
    )
