"""Sample weights: the right weighted numbers, and no weight that picks somebody out."""

import json
import os
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outputcontrole.asked import AskedTable, count_behind
from outputcontrole.evidence import TOTAL, Collector
from outputcontrole.judgement import judge
from outputcontrole.policy import DEFAULT, parse_policy
from outputcontrole.spec import TableSource, Verdict, parse_request
from tests.outputcontrole.people import COLUMNS, asked, frame, people, rows
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.test_evidence import open_table
from tests.outputcontrole.world import Column, World, uuid
from zoo_formaat.errors import UserError

POLICY = parse_policy(DEFAULT.encode(), "beleid")
SOURCE = TableSource(tabel="proef.rijen")
GOOD = {"gewicht": "w_goed"}


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> World:
    return people(tmp_path_factory.mktemp("gewichten") / "w")


def exactly(rows: pd.DataFrame, column: str | None) -> tuple[Decimal, Decimal]:
    """The sum of weight times measure and the sum of weights, in whole decimals."""
    weights = [Decimal(str(weight)) for weight in rows["w_goed"]]
    values = [Decimal(1)] * len(rows) if column is None else [Decimal(str(value)) for value in rows[column]]
    return sum(map(Decimal.__mul__, weights, values), Decimal(0)), sum(weights, Decimal(0))


def whole(number: Decimal) -> str:
    return str(number.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def groups() -> dict[str, pd.DataFrame]:
    return {**dict(list(frame().groupby("groep"))), TOTAL: frame()}


def test_a_weighted_count_is_the_sum_of_the_weights_beside_the_units(survey: World) -> None:
    table = csv(answer(survey, asked("frequentietabel", "groep", **GOOD)).files["tabel.csv"]).set_index("groep")
    assert list(table.columns) == ["aantal", "gewogen_aantal"]
    for label, held in groups().items():
        assert table.loc[label, "aantal"] == str(len(held))
        assert table.loc[label, "gewogen_aantal"] == whole(exactly(held, None)[0])


@pytest.mark.parametrize("measure", ["inkomen", "huur"])
@pytest.mark.parametrize("statistic", ["som", "gemiddelde"])
def test_weighted_sums_and_means_are_those_of_numpy_to_the_unit(survey: World, measure: str, statistic: str) -> None:
    question = asked("magnitudetabel", "groep", maat=measure, statistiek=statistic, **GOOD)
    table = csv(answer(survey, question).files["tabel.csv"]).set_index("groep")
    for label, held in groups().items():
        total, weight = exactly(held, measure)
        expected = whole(total if statistic == "som" else total / weight)
        assert table.loc[label, f"gewogen_{statistic}_{measure}"] == expected
        mean = np.average(held[measure].to_numpy(dtype=float), weights=held["w_goed"].to_numpy())
        if statistic == "gemiddelde":
            assert abs(mean - float(expected)) <= 0.5001


def test_weights_and_classes_and_a_period_together(survey: World) -> None:
    question = asked(
        "frequentietabel",
        "leeftijd",
        klassen={"leeftijd": [40]},
        periode={"kolom": "jaar", "van": 2011, "tot": 2014},
        **GOOD,
    )
    found = answer(survey, question)
    table = csv(found.files["tabel.csv"]).set_index("leeftijd")
    chosen = frame().query("2011 <= jaar <= 2014").dropna(subset=["leeftijd"])
    assert table.loc["40 of meer", "gewogen_aantal"] == whole(exactly(chosen[chosen["leeftijd"] >= 40], None)[0])
    assert "Gewogen met w goed." in found.files["tabel.html"].decode()


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ("w_leeg", r"niet overal ingevuld.*niet leeg\(w_leeg\)"),
        ("w_min", "ergens negatief"),
        ("w_nan", "miljard"),
        ("w_inf", "miljard"),
        ("w_enorm", "miljard"),
        ("w_klein", "duizendste"),
        ("w_vast", "een of twee verschillende waarden"),
        ("wie", "gewicht 'wie' is geen getal"),
        ("groep", "gewicht 'groep' is geen getal"),
        ("datum", "is geen getal"),
        ("nergens", "is geen getal"),
    ],
)
@pytest.mark.parametrize("kind", ["frequentietabel", "magnitudetabel"])
def test_what_is_no_weight_is_said_in_one_line(survey: World, kind: str, weight: str, message: str) -> None:
    measure = {"maat": "inkomen"} if kind == "magnitudetabel" else {}
    with pytest.raises(UserError, match=message) as caught:
        survey.assess(asked(kind, "groep", gewicht=weight, **measure))
    assert "\n" not in str(caught.value)
    # no value of anybody's in the message
    assert "1e+300" not in str(caught.value) and "1000000.0" not in str(caught.value)


