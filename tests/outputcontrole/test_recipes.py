"""Derived data from request to release, in the real sandbox: what may be asked, what may not, and what people weigh."""

import json
import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outputcontrole.assessment import Assessment
from outputcontrole.bundle.verify import verify_bundle
from outputcontrole.kinds import asked_tables
from outputcontrole.spec import PythonRecipe, SqlRecipe, Verdict, parse_request
from outputcontrole.spec.recipe import digests_of, method_of
from tests.outputcontrole.conftest import SMALL
from tests.outputcontrole.test_protection import ODD, SOME, Published, csv, some
from tests.outputcontrole.world import (
    BUURTEN,
    MAP,
    Column,
    Tables,
    World,
    build,
    copy,
    counts,
    dwellings,
    hits,
    sales,
    sums,
    uuid,
    uuid_text,
)
from zoo_formaat.errors import UserError

PERSONEN: list[Column] = [
    ("persoon", "uuid", "persoon", "persoon"),
    ("huishouden", "uuid", "huishouden", "huishouden"),
    ("geboortejaar", "integer", None, None),
    ("inkomen", "integer", None, None),
    ("buurtcode", "string", None, None),
]
VERKOPEN: list[Column] = [
    ("verkoop", "uuid", None, "recordnummer:handel.verkopen"),
    ("koper", "uuid", "persoon", "persoon"),
    ("verkoper", "uuid", "persoon", "persoon"),
    ("huis", "uuid", "adres", "verblijfsobject"),
    ("buurtcode", "string", None, None),
]
X = 1_000
"""The person whom smugglers are after: the only one born in 1888."""


def persons() -> Tables:
    """Households of one to four in four buurten; X lives alone and earns 41,000."""
    generator = np.random.default_rng(7)
    rows: list[list[Any]] = []
    for household in range(360):
        for _ in range(1 + household % 4):
            income = int(generator.integers(10, 90)) * 1000
            rows.append(
                [
                    uuid("persoon", len(rows)),
                    uuid("huishouden", household),
                    1940 + household % 60,
                    income,
                    BUURTEN[household // 4 % len(BUURTEN)],
                ]
            )
    rows.append([uuid("persoon", X), uuid("huishouden", X), 1888, 41_000, BUURTEN[0]])
    return {"personen": (PERSONEN, rows)}


def trade() -> Tables:
    """Two hundred sales; one seller sold every second house, the others sold one each."""
    rows: list[list[Any]] = []
    for number in range(200):
        seller = 5_000 if number % 2 else 6_000 + number
        rows.append(
            [
                uuid("verkoop", number),
                uuid("persoon", number),
                uuid("persoon", seller),
                uuid("huis", number),
                BUURTEN[number % 2],
            ]
        )
    return {"verkopen": (VERKOPEN, rows)}


PEOPLE = persons()["personen"][1]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("recepten") / "w", extra={"brp": persons(), "handel": trade()}, **SMALL)


@pytest.fixture
def own_city(city: World, tmp_path: Path) -> World:
    return copy(city, tmp_path / "eigen")


def sql(naam: str, text: str) -> dict[str, Any]:
    return {"soort": "sql", "naam": naam, "sql": text}


def python(naam: str, module: str, *tabellen: str) -> dict[str, Any]:
    return {"soort": "python", "naam": naam, "module": module, "functie": "maak", "tabellen": list(tabellen)}


def source(recipes: list[dict[str, Any]], naam: str) -> dict[str, str]:
    models = [(SqlRecipe if recipe["soort"] == "sql" else PythonRecipe)(**recipe) for recipe in recipes]
    return {"recept": naam, "sha256": digests_of(models)[naam]}


def asked(recipes: list[dict[str, Any]], naam: str, *dimensions: str, unit: str, **changes: Any) -> dict[str, Any]:
    return counts(*dimensions, unit=unit, **{"bron": source(recipes, naam), **changes})


