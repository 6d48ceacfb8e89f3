"""What in a flow's messages can be said in plain words? Numbers that a person can check against a list of the messages.

Words used here: an *ask* is a client's message that does not follow a server's within a second; an *answer* is the
first message of the other side within a second; a *push* is a server's message that answers nothing. Sizes and pauses
are the middles of their classes. What a flow gives no grounds for is :data:`UNKNOWN`.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sensor.behaviour.classes import GAP_CLASSES, GAP_S, SIZE_BYTES, SIZE_CLASSES
from sensor.behaviour.record import RESP_BIT, Behaviour
from sensor.model.bilingual import Words
from sensor.model.flow import Direction

UNKNOWN = -1.0
ANSWER_S = 1.0
SILENCE_S = 5.0
BURST_S = 0.05
LONG_BYTES = 2_000.0
_NEAR = 1
"""Sizes this many classes apart count as the same: counters grow by a digit, a base64 tail by a character."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One number, its name in models, and what it is."""

    name: str
    words: Words
    of: Callable[[_Talk], float]


class Message(NamedTuple):
    """One message of the record."""

    from_server: bool
    size: int
    """Size class."""
    at_s: float
    """Seconds since the first message of the record."""
    pause: int
    """Class of the pause before it."""


def messages_of(behaviour: Behaviour) -> list[Message]:
    """The record's messages, oldest first."""
    found: list[Message] = []
    server_bit = RESP_BIT if behaviour.server is Direction.RESP else 0
    at_s = 0.0
    pairs = zip(behaviour.messages[::2], behaviour.messages[1::2], strict=True)
    for code, pause in pairs:
        at_s += GAP_S[min(pause, GAP_CLASSES - 1)] if found else 0.0
        found.append(Message(code & RESP_BIT == server_bit, code & RESP_BIT - 1, at_s, pause))
    return found


def features(behaviour: Behaviour) -> tuple[float, ...]:
    """The numbers of :data:`FEATURES`, in their order. A record without messages gives UNKNOWN throughout."""
    messages = messages_of(behaviour)
    if not messages:
        return (UNKNOWN,) * len(FEATURES)
    talk = _told(messages)
    return tuple(feature.of(talk) for feature in FEATURES)


@dataclass(frozen=True, slots=True)
class _Talk:
    """The messages, and what part each of them plays."""

    all: list[Message]
    pushes: list[Message]
    asks: list[Message]
    answers: list[Message]
    """The server's, to asks."""
    replies: list[Message]
    """The client's, to pushes."""
    delays: list[int]
    """Classes of the pauses between an ask and its answer."""


def _told(messages: list[Message]) -> _Talk:
    talk = _Talk(messages, [], [], [], [], [])
    before: Message | None = None
    for message in messages:
        is_turn = before is not None and before.from_server is not message.from_server
        is_quick = before is not None and is_turn and message.at_s - before.at_s <= ANSWER_S
        if message.from_server:
            (talk.answers if is_quick else talk.pushes).append(message)
            if is_quick:
                talk.delays.append(message.pause)
        else:
            (talk.replies if is_quick else talk.asks).append(message)
        before = message
    return talk


def _share(part: Sequence[object], whole: Sequence[object]) -> float:
    return len(part) / len(whole) if whole else UNKNOWN


def _top_share(classes: list[int], near: int, top: int) -> float:
    """How much of all lies within ``near`` classes of the most frequent one."""
    if not classes:
        return UNKNOWN
    counts = Counter(classes)
    best = max(sum(counts[at + step] for step in range(-near, near + 1)) for at in range(top) if at in counts)
    return best / len(classes)


def _kinds(classes: list[int]) -> float:
    """How many groups of neighbouring size classes there are."""
    if not classes:
        return UNKNOWN
    present = sorted(set(classes))
    return 1.0 + sum(after - before > _NEAR for before, after in itertools.pairwise(present))


