"""How sure are we? From what supports a session to its verdict, by one table.

- confirmed: a message that only mining has; or the behaviour of mining towards a server that spoke it in the clear, or
  that answered a probe as a pool does;
- probable: ambiguous protocol evidence together with an indicator, or the behaviour of mining together with one
  independent indicator;
- suspected: an indicator or ambiguous protocol evidence alone. Never listed as a miner without a person's decision.

Ambiguous evidence does not add up to a claim by itself, however often it is seen: an application's own ``login``
answered with ``OK`` has both sides and still is no mining. Behaviour alone is nothing that is told at all, and that a
server is a pool does not tell that who connects to it mines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sensor.detect.facts import Facts
from sensor.detect.supports import LISTED, RELATED, Support
from sensor.model.bilingual import Words
from sensor.model.evidence import Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """A verdict, and the supports that carry it: every one of ``needs`` and, unless it is empty, one of ``any_of``."""

    verdict: Verdict
    words: Words
    needs: frozenset[Support]
    any_of: frozenset[Support] = frozenset()

    def carries(self, supports: frozenset[Support]) -> bool:
        """Do these supports carry the verdict?"""
        return self.needs <= supports and (not self.any_of or bool(self.any_of & supports))

    def holds(self, facts: Facts) -> bool:
        """Do the facts of a session?"""
        return self.carries(facts.supports)


@dataclass(frozen=True, slots=True)
class Bonus:
    """Points that corroboration adds to the base score of a verdict."""

    points: int
    words: Words
    holds: Callable[[Facts, Verdict], bool]


def judge(facts: Facts) -> Verdict | None:
    """The verdict that the evidence carries; None when there is nothing to claim or suspect."""
    supports = facts.supports
    return next((rule.verdict for rule in RULES if rule.carries(supports)), None)


def score(facts: Facts, verdict: Verdict) -> int:
    """The verdict as a number from 0 to 100, raised by what corroborates it."""
    return BASE_SCORE[verdict] + sum(bonus.points for bonus in BONUSES if bonus.holds(facts, verdict))


def _has_indicator(facts: Facts) -> bool:
    return bool(facts.supports & LISTED)


RULES = (
    Rule(
        Verdict.CONFIRMED,
        Words("至少一条只有挖矿才会出现的消息", "at least one message that only mining has"),
        frozenset({Support.UNIQUE}),
    ),
    Rule(
        Verdict.CONFIRMED,
        Words(
            "对端对探测以矿池身份应答，且本会话有协议消息或挖矿行为",
            "the other end answered a probe as a pool does, and the session speaks or behaves like mining",
        ),
        frozenset({Support.PROBE}),
        frozenset({Support.MESSAGE, Support.STRONG, Support.BEHAVIOUR}),
    ),
    Rule(
        Verdict.CONFIRMED,
        Words(
            "行为像挖矿，且同一服务器的另一会话为明文挖矿",
            "it behaves like mining, towards a server that spoke mining in the clear elsewhere",
        ),
        frozenset({Support.BEHAVIOUR, Support.SPOKE_SERVER}),
    ),
    Rule(
        Verdict.PROBABLE,
        Words(
            "加密会话：握手与其后各帧的长度依次吻合，虽不可读，形态只属于挖矿协议",
            "an encrypted session whose handshake and frames have the lengths of a mining protocol, in sequence",
        ),
        frozenset({Support.STRONG}),
    ),
    Rule(
        Verdict.PROBABLE,
        Words(
            "有歧义的协议消息，且同一会话命中名单（域名、地址或证书）",
            "an ambiguous protocol message, and a listed name, address or certificate in the same session",
        ),
        frozenset({Support.MESSAGE}),
        LISTED,
    ),
    Rule(
        Verdict.PROBABLE,
        Words(
            "行为像挖矿，且另有一项独立佐证（名单、证书、抽成主机、已确认矿池、多台主机同步或同一主机的明文挖矿）",
            "it behaves like mining, and one independent indicator says so too (listed name, address or certificate, "
            "fee host, confirmed pool, several hosts in step, or mining in the clear by the same host)",
        ),
        frozenset({Support.BEHAVIOUR}),
        LISTED | RELATED,
    ),
    Rule(
        Verdict.SUSPECTED,
        Words(
            "仅命中名单，或仅有有歧义的协议消息：须由人判定",
            "a listed name, address or certificate alone, or an ambiguous message alone: a person has to decide",
        ),
        frozenset(),
        LISTED | {Support.PROBE, Support.MESSAGE},
    ),
)
"""Asked in this order; the first that carries decides."""

BASE_SCORE = {Verdict.CONFIRMED: 90, Verdict.PROBABLE: 70, Verdict.SUSPECTED: 30}
BONUSES = (
    Bonus(5, Words("双方均有协议证据", "protocol evidence from both sides"), lambda facts, _: len(facts.sides) == 2),
    Bonus(
        5,
        Words("另有名单命中佐证", "a listed name, address or certificate besides"),
        lambda facts, verdict: _has_indicator(facts) and verdict is not Verdict.SUSPECTED,
    ),
)
