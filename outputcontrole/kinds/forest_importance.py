"""Importances of a random forest on areas: which protected features help to find the hottest areas.

What it tells: nothing that the shown cells do not, for it is computed from them alone; whoever has them can compute it.
"""

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, tables_of_features
from outputcontrole.basis import Basis
from outputcontrole.checks.degrees_of_freedom import degrees_of_freedom
from outputcontrole.features import protected_feature
from outputcontrole.kinds.cluster_profile import feature_table
from outputcontrole.render.caption import footnotes
from outputcontrole.render.table_files import RenderedTable
from outputcontrole.spec import ForestImportance, Verdict
from zoo_analyse.forests import importances
from zoo_analyse.trees import hottest
from zoo_formaat.canonical import canonical_bytes

WORDS = "belang van kenmerken in een bos"


def tables(output: ForestImportance) -> tuple[AskedTable, ...]:
    """Return the counts behind every feature."""
    return tables_of_features(output)


def answer(output: ForestImportance, basis: Basis) -> Answer:
    """Grow a forest on areas and answer with the importance per feature in whole per cents, highest first."""
    target = protected_feature(output.doel, output.gebied, basis)
    features = [protected_feature(feature, output.gebied, basis) for feature in output.kenmerken]
    findings = tuple(finding for feature in (target, *features) for finding in feature.findings)
    blocked = [feature.blocked for feature in (target, *features) if feature.blocked is not None]
    if blocked:
        return refused(output, (*blocked, *findings))
    everything = feature_table([*features, target])
    short = degrees_of_freedom(len(everything), len(features), basis.policy)
    if short is not None:
        return refused(output, (short, *findings))
    found = importances(
        everything[[feature.feature.naam for feature in features]],
        hottest(everything[output.doel.naam], output.aandeel),
        trees=output.bomen,
        max_depth=output.diepte,
        min_leaf=basis.policy.leaf_min,
        seed=output.toeval,
    )
    percent = {str(name): round(100 * float(value)) for name, value in found.items()}
    ordered = sorted(percent.items(), key=lambda item: (-item[1], item[0]))
    record = {
        "doel": output.doel.naam,
        "aandeel": output.aandeel,
        "gebieden": len(everything),
        "belang": [{"kenmerk": name, "procent": value} for name, value in ordered],
    }
    rows = [[name, str(value)] for name, value in ordered]
    rendered = RenderedTable(
        output.titel, ["kenmerk", "belang_procent"], 1, rows, footnotes(output, tables(output), basis)
    )

    def draw() -> dict[str, bytes]:
        return {"tabel.xlsx": rendered.xlsx(), "tabel.html": rendered.html()}

    files = {"tabel.csv": rendered.csv(), "bosbelang.json": canonical_bytes(record) + b"\n"}
    return Answer(output, Verdict.PROTECTED, findings, files, draw, record)
