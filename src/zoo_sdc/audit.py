"""What published tables give away: exact recomputation, bounds, small differences.

The attacker adds and subtracts published cells (exact elimination), and knows that counts are non-negative integers
(the attacker's problems of Fischetti & Salazar 1999, 2001). `audit` does this for released tables of any origin.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csc_array, csr_array

from zoo_sdc.attacker import Attacker, Budget
from zoo_sdc.combination import cell_names, exact_combination, written_sum
from zoo_sdc.elimination import columns_of, span_of
from zoo_sdc.errors import CellError, Contradiction, Undecided
from zoo_sdc.hierarchy import Hierarchy, Tree, build_tree
from zoo_sdc.labels import LabelKey, factorize_labels, label_key
from zoo_sdc.structure import check_counts, expand_margins, integer_matrix, merge_equal_rows

MAX_ATOMS = 2_000_000
"""Largest number of combinations of finest labels that `audit` looks at."""


def derivable(matrix: Any, published: np.ndarray) -> np.ndarray:
    """Which cells are linear combinations of published ones, by exact integer elimination.

    Args:
        matrix: sparse (atoms, cells), non-negative integers.
        published: bool (cells,).

    Returns:
        bool (cells,): true for published cells and for every other cell whose column lies in their span.
    """
    exact = integer_matrix(matrix)
    known = np.asarray(published, dtype=bool)
    open_rows = ~_singled_out(exact, known)
    span = span_of([column for column in columns_of(exact, np.flatnonzero(known), open_rows) if column])
    result = known.copy()
    others = np.flatnonzero(~known)
    for cell, column in zip(others.tolist(), columns_of(exact, others, open_rows), strict=True):
        result[cell] = not span.reduce(column)
    return result


def combination(matrix: Any, published: np.ndarray, target: int) -> dict[int, Fraction] | None:
    """Published cells and their coefficients that add up to a cell, or None when it is not derivable.

    The columns of the matrix satisfy the sum exactly, and so do the values of the cells.

    Args:
        matrix: sparse (atoms, cells), non-negative integers.
        published: bool (cells,).
        target: index of a cell.
    """
    return exact_combination(integer_matrix(matrix), np.asarray(published, dtype=bool), int(target))


def bounds(
    matrix: Any,
    values: np.ndarray,
    published: np.ndarray,
    targets: np.ndarray,
    *,
    zero_atoms: np.ndarray | None = None,
    max_lp: int = 100_000,
) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest value that cells can have, over all tables of non-negative integers with these margins.

    Args:
        matrix: sparse (atoms, cells), non-negative integers.
        values: int (cells,); only published entries are read.
        published: bool (cells,).
        targets: indices of cells, shape (targets,).
        zero_atoms: bool (atoms,), atoms known to be zero.
        max_lp: budget of programmes (at most four per target).

    Returns:
        Two float arrays (targets,); the upper bound is inf where nothing bounds a cell.

    Raises:
        Contradiction: no such table exists.
        Undecided: the budget ran out or the solver did not settle a bound.
    """
    exact = integer_matrix(matrix)
    known = np.asarray(published, dtype=bool)
    given = np.where(known, values, 0).astype(np.int64)
    attacker = Attacker(exact, given, known, Budget(max_lp), zero_atoms)
    wanted = np.asarray(targets, dtype=np.int64)
    rows = csr_array(exact.T)[wanted]
    lower = np.full(len(wanted), np.inf)
    upper = np.empty(len(wanted))
    for index, target in enumerate(wanted.tolist()):
        upper[index], filling = attacker.extreme(target, largest=True)
        if filling is not None:  # a table in which other cells are zero settles their lower bound
            lower = np.where(np.asarray(rows @ filling) == 0, 0.0, lower)
    for index, target in enumerate(wanted.tolist()):
        if lower[index] > 0:
            lower[index], filling = attacker.extreme(target, largest=False)
            if filling is not None:
                lower = np.where(np.asarray(rows @ filling) == 0, 0.0, lower)
    return lower, upper


