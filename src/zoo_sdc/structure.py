"""From tables to one sparse linear system: atoms (finest groups of units) by cells (published or hidden sums).

Every cell is a sum of atoms, so everything an attacker can compute or bound follows from this matrix, from the
values of the published cells and from non-negativity. Several tables over the same atoms become one system, in which
equal columns are one cell (Fischetti & Salazar 1999 treat linked tables the same way).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csc_array, csr_array, hstack

from zoo_sdc.errors import CellError, Contradiction, HierarchyError
from zoo_sdc.hierarchy import Hierarchy, Tree, build_tree
from zoo_sdc.labels import factorize_labels, label_series

MAX_COUNT = 2**53
"""Largest total count: up to here the linear programmes' floating-point numbers hold every integer exactly."""


@dataclass(frozen=True)
class System:
    """A table, or several linked tables, as a linear system.

    Attributes:
        matrix: csc array of int64, shape (atoms, cells), small non-negative integers, usually 0 and 1.
        cells: labels of the cells, one row per column of the matrix, index 0..cells-1.
        values: int64, shape (cells,), the count of each cell: `matrix.T @ counts`.
        counts: int64, shape (atoms,), the count of each atom.
        source: int64, shape (atoms,), the row (position from 0) of the given table that each atom stands in.
        trees: the tree per dimension, of one table; () for linked tables.
        nodes: int64, shape (cells, dimensions), the node of each cell in each tree.
        leaves: int64, shape (atoms, dimensions), the leaf number of each atom in each tree.
    """

    matrix: csc_array
    cells: pd.DataFrame
    values: np.ndarray
    counts: np.ndarray
    source: np.ndarray
    trees: tuple[Tree, ...] = ()
    nodes: np.ndarray = field(default_factory=lambda: np.empty((0, 0), dtype=np.int64))
    leaves: np.ndarray = field(default_factory=lambda: np.empty((0, 0), dtype=np.int64))


@dataclass(frozen=True)
class Margins:
    """Which cells every atom belongs to: the product of its ancestors over the dimensions, without the counts.

    Attributes:
        atom: int64, one entry per (atom, cell) pair.
        code: int64, the cell of that pair: node indices of the dimensions in mixed radix.
        trees: the tree per dimension.
    """

    atom: np.ndarray
    code: np.ndarray
    trees: tuple[Tree, ...]

    def nodes(self, codes: np.ndarray) -> np.ndarray:
        """The node of cells given by their code in every tree: int64 (cells, dimensions)."""
        nodes = np.empty((len(codes), len(self.trees)), dtype=np.int64)
        rest = codes
        for position, tree in reversed(list(enumerate(self.trees))):
            rest, nodes[:, position] = np.divmod(rest, len(tree.labels))
        return nodes

    def labels(self, codes: np.ndarray, dims: Sequence[str]) -> pd.DataFrame:
        """The labels of cells given by their code, one column per dimension."""
        nodes = self.nodes(codes)
        columns = {
            dim: label_series(tree.labels).take(nodes[:, position]).reset_index(drop=True)
            for position, (dim, tree) in enumerate(zip(dims, self.trees, strict=True))
        }
        return pd.DataFrame(columns, columns=list(dims))


def expand_margins(leaf_codes: Sequence[np.ndarray], trees: Sequence[Tree]) -> Margins:
    """All margins of all atoms: `leaf_codes` holds per dimension the leaf number of every atom."""
    size = 1
    for tree in trees:
        size *= max(len(tree.labels), 1)
    if size >= 2**62:
        raise CellError("de tabel heeft te veel mogelijke cellen; gebruik minder of grovere indelingen")
    atoms = len(leaf_codes[0])
    atom = np.arange(atoms, dtype=np.int64)
    code = np.zeros(atoms, dtype=np.int64)
    for leaf_code, tree in zip(leaf_codes, trees, strict=True):
        pointer, nodes = tree.ancestors()
        lengths = np.diff(pointer)[leaf_code[atom]]
        starts = pointer[:-1][leaf_code[atom]]
        within = np.arange(int(lengths.sum()), dtype=np.int64) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        node = nodes[np.repeat(starts, lengths) + within]
        atom = np.repeat(atom, lengths)
        code = np.repeat(code, lengths) * len(tree.labels) + node
    return Margins(atom=atom, code=code, trees=tuple(trees))


