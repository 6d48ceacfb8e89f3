"""How alike are lengths, and how are pauses spread? Small statistics; what has too few grounds is UNKNOWN."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence

UNKNOWN = -1.0
_FEW = 3
_BINS = 6
_FAINT = 0.05
"""Keeps the logarithm of a count's dispersion finite where all counts are equal."""


def share(part: Sequence[object], whole: Sequence[object]) -> float:
    """How much of ``whole`` is ``part``."""
    return len(part) / len(whole) if whole else UNKNOWN


def top_share(classes: list[int], near: int, top: int) -> float:
    """How much of all lies within ``near`` classes of the most frequent one; classes are below ``top``."""
    if not classes:
        return UNKNOWN
    counts = Counter(classes)
    best = max(sum(counts[at + step] for step in range(-near, near + 1)) for at in range(top) if at in counts)
    return best / len(classes)


def kinds(classes: list[int], near: int) -> float:
    """How many groups of classes there are, with more than ``near`` between one and the next."""
    if not classes:
        return UNKNOWN
    present = sorted(set(classes))
    return 1.0 + sum(after - before > near for before, after in itertools.pairwise(present))


def entropy(classes: list[int]) -> float:
    """Bits that it takes to tell which class a message is of: 0 where all are of one."""
    if not classes:
        return UNKNOWN
    counts = Counter(classes).values()
    return -sum(count / len(classes) * math.log2(count / len(classes)) for count in counts)


def log_middle(values: list[float]) -> float:
    """The median, in doublings of 1 (byte or millisecond)."""
    return math.log2(max(sorted(values)[len(values) // 2], 1.0)) if values else UNKNOWN


def spread(values: list[float]) -> float:
    """How far the ninth decile is from the first, in doublings."""
    if len(values) < _FEW:
        return UNKNOWN
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 10], ordered[-1 - len(ordered) // 10]
    return math.log2(max(high, 1.0) / max(low, 1.0))


def variation(values: list[float]) -> float:
    """Standard deviation over mean: 0 for a steady beat, about 1 for memoryless arrivals."""
    if len(values) < _FEW:
        return UNKNOWN
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values)) / max(mean, 1.0)


def memory(values: list[float]) -> float:
    """How far pauses are from those of arrivals without memory: the Kolmogorov-Smirnov distance to the exponential
    distribution of the same mean, times the root of their number (Lilliefors, 1969): below about 1.1 for such ones."""
    mean = sum(values) / max(len(values), 1)
    if len(values) <= _FEW or mean <= 0:
        return UNKNOWN
    count, worst = len(values), 0.0
    for number, value in enumerate(sorted(values)):
        expected = 1 - math.exp(-value / mean)
        worst = max(worst, abs(expected - number / count), abs(expected - (number + 1) / count))
    return worst * math.sqrt(count)


def dispersion(times_s: list[float], span_s: float) -> float:
    """Whether moments come in stretches: variance over mean of the counts in six equal parts, in doublings. About 0
    for what comes without memory, far above for what people do, far below for a beat."""
    if len(times_s) <= _FEW or span_s <= 0:
        return UNKNOWN
    counts = Counter(min(int(at_s / span_s * _BINS), _BINS - 1) for at_s in times_s)
    mean = len(times_s) / _BINS
    squares = sum((counts[part] - mean) ** 2 for part in range(_BINS))
    return math.log2(squares / _BINS / mean + _FAINT)


def cap(values: list[float]) -> float:
    """How many of the longest pauses are as long as one another: a timer that events cut short ends the longest."""
    if len(values) < _FEW:
        return UNKNOWN
    longest = max(values)
    return sum(value >= 0.75 * longest for value in values) / len(values)


def beat(values: list[float]) -> float:
    """The share of pauses within a fifth of the median one."""
    if len(values) < _FEW:
        return UNKNOWN
    middle = sorted(values)[len(values) // 2]
    return sum(0.8 * middle <= value <= 1.25 * middle for value in values) / len(values)
