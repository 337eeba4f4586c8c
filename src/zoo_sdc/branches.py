"""Tables with one large hierarchical dimension (areas), protected and audited branch by branch.

A table of areas by a profile (age by household, say) falls apart along the tree of areas: an area and its children,
with all cells of the profile, are a table of their own, and what happens below a child is felt above it only through
the child's own cells (de Wolf 2002, HiTaS; Langsrud 2024 for the elimination inside a branch). Work and memory grow
with the number of areas, not with its square. What the branches cannot see of each other is found by an audit of the
whole, which goes through the same tree and is exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array, csr_array, kron

from zoo_sdc.errors import Unprotectable
from zoo_sdc.modular import PRIMES, Residues, echelon, nullspace, times
from zoo_sdc.secondary import secondary
from zoo_sdc.structure import System

_MAX_PROFILE = 1_000


@dataclass(frozen=True)
class Branches:
    """A table of areas by a profile.

    Attributes:
        parent: int (areas,), the index of the area above, -1 for one that stands at the top; parents come first.
        profile: csc array (atoms, cells) of 0 and 1: which finest combinations of the other dimensions a cell of the
            profile adds up.
        counts: int64 (areas, atoms); those of an area with children are the sums over its children.
    """

    parent: np.ndarray
    profile: csc_array
    counts: np.ndarray

    @cached_property
    def values(self) -> np.ndarray:
        """int64 (areas, cells): the published figures."""
        figures: np.ndarray = np.asarray((csr_array(self.profile.T) @ self.counts.T).T, dtype=np.int64)
        return figures

    @cached_property
    def children(self) -> dict[int, np.ndarray]:
        """The children of every area that has some; -1 holds the areas at the top."""
        order = np.argsort(self.parent, kind="stable")
        above, starts = np.unique(self.parent[order], return_index=True)
        return dict(zip(above.tolist(), np.split(order, starts[1:]), strict=True))

    def inner(self) -> Iterator[int]:
        """The areas with children, parents first."""
        return (area for area in sorted(self.children) if area >= 0)


@dataclass(frozen=True)
class Branched:
    """A table seen as branches, and where its cells stand there.

    Attributes:
        table: the branches; combinations that the table does not have are cells of zero here.
        place: int64 (cells,), the position of each cell in `table.values.ravel()`.
    """

    table: Branches
    place: np.ndarray

    def spread(self, cells: np.ndarray) -> np.ndarray:
        """bool (areas, cells): true where one of the table's cells is."""
        result = np.zeros(self.table.values.shape, dtype=bool)
        result.ravel()[self.place] = cells
        return result

    def absent(self) -> np.ndarray:
        """bool (areas, cells): combinations that the table does not have, which hold nobody."""
        return ~self.spread(np.ones(len(self.place), dtype=bool))


def branched(system: System) -> Branched | None:
    """See one table as branches along its largest dimension; None when that is no gain.

    It is no gain when there is but one dimension, or when the others together have over 1,000 combinations.
    """
    if len(system.trees) < 2:
        return None
    main = int(np.argmax([len(tree.labels) for tree in system.trees]))
    others = [position for position in range(len(system.trees)) if position != main]
    profile = csr_array(np.ones((1, 1), dtype=np.int64))
    cell, atom = np.zeros(len(system.nodes), dtype=np.int64), np.zeros(len(system.leaves), dtype=np.int64)
    for position in others:
        tree = system.trees[position]
        pointer, nodes = tree.ancestors()
        shape = (len(tree.leaf_node), len(tree.labels))
        if profile.shape[1] * shape[1] > _MAX_PROFILE:
            return None
        belongs = csr_array((np.ones(len(nodes), dtype=np.int64), nodes, pointer), shape=shape)
        profile = csr_array(kron(profile, belongs))
        cell = cell * shape[1] + system.nodes[:, position]
        atom = atom * shape[0] + system.leaves[:, position]
    tree = system.trees[main]
    counts = np.zeros((len(tree.labels), profile.shape[0]), dtype=np.int64)
    counts[tree.leaf_node[system.leaves[:, main]], atom] = system.counts
    for area in range(len(counts) - 1, -1, -1):
        if tree.parent[area] >= 0:
            counts[tree.parent[area]] += counts[area]
    table = Branches(tree.parent, csc_array(profile, dtype=np.int64), counts)
    return Branched(table, system.nodes[:, main] * profile.shape[1] + cell)


