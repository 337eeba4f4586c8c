"""Area codes, roll-up, and filling hidden areas from published margins."""

import numpy as np
import pandas as pd
import pytest

from zoo_analyse.areas import COUNTRY, GROUPS, check_codes, level_of, parent, pooled_fill, roll_up
from zoo_analyse.errors import AreaCodeError, FeatureError


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("BU03630101", "buurt"),
        ("BU0363AA01", "buurt"),
        ("WK036301", "wijk"),
        ("WK0363AA", "wijk"),
        ("GM0363", "gemeente"),
        ("NL", "land"),
        ("G4", "groep"),
    ],
)
def test_levels(code, level):
    assert level_of(code) == level


@pytest.mark.parametrize(
    "code", ["BU0363010", "BU036301011", "bu03630101", "BU0363aa01", "WK03630", "GM36", "GM036A", "0363", "", "NL00"]
)
def test_malformed_codes_are_refused_with_the_form_expected(code):
    with pytest.raises(AreaCodeError, match="is geen gebiedscode; verwacht BU"):
        level_of(code)


def test_parents_follow_from_the_code():
    assert [parent("BU0363AA01", level) for level in ("buurt", "wijk", "gemeente", "land")] == [
        "BU0363AA01",
        "WK0363AA",
        "GM0363",
        COUNTRY,
    ]
    with pytest.raises(AreaCodeError, match="ligt niet in een gebied van niveau 'wijk'"):
        parent("GM0363", "wijk")
    with pytest.raises(AreaCodeError):
        parent("G4", "land")


def test_groups_are_the_big_four_and_the_brabant_five():
    # Amsterdam, Den Haag, Rotterdam, Utrecht; Breda, Eindhoven, Helmond, 's-Hertogenbosch, Tilburg (CBS codes)
    assert set(GROUPS["G4"]) == {"GM0363", "GM0518", "GM0599", "GM0344"}
    assert set(GROUPS["B5"]) == {"GM0758", "GM0772", "GM0794", "GM0796", "GM0855"}


def test_check_codes():
    assert check_codes(["WK900101", "WK900102"]) == "wijk"
    with pytest.raises(AreaCodeError, match="verschillende niveaus door elkaar: buurt, wijk"):
        check_codes(["WK900101", "BU90010101"])
    with pytest.raises(AreaCodeError, match="WK900101 komt meer dan één keer voor"):
        check_codes(["WK900101", "WK900102", "WK900101"])
    with pytest.raises(AreaCodeError, match="verwacht codes van niveau buurt"):
        check_codes(["WK900101"], "buurt")
    with pytest.raises(AreaCodeError, match="er zijn geen gebieden"):
        check_codes([])


def test_roll_up_adds_and_never_reads_hidden_as_zero():
    counts = pd.DataFrame(
        {
            "buurtcode": ["BU90010102", "BU90010101", "BU90020101", "BU90020201"],
            "teller": [2, 1, 5, 7],
            "noemer": [20, 10, 50, 70],
        }
    )
    rolled = roll_up(counts, "gemeente")
    assert rolled.to_dict("list") == {"gemeentecode": ["GM9001", "GM9002"], "teller": [3, 12], "noemer": [30, 120]}
    assert rolled["teller"].dtype == np.int64
    hidden = counts.assign(teller=[2, np.nan, 5, 7])
    rolled = roll_up(hidden, "gemeente")
    assert rolled["teller"].isna().tolist() == [True, False]
    assert rolled["noemer"].tolist() == [30, 120]


def table(rows):
    return pd.DataFrame(rows, columns=["gebied", "teller", "noemer"])


N = np.nan
AREAS = table(
    [
        ("BU90010101", 10, 100),
        ("BU90010102", N, N),
        ("BU90010103", N, 60),  # the denominator alone is no rate
        ("BU90020101", 30, 100),
        ("BU90020102", N, N),
        ("BU90030101", N, N),
        ("BU90030102", 20, 50),
    ]
)


