"""Evidence on sample weights: that they are weights, and how many units they leave a weighted number to rest on."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from outputcontrole.access import quoted
from outputcontrole.asked import AskedTable, columns_of
from outputcontrole.evidence.conditions import taking_part
from outputcontrole.evidence.labels import beside, grouping, grouping_sets
from outputcontrole.evidence.source_rows import SourceRows
from outputcontrole.evidence.units import unit_columns
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription

# Weights are computed with in six decimals. Below, such a weight would be mostly rounding; above, no row of a sample
# stands for so many.
LEAST, MOST = "0.001", "1000000000"


def exact_weight(weight: str) -> str:
    """SQL for the weight of a row as an exact number."""
    return f"CAST({quoted(weight)} AS DECIMAL(18, 6))"


def check_weights(table: AskedTable, rows: SourceRows) -> None:
    """Raise UserError unless every row that takes part has a weight, and each is 0 or of a size that weights have."""
    weight = quoted(str(table.weight))
    unweighted = replace(table, measure=None if table.measure == table.weight else table.measure, weight=None)
    where, values = taking_part(unweighted, columns_of(table.source, rows.access))
    # NaN is above every number
    usable = f"({weight} = 0 OR {weight} >= {LEAST}) AND {weight} <= {MOST}"
    query = (
        f"SELECT count(*) - count({weight}) AS leeg, count(*) FILTER (NOT ({usable})) AS onbruikbaar, "
        f"coalesce(min({weight}) < 0, false) AS negatief FROM {rows.name_of(table.source)} WHERE {where}"
    )
    found = rows.frame(query, values).iloc[0]
    if found["leeg"]:
        raise UserError(
            f"gewicht '{table.weight}' is niet overal ingevuld; vul het aan, of sluit de rijen zonder gewicht uit met "
            f"het filter niet leeg({table.weight})"
        )
    if found["negatief"]:
        raise UserError(f"gewicht '{table.weight}' is ergens negatief; een gewicht is 0 of meer. Herstel de bron")
    if found["onbruikbaar"]:
        raise UserError(
            f"gewicht '{table.weight}' is niet overal 0, of een getal van een duizendste tot een miljard; schaal het "
            "zo dat het zegt hoeveel eenheden van de populatie een rij vertegenwoordigt"
        )


def with_effective_units(
    cells: pd.DataFrame,
    table: AskedTable,
    columns: Mapping[str, FieldDescription],
    selected: str,
    values: Mapping[str, object],
    rows: SourceRows,
) -> pd.DataFrame:
    """Add `effectief`: the effective number of units behind each cell, of the kind that has fewest; 0 without weight.

    The square of the sum of the units' weights over the sum of their squares: as many units of equal weight would
    leave a mean as uncertain. A kind that nobody in the cell has does not count; of several numberings of a kind the
    one that tells most units apart does. Source: Kish (1965), Survey Sampling, section 11.7.
    """
    _, labels_sql = grouping(table)
    on = [f"d{i}" for i in range(len(table.dimensions))]
    names = "".join(f"{name}, " for name in on)
    sets = ", ".join(f"({part}, _bijdrager)" if part else "(_bijdrager)" for part in grouping_sets(table))
    of_kinds = []
    for numberings in unit_columns(table.source, columns).values():
        of_numberings = []
        for held in numberings:
            per_unit = (
                f"SELECT {labels_sql}_bijdrager, CAST(sum({exact_weight(str(table.weight))}) AS DECIMAL(19, 6)) AS _g "
                f"FROM (SELECT *, unnest(list_distinct({held})) AS _bijdrager FROM ({selected}) AS p) AS r "
                f"WHERE _bijdrager IS NOT NULL GROUP BY GROUPING SETS ({sets})"
            )
            query = (
                f"SELECT {names}CAST(sum(_g) AS DOUBLE) AS _som, CAST(sum(_g * _g) AS DOUBLE) AS _kwadraten "
                f"FROM ({per_unit}) AS e{' GROUP BY ALL' if on else ''}"
            )
            found = beside(cells[on], rows.frame(query, values), on)
            total, squares = (found[name].to_numpy(dtype=float, na_value=np.nan) for name in ("_som", "_kwadraten"))
            effective = np.divide(total**2, squares, out=np.zeros(len(cells)), where=squares > 0)
            of_numberings.append(np.where(np.isnan(squares), np.nan, effective))
        of_kinds.append(np.fmax.reduce(of_numberings))
    fewest = np.fmin.reduce(of_kinds) if of_kinds else np.full(len(cells), np.nan)
    return cells.assign(effectief=np.where(np.isnan(fewest), 0.0, fewest))
