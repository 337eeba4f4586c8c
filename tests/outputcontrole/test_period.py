"""A period is a filter written as people say it: the same question, the same rules, and words under the numbers."""

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outputcontrole.kinds import asked_tables
from outputcontrole.spec import Period, Request, Verdict, parse_request
from outputcontrole.spec.selection import Selection
from tests.outputcontrole.people import asked, frame, people
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.world import MAP, World, hits
from zoo_formaat.errors import UserError

DAYS = {"kolom": "datum", "van": "2011-03-01", "tot": "2013-12-31"}
YEARS = {"kolom": "jaar", "van": 2011, "tot": 2013}


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> World:
    return people(tmp_path_factory.mktemp("periode") / "w")


def parsed(*outputs: dict[str, Any]) -> Request:
    return parse_request(json.dumps(World.draft(*outputs)).encode(), "aanvraag")


def conditions(column: str, first: Any, last: Any) -> list[dict[str, Any]]:
    return [
        {"kolom": column, "is": ">=", "waarde": first},
        {"kolom": column, "is": "<=", "waarde": last},
    ]


@pytest.mark.parametrize("period", [DAYS, YEARS])
def test_a_period_is_the_filter_that_means_it(survey: World, period: dict[str, Any]) -> None:
    within, filtered = survey.assess(
        asked("frequentietabel", "groep", periode=period),
        asked("frequentietabel", "groep", filter=conditions(*period.values())),
    ).answers
    assert within.files["tabel.csv"] == filtered.files["tabel.csv"]
    rows = frame()
    column = pd.to_datetime(rows["datum"]) if period is DAYS else rows["jaar"]
    expected = rows[(column >= period["van"]) & (column <= period["tot"])].groupby("groep").size()
    shown = csv(within.files["tabel.csv"]).set_index("groep")["aantal"]
    assert {label: int(shown[label]) for label in expected.index} == expected.to_dict()


def every_kind() -> list[dict[str, Any]]:
    """A question of every kind that is about rows."""
    base = {"bron": {"tabel": "extra.mensen"}, "tel": "wie"}
    part = {"teller": {"maat": "inkomen"}, "noemer": {}}
    edges = [10_000.0, 20_000.0, 40_000.0]
    return [
        asked("frequentietabel", "groep"),
        asked("magnitudetabel", "groep", maat="inkomen"),
        asked("verhoudingstabel", "groep", **part),
        asked("concentratietabel", "groep", maat="inkomen"),
        asked("kwantieltabel", "groep", maat="inkomen"),
        asked("modustabel", "groep", kenmerk="werkt"),
        asked("gemiddelde_van_uitersten", "groep", maat="inkomen"),
        {**base, "soort": "histogram", "maat": "inkomen", "klassen": edges},
        {**base, "soort": "dichtheid", "maat": "inkomen", "klassen": edges},
        {**base, "soort": "boxplot", "maat": "inkomen", "per": "groep"},
        {**base, "soort": "staafdiagram", "dimensies": ["groep"]},
        {**base, "soort": "lijndiagram", "dimensies": ["werkt"]},
        {
            **base,
            "soort": "rasterdiagram",
            "x": {"kolom": "inkomen", "van": 0, "stap": 20_000, "aantal": 3},
            "y": {"kolom": "huur", "van": 0, "stap": 500, "aantal": 3},
        },
        {**base, "soort": "lorenzcurve", "maat": "inkomen"},
        {**base, "soort": "regressie", "uitkomst": "inkomen", "regressoren": [{"kolom": "huur"}]},
        {**base, "soort": "correlatie", "kolommen": ["inkomen", "huur"]},
        {**base, "soort": "toetsing", "toets": "anova", "groep": "groep", "maat": "inkomen"},
        {**base, "soort": "factoranalyse", "kolommen": ["inkomen", "huur", "leeftijd"]},
    ]


