"""The answer to a map: one colour per area from its protected number, the numbers beside it."""

import numpy as np

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, tables_of_features
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.features import ProtectedFeature, protected_feature
from outputcontrole.render.area_map import by_buurt, map_areas
from outputcontrole.render.caption import in_words, source_line
from outputcontrole.render.tables import HIDDEN, csv_bytes, decimal_comma
from outputcontrole.spec import Choropleth, Share, Verdict

WORDS = "kaart"


def tables(output: Choropleth) -> tuple[AskedTable, ...]:
    """Return the counts behind every feature."""
    return tables_of_features(output)


def answer(output: Choropleth, basis: Basis) -> Answer:
    """Answer a map from shown numbers only; hidden areas are hatched, whatever the reason.

    The table beside it holds the same numbers, and those of the larger areas as reference. Raises UserError without
    a registered map of areas.
    """
    feature = protected_feature(output.kenmerk, output.gebied, basis)
    if feature.blocked is not None:
        return refused(output, (feature.blocked, *feature.findings))
    own = feature.own()
    if not own["waarde"].notna().any():
        nothing = Finding("niets over", "geen enkel gebied mag getoond worden", "kies een hoger gebiedsniveau")
        return refused(output, (nothing, *feature.findings))
    areas = map_areas(basis.access)
    source = source_line(output, tables(output), basis.access)

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
    return Answer(
        output, verdict, feature.findings, {"tabel.csv": feature_csv(feature)}, draw, {"gebieden": preview_of(feature)}
    )


def _decimals(breaks: list[float]) -> int:
    return max((len(f"{value:.6f}".rstrip("0").split(".")[1]) for value in breaks), default=0)


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
