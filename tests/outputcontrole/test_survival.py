"""Survival as output: the numbers of statsmodels from shown counts only, and every way in which it must be refused."""

import re
from collections.abc import Callable
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from outputcontrole.answer import Answer
from outputcontrole.spec import Verdict
from outputcontrole.spec.recipe import Method, digests_of
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.world import Column, World, build, copy, uuid
from zoo_formaat.errors import UserError

COLUMNS: list[Column] = [
    ("wie", "uuid", "persoon", "persoon"),
    ("adres", "uuid", "adres", "adres"),
    ("groep", "string", None, None),
    ("maanden", "integer", None, None),
    ("jaren", "number", None, None),
    ("gezien", "boolean", None, None),
    ("status", "integer", None, None),
]
# Males with angina pectoris: died and lost per year; Gehan (1969), see tests/zoo_analyse/test_survival.py.
DIED = [456, 226, 152, 171, 135, 125, 83, 74, 51, 42, 43, 34, 18, 9, 6, 0]
LOST = [0, 39, 22, 23, 24, 107, 133, 102, 68, 64, 45, 53, 33, 27, 23, 30]
ALIVE = [81.1, 71.7, 65.2, 57.9, 51.9, 46.1, 41.7, 37.1, 33.4, 29.9, 25.6, 21.4, 18.4]


def people_rows() -> list[list[Any]]:
    """900 persons of two groups: months to an event, all followed for some time; a third group of eight."""
    rng = np.random.default_rng(11)
    rows: list[list[Any]] = []
    for number in range(900):
        group = "c" if number < 8 else "a" if number % 2 else "b"
        until, last = int(rng.exponential(18 if group == "a" else 26)), int(rng.integers(0, 60))
        seen = until <= last
        month = min(until, last)
        rows.append([uuid("mens", number), uuid("huis", number), group, month, month + 0.25, seen, int(seen)])
    return rows


def angina_rows() -> list[list[Any]]:
    rows: list[list[Any]] = []
    for year, (died, lost) in enumerate(zip(DIED, LOST, strict=True)):
        for number in range(died + lost):
            seen = number < died
            who = len(rows)
            rows.append([uuid("man", who), uuid("bed", who), "m", 12 * year + 3, year + 0.5, seen, int(seen)])
    return rows


ROWS = people_rows()
PEOPLE = pd.DataFrame(ROWS, columns=[name for name, *_ in COLUMNS])
ENDS = [6, 12, 18, 24, 36]
ASKED: dict[str, Any] = {
    "soort": "overlevingscurve",
    "bron": {"tabel": "extra.mensen"},
    "duur": "maanden",
    "gebeurtenis": "gezien",
    "tijdklassen": ENDS,
    "tel": "wie",
}
GROUPED = {**ASKED, "groep": "groep", "bescherming": "onderdrukken"}
ANGINA = {**ASKED, "bron": {"tabel": "extra.mannen"}, "duur": "jaren", "tijdklassen": list(range(1, 14))}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> World:
    extra = {"extra": {"mensen": (COLUMNS, ROWS), "mannen": (COLUMNS, angina_rows())}}
    return build(tmp_path_factory.mktemp("overleving") / "w", extra=extra)


@pytest.fixture
def changed(people: World, tmp_path: Path) -> Callable[..., World]:
    """Give a world whose persons are other ones."""

    def make(change: Callable[[list[list[Any]]], list[list[Any]]]) -> World:
        own = copy(people, tmp_path / "anders")
        own.sources["extra"] = {"mensen": (COLUMNS, change([list(row) for row in ROWS])), "mannen": (COLUMNS, [])}
        own.deliver("extra")
        own.register()
        return own

    return make


def number(text: str) -> float:
    return float(text.replace(",", "."))


