"""Two spellings of one identifier meet; two identifiers never do."""

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.nl import bsn as stdnum_bsn
from stdnum.nl import postcode as stdnum_postcode

from pseudonimisering.normalise import (
    Normalised,
    normalise_address,
    normalise_bsn,
    normalise_dwelling,
    normalise_kvk,
    normalise_number,
)


def text(values) -> pl.Series:
    return pl.Series(list(values), dtype=pl.String)


def pairs(result: Normalised) -> list[tuple[str | None, str | None]]:
    return list(zip(result.values.to_list(), result.reasons.to_list(), strict=True))


def bsn(value: str | None, *, numeric: bool = False) -> tuple[str | None, str | None]:
    return pairs(normalise_bsn(text([value]), numeric=numeric))[0]


def test_bsn_agrees_with_python_stdnum_on_random_numbers():
    draw = random.Random(7)
    numbers = [f"{draw.randrange(10**9):09d}" for _ in range(20_000)] + ["000000000", "000000012", "111222333"]
    found = normalise_bsn(text(numbers)).values.to_list()
    assert [value is not None for value in found] == [stdnum_bsn.is_valid(number) for number in numbers]
    assert all(value is None or value == number for value, number in zip(found, numbers, strict=True))


@pytest.mark.parametrize(
    "spelling",
    [
        "123456782", " 123456782 ", "123 456 782", "123.456.782", "1234-56-782", "１２３４５６７８２", "123456782.0",
        "123\u00a0456\u00a0782", "\u200b123456782\ufeff", "123456782,00", "123\u2011456\u2011782",
    ],
)  # fmt: skip
def test_spellings_of_one_bsn_meet(spelling):
    assert bsn(spelling) == ("123456782", None)


@pytest.mark.parametrize(
    ("value", "numeric", "expected"),
    [
        ("12345672", False, ("012345672", None)),  # one zero lost by a reader of CSV
        ("1234560", True, ("001234560", None)),  # two zeros lost in a numeric column
        ("1234560", False, (None, "lengte")),
        ("46284679.0", False, ("046284679", None)),  # without care 462846790, in 9 % of cases somebody else
        ("12345678a", False, (None, "letter")),
        ("1.23456782E+08", False, (None, "letter")),
        ("-12345672", False, (None, "formaat")),
        ("123456782?", False, (None, "formaat")),
        ("1234567820", False, (None, "lengte")),
        ("123456783", False, (None, "elfproef")),
        ("000000000", False, (None, "nul")),
        ("00000000", True, (None, "nul")),
        ("0", True, (None, "lengte")),
        ("", False, (None, "leeg")),
        (" \u00a0", False, (None, "leeg")),
        (None, False, (None, "leeg")),
        ("١٢٣٤٥٦٧٨٢", False, (None, "formaat")),
    ],
)
def test_bsn_edges(value, numeric, expected):
    assert bsn(value, numeric=numeric) == expected


def test_kvk_gets_back_one_lost_zero_and_never_becomes_nine_digits():
    found = pairs(
        normalise_kvk(text(["01234567", "1234567", "12345678", "123456", "123456789", "00000000", "K1234567"]))
    )
    assert found == [
        ("01234567", None),
        ("01234567", None),
        ("12345678", None),
        (None, "lengte"),
        (None, "lengte"),
        (None, "nul"),
        (None, "letter"),
    ]


def test_dwelling_has_its_object_type():
    values = text(["0363010000000001", "363010000000001", "0363020000000001", "036301000000001", "9001010000000001"])
    assert pairs(normalise_dwelling(values)) == [
        ("0363010000000001", None),
        ("0363010000000001", None),
        (None, "objecttype"),
        (None, "objecttype"),  # 15 digits: the lost digit was not the first
        ("9001010000000001", None),
    ]
    # beyond 2**53 a float may have lost the last digit
    assert pairs(normalise_dwelling(text(["9901010000000001", "363010000000001"]), numeric=True)) == [
        (None, "onnauwkeurig"),
        ("0363010000000001", None),
    ]


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


def test_postcodes_agree_with_python_stdnum():
    draw = random.Random(3)
    letters = "ABCDSGZ"
    codes = [f"{draw.randrange(10**4):04d}{draw.choice(letters)}{draw.choice(letters)}" for _ in range(5_000)]
    found = normalise_address(text(codes), text(["1"] * len(codes))).values.is_not_null().to_list()
    assert found == [stdnum_postcode.is_valid(code) for code in codes]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=14), min_size=20, max_size=60))
def test_number_forms_are_idempotent_on_any_text(values):
    for form in (normalise_bsn, normalise_kvk, normalise_dwelling, normalise_number):
        once = form(text(values))
        assert once.values.is_null().to_list() == once.reasons.is_not_null().to_list()
        again = form(once.values)
        assert again.values.to_list() == once.values.to_list()


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
