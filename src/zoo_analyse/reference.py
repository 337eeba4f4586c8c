"""The reference image (referentiebeeld): what is usual, so that what deviates can be seen to deviate.

Source: City Deal 'Zicht op Ondermijning' (2018), sections 1 and 7: first describe country, group, municipality,
wijk and buurt. Computed from protected counts, so everything here may go where its input may go.
"""

import numpy as np
import pandas as pd

from zoo_analyse.areas import COUNTRY, GROUPS, check_codes, level_of
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
