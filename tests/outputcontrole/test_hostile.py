"""Questions and data made to break the checker: all end in a verdict or in one line, and nothing gets out."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from outputcontrole.spec import Verdict
from tests.outputcontrole.conftest import SMALL
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
