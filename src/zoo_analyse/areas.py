"""Area codes of Statistics Netherlands (CBS): buurt within wijk within gemeente within the country.

A code carries its parents: BU03630101 lies in WK036301, in GM0363, in NL. Letters occur since 2022
(BU0363AA01). The year of a code cannot be seen from the code: who joins two years joins, silently, areas
with moved borders; keep one year per project.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from zoo_analyse.errors import AreaCodeError, FeatureError

LEVELS: tuple[str, ...] = ("buurt", "wijk", "gemeente", "land")
"""From small to large. A group of municipalities (see GROUPS) is of level 'groep'."""

COUNTRY = "NL"

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "G4": ("GM0363", "GM0518", "GM0344", "GM0599"),  # Amsterdam, Den Haag, Utrecht, Rotterdam
        "B5": ("GM0758", "GM0772", "GM0794", "GM0796", "GM0855"),  # Breda, Eindhoven, Helmond, Den Bosch, Tilburg
    }
)

_PATTERNS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "buurt": re.compile(r"BU[0-9]{4}[0-9A-Z]{4}"),
        "wijk": re.compile(r"WK[0-9]{4}[0-9A-Z]{2}"),
        "gemeente": re.compile(r"GM[0-9]{4}"),
        "land": re.compile(COUNTRY),
    }
)
_PREFIX: Mapping[str, tuple[str, int]] = MappingProxyType(
    {"buurt": ("BU", 8), "wijk": ("WK", 6), "gemeente": ("GM", 4), "land": (COUNTRY, 0)}
)


def level_of(code: str) -> str:
    """The level of one code: 'buurt', 'wijk', 'gemeente', 'land', or 'groep' for a name in GROUPS.

    Raises AreaCodeError for anything else.
    """
    if code in GROUPS:
        return "groep"
    for level, pattern in _PATTERNS.items():
        if isinstance(code, str) and pattern.fullmatch(code):
            return level
    raise AreaCodeError(
        f"{code!r} is geen gebiedscode; verwacht BU + 8 tekens, WK + 6, GM + 4 cijfers, {COUNTRY} of een "
        f"groep ({', '.join(GROUPS)})"
    )


def check_codes(codes: Iterable[str], level: str | None = None) -> str:
    """The one level that all codes have; each code occurs once.

    Raises AreaCodeError for no codes, a malformed code, two levels, another level than `level`, or a double.
    """
    given = list(codes)
    if not given:
        raise AreaCodeError("er zijn geen gebieden; verwacht ten minste één gebiedscode")
    levels = sorted({level_of(code) for code in given})
    if len(levels) > 1:
        raise AreaCodeError(f"gebieden van verschillende niveaus door elkaar: {', '.join(levels)}; kies er één")
    if level is not None and levels != [level]:
        raise AreaCodeError(f"verwacht codes van niveau {level}, kreeg niveau {levels[0]}")
    twice = [code for code, times in Counter(given).items() if times > 1]
    if twice:
        raise AreaCodeError(f"gebied {min(twice)} komt meer dan één keer voor; elk gebied hoort één rij te hebben")
    return levels[0]


def parent(code: str, level: str) -> str:
    """The area of `level` in which `code` lies (itself when it is of that level).

    Raises AreaCodeError when `level` is unknown or smaller than that of the code.
    """
    own = level_of(code)
    if own not in LEVELS or level not in LEVELS or LEVELS.index(level) < LEVELS.index(own):
        raise AreaCodeError(f"{code} (niveau {own}) ligt niet in een gebied van niveau {level!r}")
    prefix, length = _PREFIX[level]
    return prefix + code[2 : 2 + length]


def parents(codes: Sequence[str], level: str) -> list[str]:
    """`parent` of every code, in the given order."""
    return [parent(code, level) for code in codes]


def sql_area(column: str, level: str) -> str:
    """A SQL expression that turns a column of buurt codes into codes of `level`; `column` is a plain name."""
    if level == "buurt":
        return f'"{column}"'
    prefix, length = _PREFIX[level]
    return f"""'{prefix}' || substr("{column}", 3, {length})"""


def roll_up(counts: pd.DataFrame, level: str) -> pd.DataFrame:
    """Add counts of small areas up to a larger level.

    counts: first column area codes of one level, other columns counts that add up over areas (an indicator's
    do: a counted thing lies in one area). Returns `<level>code` and the same columns, sorted by code. A
    missing (hidden) part makes the sum missing: it is never treated as zero.
    """
    own = check_codes(counts.iloc[:, 0])
    if own == "groep":
        raise AreaCodeError("groepen van gemeenten tellen niet verder op")
    code_column = f"{level}code"
    values = counts.iloc[:, 1:]
    keys = pd.Index(parents(list(counts.iloc[:, 0]), level), name=code_column)
    groups = values.groupby(keys, sort=True)
    complete = values.isna().groupby(keys, sort=True).sum() == 0
    summed = groups.sum()
    return summed.where(complete).astype(summed.dtypes if complete.all(axis=None) else "float64").reset_index()


def _known(frame: pd.DataFrame, what: str) -> pd.DataFrame:
    """The counts by area as floats, sorted by code; NaN where numerator or denominator is hidden."""
    absent = [column for column in ("gebied", "teller", "noemer") if column not in frame.columns]
    if absent:
        raise FeatureError(f"{what}: kolom {', '.join(absent)} ontbreekt; verwacht gebied, teller en noemer")
    table = frame.set_index("gebied")[["teller", "noemer"]].astype("float64").sort_index()
    table[table.isna().any(axis=1)] = np.nan
    return table


def pooled_fill(areas: pd.DataFrame, margins: pd.DataFrame) -> pd.DataFrame:
    """A rate for every area, from published numbers only: hidden areas share what the margins leave.

    areas: `gebied` (codes of one level), `teller`, `noemer`, with NaN where hidden; an area counts as published
    when both numbers are. margins: the same columns for larger areas (wijk, gemeente, land), NaN where hidden.

    A hidden area takes the pooled rate of the smallest published margin around it: margin minus everything
    published inside it, smaller published margins as a whole, numerator over denominator. When that leaves
    nothing (denominator 0), it takes the rate of the margin itself; without a published margin, the pooled rate
    of the published areas. Whoever has the publication can compute the same number, so it discloses nothing
    new; all hidden areas of one remainder are equal, so it says nothing about which is which.

    Returns per area, sorted by code: `gebied`, `aandeel` (teller / noemer; NaN for a published area with
    denominator 0), `herkomst` ('gepubliceerd', 'rest van <code>', 'geheel van <code>', 'alle gepubliceerde'), and
    `teller`, `noemer`: of what the rate is, which hidden areas of one remainder have in common.
    Raises FeatureError for missing columns or when nothing at all is published; AreaCodeError for bad codes.
    """
    level = check_codes(areas["gebied"] if "gebied" in areas.columns else [])
    cells = _known(areas, "gebieden")
    totals = _known(margins, "marges")
    margin_levels: dict[str, str] = {}
    for code in totals.index:
        margin_levels[code] = level_of(code)
        if margin_levels[code] not in LEVELS or LEVELS.index(margin_levels[code]) <= LEVELS.index(level):
            raise AreaCodeError(f"marge {code} is geen groter gebied dan een {level}")
    if not totals.index.is_unique:
        raise AreaCodeError("een marge komt meer dan één keer voor; elk gebied hoort één rij te hebben")

    published = cells["noemer"].notna()
    of_what = cells.copy()
    with_denominator = published & (cells["noemer"] > 0)
    origin = pd.Series("gepubliceerd", index=cells.index, dtype="object")
    # Per area the largest thing around it, so far, that is published: at first only itself.
    pieces = cells[published]
    hidden = cells.index[~published]
    for margin_level in LEVELS[LEVELS.index(level) + 1 :]:
        known = totals[[margin_levels[code] == margin_level for code in totals.index]].dropna()
        around_piece = pd.Series(parents(list(pieces.index), margin_level), index=pieces.index, dtype="object")
        around_hidden = pd.Series(parents(list(hidden), margin_level), index=hidden, dtype="object")
        rest = known - pieces.groupby(around_piece.to_numpy()).sum().reindex(known.index, fill_value=0.0)
        is_left = (rest["noemer"] > 0) & (rest["teller"] >= 0)
        part = rest.where(is_left, known)
        inside = around_hidden[around_hidden.isin(known.index).to_numpy()]
        of_what.loc[inside.index] = part.reindex(inside.to_numpy()).to_numpy()
        origin[inside.index] = np.where(
            is_left.reindex(inside.to_numpy()), "rest van ", "geheel van "
        ) + inside.to_numpy(dtype=object)
        covered = around_piece.isin(known.index).to_numpy()
        hidden = hidden[~around_hidden.isin(known.index).to_numpy()]
        pieces = pd.concat([pieces[~covered], known])
    if len(hidden) > 0:
        base = cells[with_denominator].sum()
        if not base["noemer"] > 0:
            raise FeatureError("er is geen enkel gebied en geen enkele marge gepubliceerd; er valt niets te vullen")
        of_what.loc[hidden] = base.to_numpy()
        origin[hidden] = "alle gepubliceerde"
    rates = (of_what["teller"] / of_what["noemer"]).where(of_what["noemer"] > 0)
    table = pd.DataFrame({"gebied": cells.index, "aandeel": rates.to_numpy(), "herkomst": origin.to_numpy()})
    return table.assign(teller=of_what["teller"].to_numpy(), noemer=of_what["noemer"].to_numpy())
