"""Transitions and sequences as output: counts of units as loops find them, and what must be refused."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outputcontrole.answer import Answer
from outputcontrole.spec import Verdict
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.world import Column, World, build, copy, uuid
from zoo_formaat.errors import UserError

COLUMNS: list[Column] = [
    ("wie", "uuid", "persoon", "persoon"),
    ("adres", "uuid", "adres", "adres"),
    ("jaar", "integer", None, None),
    ("toestand", "string", None, None),
    ("klant", "boolean", None, None),
    ("wijk", "string", None, None),
]
STATES = ("huur", "koop", "inwonend")
CHANCE = {"huur": (0.6, 0.25, 0.15), "koop": (0.2, 0.7, 0.1), "inwonend": (0.5, 0.1, 0.4)}
Path_ = list[str]


def paths() -> dict[int, Path_]:
    """800 persons with 1 to 6 yearly states; five were once `weg`, one has 400 years between two states."""
    rng = np.random.default_rng(3)
    found: dict[int, Path_] = {}
    for who in range(800):
        state = str(rng.choice(STATES, p=(0.5, 0.2, 0.3)))
        path = [state]
        for _ in range(int(rng.integers(0, 6))):
            state = str(rng.choice(STATES, p=CHANCE[state]))
            path.append(state)
        found[who] = path
    for who in range(5):
        found[who] = [*found[who], "weg"]
    found[900] = ["huur", "koop"] * 200
    return found


PATHS = paths()
ROWS: list[list[Any]] = [
    [uuid("mens", who), uuid("huis", who), 1600 + place, state, state != "weg", f"wijk {who % 3}"]
    for who, path in PATHS.items()
    for place, state in enumerate(path)
]
SEQUENCE: dict[str, Any] = {
    "bron": {"tabel": "extra.woonloop"},
    "tel": "wie",
    "toestand": "toestand",
    "volgorde": "jaar",
    "bescherming": "onderdrukken",
}
MATRIX: dict[str, Any] = {**SEQUENCE, "soort": "overgangsmatrix"}
OVERVIEW: dict[str, Any] = {**SEQUENCE, "soort": "volgordeoverzicht", "klassen": [2, 4, 6]}
HOME = {"filter": [{"kolom": "toestand", "is": "!=", "waarde": "weg"}]}
Changed = Callable[[list[list[Any]]], World]


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("volgorde") / "w", extra={"extra": {"woonloop": (COLUMNS, ROWS)}})


@pytest.fixture
def changed(homes: World, tmp_path: Path) -> Changed:
    """Give a world with other rows."""

    def make(rows: list[list[Any]]) -> World:
        own = copy(homes, tmp_path / "anders")
        own.sources["extra"] = {"woonloop": (COLUMNS, rows)}
        own.deliver("extra")
        own.register()
        return own

    return make


def expected(known: dict[int, Path_], *, merge: bool = False) -> dict[tuple[str, str], set[int]]:
    """Who went from a state to a next one, with margins of persons, by loops."""
    found: dict[tuple[str, str], set[int]] = {}
    for who, states in known.items():
        path = [s for place, s in enumerate(states) if not merge or place == 0 or states[place - 1] != s]
        for start, to in itertools.pairwise(path):
            for key in ((start, to), (start, "Totaal"), ("Totaal", to), ("Totaal", "Totaal")):
                found.setdefault(key, set()).add(who)
    return found


def shown(found: Answer, name: str = "tabel.csv") -> dict[tuple[str, str], int]:
    table = csv(found.tables[name])
    rows = table[table["aantal"] != "."].itertuples(index=False)
    return {(row.van, row.naar): int(row.aantal) for row in rows}


def number(text: str) -> float:
    return float(text.replace(",", "."))


def test_a_matrix_counts_the_persons_that_loops_find(homes: World) -> None:
    found = answer(homes, {**MATRIX, **HOME})
    assert found.verdict.may_be_submitted, found.findings
    cells = shown(found)
    truth = expected({who: [s for s in path if s != "weg"] for who, path in PATHS.items()})
    assert len(cells) >= 12
    assert cells == {key: len(truth[key]) for key in cells}
    table = csv(found.tables["tabel.csv"])
    for row in table.to_dict("records"):
        if row["aandeel_van_rij_procent"] != ".":
            share = 100 * len(truth[row["van"], row["naar"]]) / len(truth[row["van"], "Totaal"])
            assert number(row["aandeel_van_rij_procent"]) == pytest.approx(share, abs=0.0501)


def test_staying_is_no_transition_when_neighbours_are_one(homes: World) -> None:
    cells = shown(answer(homes, {**MATRIX, **HOME, "herhalingen": "samenvoegen"}))
    known = {who: [s for s in path if s != "weg"] for who, path in PATHS.items()}
    truth = expected(known, merge=True)
    assert cells
    assert cells == {key: len(truth[key]) for key in cells}
    assert not any(start == to != "Totaal" for start, to in cells)


def test_a_margin_is_no_sum_and_a_unit_with_many_events_counts_once(homes: World) -> None:
    """Person 900 goes 200 times from huur to koop."""
    cells = shown(answer(homes, {**MATRIX, **HOME}))
    inner = sum(n for (start, to), n in cells.items() if "Totaal" not in {start, to})
    assert cells["Totaal", "Totaal"] == sum(len(path) > 1 for path in expected_paths().values()) < inner


def expected_paths() -> dict[int, Path_]:
    return {who: [s for s in path if s != "weg"] for who, path in PATHS.items()}


def test_five_persons_who_left_are_in_no_cell(homes: World) -> None:
    found = answer(homes, MATRIX)
    assert found.verdict is Verdict.PROTECTED
    assert "weg" not in found.tables["tabel.csv"].decode()
    assert answer(homes, {**MATRIX, "bescherming": "geen"}).verdict is Verdict.REFUSED


def test_two_matrices_that_differ_by_five_persons_do_not_both_leave_whole(homes: World) -> None:
    """With and without the five who left: no two shown cells may differ by fewer than ten persons, but by nobody."""
    first, second = homes.assess(MATRIX, {**MATRIX, **HOME}).answers
    one, other = shown(first), shown(second)
    assert one
    assert other
    for key in one.keys() & other.keys():
        assert one[key] == other[key] or abs(one[key] - other[key]) >= 10


def test_ten_thousand_events_of_one_person_make_one_person(changed: Changed) -> None:
    rows = [[uuid("mens", 1), uuid("huis", 1), n, STATES[n % 2], True, "wijk 1"] for n in range(10_000)]
    found = answer(changed(rows), MATRIX)
    assert found.verdict is Verdict.REFUSED
    assert not found.files


def test_doubled_rows_change_nothing(changed: Changed, homes: World) -> None:
    asked = {**MATRIX, **HOME}
    assert answer(changed([*ROWS, *ROWS]), asked).tables["tabel.csv"] == answer(homes, asked).tables["tabel.csv"]


def test_the_order_of_rows_changes_nothing(changed: Changed, homes: World) -> None:
    mixed = [ROWS[place] for place in np.random.default_rng(1).permutation(len(ROWS))]
    found = answer(changed(mixed), {**OVERVIEW, **HOME})
    assert dict(found.tables) == dict(answer(homes, {**OVERVIEW, **HOME}).tables)


def test_four_hundred_persons_at_four_addresses_are_four(changed: Changed) -> None:
    crowded = [[row[0], uuid("flat", number % 4), *row[2:]] for number, row in enumerate(ROWS)]
    found = answer(changed(crowded), {**MATRIX, **HOME})
    assert found.verdict is Verdict.REFUSED
    assert "adressen" in {finding.sentence.rsplit(" ", 1)[-1] for finding in found.findings}


def test_addresses_of_later_steps_do_not_lift_the_first_state(changed: Changed) -> None:
    """Everybody begins at one of three addresses and moves to an own one: what is said is about those three."""
    rows = [
        [row[0], uuid("begin", number % 3) if row[2] == 1600 else row[1], *row[2:]] for number, row in enumerate(ROWS)
    ]
    world = changed(rows)
    asked = {**OVERVIEW, **HOME, "onderdelen": ["eerste"]}
    assert answer(world, asked).verdict is Verdict.REFUSED
    assert answer(world, {**asked, "onderdelen": ["toestanden"]}).verdict.may_be_submitted


def test_one_state_tells_the_state_of_everybody(changed: Changed) -> None:
    rows = [[*row[:3], "huur", *row[4:]] for row in ROWS]
    found = answer(changed(rows), MATRIX)
    assert found.verdict is Verdict.REFUSED
    assert "groepsonthulling" in {finding.rule for finding in found.findings}


def test_nobody_with_two_states_is_no_matrix(changed: Changed) -> None:
    found = answer(changed([row for row in ROWS if row[2] == 1600]), MATRIX)
    assert found.verdict is Verdict.REFUSED


def test_a_filter_that_leaves_nearly_everybody_is_a_group(homes: World) -> None:
    """A filter inside the sequences is judged as any other: nearly all are `klant`."""
    asked = {**MATRIX, "filter": [{"kolom": "klant", "is": "=", "waarde": True}], "bescherming": "geen"}
    found = answer(homes, asked)
    assert found.verdict is Verdict.REFUSED
    assert "groepsonthulling" in {finding.rule for finding in found.findings}


def test_an_overview_has_the_numbers_of_loops(homes: World) -> None:
    found = answer(homes, {**OVERVIEW, **HOME})
    assert found.verdict.may_be_submitted
    parts = ("lengte", "toestanden", "eerste", "laatste", "overgangen")
    assert {f"{part}.{end}" for part in parts for end in ("csv", "xlsx", "parquet", "html")} == set(found.files)
    known = expected_paths()
    for part, of in (
        ("eerste", lambda path: {path[0]}),
        ("laatste", lambda path: {path[-1]}),
        ("toestanden", set),
        (
            "lengte",
            lambda path: {["minder dan 2", "2 tot 4", "4 tot 6", "6 of meer"][np.digitize(len(path), [2, 4, 6])]},
        ),
    ):
        table = csv(found.tables[f"{part}.csv"])
        visible = table[(table["aantal"] != ".") & (table.iloc[:, 0] != "Totaal")]
        assert len(visible) >= 2, part
        for label, n in zip(visible.iloc[:, 0], visible["aantal"], strict=True):
            assert int(n) == sum(label in of(path) for path in known.values())


def test_transitions_are_listed_by_how_many_made_them(homes: World) -> None:
    table = csv(answer(homes, {**OVERVIEW, **HOME, "hoogste": 4}).tables["overgangen.csv"])
    counts = table["aantal"].astype(int).tolist()
    truth = expected(expected_paths())
    inner = sorted((len(who) for key, who in truth.items() if "Totaal" not in key), reverse=True)
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == 4
    assert counts == inner[:4]


def test_a_representative_sequence_is_a_person(homes: World) -> None:
    found = answer(homes, {**OVERVIEW, "onderdelen": ["lengte", "voorbeeld"]})
    assert found.verdict is Verdict.REFUSED
    assert "levensloop van een persoon" in found.findings[0].sentence
    assert not found.files


def test_a_released_matrix_is_compared_with_the_next(homes: World, tmp_path: Path) -> None:
    """What is out is computed again from its record: without the five who left, they would show in the difference."""
    own = copy(homes, tmp_path / "eigen")
    own.submit_and_release({**MATRIX, **HOME})
    again = answer(own, {**MATRIX, **HOME})
    assert again.verdict.may_be_submitted
    cells = shown(again)
    for key, n in shown(answer(own, MATRIX)).items():
        if key in cells:
            assert n == cells[key] or abs(n - cells[key]) >= 10


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"toestand": "adres"}, "pseudoniem"),
        ({"toestand": "weg"}, "bestaat niet"),
        ({"volgorde": "wijk"}, "geen datum en geen getal"),
        ({"volgorde": "toestand"}, "drie verschillende kolommen"),
        ({"tel": "wijk"}, "beschermde eenheid"),
        ({"filter": [{"kolom": "adres", "is": "=", "waarde": "x"}]}, "filteren op één eenheid"),
        ({"bron": {"indicator": "windhapper"}}, "geen volgorde"),
    ],
)
def test_a_wrong_question_is_named(homes: World, change: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        homes.assess({**MATRIX, **change})


def test_a_column_called_as_an_own_one_is_named(tmp_path: Path) -> None:
    columns: list[Column] = [("van", "uuid", "persoon", "persoon"), *COLUMNS[1:]]
    world = build(tmp_path / "w", extra={"extra": {"woonloop": (columns, ROWS[:50])}})
    with pytest.raises(UserError, match="kolom 'van' heet als"):
        world.assess({**MATRIX, "tel": "van"})
