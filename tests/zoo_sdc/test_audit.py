"""The audit against enumeration of all tables of integers, and against tables with a known leak."""

import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csc_array

from zoo_sdc import CellError, Contradiction, Undecided, audit
from zoo_sdc.audit import bounds, combination, derivable, small_differences
from zoo_sdc.structure import linked_system, table_system


def fillings(matrix, values, published):
    """All tables of non-negative integers that agree with the published cells, shape (tables, atoms)."""
    equations = [
        (np.flatnonzero(matrix[:, cell]).tolist(), int(values[cell])) for cell in np.flatnonzero(published).tolist()
    ]
    of_atom = [[i for i, (atoms, _) in enumerate(equations) if atom in atoms] for atom in range(matrix.shape[0])]
    last = [max(atoms) for atoms, _ in equations]
    rest = [value for _, value in equations]
    found, current = [], [0] * matrix.shape[0]

    def place(atom):
        if atom == matrix.shape[0]:
            found.append(current.copy())
            return
        for value in range(min(rest[i] for i in of_atom[atom]) + 1):
            current[atom] = value
            for i in of_atom[atom]:
                rest[i] -= value
            if all(rest[i] == 0 for i in of_atom[atom] if last[i] == atom):
                place(atom + 1)
            for i in of_atom[atom]:
                rest[i] += value
        current[atom] = 0

    place(0)
    return np.array(found)


def random_system(rng, kind):
    if kind == "3x3":
        axes, hierarchies = [list("ABC"), list("xyz")], [{}]
    elif kind == "hierarchy":
        axes, hierarchies = [list("ABCD"), list("xy")], [{"d0": {"A": "P", "B": "P", "C": "Q", "D": "Q"}}]
    elif kind == "2x2x2":
        axes, hierarchies = [list("AB"), list("xy"), list("pq")], [{}]
    else:
        axes = [list("ABCDEF")]
        hierarchies = [
            {"d0": dict(zip("ABCDEF", "PPQQRR", strict=True))},
            {"d0": dict(zip("ABCDEF", "SSSTTT", strict=True))},
        ]
    dims = [f"d{i}" for i in range(len(axes))]
    table = pd.DataFrame(list(itertools.product(*axes)), columns=dims)
    table["n"] = rng.choice([0, 0, 0, 1, 1, 2, 3], size=len(table))
    systems = [table_system(table, dims, "n", hierarchy) for hierarchy in hierarchies]
    system, _ = linked_system(systems)
    published = rng.random(len(system.values)) < rng.uniform(0.3, 0.9)
    published[np.argmax(np.diff(system.matrix.indptr))] = True  # the grand total, so that tables are finitely many
    return system, published


@pytest.mark.parametrize("kind", ["3x3", "hierarchy", "2x2x2", "linked"])
def test_bounds_and_recomputation_equal_enumeration(kind):
    rng = np.random.default_rng([7, len(kind)])
    compared = exact_by_sign = 0
    while compared < 25:
        system, published = random_system(rng, kind)
        if system.counts.sum() > 7:
            continue
        matrix = system.matrix.toarray()
        tables = fillings(matrix, system.values, published)
        compared += 1
        seen = tables @ matrix
        targets = np.arange(matrix.shape[1])
        lower, upper = bounds(system.matrix, system.values, published, targets)
        assert np.array_equal(lower, seen.min(axis=0))
        assert np.array_equal(upper, seen.max(axis=0))
        linear = derivable(system.matrix, published)
        basis = matrix[:, published].astype(float)
        rank = np.linalg.matrix_rank(basis)
        for cell in targets.tolist():
            joined = np.linalg.matrix_rank(np.column_stack([basis, matrix[:, cell]]))
            assert linear[cell] == (joined == rank)
        assert (lower[linear] == upper[linear]).all()
        exact_by_sign += int(((lower == upper) & ~linear).sum())
    assert exact_by_sign > 0  # the sample holds cells that only non-negativity gives away


