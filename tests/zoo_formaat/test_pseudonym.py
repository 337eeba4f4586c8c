"""`p` and 26 characters: the same as base32 of the standard library, and back again."""

import base64
import uuid

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_formaat.errors import UserError
from zoo_formaat.pseudonym import from_text, to_text
from zoo_project import pseudonyms as zone_2

values = st.lists(st.one_of(st.none(), st.binary(min_size=16, max_size=16)), max_size=30)


def reference(value: bytes) -> str:
    return "p" + base64.b32encode(value).decode().lower().rstrip("=")


@given(values, st.integers(0, 4))
def test_every_pseudonym_is_its_base32_and_comes_back(content, start):
    array = pa.array(content, pa.binary(16))[start:]
    texts = to_text(array)
    assert texts.type == pa.string()
    assert texts.to_pylist() == [None if value is None else reference(value) for value in content[start:]]
    assert from_text(texts).equals(array)
    padded = pa.concat_arrays([pa.array(["x" * 27, None]), texts])
    assert from_text(padded[2:]).equals(array)


@given(st.lists(st.uuids(), max_size=10))
def test_zone_2_shows_the_same(content):
    raw = pa.array([value.bytes for value in content], pa.binary(16))
    expected = zone_2.shown(pa.array([str(value) for value in content], pa.string()))
    assert to_text(raw).equals(expected)
    assert to_text(pa.ExtensionArray.from_storage(pa.uuid(), raw)).equals(expected)


def test_long_columns():
    array = pa.array([uuid.UUID(int=number * 2**100 + number).bytes for number in range(140_000)], pa.binary(16))
    texts = to_text(array)
    assert from_text(texts).equals(array)
    for row in (0, 65_535, 65_536, 139_999):
        assert texts[row].as_py() == reference(array[row].as_py())


def test_what_is_no_pseudonym_is_refused_by_row_without_being_quoted():
    good = reference(bytes(range(16)))
    wrong = ["", "p", good[:-1], good + "a", good.upper(), "q" + good[1:], good[:-1] + "b", good[:5] + "1" + good[6:]]
    wrong += ["é" + good[2:], str(uuid.UUID(int=5)), "123456782"]
    for text in wrong:
        with pytest.raises(UserError, match="rij 3: dit is geen pseudoniem") as caught:
            from_text(pa.array([good, None, text, good, "x"]))
        assert len(text) < 2 or text not in str(caught.value)
