"""What is made of a delivery: contract, project and files compared before a single row is read."""

import fnmatch
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from pseudonimisering.contract import Column, Contract, Output, Table, closest
from zoo_formaat.errors import UserError
from zoo_formaat.project import ProjectFile

OTHERS = "_uniek_overig"
"""The one column that compares everything in `uniek` that neither identifies nor leaves as it is."""

_ARROW_TYPES = {
    "uuid": pa.uuid(),
    "date": pa.date32(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "string": pa.string(),
}


@dataclass(frozen=True)
class KeyColumn:
    """Columns of the table's `uniek` that leave zone 1 in another form or not at all; it serves to compare rows.

    A column that identifies stands alone; all others together are one.
    """

    name: str
    sources: tuple[str, ...]
    domain: str


@dataclass(frozen=True)
class TablePlan:
    """What is made of one table: which outputs the project permits, and how double rows are recognised.

    key: columns whose equality makes rows double; a row without value in one of key_needed is nobody's double.
    """

    name: str
    table: Table
    outputs: tuple[Output, ...]
    key: tuple[str, ...]
    key_needed: tuple[str, ...]
    key_columns: tuple[KeyColumn, ...]
    files: tuple[Path, ...]

    def schema(self) -> pa.Schema:
        """Arrow schema of the package table."""
        return pa.schema([(output.name, _arrow_type(output)) for output in self.outputs])

    def domains(self) -> Iterator[str]:
        """Yield the domains in which the table needs pseudonyms."""
        yield from (output.domain for output in self.outputs if output.domain)
        yield from (column.domain for column in self.key_columns)


def make_plan(
    contract: Contract, files: Sequence[Path], project: ProjectFile, today: date
) -> tuple[list[TablePlan], list[str]]:
    """Compare contract, project and files; return what is to be made, and the tables the project does not ask for.

    Raises UserError when the purpose is not permitted, a date has passed, the project names what the contract does
    not have, a file belongs to no table, or a table has no file.
    """
    if project.doel not in contract.doelen:
        raise UserError(
            f"bronhouder {contract.houder}: het contract staat doel '{project.doel}' niet toe "
            f"(wel: {', '.join(contract.doelen)}); pas het project aan of vraag de bronhouder om toestemming"
        )
    if today > contract.bewaren_tot:
        raise UserError(
            f"bronhouder {contract.houder}: de bewaartermijn liep tot {contract.bewaren_tot}; sluit een nieuw contract"
        )
    permitted = project.bronnen.get(contract.bron)
    if permitted is None:
        raise UserError(
            f"project '{project.id}' staat bron '{contract.bron}' niet toe; laat haar in het projectbestand opnemen"
        )
    for name in permitted:
        if name not in contract.tabellen:
            raise UserError(
                f"project '{project.id}' noemt tabel '{contract.bron}.{name}', die het contract niet kent"
                f"{closest(name, contract.tabellen)}; pas het projectbestand aan"
            )
    per_table = _match_files(contract, files)
    plans = []
    for name, table in contract.tabellen.items():
        if name not in permitted:
            continue
        if not per_table[name]:
            raise UserError(
                f"bronhouder {contract.houder}: geen bestand voor tabel '{name}' (verwacht {table.bestand}); "
                "geef het mee"
            )
        plans.append(_plan_table(contract, name, permitted[name], per_table[name], project))
    return plans, [name for name in contract.tabellen if name not in permitted]


def _match_files(contract: Contract, files: Sequence[Path]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    seen: set[Path] = set()
    for path in files:
        if not path.is_file():
            raise UserError(f"bestand {path} bestaat niet of is geen bestand; controleer het pad")
        if path.resolve() in seen:
            raise UserError(f"bestand {path} is twee keer genoemd; noem het één keer")
        seen.add(path.resolve())
        tables = [name for name, table in contract.tabellen.items() if fnmatch.fnmatchcase(path.name, table.bestand)]
        if len(tables) != 1:
            problem = "past bij geen tabel" if not tables else f"past bij {' en '.join(tables)}"
            raise UserError(
                f"bronhouder {contract.houder}: bestand {path.name} {problem} van het contract; "
                "pas de naam of 'bestand' in het contract aan"
            )
        found[tables[0]].append(path)
    return found


def _plan_table(
    contract: Contract, name: str, permitted: list[str], files: list[Path], project: ProjectFile
) -> TablePlan:
    table = contract.tabellen[name]
    available = {output.name: output for output in table.outputs(contract.bron, name)}
    for column in permitted:
        if column not in available:
            raise UserError(
                f"project '{project.id}' noemt kolom '{contract.bron}.{name}.{column}', die het contract niet levert"
                f"{closest(column, available)}; pas het projectbestand aan"
            )
    if not permitted:
        raise UserError(
            f"project '{project.id}' noemt geen kolommen van '{contract.bron}.{name}'; noem ze of haal de tabel weg"
        )
    outputs = tuple(output for output in available.values() if output.name in permitted)
    key, extra = _plan_key(contract.bron, name, table, outputs)
    identifying = {output.name for output in outputs if output.domain}
    identifying |= {column.name for column in extra if column.name != OTHERS}
    needed = tuple(column for column in key if column in identifying)
    return TablePlan(name, table, outputs, key, needed, extra, tuple(files))


def _plan_key(
    source: str, name: str, table: Table, outputs: Sequence[Output]
) -> tuple[tuple[str, ...], tuple[KeyColumn, ...]]:
    """Return the columns by which double rows are recognised, and those of them that are no output.

    What project and contract do not let through as it is, is compared by a pseudonym in a domain of its own.
    """
    key: list[str] = []
    alone: list[KeyColumn] = []
    others: list[str] = []
    domain = f"ontdubbelen:{source}.{name}"
    for column_name in table.uniek:
        same = next((output for output in outputs if _tells_apart(output, column_name)), None)
        column = table.kolommen.get(column_name)
        if same is not None:
            key.append(same.name)
        elif column is not None and column.rol in {"identifier", "recordnummer"}:
            alone.append(KeyColumn(f"_uniek_{len(alone)}", (column_name,), f"{domain}.{column_name}"))
        else:
            others.append(column_name)
    if others:
        alone.append(KeyColumn(OTHERS, tuple(others), domain))
    return (*key, *(column.name for column in alone)), tuple(alone)


def _tells_apart(output: Output, source: str) -> bool:
    """Whether the output differs wherever the source column does (a birth year does not tell birth dates apart)."""
    column = output.source
    return isinstance(column, Column) and output.columns == (source,) and column.bewerking is None


def _arrow_type(output: Output) -> pa.DataType:
    column = output.source
    if isinstance(column, Column) and (column.type == "jaar" or column.bewerking == "jaar"):
        return pa.int32()
    return _ARROW_TYPES[output.type]
