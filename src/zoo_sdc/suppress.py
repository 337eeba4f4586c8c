"""Primary and secondary suppression of one table, safe from recomputation and from estimation by its margins.

Two steps: Gaussian elimination (Langsrud 2024) hides cells until no hidden cell is a linear combination of published
ones; interval protection then hides more until the bounds of every hidden cell are wide enough.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from zoo_sdc.branches import branched, secondary_by_branch
from zoo_sdc.combination import cell_names, written_sum
from zoo_sdc.errors import CellError, Unprotectable
from zoo_sdc.hierarchy import Hierarchy
from zoo_sdc.labels import label_key
from zoo_sdc.protection import protect
from zoo_sdc.secondary import secondary
from zoo_sdc.structure import MAX_COUNT, System, atoms_under, table_system

__all__ = ["FREE", "PRIMARY", "SECONDARY", "protect", "released_view", "secondary", "suppress"]

MAX_WHOLE = 10_000
"""Cells up to which a table is protected as one system; a larger one branch by branch, which may hide a little more."""
FREE, PRIMARY, SECONDARY = "vrij", "primair", "secundair"


def suppress(
    cells: pd.DataFrame,
    dims: Sequence[str],
    freq: str = "n",
    value: str | None = None,
    hierarchies: Mapping[str, Hierarchy] | None = None,
    threshold: int = 10,
    primary: pd.DataFrame | None = None,
    protection: int | None = None,
    totals: bool = True,
    total_label: Any = "Totaal",
    forced: pd.DataFrame | None = None,
    zeros: str = "primair",
    max_lp: int = 5_000,
) -> pd.DataFrame:
    """Protect one table: all its cells, margins included, with what may be published.

    Args:
        cells: one row per combination of finest codes; a combination that is missing holds nobody and is no cell.
        dims: columns that span the table.
        freq: column with counts of units.
        value: optional column with a magnitude, summed over the same cells and hidden with them. Its own
            protection (dominance, intervals of the magnitude) is not part of this function.
        hierarchies: per dimension child -> parent (mapping or data frame of two columns) or lengths of prefixes.
        threshold: cells with a count below it are primary; 0 for none.
        primary: further cells that must be hidden: rows with the columns `dims` (margins with `total_label`), and
            optionally a column `reden`.
        protection: required width of the interval of every primary cell; default the threshold, at least 1. With 0
            cells are only kept from exact recomputation by addition and subtraction.
        totals: whether every dimension has a grand total.
        total_label: its label.
        forced: cells that are public already, as rows with the columns `dims`; they are never suppressed.
        zeros: "primair" hides zero counts like other small counts; "vrij" publishes them, after which everybody
            knows that their parts are zero.
        max_lp: budget of linear programmes.

    Returns:
        A data frame with the columns dims, freq, value (if asked), `status` ("vrij", "primair" or "secundair") and
        `reden` (Dutch, empty when free), totals first; independent of the order of the rows of `cells`. It holds
        the true figures of hidden cells: `released_view` takes them out.

    Raises:
        CellError, HierarchyError: input that is no table, with column and row or dimension and code.
        Unprotectable: hidden cells follow from forced cells or public zeros.
        Undecided: not proven within `max_lp`; treat as unsafe.
    """
    if zeros not in {"primair", "vrij"}:
        raise CellError('zeros is "primair" of "vrij"')
    if threshold < 0 or (protection is not None and protection < 0):
        raise CellError("drempel en bescherming zijn hele getallen vanaf 0")
    if reserved := {"status", "reden"} & {*dims, freq, value}:
        raise CellError(f"kolom {min(map(str, reserved))!r} is een kolom van de uitkomst; hernoem haar")
    if value is not None and value not in cells.columns:
        raise CellError(f"kolom {value!r} ontbreekt in de tabel")
    system = table_system(cells, dims, freq, hierarchies, totals, total_label)
    values = system.values
    small = values < threshold
    if zeros == "vrij":
        small &= values > 0
    given, reasons = _chosen_cells(system.cells, dims, primary, "primary")
    public, _ = _chosen_cells(system.cells, dims, forced, "forced")
    unsafe = small | given
    open_zero = (values == 0) & ~unsafe
    try:
        first = _secondary(system, unsafe, public, open_zero)
        hidden = unsafe | first
        needed = max(threshold, 1) if protection is None else protection
        if needed > 0:
            hidden = protect(
                system.matrix,
                values,
                hidden,
                np.where(unsafe, needed, 1),
                counts=system.counts,
                keep=public | open_zero,
                zero_atoms=atoms_under(system.matrix, open_zero),
                max_lp=max_lp,
            )
    except Unprotectable as error:
        raise _with_labels(error, system.cells, total_label) from None
    table = system.cells.copy()
    table[freq] = values
    if value is not None:
        table[value] = _magnitude(cells[value], value, system)
    table["status"] = np.select([unsafe, hidden], [PRIMARY, SECONDARY], FREE)
    table["reden"] = np.select(
        [small & (values == 0), small, unsafe, first, hidden],
        [
            f"geen eenheden: onder de drempel van {threshold}",
            f"minder eenheden dan de drempel van {threshold}",
            reasons,
            "anders is een verborgen cel uit te rekenen met de gepubliceerde cellen",
            "anders is een verborgen cel te nauw te schatten uit de gepubliceerde cellen",
        ],
        "",
    )
    table["status"] = table["status"].astype("str")
    table["reden"] = table["reden"].astype("str")
    return table


def _secondary(system: System, unsafe: np.ndarray, public: np.ndarray, open_zero: np.ndarray) -> np.ndarray:
    """Secondary suppressions: of a table of moderate size as a whole, of a large one branch by branch."""
    split = branched(system) if len(system.values) > MAX_WHOLE else None
    if split is None:
        return _fewest(
            secondary(
                system.matrix,
                unsafe,
                priority=priority,
                forced=public,
                singletons=system.counts == 1,
                zeros=system.values == 0,
            )
            for priority in _largest_first(system)
        )
    try:
        hidden = secondary_by_branch(
            split.table,
            split.spread(unsafe),
            forced=split.spread(public),
            zeros=split.spread(open_zero) | split.absent(),
        )
    except Unprotectable as error:
        known = {int(place): cell for cell, place in enumerate(split.place)}
        raise Unprotectable(str(error), [known[cell] for cell in error.cells if cell in known]) from None
    added: np.ndarray = hidden.ravel()[split.place]
    return added


def released_view(protected: pd.DataFrame, freq: str = "n", value: str | None = None) -> pd.DataFrame:
    """What leaves: the result of `suppress` with hidden figures missing and without status and reasons."""
    view = protected.drop(columns=["status", "reden"])
    hidden = (protected["status"] != FREE).to_numpy()
    for name in [freq] if value is None else [freq, value]:
        dtype = pd.Int64Dtype() if pd.api.types.is_integer_dtype(view[name].dtype) else pd.Float64Dtype()
        view[name] = pd.Series(view[name].to_numpy(), dtype=dtype, index=view.index).mask(hidden)
    return view


def _magnitude(column: "pd.Series[Any]", name: str, system: System) -> np.ndarray:
    """Sum of a magnitude per cell, exactly rounded so that the order of rows leaves no trace."""
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        raise CellError(f"kolom {name!r} bevat geen getallen")
    real = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(real).all():
        row = int(np.flatnonzero(~np.isfinite(real))[0]) + 1
        raise CellError(f"kolom {name!r}, rij {row}: waarde ontbreekt of is oneindig; vul een getal in")
    if pd.api.types.is_integer_dtype(column.dtype) and np.abs(real).sum() < MAX_COUNT:
        return np.asarray(system.matrix.T @ column.to_numpy(dtype=np.int64)[system.source])
    parts = real[system.source][system.matrix.indices]
    pointer = system.matrix.indptr
    return np.array([math.fsum(parts[start:end]) for start, end in itertools.pairwise(pointer)])


def _largest_first(system: System) -> list[np.ndarray]:
    """Priorities of cells: by value, then by the number of atoms, then in canonical order or against it.

    Which of two equal cells goes first is arbitrary and can cost cells, so both are tried.
    """
    position = np.arange(len(system.values))
    priorities = []
    for tie in (position, -position):
        priority = np.empty(len(position), dtype=np.int64)
        priority[np.lexsort((tie, -np.diff(system.matrix.indptr), -system.values))] = -position
        priorities.append(priority)
    return priorities


def _fewest(patterns: Iterable[np.ndarray]) -> np.ndarray:
    return min(patterns, key=lambda pattern: int(pattern.sum()))


def _chosen_cells(
    labels: pd.DataFrame, dims: Sequence[str], chosen: pd.DataFrame | None, argument: str
) -> tuple[np.ndarray, np.ndarray]:
    """The cells that the rows of a data frame name: (bool (cells,), reason per cell)."""
    mask = np.zeros(len(labels), dtype=bool)
    reasons = np.full(len(labels), "als onveilig aangemerkt", dtype=object)
    if chosen is None:
        return mask, reasons
    for name in dims:
        if name not in chosen.columns:
            raise CellError(f"{argument}: kolom {name!r} ontbreekt")
    if chosen.empty:
        return mask, reasons
    number = {tuple(map(label_key, row)): index for index, row in enumerate(_rows(labels, dims))}
    explanations = chosen["reden"].tolist() if "reden" in chosen.columns else None
    for index, row in enumerate(_rows(chosen, dims)):
        try:
            cell = number[tuple(map(label_key, row))]
        except (KeyError, ValueError, TypeError):
            raise CellError(f"{argument}: rij {index + 1} is geen cel van de tabel") from None
        mask[cell] = True
        if explanations is not None:
            reasons[cell] = str(explanations[index])
    return mask, reasons


def _rows(frame: pd.DataFrame, dims: Sequence[str]) -> "zip[tuple[Any, ...]]":
    return zip(*(frame[name].tolist() for name in dims), strict=True)


def _with_labels(error: Unprotectable, labels: pd.DataFrame, total_label: Any) -> Unprotectable:
    """The same error, naming the first cell and its sum by their labels."""
    names = cell_names(labels, total_label)
    cell = error.cells[0]
    parts = error.combinations.get(cell)
    attack = f" ({names[cell]} = {written_sum(parts, names)})" if parts else f" ({names[cell]})"
    more = f" en nog {len(error.cells) - 1} cellen" if len(error.cells) > 1 else ""
    return Unprotectable(f"{error}{attack}{more}", error.cells, error.combinations)
