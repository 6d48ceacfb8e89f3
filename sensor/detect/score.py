"""How sure are we? From the evidence of a session to its verdict.

- confirmed: a message that only mining has, or a pool's answer to a probe;
- probable: ambiguous protocol evidence together with an indicator, or an indicator together with behaviour;
- suspected: any one of these alone. Never listed as a miner without a person's decision.

Ambiguous evidence does not add up to a claim by itself, however often it is seen: an application's own ``login``
answered with ``OK`` has both sides and still is no mining.
"""

from __future__ import annotations

from sensor.detect.facts import Facts
from sensor.model.evidence import EvidenceClass, Verdict

BASE_SCORE = {Verdict.CONFIRMED: 90, Verdict.PROBABLE: 70, Verdict.SUSPECTED: 30}
BONUS_BOTH_SIDES = 5
BONUS_INDICATOR = 5


def judge(facts: Facts) -> Verdict | None:
    """The verdict that the evidence carries; None when there is no evidence at all."""
    classes = facts.classes
    indicator = EvidenceClass.INDICATOR in classes
    if facts.unique or EvidenceClass.PROBE in classes:
        return Verdict.CONFIRMED
    if indicator and classes & {EvidenceClass.PROTOCOL, EvidenceClass.BEHAVIOUR}:
        return Verdict.PROBABLE
    if indicator or EvidenceClass.PROTOCOL in classes:
        return Verdict.SUSPECTED
    return None


def score(facts: Facts, verdict: Verdict) -> int:
    """The verdict as a number from 0 to 100, raised by what corroborates it."""
    bonus = BONUS_BOTH_SIDES * (len(facts.sides) == 2)
    if EvidenceClass.INDICATOR in facts.classes and verdict is not Verdict.SUSPECTED:
        bonus += BONUS_INDICATOR
    return BASE_SCORE[verdict] + bonus
