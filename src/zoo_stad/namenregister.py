"""Two registers of persons without a common number, and the true pairs: planted truth for probabilistic linkage.

`inwoners` holds persons with their BSN; `klanten` holds an overlapping part of the same population under numbers of
its own, as an institution writes people down: initials, partner's names, an address of some years ago, a birth date
misheard. Neither is a subset of the other. Twins, fathers' namesakes and namesakes of the same birth year occur.

Surnames and first names follow a Zipf-Mandelbrot law, f(r) ~ 1 / (r + b), with the most common surname near 0.8 % (the
most common Dutch surname has about 0.5 % of the people) and the most common first name near 3 %.
"""

import string
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import polars as pl

from zoo_formaat.atomic import new_directory
from zoo_formaat.errors import UserError
from zoo_stad.arrays import Bools, Ints, Rng
from zoo_stad.bsn import as_text, draw_bsns
from zoo_stad.names import WORDS
from zoo_stad.selection import distinct_integers

LEAST_PERSONS, MOST_PERSONS = 100, 2_000_000
IN_INWONERS, IN_KLANTEN = 0.8, 0.5
"""Shares of the population that each register holds, drawn independently: the overlap is 0.4 of the population."""
_MIDDLE = ("", "er", "en", "el", "ing", "ens", "ert", "ol")
_GIVEN_START = (
    *("Al", "Ber", "Cor", "Die", "Eve", "Fen", "Ger", "Hil", "Ire", "Jan", "Kat", "Lie", "Mar", "Nel", "Olg", "Pet"),
    *("Quir", "Ros", "San", "Tru", "Urs", "Van", "Wil", "Xan", "Ymk", "Zwa", "Ans", "Béa", "Cé", "Doë", "Lö", "Mie"),
)
_GIVEN_END = {
    0: ("bert", "win", "rik", "mond", "dert", "nard", "fried", "hard", "man", "ger", "ton", "vin", "sander", "lof"),
    1: (
        "lina",
        "berta",
        "tje",
        "dina",
        "trude",
        "wina",
        "marie",
        "nelia",
        "riette",
        "sanne",
        "lotte",
        "na",
        "ke",
        "la",
    ),
}
_REFERENCE = int((np.datetime64("2016-12-31") - np.datetime64("1970-01-01")).astype(np.int64))
_DIACRITICS = str.maketrans("éèëêöüïáçÉÈË", "eeeeouiacEEE")
_SOUND = (
    ("ij", "y"),
    ("k", "c"),
    ("ks", "x"),
    ("dt", "t"),
    ("z", "s"),
    ("v", "f"),
    ("ph", "f"),
    ("oo", "o"),
    ("g", "ch"),
)


@dataclass(frozen=True)
class Population:
    """Persons, one element each; households share a dwelling, and everybody has a dwelling of some years ago."""

    bsn: pl.Series
    given: list[str]
    prefix: list[str]
    surname: list[str]
    partner: Ints
    """Index of the partner, or -1."""
    female: Bools
    birth: Ints
    dwelling: Ints
    earlier: Ints

    def __len__(self) -> int:
        return len(self.surname)


