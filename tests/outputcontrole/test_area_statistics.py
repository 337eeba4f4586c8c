"""Hotspots, reference images and small-area estimates: made of shown numbers, and of nothing else."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from outputcontrole.access import open_access
from outputcontrole.answer import Answer
from outputcontrole.basis import Basis
from outputcontrole.evidence import Collector
from outputcontrole.kinds import kind_of
from outputcontrole.protection import TableProtection
from outputcontrole.spec import Mark, Verdict
from tests.outputcontrole.world import BUURTEN, INHABITANTS, World, hits, share
from zoo_formaat.errors import UserError

HOTSPOTS = {"soort": "hotspotkaart", "kenmerk": share(), "titel": "Hotspots van doorverkoop"}
REFERENCE = {
    "soort": "referentiebeeld",
    "kenmerk": share(),
    "gelijk_op": [INHABITANTS],
    "gelijken": 5,
    "titel": "Doorverkoop per buurt",
}
ESTIMATE = {
    "soort": "kleinegebiedsschatting",
    "kenmerk": share(),
    "klassen": [20, 30, 40],
    "drempel": 35.0,
    "titel": "Doorverkoop, geschat",
}
DENSITY = {
    "soort": "dichtheid",
    "naam": "per_inwoner",
    "bron": {"tabel": "bag.woningen"},
    "tel": "woning",
    "per": "gebieden.buurten.inwoners",
}
ALL = [HOTSPOTS, REFERENCE, ESTIMATE]


def csv(content: bytes) -> pd.DataFrame:
    header, *lines = [line.split(";") for line in content.decode().splitlines()]
    return pd.DataFrame(lines, columns=header).set_index(header[0])


def answer(world: World, output: dict[str, Any]) -> Answer:
    (found,) = world.assess(output).answers
    return found


def number(text: str) -> float:
    return float(text.replace(",", "."))


def with_hidden(
    world: World, output: dict[str, Any], hide: set[str], behind: int = 1, **policy: Any
) -> tuple[Answer, Basis]:
    """Answer an output as if these areas were hidden, with other numbers behind what is hidden."""
    assessment = world.assess(output)
    access = open_access(assessment.packages)
    tables = {}
    for key, table in assessment.tables.items():
        cells = table.evidence.cells.copy()
        hidden = cells["buurtcode"].isin(hide)
        cells.loc[hidden, [name for name in cells.columns if name != "buurtcode"]] = behind
        marks = tuple(Mark.SECONDARY if out else mark for out, mark in zip(hidden, table.marks, strict=True))
        evidence = type(table.evidence)(table.evidence.table, cells, table.evidence.labels)
        tables[key] = TableProtection(evidence, marks, table.findings)
    basis = Basis(tables, access, Collector(access, 1), assessment.policy.model_copy(update=policy))
    asked = assessment.answers[0].output
    return kind_of(asked).answer(asked, basis), basis


@pytest.mark.parametrize("output", ALL, ids=lambda output: output["soort"])
def test_nothing_in_an_answer_depends_on_what_is_hidden(world: World, output: dict[str, Any]) -> None:
    hide = {BUURTEN[2], BUURTEN[5], BUURTEN[6]}
    one, _ = with_hidden(world, output, hide, behind=1)
    other, _ = with_hidden(world, output, hide, behind=7_654_321)
    assert one.files == other.files
    assert one.preview == other.preview
    assert one.verdict is Verdict.PROTECTED
    first = next(content for name, content in one.files.items() if name.endswith(".csv") and "gelijken" not in name)
    table = csv(first)
    own = {"hotspotkaart": "klasse", "referentiebeeld": "doorverkoop", "kleinegebiedsschatting": "waargenomen"}
    column = table[own[output["soort"]]]
    assert set(column.index[column == "."]) == hide


@pytest.mark.parametrize("output", ALL, ids=lambda output: output["soort"])
def test_figures_hold_no_codes_that_the_table_does_not_and_no_tooltips(world: World, output: dict[str, Any]) -> None:
    hide = {BUURTEN[2]}
    found, _ = with_hidden(world, output, hide)
    for name, content in found.files.items():
        if name.endswith(".svg"):
            text = content.decode()
            assert "<title" not in text.replace("<title>Matplotlib", "")
            assert BUURTEN[2] not in text


@pytest.mark.parametrize("output", ALL, ids=lambda output: output["soort"])
def test_all_hidden_is_a_refusal_that_says_so(world: World, output: dict[str, Any]) -> None:
    found, _ = with_hidden(world, output, set(BUURTEN))
    assert found.verdict is Verdict.REFUSED
    assert found.files == {}
    assert "geen enkel gebied" in found.findings[0].sentence


@pytest.mark.parametrize("output", [HOTSPOTS, ESTIMATE], ids=lambda output: output["soort"])
def test_too_few_areas_are_a_refusal(world: World, output: dict[str, Any]) -> None:
    found = answer(world, {**output, "gebied": "gemeente"})
    assert found.verdict is Verdict.REFUSED
    assert "vrijheidsgraden" in found.findings[0].sentence


# hotspots


def test_hotspots_leave_as_classes_only(world: World) -> None:
    """The class of every area against Gi* by hand: no statistic, p-value or value is in what leaves."""
    found, _ = with_hidden(world, HOTSPOTS, {BUURTEN[2]})
    table = csv(found.tables["hotspots.csv"])
    assert set(table.columns) == {"klasse", "buren"}
    assert set(table["klasse"]) <= {"hoog", "laag", "niet", "zonder buren", "."}
    record = json.loads(found.tables["toets.json"])
    assert record["getoetst"] == (table["klasse"] != ".").sum()
    assert set(record) == {"toets", "buren", "schaal", "fdr", "toeval", "plaatsingen", "getoetst", "hoog", "laag"}
    # a 4 x 4 board of squares
    assert table["buren"].value_counts().to_dict() == {"5": 8, "3": 4, "8": 4}
    # the class map has five colours at most, and no other number than those in words
    assert set(found.preview["gebieden"][0]) == {"gebied", "klasse"}


def test_a_gradient_over_the_city_is_found_at_both_ends(world: World) -> None:
    """Inhabitants rise steadily over the board (100 + 7 i): its first row is low, its last high."""
    found = answer(world, {**HOTSPOTS, "kenmerk": INHABITANTS, "fdr": 0.2})
    table = csv(found.tables["hotspots.csv"])["klasse"]
    assert set(table[BUURTEN[:4]]) <= {"laag", "niet"}
    assert set(table[BUURTEN[12:]]) <= {"hoog", "niet"}
    assert "laag" in set(table[BUURTEN[:4]])
    assert "hoog" in set(table[BUURTEN[12:]])
    assert found.verdict is Verdict.FREE


# reference image


def test_a_place_is_the_range_that_fits_with_the_hidden(world: World) -> None:
    hide = {BUURTEN[9], BUURTEN[10]}
    found, _ = with_hidden(world, REFERENCE, hide)
    table = csv(found.tables["referentiebeeld.csv"])
    shown = {code: number(value) for code, value in table["doorverkoop"].items() if value != "."}
    assert set(shown) == set(BUURTEN) - hide
    for code, value in shown.items():
        best = 1 + sum(other > value for other in shown.values())
        worst = sum(other >= value for other in shown.values()) + len(hide)
        assert table.at[code, "land_plaats"] == f"{best} tot {worst} van {len(BUURTEN)}"
    assert (table.loc[sorted(hide), ["land_klasse", "land_plaats", "gemeente_plaats"]] == ".").all(axis=None)
    assert (table.loc[sorted(hide), ["gelijken_lager", "gelijken_hoger"]] == ".").all(axis=None)


def test_a_reference_image_compares_with_areas_alike_in_open_figures(world: World) -> None:
    found = answer(world, REFERENCE)
    alike = csv(found.tables["gelijken.csv"])
    for code in (BUURTEN[0], BUURTEN[7]):
        # inhabitants rise with 7 per buurt: alike are the buurten next in line, the lower code first
        place = BUURTEN.index(code)
        expected = sorted((i for i in range(16) if i != place), key=lambda i, place=place: (abs(i - place), i))[:5]
        assert list(alike.loc[code, "gelijke"]) == [BUURTEN[i] for i in expected]
    table = csv(found.tables["referentiebeeld.csv"])
    peers = [number(table.at[other, "doorverkoop"]) for other in alike.loc[BUURTEN[7], "gelijke"]]
    assert number(table.at[BUURTEN[7], "gelijken_mediaan"]) == np.median(peers)
    own = number(table.at[BUURTEN[7], "doorverkoop"])
    assert int(table.at[BUURTEN[7], "gelijken_hoger"]) == sum(peer > own for peer in peers)


def test_a_closed_figure_is_no_ground_for_likeness(world: World) -> None:
    found = answer(world, {**REFERENCE, "gelijk_op": [{**INHABITANTS, "kolom": "bag.woningen.woz_waarde"}]})
    assert found.verdict is Verdict.REFUSED
    assert "geen open bron" in found.findings[0].sentence


def test_the_reference_image_of_an_open_figure_rests_on_nothing_protected(world: World) -> None:
    found = answer(world, {**REFERENCE, "kenmerk": INHABITANTS, "gelijk_op": []})
    assert found.verdict is Verdict.FREE
    table = csv(found.tables["referentiebeeld.csv"])
    assert table.at[BUURTEN[-1], "land_plaats"] == "1 van 16"
    assert "gelijken.csv" not in found.tables


# small-area estimates


def counts_of(world: World) -> pd.DataFrame:
    table = csv(answer(world, {"soort": "kaart", "kenmerk": share(), "klassen": [20]}).tables["tabel.csv"])
    return table[["teller", "noemer"]].astype(float)


def test_estimates_are_marshalls_from_the_counts_on_the_map(world: World) -> None:
    """From the published counts alone, with the binomial moments written out (Martuzzi and Elliott 1996)."""
    counts = counts_of(world).loc[BUURTEN]
    y, n = counts["teller"], counts["noemer"]
    m = y.sum() / n.sum()
    s2 = (n * (y / n - m) ** 2).sum() / n.sum()
    q, size = m * (1 - m), n.mean()
    weight = (n * s2 - n / size * q) / ((n - 1) * s2 + (size - n) / size * q)
    expected = 100 * (weight * y / n + (1 - weight) * m)
    found = answer(world, ESTIMATE)
    table = csv(found.tables["schattingen.csv"])
    for code in BUURTEN:
        assert number(table.at[code, "schatting"]) == pytest.approx(expected[code], abs=0.051)
        assert number(table.at[code, "ondergrens"]) < number(table.at[code, "schatting"])
        assert number(table.at[code, "schatting"]) < number(table.at[code, "bovengrens"])
        assert 1 <= int(table.at[code, "kans_boven_drempel"]) <= 99
    model = json.loads(found.tables["model.json"])
    assert model["gemiddelde"] == pytest.approx(100 * m, abs=0.051)


def test_hidden_areas_share_the_estimate_of_what_the_margins_leave(world: World) -> None:
    """Two hidden buurten of one wijk: the wijk's counts less those of its shown buurten, one estimate for both."""
    hide = {BUURTEN[1], BUURTEN[3]}
    found, _ = with_hidden(world, ESTIMATE, hide)
    table = csv(found.tables["schattingen.csv"])
    two = table.loc[sorted(hide)]
    assert set(two["over"]) == {"rest van WK900101"}
    assert two["schatting"].nunique() == two["ondergrens"].nunique() == 1
    assert set(two["waargenomen"]) == {"."}
    counts = counts_of(world)
    rest = counts.loc["WK900101"] - counts.loc[[BUURTEN[0], BUURTEN[2]]].sum()
    units = pd.concat([counts.loc[[code for code in BUURTEN if code not in hide]], rest.to_frame("rest").T])
    y, n = units["teller"], units["noemer"]
    m = y.sum() / n.sum()
    s2 = (n * (y / n - m) ** 2).sum() / n.sum()
    q, size = m * (1 - m), n.mean()
    weight = (n * s2 - n / size * q) / ((n - 1) * s2 + (size - n) / size * q)
    expected = 100 * (weight * y / n + (1 - weight) * m)["rest"]
    assert number(two["schatting"].iloc[0]) == pytest.approx(expected, abs=0.051)


