"""Surname, prefix, given names and date of birth."""

import itertools
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudonimisering.normalise import normalise_person


def text(values) -> pl.Series:
    return pl.Series(list(values), dtype=pl.String)


def persons(cells) -> list[str | None]:
    return normalise_person(*map(text, zip(*cells, strict=True))).values.to_list()


def reason(*cells) -> str | None:
    return normalise_person(*(text([cell]) for cell in cells)).reasons.item()


@pytest.mark.parametrize(
    "spellings",
    [
        [("Berg", "van der"), ("van der Berg", ""), ("Berg, van der", ""), ("Berg van der", ""), ("Berg", "v.d."),
         ("v.d. Berg", ""), ("v.d.Berg", ""), ("v/d Berg", ""), ("vd Berg", ""), ("BERG", "VAN DER"),
         ("van der Berg", "van der"), ("der Berg", "van"), ("Berg,v.d.", None), ("van  der\u00a0Berg", "")],
        [("Hof", "van 't"), ("van 't Hof", ""), ("Hof", "van het"), ("Hof", "v. 't"), ("Hof, van ’t", ""),
         ("van‘t Hof", ""), ("Hof", "van t")],
        [("Vries", "de"), ("de Vries", ""), ("Vries, de", ""), ("Vries de", ""), ("DE VRIES", "De")],
        [("Jansen-de Boer", ""), ("Jansen - de Boer", ""), ("Jansen–de Boer", ""), ("Jansen de Boer", "")],
        [("Müller", ""), ("Mu\u0308ller", ""), ("MULLER", ""), ("Mül\u00adler", "")],
        [("Ørsted", ""), ("Orsted", "")],
        [("Weiß", ""), ("WEISS", "")],
        [("Ĳssel", ""), ("IJssel", "")],
        [("Dijk", "v."), ("van Dijk", ""), ("Dijk", "van")],
    ],
)  # fmt: skip
def test_spellings_of_one_surname_meet(spellings):
    found = persons([(surname, prefix, "Jan", "19700501") for surname, prefix in spellings])
    assert None not in found
    assert len(set(found)) == 1


def test_surnames_that_differ_stay_apart():
    surnames = [
        ("Berg", ""), ("Berg", "van"), ("Berg", "van der"), ("Berg", "ter"), ("Berg", "de"), ("Bergh", "van der"),
        ("Jansen-de Boer", ""), ("de Boer-Jansen", ""), ("Vandenberg", ""), ("Dijkstra", ""), ("Dykstra", ""),
        ("Muller", ""), ("Mueller", ""), ("van der", ""), ("Ten", ""), ("Hof", "van 't"), ("Hof", "in 't"),
    ]  # fmt: skip
    found = persons([(surname, prefix, "Jan", "19700501") for surname, prefix in surnames])
    assert None not in found
    assert len(set(found)) == len(surnames)


@pytest.mark.parametrize(
    "spellings",
    [
        ["J.P.", "J. P.", "J P", "j.p", " J. P. "],
        ["Johannes Petrus", "JOHANNES  PETRUS", "Johannes-Petrus"],
        ["Johannes P.", "Johannes P"],
        ["Th.J.", "TH. J."],
        ["Zoë", "Zoe", "ZOE\u0308"],
    ],
)
def test_spellings_of_given_names_meet(spellings):
    assert len(set(persons([("Jansen", "", spelled, "19700501") for spelled in spellings]))) == 1


def test_initials_never_equal_names():
    given_names = ["Johannes", "J.", "Johannes Petrus", "Johannes P.", "J.P.", "JP", "Petrus Johannes", "Jan", "Joh."]
    found = persons([("Jansen", "", name, "19700501") for name in given_names])
    assert len(set(found)) == len(given_names)