def test_rows_without_a_weight_can_be_left_out(survey: World) -> None:
    found = answer(survey, asked("frequentietabel", "groep", gewicht="w_leeg", filter="niet leeg(w_leeg)"))
    table = csv(found.files["tabel.csv"]).set_index("groep")
    assert table.loc[TOTAL, "aantal"] == str(len(frame()) - 1)


@pytest.mark.parametrize(("weight", "rule"), [("w_een", "dominantie"), ("w_drie", "gewichten"), ("w_nul", "gewichten")])
@pytest.mark.parametrize("kind", ["frequentietabel", "magnitudetabel"])
def test_weights_that_pick_a_few_out_are_no_way_around_the_threshold(
    survey: World, kind: str, weight: str, rule: str
) -> None:
    """One person with a million, three or five with nearly all: n is in the hundreds, and nothing of it is told."""
    measure = {"maat": "inkomen"} if kind == "magnitudetabel" else {}
    for protection in ("geen", "onderdrukken"):
        found = answer(survey, asked(kind, "groep", gewicht=weight, bescherming=protection, **measure))
        assert found.verdict is Verdict.REFUSED or ("." in csv(found.files["tabel.csv"]).iloc[-1].tolist())
    evidence = Collector(open_table(rows(), COLUMNS), 1).collect(
        AskedTable(SOURCE, (), ("groep",), "wie", weight, weight=weight)
    )
    total = evidence.keys.index((TOTAL,))
    assert judge(evidence, None, POLICY)[total].rule in {rule, "gewichten"}


def test_a_weight_does_not_hide_that_everybody_earns_the_same(survey: World) -> None:
    with pytest.raises(UserError, match="een of twee verschillende waarden"):
        survey.assess(asked("magnitudetabel", "groep", maat="gelijk", **GOOD))
    # nor that a measure is a yes or no, of which a mean is a share
    with pytest.raises(UserError, match="een of twee verschillende waarden"):
        survey.assess(asked("magnitudetabel", "groep", maat="werkt", **GOOD))


def test_where_everybody_in_a_group_earns_the_same_no_weighted_number_comes_back(tmp_path: Any) -> None:
    """The weighted sum of the hidden group does not follow from the margin either."""
    from tests.outputcontrole.world import build

    columns: list[Column] = [
        ("wie", "uuid", "persoon", "persoon"),
        ("groep", "string", None, None),
        ("inkomen", "integer", None, None),
        ("w", "number", None, None),
    ]
    rng = np.random.default_rng(3)
    held = [
        [uuid("persoon", i), "abc"[i % 3], 30_000 if i % 3 == 0 else int(rng.integers(10_000, 90_000)), 1 + i % 17 / 10]
        for i in range(300)
    ]
    world = build(tmp_path / "w", extra={"extra": {"mensen": (columns, held)}})
    (found,) = world.assess(asked("magnitudetabel", "groep", maat="inkomen", statistiek="som", gewicht="w")).answers
    told = csv(found.files["tabel.csv"]).set_index("groep")["gewogen_som_inkomen"].to_dict()
    shown = {label for label, text in told.items() if text != "."}
    assert shown
    assert "a" not in shown
    assert not {"b", "c", TOTAL} <= shown


