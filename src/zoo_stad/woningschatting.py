"""Estimated occupied dwellings per area, derived from open key figures that hold no count of dwellings.

An occupied dwelling holds one household, and the average household size is inhabitants in private households per
household: dwellings = inhabitants / average household size. Of Amsterdam in 2024 this gives about 524,000, some eight
per cent more than there are dwellings in the city (population counts people in institutions too, and the household
size is rounded to one decimal), about as much in every buurt, so that buurten can be compared. Rates per 1,000 of
them are a little low.
"""

from pathlib import Path

import polars as pl

from zoo_formaat.atomic import write_file

LEAST_DWELLINGS = 100
"""Fewer of them leave a buurt without an estimate: there a single listing is more than ten per thousand, and the
rounding of inhabitants (to five) and household size (to a tenth) decides the number."""


def estimated_dwellings(figures: pl.DataFrame) -> pl.DataFrame:
    """Return `gebiedscode` and `woningen` (one decimal, null where unknown) of every area, in order of code.

    figures: text columns `Area_Code` (GM, WK and BU codes), `Population_Total`, `Avg_Household_Size` (decimal comma
    or point). Wijken and the gemeente are sums of their buurten, small ones included: their own rounded household
    sizes would not add up.
    """
    number = pl.col("Population_Total", "Avg_Household_Size").str.replace(",", ".", literal=True)
    areas = figures.with_columns(number.cast(pl.Float64, strict=False)).select(
        gebiedscode=pl.col("Area_Code").str.strip_chars(),
        woningen=pl.when(pl.col("Avg_Household_Size") > 0).then(
            pl.col("Population_Total") / pl.col("Avg_Household_Size")
        ),
    )
    buurten = areas.filter(pl.col("gebiedscode").str.starts_with("BU"))
    code = pl.col("gebiedscode").str
    larger = [
        buurten.group_by(gebiedscode=pl.lit(prefix) + code.slice(2, length)).agg(pl.col("woningen").sum())
        for prefix, length in (("GM", 4), ("WK", 6))
    ]
    known = buurten.select("gebiedscode", woningen=pl.when(pl.col("woningen") >= LEAST_DWELLINGS).then("woningen"))
    return pl.concat([known, *larger]).with_columns(pl.col("woningen").round(1)).sort("gebiedscode")


def write_estimated_dwellings(key_figures: Path, target: Path) -> None:
    """Write the estimate as CSV (`;`), from the file with key figures as Statistics Netherlands names its areas."""
    table = estimated_dwellings(pl.read_csv(key_figures, separator=";", infer_schema=False))
    write_file(target, table.write_csv(separator=";").encode())
