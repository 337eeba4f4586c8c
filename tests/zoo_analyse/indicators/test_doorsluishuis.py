"""Doorsluishuis: five ownership changes within any twenty years."""

import pytest

HOMES = """
    bag.woningen
    woning  buurtcode
    W1      A
    W2      A
    W3      B
"""


def test_five_changes_within_twenty_years(answer):
    found = answer(
        "doorsluishuis",
        HOMES
        + """
    kadaster.transacties
    transactie  woning  datum       verkoper_persoon  koper_persoon  koper_rechtspersoon
    T1          W1      1996-03-01  E1                E2             -
    T2          W1      1999-07-12  E2                E3             -
    T3          W1      2003-01-30  E3                -              R1
    T4          W1      2008-11-02  -                 E4             -
    T5          W1      2015-05-20  E4                E5             -    # the fifth, 19 years after the first
    T6          W2      1996-03-01  E6                E7             -
    T7          W2      1999-07-12  E7                E6             -
    T8          W2      2003-01-30  E6                E7             -
    T9          W2      2008-11-02  E7                E8             -    # only four
""",
    )
    assert found.values == {"W1": "ja", "W2": "nee", "W3": "nee"}
    assert found.units("W1") == {"eigenaren": "E1 E2 E3 E4 E5 R1"}
    assert found.units("W3") == {"eigenaren": ""}
    # teller, noemer, onbekend: of the two dwellings in A, one
    assert found.counts == {"A": (1, 1 + 1, 0), "B": (0, 1, 0)}


@pytest.mark.parametrize(
    ("fifth", "value"),
    [
        ("2015-02-28", "ja"),  # one day within twenty years
        ("2015-03-01", "nee"),  # twenty years to the day: outside
        ("2015-03-02", "nee"),
    ],
)
def test_exactly_twenty_years(answer, fifth, value):
    found = answer(
        "doorsluishuis",
        HOMES
        + f"""
    kadaster.transacties
    transactie  woning  datum
    T1          W1      1995-03-01
    T2          W1      1996-01-01
    T3          W1      1997-01-01
    T4          W1      1998-01-01
    T5          W1      {fifth}
""",
    )
    assert found.values["W1"] == value


def test_window_may_start_at_any_change(answer):
    found = answer(
        "doorsluishuis",
        HOMES
        + """
    kadaster.transacties
    transactie  woning  datum
    T1          W1      1995-01-01   # too long ago for the rest, but the next five fit
    T2          W1      2001-01-01
    T3          W1      2006-01-01
    T4          W1      2011-01-01
    T5          W1      2015-12-31
    T6          W1      2016-06-30
""",
    )
    assert found.values["W1"] == "ja"


def test_one_transaction_counts_once_and_two_on_one_day_count_twice(answer):
    found = answer(
        "doorsluishuis",
        HOMES
        + """
    kadaster.transacties
    transactie  woning  datum       koper_persoon
    T1          W1      2000-01-01  E1
    T1          W1      2000-01-01  E2             # two buyers, one change
    T2          W1      2001-01-01  E3
    T3          W1      2002-01-01  E4
    T4          W1      2003-01-01  E5             # four changes
    T5          W2      2000-01-01  E1
    T6          W2      2000-01-01  E2             # sold on, the same day: a change of its own
    T7          W2      2001-01-01  E3
    T8          W2      2002-01-01  E4
    T9          W2      2003-01-01  E5
""",
    )
    assert found.values == {"W1": "nee", "W2": "ja", "W3": "nee"}


def test_outside_the_period_or_the_register_of_dwellings_does_not_count(answer):
    found = answer(
        "doorsluishuis",
        HOMES
        + """
    kadaster.transacties
    transactie  woning  datum       koper_persoon
    T1          W1      1994-12-31  E1             # the day before the period
    T2          W1      1995-01-01  E2
    T3          W1      2000-01-01  E3
    T4          W1      2005-01-01  E4
    T5          W1      2010-01-01  E5
    T6          W9      2001-01-01  E6             # no such dwelling in the BAG
    T7          W9      2002-01-01  E6
    T8          W9      2003-01-01  E6
    T9          W9      2004-01-01  E6
    T10         W9      2005-01-01  E6
""",
    )
    assert found.values == {"W1": "nee", "W2": "nee", "W3": "nee"}
    assert found.units("W1") == {"eigenaren": "E2 E3 E4 E5"}


def test_parameters_move_the_limits(answer):
    text = (
        HOMES
        + """
    kadaster.transacties
    transactie  woning  datum
    T1          W1      2000-01-01
    T2          W1      2004-12-31
    T3          W2      2000-01-01
    T4          W2      2005-01-01
"""
    )
    assert answer("doorsluishuis", text, minimum=2, jaren=5).values == {"W1": "ja", "W2": "nee", "W3": "nee"}
    assert answer("doorsluishuis", text, minimum=2, jaren=6).values == {"W1": "ja", "W2": "ja", "W3": "nee"}
    later = answer("doorsluishuis", text, minimum=2, jaren=6, periode_start="2000-01-02")
    assert set(later.values.values()) == {"nee"}


def test_a_dwelling_in_two_areas_has_no_area(answer):
    found = answer(
        "doorsluishuis",
        """
    bag.woningen
    woning  buurtcode
    W1      A
    W1      B
    W2      A

    kadaster.transacties
    transactie  woning  datum
    T1          W1      2000-01-01
""",
    )
    assert found.values == {"W2": "nee"}