def shown(assessment: Assessment, number: int = 0) -> dict[tuple[str, ...], int]:
    """The cells of a table of counts that are shown."""
    header, lines = csv(assessment, number)
    at = header.index("aantal")
    return {tuple(line[:at]): int(line[at]) for line in lines if line[at] != "."}


def temporary(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.name.startswith("zoo-recepten-")]


# Ordinary recipes

SOLD = [
    sql(
        "verkocht",
        "SELECT w.woning, w.buurtcode, count(*) AS verkopen\n"
        "FROM bag.woningen AS w JOIN kadaster.transacties AS t ON w.woning = t.woning\n"
        "GROUP BY w.woning, w.buurtcode",
    )
]
HOMES_SOLD = Counter(row[1] for row in sales()["transacties"][1])
BUURT_OF = {row[0]: row[5] for row in dwellings()["woningen"][1]}


@pytest.fixture(scope="module")
def sold(city: World) -> Assessment:
    return city.assess(
        asked(SOLD, "verkocht", "buurtcode", "verkopen", unit="woning"),
        asked(SOLD, "verkocht", unit="woning"),
        recepten=SOLD,
    )


def test_a_derived_table_is_counted_as_its_units_are(sold: Assessment) -> None:
    expected = Counter((BUURT_OF[home], str(times)) for home, times in HOMES_SOLD.items())
    found = shown(sold)
    assert sold.verdict in {Verdict.FREE, Verdict.PROTECTED}
    finest = {key: n for key, n in found.items() if key[0].startswith("BU") and key[1] != "Totaal"}
    assert len(finest) > 10
    assert all(n == expected[key] and n >= 10 for key, n in finest.items())
    assert found["Totaal", "Totaal"] == len(HOMES_SOLD)


def test_the_units_read_on_the_way_are_behind_every_number(sold: Assessment) -> None:
    """Buyers and sellers were read, so they are counted, although the recipe gives no column of theirs."""
    (table,) = (table for table in sold.tables.values() if table.evidence.table.dimensions == ("buurtcode",))
    people: dict[str, set[bytes]] = defaultdict(set)
    for row in sales()["transacties"][1]:
        people[BUURT_OF[row[1]]] |= {row[4], row[6]}
    cells = table.evidence.cells.set_index("buurtcode")
    assert set(table.evidence.unit_kinds) >= {"adres", "persoon"}
    for code in BUURTEN:
        assert cells.loc[code, "n_persoon"] == len(people[code])
        assert cells.loc[code, "n_adres"] == cells.loc[code, "n"] == sum(BUURT_OF[home] == code for home in HOMES_SOLD)


HOUSEHOLDS = [
    sql(
        "huishoudens",
        "SELECT huishouden, buurtcode, count(DISTINCT persoon) AS leden, sum(inkomen) AS samen\n"
        "FROM brp.personen GROUP BY huishouden, buurtcode",
    ),
    sql(
        "leden",
        "SELECT p.persoon, p.buurtcode, h.leden\n"
        "FROM brp.personen AS p JOIN recept.huishoudens AS h ON p.huishouden = h.huishouden",
    ),
]
SIZES = Counter(row[1] for row in PEOPLE)


def test_household_size_can_be_asked_of_households_and_of_their_members(city: World) -> None:
    income = {**sums(bron=source(HOUSEHOLDS, "huishoudens"), maat="samen", tel="huishouden"), "dimensies": ["leden"]}
    assessment = city.assess(
        asked(HOUSEHOLDS, "huishoudens", "leden", unit="huishouden"),
        asked(HOUSEHOLDS, "leden", "leden", unit="persoon"),
        income,
        recepten=HOUSEHOLDS,
    )
    assert {answer.verdict for answer in assessment.answers} <= {Verdict.FREE, Verdict.PROTECTED}
    households, members, together = shown(assessment, 0), shown(assessment, 1), shown(assessment, 2)
    assert len(households) >= 4 and len(members) >= 4 and len(together) >= 4
    for (size,), n in households.items():
        assert n == (len(SIZES) if size == "Totaal" else sum(held == int(size) for held in SIZES.values()))
    for (size,), n in members.items():
        assert n == (len(PEOPLE) if size == "Totaal" else sum(SIZES[row[1]] == int(size) for row in PEOPLE))
    header, lines = csv(assessment, 2)
    for line in lines:
        known = sum(row[3] for row in PEOPLE if line[0] in {"Totaal", str(SIZES[row[1]])})
        assert line[header.index("som_samen")] in {".", str(known)}


