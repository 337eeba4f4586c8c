"""The reference image, against percentiles counted by hand."""

import numpy as np
import pandas as pd
import pytest

from zoo_analyse.areas import GROUPS
from zoo_analyse.errors import AreaCodeError
from zoo_analyse.reference import reference_image


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
