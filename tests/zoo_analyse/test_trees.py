"""Decision trees, against scikit-learn on the raw values and against a stump found by trying everything."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from zoo_analyse.errors import FeatureError
from zoo_analyse.trees import fit_tree, hottest


def codes(count):
    return pd.Index([f"BU9001{i // 100:02d}{i % 100:02d}" for i in range(count)])


def noisy(seed, count=300, features=4):
    """Areas whose label mostly follows a planted rule: a > 0.6 and b <= 0.5."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.random((count, features)), index=codes(count), columns=list("abcd")[:features])
    rule = (frame["a"] > 0.6) & (frame["b"] <= 0.5)
    return frame, pd.Series(rule ^ (rng.random(count) < 0.05), name="heet")


def partition(labels):
    """Which areas are together, whatever their leaf is called."""
    return {frozenset(group) for group in pd.Series(labels.index, index=labels.to_numpy()).groupby(level=0).agg(list)}


@pytest.mark.parametrize("seed", range(6))
def test_same_leaves_as_scikit_learn_on_the_raw_values(seed):
    features, label = noisy(seed)
    tree = fit_tree(features, label, max_depth=4, min_leaf=10, seed=0, decimals=6)
    peer = DecisionTreeClassifier(max_depth=4, min_samples_leaf=10, random_state=0).fit(features.to_numpy(), label)
    theirs = pd.Series(peer.apply(features.to_numpy()), index=features.index)
    assert partition(tree.assign(features)) == partition(theirs)
    assert tree.moved == 0
    share = pd.Series({code: tree.nodes[leaf].share for code, leaf in tree.assign(features).items()})
    np.testing.assert_allclose(share[features.index], peer.predict_proba(features.to_numpy())[:, 1])


def gini_loss(label):
    return 0.0 if len(label) == 0 else len(label) * 2 * label.mean() * (1 - label.mean())


def best_stump_loss(features, label, min_leaf):
    """The lowest weighted Gini of all one-split trees, by trying every feature and every value."""
    best = np.inf
    for name in features:
        for value in features[name].unique():
            low = features[name] <= value
            if min(low.sum(), (~low).sum()) >= min_leaf:
                best = min(best, gini_loss(label[low]) + gini_loss(label[~low]))
    return best