# Smuggling: X's income in a column with large n everywhere

DISGUISES = {
    "a named pseudonym": "SELECT p.persoon, p.buurtcode, (p.inkomen % 2000 = 0) <> (SELECT q.inkomen > 40000 FROM "
    f"brp.personen AS q WHERE q.persoon = CAST('{uuid_text('persoon', X)}' AS UUID)) AS kenmerk\n"
    "FROM brp.personen AS p",
    "a characteristic of one": "SELECT p.persoon, p.buurtcode, (p.inkomen % 2000 = 0) <> x.hoog AS kenmerk\n"
    "FROM brp.personen AS p CROSS JOIN "
    "(SELECT inkomen > 40000 AS hoog FROM brp.personen WHERE geboortejaar = 1888) AS x",
    "a window over all": "SELECT persoon, buurtcode, (inkomen % 2000 = 0) <> "
    "(max(CASE WHEN geboortejaar = 1888 THEN inkomen ELSE 0 END) OVER () > 40000) AS kenmerk\nFROM brp.personen",
    "rows that are there or not": "SELECT p.persoon, p.buurtcode, p.inkomen % 2000 = 0 AS kenmerk\n"
    "FROM brp.personen AS p WHERE p.inkomen % 4000 = 0 OR EXISTS "
    "(SELECT 1 FROM brp.personen AS q WHERE q.geboortejaar = 1888 AND q.inkomen > 40000)",
    "a total joined back": "WITH totaal AS (SELECT "
    "sum(CASE WHEN geboortejaar = 1888 AND inkomen > 40000 THEN 1 ELSE 0 END) AS t FROM brp.personen)\n"
    "SELECT p.persoon, p.buurtcode, (p.inkomen % 2000 = 0) <> (totaal.t > 0) AS kenmerk\n"
    "FROM brp.personen AS p, totaal",
    "a buurt as bridge": "SELECT p.persoon, p.buurtcode, (p.inkomen % 2000 = 0) <> x.hoog AS kenmerk\n"
    "FROM brp.personen AS p JOIN (SELECT buurtcode, max(CASE WHEN geboortejaar = 1888 THEN inkomen ELSE 0 END) > 40000 "
    "AS hoog FROM brp.personen GROUP BY buurtcode) AS x ON p.buurtcode = x.buurtcode",
}


@pytest.mark.parametrize("text", DISGUISES.values(), ids=DISGUISES.keys())
def test_somebody_elses_income_is_refused_or_weighed_by_people(city: World, text: str) -> None:
    recipes = [sql("stiekem", text)]
    try:
        assessment = city.assess(asked(recipes, "stiekem", "kenmerk", unit="persoon"), recepten=recipes)
    except UserError as error:
        assert "stiekem" in str(error) and uuid_text("persoon", X) not in str(error)
        return
    (answer,) = assessment.answers
    assert answer.verdict in {Verdict.MANUAL, Verdict.REFUSED}
    assert any(finding.rule in {"recept", "bereik"} for finding in answer.findings)


def test_a_manual_recipe_makes_what_reads_it_manual(city: World) -> None:
    recipes = [sql("stiekem", DISGUISES["a window over all"]), sql("net", "SELECT * FROM recept.stiekem")]
    (answer,) = city.assess(asked(recipes, "net", "kenmerk", unit="persoon"), recepten=recipes).answers
    assert answer.verdict in {Verdict.MANUAL, Verdict.REFUSED}


