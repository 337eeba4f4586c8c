"""From raw text to canonical identifiers and typed attributes, a chunk at a time, with every reject counted by reason.

What comes out of here still holds identifiers: it lives in memory only.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pseudonimisering.attributes import FAILURE_TEXT, Failure, flag_column, parse_column, parse_dates
from pseudonimisering.contract import Address, Column, Contract, Flag, Output, Person
from pseudonimisering.normalise import (
    ABSENT,
    EXPECTED,
    REASON_TEXT,
    Normalised,
    Reason,
    normalise,
    normalise_address,
    normalise_number,
    normalise_person,
)
from pseudonimisering.plan import OTHERS, KeyColumn, TablePlan, kind_of
from pseudonimisering.readers import RawChunk, read_chunks
from pseudonimisering.rows import ROW
from zoo_formaat.errors import UserError
from zoo_formaat.project import ProjectFile

_LOOKED_AT = 2_000
_FEWEST_DIFFERENT = 10
_MOST_OF_THEM = 0.9
OUTSIDE_PERIOD = "buiten_periode"
MARKED_MISSING = "gemarkeerd_ontbrekend"

Progress = Callable[[str, int, float | None], None]
"""Told the table (`bron.tabel`), the rows read so far, and the share of the file that has been read where known."""


@dataclass
class Tally:
    """What was counted of one table. filled: usable values per output; delivered and loaded: rows."""

    rejected: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    delivered: int = 0
    loaded: int = 0

    def add(self, other: "Tally") -> None:
        """Count what was counted elsewhere along."""
        self.rejected += other.rejected
        self.filled += other.filled
        self.delivered += other.delivered
        self.loaded += other.loaded

    def as_json(self) -> dict[str, Any]:
        """Return the counts for a checkpoint."""
        return {
            "verworpen": dict(self.rejected),
            "gevuld": dict(self.filled),
            "geleverd": self.delivered,
            "geladen": self.loaded,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Tally":
        """Return the counts of a checkpoint."""
        counters = Counter(values["verworpen"]), Counter(values["gevuld"])
        return cls(*counters, values["geleverd"], values["geladen"])


@dataclass
class Problem:
    """Unusable values of one column in one file: where the first stands, how many there are, out of how many rows."""

    line: int
    text: str
    count: int = 0


@dataclass(frozen=True)
class CanonicalChunk:
    """Rows with canonical identifiers, typed attributes, key columns and `_rij`. number: of the chunk in its file."""

    file: int
    number: int
    frame: pl.DataFrame
    tally: Tally


class CanonicalReader:
    """The files of one table, read by contract and project."""

    def __init__(
        self,
        contract: Contract,
        project: ProjectFile,
        part: TablePlan,
        progress: Progress = lambda _table, _rows, _share: None,
    ) -> None:
        """Read nothing yet."""
        self._contract = contract
        self._project = project
        self._part = part
        self._progress = progress
        self._wanted = part.source_columns()

    def chunks(self, done: tuple[int, int] = (0, 0), rows_done: int = 0) -> Iterator[CanonicalChunk]:
        """Yield the chunks of all files.

        done: file and number of the first chunk that is wanted; rows_done: rows in the files before that file. After
        the first unusable value of a contract that stops, the file is read to its end to count the rest, and UserError
        raised; no further chunk is yielded.
        """
        first_file, first_chunk = done
        offset = rows_done
        for index, path in enumerate(self._part.files[first_file:], start=first_file):
            place = f"bronhouder {self._contract.houder}, bestand {path.name}"
            problems: dict[str, Problem] = {}
            rows = 0
            for number, raw in enumerate(read_chunks(path, self._part.table, place, self._wanted)):
                height = raw.frame.height
                if index > first_file or number >= first_chunk:
                    tally = Tally(delivered=height)
                    chunk = self._canonical(raw, offset + rows, problems, tally)
                    if not problems or self._contract.fouten == "melden":
                        yield CanonicalChunk(index, number, chunk, tally)
                rows += height
                self._progress(f"{self._contract.bron}.{self._part.name}", offset + rows, raw.share)
            if problems and self._contract.fouten == "stoppen":
                raise UserError(_report(problems, place, rows))
            offset += rows

    def identifiers_of(self, rows: list[int]) -> pl.DataFrame:
        """Read the delivery once more and return the canonical identifiers of the given rows, with their row number."""
        wanted = pl.Series(ROW, rows, dtype=pl.Int64)
        names = [output.name for output in self._part.outputs if output.domain]
        quiet = CanonicalReader(self._contract, self._project, self._part)
        found = [
            chunk.frame.select(*names, ROW).filter(pl.col(ROW).is_in(wanted.implode())) for chunk in quiet.chunks()
        ]
        return pl.concat(found)

    def _canonical(self, raw: RawChunk, before: int, problems: dict[str, Problem], tally: Tally) -> pl.DataFrame:
        numbered = raw.frame.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW) + before)
        chunk = _Chunk(raw, raw.first - before, problems, tally)
        frame = self._within_period(numbered, chunk)
        tally.loaded = frame.height
        columns = []
        for output in self._part.outputs:
            values = _output(frame, output, chunk, labelled=self._part.labelled)
            tally.filled[output.name] += values.len() - values.null_count()
            columns.append(values.alias(output.name))
            for name in output.columns:
                if raw.missing.get(name):
                    tally.rejected[f"{output.name}.{MARKED_MISSING}"] += raw.missing[name]
        for output, values in zip(self._part.outputs, columns, strict=True):
            if output.domain is None and _looks_like_bsn(values):
                raise UserError(
                    f"bronhouder {self._contract.houder}, kolom '{output.columns[0]}': de waarden zijn burgerservice"
                    "nummers (of RSIN's) en zouden onveranderd in het pakket staan; kies in het contract rol = "
                    '"identifier" of "weglaten"'
                )
        columns += [_key_values(frame, extra, self._part, raw).alias(extra.name) for extra in self._part.key_columns]
        return pl.DataFrame([*columns, frame.get_column(ROW)])

    def _within_period(self, frame: pl.DataFrame, chunk: "_Chunk") -> pl.DataFrame:
        """Keep the rows in the project's period; a row without a date cannot be shown to be in it."""
        name = self._part.table.periode
        if name is None:
            return frame
        column = self._part.table.kolommen[name]
        if column.rol == "datum":
            clean = pl.col(name).str.strip_chars()
            moment = parse_dates(clean)
            inside = moment.is_between(self._project.van, self._project.tot)
        else:
            clean = pl.col(name).str.strip_chars().str.replace(r"[.,]0+$", "")
            moment = clean.cast(pl.Int32, strict=False)
            inside = moment.is_between(self._project.van.year, self._project.tot.year)
        absent = clean.is_in(["", *column.ontbrekend])
        verdict = frame.select(inside=inside.fill_null(False), unreadable=moment.is_null() & ~absent)
        unreadable = frame.get_column(ROW).filter(verdict.get_column("unreadable"))
        if unreadable.len():
            failure = Failure.DATUM if column.rol == "datum" else Failure.JAAR
            chunk.note(name, name, failure.value, unreadable, FAILURE_TEXT[failure])
        kept = frame.filter(verdict.get_column("inside"))
        outside = frame.height - kept.height - unreadable.len()
        if outside:
            chunk.tally.rejected[OUTSIDE_PERIOD] += outside
        return kept


