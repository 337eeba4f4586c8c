"""A table asked without protection is shown whole or not at all, whichever rule would hide a cell of it."""

from pathlib import Path
from typing import Any

import pytest

from outputcontrole.spec import Verdict
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.test_magnitudes import _world_with
from tests.outputcontrole.world import World, counts

OWN: dict[str, Any] = {"bron": {"tabel": "extra.bedragen"}, "tel": "wie"}
TABLE: dict[str, Any] = {**OWN, "dimensies": ["groep"]}
# Of group b the rule of the kind itself has something to say: it has units enough for the table, not for the point.
KINDS: list[dict[str, Any]] = [
    {**TABLE, "soort": "kwantieltabel", "maat": "bedrag", "punten": [0.25]},
    {**OWN, "soort": "boxplot", "maat": "bedrag", "per": "groep"},
    {**TABLE, "soort": "gemiddelde_van_uitersten", "maat": "bedrag", "aantal": 35},
    {**TABLE, "soort": "modustabel", "kenmerk": "bedrag"},
    {**TABLE, "soort": "concentratietabel", "maat": "bedrag", "maatstaf": "aandeel_hoogste", "hoogste": 30},
]


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Group a is large enough for everything; group b has forty people, each with an amount of their own."""
    rows = [("a", 100 + i % 8) for i in range(300)] + [("b", 1000 + 37 * i) for i in range(40)]
    return _world_with(rows, tmp_path_factory.mktemp("heel"))


@pytest.mark.parametrize("question", KINDS, ids=lambda question: str(question["soort"]))
def test_what_a_kind_itself_would_hide_refuses_the_whole(uneven: World, question: dict[str, Any]) -> None:
    hidden = answer(uneven, {**question, "bescherming": "onderdrukken"})
    assert hidden.verdict is Verdict.PROTECTED
    table = csv(hidden.files["tabel.csv"])
    assert (table.iloc[:, -1] == ".").any() or len(table) < 3
    whole = answer(uneven, {**question, "bescherming": "geen"})
    assert whole.verdict is Verdict.REFUSED
    assert whole.files == {}
    first = whole.findings[0]
    assert first.rule == "onbeschermd"
    # the words are those of a table that the rules on every cell refuse
    few = answer(uneven, {**counts("groep", "bedrag", source="extra.bedragen", unit="wie"), "bescherming": "geen"})
    assert few.findings[0].rule == "onbeschermd"
    assert first.remedy == few.findings[0].remedy
    assert _without_numbers(first.sentence) == _without_numbers(few.findings[0].sentence)


def _without_numbers(sentence: str) -> list[str]:
    return [word for word in sentence.split() if not word.isdigit()]


@pytest.mark.parametrize("question", KINDS[:1], ids=lambda question: str(question["soort"]))
def test_what_need_not_be_hidden_is_free(question: dict[str, Any], tmp_path: Path) -> None:
    rows = [("ab"[i % 2], 100 + i % 50) for i in range(400)]
    found = answer(_world_with(rows, tmp_path), {**question, "bescherming": "geen"})
    assert found.verdict is Verdict.FREE
