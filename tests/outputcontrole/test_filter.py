"""A filter as text: it means what SQL's logic of three values says, whatever it looks like, and never does anything."""

import datetime as dt
import json
import operator
import os
import time
from collections.abc import Callable
from decimal import Decimal
from functools import reduce
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outputcontrole.access import open_access
from outputcontrole.asked import AskedTable, check_table, population_of
from outputcontrole.evidence import Collector
from outputcontrole.spec import Request, TableSource, Verdict, parse_request
from outputcontrole.spec.filter import MAX_DEPTH, AnyOf, canonical_filter, columns_of_filter, filter_text, parse_filter
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.test_evidence import open_table
from tests.outputcontrole.world import Column, World, counts, uuid, uuid_text
from zoo_formaat.canonical import digest
from zoo_formaat.errors import UserError

SOURCE = TableSource(tabel="proef.rijen")
COLUMNS: list[Column] = [
    ("eenheid", "uuid", "adres", "verblijfsobject"),
    ("g", "integer", None, None),
    ("t", "string", None, None),
    ("b", "boolean", None, None),
    ("d", "date", None, None),
    ("k", "number", None, None),
]
VALUES: dict[str, list[Any]] = {
    "g": [None, -3, 0, 1, 2, 10],
    "t": [None, "", "a", "b", 'x"; DROP TABLE "r', "a' OR '1'='1", "een\\twee"],
    "b": [None, True, False],
    "d": [None, dt.date(1999, 12, 31), dt.date(2010, 1, 1)],
    "k": [None, 0.5, 2.25, -7.0],
}
STEPS = {"g": 1, "t": 6, "b": 2, "d": 5, "k": 3}
ROWS = [
    [uuid("w", i), *(VALUES[name][(i // step) % len(VALUES[name])] for name, step in STEPS.items())] for i in range(126)
]
FULL = 20 if os.environ.get("ZOO_FULL") else 1

# --- a slow, obviously correct evaluation of a filter as its author wrote it, negations and all ----------------------

Tree = tuple[Any, ...]
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def value_of(tree: Tree, row: dict[str, Any]) -> bool | None:
    """True, false or unknown (None), as in SQL."""
    match tree:
        case ("niet", part):
            value = value_of(part, row)
            return None if value is None else not value
        case ("en" | "of" as word, parts):
            decides = word == "of"
            values = [value_of(part, row) for part in parts]
            return decides if decides in values else None if None in values else not decides
        case (column, "leeg"):
            return row[column] is None
        case (column, "in" | "niet in" as word, listed):
            return None if row[column] is None else (row[column] in listed) == (word == "in")
        case (column, sign, other):
            return None if row[column] is None else OPERATORS[sign](row[column], other)
    raise AssertionError(tree)


def spelled(tree: Tree, english: bool) -> str:
    word = {"en": "and", "of": "or", "niet": "NOT", "waar": "true", "onwaar": "False"} if english else {}

    def literal(value: Any) -> str:
        if isinstance(value, bool):
            text = "waar" if value else "onwaar"
            return word.get(text, text)
        if isinstance(value, int | Decimal):
            return str(value)
        text = value.isoformat() if isinstance(value, dt.date) else str(value)
        quote = "'" if english else '"'
        return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote

    match tree:
        case ("niet", part):
            return f"{word.get('niet', 'niet')} ({spelled(part, english)})"
        case ("en" | "of" as kind, parts):
            return f" {word.get(kind, kind)} ".join(f"({spelled(part, english)})" for part in parts)
        case (column, "leeg"):
            return f"{column} is null" if english else f"leeg({column})"
        case (column, "in" | "niet in" as kind, listed):
            sign = {"in": "IN", "niet in": "not in"}[kind] if english else kind
            return f"{column} {sign} [{', '.join(map(literal, listed))}]"
        case (column, sign, other):
            return f"{column} {sign}{literal(other)}"
    raise AssertionError(tree)


def other_values(column: str) -> st.SearchStrategy[Any]:
    known = [value for value in VALUES[column] if value is not None]
    return st.sampled_from([Decimal(str(value)) for value in known] if column == "k" else known)


def conditions() -> st.SearchStrategy[Tree]:
    return st.sampled_from(list(VALUES)).flatmap(
        lambda column: st.one_of(
            st.tuples(st.just(column), st.just("leeg")),
            st.tuples(st.just(column), st.sampled_from(sorted(OPERATORS)), other_values(column)),
            st.tuples(
                st.just(column),
                st.sampled_from(["in", "niet in"]),
                st.lists(other_values(column), min_size=1, max_size=3),
            ),
        )
    )


TREES = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        st.tuples(st.just("niet"), inner),
        st.tuples(st.sampled_from(["en", "of"]), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def collector() -> Collector:
    return Collector(open_table(ROWS, COLUMNS), 1)


@settings(max_examples=100 * FULL, deadline=None)
@given(tree=TREES, english=st.booleans())
def test_the_database_agrees_with_the_logic_of_three_values(collector: Collector, tree: Tree, english: bool) -> None:
    try:
        parsed = parse_filter(spelled(tree, english))
    except UserError as error:
        assert "te diep" in str(error)
        return
    table = AskedTable(SOURCE, parsed, (), "eenheid")
    rows = [dict(zip([name for name, *_ in COLUMNS], values, strict=True)) for values in ROWS]
    expected = {row["eenheid"] for row in rows if value_of(tree, row) is True}
    assert int(collector.collect(table).cells["n"].iloc[0]) == len(expected)
    assert {held.bytes for held in collector.rows(table, [])["eenheid"]} == expected
    # what is written down, sent and read again is the same filter
    assert parse_filter(filter_text(parsed)) == parsed
    again = AskedTable.from_record(json.loads(json.dumps(table.record())))
    assert (again, again.key) == (table, table.key)
    assert columns_of_filter(parsed) <= set(VALUES)


FRAGMENTS = ["(", ")", "[", "]", ",", "en", "of", "niet", "in", "is", "leeg", "g", "t", "=", "<=", '"a"', "'", '"', "`"]
FRAGMENTS += ["2010-01-01", "12", "1.5", "--", ";", "DROP TABLE x", "\\", "\x00", "\u200b", "é", "9" * 50, "and", "not"]
FRAGMENTS += ["__import__('os')", "{{", "$1", "\n", "niet niet", "((", "[["]


@settings(max_examples=500 * FULL, deadline=2000)
@given(st.one_of(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(" ".join), st.text(max_size=60)))
def test_a_broken_text_is_an_error_in_words(text: str) -> None:
    try:
        assert canonical_filter(parse_filter(text)) == parse_filter(text)
    except UserError as error:
        assert "teken " in str(error)
        assert str(error).isprintable()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("woz_waarde >", 'teken 13: verwacht een getal, "tekst"'),
        ("woz_waarde 200", "teken 12: verwacht =, !="),
        ("woz_waarde = 200 bouwjaar = 3", "teken 18: verwacht 'en', 'of' of het einde"),
        ("datum >= 2010-01-01", 'teken 10: zet een datum tussen aanhalingstekens: "2010-01-01"'),
        ("(a = 1 of b = 2", "verwacht 'en', 'of' of ')'"),
        ("a in (1, 2)", "verwacht '['"),
        ("a niet leeg", "verwacht 'in' na 'niet'"),
        ("Woningtype = 1", "'Woningtype' is geen kolomnaam"),
        ("a = 'x", "eindigt niet"),
        ("a = b", "maar er staat 'b'"),
        ("a = 1; DROP TABLE x", "';' heeft hier geen betekenis"),
        ("lower(a) = 1", "verwacht =, !="),
        ("a = 99999999999999999999", "te groot"),
        ("a = 'x\u200by'", "onzichtbaar teken"),
        ("(" * 5000, f"hooguit {MAX_DEPTH} niveaus"),
        ("niet " * 1900 + "a = 1", f"hooguit {MAX_DEPTH} niveaus"),
        (" of ".join(["a = 1"] * 300), "meer dan 200 voorwaarden"),
        ("a = 1 of " * 5000, "langer dan 10000 tekens"),
        (f"a in [{', '.join(map(str, range(1100)))}]", "meer dan 1000 waarden"),
    ],
)
def test_the_error_says_where_and_what_was_expected(text: str, message: str) -> None:
    begun = time.monotonic()
    with pytest.raises(UserError) as caught:
        parse_filter(text)
    assert message in str(caught.value)
    assert time.monotonic() - begun < 1


def test_equal_filters_have_equal_digests_however_they_are_written() -> None:
    texts = [
        'a > 1 en (b = "x" of niet leeg(c)) en a > 1',
        "(c is not null OR b = \"x\" or b == 'x') and niet a <= 1",
        'not (a <= 1 of (b <> "x" en leeg(c)))',
        'a > 1 en (b in ["x", "x"] of niet (c is leeg))',
    ]
    keys = {AskedTable(SOURCE, parse_filter(text), ("t",), "eenheid").key for text in texts}
    assert len(keys) == 1
    assert len({digest(json.dumps(request(filter=text)["uitvoer"], default=str)) for text in texts}) == 4
    assert len({parsed(filter=text).digest for text in texts}) == 1
    other = AskedTable(SOURCE, parse_filter('a > 1 en b = "x" of niet leeg(c)'), ("t",), "eenheid").key
    assert other not in keys
    # 1 and true are not the same value
    assert len(parse_filter("a = 1 of a = waar")) == 1
    assert isinstance(parse_filter("a = 1 of a = waar")[0], AnyOf)


def request(**changes: Any) -> dict[str, Any]:
    return World.draft(counts("woningtype", **changes))


def parsed(**changes: Any) -> Request:
    return parse_request(json.dumps(request(**changes)).encode(), "aanvraag")


def test_a_list_of_conditions_keeps_the_digest_it_had() -> None:
    conditions = [
        {"kolom": "woz_waarde", "is": ">", "waarde": 5},
        {"kolom": "bouwjaar", "is": "in", "waarde": [1950, 1900, 1900]},
        {"kolom": "adres", "is": "niet leeg", "waarde": None},
    ]
    # as computed by the code from before there were trees
    before = "sha256:0be3a55c4c0e838dfaa1ab9d1e0f7b4dc1a297cc9ffe2cf4437124034f4a9ed0"
    assert parsed(filter=conditions).digest == before
    assert parsed(filter=conditions).uitvoer[0].model_dump(mode="json", by_alias=True)["filter"] == conditions
    swapped = parsed(filter=conditions[::-1])
    assert swapped.digest != parsed(filter=conditions).digest
    (one,), (other,) = ([output.filter for output in r.uitvoer] for r in (parsed(filter=conditions), swapped))  # type: ignore[union-attr]
    keys = {AskedTable(SOURCE, tuple(f), (), "woning").key for f in (one, other)}
    assert len(keys) == 1
    text = "bouwjaar in [1900, 1950] en niet leeg(adres) en woz_waarde > 5"
    assert AskedTable(SOURCE, parse_filter(text), (), "woning").key in keys


def test_a_request_with_the_deepest_text_can_be_sent_and_read() -> None:
    text = "b = 1"
    for level in range(MAX_DEPTH - 1):
        text = f"({text} of a{level} = 1 en c{level} in [1, 2])" if level else f"({text} of a = 1)"
    deep = parsed(filter=text)
    assert parse_request(deep.content(), "aanvraag") == deep
    nested: Any = {"kolom": "a", "is": "=", "waarde": 1}
    for _ in range(300):
        nested = {"of": [nested]}
    with pytest.raises(UserError, match="te diep genest"):
        parsed(filter=[nested])


def test_an_alternative_counts_what_pandas_counts(world: World) -> None:
    text = 'woz_waarde > 300000 en (woningtype in ["hoekwoning", "tussenwoning"] of bouwjaar < 1950)'
    shown = csv(answer(world, counts("buurtcode", filter=text)).files["tabel.csv"]).set_index("buurtcode")["aantal"]
    rows = [
        dict(zip([name for name, *_ in columns], row, strict=True))
        for columns, table in [world.sources["bag"]["woningen"]]
        for row in table
    ]
    chosen = [
        row["buurtcode"]
        for row in rows
        if row["woz_waarde"] > 300_000
        and (row["woningtype"] in {"hoekwoning", "tussenwoning"} or row["bouwjaar"] < 1950)
    ]
    numbers = {code: int(n) for code, n in shown.items() if n != "." and str(code).startswith("BU")}
    assert len(numbers) >= 5
    assert numbers == {code: chosen.count(str(code)) for code in numbers}


PICKS = [
    'woning = "{unit}"',
    'niet (woning != "{unit}")',
    'woningtype = "hoekwoning" of woning = "{unit}"',
    'niet (woning = "{unit}" of bouwjaar > 1900) of bouwjaar < 1950',
    'bouwjaar > 1900 en niet (woning in ["{unit}", "{unit}"])',
    'woning < "{unit}" of leeg(bouwjaar)',
]


@pytest.mark.parametrize("pick", PICKS)
def test_nobody_is_picked_out_however_deep_the_pick_stands(world: World, pick: str) -> None:
    unit = uuid_text("woning", 3)
    with pytest.raises(UserError, match="pseudoniem") as caught:
        world.assess(counts(filter=pick.format(unit=unit)))
    assert unit not in str(caught.value)


def test_columns_and_values_in_alternatives_are_checked(world: World) -> None:
    with pytest.raises(UserError, match="filterkolom 'prijs' bestaat niet"):
        world.assess(counts(filter="bouwjaar > 1900 of niet leeg(prijs)"))
    with pytest.raises(UserError, match="hele getallen"):
        world.assess(counts(filter="bouwjaar > 1900.5 of woz_waarde = 3"))
    with pytest.raises(UserError, match="filterkolom 'bouwjaar' past niet bij de kolom; verwacht een heel getal"):
        world.assess(counts(filter='bouwjaar > "tekst" of woz_waarde = 3'))


def test_alternatives_on_a_characteristic_choose_among_a_population_and_areas_do_not() -> None:
    access = open_table(ROWS, [*COLUMNS, ("buurtcode", "string", None, None)][: len(COLUMNS)])
    chosen = AskedTable(SOURCE, parse_filter('(t = "a" of g = 1) en niet leeg(g)'), (), "eenheid")
    check_table(chosen, access, "proef")
    around = population_of(chosen, access)
    assert around is not None
    assert filter_text(around.filter) == "niet leeg(g)"
    areas = AskedTable(SOURCE, parse_filter('buurtcode = "BU1" of wijkcode = "WK1"'), (), "eenheid")
    assert population_of(areas, access) is None
    mixed = AskedTable(SOURCE, parse_filter('buurtcode = "BU1" of g = 1'), (), "eenheid")
    assert population_of(mixed, access) is not None
    twice = parse_filter("niet leeg(g)")
    assert population_of(AskedTable(SOURCE, (*twice, *twice), (), "eenheid"), access) is None


def test_nearly_everybody_is_a_group_disclosure_also_by_alternatives(world: World) -> None:
    # dwellings of any year but a few: the count next to that of all of them says what nearly everybody is
    nearly = 'woningtype = "appartement" of woningtype = "tussenwoning" of bouwjaar < 1990 of woz_waarde > 200000'
    assert answer(world, counts("gemeentecode", filter=nearly, bescherming="geen")).verdict is Verdict.REFUSED


def test_values_are_bound_and_never_part_of_the_statement(collector: Collector) -> None:
    hostile = 'x"; DROP TABLE "r'
    statements: list[str] = []

    class Spy:
        def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
            self._connection = connection

        def execute(self, query: str, values: Any = None) -> Any:
            statements.append(query)
            return self._connection.execute(query, values)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

    access = open_table(ROWS, COLUMNS)
    object.__setattr__(access, "connection", Spy(access.connection))
    quoted = hostile.replace('"', '\\"')
    Collector(access, 1).collect(AskedTable(SOURCE, parse_filter(f'niet (t = "{quoted}" en g > 1)'), (), "eenheid"))
    assert statements
    assert not any("DROP" in statement for statement in statements)
    assert reduce(operator.or_, ("$f0_0" in statement for statement in statements))


def test_a_filter_on_a_dimension_chooses_its_labels(world: World) -> None:
    some = {"filter": [{"kolom": "woningtype", "is": "in", "waarde": ["appartement", "tussenwoning"]}]}
    found = answer(world, counts("woningtype", bescherming="geen", **some))
    assert found.verdict is Verdict.FREE
    everything = csv(answer(world, counts("woningtype")).files["tabel.csv"]).set_index("woningtype")["aantal"]
    table = csv(found.files["tabel.csv"]).set_index("woningtype")["aantal"]
    assert set(table.index) == {"appartement", "tussenwoning", "Totaal"}
    assert table["appartement"] == everything["appartement"]
    # one label by itself is everybody of that label: the table without the dimension is the question
    one = {"filter": [{"kolom": "woningtype", "is": "=", "waarde": "appartement"}]}
    assert answer(world, counts("woningtype", bescherming="geen", **one)).verdict is Verdict.REFUSED


def test_a_filter_beside_a_dimension_is_still_held_against_everybody_in_the_cell(world: World) -> None:
    # nearly all dwellings have a value: their count tells of each that it has one
    nearly_all = {"filter": [{"kolom": "woz_waarde", "is": ">", "waarde": 0}]}
    found = answer(world, counts("woningtype", bescherming="geen", **nearly_all))
    assert found.verdict is Verdict.REFUSED


def test_a_filter_that_cuts_through_a_class_is_held_against_the_class(world: World) -> None:
    above = parse_filter("woz_waarde > 150000")
    table = AskedTable(
        TableSource(tabel="bag.woningen"), tuple(above), ("woz_waarde",), "woning", bins=(("woz_waarde", (100_000.0,)),)
    )
    access = open_access(world.registration.packages("proef"))
    population = population_of(table, access)
    assert population is not None and population.filter == ()
    by_label = AskedTable(TableSource(tabel="bag.woningen"), tuple(above), ("woz_waarde",), "woning")
    assert population_of(by_label, access) is None
