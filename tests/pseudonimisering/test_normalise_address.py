"""Addresses: spellings that meet, and addresses that never do."""

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.nl import postcode as stdnum_postcode

from pseudonimisering.normalise import Normalised, normalise_address


def text(values) -> pl.Series:
    return pl.Series(list(values), dtype=pl.String)


def pairs(result: Normalised) -> list[tuple[str | None, str | None]]:
    return list(zip(result.values.to_list(), result.reasons.to_list(), strict=True))


def address(postcode, number, letter="", addition=""):
    return pairs(normalise_address(text([postcode]), text([number]), text([letter]), text([addition])))[0]


@pytest.mark.parametrize(
    ("cells", "canonical"),
    [
        (("1234AB", "12", "", ""), "1234AB|12||"),
        (("1234 ab", "12 A", "", ""), "1234AB|12|A|"),
        (("1234AB", "12a", "", ""), "1234AB|12|A|"),
        (("1234AB", "12", "a", ""), "1234AB|12|A|"),
        (("1234AB", "12-3", "", ""), "1234AB|12||3"),
        (("1234AB", "12", "", "-3"), "1234AB|12||3"),
        (("1234AB", "12 A-3", "", ""), "1234AB|12|A|3"),
        (("1234AB", "12A3", "", ""), "1234AB|12|A|3"),
        (("1234AB", "12 A", "A", "3"), "1234AB|12|A|3"),
        (("1234AB", "12A-3", "A", "3"), "1234AB|12|A|3"),
        (("1234AB", "12 hs", "", ""), "1234AB|12||HS"),
        (("1234AB", "12/II", "", ""), "1234AB|12||II"),
        (("1234AB", "0012.0", "", "03"), "1234AB|12||3"),
        (("1234AB", "12", "", "1-hoog"), "1234AB|12||1HOOG"),
        (("1234AB", "12", "", "3-4"), "1234AB|12||3-4"),
        (("1234AB", "12", "", "34"), "1234AB|12||34"),
        (("1234AB", "12 HS", "", ""), "1234AB|12||HS"),
        (("1234AB", "12-huis", "", ""), "1234AB|12||HS"),
        (("1234AB", "12", "", "Huis"), "1234AB|12||HS"),
        (("1234AB", "12", "", "1 hoog"), "1234AB|12||1HOOG"),
        (("1234AB", "12", "", "1e hoog"), "1234AB|12||1HOOG"),
        (("1234AB", "12 1ste-hoog", "", ""), "1234AB|12||1HOOG"),
        (("1234AB", "12-1hg", "", ""), "1234AB|12||1HOOG"),
        (("1234AB", "12", "", "2de hg"), "1234AB|12||2HOOG"),
        (("1234AB", "12bis", "", ""), "1234AB|12||BIS"),
        (("1234AB", "12", "a", "bis"), "1234AB|12|A|BIS"),
        (("1234AB", "12", "", "III"), "1234AB|12||III"),
        (("1234AB", "12³", "", ""), "1234AB|12||3"),
        (("1234AB", "12", "", "³"), "1234AB|12||3"),
        (("1234AB", "12 1/2", "", ""), "1234AB|12||1-2"),
        (("1234AB", "12½", "", ""), "1234AB|12||1-2"),
        (("1234AB", "12Ⅲ", "", ""), "1234AB|12||III"),
        (("NL-1234 AB", "１２\u00a0\u200bA", "", ""), "1234AB|12|A|"),
    ],
)  # fmt: skip
def test_addresses_as_they_are_spelled(cells, canonical):
    assert address(*cells) == (canonical, None)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("", "", "", ""), "leeg"),
        (("1234AB", "", "", ""), "onvolledig"),
        (("", "12", "", ""), "onvolledig"),
        (("0234AB", "12", "", ""), "postcode"),
        (("1234SS", "12", "", ""), "postcode"),
        (("1234A", "12", "", ""), "postcode"),
        (("1234AB", "A12", "", ""), "huisnummer"),
        (("1234AB", "0", "", ""), "huisnummer"),
        (("1234AB", "123456", "", ""), "huisnummer"),
    ],
)
def test_what_is_no_address_says_why(cells, reason):
    assert address(*cells) == (None, reason)


