"""What can be asked, and what cannot even be written down."""

import copy
import json
from typing import Any

import pytest

from outputcontrole.spec import Verdict, parse_request, worst
from tests.outputcontrole.world import MAP, TREE, World, counts, hits, share, sums
from zoo_formaat.errors import UserError


def parse(draft: dict[str, Any]) -> Any:
    return parse_request(json.dumps(draft).encode(), "aanvraag.json")


def test_equal_requests_have_equal_ids_whatever_their_spelling() -> None:
    draft = World.draft(hits(), MAP)
    spelled = json.dumps(dict(reversed(draft.items())), indent=4).encode()
    assert parse_request(spelled, "x").digest == parse(draft).digest
    other = copy.deepcopy(draft)
    other["uitvoer"][1]["klassen"] = [20, 30, 41]
    assert parse(other).id != parse(draft).id


@pytest.mark.parametrize(
    "output",
    [
        hits(soort="microdata"),
        hits(rijen=True),
        hits(naam="../../etc"),
        hits(naam="Een Naam"),
        hits(naam="ab\n"),
        hits(titel="ab\u202eeen"),
        hits(dimensies=[]),
        hits(dimensies=["a", "b", "c", "d"]),
        hits(dimensies=['x"; DROP TABLE y']),
        hits(bron={"tabel": "bag.woningen; select 1"}),
        hits(bron={"tabel": "woningen"}),
        hits(bron={}),
        hits(filter=[{"kolom": "waarde", "is": "like", "waarde": "x"}]),
        hits(filter=[{"kolom": "waarde", "is": "=", "waarde": 1.5}]),
        hits(filter=[{"kolom": "waarde", "is": "=", "waarde": None}]),
        hits(filter=[{"kolom": "waarde", "is": "=", "waarde": "\ud800"}]),
        hits(filter=[{"kolom": "waarde", "is": "=", "waarde": "x" * 201}]),
        hits(filter=[{"kolom": "waarde", "is": "in", "waarde": []}]),
        hits(filter=[{"kolom": "waarde", "is": "in", "waarde": list(range(1001))}]),
        hits(filter=[{"kolom": "waarde", "is": "leeg", "waarde": True}]),
        sums(statistiek="maximum"),
        {**MAP, "klassen": [3, 2]},
        {**MAP, "klassen": [True]},
        {**MAP, "klassen": []},
        {**MAP, "gebied": "straat"},
        {**TREE, "kenmerken": [share("zelfde")]},
        {**TREE, "kenmerken": [{**TREE["kenmerken"][0], "naam": "doorverkoop"}]},
        {**TREE, "aandeel": 0.01},
    ],
)
def test_what_is_not_in_the_language_is_refused_in_one_line(output: dict[str, Any]) -> None:
    with pytest.raises(UserError) as caught:
        parse(World.draft(output))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("aanvraag.json")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "123456789012345678901"])
def test_numbers_that_readers_disagree_on_are_refused(number: str) -> None:
    content = json.dumps(World.draft({**MAP, "klassen": [0]})).replace("[0]", f"[{number}]")
    with pytest.raises(UserError):
        parse_request(content.encode(), "x")


def test_names_of_outputs_are_distinct_and_at_most_fifty() -> None:
    with pytest.raises(UserError, match="eigen naam"):
        parse(World.draft(hits(naam="twee"), counts(naam="twee")))
    with pytest.raises(UserError, match="hooguit 50"):
        parse(World.draft(*[hits()] * 51))


def test_the_worst_verdict_counts_and_of_none_at_all_it_is_refused() -> None:
    assert [verdict.exit_code for verdict in Verdict] == [0, 3, 5, 4]
    assert worst([Verdict.FREE, Verdict.MANUAL, Verdict.PROTECTED]) is Verdict.MANUAL
    assert worst([Verdict.MANUAL, Verdict.REFUSED]) is Verdict.REFUSED
    assert worst([]) is Verdict.REFUSED
