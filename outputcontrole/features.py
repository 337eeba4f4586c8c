"""Features of areas as they may be known outside: computed from shown cells only.

Whatever a map, a profile or a tree is made of comes from here, so it can tell nothing that the shown cells do not.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from outputcontrole.access import Access, quoted, quoted_table
from outputcontrole.asked import feature_tables
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.evidence import TOTAL
from outputcontrole.protection import TableProtection
from outputcontrole.spec import Density, Feature, OpenFigure, Share
from zoo_analyse.areas import COUNTRY, pooled_fill
from zoo_formaat.errors import UserError

_FIGURE_DECIMALS = 3


@dataclass(frozen=True)
class ProtectedFeature:
    """A feature per area and larger area.

    values: index area codes (all levels, `NL` for the whole), columns `waarde` (at the published precision, NaN when
    hidden), `teller`, `noemer` (NaN when hidden or not there). level: the areas' own level. findings: cells hidden.
    blocked: why there is no answer at all, or None. undefined: areas that cannot have a value, by open figures alone
    (a density where there are no dwellings).
    """

    feature: Feature
    level: str
    decimals: int
    values: pd.DataFrame
    findings: tuple[Finding, ...] = ()
    blocked: Finding | None = None
    undefined: frozenset[str] = frozenset()

    def own(self) -> pd.DataFrame:
        """Return the rows of the feature's own level."""
        prefix = {"buurt": "BU", "wijk": "WK", "gemeente": "GM"}[self.level]
        return self.values[self.values.index.str.startswith(prefix)]

    def filled(self) -> "pd.Series[float]":
        """Return a value for every area: hidden ones take what the shown margins leave, pooled; undefined stay NaN.

        Whoever has the shown cells can compute the same, so it discloses nothing. Where every area is hidden they all
        get the same value, and the feature tells none apart. Raises FeatureError when no margin is shown either.
        """
        own = self.own()
        if isinstance(self.feature, OpenFigure):
            return own["waarde"].fillna(own["waarde"].median())
        columns = ["teller", "noemer"]
        larger = self.values.drop(own.index)
        rates = pooled_fill(_named(own[columns]), _named(larger[columns]))
        scale = 100.0 if isinstance(self.feature, Share) else float(self.feature.maal)
        filled = pd.Series(rates["aandeel"].to_numpy() * scale, index=pd.Index(rates["gebied"], dtype="str"))
        values = own["waarde"].fillna(filled.round(self.decimals)).fillna(0.0)
        return values.mask(values.index.isin(self.undefined))


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename_axis("gebied").reset_index()


def protected_feature(feature: Feature, level: str, basis: Basis) -> ProtectedFeature:
    """Return a feature of areas from shown cells, at the policy's precision.

    Raises UserError when an open figure is not from open data or its area codes do not fit.
    """
    match feature:
        case Share():
            hits, known = (basis.of(table) for table in feature_tables(feature, level))
            return _share(feature, level, hits, known, basis.policy.rate_decimals)
        case Density():
            (count,) = (basis.of(table) for table in feature_tables(feature, level))
            return _density(feature, level, count, basis.access, basis.policy.rate_decimals)
        case OpenFigure():
            figures = open_figure(feature.kolom, basis.access)
            own = figures[figures.index.str.startswith({"buurt": "BU", "wijk": "WK", "gemeente": "GM"}[level])]
            values = pd.DataFrame({"waarde": own.round(_FIGURE_DECIMALS), "teller": np.nan, "noemer": np.nan})
            return ProtectedFeature(feature, level, _decimals_of(values["waarde"].dropna()), values)


def _decimals_of(figures: "pd.Series[float]") -> int:
    """Return how many decimals the figures were published with."""
    exact = [places for places in range(_FIGURE_DECIMALS) if figures.round(places).eq(figures).all()]
    return min(exact, default=_FIGURE_DECIMALS)


def _shown_counts(table: TableProtection) -> "pd.Series[float]":
    dimension = table.evidence.table.dimensions[0]
    codes = table.evidence.cells[dimension].replace({TOTAL: COUNTRY})
    counts = np.where(table.shown, table.evidence.cells["n"].to_numpy(dtype=float), np.nan)
    return pd.Series(counts, index=pd.Index(codes, dtype="str"))


def _share(
    feature: Share, level: str, hits: TableProtection, known: TableProtection, decimals: int
) -> ProtectedFeature:
    denominator = _shown_counts(known)
    numerator = _shown_counts(hits).reindex(denominator.index)
    hidden = numerator.isna() | denominator.isna()
    values = pd.DataFrame({"teller": numerator.mask(hidden), "noemer": denominator.mask(hidden)})
    values.insert(0, "waarde", (100 * values["teller"] / values["noemer"]).round(decimals))
    return ProtectedFeature(
        feature, level, decimals, values.sort_index(), _findings(feature, hits, known), hits.blocked or known.blocked
    )


def _density(feature: Density, level: str, count: TableProtection, access: Access, decimals: int) -> ProtectedFeature:
    numerator = _shown_counts(count)
    per = open_figure(feature.per, access)
    denominator = per[per > 0].reindex(numerator.index)
    hidden = numerator.isna() | denominator.isna()
    values = pd.DataFrame({"teller": numerator.mask(hidden), "noemer": denominator.mask(hidden)})
    values.insert(0, "waarde", (feature.maal * values["teller"] / values["noemer"]).round(decimals))
    undefined = frozenset(str(code) for code in denominator.index[denominator.isna()])
    return ProtectedFeature(
        feature, level, decimals, values.sort_index(), _findings(feature, count), count.blocked, undefined
    )


def open_figure(column: str, access: Access) -> "pd.Series[float]":
    """Return an open figure `bron.tabel.kolom` per area code; NaN where it is not published.

    Raises UserError when the table is not open data, or an area has two rows.
    """
    source, name, field = column.split(".")
    table = f"{source}.{name}"
    fields = access.fields(table)
    if not access.is_open(table):
        raise UserError(f"kenmerk '{column}': {table} is geen open bron; vraag het als aandeel of dichtheid")
    code = next((name for name in ("gebiedscode", "buurtcode") if name in fields), None)
    if code is None or field not in fields or fields[field].type not in {"integer", "number"}:
        raise UserError(f"kenmerk '{column}': verwacht een getal per gebied in {table}")
    value = f"CAST({quoted(field)} AS DOUBLE)"
    query = f"SELECT {quoted(code)} AS code, {value} AS waarde FROM {quoted_table(table)} ORDER BY 1"
    frame = access.connection.execute(query).df()
    if frame["code"].duplicated().any():
        raise UserError(f"kenmerk '{column}': een gebied heeft in {table} twee rijen; lever elk gebied één keer")
    return pd.Series(frame["waarde"].to_numpy(dtype=float), index=pd.Index(frame["code"].to_numpy(), dtype="str"))


def _findings(feature: Feature, *tables: TableProtection) -> tuple[Finding, ...]:
    """Why areas are hidden, each area once."""
    found: dict[str, Finding] = {}
    for table in tables:
        codes = table.evidence.cells[table.evidence.table.dimensions[0]]
        for cell, finding in sorted(table.findings.items()):
            code = str(codes.iloc[cell])
            where = {"kenmerk": feature.naam, "gebied": code}
            found.setdefault(code, Finding(finding.rule, finding.sentence, finding.remedy, where))
    return tuple(found[code] for code in sorted(found))
