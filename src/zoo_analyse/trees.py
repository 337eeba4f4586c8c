"""A decision tree over areas: which indicators tell the hottest areas from the others.

Source: City Deal 'Zicht op Ondermijning' (2018), sections 3 and 8 (CART; Breiman et al., 1984). A tree speaks of
areas. There is no function here that gives a person, an address or a firm a score, and there must not be.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zoo_analyse.areas import check_codes
from zoo_analyse.errors import FeatureError
from zoo_analyse.features import checked_features


@dataclass(frozen=True)
class Node:
    """One node. A split has feature, threshold, left (value <= threshold) and right; a leaf has None there.

    n: areas in it; positives: how many of them carry the label; depth: 0 for the root.
    """

    number: int
    depth: int
    n: int
    positives: int
    feature: str | None = None
    threshold: float | None = None
    left: int | None = None
    right: int | None = None

    @property
    def share(self) -> float:
        """The share of its areas that carry the label, 0..1."""
        return self.positives / self.n

    @property
    def percentage(self) -> int:
        """The share as a whole percentage, half going up; in integers, so that no float decides a digit."""
        return (200 * self.positives + self.n) // (2 * self.n)

    @property
    def is_leaf(self) -> bool:
        """Whether the node is an end of the tree."""
        return self.feature is None


@dataclass(frozen=True)
class Tree:
    """The outcome of `fit_tree`; nodes[i].number == i, the root is node 0, children come after parents.

    decimals: feature -> decimals of its thresholds.
    leaves: leaf number -> area codes in it. Stays inside: published() leaves it out.
    moved: areas that lie in another leaf than before thresholds were rounded (0 when rounding changed nothing).
    """

    nodes: tuple[Node, ...]
    decimals: Mapping[str, int]
    leaves: Mapping[int, tuple[str, ...]]
    moved: int

    def assign(self, features: pd.DataFrame) -> pd.Series:
        """The leaf number of every area in `features` (index area codes), sorted by code; same checks as fit."""
        table = checked_features(features)
        for node in self.nodes:
            if node.feature is not None and node.feature not in table.columns:
                raise FeatureError(f"de boom gebruikt kenmerk {node.feature!r}, maar dat is er niet")
        return pd.Series(_route(self.nodes, table), index=table.index, name="blad")

    def rules(self, labels: Mapping[str, str] | None = None, outcome: str = "heet") -> list[str]:
        """Every leaf as a Dutch sentence, left to right. labels: feature -> Dutch words; outcome: the label."""
        labels = labels or {}
        sentences: list[str] = []

        def walk(number: int, conditions: tuple[str, ...]) -> None:
            node = self.nodes[number]
            if node.feature is None or node.threshold is None or node.left is None or node.right is None:
                premise = f"Als {' en '.join(conditions)}, dan" if conditions else "Altijd"
                sentences.append(f"{premise} is {node.percentage} % {outcome} ({node.n} gebieden).")
                return
            name = labels.get(node.feature, node.feature)
            limit = _dutch(node.threshold, self.decimals[node.feature])
            walk(node.left, (*conditions, f"{name} ten hoogste {limit} is"))
            walk(node.right, (*conditions, f"{name} hoger dan {limit} is"))

        walk(0, ())
        return sentences

    def published(self) -> dict[str, object]:
        """What may be judged for release: nodes with counts of areas and whole percentages, no area codes."""
        return {
            "knopen": [
                {
                    "knoop": node.number,
                    "diepte": node.depth,
                    "kenmerk": node.feature,
                    "grens": node.threshold,
                    "links": node.left,
                    "rechts": node.right,
                    "gebieden": node.n,
                    "percentage": node.percentage,
                }
                for node in self.nodes
            ],
            "regels": self.rules(),
        }


def _dutch(number: float, decimals: int) -> str:
    """A number with a decimal comma."""
    return f"{number:.{decimals}f}".replace(".", ",")


def hottest(rates: pd.Series, share: float = 0.2) -> pd.Series:
    """Label the areas with the highest rates.

    rates: index area codes (one level, each once), no missing values. share: 0..1; at most share times the number of
    areas is labelled, half rounded up, at least one asked. Areas that tie with the first one left out are left out
    too: nothing but chance would choose among them. So fewer may be labelled, the same whatever the order of rows.
    Returns a boolean Series sorted by code. Raises FeatureError (also when all of the highest tie), AreaCodeError.
    """
    check_codes(rates.index)
    if not 0 < share < 1:
        raise FeatureError("het aandeel heetste gebieden moet tussen 0 en 1 liggen")
    values = rates.astype("float64").sort_index()
    if not np.isfinite(values.to_numpy()).all():
        raise FeatureError("niet alle gebieden hebben een cijfer; vul ze (pooled_fill) of laat ze weg")
    wanted = max(1, int(np.floor(share * len(values) + 0.5)))
    descending = np.sort(values.to_numpy())[::-1]
    hot = values >= descending[wanted - 1]
    if wanted < len(values) and descending[wanted] == descending[wanted - 1]:
        hot = values > descending[wanted]
    if not hot.any():
        raise FeatureError("de hoogste gebieden zijn gelijk aan elkaar; er is geen hoogste deel aan te wijzen")
    return pd.Series(hot, name="heet")


def _route(nodes: tuple[Node, ...], table: pd.DataFrame) -> np.ndarray:
    """The leaf number per row, walking all rows together, node by node (children come after parents)."""
    where = np.zeros(len(table), dtype=np.int64)
    for node in nodes:
        if node.feature is not None and node.left is not None and node.right is not None:
            here = where == node.number
            low = table[node.feature].to_numpy() <= node.threshold
            where[here & low] = node.left
            where[here & ~low] = node.right
    return where


def _rounded_threshold(below: float, above: float, decimals: int) -> float:
    """A threshold t of that many decimals with below <= t < above, nearest their middle, if there is one.

    `below` and `above` are the neighbouring values of the two branches. Otherwise the rounded middle, which
    moves areas: fit_tree counts them.
    """
    middle = (below + above) / 2
    step = 10.0**-decimals
    nearest = round(middle, decimals)
    for candidate in (nearest, round(nearest - step, decimals), round(nearest + step, decimals)):
        if below <= candidate < above:
            return float(candidate) + 0.0
    return float(nearest) + 0.0


def fit_tree(
    features: pd.DataFrame,
    label: "pd.Series[bool]",
    *,
    max_depth: int,
    min_leaf: int,
    seed: int,
    decimals: int | Mapping[str, int] = 3,
) -> Tree:
    """Learn a classification tree (scikit-learn's CART, Gini) that explains `label` from `features`.

    features: index area codes, numeric columns without missing values. label: True/False for the same codes.
    min_leaf: least number of areas in a leaf. decimals: of published thresholds, for all or per feature.
    Thresholds are rounded to the nearest that leaves every area where it was; where the values lie too close for
    that, areas move: `moved` says how many, and all counts are those of the rounded tree.
    Rows and columns may come in any order. Equally good splits are chosen by `seed` among columns in order of
    name. Raises FeatureError (labels missing or all equal, too few areas, a leaf under min_leaf after rounding),
    AreaCodeError.
    """
    # imported here: whoever only counts should not wait for a library that learns
    from sklearn.tree import DecisionTreeClassifier

    table = checked_features(features)
    if not label.index.is_unique or set(label.index) != set(table.index):
        raise FeatureError("de gebieden van het label zijn niet precies de gebieden van de kenmerken")
    if label.isna().any() or not pd.api.types.is_bool_dtype(label):
        raise FeatureError("het label moet voor elk gebied waar of onwaar zijn")
    if max_depth < 1 or min_leaf < 1:
        raise FeatureError("diepte en kleinste blad moeten ten minste 1 zijn")
    truth = label.reindex(table.index).to_numpy(dtype=bool)
    if truth.all() or not truth.any():
        raise FeatureError("het label is overal gelijk; er valt niets te verklaren")
    if len(table) < 2 * min_leaf:
        raise FeatureError(f"{len(table)} gebieden zijn te weinig voor bladen van ten minste {min_leaf}")
    places = {name: decimals if isinstance(decimals, int) else decimals.get(name, 3) for name in table.columns}

    # scikit-learn compares 32-bit values; ranks are exact in 32 bits and split the areas the same way.
    ranks = table.rank(method="dense").to_numpy(dtype="float32")
    model = DecisionTreeClassifier(max_depth=max_depth, min_samples_leaf=min_leaf, random_state=seed)
    fitted = model.fit(ranks, truth).tree_
    exact = _read_nodes(fitted, table, ranks, places)
    before = _route_ranks(fitted, ranks)
    after = _route(exact, table)
    counted = _count(exact, after, truth, min_leaf)
    leaves = {
        node.number: tuple(str(code) for code in table.index[after == node.number]) for node in counted if node.is_leaf
    }
    used = {node.feature: places[node.feature] for node in counted if node.feature is not None}
    return Tree(counted, dict(sorted(used.items())), leaves, int((before != after).sum()))


def _route_ranks(fitted: object, ranks: np.ndarray) -> np.ndarray:
    return np.asarray(fitted.apply(ranks), dtype=np.int64)  # type: ignore[attr-defined]


def _read_nodes(fitted: object, table: pd.DataFrame, ranks: np.ndarray, places: Mapping[str, int]) -> tuple[Node, ...]:
    """scikit-learn's arrays as nodes with rounded thresholds; counts are filled in afterwards."""
    left, right, feature, cut = (
        getattr(fitted, name) for name in ("children_left", "children_right", "feature", "threshold")
    )
    reached = np.asarray(fitted.decision_path(ranks).todense(), dtype=np.bool_)  # type: ignore[attr-defined]
    depth = np.zeros(len(left), dtype=int)
    nodes = []
    for number in range(len(left)):
        if left[number] < 0:
            nodes.append(Node(number, int(depth[number]), 0, 0))
            continue
        depth[left[number]] = depth[right[number]] = depth[number] + 1
        name = str(table.columns[feature[number]])
        here = reached[:, number]
        values = table[name].to_numpy()[here]
        low = ranks[here, feature[number]] <= cut[number]
        limit = _rounded_threshold(float(values[low].max()), float(values[~low].min()), places[name])
        nodes.append(Node(number, int(depth[number]), 0, 0, name, limit, int(left[number]), int(right[number])))
    return tuple(nodes)


def _count(nodes: tuple[Node, ...], leaf: np.ndarray, truth: np.ndarray, min_leaf: int) -> tuple[Node, ...]:
    """The nodes with the areas that the rounded tree puts in them, leaves first, sums upwards."""
    n: dict[int, int] = {}
    positives: dict[int, int] = {}
    for node in reversed(nodes):
        if node.left is None or node.right is None:
            n[node.number] = int((leaf == node.number).sum())
            positives[node.number] = int(truth[leaf == node.number].sum())
            if n[node.number] < min_leaf:
                raise FeatureError(
                    f"na afronding van de grenzen heeft een blad minder dan {min_leaf} gebieden; vraag meer decimalen"
                )
        else:
            n[node.number] = n[node.left] + n[node.right]
            positives[node.number] = positives[node.left] + positives[node.right]
    return tuple(
        Node(
            node.number,
            node.depth,
            n[node.number],
            positives[node.number],
            node.feature,
            node.threshold,
            node.left,
            node.right,
        )
        for node in nodes
    )
