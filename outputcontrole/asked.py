"""The tables behind a question: what must be counted or summed before anything about it can be said.

A map of shares is two counts per area, a profile is many; judging works on these tables, so that every kind of
output is judged by the same rules and against each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from outputcontrole.access import Access
from outputcontrole.classes import check_edges
from outputcontrole.spec import (
    Choropleth,
    ClusterProfile,
    Condition,
    DecisionTree,
    Density,
    Feature,
    ForestImportance,
    IndicatorSource,
    OpenFigure,
    Output,
    Share,
    Source,
    TableSource,
)
from outputcontrole.spec.filter import (
    Node,
    canonical_filter,
    columns_of_filter,
    conditions_of,
    filter_of_record,
    record_of,
)
from zoo_analyse import indicators
from zoo_analyse.errors import UnknownIndicator
from zoo_formaat.canonical import digest
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription

# Area dimensions, finest level first: a buurt brings its wijk and gemeente totals with it.
AREA_LEVELS = {
    "buurtcode": ("buurtcode", "wijkcode", "gemeentecode"),
    "wijkcode": ("wijkcode", "gemeentecode"),
    "gemeentecode": ("gemeentecode",),
}
AREA_COLUMN = {"buurt": "buurtcode", "wijk": "wijkcode", "gemeente": "gemeentecode"}
# What evidence calls its own columns; a dimension of that name would take their place.
RESERVED = frozenset({"n", "som", "waarden", "gelijk", "afwijking"})
RESERVED_PREFIXES = ("n_", "dominantie_", "rest_")
# Columns of indicators that hold a list of units: by convention their names are plurals.
LIST_COLUMNS = frozenset({"eigenaren", "personen", "adressen", "rechtspersonen", "huishoudens"})
_POINTED_AT = Condition.model_validate({"kolom": "waarde", "is": "=", "waarde": True})


@dataclass(frozen=True)
class AskedTable:
    """One table of counts (measure None) or of sums.

    source: whose rows. filter: conditions, and trees of them, that hold at once. dimensions: columns, area columns by
    their finest level. counted: the column with the unit that is counted distinct. measure: the column that is summed.
    bins: dimensions that are numbers, each with the ascending boundaries of its declared classes (see
    `outputcontrole.classes`); rows without such a number take no part.
    """

    source: Source
    filter: tuple[Node, ...]
    dimensions: tuple[str, ...]
    counted: str
    measure: str | None = None
    bins: tuple[tuple[str, tuple[float, ...]], ...] = ()

    def edges(self, dimension: str) -> tuple[float, ...] | None:
        """Return the boundaries of the classes of a dimension, or None when its labels are its values."""
        return dict(self.bins).get(dimension)

    @property
    def key(self) -> str:
        """The digest of everything that defines the table; equal questions have equal keys."""
        return digest(self.record())

    def record(self) -> dict[str, object]:
        """Return the table's definition as JSON values, as the history keeps it."""
        # Without classes the record is what it was before there were any, so that equal questions keep equal keys.
        classes = {"klassen": {name: list(edges) for name, edges in self.bins}} if self.bins else {}
        return {
            "bron": self.source.model_dump(mode="json"),
            "filter": record_of(canonical_filter(self.filter)),
            "dimensies": list(self.dimensions),
            "tel": self.counted,
            "maat": self.measure,
            **classes,
        }

    @classmethod
    def from_record(cls, record: dict[str, object]) -> "AskedTable":
        """Rebuild a table from `record()`."""
        source = record["bron"]
        filters = record["filter"]
        dimensions = record["dimensies"]
        # Records of before there were classes have none.
        classes: Any = record.get("klassen", {})
        if not isinstance(source, dict) or not isinstance(filters, list) or not isinstance(dimensions, list):
            raise UserError("de historie bevat een tabel die dit programma niet schreef")
        model = IndicatorSource if "indicator" in source else TableSource
        measure = record["maat"]
        return cls(
            source=model.model_validate(source),
            filter=filter_of_record(filters),
            dimensions=tuple(str(dimension) for dimension in dimensions),
            counted=str(record["tel"]),
            measure=None if measure is None else str(measure),
            bins=tuple((str(name), tuple(float(edge) for edge in edges)) for name, edges in classes.items()),
        )


