"""What the checker says of an output, and the exit code that goes with it."""

from enum import Enum, StrEnum


class Verdict(StrEnum):
    """The four verdicts, from least to most severe."""

    FREE = "vrij"
    PROTECTED = "beschermd"
    MANUAL = "handmatig"
    REFUSED = "geweigerd"

    @property
    def exit_code(self) -> int:
        """0 free, 3 protected, 5 needs judgement, 4 refused (2 is wrong use; anything else is a bug)."""
        return {"vrij": 0, "beschermd": 3, "handmatig": 5, "geweigerd": 4}[self.value]

    @property
    def may_be_submitted(self) -> bool:
        """Whether an output with this verdict may be submitted (protected: in the protected form)."""
        return self is not Verdict.REFUSED


def worst(verdicts: "list[Verdict]") -> Verdict:
    """Return the most severe of the verdicts; of none at all: refused, for nothing was decided."""
    order = list(Verdict)
    return max(verdicts, key=order.index, default=Verdict.REFUSED)


class Mark(Enum):
    """How one cell is treated; shown inside only. Outside a hidden cell is one symbol, whatever the reason."""

    SHOWN = "getoond"
    PRIMARY = "primair"
    SECONDARY = "secundair"
