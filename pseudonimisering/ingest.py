"""One delivery of one source into one data package: checked, normalised, pseudonymised, minimised, sorted, signed.

Raw values live in memory only, a chunk at a time. What touches the disk before the package is there holds pseudonyms,
in a folder that only this user can enter.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from pseudonimisering.attributes import FAILURE_TEXT, Failure, flag_column, parse_column, parse_dates
from pseudonimisering.contract import Address, Column, Contract, Flag, Output, Table
from pseudonimisering.custody import Custody, user_name
from pseudonimisering.normalise import (
    ABSENT,
    EXPECTED,
    REASON_TEXT,
    Normalised,
    Reason,
    normalise,
    normalise_address,
    normalise_number,
)
from pseudonimisering.plan import OTHERS, KeyColumn, TablePlan, make_plan
from pseudonimisering.pseudonyms import KEY_VERSION, SCHEME, DomainKey
from pseudonimisering.readers import RawChunk, read_chunks
from pseudonimisering.rows import ROW, Parts
from zoo_formaat.atomic import new_directory
from zoo_formaat.errors import UserError
from zoo_formaat.package import (
    FieldDescription,
    PackageManifest,
    ProjectReference,
    PseudonymReference,
    Resource,
    TableSchema,
    file_digest,
    write_manifest,
)
from zoo_formaat.project import ProjectFile, SignedProject

DOUBLE = "dubbel"
OUTSIDE_PERIOD = "buiten_periode"

Progress = Callable[[str, int], None]
"""Told the table and the rows read so far."""


@dataclass
class Problem:
    """Unusable values of one column in one file: where the first stands, how many there are, out of how many rows."""

    line: int
    text: str
    count: int = 0


@dataclass
class Tally:
    """What was counted of one table."""

    rejected: Counter[str] = field(default_factory=Counter)
    rows: int = 0


@dataclass(frozen=True)
class Delivered:
    """The result of a run: where the package lies, and rows and rejects per table."""

    path: Path
    rows: dict[str, int]
    rejected: dict[str, dict[str, int]]
    domains: list[str]
    skipped: list[str]


def deliver(
    contract: Contract,
    files: Sequence[Path],
    project: SignedProject,
    custody: Custody,
    target: Path,
    today: date,
    progress: Progress = lambda _table, _rows: None,
) -> Delivered:
    """Make the data package `target` of a source's files.

    project: checked for its signatures. today: the day against which retention is checked. Raises UserError for
    everything that contract, project or files do not allow; then nothing is left behind.
    """
    plans, skipped = make_plan(contract, files, project.file, today)
    signing_key = custody.signing_key()
    domains = sorted({name for part in plans for name in part.domains()})
    keys = {}
    if domains:
        secret = custody.project_secret(project.file.id)
        keys = {domain: secret.domain_key(domain) for domain in domains}
    about = {"project": project.file.id, "contract": contract.digest, "domeinen": domains}
    custody.log.append(user_name(), "verwerk", f"bron:{contract.bron}", "begonnen", **about)
    try:
        with new_directory(target) as folder:
            tallies, resources = {}, []
            for part in plans:
                tally = Tally()
                resources.append(_make_table(contract, project.file, part, keys, folder, tally, progress))
                tallies[part.name] = tally
            manifest = _manifest(contract, project, resources)
            write_manifest(folder, manifest, signing_key)
            rows = {name: tally.rows for name, tally in tallies.items()}
            custody.log.append(user_name(), "verwerk", f"bron:{contract.bron}", "gelukt", rijen=rows, **about)
    except UserError:
        custody.log.append(user_name(), "verwerk", f"bron:{contract.bron}", "geweigerd", **about)
        raise
    except (pa.ArrowException, pl.exceptions.PolarsError, duckdb.Error, OSError) as error:
        # These libraries quote the value that they stumbled over: only the kind of error may be seen
        kind = type(error).__name__
    else:
        rejected = {name: dict(sorted(tally.rejected.items())) for name, tally in tallies.items()}
        return Delivered(target, rows, rejected, domains, skipped)
    custody.log.append(user_name(), "verwerk", f"bron:{contract.bron}", "mislukt", soort=kind, **about)
    raise UserError(
        f"bronhouder {contract.houder}: de verwerking is gestopt door een onverwachte fout ({kind}); er is niets "
        "geschreven. Controleer schijfruimte en geheugen en meld het anders aan de beheerder"
    ) from None


# -------------------------------------------------------------------------------------------------------------- table


def _make_table(
    contract: Contract,
    project: ProjectFile,
    part: TablePlan,
    keys: dict[str, DomainKey],
    folder: Path,
    tally: Tally,
    progress: Progress,
) -> Resource:
    """Write the Parquet file of one table into `folder` and describe it."""
    work = folder / f".{part.name}"
    work.mkdir(mode=0o700)
    extra = pa.schema([(column.name, pa.uuid()) for column in part.key_columns])
    parts = Parts(work, part.schema(), part.key, part.key_needed, extra)
    path = folder / f"{part.name}.parquet"

    def content_order(rows: list[int]) -> pl.DataFrame:
        return _identifiers_of(contract, project, part, rows)

    try:
        for chunk in _canonical_chunks(contract, project, part, tally, progress):
            parts.add(_pseudonymised(chunk, part, keys))
        tally.rejected[DOUBLE] = parts.deduplicate(content_order)
        tally.rows = parts.write_sorted(path)
    finally:
        parts.close()
    tally.rejected = +tally.rejected
    _remove(work)
    return Resource.model_validate(
        {
            "name": part.name,
            "path": path.name,
            "hash": file_digest(path),
            "bytes": path.stat().st_size,
            "schema": TableSchema(fields=[_describe(output, part.table) for output in part.outputs]),
            "zoo:rijen": tally.rows,
            "zoo:verworpen": dict(sorted(tally.rejected.items())),
            "zoo:omschrijving": part.table.omschrijving,
        }
    )


def _remove(folder: Path) -> None:
    for file in sorted(folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    folder.rmdir()


def _canonical_chunks(
    contract: Contract, project: ProjectFile, part: TablePlan, tally: Tally, progress: Progress
) -> Iterator[pl.DataFrame]:
    """Yield chunks of canonical identifiers (text) and typed attributes, with row numbers, counting into `tally`.

    After the first unusable value of a contract that stops, the file is read to its end to count the rest, and
    UserError raised; no further chunk is yielded.
    """
    offset = 0
    for path in part.files:
        place = f"bronhouder {contract.houder}, bestand {path.name}"
        problems: dict[str, Problem] = {}
        rows = 0
        for raw in read_chunks(path, part.table, place):
            numbered = raw.frame.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW) + offset + rows)
            shift = raw.first - offset - rows
            loaded = _within_period(numbered, raw, part, project, shift, problems, tally)
            chunk = _canonical(loaded, raw, part, contract, shift, problems, tally)
            rows += raw.frame.height
            progress(f"{contract.bron}.{part.name}", offset + rows)
            if not problems or contract.fouten == "melden":
                yield chunk
        if problems and contract.fouten == "stoppen":
            raise UserError(_report(problems, place, rows))
        offset += rows


def _report(problems: dict[str, Problem], place: str, rows: int) -> str:
    column, first = min(problems.items(), key=lambda item: (item[1].line, item[0]))
    others = len(problems) - 1
    also = f" Ook in {others} andere kolom{'men' if others > 1 else ''} staan zulke waarden." if others else ""
    return (
        f"{place}, regel {first.line}, kolom '{column}': {first.text}. {_thousands(first.count)} van "
        f'{_thousands(rows)} rijen.{also} Zet in het contract fouten = "melden" om zulke waarden leeg te laten en '
        "te tellen."
    )


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _within_period(
    frame: pl.DataFrame,
    raw: RawChunk,
    part: TablePlan,
    project: ProjectFile,
    shift: int,
    problems: dict[str, Problem],
    tally: Tally,
) -> pl.DataFrame:
    """Keep the rows in the project's period; a row without a date cannot be shown to be in it."""
    name = part.table.periode
    if name is None:
        return frame
    column = part.table.kolommen[name]
    text = frame.get_column(name)
    if column.rol == "datum":
        clean = pl.col(name).str.strip_chars()
        moment = parse_dates(clean)
        inside = moment.is_between(project.van, project.tot)
    else:
        clean = pl.col(name).str.strip_chars().str.replace(r"[.,]0+$", "")
        moment = clean.cast(pl.Int32, strict=False)
        inside = moment.is_between(project.van.year, project.tot.year)
    absent = clean.is_in(["", *column.ontbrekend])
    verdict = frame.select(inside=inside.fill_null(False), unreadable=moment.is_null() & ~absent)
    unreadable = frame.get_column(ROW).filter(verdict.get_column("unreadable"))
    if unreadable.len():
        failure = Failure.DATUM if column.rol == "datum" else Failure.JAAR
        _note(problems, tally, name, name, failure.value, unreadable, shift, FAILURE_TEXT[failure])
    kept = frame.filter(verdict.get_column("inside"))
    tally.rejected[OUTSIDE_PERIOD] += text.len() - kept.height - unreadable.len()
    return kept


