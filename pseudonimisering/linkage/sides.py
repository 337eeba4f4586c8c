"""The two sides of a linkage: which table of a contract, by which columns, under whose pseudonym, and its persons."""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pseudonimisering.attributes import parse_dates
from pseudonimisering.contract import Address, Column, Contract, Output, Person, Table
from pseudonimisering.linkage.persons import persons
from pseudonimisering.normalise import normalise
from pseudonimisering.plan import kind_of, normalisation_of
from pseudonimisering.readers import RawChunk, read_chunks
from zoo_formaat.errors import UserError
from zoo_formaat.project import ProjectFile

IDENTIFIER = "_identifier"


@dataclass(frozen=True)
class Side:
    """One side, before its file is read.

    identifier: the column whose pseudonym stands for the row. unique: whether a row is a whole person, so that it has
    at most one partner.
    """

    contract: Contract
    table_name: str
    table: Table
    file: Path
    identifier: Output
    person: Person
    address: Address | None
    unique: bool

    @property
    def domain(self) -> tuple[str, int]:
        """The domain of the pseudonyms, and the normalisation version of its identifiers."""
        return self.identifier.domain or "", normalisation_of(self.identifier.source)


def make_side(contract: Contract, file: Path) -> Side:
    """Find in the contract what the linkage needs. Raises UserError when it is not there, with what to add."""
    holder = f"bronhouder {contract.houder}"
    if not file.is_file():
        raise UserError(f"bestand {file} bestaat niet of is geen bestand; controleer het pad")
    fitting = [name for name, table in contract.tabellen.items() if fnmatch.fnmatchcase(file.name, table.bestand)]
    if len(fitting) != 1:
        problem = "past bij geen tabel" if not fitting else f"past bij {' en '.join(fitting)}"
        raise UserError(f"{holder}: bestand {file.name} {problem} van het contract; pas de naam of 'bestand' aan")
    name = fitting[0]
    table = contract.tabellen[name]
    if len(table.namen) != 1:
        count = "geen" if not table.namen else "meer dan één"
        raise UserError(
            f"{holder}: tabel '{name}' heeft {count} persoon onder 'namen'; koppelen op naam vraagt er precies één, "
            f"met geslachtsnaam, voornamen en geboortedatum: [tabellen.{name}.namen.naam]"
        )
    if len(table.adressen) > 1:
        raise UserError(
            f"{holder}: tabel '{name}' heeft meer dan één adres; geef de koppeling een contract met één adres"
        )
    identifier = _identifier(contract, name, table)
    unit = identifier.unit in {"persoon", "eigenaar"}
    unique = unit and table.uniek == [identifier.columns[0]]
    address = next(iter(table.adressen.values()), None)
    return Side(contract, name, table, file, identifier, next(iter(table.namen.values())), address, unique)


def _identifier(contract: Contract, name: str, table: Table) -> Output:
    """Return the column that stands for a row: the unique one that identifies, a person's number, or the row's own."""
    numbers = [
        output
        for output in table.outputs(contract.bron, name)
        if isinstance(output.source, Column) and output.source.rol in {"identifier", "recordnummer"}
    ]
    for choice in (
        [output for output in numbers if table.uniek == [output.columns[0]]],
        [output for output in numbers if output.unit == "persoon"],
        [output for output in numbers if isinstance(output.source, Column) and output.source.rol == "recordnummer"],
    ):
        if choice:
            return choice[0]
    raise UserError(
        f"bronhouder {contract.houder}: tabel '{name}' heeft geen nummer waaronder een rij in het pakket komt; voeg "
        'een kolom met rol "recordnummer" of vorm "bsn" toe'
    )


def read_side(side: Side, project: ProjectFile) -> pl.DataFrame:
    """Read the file of a side; return its persons with their canonical identifier (`_identifier`).

    Rows without a usable identifier and rows outside the project's period are left out, and so are the second and
    later rows of an identifier that is to be unique (the one that comes first by content stays). The order of the
    rows follows from their content alone. Raises UserError for a file that the contract does not describe.
    """
    wanted = [*side.person.parts, *side.identifier.columns, *(side.address.parts if side.address else [])]
    if side.table.periode:
        wanted.append(side.table.periode)
    place = f"bronhouder {side.contract.houder}, bestand {side.file.name}"
    columns = list(dict.fromkeys(wanted))
    found = [_persons(chunk, side, project) for chunk in read_chunks(side.file, side.table, place, columns)]
    frame = pl.concat(found).filter(pl.col(IDENTIFIER).is_not_null())
    # every column takes part, so that equal rows are all that is left to chance
    order = [name for name in frame.columns if name != "delen"]
    frame = frame.sort(order, nulls_last=True)
    return (
        frame.unique(IDENTIFIER, keep="first", maintain_order=True)
        if side.unique
        else frame.unique(order, keep="first", maintain_order=True)
    )


def _persons(chunk: RawChunk, side: Side, project: ProjectFile) -> pl.DataFrame:
    raw = _within_period(chunk.frame, side, project)

    def column(name: str | None) -> pl.Series | None:
        return None if name is None else raw.get_column(name)

    person, address = side.person, side.address
    parts = None
    if address is not None:
        postcode, number = raw.get_column(address.postcode), raw.get_column(address.huisnummer)
        parts = (postcode, number, column(address.huisletter), column(address.toevoeging))
    frame = persons(
        raw.get_column(person.geslachtsnaam),
        raw.get_column(person.voornamen),
        raw.get_column(person.geboortedatum),
        parts,
    )
    source = side.identifier.source
    assert isinstance(source, Column)  # noqa: S101 - make_side chooses columns only
    name = side.identifier.columns[0]
    numbers = raw.get_column(name)
    if source.ontbrekend:
        numbers = numbers.set(numbers.str.strip_chars().is_in(source.ontbrekend), "")
    numeric = name in chunk.numeric or source.voorloopnullen == "verloren"
    return frame.with_columns(normalise(kind_of(source), numbers, numeric=numeric).values.alias(IDENTIFIER))


def _within_period(frame: pl.DataFrame, side: Side, project: ProjectFile) -> pl.DataFrame:
    name = side.table.periode
    if name is None:
        return frame
    text = pl.col(name).str.strip_chars()
    if side.table.kolommen[name].rol == "datum":
        return frame.filter(parse_dates(text).is_between(project.van, project.tot))
    year = text.str.replace(r"[.,]0+$", "").cast(pl.Int32, strict=False)
    return frame.filter(year.is_between(project.van.year, project.tot.year))


def common(sides: Sequence[Side]) -> list[str]:
    """Return the purposes that the contracts of all sides permit, sorted."""
    permitted = [set(side.contract.doelen) for side in sides]
    return sorted(set.intersection(*permitted))
