"""The reference image (referentiebeeld): what is usual, so that what deviates can be seen to deviate.

Source: City Deal 'Zicht op Ondermijning' (2018), sections 1 and 7: first describe country, group, municipality,
wijk and buurt. Computed from protected counts, so everything here may go where its input may go.
"""

import numpy as np
import pandas as pd

from zoo_analyse.areas import COUNTRY, GROUPS, check_codes, level_of, parents
from zoo_analyse.errors import FeatureError


def _with_groups(counts: pd.DataFrame) -> pd.DataFrame:
    """Add a row for every group of municipalities of which each member is published."""
    by_code = counts.set_index("gebied")
    rows = []
    for group, members in GROUPS.items():
        if group not in by_code.index and set(members) <= set(by_code.index):
            total = by_code.loc[list(members), ["teller", "noemer"]].sum(skipna=False)
            rows.append({"gebied": group, "teller": total["teller"], "noemer": total["noemer"]})
    return pd.concat([counts, pd.DataFrame(rows)], ignore_index=True) if rows else counts


def reference_image(counts: pd.DataFrame) -> pd.DataFrame:
    """Where every area stands among its peers and against the country.

    counts: `gebied` (codes of any levels together, each once), `teller`, `noemer`; NaN where hidden. Groups
    (G4, B5) are added when all their municipalities are published.

    Returns, sorted by level (land first) and code:
    gebied, niveau, teller, noemer,
    aandeel      teller / noemer; NaN when hidden or when there are no units,
    percentiel   share, 0-100, of the published areas of the same level with a lower rate, ties counted half;
                 NaN when the area is hidden or is the only one published,
    verhouding   rate divided by that of the country (NL); NaN when either is hidden or the country's is 0.
    Raises FeatureError for missing columns, AreaCodeError for a malformed or repeated code.
    """
    absent = [column for column in ("gebied", "teller", "noemer") if column not in counts.columns]
    if absent:
        raise FeatureError(f"referentiebeeld: kolom {', '.join(absent)} ontbreekt")
    table = _with_groups(counts[["gebied", "teller", "noemer"]].astype({"teller": "float64", "noemer": "float64"}))
    table["niveau"] = [level_of(code) for code in table["gebied"]]
    for level, group in table.groupby("niveau"):
        check_codes(group["gebied"], str(level))
    order = {"land": 0, "groep": 1, "gemeente": 2, "wijk": 3, "buurt": 4}
    table = table.sort_values(
        ["niveau", "gebied"], key=lambda column: column.map(order) if column.name == "niveau" else column
    ).reset_index(drop=True)
    table["aandeel"] = (table["teller"] / table["noemer"]).where(table["noemer"] > 0)
    by_level = table.groupby("niveau")["aandeel"]
    peers = by_level.transform("count")
    # The average rank counts itself and half of its ties; below = rank - 1/2, out of all peers.
    table["percentiel"] = ((by_level.rank(method="average") - 0.5) / peers * 100).where(peers > 1)
    country = table.loc[table["gebied"] == COUNTRY, "aandeel"]
    base = float(country.iloc[0]) if len(country) and country.iloc[0] > 0 else np.nan
    table["verhouding"] = table["aandeel"] / base
    return table[["gebied", "niveau", "teller", "noemer", "aandeel", "percentiel", "verhouding"]]


PERCENTILE_BOUNDS = (10.0, 25.0, 50.0, 75.0, 90.0)
PERCENTILE_CLASSES = ("laagste 10 %", "10 tot 25 %", "25 tot 50 %", "50 tot 75 %", "75 tot 90 %", "hoogste 10 %")
FEWEST_PEERS = 10
"""Among fewer published areas a tenth of them is no area: they have a place, and no percentile class."""


