"""From comparison levels to a probability that can be believed: classes of pairs, and at most one partner each.

The Fellegi-Sunter model (1969) as Splink fits it takes every pair by itself, and takes the fields of persons who are
not the same for independent. Both make it too sure: twins agree on surname, address and birth date together, and of
two candidates for one record at most one is right. Three things are changed:

* Two more classes of pairs (Winkler 1993; Larsen and Rubin 2001), neither of them the same person: members of one
  household, with one surname and one address, and namesakes elsewhere, with one name and often one birth year. Their
  agreement rates are estimated, so that twins and grandsons are seen for what they are.
* One partner at most, where the contracts say that rows are persons: the links are a matching, with probability
  proportional to the product of their odds (Fortini et al. 2001; Sadinle 2017), whose marginals are computed by belief
  propagation, exact where the candidates form a tree. A pair whose persons have better candidates becomes evidence of
  what false agreement looks like, so that the model learns from the data what Blakely and Salmond (2002) count.
* The frequency of a shared name counts against chance agreement only: relatives share rare surnames as often as
  common ones.

Rates are estimated by EM. Everything is whole-array arithmetic in a fixed order, so equal pairs give equal numbers.
"""

from dataclasses import dataclass

import numpy as np

from pseudonimisering.linkage.candidates import Candidates, Floats, Ints
from pseudonimisering.linkage.comparisons import ADDRESS, BIRTH, COMPARISONS, GIVEN, NAME, SHARES_HOME, TOP

_ITERATIONS = 60
_CONVERGED = 1e-5
_SWEEPS = 500
_SWEEPS_PER_ITERATION = 10
_MESSAGE_CHANGE = 1e-8
_IMPOSSIBLE = -18.0
"""Log odds below which a pair is left out of the matching (one in 65 million)."""
_SMOOTHING = 0.5
"""Pseudo-observations per level, so that what was not seen is rare and not impossible."""
_LEAST_U = 0.02
"""Of a random agreement rate at least this part is chance, whatever links and households explain."""
_MOST_OVERLAP = 0.999


Rates = dict[str, Floats]
Messages = tuple[Floats, Floats]


@dataclass(frozen=True)
class Shape:
    """How many rows there are on both sides, and on which sides a row is a whole person (so has one partner)."""

    left: int
    right: int
    left_unique: bool
    right_unique: bool


@dataclass(frozen=True)
class Fitted:
    """What the model makes of the pairs, in their order.

    weight: log2 of the odds of a pair by itself. probability: that it is a link, given all other pairs. links: how many
    true links there are among the pairs (expected). rates: per class and comparison the share of each level.
    """

    weight: Floats
    probability: Floats
    links: float
    rates: dict[str, dict[str, Floats]]


def fit(pairs: Candidates, rarity: Rates, shape: Shape) -> Fitted:
    """Estimate the model by EM from Splink's estimates.

    rarity: per comparison and pair how much likelier a chance agreement on the shared value is than on an average one
    (1 where it does not matter).
    """
    total = float(shape.left) * shape.right
    levels = {name: pairs.levels[:, k].astype(np.int64) for k, name in enumerate(COMPARISONS)}
    at_home = np.isin(levels[ADDRESS], SHARES_HOME)
    rare = {name: np.log(rarity[name]) for name in COMPARISONS}
    # starting values are rounded, so that nothing hangs on the last bits of another engine's sums
    same = {name: _rounded(pairs.m[name]) for name in COMPARISONS}
    chance = dict(pairs.u)
    household = {name: 0.98 * chance[name] + 0.02 * same[name] for name in COMPARISONS}
    household |= {NAME: 0.7 * same[NAME] + 0.3 * chance[NAME], ADDRESS: same[ADDRESS]}
    namesake = {name: chance[name] for name in COMPARISONS}
    namesake |= {NAME: same[NAME], GIVEN: same[GIVEN]}
    links = 0.5 * min(shape.left, shape.right)
    households, namesakes = min(0.3 * (shape.left + shape.right), 0.1 * total), min(1.0, 0.1 * total)
    logit = np.zeros(len(pairs.left))
    messages: Messages | None = None
    for _ in range(_ITERATIONS):
        # a shared rare value is no rarer among relatives and namesakes: that is what makes them so
        kinds = np.stack(
            [
                _log_density(chance, levels) + np.sum([rare[name] for name in COMPARISONS], axis=0),
                np.log(households / total) + _log_density(household, levels) + rare[GIVEN] + rare[BIRTH],
                np.log(namesakes / total) + _log_density(namesake, levels),
            ]
        )
        other = np.logaddexp.reduce(kinds, axis=0)
        logit = _prior_logit(links, shape) + _log_density(same, levels) - other
        probability, messages = marginals(pairs.left, pairs.right, logit, shape, _SWEEPS_PER_ITERATION, messages)
        before = links, namesakes
        relatives = (1 - probability) * np.exp(kinds[1] - other) * at_home
        strangers = (1 - probability) * np.exp(kinds[2] - other) * ~at_home
        links = float(np.clip(probability.sum(), 1e-6, _MOST_OVERLAP * min(shape.left, shape.right)))
        namesakes = float(np.clip(strangers.sum(), 1e-6, 0.1 * total))
        same = {name: _updated(levels[name], probability, TOP[name]) for name in COMPARISONS}
        for name in (NAME, GIVEN, BIRTH):
            household[name] = _updated(levels[name], relatives, TOP[name])
            namesake[name] = _updated(levels[name], strangers, TOP[name])
        # a relative's record has the old address as often as one's own: they moved together
        household[ADDRESS] = same[ADDRESS]
        home = float(sum(same[ADDRESS][level] for level in SHARES_HOME))
        households = float(np.clip(relatives.sum() / max(home, 1e-6), 1e-6, 0.1 * total))
        explained = [(links / total, same), (households / total, household)]
        chance = {name: _without(pairs.u[name], explained, name) for name in COMPARISONS}
        namesake[ADDRESS] = chance[ADDRESS]
        moved = max(abs(new - old) / max(1.0, old) for new, old in zip((links, namesakes), before, strict=True))
        if moved <= _CONVERGED:
            break
    probability, _ = marginals(pairs.left, pairs.right, logit, shape, _SWEEPS, messages)
    rates = {"zelfde": same, "toeval": chance, "huishouden": household, "naamgenoot": namesake}
    return Fitted(logit / np.log(2), probability, links, rates)


