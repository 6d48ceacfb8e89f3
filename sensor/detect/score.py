"""How sure are we? From the evidence of a session to its verdict.

- confirmed: a message that only mining has, or a pool's answer to a probe;
- probable: ambiguous protocol evidence together with an indicator, or an indicator together with behaviour;
- suspected: any one of these alone. Never listed as a miner without a person's decision.

Ambiguous evidence does not add up to a claim by itself, however often it is seen: an application's own ``login``
answered with ``OK`` has both sides and still is no mining.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sensor.detect.facts import Facts
from sensor.model.bilingual import Words
from sensor.model.evidence import EvidenceClass, Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """A verdict, and when the evidence carries it."""

    verdict: Verdict
    words: Words
    holds: Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Bonus:
    """Points that corroboration adds to the base score of a verdict."""

    points: int
    words: Words
    holds: Callable[[Facts, Verdict], bool]


def judge(facts: Facts) -> Verdict | None:
    """The verdict that the evidence carries; None when there is no evidence at all."""
    for rule in RULES:
        if rule.holds(facts):
            return rule.verdict
    return None


def score(facts: Facts, verdict: Verdict) -> int:
    """The verdict as a number from 0 to 100, raised by what corroborates it."""
    return BASE_SCORE[verdict] + sum(bonus.points for bonus in BONUSES if bonus.holds(facts, verdict))


def _has_indicator(facts: Facts) -> bool:
    return EvidenceClass.INDICATOR in facts.classes


RULES = (
    Rule(
        Verdict.CONFIRMED,
        Words("至少一条只有挖矿才会出现的消息", "at least one message that only mining has"),
        lambda facts: facts.unique,
    ),
    Rule(
        Verdict.CONFIRMED,
        Words("对端对探测的应答表明它是矿池", "the other end answered a probe as a pool does"),
        lambda facts: EvidenceClass.PROBE in facts.classes,
    ),
    Rule(
        Verdict.PROBABLE,
        Words(
            "加密会话：握手与其后各帧的长度依次吻合，虽不可读，形态只属于挖矿协议",
            "an encrypted session whose handshake and frames have the lengths of a mining protocol, in sequence",
        ),
        lambda facts: facts.strong,
    ),
    Rule(
        Verdict.PROBABLE,
        Words(
            "有歧义的协议消息或行为，且同一会话命中名单（域名、地址或指纹）",
            "an ambiguous protocol message or behaviour, and a listed name, address or fingerprint in the same session",
        ),
        lambda facts: _has_indicator(facts) and bool(facts.classes & {EvidenceClass.PROTOCOL, EvidenceClass.BEHAVIOUR}),
    ),
    Rule(
        Verdict.SUSPECTED,
        Words(
            "仅命中名单，或仅有有歧义的协议消息：须由人判定",
            "a listed name, address or fingerprint alone, or an ambiguous message alone: a person has to decide",
        ),
        lambda facts: _has_indicator(facts) or EvidenceClass.PROTOCOL in facts.classes,
    ),
)
"""Asked in this order; the first that holds decides."""

BASE_SCORE = {Verdict.CONFIRMED: 90, Verdict.PROBABLE: 70, Verdict.SUSPECTED: 30}
BONUSES = (
    Bonus(5, Words("双方均有协议证据", "protocol evidence from both sides"), lambda facts, _: len(facts.sides) == 2),
    Bonus(
        5,
        Words("另有名单命中佐证", "a listed name, address or fingerprint besides"),
        lambda facts, verdict: _has_indicator(facts) and verdict is not Verdict.SUSPECTED,
    ),
)
