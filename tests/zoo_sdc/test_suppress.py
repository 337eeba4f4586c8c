"""Suppression as a user meets it, checked by an attack that shares no code with it (fractions, enumeration)."""

import datetime
import time
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_sdc import CellError, Undecided, Unprotectable, audit, released_view, suppress
from zoo_sdc.structure import table_system


def rank_test(columns, target):
    """Whether target is a linear combination of columns, by dense elimination in fractions."""
    rows = [[Fraction(int(column[i])) for column in columns] + [Fraction(int(target[i]))] for i in range(len(target))]
    width, top = len(columns), 0
    for pivot in range(width):
        found = next((i for i in range(top, len(rows)) if rows[i][pivot]), None)
        if found is None:
            continue
        rows[top], rows[found] = rows[found], rows[top]
        lead = rows[top][pivot]
        rows[top] = [entry / lead for entry in rows[top]]
        for i in range(len(rows)):
            if i != top and rows[i][pivot]:
                factor = rows[i][pivot]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[top], strict=True)]
        top += 1
    return all(not row[width] or any(row[:width]) for row in rows)


def recomputable(result, dims, hierarchies=None, totals=True):
    """Hidden cells that follow from published ones by addition and subtraction."""
    leaves = result[result["_leaf"]]
    system = table_system(leaves, dims, "n", hierarchies, totals=totals)
    cells = system.cells.merge(result, on=dims, how="left", validate="one_to_one")
    matrix = system.matrix.toarray()
    published = (cells["status"] == "vrij").to_numpy()
    return [cell for cell in np.flatnonzero(~published) if rank_test(matrix[:, published].T, matrix[:, cell])]


def with_leaf_mark(result, table, dims):
    marked = result.merge(table[dims].assign(_leaf=True), on=dims, how="left")
    return marked.assign(_leaf=marked["_leaf"].eq(True))