def feature_tables(feature: Feature, level: str) -> tuple[AskedTable, ...]:
    """Return the tables behind a feature of areas: numerator and denominator of a share, the count of a density.

    The denominator of a share is every counted unit, those of which the value is unknown included: a denominator of
    known values would, beside another indicator's on the same units, tell how few are unknown.
    """
    area = (AREA_COLUMN[level],)
    match feature:
        case Share():
            source = IndicatorSource(indicator=feature.indicator, parameters=feature.parameters)
            counted = indicators.get(feature.indicator).geteld
            return (
                AskedTable(source, (_POINTED_AT,), area, counted),
                AskedTable(source, (), area, counted),
            )
        case Density():
            return (AskedTable(feature.bron, tuple(feature.filter), area, feature.tel),)
        case OpenFigure():
            return ()


def features_of(output: Output) -> list[Feature]:
    """Return the features that an output is made of, the target of a tree last; none if not about areas."""
    match output:
        case Choropleth():
            return [output.kenmerk]
        case ClusterProfile():
            return list(output.kenmerken)
        case DecisionTree() | ForestImportance():
            return [*output.kenmerken, output.doel]
        case _:
            return []


def open_sources(output: Output) -> set[str]:
    """Return the sources whose open figures an output uses."""
    columns = {
        feature.per if isinstance(feature, Density) else feature.kolom
        for feature in features_of(output)
        if not isinstance(feature, Share)
    }
    return {column.split(".")[0] for column in columns}


def tables_of_features(
    output: Choropleth | ClusterProfile | DecisionTree | ForestImportance,
) -> tuple[AskedTable, ...]:
    """Return the tables behind every feature of an output about areas, in the order in which its answer uses them."""
    return tuple(table for feature in features_of(output) for table in feature_tables(feature, output.gebied))


def count_behind(table: AskedTable) -> AskedTable:
    """Return the count of the units behind a table of sums: a sum is shown only where its count may be."""
    present = Condition.model_validate({"kolom": table.measure, "is": "niet leeg"})
    return replace(table, filter=(*table.filter, present), measure=None)


def counted_of(source: Source, name: str) -> str:
    """Return what an indicator counts; raises UserError for a table, of which `tel` must say it."""
    if isinstance(source, IndicatorSource):
        return indicators.get(source.indicator).geteld
    raise UserError(f"uitvoer '{name}': zeg met 'tel' welke eenheid van {source.tabel} geteld wordt")


def population_of(table: AskedTable, access: Access) -> AskedTable | None:
    """Return the units among which a filter chose: a count of the chosen says something about all of them.

    A filter is a slice of a dimension, however it is written, so what is asked of a cell of that dimension is asked of
    the filter. Conditions on area codes or on the dimensions only say where one looks, and that a measure is filled in
    chooses nobody; they stay; of alternatives (`of`) only those that speak of nothing else do. None for sums, and for
    tables without any other condition.
    """
    if table.measure is not None:
        return None
    columns = columns_of(table.source, access)
    measured = {"integer", "number"}
    # a condition on a column in classes cuts through a class, so it does choose among those in the cell
    labels = set(table.dimensions) - {column for column, _ in table.bins}
    parts = canonical_filter(table.filter)
    scope = tuple(
        part
        for part in parts
        if columns_of_filter([part]) <= AREA_LEVELS.keys() | labels
        or (isinstance(part, Condition) and part.is_ == "niet leeg" and columns[part.kolom].type in measured)
    )
    if len(scope) == len(parts):
        return None
    return replace(table, filter=scope)


def columns_of(source: Source, access: Access) -> dict[str, FieldDescription]:
    """Return the columns that a question on `source` can name, with type and protected unit.

    Raises UserError for an unknown table or indicator.
    """
    if isinstance(source, TableSource):
        return access.fields(source.tabel)
    try:
        indicator = indicators.get(source.indicator)
    except UnknownIndicator as error:
        raise UserError(str(error)) from None
    fields = {
        "buurtcode": FieldDescription(name="buurtcode", type="string"),
        "waarde": FieldDescription(name="waarde", type="boolean"),
    }
    for column, unit in indicator.eenheden.items():
        fields[column] = FieldDescription.model_validate({"name": column, "type": "uuid", "zoo:eenheid": unit})
    return fields