def check_counts(column: "pd.Series[Any]", name: str) -> np.ndarray:
    """Counts of a column as int64 of shape (rows,).

    Raises `CellError` with column and row number (1-based) for a missing, infinite, negative or fractional count
    or one that is no number, and when the sum exceeds 2**53.
    """
    if column.dtype == object or not pd.api.types.is_numeric_dtype(column.dtype):
        numbers = pd.to_numeric(column, errors="coerce")
        if column.map(lambda value: isinstance(value, str)).any():
            raise CellError(f"kolom {name!r} bevat tekst; aantallen zijn hele getallen vanaf 0")
    else:
        numbers = column
    if pd.api.types.is_bool_dtype(numbers.dtype):
        raise CellError(f"kolom {name!r} bevat ja/nee-waarden; aantallen zijn hele getallen vanaf 0")
    if pd.api.types.is_integer_dtype(numbers.dtype) and not numbers.isna().any():
        if len(numbers) and int(numbers.max()) > MAX_COUNT:
            raise CellError(f"kolom {name!r}: een aantal is te groot om exact mee te rekenen")
        counts = numbers.to_numpy(dtype=np.int64)
    else:
        real = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
        with np.errstate(invalid="ignore"):
            wrong = ~np.isfinite(real) | (real != np.floor(real)) | (np.abs(real) > MAX_COUNT)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0]) + 1
            raise CellError(f"kolom {name!r}, rij {row}: geen heel aantal; vul een heel getal vanaf 0 in")
        counts = real.astype(np.int64)
    if (counts < 0).any():
        row = int(np.flatnonzero(counts < 0)[0]) + 1
        raise CellError(f"kolom {name!r}, rij {row}: aantal is negatief; vul een heel getal vanaf 0 in")
    if float(counts.sum(dtype=np.float64)) > MAX_COUNT:
        raise CellError(f"kolom {name!r}: de som is te groot om exact mee te rekenen")
    return counts


def check_dimensions(cells: pd.DataFrame, columns: Sequence[str], hierarchies: Mapping[str, Hierarchy] | None) -> None:
    """Check the columns of a table: its dimensions and, last, its counts.

    Raises `CellError` or `HierarchyError` when columns lack or are double, or a hierarchy has no dimension.
    """
    dims = columns[:-1]
    if not isinstance(cells, pd.DataFrame):
        raise CellError("de tabel is geen DataFrame")
    if not dims:
        raise CellError("geef ten minste één dimensie op")
    if len(set(columns)) != len(columns):
        raise CellError("een kolom is twee keer opgegeven, als dimensie of als aantal")
    for name in columns:
        if name not in cells.columns:
            raise CellError(f"kolom {name!r} ontbreekt in de tabel")
    if not cells.columns.is_unique:
        raise CellError("een kolomnaam komt twee keer voor in de tabel")
    for name in hierarchies or {}:
        if name not in dims:
            raise HierarchyError(f"hiërarchie voor {name!r}, maar dat is geen dimensie van de tabel")


def table_system(
    atoms: pd.DataFrame,
    dims: Sequence[str],
    freq: str,
    hierarchies: Mapping[str, Hierarchy] | None = None,
    totals: bool = True,
    total_label: Any = "Totaal",
) -> System:
    """One table with all its margins as a system.

    Args:
        atoms: one row per combination of finest codes, columns `dims` and `freq`.
        dims: the dimensions, in the order in which cells are sorted.
        freq: column with counts (integers from 0).
        hierarchies: per dimension child -> parent (mapping or data frame of two columns) or lengths of code
            prefixes; ragged is allowed.
        totals: whether every dimension has a grand total.
        total_label: the label of that total.

    Returns:
        The system; atoms in canonical order of their labels, cells with totals before their parts. It does not
        depend on the order of the rows.

    Raises:
        CellError: missing column or label, count that is no count, duplicate combination.
        HierarchyError: cycle, two parents, missing parent, leaf that has children.
    """
    if isinstance(dims, str):
        raise CellError("geef de dimensies als lijst van kolomnamen")
    check_dimensions(atoms, [*dims, freq], hierarchies)
    trees: list[Tree] = []
    leaf_codes: list[np.ndarray] = []
    for dim in dims:
        codes, labels = factorize_labels(atoms[dim], dim)
        trees.append(build_tree(dim, labels, (hierarchies or {}).get(dim), totals=totals, total_label=total_label))
        leaf_codes.append(codes)
    order = np.lexsort(leaf_codes[::-1])
    leaf_codes = [codes[order] for codes in leaf_codes]
    same = np.logical_and.reduce([codes[1:] == codes[:-1] for codes in leaf_codes])
    if same.any():
        first = int(np.flatnonzero(same)[0])
        row = int(order[first : first + 2].max()) + 1
        raise CellError(f"rij {row} heeft dezelfde labels als een eerdere rij; tel dubbele combinaties eerst op")
    counts = check_counts(atoms[freq], freq)[order]
    margins = expand_margins(leaf_codes, trees)
    codes, column = np.unique(margins.code, return_inverse=True)
    matrix = csc_array(
        (np.ones(len(column), dtype=np.int64), (margins.atom, column)), shape=(len(atoms), len(codes)), dtype=np.int64
    )
    matrix.sort_indices()
    return System(
        matrix=matrix,
        cells=margins.labels(codes, dims),
        values=np.asarray(matrix.T @ counts, dtype=np.int64),
        counts=counts,
        source=order,
        trees=margins.trees,
        nodes=margins.nodes(codes),
        leaves=np.column_stack(leaf_codes),
    )


