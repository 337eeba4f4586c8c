"""The output rules, one file each: evidence and policy in, findings out.

A rule about cells looks at all cells of a table at once, column by column, and says of which cells it does not hold.
"""

from collections.abc import Callable

from outputcontrole.checks.dominance import dominance
from outputcontrole.checks.effective_number import effective_number
from outputcontrole.checks.finding import CellFinding, Finding
from outputcontrole.checks.group_disclosure import group_disclosure
from outputcontrole.checks.low_variance import low_variance
from outputcontrole.checks.p_percent import p_percent
from outputcontrole.checks.threshold import threshold
from outputcontrole.checks.zero import zero
from outputcontrole.evidence import CellEvidence
from outputcontrole.policy import Policy

CellRule = Callable[[CellEvidence, Policy], list[CellFinding]]
# Every cell of every table passes all of these, in this order; the first finding is the one shown.
CELL_RULES: tuple[CellRule, ...] = (
    zero,
    threshold,
    effective_number,
    group_disclosure,
    low_variance,
    dominance,
    p_percent,
)

__all__ = ["CELL_RULES", "CellFinding", "CellRule", "Finding"]
