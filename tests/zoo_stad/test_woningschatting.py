"""Estimated dwellings, against numbers worked out by hand."""

import polars as pl

from zoo_stad.woningschatting import estimated_dwellings


def test_dwellings_are_inhabitants_by_household_size_and_larger_areas_are_sums():
    figures = pl.DataFrame(
        {
            "Area_Code": ["GM0363", "WK0363AA", "BU0363AA01", "BU0363AA02 ", "BU0363AA03", "BU0363AB01"],
            "Population_Total": ["999", "999", "900", "90", "0", "500"],
            "Avg_Household_Size": ["1,1", "1.1", "1,8", "1.5", "", "2"],
        }
    )
    found = dict(estimated_dwellings(figures).iter_rows())
    # 900 / 1,8 = 500; 90 / 1,5 = 60 is too few to show and counts in the wijk; nobody lives in AA03
    assert found == {
        "BU0363AA01": 500.0,
        "BU0363AA02": None,
        "BU0363AA03": None,
        "BU0363AB01": 250.0,
        "GM0363": 810.0,
        "WK0363AA": 560.0,
        "WK0363AB": 250.0,
    }