def marginals(
    left: Ints, right: Ints, logit: Floats, shape: Shape, sweeps: int = _SWEEPS, start: Messages | None = None
) -> tuple[Floats, Messages]:
    """Return the probability of every pair under "at most one partner", given its odds by itself, and the messages.

    Belief propagation on the graph of pairs: a message says how far a record is free for this partner, given its other
    candidates. Exact where the graph has no cycles; in small cycles it is close, and the sum per record stays below
    one. A side whose rows are not persons puts no limit. start: messages to go on from.
    """
    odds = np.exp(np.clip(logit, -700, 45))
    # what is as good as impossible takes nobody's place
    near = np.flatnonzero(logit > _IMPOSSIBLE)
    lefts, rights, claims = left[near], right[near], odds[near]
    from_left, from_right = (np.ones_like(odds), np.ones_like(odds)) if start is None else start
    to_right, to_left = from_left[near], from_right[near]
    for _ in range(sweeps):
        before = to_right, to_left
        if shape.left_unique:
            to_right = _free(lefts, claims * to_left)
        if shape.right_unique:
            to_left = _free(rights, claims * to_right)
        if max(_largest(to_right - before[0]), _largest(to_left - before[1])) < _MESSAGE_CHANGE:
            break
    from_left, from_right = from_left.copy(), from_right.copy()
    from_left[near], from_right[near] = to_right, to_left
    claim = odds * from_left * from_right
    return claim / (1 + claim), (from_left, from_right)


def expected_false(probability: Floats, threshold: float) -> tuple[int, float]:
    """Return how many pairs reach the threshold, and how many of them are expected to be false."""
    accepted = probability >= threshold
    return int(accepted.sum()), float((1 - probability[accepted]).sum())


def _free(side: Ints, claims: Floats) -> Floats:
    """Per pair 1 / (1 + the claims of the other candidates of the same record)."""
    if not len(side):
        return claims
    together = np.bincount(side, weights=claims)[side]
    free: Floats = 1 / (1 + np.maximum(together - claims, 0))
    return free


def _largest(values: Floats) -> float:
    return float(np.abs(values).max(initial=0.0))


def _prior_logit(links: float, shape: Shape) -> float:
    """Log of the prior odds of one pair, given that neither of its records has another partner."""
    free = 1.0
    if shape.left_unique:
        free *= 1 - min(links / shape.left, _MOST_OVERLAP)
    if shape.right_unique:
        free *= 1 - min(links / shape.right, _MOST_OVERLAP)
    return float(np.log(links) - np.log(shape.left) - np.log(shape.right) - np.log(free))


def _log_density(rates: Rates, levels: dict[str, Ints]) -> Floats:
    """Sum over the comparisons of the log rate of the level reached; unknown (-1) says nothing."""
    density: Floats = np.sum([np.append(np.log(rates[name]), 0.0)[levels[name]] for name in COMPARISONS], axis=0)
    return density


def _updated(levels: Ints, weights: Floats, top: int) -> Floats:
    known = levels >= 0
    counts = np.bincount(levels[known], weights=weights[known], minlength=top + 1) + _SMOOTHING
    rates: Floats = counts / counts.sum()
    return rates


def _without(random: Floats, explained: list[tuple[float, Rates]], name: str) -> Floats:
    """Take from the agreement of random pairs what links and households among them explain."""
    rest = random - np.sum([share * rates[name] for share, rates in explained], axis=0)
    rest = np.maximum(rest, _LEAST_U * random)
    shares: Floats = rest / rest.sum()
    return shares


def _rounded(rates: Floats) -> Floats:
    rounded = np.maximum(np.round(rates, 3), 0.001)
    normed: Floats = rounded / rounded.sum()
    return normed
