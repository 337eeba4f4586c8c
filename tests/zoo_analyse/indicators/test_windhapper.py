"""Windhapper: a natural-person owner without any known source of income; no income row is unknown, not yes."""

HOMES = """
    bag.woningen
    woning  buurtcode
    W1      A
    W2      A
    W3      A
    W4      B
    W5      B
    W6      B
"""


def test_no_source_of_income(answer):
    found = answer(
        "windhapper",
        HOMES
        + """
    kadaster.eigendom
    woning  eigenaar_persoon  eigenaar_rechtspersoon  datum_verkrijging
    W1      E1                -                       2001-01-01
    W2      E2                -                       2001-01-01
    W3      E3                -                       2001-01-01
    W4      E1                -                       2005-01-01
    W5      -                 R1                      2001-01-01

    inkomens.inkomens
    persoon  jaar  loon   uitkering  winst  huurinkomsten  pensioen
    E1       2016  0      0          0      0              0       # nothing at all
    E1       2015  30000  0          0      0              0       # another year says nothing
    E2       2016  0      0          -5000  0              1       # a loss, but one euro of pension
""",
    )
    assert found.values == {
        "W1": "ja",
        "W4": "ja",  # his other dwelling, in another area
        "W2": "nee",
        "W3": "?",  # E3 has no row in 2016: unknown
        # W5 belongs to a firm, W6 to nobody known: neither is in the population
    }
    assert found.units("W1") == {"eigenaren": "E1"}
    assert found.counts == {"A": (1, 2, 1), "B": (1, 1, 0)}


def test_a_missing_amount_is_unknown_unless_another_one_is_positive(answer):
    found = answer(
        "windhapper",
        HOMES
        + """
    kadaster.eigendom
    woning  eigenaar_persoon
    W1      E1
    W2      E2
    W3      E3

    inkomens.inkomens
    persoon  jaar  loon  uitkering  winst  huurinkomsten  pensioen
    E1       2016  -     0          0      0              0
    E2       2016  -     0          0      800            0
    E3       2016  0     0          0      0              0
    E3       2016  0     900        0      0              0    # a second row of one person counts too
""",
    )
    assert found.values == {"W1": "?", "W2": "nee", "W3": "nee"}


def test_two_owners_of_one_dwelling(answer):
    found = answer(
        "windhapper",
        HOMES
        + """
    kadaster.eigendom
    woning  eigenaar_persoon
    W1      E1
    W1      E2
    W2      E2
    W2      E3
    W4      E1
    W4      E3

    inkomens.inkomens
    persoon  jaar  loon  uitkering  winst  huurinkomsten  pensioen
    E1       2016  0     0          0      0              0
    E2       2016  100   0          0      0              0
""",
    )
    # W1: one of them is; W2: one is not, the other unknown; W4: one is, whatever the other
    assert found.values == {"W1": "ja", "W2": "?", "W4": "ja"}
    assert found.units("W1") == {"eigenaren": "E1 E2"}


def test_bought_after_the_reference_date_or_another_year(answer):
    text = (
        HOMES
        + """
    kadaster.eigendom
    woning  eigenaar_persoon  datum_verkrijging
    W1      E1                2016-12-31
    W2      E1                2017-01-01
    W3      E1                -

    inkomens.inkomens
    persoon  jaar  loon  uitkering  winst  huurinkomsten  pensioen
    E1       2016  0     0          0      0              0
    E1       2015  1     0          0      0              0
"""
    )
    assert answer("windhapper", text).values == {"W1": "ja", "W3": "ja"}
    assert answer("windhapper", text, peildatum="2017-01-01").values == {"W1": "ja", "W2": "ja", "W3": "ja"}
    assert answer("windhapper", text, jaar=2015).values == {"W1": "nee", "W3": "nee"}
