"""The output rules, one file each: evidence and policy in, a finding or nothing out."""

from outputcontrole.checks.dominance import dominance
from outputcontrole.checks.finding import Finding
from outputcontrole.checks.group_disclosure import group_disclosure
from outputcontrole.checks.threshold import threshold
from outputcontrole.checks.zero import zero

# Every cell of every table passes all of these, in this order; the first finding is the one shown.
CELL_RULES = (zero, threshold, group_disclosure, dominance)

__all__ = ["CELL_RULES", "Finding"]