@given(
    values=st.lists(st.tuples(*[st.integers(0, 9)] * 3, st.booleans()), min_size=12, max_size=40),
    min_leaf=st.integers(1, 4),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_stump_is_the_best_of_all_stumps(values, min_leaf):
    frame = pd.DataFrame(values, index=codes(len(values)), columns=["a", "b", "c", "label"])
    features, label = frame[["a", "b", "c"]] / 10, frame["label"].astype(bool)
    if label.all() or not label.any():
        with pytest.raises(FeatureError, match="overal gelijk"):
            fit_tree(features, label, max_depth=1, min_leaf=min_leaf, seed=0)
        return
    tree = fit_tree(features, label, max_depth=1, min_leaf=min_leaf, seed=0)
    leaves = [label[list(areas)] for areas in tree.leaves.values()]
    expected = min(best_stump_loss(features, label, min_leaf), gini_loss(label))
    assert sum(gini_loss(leaf) for leaf in leaves) == pytest.approx(expected)
    assert all(len(leaf) >= min_leaf for leaf in leaves)


def test_the_planted_rule_is_recovered():
    features, label = noisy(1)
    tree = fit_tree(features, label, max_depth=2, min_leaf=10, seed=0, decimals=2)
    root = tree.nodes[0]
    assert {root.feature, *(tree.nodes[child].feature for child in (root.left, root.right))} >= {"a", "b"}
    limits = {node.feature: node.threshold for node in tree.nodes if node.feature in {"a", "b"}}
    assert limits["a"] == pytest.approx(0.6, abs=0.03)
    assert limits["b"] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("seed", range(5))
def test_row_and_column_order_carry_nothing(seed):
    features, label = noisy(2)
    features = features.round(1)  # many ties
    rng = np.random.default_rng(seed)
    mixed = features.iloc[rng.permutation(len(features)), rng.permutation(features.shape[1])]
    one = fit_tree(features, label, max_depth=4, min_leaf=5, seed=3)
    other = fit_tree(mixed, label.sample(frac=1, random_state=seed), max_depth=4, min_leaf=5, seed=3)
    assert one == other


def test_leaves_hold_the_areas_that_the_rules_say():
    features, label = noisy(3)
    tree = fit_tree(features, label, max_depth=3, min_leaf=10, seed=0)
    assert sorted(itertools.chain.from_iterable(tree.leaves.values())) == sorted(features.index)
    for number, areas in tree.leaves.items():
        assert tree.nodes[number].n == len(areas)
        assert tree.nodes[number].positives == label[list(areas)].sum()
    for node in tree.nodes:
        if not node.is_leaf:
            assert node.n == tree.nodes[node.left].n + tree.nodes[node.right].n
            assert node.threshold == round(node.threshold, 3)


def test_rounding_that_moves_areas_is_reported():
    # the label splits between 0.1234 and 0.1235: three decimals cannot
    values = [0.1225, 0.1229, 0.1233, 0.1234, 0.1235, 0.1236, 0.2, 0.3]
    features = pd.DataFrame({"a": values}, index=codes(8))
    label = pd.Series([False] * 4 + [True] * 4, index=features.index)
    exact = fit_tree(features, label, max_depth=1, min_leaf=1, seed=0, decimals=4)
    assert (exact.moved, exact.nodes[0].threshold) == (0, 0.1234)
    coarse = fit_tree(features, label, max_depth=1, min_leaf=1, seed=0, decimals=3)
    low = [value for value in values if value <= coarse.nodes[0].threshold]
    assert low == [0.1225, 0.1229]
    assert coarse.moved == 4 - 2
    assert coarse.nodes[coarse.nodes[0].left].n == len(low)
    with pytest.raises(FeatureError, match="na afronding"):
        fit_tree(features, label, max_depth=1, min_leaf=4, seed=0, decimals=3)


def test_nothing_published_names_an_area():
    features, label = noisy(4)
    tree = fit_tree(features, label, max_depth=3, min_leaf=10, seed=0)
    assert "BU9001" not in str(tree.published())
    leaf = next(node for node in tree.nodes if node.is_leaf)
    published = tree.published()["knopen"][leaf.number]
    assert published["gebieden"] == leaf.n
    assert abs(published["percentage"] - 100 * leaf.share) <= 0.5


def test_rules_in_dutch():
    features = pd.DataFrame({"a": [0.1, 0.2, 0.3, 0.4, 0.6, 0.7]}, index=codes(6))
    label = pd.Series([False] * 4 + [True] * 2, index=features.index)
    tree = fit_tree(features, label, max_depth=2, min_leaf=2, seed=0, decimals=2)
    assert tree.rules({"a": "doorstroom"}) == [
        "Als doorstroom ten hoogste 0,50 is, dan is 0 % heet (4 gebieden).",
        "Als doorstroom hoger dan 0,50 is, dan is 100 % heet (2 gebieden).",
    ]


def test_hottest_takes_at_most_its_share_and_leaves_ties_at_the_boundary_out():
    rates = pd.Series([1.0, 5.0, 3.0, 3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0], index=codes(10))
    hot = hottest(rates.sample(frac=1, random_state=1), share=0.3)
    assert hot.index.tolist() == codes(10).tolist()
    assert hot[hot].index.tolist() == codes(10)[[1]].tolist()  # of the three with 3.0 only chance could take two
    assert hottest(rates, share=0.4).sum() == 4  # all three fit
    with pytest.raises(FeatureError, match="gelijk"):
        hottest(pd.Series(1.0, index=codes(10)))
    assert hottest(rates, share=0.01).sum() == 1
    assert hottest(pd.Series(range(517), index=codes(517)), share=0.2).sum() == 103  # 103.4
    with pytest.raises(FeatureError, match="niet alle gebieden hebben een cijfer"):
        hottest(rates.mask(rates > 4))
    with pytest.raises(FeatureError, match="tussen 0 en 1"):
        hottest(rates, share=1)


def test_impossible_questions():
    features, label = noisy(5)
    arguments = {"max_depth": 2, "min_leaf": 10, "seed": 0}
    with pytest.raises(FeatureError, match="niet precies de gebieden"):
        fit_tree(features, label.iloc[1:], **arguments)
    with pytest.raises(FeatureError, match="overal gelijk"):
        fit_tree(features, label | True, **arguments)
    with pytest.raises(FeatureError, match="te weinig voor bladen"):
        fit_tree(features.iloc[:15], label.iloc[:15], **arguments)
    with pytest.raises(FeatureError, match="waar of onwaar"):
        fit_tree(features, label.astype(float), **arguments)
    with pytest.raises(FeatureError, match="ontbrekende waarden"):
        fit_tree(features.mask(features > 0.99), label, **arguments)
    tree = fit_tree(features, label, **arguments)
    with pytest.raises(FeatureError, match="maar dat is er niet"):
        tree.assign(features[["d"]])
