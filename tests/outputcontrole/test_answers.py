"""The files that leave: numbers in them come from shown cells, and nothing else is in them."""

import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from outputcontrole.answer import Answer
from outputcontrole.render.tables import csv_bytes, decimal_comma
from outputcontrole.spec import Verdict
from tests.outputcontrole.world import BUURTEN, CLUSTERS, INHABITANTS, MAP, TREE, World, hits, share, sums

# Few dwellings are sold three times a day: all but the largest areas are hidden.
RARE = share("zeldzaam", minimum=2)


def csv(content: bytes) -> pd.DataFrame:
    header, *lines = [line.split(";") for line in content.decode().splitlines()]
    return pd.DataFrame(lines, columns=header)


def answer(world: World, output: dict[str, Any]) -> Answer:
    (found,) = world.assess(output).answers
    return found


def test_a_share_on_the_map_is_its_two_shown_counts(world: World) -> None:
    table = csv(answer(world, MAP).files["tabel.csv"])
    assert set(BUURTEN) <= set(table["gebied"])
    for row in table.to_dict("records"):
        assert (row["doorverkoop"] == ".") == (row["teller"] == ".") == (row["noemer"] == ".")
        if row["teller"] != ".":
            rate = 100 * int(row["teller"]) / int(row["noemer"])
            assert row["doorverkoop"] == f"{np.round(rate, 1):.1f}".replace(".", ",")


def test_a_map_says_no_more_than_its_table(world: World) -> None:
    """Every number in the drawing that has a decimal is a class bound; no tooltips, no identifiers."""
    found = answer(world, MAP)
    svg = found.files["kaart.svg"].decode()
    assert "<title" not in svg.replace("<title>Matplotlib", "")
    assert not any(code in svg for code in BUURTEN)
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", svg)


def test_two_worlds_with_the_same_shown_cells_give_the_same_model_answers(world: World) -> None:
    """Whatever a cluster or tree is made of comes from shown cells: change hidden cells only, nothing changes."""
    from outputcontrole.access import open_access
    from outputcontrole.basis import Basis
    from outputcontrole.evidence import Collector
    from outputcontrole.kinds import cluster_profile, decision_tree
    from outputcontrole.protection import TableProtection
    from outputcontrole.spec import Mark

    assessment = world.assess(CLUSTERS, TREE)
    access = open_access(assessment.packages)
    hide = {BUURTEN[2], BUURTEN[5]}
    made = []
    for replacement in (1, 7_654_321):
        tables = {}
        for key, table in assessment.tables.items():
            cells = table.evidence.cells.copy()
            hidden = cells["buurtcode"].isin(hide)
            cells.loc[hidden, [c for c in cells.columns if c != "buurtcode"]] = replacement
            marks = tuple(Mark.SECONDARY if h else m for h, m in zip(hidden, table.marks, strict=True))
            evidence = type(table.evidence)(table.evidence.table, cells, table.evidence.labels)
            tables[key] = TableProtection(evidence, marks, table.findings)
        clusters, tree = (output.output for output in assessment.answers)
        basis = Basis(tables, access, Collector(access, 1), assessment.policy)
        made.append({**cluster_profile.answer(clusters, basis).files, **decision_tree.answer(tree, basis).files})
    assert made[0] == made[1]
    assert len(made[0]) > 8


def test_a_trees_shares_never_say_all_or_none(world: World) -> None:
    nodes = json.loads(answer(world, TREE).files["boom.json"])["knopen"]
    assert len(nodes) > 1
    assert all(10 <= node["percentage"] <= 90 for node in nodes)
    assert all("≤" in node["aandeel"] for node in nodes if node["percentage"] == 10)
    assert all(node["gebieden"] >= 3 for node in nodes)


def test_too_few_areas_for_a_model_is_a_refusal(world: World) -> None:
    found = answer(world, {**TREE, "gebied": "gemeente"})
    assert found.verdict is Verdict.REFUSED
    assert found.files == {}


