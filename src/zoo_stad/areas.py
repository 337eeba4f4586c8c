"""Gemeenten, wijken and buurten: codes, names, polygons, prosperity and the hotspots among them."""

from dataclasses import dataclass

import numpy as np

from zoo_stad.arrays import Bools, Floats, Ints, Rng
from zoo_stad.names import buurt_names, place_names, wijk_names
from zoo_stad.tiling import make_tiling

PERSONS_PER_BUURT = 1180
_HOTSPOT_SHARE = 0.18
_MOST_WIJKEN = 99


@dataclass(frozen=True)
class Areas:
    """One element per buurt unless said otherwise; `gemeente` and `wijk` index the lists of their names."""

    gemeente: Ints
    wijk: Ints
    codes: list[str]
    names: list[str]
    wijk_codes: list[str]
    wijk_names: list[str]
    gemeente_numbers: Ints
    gemeente_names: list[str]
    rings: list[Floats]
    prosperity: Floats
    """Between -1 (poor) and 1 (rich)."""
    property_hotspot: Bools
    drugs_hotspot: Bools

    def __len__(self) -> int:
        return len(self.codes)


def make_areas(rng: Rng, persons: int, gemeenten: int) -> Areas:
    """Areas for a number of persons: about 1,180 persons a buurt, three to six buurten a wijk."""
    number = max(gemeenten, round(persons / PERSONS_PER_BUURT))
    tiling = make_tiling(rng, number)
    sizes = _sizes(rng, number, gemeenten)
    gemeente = np.repeat(np.arange(gemeenten), sizes)
    gemeente_names = place_names(rng, gemeenten)
    wijk = np.empty(number, dtype=np.int64)
    codes: list[str] = []
    names: list[str] = []
    wijk_codes: list[str] = []
    all_wijk_names: list[str] = []
    for g, size in enumerate(sizes.tolist()):
        parts = min(_MOST_WIJKEN, max(1, round(size / 4.5)))
        wijk_of_buurt = np.sort(np.arange(size) % parts)
        start = len(codes)
        wijk[start : start + size] = len(wijk_codes) + wijk_of_buurt
        wijk_codes += [f"WK{9001 + g}{w:02d}" for w in range(parts)]
        all_wijk_names += wijk_names(rng, parts)
        for w in range(parts):
            in_wijk = int((wijk_of_buurt == w).sum())
            codes += [f"BU{9001 + g}{w:02d}{b:02d}" for b in range(in_wijk)]
        names += buurt_names(rng, size)
    property_field = _smooth_field(rng, tiling.centres)
    drugs_field = 0.3 * property_field + 0.95 * _smooth_field(rng, tiling.centres)
    hot = max(1, round(_HOTSPOT_SHARE * number)) if number > 1 else 0
    property_hotspot = _highest(property_field, hot)
    # About a third of the drug hotspots are property hotspots as well
    both = round(hot / 3)
    drugs_hotspot = _highest(np.where(property_hotspot, drugs_field, -np.inf), both)
    drugs_hotspot |= _highest(np.where(property_hotspot, -np.inf, drugs_field), hot - both)
    wealth = _smooth_field(rng, tiling.centres) - 0.5 * property_field - 0.5 * drugs_field
    wealth += rng.normal(0, 0.4, number)
    return Areas(
        gemeente=gemeente,
        wijk=wijk,
        codes=codes,
        names=names,
        wijk_codes=wijk_codes,
        wijk_names=all_wijk_names,
        gemeente_numbers=np.arange(9001, 9001 + gemeenten),
        gemeente_names=gemeente_names,
        rings=tiling.rings,
        prosperity=np.tanh(_standard(wealth) * 0.7),
        property_hotspot=property_hotspot,
        drugs_hotspot=drugs_hotspot,
    )


def _sizes(rng: Rng, number: int, gemeenten: int) -> Ints:
    """Buurten per gemeente: unequal, at least one."""
    weight = rng.uniform(0.6, 1.6, gemeenten)
    edges = np.round(np.cumsum(weight) / weight.sum() * (number - gemeenten)).astype(np.int64)
    sizes: Ints = 1 + np.diff(np.r_[0, edges])
    return sizes


def _smooth_field(rng: Rng, centres: Floats) -> Floats:
    """A random value per place that neighbours share: the sum of some hills, standardised."""
    hills = max(2, len(centres) // 12)
    tops = centres[rng.integers(0, len(centres), hills)]
    height = rng.uniform(0.5, 1.5, hills)
    distance = np.linalg.norm(centres[:, None, :] - tops[None, :, :], axis=2)
    return _standard((height * np.exp(-((distance / 800.0) ** 2))).sum(axis=1))


def _standard(values: Floats) -> Floats:
    spread = values.std()
    standard: Floats = (values - values.mean()) / (spread if spread > 0 else 1.0)
    return standard


def _highest(field: Floats, number: int) -> Bools:
    """Mask of the buurten with the highest values."""
    hot = np.zeros(len(field), dtype=bool)
    hot[np.argsort(-field, kind="stable")[:number]] = True
    return hot