def small_differences(matrix: Any, values: np.ndarray, published: np.ndarray, threshold: int) -> np.ndarray:
    """Pairs of published cells of which one contains the other and the rest is a group below the threshold.

    Args:
        matrix: sparse (atoms, cells), non-negative integers.
        values: int (cells,).
        published: bool (cells,).
        threshold: smallest count that may be known.

    Returns:
        int64 (pairs, 2): (inner, outer) with 0 < values[outer] - values[inner] < threshold and the column of the
        inner cell nowhere above that of the outer; sorted.
    """
    exact = integer_matrix(matrix)
    chosen = np.flatnonzero(np.asarray(published, dtype=bool) & (np.diff(exact.indptr) > 0))
    part = csc_array(exact[:, chosen])
    rows = csr_array(part)
    count = np.asarray(values, dtype=np.int64)[chosen]
    crowd = np.diff(rows.indptr)
    # A cell that contains another contains its every atom: look only among the cells of its least crowded atom.
    starts = part.indptr[:-1]
    by_crowd = np.lexsort((crowd[part.indices], np.repeat(np.arange(len(chosen)), np.diff(part.indptr))))
    rarest = part.indices[by_crowd[starts]] if len(chosen) else np.zeros(0, dtype=np.int64)
    lengths = crowd[rarest]
    inner = np.repeat(np.arange(len(chosen)), lengths)
    within = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    outer = rows.indices[np.repeat(rows.indptr[rarest], lengths) + within]
    gap = count[outer] - count[inner]
    keep = (gap > 0) & (gap < threshold)
    inner, outer = inner[keep], outer[keep]
    rest = csc_array(part[:, outer] - part[:, inner])
    lowest = np.zeros(len(inner), dtype=np.int64)
    np.minimum.at(lowest, np.repeat(np.arange(len(inner)), np.diff(rest.indptr)), rest.data)
    pairs = np.column_stack([chosen[inner[lowest >= 0]], chosen[outer[lowest >= 0]]]).astype(np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


@dataclass(frozen=True)
class _Released:
    """Released tables as one system: atoms by cells, with the labels, values and status of the cells."""

    matrix: csc_array
    labels: pd.DataFrame
    values: np.ndarray
    published: np.ndarray


def audit(
    released: Sequence[pd.DataFrame] | pd.DataFrame,
    dims: Sequence[str],
    freq: str = "n",
    hierarchies: Mapping[str, Hierarchy] | None = None,
    total_label: Any = "Totaal",
    absent: str = "nul",
    max_lp: int = 100_000,
) -> pd.DataFrame:
    """What an attacker learns about every hidden cell of released tables, own or foreign, over the same units.

    Args:
        released: tables with the columns `freq` and some of `dims`; a dimension that a table lacks is at its total.
            A hidden count is missing (NaN, None, NA), or its row has a `status` other than "vrij" (the result of
            `suppress` as it is). Cells with equal labels are the same cell in all tables.
        dims: all dimensions.
        freq: column with counts.
        hierarchies: per dimension child -> parent or lengths of prefixes, as for `suppress`.
        total_label: label of the totals.
        absent: what a combination of finest labels means that a table has no row for: "nul" (nobody, as `suppress`
            releases tables) or "onbekend" (left out).
        max_lp: budget of programmes.

    Returns:
        One row per hidden cell: `dims`, `lower` and `upper` (float, inf when unbounded), `exact` (bool, the attacker
        knows the count), `attack` (str, the sum that gives it; empty when not exact).

    Raises:
        CellError, HierarchyError: tables that cannot be read.
        Contradiction: the published figures cannot all be right.
        Undecided: not settled within the budget; treat as unsafe.
    """
    if absent not in {"nul", "onbekend"}:
        raise CellError('absent is "nul" of "onbekend"')
    tables = [released] if isinstance(released, pd.DataFrame) else list(released)
    system = _released_system(tables, list(dims), freq, hierarchies or {}, total_label, absent)
    hidden = np.flatnonzero(~system.published)
    zero_atoms = _zero_atoms(system)
    try:
        lower, upper = bounds(
            system.matrix, system.values, system.published, hidden, zero_atoms=zero_atoms, max_lp=max_lp
        )
    except Contradiction as error:
        hint = '; zijn er rijen weggelaten, geef dan absent="onbekend"' if absent == "nul" else ""
        raise Contradiction(f"{error}{hint}") from None
    linear = derivable(system.matrix, system.published)[hidden]
    names = cell_names(system.labels, total_label)
    attacks = []
    for cell, low, high, by_sum in zip(hidden.tolist(), lower, upper, linear, strict=True):
        attacks.append(_attack(system, zero_atoms, cell, names) if by_sum or low == high else "")
    table = system.labels.iloc[hidden].reset_index(drop=True)
    table["lower"] = lower
    table["upper"] = upper
    table["exact"] = linear | (lower == upper)
    table["attack"] = pd.Series(attacks, dtype="str")
    return table


def _attack(system: _Released, zero_atoms: np.ndarray, cell: int, names: Sequence[str]) -> str:
    """The sum that gives away a cell, in words."""
    parts = exact_combination(system.matrix, system.published, cell)
    if parts is not None:
        return written_sum(parts, names)
    parts = exact_combination(system.matrix, system.published, cell, ~zero_atoms)
    if parts is not None:
        return f"{written_sum(parts, names)} (delen van een gepubliceerde 0 zijn 0)"
    return "de enige waarde die bij de gepubliceerde cellen past, omdat geen aantal negatief is"


def _singled_out(matrix: csc_array, published: np.ndarray) -> np.ndarray:
    """bool (atoms,): atoms that follow one by one, as the only open atom of a published cell."""
    entries = coo_array(csr_array(matrix.T)[np.flatnonzero(published)])
    row, atom = entries.row, entries.col
    known = np.zeros(matrix.shape[0], dtype=bool)
    while True:
        left = np.bincount(row, minlength=entries.shape[0])
        single = left[row] == 1
        if not single.any():
            return known
        known[atom[single]] = True
        still_open = ~known[atom]
        row, atom = row[still_open], atom[still_open]


def _zero_atoms(system: _Released) -> np.ndarray:
    """bool (atoms,): atoms under a published zero."""
    zero = system.published & (system.values == 0)
    return np.asarray(csr_array(system.matrix)[:, np.flatnonzero(zero)].sum(axis=1)).ravel() > 0


@dataclass(frozen=True)
class _Rows:
    """One released table: the node per row and dimension, which rows are hidden, and the counts of the others."""

    nodes: np.ndarray
    hidden: np.ndarray
    counts: np.ndarray


def _released_system(
    tables: Sequence[pd.DataFrame],
    dims: Sequence[str],
    freq: str,
    hierarchies: Mapping[str, Hierarchy],
    total_label: Any,
    absent: str,
) -> _Released:
    if not tables or not dims:
        raise CellError("geef ten minste één tabel en één dimensie")
    trees = [
        _tree_of_tables(tables, dim, hierarchies.get(dim), total_label, with_unseen=absent == "onbekend")
        for dim in dims
    ]
    rows = [_read_rows(table, dims, freq, trees, number) for number, table in enumerate(tables, start=1)]
    sizes = np.array([len(tree.labels) for tree in trees], dtype=np.int64)
    codes = [_mixed_radix(part.nodes, sizes) for part in rows]
    cell_codes, cell_of_row = np.unique(np.concatenate(codes), return_inverse=True)
    hidden_row = np.concatenate([part.hidden for part in rows])
    count_row = np.concatenate([part.counts for part in rows])
    published = np.zeros(len(cell_codes), dtype=bool)
    published[cell_of_row[~hidden_row]] = True
    values = np.zeros(len(cell_codes), dtype=np.int64)
    values[cell_of_row[~hidden_row]] = count_row[~hidden_row]
    if not np.array_equal(values[cell_of_row[~hidden_row]], count_row[~hidden_row]):
        raise Contradiction("twee tabellen geven dezelfde cel een verschillend aantal")

    leaves = [_childless(tree) for tree in trees]
    if math.prod(len(tree.leaf_node) for tree in leaves) > MAX_ATOMS:
        raise Undecided("de tabellen hebben samen te veel combinaties van kleinste groepen om na te rekenen")
    grid = np.indices([len(tree.leaf_node) for tree in leaves]).reshape(len(dims), -1)
    if absent == "nul":
        present = np.ones(grid.shape[1], dtype=bool)
        for part, code in zip(rows, codes, strict=True):
            present &= _may_hold_units(part, code, leaves, grid, sizes)
        grid = grid[:, present]
    margins = expand_margins(list(grid), leaves)
    position = np.searchsorted(cell_codes, margins.code)
    inside = np.isin(margins.code, cell_codes)
    matrix = csr_array(
        (np.ones(int(inside.sum()), dtype=np.int64), (margins.atom[inside], position[inside])),
        shape=(grid.shape[1], len(cell_codes)),
    )
    atoms = np.unique(merge_equal_rows(matrix)) if matrix.shape[0] else np.zeros(0, dtype=np.int64)
    return _Released(csc_array(matrix[atoms]), margins.labels(cell_codes, dims), values, published)


def _tree_of_tables(
    tables: Sequence[pd.DataFrame], dim: str, hierarchy: Hierarchy | None, total_label: Any, *, with_unseen: bool
) -> Tree:
    """Tree over all labels of a dimension in any table, and the other codes of the hierarchy when asked."""
    columns = [table[dim] for table in tables if dim in table.columns]
    if not columns:
        raise CellError(f"geen enkele tabel heeft de kolom {dim!r}")
    seen: dict[LabelKey, Any] = {}
    for column in columns:
        for label in factorize_labels(column, dim)[1]:
            seen.setdefault(label_key(label), label)
    if with_unseen and hierarchy is not None:
        children: list[Any] = []
        if isinstance(hierarchy, pd.DataFrame):
            children = hierarchy.iloc[:, 0].tolist()
        elif isinstance(hierarchy, Mapping):
            children = list(hierarchy)
        for label in children:
            seen.setdefault(label_key(label), label)
    seen.pop(label_key(total_label), None)
    labels = [seen[key] for key in sorted(seen)]
    return build_tree(dim, labels, hierarchy, totals=True, total_label=total_label, leaves_may_have_children=True)


def _read_rows(table: pd.DataFrame, dims: Sequence[str], freq: str, trees: Sequence[Tree], number: int) -> _Rows:
    if freq not in table.columns:
        raise CellError(f"kolom {freq!r} ontbreekt in tabel {number}")
    nodes = np.zeros((len(dims), len(table)), dtype=np.int64)
    for index, (dim, tree) in enumerate(zip(dims, trees, strict=True)):
        if dim in table.columns:
            node_of = {label_key(label): node for node, label in enumerate(tree.labels)}
            codes, labels = factorize_labels(table[dim], dim)
            if len(table):
                nodes[index] = np.array([node_of[label_key(label)] for label in labels], dtype=np.int64)[codes]
    _, first = np.unique(nodes, axis=1, return_index=True)
    if len(first) < len(table):
        row = int(np.setdiff1d(np.arange(len(table)), first)[0]) + 1
        raise CellError(f"tabel {number}, rij {row} heeft dezelfde labels als een andere rij")
    hidden = table[freq].isna().to_numpy(dtype=bool)
    if "status" in table.columns:
        hidden |= (table["status"] != "vrij").to_numpy(dtype=bool)
    counts = np.zeros(len(table), dtype=np.int64)
    shown = table[freq].mask(hidden, 0) if hidden.any() else table[freq]
    counts[:] = check_counts(shown, freq)
    return _Rows(nodes=nodes, hidden=hidden, counts=counts)


def _mixed_radix(nodes: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    code = np.zeros(nodes.shape[1], dtype=np.int64)
    for node, size in zip(nodes, sizes.tolist(), strict=True):
        code = code * size + node
    return code


def _childless(tree: Tree) -> Tree:
    """The same tree with the nodes without children as its leaves."""
    parents = np.zeros(len(tree.labels), dtype=bool)
    parents[tree.parent[tree.parent >= 0]] = True
    return Tree(labels=tree.labels, parent=tree.parent, leaf_node=np.flatnonzero(~parents))


def _may_hold_units(
    rows: _Rows, codes: np.ndarray, leaves: Sequence[Tree], grid: np.ndarray, sizes: np.ndarray
) -> np.ndarray:
    """bool (combinations,): false where the table covers a combination of leaves and has no row for it.

    Per dimension a leaf belongs to its lowest ancestor in the table. When that ancestor has other parts in the
    table, the leaf is none of them and holds nobody; when the table has no ancestor at all, it says nothing.
    """
    cells = np.zeros(grid.shape[1], dtype=np.int64)
    nobody = np.zeros(grid.shape[1], dtype=bool)
    silent = np.zeros(grid.shape[1], dtype=bool)
    for nodes, tree, position, size in zip(rows.nodes, leaves, grid, sizes.tolist(), strict=True):
        seen = np.zeros(len(tree.labels), dtype=bool)
        seen[nodes] = True
        divided = np.zeros(len(tree.labels), dtype=bool)
        for node in np.flatnonzero(seen).tolist():
            above = int(tree.parent[node])
            while above >= 0 and not divided[above]:
                divided[above] = True
                above = int(tree.parent[above])
        lowest = tree.leaf_node.copy()
        climb = (lowest >= 0) & ~seen[lowest]
        while climb.any():
            lowest[climb] = tree.parent[lowest[climb]]
            climb = (lowest >= 0) & ~seen[lowest]
        silent |= (lowest < 0)[position]
        nobody |= ((lowest >= 0) & divided[lowest])[position]
        cells = cells * size + np.maximum(lowest, 0)[position]
    return silent | (~nobody & np.isin(cells, codes))
