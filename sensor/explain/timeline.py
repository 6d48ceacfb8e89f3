"""What was said in a flow, by whom, when, and what did each message do in the session?"""

from __future__ import annotations

import enum
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from sensor.detect.session import MiningSession
from sensor.detect.shares import is_accepted
from sensor.estimate.work import Work
from sensor.model.flow import Endpoint, FiveTuple
from sensor.model.observation import MISSING, Observation
from sensor.model.wire import Detection
from sensor.signature import Match, SessionEvent

MAX_MESSAGES = 20_000
"""Messages kept; of later ones only the count by role is."""
MAX_OPEN = 4096
"""Requests whose answer is waited for."""
MAX_WORKS = 64
"""Different works of a share that are told apart."""
MAX_TEXT = 300


class Role(enum.StrEnum):
    """What a message does in its session."""

    SUBSCRIBE = "subscribe"
    LOGIN = "login"
    SUBMIT = "submit"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    JOB = "job"
    DIFFICULTY = "difficulty"
    KEEPALIVE = "keepalive"
    HASHRATE = "hashrate"
    WORK = "work"
    ANSWER = "answer"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """One message. ``text`` is its beginning, printable; ``work`` is in hashes, or in difficulty where ``scaled``."""

    at_ns: int
    sender: Endpoint
    receiver: Endpoint
    role: Role
    answers: Role | None
    signatures: tuple[str, ...]
    facts: dict[str, str | int | float]
    text: str
    work: Work | None
    method: str | None
    """The JSON-RPC method called."""
    http_method: str | None


class Timeline:
    """Keeps what a :class:`~sensor.detect.witness.Witness` is told. Bounded."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.roles: Counter[Role] = Counter()
        self.works: Counter[Work] = Counter()
        """Shares handed in, by the work each stands for."""
        self.sessions: list[tuple[MiningSession, Detection]] = []
        self._asked: OrderedDict[tuple[FiveTuple, int], Role] = OrderedDict()

    @property
    def left_out(self) -> int:
        """Messages that are counted but not kept."""
        return self.roles.total() - len(self.entries)

    def message(
        self, five_tuple: FiveTuple, observation: Observation, matches: Sequence[Match], work: Work | None
    ) -> None:
        """Take in one message."""
        answers = self._asked.pop((five_tuple, observation.answers or 0), None)
        role = _role(observation, matches, answers)
        self._await_answer(five_tuple, observation, role)
        self.roles[role] += 1
        if role is Role.SUBMIT and work is not None and (work in self.works or len(self.works) < MAX_WORKS):
            self.works[work] += 1
        if len(self.entries) < MAX_MESSAGES:
            self.entries.append(_entry(five_tuple, observation, matches, role, answers, work))

    def closed(self, session: MiningSession, detection: Detection) -> None:
        """Take in what was said of a session at its end."""
        self.sessions.append((session, detection))

    def _await_answer(self, five_tuple: FiveTuple, observation: Observation, role: Role) -> None:
        if observation.serial and observation.answers is None:
            self._asked[five_tuple, observation.serial] = role
            if len(self._asked) > MAX_OPEN:
                self._asked.popitem(last=False)


def _entry(
    five_tuple: FiveTuple,
    observation: Observation,
    matches: Sequence[Match],
    role: Role,
    answers: Role | None,
    work: Work | None,
) -> Entry:
    return Entry(
        at_ns=observation.at_ns,
        sender=five_tuple.sender(observation.direction),
        receiver=five_tuple.receiver(observation.direction),
        role=role,
        answers=answers,
        signatures=tuple(match.signature.name for match in matches),
        facts={name: value for match in matches for name, value in match.facts.items()},
        text=_text(observation),
        work=work if role is Role.SUBMIT else None,
        method=_field(observation, "jsonrpc.method"),
        http_method=_field(observation, "http.method"),
    )


def _role(observation: Observation, matches: Sequence[Match], answers: Role | None) -> Role:
    """By the signatures that hold; an answer is what it says of the share it answers, or else an answer."""
    if answers is Role.SUBMIT:
        return Role.ACCEPTED if is_accepted(observation) else Role.REJECTED
    events = {match.event for match in matches} - {SessionEvent.OTHER}
    for role in Role:
        if role.value in events:
            return role
    return Role.ANSWER if observation.answers is not None else Role.OTHER


def _field(observation: Observation, path: str) -> str | None:
    value = observation.get(path)
    return value[:MAX_TEXT] if isinstance(value, str) else None


def _text(observation: Observation) -> str:
    """The message's beginning as it was on the wire; bytes that are no text are told in hex."""
    raw = observation.raw[:MAX_TEXT]
    if not raw:
        return _head_line(observation)
    text = raw.decode("utf-8", "replace")
    readable = sum(char.isprintable() or char in "\r\n\t" for char in text)
    if 10 * readable < 9 * len(text):
        return raw[: MAX_TEXT // 3].hex(" ")
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _head_line(observation: Observation) -> str:
    parts = [observation.get(f"http.{name}") for name in ("kind", "method", "host", "path", "status")]
    said = " ".join(str(part) for part in parts if part is not MISSING and part is not None)[:MAX_TEXT]
    return "".join(char if char.isprintable() else " " for char in said)
