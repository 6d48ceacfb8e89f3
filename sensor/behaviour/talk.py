"""Which part does each message of a record play? Pushes, asks, answers, replies, and which of them are of one length.

An *ask* is a client's message that does not follow a server's within a second; an *answer* is the first message of the
other side within a second; a *push* is a server's message that answers nothing. The *main* asks are those whose lengths
are within a class of the most frequent one, as shares are among all that a miner says.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from sensor.behaviour.classes import GAP_CLASSES, GAP_S
from sensor.behaviour.measures import memory
from sensor.behaviour.record import RESP_BIT, Behaviour
from sensor.model.flow import Direction

ANSWER_S = 1.0
NEAR = 1
"""Sizes this many classes apart count as the same: counters grow by a digit, a base64 tail by a character."""
_GROUPS, _FEW = 4, 5
"""Groups of the client's lengths that are looked at, and messages of the smallest."""
_WITHOUT_MEMORY = 1.1
"""Up to this distance (:func:`~sensor.behaviour.measures.memory`) pauses pass for those of arrivals without memory."""


class Message(NamedTuple):
    """One message of the record."""

    from_server: bool
    size: int
    """Size class."""
    at_s: float
    """Seconds since the first message of the record."""
    pause: int
    """Class of the pause before it."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The messages, and what part each of them plays."""

    all: list[Message]
    ups: list[Message]
    """The client's."""
    downs: list[Message]
    """The server's."""
    pushes: list[Message]
    asks: list[Message]
    answers: list[Message]
    """The server's, to asks."""
    replies: list[Message]
    """The client's, to pushes."""
    delays: list[int]
    """Classes of the pauses between an ask and its answer."""
    main_asks: list[Message]
    main_pushes: list[Message]
    main_answers: list[Message]
    """Answers to any client message of the most frequent length."""
    main_ups: list[Message]
    """Client messages of that length."""
    random: list[Message]
    """The client's messages of about one length that come most as if without memory, as shares do, whatever else it
    says on a beat."""
    random_answers: list[Message]
    """Answers to those."""


def messages_of(behaviour: Behaviour) -> list[Message]:
    """The record's messages, oldest first."""
    found: list[Message] = []
    server_bit = RESP_BIT if behaviour.server is Direction.RESP else 0
    at_s = 0.0
    pairs = zip(behaviour.messages[::2], behaviour.messages[1::2], strict=True)
    for code, number in pairs:
        pause = min(number, GAP_CLASSES - 1)
        at_s += GAP_S[pause] if found else 0.0
        found.append(Message(code & RESP_BIT == server_bit, code & RESP_BIT - 1, at_s, pause))
    return found


def told(messages: list[Message]) -> Talk:
    """The parts that the messages play."""
    ups = [message for message in messages if not message.from_server]
    downs = [message for message in messages if message.from_server]
    pushes: list[Message] = []
    asks: list[Message] = []
    answers: list[Message] = []
    replies: list[Message] = []
    delays: list[int] = []
    main_answers: list[Message] = []
    before: Message | None = None
    usual = _usual(ups)
    for message in messages:
        is_turn = before is not None and before.from_server is not message.from_server
        is_quick = before is not None and is_turn and message.at_s - before.at_s <= ANSWER_S
        if message.from_server:
            (answers if is_quick else pushes).append(message)
            if before is not None and is_quick:
                delays.append(message.pause)
                if abs(before.size - usual) <= NEAR:
                    main_answers.append(message)
        else:
            (replies if is_quick else asks).append(message)
        before = message
    parts = pushes, asks, answers, replies, delays
    at_random = _random(ups, usual)
    groups = _main(asks), _main(pushes), main_answers, _near(ups, usual), at_random, _answers(messages, at_random)
    return Talk(messages, ups, downs, *parts, *groups)


def gaps_ms(messages: list[Message]) -> list[float]:
    """Milliseconds from each message to the next."""
    return [(after.at_s - before.at_s) * 1000 for before, after in itertools.pairwise(messages)]


def sizes(messages: list[Message]) -> list[int]:
    """Size classes."""
    return [message.size for message in messages]


def _random(ups: list[Message], usual: int) -> list[Message]:
    """Of the groups of alike lengths the largest one whose pauses pass for those of arrivals without memory, else the
    one that comes nearest to it. ``usual`` is the size class of the largest."""
    best: list[Message] = []
    least = math.inf
    rest = ups
    for _ in range(_GROUPS):
        group = _near(rest, usual)
        if len(group) < _FEW:
            break
        off = max(memory(gaps_ms(group)), _WITHOUT_MEMORY)
        if off < least:
            best, least = group, off
        rest = [message for message in rest if abs(message.size - usual) > NEAR]
        usual = _usual(rest)
    return best


def _answers(messages: list[Message], asked: list[Message]) -> list[Message]:
    """The server's messages right behind those that were asked."""
    wanted = set(asked)
    pairs = ((before, after) for before, after in itertools.pairwise(messages) if before in wanted)
    return [after for before, after in pairs if after.from_server and after.at_s - before.at_s <= ANSWER_S]


def _usual(messages: list[Message]) -> int:
    """The size class that has most messages within a class of it; of several the most frequent, then the smallest."""
    counts = Counter(sizes(messages))
    if not counts:
        return -1 - NEAR
    return max(counts, key=lambda at: (sum(counts[at + step] for step in range(-NEAR, NEAR + 1)), counts[at], -at))


def _main(messages: list[Message]) -> list[Message]:
    return _near(messages, _usual(messages))


def _near(messages: list[Message], usual: int) -> list[Message]:
    return [message for message in messages if abs(message.size - usual) <= NEAR]
