"""The tables behind a question: what must be counted or summed before anything about it can be said.

A map of shares is two counts per area, a profile is many; judging works on these tables, so that every kind of
output is judged by the same rules and against each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from outputcontrole.access import Access
from outputcontrole.classes import check_edges
from outputcontrole.derived import (
    DERIVED,
    AnySource,
    SequenceSource,
    base_of,
    check_derived,
    derived_columns,
    derived_of_record,
)
from outputcontrole.filter_values import check_values
from outputcontrole.spec import (
    Choropleth,
    ClusterProfile,
    Condition,
    DecisionTree,
    Density,
    Feature,
    ForestImportance,
    HotspotMap,
    IndicatorSource,
    OpenFigure,
    Output,
    Period,
    RecipeSource,
    ReferenceImage,
    Share,
    SmallAreaEstimate,
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
from outputcontrole.spec.selection import Selection
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
RESERVED = frozenset({"n", "som", "waarden", "gelijk", "afwijking", "effectief"})
RESERVED_PREFIXES = ("n_", "dominantie_", "rest_")
# Columns of indicators that hold a list of units: by convention their names are plurals.
LIST_COLUMNS = frozenset({"eigenaren", "personen", "adressen", "rechtspersonen", "huishoudens"})
# Columns of recipes that list the units whose rows were read to make a row; no column of a recipe's own is called so.
CONTRIBUTORS = "bijdragers_"
_POINTED_AT = Condition.model_validate({"kolom": "waarde", "is": "=", "waarde": True})


@dataclass(frozen=True)
class AskedTable:
    """One table of counts (measure None) or of sums.

    source: whose rows. filter: conditions, and trees of them, that hold at once. dimensions: columns, area columns by
    their finest level. counted: the column with the unit that is counted distinct. measure: the column that is summed.
    bins: dimensions that are numbers, each with the ascending boundaries of its declared classes (see
    `outputcontrole.classes`); rows without such a number take no part. weight: the column by which the measure of a row
    is multiplied before it is summed; where it is the measure itself, the weights are what is summed.
    """

    source: AnySource
    filter: tuple[Node, ...]
    dimensions: tuple[str, ...]
    counted: str
    measure: str | None = None
    bins: tuple[tuple[str, tuple[float, ...]], ...] = ()
    weight: str | None = None

    @property
    def origin(self) -> Source:
        """The source of the question that the rows come from."""
        return base_of(self.source)

    def edges(self, dimension: str) -> tuple[float, ...] | None:
        """Return the boundaries of the classes of a dimension, or None when its labels are its values."""
        return dict(self.bins).get(dimension)

    @property
    def key(self) -> str:
        """The digest of everything that defines the table; equal questions have equal keys."""
        return digest(self.record())

    def record(self) -> dict[str, object]:
        """Return the table's definition as JSON values, as the history keeps it."""
        # Without classes or weights the record is what it was before there were any, so that equal questions keep
        # equal keys.
        classes = {"klassen": {name: list(edges) for name, edges in self.bins}} if self.bins else {}
        weight = {} if self.weight is None else {"gewicht": self.weight}
        return {
            "bron": self.source.model_dump(mode="json"),
            "filter": record_of(canonical_filter(self.filter)),
            "dimensies": list(self.dimensions),
            "tel": self.counted,
            "maat": self.measure,
            **classes,
            **weight,
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
        models: dict[str, type[Source]] = {"indicator": IndicatorSource, "recept": RecipeSource}
        model = next((model for name, model in models.items() if name in source), TableSource)
        measure, weight = record["maat"], record.get("gewicht")
        return cls(
            source=derived_of_record(source) or model.model_validate(source),
            filter=filter_of_record(filters),
            dimensions=tuple(str(dimension) for dimension in dimensions),
            counted=str(record["tel"]),
            measure=None if measure is None else str(measure),
            bins=tuple((str(name), tuple(float(edge) for edge in edges)) for name, edges in classes.items()),
            weight=None if weight is None else str(weight),
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
        case Choropleth() | HotspotMap() | SmallAreaEstimate():
            return [output.kenmerk]
        case ReferenceImage():
            return [output.kenmerk, *output.gelijk_op]
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
    output: Choropleth
    | HotspotMap
    | ReferenceImage
    | SmallAreaEstimate
    | ClusterProfile
    | DecisionTree
    | ForestImportance,
) -> tuple[AskedTable, ...]:
    """Return the tables behind every feature of an output about areas, in the order in which its answer uses them."""
    return tuple(table for feature in features_of(output) for table in feature_tables(feature, output.gebied))


def count_behind(table: AskedTable) -> AskedTable:
    """Return the count of the units behind a table of sums: a sum is shown only where its count may be.

    A weight that is missing is an error, so behind a sum of weights are all units there are.
    """
    if table.weight is not None and table.measure == table.weight:
        return replace(table, measure=None, weight=None)
    present = Condition.model_validate({"kolom": table.measure, "is": "niet leeg"})
    return replace(table, filter=(*table.filter, present), measure=None, weight=None)


def tables_behind(table: AskedTable) -> tuple[AskedTable, ...]:
    """Return the tables of which a hidden cell may not come back by a sum: its count and, with weights, the plain sum.

    What everybody in a cell has is no less known for being weighted.
    """
    if table.measure is None:
        return ()
    weighted = table.weight not in {None, table.measure}
    return (count_behind(table), replace(table, weight=None)) if weighted else (count_behind(table),)


def counted_of(source: Source, name: str) -> str:
    """Return what an indicator counts; raises UserError for a table, of which `tel` must say it."""
    if isinstance(source, IndicatorSource):
        return indicators.get(source.indicator).geteld
    raise UserError(f"uitvoer '{name}': zeg met 'tel' welke eenheid van {source_name(source)} geteld wordt")


def source_name(source: AnySource) -> str:
    """Return what a source is called in a message."""
    match base_of(source):
        case IndicatorSource(indicator=name):
            return f"indicator {name}"
        case TableSource(tabel=name):
            return f"tabel {name}"
        case RecipeSource(recept=name):
            return f"recept {name}"


def lists_units(source: AnySource, column: str) -> bool:
    """Whether a column of a source holds a list of units instead of one."""
    match base_of(source):
        case IndicatorSource():
            return column in LIST_COLUMNS
        case RecipeSource():
            return column.startswith(CONTRIBUTORS)
        case TableSource():
            return False


def population_of(table: AskedTable, access: Access) -> AskedTable | None:
    """Return the units among which a filter chose: a count of the chosen says something about all of them.

    A filter is a slice of a dimension, however it is written, so what is asked of a cell of that dimension is asked of
    the filter. Conditions on area codes or on the dimensions only say where one looks, and that a measure is filled in
    chooses nobody; they stay; of alternatives (`of`) only those that speak of nothing else do. None for sums, and for
    tables without any other condition.
    """
    if table.measure is not None:
        return None
    if isinstance(table.source, SequenceSource):
        # a sequence is made of the rows that the filter leaves, so its filter is in its source
        parts = table.source.conditions
        scope = _scope(parts, {table.source.toestand}, columns_of(table.origin, access))
        whole = table.source.model_copy(update={"filter": list(scope)})
        return None if len(scope) == len(parts) else replace(table, source=whole)
    # a condition on a column in classes cuts through a class, so it does choose among those in the cell
    labels = set(table.dimensions) - {column for column, _ in table.bins}
    parts = canonical_filter(table.filter)
    scope = _scope(parts, labels, columns_of(table.source, access))
    return None if len(scope) == len(parts) else replace(table, filter=scope)


def _scope(parts: tuple[Node, ...], labels: set[str], columns: Mapping[str, FieldDescription]) -> tuple[Node, ...]:
    """Return the parts of a filter that only say where one looks, and choose nobody there."""
    measured = {"integer", "number"}
    return tuple(
        part
        for part in parts
        if columns_of_filter([part]) <= AREA_LEVELS.keys() | labels
        or (isinstance(part, Condition) and part.is_ == "niet leeg" and columns[part.kolom].type in measured)
    )


def columns_of(source: AnySource, access: Access) -> dict[str, FieldDescription]:
    """Return the columns that a question on `source` can name, with type and protected unit.

    Raises UserError for an unknown table or indicator.
    """
    if isinstance(source, DERIVED):
        return derived_columns(source, columns_of(source.bron, access))
    if isinstance(source, TableSource):
        return access.fields(source.tabel)
    if isinstance(source, RecipeSource):
        return dict(access.derived[source.sha256].fields)
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


def countable_columns(source: AnySource, columns: Mapping[str, FieldDescription]) -> set[str]:
    """Return the columns that can be counted: one protected unit per row.

    A list of units is none. Of several columns that number the same kind of unit in different ways (the dwelling and
    its address) the first counts: two counts of the same units in two numberings could not be compared.
    """
    countable: set[str] = set()
    numbering: dict[str, str | None] = {}
    for name, field in columns.items():
        if field.eenheid is None or lists_units(source, name):
            continue
        if field.eenheid == "eigenaar" or numbering.setdefault(field.eenheid, field.domein) == field.domein:
            countable.add(name)
    return countable


def check_table(table: AskedTable, access: Access, where: str) -> None:
    """Raise UserError when a table names a column that is not there or may not be used that way.

    A pseudonym can be counted, nothing else: as a dimension it would list persons, in a filter it would pick one out.
    """
    if isinstance(table.source, DERIVED):
        base = columns_of(table.origin, access)
        check_derived(table.source, base, where)
        if isinstance(table.source, SequenceSource):
            _check_filter(table.source.conditions, base, where)
            check_values(table.source.conditions, base, access, where)
    columns = columns_of(table.source, access)
    _check_dimensions(table, columns, where)
    _check_filter(table.filter, columns, where)
    check_values(table.filter, columns, access, where)
    countable = countable_columns(table.source, columns)
    if isinstance(table.origin, RecipeSource) and not countable:
        raise UserError(
            f"{where}: recept '{table.origin.recept}' kan niet gevraagd worden: er is geen pseudoniem van een "
            "beschermde eenheid in over; neem het ongewijzigd op in de SELECT (en in GROUP BY)"
        )
    if table.counted not in countable:
        units = ", ".join(sorted(countable))
        raise UserError(f"{where}: 'tel' moet een beschermde eenheid zijn; in deze bron zijn dat: {units or 'geen'}")
    for column, called in ((table.weight, "gewicht"), (table.measure, "maat")):
        if column is not None:
            check_measure(table.source, column, access, where, called)


def _check_dimensions(table: AskedTable, columns: Mapping[str, FieldDescription], where: str) -> None:
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


def selections_of(output: Output) -> list[Selection]:
    """Return the choices of rows that an output is about: its own, or those of its features."""
    return [part for part in (output, *features_of(output)) if isinstance(part, Selection)]


def check_periods(output: Output, access: Access, where: str) -> None:
    """Raise UserError when a period of an output is not of a column with dates or, for years, whole numbers."""
    for selection in selections_of(output):
        if selection.periode is not None:
            _check_period(selection.periode, columns_of(selection.bron, access), where)


def _check_period(period: Period, columns: Mapping[str, FieldDescription], where: str) -> None:
    kind, words = ("integer", "jaren") if period.of_years else ("date", "datums")
    if period.kolom in columns and columns[period.kolom].type == kind:
        return
    fitting = ", ".join(sorted(name for name, field in columns.items() if field.type == kind))
    raise UserError(
        f"{where}: 'periode' noemt '{period.kolom}', dat in deze bron geen kolom met {words} is; "
        f"dat zijn: {fitting or 'geen'}"
    )


def check_measure(source: AnySource, measure: str, access: Access, where: str, called: str = "maat") -> None:
    """Raise UserError when a measure is no column with numbers; for kinds that compute with values they do not sum.

    called: what the question calls it.
    """
    columns = columns_of(source, access)
    if measure not in columns or columns[measure].type not in {"integer", "number"}:
        numeric = ", ".join(sorted(name for name, field in columns.items() if field.type in {"integer", "number"}))
        raise UserError(f"{where}: {called} '{measure}' is geen getal in deze bron; getallen zijn: {numeric}")


def _check_filter(parts: tuple[Node, ...], columns: Mapping[str, FieldDescription], where: str) -> None:
    """Check every condition, however deep in alternatives: a negated or optional pick is a pick."""
    for condition in conditions_of(parts):
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