def _log_middle(values: list[float]) -> float:
    """The median, in doublings of 1 (byte or millisecond)."""
    return math.log2(max(sorted(values)[len(values) // 2], 1.0)) if values else UNKNOWN


def _sizes(messages: list[Message]) -> list[int]:
    return [message.size for message in messages]


def _bytes(messages: list[Message]) -> list[float]:
    return [SIZE_BYTES[message.size] for message in messages]


def _gaps_ms(messages: list[Message]) -> list[float]:
    pairs = itertools.pairwise(messages)
    return [(after.at_s - before.at_s) * 1000 for before, after in pairs]


def _spread(values: list[float]) -> float:
    """How far the ninth decile is from the first, in doublings."""
    if len(values) < 3:
        return UNKNOWN
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 10], ordered[-1 - len(ordered) // 10]
    return math.log2(max(high, 1.0) / max(low, 1.0))


def _variation(values: list[float]) -> float:
    """Standard deviation over mean: 0 for a steady beat, about 1 for memoryless arrivals."""
    if len(values) < 3:
        return UNKNOWN
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values)) / max(mean, 1.0)


def _cap(values: list[float]) -> float:
    """How many of the longest pauses are as long as one another: a timer that events cut short ends the longest."""
    if len(values) < 3:
        return UNKNOWN
    longest = max(values)
    return sum(value >= 0.75 * longest for value in values) / len(values)


def _beat(values: list[float]) -> float:
    """The share of pauses within a fifth of the median one."""
    if len(values) < 3:
        return UNKNOWN
    middle = sorted(values)[len(values) // 2]
    return sum(0.8 * middle <= value <= 1.25 * middle for value in values) / len(values)


def _silence(talk: _Talk) -> float:
    span_s = talk.all[-1].at_s
    silent_s = sum(GAP_S[message.pause] for message in talk.all[1:] if GAP_S[message.pause] >= SILENCE_S)
    return silent_s / span_s if span_s > 0 else UNKNOWN


def _bursts(talk: _Talk) -> float:
    pairs = itertools.pairwise(talk.all)
    return sum(a.from_server is b.from_server and b.at_s - a.at_s <= BURST_S for a, b in pairs) / len(talk.all)


def _rate(talk: _Talk) -> float:
    return math.log2(len(talk.all) / max(talk.all[-1].at_s / 60, 0.01))


def _up_share(talk: _Talk) -> float:
    up = sum(SIZE_BYTES[message.size] for message in talk.all if not message.from_server)
    return up / sum(_bytes(talk.all))


def _answer_ratio(talk: _Talk) -> float:
    if not talk.answers or not talk.asks:
        return UNKNOWN
    return _log_middle(_bytes(talk.asks)) - _log_middle(_bytes(talk.answers))


def _push_over_ask(talk: _Talk) -> float:
    if not talk.pushes or not talk.asks:
        return UNKNOWN
    return _log_middle(_bytes(talk.pushes)) - _log_middle(_bytes(talk.asks))


FEATURES: tuple[Feature, ...] = (
    Feature("messages", Words("消息数", "messages to judge by"), lambda talk: float(len(talk.all))),
    Feature("rate", Words("每分钟消息数", "messages a minute"), _rate),
    Feature("silence", Words("静默时间占比", "share of time in silence"), _silence),
    Feature("bursts", Words("同向连发占比", "messages right behind one of the same side"), _bursts),
    Feature(
        "long",
        Words("长消息占比", "share of long messages"),
        lambda talk: sum(size >= LONG_BYTES for size in _bytes(talk.all)) / len(talk.all),
    ),
    Feature("up_share", Words("上行字节占比", "the client's share of the bytes"), _up_share),
    Feature(
        "pushes", Words("服务器主动推送占比", "share of server pushes"), lambda talk: _share(talk.pushes, talk.all)
    ),
    Feature(
        "replied_pushes",
        Words("推送后客户端立即应答的比例", "pushes that the client answers at once"),
        lambda talk: _share(talk.replies, talk.pushes),
    ),
    Feature("push_kinds", Words("推送长度种类", "kinds of push lengths"), lambda talk: _kinds(_sizes(talk.pushes))),
    Feature(
        "push_alike",
        Words("推送长度一致程度", "pushes of one length"),
        lambda talk: _top_share(_sizes(talk.pushes), _NEAR, SIZE_CLASSES),
    ),
    Feature("push_bytes", Words("推送长度", "length of pushes"), lambda talk: _log_middle(_bytes(talk.pushes))),
    Feature("push_gap", Words("推送间隔", "pause between pushes"), lambda talk: _log_middle(_gaps_ms(talk.pushes))),
    Feature(
        "push_gap_spread", Words("推送间隔离散", "spread of those pauses"), lambda talk: _spread(_gaps_ms(talk.pushes))
    ),
    Feature(
        "push_variation",
        Words("推送间隔变异", "variation of those pauses"),
        lambda talk: _variation(_gaps_ms(talk.pushes)),
    ),
    Feature(
        "push_cap",
        Words("推送有定时上限", "pushes that a timer brings at the latest"),
        lambda talk: _cap(_gaps_ms(talk.pushes)),
    ),
    Feature("push_beat", Words("推送节拍", "pushes on a beat"), lambda talk: _beat(_gaps_ms(talk.pushes))),
    Feature(
        "asks", Words("客户端主动消息占比", "share of the client's asks"), lambda talk: _share(talk.asks, talk.all)
    ),
    Feature(
        "answered_asks",
        Words("客户端消息得到立即应答的比例", "client messages that the server answers at once"),
        lambda talk: _share(talk.answers, talk.asks + talk.replies),
    ),
    Feature("ask_kinds", Words("请求长度种类", "kinds of ask lengths"), lambda talk: _kinds(_sizes(talk.asks))),
    Feature(
        "ask_alike",
        Words("请求长度一致程度", "asks of one length"),
        lambda talk: _top_share(_sizes(talk.asks), _NEAR, SIZE_CLASSES),
    ),
    Feature("ask_bytes", Words("请求长度", "length of asks"), lambda talk: _log_middle(_bytes(talk.asks))),
    Feature("ask_gap", Words("请求间隔", "pause between asks"), lambda talk: _log_middle(_gaps_ms(talk.asks))),
    Feature(
        "ask_variation",
        Words("请求间隔随机（泊松）程度", "asks that come at random, as shares do"),
        lambda talk: _variation(_gaps_ms(talk.asks)),
    ),
    Feature(
        "ask_beat", Words("请求节拍（保活）", "asks on a beat, as keepalives"), lambda talk: _beat(_gaps_ms(talk.asks))
    ),
    Feature(
        "answer_alike",
        Words("应答长度一致程度", "answers of one length"),
        lambda talk: _top_share(_sizes(talk.answers), _NEAR, SIZE_CLASSES),
    ),
    Feature("answer_bytes", Words("应答长度", "length of answers"), lambda talk: _log_middle(_bytes(talk.answers))),
    Feature(
        "answer_steady",
        Words("应答时延稳定", "answers after a steady delay"),
        lambda talk: _top_share(talk.delays, 1, GAP_CLASSES),
    ),
    Feature("ask_over_answer", Words("请求比应答长", "asks longer than their answers"), _answer_ratio),
    Feature("push_over_ask", Words("推送比请求长", "pushes longer than asks"), _push_over_ask),
)
"""A name stands for one definition for ever: another definition is another name."""
