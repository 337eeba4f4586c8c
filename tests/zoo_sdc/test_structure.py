import itertools

import numpy as np
import pandas as pd
import pytest

from zoo_sdc.errors import CellError, Contradiction, HierarchyError
from zoo_sdc.structure import integer_matrix, linked_system, table_system

TABLE = pd.DataFrame(
    {
        "buurt": ["BU1", "BU1", "BU2", "BU3", "BU3"],
        "soort": ["huur", "koop", "koop", "huur", "koop"],
        "n": [4, 11, 7, 20, 0],
    }
)
WIJKEN = {"BU1": "WK1", "BU2": "WK1", "BU3": "WK2"}


def test_cells_are_the_groups_that_pandas_counts():
    system = table_system(TABLE, ["buurt", "soort"], "n", {"buurt": WIJKEN})
    data = TABLE.assign(wijk=TABLE["buurt"].map(WIJKEN), alles="Totaal")
    expected = {}
    for area, kind in itertools.product(["buurt", "wijk", "alles"], ["soort", "alles"]):
        expected |= data.groupby([data[area], data[kind]])["n"].sum().to_dict()
    found = dict(zip(zip(system.cells["buurt"], system.cells["soort"], strict=True), system.values, strict=True))
    assert found == expected
    assert np.array_equal(system.matrix.T @ system.counts, system.values)
    assert system.matrix.shape == (5, len(expected))
    assert system.cells.iloc[0].tolist() == ["Totaal", "Totaal"]


def test_without_totals_only_the_hierarchy_adds_up():
    system = table_system(TABLE, ["buurt", "soort"], "n", {"buurt": WIJKEN}, totals=False)
    assert set(system.cells["buurt"]) == {"BU1", "BU2", "BU3", "WK1", "WK2"}
    assert set(system.cells["soort"]) == {"huur", "koop"}


def test_order_of_rows_does_not_matter():
    first = table_system(TABLE, ["buurt", "soort"], "n", {"buurt": WIJKEN})
    shuffled = TABLE.sample(frac=1, random_state=3)
    second = table_system(shuffled, ["buurt", "soort"], "n", {"buurt": WIJKEN})
    pd.testing.assert_frame_equal(first.cells, second.cells)
    assert np.array_equal(first.matrix.toarray(), second.matrix.toarray())
    assert np.array_equal(first.counts, second.counts)
    assert shuffled["n"].to_numpy()[second.source].tolist() == second.counts.tolist()


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([1, 2, None, 4, 5], "rij 3"),
        ([1, 2, float("inf"), 4, 5], "rij 3"),
        ([1, 2, 3, -1, 5], "rij 4.*negatief"),
        ([1, 2, 3, 4, 2.5], "rij 5"),
        (["1", "2", "3", "4", "5"], "tekst"),
        ([True, False, True, True, True], "ja/nee"),
        ([2**60, 1, 1, 1, 1], "te groot"),
    ],
)
def test_counts_that_are_no_counts(counts, words):
    with pytest.raises(CellError, match=words):
        table_system(TABLE.assign(n=counts), ["buurt", "soort"], "n")


def test_counts_of_any_dtype_that_holds_integers():
    for column in (TABLE["n"].astype(float), TABLE["n"].astype("Int64"), TABLE["n"].astype(object)):
        assert table_system(TABLE.assign(n=column), ["buurt", "soort"], "n").values[0] == 42


def test_duplicate_combination():
    with pytest.raises(CellError, match=r"rij 6.*zelfde labels"):
        table_system(pd.concat([TABLE, TABLE.iloc[[2]]]), ["buurt", "soort"], "n")


def test_columns_that_are_not_there():
    with pytest.raises(CellError, match="'wijk'"):
        table_system(TABLE, ["wijk"], "n")
    with pytest.raises(CellError, match="'aantal'"):
        table_system(TABLE, ["buurt"], "aantal")
    with pytest.raises(HierarchyError, match="'wijk'"):
        table_system(TABLE, ["buurt", "soort"], "n", {"wijk": WIJKEN})
    with pytest.raises(CellError, match="lijst"):
        table_system(TABLE, "buurt", "n")


def test_linked_tables_share_equal_cells():
    people = TABLE.rename(columns={"n": "aantal"})
    first = table_system(people, ["buurt", "soort"], "aantal", {"buurt": WIJKEN})
    second = table_system(
        people, ["soort", "buurt"], "aantal", {"buurt": {"BU1": "noord", "BU2": "zuid", "BU3": "zuid"}}
    )
    # the second table has its atoms in another order, so it is not over the same atoms as it stands
    with pytest.raises(Contradiction):
        linked_system([first, second])
    second = table_system(
        people, ["buurt", "soort"], "aantal", {"buurt": {"BU1": "noord", "BU2": "zuid", "BU3": "zuid"}}
    )
    both, (to_first, to_second) = linked_system([first, second])
    dense = both.matrix.toarray()
    assert len({tuple(column) for column in dense.T}) == dense.shape[1]
    assert np.array_equal(dense[:, to_first], first.matrix.toarray())
    assert np.array_equal(dense[:, to_second], second.matrix.toarray())
    assert both.cells["tabel"].isin([0, 1]).all()
    with pytest.raises(ValueError, match="ander aantal"):
        linked_system([first, table_system(people.iloc[:3], ["buurt", "soort"], "aantal")])


def test_matrices_that_are_no_table():
    for wrong in (np.array([[0.5]]), np.array([[-1]])):
        with pytest.raises(ValueError, match="matrix"):
            integer_matrix(wrong)