# ------------------------------------------------------------------------------------------------------------- audit


def undetermined(table: Branches, hidden: np.ndarray, zeros: np.ndarray | None = None) -> np.ndarray:
    """Which hidden cells cannot be computed from the published cells of the whole table by adding and subtracting.

    A hidden cell can be computed exactly when it is the same in every table that agrees with the published cells. So
    one such table is drawn at random (its difference from the true one, modulo a prime): along the tree, from the
    areas up, the space of differences that an area's own cells can show is kept; from the top down one is drawn. A cell
    that can differ, differs in it, but for a chance of 1 in 2**31; both primes must agree.

    Args:
        table: the areas and their profile.
        hidden: bool (areas, cells).
        zeros: bool (areas, cells): published cells of which everybody knows that all they add up is zero.

    Returns:
        bool (areas, cells): hidden and not computable.
    """
    given = np.asarray(hidden, dtype=bool)
    zero = _known_zeros(table, np.zeros(given.shape, dtype=bool) if zeros is None else zeros & ~given)
    result = given.copy()
    for prime in PRIMES:
        drawn = _drawn_difference(table, given, zero, prime)
        result &= times(drawn, _dense(table.profile), prime) != 0
    return result


def _known_zeros(table: Branches, zeros: np.ndarray) -> np.ndarray:
    """bool (areas, atoms): atoms below a published zero, of the area itself or of one above it."""
    zero: np.ndarray = zeros @ _dense(table.profile).T > 0
    for area, above in enumerate(table.parent.tolist()):
        if above >= 0:
            zero[area] |= zero[above]
    return zero


def _drawn_difference(table: Branches, hidden: np.ndarray, zero: np.ndarray, prime: int) -> Residues:
    """(areas, atoms): a random difference, modulo a prime, that no published cell shows."""
    profile = _dense(table.profile)
    spaces = _Spaces(profile, prime)
    possible: dict[int, Residues] = {}
    for area in range(len(table.parent) - 1, -1, -1):
        below = table.children.get(area)
        if below is None:
            possible[area] = spaces.alone(hidden[area], zero[area])
        else:
            possible[area] = spaces.summed(
                np.concatenate([possible[child] for child in below]), hidden[area], zero[area]
            )
    draw = np.random.default_rng(prime)
    difference = np.zeros(table.counts.shape, dtype=np.int64)
    for area in table.children.get(-1, ()):
        basis = possible[area]
        difference[area] = times(draw.integers(1, prime, size=(1, len(basis))), basis, prime)[0]
    for area in table.inner():
        below = table.children[area]
        parts = [possible[child] for child in below]
        weights = _random_weights(np.concatenate(parts), difference[area], prime, draw)
        start = 0
        for child, basis in zip(below.tolist(), parts, strict=True):
            difference[child] = times(weights[None, start : start + len(basis)], basis, prime)[0]
            start += len(basis)
    return difference


class _Spaces:
    """The differences of an area's atoms that its published cells do not show, as bases modulo a prime."""

    def __init__(self, profile: Residues, prime: int) -> None:
        self._profile = profile
        self._prime = prime
        self._alone: dict[bytes, Residues] = {}

    def alone(self, hidden: np.ndarray, zero: np.ndarray) -> Residues:
        """Those of an area without children. zero: its atoms that are known to be zero."""
        key = hidden.tobytes() + zero.tobytes()
        if key not in self._alone:
            shown = self._profile[:, ~hidden].T
            # an atom that is published by itself does not move, and leaves the system smaller
            movable = np.flatnonzero((shown[shown.sum(axis=1) == 1].sum(axis=0) == 0) & ~zero)
            rest = np.unique(shown[:, movable], axis=0)
            basis = np.zeros((0, self._profile.shape[0]), dtype=np.int64)
            if len(movable):
                small = nullspace(rest, self._prime)
                basis = np.zeros((len(small), self._profile.shape[0]), dtype=np.int64)
                basis[:, movable] = small
            self._alone[key] = basis
        return self._alone[key]

    def summed(self, parts: Residues, hidden: np.ndarray, zero: np.ndarray) -> Residues:
        """Those of an area whose children can show differences spanned by the rows of `parts`."""
        basis, _ = echelon(parts, self._prime)
        shown = np.column_stack([times(basis, self._profile[:, ~hidden], self._prime), basis[:, zero]])
        weights = nullspace(shown.T, self._prime)
        return times(weights, basis, self._prime)