HUB = [
    sql(
        "handel",
        "SELECT v.koper, v.huis, v.buurtcode, p.inkomen > 40000 AS rijk\n"
        "FROM handel.verkopen AS v JOIN brp.personen AS p ON v.verkoper = p.persoon",
    ),
    sql("kopers", "SELECT koper, verkoper, huis, buurtcode FROM handel.verkopen"),
]


def test_one_person_may_not_reach_the_rows_of_many(city: World) -> None:
    """Every second buyer has the same seller: what is told of these buyers may be told of that seller."""
    assessment = city.assess(
        asked(HUB, "kopers", unit="koper"), asked(HUB, "kopers", unit="huis"), recepten=HUB, vraag="Wie verkoopt er?"
    )
    persons_counted, houses_counted = assessment.answers
    assert persons_counted.verdict is Verdict.REFUSED
    assert persons_counted.findings[0].rule == "bereik"
    # Of the houses in the second buurt all have that seller, of those in the first none.
    assert houses_counted.verdict is Verdict.PROTECTED
    hidden = {finding.cell["buurtcode"]: finding.rule for finding in houses_counted.findings}
    assert hidden[BUURTEN[1]] == "overwicht"
    assert (BUURTEN[1],) not in shown(assessment, 1)


def test_a_policy_may_allow_more_reach_or_less(city: World, tmp_path: Path) -> None:
    own = build(tmp_path / "ruim", extra={"brp": persons(), "handel": trade()}, bereik_max=100, **SMALL)
    (answer,) = own.assess(asked(HUB, "kopers", unit="koper"), recepten=HUB).answers
    assert all(finding.rule != "bereik" for finding in answer.findings)


def test_without_a_pseudonym_left_nothing_can_be_asked(city: World) -> None:
    recipes = [sql("leeg", "SELECT buurtcode, inkomen FROM brp.personen")]
    with pytest.raises(UserError, match="kan niet gevraagd worden"):
        city.assess(asked(recipes, "leeg", unit="persoon"), recepten=recipes)


def test_a_table_without_a_recipe_cannot_be_asked(city: World) -> None:
    with pytest.raises(UserError, match=r"onbekende tabel 'recept\.weg'"):
        city.assess(counts(source="recept.weg"))
    with pytest.raises(UserError, match="niet bij de aanvraag zit"):
        city.request(counts(bron={"recept": "weg", "sha256": "0" * 64}))


# Python

MEMBERS = (
    "def maak(personen):\n"
    "    personen['leden'] = personen.groupby('huishouden').persoon.transform('nunique')\n"
    "    return personen[['persoon', 'buurtcode', 'leden']]"
)


def test_a_python_recipe_is_computed_and_always_weighed_by_people(city: World) -> None:
    recipes = [python("leden", MEMBERS, "brp.personen")]
    assessment = city.assess(asked(recipes, "leden", "leden", unit="persoon"), recepten=recipes)
    (answer,) = assessment.answers
    assert answer.verdict is Verdict.MANUAL
    assert answer.findings[0].rule == "recept" and answer.findings[0].judgement
    for (size,), n in shown(assessment).items():
        assert n == (len(PEOPLE) if size == "Totaal" else sum(SIZES[row[1]] == int(size) for row in PEOPLE))


FAILING = {
    "chance": ("import random\npersonen['k'] = [random.random() > 0.5 for _ in personen.index]", "twee keer berekend"),
    "the order of a set": (
        "personen['k'] = next(iter({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}))",
        "twee keer berekend",
    ),
    "made-up people": (
        "import uuid\npersonen['persoon'] = [str(uuid.UUID(int=i)) for i in range(len(personen))]",
        "gelezen tabellen",
    ),
    "no pseudonyms": ("personen['persoon'] = 'iemand'", "breekt af"),
    "pseudonyms as text": ("personen['k'] = personen.huishouden", "als tekst"),
    "a name that cannot be asked": ("personen['Grote Naam'] = 1", "naam"),
    "nested": ("personen['k'] = [[1]] * len(personen)", "soort"),
    "an income in the error": ("raise ValueError(personen.inkomen.max())", "breekt af"),
}
QUICK = {"chance", "made-up people", "an income in the error"}


