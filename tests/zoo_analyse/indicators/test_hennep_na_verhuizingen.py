"""Hennep na verhuizingen: a clearance with three or more move-ins in the two years before it."""

import pytest

HOMES = """
    bag.woningen
    woning  adres  buurtcode
    W1      A1     A
    W2      A2     A
    W3      A3     B

    brp.personen
    persoon  adres
    P3       A1
    P9       A3
"""


def test_clearance_after_three_moves(answer):
    found = answer(
        "hennep_na_verhuizingen",
        HOMES
        + """
    brp.verhuizingen
    persoon  datum       adres
    P1       2013-01-10  A1
    P2       2013-09-01  A1
    P3       2014-06-01  A1   # the third within two years
    P4       2013-01-10  A2
    P5       2014-06-01  A2   # only two
    P6       2013-01-10  A3
    P7       2013-06-10  A3
    P8       2014-01-10  A3   # three, but nothing was cleared here

    hennep.ruimingen
    ruiming  datum       adres
    H1       2014-10-01  A1
    H2       2014-10-01  A2
    H3       2014-10-01  A8   # an address that the BAG does not know
""",
    )
    assert found.values == {"W1": "ja", "W2": "nee", "W3": "nee"}
    assert found.units("W1") == {"personen": "P1 P2 P3"}
    assert found.units("W3") == {"personen": "P6 P7 P8 P9"}  # P9 lives there and never moved
    assert found.counts == {"A": (1, 2, 0), "B": (0, 1, 0)}


@pytest.mark.parametrize(
    ("first", "last", "value"),
    [
        ("2012-10-01", "2014-09-30", "ja"),  # from two years before to the day before
        ("2012-09-30", "2014-09-30", "nee"),  # the first is a day too early
        ("2012-10-01", "2014-10-01", "nee"),  # the last is on the day of the clearance
    ],
)
def test_edges_of_the_two_years(answer, first, last, value):
    found = answer(
        "hennep_na_verhuizingen",
        HOMES
        + f"""
    brp.verhuizingen
    persoon  datum       adres
    P1       {first}     A1
    P2       2013-09-01  A1
    P3       {last}      A1

    hennep.ruimingen
    ruiming  datum       adres
    H1       2014-10-01  A1
""",
    )
    assert found.values["W1"] == value


def test_a_family_moving_in_on_one_day_is_one_move(answer):
    found = answer(
        "hennep_na_verhuizingen",
        HOMES
        + """
    brp.verhuizingen
    persoon  datum       adres
    P1       2014-01-01  A1
    P2       2014-01-01  A1
    P3       2014-01-01  A1

    hennep.ruimingen
    ruiming  datum       adres
    H1       2014-10-01  A1
""",
    )
    assert found.values["W1"] == "nee"


def test_any_clearance_will_do_and_moves_of_two_clearances_do_not_add_up(answer):
    found = answer(
        "hennep_na_verhuizingen",
        HOMES
        + """
    brp.verhuizingen
    persoon  datum       adres
    P1       2005-01-01  A1
    P2       2005-02-01  A1
    P3       2012-01-01  A1
    P4       2013-01-01  A2
    P5       2013-02-01  A2
    P6       2013-03-01  A2

    hennep.ruimingen
    ruiming  datum       adres
    H1       2006-01-01  A1   # two before this one
    H2       2013-01-01  A1   # one before that one
    H3       2008-01-01  A2   # none
    H4       2014-01-01  A2   # three
""",
    )
    assert found.values == {"W1": "nee", "W2": "ja", "W3": "nee"}


def test_parameters(answer):
    text = (
        HOMES
        + """
    brp.verhuizingen
    persoon  datum       adres
    P1       2010-01-01  A1
    P2       2014-06-01  A1

    hennep.ruimingen
    ruiming  datum       adres
    H1       2014-10-01  A1
"""
    )
    assert answer("hennep_na_verhuizingen", text, minimum=1).values["W1"] == "ja"
    assert answer("hennep_na_verhuizingen", text, minimum=2).values["W1"] == "nee"
    assert answer("hennep_na_verhuizingen", text, minimum=2, jaren=5).values["W1"] == "ja"
    late = answer("hennep_na_verhuizingen", text, minimum=1, periode_start="2015-01-01")
    assert late.values["W1"] == "nee"
