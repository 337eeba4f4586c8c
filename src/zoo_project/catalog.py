"""What data there is: tables, columns, meaning, unit, category, legal ground, period, coverage.

Everything here is computed for the analyst inside the workspace; none of it may leave.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription, Package
from zoo_project.engine import column_name, table_name
from zoo_project.statement import closest

if TYPE_CHECKING:
    from zoo_project.project import Project

_TYPES = {
    "string": "tekst",
    "integer": "geheel getal",
    "number": "getal",
    "boolean": "ja/nee",
    "date": "datum",
    "uuid": "pseudoniem",
}
_MOST = 20
_LONGEST = 50


@dataclass(frozen=True)
class TableFacts:
    """One table. rijen is None, and period and coverage are empty, when it was permitted but not delivered."""

    tabel: str
    omschrijving: str
    rijen: int | None
    van: str | None
    tot: str | None
    houder: str
    grondslag: str
    bewaren_tot: str
    verworpen: dict[str, int]
    ontbreekt: list[str]


@dataclass(frozen=True)
class ColumnFacts:
    """One column. gevuld: share of rows that are not empty (0 to 1). verschillend: distinct values."""

    tabel: str
    kolom: str
    betekenis: str
    type: str
    eenheid: str | None
    domein: str | None
    categorie: str
    maat: str | None
    waarden: dict[str, str] | None
    rijen: int
    gevuld: float | None
    verschillend: int
    verdeling: dict[str, int] | None
    """Per value, year or tenth part of the rows how many rows; None for a pseudonym, whose values mean nothing."""


def tables(project: "Project") -> list[TableFacts]:
    """Return every table that the project permits, delivered or not, by name."""
    found = {
        f"{package.manifest.bron}.{r.name}": package for package in project.packages for r in package.manifest.resources
    }
    permitted = [f"{source}.{table}" for source, held in project.file.bronnen.items() for table in held]
    return [_table(project, name, found.get(name)) for name in sorted(permitted)]


def _table(project: "Project", name: str, package: Package | None) -> TableFacts:
    source, table = name.split(".")
    permitted = project.file.permits(source, table) or []
    resource = package.manifest.resource(table) if package else None
    if package is None or resource is None:
        return TableFacts(name, "", None, None, None, "", "", "", {}, list(permitted))
    fields = project.engine.tables[name]
    first, last = _period(project, name, fields)
    return TableFacts(
        tabel=name,
        omschrijving=resource.omschrijving,
        rijen=resource.rijen,
        van=first,
        tot=last,
        houder=package.manifest.houder,
        grondslag=package.manifest.grondslag,
        bewaren_tot=str(package.manifest.bewaren_tot),
        verworpen=resource.verworpen,
        ontbreekt=[column for column in permitted if column not in fields],
    )


def _period(project: "Project", table: str, fields: dict[str, FieldDescription]) -> tuple[str | None, str | None]:
    """Return the first and last date in the table, over its date columns; its years when it has only those."""
    dates = [name for name, field in fields.items() if field.type == "date"] or [n for n in fields if n == "jaar"]
    if not dates:
        return None, None
    parts = ", ".join(f"min({column_name(d)}), max({column_name(d)})" for d in dates)
    (row,) = project.engine.rows(f"SELECT {parts} FROM {table_name(table)}")
    known = [value for value in row if value is not None]
    return (str(min(known)), str(max(known))) if known else (None, None)


def columns(project: "Project", table: str | None = None) -> pd.DataFrame:
    """Return one row per column of `table`, or of every table.

    Columns: tabel, kolom, betekenis, type, eenheid (protected unit of a pseudonym), categorie, maat, gevuld (share of
    rows that are not empty, missing for a table without rows). Raises UserError for an unknown table.
    """
    names = [known_table(project, table)] if table else sorted(project.engine.tables)
    rows = []
    for name in names:
        fields = project.engine.tables[name]
        counts = ", ".join(f"count({column_name(column)})" for column in fields)
        (counted,) = project.engine.rows(f"SELECT count(*), {counts} FROM {table_name(name)}")
        for field, filled in zip(fields.values(), counted[1:], strict=True):
            rows.append(
                {
                    "tabel": name,
                    "kolom": field.name,
                    "betekenis": field.description,
                    "type": _type(field),
                    "eenheid": field.eenheid,
                    "categorie": field.categorie,
                    "maat": field.maat,
                    "gevuld": filled / counted[0] if counted[0] else None,
                }
            )
    names_of_columns = ["tabel", "kolom", "betekenis", "type", "eenheid", "categorie", "maat", "gevuld"]
    return pd.DataFrame(rows, columns=names_of_columns)


def _type(field: FieldDescription) -> str:
    return _TYPES[field.type] if field.code_van is None else f"code van pseudoniem {field.code_van}"


def column(project: "Project", table: str, name: str) -> ColumnFacts:
    """Return what is known of one column; raises UserError that names the nearest table or column."""
    table = known_table(project, table)
    fields = project.engine.tables[table]
    if name not in fields:
        raise UserError(f"kolom '{table}.{name}' bestaat niet; {closest(name, fields)}")
    field = fields[name]
    quoted, relation = column_name(name), table_name(table)
    (row,) = project.engine.rows(f"SELECT count(*), count({quoted}), count(DISTINCT {quoted}) FROM {relation}")
    return ColumnFacts(
        tabel=table,
        kolom=name,
        betekenis=field.description,
        type=_type(field),
        eenheid=field.eenheid,
        domein=field.domein,
        categorie=field.categorie,
        maat=field.maat,
        waarden=field.waarden,
        rijen=row[0],
        gevuld=row[1] / row[0] if row[0] else None,
        verschillend=row[2],
        verdeling=_distribution(project, field, relation, row[2]),
    )


def _distribution(project: "Project", field: FieldDescription, relation: str, distinct: int) -> dict[str, int] | None:
    """Return value -> rows; of a date per year, of a number with many values per tenth part of the rows."""
    if field.type == "uuid" or field.code_van is not None:
        return None
    quoted = column_name(field.name)
    present = f"SELECT {quoted} AS x FROM {relation} WHERE {quoted} IS NOT NULL"
    if field.type in {"integer", "number"} and distinct > _MOST:
        tenths = f"SELECT x, ntile(10) OVER (ORDER BY x) AS deel FROM ({present})"
        label = "'tot en met ' || CAST(max(x) AS VARCHAR)"
        parts = f"SELECT {label} AS label, count(*) AS n, deel FROM ({tenths}) GROUP BY deel"
        query = f"SELECT label, CAST(sum(n) AS BIGINT) FROM ({parts}) GROUP BY label ORDER BY min(deel)"
    else:
        label = "year(x)" if field.type == "date" else "x"
        order = "2 DESC, 1" if field.type in {"string", "boolean"} else label
        counted = f"SELECT CAST({label} AS VARCHAR), count(*) FROM ({present}) GROUP BY {label}"
        query = f"{counted} ORDER BY {order} LIMIT {_LONGEST}"
    return dict(project.engine.rows(query))


def known_table(project: "Project", table: str) -> str:
    """Return the table's name as the packages spell it; raises UserError that names the nearest one."""
    if table in project.engine.tables:
        return table
    if project.file.permits(*_split(table)) is not None:
        raise UserError(f"tabel '{table}' mag in dit project, maar is niet geleverd; vraag zone 1 om het pakket")
    raise UserError(f"tabel '{table}' bestaat niet; {closest(table, project.engine.tables)}")


def _split(table: str) -> tuple[str, str]:
    source, _, name = table.partition(".")
    return source, name