def _random_weights(parts: Residues, target: Residues, prime: int, draw: np.random.Generator) -> Residues:
    """Random weights with which the rows of `parts` add up to a vector in their span."""
    reduced, pivots = echelon(np.column_stack([parts.T, target]), prime)
    weights = draw.integers(0, prime, size=len(parts))
    weights[pivots] = 0
    right = (reduced[:, -1] - times(reduced[:, :-1], weights[:, None], prime)[:, 0]) % prime
    weights[pivots] = right[: len(pivots)]
    return weights


def _dense(profile: csc_array) -> Residues:
    return np.asarray(profile.toarray(), dtype=np.int64)


# ------------------------------------------------------------------------------------------------------- suppression


class _NeededAboveError(Exception):
    """Cells of an area that must be hidden too, for the sake of cells below it."""

    def __init__(self, area: int, cells: list[int]) -> None:
        super().__init__(area)
        self.area, self.cells = area, cells


def secondary_by_branch(
    table: Branches,
    primary: np.ndarray,
    *,
    forced: np.ndarray | None = None,
    zeros: np.ndarray | None = None,
) -> np.ndarray:
    """Secondary suppression of a large table, from the top down: an area's cells are decided before those below it.

    Args:
        table: the areas and their profile.
        primary: bool (areas, cells), cells that must be hidden.
        forced: bool (areas, cells), cells that are public already.
        zeros: bool (areas, cells), cells that are zero, not primary, and known to be.

    Returns:
        bool (areas, cells): the secondary suppressions; no hidden cell can be computed from what is published.

    Raises:
        Unprotectable: a hidden cell follows from forced cells; its cells are numbered area x cells of the profile.
    """
    public = np.zeros(primary.shape, dtype=bool) if forced is None else np.asarray(forced, dtype=bool)
    known = np.zeros(primary.shape, dtype=bool) if zeros is None else np.asarray(zeros, dtype=bool)
    unsafe = np.asarray(primary, dtype=bool).copy()
    if public.any():
        # what follows from public cells is public as well, in whichever branch it stands
        public = ~undetermined(table, ~public, known & public)
        if (public & unsafe).any():
            raise Unprotectable(
                "een cel die verborgen moet blijven, volgt uit openbare cijfers",
                np.flatnonzero(public & unsafe).tolist(),
            )
    work = _Suppression(table, public, known)
    while True:
        hidden = work.hide(unsafe)
        computable = hidden & ~undetermined(table, hidden, known)
        if not computable.any():
            added: np.ndarray = hidden & ~np.asarray(primary, dtype=bool)
            return added
        unsafe |= work.more(hidden, computable)