def test_a_unit_in_two_rows_is_not_counted_twice(survey: World) -> None:
    found = answer(survey, {**asked("frequentietabel", "groep", **GOOD), "bron": {"tabel": "extra.dubbel"}})
    assert found.verdict is Verdict.REFUSED
    assert "meer dan één rij" in found.findings[0].sentence


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (asked("magnitudetabel", "groep", maat="inkomen", gewicht="inkomen"), "dezelfde kolom"),
        (asked("magnitudetabel", "groep", maat="inkomen", statistiek="variantie", gewicht="w"), "een som en een gemid"),
        (asked("kwantieltabel", "groep", maat="inkomen", gewicht="w"), "gewicht"),
        ({**asked("frequentietabel", "groep", gewicht="w"), "tel": None}, "welke eenheid het gewicht heeft"),
    ],
)
def test_weights_where_they_mean_nothing_are_no_question(question: dict[str, Any], message: str) -> None:
    question = {name: value for name, value in question.items() if value is not None}
    with pytest.raises(UserError, match=message):
        parse_request(json.dumps(World.draft(question)).encode(), "aanvraag")


def test_a_weighted_table_comes_back_from_the_history_and_is_counted_as_it_is() -> None:
    weights = AskedTable(SOURCE, (), ("groep",), "wie", "w", weight="w")
    sums = AskedTable(SOURCE, (), ("groep",), "wie", "inkomen", weight="w")
    for table in (weights, sums):
        assert AskedTable.from_record(json.loads(json.dumps(table.record()))) == table
    assert len({weights.key, sums.key, AskedTable(SOURCE, (), ("groep",), "wie", "inkomen").key}) == 3
    assert count_behind(weights) == AskedTable(SOURCE, (), ("groep",), "wie")
    assert count_behind(sums).key == count_behind(AskedTable(SOURCE, (), ("groep",), "wie", "inkomen")).key
    assert "gewicht" not in AskedTable(SOURCE, (), ("groep",), "wie", "inkomen").record()


def test_a_weighted_table_that_was_released_is_weighed_with_the_next(tmp_path: Any) -> None:
    """What a release told stays told: the same question again is free, and nothing contradicts it."""
    world = people(tmp_path / "w")
    question = asked("magnitudetabel", "groep", maat="inkomen", **GOOD)
    before = csv(answer(world, question).files["tabel.csv"])
    world.submit_and_release(question)
    again = csv(answer(world, {**question, "titel": "Nog een keer"}).files["tabel.csv"])
    assert again.equals(before)


PERSON: list[Column] = [
    ("wie", "uuid", "persoon", "persoon"),
    ("huis", "uuid", "adres", "adres"),
    ("groep", "string", None, None),
    ("w", "number", None, None),
    ("x", "integer", None, None),
]


@settings(max_examples=200 if os.environ.get("ZOO_FULL") else 8, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 9),
            st.integers(0, 3),
            st.sampled_from("ab"),
            st.sampled_from([0.0, 0.001, 0.25, 1.0, 3.125, 900.0, 1e6]),
            st.integers(-1000, 1000),
        ),
        min_size=4,
        max_size=30,
    )
)
def test_evidence_of_weights_equals_a_slow_reference(made: list[tuple[int, int, str, float, int]]) -> None:
    """Sums exact; the effective number per unit and not per row, of the kind that has fewest."""
    held = [[uuid("p", who), uuid("h", house), group, weight, x] for who, house, group, weight, x in made]
    collector = Collector(open_table(held, PERSON), 1)
    for measure in ("w", "x"):
        table = AskedTable(SOURCE, (), ("groep",), "wie", measure, weight="w")
        try:
            cells = collector.collect(table).cells
        except UserError as error:
            values = {weight if measure == "w" else weight * x for *_, weight, x in made}
            assert "een of twee" in str(error) and len(values) <= 2
            continue
        for label, total, effective in zip(cells["groep"], cells["som"], cells["effectief"], strict=True):
            inside = [row for row in made if label in {TOTAL, row[2]}]
            expected = sum(
                (Decimal(str(weight)) * (1 if measure == "w" else x) for *_, weight, x in inside), Decimal(0)
            )
            assert Decimal(total) == expected
            numbers = []
            for place in (0, 1):
                per_unit: dict[int, float] = {}
                for row in inside:
                    per_unit[row[place]] = per_unit.get(row[place], 0.0) + row[3]
                squares = sum(weight**2 for weight in per_unit.values())
                numbers.append(sum(per_unit.values()) ** 2 / squares if squares else 0.0)
            assert effective == pytest.approx(min(numbers), rel=1e-9)


