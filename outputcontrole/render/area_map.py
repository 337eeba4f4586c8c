"""The map that figures of areas are drawn on: the registered open boundaries."""

import pandas as pd

from outputcontrole.access import Access
from outputcontrole.evidence import AREAS
from zoo_analyse.areas import parents
from zoo_formaat.errors import UserError


def map_areas(access: Access) -> pd.DataFrame:
    """Return the registered open map: `buurtcode`, `geometrie` (GeoJSON text). Raises UserError when there is none."""
    if AREAS not in access.tables or not access.is_open(AREAS):
        raise UserError(f"er is geen kaart van gebieden geregistreerd ({AREAS}, open data); lever haar eerst")
    frame: pd.DataFrame = access.connection.execute(
        'SELECT buurtcode, geometrie FROM "gebieden"."buurten" ORDER BY buurtcode'
    ).df()
    return frame


def by_buurt(values: "pd.Series[float]", areas: pd.DataFrame, level: str) -> "pd.Series[float]":
    """Return per buurt the value of the area of `level` in which it lies; a map of wijken is drawn in its buurten."""
    codes = [str(code) for code in areas["buurtcode"]]
    return pd.Series(values.reindex(parents(codes, level)).to_numpy(), index=pd.Index(codes, dtype="str"))
