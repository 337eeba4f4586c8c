"""Questions and data made to break the checker: all end in a verdict or in one line, and nothing gets out."""

import csv
import html
import io
import json
import pickle
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from outputcontrole.answer import Answer
from outputcontrole.spec import Verdict
from tests.outputcontrole.conftest import SMALL
from tests.outputcontrole.planted_world import recast, unpacked
from tests.outputcontrole.world import (
    BUURTEN,
    CLUSTERS,
    INHABITANTS,
    MAP,
    TREE,
    Column,
    Tables,
    World,
    build,
    counts,
    hits,
    share,
    sums,
    uuid,
)
from zoo_formaat.errors import UserError

STRANGE: list[Column] = [
    ("woning", "uuid", "adres", "verblijfsobject"),
    ("buurtcode", "string", None, None),
    ("tekst", "string", None, None),
    ("een", "string", None, None),
    ("leeg", "integer", None, None),
    ("negatief", "integer", None, None),
    ("kommagetal", "number", None, None),
    ("personen", "uuid", "persoon", "persoon"),
    ("bijdrager", "string", None, None),
    ("n", "integer", None, None),
    ("label", "string", None, None),
    ("nummer", "integer", None, None),
    ("veel", "string", None, None),
    ("datum", "date", None, None),
    ("fout", "string", None, None),
]
TEXTS = ("=1+1", '";DROP TABLE "x', "'", "onbekend", "", "é\u0301😀", "a;b\nc")


def strange() -> dict[str, Tables]:
    rows = [
        [
            uuid("woning", i),
            BUURTEN[i % 4],
            TEXTS[i % len(TEXTS)],
            "a",
            None,
            -1000 - i,
            i / 7,
            uuid("persoon", i),
            "x",
            i % 3,
            "ab"[i % 2],
            i % 5,
            f"code {i % 500}",
            None,
            "Totaal" if i else "iets",
        ]
        for i in range(1500)
    ]
    return {"vreemd": {"rijen": (STRANGE, rows), "niemand": (STRANGE, [])}}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("vreemd") / "w", extra=strange(), **SMALL)


def table(*dimensions: str, **changes: Any) -> dict[str, Any]:
    return counts(*dimensions, source="vreemd.rijen", **changes)


def where(column: str, operator: str, value: Any) -> list[dict[str, Any]]:
    return [{"kolom": column, "is": operator, "waarde": value}]