def positions(values: "pd.Series[float]") -> pd.DataFrame:
    """The place of every area among those of its country, its group of municipalities and its municipality.

    values: index area codes of one level, as published (rounded), NaN where hidden: areas that are equal as published
    share their place, and a hidden area could stand anywhere.

    Returns, sorted by code and then from large to small: `gebied`, `onder` ('land', 'groep', 'gemeente'), `waar` (NL,
    G4, B5 or the municipality; no row under 'groep' for areas outside them, none under 'gemeente' for municipalities),
    `gebieden` (all of it), `getoond`, `hoogst`, `laagst` (the best and the worst place, counted from the highest value,
    that fits with ties and hidden areas; NaN when hidden itself), `percentiel` (0-100 of the published ones, ties
    counted half), `klasse` (of PERCENTILE_CLASSES; empty for hidden areas and among fewer than FEWEST_PEERS).
    Raises AreaCodeError for bad codes.
    """
    level = check_codes(values.index)
    ordered = values.astype("float64").sort_index()
    codes = list(ordered.index)
    municipalities = parents(codes, "gemeente")
    group_of = {member: group for group, members in GROUPS.items() for member in members}
    around: dict[str, list[str | None]] = {"land": [COUNTRY] * len(codes)}
    around["groep"] = [group_of.get(code) for code in municipalities]
    if level != "gemeente":
        around["gemeente"] = list(municipalities)
    found = []
    for order, (under, where) in enumerate(around.items()):
        table = pd.DataFrame({"gebied": codes, "onder": under, "waar": where, "waarde": ordered.to_numpy()})
        table = table.dropna(subset="waar").assign(volgorde=order)
        inside = table.groupby("waar")["waarde"]
        table["gebieden"] = inside.transform("size")
        table["getoond"] = inside.transform("count")
        hidden = table["gebieden"] - table["getoond"]
        table["hoogst"] = inside.rank(method="min", ascending=False)
        table["laagst"] = inside.rank(method="max", ascending=False) + hidden
        table["percentiel"] = (inside.rank(method="average") - 0.5) / table["getoond"] * 100
        number = np.searchsorted(PERCENTILE_BOUNDS, table["percentiel"].fillna(0.0).to_numpy(), side="right")
        named = table["percentiel"].notna() & (table["getoond"] >= FEWEST_PEERS)
        table["klasse"] = np.where(named, np.asarray(PERCENTILE_CLASSES)[number], "")
        found.append(table)
    everything = pd.concat(found).sort_values(["gebied", "volgorde"]).reset_index(drop=True)
    return everything.drop(columns=["waarde", "volgorde"]).astype({"gebieden": "int64", "getoond": "int64"})


_AT_ONCE = 500


def alike(figures: pd.DataFrame, count: int) -> pd.DataFrame:
    """The `count` areas most like each area, on figures that are standardised to mean 0 and standard deviation 1.

    figures: index area codes of one level, columns numeric open figures; areas that miss one take no part. Likeness is
    Euclidean distance; of equally distant areas the lower code comes first. A figure on which all areas are equal tells
    none apart and does not count.

    Returns `gebied`, `gelijke`: sorted by code, then the most alike first. Raises AreaCodeError (codes), FeatureError
    when not one more area than `count` has all figures.
    """
    check_codes(figures.index)
    known = figures.astype("float64").dropna().sort_index()
    if len(known) <= count:
        raise FeatureError(f"{len(known)} gebieden hebben alle kenmerken; {count} gelijken vraagt er meer")
    spread = known.std(ddof=0)
    standard = ((known - known.mean()) / spread.where(spread > 0)).fillna(0.0).to_numpy().round(9)
    codes = known.index.to_numpy()
    rows = []
    for start in range(0, len(known), _AT_ONCE):
        some = standard[start : start + _AT_ONCE]
        distance = sum((some[:, [column]] - standard[None, :, column]) ** 2 for column in range(standard.shape[1]))
        distance = np.asarray(distance).round(9)
        distance[np.arange(len(some)), start + np.arange(len(some))] = np.inf
        nearest = np.argsort(distance, axis=1, kind="stable")[:, :count]
        rows.append(pd.DataFrame({"gebied": np.repeat(codes[start : start + len(some)], count)}))
        rows[-1]["gelijke"] = codes[nearest.ravel()]
    return pd.concat(rows, ignore_index=True)


def against_alike(values: "pd.Series[float]", pairs: pd.DataFrame, *, fewest: int = 5) -> pd.DataFrame:
    """Each area against the published ones among those most like it.

    values: as published, NaN where hidden. pairs: of `alike`. Returns, index sorted codes of `pairs`: `gelijken`
    (published ones), `mediaan` of theirs, `lager`, `gelijk`, `hoger` (how many of them have a lower, equal, higher
    value); NaN for all but `gelijken` where fewer than `fewest` are published, the last three where the area is hidden.
    """
    other = pairs["gelijke"].map(values)
    own = pairs["gebied"].map(values)
    enough = other.notna().groupby(pairs["gebied"]).sum()
    table = pd.DataFrame({"gelijken": enough, "mediaan": other.groupby(pairs["gebied"]).median()})
    for name, which in (("lager", other < own), ("gelijk", other == own), ("hoger", other > own)):
        table[name] = which.groupby(pairs["gebied"]).sum().astype("float64")
        table.loc[values.reindex(table.index).isna(), name] = np.nan
    table.loc[table["gelijken"] < fewest, ["mediaan", "lager", "gelijk", "hoger"]] = np.nan
    return table.rename_axis("gebied").sort_index()