def test_hidden_areas_share_what_the_margin_leaves():
    margins = table([("GM9001", 22, 300), ("GM9002", 34, 140), ("GM9003", 29, 80), ("NL", 85, 520)])
    filled = pooled_fill(AREAS, margins).set_index("gebied")
    rest = (22 - 10) / (300 - 100)  # GM9001 minus its one published area
    assert filled.loc["BU90010102", "aandeel"] == rest
    assert filled.loc["BU90010103", "aandeel"] == rest
    assert filled.loc["BU90020102", "aandeel"] == (34 - 30) / (140 - 100)
    assert filled.loc["BU90030101", "aandeel"] == (29 - 20) / (80 - 50)
    assert filled.loc["BU90010101", "aandeel"] == 10 / 100
    assert filled.loc["BU90010102", "herkomst"] == "rest van GM9001"
    assert filled.loc["BU90010101", "herkomst"] == "gepubliceerd"


def test_a_hidden_margin_passes_to_the_next():
    margins = table([("GM9001", 22, 300), ("GM9002", N, N), ("GM9003", N, 80), ("NL", 85, 520)])
    filled = pooled_fill(AREAS, margins).set_index("gebied")
    # the country minus GM9001 as a whole and minus the published areas elsewhere
    rest = (85 - 22 - 30 - 20) / (520 - 300 - 100 - 50)
    assert filled.loc["BU90020102", "aandeel"] == rest
    assert filled.loc["BU90030101", "aandeel"] == rest
    assert filled.loc["BU90030101", "herkomst"] == "rest van NL"
    assert filled.loc["BU90010102", "herkomst"] == "rest van GM9001"


def test_no_margin_at_all_takes_the_pooled_rate_of_what_is_published():
    filled = pooled_fill(AREAS, table([])).set_index("gebied")
    assert filled.loc["BU90030101", "aandeel"] == (10 + 30 + 20) / (100 + 100 + 50)
    assert filled.loc["BU90030101", "herkomst"] == "alle gepubliceerde"
    with pytest.raises(FeatureError, match="geen enkel gebied"):
        pooled_fill(table([("BU90010101", N, N)]), table([("GM9001", N, N)]))


def test_a_margin_that_leaves_nothing_gives_its_own_rate():
    areas = table([("BU90010101", 10, 100), ("BU90010102", N, N)])
    filled = pooled_fill(areas, table([("GM9001", 10, 100)])).set_index("gebied")
    assert filled.loc["BU90010102", "aandeel"] == 10 / 100
    assert filled.loc["BU90010102", "herkomst"] == "geheel van GM9001"


def test_filling_does_not_depend_on_the_hidden_numbers_or_the_order():
    """The same publication from two different truths gives the same result."""
    margins = table([("GM9001", 22, 300), ("GM9002", 34, 140), ("GM9003", 29, 80), ("NL", 85, 520)])
    mixed = pooled_fill(AREAS.sample(frac=1, random_state=3), margins.sample(frac=1, random_state=4))
    pd.testing.assert_frame_equal(mixed, pooled_fill(AREAS, margins))


def test_an_empty_area_is_published_without_a_rate():
    filled = pooled_fill(table([("BU90010101", 0, 0), ("BU90010102", 1, 10)]), table([])).set_index("gebied")
    assert np.isnan(filled.loc["BU90010101", "aandeel"])
    assert filled.loc["BU90010101", "herkomst"] == "gepubliceerd"


def test_margins_must_be_larger_areas():
    with pytest.raises(AreaCodeError, match="marge BU90010101 is geen groter gebied dan een buurt"):
        pooled_fill(AREAS, AREAS)
    with pytest.raises(FeatureError, match="kolom noemer ontbreekt"):
        pooled_fill(AREAS[["gebied", "teller"]], table([]))


def test_hidden_areas_of_one_remainder_have_its_counts_in_common():
    cells = table([("BU90010101", 3, 10), ("BU90010102", N, N), ("BU90010103", N, N), ("BU90010201", N, N)])
    filled = pooled_fill(cells, table([("WK900101", 9, 40), ("GM9001", 30, 100)])).set_index("gebied")
    assert filled.loc["BU90010101", ["teller", "noemer"]].tolist() == [3, 10]
    assert filled.loc["BU90010102", ["teller", "noemer"]].tolist() == [6, 30]
    assert filled.loc["BU90010103", ["teller", "noemer"]].tolist() == [6, 30]
    assert filled.loc["BU90010201", ["teller", "noemer"]].tolist() == [21, 60]  # the municipality without that wijk