def test_an_incomplete_date_never_equals_a_complete_one():
    dates = ["19700000", "19700500", "19700501", "19700101", "00000000", "19700100", "19710000"]
    found = persons([("Jansen", "", "Jan", day) for day in dates])
    assert [form.split("|")[2] for form in found] == dates
    spelled = ["00-00-1970", "00-05-1970", "1-5-1970", "1970-01-01T00:00:00", "00-00-0000", "1970-01-00", "19710000.0"]
    assert persons([("Jansen", "", "Jan", day) for day in spelled]) == found


def test_dates_agree_with_the_calendar():
    days = [f"{y:04d}{m:02d}{d:02d}" for y, m, d in itertools.product([1899, 1900, 2000, 2024], range(14), range(33))]

    def exists(day: str) -> bool:
        year, month, number = int(day[:4]), int(day[4:6]), int(day[6:])
        if number == 0:
            return month <= 12
        try:
            date(year, month, number)
        except ValueError:
            return False
        return True

    found = persons([("Jansen", "", "Jan", day) for day in days])
    assert [form is not None for form in found] == [exists(day) for day in days]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("", "", "", ""), "leeg"),
        ((".", "", ".", ""), "leeg"),
        (("", "van", "Jan", "19700501"), "onvolledig"),
        (("Jansen", "", "", "19700501"), "onvolledig"),
        (("Jansen", "", "Jan", ""), "onvolledig"),
        (("onbekend", "", "Jan", "19700501"), "onvolledig"),
        (("N.N.", "", "Jan", "19700501"), "onvolledig"),
        (("Jansen?", "", "Jan", "19700501"), "formaat"),
        (("Jansen", "3", "Jan", "19700501"), "formaat"),
        (("Jansen", "", "Jan (Johan)", "19700501"), "formaat"),
        (("Jansen", "", "Jan", "1970"), "datum"),
        (("Jansen", "", "Jan", "01051970"), "datum"),
        (("Jansen", "", "Jan", "19700010"), "datum"),
        (("Jansen", "", "Jan", "00000501"), "datum"),
        (("Jansen", "", "Jan", "1-5-70"), "datum"),
        (("Jansen", "", "Jan", "onbekend"), "datum"),
    ],
)
def test_what_is_no_person_says_why(cells, expected):
    assert reason(*cells) == expected


name = st.text("abcdeëéïønrst-' .", min_size=1, max_size=10) | st.text(max_size=8)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(name, st.sampled_from(["", "van", "v.d.", "van 't", "de", "d'"]) | name, name),
        min_size=10,
        max_size=40,
    )
)
def test_the_form_is_canonical_on_any_text(cells):
    once = [form for form in persons([(*cell, "19700500") for cell in cells]) if form is not None]
    parts = [(surname, "", given, birth) for surname, given, birth in (form.split("|") for form in once)]
    if parts:
        assert persons(parts) == once


family = st.tuples(
    st.sampled_from(["", "van", "van der", "de", "ter", "van 't", "in 't", "op de", "d'", "la", "el"]),
    st.sampled_from(["Berg", "Vries", "Jansen", "Hof", "Boer-Bakker", "Müller", "Zwart", "Bergen"]),
)
people = st.tuples(
    family, st.sampled_from(["Jan", "Johanna", "J.", "J.P.", "Jan P."]), st.dates(date(1900, 1, 1), date(2199, 12, 31))
)


@settings(max_examples=15, deadline=None)
@given(st.sets(people, min_size=5, max_size=40))
def test_two_persons_never_meet(drawn):
    cells = [(surname, prefix, given, day.strftime("%Y%m%d")) for (prefix, surname), given, day in drawn]
    found = persons(cells)
    assert None not in found
    assert len(set(found)) == len(cells)
    # the prefix in the column of the surname makes no other person
    together = [(f"{prefix} {surname}", None, given, day) for surname, prefix, given, day in cells]
    behind = [(f"{surname}, {prefix}" if prefix in {"van", "de", "ter"} else f"{prefix} {surname}", "", given, day)
              for surname, prefix, given, day in cells]  # fmt: skip
    assert persons(together) == persons(behind) == found
