"""Position: a quantile is somebody's own value unless enough units stand on either side and around it."""

import numpy as np

from outputcontrole.checks.finding import Finding
from outputcontrole.policy import Policy

RULE = "positie"


def position(below: int, above: int, policy: Policy) -> Finding | None:
    """Refuse a point with fewer than `policy.n_min` distinct units below or above what it is averaged over.

    Source: ESSnet SDC (2010), Guidelines for the checking of output, class 3.
    """
    if min(below, above) >= policy.n_min:
        return None
    return Finding(
        rule=RULE,
        sentence=f"minder dan {policy.n_min} eenheden aan een kant van dit punt",
        remedy="vraag een punt dichter bij het midden, voeg klassen samen of kies een hoger gebiedsniveau",
    )


def common_value(values: np.ndarray, policy: Policy) -> Finding | None:
    """Refuse points of a distribution in which `policy.group_share` or more of the values are the same.

    values: sorted. Source: group disclosure, by analogy with the mode (ESSnet SDC, 2010, class 4).
    """
    if len(values) == 0:
        return None
    _, counts = np.unique(values, return_counts=True)
    if counts.max() / len(values) < policy.group_share:
        return None
    return Finding(
        rule=RULE,
        sentence="bijna iedereen in deze cel heeft dezelfde waarde; een punt van de verdeling is dan ieders waarde",
        remedy="voeg klassen samen of kies een hoger gebiedsniveau",
    )
