"""The reference image, against percentiles counted by hand."""

import numpy as np
import pandas as pd
import pytest

from zoo_analyse.areas import GROUPS
from zoo_analyse.errors import AreaCodeError, FeatureError
from zoo_analyse.reference import PERCENTILE_CLASSES, against_alike, alike, positions, reference_image


def table(rows):
    return pd.DataFrame(rows, columns=["gebied", "teller", "noemer"])


def test_position_among_published_areas_of_the_same_level():
    rows = [
        ("BU90010101", 1, 100),
        ("BU90010102", 4, 100),
        ("BU90010103", np.nan, np.nan),
        ("BU90010104", 4, 100),
        ("BU90010105", 9, 100),
        ("GM9001", 20, 500),
        ("NL", 20, 500),
    ]
    image = reference_image(table(rows)).set_index("gebied")
    # of four published: 0 lower and itself half; 1 lower and two ties half; 3 lower and itself half
    assert image.loc["BU90010101", "percentiel"] == (0 + 0.5) / 4 * 100
    assert image.loc["BU90010102", "percentiel"] == (1 + 0.5 * 2) / 4 * 100
    assert image.loc["BU90010104", "percentiel"] == image.loc["BU90010102", "percentiel"]
    assert image.loc["BU90010105", "percentiel"] == (3 + 0.5) / 4 * 100
    assert image.loc["BU90010103"].isna()[["aandeel", "percentiel", "verhouding"]].all()
    assert image.loc["BU90010105", "verhouding"] == pytest.approx((9 / 100) / (20 / 500))
    assert np.isnan(image.loc["GM9001", "percentiel"])  # the only one of its level
    assert image.index[:2].tolist() == ["NL", "GM9001"]


def test_group_of_municipalities_appears_only_when_all_are_published():
    rows = [(code, 10 * i, 1000) for i, code in enumerate(GROUPS["G4"], start=1)]
    image = reference_image(table(rows)).set_index("gebied")
    assert image.loc["G4", "aandeel"] == (10 + 20 + 30 + 40) / 4000
    assert "B5" not in image.index
    rows[0] = (rows[0][0], np.nan, np.nan)
    assert np.isnan(reference_image(table(rows)).set_index("gebied").loc["G4", "aandeel"])


def test_hidden_or_zero_country_gives_no_ratio():
    for country in ((np.nan, np.nan), (0, 500)):
        image = reference_image(table([("BU90010101", 1, 100), ("NL", *country)]))
        assert image["verhouding"].isna().all()


def test_double_codes_are_refused():
    with pytest.raises(AreaCodeError, match="komt meer dan één keer voor"):
        reference_image(table([("BU90010101", 1, 2), ("BU90010101", 1, 2)]))


def test_places_by_hand_with_ties_and_hidden_areas():
    """Five buurten in GM9001 (one hidden, two equal), two in GM9002; the hidden one could stand anywhere."""
    values = pd.Series(
        [9.0, 4.0, 4.0, 1.0, np.nan, 7.0, 2.0],
        index=[*(f"BU9001010{i}" for i in range(1, 6)), "BU90020101", "BU90020102"],
    )
    found = positions(values.sample(frac=1, random_state=2)).set_index(["gebied", "onder"])
    assert set(found.index.get_level_values("onder")) == {"land", "gemeente"}  # in no group of municipalities
    tied = found.loc[("BU90010102", "gemeente")]
    assert (tied["hoogst"], tied["laagst"], tied["gebieden"], tied["getoond"]) == (2, 4, 5, 4)
    best = found.loc[("BU90010101", "land")]
    assert (best["hoogst"], best["laagst"], best["gebieden"]) == (1, 2, 7)
    assert best["percentiel"] == (5 + 0.5) / 6 * 100
    hidden = found.loc[("BU90010105", "land")]
    assert hidden[["hoogst", "laagst", "percentiel"]].isna().all()
    assert hidden["klasse"] == ""
    assert found.loc[("BU90020101", "gemeente"), ["hoogst", "laagst"]].tolist() == [1, 1]
    assert (found["klasse"] == "").all()  # nowhere are ten areas shown


def test_percentile_classes_of_a_hundred_areas():
    values = pd.Series(range(100), index=[f"BU0363{i:04}" for i in range(100)], dtype="float64")
    found = positions(values)
    land = found[found["onder"] == "land"].set_index("gebied")
    sizes = land["klasse"].value_counts()
    assert [sizes[name] for name in PERCENTILE_CLASSES] == [10, 15, 25, 25, 15, 10]
    assert land.loc["BU03630099", "klasse"] == "hoogste 10 %"
    assert set(found.loc[found["onder"] == "groep", "waar"]) == {"G4"}
    assert set(positions(values.rename(lambda code: "GM" + code[6:]))["onder"]) == {"land"}


def test_equal_areas_share_every_place():
    found = positions(pd.Series(3.0, index=[f"BU9001{i:04}" for i in range(20)]))
    assert set(found["hoogst"]) == {1}
    assert set(found["laagst"]) == {20}
    assert set(found["percentiel"]) == {50.0}


def test_areas_alike_are_the_nearest_of_all_by_brute_force():
    generator = np.random.default_rng(6)
    codes = [f"BU9001{i:04}" for i in range(60)]
    figures = pd.DataFrame(generator.normal(size=(60, 3)) * [1, 50, 0.01], index=codes, columns=["a", "b", "c"])
    figures["zelfde"] = 7.0
    figures.iloc[3, 0] = np.nan
    found = alike(figures.sample(frac=1, random_state=1), 5)
    known = figures.dropna()
    scores = (known - known.mean()) / known.std(ddof=0).replace(0, 1)
    assert len(found) == 59 * 5
    for code, pairs in found.groupby("gebied"):
        distance = {
            other: ((scores.loc[code] - scores.loc[other]) ** 2).sum() for other in known.index if other != code
        }
        assert list(pairs["gelijke"]) == sorted(distance, key=distance.__getitem__)[:5]


def test_of_equally_alike_areas_the_lower_code_comes_first():
    codes = [f"BU9001000{i}" for i in range(6)]
    found = alike(pd.DataFrame({"a": [0.0, 1, 1, 1, 1, 9]}, index=codes[::-1]), 3)
    assert list(found.loc[found["gebied"] == codes[1], "gelijke"]) == codes[2:5]
    with pytest.raises(FeatureError, match="gelijken vraagt er meer"):
        alike(pd.DataFrame({"a": [1.0, 2.0]}, index=codes[:2]), 2)


def test_comparison_with_areas_alike_counts_published_ones_only():
    codes = [f"BU9001000{i}" for i in range(8)]
    pairs = pd.DataFrame(
        [(codes[0], other) for other in codes[1:]] + [(codes[1], codes[0])], columns=["gebied", "gelijke"]
    )
    values = pd.Series([5.0, 1, 5, 6, 7, np.nan, 2, 3], index=codes)
    found = against_alike(values, pairs)
    assert found.loc[codes[0]].tolist() == [6, 4.0, 3, 1, 2]
    assert found.loc[codes[1], "gelijken"] == 1
    assert found.loc[codes[1]].isna().sum() == 4
    own_hidden = against_alike(values.mask(values.index == codes[0]), pairs)
    assert own_hidden.loc[codes[0]].isna().tolist() == [False, False, True, True, True]
