"""The chapter on addresses, against counting in Python, and what it must not show."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pseudonimisering.quality import measure


def town_of(make_package, homes, dwellings, areas, folder=""):
    """BRP with a person per entry of `homes` (their address), BAG with `dwellings` in `areas`."""
    people = {"persoon": ("persoon", [f"p{i}" for i in range(len(homes))]), "adres": ("adres", homes)}
    houses = {"adres": ("adres", dwellings), "buurtcode": ("string", areas)}
    return [
        make_package(
            "brp", {"personen": people}, {"personen": {"adres.onvolledig": 3, "adres.postcode": 2}}, f"{folder}p"
        ),
        make_package("bag", {"woningen": houses}, folder=f"{folder}w"),
    ]


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    homes=st.lists(st.sampled_from([f"a{i}" for i in range(12)]), min_size=1, max_size=60),
    dwellings=st.sets(st.sampled_from([f"a{i}" for i in range(14)]), min_size=1).map(sorted),
)
def test_vacancy_crowding_and_unknown_addresses_agree_with_python(make_package, tmp_path, homes, dwellings):
    folder = f"v{len(list(tmp_path.iterdir()))}"
    chapter = measure(town_of(make_package, homes, dwellings, ["B1"] * len(dwellings), folder)).adressen
    assert (chapter.leegstand.adressen, chapter.leegstand.leeg) == (len(dwellings), len(set(dwellings) - set(homes)))
    (persons,) = chapter.bezetting
    counts = list(Counter(homes).values())
    bounds = {"1": (1, 1), "2": (2, 2), "3-5": (3, 5), "6-9": (6, 9), "10-19": (10, 19), "20+": (20, 10**6)}
    assert persons.verdeling == {
        label: sum(least <= count <= most for count in counts) for label, (least, most) in bounds.items()
    }
    brp, bag = chapter.kolommen
    outside = [home for home in homes if home not in dwellings]
    assert (brp.buiten_register, brp.rijen_buiten_register) == (len(set(outside)), len(outside))
    assert (brp.onvolledig, brp.fout) == (3, {"postcode": 2})
    assert bag.buiten_register is None


def test_an_area_is_shown_only_with_every_count_at_or_above_the_threshold(make_package):
    # area -> (inhabited, empty); C and D fail one of both, and so does E
    sizes = {"A": (30, 20), "B": (30, 10), "C": (30, 9), "D": (9, 30), "E": (9, 9)}
    dwellings = [f"{area}{i}" for area, (full, empty) in sizes.items() for i in range(full + empty)]
    homes = [f"{area}{i}" for area, (full, _) in sizes.items() for i in range(full)]
    packages = town_of(make_package, homes, dwellings, [name[0] for name in dwellings])
    vacancy = measure(packages).adressen.leegstand
    assert [(area.gebied, area.adressen, area.leeg) for area in vacancy.gebieden] == [("A", 50, 20), ("B", 40, 10)]
    assert vacancy.gebieden_verzwegen == 3
    assert measure(packages, smallest=31).adressen.leegstand.gebieden == []


def test_one_area_that_is_left_out_takes_another_with_it(make_package):
    sizes = {"A": (30, 20), "B": (30, 10), "C": (30, 4)}
    dwellings = [f"{area}{i}" for area, (full, empty) in sizes.items() for i in range(full + empty)]
    homes = [f"{area}{i}" for area, (full, _) in sizes.items() for i in range(full)]
    vacancy = measure(town_of(make_package, homes, dwellings, [name[0] for name in dwellings])).adressen.leegstand
    # the total is shown, so C alone could be had by subtraction
    assert [area.gebied for area in vacancy.gebieden] == ["A"]
    assert vacancy.gebieden_verzwegen == 2


def test_codes_that_the_public_list_does_not_have(make_package):
    codes = ["BU1"] * 30 + ["BU9"] * 11 + ["BU8"] * 2 + [None]
    listed = make_package("gebieden", {"buurten": {"buurtcode": ("string", ["BU1", "BU2"])}}, public=True)
    houses = {"adres": ("adres", [f"a{i}" for i in codes and range(len(codes))]), "buurtcode": ("string", codes)}
    report = measure([make_package("bag", {"woningen": houses}), listed])
    (entry,) = report.adressen.codes
    assert (entry.referentie, entry.rijen, entry.rijen_dood, entry.codes) == ("gebieden.buurten.buurtcode", 43, 13, 2)
    assert "dode_codes" in {finding.soort for finding in report.bevindingen}
    assert "BU9" not in str(report.as_json())
    assert report.adressen.postcodes_meetbaar is False


def test_without_registers_the_chapter_says_what_it_lacks(make_package):
    chapter = measure([make_package("hennep", {"ruimingen": {"adres": ("adres", ["a", "a", None])}})]).adressen
    assert (chapter.leegstand, chapter.bezetting, chapter.codes) == (None, [], [])
    assert chapter.kolommen[0].buiten_register is None