def write_registers(folder: Path, persons: int, seed: int, dirt: float = 1.0) -> dict[str, int]:
    """Write `ruw/` (inwoners.csv, klanten.csv), `contracten/` and `truth/` (paren.csv, vuil.csv) into `folder`.

    persons: size of the population. dirt: factor on the share of every flaw (0: none). The same arguments give the
    same bytes. Returns the number of rows of both registers and of true pairs. Raises UserError when the folder exists
    or the numbers make no sense.
    """
    if not LEAST_PERSONS <= persons <= MOST_PERSONS:
        raise UserError(f"--personen moet tussen {LEAST_PERSONS} en {MOST_PERSONS} liggen")
    if seed < 0 or not 0 <= dirt <= 5:
        raise UserError("--seed moet nul of groter zijn en --vuil tussen 0 en 5 liggen")
    rng = np.random.default_rng([seed, persons])
    people = _settle(rng, persons)
    with new_directory(folder) as target:
        for name in ("ruw", "contracten", "truth"):
            (target / name).mkdir()
        left = np.flatnonzero(rng.random(persons) < IN_INWONERS)
        right = np.flatnonzero(rng.random(persons) < IN_KLANTEN)
        numbers = pl.Series(distinct_integers(rng, len(right), 10**6, 10**6 + 30 * persons)).cast(pl.String)
        inwoners, _ = _inwoners(rng, people, left, dirt)
        klanten, counts = _klanten(rng, people, right, numbers, dirt)
        place = np.full(persons, -1)
        place[right] = np.arange(len(right))
        both = left[place[left] >= 0]
        pairs = pl.DataFrame({"bsn": people.bsn[both], "klantnummer": numbers[place[both]]}).sort("bsn")
        for name, frame in (("inwoners", inwoners), ("klanten", klanten)):
            shuffled = frame[rng.permutation(len(frame))]
            text = pl.col(pl.String)
            plain = shuffled.with_columns(pl.when(text != "").then(text))
            plain.write_csv(target / "ruw" / f"{name}.csv", separator=";")
            contract = files("zoo_stad").joinpath("contracten", "namen", f"{name}.toml")
            (target / "contracten" / f"{name}.toml").write_bytes(contract.read_bytes())
        pairs.write_csv(target / "truth" / "paren.csv", separator=";")
        flaws = pl.DataFrame({"soort": list(counts), "aantal": list(counts.values())}).sort("soort")
        flaws.write_csv(target / "truth" / "vuil.csv", separator=";")
    return {"inwoners": len(inwoners), "klanten": len(klanten), "paren": len(pairs)}


# --------------------------------------------------------------------------------------------------------- population


def _zipf(rng: Rng, kinds: int, shift: float, size: int) -> Ints:
    """Draw ranks with probability ~ 1 / (rank + shift) (Zipf-Mandelbrot with exponent one)."""
    cumulative = np.cumsum(1.0 / (np.arange(kinds) + shift))
    return np.searchsorted(cumulative / cumulative[-1], rng.random(size)).astype(np.int64)