def linked_system(systems: Sequence[System]) -> tuple[System, list[np.ndarray]]:
    """Several tables over the same atoms as one system, in which cells with equal columns are one cell.

    Args:
        systems: systems whose matrices have the same atoms in the same order.

    Returns:
        The merged system, and per given system an int64 array (its cells,) with the index of each of its cells in
        the merged one. `cells` has the labels under which a cell first occurs and a column `tabel` (from 0) that
        says in which system that is.

    Raises:
        ValueError: no systems, or different numbers of atoms.
        Contradiction: the systems count the same atoms differently.
    """
    if not systems:
        raise ValueError("geef ten minste één tabel")
    first = systems[0]
    for number, system in enumerate(systems[1:], start=2):
        if system.matrix.shape[0] != first.matrix.shape[0]:
            raise ValueError(f"tabel {number} gaat over een ander aantal kleinste groepen dan tabel 1")
        if not np.array_equal(system.counts, first.counts):
            raise Contradiction(f"tabel {number} telt de kleinste groepen anders dan tabel 1")
    seen: dict[tuple[bytes, bytes], int] = {}
    mappings: list[np.ndarray] = []
    labels: list[pd.DataFrame] = []
    columns = []
    for number, system in enumerate(systems):
        matrix = csc_array(system.matrix, copy=True)
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        mapping = np.empty(matrix.shape[1], dtype=np.int64)
        fresh: list[int] = []
        for cell in range(matrix.shape[1]):
            part = slice(matrix.indptr[cell], matrix.indptr[cell + 1])
            key = (matrix.indices[part].astype(np.int64).tobytes(), matrix.data[part].astype(np.int64).tobytes())
            if key not in seen:
                seen[key] = len(seen)
                fresh.append(cell)
            mapping[cell] = seen[key]
        mappings.append(mapping)
        columns.append(matrix[:, fresh])
        labels.append(system.cells.iloc[fresh].astype(object).assign(tabel=number))
    merged = csc_array(hstack(columns, format="csc"), dtype=np.int64)
    return (
        System(
            matrix=merged,
            cells=pd.concat(labels, ignore_index=True),
            values=np.asarray(merged.T @ first.counts, dtype=np.int64),
            counts=first.counts,
            source=first.source,
        ),
        mappings,
    )


def integer_matrix(matrix: Any) -> csc_array:
    """The matrix as csc array of int64 with sorted indices and no stored zeros.

    Raises `ValueError` when an entry is negative or no integer.
    """
    sparse = csc_array(matrix)
    if sparse.nnz and not np.array_equal(sparse.data, np.round(sparse.data)):
        raise ValueError("de matrix bevat een getal dat niet heel is")
    exact = csc_array(sparse, dtype=np.int64, copy=True)
    exact.sum_duplicates()
    exact.eliminate_zeros()
    exact.sort_indices()
    if exact.nnz and int(exact.data.min()) < 0:
        raise ValueError("de matrix bevat een negatief getal")
    return exact


def merge_equal_rows(matrix: csr_array) -> np.ndarray:
    """For every row the index of the first row equal to it: int64 of shape (rows,).

    Rows are compared by two random linear hashes and the outcome is verified exactly.
    """
    rng = np.random.default_rng(20240501)
    weights = rng.integers(1, 2**62, size=(matrix.shape[1], 2), dtype=np.int64)
    hashes = np.asarray(matrix @ weights)
    _, first, inverse = np.unique(hashes, axis=0, return_index=True, return_inverse=True)
    representative = first[inverse.reshape(-1)]
    difference = csr_array(matrix - matrix[representative])
    difference.eliminate_zeros()
    if difference.nnz:  # two different rows with both hashes equal: practically impossible, then merge nothing
        return np.arange(matrix.shape[0], dtype=np.int64)
    return np.asarray(representative, dtype=np.int64)


def atoms_under(matrix: csc_array, cells: np.ndarray) -> np.ndarray:
    """bool (atoms,): the atoms that belong to one of the cells."""
    return np.asarray(csr_array(matrix)[:, np.flatnonzero(cells)].sum(axis=1)).ravel() > 0
