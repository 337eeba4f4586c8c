"""Risk profiles: groups of areas that are alike on several indicators at once (K-means).

Source: City Deal 'Zicht op Ondermijning' (2018), section 5. A profile describes areas; it says nothing about a
person, an address or a firm in them. Computed from protected rates, it may go where they may go.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from zoo_analyse.errors import FeatureError
from zoo_analyse.features import checked_features

STANDS_OUT = 0.5
"""|z| from which a profile is called 'veel' or 'weinig' of a feature: half a standard deviation."""

STANDS_FAR_OUT = 1.5
"""|z| from which it is called 'zeer veel' or 'zeer weinig'."""

# Standardised values are rounded before clustering, so that the last bits of a rate, which may depend on how
# it was computed, cannot decide between two equally good groupings.
_Z_DECIMALS = 9


@dataclass(frozen=True)
class Profiles:
    """The outcome of `cluster_profiles`. Profile numbers run from 1, the highest mean z first.

    assignment: area code -> profile number, sorted by code.
    centroids: profile number x feature, mean over the areas of the profile, in the feature's own unit.
    standardised: the same in standard deviations from the mean of all areas (unweighted z).
    sizes: profile number -> number of areas.
    silhouette: mean silhouette width, -1..1, in the space that was clustered; NaN with one profile.
    descriptions: profile number -> Dutch words, from the z-scores (STANDS_OUT, STANDS_FAR_OUT).
    constant: features without any variation; their z is 0 and they decide nothing.
    """

    assignment: pd.Series
    centroids: pd.DataFrame
    standardised: pd.DataFrame
    sizes: pd.Series
    silhouette: float
    descriptions: pd.Series
    constant: tuple[str, ...]


def standardise(features: pd.DataFrame) -> pd.DataFrame:
    """z-scores with the population standard deviation; 0 for a feature that is the same everywhere."""
    values = features.to_numpy(dtype="float64")
    spread = values.std(axis=0)
    constant = values.max(axis=0) == values.min(axis=0)
    z = np.where(constant, 0.0, (values - values.mean(axis=0)) / np.where(constant, 1.0, spread))
    # Adding 0.0 turns a rounded -0.0 into 0.0: both must print and compare the same.
    return pd.DataFrame(z.round(_Z_DECIMALS) + 0.0, index=features.index, columns=features.columns)


def describe(z: Mapping[str, float], labels: Mapping[str, str] | None = None) -> str:
    """A profile in Dutch words, the most deviating feature first: 'zeer veel doorstroom, weinig verhuur'.

    z: feature -> mean z of the profile. labels: feature -> Dutch noun; the feature's own name when absent.
    """
    labels = labels or {}
    words = []
    for name, value in sorted(z.items(), key=lambda item: (-abs(item[1]), item[0])):
        if abs(value) >= STANDS_OUT:
            far = "zeer " if abs(value) >= STANDS_FAR_OUT else ""
            words.append(f"{far}{'veel' if value > 0 else 'weinig'} {labels.get(name, name)}")
    return ", ".join(words) if words else "gemiddeld op alle kenmerken"


def _scaled(z: pd.DataFrame, weights: Mapping[str, float] | None) -> np.ndarray:
    """z times the square root of the weight, so that squared distance counts a feature `weight` times."""
    factors = pd.Series(1.0, index=z.columns)
    for name, weight in (weights or {}).items():
        if name not in z.columns:
            raise FeatureError(f"gewicht voor {name!r}, maar dat kenmerk is er niet; wel: {', '.join(z.columns)}")
        if not (np.isfinite(weight) and weight >= 0):
            raise FeatureError(f"gewicht van {name!r} moet nul of een positief getal zijn")
        factors[name] = np.sqrt(weight)
    return np.asarray((z * factors).to_numpy().round(_Z_DECIMALS) + 0.0)


def cluster_profiles(
    features: pd.DataFrame,
    *,
    clusters: int,
    seed: int,
    weights: Mapping[str, float] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Profiles:
    """Group areas into profiles with K-means on standardised features (scikit-learn, 20 starts, one thread).

    features: index area codes (one level, each once), columns numeric without missing values.
    weights: feature -> how often its squared distance counts (default 1). labels: feature -> Dutch noun.
    The result does not depend on the order of rows or columns. Numbering assumes that more of a feature means
    more risk: profile 1 has the highest mean z; ties go by the centroid, features in order of name.
    Raises FeatureError (too few different areas, nothing varies, bad weight, see checked_features),
    AreaCodeError.
    """
    # imported here: whoever only counts should not wait for a library that learns
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    given_order = list(features.columns)
    table = checked_features(features)
    if clusters < 1:
        raise FeatureError("het aantal profielen moet ten minste 1 zijn")
    z = standardise(table)
    constant = tuple(name for name in table.columns if table[name].min() == table[name].max())
    points = _scaled(z, weights)
    different = len(np.unique(points, axis=0))
    if clusters > 1 and different == 1:
        raise FeatureError("alle gebieden zijn gelijk op alle kenmerken; er valt niets in te delen")
    if different < clusters:
        raise FeatureError(f"{clusters} profielen gevraagd, maar er zijn maar {different} verschillende gebieden")
    with threadpool_limits(limits=1):
        found = KMeans(n_clusters=clusters, n_init=20, random_state=seed).fit(points).labels_
        distinguishable = 1 < clusters < len(points)
        silhouette = float(silhouette_score(points, found)) if distinguishable else float("nan")

    standardised = z.groupby(found).mean()
    content = [
        (-round(float(row.mean()), _Z_DECIMALS), *(-row.round(_Z_DECIMALS)), old)
        for old, row in standardised.iterrows()
    ]
    number = {row[-1]: position for position, row in enumerate(sorted(content), start=1)}
    assignment = pd.Series([number[old] for old in found], index=table.index, name="profiel", dtype="int64")
    assignment.index.name = "gebied"
    by_profile = assignment.to_numpy()
    centroids = table.groupby(by_profile).mean().rename_axis("profiel")[given_order]
    standardised = z.groupby(by_profile).mean().rename_axis("profiel")[given_order]
    sizes = assignment.value_counts().sort_index().rename("gebieden")
    sizes.index.name = "profiel"
    descriptions = pd.Series(
        {
            profile: describe({str(name): float(value) for name, value in row.items()}, labels)
            for profile, row in standardised.iterrows()
        },
        name="omschrijving",
        dtype="object",
    ).rename_axis("profiel")
    return Profiles(assignment, centroids, standardised, sizes, silhouette, descriptions, constant)
