"""What in a flow's messages can be said in plain words? Numbers that a person can check against a list of the messages.

What the words mean is in :mod:`sensor.behaviour.talk`. Sizes and pauses are the middles of their classes. What a flow
gives no grounds for is :data:`UNKNOWN`.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from sensor.behaviour.classes import GAP_S, SIZE_BYTES
from sensor.behaviour.measures import (
    UNKNOWN,
    beat,
    cap,
    dispersion,
    entropy,
    kinds,
    lengths,
    log_middle,
    memory,
    near_share,
    same_share,
    share,
    spread,
    variation,
)
from sensor.behaviour.record import Behaviour
from sensor.behaviour.talk import NEAR, Message, Part, Talk, messages_of, told
from sensor.model.bilingual import Words

SILENCE_S = 5.0
BURST_S = 0.05
LONG_BYTES = 2_000.0
_LONG = bisect_left(SIZE_BYTES, LONG_BYTES)
"""The first size class of long messages."""
DRAWN_S = 3.0
"""An ask that follows a push sooner may have been drawn by it."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One number, its name in models, and what it is."""

    name: str
    words: Words
    of: Callable[[Talk], float]


def features(behaviour: Behaviour) -> tuple[float, ...]:
    """The numbers of :data:`FEATURES`, in their order. A record without messages gives UNKNOWN throughout."""
    messages = messages_of(behaviour)
    if not messages:
        return (UNKNOWN,) * len(FEATURES)
    talk = told(messages)
    return tuple(feature.of(talk) for feature in FEATURES)


