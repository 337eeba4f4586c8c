"""Declared classes in tables: pandas' own classes of the same rows, and nothing that a class could single out."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outputcontrole.asked import AskedTable
from outputcontrole.classes import class_labels
from outputcontrole.kinds import asked_tables
from outputcontrole.spec import FrequencyTable, Verdict, parse_request
from tests.outputcontrole.people import asked, frame, people
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.world import World
from zoo_formaat.document import parse_values
from zoo_formaat.errors import UserError

AGES = [18.0, 40.0, 65.0]
LABELS = ["minder dan 18", "18 tot 40", "40 tot 65", "65 of meer"]


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> World:
    return people(tmp_path_factory.mktemp("klassen") / "w")


def classed() -> pd.DataFrame:
    rows = frame().dropna(subset=["leeftijd"])
    rows["klasse"] = pd.cut(rows["leeftijd"], [-np.inf, *AGES, np.inf], right=False, labels=LABELS).astype(str)
    return rows


def shown(world: World, question: dict[str, Any]) -> pd.DataFrame:
    found = answer(world, question)
    assert found.verdict in {Verdict.FREE, Verdict.PROTECTED}
    return csv(found.files["tabel.csv"]).set_index(question["dimensies"])


def number(text: str) -> float:
    return float(text.replace(",", "."))


def groups(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {**dict(list(rows.groupby("klasse"))), "Totaal": rows}


def test_counts_are_those_of_pd_cut_in_reading_order(survey: World) -> None:
    table = shown(survey, asked("frequentietabel", "leeftijd", klassen={"leeftijd": AGES}))
    assert list(table.index) == [*LABELS, "Totaal"]
    expected = {label: held["wie"].nunique() for label, held in groups(classed()).items()}
    assert {label: int(text) for label, text in table["aantal"].items()} == expected


def test_classes_beside_another_dimension(survey: World) -> None:
    table = shown(survey, asked("frequentietabel", "groep", "leeftijd", klassen={"leeftijd": AGES}))
    expected = classed().groupby(["groep", "klasse"]).size()
    found = {key: int(text) for key, text in table["aantal"].items() if "Totaal" not in key and text != "."}
    assert len(found) == 8
    assert found == {key: int(expected[key]) for key in found}


@pytest.mark.parametrize("statistic", ["som", "gemiddelde", "standaardafwijking", "scheefheid", "kurtosis"])
def test_statistics_per_class_are_those_of_pandas(survey: World, statistic: str) -> None:
    question = asked("magnitudetabel", "leeftijd", klassen={"leeftijd": AGES}, maat="inkomen", statistiek=statistic)
    table = shown(survey, question)[f"{statistic}_inkomen"]
    name = {
        "som": "sum",
        "gemiddelde": "mean",
        "standaardafwijking": "std",
        "scheefheid": "skew",
        "kurtosis": "kurt",
    }
    for label, held in groups(classed()).items():
        expected = getattr(held["inkomen"], name[statistic])()
        assert number(table[label]) == pytest.approx(expected, rel=0.006, abs=0.6 if statistic == "gemiddelde" else 0)


def test_ratios_quantiles_modes_concentration_and_extremes_per_class(survey: World) -> None:
    classes = {"klassen": {"leeftijd": AGES}}
    ratio = shown(
        survey, asked("verhoudingstabel", "leeftijd", teller={"maat": "inkomen"}, noemer={"maat": "huur"}, **classes)
    )
    median = shown(survey, asked("kwantieltabel", "leeftijd", maat="inkomen", punten=[0.5], **classes))
    mode = shown(survey, asked("modustabel", "leeftijd", kenmerk="groep", **classes))
    gini = shown(survey, asked("concentratietabel", "leeftijd", maat="inkomen", **classes))
    top = shown(survey, asked("gemiddelde_van_uitersten", "leeftijd", maat="inkomen", **classes))
    for label, held in groups(classed()).items():
        incomes = np.sort(held["inkomen"].to_numpy(dtype=float))
        expected = held["inkomen"].sum() / held["huur"].sum()
        assert number(ratio.loc[label, "verhouding"]) == pytest.approx(expected, rel=0.006)
        middle = len(incomes) // 2
        assert incomes[middle - 8] * 0.99 <= number(median.loc[label, "p50_inkomen"]) <= incomes[middle + 8] * 1.01
        assert mode.loc[label, "modus_groep"] == held["groep"].mode()[0]
        pairs = np.abs(incomes[:, None] - incomes[None, :]).mean() / (2 * incomes.mean())
        assert number(gini.loc[label, "gini_inkomen"]) == pytest.approx(pairs, rel=0.06)
        assert number(top.iloc[:, -1][label]) == pytest.approx(incomes[-10:].mean(), rel=0.006)


def test_an_index_of_a_class(survey: World) -> None:
    question = asked(
        "verhoudingstabel",
        "leeftijd",
        klassen={"leeftijd": AGES},
        teller={"maat": "inkomen"},
        noemer={},
        basis=["18 tot 40"],
    )
    assert number(shown(survey, question).loc["18 tot 40", "index"]) == 100


def test_a_class_around_one_person_is_not_told_nor_its_neighbour(survey: World) -> None:
    """Boundaries around one age: neither that class nor what gives it back by subtraction is shown."""
    rows = frame().dropna(subset=["leeftijd"])
    age = int(rows["leeftijd"].value_counts().idxmin())
    assert (rows["leeftijd"] == age).sum() < 10
    table = shown(survey, asked("frequentietabel", "leeftijd", klassen={"leeftijd": [float(age), age + 1.0]}))
    label = f"{age} tot {age + 1}"
    assert table.loc[label, "aantal"] == "."
    hidden = [key for key, text in table["aantal"].items() if text == "."]
    assert len(hidden) >= 2
    # nor do two tables with other boundaries, which differ by that age
    both = survey.assess(
        asked("frequentietabel", "leeftijd", klassen={"leeftijd": [float(age)]}),
        asked("frequentietabel", "leeftijd", klassen={"leeftijd": [age + 1.0]}),
    )
    told = [csv(found.files["tabel.csv"]).set_index("leeftijd")["aantal"] for found in both.answers if found.files]
    below = [dict(table).get(f"minder dan {edge}", ".") for table, edge in zip(told, (age, age + 1), strict=False)]
    assert len(below) < 2 or "." in below


def test_asked_without_protection_it_is_refused_whole(survey: World) -> None:
    question = asked("frequentietabel", "leeftijd", klassen={"leeftijd": [1.0, 40.0]}, bescherming="geen")
    found = answer(survey, question)
    assert found.verdict is Verdict.REFUSED
    assert found.files == {}


@pytest.mark.parametrize(
    ("klassen", "message"),
    [
        ({"leeftijd": [40, 18]}, "oplopen"),
        ({"leeftijd": [18, 18]}, "oplopen"),
        ({"leeftijd": []}, "minstens 1"),
        ({"leeftijd": list(range(10_001))}, "hooguit 100"),
        ({"leeftijd": [1e10]}, "hooguit 9000000000"),
        ({"leeftijd": [True]}, "verwacht een getal"),
        ({"leeftijd": ["18"]}, "verwacht een getal"),
        ({"leeftijd": 18}, "verwacht een lijst"),
        ({"inkomen": [18]}, "geen dimensie"),
        ({"Leeftijd; DROP": [18]}, "verwacht de vorm"),
    ],
)
def test_classes_that_make_no_sense_are_no_question(klassen: Any, message: str) -> None:
    import json

    draft = World.draft(asked("frequentietabel", "leeftijd", klassen=klassen))
    with pytest.raises(UserError, match=message) as caught:
        parse_request(json.dumps(draft).encode(), "aanvraag")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("edge", [float("nan"), float("inf"), float("-inf")])
def test_a_boundary_is_a_number(edge: float) -> None:
    values = {**asked("frequentietabel", "leeftijd", klassen={"leeftijd": [edge]}), "naam": "ab", "titel": "abc"}
    with pytest.raises(UserError, match="klassen"):
        parse_values(values, FrequencyTable, "uitvoer")


@pytest.mark.parametrize(
    ("dimension", "edges", "message"),
    [
        ("groep", [1], "geen dimensie met getallen"),
        ("datum", [1], "geen dimensie met getallen"),
        ("leeftijd", [0.1234567], "decimalen"),
    ],
)
def test_classes_are_of_numbers_in_the_data(survey: World, dimension: str, edges: list[float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        survey.assess(asked("frequentietabel", dimension, klassen={dimension: edges}))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.floats(-9e9, 9e9).map(lambda edge: round(edge, 6)), min_size=1, max_size=8, unique=True).map(sorted))
def test_what_is_asked_is_the_same_table_again(edges: list[float]) -> None:
    """Through the specification, its JSON, the asked table and the record in the history nothing changes."""
    values = {**asked("frequentietabel", "leeftijd", klassen={"leeftijd": edges}), "naam": "ab", "titel": "abc"}
    question = parse_values(values, FrequencyTable, "uitvoer")
    again = FrequencyTable.model_validate(question.model_dump(mode="json", by_alias=True))
    (table,) = asked_tables(question)
    assert asked_tables(again) == (table,)
    assert AskedTable.from_record(table.record()).key == table.key
    assert len(class_labels(dict(table.bins)["leeftijd"])) == len(edges) + 1


def test_a_question_without_classes_is_written_as_it_was(tmp_path: Path) -> None:
    values = {**asked("frequentietabel", "leeftijd"), "naam": "ab", "titel": "abc"}
    written = parse_values(values, FrequencyTable, "uitvoer").model_dump(mode="json", by_alias=True)
    assert set(written) == {*values, "filter", "toelichting"}
