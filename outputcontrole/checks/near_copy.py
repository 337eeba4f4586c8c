"""Near copy: amounts that are asked a second time under another name escape being protected together with the first."""

from outputcontrole.checks.finding import Finding
from outputcontrole.policy import Policy

RULE = "bijna dezelfde maat"
_MOST = 0.5


def near_copy(alike: int, common: int, other: str, policy: Policy) -> Finding | None:
    """Refuse sums of derived amounts that are, for most units, amounts that are asked or released already.

    common: units that have an amount in both; alike: those of which the two amounts are equal. other: what the other
    amounts are called. Sums of one measure are protected as one system; of a copy made by a recipe they are not, and
    the difference of two sums that differ in one unit is that unit's amount.
    Source: project choice. Differences through scaled or shifted copies are not found.
    """
    if common < policy.n_min or alike <= _MOST * common:
        return None
    return Finding(
        rule=RULE,
        sentence=f"deze bedragen zijn voor de meeste eenheden die van {other}, die al gevraagd of vrijgegeven zijn",
        remedy="vraag beide uit dezelfde bron en dezelfde kolom, dan worden zij samen beschermd",
    )
