"""The quality report counts what the packages hold, in agreement with counting by hand, and names nobody."""

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pseudonimisering import canonical, ingest, normalise
from pseudonimisering.quality import measure
from pseudonimisering.quality.expectations import load_declarations
from pseudonimisering.quality.sources import ABSENT, NOT_LOOKED_AT, REMARKS
from zoo_formaat.errors import UserError


@pytest.fixture
def packages(town):
    project = town.project()
    rows = [*town.rows[:3], "012345672;Visser;19550607;M;H77003;9012EF;100;;II"]
    doubled = [*rows, rows[0]]
    town.deliver(town.contract(), [town.persons(doubled)], project, "brp")
    incomes = town.incomes([123456782.0, 12345672.0, 1234560.0])
    town.deliver(town.contract(town.income_contract, "i.toml"), [incomes], project, "inkomens")
    return [town.root / "brp", town.root / "inkomens"]


def test_rows_rejects_and_coverage(town, packages):
    report = measure(packages, town.custody.public_key()).as_json()
    assert report["tabellen"] == [
        {"bron": "brp", "tabel": "personen", "rijen": 4, "verworpen": {"dubbel": 1}},
        {"bron": "inkomens", "tabel": "inkomens", "rijen": 3, "verworpen": {}},
    ]
    counts = {(entry["bron"], entry["domein"]): entry["aantal"] for entry in report["domeinen"]}
    assert counts == {("brp", "persoon"): 4, ("inkomens", "persoon"): 3, ("brp", "adres"): 3, ("brp", "huishouden"): 3}
    (link,) = report["koppeling"]
    assert (link["domein"], link["gedeeld"], link["deel_bron"], link["deel_andere"]) == ("persoon", 2, 0.5, 2 / 3)
    assert report["ondertekening_gecontroleerd"] is True
    assert measure(packages).ondertekening_gecontroleerd is False


def test_packages_of_two_projects_or_of_one_source_twice_are_refused(town, packages):
    town.deliver(town.contract(), [town.persons(town.rows[:3])], town.project("b.toml", id="ander"), "brp2")
    with pytest.raises(UserError, match="niet koppelbaar"):
        measure([*packages, town.root / "brp2"])
    with pytest.raises(UserError, match="twee pakketten van dezelfde bron"):
        measure([packages[0], packages[0]])


def test_a_changed_package_is_refused(town, packages):
    file = packages[0] / "personen.parquet"
    content = bytearray(file.read_bytes())
    content[20] ^= 1
    file.write_bytes(content)
    with pytest.raises(UserError, match="gewijzigd"):
        measure(packages, town.custody.public_key())


def test_an_unreadable_file_is_one_line_without_values(make_package):
    package = make_package("brp", {"personen": {"persoon": ("persoon", ["a"])}})
    (package / "personen.parquet").write_bytes(b"PAR1 123456782 PAR1")
    with pytest.raises(UserError, match="onleesbaar of beschadigd") as caught:
        measure([package])
    assert "123456782" not in str(caught.value)


def test_names_of_counts_mean_the_same_here_as_where_they_are_made():
    assert {str(reason) for reason in normalise.ABSENT} == ABSENT
    assert {canonical.MARKED_MISSING, ingest.BELOW_COVERAGE} == REMARKS
    assert {canonical.OUTSIDE_PERIOD, ingest.UNEXPECTED_ROWS} == NOT_LOOKED_AT


def test_remarks_of_ingest_are_no_rejected_values(make_package):
    counts = {"wie.leeg": 2, "wie.gemarkeerd_ontbrekend": 2, "wie.onder_dekking": 2, "buiten_verwachting": 90}
    package = make_package("a", {"t": {"wie": ("persoon", ["p", "q", None, None])}}, {"t": counts})
    report = measure([package])
    (key,) = report.sleutels
    assert (key.aangeboden, key.ongeldig, key.geldigheid, key.dekking) == (2, 0, 1.0, 0.5)
    assert [(finding.soort, finding.waarde) for finding in report.bevindingen] == [("buiten_verwachting", 90)]


def test_validity_coverage_and_lost_links_by_hand(make_package):
    # 10 rows read: 1 double out, 2 empty, 2 fail; so 8 values offered, 6 usable of which 5 rows stay, 4 of 5 link
    owners = {"wie": ("persoon", ["a", "b", "c", "d", "vreemd", *[None] * 4])}
    rejected = {"eigendom": {"dubbel": 1, "buiten_periode": 7, "wie.leeg": 2, "wie.elfproef": 1, "wie.lengte": 1}}
    persons = {"persoon": ("persoon", list("abcdefgh"))}
    report = measure(
        [
            make_package("kadaster", {"eigendom": owners}, rejected, coverage={"wie": 0.9}),
            make_package("brp", {"personen": persons}),
        ],
    )
    key = report.sleutels[0]
    assert (key.aangeboden, key.ongeldig, key.redenen) == (8, 2, {"elfproef": 1, "lengte": 1})
    assert (key.geldigheid, key.gevuld, key.dekking, key.verwachte_dekking) == (0.75, 5, 5 / 9, 0.9)
    (link,) = report.verwachtingen
    assert (link.van, link.naar, link.herkomst) == ("kadaster.eigendom.wie", "brp.personen.persoon", "afgeleid")
    assert (link.verwacht, link.gevonden, link.deel, link.deel_rijen, link.omgekeerd) == (5, 4, 0.8, 0.8, 0.5)
    assert {reason: (lost.waarden, lost.geschat) for reason, lost in link.verloren.items()} == {
        "elfproef": (1, 0.8),
        "lengte": (1, 0.8),
    }
    assert [(finding.ernst, finding.soort) for finding in report.bevindingen] == [
        ("opvallend", "dekking"),
        ("let_op", "koppeling"),
    ]