@pytest.mark.parametrize("question", every_kind(), ids=lambda question: str(question["soort"]))
def test_of_every_kind_with_a_source_the_asked_tables_have_it(question: dict[str, Any]) -> None:
    within, filtered, without = parsed(
        {**question, "periode": YEARS}, {**question, "filter": conditions("jaar", 2011, 2013)}, question
    ).uitvoer
    keys = [{table.key for table in asked_tables(output)} for output in (within, filtered, without)]
    assert keys[0] == keys[1]
    assert keys[0].isdisjoint(keys[2])


def test_refused_kinds_take_a_period_too() -> None:
    base = {"bron": {"tabel": "extra.mensen"}, "periode": YEARS}
    request = parsed(
        {**base, "soort": "extremen", "maat": "inkomen", "tel": "wie"},
        {**base, "soort": "residuen"},
        {**base, "soort": "spreidingsdiagram", "x": "inkomen", "y": "huur", "tel": "wie"},
    )
    assert all(isinstance(output, Selection) and len(output.filter) == 2 for output in request.uitvoer)


def test_written_down_it_is_what_was_asked_and_read_again_the_same() -> None:
    request = parsed(asked("frequentietabel", "groep", periode=DAYS, filter="leeftijd > 18 of leeg(leeftijd)"))
    (written,) = json.loads(request.content())["uitvoer"]
    assert written["periode"] == DAYS
    assert all("datum" not in json.dumps(part) for part in written["filter"])
    again = parse_request(request.content(), "aanvraag")
    assert again == request
    assert again.digest == request.digest


def test_requests_of_before_there_were_periods_keep_their_digest() -> None:
    """The digest that stands in signatures given before; made by the code of that day."""
    assert parsed(hits(), MAP).digest == "sha256:bd7661508c250f126c2eb29db1f577e64ae62e3993be2d9334cacaaaafac898f"


def test_the_release_says_the_period_in_words(survey: World) -> None:
    assessment = survey.assess(
        asked("frequentietabel", "groep", periode=DAYS),
        asked("frequentietabel", "werkt", periode={"kolom": "jaar", "van": 2012, "tot": 2012}),
        asked("frequentietabel", "groep", "werkt"),
    )
    guide = assessment.payload["LEESMIJ.md"].decode()
    assert guide.count("Periode:") == 2
    assert "Periode: 1 maart 2011 tot en met 31 december 2013 (datum)." in guide
    assert "Periode: 2012 (jaar)." in guide
    assert "1 maart 2011 tot en met 31 december 2013" in assessment.answers[0].files["tabel.html"].decode()
    assert "Periode" not in assessment.answers[2].files["tabel.html"].decode()


