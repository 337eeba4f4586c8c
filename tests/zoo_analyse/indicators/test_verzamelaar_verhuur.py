"""Verzamelaar in tourist letting: a host with three or more listings of an entire home."""


def test_three_entire_homes(answer):
    found = answer(
        "verzamelaar_verhuur",
        """
    airbnb.advertenties
    advertentie  aanbieder  kamertype        buurtcode
    L1           H1         Entire~home/apt  A
    L2           H1         Entire~home/apt  A
    L3           H1         Entire~home/apt  B           # his third entire home
    L4           H2         Entire~home/apt  B
    L5           H2         Entire~home/apt  B
    L6           H2         Private~room     B           # a room does not count, nor is it counted
    L7           -          Entire~home/apt  B           # host unknown
""",
    )
    assert found.values == {"L1": "ja", "L2": "ja", "L3": "ja", "L4": "nee", "L5": "nee", "L7": "?"}
    assert found.units("L1") == {"eigenaar": "H1"}
    assert found.counts == {"A": (2, 2, 0), "B": (1, 3, 1)}


def test_parameters(answer):
    text = """
    airbnb.advertenties
    advertentie  aanbieder  kamertype     buurtcode
    L1           H1         Private~room  A
    L2           H1         Private~room  A
    L3           H2         Private~room  A
"""
    assert answer("verzamelaar_verhuur", text).values == {}
    found = answer("verzamelaar_verhuur", text, kamertype="Private room", minimum=2)
    assert found.values == {"L1": "ja", "L2": "ja", "L3": "nee"}


def test_a_listing_with_two_hosts_is_unknown(answer):
    found = answer(
        "verzamelaar_verhuur",
        """
    airbnb.advertenties
    advertentie  aanbieder  kamertype        buurtcode
    L1           H1         Entire~home/apt  A
    L1           H2         Entire~home/apt  A
    L2           H1         Entire~home/apt  A
    L3           H1         Entire~home/apt  A
""",
    )
    assert found.values == {"L1": "?", "L2": "nee", "L3": "nee"}
