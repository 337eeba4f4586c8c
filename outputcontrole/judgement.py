"""Every rule on every cell of a table."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from outputcontrole.asked import AREA_LEVELS
from outputcontrole.checks import CELL_RULES, CellFinding, CellRule, Finding
from outputcontrole.evidence import TOTAL, CellEvidence, Evidence
from outputcontrole.policy import Policy


class Judgement(Mapping[int, Finding]):
    """Per cell number that must be hidden, the first finding on it; each is made when it is asked for.

    hidden: bool per cell.
    """

    def __init__(self, found: Iterable[CellFinding], evidence: Evidence) -> None:
        """Take the findings in order of precedence."""
        self._evidence = evidence
        self._reasons: list[Finding] = []
        self._reason = np.full(len(evidence.cells), -1, dtype=np.int32)
        for number, part in enumerate(found):
            self._reasons.append(part.finding)
            self._reason[part.cells & (self._reason < 0)] = number
        self.hidden: np.ndarray = self._reason >= 0

    def __getitem__(self, cell: int) -> Finding:
        if not 0 <= cell < len(self._reason) or self._reason[cell] < 0:
            raise KeyError(cell)
        labels = dict(zip(self._evidence.table.dimensions, self._evidence.keys[cell], strict=True))
        return replace(self._reasons[int(self._reason[cell])], cell=labels)

    def __iter__(self) -> Iterator[int]:
        return iter(np.flatnonzero(self.hidden).tolist())

    def __len__(self) -> int:
        return int(self.hidden.sum())


def judge(evidence: Evidence, population: Evidence | None, policy: Policy, more: Iterable[CellRule] = ()) -> Judgement:
    """Return, per cell number of `evidence.cells` that must be hidden, the first rule that says so.

    population: evidence on the units an indicator was looked for in (same dimensions), for group disclosure. more:
    rules that what is asked of the table adds to those that every cell passes.
    """
    cells = cell_evidence(evidence, population)
    return Judgement((found for rule in (*CELL_RULES, *more) for found in rule(cells, policy)), evidence)


def cell_evidence(evidence: Evidence, population: Evidence | None) -> CellEvidence:
    """Return what the rules know of the cells of a table; population as for `judge`."""
    cells = evidence.cells

    def of_kinds(prefix: str) -> dict[str, np.ndarray]:
        names = {kind: f"{prefix}{kind}" for kind in evidence.unit_kinds}
        return {kind: cells[name].to_numpy() for kind, name in names.items() if name in cells}

    counts = evidence.table.measure is None
    values = None if counts else cells["waarden"].to_numpy()
    return CellEvidence(
        n=cells["n"].to_numpy(),
        units=of_kinds("n_"),
        dominance=of_kinds("dominantie_"),
        group_share=_group_shares(evidence, population),
        values=values,
        rest=of_kinds("rest_"),
        equal=np.zeros(len(cells), dtype=bool) if counts else cells["gelijk"].to_numpy(dtype=bool),
        spread=np.full(len(cells), np.nan) if values is None else _spreads(evidence, values),
        effective=None if evidence.table.weight is None else cells["effectief"].to_numpy(dtype=float),
    )


def _spreads(evidence: Evidence, values: np.ndarray) -> np.ndarray:
    """Return the standard deviation of every cell as a share of that of all; NaN for a single value."""
    deviations = evidence.cells["afwijking"].to_numpy(dtype=float)
    whole = deviations[evidence.grid.whole]
    shares: np.ndarray = deviations / whole if whole > 0 else np.zeros(len(deviations))
    return np.where((values > 1) & ~np.isnan(whole), shares, np.nan)


def _group_shares(evidence: Evidence, population: Evidence | None) -> np.ndarray:
    """Return per cell the largest share it takes of a total over a characteristic, NaN without such a total."""
    n = evidence.cells["n"].to_numpy(dtype=float).reshape(evidence.grid.shape)
    largest: np.ndarray = np.full(n.shape, np.nan)
    for axis, dimension in enumerate(evidence.table.dimensions):
        if dimension in AREA_LEVELS:
            continue
        total = evidence.grid.levels[axis][TOTAL]
        shares = _share(n, n.take([total], axis=axis))
        # the total itself takes no share of itself
        np.moveaxis(shares, axis, 0)[total] = np.nan
        largest = np.fmax(largest, shares)
    if population is not None:
        largest = np.fmax(largest, _share(n, _of_same_labels(population, evidence)))
    return largest.ravel()


def _of_same_labels(population: Evidence, evidence: Evidence) -> np.ndarray:
    """Return the units of the population in each cell of a table of the same dimensions, 0 where it has none."""
    n = population.cells["n"].to_numpy(dtype=float).reshape(population.grid.shape)
    for axis, (there, here) in enumerate(zip(population.grid.levels, evidence.grid.levels, strict=True)):
        places = np.array([there.get(label, -1) for label in here], dtype=np.int64)
        n = n.take(places, axis=axis)
        np.moveaxis(n, axis, 0)[places < 0] = 0.0
    return n


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    share: np.ndarray = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return share
