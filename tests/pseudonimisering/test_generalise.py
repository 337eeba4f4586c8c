"""What leaves is as coarse as the contract says; computed here with Python's own dates and decimals."""

import math
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudonimisering.attributes import parse_column
from pseudonimisering.contract import Column
from tests.pseudonimisering.test_ingest import many_persons
from zoo_formaat.package import load_package


def generalise(texts: list[str], how: str, **column) -> list:
    return parse_column(pl.Series(texts), Column(generaliseer=how, **column)).values.to_list()


@settings(deadline=None)
@given(st.lists(st.dates(date(1000, 1, 1), date(2999, 12, 31)), min_size=1, max_size=20), st.integers(2, 20))
def test_dates(days, years):
    texts = [day.isoformat() for day in days]
    compact = [text.replace("-", "") for text in texts]
    for given_texts in (texts, compact):
        assert generalise(given_texts, "jaar", rol="datum") == [day.year for day in days]
        assert generalise(given_texts, f"jaren:{years}", rol="datum") == [day.year - day.year % years for day in days]
        assert generalise(given_texts, "maand", rol="datum") == [day.replace(day=1) for day in days]
        quarter = [day.replace(month=1 + 3 * ((day.month - 1) // 3), day=1) for day in days]
        assert generalise(given_texts, "kwartaal", rol="datum") == quarter


def test_of_a_partial_date_leaves_what_is_known():
    texts = ["19700000", "1970-05-00", "19701300", "0", ""]
    assert generalise(texts, "jaar", rol="datum") == [1970, 1970, None, None, None]
    assert generalise(texts, "maand", rol="datum") == [None, date(1970, 5, 1), None, None, None]


def nearest(number: Decimal, step: int) -> Decimal:
    return (number / step).quantize(Decimal(1), ROUND_HALF_UP) * step


@settings(deadline=None)
@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20), st.integers(2, 10**6))
def test_whole_numbers(numbers, step):
    texts = list(map(str, numbers))
    column = {"rol": "attribuut", "type": "geheel"}
    assert generalise(texts, f"afronden:{step}", **column) == [int(nearest(Decimal(n), step)) for n in numbers]
    assert generalise(texts, f"top:{step}", **column) == [max(-step, min(step, n)) for n in numbers]


@pytest.mark.parametrize("step", [2, 1000, 10**14])
def test_at_the_end_of_the_whole_numbers_nothing_wraps_round(step):
    ends = [2**63 - 1, 2**63 - 2, 2**62, -(2**63) + 1, -(2**63)]
    most = (2**63 - 1) // step * step
    expected = [max(-most, min(most, int(nearest(Decimal(n), step)))) for n in ends]
    found = generalise(list(map(str, ends)), f"afronden:{step}", rol="attribuut", type="geheel")
    assert found == expected


@settings(deadline=None)
@given(st.lists(st.decimals(-(10**6), 10**6, places=2), min_size=1, max_size=20), st.sampled_from([2, 4, 8, 1024]))
def test_decimals(numbers, step):
    # steps that a float divides by exactly, so that the decimal oracle and the float agree on what is half
    texts = [str(float(number)) for number in numbers]
    found = generalise(texts, f"afronden:{step}", rol="attribuut", type="decimaal")
    assert found == [float(nearest(Decimal(float(number)), step)) for number in numbers]
    assert not any(math.copysign(1, number) < 0 for number in found if number == 0)
    assert generalise(texts, f"top:{step}", rol="attribuut", type="decimaal") == [
        float(max(-step, min(step, number))) for number in numbers
    ]


@pytest.mark.parametrize("rol", [{"rol": "gebied"}, {"rol": "attribuut", "type": "tekst"}])
def test_postcode(rol):
    column = Column(generaliseer="pc4", **rol)
    parsed = parse_column(pl.Series(["1234AB", "1234 ab", "1234", "0123AB", "12345", "", "AB1234"]), column)
    assert parsed.values.to_list() == ["1234", "1234", "1234", None, None, None, None]
    assert parsed.reasons.to_list() == [None, None, None, *["geen_postcode"] * 2, None, "geen_postcode"]


def test_rare_texts_become_other_by_what_leaves_and_the_manifest_says_the_types(town):
    contract = town.contract(
        town.brp_contract.replace('bewerking = "jaar"', 'generaliseer = "jaren:10"').replace(
            'type = "tekst"\nwaarden = { M = "man", V = "vrouw" }', 'type = "tekst"\ngeneraliseer = "zeldzaam:10"'
        )
    )
    persons = many_persons(300)
    traits = ["NL"] * 260 + ["BE"] * 10 + ["XX"] * 9 + ["YY"] * 1 + [""] * 20
    given_rows = [
        ";".join([*row.split(";")[:3], trait, *row.split(";")[4:]]) for row, trait in zip(persons, traits, strict=True)
    ]
    # doubles do not make a rare value common
    town.deliver(contract, [town.persons(given_rows + given_rows[270:279])], town.project())
    table = pq.read_table(town.root / "pakket" / "personen.parquet")
    counts = pl.Series(table.column("geslacht").to_pylist()).value_counts().rows()
    assert dict(counts) == {"NL": 260, "BE": 10, "overig": 10, None: 20}
    assert set(table.column("geboortejaar").to_pylist()) <= set(range(1920, 2011, 10))
    manifest = load_package(town.root / "pakket", [town.custody.public_key()]).manifest
    types = {field.name: field.type for field in manifest.resources[0].table_schema.fields}
    assert (types["geboortejaar"], types["geslacht"]) == ("integer", "string")
