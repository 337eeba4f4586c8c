"""Many small worlds: the rules on evidence from DuckDB against a slow reference written from the text of the rules.

The reference knows rows, units and the rule table of the documentation, and nothing of this code: it counts with sets
and loops. Every cell of every table must be judged the same, margins included.
"""

import os
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from outputcontrole.access import open_access
from outputcontrole.asked import AskedTable
from outputcontrole.evidence import TOTAL, Collector
from outputcontrole.judgement import judge
from outputcontrole.policy import DEFAULT, parse_policy
from outputcontrole.spec import Condition, TableSource
from tests.outputcontrole.world import World, build, uuid

WORLDS = 2000 if os.environ.get("ZOO_FULL") else 60
POLICY = parse_policy(DEFAULT.encode(), "beleid")
Row = tuple[int, int, str, str, int | None]
"""Person, address, row label, column label, amount."""


def make_world(rng: np.random.Generator) -> list[Row]:
    """Rows of one small world: up to 3 x 3 cells, 0 to 12 persons in each, few or many addresses, some double rows."""
    rows: list[Row] = []
    person = int(rng.integers(10**6)) * 1000
    shape = rng.integers(1, 4, size=2)
    for r, c in product(range(shape[0]), range(shape[1])):
        n = int(rng.choice([0, 1, 2, 5, 9, 10, 11, 12]))
        addresses = int(rng.choice([1, 2, 5, 50]))
        for _ in range(n):
            person += 1
            amount = None if rng.random() < 0.05 else int(rng.choice([-3, 0, 1, 2, 3, 5, 8, 100, 1000]))
            row = (person, int(rng.integers(addresses)), f"r{r}", f"k{c}", amount)
            rows += [row] * (1 + int(rng.random() < 0.1))
    return rows


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, list[list[Row]]]:
    rng = np.random.default_rng(20260)
    made = [make_world(rng) for _ in range(WORLDS)]
    columns = [
        ("wereld", "integer", None, None),
        ("persoon", "uuid", "persoon", "persoon"),
        ("adres", "uuid", "adres", "adres"),
        ("rij", "string", None, None),
        ("kolom", "string", None, None),
        ("bedrag", "integer", None, None),
    ]
    values = [
        [number, uuid("p", person), uuid("a", address), row, column, amount]
        for number, rows in enumerate(made)
        for person, address, row, column, amount in rows
    ]
    base = tmp_path_factory.mktemp("klein")
    return build(base / "w", extra={"klein": {"werelden": (columns, values)}}), made


def asked(number: int, measure: str | None) -> AskedTable:
    here = Condition.model_validate({"kolom": "wereld", "is": "=", "waarde": number})
    return AskedTable(TableSource(tabel="klein.werelden"), (here,), ("rij", "kolom"), "persoon", measure)


def in_cell(row: Row, labels: tuple[str, str]) -> bool:
    return labels[0] in {TOTAL, row[2]} and labels[1] in {TOTAL, row[3]}


def hidden_count(rows: list[Row], labels: tuple[str, str]) -> bool:
    inside = [row for row in rows if in_cell(row, labels)]
    persons = {row[0] for row in inside}
    if not persons or len(persons) < 10 or len({row[1] for row in inside}) < 10:
        return True
    for place in (0, 1):
        if labels[place] != TOTAL:
            wider = (TOTAL, labels[1]) if place == 0 else (labels[0], TOTAL)
            everybody = {row[0] for row in rows if in_cell(row, wider)}
            if Fraction(len(persons), len(everybody)) >= Fraction(9, 10):
                return True
    return False


def hidden_sum(rows: list[Row], labels: tuple[str, str]) -> bool:
    """The rules of a magnitude cell that do not need the spread of the table."""
    present = [row for row in rows if row[4] is not None]
    if hidden_count(present, labels):
        return True
    inside = [row for row in present if in_cell(row, labels)]
    if len({row[4] for row in inside}) == 1:
        return True
    whole = sum(abs(row[4] or 0) for row in inside)
    for unit in (0, 1):
        held: dict[int, int] = {}
        for row in inside:
            held[row[unit]] = held.get(row[unit], 0) + abs(row[4] or 0)
        largest = sorted(held.values(), reverse=True)
        if whole == 0 or 2 * largest[0] > whole:
            return True
        if 10 * (whole - largest[0] - (largest[1] if len(largest) > 1 else 0)) < largest[0]:
            return True
    return False


@pytest.mark.parametrize("measure", [None, "bedrag"])
def test_every_cell_is_judged_as_the_text_of_the_rules_says(
    worlds: tuple[World, list[list[Row]]], measure: str | None
) -> None:
    world, made = worlds
    access = open_access(world.registration.packages("proef"))
    collector = Collector(access, POLICY.dominance_n)
    judged = shown = 0
    for number, rows in enumerate(made):
        values = {row[4] for row in rows if row[4] is not None}
        if measure is not None and len(values) <= 2:
            continue
        evidence = collector.collect(asked(number, measure))
        findings = judge(evidence, None, POLICY)
        reference: Any = hidden_count if measure is None else hidden_sum
        for cell, key in enumerate(evidence.keys):
            if cell in findings and findings[cell].rule == "spreiding":
                continue
            labels = (key[0], key[1])
            assert (cell in findings) == reference(rows, labels), (number, labels, findings.get(cell))
            judged += 1
            shown += cell not in findings
    assert judged > 100
    assert 0 < shown < judged
