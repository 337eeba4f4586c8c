"""Verzamelaar: at least three dwellings and among the top 1 % of natural-person owners, ties included."""


def text_of(holdings, firm=0):
    """A text in which owner E<i> has holdings[i] dwellings, all in area A; a firm has `firm` more."""
    owners = [f"E{i}" for i, number in enumerate(holdings) for _ in range(number)]
    homes = "".join(f"    W{i} A\n" for i in range(len(owners) + firm))
    owned = "".join(f"    W{i} {owner} -\n" for i, owner in enumerate(owners))
    owned += "".join(f"    W{len(owners) + i} - R1\n" for i in range(firm))
    return (
        f"bag.woningen\n    woning buurtcode\n{homes}\n"
        f"kadaster.eigendom\n    woning eigenaar_persoon eigenaar_rechtspersoon\n{owned}"
    )


def collectors(found):
    return {found.units(home)["eigenaren"] for home, value in found.values.items() if value == "ja"}


def test_three_dwellings_and_top_one_percent(answer):
    found = answer(
        "verzamelaar",
        """
    bag.woningen
    woning  buurtcode
    W1      A
    W2      A
    W3      B
    W4      B

    kadaster.eigendom
    woning  eigenaar_persoon
    W1      E1
    W2      E1
    W3      E1                 # three dwellings, and nobody has more
    W4      E2
""",
    )
    assert found.values == {"W1": "ja", "W2": "ja", "W3": "ja", "W4": "nee"}
    assert found.units("W3") == {"eigenaren": "E1"}
    assert found.counts == {"A": (2, 2, 0), "B": (1, 2, 0)}


def test_ties_at_the_last_place_of_the_top_are_included(answer):
    # 200 owners, so the top 1 % is two: one has 4, and three share the second place with 3.
    found = answer("verzamelaar", text_of([4, 3, 3, 3] + [1] * 196))
    assert collectors(found) == {"E0", "E1", "E2", "E3"}


def test_three_dwellings_below_the_top_one_percent_are_not_enough(answer):
    # 200 owners: two have 4, so nobody with 3 is in the top two.
    found = answer("verzamelaar", text_of([4, 4, 3, 3] + [1] * 196))
    assert collectors(found) == {"E0", "E1"}


def test_one_more_owner_makes_the_top_larger(answer):
    # 201 owners: 1 % is 2.01, so the third place is still partly in the top.
    found = answer("verzamelaar", text_of([4, 4, 3] + [1] * 198))
    assert collectors(found) == {"E0", "E1", "E2"}


def test_top_without_three_dwellings_has_no_collector(answer):
    found = answer("verzamelaar", text_of([2] + [1] * 99))
    assert collectors(found) == set()


def test_parameters(answer):
    text = text_of([2] + [1] * 99)
    assert collectors(answer("verzamelaar", text, minimum=2)) == {"E0"}
    text = text_of([4, 4, 3, 3] + [1] * 196)
    assert collectors(answer("verzamelaar", text, top_procent=100)) == {"E0", "E1", "E2", "E3"}


def test_firms_are_outside_and_a_dwelling_counts_once_for_an_owner(answer):
    found = answer("verzamelaar", text_of([3, 1], firm=20))
    assert collectors(found) == {"E0"}
    assert len(found.values) == 3 + 1
    found = answer(
        "verzamelaar",
        """
    bag.woningen
    woning  buurtcode
    W1      A
    W2      A

    kadaster.eigendom
    eigendom  woning  eigenaar_persoon  datum_verkrijging
    K1        W1      E1                2001-01-01
    K2        W1      E1                2002-01-01   # a second share in the same dwelling
    K3        W2      E1                2003-01-01
    K4        W3      E1                2017-01-01   # bought after the reference date
""",
    )
    assert found.values == {"W1": "nee", "W2": "nee"}