def test_the_curve_is_the_one_of_statsmodels_on_the_same_steps(people: World) -> None:
    found = answer(people, ASKED)
    assert found.verdict is Verdict.FREE, found.findings
    assert {"tabel.csv", "tabel.xlsx", "tabel.parquet", "tabel.html", "figuur.svg", "figuur.png"} == set(found.files)
    table = csv(found.tables["tabel.csv"])
    # everything in a step happens at its end
    step = np.searchsorted(ENDS, PEOPLE["maanden"], side="right") + 1
    other = SurvfuncRight(step, PEOPLE["gezien"].astype(int))
    for place, survival, error, risk, events in zip(
        other.surv_times, other.surv_prob, other.surv_prob_se, other.n_risk, other.n_events, strict=True
    ):
        row = table.iloc[int(place) - 1]
        assert int(row["onder_risico"]) == risk
        if place > len(ENDS):
            assert set(row[2:]) == {"."}
            continue
        assert int(row["gebeurtenissen"]) == events
        assert number(row["overleving_procent"]) == pytest.approx(100 * survival, abs=0.051)
        assert number(row["standaardfout"]) == pytest.approx(100 * error, abs=0.051)
    assert list(table["maanden"]) == ["minder dan 6", "6 tot 12", "12 tot 18", "18 tot 24", "24 tot 36", "36 of meer"]


def test_an_integer_event_and_a_fractional_duration_ask_the_same(people: World) -> None:
    whole = answer(people, ASKED).tables["tabel.csv"].split(b"\n", 1)[1]
    assert answer(people, {**ASKED, "gebeurtenis": "status"}).tables["tabel.csv"].split(b"\n", 1)[1] == whole
    fractions = csv(answer(people, {**ASKED, "duur": "jaren", "tijdklassen": [6.25, 12.25, 24.25]}).tables["tabel.csv"])
    months = csv(answer(people, {**ASKED, "tijdklassen": [6, 12, 24]}).tables["tabel.csv"])
    assert fractions["onder_risico"].tolist() == months["onder_risico"].tolist()


def test_a_published_life_table_leaves_after_judgement(people: World) -> None:
    """Nobody was lost in the first year: whether that is how men were followed is for people to judge."""
    found = answer(people, {**ANGINA, "schatter": "sterftetafel"})
    assert found.verdict is Verdict.MANUAL
    assert [finding.rule for finding in found.findings] == ["verloop"]
    assert found.findings[0].judgement
    table = csv(found.tables["tabel.csv"])
    assert [number(text) for text in table["overleving_procent"][:-1]] == ALIVE
    assert int(table["onder_risico"].iloc[-1]) == 2418 - sum(DIED[:13]) - sum(LOST[:13])


def test_a_step_with_nine_deaths_is_refused_or_ends_the_curve(people: World) -> None:
    """Year 13 has 9 deaths."""
    late = {**ANGINA, "tijdklassen": list(range(1, 15))}
    refused = answer(people, late)
    assert refused.verdict is Verdict.REFUSED
    assert not refused.files
    assert "drempel" in {finding.rule for finding in refused.findings}
    table = csv(answer(people, {**late, "bescherming": "onderdrukken"}).tables["tabel.csv"])
    hidden = table["overleving_procent"] == "."
    # once hidden, hidden until the end
    assert hidden.tolist() == sorted(hidden)
    assert "9" not in set(table["gebeurtenissen"])


def test_a_small_group_has_no_curve_and_is_in_no_difference(people: World) -> None:
    found = answer(people, GROUPED)
    assert found.verdict is Verdict.PROTECTED
    table = csv(found.tables["tabel.csv"])
    assert set(table["groep"]) <= {"a", "b", "Totaal"}
    assert ">c<" not in found.files["figuur.svg"].decode()
    # a, b and everybody together would give c, so one of the three is not whole
    whole = {name for name, rows in table.groupby("groep") if "." not in set(rows["overleving_procent"][:-1])}
    assert whole != {"a", "b", "Totaal"}
    assert answer(people, {**GROUPED, "bescherming": "geen"}).verdict is Verdict.REFUSED


def test_what_is_published_gives_no_group_below_the_threshold(people: World) -> None:
    """Whatever one subtracts: every count shown, and every difference of two in a row, is of ten persons or of none."""
    for asked in (ASKED, {**ASKED, "bescherming": "onderdrukken"}, {**ANGINA, "bescherming": "onderdrukken"}):
        table = csv(answer(people, asked).tables["tabel.csv"])
        for column in ("onder_risico", "gebeurtenissen", "uit_beeld"):
            assert all(int(text) == 0 or int(text) >= 10 for text in table[column] if text != "."), column
        risks = [int(text) for text in table["onder_risico"] if text != "."]
        assert all(before - after >= 10 for before, after in pairwise(risks))
        events = [int(text) for text in table["gebeurtenissen"] if text != "."]
        censored = [int(text) for text in table["uit_beeld"] if text != "."]
        left = list(accumulate(e + c for e, c in zip(events, censored, strict=False)))
        assert risks[1 : len(left) + 1] == [risks[0] - gone for gone in left][: len(risks) - 1]


