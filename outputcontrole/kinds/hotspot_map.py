"""The answer to a hotspot map: which areas stand out with their surroundings, as classes only.

What it tells: every class is computed from numbers that `kaart` would show (and from the map, which is open), so it
tells nothing more than those. The statistic itself goes back to the counts and does not leave.
"""

import pandas as pd

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, tables_of_features
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.checks.degrees_of_freedom import degrees_of_freedom
from outputcontrole.features import protected_feature
from outputcontrole.render.area_map import by_buurt, map_areas
from outputcontrole.render.caption import in_words, source_line
from outputcontrole.render.tables import HIDDEN, csv_bytes
from outputcontrole.spec import HotspotMap, Verdict
from zoo_analyse.hotspots import HIGH, LOW, hotspots, permutations_for
from zoo_analyse.neighbours import neighbours
from zoo_formaat.canonical import canonical_bytes

WORDS = "kaart van hotspots"


def tables(output: HotspotMap) -> tuple[AskedTable, ...]:
    """Return the counts behind the feature."""
    return tables_of_features(output)


def answer(output: HotspotMap, basis: Basis) -> Answer:
    """Class areas by Gi* of their published values; hidden areas are hatched and get no class.

    Areas that cannot have a value (a density where nobody lives) take no part at all. Raises UserError without a
    registered map of areas.
    """
    feature = protected_feature(output.kenmerk, output.gebied, basis)
    if feature.blocked is not None:
        return refused(output, (feature.blocked, *feature.findings))
    shown = feature.own()["waarde"].dropna()
    if shown.empty:
        nothing = Finding("niets over", "geen enkel gebied mag getoond worden", "kies een hoger gebiedsniveau")
        return refused(output, (nothing, *feature.findings))
    field = feature.filled().dropna()
    freedom = degrees_of_freedom(len(field), 2, basis.policy)
    if freedom is not None:
        return refused(output, (freedom, *feature.findings))
    areas = map_areas(basis.access)
    found = hotspots(
        field,
        neighbours(areas, output.gebied),
        rate=output.fdr,
        seed=output.toeval,
        tested=list(shown.index),
        scale=output.schaal,
    )
    codes = feature.own().index
    classes = found["klasse"].reindex(shown.index).reindex(codes)
    tested = int(found["p"].notna().sum())
    record = {
        "toets": "Gi* (Ord en Getis 1995), zichzelf meegeteld, tweezijdig, tegen willekeurige plaatsing",
        "buren": "gebieden waarvan de grenzen elkaar raken",
        "schaal": output.schaal,
        "fdr": output.fdr,
        "toeval": output.toeval,
        "plaatsingen": permutations_for(tested, output.fdr),
        "getoetst": tested,
        "hoog": int((classes == HIGH).sum()),
        "laag": int((classes == LOW).sum()),
    }
    rows = [
        [str(code), HIDDEN if pd.isna(kind) else str(kind), _neighbours(found, str(code))]
        for code, kind in classes.items()
    ]
    files = {
        "hotspots.csv": csv_bytes(["gebied", "klasse", "buren"], rows),
        "toets.json": canonical_bytes(record) + b"\n",
    }
    source = source_line(output, tables(output), basis.access)

    def draw() -> dict[str, bytes]:
        from zoo_analyse import figures

        coloured = by_buurt(classes, areas, output.gebied)
        figure = figures.hotspot_map(
            areas, coloured, title=output.titel, source=source, legend=in_words(output.kenmerk.naam)
        )
        return {"kaart.svg": figures.to_svg(figure), "kaart.png": figures.to_png(figure)}

    hidden = bool(feature.findings) or bool(classes.isna().any())
    preview = {
        "gebieden": [
            {"gebied": str(code), "klasse": None if pd.isna(kind) else str(kind)} for code, kind in classes.items()
        ],
        "toets": record,
    }
    return Answer(output, Verdict.PROTECTED if hidden else Verdict.FREE, feature.findings, files, draw, preview)


def _neighbours(found: pd.DataFrame, code: str) -> str:
    """How many neighbours with a value an area has; open, for it follows from the map."""
    return str(found.at[code, "buren"]) if code in found.index else "0"
