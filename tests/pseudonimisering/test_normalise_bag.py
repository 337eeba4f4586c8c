"""Identifications of the BAG: object types, floats, spreadsheets."""

import random
from decimal import ROUND_DOWN, Context, Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudonimisering.normalise import Reason, normalise

TYPES = {
    "verblijfsobject": "01", "ligplaats": "02", "standplaats": "03",
    "pand": "10", "nummeraanduiding": "20", "openbareruimte": "30",
}  # fmt: skip


def text(values) -> pl.Series:
    return pl.Series(list(values), dtype=pl.String)


def forms(kind, values, *, numeric=False) -> list[str | None]:
    return normalise(kind, text(values), numeric=numeric).values.to_list()


def reasons(kind, values, *, numeric=False) -> list[str | None]:
    return normalise(kind, text(values), numeric=numeric).reasons.to_list()


# Published: features of the Haal Centraal BAG and BRP APIs, examples of the 3D BAG
@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("nummeraanduiding", "0226200000038923"),
        ("verblijfsobject", "0226010000038820"),
        ("pand", "0226100000008856"),
        ("pand", "0503100000033172"),
        ("pand", "0014100010924795"),
        ("pand", "0344100000039864"),
    ],
)
def test_published_identifications(kind, number):
    assert forms(kind, [number, f"NL.IMBAG.{kind.title()}.{number}", f" {number} "]) == [number] * 3
    for other in TYPES.keys() - {kind}:
        assert reasons(other, [number]) == [Reason.OBJECTTYPE]


@pytest.mark.parametrize("kind", TYPES)
def test_a_number_is_of_one_kind_of_object(kind):
    numbers = [f"0363{code}0012345678" for code in TYPES.values()]
    assert [form is not None for form in forms(kind, numbers)] == [code == TYPES[kind] for code in TYPES.values()]


def test_lost_zeros_come_back_only_from_a_number():
    numbers = ["0363010012345678", "0014010012345678", "0003010012345678", "1680010012345678"]
    short = [number.lstrip("0") for number in numbers]
    assert forms("verblijfsobject", short, numeric=True) == numbers
    assert forms("verblijfsobject", [f"{n}.0" for n in short]) == numbers
    assert reasons("verblijfsobject", short) == ["voorloopnul", "voorloopnul", "voorloopnul", None]
    # a digit lost elsewhere: the object type is not where it should be
    assert reasons("verblijfsobject", ["036301001234567"]) == [Reason.LENGTE]
    assert reasons("verblijfsobject", ["036301001234567"], numeric=True) == [Reason.OBJECTTYPE]


def test_float64_changes_the_last_digit_and_is_refused():
    draw = random.Random(1)
    numbers = [f"9{draw.randrange(100, 1000)}01{draw.randrange(10**10):010d}" for _ in range(2_000)]
    as_float = [f"{float(n):.1f}" for n in numbers]
    changed = [a != f"{n}.0" for a, n in zip(as_float, numbers, strict=True)]
    assert 0.4 < sum(changed) / len(numbers) < 0.6  # beyond 2**53 only even numbers exist
    assert set(reasons("verblijfsobject", as_float)) == {Reason.ONNAUWKEURIG}
    assert set(reasons("verblijfsobject", [a[:-2] for a in as_float], numeric=True)) == {Reason.ONNAUWKEURIG}
    assert forms("verblijfsobject", numbers) == numbers  # read as text nothing is lost
    # below 2**53 a float is exact
    small = [f"0{n[1:]}" for n in numbers]
    assert forms("verblijfsobject", [f"{float(n):.1f}" for n in small]) == small


def test_the_limit_is_exactly_two_to_the_53rd():
    edge = 2**53  # 9007199254740992: gemeente 9007, type 19
    numbers = [str(n) for n in range(edge - 2, edge + 3)]
    found = reasons("verblijfsobject", numbers, numeric=True)
    assert found == [Reason.OBJECTTYPE] * 3 + [Reason.ONNAUWKEURIG] * 2


@pytest.mark.parametrize(
    "value", ["3,63010012345678E+14", "3.63010012345678e+14", "1,68001E+15", "1.6800100123456e15", "9E14"]
)
def test_scientific_notation_is_refused(value):
    for kind in TYPES:
        assert reasons(kind, [value]) == reasons(kind, [value], numeric=True) == [Reason.ONNAUWKEURIG]


def spreadsheet(number: str) -> str:
    """What a spreadsheet makes of a number: fifteen significant digits."""
    return format(Context(prec=15, rounding=ROUND_DOWN).plus(Decimal(number)), "f")


def test_a_column_that_went_through_a_spreadsheet_is_recognised():
    draw = random.Random(4)
    numbers = [f"1{draw.randrange(100, 1000)}01{draw.randrange(10**10):010d}" for _ in range(300)]
    cut = [spreadsheet(n) for n in numbers]
    assert sum(a != b for a, b in zip(cut, numbers, strict=True)) > 250
    assert set(reasons("verblijfsobject", cut)) == {Reason.ONNAUWKEURIG}
    # numbers with a zero in front have fifteen digits and lose none
    whole = [f"0{n[1:]}" for n in numbers]
    assert forms("verblijfsobject", whole + cut)[:300] == whole
    # one number that keeps its last digit shows that the column did not go through one
    assert forms("verblijfsobject", [*cut, "1680010012345678"]) == [*cut, "1680010012345678"]
    # what is too few to be proof stays
    assert forms("verblijfsobject", cut[:10]) == cut[:10]


@settings(max_examples=15, deadline=None)
@given(st.sets(st.tuples(st.integers(1, 9006), st.integers(0, 10**10 - 1)), min_size=20, max_size=80))
def test_two_objects_never_meet(parts):
    numbers = [f"{gemeente:04d}10{sequence:010d}" for gemeente, sequence in parts]
    found = forms("pand", [*numbers, "1680100012345678"])
    assert found[:-1] == numbers
    shortened = [form for form in forms("pand", [str(int(n)) for n in numbers], numeric=True) if form is not None]
    assert set(shortened) <= set(numbers)
    assert len(set(shortened)) == len(shortened)