def _middle_bytes(part: Part) -> float:
    ordered = sorted([message.size for message in part.messages])
    return log_middle([SIZE_BYTES[ordered[len(ordered) // 2]]]) if ordered else UNKNOWN


def _bytes(messages: list[Message]) -> float:
    return sum([SIZE_BYTES[message.size] for message in messages])


def _stretches(part: Part, talk: Talk) -> float:
    return dispersion([message.at_s for message in part.messages], _span_s(talk))


def _span_s(talk: Talk) -> float:
    return talk.all.messages[-1].at_s


def _silence(talk: Talk) -> float:
    span_s = _span_s(talk)
    pauses_s = [GAP_S[message.pause] for message in talk.all.messages[1:]]
    return sum([pause_s for pause_s in pauses_s if pause_s >= SILENCE_S]) / span_s if span_s > 0 else UNKNOWN


def _bursts(talk: Talk) -> float:
    pairs = itertools.pairwise(talk.all.messages)
    close = [a.from_server is b.from_server and b.at_s - a.at_s <= BURST_S for a, b in pairs]
    return sum(close) / len(talk.all)


def _rate(talk: Talk) -> float:
    return math.log2(len(talk.all) / max(_span_s(talk) / 60, 0.01))


def _long(talk: Talk) -> float:
    return sum([count for size, count in talk.all.lengths.counts.items() if size >= _LONG]) / len(talk.all)


def _answer_ratio(talk: Talk) -> float:
    if not talk.answers or not talk.asks:
        return UNKNOWN
    return _middle_bytes(talk.asks) - _middle_bytes(talk.answers)


def _push_over_ask(talk: Talk) -> float:
    if not talk.pushes or not talk.asks:
        return UNKNOWN
    return _middle_bytes(talk.pushes) - _middle_bytes(talk.asks)


def _delay_spread(talk: Talk) -> float:
    ordered = talk.delays
    return float(ordered[int(0.9 * len(ordered))] - ordered[int(0.1 * len(ordered))]) if ordered else UNKNOWN


def _drawn(talk: Talk) -> float:
    """How many more asks come soon after a push than chance would have it, in doublings: news draws people's programs,
    a job does not make a share come sooner."""
    span_s, asks = _span_s(talk), talk.main_asks
    if not asks or not talk.pushes or span_s <= 0:
        return UNKNOWN
    pushed_s = [message.at_s for message in talk.pushes.messages]
    soon = 0
    for message in asks.messages:
        place = bisect_left(pushed_s, message.at_s)
        soon += place > 0 and message.at_s - pushed_s[place - 1] <= DRAWN_S
    expected = len(asks) * min(len(pushed_s) * DRAWN_S / span_s, 1.0)
    return math.log2((soon + 0.5) / (expected + 0.5))


def _top_three(talk: Talk) -> float:
    return sum(sorted(talk.all.lengths.counts.values())[-3:]) / len(talk.all)


def _longest(talk: Talk) -> float:
    return float(max([message.pause for message in talk.all.messages[1:]], default=UNKNOWN))


def _longest_alike(talk: Talk) -> float:
    classes = [message.pause for message in talk.all.messages[1:]]
    return float(classes.count(max(classes))) if classes else UNKNOWN


def _timing(name: str, zh: str, en: str, pick: Callable[[Talk], Part]) -> tuple[Feature, ...]:
    """How messages of one sort lie in time."""
    return (
        Feature(
            f"{name}_memory",
            Words(f"{zh}间隔偏离无记忆", f"{en} that come with memory"),
            lambda talk: memory(pick(talk).pauses),
        ),
        Feature(
            f"{name}_variation",
            Words(f"{zh}间隔变异", f"variation of pauses between {en}"),
            lambda talk: variation(pick(talk).pauses),
        ),
        Feature(
            f"{name}_gap", Words(f"{zh}间隔", f"pause between {en}"), lambda talk: log_middle(pick(talk).pauses.ordered)
        ),
        Feature(
            f"{name}_stretches",
            Words(f"{zh}成段出现", f"{en} that come in stretches"),
            lambda talk: _stretches(pick(talk), talk),
        ),
    )


FEATURES: tuple[Feature, ...] = (
    Feature("messages", Words("消息数", "messages to judge by"), lambda talk: float(len(talk.all))),
    Feature("rate", Words("每分钟消息数", "messages a minute"), _rate),
    Feature("silence", Words("静默时间占比", "share of time in silence"), _silence),
    Feature("bursts", Words("同向连发占比", "messages right behind one of the same side"), _bursts),
    Feature(
        "long",
        Words("长消息占比", "share of long messages"),
        _long,
    ),
    Feature(
        "up_share",
        Words("上行字节占比", "the client's share of the bytes"),
        lambda talk: _bytes(talk.ups.messages) / _bytes(talk.all.messages),
    ),
    Feature("pushes", Words("服务器主动推送占比", "share of server pushes"), lambda talk: share(talk.pushes, talk.all)),
    Feature(
        "replied_pushes",
        Words("推送后客户端立即应答的比例", "pushes that the client answers at once"),
        lambda talk: share(talk.replies, talk.pushes),
    ),
    Feature(
        "push_kinds", Words("推送长度种类", "kinds of push lengths"), lambda talk: kinds(talk.pushes.lengths, NEAR)
    ),
    Feature(
        "push_alike",
        Words("推送长度一致程度", "pushes of one length"),
        lambda talk: near_share(talk.pushes.lengths),
    ),
    Feature("push_bytes", Words("推送长度", "length of pushes"), lambda talk: _middle_bytes(talk.pushes)),
    Feature("push_gap", Words("推送间隔", "pause between pushes"), lambda talk: log_middle(talk.pushes.pauses.ordered)),
    Feature(
        "push_gap_spread", Words("推送间隔离散", "spread of those pauses"), lambda talk: spread(talk.pushes.pauses)
    ),
    Feature(
        "push_variation",
        Words("推送间隔变异", "variation of those pauses"),
        lambda talk: variation(talk.pushes.pauses),
    ),
    Feature(
        "push_cap",
        Words("推送有定时上限", "pushes that a timer brings at the latest"),
        lambda talk: cap(talk.pushes.pauses),
    ),
    Feature("push_beat", Words("推送节拍", "pushes on a beat"), lambda talk: beat(talk.pushes.pauses)),
    Feature("asks", Words("客户端主动消息占比", "share of the client's asks"), lambda talk: share(talk.asks, talk.all)),
    Feature(
        "answered_asks",
        Words("客户端消息得到立即应答的比例", "client messages that the server answers at once"),
        lambda talk: share(talk.answers, talk.asks.messages + talk.replies.messages),
    ),
    Feature("ask_kinds", Words("请求长度种类", "kinds of ask lengths"), lambda talk: kinds(talk.asks.lengths, NEAR)),
    Feature(
        "ask_alike",
        Words("请求长度一致程度", "asks of one length"),
        lambda talk: near_share(talk.asks.lengths),
    ),
    Feature("ask_bytes", Words("请求长度", "length of asks"), lambda talk: _middle_bytes(talk.asks)),
    Feature("ask_gap", Words("请求间隔", "pause between asks"), lambda talk: log_middle(talk.asks.pauses.ordered)),
    Feature(
        "ask_variation",
        Words("请求间隔随机（泊松）程度", "asks that come at random, as shares do"),
        lambda talk: variation(talk.asks.pauses),
    ),
    Feature(
        "ask_beat", Words("请求节拍（保活）", "asks on a beat, as keepalives"), lambda talk: beat(talk.asks.pauses)
    ),
    Feature(
        "answer_alike",
        Words("应答长度一致程度", "answers of one length"),
        lambda talk: near_share(talk.answers.lengths),
    ),
    Feature("answer_bytes", Words("应答长度", "length of answers"), lambda talk: _middle_bytes(talk.answers)),
    Feature(
        "answer_steady",
        Words("应答时延稳定", "answers after a steady delay"),
        lambda talk: near_share(lengths(talk.delays)),
    ),
    Feature("ask_over_answer", Words("请求比应答长", "asks longer than their answers"), _answer_ratio),
    Feature("push_over_ask", Words("推送比请求长", "pushes longer than asks"), _push_over_ask),
    Feature(
        "ask_same", Words("请求长度完全相同", "asks of exactly one length"), lambda talk: same_share(talk.asks.lengths)
    ),
    Feature(
        "answer_same",
        Words("应答长度完全相同", "answers of exactly one length"),
        lambda talk: same_share(talk.answers.lengths),
    ),
    Feature(
        "push_same",
        Words("推送长度完全相同", "pushes of exactly one length"),
        lambda talk: same_share(talk.pushes.lengths),
    ),
    Feature("up_bits", Words("客户端长度熵", "bits in the client's lengths"), lambda talk: entropy(talk.ups.lengths)),
    Feature(
        "down_bits", Words("服务器长度熵", "bits in the server's lengths"), lambda talk: entropy(talk.downs.lengths)
    ),
    Feature(
        "push_bits", Words("推送长度熵", "bits in the lengths of pushes"), lambda talk: entropy(talk.pushes.lengths)
    ),
    Feature("answer_bits", Words("应答长度熵", "bits in those of answers"), lambda talk: entropy(talk.answers.lengths)),
    *_timing("main_ask", "主要请求", "asks of the main length", lambda talk: talk.main_asks),
    *_timing("main_up", "客户端主要消息", "client messages of the main length", lambda talk: talk.main_ups),
    *_timing("main_push", "主要推送", "pushes of the main length", lambda talk: talk.main_pushes),
    Feature(
        "main_asks",
        Words("主要请求占比", "share of asks of the main length"),
        lambda talk: share(talk.main_asks, talk.all),
    ),
    Feature(
        "main_ups",
        Words("客户端主要长度占比", "client messages of one length"),
        lambda talk: share(talk.main_ups, talk.ups),
    ),
    Feature(
        "main_pushes",
        Words("主要推送占比", "share of pushes of the main length"),
        lambda talk: share(talk.main_pushes, talk.all),
    ),
    Feature(
        "main_push_beat",
        Words("主要推送节拍", "pushes of the main length on a beat"),
        lambda talk: beat(talk.main_pushes.pauses),
    ),
    Feature(
        "main_push_cap",
        Words("主要推送有定时上限", "a timer behind those pushes"),
        lambda talk: cap(talk.main_pushes.pauses),
    ),
    Feature(
        "main_answered",
        Words("主要消息得到立即应答", "messages of the main length answered at once"),
        lambda talk: share(talk.main_answers, talk.main_ups),
    ),
    Feature(
        "main_answer_alike",
        Words("其应答长度一致", "their answers of one length"),
        lambda talk: near_share(talk.main_answers.lengths),
    ),
    Feature(
        "main_answer_bits",
        Words("其应答长度熵", "bits in their answers' lengths"),
        lambda talk: entropy(talk.main_answers.lengths),
    ),
    Feature("delay_spread", Words("应答时延离散", "spread of the delay of answers"), _delay_spread),
    Feature(
        "delay",
        Words("应答时延", "delay of answers"),
        lambda talk: float(talk.delays[len(talk.delays) // 2]) if talk.delays else UNKNOWN,
    ),
    Feature("ask_drawn", Words("推送引出请求", "asks that pushes draw"), _drawn),
    Feature("ups", Words("客户端消息占比", "share of the client's messages"), lambda talk: share(talk.ups, talk.all)),
    Feature("main_ask_bytes", Words("主要请求长度", "main length of asks"), lambda talk: _middle_bytes(talk.main_asks)),
    Feature(
        "main_push_bytes", Words("主要推送长度", "main length of pushes"), lambda talk: _middle_bytes(talk.main_pushes)
    ),
    Feature(
        "main_answer_bytes",
        Words("其应答长度", "length of answers to the main length"),
        lambda talk: _middle_bytes(talk.main_answers),
    ),
    Feature(
        "all_alike",
        Words("全部消息长度一致", "messages of one length, whoever sends"),
        lambda talk: near_share(talk.all.lengths),
    ),
    Feature("all_top_three", Words("三种长度的占比", "messages of three lengths"), _top_three),
    Feature("all_bits", Words("全部长度熵", "bits in all lengths"), lambda talk: entropy(talk.all.lengths)),
    Feature("longest", Words("最长静默", "the longest pause"), _longest),
    Feature("longest_alike", Words("同样长的静默数", "pauses as long as the longest"), _longest_alike),
    Feature(
        "push_memory",
        Words("推送间隔偏离无记忆", "pushes that come with memory"),
        lambda talk: memory(talk.pushes.pauses),
    ),
    Feature(
        "push_stretches",
        Words("推送成段出现", "pushes that come in stretches"),
        lambda talk: _stretches(talk.pushes, talk),
    ),
    Feature(
        "ask_memory", Words("请求间隔偏离无记忆", "asks that come with memory"), lambda talk: memory(talk.asks.pauses)
    ),
    Feature(
        "ask_stretches", Words("请求成段出现", "asks that come in stretches"), lambda talk: _stretches(talk.asks, talk)
    ),
    Feature(
        "random_ups",
        Words("随机消息占比", "client messages of one length that come at random"),
        lambda talk: share(talk.random, talk.ups),
    ),
    *_timing("random", "随机消息", "random messages", lambda talk: talk.random),
    Feature(
        "random_answered",
        Words("随机消息得到立即应答", "random messages answered at once"),
        lambda talk: share(talk.random_answers, talk.random),
    ),
    Feature(
        "random_answer_bytes",
        Words("随机消息的应答长度", "length of answers to random messages"),
        lambda talk: _middle_bytes(talk.random_answers),
    ),
    Feature(
        "random_bytes", Words("随机消息长度", "length of random messages"), lambda talk: _middle_bytes(talk.random)
    ),
)
"""A name stands for one definition for ever: another definition is another name."""