def _settle(rng: Rng, persons: int) -> Population:
    starts, ends = WORDS["achternaam_begin"], WORDS["achternaam_eind"]
    names = [a + m + b for a in starts for m in _MIDDLE for b in ends]
    names = [names[i] for i in rng.permutation(len(names))]
    infixes = WORDS["tussenvoegsel"]
    # sizes of households: one, two, couples with children, one parent
    kind = rng.choice(4, persons, p=[0.385, 0.28, 0.26, 0.075])
    size = np.select([kind == 0, kind == 1, kind == 2], [1, 2, 2 + rng.integers(1, 4, persons)], 2)
    home = np.repeat(np.arange(persons), size)[:persons]
    kind = kind[home]
    member = np.arange(persons) - np.searchsorted(home, home)
    first = np.arange(persons) - member
    couple = (kind == 1) | (kind == 2)
    adult = (member == 0) | (couple & (member == 1))
    age = np.where(kind == 0, rng.integers(19, 95, persons), rng.integers(24, 85, persons)).astype(float)
    child = age[first] - rng.integers(20, 38, persons)
    age[~adult] = np.where((child < 0) | (child > 24), rng.integers(0, 25, persons), child)[~adult]
    spouse = couple & (member == 1)
    age[spouse] = np.maximum(20, age[first] + np.round(rng.normal(-1, 3, persons)))[spouse]
    birth = _REFERENCE - (age * 365.25).astype(np.int64) - rng.integers(0, 365, persons)
    female = rng.random(persons) < 0.505
    female[spouse] = (~female[first])[spouse]
    # who was born where nobody wrote the day down is registered on the first of January or July
    abroad = rng.random(persons) < 0.015
    year = birth.astype("datetime64[D]").astype("datetime64[Y]")
    first_day = year.astype("datetime64[D]").astype(np.int64)
    birth[abroad] = (first_day + np.where(rng.random(persons) < 0.7, 0, 181))[abroad]
    # one child in thirty follows on a sibling as twin
    twin = np.flatnonzero(~adult & (member >= 3) & (rng.random(persons) < 0.06))
    birth[twin] = birth[twin - 1]
    surname = _zipf(rng, len(names), 20.0, persons)
    surname[~adult] = surname[first][~adult]
    given = _given_names(rng, female)
    # namesakes who share no more than a birth year
    double = np.flatnonzero(adult & (rng.random(persons) < 0.004))
    other = rng.integers(0, persons, len(double))
    surname[double], female[double] = surname[other], female[other]
    birth[double] = birth[other] - birth[other] % 365 + rng.integers(0, 365, len(double))
    for here, there in zip(double, other, strict=True):
        given[here] = given[there]
    partner = np.where(spouse, first, -1)
    partner[first[spouse]] = np.flatnonzero(spouse)
    dwellings = int(home.max()) + 1
    street = rng.permutation(dwellings + dwellings // 20)
    dwelling = street[home]
    moved = rng.random(dwellings) < 0.8
    before = np.where(moved, rng.permutation(street)[:dwellings], street[:dwellings])[home]
    alone = rng.random(persons) < 0.1
    before[alone] = rng.choice(street, int(alone.sum()))
    return Population(
        bsn=as_text(draw_bsns(rng, persons)),
        given=given,
        prefix=[infixes[int(code) % len(infixes)] for code in surname],
        surname=[names[code] for code in surname],
        partner=partner,
        female=female,
        birth=birth,
        dwelling=dwelling,
        earlier=before,
    )


def _given_names(rng: Rng, female: Bools) -> list[str]:
    """One to three first names per person."""
    per_sex = {sex: [a + b for b in ends for a in _GIVEN_START] for sex, ends in _GIVEN_END.items()}
    draws = [_zipf(rng, len(per_sex[0]), 4.0, len(female)) for _ in range(3)]
    number = rng.choice([1, 2, 3], len(female), p=[0.45, 0.35, 0.2])
    return [
        " ".join(dict.fromkeys(per_sex[int(sex)][draws[k][i]] for k in range(number[i])))
        for i, sex in enumerate(female)
    ]


# ---------------------------------------------------------------------------------------------------------- registers


def _address(dwelling: Ints) -> pl.DataFrame:
    """Postcode of about twenty dwellings, house number, and for one dwelling in eight a letter."""
    letters = np.array(list(string.ascii_uppercase[:18]))
    block = dwelling // 20
    code = 1000 + block // 324 % 8999
    pair = np.char.add(letters[block // 18 % 18], letters[block % 18])
    number, letter = 1 + dwelling % 20 * 2, np.where(dwelling % 8 == 0, "A", "")
    return pl.DataFrame(
        {
            "postcode": pl.Series(code).cast(pl.String) + pl.Series(pair),
            "huisnummer": pl.Series(number).cast(pl.String),
            "huisletter": pl.Series(letter),
        }
    )


def _calendar(birth: Ints) -> list[str]:
    return [str(day).replace("-", "") for day in birth.astype("datetime64[D]")]


def _inwoners(rng: Rng, people: Population, rows: Ints, dirt: float) -> tuple[pl.DataFrame, dict[str, int]]:
    """The register with BSN: full names, prefix apart, current address, few flaws."""
    flaws = _Flaws(rng, dirt)
    surname = flaws.change("typefout", [people.surname[i] for i in rows], 0.003, _typo)
    birth = flaws.change("onvolledig", _calendar(people.birth[rows]), 0.004, lambda _r, d: d[:4] + "0000")
    frame = pl.DataFrame(
        {
            "bsn": people.bsn[rows],
            "voornamen": [people.given[i] for i in rows],
            "voorvoegsel": [people.prefix[i] for i in rows],
            "geslachtsnaam": surname,
            "geboortedatum": birth,
        }
    )
    return frame.hstack(_address(people.dwelling[rows])), flaws.counts


def _klanten(
    rng: Rng, people: Population, rows: Ints, numbers: pl.Series, dirt: float
) -> tuple[pl.DataFrame, dict[str, int]]:
    """The register without BSN, with everything that goes wrong at a counter."""
    flaws = _Flaws(rng, dirt)
    married = flaws.hit("aangetrouwde_naam", len(rows), np.where(people.female[rows], 0.3, 0.05)) & (
        people.partner[rows] >= 0
    )
    prefix, surname = [], []
    for i, other in zip(rows, married, strict=True):
        own = people.surname[i]
        j = people.partner[i]
        use = rng.integers(0, 4) if other else 0
        if not other or people.surname[j] == own:
            prefix.append(people.prefix[i])
            surname.append(own)
        elif use < 3:  # partner's name first, as most write it
            prefix.append(people.prefix[j])
            surname.append(f"{people.surname[j]}-{(people.prefix[i] + ' ').lstrip()}{own}")
        else:
            prefix.append(people.prefix[j])
            surname.append(people.surname[j])
    surname = flaws.change("typefout", surname, 0.03, _typo)
    surname = flaws.change("klank", surname, 0.02, _sound)
    loose = flaws.hit("voorvoegsel_in_naam", len(rows), 0.1)
    gone = flaws.hit("voorvoegsel_weg", len(rows), 0.1)
    for k in np.flatnonzero(loose):
        if prefix[k]:
            surname[k], prefix[k] = f"{prefix[k]} {surname[k]}", ""
    for k in np.flatnonzero(gone):
        prefix[k] = ""
    given = [people.given[i] for i in rows]
    given = flaws.change("voorletters", given, 0.3, lambda _r, text: "".join(f"{part[0]}." for part in text.split()))
    given = flaws.change("een_voornaam", given, 0.4, lambda _r, text: text.split()[0])
    given = flaws.change(
        "roepnaam", given, 0.02, lambda _r, text: text.split()[0][:3] + "s" if "." not in text else text
    )
    given = flaws.change("typefout", given, 0.02, lambda r, text: _typo(r, text) if "." not in text else text)
    given = flaws.change("diakriet", given, 0.5, lambda _r, text: text.translate(_DIACRITICS))
    birth = flaws.change("dag_maand_verwisseld", _calendar(people.birth[rows]), 0.007, _swapped)
    birth = flaws.change("cijfer_in_datum", birth, 0.01, _digit)
    birth = flaws.change("onvolledig", birth, 0.015, lambda _r, d: d[:4] + "0000")
    where = np.where(flaws.hit("verhuisd", len(rows), 0.18), people.earlier[rows], people.dwelling[rows])
    address = _address(where).with_columns(
        huisnummer=pl.Series(
            flaws.change("huisnummer", _address(where)["huisnummer"].to_list(), 0.01, lambda r, n: str(int(n) + 2))
        )
    )
    empty = pl.Series(flaws.hit("adres_leeg", len(rows), 0.03))
    address = address.with_columns(pl.when(empty).then(pl.lit("")).otherwise(pl.all()).name.keep())
    dates = [f"{d[6:]}-{d[4:6]}-{d[:4]}" for d in birth]
    frame = pl.DataFrame(
        {"klantnummer": numbers, "voornamen": given, "voorvoegsel": prefix, "naam": surname, "geboren": dates}
    )
    return frame.hstack(address), flaws.counts


class _Flaws:
    """Draws who gets a flaw, and counts them by kind."""

    def __init__(self, rng: Rng, factor: float) -> None:
        self._rng = rng
        self._factor = factor
        self.counts: dict[str, int] = {}

    def hit(self, kind: str, size: int, share: float | np.ndarray) -> Bools:
        hits = self._rng.random(size) < np.minimum(np.asarray(share) * self._factor, 0.95)
        self.counts[kind] = self.counts.get(kind, 0) + int(hits.sum())
        return hits

    def change(self, kind: str, texts: list[str], share: float, new: Callable[[Rng, str], str]) -> list[str]:
        for k in np.flatnonzero(self.hit(kind, len(texts), share)):
            texts[k] = new(self._rng, texts[k])
        return texts


def _typo(rng: Rng, text: str) -> str:
    """Leave a letter out, double one, swap two or hit another key."""
    at = int(rng.integers(0, max(1, len(text) - 1)))
    kind = int(rng.integers(0, 4))
    if kind == 0:
        return text[:at] + text[at + 1 :] or text
    if kind == 1:
        return text[: at + 1] + text[at:]
    if kind == 2:
        return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    return text[:at] + string.ascii_lowercase[int(rng.integers(0, 26))] + text[at + 1 :]


def _sound(rng: Rng, text: str) -> str:
    """Write one sound in another of its spellings."""
    possible = [(a, b) for pair in _SOUND for a, b in (pair, pair[::-1]) if a in text]
    if not possible:
        return text
    old, new = possible[int(rng.integers(0, len(possible)))]
    return text.replace(old, new, 1)


def _swapped(_rng: Rng, text: str) -> str:
    return text[:4] + text[6:] + text[4:6] if int(text[6:]) <= 12 else text


def _digit(rng: Rng, text: str) -> str:
    """Another digit at a place where the date stays one."""
    for _ in range(20):
        at = int(rng.integers(2, 8))
        other = text[:at] + str(rng.integers(0, 10)) + text[at + 1 :]
        if 1 <= int(other[4:6]) <= 12 and 1 <= int(other[6:]) <= 28:
            return other
    return text
