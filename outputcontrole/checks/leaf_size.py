"""Leaves and clusters: a group that a model forms is a group like any other."""

from collections.abc import Mapping

from outputcontrole.checks.finding import Finding
from outputcontrole.policy import Policy

RULE = "bladgrootte"


def leaf_size(name: str, areas: int, units: Mapping[str, int], policy: Policy) -> Finding | None:
    """Refuse a leaf or cluster with fewer than `policy.leaf_min` units of a kind.

    name: how the output calls it. areas: areas in it, which is no protected unit but makes a leaf of one area the
    profile of that area. units: unit kind -> units behind its numbers (published counts).
    Source: leaf and cluster sizes by analogy with the threshold rule (SACRO taxonomy, class `Clusters`).
    """
    short = sorted(kind for kind, n in units.items() if n < policy.leaf_min)
    if areas >= policy.leaf_min and not short:
        return None
    what = "gebieden" if areas < policy.leaf_min else short[0]
    return Finding(
        rule=RULE,
        cell={"groep": name},
        sentence=f"{name} heeft minder dan {policy.leaf_min} ({what})",
        remedy="vraag minder groepen of een ondiepere boom",
    )
