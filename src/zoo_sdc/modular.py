"""Linear algebra modulo a prime, on dense matrices of at most a few thousand columns.

What is decided modulo a prime can differ from what holds for fractions only when that prime divides one of the minors
of the matrix. Tables of sums have small minors, so a prime of 31 bits practically never does; who needs to be sure asks
a second prime as well.
"""

import numpy as np
import numpy.typing as npt

PRIMES = (2**31 - 1, 2**31 - 19)
"""Two primes whose products still fit in 64 bits with their sign."""

Residues = npt.NDArray[np.int64]
_HALF = 1 << 16


def times(left: Residues, right: Residues, prime: int) -> Residues:
    """The matrix product of residues; inner dimension below 2**16, so that no sum leaves 64 bits."""
    high, low = np.divmod(left, _HALF)
    return np.asarray(((high @ right % prime) * _HALF + low @ right) % prime, dtype=np.int64)


def echelon(matrix: Residues, prime: int) -> tuple[Residues, list[int]]:
    """Reduced row echelon form: the rows that are not zero, and the column of the leading 1 of each."""
    rows = np.asarray(matrix, dtype=np.int64) % prime
    pivots: list[int] = []
    for column in range(rows.shape[1]):
        top = len(pivots)
        if top == len(rows):
            break
        below = np.flatnonzero(rows[top:, column])
        if not len(below):
            continue
        if below[0]:
            rows[[top, top + below[0]]] = rows[[top + below[0], top]]
        rows[top] = rows[top] * pow(int(rows[top, column]), -1, prime) % prime
        others = np.flatnonzero(rows[:, column])
        others = others[others != top]
        if len(others):
            rows[others] = (rows[others] - rows[others, column][:, None] * rows[top]) % prime
        pivots.append(column)
    return rows[: len(pivots)], pivots


def nullspace(matrix: Residues, prime: int) -> Residues:
    """A basis, one vector per row, of the vectors that the matrix takes to zero."""
    reduced, pivots = echelon(matrix, prime)
    free = np.setdiff1d(np.arange(matrix.shape[1]), pivots)
    basis = np.zeros((len(free), matrix.shape[1]), dtype=np.int64)
    basis[np.arange(len(free)), free] = 1
    basis[:, pivots] = (-reduced[:, free].T) % prime
    return basis