def test_relaxation_that_is_not_integral_is_decided_by_integers():
    # Pairs of three groups are published: A+B, A+C, B+C = 1, 1, 2. Halves are not people: A=0, B=C=1.
    pairs = csc_array(np.array([[1, 1, 0, 1, 0, 0], [1, 0, 1, 0, 1, 0], [0, 1, 1, 0, 0, 1]]))
    published = np.array([True, True, True, False, False, False])
    values = np.array([1, 1, 2, 0, 0, 0])
    lower, upper = bounds(pairs, values, published, np.array([3, 4, 5]))
    assert lower.tolist() == upper.tolist() == [0, 1, 1]
    assert combination(pairs, published, 3) == {0: Fraction(1, 2), 1: Fraction(1, 2), 2: Fraction(-1, 2)}
    with pytest.raises(Contradiction):
        bounds(pairs, np.array([1, 1, 1, 0, 0, 0]), published, np.array([3]))
    # One equation A+B+C+D = 2 over overlapping pairs: the relaxation reaches halves, people do not.
    odd = csc_array(np.array([[1, 1, 0, 1], [1, 0, 1, 1], [0, 1, 1, 1]]))
    values = np.array([1, 1, 1, 0])
    lower, upper = bounds(
        csc_array(np.vstack([odd.toarray(), np.eye(3, 4, dtype=int)])),
        values,
        np.array([True] * 3 + [False]),
        np.array([3]),
    )
    assert (lower[0], upper[0]) == (0, 1)  # the relaxation says 1.5


def test_combination_adds_up_in_columns_and_values():
    rng = np.random.default_rng(5)
    checked = 0
    for _ in range(25):
        system, published = random_system(rng, "hierarchy")
        linear = derivable(system.matrix, published)
        matrix = system.matrix.toarray()
        for cell in np.flatnonzero(~published).tolist():
            parts = combination(system.matrix, published, cell)
            assert (parts is not None) == linear[cell]
            if parts is not None:
                checked += 1
                assert all(published[part] for part in parts)
                total = sum((Fraction(c) * matrix[:, part].astype(object) for part, c in parts.items()), 0)
                assert (np.zeros(len(matrix), dtype=int) + total == matrix[:, cell]).all()
                assert sum(c * int(system.values[part]) for part, c in parts.items()) == system.values[cell]
    assert checked > 20


def test_small_differences_equal_all_pairs():
    rng = np.random.default_rng(11)
    for kind in ("hierarchy", "linked", "3x3"):
        system, published = random_system(rng, kind)
        values = system.matrix.T @ rng.integers(0, 15, system.matrix.shape[0])
        matrix = system.matrix.toarray()
        expected = [
            [a, b]
            for a in np.flatnonzero(published)
            for b in np.flatnonzero(published)
            if (matrix[:, a] <= matrix[:, b]).all() and 0 < values[b] - values[a] < 10
        ]
        assert small_differences(system.matrix, values, published, 10).tolist() == expected


def test_small_differences_of_two_thousand_cells():
    rng = np.random.default_rng(2)
    codes = [f"{i:04d}" for i in range(400)]
    table = pd.DataFrame(list(itertools.product(codes, range(3))), columns=["b", "k"])
    table["n"] = rng.integers(10, 200, len(table))
    table.loc[5, "n"] = 4
    system = table_system(table, ["b", "k"], "n", {"b": [2, 3]})
    assert len(system.values) > 1_600
    published = system.values >= 10
    pairs = small_differences(system.matrix, system.values, published, 10)
    differences = system.values[pairs[:, 1]] - system.values[pairs[:, 0]]
    assert ((differences > 0) & (differences < 10)).all()


def released(text):
    rows = [line.split() for line in text.strip().splitlines()]
    frame = pd.DataFrame(rows, columns=["wijk", "soort", "n"])
    return frame.assign(n=pd.to_numeric(frame["n"], errors="coerce"))


def test_foreign_table_whose_margin_gives_a_cell_away():
    table = released("""
        Totaal Totaal 100
        Totaal huur    60
        Totaal koop    40
        A Totaal       50
        A huur          ?
        A koop         20
        B Totaal       50
        B huur         30
        B koop         20
    """)
    found = audit(table, ["wijk", "soort"])
    assert found[["wijk", "soort"]].values.tolist() == [["A", "huur"]]
    assert found["exact"].all()
    assert (found["lower"].item(), found["upper"].item()) == (30, 30)
    assert found["attack"].item() in {"A − A × koop", "huur − B × huur"}


