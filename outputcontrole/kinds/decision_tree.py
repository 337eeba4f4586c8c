"""The answer to a decision tree: which protected features tell the hottest areas from the rest."""

from typing import Any

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, tables_of_features
from outputcontrole.basis import Basis
from outputcontrole.checks.degrees_of_freedom import degrees_of_freedom
from outputcontrole.checks.leaf_size import leaf_size
from outputcontrole.features import protected_feature
from outputcontrole.kinds.cluster_profile import feature_table
from outputcontrole.policy import Policy
from outputcontrole.render.caption import in_words, source_line
from outputcontrole.render.tables import csv_bytes
from outputcontrole.spec import DecisionTree, Verdict
from zoo_analyse.trees import Tree, fit_tree, hottest
from zoo_formaat.canonical import canonical_bytes

_HOT = "bij de hoogste"

WORDS = "beslisboom"


def tables(output: DecisionTree) -> tuple[AskedTable, ...]:
    """Return the counts behind every feature."""
    return tables_of_features(output)


def answer(output: DecisionTree, basis: Basis) -> Answer:
    """Fit a tree on areas from protected features, and publish its structure, thresholds and shares.

    Leaves have at least the policy's minimum of areas. A share of the policy's group share or more, or of its
    complement or less, is published as that bound, so that no leaf says 'all' or 'none'.
    """
    target = protected_feature(output.doel, output.gebied, basis)
    features = [protected_feature(feature, output.gebied, basis) for feature in output.kenmerken]
    findings = tuple(finding for feature in (target, *features) for finding in feature.findings)
    blocked = [feature.blocked for feature in (target, *features) if feature.blocked is not None]
    if blocked:
        return refused(output, (*blocked, *findings))
    everything = feature_table([*features, target])
    label = hottest(everything[output.doel.naam], output.aandeel)
    names = [feature.feature.naam for feature in features]
    decimals = {feature.feature.naam: feature.decimals for feature in features}
    tree = fit_tree(
        everything[names],
        label,
        max_depth=output.diepte,
        min_leaf=basis.policy.leaf_min,
        seed=output.toeval,
        decimals=decimals,
    )
    leaves = [node for node in tree.nodes if node.is_leaf]
    problems = [
        finding
        for node in leaves
        if (finding := leaf_size(f"blad {node.number}", node.n, {}, basis.policy)) is not None
    ]
    freedom = degrees_of_freedom(len(everything), len(leaves), basis.policy)
    problems += [freedom] if freedom is not None else []
    if problems:
        return refused(output, (*problems, *findings))
    nodes = _published(tree, basis.policy)
    rows = [
        [str(node[name]) if node[name] is not None else "" for name in ("knoop", "kenmerk", "grens", "links", "rechts")]
        + [str(node["gebieden"]), str(node["aandeel"])]
        for node in nodes
    ]
    files = {
        "boom.json": canonical_bytes({"knopen": nodes, "doel": output.doel.naam, "aandeel": output.aandeel}) + b"\n",
        "boom.csv": csv_bytes(["knoop", "kenmerk", "grens", "links", "rechts", "gebieden", "aandeel"], rows),
    }
    source = source_line(output, tables(output), basis.access)

    def draw() -> dict[str, bytes]:
        from zoo_analyse import figures

        figure = figures.tree_diagram(
            nodes,
            title=output.titel,
            source=source,
            decimals=tree.decimals,
            outcome=_HOT,
            labels={name: in_words(name) for name in names},
        )
        return {"boom.svg": figures.to_svg(figure), "boom.png": figures.to_png(figure)}

    return Answer(output, Verdict.PROTECTED, findings, files, draw, {"knopen": nodes})


def _published(tree: Tree, policy: Policy) -> list[dict[str, Any]]:
    """The nodes as they may leave: shares in whole per cents, cut off at the group share on both sides."""
    top = round(100 * policy.group_share)
    published = tree.published()["knopen"]
    if not isinstance(published, list):
        raise TypeError("a published tree holds a list of nodes")
    nodes = []
    for node in published:
        percentage = min(max(int(node["percentage"]), 100 - top), top)
        share = {top: f"≥ {top} %", 100 - top: f"≤ {100 - top} %"}.get(percentage, f"{percentage} %")
        nodes.append({**node, "percentage": percentage, "aandeel": share})
    return nodes