def test_open_figures_come_from_open_data_only(world: World) -> None:
    closed = {**INHABITANTS, "naam": "woz", "kolom": "bag.woningen.woz_waarde"}
    found = answer(world, {**CLUSTERS, "kenmerken": [share(), closed]})
    assert found.verdict is Verdict.REFUSED
    assert "geen open bron" in found.findings[0].sentence


def test_a_density_divides_a_shown_count_by_an_open_figure(world: World) -> None:
    feature = {
        "soort": "dichtheid",
        "naam": "per_inwoner",
        "bron": {"tabel": "bag.woningen"},
        "tel": "woning",
        "per": "gebieden.buurten.inwoners",
    }
    table = csv(answer(world, {"soort": "kaart", "kenmerk": feature, "klassen": [100, 300]}).files["tabel.csv"])
    for row in table.to_dict("records"):
        if row["teller"] != ".":
            expected = np.round(1000 * int(row["teller"]) / int(row["noemer"]), 1)
            assert row["per_inwoner"] == f"{expected:.1f}".replace(".", ",")
            assert int(row["noemer"]) == 100 + 7 * BUURTEN.index(row["gebied"])


def test_means_are_whole_and_half_goes_to_even(world: World) -> None:
    mean = csv(answer(world, sums(statistiek="gemiddelde")).files["tabel.csv"])
    total = csv(answer(world, sums()).files["tabel.csv"])
    for one, other in zip(mean.to_dict("records"), total.to_dict("records"), strict=True):
        if one["aantal"] != ".":
            assert one["gemiddelde_woz_waarde"] == str(round(int(other["som_woz_waarde"]) / int(other["aantal"])))


def test_numbers_in_any_text_that_travels_ask_for_judgement(world: World) -> None:
    assert answer(world, hits(titel="Alle 7 buurten")).verdict is Verdict.MANUAL
    assert answer(world, hits(toelichting="Het waren er 31.")).verdict is Verdict.MANUAL
    assert world.assess(hits(), vraag="Waarom zijn het er 31 in het centrum?").verdict is Verdict.MANUAL
    assert world.assess(hits(), populatie="Alle woningen, 1995 tot 2016").verdict is Verdict.FREE


def test_officers_see_every_file_that_leaves(own_world: World) -> None:
    bundle = own_world.submit_and_release(hits())
    preview = own_world.registration_path / "aanvragen" / bundle.name / "voorbeeld"
    left = {str(p.relative_to(bundle / "data")): p.read_bytes() for p in (bundle / "data").rglob("*") if p.is_file()}
    seen = {str(p.relative_to(preview)): p.read_bytes() for p in preview.rglob("*") if p.is_file()}
    assert left == seen
    assert "LEESMIJ.md" in left


def test_nothing_that_leaves_says_why_a_cell_is_hidden(own_world: World) -> None:
    """The digest of the report, which leaves, cannot be made by somebody who guesses the report."""
    from outputcontrole.bundle.verify import verify_bundle
    from zoo_formaat.canonical import digest, parse_json

    bundle = own_world.submit_and_release(sums("buurtcode", "woningtype"))
    report = own_world.registration_path / "aanvragen" / bundle.name / "toetsing.json"
    statement = verify_bundle(bundle, own_world.public_keys).statement
    assert statement.binding.verslag != digest(parse_json(report.read_bytes(), "toetsing"))
    text = b"".join(p.read_bytes() for p in bundle.rglob("*") if p.is_file())
    for word in (b"primair", b"secundair", b"drempel", b"herleidbaar", b"dominantie"):
        assert word not in text


@pytest.mark.parametrize(
    ("label", "written"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-3", "-3"), ("-3,5", "-3,5"), ('a"b;c', '"a""b;c"'), ("x\ny", '"x\ny"')],
)
def test_labels_are_no_formulas_and_do_not_break_the_table(label: str, written: str) -> None:
    assert csv_bytes(["kop"], [[label]]).decode() == f"kop\n{written}\n"


def test_decimal_comma_hides_what_is_missing() -> None:
    assert decimal_comma(12.25, 1) == "12,2"
    assert decimal_comma(float("nan"), 1) == "."
