"""What a table of area features must look like before anything is learnt from it."""

import numpy as np
import pandas as pd

from zoo_analyse.areas import check_codes
from zoo_analyse.errors import FeatureError


def checked_features(features: pd.DataFrame) -> pd.DataFrame:
    """The features as floats, rows sorted by area code and columns by name: order carries nothing further on.

    features: index area codes of one level, columns numeric features. Rates come from published numbers
    (see areas.pooled_fill), so there is no missing value left to guess at here.
    Raises AreaCodeError (codes), FeatureError (no or double columns, not a number, missing or infinite).
    """
    check_codes(features.index)
    if features.shape[1] == 0:
        raise FeatureError("er zijn geen kenmerken; verwacht ten minste één kolom naast de gebiedscode")
    if not features.columns.is_unique:
        twice = features.columns[features.columns.duplicated()][0]
        raise FeatureError(f"kenmerk {twice!r} komt meer dan één keer voor")
    for name in features.columns:
        if not pd.api.types.is_numeric_dtype(features[name]):
            raise FeatureError(f"kenmerk {name!r} is geen getal")
    table = features.astype("float64").sort_index(axis=0).sort_index(axis=1)
    unusable = ~np.isfinite(table.to_numpy())
    if unusable.any():
        name = table.columns[unusable.any(axis=0)][0]
        count = int(unusable.any(axis=1).sum())
        raise FeatureError(
            f"kenmerk {name!r} heeft ontbrekende waarden ({count} van {len(table)} gebieden zijn onvolledig); "
            "vul ze uit gepubliceerde marges (pooled_fill) of laat die gebieden weg"
        )
    return table
