"""Which features of areas a random forest uses to tell the hottest areas from the others.

Source: Breiman (2001), Random forests. Like a tree of this package it speaks of areas, never of who lives there.
"""

import numpy as np
import pandas as pd

from zoo_analyse.errors import FeatureError
from zoo_analyse.features import checked_features


def importances(
    features: pd.DataFrame, label: "pd.Series[bool]", *, trees: int, max_depth: int, min_leaf: int, seed: int
) -> "pd.Series[float]":
    """Return the mean decrease in impurity per feature, adding up to one; features in order of name.

    features: index area codes, numeric columns without missing values; label: which areas are hot, same index. The
    result does not depend on the order of rows or columns, nor on threads (one is used). Raises FeatureError when the
    label is the same everywhere or there are too few areas for leaves of `min_leaf`.
    """
    # imported here: whoever only counts should not wait for a library that learns
    from sklearn.ensemble import RandomForestClassifier

    table = checked_features(features)
    truth = label.reindex(table.index)
    if truth.isna().any():
        raise FeatureError("niet elk gebied heeft een label")
    hot = truth.to_numpy(dtype=np.bool_)
    if hot.all() or not hot.any():
        raise FeatureError("het label is overal gelijk; er valt niets te verklaren")
    if len(table) < 2 * min_leaf:
        raise FeatureError(f"{len(table)} gebieden zijn te weinig voor bladen van ten minste {min_leaf}")
    # scikit-learn compares 32-bit values; ranks are exact in 32 bits and split the areas the same way.
    ranks = table.rank(method="dense").to_numpy(dtype="float32")
    forest = RandomForestClassifier(
        n_estimators=trees, max_depth=max_depth, min_samples_leaf=min_leaf, random_state=seed, n_jobs=1
    ).fit(ranks, hot)
    return pd.Series(forest.feature_importances_, index=table.columns, name="belang")
