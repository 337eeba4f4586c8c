"""Evidence: for every cell of a table, what the rules need to know, computed by the checker from the packages.

All counts are of distinct protected units; a duplicated row or a fan-out join adds nothing. Everything is done in
DuckDB on whole columns; only cells (never rows) reach Python. Sums are exact (integers and decimals), so evidence does
not depend on row order or threads.
"""

from outputcontrole.evidence.cells import TOTAL, UNKNOWN, CellEvidence, Evidence
from outputcontrole.evidence.collector import MAX_CELLS, Collector
from outputcontrole.evidence.labels import AREAS

__all__ = ["AREAS", "MAX_CELLS", "TOTAL", "UNKNOWN", "CellEvidence", "Collector", "Evidence"]
