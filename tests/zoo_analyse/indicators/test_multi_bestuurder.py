"""Multi-bestuurder: director of five foundations at once; counted are the foundations that have one."""

REGISTER = """
    bag.woningen
    woning  adres  buurtcode
    W1      A1     A
    W2      A2     B
    W3      A3     A
    W4      A3     B

    kvk.rechtspersonen
    rechtspersoon  rechtsvorm  adres
    S1             stichting   A1
    S2             stichting   A1
    S3             stichting   A1
    S4             stichting   A2
    S5             stichting   A2
    S6             stichting   A2
    S7             stichting   A3   # the address lies in two areas: nowhere
    S8             stichting   A9   # the address is not in the BAG
    V1             vereniging  A1
    B1             bv          A1
"""


def test_director_of_five_foundations(answer):
    found = answer(
        "multi_bestuurder",
        REGISTER
        + """
    kvk.bestuurders
    rechtspersoon  persoon  datum_in    datum_uit
    S1             P1       2010-01-01  -
    S2             P1       2010-01-01  -
    S3             P1       2010-01-01  -
    S4             P1       2010-01-01  -
    S5             P1       2010-01-01  -           # the fifth
    S5             P2       2010-01-01  -
    S6             P2       2010-01-01  -           # two only
    V1             P2       2010-01-01  -           # an association is no foundation
    B1             P2       2010-01-01  -
""",
    )
    assert found.values == {"S1": "ja", "S2": "ja", "S3": "ja", "S4": "ja", "S5": "ja", "S6": "nee"}
    assert found.units("S5") == {"personen": "P1 P2", "adres": "W2"}
    assert found.counts == {"A": (3, 3, 0), "B": (2, 3, 0)}


def test_only_directorships_at_the_reference_date_count_together(answer):
    found = answer(
        "multi_bestuurder",
        REGISTER
        + """
    kvk.bestuurders
    rechtspersoon  persoon  datum_in    datum_uit
    S1             P1       2010-01-01  -
    S2             P1       2010-01-01  2017-01-01  # leaves the day after: still there
    S3             P1       2016-12-31  -           # starts on the day itself
    S4             P1       -           -           # start unknown: began some time
    S5             P1       2010-01-01  2016-12-31  # leaves on the day itself: ended
    S6             P1       2017-01-01  -           # not yet
    S6             P3       2010-01-01  -
""",
    )
    assert set(found.values.values()) == {"nee"}  # four at once
    assert set(found.values) == {"S1", "S2", "S3", "S4", "S6"}
    earlier = answer(
        "multi_bestuurder",
        REGISTER
        + """
    kvk.bestuurders
    rechtspersoon  persoon  datum_in    datum_uit
    S1             P1       2010-01-01  -
    S2             P1       2010-01-01  -
    S3             P1       2010-01-01  -
    S4             P1       2010-01-01  -
    S5             P1       2010-01-01  2016-12-31
""",
        peildatum="2016-12-30",
    )
    assert set(earlier.values.values()) == {"ja"}  # a day earlier the fifth had not ended


def test_two_functions_in_one_foundation_are_one_and_unplaced_foundations_count_for_the_person(answer, database):
    text = (
        REGISTER
        + """
    kvk.bestuurders
    bestuurder  rechtspersoon  persoon  functie
    B1          S1             P1       voorzitter
    B2          S1             P1       secretaris   # the same foundation again
    B3          S2             P1       voorzitter
    B4          S7             P1       voorzitter
    B5          S8             P1       voorzitter   # has no area, but he does direct it
    B6          S6             P2       voorzitter
    B7          S6             -        voorzitter   # director without a number: unknown who
"""
    )
    assert set(answer("multi_bestuurder", text).values.values()) == {"nee"}
    found = answer("multi_bestuurder", text, minimum=4)
    assert found.values == {"S1": "ja", "S2": "ja", "S6": "nee"}
    assert found.units("S6") == {"personen": "P2", "adres": "W2"}


def test_foundations_without_an_area_are_counted_apart(database):
    from zoo_analyse.indicators import unplaced

    text = REGISTER + "\n    kvk.bestuurders\n    rechtspersoon persoon\n    S1 P1\n    S7 P1\n    S8 P2\n"
    assert unplaced(database(text), "multi_bestuurder") == 2  # S7 and S8
