"""What is made of a delivery: contract, project and files compared before a single row is read."""

import fnmatch
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from pseudonimisering import generalise
from pseudonimisering.contract import Address, Column, Contract, Flag, Output, Person, Table, closest
from pseudonimisering.normalise import VERSION
from pseudonimisering.rows import CODE, Layout
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription
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
    normalisation: int = 1


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

    @property
    def labelled(self) -> bool:
        """Whether codes leave as their labels (SPSS and Stata)."""
        return self.table.formaat in {"sav", "dta"}

    @property
    def pseudonyms(self) -> tuple[Output, ...]:
        """The outputs that are pseudonyms."""
        return tuple(output for output in self.outputs if output.domain)

    def source_columns(self) -> frozenset[str]:
        """Return the columns of the delivery that are read at all."""
        read = {name for output in self.outputs for name in output.columns}
        read |= {name for column in self.key_columns for name in column.sources}
        return frozenset(read | ({self.table.periode} if self.table.periode else set()))

    def layout(self, audited: Sequence[str]) -> Layout:
        """Return the columns as the writing of rows needs them. audited: outputs that get an audit identity."""
        extra = [(column.name, pa.uuid()) for column in self.key_columns]
        extra += [(audit_column(name), pa.binary(16)) for name in audited]
        rare = {}
        for output in self.outputs:
            least = generalise.rare_below(output.source) if isinstance(output.source, Column) else None
            if least is not None:
                rare[output.name] = least
        outputs = pa.schema([(output.name, _arrow_type(output)) for output in self.outputs])
        return Layout(outputs, pa.schema(extra), self.key, self.key_needed, rare, generalise.OTHER)

    def domains(self) -> set[tuple[str, int]]:
        """Return the domains in which the table needs pseudonyms, with their version of normalisation."""
        outputs = {(output.domain, normalisation_of(output.source)) for output in self.outputs if output.domain}
        return outputs | {(column.domain, column.normalisation) for column in self.key_columns}


def kind_of(source: Column | Address | Person | Flag) -> str:
    """Return the kind of identifier, as normalisation calls it; `recordnummer` for anything without a kind."""
    if isinstance(source, Address):
        return "adres"
    if isinstance(source, Person):
        return "persoonsnaam"
    return (source.vorm if isinstance(source, Column) else None) or "recordnummer"


def normalisation_of(source: Column | Address | Person | Flag) -> int:
    """Return the version of the canonical form, which is part of the domain's key."""
    return VERSION[kind_of(source)]


def audit_column(output: str) -> str:
    """Return the name under which the audit identities of an output stand in the parts."""
    return f"_audit_{output}"


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
        if not str(path).isprintable() and any("\ud800" <= letter <= "\udfff" for letter in str(path)):
            raise UserError(f"bestand {path}: de naam is geen UTF-8; geef het bestand een andere naam")
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
    for output in outputs:
        if output.domain and f"{output.name}{CODE}" in available:
            raise UserError(
                f"bronhouder {contract.houder}: kolom '{output.name}{CODE}' heet als de code van pseudoniem "
                f"'{output.name}'; geef haar in het contract een andere naam met 'naar'"
            )
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
            version = normalisation_of(column)
            alone.append(KeyColumn(f"_uniek_{len(alone)}", (column_name,), f"{domain}.{column_name}", version))
        else:
            others.append(column_name)
    if others:
        alone.append(KeyColumn(OTHERS, tuple(others), domain))
    return (*key, *(column.name for column in alone)), tuple(alone)


def _tells_apart(output: Output, source: str) -> bool:
    """Whether the output differs wherever the source column does (a birth year does not tell birth dates apart)."""
    column = output.source
    return isinstance(column, Column) and output.columns == (source,) and column.generalisation is None


def _arrow_type(output: Output) -> pa.DataType:
    column = output.source
    if isinstance(column, Column):
        coarser = generalise.arrow_type(column)
        if coarser is not None or column.type == "jaar":
            return coarser or pa.int32()
    return _ARROW_TYPES[output.type]


def describe(part: TablePlan) -> list[FieldDescription]:
    """Return the description of every column of the package table: the outputs, then the codes."""
    codes = [
        FieldDescription.model_validate(
            {
                "name": f"{output.name}{CODE}",
                "type": "integer",
                "description": f"code van {output.name}: hetzelfde getal voor hetzelfde pseudoniem in dit project",
                "zoo:categorie": output.source.categorie,
                "zoo:codeVan": output.name,
            }
        )
        for output in part.pseudonyms
    ]
    return [*(_describe(output, labelled=part.labelled) for output in part.outputs), *codes]


def _describe(output: Output, *, labelled: bool) -> FieldDescription:
    source = output.source
    values = source.waarden if isinstance(source, Column) else None
    if values is not None and labelled:
        # codes leave as their labels
        values = {label: label for label in values.values()}
    if values is not None and isinstance(source, Column) and generalise.rare_below(source) is not None:
        values = {**values, generalise.OTHER: generalise.OTHER}
    return FieldDescription.model_validate(
        {
            "name": output.name,
            "type": output.type,
            "description": source.omschrijving,
            "zoo:categorie": source.categorie,
            "zoo:eenheid": output.unit,
            "zoo:domein": output.domain,
            "zoo:maat": source.maat if isinstance(source, Column) else None,
            "zoo:waarden": values,
            "zoo:dekking": output.coverage,
        }
    )
