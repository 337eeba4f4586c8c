"""What holds for every kind: versions, Unicode, idempotence, and every example of the reference page."""

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudonimisering.contract import DOMAIN_OF_KIND
from pseudonimisering.normalise import (
    ABSENT,
    EXPECTED,
    KINDS,
    REASON_TEXT,
    VERSION,
    Reason,
    normalise,
    normalise_address,
    normalise_person,
)

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "normalisation.md"


def text(values) -> pl.Series:
    return pl.Series(list(values), dtype=pl.String)


def sections() -> Iterator[tuple[str, list[list[str]]]]:
    """Yield every heading of the page with the cells of each table under it, the header first."""
    heading, table = "", []
    for line in [*PAGE.read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("|"):
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            table.append([cell.strip().replace("\\|", "|") for cell in cells])
            continue
        if table:
            yield heading, [table[0], *table[2:]]
            table = []
        if line.startswith("#"):
            heading = line.lstrip("# ")


def value(cell: str) -> str:
    """A cell in backticks, with \\uXXXX for what cannot be seen."""
    inner = cell[1:-1] if cell else ""
    return re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), inner)


def examples(columns: int) -> list[tuple[str, bool, list[str], str]]:
    """Every example of the page with this many cells: heading, numeric, cells, expected."""
    return [
        (heading, table[0][0].endswith("number"), row[:-1], row[-1])
        for heading, table in sections()
        for row in table[1:]
        if table[0][-1] == "form or reason" and len(row) == columns
    ]


def check(found, expected: str) -> None:
    got = (found.values.item(), found.reasons.item())
    assert got == ((None, expected.strip("*")) if expected.startswith("*") else (value(expected), None))


@pytest.mark.parametrize(("heading", "numeric", "cells", "expected"), examples(2))
def test_examples_of_the_page(heading, numeric, cells, expected):
    kind = re.findall("`([a-z]+)`", heading)[0]
    check(normalise(kind, text([value(cells[0])]), numeric=numeric), expected)


@pytest.mark.parametrize(("heading", "numeric", "cells", "expected"), examples(5))
def test_examples_of_addresses_and_persons_of_the_page(heading, numeric, cells, expected):
    form = {"Address": normalise_address, "Person": normalise_person}[heading]
    check(form(*(text([value(cell)]) for cell in cells)), expected)


def test_the_page_shows_every_kind_and_every_reason():
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"`{kind}`" in page for kind in KINDS)
    assert all(f"*{reason}*" in page for reason in Reason)


def test_every_kind_has_a_version_an_expectation_and_a_domain_of_its_own():
    assert set(VERSION) == set(EXPECTED) == {*KINDS, "adres", "persoonsnaam"}
    assert set(VERSION.values()) == {1}
    assert set(REASON_TEXT) == set(Reason) > ABSENT
    domains = [DOMAIN_OF_KIND[kind] for kind in VERSION if kind != "recordnummer"]
    assert len(set(domains)) == len(domains)


def test_an_unknown_kind_is_an_error_and_not_a_number_without_a_check():
    with pytest.raises(KeyError):
        normalise("burgerservicenummer", text(["1"]))


def test_the_reason_for_a_lost_zero_names_the_remedy():
    assert 'voorloopnullen = "verloren"' in REASON_TEXT[Reason.VOORLOOPNUL]


UNICODE_SPACES = [chr(code) for code in (0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)]
INVISIBLE = [*"\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2064\ufe0f\ufeff", "\U000e0020"]
OTHER_DIGITS = [0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0E50, 0x1810, 0xA620]


@pytest.mark.parametrize("kind", ["bsn", "kvk", "rsin", "vestiging", "verblijfsobject", "btw", "iban"])
def test_what_cannot_be_seen_does_not_count(kind):
    number = {
        "bsn": "123456782", "kvk": "68750110", "rsin": "004495445", "vestiging": "000037178598",
        "verblijfsobject": "0363010012345678", "btw": "NL004495445B01", "iban": "NL91ABNA0417164300",
    }[kind]  # fmt: skip
    spelled = [number[:4] + mark + number[4:] for mark in INVISIBLE + UNICODE_SPACES]
    spelled += [mark + number + mark for mark in INVISIBLE + UNICODE_SPACES]
    spelled += ["".join(chr(ord(c) + 0xFEE0) for c in number)]  # full-width forms
    spelled += ["".join(chr(ord(c) - 48 + start) if c.isdigit() else c for c in number) for start in (0x1D7CE, 0x1D7F6)]
    found = normalise(kind, text(spelled))
    assert found.values.unique().to_list() == [number]


@pytest.mark.parametrize("kind", ["bsn", "kvk", "rsin", "vestiging", "verblijfsobject"])
def test_digits_that_need_a_choice_are_refused(kind):
    number = {"bsn": "123456782", "kvk": "68750110", "rsin": "004495445", "vestiging": "000037178598"}.get(
        kind, "0363010012345678"
    )
    spelled = ["".join(chr(int(c) + start) for c in number) for start in OTHER_DIGITS]
    spelled += [number[:-1] + chr(int(number[-1]) + start) for start in OTHER_DIGITS]
    spelled += [number[:-1] + mark for mark in "⁰²₂②½"] + [number + mark for mark in "²½"]
    spelled += [number[:3] + mark + number[3:] for mark in "\u0301\u0332\n\u2028_/"]
    found = normalise(kind, text(spelled))
    assert found.reasons.unique().to_list() == ["formaat"]


ANY_TEXT = st.text(max_size=20) | st.text("0123456789 .,-EB'=\"\u00a0\u200b²", max_size=18)


@pytest.mark.parametrize("kind", ["bsn", "kvk", "vestiging", "btw", "verblijfsobject", "iban", "recordnummer"])
@pytest.mark.parametrize("numeric", [False, True])
@settings(max_examples=12, deadline=None)
@given(values=st.lists(ANY_TEXT, min_size=20, max_size=60))
def test_forms_are_canonical_on_any_text(kind, numeric, values):
    once = normalise(kind, text(values), numeric=numeric)
    assert once.values.is_null().to_list() == once.reasons.is_not_null().to_list()
    assert set(once.reasons.drop_nulls()) <= set(Reason)
    assert normalise(kind, once.values).values.to_list() == once.values.to_list()
    # a form is not a matter of the neighbours in the column
    assert normalise(kind, text(values[:1]), numeric=numeric).values.to_list() == once.values.to_list()[:1]


def test_empty_columns_and_null():
    for kind in KINDS:
        assert normalise(kind, text([])).values.to_list() == []
        assert normalise(kind, text([None, ""])).reasons.to_list() == ["leeg", "leeg"]
    nothing = text([])
    assert normalise_address(nothing, nothing).values.to_list() == []
    assert normalise_person(nothing, None, nothing, nothing).values.to_list() == []
