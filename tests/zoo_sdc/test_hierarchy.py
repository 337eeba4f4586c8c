import datetime

import numpy as np
import pandas as pd
import pytest

from zoo_sdc.errors import CellError, HierarchyError
from zoo_sdc.hierarchy import build_tree
from zoo_sdc.labels import factorize_labels, label_key


def tree(leaves, hierarchy, totals=True):
    return build_tree("gebied", leaves, hierarchy, totals=totals, total_label="Totaal")


def parents_by_label(built):
    return {
        label: None if parent < 0 else built.labels[parent]
        for label, parent in zip(built.labels, built.parent.tolist(), strict=True)
    }


def test_three_ways_to_say_the_same():
    leaves = ["BU0101", "BU0102", "BU0201"]
    mapping = {"BU0101": "BU01", "BU0102": "BU01", "BU0201": "BU02", "BU01": "BU", "BU02": "BU"}
    edges = pd.DataFrame({"kind": list(mapping), "ouder": list(mapping.values())})
    expected = {
        "Totaal": None,
        "BU": "Totaal",
        "BU01": "BU",
        "BU0101": "BU01",
        "BU0102": "BU01",
        "BU02": "BU",
        "BU0201": "BU02",
    }
    for hierarchy in (mapping, edges, [2, 4], [4, 2]):
        assert parents_by_label(tree(leaves, hierarchy)) == expected


def test_ragged_and_without_total():
    built = tree(["a1", "b"], {"a1": "a", "a": "Totaal", "b": "Totaal"})
    assert parents_by_label(built) == {"Totaal": None, "a": "Totaal", "a1": "a", "b": "Totaal"}
    assert parents_by_label(tree(["AB1", "C"], [2], totals=False)) == {"AB": None, "AB1": "AB", "C": None}


@pytest.mark.parametrize(
    ("hierarchy", "code"),
    [
        ({"a": "b", "b": "c", "c": "a"}, "a"),
        ({"a": "a"}, "a"),
        (pd.DataFrame({"kind": ["a", "a"], "ouder": ["x", "y"]}), "a"),
        (pd.DataFrame({"kind": ["a"], "ouder": [None]}), "a"),
        ({"z": "y"}, "a"),
        ({"a": "x", "b": "a"}, "a"),
        ({"Totaal": "x", "a": "y"}, "Totaal"),
    ],
    ids=["cycle", "own parent", "two parents", "empty parent", "unknown", "not finest", "total has parent"],
)
def test_wrong_hierarchies_name_dimension_and_code(hierarchy, code):
    with pytest.raises(HierarchyError, match="gebied") as refused:
        tree(["a"], hierarchy)
    assert repr(code) in str(refused.value)


def test_leaf_that_is_called_total():
    with pytest.raises(HierarchyError, match="total_label"):
        tree(["Totaal"], None)


def test_prefixes_of_codes_that_are_no_text():
    with pytest.raises(HierarchyError, match="geen tekst"):
        tree([12], [1])


def test_labels_are_compared_by_kind_and_value():
    day = datetime.date(2016, 12, 31)
    assert label_key(1) == label_key(1.0) == label_key(np.int64(1))
    assert label_key(True) != label_key(1)
    assert label_key("1") != label_key(1)
    assert label_key(day) == label_key(pd.Timestamp(day)) == label_key(np.datetime64("2016-12-31"))
    assert label_key(pd.Timestamp("2016-12-31 12:00")) != label_key(day)
    codes, labels = factorize_labels(pd.Series([True, 1, "1", 1.0, "it's", 'a"b', day], dtype=object), "x")
    assert codes.tolist() == [2, 1, 3, 1, 5, 4, 0]
    assert labels == [day, 1, True, "1", 'a"b', "it's"]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NaT, pd.NA])
def test_missing_label_names_column_and_row(missing):
    for column in (["a", missing], [1.5, missing], [pd.Timestamp("2020-01-01"), missing]):
        with pytest.raises(CellError, match=r"'wijk', rij 2"):
            factorize_labels(pd.Series(column, dtype=object), "wijk")


def test_label_without_value_of_its_own():
    with pytest.raises(CellError, match=r"'wijk', rij 1"):
        factorize_labels(pd.Series([["a"], ["b"]]), "wijk")
