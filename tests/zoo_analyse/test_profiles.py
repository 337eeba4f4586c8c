"""Risk profiles: planted groups are found, order carries nothing, impossible questions get a clear answer."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from zoo_analyse.errors import AreaCodeError, FeatureError
from zoo_analyse.profiles import cluster_profiles, describe, standardise


def codes(count):
    return pd.Index([f"BU9001{i // 100:02d}{i % 100:02d}" for i in range(count)])


@pytest.fixture
def planted():
    """120 areas in three groups whose centres lie four standard deviations apart; also the true group."""
    rng = np.random.default_rng(7)
    group = np.repeat([0, 1, 2], 40)
    centres = np.array([[0.02, 5.0, 100], [0.10, 5.0, 100], [0.10, 20.0, 300]])
    values = centres[group] + rng.normal(0, 1, (120, 3)) * np.array([0.01, 2.0, 25])
    frame = pd.DataFrame(values, index=codes(120), columns=["doorstroom", "verhuur", "woz"])
    return frame, group


def test_planted_profiles_are_found_and_numbered_by_mean_z(planted):
    features, group = planted
    profiles = cluster_profiles(features, clusters=3, seed=1)
    assert adjusted_rand_score(group, profiles.assignment) > 0.95
    # group 2 is high on everything, group 0 low on everything
    assert profiles.assignment[group == 2].mode()[0] == 1
    assert profiles.assignment[group == 0].mode()[0] == 3
    assert profiles.sizes.sum() == 120
    assert 0.3 < profiles.silhouette < 1


def test_centroids_are_means_of_the_members_in_their_own_unit(planted):
    features, _ = planted
    profiles = cluster_profiles(features, clusters=3, seed=1)
    for number in (1, 2, 3):
        members = profiles.assignment.index[profiles.assignment == number]
        assert profiles.sizes[number] == len(members)
        np.testing.assert_allclose(profiles.centroids.loc[number], features.loc[members].mean(), rtol=1e-12)
        by_hand = (features.loc[members].mean() - features.mean()) / features.std(ddof=0)
        np.testing.assert_allclose(profiles.standardised.loc[number], by_hand, atol=1e-8)
    assert list(profiles.centroids.columns) == ["doorstroom", "verhuur", "woz"]


@pytest.mark.parametrize("seed", range(5))
def test_row_and_column_order_carry_nothing(planted, seed):
    features, _ = planted
    rng = np.random.default_rng(seed)
    mixed = features.iloc[rng.permutation(len(features)), rng.permutation(3)]
    one, other = cluster_profiles(features, clusters=4, seed=2), cluster_profiles(mixed, clusters=4, seed=2)
    pd.testing.assert_series_equal(one.assignment, other.assignment, check_exact=True)
    pd.testing.assert_frame_equal(one.centroids, other.centroids[features.columns], check_exact=True)
    pd.testing.assert_frame_equal(one.standardised, other.standardised[features.columns], check_exact=True)
    assert one.silhouette == other.silhouette
    assert one.descriptions.equals(other.descriptions)


def test_last_bits_of_a_rate_do_not_matter(planted):
    features, _ = planted
    one = cluster_profiles(features, clusters=4, seed=2)
    other = cluster_profiles(features * (1 + 2**-50), clusters=4, seed=2)
    pd.testing.assert_series_equal(one.assignment, other.assignment)


def test_weights_decide_what_counts(planted):
    features, group = planted
    without = cluster_profiles(features, clusters=2, seed=1, weights={"verhuur": 0, "woz": 0})
    # on doorstroom alone groups 1 and 2 are one
    assert adjusted_rand_score(group > 0, without.assignment) > 0.95
    # a weight of 4 counts the squared distance four times: the same as a feature given four times
    four_times = features.assign(a=features["woz"], b=features["woz"], c=features["woz"])
    repeated = cluster_profiles(four_times, clusters=3, seed=1)
    weighted = cluster_profiles(features, clusters=3, seed=1, weights={"woz": 4})
    assert adjusted_rand_score(repeated.assignment, weighted.assignment) == 1


def test_description_names_what_stands_out_strongest_first():
    z = {"doorstroom": 0.9, "verhuur": -1.5, "hennep": 0.49, "woz": 1.49}
    labels = {"verhuur": "toeristische verhuur"}
    assert describe(z, labels) == "zeer weinig toeristische verhuur, veel woz, veel doorstroom"
    assert describe({"a": 0.1}) == "gemiddeld op alle kenmerken"


def test_a_constant_feature_decides_nothing(planted):
    features, _ = planted
    # 0.1 + 0.2 style constants have a tiny nonzero standard deviation in floating point
    profiles = cluster_profiles(features.assign(gelijk=0.1), clusters=3, seed=1)
    assert profiles.constant == ("gelijk",)
    assert (profiles.standardised["gelijk"] == 0).all()
    assert profiles.assignment.equals(cluster_profiles(features, clusters=3, seed=1).assignment)
    assert (standardise(pd.DataFrame({"x": [0.1] * 7})) == 0).all(axis=None)


def test_one_profile_is_everybody(planted):
    profiles = cluster_profiles(planted[0], clusters=1, seed=1)
    assert profiles.sizes.tolist() == [120]
    assert np.isnan(profiles.silhouette)


def test_impossible_questions(planted):
    features, _ = planted
    with pytest.raises(FeatureError, match="'verhuur' heeft ontbrekende waarden \\(2 van 120"):
        holes = features.copy()
        holes.loc[features.index[:2], "verhuur"] = np.nan
        cluster_profiles(holes, clusters=2, seed=1)
    with pytest.raises(AreaCodeError, match="komt meer dan één keer voor"):
        cluster_profiles(pd.concat([features, features.iloc[:1]]), clusters=2, seed=1)
    with pytest.raises(FeatureError, match="alle gebieden zijn gelijk"):
        cluster_profiles(features * 0 + 1, clusters=2, seed=1)
    with pytest.raises(FeatureError, match="5 profielen gevraagd, maar er zijn maar 4 verschillende"):
        cluster_profiles(features.iloc[:4], clusters=5, seed=1)
    with pytest.raises(FeatureError, match="gewicht voor 'wooz'"):
        cluster_profiles(features, clusters=2, seed=1, weights={"wooz": 1})
    with pytest.raises(FeatureError, match="is geen getal"):
        cluster_profiles(features.assign(naam="x"), clusters=2, seed=1)
    with pytest.raises(AreaCodeError, match="is geen gebiedscode"):
        cluster_profiles(features.reset_index(drop=True).rename(index=str), clusters=2, seed=1)
