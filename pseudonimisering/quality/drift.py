"""Drift: what changed since the previous delivery of a source, and which changes are notable.

The rule, the same for every source, so that nobody chooses it after seeing the figures:

* rows: more than 10 % more or fewer;
* share valid: more than 1 percentage point lower; share filled or share linked: more than 2 percentage points either
  way; each only when the change is more than three standard errors of a difference of two shares, so that a small
  table does not cry wolf;
* units: more than 10 % of the units of a register gone or new (elsewhere turnover is natural, and only reported);
* distribution of a value: population stability index (PSI) of 0.25 or more is notable, 0.1 or more worth a look, each
  only when it exceeds what chance alone gives. Under no change PSI is about (1/n + 1/m) times a chi-square variable
  with (classes - 1) degrees of freedom (Yurdakul and Naranjo, Journal of Risk Model Validation 14(4), 2020); the
  limit is its mean plus three standard deviations.

Classes of values are never shown: rare ones are pooled, and only the index leaves.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pseudonimisering.quality.expectations import Expectation, is_register
from pseudonimisering.quality.keys import key_quality
from pseudonimisering.quality.sources import Engine, KeyColumn, Source, key_columns, quoted, share
from pseudonimisering.quality.units import Units, count_units
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription, Resource

ROWS = 0.10
VALID = 0.01
FILLED = LINKED = 0.02
UNITS = 0.10
PSI_NOTABLE = 0.25
PSI_LOOK = 0.10
_STANDARD_ERRORS = 3
_MOST_CLASSES = 50
_ROUNDING = 1e-9
"""A change of exactly the limit is not beyond it, whatever floating point makes of it."""

Judgement = Literal["stabiel", "let_op", "opvallend"]


@dataclass(frozen=True)
class SourceDrift:
    """Two deliveries of one source. eenheden_vergelijkbaar: whether both have pseudonyms of the same key version."""

    bron: str
    verwerkt_vorige: str
    verwerkt: str
    contract_gewijzigd: bool
    eenheden_vergelijkbaar: bool
    verdwenen_kolommen: list[str]
    nieuwe_kolommen: list[str]


@dataclass(frozen=True)
class TableDrift:
    """Rows of one table, before and now."""

    bron: str
    tabel: str
    rijen_vorige: int
    rijen: int
    verandering: float
    opvallend: bool


@dataclass(frozen=True)
class KeyDrift:
    """One identifier column, before and now; opvallend: which of its measures changed notably.

    gekoppeld: the share of filled rows whose unit the register `naar` has. nieuw, verdwenen, gebleven: distinct units;
    None when the two deliveries have pseudonyms of different key versions.
    """

    kolom: str
    domein: str
    geldigheid_vorige: float
    geldigheid: float
    dekking_vorige: float
    dekking: float
    naar: str | None
    gekoppeld_vorige: float | None
    gekoppeld: float | None
    nieuw: int | None
    verdwenen: int | None
    gebleven: int | None
    opvallend: list[str]


@dataclass(frozen=True)
class ValueDrift:
    """The distribution of one attribute, before and now: the stability index, over how many classes, and the limit of
    what chance alone gives."""

    kolom: str
    klassen: int
    psi: float
    toeval: float
    oordeel: Judgement


@dataclass(frozen=True)
class Drift:
    """Everything that is compared with the previous deliveries. zonder_vorige: sources without one."""

    bronnen: list[SourceDrift]
    tabellen: list[TableDrift]
    sleutels: list[KeyDrift]
    waarden: list[ValueDrift]
    zonder_vorige: list[str]


def measure_drift(
    engine: Engine,
    sources: Sequence[Source],
    earlier: Sequence[Source],
    domains: Mapping[str, Units],
    expected: Sequence[Expectation],
    k: int,
) -> Drift:
    """Compare `sources` with the deliveries before them.

    k: classes of values with fewer than 2 k rows in both deliveries together are pooled. Raises UserError for a
    previous package of another project, or of a source that is not measured now.
    """
    now = {source.name: source for source in sources}
    for source in earlier:
        if source.name not in now:
            raise UserError(f"vorige levering van bron '{source.name}' gegeven, maar geen huidige; geef beide")
        if source.manifest.project.id != now[source.name].manifest.project.id:
            raise UserError(
                f"vorige levering van bron '{source.name}' is van project '{source.manifest.project.id}', niet van "
                f"'{now[source.name].manifest.project.id}'; pakketten van twee projecten zijn niet vergelijkbaar"
            )
    before = {source.name: source for source in earlier}
    # A source that was not delivered anew is compared as it is, where its pseudonyms are of the same key
    context = [*earlier, *(source for source in sources if source.name not in before and _same_keys(source, *earlier))]
    domains_before = {domain: count_units(engine, columns) for domain, columns in key_columns(context).items()}
    about, tables, keys, values = [], [], [], []
    for name, old in before.items():
        new = now[name]
        gone, added = _columns(old) - _columns(new), _columns(new) - _columns(old)
        about.append(
            SourceDrift(
                name,
                old.manifest.verwerkt,
                new.manifest.verwerkt,
                old.manifest.contract != new.manifest.contract,
                _same_keys(old, new),
                sorted(gone),
                sorted(added),
            )
        )
        for table in new.manifest.resources:
            earlier_table = old.manifest.resource(table.name)
            if earlier_table is not None:
                tables.append(_table(name, earlier_table, table))
                values += _values(engine, old, earlier_table, new, table, k)
    registers = {entry.column.name: entry.register.name for entry in expected}
    for domain, units in domains.items():
        old_units = domains_before.get(domain)
        if old_units is not None:
            keys += [
                _key(engine, old_units, old_column, units, column, registers.get(column.name))
                for column in units.columns
                if column.source.name in before
                for old_column in old_units.columns
                if old_column.name == column.name
            ]
    return Drift(about, tables, keys, values, sorted(now.keys() - before.keys()))


def _same_keys(one: Source, *others: Source) -> bool:
    return all(one.manifest.pseudoniemen == other.manifest.pseudoniemen for other in others)


def _columns(source: Source) -> set[str]:
    return {f"{table.name}.{field.name}" for table in source.manifest.resources for field in table.table_schema.fields}


def _table(source: str, old: Resource, new: Resource) -> TableDrift:
    change = share(new.rijen - old.rijen, old.rijen)
    notable = abs(change) > ROWS + _ROUNDING or (old.rijen == 0) != (new.rijen == 0)
    return TableDrift(source, new.name, old.rijen, new.rijen, change, notable)


def _key(
    engine: Engine, old_units: Units, old: KeyColumn, new_units: Units, new: KeyColumn, register: str | None
) -> KeyDrift:
    before, now = key_quality(old_units, old), key_quality(new_units, new)
    linked_before = _linked(old_units, old, register)
    linked = _linked(new_units, new, register)
    kept = _kept(engine, old, new) if _same_keys(old.source, new.source) else None
    notable = []
    if now.geldigheid < before.geldigheid and _changed(
        (before.geldigheid, before.aangeboden), (now.geldigheid, now.aangeboden), VALID
    ):
        notable.append("geldigheid")
    if _changed((before.dekking, before.rijen), (now.dekking, now.rijen), FILLED):
        notable.append("dekking")
    if (
        linked_before is not None
        and linked is not None
        and _changed((linked_before, before.gevuld), (linked, now.gevuld), LINKED)
    ):
        notable.append("gekoppeld")
    if kept is not None and is_register(new_units, new) and is_register(old_units, old):
        if share(before.verschillende - kept, before.verschillende) > UNITS + _ROUNDING:
            notable.append("verdwenen")
        if share(now.verschillende - kept, now.verschillende) > UNITS + _ROUNDING:
            notable.append("nieuw")
    return KeyDrift(
        kolom=new.name,
        domein=new.domain,
        geldigheid_vorige=before.geldigheid,
        geldigheid=now.geldigheid,
        dekking_vorige=before.dekking,
        dekking=now.dekking,
        naar=register,
        gekoppeld_vorige=linked_before,
        gekoppeld=linked,
        nieuw=None if kept is None else now.verschillende - kept,
        verdwenen=None if kept is None else before.verschillende - kept,
        gebleven=kept,
        opvallend=notable,
    )


def _linked(units: Units, column: KeyColumn, register: str | None) -> float | None:
    target = next((other for other in units.columns if other.name == register), None)
    return None if target is None else share(units.rows(column, target), units.rows(column))


def _kept(engine: Engine, old: KeyColumn, new: KeyColumn) -> int:
    """Return how many distinct units both deliveries of a column have."""
    ((count,),) = engine.rows(
        "SELECT count(*) FROM (SELECT wie FROM ("
        f"SELECT {old.sql} AS wie, 1 AS levering FROM read_parquet(?) UNION ALL "
        f"SELECT {new.sql} AS wie, 2 AS levering FROM read_parquet(?)) "
        "WHERE wie IS NOT NULL GROUP BY wie HAVING min(levering) <> max(levering))",
        [old.file, new.file],
    )
    return int(count)


def _changed(before: tuple[float, int], now: tuple[float, int], least: float) -> bool:
    """Whether two shares (share, out of how many) differ by more than `least` and by more than chance."""
    (p, n), (q, m) = before, now
    if not n or not m or abs(q - p) <= least + _ROUNDING:
        return False
    pooled = (p * n + q * m) / (n + m)
    return abs(q - p) > _STANDARD_ERRORS * math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))


# ------------------------------------------------------------------------------------------------------------- values


def _values(
    engine: Engine, old_source: Source, old: Resource, new_source: Source, new: Resource, k: int
) -> list[ValueDrift]:
    types = {field.name: field.type for field in old.table_schema.fields}
    files = [old_source.file(old), new_source.file(new)]
    return [
        _stability(f"{new_source.name}.{new.name}.{field.name}", _classes(engine, field, files, k))
        for field in new.table_schema.fields
        if field.domein is None and field.code_van is None and types.get(field.name) == field.type
    ]


def _classes(engine: Engine, field: FieldDescription, files: list[str], k: int) -> list[tuple[int, int]]:
    """Return rows before and now per class of a column's values.

    Texts and booleans: every value that is not rare; the rest pooled. Numbers and dates: tenths of the values before.
    A missing value is a class of its own.
    """
    name = quoted(field.name)
    counted = (
        "SELECT waarde, count(*) FILTER (levering = 1) AS oud, count(*) FILTER (levering = 2) AS nieuw FROM ("
        f"SELECT {name} AS waarde, 1 AS levering FROM read_parquet(?) UNION ALL "
        f"SELECT {name} AS waarde, 2 AS levering FROM read_parquet(?)) GROUP BY waarde"
    )
    if field.type in {"string", "boolean"}:
        classed = (
            f"SELECT CASE WHEN waarde IS NULL THEN -1 WHEN plaats <= {_MOST_CLASSES} AND oud + nieuw >= ? THEN plaats "
            "ELSE 0 END AS klasse, oud, nieuw FROM (SELECT *, row_number() OVER (ORDER BY waarde IS NULL, oud + nieuw "
            f"DESC, waarde) AS plaats FROM ({counted}))"
        )
        parameters: list[str | int] = [2 * k, *files]
    else:
        classed = (
            "SELECT CASE WHEN waarde IS NULL THEN -1 WHEN totaal = 0 THEN 0 ELSE "
            "least(9, floor(10 * (tot_hier - oud / 2) / totaal)) END AS klasse, oud, nieuw FROM (SELECT *, "
            "sum(oud) OVER (PARTITION BY waarde IS NULL ORDER BY waarde ROWS UNBOUNDED PRECEDING) AS tot_hier, "
            f"sum(oud) OVER (PARTITION BY waarde IS NULL) AS totaal FROM ({counted}))"
        )
        parameters = [*files]
    rows = engine.rows(
        f"SELECT sum(oud)::BIGINT, sum(nieuw)::BIGINT FROM ({classed}) GROUP BY klasse ORDER BY klasse", parameters
    )
    return [(int(before), int(now)) for before, now in rows]


def _stability(name: str, classes: Sequence[tuple[int, int]]) -> ValueDrift:
    """Return the population stability index of rows per class before and now.

    Half a row is added to every class, so that an empty class has a finite logarithm.
    """
    before, now = (sum(counts) for counts in zip(*classes, strict=True)) if classes else (0, 0)
    degrees = len(classes) - 1
    if not before or not now or degrees < 1:
        return ValueDrift(name, len(classes), 0.0, 0.0, "stabiel")
    index = 0.0
    for old, new in classes:
        p = (old + 0.5) / (before + 0.5 * len(classes))
        q = (new + 0.5) / (now + 0.5 * len(classes))
        index += (q - p) * math.log(q / p)
    chance = (1 / before + 1 / now) * (degrees + _STANDARD_ERRORS * math.sqrt(2 * degrees))
    judgement: Judgement = "stabiel"
    if index > chance and index >= PSI_LOOK:
        judgement = "opvallend" if index >= PSI_NOTABLE else "let_op"
    return ValueDrift(name, len(classes), round(index, 4), round(chance, 4), judgement)