class _Suppression:
    """Decides branch by branch, and remembers every branch, so that a change costs the branches it touches."""

    def __init__(self, table: Branches, public: np.ndarray, zeros: np.ndarray) -> None:
        self._table = table
        self._public = public
        self._zeros = zeros
        self._matrices: dict[int, csc_array] = {}
        self._decided: dict[int, tuple[bytes, np.ndarray]] = {}

    def hide(self, unsafe: np.ndarray) -> np.ndarray:
        """All hidden cells; what the branches need of each other's margins is added to `unsafe`, in place."""
        hidden = unsafe.copy()
        for area in self._table.children.get(-1, np.array([], dtype=np.int64)).tolist():
            self._decide(-1, np.array([area]), unsafe, hidden)
        return hidden

    def _decide(self, area: int, group: np.ndarray, unsafe: np.ndarray, hidden: np.ndarray) -> None:
        """Decide on the areas under one area whose cells are decided, and on everything below them."""
        while True:
            hidden[group] = self._branch(area, group, unsafe, hidden)
            try:
                for child in group.tolist():
                    if child in self._table.children:
                        self._decide(child, self._table.children[child], unsafe, hidden)
            except _NeededAboveError as need:
                if need.area not in group:
                    raise
                unsafe[need.area, need.cells] = True
            else:
                return

    def _branch(self, area: int, below: np.ndarray, unsafe: np.ndarray, hidden: np.ndarray) -> np.ndarray:
        """Hidden cells of areas under one area whose cells are decided; of one area at the top when that is -1."""
        table, width = self._table, self._table.profile.shape[1]
        rows = below if area < 0 else np.concatenate([[area], below])
        primary, forced = unsafe[rows].copy(), self._public[rows].copy()
        if area >= 0:
            primary[0] = hidden[area]
            forced[0] |= ~hidden[area]
        key = primary.tobytes() + forced.tobytes()
        known = self._decided.get(int(below[0]))
        if known is not None and known[0] == key:
            return known[1]
        values, size = table.values[rows].ravel(), self._size(len(below), own=area >= 0)
        # of equal figures the one that adds up more goes first, as the reader would miss it more
        priority = np.empty(len(values), dtype=np.int64)
        priority[np.lexsort((np.arange(len(values)), -size, -values))] = -np.arange(len(values))
        try:
            added = secondary(
                self._matrix(len(below), own=area >= 0),
                primary.ravel(),
                priority=priority,
                forced=forced.ravel(),
                singletons=table.counts[below].ravel() == 1,
                zeros=self._zeros[rows].ravel(),
            )
        except Unprotectable as error:
            raise self._passed_up(error, area, rows, forced, width) from None
        decided = primary | added.reshape(primary.shape)
        result: np.ndarray = decided if area < 0 else decided[1:]
        self._decided[int(below[0])] = (key, result)
        return result

    def _passed_up(
        self, error: Unprotectable, area: int, rows: np.ndarray, forced: np.ndarray, width: int
    ) -> Exception:
        """What to do about a cell that follows from what is shown of the area above it: hide some of that too."""
        ours = self._may_go()[area] if area >= 0 else np.zeros(width, dtype=bool)
        needed = set()
        for cell in error.cells:
            used = [other for other in error.combinations.get(cell, {cell: 0}) if other < width and ours[other]]
            if area < 0 or not used:
                where = [int(rows[other // width]) * width + other % width for other in error.cells]
                return Unprotectable(str(error), where)
            needed.add(min(used, key=lambda other: (self._table.values[area, other], other)))
        return _NeededAboveError(area, sorted(needed))

    def more(self, hidden: np.ndarray, computable: np.ndarray) -> np.ndarray:
        """bool (areas, cells): for every computable cell one published cell that helps to compute it.

        The smallest cell goes of those that stand in one sum with it: in its own area's profile, or in the same cell of
        the profile at the areas beside and below it.
        """
        table, width = self._table, self._table.profile.shape[1]
        result, may_go = np.zeros(hidden.shape, dtype=bool), self._may_go()
        overlap = np.asarray((table.profile.T @ table.profile).toarray()) > 0
        for area, cell in zip(*np.nonzero(computable), strict=True):
            beside = table.children[int(table.parent[area])]
            candidates = [(int(area), other) for other in np.flatnonzero(overlap[cell]).tolist()]
            candidates += [(other, int(cell)) for other in beside.tolist()]
            candidates += [(other, int(cell)) for other in table.children.get(int(area), np.array([], int)).tolist()]
            free = [place for place in candidates if may_go[place] and not hidden[place]]
            if not free:
                raise Unprotectable(
                    "een cel die verborgen moet blijven, volgt uit openbare cijfers", [area * width + cell]
                )
            result[min(free, key=lambda place: (table.values[place], place))] = True
        return result

    def _may_go(self) -> np.ndarray:
        """bool (areas, cells): cells that are not public already."""
        may_go: np.ndarray = ~self._public & ~self._zeros
        return may_go

    def _matrix(self, areas: int, *, own: bool) -> csc_array:
        """The system of a branch: atoms are areas x atoms of the profile, cells the areas' (the one above first)."""
        key = areas if own else -areas
        if key not in self._matrices:
            place = np.eye(areas, dtype=np.int64)
            if own:
                place = np.column_stack([np.ones(areas, dtype=np.int64), place])
            self._matrices[key] = csc_array(kron(csr_array(place), csr_array(self._table.profile)), dtype=np.int64)
        return self._matrices[key]

    def _size(self, areas: int, *, own: bool) -> np.ndarray:
        sizes: np.ndarray = np.diff(self._matrix(areas, own=own).indptr)
        return sizes