@dataclass(frozen=True)
class _Chunk:
    """A raw chunk with where its problems and counts go. shift: from row number to line in the file."""

    raw: RawChunk
    shift: int
    problems: dict[str, Problem]
    tally: Tally

    def note(self, label: str, output: str, reason: str, rows: pl.Series, text: str) -> None:
        """Count unusable values and remember the first by its line in the file."""
        self.tally.rejected[f"{output}.{reason}"] += rows.len()
        line = int(str(rows.min())) + self.shift
        known = self.problems.get(label)
        if known is None or line < known.line:
            self.problems[label] = Problem(line, text, known.count if known else 0)
        self.problems[label].count += rows.len()


def _output(frame: pl.DataFrame, output: Output, chunk: _Chunk, *, labelled: bool) -> pl.Series:
    """Return the values of one output; identifiers are still canonical text."""
    source = output.source
    if isinstance(source, Flag):
        return flag_column(frame.get_column(source.kolom), source)
    name = output.columns[0]
    if output.domain is None and isinstance(source, Column):
        parsed = parse_column(frame.get_column(name), source, labelled=labelled)
        for reason, rows in _failing(frame, parsed.reasons):
            chunk.note(name, output.name, reason, rows, FAILURE_TEXT[Failure(reason)])
        return parsed.values
    result = _identifier(frame, source, name, chunk.raw)
    for reason, rows in _failing(frame, result.reasons):
        if reason in ABSENT and not source.verplicht:
            chunk.tally.rejected[f"{output.name}.{reason}"] += rows.len()
            continue
        at_number = isinstance(source, Address) and reason == Reason.HUISNUMMER
        text = f"{REASON_TEXT[Reason(reason)]}; verwacht {EXPECTED[kind_of(source)]}"
        chunk.note(output.columns[1 if at_number else 0], output.name, reason, rows, text)
    return result.values


