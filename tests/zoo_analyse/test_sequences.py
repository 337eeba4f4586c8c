"""Sequences in SQL against loops over rows, and against pandas."""

import itertools
import os
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_analyse.errors import FeatureError
from zoo_analyse.sequences import Part, Repeats, sequence_sql

Row = tuple[int, int, str | None]
"""Unit, moment, state."""


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def brute(rows: Sequence[Row], *, merge: bool) -> dict[int, list[str]]:
    """The states of every unit in order, written as one would tell it."""
    found: dict[int, list[str]] = {}
    for unit in {row[0] for row in rows}:
        steps = sorted({(moment, state or "onbekend") for who, moment, state in rows if who == unit})
        states: list[str] = []
        for _, state in steps:
            if not (merge and states and states[-1] == state):
                states.append(state)
        found[unit] = states
    return found


def ask(
    connection: duckdb.DuckDBPyConnection,
    rows: Sequence[Row],
    part: Part,
    repeats: Repeats,
    keep: tuple[str, ...] = ("wie",),
    **more: Any,
) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["wie", "dag", "soort"]).astype({"wie": "int64", "dag": "int64", "soort": "str"})
    connection.register("bron", frame)
    query = sequence_sql("bron", part, unit="wie", state="soort", order="dag", keep=keep, repeats=repeats, **more)
    return connection.execute(query).df()


def units(found: pd.DataFrame, *labels: str) -> dict[Any, set[int]]:
    return {key: set(held["wie"]) for key, held in found.groupby(list(labels) if len(labels) > 1 else labels[0])}


ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 5), st.sampled_from(["a", "b", "c", None])), min_size=1, max_size=30
)


@settings(max_examples=200 if os.environ.get("ZOO_FULL") else 20, deadline=None)
@given(ROWS, st.booleans())
def test_every_part_is_what_loops_find(rows: list[Row], merge: bool) -> None:
    repeats: Repeats = "samenvoegen" if merge else "tellen"
    states = brute(rows, merge=merge)
    expected: dict[str, dict[Any, set[int]]] = {name: {} for name in ("pairs", "ever", "first", "last", "length")}
    for who, path in states.items():
        for pair in itertools.pairwise(path):
            expected["pairs"].setdefault(pair, set()).add(who)
        for state in path:
            expected["ever"].setdefault(state, set()).add(who)
        expected["first"].setdefault(path[0], set()).add(who)
        expected["last"].setdefault(path[-1], set()).add(who)
        expected["length"].setdefault(len(path), set()).add(who)
    with duckdb.connect() as connection:
        assert units(ask(connection, rows, "overgangen", repeats), "van", "naar") == expected["pairs"]
        assert units(ask(connection, rows, "toestanden", repeats), "toestand") == expected["ever"]
        assert units(ask(connection, rows, "eerste", repeats), "eerste_toestand") == expected["first"]
        assert units(ask(connection, rows, "laatste", repeats), "laatste_toestand") == expected["last"]
        assert units(ask(connection, rows, "lengte", repeats), "lengte") == expected["length"]


def test_shift_and_crosstab_of_pandas_find_the_same_units(connection: duckdb.DuckDBPyConnection) -> None:
    """Without two rows at one moment, it is what one writes with groupby, shift and crosstab."""
    frame = pd.DataFrame({"wie": [n % 40 for n in range(400)], "dag": [n // 40 for n in range(400)]})
    frame["soort"] = [("a", "b", "c")[(n * n // 7) % 3] for n in range(400)]
    frame["naar"] = frame.groupby("wie")["soort"].shift(-1)
    once = frame.dropna().drop_duplicates(["wie", "soort", "naar"])
    expected = pd.crosstab(once["soort"], once["naar"])
    found = ask(
        connection, list(frame[["wie", "dag", "soort"]].itertuples(index=False, name=None)), "overgangen", "tellen"
    )
    mine = found.groupby(["van", "naar"])["wie"].nunique().unstack(fill_value=0)
    assert mine.to_numpy().tolist() == expected.to_numpy().tolist()


def test_a_doubled_row_and_a_tie_make_no_transition_of_their_own(connection: duckdb.DuckDBPyConnection) -> None:
    rows: list[Row] = [(1, 1, "a"), (1, 1, "a"), (2, 1, "b"), (2, 1, "a")]
    assert units(ask(connection, rows, "overgangen", "tellen"), "van", "naar") == {("a", "b"): {2}}


def test_a_transition_has_the_rows_of_both_its_steps_and_the_first_state_only_its_own(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Who else is in a row counts where that row is behind the number: a buyer of the second sale is in no first."""
    frame = pd.DataFrame({"wie": [1, 1, 1], "dag": [1, 2, 3], "soort": ["a", "b", "c"], "koper": [7, 8, 9]})
    connection.register("bron", frame)

    def buyers(part: Part, label: str) -> dict[str, set[int]]:
        query = sequence_sql("bron", part, unit="wie", state="soort", order="dag", keep=("wie", "koper"))
        found = connection.execute(query).df()
        return {str(key): set(held["koper"]) for key, held in found.groupby(label)}

    assert buyers("overgangen", "van") == {"a": {7, 8}, "b": {8, 9}}
    assert buyers("eerste", "eerste_toestand") == {"a": {7}}
    assert buyers("laatste", "laatste_toestand") == {"c": {9}}
    assert buyers("lengte", "lengte") == {"3": {7, 8, 9}}


def test_one_unit_with_ten_thousand_events_is_one_unit_everywhere(connection: duckdb.DuckDBPyConnection) -> None:
    rows: list[Row] = [(1, n, "ab"[n % 2]) for n in range(10_000)]
    assert units(ask(connection, rows, "overgangen", "tellen"), "van", "naar") == {("a", "b"): {1}, ("b", "a"): {1}}
    assert units(ask(connection, rows, "lengte", "tellen"), "lengte") == {10_000: {1}}


def test_rows_that_do_not_take_part_are_not_between_the_others(connection: duckdb.DuckDBPyConnection) -> None:
    rows: list[Row] = [(1, 1, "a"), (1, 2, "b"), (1, 3, "c")]
    assert units(ask(connection, rows, "overgangen", "tellen", where="soort <> 'b'"), "van", "naar") == {
        ("a", "c"): {1}
    }


def test_booleans_are_ja_and_nee_and_names_are_quoted(connection: duckdb.DuckDBPyConnection) -> None:
    frame = pd.DataFrame({"w": [1, 1], 'or"der': [1, 2], "select": [True, False]})
    connection.register("bron", frame)
    query = sequence_sql("bron", "overgangen", unit="w", state="select", order='or"der', keep=("w",))
    assert connection.execute(query).fetchall() == [(1, "ja", "nee"), (1, "ja", "nee")]


def test_names_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(FeatureError, match="drie kolommen"):
        sequence_sql("bron", "overgangen", unit="w", state="w", order="dag")
    with pytest.raises(FeatureError, match="'van' heet als"):
        sequence_sql("bron", "overgangen", unit="van", state="s", order="dag", keep=("van",))
