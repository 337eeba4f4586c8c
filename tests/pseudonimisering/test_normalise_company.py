"""KvK number, branch number and VAT id."""

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10
from stdnum.nl import bsn as stdnum_bsn
from stdnum.nl import btw as stdnum_btw

from pseudonimisering.contract import DOMAIN_OF_KIND
from pseudonimisering.normalise import Reason, normalise


def text(values) -> pl.Series:
    return pl.Series(list(values), dtype=pl.String)


def forms(kind, values, *, numeric=False) -> list[str | None]:
    return normalise(kind, text(values), numeric=numeric).values.to_list()


def reasons(kind, values, *, numeric=False) -> list[str | None]:
    return normalise(kind, text(values), numeric=numeric).reasons.to_list()


# Test numbers of the KvK API test environment: Test BV Donald and its branch, and other firms
@pytest.mark.parametrize("number", ["68750110", "69599084", "69599068", "68727720", "90004760", "90001354"])
def test_published_kvk_numbers(number):
    assert forms("kvk", [number, f" {number[:4]} {number[4:]} ", f"{number}.0"]) == [number] * 3


def test_published_branch_number():
    assert forms("vestiging", ["000037178598", "0000 3717 8598"]) == ["000037178598"] * 2
    assert forms("vestiging", ["37178598"], numeric=True) == ["000037178598"]
    assert forms("vestiging", ["37178598.0"]) == ["000037178598"]
    assert reasons("vestiging", ["37178598"]) == [Reason.VOORLOOPNUL]
    assert reasons("vestiging", ["1234"], numeric=True) == [Reason.LENGTE]


def test_kvk_gets_its_zero_back_only_when_it_is_proven_lost_and_never_becomes_nine_digits():
    values = ["01234567", "1234567", "1234567.0", "123456", "123456789", "00000000", "K1234567"]
    assert list(zip(forms("kvk", values), reasons("kvk", values), strict=True)) == [
        ("01234567", None),
        (None, "voorloopnul"),
        ("01234567", None),
        (None, "lengte"),
        (None, "lengte"),
        (None, "nul"),
        (None, "letter"),
    ]
    assert forms("kvk", ["1234567", "12345678", "123456"], numeric=True) == ["01234567", "12345678", None]


# python-stdnum's own examples, and the one that invoicing software shows as placeholder
@pytest.mark.parametrize("number", ["004495445B01", "002455799B11", "000099998B57", "123456782B01"])
def test_published_vat_ids(number):
    spelled = [f"NL{number}", number, f"nl {number[:4]}.{number[4:6]}.{number[6:9]}.{number[9:]}".lower()]
    assert stdnum_btw.is_valid(number) == (forms("btw", [number]) != [None])
    assert forms("btw", spelled) in ([f"NL{number}"] * 3, [None] * 3)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**9 - 1), st.integers(0, 99)), min_size=5, max_size=20))
def test_vat_ids_agree_with_python_stdnum(parts):
    values = []
    for number, suffix in parts:
        values.append(f"NL{number:09d}B{suffix:02d}")
        # with a suffix that makes it a sole trader's id of 2020, where there is one
        values += [v for s in range(2, 99) if mod_97_10.is_valid(v := f"NL{number:09d}B{s:02d}")]
        values.append(f"{number - number % 10 + stdnum_bsn.checksum(f'{number // 10:08d}0') % 10:09d}B01")
    expected = [f"NL{stdnum_btw.compact(v)}" if stdnum_btw.is_valid(v) else None for v in values]
    assert forms("btw", values) == expected


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text("0123456789BNL .-", max_size=16), min_size=30, max_size=60))
def test_accepted_vat_ids_are_accepted_by_python_stdnum(values):
    for value, form in zip(values, forms("btw", values), strict=True):
        if form is not None:
            assert f"NL{stdnum_btw.validate(value)}" == form


def test_an_old_sole_trader_id_holds_the_bsn_and_looks_like_a_firm():
    draw = random.Random(2)
    citizens = [n for n in (f"{draw.randrange(10**9):09d}" for _ in range(22_000)) if stdnum_bsn.is_valid(n)]
    old = [f"NL{n}B01" for n in citizens]
    # no form tells it from an id made of a RSIN, so it is accepted ...
    assert forms("btw", old) == old
    # ... in a domain that meets neither citizens nor firms, and its form is not the number that it holds
    assert DOMAIN_OF_KIND["btw"] not in {DOMAIN_OF_KIND["bsn"], DOMAIN_OF_KIND["rsin"], DOMAIN_OF_KIND["kvk"]}
    assert not set(forms("btw", old)) & set(citizens)
    # the nine digits alone are no VAT id
    assert set(reasons("btw", citizens)) == {Reason.FORMAAT}


def test_an_id_of_2020_is_told_from_one_that_holds_a_bsn():
    new = ["NL002455799B11", "NL000099998B57"]
    assert not any(stdnum_bsn.is_valid(value[2:11]) for value in new)
    assert forms("btw", new) == new


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "leeg"),
        ("BE0428759497", "land"),
        ("DE136695976", "land"),
        ("NL4495445B01", "lengte"),
        ("NL0044954450B01", "lengte"),
        ("NL004495445B1", "formaat"),
        ("NL004495445C01", "formaat"),
        ("NL000000000B01", "nul"),
        ("NL004495445B00", "nul"),
        ("NL123456789B90", "controlegetal"),
    ],
)
def test_what_is_no_vat_id_says_why(value, reason):
    assert reasons("btw", [value]) == [reason]


@settings(max_examples=15, deadline=None)
@given(st.sets(st.integers(1, 10**8 - 1), min_size=20, max_size=100))
def test_two_firms_never_meet(numbers):
    kvk = [f"{n:08d}" for n in numbers]
    assert forms("kvk", kvk) == kvk
    shortened = [form for form in forms("kvk", [str(n) for n in numbers], numeric=True) if form]
    assert len(set(shortened)) == len(shortened)
    assert set(shortened) <= set(kvk)