def _canonical(
    frame: pl.DataFrame,
    raw: RawChunk,
    part: TablePlan,
    contract: Contract,
    shift: int,
    problems: dict[str, Problem],
    tally: Tally,
) -> pl.DataFrame:
    """Return the outputs of a chunk with identifiers still in canonical text, the extra key columns, and `_rij`."""
    columns: list[pl.Series] = []
    for output in part.outputs:
        source = output.source
        if isinstance(source, Flag):
            columns.append(flag_column(frame.get_column(source.kolom), source).alias(output.name))
            continue
        if output.domain is None and isinstance(source, Column):
            name = output.columns[0]
            labelled = part.table.formaat == "sav"
            parsed = parse_column(frame.get_column(name), source, labelled=labelled)
            columns.append(parsed.values.alias(output.name))
            for reason, rows in _failing(frame, parsed.reasons):
                _note(problems, tally, name, output.name, reason, rows, shift, FAILURE_TEXT[Failure(reason)])
            continue
        result = _identifier(frame, source, output.columns[0], raw)
        columns.append(result.values.alias(output.name))
        kind = "adres" if isinstance(source, Address) else source.vorm or "recordnummer"
        for reason, rows in _failing(frame, result.reasons):
            text = f"{REASON_TEXT[Reason(reason)]}; verwacht {EXPECTED[kind]}"
            at_number = isinstance(source, Address) and reason == Reason.HUISNUMMER
            label = output.columns[1 if at_number else 0]
            if reason in ABSENT and not source.verplicht:
                tally.rejected[f"{output.name}.{reason}"] += rows.len()
            else:
                _note(problems, tally, label, output.name, reason, rows, shift, text)
    columns += [_key_values(frame, extra, part.table, raw).alias(extra.name) for extra in part.key_columns]
    return pl.DataFrame([*columns, frame.get_column(ROW)])


