"""Which rules does a load curve meet? Each with the value that was held against it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import groupby
from typing import Protocol

from collector.power.choices import Feature
from collector.power.features import Curve


class Rule(Protocol):
    """What is asked of a row of ``PowerRule``: bounds of one feature from a day on, until before another."""

    feature: str
    least: float | None
    most: float | None
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule and the value it was held against; ``value`` None: the readings do not bear the feature."""

    feature: Feature
    value: float | None
    least: float | None
    most: float | None

    @property
    def is_met(self) -> bool | None:
        """Whether the value lies within the rule's bounds; None where there is no value."""
        if self.value is None:
            return None
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


def in_force(rules: Iterable[Rule], day: date) -> list[Rule]:
    """The newest rule in force on a day for each feature, by feature."""
    held = [rule for rule in rules if rule.valid_from <= day and (rule.valid_to is None or rule.valid_to > day)]
    ordered = sorted(held, key=lambda rule: (rule.feature, -rule.valid_from.toordinal()))
    return [next(group) for _, group in groupby(ordered, key=lambda rule: rule.feature)]


def reasons_of(rules: Sequence[Rule], curve: Curve) -> tuple[Reason, ...]:
    """Every rule with the curve's value."""
    return tuple(
        Reason(Feature(rule.feature), curve.features.get(Feature(rule.feature)), rule.least, rule.most)
        for rule in rules
    )


def are_met(reasons: Sequence[Reason]) -> bool:
    """Every rule that the readings bear is met, and all but the night's, which a day's sums do not bear, are borne."""
    borne = [reason for reason in reasons if reason.is_met is not None]
    known = {reason.feature for reason in borne}
    needed = {reason.feature for reason in reasons} - {Feature.NIGHT_DAY}
    return bool(borne) and needed <= known and all(reason.is_met for reason in borne)


def digest_of(rules: Sequence[Rule]) -> str:
    """Tells whether two judgements were made by the same bounds: SHA-256 over them, in hex."""
    bounds = [(rule.feature, rule.least, rule.most) for rule in rules]
    return sha256(json.dumps(bounds).encode()).hexdigest()