def test_a_declared_expectation_replaces_the_derived_one_and_is_judged_harder(make_package, tmp_path):
    packages = [
        make_package("kadaster", {"eigendom": {"wie": ("persoon", ["a", "x"]), "woning": ("pand", ["p", "q"])}}),
        make_package("brp", {"personen": {"persoon": ("persoon", list("abc"))}}),
    ]
    file = tmp_path / "verwacht.toml"
    text = 'versie = 1\n[[verwacht]]\nvan = "kadaster.eigendom.wie"\nin = "{}"\nminimum = 0.8\n'
    file.write_text(text.format("brp.personen.persoon"))
    report = measure(packages, declared=load_declarations(file))
    (link,) = report.verwachtingen
    assert (link.herkomst, link.minimum, link.deel) == ("opgegeven", 0.8, 0.5)
    assert [(finding.ernst, finding.soort) for finding in report.bevindingen] == [("opvallend", "koppeling")]
    for wrong, message in (("brp.personen.bsn", "geen pakket heeft"), ("kadaster.eigendom.woning", "niet koppelbaar")):
        file.write_text(text.format(wrong))
        with pytest.raises(UserError, match=message):
            measure(packages, declared=load_declarations(file))


def test_the_base_register_goes_before_a_larger_one(make_package):
    report = measure(
        [
            make_package("ander", {"groot": {"persoon": ("persoon", list("abcdef"))}}),
            make_package("brp", {"personen": {"persoon": ("persoon", list("abc"))}}),
        ]
    )
    assert [(link.van, link.naar, link.deel) for link in report.verwachtingen] == [
        ("ander.groot.persoon", "brp.personen.persoon", 0.5)
    ]


values = st.lists(st.one_of(st.none(), st.sampled_from("abcdefghij")), max_size=25)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=values, two=values, three=values)
def test_counts_agree_with_counting_in_python(make_package, tmp_path, one, two, three):
    folder = f"v{len(list(tmp_path.iterdir()))}"
    columns = {"a.t.x": one, "a.u.x": two, "b.t.y": three}
    report = measure(
        [
            make_package("a", {"t": {"x": ("persoon", one)}, "u": {"x": ("persoon", two)}}, folder=f"{folder}a"),
            make_package("b", {"t": {"y": ("persoon", three)}}, folder=f"{folder}b"),
        ]
    )
    for key in report.sleutels:
        counts = Counter(value for value in columns[f"{key.bron}.{key.tabel}.{key.kolom}"] if value is not None)
        rows = list(counts.values())
        assert (key.gevuld, key.verschillende) == (sum(rows), len(rows))
        assert key.verdeling == {
            "1": rows.count(1),
            "2": rows.count(2),
            "3-5": sum(3 <= row <= 5 for row in rows),
            "6+": sum(row >= 6 for row in rows),
        }
    held = {"a": {*one, *two} - {None}, "b": {*three} - {None}}
    assert {(entry.bron, entry.aantal) for entry in report.domeinen} == {(name, len(held[name])) for name in held}
    assert [entry.gedeeld for entry in report.koppeling] == [len(held[x] & held[y]) for x, y in combinations(held, 2)]
    for link in report.verwachtingen:
        units, register = set(columns[link.van]) - {None}, set(columns[link.naar]) - {None}
        assert (link.verwacht, link.gevonden) == (len(units), len(units & register))
        rows = [value in register for value in columns[link.van] if value is not None]
        assert link.deel_rijen == (sum(rows) / len(rows) if rows else 0)


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("ZOO_FULL"), reason="full budget: make release-checks")
def test_two_million_persons_in_bounded_memory(make_package, tmp_path):
    persons = 2_000_000
    brp = make_package("brp", {"personen": {"persoon": ("persoon", []), "adres": ("adres", [])}})
    inkomens = make_package("inkomens", {"inkomens": {"persoon": ("persoon", [])}})
    bag = make_package("bag", {"woningen": {"adres": ("adres", [])}})

    def uuid(domain: str, number: str) -> str:
        return f"md5('{domain}' || ({number}))::UUID"

    made = {
        brp / "personen.parquet": f"SELECT {uuid('p', 'i')} AS persoon, {uuid('a', 'i // 2')} AS adres",
        inkomens / "inkomens.parquet": f"SELECT {uuid('p', 'i * 2 // 3')} AS persoon",
        bag / "woningen.parquet": f"SELECT {uuid('a', 'i')} AS adres",
    }
    for file, query in made.items():
        rows = persons // 2 if file.parent == bag else persons
        duckdb.sql(f"COPY ({query} FROM range({rows}) t(i)) TO '{file}'")
        manifest = file.parent / "datapackage.json"
        manifest.write_text(manifest.read_text().replace('"zoo:rijen": 0', f'"zoo:rijen": {rows}'))
    command = [str(Path(sys.executable).with_name("pseudonimisering")), "kwaliteit", "--json"]
    with (tmp_path / "verslag.json").open("wb") as target:
        child = subprocess.Popen([*command, str(brp), str(inkomens), str(bag)], stdout=target)
        _, status, used = os.wait4(child.pid, 0)
    assert status == 0
    peak = used.ru_maxrss / 1024
    report = json.loads((tmp_path / "verslag.json").read_text())
    (link,) = [link for link in report["verwachtingen"] if link["van"] == "inkomens.inkomens.persoon"]
    assert link["verwacht"] == link["gevonden"] == (persons - 1) * 2 // 3 + 1
    assert report["adressen"]["leegstand"]["leeg"] == 0
    assert peak < 900, f"{peak:.0f} MB"