def _identifier(frame: pl.DataFrame, source: Column | Address, name: str, raw: RawChunk) -> Normalised:
    if isinstance(source, Address):
        named = [source.postcode, source.huisnummer, source.huisletter, source.toevoeging]
        postcode, number, letter, addition = (None if name is None else frame.get_column(name) for name in named)
        assert postcode is not None and number is not None  # noqa: S101 - the contract requires both
        return normalise_address(postcode, number, letter, addition)
    values = _without_missing(frame.get_column(name), source)
    return normalise(source.vorm or "recordnummer", values, numeric=name in raw.numeric)


def _key_values(frame: pl.DataFrame, extra: KeyColumn, table: Table, raw: RawChunk) -> pl.Series:
    if extra.name == OTHERS:
        parts = [normalise_number(frame.get_column(name)).values.alias(name) for name in extra.sources]
        # a separator that no text holds, so that ("ab", "c") and ("a", "bc") stay two
        return pl.DataFrame(parts).select(pl.concat_str(pl.all().fill_null(""), separator="\x1f")).to_series()
    (name,) = extra.sources
    column = table.kolommen[name]
    values = _without_missing(frame.get_column(name), column)
    return normalise(column.vorm or "recordnummer", values, numeric=name in raw.numeric).values


def _without_missing(values: pl.Series, column: Column) -> pl.Series:
    if not column.ontbrekend:
        return values
    return values.set(values.str.strip_chars().is_in(column.ontbrekend), "")