@st.composite
def tables(draw):
    rows, columns = draw(st.integers(2, 5)), draw(st.integers(2, 3))
    counts = draw(
        st.lists(
            st.one_of(st.none(), st.integers(0, 12), st.integers(10, 60)),
            min_size=rows * columns,
            max_size=rows * columns,
        )
    )
    table = pd.DataFrame(
        [(f"b{i // columns}", f"k{i % columns}", n) for i, n in enumerate(counts) if n is not None],
        columns=["buurt", "klasse", "n"],
    ).astype({"n": int})
    wijken = {f"b{i}": f"w{draw(st.integers(0, 1))}" for i in range(rows)} if draw(st.booleans()) else None
    return table, {"buurt": wijken} if wijken else None


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    tables(),
    st.sampled_from(["primair", "vrij"]),
    st.sampled_from([3, 10]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_no_hidden_cell_is_given_away(case, zeros, threshold, totals, random):
    table, hierarchies = case
    dims = ["buurt", "klasse"]
    options = {"hierarchies": hierarchies, "threshold": threshold, "zeros": zeros, "totals": totals}
    result = suppress(table, dims, **options)
    below = (result["n"] < threshold) & ((result["n"] > 0) | (zeros == "primair"))
    assert ((result["status"] == "primair") == below).all()
    assert (result["reden"] == "").eq(result["status"] == "vrij").all()
    assert recomputable(with_leaf_mark(result, table, dims), dims, hierarchies, totals) == []

    attacked = audit(released_view(result), dims, hierarchies=hierarchies).merge(result, on=dims)
    assert len(attacked) == (result["status"] != "vrij").sum()
    assert not attacked["exact"].any()
    assert attacked["n"].between(attacked["lower"], attacked["upper"]).all()
    width = attacked["upper"] - attacked["lower"]
    assert (width[attacked["status"] == "primair"] >= threshold).all()

    order = list(range(len(table)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(suppress(table.iloc[order], dims, **options), result)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(tables())
def test_elimination_alone_stops_addition_and_subtraction(case):
    table, hierarchies = case
    dims = ["buurt", "klasse"]
    result = suppress(table, dims, hierarchies=hierarchies, protection=0)
    assert recomputable(with_leaf_mark(result, table, dims), dims, hierarchies) == []


@settings(max_examples=15, deadline=None, derandomize=True)
@given(tables(), st.randoms(use_true_random=False))
def test_publishing_only_some_of_the_free_cells_tells_no_more(case, random):
    table, hierarchies = case
    dims = ["buurt", "klasse"]
    result = suppress(table, dims, hierarchies=hierarchies)
    view = released_view(result)
    whole = audit(view, dims, hierarchies=hierarchies).set_index(dims)
    less = view.copy()
    less.loc[[random.random() < 0.3 for _ in range(len(less))], "n"] = pd.NA
    partly = audit(less, dims, hierarchies=hierarchies).set_index(dims).loc[whole.index]
    assert (partly["lower"] <= whole["lower"]).all()
    assert (partly["upper"] >= whole["upper"]).all()
    assert not partly["exact"].any()


def test_labels_of_every_kind_are_hidden_alike():
    """The same counts under texts with quotes, floats, dates, booleans or a mixture get the same pattern."""
    counts = [3, 40, 50, 60, 70, 80, 2, 90, 30]
    kinds = {
        "tekst": ["a", "b", "c"],
        "aanhaling": ['O"Neil', "d'Arc; --", "x\\'y"],
        "getal": [0.1, 0.2, 0.30000000000000004],
        "datum": [datetime.date(2016, 1, day) for day in (1, 2, 3)],
        "tijd": [pd.Timestamp(2016, 1, 1), pd.Timestamp(2016, 1, 2), pd.Timestamp(2016, 1, 3, 10)],
        "janee": [1, 2, True],
    }
    patterns = {}
    for kind, labels in kinds.items():
        pairs = [(row, column) for row in labels for column in ("p", "q", "r")]
        table = pd.DataFrame({"x": pd.Series([row for row, _ in pairs], dtype=object), "y": [c for _, c in pairs]})
        result = suppress(table.assign(n=counts), ["x", "y"])
        assert len(result) == 16
        patterns[kind] = result["status"].tolist()
        assert not audit(released_view(result), ["x", "y"])["exact"].any()
    assert len({tuple(pattern) for pattern in patterns.values()}) == 1
    assert patterns["tekst"].count("primair") == 2


def test_forced_cells_that_give_a_small_cell_away():
    table = pd.DataFrame({"wijk": ["A", "B", "C"], "n": [4, 30, 50]})
    public = pd.DataFrame({"wijk": ["Totaal", "B", "C"]})
    with pytest.raises(Unprotectable, match="A = Totaal − B − C") as refused:
        suppress(table, ["wijk"], forced=public)
    (parts,) = refused.value.combinations.values()
    assert sorted(parts.values()) == [-1, -1, 1]
    with pytest.raises(Unprotectable, match="al openbaar"):
        suppress(table, ["wijk"], forced=pd.DataFrame({"wijk": ["A"]}))


def test_forced_cells_stay_public_and_others_go():
    table = pd.DataFrame({"wijk": list("ABCD"), "n": [4, 30, 50, 60]})
    free_choice = suppress(table, ["wijk"]).set_index("wijk")["status"]
    assert free_choice["B"] == "secundair"
    forced = suppress(table, ["wijk"], forced=pd.DataFrame({"wijk": ["Totaal", "B"]})).set_index("wijk")["status"]
    assert forced[["Totaal", "B"]].eq("vrij").all()
    assert forced["A"] == "primair"
    assert forced["C"] == "secundair"


def test_forced_cells_that_squeeze_a_small_cell_without_adding_up():
    # A + B = 5 is public: A lies between 0 and 5, whatever else is hidden.
    table = pd.DataFrame({"wijk": ["A", "B", "C"], "n": [3, 2, 50]})
    with pytest.raises(Unprotectable, match="te nauw"):
        suppress(table, ["wijk"], forced=pd.DataFrame({"wijk": ["Totaal", "C"]}))


def test_small_cells_that_only_non_negativity_gives_away():
    # Row A: total 40 and a cell of 40 are both large enough, so the two zeros beside it follow.
    table = pd.DataFrame(
        [
            (r, c, n)
            for r, row in {"A": [40, 0, 0], "B": [50, 60, 70], "C": [55, 65, 75]}.items()
            for c, n in zip("xyz", row, strict=True)
        ],
        columns=["r", "c", "n"],
    )
    careless = suppress(table, ["r", "c"], protection=0)
    attacked = audit(released_view(careless), ["r", "c"])
    assert attacked["exact"].any()
    careful = suppress(table, ["r", "c"])
    assert not audit(released_view(careful), ["r", "c"])["exact"].any()
    assert (careful["status"] == "secundair").sum() > (careless["status"] == "secundair").sum()
    assert careful["reden"].str.contains("te nauw te schatten").any()


def test_public_zeros_are_published_and_protect_nothing():
    table = pd.DataFrame({"wijk": list("ABCD"), "n": [4, 0, 0, 60]})
    result = suppress(table, ["wijk"], zeros="vrij").set_index("wijk")["status"]
    assert result[["B", "C"]].eq("vrij").all()
    assert result["A"] == "primair"
    assert result[["D", "Totaal"]].ne("vrij").sum() == 1


def test_cells_marked_unsafe_by_another_rule():
    table = pd.DataFrame({"wijk": list("ABCD"), "n": [40, 50, 60, 70]})
    marked = pd.DataFrame({"wijk": ["B"], "reden": ["één eenheid heeft meer dan 50 %"]})
    result = suppress(table, ["wijk"], primary=marked).set_index("wijk")
    assert result.loc["B", "status"] == "primair"
    assert result.loc["B", "reden"] == "één eenheid heeft meer dan 50 %"
    assert (result["status"] == "secundair").sum() == 1
    assert suppress(table, ["wijk"])["status"].eq("vrij").all()
    with pytest.raises(CellError, match="rij 1 is geen cel"):
        suppress(table, ["wijk"], primary=pd.DataFrame({"wijk": ["Z"]}))


def test_magnitude_is_summed_exactly_and_hidden_with_the_count():
    table = pd.DataFrame({"wijk": list("ABC"), "n": [4, 30, 50], "euro": [0.1, 0.2, -0.3]})
    result = suppress(table, ["wijk"], value="euro")
    assert result.loc[result["wijk"] == "Totaal", "euro"].item() == pytest.approx(0.0, abs=1e-16)
    shuffled = suppress(table.iloc[[2, 0, 1]], ["wijk"], value="euro")
    pd.testing.assert_frame_equal(shuffled, result, check_exact=True)
    view = released_view(result, value="euro")
    hidden = result["status"] != "vrij"
    assert hidden.any()
    assert view.loc[hidden, ["n", "euro"]].isna().all(axis=None)
    assert view.loc[~hidden, ["n", "euro"]].notna().all(axis=None)
    with pytest.raises(CellError, match="'euro', rij 2"):
        suppress(table.assign(euro=[1, None, 2]), ["wijk"], value="euro")


def test_table_without_units():
    table = pd.DataFrame({"wijk": pd.Series([], dtype=str), "n": pd.Series([], dtype=int)})
    assert suppress(table, ["wijk"]).empty
    zeros = suppress(pd.DataFrame({"wijk": ["A", "B"], "n": [0, 0]}), ["wijk"])
    assert zeros["status"].eq("primair").all()


def test_budget_that_is_too_small_is_no_answer():
    table = pd.DataFrame(
        [(r, c, n) for r, row in {"A": [40, 0, 0], "B": [50, 60, 70]}.items() for c, n in zip("xyz", row, strict=True)],
        columns=["r", "c", "n"],
    )
    with pytest.raises(Undecided):
        suppress(table, ["r", "c"], max_lp=1)


def city(buurten, classes, scale, seed):
    rng = np.random.default_rng(seed)
    codes = [f"BU{i // 72:04d}{i // 12 % 6:02d}{i % 12:02d}" for i in range(buurten)]
    table = pd.DataFrame([(code, k) for code in codes for k in range(classes)], columns=["buurt", "klasse"])
    return table.assign(n=rng.gamma(1.0, scale, len(table)).astype(int))


def test_city_of_fifty_buurten_is_protected_and_audited_within_a_second():
    table = city(50, 3, 60, 1)
    dims, hierarchies = ["buurt", "klasse"], {"buurt": [6, 8]}
    started = time.process_time()
    result = suppress(table, dims, hierarchies=hierarchies)
    attacked = audit(released_view(result), dims, hierarchies=hierarchies)
    used = time.process_time() - started
    assert len(result) == 228
    merged = attacked.merge(result, on=dims)
    assert ((merged["upper"] - merged["lower"])[merged["status"] == "primair"] >= 10).all()
    assert not merged["exact"].any()
    assert used < 2  # 0.3 s on a quiet core


def test_city_with_a_hundred_small_cells_within_two_seconds():
    table = city(150, 3, 40, 1)
    started = time.process_time()
    result = suppress(table, ["buurt", "klasse"], hierarchies={"buurt": [6, 8]})
    used = time.process_time() - started
    assert len(result) == 668
    assert (result["status"] == "primair").sum() == 106
    assert used < 4  # 0.5 s on a quiet core