def test_the_figure_holds_no_time_of_anybody(people: World) -> None:
    """No marks of censoring, and an axis that ends where it was declared, not where the data does."""
    svg = answer(people, ASKED).files["figuur.svg"].decode()
    assert "niet getoond" not in svg
    written = re.findall(r">([^<>]+)</text>", svg)
    assert {text for text in written if text.isdigit()} == {"0", "5", "10", "15", "20", "25", "30", "35", "40"}
    # a tick mark per number on the axes and nothing else that repeats
    assert len(re.findall(r'<g id="line2d_\d+">', svg)) == 9 + 6 + 1


@pytest.mark.parametrize("asked", [ASKED, GROUPED])
def test_one_unit_with_one_event_in_a_step_is_hidden(changed: Callable[..., World], asked: dict[str, Any]) -> None:
    def rare(rows: list[list[Any]]) -> list[list[Any]]:
        for row in rows:
            if 6 <= row[3] < 12:
                row[5] = row[0] == uuid("mens", 21)
        next(row for row in rows if row[0] == uuid("mens", 21))[3:6] = [7, 7.25, True]
        return rows

    found = answer(changed(rare), {**asked, "bescherming": "onderdrukken"})
    table = csv(found.tables["tabel.csv"])
    assert "1" not in set(table["gebeurtenissen"])
    everybody = table[table["groep"] == "Totaal"] if "groep" in table else table
    assert everybody["overleving_procent"].iloc[1] == "."


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (3, -1, "waarden onder 0"),
        (5, None, "deel van de rijen leeg"),
    ],
)
def test_rows_that_are_no_durations_are_refused(
    changed: Callable[..., World], place: int, value: Any, words: str
) -> None:
    def broken(rows: list[list[Any]]) -> list[list[Any]]:
        rows[100][place] = value
        return rows

    found = answer(changed(broken), ASKED)
    assert found.verdict is Verdict.REFUSED
    assert words in found.findings[0].sentence


def test_a_third_value_of_the_event_is_refused(changed: Callable[..., World]) -> None:
    def third(rows: list[list[Any]]) -> list[list[Any]]:
        for row in rows[100:130]:
            row[6] = 2
        return rows

    found = answer(changed(third), {**ASKED, "gebeurtenis": "status"})
    assert found.verdict is Verdict.REFUSED
    assert "andere waarden dan 0 en 1" in found.findings[0].sentence


def test_missing_durations_take_no_part(changed: Callable[..., World]) -> None:
    def missing(rows: list[list[Any]]) -> list[list[Any]]:
        for row in rows[200:300]:
            row[3] = None
        return rows

    table = csv(answer(changed(missing), ASKED).tables["tabel.csv"])
    assert int(table["onder_risico"].iloc[0]) == 800


def test_a_doubled_row_counts_once(changed: Callable[..., World]) -> None:
    doubled = answer(changed(lambda rows: [*rows, *rows]), ASKED)
    assert int(csv(doubled.tables["tabel.csv"])["onder_risico"].iloc[0]) == 900


def test_a_unit_with_two_durations_is_refused(changed: Callable[..., World]) -> None:
    again = answer(changed(lambda rows: [*rows, [*rows[5][:3], 50, 50.25, *rows[5][5:]]]), ASKED)
    assert again.verdict is Verdict.REFUSED
    assert "meer dan één duur" in again.findings[0].sentence


def test_forty_persons_at_four_addresses_are_four(changed: Callable[..., World]) -> None:
    def crowded(rows: list[list[Any]]) -> list[list[Any]]:
        for number, row in enumerate(rows):
            row[1] = uuid("flat", number % 4)
        return rows

    found = answer(changed(crowded), {**ASKED, "bescherming": "onderdrukken"})
    assert found.verdict is Verdict.REFUSED
    assert "adressen" in {finding.sentence.rsplit(" ", 1)[-1] for finding in found.findings}


@pytest.mark.parametrize("seen", [True, False])
def test_all_seen_or_all_censored_is_judged(changed: Callable[..., World], seen: bool) -> None:
    def all_alike(rows: list[list[Any]]) -> list[list[Any]]:
        for row in rows:
            row[5] = seen
        return rows

    found = answer(changed(all_alike), ASKED)
    assert found.verdict is (Verdict.MANUAL if seen else Verdict.REFUSED)


