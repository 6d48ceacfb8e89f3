"""How alike are lengths, and how are pauses spread? Small statistics; what has too few grounds is UNKNOWN."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sized
from typing import NamedTuple

UNKNOWN = -1.0
_FEW = 3
_BINS = 6
_FAINT = 0.05
"""Keeps the logarithm of a count's dispersion finite where all counts are equal."""
_NO_COUNTS: Mapping[int, int] = {}


class Lengths(NamedTuple):
    """Classes of lengths, or of anything else that is counted in classes: how many of each, and of all."""

    total: int
    counts: Mapping[int, int]
    """In the order in which the classes first came."""


class Pauses(NamedTuple):
    """Pauses in milliseconds, as they came, in order, and their mean; 0 for none."""

    came: list[float]
    ordered: list[float]
    mean: float


def lengths(classes: list[int]) -> Lengths:
    """How many there are of each class."""
    if not classes:
        return Lengths(0, _NO_COUNTS)
    counts: dict[int, int] = {}
    for one in classes:
        counts[one] = counts.get(one, 0) + 1
    return Lengths(len(classes), counts)


def pauses(came_ms: list[float]) -> Pauses:
    """Ordered once, for all that is asked of them."""
    return Pauses(came_ms, sorted(came_ms), sum(came_ms) / max(len(came_ms), 1))


def share(part: Sized, whole: Sized) -> float:
    """How much of ``whole`` is ``part``."""
    return len(part) / len(whole) if whole else UNKNOWN


def same_share(of: Lengths) -> float:
    """How much of all is of the most frequent class."""
    return max(of.counts.values()) / of.total if of.total else UNKNOWN


def near_share(of: Lengths) -> float:
    """How much of all lies within a class of one and the same class."""
    return neighbours(of)[0] / of.total if of.total else UNKNOWN


def neighbours(of: Lengths) -> tuple[int, int]:
    """The class that has most within a class of it, as what it has and which it is; of several the most frequent, then
    the smallest. There has to be one."""
    count = of.counts.get
    best = max([(count(at - 1, 0) + own + count(at + 1, 0), own, -at) for at, own in of.counts.items()])
    return best[0], -best[2]


def kinds(of: Lengths, near: int) -> float:
    """How many groups of classes there are, with more than ``near`` between one and the next."""
    if not of.total:
        return UNKNOWN
    present = sorted(of.counts)
    return 1.0 + sum([after - before > near for before, after in itertools.pairwise(present)])


def entropy(of: Lengths) -> float:
    """Bits that it takes to tell which class a message is of: 0 where all are of one."""
    if not of.total:
        return UNKNOWN
    shares = [count / of.total for count in of.counts.values()]
    return -sum([part * math.log2(part) for part in shares])


def log_middle(ordered: list[float]) -> float:
    """The median, in doublings of 1 (byte or millisecond)."""
    return math.log2(max(ordered[len(ordered) // 2], 1.0)) if ordered else UNKNOWN


def spread(of: Pauses) -> float:
    """How far the ninth decile is from the first, in doublings."""
    ordered = of.ordered
    if len(ordered) < _FEW:
        return UNKNOWN
    low, high = ordered[len(ordered) // 10], ordered[-1 - len(ordered) // 10]
    return math.log2(max(high, 1.0) / max(low, 1.0))


def variation(of: Pauses) -> float:
    """Standard deviation over mean: 0 for a steady beat, about 1 for memoryless arrivals."""
    if len(of.came) < _FEW:
        return UNKNOWN
    mean = of.mean
    return math.sqrt(sum([(value - mean) ** 2 for value in of.came]) / len(of.came)) / max(mean, 1.0)


def memory(of: Pauses) -> float:
    """How far pauses are from those of arrivals without memory: the Kolmogorov-Smirnov distance to the exponential
    distribution of the same mean, times the root of their number (Lilliefors, 1969): below about 1.1 for such ones."""
    count, mean = len(of.ordered), of.mean
    if count <= _FEW or mean <= 0:
        return UNKNOWN
    worst = 0.0
    for number, value in enumerate(of.ordered):
        expected = 1 - math.exp(-value / mean)
        if (above := expected - number / count) > worst:
            worst = above
        if (below := (number + 1) / count - expected) > worst:
            worst = below
    return worst * math.sqrt(count)


def dispersion(times_s: list[float], span_s: float) -> float:
    """Whether moments come in stretches: variance over mean of the counts in six equal parts, in doublings. About 0
    for what comes without memory, far above for what people do, far below for a beat."""
    if len(times_s) <= _FEW or span_s <= 0:
        return UNKNOWN
    counts = [0] * (_BINS + 1)
    for at_s in times_s:
        counts[int(at_s / span_s * _BINS)] += 1
    counts[_BINS - 1] += counts.pop()
    mean = len(times_s) / _BINS
    squares = sum([(count - mean) ** 2 for count in counts])
    return math.log2(squares / _BINS / mean + _FAINT)


def cap(of: Pauses) -> float:
    """How many of the longest pauses are as long as one another: a timer that events cut short ends the longest."""
    if len(of.ordered) < _FEW:
        return UNKNOWN
    floor = 0.75 * of.ordered[-1]
    return (len(of.ordered) - bisect_left(of.ordered, floor)) / len(of.ordered)


def beat(of: Pauses) -> float:
    """The share of pauses within a fifth of the median one."""
    ordered = of.ordered
    if len(ordered) < _FEW:
        return UNKNOWN
    middle = ordered[len(ordered) // 2]
    return (bisect_right(ordered, 1.25 * middle) - bisect_left(ordered, 0.8 * middle)) / len(ordered)
