"""What a rule has to say about cells or about one output."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Finding:
    """A rule that does not hold, in words an analyst and an officer may read.

    rule: the name of the rule. cell: dimension -> label, empty for the output as a whole. sentence: what is wrong;
    never a contributor's value, never a count below the threshold. remedy: what to do. judgement: True when people
    have to weigh it ('handmatig'); False when the cell must be hidden or the output refused.
    """

    rule: str
    sentence: str
    remedy: str
    cell: Mapping[str, str] = field(default_factory=dict)
    judgement: bool = False

    def record(self) -> dict[str, object]:
        """Return the finding as JSON values with Dutch names, as reports show it."""
        return {
            "regel": self.rule,
            "cel": dict(self.cell),
            "zin": self.sentence,
            "oplossing": self.remedy,
            "ernst": "oordeel nodig" if self.judgement else "verbergen",
        }


@dataclass(frozen=True)
class CellFinding:
    """One finding on many cells at once: rules look at whole columns, and say the same of every cell that fails.

    cells: bool per cell. finding: what there is to say of each, without its labels.
    """

    finding: Finding
    cells: np.ndarray
