"""Drawing at random: a fixed number in every group, or different numbers out of a range."""

import numpy as np

from zoo_stad.arrays import Bools, Floats, Ints, Rng


def position_in_group(group: Ints, score: Floats) -> Ints:
    """Rank (0, 1, …) of every element among those of its group, by ascending score. Shapes (n,) -> (n,)."""
    order = np.lexsort((score, group))
    position = np.empty(len(group), dtype=np.int64)
    position[order] = sequence_in_sorted(group[order])
    return position


def sequence_in_sorted(group: Ints) -> Ints:
    """0, 1, … within every run of equal values of a sorted array."""
    index = np.arange(len(group))
    if not len(group):
        return index
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    return index - np.repeat(starts, np.diff(np.r_[starts, len(group)]))


def draw_per_group(rng: Rng, group: Ints, eligible: Bools, wanted: Ints, weight: Floats | float = 1.0) -> Bools:
    """Mask of a random sample of `wanted[g]` eligible elements per group g (all of them where there are fewer).

    Weighted sampling without replacement by exponential clocks (Efraimidis & Spirakis 2006).
    """
    chosen = np.zeros(len(group), dtype=bool)
    candidates = np.flatnonzero(eligible)
    clock = rng.exponential(size=len(group)) / weight
    rank = position_in_group(group[candidates], clock[candidates])
    chosen[candidates[rank < wanted[group[candidates]]]] = True
    return chosen


def draw_without_replacement(rng: Rng, candidates: Ints, number: int) -> Ints:
    """At most `number` different candidates, in random order."""
    return rng.permutation(candidates)[:number]


def distinct_integers(rng: Rng, number: int, low: int, high: int) -> Ints:
    """`number` different integers in [low, high), in random order."""
    found = np.unique(rng.integers(low, high, size=number + number // 16 + 16))
    while len(found) < number:
        found = np.union1d(found, rng.integers(low, high, size=number))
    return rng.permutation(found)[:number]
