"""A pseudonym is shown as p and the base32 of its bytes, and can be given back in that form."""

import base64
import uuid

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from zoo_project import pseudonyms


def reference(value: uuid.UUID) -> str:
    return "p" + base64.b32encode(value.bytes).decode().lower().rstrip("=")


@given(st.lists(st.one_of(st.none(), st.uuids()), max_size=20), st.integers(0, 5))
def test_every_value_is_its_base32_and_nulls_stay(values: list[uuid.UUID | None], start: int) -> None:
    array = pa.array([None if value is None else str(value) for value in values], pa.string())[start:]
    expected = [None if value is None else reference(value) for value in values[start:]]
    assert pseudonyms.shown(array).to_pylist() == expected


@given(st.lists(st.one_of(st.none(), st.lists(st.uuids(), max_size=4)), max_size=10))
def test_lists_keep_their_members_and_order(values: list[list[uuid.UUID] | None]) -> None:
    array = pa.array([None if v is None else [str(u) for u in v] for v in values], pa.list_(pa.string()))
    expected = [None if v is None else [reference(u) for u in v] for v in values]
    assert pseudonyms.shown(array).to_pylist() == expected


@given(st.uuids())
def test_what_is_shown_can_be_given_back(value: uuid.UUID) -> None:
    assert pseudonyms.parse(reference(value)) == value


def test_other_texts_are_no_pseudonym() -> None:
    shown = reference(uuid.UUID(int=5))
    for text in (
        "",
        "p",
        shown[:-1],
        shown + "a",
        shown.upper(),
        "q" + shown[1:],
        shown[:-1] + "b",
        str(uuid.UUID(int=5)),
    ):
        assert pseudonyms.parse(text) is None