@pytest.mark.parametrize(("n", "spread", "hidden"), [(10, 0, False), (9, 0, True), (10, 5, True), (40, 1, False)])
def test_equal_weights_leave_the_units_as_many_as_they_are(n: int, spread: int, hidden: bool) -> None:
    from outputcontrole.checks.effective_number import effective_number
    from outputcontrole.judgement import cell_evidence

    ordinary = [[uuid("p", 1000 + i), uuid("h", 1000 + i), "b", 1 + i / 7, i] for i in range(50)]
    few = [[uuid("p", i), uuid("h", i), "a", 1.7 + spread * (i % 2), i * i] for i in range(n)]
    table = AskedTable(SOURCE, (), ("groep",), "wie", "x", weight="w")
    evidence = Collector(open_table(ordinary + few, PERSON), 1).collect(table)
    (found,) = effective_number(cell_evidence(evidence, None), POLICY)
    assert bool(found.cells[evidence.keys.index(("a",))]) == hidden


def test_large_but_lawful_weights_and_amounts_are_added_exactly() -> None:
    held = [
        [uuid("p", i), uuid("h", i), "ab"[i % 2], weight, x]
        for i, (weight, x) in enumerate(product([0.001, 1e9, 123456.789012], [10**12, -(10**12), 7]))
    ]
    table = AskedTable(SOURCE, (), (), "wie", "x", weight="w")
    cells = Collector(open_table(held, PERSON), 1).collect(table).cells
    expected = sum((Decimal(str(weight)) * x for *_, weight, x in held), Decimal(0))
    assert Decimal(cells["som"].iloc[0]) == expected


@pytest.mark.parametrize("kind", ["frequentietabel", "magnitudetabel"])
def test_no_hidden_weighted_cell_follows_from_the_shown_ones(survey: World, kind: str) -> None:
    """Linear algebra over the finest cells, made here: no hidden cell is a combination of shown ones."""
    more = {"maat": "inkomen", "statistiek": "som"} if kind == "magnitudetabel" else {}
    edges = [float(age) for age in range(10, 95, 12)]
    asked_for = asked(kind, "groep", "leeftijd", klassen={"leeftijd": edges}, **GOOD, **more)
    table = csv(answer(survey, asked_for).files["tabel.csv"])
    areas = sorted(set(table["groep"]) - {TOTAL})
    ages = sorted(set(table["leeftijd"]) - {TOTAL})
    cells = list(product(areas, ages))
    assert len(cells) == 2 * (len(edges) + 1)
    matrix = np.array(
        [
            [float(row.groep in {area, TOTAL} and row.leeftijd in {age, TOTAL}) for area, age in cells]
            for row in table.itertuples()
        ]
    )
    hidden = (table.iloc[:, -1] == ".").to_numpy()
    assert 2 <= hidden.sum() < len(table)
    rank = np.linalg.matrix_rank(matrix[~hidden])
    for row in matrix[hidden]:
        assert np.linalg.matrix_rank(np.vstack([matrix[~hidden], row])) == rank + 1


def test_a_released_sum_does_not_stand_in_the_way_of_a_weighted_one(tmp_path: Any) -> None:
    """They are other sums of the same rows: a cell that only the weighted one hides is no contradiction."""
    from tests.outputcontrole.world import build

    columns: list[Column] = [*PERSON[:1], *PERSON[2:]]
    rng = np.random.default_rng(5)
    held = [
        [uuid("persoon", i), "abc"[i % 3], 120.0 if i == 0 else 1 + i % 13 / 10, int(rng.integers(1000, 9000))]
        for i in range(300)
    ]
    world = build(tmp_path / "w", extra={"extra": {"mensen": (columns, held)}})
    plain = asked("magnitudetabel", "groep", maat="x", statistiek="som")
    world.submit_and_release(plain)
    found = answer(world, {**plain, "gewicht": "w"})
    assert found.verdict is Verdict.PROTECTED
    told = csv(found.files["tabel.csv"]).set_index("groep")["gewogen_som_x"].to_dict()
    assert told.get("a", ".") == "."
    assert not {"b", "c", TOTAL} <= {label for label, text in told.items() if text != "."}