def countable_columns(source: Source, columns: Mapping[str, FieldDescription]) -> set[str]:
    """Return the columns that can be counted: one protected unit per row.

    A list of units is none. Of several columns that number the same kind of unit in different ways (the dwelling and
    its address) the first counts: two counts of the same units in two numberings could not be compared.
    """
    countable: set[str] = set()
    numbering: dict[str, str | None] = {}
    for name, field in columns.items():
        listed = isinstance(source, IndicatorSource) and name in LIST_COLUMNS
        if field.eenheid is None or listed:
            continue
        if field.eenheid == "eigenaar" or numbering.setdefault(field.eenheid, field.domein) == field.domein:
            countable.add(name)
    return countable


def check_table(table: AskedTable, access: Access, where: str) -> None:
    """Raise UserError when a table names a column that is not there or may not be used that way.

    A pseudonym can be counted, nothing else: as a dimension it would list persons, in a filter it would pick one out.
    """
    columns = columns_of(table.source, access)
    known = ", ".join(sorted(columns))
    for dimension in table.dimensions:
        if dimension in RESERVED or dimension.startswith(RESERVED_PREFIXES):
            raise UserError(
                f"{where}: '{dimension}' kan geen dimensie zijn; laat de kolom in het contract anders heten"
            )
        column = "buurtcode" if dimension in AREA_LEVELS else dimension
        if column not in columns:
            raise UserError(f"{where}: dimensie '{dimension}' bestaat niet in deze bron; er zijn: {known}")
        if columns[column].type == "uuid":
            raise UserError(f"{where}: '{dimension}' is een pseudoniem en kan geen dimensie zijn; kies een kenmerk")
    for name, edges in table.bins:
        check_edges(edges, f"{where}: klassen van '{name}'")
        if name not in table.dimensions or name in AREA_LEVELS or columns[name].type not in {"integer", "number"}:
            raise UserError(f"{where}: '{name}' heeft klassen, maar is geen dimensie met getallen in deze bron")
    areas = [dimension for dimension in table.dimensions if dimension in AREA_LEVELS]
    if len(areas) > 1 or len(set(table.dimensions)) < len(table.dimensions):
        raise UserError(
            f"{where}: noem één gebiedsdimensie en elke dimensie één keer; hogere niveaus komen vanzelf mee"
        )
    _check_filter(table, columns, where)
    countable = countable_columns(table.source, columns)
    if table.counted not in countable:
        units = ", ".join(sorted(countable))
        raise UserError(f"{where}: 'tel' moet een beschermde eenheid zijn; in deze bron zijn dat: {units or 'geen'}")
    if table.measure is not None:
        check_measure(table.source, table.measure, access, where)


def check_measure(source: Source, measure: str, access: Access, where: str) -> None:
    """Raise UserError when a measure is no column with numbers; for kinds that compute with values they do not sum."""
    columns = columns_of(source, access)
    if measure not in columns or columns[measure].type not in {"integer", "number"}:
        numeric = ", ".join(sorted(name for name, field in columns.items() if field.type in {"integer", "number"}))
        raise UserError(f"{where}: maat '{measure}' is geen getal in deze bron; getallen zijn: {numeric}")


def _check_filter(table: AskedTable, columns: Mapping[str, FieldDescription], where: str) -> None:
    """Check every condition, however deep in alternatives: a negated or optional pick is a pick."""
    for condition in conditions_of(table.filter):
        name = condition.kolom
        if name not in columns:
            known = ", ".join(sorted(columns))
            raise UserError(f"{where}: filterkolom '{name}' bestaat niet in deze bron; er zijn: {known}")
        if columns[name].type == "uuid" and condition.is_ not in {"leeg", "niet leeg"}:
            raise UserError(f"{where}: '{name}' is een pseudoniem; filteren op één eenheid kan niet")
        values = condition.waarde if isinstance(condition.waarde, list) else [condition.waarde]
        # the database would round such a value, and the question would be another one than was asked
        if columns[name].type == "integer" and any(isinstance(value, str) and "." in value for value in values):
            raise UserError(f"{where}: filterkolom '{name}' heeft hele getallen; vergelijk met een heel getal")
