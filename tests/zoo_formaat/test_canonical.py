"""Canonical JSON and strict parsing: published vectors of RFC 8785 and of its authors' test data."""

import hashlib
import json
import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_formaat.canonical import canonical_bytes, digest, parse_json
from zoo_formaat.errors import UserError

# RFC 8785, appendix B: IEEE 754 bit pattern -> text
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_of_rfc_8785_appendix_b(bits, text):
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical_bytes(number) == text.encode()


def test_sample_of_rfc_8785_section_3_2():
    sample = rb"""{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }"""
    # the hexadecimals that section 3.2.4 prints
    published = """
    7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72 75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73
    22 3a 5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31 65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31
    65 2d 32 37 5d 2c 22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30 30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c
    22 2f 22 7d"""
    assert canonical_bytes(parse_json(sample, "voorbeeld")) == bytes.fromhex(published)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            r'{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",'
            r'"\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",'
            r'"\u00f6":"Latin Small Letter O With Diaeresis"}',
            '{"\\r":"Carriage Return","1":"One","\x80":"Control","ö":"Latin Small Letter O With Diaeresis",'
            '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
        ),
        (
            '{"1":{"f":{"f":"hi","F":5},"\\n":56.0},"10":{},"":"empty","a":{},"111":[{}],"A":{}}',
            '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{}],"A":{},"a":{}}',
        ),
    ],
    ids=["RFC 8785 section 3.2.3", "structures.json of the authors"],
)
def test_keys_are_ordered_by_utf_16_units(source, expected):
    assert canonical_bytes(parse_json(source.encode(), "voorbeeld")) == expected.encode()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=50)
@given(JSON)
def test_any_value_survives_and_has_one_spelling(value):
    once = canonical_bytes(value)
    again = parse_json(once, "voorbeeld")
    assert again == value == json.loads(once, parse_int=float)  # a reader that knows floats only
    assert canonical_bytes(again) == once


@settings(max_examples=50)
@given(
    st.dictionaries(st.text(max_size=5), st.integers(0, 9), min_size=2, max_size=6), st.randoms(use_true_random=False)
)
def test_order_of_keys_does_not_matter(value, random):
    shuffled = list(value.items())
    random.shuffle(shuffled)
    assert digest(dict(shuffled)) == digest(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 2**53, "\ud800", {1: "x"}])
def test_what_json_cannot_carry_has_no_canonical_form(value):
    with pytest.raises(ValueError, match=r"."):
        canonical_bytes(value)


def test_digest_is_sha256_of_the_bytes():
    assert digest(b"abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2
    assert digest({"b": 1, "a": 2}) == "sha256:" + hashlib.sha256(b'{"a":2,"b":1}').hexdigest()


@pytest.mark.parametrize(
    ("content", "clue"),
    [
        (b'{"a": 1, "a": 2}', "'a' staat er twee keer"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "'b' staat er twee keer"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": 1e999}', "getal"),
        (b"9" * 5000, "getal boven 1e308"),
        (b'{"a": 9007199254740993}', "geheel getal van 16 cijfers"),
        (b'{\n"a": }', "regel 2, kolom 6"),
        (b'{"a": "\xff"}', "geen UTF-8 op byte 7"),
        (b'\xef\xbb\xbf{"a": 1}', "geen geldige JSON"),
        (b"[" * 100_000, "te diep genest"),
        (b"", "regel 1, kolom 1"),
        (b'{"a": 1} {"a": 2}', "geen geldige JSON"),
    ],
)
def test_json_that_two_readers_could_read_differently_is_refused(content, clue):
    with pytest.raises(UserError, match=r"^aanvraag\.json") as caught:
        parse_json(content, "aanvraag.json")
    assert clue in str(caught.value)