@pytest.mark.parametrize(
    ("body", "words"),
    [case for name, case in FAILING.items() if name in QUICK or os.environ.get("ZOO_FULL")],
)
def test_a_recipe_without_a_usable_result_is_refused_in_fixed_words(
    city: World, body: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    module = "def maak(personen):\n    " + body.replace("\n", "\n    ") + "\n    return personen"
    recipes = [python("fout", module, "brp.personen")]
    (answer,) = city.assess(asked(recipes, "fout", unit="persoon"), recepten=recipes).answers
    assert answer.verdict is Verdict.REFUSED and answer.files == {}
    assert answer.findings[0].sentence.startswith("recept 'fout' is niet te berekenen: ")
    assert words in answer.findings[0].sentence
    assert "89000" not in json.dumps(answer.record())
    assert temporary(tmp_path) == []


# History


COPIED = [sql("huizen", "SELECT woning, woningtype, bouwjaar, buurtcode FROM bag.woningen")]
LATER = [
    sql(
        "huizen", "SELECT woning, buurtcode\nFROM bag.woningen\nWHERE woningtype <> 'tussenwoning' AND bouwjaar <> 1888"
    )
]


def test_what_a_recipe_released_belongs_to_every_later_question(own_city: World) -> None:
    """First through a recipe; then the same dwellings but one, of the plain table and through another recipe."""
    first = asked(COPIED, "huizen", unit="woning", filter=[SOME])
    before = own_city.assess(first, recepten=COPIED)
    number = own_city.submit(first, recepten=COPIED)
    own_city.decide(number, "bo.toets", "cas.toets")
    own_city.release(number)
    plain = own_city.assess(counts(filter=[SOME, ODD]))
    derived = own_city.assess(asked(LATER, "huizen", unit="woning"), recepten=LATER)
    for after in (plain, derived):
        both = Published()
        both.add(before, 0, some)
        if after.answers[0].files:
            both.add(after, 0, lambda row: some(row) and row["bouwjaar"] != 1888)
        assert both.small_groups() == 0
        assert after.answers[0].findings


def test_a_copy_of_a_measure_is_no_second_measure(city: World) -> None:
    """All amounts but one are the same: the difference of the two sums would be that one dwelling's value."""
    recipes = [
        sql(
            "huizen",
            "SELECT woning, buurtcode, CASE WHEN bouwjaar = 1888 THEN 0 ELSE woz_waarde END AS waarde, "
            "woz_waarde - 1900 * bouwjaar AS anders\nFROM bag.woningen",
        )
    ]
    derived = {"bron": source(recipes, "huizen")}
    copied, original, other = city.assess(
        sums(**derived, maat="waarde"), sums(), sums(**derived, maat="anders"), recepten=recipes
    ).answers
    assert [answer.verdict for answer in (copied, original)] == [Verdict.REFUSED] * 2
    assert copied.findings[0].rule == original.findings[0].rule == "bijna dezelfde maat"
    assert other.verdict in {Verdict.FREE, Verdict.PROTECTED}


def test_a_recipe_of_a_released_source_from_another_delivery_is_refused(own_city: World) -> None:
    own_city.submit_and_release(counts(filter=[SOME]))
    columns, rows = dwellings()["woningen"]
    own_city.sources["bag"] = {"woningen": (columns, rows[:-1])}
    own_city.deliver("bag")
    own_city.register()
    (answer,) = own_city.assess(asked(COPIED, "huizen", unit="woning"), recepten=COPIED).answers
    assert answer.verdict is Verdict.REFUSED and answer.findings[0].rule == "historie"


def test_who_is_erased_is_gone_from_what_is_derived(own_city: World) -> None:
    def whole() -> int:
        return shown(own_city.assess(asked(HOUSEHOLDS, "leden", unit="persoon"), recepten=HOUSEHOLDS))["Totaal",]

    before = whole()
    columns, rows = persons()["personen"]
    own_city.sources["brp"] = {"personen": (columns, rows[20:])}
    own_city.deliver("brp")
    own_city.register()
    assert before - whole() == 20


# At the door


def test_the_method_leaves_with_the_release_and_officers_see_it_whole(own_city: World) -> None:
    recipes = HOUSEHOLDS
    output = asked(recipes, "leden", "leden", unit="persoon")
    number = own_city.submit(output, counts(), recepten=recipes)
    seen = own_city.run("toon", number).stdout
    for recipe in recipes:
        assert recipe["sql"] in seen and source(recipes, recipe["naam"])["sha256"] in seen
    assert seen.index("recept 1 van 2: huishoudens") < seen.index("recept 2 van 2: leden")
    own_city.decide(number, "bo.toets", "cas.toets")
    bundle = own_city.release(number)
    method = json.loads((bundle / "data" / "uitvoer-0" / "methode.json").read_bytes())
    assert [(recipe["naam"], recipe["tekst"]) for recipe in method] == [
        (recipe["naam"], recipe["sql"]) for recipe in HOUSEHOLDS
    ]
    assert method[1]["leest"] == ["brp.personen", "recept.huishoudens"]
    assert not (bundle / "data" / "uitvoer-1" / "methode.json").exists()
    assert verify_bundle(bundle, own_city.public_keys).statement.aanvraag == number


def test_a_recipe_that_fails_costs_a_preview(own_city: World) -> None:
    failing = [python("fout", "def maak(p):\n    return p / 0", "brp.personen")]
    unknown = [sql("fout", "SELECT persoon FROM brp.bestaat_niet")]
    file = own_city.root / "aanvraag.json"
    for recipes in (failing, unknown):
        draft = own_city.draft(asked(recipes, "fout", unit="persoon"), recepten=recipes)
        file.write_text(json.dumps(draft))
        done = own_city.run("toets", file, "--json")
        assert done.returncode == (4 if recipes is failing else 2)
    entries = own_city.registration.logged("toetsen")
    assert [entry["resultaat"] for entry in entries] == ["geweigerd", "mislukt"]


def test_comment_in_a_recipe_is_weighed_by_people(city: World) -> None:
    recipes = [sql("huizen", "SELECT woning, buurtcode -- er waren er 17\nFROM bag.woningen")]
    (answer,) = city.assess(asked(recipes, "huizen", unit="woning"), recepten=recipes).answers
    assert answer.verdict is Verdict.MANUAL


def test_without_a_sandbox_no_recipe_and_everything_else(
    city: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="bubblewrap"):
        city.assess(asked(SOLD, "verkocht", unit="woning"), recepten=SOLD)
    assert city.assess(counts()).verdict is Verdict.FREE


# The specification


def test_a_request_without_recipes_is_the_request_it_was() -> None:
    """Digests as they were before there were recipes: earlier releases are found again by them."""
    draft = World.draft(counts("buurtcode", "woningtype"), hits(), sums(), MAP)
    request = parse_request(json.dumps(draft).encode(), "aanvraag")
    assert request.digest == "sha256:9af99cb927cb6f0573dc41787eff0ecada2ae2d20f2ca91fe13e539ab0456262"
    assert asked_tables(request.uitvoer[0])[0].key == (
        "sha256:f6d29147a3a46c0ae99e1a11f945309c739593168b28396f96e8da5915876613"
    )


def models(*recipes: dict[str, Any]) -> list[SqlRecipe | PythonRecipe]:
    return [(SqlRecipe if recipe["soort"] == "sql" else PythonRecipe)(**recipe) for recipe in recipes]


def test_a_digest_is_of_all_a_recipe_is_made_by_and_of_nothing_else() -> None:
    own = digests_of(models(*HOUSEHOLDS))
    changed = digests_of(models({**HOUSEHOLDS[0], "sql": HOUSEHOLDS[0]["sql"] + " HAVING true"}, HOUSEHOLDS[1]))
    assert changed["leden"] != own["leden"]
    with_more = digests_of(models(*COPIED, *HOUSEHOLDS, *SOLD))
    assert {name: with_more[name] for name in own} == own
    (renamed,) = models({**COPIED[0], "naam": "anders"})
    assert digests_of([renamed])["anders"] == digests_of(models(*COPIED))["huizen"]


def test_the_method_of_a_recipe_is_what_it_reads_in_order() -> None:
    recipes = models(*COPIED, *HOUSEHOLDS)
    assert [recipe.naam for recipe in method_of(recipes, ["leden"])] == ["huishoudens", "leden"]
    assert method_of(recipes, []) == []


@pytest.mark.parametrize(
    ("recipes", "words"),
    [
        ([*COPIED, *LATER], "twee recepten met dezelfde naam"),
        ([sql("Huizen", "SELECT 1")], "naam"),
        ([{"soort": "sql", "naam": "huizen"}], "sql"),
        ([{"soort": "r", "naam": "huizen", "sql": "x"}], "soort"),
        ([sql("huizen", "SELECT 1 \u200b")], "onzichtbaar"),
        ([sql("huizen", "SELECT 1   \nFROM x")], "spatie"),
        ([python("huizen", "x", "personen")], "tabellen"),
    ],
)
def test_a_malformed_recipe_is_an_error_of_one_line(recipes: list[dict[str, Any]], words: str) -> None:
    draft = World.draft(counts(), recepten=recipes)
    with pytest.raises(UserError, match=words) as caught:
        parse_request(json.dumps(draft).encode(), "aanvraag")
    assert "\n" not in str(caught.value)


def test_a_question_is_about_one_version_of_a_recipe() -> None:
    draft = World.draft(asked(COPIED, "huizen", unit="woning"), recepten=LATER)
    with pytest.raises(UserError, match="andere versie van recept 'huizen'"):
        parse_request(json.dumps(draft).encode(), "aanvraag")


def test_a_recipe_that_leaves_people_out_for_a_value_is_weighed_by_people_and_one_that_leaves_out_rows_is_not(
    city: World,
) -> None:
    """A filter in a recipe would pass by the rule that asks how large a part of a group was chosen."""
    chosen = [sql("rijk", "SELECT persoon, buurtcode FROM brp.personen WHERE inkomen > 40000")]
    assessment = city.assess(
        asked(chosen, "rijk", "buurtcode", unit="persoon", bescherming="onderdrukken"), recepten=chosen
    )
    (answer,) = assessment.answers
    assert answer.verdict is Verdict.MANUAL
    assert any("laat eenheden weg om een waarde" in finding.sentence for finding in answer.findings)
    # the same people, chosen in the question, are judged by the rule
    column = [
        sql(
            "rijkdom",
            "SELECT persoon, buurtcode, CASE WHEN inkomen > 40000 THEN 'ja' ELSE 'nee' END AS rijk FROM brp.personen",
        )
    ]
    filtered = asked(
        column,
        "rijkdom",
        "buurtcode",
        unit="persoon",
        filter=[{"kolom": "rijk", "is": "=", "waarde": "ja"}],
        bescherming="onderdrukken",
    )
    assert city.assess(filtered, recepten=column).answers[0].verdict is not Verdict.MANUAL
    # everybody stays, with one row each: nobody was chosen
    last = [
        sql(
            "laatste",
            "SELECT persoon, buurtcode FROM brp.personen "
            "QUALIFY row_number() OVER (PARTITION BY persoon ORDER BY geboortejaar) = 1",
        )
    ]
    kept = city.assess(asked(last, "laatste", "buurtcode", unit="persoon", bescherming="onderdrukken"), recepten=last)
    assert kept.answers[0].verdict is not Verdict.MANUAL