QUESTIONS: dict[str, dict[str, Any]] = {
    "formulas, quotes and unicode as labels": table("tekst"),
    "a dimension with one label": table("een"),
    "ten thousand labels or so": table("veel"),
    "a column named like the engine's own": table("bijdrager", "label", filter=where("nummer", ">=", 1)),
    "a dimension named like our own count": table("n"),
    "a unit column with a plural name": table("label", unit="personen"),
    "a measure without any value": sums("label", bron={"tabel": "vreemd.rijen"}, maat="leeg"),
    "negative amounts": sums("label", bron={"tabel": "vreemd.rijen"}, maat="negatief"),
    "fractions": sums("buurtcode", bron={"tabel": "vreemd.rijen"}, maat="kommagetal", statistiek="gemiddelde"),
    "a table without rows": counts("buurtcode", source="vreemd.niemand"),
    "a table without rows, summed": sums("label", bron={"tabel": "vreemd.niemand"}, maat="negatief"),
    "a filter that nobody passes": table("label", filter=where("nummer", ">=", 99)),
    "SQL in a filter": table("label", filter=where("tekst", "=", "' OR 1=1 --")),
    "a quote in a filter": table("label", filter=where("tekst", "in", ["'", '"', "a;b\nc".replace("\n", " ")])),
    "text for a number": table("label", filter=where("nummer", "=", "x")),
    "true for a number": table("label", filter=where("nummer", "=", True)),
    "a number for a date": table("label", filter=where("datum", ">=", 2016)),
    "no date": table("label", filter=where("datum", ">=", "2016-02-30")),
    "true for a date": table("label", filter=where("datum", ">=", True)),
    "a number for a text": table("label", filter=where("tekst", "=", 1)),
    "a thousand values": table("label", filter=where("nummer", "in", list(range(1000)))),
    "an empty text": table("label", filter=where("tekst", "!=", "")),
    "a label that is the total": table("fout"),
    "an unknown table": counts(source="vreemd.weg"),
    "an unknown column": table("weg"),
    "a pseudonym as dimension": table("personen"),
    "one person in a filter": table("label", filter=where("personen", "=", "x")),
    "a table of rows": table("label", unit="label"),
    "two area dimensions": counts("buurtcode", "wijkcode"),
    "the same dimension twice": table("label", "label"),
    "a list as the unit": hits(tel="eigenaren"),
    "a second number of the same unit": counts(unit="adres"),
    "an unknown indicator": hits(bron={"indicator": "weg"}),
    "an indicator without its source": hits(bron={"indicator": "hennep_na_verhuizingen"}),
    "an unknown parameter": hits(bron={"indicator": "doorverkoop_zelfde_dag", "parameters": {"x": 1}}),
    "a parameter of another type": hits(bron={"indicator": "doorverkoop_zelfde_dag", "parameters": {"minimum": True}}),
    "a huge parameter": hits(bron={"indicator": "doorsluishuis", "parameters": {"jaren": 10**15}}),
    "SQL in a parameter": hits(
        bron={"indicator": "doorverkoop_zelfde_dag", "parameters": {"periode_start": "2000-01-01'; --"}}
    ),
    "sums of a text": sums("buurtcode", maat="woningtype"),
    "a map of an unknown figure": {**MAP, "kenmerk": {**INHABITANTS, "kolom": "gebieden.buurten.weg"}},
    "a map of a text": {**MAP, "kenmerk": {**INHABITANTS, "kolom": "gebieden.buurten.geometrie"}},
    "a map with extreme classes": {**MAP, "klassen": [-1e300, 1e-9, 1e300]},
    "a map of nobody": {**MAP, "kenmerk": share(minimum=20)},
    "more groups than areas can carry": {**CLUSTERS, "gebied": "gemeente", "clusters": 8},
    "a tree of a constant": {**TREE, "kenmerken": [share("niemand", minimum=20)]},
    "a density per closed figure": {
        **MAP,
        "kenmerk": {
            "soort": "dichtheid",
            "naam": "x",
            "bron": {"tabel": "bag.woningen"},
            "tel": "woning",
            "per": "bag.woningen.woz_waarde",
        },
    },
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_every_question_ends_in_a_verdict_or_a_line(odd: World, question: dict[str, Any]) -> None:
    try:
        assessment = odd.assess(question)
    except UserError as error:
        assert "\n" not in str(error)
        assert uuid("woning", 1).hex() not in str(error).replace("-", "")
        return
    (answer,) = assessment.answers
    if answer.verdict is Verdict.REFUSED:
        assert answer.findings
        assert answer.files == {}
        return
    for name, content in answer.files.items():
        if name == "tabel.csv" and question["soort"] != "kaart":
            unit_cells = [line.split(";")[-1] for line in content.decode().splitlines()[1:] if not line.startswith('"')]
            assert all(value == "." or not value.lstrip("-").isdigit() or abs(int(value)) >= 10 for value in unit_cells)


@pytest.mark.parametrize(
    "name",
    [
        "a list as the unit",
        "a second number of the same unit",
        "a pseudonym as dimension",
        "one person in a filter",
        "a table of rows",
        "a label that is the total",
        "a dimension named like our own count",
        "an indicator without its source",
        "true for a date",
        "text for a number",
        "a huge parameter",
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is_computed(odd: World, name: str) -> None:
    with pytest.raises(UserError):
        odd.assess(QUESTIONS[name])


def test_engine_like_column_names_count_the_units_and_not_the_column(odd: World) -> None:
    """`bijdrager` holds one value; taken for the contributor it would make every group look like one unit."""
    (answer,) = odd.assess(table("label", "nummer")).answers
    assert answer.verdict is Verdict.FREE
    (answer,) = odd.assess(sums("label", bron={"tabel": "vreemd.rijen"}, maat="negatief")).answers
    assert answer.verdict is Verdict.FREE
    assert b"-" in answer.files["tabel.csv"]


def test_fifty_outputs_over_overlapping_filters_are_one_system(odd: World) -> None:
    outputs = [
        table("label", filter=where("negatief", "<=", -1400 - 7 * step), naam=f"stap-{step}") for step in range(50)
    ]
    assessment = odd.assess(*outputs)
    # neighbouring steps differ by seven dwellings, so of neighbours at most one may be shown
    shown = []
    for step, answer in enumerate(assessment.answers):
        if answer.files:
            lines = [line.split(";") for line in answer.files["tabel.csv"].decode().splitlines()[1:]]
            if any(line == ["Totaal", str(1100 - 7 * step)] for line in lines):
                shown.append(step)
    assert shown
    assert all(later - earlier > 1 for earlier, later in pairwise(shown))


@pytest.mark.parametrize("source", ["main", "temp"])
def test_a_source_named_like_the_engines_own_schema_ends_in_one_line_or_works(tmp_path: Path, source: str) -> None:
    extra: dict[str, Tables] = {source: {"rijen": (STRANGE[:2], [[uuid("woning", 1), BUURTEN[0]]])}}
    try:
        build(tmp_path / "w", extra=extra, **SMALL).assess(hits())
    except UserError as error:
        assert "\n" not in str(error)


def test_a_column_that_the_manifest_does_not_describe_is_not_there(own_world: World) -> None:
    """A package may hold more in its file than it says; what it does not say has no unit to protect."""
    columns, rows = own_world.sources["bag"]["woningen"]
    own_world.sources["bag"] = {"woningen": (columns[:-2], [row[:-2] for row in rows])}
    own_world.deliver("bag")
    own_world.register()
    with pytest.raises(UserError, match="bestaat niet in deze bron"):
        own_world.assess(counts())


# --- the tricks by which a checker of results was made to let something out, one by one -------------------------------
#
# Of those that concern what happens after the check, the tests are elsewhere: a verdict, report, preview or decision
# edited afterwards in test_release (`test_what_changed_after_the_approvals_is_not_released`), an edited policy there
# and in test_policy, a pickled table in test_notebook (`test_a_file_of_data_has_no_way_out_whatever_it_is_called`),
# callables and dictionaries of pandas in zoo_project's test_aanvraag_kinds and test_omzetten.

PEOPLE = 240
TRICKY: list[Column] = [
    ("wie", "uuid", "persoon", "persoon"),
    ("thuis", "uuid", "huishouden", "huishouden"),
    ("groep", "string", None, None),
    ("soort", "string", None, None),
    ("ja", "boolean", None, None),
    ("drie", "boolean", None, None),
    ("nul_een", "integer", None, None),
    ("bedrag", "integer", None, None),
    ("saldo", "integer", None, None),
    ("soms", "integer", None, None),
    ("reus", "integer", None, None),
    ("oneindig", "number", None, None),
    ("komma", "number", None, None),
    ("breuk", "number", None, None),
    ("dag", "date", None, None),
    ("teken", "string", None, None),
    ("eigen", "string", None, None),
]
RARE = {"komma": 0.125, "dag": date(1847, 3, 1), "teken": "GEHEIM'\"\\[;DROP TABLE x--"}
SIGNS = ('a "b" c', "d'e", "f\\g", "[h]", "x'; DROP TABLE y; --")


def tricky(seed: int = 8) -> list[list[Any]]:
    """Return 240 people: 96 in group a, 96 in b, 45 in c, three in `drie`; a household each but in c, with four."""
    generator = np.random.default_rng(seed)
    rows: list[list[Any]] = []
    for i in range(PEOPLE):
        group = "a" if i < 96 else "b" if i < 192 else "c" if i < 237 else "GEHEIM drie"
        amount = int(generator.integers(1_000, 3_000))
        saldo = {100: 900_000, 101: -600_000, 5: -4_000_000}.get(i, amount)
        rows.append(
            [
                uuid("wie", i),
                uuid("thuis", 1000 + i % 4 if group == "c" else i),
                group,
                ("rood" if i % 96 > 1 else "blauw") if group != "GEHEIM drie" else "groen",
                group == "b" or i % 2 == 0,
                i < 3,
                int(group == "b"),
                amount,
                saldo,
                amount if i % 96 < 6 else None,
                2**63 - 1 - i,
                float("inf") if i == 3 else float("nan") if i == 4 else float(amount),
                RARE["komma"] if i < 3 else (0.1, 0.3, 1e-7)[i % 3],
                float(generator.normal()),
                RARE["dag"] if i < 3 else date(2001 + i % 3, 1, 1),
                RARE["teken"] if i < 3 else SIGNS[i % len(SIGNS)],
                f"GEHEIM {i}",
            ]
        )
    return rows


@pytest.fixture(scope="module")
def tricked(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The tricky people, and the same in other types: dictionaries, decimals, small and unsigned integers."""
    rows = tricky()
    extra: dict[str, Tables] = {"kwaad": {"rijen": (TRICKY, rows), "soorten": (TRICKY, rows), "niemand": (TRICKY, [])}}
    made = build(tmp_path_factory.mktemp("kwaad") / "w", extra=extra)
    other = {name: pa.dictionary(pa.int32(), pa.string()) for name in ("groep", "soort", "teken", "eigen")}
    numbers = {"bedrag": pa.decimal128(20, 2), "saldo": pa.int32(), "soms": pa.uint16(), "nul_een": pa.int8()}
    recast(made, "kwaad", "soorten", {**other, **numbers})
    made.register()
    return made


def people(*dimensions: str, table: str = "rijen", **changes: Any) -> dict[str, Any]:
    return counts(*dimensions, source=f"kwaad.{table}", unit="wie", **changes)


def amounts(measure: str, *dimensions: str, table: str = "rijen", **changes: Any) -> dict[str, Any]:
    return sums(*dimensions, bron={"tabel": f"kwaad.{table}"}, maat=measure, tel="wie", **changes)


def of_rows(kind: str, **changes: Any) -> dict[str, Any]:
    """A question of another kind on the tricky people."""
    return {"soort": kind, "bron": {"tabel": "kwaad.rijen"}, "tel": "wie", **changes}


_ANSWERED: dict[tuple[Path, str], Answer] = {}


def answered(world: World, asked: dict[str, Any]) -> Answer:
    """Return the answer to one question; the same question is asked once."""
    key = (world.root, json.dumps(asked))
    if key not in _ANSWERED:
        (_ANSWERED[key],) = world.assess(asked).answers
    return _ANSWERED[key]


def shown(world: World, asked: dict[str, Any]) -> dict[tuple[str, ...], list[str]]:
    """Return the published numbers of a table by their labels, hidden ones as a point; empty when refused."""
    answer = answered(world, asked)
    if answer.verdict is Verdict.REFUSED:
        assert answer.files == {}
        return {}
    assert b"GEHEIM" not in b"".join(answer.files.values())
    wide = len(answer.preview["dimensies"])
    lines = list(csv.reader(answer.files["tabel.csv"].decode().splitlines(), delimiter=";"))[1:]
    return {tuple(line[:wide]): line[wide:] for line in lines}


def visible(world: World, asked: dict[str, Any]) -> dict[tuple[str, ...], list[str]]:
    return {key: numbers for key, numbers in shown(world, asked).items() if "." not in numbers}


def rules(world: World, asked: dict[str, Any]) -> set[str]:
    return {finding.rule for finding in answered(world, asked).findings}


@pytest.mark.parametrize(
    "statistic",
    [
        "list", "lambda x: x.tolist()", "array_agg", "max", "min", "first", "apply", "som; SELECT * FROM kwaad.rijen",
        {"bedrag": "max"}, {"bedrag": ["list", "max"]}, ["som", "max"], None, 1, "__import__('os')", "SOM", "som ",
    ],
)  # fmt: skip
def test_row_dump_or_maximum_through_a_custom_aggregation_a_dict_or_a_string(tricked: World, statistic: Any) -> None:
    """An aggregation is one of a short list of words: a callable, dictionary, list or other name is no question."""
    with pytest.raises(UserError, match="statistiek"):
        tricked.request(amounts("bedrag", "groep", statistiek=statistic))


@pytest.mark.parametrize(
    "asked",
    [
        of_rows("kwantieltabel", dimensies=["groep"], maat="bedrag", punten=[1.0]),
        of_rows("kwantieltabel", dimensies=["groep"], maat="bedrag", punten=[0.0]),
        of_rows("gemiddelde_van_uitersten", dimensies=["groep"], maat="bedrag", aantal=1),
        of_rows("concentratietabel", dimensies=["groep"], maat="bedrag", maatstaf="aandeel_hoogste", hoogste=1),
    ],
)
def test_maximum_through_the_end_of_another_statistic(tricked: World, asked: dict[str, Any]) -> None:
    """The quantile at 1, the mean of the one largest, the share of the one largest: all are one person's amount."""
    with pytest.raises(UserError):
        tricked.request(asked)


@pytest.mark.parametrize("dimension", ["bedrag", "eigen", "breuk"])
def test_row_dump_through_a_dimension_with_a_label_of_its_own_for_everybody(tricked: World, dimension: str) -> None:
    """A table by amount, or by a text that each person has alone, lists the people; no label of it is shown."""
    asked = people(dimension)
    assert set(visible(tricked, asked)) <= {("Totaal",)}
    assert "drempel" in rules(tricked, asked)


def test_one_negative_value_that_switches_dominance_off(tricked: World) -> None:
    """In b +900,000 and -600,000 take each other away, in a one has -4 million: who dominates is by size."""
    asked = amounts("saldo", "groep")
    assert ("a",) not in visible(tricked, asked)
    assert ("b",) not in visible(tricked, asked)
    found = {finding.cell.get("groep"): finding.rule for finding in answered(tricked, asked).findings}
    assert found["a"] == found["b"] == "dominantie"
    assert ("a",) in visible(tricked, amounts("bedrag", "groep"))


@pytest.mark.parametrize(
    "asked",
    [
        people("groep"), people("soort", "groep"), people("teken"), people("nul_een"), people("eigen"),
        people("komma"), people("ja"), people("drie"),
        amounts("bedrag", "groep"), amounts("bedrag", "groep", statistiek="gemiddelde"), amounts("saldo", "groep"),
        amounts("soms", "groep"), amounts("bedrag", "groep", statistiek="standaardafwijking"),
        of_rows("kwantieltabel", dimensies=["groep"], maat="bedrag"),
        of_rows("kwantieltabel", dimensies=["soort"], maat="soms"),
        of_rows("modustabel", dimensies=["groep"], kenmerk="soort"),
        of_rows("histogram", maat="bedrag", klassen=[1500, 2000, 2500]),
        of_rows("regressie", uitkomst="bedrag", regressoren=[{"kolom": "groep", "referentie": "a"}]),
    ],
    ids=lambda asked: f"{asked['soort']}-{'-'.join(asked.get('dimensies', []))}-{asked.get('maat', '')}",
)  # fmt: skip
def test_object_decimal_nullable_boolean_and_categorical_types_pass_the_same_checks(
    tricked: World, asked: dict[str, Any]
) -> None:
    """The rules see values and units, not types: the same values in other Parquet types, the same answer."""
    if "bescherming" not in asked and asked["soort"] != "regressie":
        asked = {**asked, "bescherming": "onderdrukken"}
    plain, other = (answered(tricked, {**asked, "bron": {"tabel": f"kwaad.{table}"}}) for table in ("rijen", "soorten"))
    assert plain.verdict is other.verdict
    assert [(f.rule, f.cell) for f in plain.findings] == [(f.rule, f.cell) for f in other.findings]
    assert plain.tables == other.tables


@pytest.mark.parametrize("dimension", ["komma", "dag", "drie", "teken"])
def test_labels_that_are_floats_dates_booleans_or_hold_quotes_backslashes_brackets_and_sql(
    tricked: World, dimension: str
) -> None:
    """Three persons have the label; whatever it is made of, it is hidden, does not come back, and breaks no file."""
    rare = {"komma": "0.125", "dag": "1847-03-01", "drie": "ja", "teken": str(RARE["teken"])}[dimension]
    asked = people(dimension)
    answer = answered(tricked, asked)
    # with the label itself at least one other is hidden, or the total: else three is what is missing
    hidden = {cell["labels"][0] for cell in answer.preview["cellen"] if cell["merk"] != "getoond"}
    assert rare in hidden
    assert len(hidden) > 1
    for name, content in answer.files.items():
        for place, part in unpacked(name, content):
            assert rare.encode() not in part or dimension == "drie", place
    assert all(int(number) >= 10 for (number,) in visible(tricked, asked).values())


def test_labels_with_marks_come_out_of_every_file_as_they_are(tricked: World) -> None:
    """Five labels of quotes, backslashes, brackets and SQL, of people enough: the same in every format."""
    asked = people("teken", filter=where("teken", "in", list(SIGNS)))
    assert {key[0] for key in visible(tricked, asked)} == {*SIGNS, "Totaal"}
    files = answered(tricked, asked).files
    sheet = openpyxl.load_workbook(io.BytesIO(files["tabel.xlsx"])).active
    assert sheet is not None
    assert {cell.value for cell in sheet["A"]} >= set(SIGNS)
    assert set(pq.read_table(io.BytesIO(files["tabel.parquet"])).column("teken").to_pylist()) >= set(SIGNS)
    assert all(html.escape(sign) in files["tabel.html"].decode() for sign in SIGNS)


@pytest.mark.parametrize("statistic", ["som", "gemiddelde", "standaardafwijking"])
def test_missing_values_that_shrink_the_number_of_contributors(tricked: World, statistic: str) -> None:
    """Of 96 people in a and in b six have the value: six stand behind the mean, not 96."""
    asked = amounts("soms", "groep", statistiek=statistic)
    assert not {("a",), ("b",), ("c",)} & set(visible(tricked, asked))
    assert "drempel" in rules(tricked, asked)
    for kind, field in (("kwantieltabel", {}), ("gemiddelde_van_uitersten", {})):
        other = of_rows(kind, dimensies=["groep"], maat="soms", bescherming="onderdrukken", **field)
        assert not {("a",), ("b",), ("c",)} & set(visible(tricked, other))
    assert ("a",) not in visible(tricked, people("groep", filter=where("soms", "niet leeg", None)))


def test_the_mode_of_three_persons(tricked: World) -> None:
    """Three persons with one colour: the mode would be everybody's; of the 96 in a nearly all have the same."""
    asked = of_rows("modustabel", dimensies=["groep"], kenmerk="soort", bescherming="onderdrukken")
    assert visible(tricked, asked) == {}
    found = {finding.cell.get("groep"): finding.rule for finding in answered(tricked, asked).findings}
    assert found["GEHEIM drie"] == "drempel"
    assert found["a"] == "modus"


def test_a_mean_of_zeros_and_ones_and_a_share_of_exactly_0_or_1(tricked: World) -> None:
    """Everybody in b has it and nobody in the rest: each way to say so is hidden or refused."""
    for statistic in ("gemiddelde", "som", "variantie"):
        with pytest.raises(UserError, match="maat 'nul_een' heeft hier maar een of twee verschillende waarden"):
            tricked.assess(amounts("nul_een", "groep", statistiek=statistic))
    everybody = {"filter": where("nul_een", "=", 1)}
    share = of_rows("verhoudingstabel", dimensies=["groep"], teller=everybody, noemer={}, bescherming="onderdrukken")
    assert not {key for key in visible(tricked, share) if key != ("Totaal",)}
    for value in (0, 1):
        assert ("b",) not in visible(tricked, people("groep", filter=where("nul_een", "=", value)))
    assert not {key for key in visible(tricked, people("groep", "nul_een")) if "Totaal" not in key}


def test_a_98_percent_group(tricked: World) -> None:
    """Of the 96 in a, 94 are red: who knows somebody of a knows the colour, however large the group is."""
    told = visible(tricked, people("groep", "soort"))
    assert ("a", "rood") not in told
    assert ("a", "blauw") not in told
    assert "groepsonthulling" in rules(tricked, people("groep", "soort"))
    assert ("a",) not in visible(tricked, people("groep", filter=where("soort", "=", "rood")))


def _regression(*regressors: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return of_rows("regressie", uitkomst="bedrag", regressoren=list(regressors), **changes)


@pytest.mark.parametrize(
    "asked",
    [
        _regression({"kolom": "eigen", "referentie": "GEHEIM 1"}, {"kolom": "breuk"}),
        _regression({"kolom": "groep", "referentie": "a"}, {"kolom": "breuk"}),
        _regression({"kolom": "drie", "referentie": False}, {"kolom": "breuk"}),
        _regression({"kolom": "teken", "referentie": SIGNS[0]}, {"kolom": "breuk"}),
        _regression({"kolom": "komma"}, {"kolom": "dag"}),
        _regression({"kolom": "breuk"}, filter=where("groep", "=", "GEHEIM drie")),
        _regression({"kolom": "soort", "referentie": "rood"}, {"kolom": "groep", "referentie": "a"},
                    interacties=[["soort", "groep"]]),
        {**_regression({"kolom": "groep", "referentie": "a"}), "model": "logit", "uitkomst": "nul_een"},
    ],
    ids=["dummy per person", "group of three", "flag of three", "label of three", "date", "three rows", "crossed",
         "separated"],
)  # fmt: skip
def test_a_regression_dummy_for_one_person_and_saturated_group_dummies(tricked: World, asked: dict[str, Any]) -> None:
    """A coefficient of a group of one or three is their own value; no model with one is answered, nor named."""
    answer = answered(tricked, asked)
    assert answer.verdict is Verdict.REFUSED
    assert answer.findings
    words = " ".join(f"{finding.sentence} {finding.remedy} {dict(finding.cell)}" for finding in answer.findings)
    assert "GEHEIM" not in words or "GEHEIM" in json.dumps(asked)


@pytest.mark.parametrize(
    "name", ["n_min", "drempel", "beleid", "policy", "group_share", "dominance_share", "p_percent", "oordeel", "merk"]
)
def test_thresholds_and_verdicts_brought_along_by_the_analyst(tricked: World, name: str) -> None:
    """A question has no field for a threshold, a policy or a verdict: not of an output, nor of the request."""
    with pytest.raises(UserError, match=f"onbekend veld '(uitvoer\\.0\\.)?{name}'"):
        tricked.request(people("groep", **{name: 1}))
    with pytest.raises(UserError, match=f"onbekend veld '{name}'"):
        tricked.request(people("groep"), **{name: "vrij"})


def test_a_verdict_edited_in_the_process(tricked: World) -> None:
    """Who holds the answer in Python cannot change it: it is frozen, and the release computes it again anyhow."""
    assessment = tricked.assess(people("groep", bescherming="geen"))
    (answer,) = assessment.answers
    with pytest.raises(AttributeError):
        answer.verdict = Verdict.FREE  # type: ignore[misc]
    with pytest.raises(AttributeError):
        assessment.verdict = Verdict.FREE  # type: ignore[misc]
    assert assessment.payload.keys() == {"LEESMIJ.md"}


def test_twenty_rows_of_four_households(tricked: World) -> None:
    """The 45 people of c live in four households: four, however many rows."""
    asked = people("groep")
    assert ("c",) not in visible(tricked, asked)
    sentences = {f.sentence for f in answered(tricked, asked).findings if f.cell.get("groep") == "c"}
    assert any("huishoudens" in sentence for sentence in sentences)
    for other in (amounts("bedrag", "groep"), amounts("bedrag", "groep", statistiek="gemiddelde")):
        assert ("c",) not in visible(tricked, other)
    told = of_rows("kwantieltabel", dimensies=["groep"], maat="bedrag", bescherming="onderdrukken")
    assert ("c",) not in visible(tricked, told)


def test_a_histogram_per_small_group(tricked: World) -> None:
    """A panel of three persons, and one of four households: no bar of theirs is drawn or told."""
    bars = of_rows("histogram", maat="bedrag", klassen=[1500, 2000, 2500], per="groep")
    assert tricked.assess(bars).answers[0].verdict is Verdict.REFUSED
    told = visible(tricked, {**bars, "bescherming": "onderdrukken"})
    assert told
    assert not {key for key in told if key[0] in {"c", "GEHEIM drie"}}
    (answer,) = tricked.assess({**bars, "bescherming": "onderdrukken"}).answers
    assert b"GEHEIM" not in answer.files["figuur.svg"]


def test_a_pickled_model_leaves_neither_as_a_file_nor_beside_an_answer(tricked: World, tmp_path: Path) -> None:
    """A model file holds its training data; what leaves of a model is a table, a record and words."""
    from outputcontrole.notebook import check_file

    for name in ("model.pkl", "model.joblib", "model.sav", "model.onnx", "model.txt", "model.md", "model.py"):
        path = tmp_path / name
        path.write_bytes(pickle.dumps({"resid": [1.0, 2.0], "exog": tricky()[:2]}))
        assert check_file(path).verdict is Verdict.REFUSED
    (answer,) = tricked.assess(_regression({"kolom": "breuk"})).answers
    assert answer.verdict is not Verdict.REFUSED
    assert {Path(name).suffix for name in answer.files} == {".json", ".csv", ".md"}
    with pytest.raises(UserError, match=r"onzichtbaar teken|verwacht"):
        tricked.request({"soort": "tekst", "tekst": pickle.dumps([1]).decode("latin-1")})


@pytest.mark.parametrize("statistic", ["som", "gemiddelde", "standaardafwijking", "variantie"])
def test_integer_overflow(tricked: World, statistic: str) -> None:
    """The sum of 96 amounts near 2^63 is 96 times that, exactly; nothing wraps round to a small or negative number."""
    told = visible(tricked, amounts("reus", "groep", statistiek=statistic))
    exact = sum(2**63 - 1 - i for i in range(96))
    if statistic == "som":
        assert told[("a",)][-1] == str(exact)
    if statistic == "gemiddelde":
        # half goes to even: the mean is 2^63 - 48.5
        assert told[("a",)][-1] in {str(exact // 96), str(exact // 96 + 1)}
    assert all(not number.startswith("-") for numbers in told.values() for number in numbers)


@pytest.mark.parametrize("value", [2**53, 2**63, 10**400, -(2**63) - 1])
def test_integer_overflow_in_the_question(tricked: World, value: int) -> None:
    """A number that some readers would round is no number in a question."""
    with pytest.raises(UserError, match=r"bruikbaar getal|waarde"):
        tricked.request(people("groep", filter=where("bedrag", ">=", value)))


@pytest.mark.parametrize(
    "asked",
    [
        amounts("oneindig", "groep"),
        amounts("oneindig", "groep", statistiek="gemiddelde"),
        of_rows("kwantieltabel", dimensies=["groep"], maat="oneindig", bescherming="onderdrukken"),
        of_rows("gemiddelde_van_uitersten", dimensies=["groep"], maat="oneindig", bescherming="onderdrukken"),
        of_rows("concentratietabel", dimensies=["groep"], maat="oneindig", bescherming="onderdrukken"),
        of_rows("lorenzcurve", maat="oneindig"),
        of_rows("boxplot", maat="oneindig", per="groep", bescherming="onderdrukken"),
        of_rows("correlatie", kolommen=["oneindig", "breuk"]),
        of_rows("regressie", uitkomst="oneindig", regressoren=[{"kolom": "breuk"}]),
        of_rows("regressie", uitkomst="bedrag", regressoren=[{"kolom": "oneindig"}]),
        of_rows("factoranalyse", kolommen=["oneindig", "breuk", "bedrag"]),
        of_rows("toetsing", toets="anova", groep="ja", maat="oneindig"),
    ],
    ids=lambda asked: f"{asked['soort']}-{asked.get('statistiek', asked.get('uitkomst', ''))}",
)
def test_infinities_and_not_a_number(tricked: World, asked: dict[str, Any]) -> None:
    """One infinite amount would swallow the rules' shares: such a measure is refused, with its column and a fix."""
    try:
        answer = answered(tricked, asked)
        words = "; ".join(f"{finding.sentence}; {finding.remedy}" for finding in answer.findings)
        assert answer.verdict is Verdict.REFUSED, answer.tables
    except UserError as error:
        words = str(error)
    assert "oneindig" in words
    assert "\n" not in words


@pytest.mark.parametrize(
    "asked",
    [
        people("groep", table="niemand"),
        amounts("bedrag", "groep", table="niemand"),
        people("groep", filter=where("bedrag", "<", 0)),
        amounts("bedrag", "groep", filter=where("bedrag", "<", 0)),
        of_rows("kwantieltabel", dimensies=["groep"], maat="bedrag", filter=where("bedrag", "<", 0)),
        of_rows("histogram", maat="bedrag", klassen=[1, 2], filter=where("bedrag", "<", 0)),
        of_rows("regressie", uitkomst="bedrag", regressoren=[{"kolom": "breuk"}], filter=where("bedrag", "<", 0)),
        of_rows("correlatie", kolommen=["bedrag", "breuk"], bron={"tabel": "kwaad.niemand"}),
        of_rows("modustabel", dimensies=["groep"], kenmerk="soort", bron={"tabel": "kwaad.niemand"}),
        of_rows("lorenzcurve", maat="bedrag", bron={"tabel": "kwaad.niemand"}),
    ],
    ids=lambda asked: f"{asked['soort']}-{asked['bron']['tabel']}",
)
def test_an_empty_result(tricked: World, asked: dict[str, Any]) -> None:
    """Nobody is not nothing: that a group is empty says something, so an empty answer is a refusal with its reason."""
    answer = answered(tricked, asked)
    assert answer.verdict is Verdict.REFUSED
    assert answer.findings
    assert answer.files == {}


def test_numerator_and_denominator_over_other_labels(tricked: World) -> None:
    """A filter on the dimension in one of the two leaves other cells: their numbers may not slide along each other."""
    parts = {
        "teller": {"filter": where("groep", "in", ["a", "b"])},
        "noemer": {"filter": where("groep", "in", ["b", "c"])},
    }
    (answer,) = tricked.assess(of_rows("verhoudingstabel", dimensies=["groep"], **parts)).answers
    assert answer.verdict is Verdict.REFUSED
    assert "niet dezelfde labels" in answer.findings[0].sentence
    same = {"teller": {"maat": "bedrag"}, "noemer": {}, "filter": where("groep", "in", ["a", "b"])}
    told = visible(tricked, of_rows("verhoudingstabel", dimensies=["groep"], bescherming="onderdrukken", **same))
    assert ("a",) in told


def test_a_sum_over_its_own_labels(tricked: World) -> None:
    """Of a measure that is a dimension too the count behind it lacks the label `onbekend`: other cells again."""
    answer = answered(tricked, amounts("soms", "soms"))
    assert answer.verdict is Verdict.REFUSED
    assert answer.files == {}


@pytest.mark.parametrize("kind", ["kwantieltabel", "gemiddelde_van_uitersten", "concentratietabel"])
def test_a_measure_that_is_its_own_dimension(tricked: World, kind: str) -> None:
    """The quantile of an amount per amount is the amount; it is no question."""
    with pytest.raises(UserError, match="'maat' is ook een dimensie"):
        tricked.request(of_rows(kind, dimensies=["bedrag"], maat="bedrag"))


@pytest.mark.parametrize(
    ("asked", "column"),
    [
        (people("wie"), "wie"),
        (people("weg"), "weg"),
        (people("groep", tel="groep"), "tel"),
        (people("groep", filter=where("thuis", "=", "x")), "thuis"),
        (people("groep", filter=where("weg", "=", 1)), "weg"),
        (people("groep", filter=where("bedrag", "=", "1.5")), "bedrag"),
        (people("groep", filter=where("bedrag", "=", "GEEN")), "bedrag"),
        (people("groep", filter=where("dag", ">=", "2016-02-30")), "dag"),
        (people("groep", filter=where("ja", "=", "misschien")), "ja"),
        (people("groep", klassen={"groep": [1, 2]}), "groep"),
        (amounts("groep", "soort"), "groep"),
        (amounts("oneindig", "groep"), "oneindig"),
        (amounts("nul_een", "groep"), "nul_een"),
        (amounts("wie", "groep"), "wie"),
        (of_rows("histogram", maat="groep", klassen=[1, 2]), "groep"),
        (of_rows("regressie", uitkomst="groep", regressoren=[{"kolom": "breuk"}]), "groep"),
        (of_rows("regressie", uitkomst="bedrag", regressoren=[{"kolom": "groep"}]), "groep"),
        (of_rows("modustabel", dimensies=["groep"], kenmerk="wie"), "wie"),
        (of_rows("correlatie", kolommen=["bedrag", "oneindig"]), "oneindig"),
        (of_rows("kwantieltabel", dimensies=["ja"], maat="oneindig"), "oneindig"),
    ],
)
def test_a_message_names_the_column_and_no_label_of_the_data(
    tricked: World, asked: dict[str, Any], column: str
) -> None:
    """Labels are data: a message repeats what the analyst wrote, and of the data names of columns only."""
    try:
        answer = answered(tricked, asked)
        words = " ".join(f"{finding.sentence} {finding.remedy}" for finding in answer.findings)
        assert answer.verdict is Verdict.REFUSED
    except UserError as error:
        words = str(error)
    assert f"'{column}'" in words
    for label in ("GEHEIM", "rood", "blauw", "DROP", "1847"):
        assert label not in words
    assert "\n" not in words