def test_second_table_gives_the_first_away():
    first = pd.DataFrame({"wijk": ["Totaal", "A", "B", "C"], "n": [100, None, None, 60]})
    second = pd.DataFrame({"soort": ["Totaal", "huur", "koop"], "n": [100, 30, 70]})
    crossed = pd.DataFrame({"wijk": ["A", "A", "B", "B"], "soort": ["huur", "koop"] * 2, "n": [10, 5, 12, None]})
    alone = audit(first, ["wijk"])
    assert not alone["exact"].any()
    assert alone["upper"].tolist() == [40, 40]
    together = audit([first, second, crossed], ["wijk", "soort"]).set_index(["wijk", "soort"])
    assert together["exact"].all()
    assert together.loc[("A", "Totaal"), "lower"] == 15
    assert together.loc[("A", "Totaal"), "attack"] == "A × huur + A × koop"
    assert together.loc[("B", "koop"), "lower"] == 13


def test_rows_left_out_mean_nobody_or_unknown():
    table = pd.DataFrame({"wijk": ["Totaal", "A", "B"], "n": [100, 30, 60]})
    with pytest.raises(Contradiction, match="onbekend"):
        audit(table, ["wijk"])
    hierarchy = {"A": "Totaal", "B": "Totaal", "C": "Totaal", "D": "Totaal"}
    asked = pd.concat([table, pd.DataFrame({"wijk": ["C"], "n": [None]})])
    found = audit(asked, ["wijk"], hierarchies={"wijk": hierarchy}, absent="onbekend")
    assert found[["lower", "upper"]].values.tolist() == [[0, 10]]
    found = audit(asked, ["wijk"], hierarchies={"wijk": hierarchy}, absent="nul")
    assert found[["lower", "upper"]].values.tolist() == [[10, 10]]


def test_published_zero_fixes_its_parts():
    table = pd.DataFrame(
        {
            "wijk": ["Totaal", "P", "A", "B", "C"],
            "n": [50, 0, None, None, None],
        }
    )
    hierarchy = {"A": "P", "B": "P", "C": "Totaal"}
    found = audit(table, ["wijk"], hierarchies={"wijk": hierarchy}).set_index("wijk")
    assert found["exact"].all()
    assert found["lower"].to_dict() == {"A": 0, "B": 0, "C": 50}
    assert found.loc["C", "attack"] == "Totaal − P"
    assert "0" in found.loc["A", "attack"]


def test_contradictions_and_unreadable_tables():
    table = pd.DataFrame({"wijk": ["Totaal", "A", "B"], "n": [10, 30, None]})
    with pytest.raises(Contradiction):
        audit(table, ["wijk"])
    twice = pd.DataFrame({"wijk": ["A", "A"], "n": [10, 10]})
    with pytest.raises(CellError, match="rij 2"):
        audit(twice, ["wijk"])
    with pytest.raises(Contradiction, match="verschillend"):
        audit([pd.DataFrame({"wijk": ["A"], "n": [1]}), pd.DataFrame({"wijk": ["A"], "n": [2]})], ["wijk"])
    with pytest.raises(CellError, match="'n', rij 2"):
        audit(pd.DataFrame({"wijk": ["A", "B"], "n": [None, -4]}), ["wijk"])
    with pytest.raises(CellError, match="'buurt'"):
        audit(table, ["wijk", "buurt"])


def test_cell_that_nothing_bounds():
    found = audit(pd.DataFrame({"wijk": ["A", "B"], "n": [None, 30]}), ["wijk"])
    assert found[["lower", "upper"]].values.tolist() == [[0, np.inf]]
    assert not found["exact"].any()


def test_budget_that_is_too_small_is_no_answer():
    table = pd.DataFrame({"wijk": ["Totaal", "A", "B", "C"], "n": [100, None, None, None]})
    with pytest.raises(Undecided):
        audit(table, ["wijk"], max_lp=2)
