"""Hotspots, against esda, a slow count of every placement, planted truth and fields in which there is nothing."""

import itertools
import math
import os
import warnings

import numpy as np
import pandas as pd
import pytest

from zoo_analyse.areas import pooled_fill
from zoo_analyse.errors import AreaCodeError, FeatureError
from zoo_analyse.hotspots import hotspots, local_g, permutations_for, winsorised

FULL = bool(os.environ.get("ZOO_FULL"))


def board(rows, columns):
    """Codes of a board of areas, a wijk per row, and its queen neighbours."""
    codes = [f"BU9001{row:02}{column:02}" for row in range(rows) for column in range(columns)]
    cells = list(itertools.product(range(rows), range(columns)))
    pairs = [
        (codes[i], codes[j])
        for (i, a), (j, b) in itertools.permutations(enumerate(cells), 2)
        if max(abs(a[0] - b[0]), abs(a[1] - b[1])) == 1
    ]
    return codes, pd.DataFrame(pairs, columns=["gebied", "buur"])


def esda_weights(codes, pairs):
    import libpysal

    around = {code: [] for code in codes}
    for code, other in pairs.itertuples(index=False):
        around[code].append(other)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return libpysal.weights.W(around, id_order=codes, silence_warnings=True)


def test_the_statistic_is_esdas_with_binary_weights():
    from esda.getisord import G_Local

    codes, pairs = board(7, 9)
    pairs = pairs[~pairs["gebied"].isin(codes[-1:]) & ~pairs["buur"].isin(codes[-1:])]  # one area stands alone
    values = pd.Series(np.random.default_rng(5).gamma(2, 3, len(codes)), index=codes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = G_Local(
            values.to_numpy(), esda_weights(codes, pairs), transform="B", star=True, permutations=0, n_jobs=1
        )
    np.testing.assert_allclose(local_g(values, pairs)["z"], other.Zs, rtol=1e-10)


def test_the_published_example_of_six_points():
    """PySAL's documented worked example: six points, those at most 15 from each other are neighbours."""
    points = [(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)]
    codes = [f"BU9001000{i}" for i in range(6)]
    near = [
        (codes[i], codes[j]) for i, j in itertools.permutations(range(6), 2) if math.dist(points[i], points[j]) <= 15
    ]
    values = pd.Series([2, 3, 3.2, 5, 8, 7], index=codes)
    found = local_g(values, pd.DataFrame(near, columns=["gebied", "buur"]))
    published = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    np.testing.assert_allclose(found["z"], published, atol=5e-9)


def test_p_values_are_those_of_every_placement_counted():
    """On a board this small each set of areas can be visited, which the random placements must agree with."""
    codes, pairs = board(3, 4)
    values = pd.Series(np.random.default_rng(2).poisson(4, 12).astype(float), index=codes)
    found = hotspots(values, pairs, permutations=199_999, seed=4, scale="waarde")
    for code in codes:
        size = int(found.at[code, "buren"]) + 1
        observed = values[[code, *pairs.loc[pairs["gebied"] == code, "buur"]]].sum()
        sums = np.array([sum(chosen) for chosen in itertools.combinations(values, size)])
        exact = min(1.0, 2 * min((sums >= observed).mean(), (sums <= observed).mean()))
        assert found.at[code, "p"] == pytest.approx(exact, abs=4 * math.sqrt(exact / 199_999) + 2e-5)


def test_p_values_follow_the_normal_score_on_a_large_plain_field():
    """An independent calculation: esda's analytic p (one-sided, doubled here) for normal values."""
    from esda.getisord import G_Local

    codes, pairs = board(20, 20)
    values = pd.Series(np.random.default_rng(8).normal(10, 1, 400), index=codes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = G_Local(
            values.to_numpy(), esda_weights(codes, pairs), transform="B", star=True, permutations=0, n_jobs=1
        )
    found = hotspots(values, pairs, permutations=99_999, scale="waarde")
    assert np.abs(found["p"].to_numpy() - np.minimum(1, 2 * other.p_norm)).max() < 0.02


def test_benjamini_and_hochberg_by_hand():
    codes, pairs = board(6, 6)
    field = np.random.default_rng(12).normal(size=36)
    field[[7, 8, 13, 14]] += 4
    found = hotspots(pd.Series(field, index=codes), pairs, rate=0.1, scale="waarde")
    p = np.sort(found["p"].to_numpy())
    passing = [rank for rank in range(1, 37) if p[rank - 1] <= rank * 0.1 / 36]
    bound = p[max(passing) - 1]
    assert len(passing) > 0
    assert (found["klasse"].isin(["hoog", "laag"]) == (found["p"] <= bound)).all()
    assert set(found.loc[["BU90010101", "BU90010202"], "klasse"]) == {"hoog"}


def field_without_pattern(generator, codes, kind):
    """Shares of areas of very unequal size, and which are hidden because their numerator is under ten."""
    units = np.exp(generator.normal(5.5, 0.9, len(codes))).astype(int) + 20
    rate = generator.beta(2, 18, len(codes)) if kind == "areas differ" else np.full(len(codes), 0.1)
    hits = generator.binomial(units, rate)
    counts = pd.DataFrame({"gebied": codes, "teller": hits, "noemer": units})
    hidden = hits < 10
    wijken = counts.groupby([code.replace("BU", "WK")[:8] for code in codes])[["teller", "noemer"]].sum()
    shown = counts.astype({"teller": float, "noemer": float})
    shown.loc[hidden, ["teller", "noemer"]] = np.nan
    filled = pooled_fill(shown, wijken.rename_axis("gebied").reset_index()).set_index("gebied")["aandeel"]
    return (100 * filled).round(1), [code for code, out in zip(codes, hidden, strict=True) if not out]


@pytest.mark.parametrize(("kind", "scale"), [("areas differ", "begrensd"), ("chance only", "waarde")])
def test_where_there_is_no_pattern_hardly_anything_is_pointed_at(kind, scale):
    """The null, with what a release does to it: unequal areas, rounding, hidden ones filled from margins."""
    codes, pairs = board(10, 10)
    generator = np.random.default_rng(20)
    rounds = 400 if FULL else 30
    any_found, share = 0, []
    for seed in range(rounds):
        values, tested = field_without_pattern(generator, codes, kind)
        found = hotspots(values, pairs, seed=seed, tested=tested, permutations=4_999, scale=scale)
        pointed = found["klasse"].isin(["hoog", "laag"]).sum()
        any_found += pointed > 0
        share.append(pointed / len(tested))
        assert (found.loc[~found.index.isin(tested), "klasse"] == "niet getoetst").all()
    assert np.mean(share) <= 0.01
    # Where nothing is true every find is false: the false-discovery rate is the chance of finding anything.
    assert any_found / rounds <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / rounds)


@pytest.mark.parametrize(("scale", "least"), [("begrensd", 0.75), ("waarde", 0.8)])
def test_planted_hotspots_are_found_and_few_others(scale, least):
    """Effect fixed beforehand: two blocks of nine areas at twice the rate of 10 %, areas of some 300 units.

    Bringing extremes back costs some recall here, where nothing is extreme but what was planted.
    """
    codes, pairs = board(15, 15)
    planted = {f"BU9001{row:02}{column:02}" for row, column in itertools.product((2, 3, 4), (2, 3, 4))}
    planted |= {f"BU9001{row:02}{column:02}" for row, column in itertools.product((9, 10, 11), (10, 11, 12))}
    near = planted | set(pairs.loc[pairs["gebied"].isin(planted), "buur"])
    generator = np.random.default_rng(31)
    recall, outside = [], []
    for seed in range(10):
        units = generator.integers(200, 400, len(codes))
        hits = generator.binomial(units, [0.2 if code in planted else 0.1 for code in codes])
        found = hotspots(pd.Series(100 * hits / units, index=codes), pairs, rate=0.1, seed=seed, scale=scale)
        high = set(found.index[found["klasse"] == "hoog"])
        recall.append(len(high & planted) / len(planted))
        outside.append(len(high - near) / max(len(high), 1))
    assert np.mean(recall) >= least
    assert np.mean(outside) <= 0.1  # an area beside a planted one has planted neighbours: it is no false find


def test_one_hotspot_alone_can_be_found_with_the_placements_taken():
    assert [permutations_for(tests, 0.05) for tests in (16, 111, 517, 13_800)] == [9_999, 9_999, 99_999, 999_999]
    for tests in (16, 111, 517, 13_800):
        assert 2 / (permutations_for(tests, 0.05) + 1) <= 0.05 / tests


# hostile fields


def test_an_area_alone_without_neighbours_or_with_all_of_them_is_not_pointed_at():
    none = pd.DataFrame({"gebied": [], "buur": []}, dtype=str)
    alone = hotspots(pd.Series([5.0], index=["BU90010000"]), none)
    assert alone["klasse"].tolist() == ["zonder buren"]
    codes, pairs = board(1, 2)
    both = hotspots(pd.Series([1.0, 9.0], index=codes), pairs)
    assert both["klasse"].tolist() == ["niet", "niet"]
    assert both["p"].tolist() == [1.0, 1.0]
    assert both["z"].tolist() == [0.0, 0.0]


def test_equal_values_tell_nothing_apart():
    codes, pairs = board(5, 5)
    for value in (0.0, 0.1, 1e9):
        found = hotspots(pd.Series(value, index=codes), pairs)
        assert set(found["klasse"]) == {"niet"}
        assert (found["p"] == 1.0).all()


def test_one_enormous_value_hides_a_hotspot_unless_extremes_are_brought_back():
    codes, pairs = board(10, 10)
    values = pd.Series(np.random.default_rng(1).normal(10, 1, size=100), index=codes)
    block = [f"BU9001{row:02}{column:02}" for row, column in itertools.product((1, 2, 3), (1, 2, 3))]
    values[block] += 3
    values["BU90010808"] = 5000.0
    assert hotspots(values, pairs, scale="begrensd").at["BU90010202", "klasse"] == "hoog"
    by_value = hotspots(values, pairs, scale="waarde")
    assert by_value.at["BU90010202", "klasse"] == "niet"
    assert "laag" not in set(by_value["klasse"])


def test_extremes_are_brought_back_to_the_percentiles_of_the_tested_areas():
    codes = [f"BU9001000{i}" for i in range(6)]
    values = pd.Series([1.0, 2, 3, 4, 5, 90], index=codes)
    assert winsorised(values, values).tolist() == [1.25, 2, 3, 4, 5, 68.75]
    assert winsorised(values, values[codes[:5]]).tolist() == pytest.approx([1.2, 2, 3, 4, 4.8, 4.8])
    assert winsorised(values, values[[]]).tolist() == values.tolist()


def test_areas_out_of_play_are_no_neighbours():
    codes, pairs = board(4, 4)
    values = pd.Series(np.arange(16.0), index=codes)
    found = hotspots(values.drop(codes[5]), pairs)
    assert found.at[codes[0], "buren"] == 2
    assert codes[5] not in found.index


def test_same_bytes_whatever_the_order_of_rows():
    codes, pairs = board(8, 8)
    values = pd.Series(np.random.default_rng(3).gamma(1, 1, 64).round(1), index=codes)
    one = hotspots(values, pairs, seed=7)
    other = hotspots(values.sample(frac=1, random_state=1), pairs.sample(frac=1, random_state=2), seed=7)
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert not hotspots(values, pairs, seed=8)["p"].equals(one["p"])


def test_missing_values_and_bad_codes_are_refused():
    codes, pairs = board(2, 2)
    with pytest.raises(FeatureError, match="niet elk gebied heeft een cijfer"):
        hotspots(pd.Series([1.0, np.nan, 2.0, 3.0], index=codes), pairs)
    with pytest.raises(AreaCodeError):
        hotspots(pd.Series([1.0, 2.0], index=["BU90010000", "WK900100"]), pairs)
