"""IBAN: python-stdnum as the other implementation."""

import random
import re
import string

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban
from stdnum import numdb

from pseudonimisering.normalise import normalise

# Examples of the SWIFT IBAN Registry
PUBLISHED = [
    "NL91ABNA0417164300", "DE89370400440532013000", "BE68539007547034", "GB29NWBK60161331926819",
    "FR1420041010050500013M02606", "MT84MALT011000012345MTLCAST001S", "NO9386011117947", "CH9300762011623852957",
    "ES9121000418450200051332", "IT60X0542811101000000123456", "LC55HEMM000100010012001200023015",
    "GR1601101250000000012300695", "PL61109010140000071219812874", "SE4550000000058398257466",
    "TR330006100519786457841326",
]  # fmt: skip
FORMS = {country: info["bban"] for _, country, _, info, _ in numdb.get("iban").prefixes}


def forms(values) -> list[str | None]:
    return normalise("iban", pl.Series(list(values), dtype=pl.String)).values.to_list()


def accepted(value: str) -> str | None:
    """What python-stdnum says, but for check digits that ISO 13616 cannot produce."""
    if not stdnum_iban.is_valid(value, check_country=False):
        return None
    compact = stdnum_iban.compact(value)
    return None if compact[2:4] in {"00", "01", "99"} else compact


def drawn(draw: random.Random, country: str) -> str:
    """A valid account number of a country, by the form that python-stdnum has for it."""
    letters = {"n": string.digits, "a": string.ascii_uppercase, "c": string.digits + string.ascii_uppercase}
    parts = re.findall(r"([0-9]+)!([nac])", FORMS[country])
    account = "".join(draw.choice(letters[kind]) for number, kind in parts for _ in range(int(number)))
    return country + stdnum_iban.calc_check_digits(f"{country}00{account}") + account


@pytest.mark.parametrize("number", PUBLISHED)
def test_published_numbers_in_their_spellings(number):
    spelled = [
        number, number.lower(), stdnum_iban.format(number), stdnum_iban.format(number, "\u00a0"),
        stdnum_iban.format(number, "-"), f"IBAN {number}", f" iban: {stdnum_iban.format(number)} ",
    ]  # fmt: skip
    assert forms(spelled) == [number] * len(spelled)


def test_every_country_agrees_with_python_stdnum():
    draw = random.Random(1)
    values = [drawn(draw, country) for country in FORMS for _ in range(20)]
    assert len(FORMS) > 80
    assert forms(values) == [accepted(value) for value in values] == values
    for change in (
        lambda v: v[:-1],
        lambda v: f"{v}0",
        lambda v: v[:6] + v[7] + v[6] + v[8:],
        lambda v: v[:5] + draw.choice(string.digits + string.ascii_uppercase) + v[6:],
        lambda v: draw.choice(list(FORMS)) + v[2:],
        lambda v: f"{v[:2]}{draw.randrange(100):02d}{v[4:]}",
    ):
        damaged = [change(value) for value in values]
        assert forms(damaged) == [accepted(value) for value in damaged]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(string.digits + "NLDEabM -.", max_size=24), min_size=20, max_size=60))
def test_random_text_agrees_with_python_stdnum(values):
    trimmed = [value for value in values if not re.search("^[ .-]|[ .-]$", value)]
    assert forms(trimmed) == [accepted(value) for value in trimmed]


def test_check_digits_that_would_make_a_second_text_valid_are_refused():
    draw = random.Random(9)
    seconds = []
    for number in (drawn(draw, "NL") for _ in range(3000)):
        second = {"97": "00", "98": "01", "02": "99"}.get(number[2:4])
        seconds += [f"NL{second}{number[4:]}"] if second else []
    assert len(seconds) > 30
    assert all(stdnum_iban.is_valid(value) for value in seconds)
    assert forms(seconds) == [None] * len(seconds)
