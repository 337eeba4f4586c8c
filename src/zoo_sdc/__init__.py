"""Statistical disclosure control on plain pandas data frames: suppression and audit of tables of counts.

Pure mathematics: data in, results out; no files, no state.
"""

from zoo_sdc.audit import audit
from zoo_sdc.errors import CellError, Contradiction, HierarchyError, Undecided, Unprotectable
from zoo_sdc.suppress import released_view, suppress

__all__ = [
    "CellError",
    "Contradiction",
    "HierarchyError",
    "Undecided",
    "Unprotectable",
    "audit",
    "released_view",
    "suppress",
]
