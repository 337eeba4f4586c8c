"""Dubbel registratienummer: a registration number used by two or more listings; no number is unknown."""


def test_number_used_twice(answer):
    found = answer(
        "dubbel_registratienummer",
        """
    airbnb.advertenties
    advertentie  aanbieder  registratienummer  vrijgesteld  buurtcode
    L1           H1         N1                 nee          A
    L2           H2         N1                 nee          B     # the same number, another host and area
    L3           H3         N2                 nee          A
    L4           H3         -                  nee          A     # no number
    L5           H4         -                  ja           A     # exempt: not in the population
    L6           H5         -                  ja           A
    L7           H6         -                  -            A     # not known whether exempt, and no number
""",
    )
    assert found.values == {"L1": "ja", "L2": "ja", "L3": "nee", "L4": "?", "L7": "?"}
    # H2 could change the answer for L1 by taking his own listing away
    assert found.units("L1") == {"eigenaren": "H1 H2"}
    assert found.units("L4") == {"eigenaren": "H3"}
    assert found.counts == {"A": (1, 2, 2), "B": (1, 1, 0)}


def test_one_host_twice_counts_and_three_as_parameter(answer):
    text = """
    airbnb.advertenties
    advertentie  aanbieder  registratienummer  buurtcode
    L1           H1         N1                 A
    L2           H1         N1                 A
    L3           H2         N2                 A
    L4           H3         N2                 A
    L5           H4         N2                 A
"""
    found = answer("dubbel_registratienummer", text)
    assert set(found.values.values()) == {"ja"}
    found = answer("dubbel_registratienummer", text, minimum=3)
    assert found.values == {"L1": "nee", "L2": "nee", "L3": "ja", "L4": "ja", "L5": "ja"}
