"""What an attacker can infer from published cells: fillings of the hidden part, and the bounds they leave.

A filling is a table of non-negative integers that agrees with every published cell. Bounds of a cell are its
smallest and largest value over all fillings (Fischetti & Salazar 1999). Linear programmes (HiGHS) find the fillings;
each one is verified in exact integers, so what this module calls possible is possible. Where the optimum of the
relaxation is not an integer filling, an integer programme decides.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csc_array, csr_array, vstack
from scipy.sparse.csgraph import connected_components

from zoo_sdc.errors import Contradiction, Undecided

_OPTIMAL, _INFEASIBLE = 0, 2


@dataclass
class Budget:
    """How many programmes may still be solved, and how long a single integer programme may take (seconds)."""

    programmes: int
    seconds: float = 20.0

    def take(self) -> None:
        """Count one programme; raises `Undecided` when none is left."""
        if self.programmes <= 0:
            raise Undecided(
                "niet beslist binnen het toegestane aantal berekeningen; verruim het of neem grovere klassen"
            )
        self.programmes -= 1


def solve(
    objective: np.ndarray,
    constraints: csr_array,
    lower: np.ndarray,
    upper: np.ndarray,
    budget: Budget,
    *,
    integral: np.ndarray | None = None,
) -> tuple[np.ndarray, float] | None:
    """Minimise over non-negative variables: (solution, optimum), or None when there is none.

    `integral` marks the variables that must be integers. Raises `Undecided` when the solver gives up.
    """
    if not len(objective):
        fits = bool((lower <= 0).all() and (upper >= 0).all())
        return (np.zeros(0), 0.0) if fits else None
    budget.take()
    options: dict[str, float | bool] = {"presolve": True}
    if integral is not None:
        options |= {"time_limit": budget.seconds, "mip_rel_gap": 0.0}
    result = milp(
        c=objective,
        constraints=LinearConstraint(constraints, lower, upper) if constraints.shape[0] else None,
        bounds=Bounds(0, np.inf),
        integrality=None if integral is None else integral.astype(np.int64),
        options=options,
    )
    if result.status == _INFEASIBLE:
        return None
    if result.status != _OPTIMAL or result.x is None:
        raise Undecided("het rekenprogramma vond geen uitsluitsel; neem grovere klassen of verruim de rekentijd")
    return np.asarray(result.x), float(result.fun)


class Attacker:
    """What published cells leave open, after everything that follows from single cells has been filled in.

    Args:
        matrix: csc array (atoms, cells), non-negative integers.
        values: int64 (cells,); only published entries are read.
        published: bool (cells,).
        budget: of programmes.
        zero_atoms: bool (atoms,), atoms that everybody knows to be zero.
        counts: int64 (atoms,), the true filling, when the caller has it (the protector does, an attacker does not).

    Raises `Contradiction` when no filling agrees with the published values.
    """

    def __init__(
        self,
        matrix: csc_array,
        values: np.ndarray,
        published: np.ndarray,
        budget: Budget,
        zero_atoms: np.ndarray | None = None,
        counts: np.ndarray | None = None,
    ) -> None:
        self.matrix = matrix
        self.budget = budget
        cells = csr_array(matrix.T)
        rows = cells[np.flatnonzero(published)]
        self.unknown = np.ones(matrix.shape[0], dtype=bool)
        if zero_atoms is not None:
            self.unknown &= ~zero_atoms
        self.filling = np.zeros(matrix.shape[0], dtype=np.int64)
        self._peel(rows, values[published])
        self._position = np.cumsum(self.unknown) - 1
        left = rows[:, np.flatnonzero(self.unknown)]
        open_rows = np.diff(left.indptr) > 0
        self.rows = csr_array(left[np.flatnonzero(open_rows)])
        self.right = (values[published] - rows @ self.filling)[open_rows]
        self._split()
        self._base = self.filling if counts is None else counts
        if counts is None:
            everything = np.arange(int(self.unknown.sum()))
            self._base = self._filling(
                np.zeros(len(everything)), self.rows, self.right.astype(float), self.right.astype(float), everything
            )[0]

    def _peel(self, rows: csr_array, values: np.ndarray) -> None:
        """Fill in atoms that are alone in a published cell, and all atoms of cells in which nothing is left."""
        entries = coo_array(rows)
        row, atom, weight = entries.row, entries.col, entries.data
        while True:
            known = ~self.unknown[atom]
            rest = values - np.bincount(
                row[known], weights=(weight * self.filling[atom])[known].astype(np.float64), minlength=rows.shape[0]
            ).astype(np.int64)
            row, atom, weight, values = row[~known], atom[~known], weight[~known], rest
            left = np.bincount(row, minlength=rows.shape[0])
            if (rest < 0).any() or ((left == 0) & (rest != 0)).any():
                raise Contradiction("de gepubliceerde cijfers spreken elkaar tegen")
            zero = rest[row] == 0
            single = left[row] == 1
            if not (zero | single).any():
                return
            if (rest[row[single]] % weight[single]).any():
                raise Contradiction("de gepubliceerde cijfers spreken elkaar tegen")
            self.filling[atom[single]] = rest[row[single]] // weight[single]
            self.filling[atom[zero]] = 0
            self.unknown[atom[single | zero]] = False

    def _split(self) -> None:
        """Number the independent components of the open part."""
        atoms, rows = int(self.unknown.sum()), self.rows.shape[0]
        entries = coo_array(self.rows)
        graph = csr_array(
            (np.ones(entries.nnz, dtype=np.int8), (entries.col, atoms + entries.row)), shape=(atoms + rows,) * 2
        )
        _, labels = connected_components(graph, directed=False)
        self.atom_component = labels[:atoms]
        self.row_component = labels[atoms:]
        self.free = np.bincount(entries.col, minlength=atoms) == 0

    def open_part(self, cell: int) -> tuple[np.ndarray, np.ndarray]:
        """The unknown atoms of a cell: (positions among the unknown atoms, coefficients)."""
        part = slice(self.matrix.indptr[cell], self.matrix.indptr[cell + 1])
        atoms, weights = self.matrix.indices[part], self.matrix.data[part]
        keep = self.unknown[atoms]
        return self._position[atoms[keep]], weights[keep]

    def known_part(self, cell: int) -> int:
        """The sum of the atoms of a cell that are already filled in."""
        part = slice(self.matrix.indptr[cell], self.matrix.indptr[cell + 1])
        return int(self.filling[self.matrix.indices[part]] @ self.matrix.data[part])

    def extreme(self, cell: int, *, largest: bool, cap: int | None = None) -> tuple[float, np.ndarray | None]:
        """Largest or smallest value of a cell: (value, a filling of all atoms that attains it).

        With `cap` the search stops there: the value is at most (at least) the cap. An unbounded cell gives
        (inf, None) unless it is capped. Raises `Contradiction` when no filling exists, `Undecided` when the solver
        does not settle it.
        """
        positions, weights = self.open_part(cell)
        known = self.known_part(cell)
        if not len(positions):
            return known, self._base
        loose = self.free[positions]
        if loose.any() and largest and cap is None:
            return math.inf, None
        sign = -1 if largest else 1
        inside = np.isin(self.atom_component, np.unique(self.atom_component[positions]))
        chosen = np.flatnonzero(inside)
        objective = np.zeros(len(self.atom_component))
        objective[positions] = sign * weights
        rows = np.flatnonzero(np.isin(self.row_component, np.unique(self.atom_component[positions])))
        constraints = csr_array(self.rows[rows][:, chosen])
        lower = self.right[rows].astype(np.float64)
        upper = lower
        if cap is not None:
            target = np.abs(objective[chosen])
            constraints = csr_array(vstack([constraints, csr_array(target[None, :])]))
            lower = np.append(lower, -np.inf if largest else cap - known)
            upper = np.append(upper, cap - known if largest else np.inf)
        found, optimum = self._filling(objective[chosen], constraints, lower, upper, chosen)
        value = known + round(sign * optimum)
        return value, found

    def joint(self, cells: np.ndarray, caps: np.ndarray, *, largest: bool) -> np.ndarray | None:
        """One filling in which many cells together are as large (small) as they can be, none beyond its cap.

        Returns the filling of all atoms, or None when the relaxation has no integer optimum (no proof, no harm).
        """
        target = csr_array(csr_array(self.matrix.T)[cells][:, np.flatnonzero(self.unknown)])
        known = np.array([self.known_part(int(cell)) for cell in cells], dtype=np.float64)
        sign = -1 if largest else 1
        objective = sign * np.asarray(target.sum(axis=0)).ravel().astype(np.float64)
        constraints = csr_array(vstack([self.rows, target]))
        unbounded = np.full(len(cells), np.inf)
        lower = np.concatenate([self.right.astype(np.float64), -unbounded if largest else caps - known])
        upper = np.concatenate([self.right.astype(np.float64), caps - known if largest else unbounded])
        solution = solve(objective, constraints, lower, upper, self.budget)
        if solution is None:
            raise Contradiction("de gepubliceerde cijfers spreken elkaar tegen")
        return self._verified(solution[0], np.flatnonzero(self.unknown), np.arange(self.rows.shape[0]))

    def _filling(
        self,
        objective: np.ndarray,
        constraints: csr_array,
        lower: np.ndarray,
        upper: np.ndarray,
        chosen: np.ndarray,
    ) -> tuple[np.ndarray, float]:
        """Optimal integer filling: from the relaxation when that is integral, else by an integer programme."""
        atoms = np.flatnonzero(self.unknown)[chosen]
        rows = np.flatnonzero(np.isin(self.row_component, np.unique(self.atom_component[chosen])))
        for integral in (None, np.ones(len(objective), dtype=bool)):
            solution = solve(objective, constraints, lower, upper, self.budget, integral=integral)
            if solution is None:
                raise Contradiction("de gepubliceerde cijfers spreken elkaar tegen")
            point, optimum = solution
            found = self._verified(point, atoms, rows)
            if found is not None:
                attained = float(objective @ found[atoms])
                if abs(attained - optimum) < 0.4:  # both are whole numbers up to the solver's tolerance
                    return found, attained
        raise Undecided("het rekenprogramma vond geen sluitende invulling; neem grovere klassen")

    def _verified(self, point: np.ndarray, atoms: np.ndarray, rows: np.ndarray) -> np.ndarray | None:
        """The point, rounded, as a filling of all atoms when it satisfies the given open rows exactly; else None.

        Atoms of other components keep the values of the base filling.
        """
        if np.abs(point - np.round(point)).max(initial=0.0) > 1e-5:
            return None
        filling = self._base.copy()
        filling[atoms] = np.round(point).astype(np.int64)
        inside = filling[self.unknown]
        if (filling < 0).any() or not np.array_equal(self.rows[rows] @ inside, self.right[rows]):
            return None
        return filling
