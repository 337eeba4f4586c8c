"""Same-day resale (ABC-transactie): two or more sales of one dwelling on one date."""

HOMES = """
    bag.woningen
    woning  buurtcode
    W1      A
    W2      A
    W3      B
"""


def test_two_sales_on_one_day(answer):
    found = answer(
        "doorverkoop_zelfde_dag",
        HOMES
        + """
    kadaster.transacties
    transactie  woning  datum       verkoper_persoon  koper_persoon
    T1          W1      2010-05-04  E1                E2
    T2          W1      2010-05-04  E2                E3     # sold on the day it was bought
    T3          W2      2010-05-04  E4                E5
    T4          W2      2010-05-05  E5                E6     # a day later
    T5          W3      2010-05-04  E7                E8
    T5          W3      2010-05-04  E7                E9     # one sale to two buyers
""",
    )
    assert found.values == {"W1": "ja", "W2": "nee", "W3": "nee"}
    assert found.units("W1") == {"eigenaren": "E1 E2 E3"}
    assert found.units("W3") == {"eigenaren": "E7 E8 E9"}
    assert found.counts == {"A": (1, 2, 0), "B": (0, 1, 0)}


def test_three_on_a_day_as_parameter_and_the_period(answer):
    text = (
        HOMES
        + """
    kadaster.transacties
    transactie  woning  datum
    T1          W1      2016-12-31
    T2          W1      2016-12-31
    T3          W2      2017-01-01   # the day after the period
    T4          W2      2017-01-01
    T5          W3      2010-01-01
    T6          W3      2010-01-01
    T7          W3      2010-01-01
"""
    )
    assert answer("doorverkoop_zelfde_dag", text).values == {"W1": "ja", "W2": "nee", "W3": "ja"}
    assert answer("doorverkoop_zelfde_dag", text, minimum=3).values == {"W1": "nee", "W2": "nee", "W3": "ja"}