@pytest.mark.parametrize(
    ("period", "message"),
    [
        ({**DAYS, "van": "2014-01-01"}, "wissel 'van' en 'tot'"),
        ({**YEARS, "van": 2014}, "wissel 'van' en 'tot'"),
        ({**DAYS, "tot": 2013}, "allebei een datum of allebei een jaar"),
        ({**DAYS, "tot": "2013-02-30"}, "geen datum die bestaat"),
        ({**DAYS, "tot": "31-12-2013"}, "periode"),
        ({**DAYS, "tot": "2013-12-31T00:00:00"}, "periode"),
        ({**YEARS, "van": True}, "periode"),
        ({**YEARS, "van": -1}, "periode"),
        ({**YEARS, "tot": 10**400}, "periode|getal"),
        ({"kolom": "jaar", "van": 2011}, "ontbreekt"),
        ({**YEARS, "kolom": 'x"; DROP'}, "periode"),
        ("2011", "verwacht een tabel"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused_in_one_line(period: Any, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        parsed(asked("frequentietabel", "groep", periode=period))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("period", "message"),
    [
        ({**DAYS, "kolom": "jaar"}, "geen kolom met datums is; dat zijn: datum"),
        ({**YEARS, "kolom": "datum"}, "geen kolom met jaren is"),
        ({**DAYS, "kolom": "groep"}, "geen kolom met datums"),
        ({**DAYS, "kolom": "wie"}, "geen kolom met datums"),
        ({**DAYS, "kolom": "nergens"}, "geen kolom met datums"),
    ],
)
def test_a_period_is_of_a_column_with_dates_or_years(survey: World, period: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        survey.assess(asked("frequentietabel", "groep", periode=period))
    refused = {"soort": "extremen", "bron": {"tabel": "extra.mensen"}, "maat": "inkomen", "tel": "wie"}
    with pytest.raises(UserError, match=message):
        survey.assess({**refused, "periode": period})


def test_an_indicator_has_no_period(survey: World) -> None:
    with pytest.raises(UserError, match="dat zijn: geen"):
        survey.assess(hits(periode=DAYS))


def test_a_period_that_leaves_one_person_out_tells_nothing_of_that_person(survey: World) -> None:
    """All days but the last on which somebody answered: the difference with the whole is those few people."""
    days = frame()["datum"]
    last = max(days)
    assert (days == last).sum() < 10
    before = str(max(day for day in days if day < last))
    first = str(min(days))
    whole, cut = survey.assess(
        asked("frequentietabel", "groep"),
        asked("frequentietabel", "groep", periode={"kolom": "datum", "van": first, "tot": before}),
    ).answers
    assert whole.verdict is Verdict.REFUSED or cut.verdict is Verdict.REFUSED
    # nor does it on its own: nearly everybody is no choice
    alone = answer(survey, asked("frequentietabel", "groep", periode={"kolom": "datum", "van": first, "tot": before}))
    assert alone.verdict is Verdict.REFUSED


def test_a_day_of_few_people_is_hidden(survey: World) -> None:
    days = frame()["datum"].value_counts()
    day = str(days[days < 10].index[0])
    period = {"kolom": "datum", "van": day, "tot": day}
    assert answer(survey, asked("frequentietabel", "groep", periode=period)).verdict is Verdict.REFUSED


def test_too_many_conditions_together_are_refused() -> None:
    many = [{"kolom": "jaar", "is": "!=", "waarde": year} for year in range(1000, 1200)]
    with pytest.raises(UserError, match="samen meer dan 200"):
        parsed(asked("frequentietabel", "groep", filter=many, periode=YEARS))


@settings(max_examples=200, deadline=None)
@given(st.dates(), st.dates())
def test_any_two_days_are_a_period_or_the_wrong_way_round(one: Any, other: Any) -> None:
    values = {"kolom": "datum", "van": one.isoformat(), "tot": other.isoformat()}
    if one > other:
        with pytest.raises(ValueError, match="wissel"):
            Period.model_validate(values)
        return
    period = Period.model_validate(values)
    ends = {part.is_: part.waarde for part in period.conditions()}
    expected = {"=": values["van"]} if one == other else {">=": values["van"], "<=": values["tot"]}
    assert ends == expected
    assert str(one.year) in period.in_words()


def test_equal_questions_have_equal_keys() -> None:
    single = {"kolom": "jaar", "van": 2012, "tot": 2012}
    within, filtered = parsed(
        asked("frequentietabel", "groep", periode=single), asked("frequentietabel", "groep", filter="jaar = 2012")
    ).uitvoer
    assert [t.key for t in asked_tables(within)] == [t.key for t in asked_tables(filtered)]


def test_a_density_on_a_map_takes_a_period(survey: World) -> None:
    """The feature of a map is a choice of rows too: counted within the period, checked, and said."""
    feature = {
        "soort": "dichtheid",
        "naam": "verkopen",
        "bron": {"tabel": "bag.woningen"},
        "tel": "woning",
        "per": "gebieden.buurten.inwoners",
    }
    period = {"kolom": "bouwjaar", "van": 1900, "tot": 1960}
    chart = {"soort": "kaart", "klassen": [100, 200]}
    within, filtered, without = survey.assess(
        {**chart, "kenmerk": {**feature, "periode": period}},
        {**chart, "kenmerk": {**feature, "filter": conditions("bouwjaar", 1900, 1960)}},
        {**chart, "kenmerk": feature},
    ).answers
    assert within.files["tabel.csv"] == filtered.files["tabel.csv"] != without.files["tabel.csv"]
    assert "Periode: 1900 tot en met 1960 (bouwjaar)" in within.files["kaart.svg"].decode()
    with pytest.raises(UserError, match="geen kolom met datums"):
        survey.assess({**chart, "kenmerk": {**feature, "periode": DAYS}})