def test_what_may_be_two_addresses_stays_two():
    additions = [
        "", "H", "HS", "bs", "bis", "1", "I", "1-hoog", "II", "2", "2-hoog", "2 h", "1-2", "12", "3A", "A3", "boven",
        "hoog", "hg", "1e",
    ]  # fmt: skip
    found = [address("1234AB", "12", "", addition)[0] for addition in additions]
    assert None not in found
    assert len(set(found)) == len(additions)
    numbers = ["12", "122", "12²", "12½", "121", "12 1 2 3", "12-14"]
    assert len({address("1234AB", number)[0] for number in numbers}) == len(numbers)


def test_postcodes_agree_with_python_stdnum():
    draw = random.Random(3)
    letters = "ABCDSGZ"
    codes = [f"{draw.randrange(10**4):04d}{draw.choice(letters)}{draw.choice(letters)}" for _ in range(5_000)]
    codes += [f"NL-{code}" for code in codes[:500]] + [f"{code[:4]} {code[4:].lower()}" for code in codes[:500]]
    found = normalise_address(text(codes), text(["1"] * len(codes))).values.is_not_null().to_list()
    assert found == [stdnum_postcode.is_valid(code) for code in codes]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(*[st.text(max_size=6)] * 3), min_size=5, max_size=25))
def test_the_address_form_is_idempotent_on_any_text(parts):
    once = normalise_address(
        text(["1234AB"] * len(parts)),
        text([f"12 {a}" for a, _, _ in parts]),
        text([b for _, b, _ in parts]),
        text([c for _, _, c in parts]),
    ).values
    cells = [value.split("|") for value in once.to_list()]
    again = normalise_address(*(text(column) for column in zip(*cells, strict=True))).values
    assert again.to_list() == once.to_list()


token = st.one_of(st.integers(1, 999).map(str), st.text("ABCDEHIOS", min_size=2, max_size=4))


@st.composite
def addresses(draw):
    """A BAG address: number, letter or none, addition of tokens; the identity of one address."""
    letter = draw(st.sampled_from(["", "A", "B", "Z"]))
    return draw(st.integers(1, 999)), letter, tuple(draw(st.lists(token, max_size=3)))


def spelled(draw, parts):
    """Join parts as people do: a separator wherever it is needed, and sometimes elsewhere."""
    result = parts[0]
    for part in parts[1:]:
        needed = result[-1].isdigit() == part[0].isdigit()
        result += draw(st.sampled_from([" ", "-", "/", " - "] if needed else ["", " ", "-"])) + part
    return draw(st.sampled_from([str.lower, str.upper, str.title]))(result)


@settings(max_examples=25, deadline=None)
@given(st.lists(addresses(), min_size=5, max_size=10), st.data())
def test_spellings_of_one_address_meet(drawn, data):
    cells = []
    for number, letter, addition in drawn:
        filled = [part for part in (letter, *addition) if part]
        rest = spelled(data.draw, list(addition)) if addition else ""
        cells.append((str(number), letter, rest))
        cells.append((spelled(data.draw, [f"0{number}", *filled]), "", ""))
        cells.append((spelled(data.draw, [str(number), letter]) if letter else str(number), "", rest))
    found = normalise_address(text(["1234AB"] * len(cells)), *map(text, zip(*cells, strict=True))).values.to_list()
    assert None not in found
    assert found[::3] == found[1::3] == found[2::3]


@settings(max_examples=30, deadline=None)
@given(st.sets(addresses(), min_size=10, max_size=60))
def test_two_addresses_never_meet(drawn):
    cells = [(str(number), letter, "-".join(addition)) for number, letter, addition in drawn]
    found = normalise_address(text(["1234AB"] * len(cells)), *map(text, zip(*cells, strict=True))).values.to_list()
    assert len(set(found)) == len(drawn)