def test_a_density_is_estimated_per_so_many(world: World) -> None:
    found = answer(world, {**ESTIMATE, "kenmerk": DENSITY, "klassen": [100, 300], "drempel": 250.0})
    table = csv(found.tables["schattingen.csv"])
    assert json.loads(found.tables["model.json"])["model"] == "gamma-poisson"
    shown = [number(value) for value in table["waargenomen"] if value != "."]
    assert len(shown) > 10
    estimates = [number(value) for value in table["schatting"]]
    assert min(shown) - 0.1 <= min(estimates) <= max(estimates) <= max(shown) + 0.1


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ({**ESTIMATE, "kenmerk": INHABITANTS}, "verwacht voor 'soort' een van 'aandeel', 'dichtheid'"),
        ({**ESTIMATE, "klassen": [30, 20]}, "moet oplopen"),
        ({**ESTIMATE, "drempel": 100.0}, "percentage onder 100"),
        ({**ESTIMATE, "drempel": 0.0}, "verwacht meer dan 0"),
        ({**HOTSPOTS, "fdr": 0.5}, "verwacht hooguit 0.2"),
        ({**HOTSPOTS, "statistiek": "z"}, "onbekend veld"),
        ({**HOTSPOTS, "gebied": "adres"}, "verwacht een van 'buurt'"),
        ({**REFERENCE, "gelijk_op": [share()]}, "gelijk_op"),
        ({**REFERENCE, "gelijk_op": [INHABITANTS, INHABITANTS]}, "twee keer"),
        ({**REFERENCE, "gelijken": 1}, "verwacht minstens 5"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(world: World, output: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        world.request(output)


def test_they_leave_through_the_door_and_are_answered_again_beside_history(own_world: World) -> None:
    bundle = own_world.submit_and_release(*ALL)
    left = {str(path.relative_to(bundle / "data")) for path in (bundle / "data").rglob("*") if path.is_file()}
    assert {
        "uitvoer-0/hotspots.csv",
        "uitvoer-0/kaart.png",
        "uitvoer-1/referentiebeeld.csv",
        "uitvoer-1/verdeling.svg",
        "uitvoer-2/schattingen.csv",
        "uitvoer-2/model.json",
        "LEESMIJ.md",
    } <= left
    assert own_world.assess(hits(), *ALL).verdict in {Verdict.FREE, Verdict.PROTECTED}
