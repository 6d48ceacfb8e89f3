"""Which part does each message of a record play? Pushes, asks, answers, replies, and which of them are of one length.

An *ask* is a client's message that does not follow a server's within a second; an *answer* is the first message of the
other side within a second; a *push* is a server's message that answers nothing. The *main* asks are those whose lengths
are within a class of the most frequent one, as shares are among all that a miner says.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

from sensor.behaviour.classes import GAP_CLASSES, GAP_S
from sensor.behaviour.measures import Lengths, Pauses, lengths, memory, neighbours, pauses
from sensor.behaviour.record import RESP_BIT, Behaviour
from sensor.model.flow import Direction

ANSWER_S = 1.0
NEAR = 1
"""Sizes this many classes apart count as the same: counters grow by a digit, a base64 tail by a character."""
_GROUPS, _FEW = 4, 5
"""Groups of the client's lengths that are looked at, and messages of the smallest."""
_SIZE_BITS = RESP_BIT - 1
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


class Part:
    """Some of the messages, in the order in which they came. What is asked of them again and again is counted once."""

    __slots__ = ("_lengths", "_pauses", "messages")

    def __init__(self, messages: list[Message]) -> None:
        self.messages = messages
        self._lengths: Lengths | None = None
        self._pauses: Pauses | None = None

    def __len__(self) -> int:
        return len(self.messages)

    @property
    def lengths(self) -> Lengths:
        """How many there are of each size class."""
        if self._lengths is None:
            self._lengths = lengths([message.size for message in self.messages])
        return self._lengths

    @property
    def pauses(self) -> Pauses:
        """From each message to the next."""
        if self._pauses is None:
            self._pauses = pauses(_gaps_ms(self.messages))
        return self._pauses


class Talk(NamedTuple):
    """The messages, and what part each of them plays."""

    all: Part
    ups: Part
    """The client's."""
    downs: Part
    """The server's."""
    pushes: Part
    asks: Part
    answers: Part
    """The server's, to asks."""
    replies: Part
    """The client's, to pushes."""
    delays: list[int]
    """Classes of the pauses between an ask and its answer, in order."""
    main_asks: Part
    main_pushes: Part
    main_answers: Part
    """Answers to any client message of the most frequent length."""
    main_ups: Part
    """Client messages of that length."""
    random: Part
    """The client's messages of about one length that come most as if without memory, as shares do, whatever else it
    says on a beat."""
    random_answers: Part
    """Answers to those."""


def messages_of(behaviour: Behaviour) -> list[Message]:
    """The record's messages, oldest first."""
    codes, pause_classes = behaviour.messages[::2], behaviour.messages[1::2]
    server_bit = RESP_BIT if behaviour.server is Direction.RESP else 0
    at_s = 0.0
    found: list[Message] = []
    for code, number in zip(codes, pause_classes, strict=True):
        pause = number if number < GAP_CLASSES else GAP_CLASSES - 1
        if found:
            at_s += GAP_S[pause]
        found.append(Message(code & RESP_BIT == server_bit, code & _SIZE_BITS, at_s, pause))
    return found


def told(messages: list[Message]) -> Talk:
    """The parts that the messages play."""
    pushes: list[Message] = []
    asks: list[Message] = []
    answers: list[Message] = []
    replies: list[Message] = []
    delays: list[int] = []
    answered: list[Message] = []
    """Whatever was answered at once, by place the same as ``answers``."""
    before: Message | None = None
    for message in messages:
        is_quick = (
            before is not None
            and before.from_server is not message.from_server
            and message.at_s - before.at_s <= ANSWER_S
        )
        if not message.from_server:
            (replies if is_quick else asks).append(message)
        elif before is None or not is_quick:
            pushes.append(message)
        else:
            answers.append(message)
            answered.append(before)
            delays.append(message.pause)
        before = message
    ups = Part([message for message in messages if not message.from_server])
    downs = Part([message for message in messages if message.from_server])
    said = Part(pushes), Part(asks)
    usual = _usual(ups.lengths)
    at_random = _random(ups, usual)
    return Talk(
        Part(messages),
        ups,
        downs,
        *said,
        Part(answers),
        Part(replies),
        sorted(delays),
        _main(said[1]),
        _main(said[0]),
        Part(_answers(answers, answered, _near(answered, usual))),
        Part(_near(ups.messages, usual)),
        at_random,
        Part(_answers(answers, answered, at_random.messages)),
    )


def _gaps_ms(messages: list[Message]) -> list[float]:
    """Milliseconds from each message to the next."""
    return [(after.at_s - before.at_s) * 1000 for before, after in itertools.pairwise(messages)]


def _random(ups: Part, usual: int) -> Part:
    """Of the groups of alike lengths the largest one whose pauses pass for those of arrivals without memory, else the
    one that comes nearest to it. ``usual`` is the size class of the largest."""
    best = Part([])
    least = math.inf
    rest = ups.messages
    for _ in range(_GROUPS):
        group = Part(_near(rest, usual))
        if len(group) < _FEW:
            break
        off = max(memory(group.pauses), _WITHOUT_MEMORY)
        if off < least:
            best, least = group, off
        rest = [message for message in rest if abs(message.size - usual) > NEAR]
        usual = _usual(Part(rest).lengths)
    return best


def _answers(answers: list[Message], answered: list[Message], asked: list[Message]) -> list[Message]:
    """Those of the answers that are to one of ``asked``. No two messages of a record are at the same moment."""
    wanted = {message.at_s for message in asked}
    return [answer for answer, before in zip(answers, answered, strict=True) if before.at_s in wanted]


def _usual(of: Lengths) -> int:
    """The size class that has most messages within a class of it; one that no message is near where there are none."""
    return neighbours(of)[1] if of.total else -1 - NEAR


def _main(part: Part) -> Part:
    return Part(_near(part.messages, _usual(part.lengths)))


def _near(messages: list[Message], usual: int) -> list[Message]:
    low, high = usual - NEAR, usual + NEAR
    return [message for message in messages if low <= message.size <= high]