def _identifier(frame: pl.DataFrame, source: Column | Address | Person, name: str, raw: RawChunk) -> Normalised:
    if isinstance(source, Column):
        return _number(frame, name, source, raw)

    def part(column: str | None) -> pl.Series | None:
        return None if column is None else frame.get_column(column)

    if isinstance(source, Person):
        return normalise_person(
            frame.get_column(source.geslachtsnaam),
            part(source.voorvoegsel),
            frame.get_column(source.voornamen),
            frame.get_column(source.geboortedatum),
        )
    postcode, number = frame.get_column(source.postcode), frame.get_column(source.huisnummer)
    return normalise_address(postcode, number, part(source.huisletter), part(source.toevoeging))


def _number(frame: pl.DataFrame, name: str, column: Column, raw: RawChunk) -> Normalised:
    values = frame.get_column(name)
    if column.ontbrekend:
        values = values.set(values.str.strip_chars().is_in(column.ontbrekend), "")
    numeric = name in raw.numeric or column.voorloopnullen == "verloren"
    return normalise(kind_of(column), values, numeric=numeric)


def _key_values(frame: pl.DataFrame, extra: KeyColumn, part: TablePlan, raw: RawChunk) -> pl.Series:
    if extra.name == OTHERS:
        parts = [normalise_number(frame.get_column(name)).values.alias(name) for name in extra.sources]
        # a separator that no text holds, so that ("ab", "c") and ("a", "bc") stay two
        return pl.DataFrame(parts).select(pl.concat_str(pl.all().fill_null(""), separator="\x1f")).to_series()
    (name,) = extra.sources
    return _number(frame, name, part.table.kolommen[name], raw).values


def _looks_like_bsn(values: pl.Series) -> bool:
    """Whether ten or more different values are all but all BSNs; of other numbers one in eleven passes its test."""
    if values.dtype not in {pl.String, pl.Int64}:
        return False
    several = values.head(_LOOKED_AT).drop_nulls().unique().cast(pl.String)
    found = normalise("bsn", several, numeric=True).values if several.len() >= _FEWEST_DIFFERENT else None
    return found is not None and found.len() - found.null_count() >= _MOST_OF_THEM * found.len()


def _failing(frame: pl.DataFrame, reasons: pl.Series) -> Iterator[tuple[str, pl.Series]]:
    """Yield each reason with the row numbers it was found in."""
    if reasons.null_count() == reasons.len():
        return
    rows = pl.DataFrame({"reden": reasons, ROW: frame.get_column(ROW)}).drop_nulls()
    for (reason,), group in rows.group_by("reden"):
        yield str(reason), group.get_column(ROW)


def _report(problems: dict[str, Problem], place: str, rows: int) -> str:
    column, first = min(problems.items(), key=lambda item: (item[1].line, item[0]))
    others = len(problems) - 1
    also = f" Ook in {others} andere kolom{'men' if others > 1 else ''} staan zulke waarden." if others else ""
    return (
        f"{place}, regel {first.line}, kolom '{column}': {first.text}. {thousands(first.count)} van "
        f'{thousands(rows)} rijen.{also} Zet in het contract fouten = "melden" om zulke waarden leeg te laten en '
        "te tellen."
    )


def thousands(number: int) -> str:
    """Return a number as people write it here: 1.234.567."""
    return f"{number:,}".replace(",", ".")
