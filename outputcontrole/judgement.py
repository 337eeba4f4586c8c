"""Every rule on every cell of a table."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from outputcontrole.asked import AREA_LEVELS
from outputcontrole.checks import CELL_RULES, CellRule, Finding
from outputcontrole.evidence import TOTAL, CellEvidence, Evidence
from outputcontrole.policy import Policy


def judge(
    evidence: Evidence, population: Evidence | None, policy: Policy, more: Iterable[CellRule] = ()
) -> dict[int, Finding]:
    """Return, per cell number of `evidence.cells` that must be hidden, the first rule that says so.

    population: evidence on the units an indicator was looked for in (same dimensions), for group disclosure. more:
    rules that what is asked of the table adds to those that every cell passes.
    """
    shares = _group_shares(evidence, population)
    kinds = evidence.unit_kinds
    findings: dict[int, Finding] = {}
    dimensions = evidence.table.dimensions
    whole = None if evidence.table.measure is None else float(evidence.cells["afwijking"].iloc[_whole(evidence)])
    for number, row in enumerate(evidence.cells.to_dict("records")):
        cell = CellEvidence(
            labels={dimension: str(row[dimension]) for dimension in dimensions},
            n=int(row["n"]),
            units={kind: int(row[f"n_{kind}"]) for kind in kinds},
            dominance={kind: float(row[f"dominantie_{kind}"]) for kind in kinds if f"dominantie_{kind}" in row},
            group_share=None if np.isnan(shares[number]) else float(shares[number]),
            values=int(row["waarden"]) if "waarden" in row else None,
            rest={kind: float(row[f"rest_{kind}"]) for kind in kinds if f"rest_{kind}" in row},
            equal=bool(row.get("gelijk", False)),
            spread=_relative(row["afwijking"], whole) if whole is not None and row["waarden"] > 1 else None,
        )
        for rule in (*CELL_RULES, *more):
            finding = rule(cell, policy)
            if finding is not None:
                findings[number] = finding
                break
    return findings


def _whole(evidence: Evidence) -> int:
    """Return the number of the cell that is the total over every dimension."""
    return evidence.keys.index((TOTAL,) * len(evidence.table.dimensions))


def _relative(deviation: float, whole: float) -> float:
    return deviation / whole if whole > 0 else 0.0


def _group_shares(evidence: Evidence, population: Evidence | None) -> np.ndarray:
    """Return per cell the largest share it takes of a total over a characteristic, NaN without such a total."""
    cells, dimensions = evidence.cells, list(evidence.table.dimensions)
    largest: np.ndarray = np.full(len(cells), np.nan)
    for dimension in dimensions:
        if dimension in AREA_LEVELS:
            continue
        others = [other for other in dimensions if other != dimension]
        totals = cells[cells[dimension] == TOTAL].set_index(others)["n"] if others else None
        if totals is None:
            of = np.full(len(cells), float(cells.loc[cells[dimension] == TOTAL, "n"].iloc[0]))
        else:
            of = _aligned(cells, others, totals)
        inner = (cells[dimension] != TOTAL).to_numpy()
        largest = np.fmax(largest, np.where(inner, _share(cells["n"].to_numpy(), of), np.nan))
    if population is not None and not dimensions:
        largest = np.fmax(largest, _share(cells["n"].to_numpy(), population.cells["n"].to_numpy(dtype=float)))
    elif population is not None:
        of = _aligned(cells, dimensions, population.cells.set_index(dimensions)["n"])
        largest = np.fmax(largest, _share(cells["n"].to_numpy(), of))
    return largest


def _aligned(cells: pd.DataFrame, names: list[str], totals: "pd.Series[int]") -> np.ndarray:
    lookup: Mapping[object, int] = totals.to_dict()
    keys = cells[names].itertuples(index=False, name=None)
    if len(names) == 1:
        return np.array([float(lookup.get(key[0], 0)) for key in keys])
    return np.array([float(lookup.get(key, 0)) for key in keys])


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    share: np.ndarray = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return share
