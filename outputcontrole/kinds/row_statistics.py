"""What a statistic on rows asks of its rows, whichever statistic it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from outputcontrole.asked import AskedTable, columns_of
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.checks.degrees_of_freedom import degrees_of_freedom
from outputcontrole.policy import Policy
from outputcontrole.protection import TableProtection
from outputcontrole.row_units import RowUnits, unit_columns
from outputcontrole.spec import Condition
from outputcontrole.spec.filter import Node
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription

MOST_ROWS = 2_000_000
NUMERIC = frozenset({"integer", "number"})


@dataclass(frozen=True)
class Population:
    """The rows that a statistic is computed from, in an order that follows from the values alone.

    rows: numbers as floats, categories as the labels that tables use. units: who is behind them.
    """

    rows: pd.DataFrame
    units: RowUnits


def with_values(filters: Sequence[Node], columns: Iterable[str]) -> tuple[Node, ...]:
    """Return a filter that also asks of every column that it has a value; what it asked already it asks once."""
    present = (Condition.model_validate({"kolom": column, "is": "niet leeg"}) for column in columns)
    found: list[Node] = []
    for part in (*filters, *present):
        if part not in found:
            found.append(part)
    return tuple(found)


def check_numbers(names: Iterable[str], columns: Mapping[str, FieldDescription]) -> None:
    """Raise UserError for a column that is no number; a pseudonym never is, however it is written."""
    for name in names:
        kind = columns[name].type if name in columns else None
        if kind == "uuid":
            raise UserError(f"kolom '{name}' is een pseudoniem; daarmee kan niet gerekend worden")
        if kind not in NUMERIC:
            numeric = ", ".join(sorted(name for name, field in columns.items() if field.type in NUMERIC))
            raise UserError(f"kolom '{name}' is geen getal in deze bron; getallen zijn: {numeric or 'geen'}")


def read(table: AskedTable, numbers: Sequence[str], basis: Basis) -> Population:
    """Read the rows of a table with its dimensions and some numbers; raises UserError for what is not a finite number.

    Rows are put in order of their values, not of the pseudonyms beside them: which of two equal rows comes first then
    makes no difference to any sum.
    """
    columns = columns_of(table.source, basis.access)
    rows = basis.collector.rows(table, list(dict.fromkeys((*unit_columns(columns), *numbers))))
    if len(rows) > MOST_ROWS:
        raise UserError(f"meer dan {MOST_ROWS} rijen is te veel voor deze uitvoer; kies een kleinere populatie")
    for name in numbers:
        rows[name] = finite(rows[name], name)
    rows = rows.sort_values([*numbers, *table.dimensions], kind="stable", ignore_index=True)
    return Population(rows, RowUnits(rows, table.origin, columns))


def finite(values: "pd.Series[float]", name: str) -> "pd.Series[float]":
    """Return values as floats; raises UserError that names the column when one of them is no finite number."""
    numbers = values.astype("float64")
    if not np.isfinite(numbers.to_numpy()).all():
        raise UserError(f"kolom '{name}' bevat waarden die geen eindig getal zijn; filter ze of herstel de bron")
    return numbers


def not_shown(tables: Iterable[TableProtection]) -> tuple[Finding, ...]:
    """Return why a statistic about all units of some tables cannot be shown; none when every cell may be.

    Which cells they are stays unsaid: their labels may be rare enough to name somebody.
    """
    found: dict[tuple[str, str], Finding] = {}
    for table in tables:
        asked = table.evidence.table
        about = {"kenmerk": " × ".join(asked.dimensions) or "populatie"}
        reasons = list(table.findings.values()) or ([table.blocked] if table.blocked is not None else [])
        remedy = _OF_SUMS if asked.measure is not None else _OF_COUNTS
        for reason in reasons:
            found.setdefault((about["kenmerk"], reason.rule), Finding(reason.rule, reason.sentence, remedy, about))
    return tuple(found.values())


_OF_COUNTS = "voeg klassen samen, laat het kenmerk weg, of kies een grotere of duidelijk andere populatie"
_OF_SUMS = "dit model is een tabel van gemiddelden; vraag een magnitudetabel met bescherming 'onderdrukken'"


def freedom(population: Population, parameters: int, policy: Policy) -> Finding | None:
    """Ask degrees of freedom of units: a unit with many rows is one observation."""
    everybody = np.ones(len(population.rows), dtype=np.bool_)
    return degrees_of_freedom(population.units.least(everybody), parameters, policy)


def check_spread(name: str, values: np.ndarray, population: Population, policy: Policy, *, two: str) -> None:
    """Raise UserError for numbers of which few units differ from the rest, or that take one or two values.

    two: what to ask when there are two values: such a number is a category.
    """
    different, counts = np.unique(values, return_counts=True)
    if len(different) == 1:
        raise UserError(f"{name} heeft overal dezelfde waarde; laat die weg")
    if population.units.least(values != different[counts.argmax()]) < policy.n_min:
        raise UserError(
            f"{name} is voor (bijna) iedereen gelijk: minder dan {policy.n_min} eenheden wijken af; laat die weg"
        )
    if len(different) == 2:
        raise UserError(f"{name} heeft maar twee waarden en is dus een kenmerk; {two}")


def rounded(number: float, digits: int = 3) -> float:
    """Return a number at the fixed count of significant digits of a statistic, as JSON carries it."""
    return float(f"{number:.{digits}g}") + 0.0
