"""The answer to a reference image: where each area stands among its peers, from shown values only.

What it tells: places, percentile classes and comparisons are functions of the values in its own table, which are
shown, and of open figures. The place of a hidden area is hidden; that of a shown one leaves room for the hidden.
"""

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, tables_of_features
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.features import ProtectedFeature, protected_feature
from outputcontrole.render.caption import in_words, source_line
from outputcontrole.render.tables import HIDDEN, csv_bytes, decimal_comma
from outputcontrole.spec import ReferenceImage, Share, Verdict
from zoo_analyse.areas import COUNTRY, GROUPS, parents
from zoo_analyse.reference import against_alike, alike, positions

WORDS = "referentiebeeld"
_UNDER = ("land", "groep", "gemeente")
_MOST_ROWS = 30


def tables(output: ReferenceImage) -> tuple[AskedTable, ...]:
    """Return the counts behind the feature; open figures have none."""
    return tables_of_features(output)


def answer(output: ReferenceImage, basis: Basis) -> Answer:
    """Place every area among its peers; places of hidden areas are hidden.

    Raises UserError for an open figure that is not from open data.
    """
    feature = protected_feature(output.kenmerk, output.gebied, basis)
    if feature.blocked is not None:
        return refused(output, (feature.blocked, *feature.findings))
    own = feature.own()["waarde"].drop(index=list(feature.undefined), errors="ignore")
    if not own.notna().any():
        nothing = Finding("niets over", "geen enkel gebied mag getoond worden", "kies een hoger gebiedsniveau")
        return refused(output, (nothing, *feature.findings))
    places = positions(own)
    figures_of_areas = [protected_feature(figure, output.gebied, basis) for figure in output.gelijk_op]
    pairs = compared = None
    if figures_of_areas:
        known = pd.DataFrame({figure.feature.naam: figure.own()["waarde"] for figure in figures_of_areas})
        pairs = alike(known.reindex(own.index), output.gelijken)
        compared = against_alike(own, pairs)
    files = {"referentiebeeld.csv": _table(output, feature, own, places, compared)}
    if pairs is not None:
        files["gelijken.csv"] = csv_bytes(["gebied", "gelijke"], [list(map(str, pair)) for pair in pairs.to_numpy()])
    source = source_line(output, tables(output), basis.access)

    def draw() -> dict[str, bytes]:
        from zoo_analyse import figures

        rows, whole = _rows(feature, own)
        unit = " (%)" if isinstance(output.kenmerk, Share) else ""
        figure = figures.spread_of_areas(
            rows,
            whole=whole,
            title=output.titel,
            source=source,
            label=f"{in_words(output.kenmerk.naam)}{unit}, per {output.gebied}",
        )
        return {"verdeling.svg": figures.to_svg(figure), "verdeling.png": figures.to_png(figure)}

    hidden = bool(feature.findings) or bool(own.isna().any())
    preview = {
        "gebieden": [
            {"gebied": str(code), "waarde": None if np.isnan(value) else float(value)} for code, value in own.items()
        ],
        "getoond": int(own.notna().sum()),
    }
    return Answer(output, Verdict.PROTECTED if hidden else Verdict.FREE, feature.findings, files, draw, preview)


def _table(
    output: ReferenceImage,
    feature: ProtectedFeature,
    own: "pd.Series[float]",
    places: pd.DataFrame,
    compared: pd.DataFrame | None,
) -> bytes:
    """One row per area: value, place and class per comparison, ratio to the country, and the areas alike."""
    by_area = {(row["gebied"], row["onder"]): row for row in places.to_dict("records")}
    country = feature.values["waarde"].get(COUNTRY, math.nan)
    header = ["gebied", output.kenmerk.naam, *(f"{under}_{what}" for under in _UNDER for what in ("klasse", "plaats"))]
    header += ["verhouding_land"]
    if compared is not None:
        header += ["gelijken_getoond", "gelijken_mediaan", "gelijken_lager", "gelijken_gelijk", "gelijken_hoger"]
    beside = {} if compared is None else compared.to_dict("index")
    rows = []
    for code, value in own.items():
        row = [str(code), decimal_comma(value, feature.decimals)]
        for under in _UNDER:
            row += _place(by_area.get((code, under)))
        ratio = value / country if country and country > 0 else math.nan
        row.append(decimal_comma(ratio, 2))
        if compared is not None:
            row += _against(beside.get(code), feature.decimals)
        rows.append(row)
    return csv_bytes(header, rows)


def _place(place: "dict[Hashable, Any] | None") -> list[str]:
    """Percentile class and place 'best-worst van all'; empty where there is no such comparison."""
    if place is None:
        return ["", ""]
    if pd.isna(place["hoogst"]):
        return [HIDDEN, HIDDEN]
    best, worst = round(place["hoogst"]), round(place["laagst"])
    spread = str(best) if best == worst else f"{best} tot {worst}"
    named = str(place["klasse"]) or "te weinig gebieden"
    # a class among those that are shown says less than one among all
    if place["klasse"] and place["getoond"] < place["gebieden"]:
        named = f"{named} van {place['getoond']} getoonde"
    return [named, f"{spread} van {place['gebieden']}"]


def _against(row: "dict[Hashable, Any] | None", decimals: int) -> list[str]:
    """How many areas alike are shown, their median, and how many are lower, equal, higher; empty without any."""
    if row is None:
        return [""] * 5
    counts = [HIDDEN if math.isnan(row[name]) else f"{row[name]:.0f}" for name in ("lager", "gelijk", "hoger")]
    return [f"{row['gelijken']:.0f}", decimal_comma(row["mediaan"], decimals), *counts]


def _rows(feature: ProtectedFeature, own: "pd.Series[float]") -> tuple[dict[str, list[float]], dict[str, float]]:
    """What is drawn: the areas of the country, of groups, and of municipalities when these are not too many.

    A row says of how many of its areas it is, when some are hidden: the bands are about the others.
    """
    municipality = pd.Series(parents([str(code) for code in own.index], "gemeente"), index=own.index)
    members = {COUNTRY: own}
    members |= {group: own[municipality.isin(codes)] for group, codes in GROUPS.items()}
    found = sorted(set(municipality[own.notna()]))
    if feature.level != "gemeente" and 1 < len(found) <= _MOST_ROWS:
        members |= {code: own[municipality == code] for code in found}
    larger = feature.values["waarde"]
    rows: dict[str, list[float]] = {}
    whole: dict[str, float] = {}
    for code, values in members.items():
        shown = values.dropna()
        if shown.empty:
            continue
        name = {COUNTRY: "alle gebieden"}.get(code, f"{code}-gemeenten" if code in GROUPS else code)
        if len(shown) < len(values):
            name = f"{name} ({len(shown)} van {len(values)} getoond)"
        rows[name] = list(shown)
        if code in larger.index and not np.isnan(larger[code]):
            whole[name] = float(larger[code])
    return rows, whole