def test_a_step_in_which_nearly_all_at_risk_have_the_event_is_refused(changed: Callable[..., World]) -> None:
    def sudden(rows: list[list[Any]]) -> list[list[Any]]:
        for number, row in enumerate(rows):
            early = number < 870
            row[3:6] = [number % 12 if number < 300 else 13 if early else 40, 1.0, early and number % 25 != 0]
        return rows

    found = answer(changed(sudden), {**ASKED, "tijdklassen": [12, 18]})
    assert found.verdict is Verdict.REFUSED
    assert "verloop" in {finding.rule for finding in found.findings}


def test_an_empty_group_and_an_empty_table_are_not_shown(people: World) -> None:
    only = {"filter": [{"kolom": "groep", "is": "!=", "waarde": "c"}]}
    table = csv(answer(people, {**GROUPED, **only}).tables["tabel.csv"])
    assert set(table["groep"]) == {"a", "b", "Totaal"}
    nobody = {"filter": [{"kolom": "maanden", "is": ">", "waarde": 900}]}
    assert answer(people, {**GROUPED, **nobody}).verdict is Verdict.REFUSED


def test_the_same_curve_released_before_leaves_again_and_a_near_one_does_not(own_survival: World) -> None:
    own_survival.submit_and_release(ASKED)
    assert answer(own_survival, ASKED).verdict is Verdict.FREE
    # without the eight of group c: the difference with what is out would show them
    near = {**ASKED, "filter": [{"kolom": "groep", "is": "!=", "waarde": "c"}]}
    assert answer(own_survival, near).verdict is Verdict.REFUSED


@pytest.fixture
def own_survival(people: World, tmp_path: Path) -> World:
    return copy(people, tmp_path / "eigen")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tijdklassen": [0, 6]}, "begint boven 0"),
        ({"tijdklassen": [6, 6]}, "oplopen"),
        ({"tijdklassen": [6]}, "tijdklassen"),
        ({"gebeurtenis": "maanden"}, "verschillende kolommen"),
        ({"bron": {"indicator": "windhapper"}}, "een indicator heeft geen duur"),
        ({"gebeurtenis": "groep"}, "geen ja/nee"),
        ({"gebeurtenis": "weg"}, "bestaat niet"),
        ({"duur": "groep"}, "dimensie met getallen"),
        ({"groep": "adres"}, "pseudoniem"),
    ],
)
def test_a_wrong_question_is_named(people: World, change: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        people.assess({**ASKED, **change})


def test_the_same_question_gives_the_same_bytes(people: World) -> None:
    def files() -> dict[str, bytes]:
        found: Answer = answer(people, GROUPED)
        return dict(found.files)

    assert files() == files()


def test_durations_that_a_recipe_makes_ask_the_same(people: World) -> None:
    """Half-months, and the units of a recipe behind them; what the table asked is what the recipe asks."""
    recipe = {
        "soort": "sql",
        "naam": "verloop",
        "sql": "SELECT wie, adres, maanden * 2 AS halve, gezien FROM extra.mensen",
    }
    digest = digests_of(Method.model_validate({"recepten": [recipe]}).recepten)["verloop"]
    asked = {
        **ASKED,
        "bron": {"recept": "verloop", "sha256": digest},
        "duur": "halve",
        "tijdklassen": [2 * end for end in ENDS],
    }
    (found,) = people.assess(asked, recepten=[recipe]).answers
    assert found.verdict is Verdict.FREE
    mine, plain = csv(found.tables["tabel.csv"]), csv(answer(people, ASKED).tables["tabel.csv"])
    assert mine.iloc[:, 1:].to_numpy().tolist() == plain.iloc[:, 1:].to_numpy().tolist()


def test_a_recipe_that_carries_one_person_everywhere_is_refused(people: World) -> None:
    """The rules on derived data hold for the rows of events too."""
    recipe = {
        "soort": "sql",
        "naam": "verloop",
        "sql": "SELECT a.wie, a.maanden, a.gezien FROM extra.mensen a JOIN extra.mensen b ON a.maanden = b.maanden",
    }
    digest = digests_of(Method.model_validate({"recepten": [recipe]}).recepten)["verloop"]
    (found,) = people.assess({**ASKED, "bron": {"recept": "verloop", "sha256": digest}}, recepten=[recipe]).answers
    assert found.verdict is Verdict.REFUSED
    assert [finding.rule for finding in found.findings] == ["bereik"]
