"""How well does a model find mining it has not seen, how often does it err, and how soon does it know?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import beta

from training.crossfit import Key
from training.dataset import Example

FALSE_RATE, LEANING_RATE = 1e-4, 2e-3
"""False scores that are allowed per benign long-lived flow: at the threshold, and where a score counts beside what
speaks against the server itself."""
_DIGITS = 1_000_000


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the exact 95 % interval (Clopper and Pearson, 1934)."""

    hits: int
    total: int

    @property
    def rate(self) -> float:
        """The share itself."""
        return self.hits / self.total if self.total else math.nan

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return float(beta.ppf(0.025, self.hits, self.total - self.hits + 1)) if self.hits else 0.0

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        if self.hits == self.total:
            return 1.0
        return float(beta.ppf(0.975, self.hits + 1, self.total - self.hits))


@dataclass(frozen=True, slots=True)
class Found:
    """The flows of one source, or of several together."""

    share: Share
    judged: int
    """Flows that gave a record at all; the others ended too soon, or said too little or too much."""
    minutes: tuple[float, ...]
    """Of each flow that was found: its age at the first score at or over the threshold, in order."""

    def minute(self, quantile: float) -> float:
        """A quantile of the time to detection; not a number where nothing was found."""
        if not self.minutes:
            return math.nan
        return self.minutes[min(int(quantile * len(self.minutes)), len(self.minutes) - 1)]


@dataclass(frozen=True, slots=True)
class Trial:
    """Flows, their scores, and the threshold they are held against."""

    examples: Sequence[Example]
    scores: Mapping[Key, Sequence[float]]
    threshold: float

    def of(self, family: str) -> Found:
        """The result over the flows of a family."""
        return found(self.family(family), self.scores, self.threshold)

    def family(self, family: str) -> list[Example]:
        """Its flows."""
        return [one for one in self.examples if one.family == family]


def threshold_for(benign: Sequence[Example], scores: Mapping[Key, Sequence[float]], false_rate: float) -> float:
    """The lowest threshold at which at most ``false_rate`` of the benign flows have a score at or over it."""
    best = sorted((max(scores.get(key_of(one), ()), default=0.0) for one in benign), reverse=True)
    allowed = int(false_rate * len(best))
    return min((math.floor(best[allowed] * _DIGITS) + 1) / _DIGITS, (_DIGITS - 1) / _DIGITS)


def found(examples: Iterable[Example], scores: Mapping[Key, Sequence[float]], threshold: float) -> Found:
    """How many flows have a score at or over the threshold. Those without any record count as not found."""
    total, judged, minutes = 0, 0, []
    for example in examples:
        total += 1
        judged += bool(example.rows)
        told = zip(example.rows, scores.get(key_of(example), ()), strict=True)
        if first := next((row.minutes for row, score in told if score >= threshold), None):
            minutes.append(first)
    return Found(Share(len(minutes), total), judged, tuple(sorted(minutes)))


def key_of(example: Example) -> Key:
    """How scores of an example are found."""
    return example.source, example.name
