"""Invented Dutch names for places, streets, people and firms.

Surnames, streets and places are built from parts (namen.toml), so that none is an ordinary word of a text: a search
for a raw name in what a later zone wrote then finds a leak and not a coincidence.
"""

import tomllib
from importlib.resources import files

import numpy as np
import polars as pl

from zoo_stad.arrays import Ints, Rng

WORDS: dict[str, list[str]] = tomllib.loads(files("zoo_stad").joinpath("namen.toml").read_text(encoding="utf-8"))
"""Lists of name parts; their order is part of the format."""


def place_names(rng: Rng, number: int) -> list[str]:
    """Different names of municipalities (at most 999)."""
    return _combined(rng, "plaats_begin", "plaats_eind")[:number]


def wijk_names(rng: Rng, number: int) -> list[str]:
    """Different names of the wijken of one municipality."""
    return _numbered([WORDS["wijk"][i] for i in rng.permutation(len(WORDS["wijk"]))], number)


def buurt_names(rng: Rng, number: int) -> list[str]:
    """Different names of the buurten of one municipality."""
    return _numbered(_combined(rng, "buurt_begin", "buurt_eind"), number)


def street_names(rng: Rng, number: int) -> list[str]:
    """Different names of the streets of one municipality."""
    base = _combined(rng, "straat_begin", "straat_eind")
    return _numbered([prefix + name for prefix in WORDS["straat_voorvoegsel"] for name in base], number)


def _combined(rng: Rng, starts: str, ends: str) -> list[str]:
    """Every start with every end, shuffled."""
    names = [start + end for start in WORDS[starts] for end in WORDS[ends]]
    return [names[i] for i in rng.permutation(len(names))]


def _numbered(names: list[str], number: int) -> list[str]:
    """The first `number` names; when they run out they come again with a number."""
    rounds = -(-number // len(names))
    again = [f"{name} {turn}" for turn in range(2, rounds + 1) for name in names]
    return [*names, *again][:number]


def surnames(codes: Ints) -> pl.DataFrame:
    """Columns tussenvoegsel and achternaam for name codes (any non-negative integers)."""
    starts, ends, infixes = (
        len(WORDS["achternaam_begin"]),
        len(WORDS["achternaam_eind"]),
        len(WORDS["tussenvoegsel"]),
    )
    names = pl.Series([a + b for a in WORDS["achternaam_begin"] for b in WORDS["achternaam_eind"]])
    which = codes % (starts * ends)
    # The infix belongs to the surname: one family name has one spelling.
    return pl.DataFrame(
        {"tussenvoegsel": pl.Series(WORDS["tussenvoegsel"]).gather(which % infixes), "achternaam": names.gather(which)}
    )


def first_names(female: Ints, codes: Ints) -> pl.Series:
    """First names for sex (1 female, 0 male) and name codes; one in four has two names."""
    per_sex = len(WORDS["voornaam_vrouw"])
    names = np.array(WORDS["voornaam_man"] + WORDS["voornaam_vrouw"])
    both = [str(a) for a in names]
    for sex in range(2):
        own = both[sex * per_sex : (sex + 1) * per_sex]
        both += [f"{own[i]} {own[(i + 7) % per_sex]}" for i in range(per_sex)]
    single = female * per_sex + codes % per_sex
    double = 2 * per_sex + single
    return pl.Series(both).gather(np.where(codes // per_sex % 4 == 0, double, single))


def firm_names(codes: Ints, form: str) -> pl.Series:
    """Trade names of entities of one legal form."""
    family = surnames(codes)["achternaam"]
    if form in {"stichting", "vereniging"}:
        causes = pl.Series(WORDS["goed_doel"]).gather(codes // 7 % len(WORDS["goed_doel"]))
        return pl.select(pl.format("{} {} {}", pl.lit(form.capitalize()), family, causes)).to_series()
    words = pl.Series(WORDS["bedrijf"]).gather(codes // 7 % len(WORDS["bedrijf"]))
    suffix = " B.V." if form == "bv" else ""
    return pl.select(pl.format("{} {}{}", family, words, pl.lit(suffix))).to_series()
