"""The answer to a map: one colour per area from its protected number, the numbers beside it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from outputcontrole.access import Access
from outputcontrole.answer import Answer, refused
from outputcontrole.answers.features import ProtectedFeature, protected_feature
from outputcontrole.asked import asked_tables, open_sources
from outputcontrole.checks import Finding
from outputcontrole.evidence import AREAS
from outputcontrole.history import used_sources
from outputcontrole.policy import Policy
from outputcontrole.protection import TableProtection
from outputcontrole.render.tables import HIDDEN, csv_bytes, decimal_comma
from outputcontrole.spec import Choropleth, Output, Share, Verdict
from zoo_analyse.areas import parents
from zoo_formaat.errors import UserError


def answer_choropleth(
    output: Choropleth, protected: Mapping[str, TableProtection], access: Access, policy: Policy
) -> Answer:
    """Answer a map from shown numbers only; hidden areas are hatched, whatever the reason.

    The table beside it holds the same numbers, and those of the larger areas as reference. Raises UserError without
    a registered map of areas.
    """
    feature = protected_feature(output.kenmerk, output.gebied, protected, access, policy)
    if feature.blocked is not None:
        return refused(output, (feature.blocked, *feature.findings))
    own = feature.own()
    if not own["waarde"].notna().any():
        nothing = Finding("niets over", "geen enkel gebied mag getoond worden", "kies een hoger gebiedsniveau")
        return refused(output, (nothing, *feature.findings))
    areas = map_areas(access)
    source = source_line(output, access)

    def draw() -> dict[str, bytes]:
        from zoo_analyse import figures

        coloured = by_buurt(figures.class_index(own["waarde"], output.klassen), areas, output.gebied)
        unit = " %" if isinstance(output.kenmerk, Share) else ""
        figure = figures.choropleth(
            areas,
            coloured,
            classes=figures.class_labels(output.klassen, decimals=_decimals(output.klassen), unit=unit),
            title=output.titel,
            source=source,
            legend=in_words(output.kenmerk.naam),
        )
        return {"kaart.svg": figures.to_svg(figure), "kaart.png": figures.to_png(figure)}

    hidden = bool(feature.findings) or bool(own["waarde"].isna().any())
    verdict = Verdict.PROTECTED if hidden else Verdict.FREE
    tables = {"tabel.csv": feature_csv(feature)}
    return Answer(output, verdict, feature.findings, tables, draw, {"gebieden": preview_of(feature)})


def _decimals(breaks: list[float]) -> int:
    return max((len(f"{value:.6f}".rstrip("0").split(".")[1]) for value in breaks), default=0)


def map_areas(access: Access) -> pd.DataFrame:
    """Return the registered open map: `buurtcode`, `geometrie` (GeoJSON text). Raises UserError when there is none."""
    if AREAS not in access.tables or not access.is_open(AREAS):
        raise UserError(f"er is geen kaart van gebieden geregistreerd ({AREAS}, open data); lever haar eerst")
    frame: pd.DataFrame = access.connection.execute(
        'SELECT buurtcode, geometrie FROM "gebieden"."buurten" ORDER BY buurtcode'
    ).df()
    return frame


def by_buurt(values: "pd.Series[float]", areas: pd.DataFrame, level: str) -> "pd.Series[float]":
    """Return per buurt the value of the area of `level` in which it lies; a map of wijken is drawn in its buurten."""
    codes = [str(code) for code in areas["buurtcode"]]
    return pd.Series(values.reindex(parents(codes, level)).to_numpy(), index=pd.Index(codes, dtype="str"))


def source_line(output: Output, access: Access) -> str:
    """Return the line under a figure: the sources it rests on, and the notice that areas are no persons."""
    used = used_sources(asked_tables(output)) | open_sources(output)
    packages = [package.manifest for package in access.packages if package.manifest.bron in used]
    names = ", ".join(sorted(manifest.bron for manifest in packages)) or "open data"
    kind = " (synthetische gegevens)" if any(manifest.synthetisch for manifest in packages) else ""
    return f"Bron: {names}{kind}. Een gebied is niet zijn inwoners; een afwijking is geen overtreding."


def in_words(name: str) -> str:
    """Return a feature's name as a reader sees it."""
    return name.replace("_", " ")


def feature_csv(feature: ProtectedFeature) -> bytes:
    """Return a feature as CSV: code, published value, and for a share its two counts; margins first."""
    order = {"N": 0, "G": 1, "W": 2, "B": 3}
    values = feature.values.loc[sorted(feature.values.index, key=lambda code: (order[code[0]], code))]
    rows = [
        [str(code), decimal_comma(row["waarde"], feature.decimals), _count(row["teller"]), _count(row["noemer"])]
        for code, row in values.iterrows()
    ]
    return csv_bytes(["gebied", feature.feature.naam, "teller", "noemer"], rows)


def _count(value: float) -> str:
    return HIDDEN if np.isnan(value) else f"{value:.0f}"


def preview_of(feature: ProtectedFeature) -> list[dict[str, object]]:
    """Return code and published value per area as JSON values, None where hidden."""
    return [
        {"gebied": str(code), "waarde": None if np.isnan(value) else float(value)}
        for code, value in feature.values["waarde"].items()
    ]