def _failing(frame: pl.DataFrame, reasons: pl.Series) -> Iterator[tuple[str, pl.Series]]:
    """Yield each reason with the row numbers it was found in."""
    if reasons.null_count() == reasons.len():
        return
    rows = pl.DataFrame({"reden": reasons, ROW: frame.get_column(ROW)}).drop_nulls()
    for (reason,), group in rows.group_by("reden"):
        yield str(reason), group.get_column(ROW)


def _note(
    problems: dict[str, Problem],
    tally: Tally,
    label: str,
    output: str,
    reason: str,
    rows: pl.Series,
    shift: int,
    text: str,
) -> None:
    """Count unusable values and remember the first by its line in the file."""
    tally.rejected[f"{output}.{reason}"] += rows.len()
    line = int(str(rows.min())) + shift
    known = problems.get(label)
    if known is None or line < known.line:
        problems[label] = Problem(line, text, known.count if known else 0)
    problems[label].count += rows.len()


def _pseudonymised(chunk: pl.DataFrame, part: TablePlan, keys: dict[str, DomainKey]) -> pa.Table:
    """Return the chunk as Arrow table in which every identifier is a pseudonym."""
    domains = {output.name: output.domain for output in part.outputs}
    domains |= {column.name: column.domain for column in part.key_columns}
    arrays = {}
    for series in chunk:
        domain = domains.get(series.name)
        if domain is None:
            arrays[series.name] = series.to_arrow()
        else:
            arrays[series.name] = pa.ExtensionArray.from_storage(pa.uuid(), keys[domain].pseudonyms(series))
    return pa.table(arrays)


def _identifiers_of(contract: Contract, project: ProjectFile, part: TablePlan, rows: list[int]) -> pl.DataFrame:
    """Read the delivery once more and return the canonical identifiers of the given rows, with their row number."""
    wanted = pl.Series(ROW, rows, dtype=pl.Int64)
    names = [output.name for output in part.outputs if output.domain]
    found = [
        chunk.select(*names, ROW).filter(pl.col(ROW).is_in(wanted.implode()))
        for chunk in _canonical_chunks(contract, project, part, Tally(), lambda _table, _rows: None)
    ]
    return pl.concat(found)


# ----------------------------------------------------------------------------------------------------------- manifest


def _describe(output: Output, table: Table) -> FieldDescription:
    source = output.source
    values = source.waarden if isinstance(source, Column) else None
    if values is not None and table.formaat == "sav":
        # SPSS codes leave as their labels
        values = {label: label for label in values.values()}
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
        }
    )


def _manifest(contract: Contract, project: SignedProject, resources: list[Resource]) -> PackageManifest:
    return PackageManifest.model_validate(
        {
            "name": contract.bron,
            "resources": resources,
            "zoo:bron": contract.bron,
            "zoo:houder": contract.houder,
            "zoo:project": ProjectReference(id=project.file.id, digest=project.digest),
            "zoo:contract": contract.digest,
            "zoo:grondslag": contract.grondslag,
            "zoo:doel": project.file.doel,
            "zoo:bewarenTot": contract.bewaren_tot,
            "zoo:synthetisch": contract.synthetisch,
            "zoo:openbaar": contract.openbaar,
            "zoo:pseudoniemen": PseudonymReference.model_validate({"schema": SCHEME, "sleutelversie": KEY_VERSION}),
            "zoo:verwerkt": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )
