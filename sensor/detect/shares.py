"""How many shares does a flow submit, and how many does the pool take? Submits matched with their answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from sensor.estimate.ledger import WorkLedger
from sensor.estimate.work import Work
from sensor.model.cuts import TableCuts
from sensor.model.observation import MISSING, Observation
from sensor.model.wire import Dialect
from sensor.signature import Refusal, RefusalDocument, SessionEvent

MAX_OPEN_SUBMITS = 256
"""Shares of one flow that wait for an answer; the oldest is given up. Where the pool's side is not seen the table is
always full."""
SUBMIT_BYTES, SHARE_BYTES, SPAN_BYTES = 240, 110, 128
"""What an open share, a remembered one and a connection's times take."""
MAX_KNOWN_SHARES = 256
"""Shares of a session that are remembered, so that one handed in again is seen; the older half goes first."""
MAX_SPANS = 1024
"""Connections of a session whose times are kept."""
_COUNTS = ("submitted", "accepted", "rejected", "stale", "duplicate", "resubmitted", "low_difficulty")
_VERDICTS = (SessionEvent.REJECTED, SessionEvent.ACCEPTED)


@dataclass(slots=True)
class Span:
    """From when to when, in nanoseconds."""

    start_ns: int
    end_ns: int


@dataclass(slots=True)
class ShareCount:
    """Share submissions of a session, and the pool's answers.

    ``stale``, ``duplicate`` and ``low_difficulty`` are those of ``rejected`` whose answer says so; ``resubmitted`` are
    submits that were handed in before.
    """

    submitted: int = 0
    accepted: int = 0
    rejected: int = 0
    stale: int = 0
    duplicate: int = 0
    resubmitted: int = 0
    low_difficulty: int = 0
    known: dict[int, bool] = field(default_factory=dict, compare=False, repr=False)
    """The latest shares by what was handed in, and whether the pool took them. Bounded."""
    older: dict[int, bool] = field(default_factory=dict, compare=False, repr=False)
    """Those before :attr:`known`, which takes their place when it is full."""
    spans: list[Span] = field(default_factory=list, compare=False, repr=False)
    """When each connection handed in its first and its latest share. Bounded."""

    def add(self, other: ShareCount) -> None:
        """Count another flow's shares in."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for key, taken in (other.older | other.known).items():
            self.remember(key, taken=taken or bool(self.was_taken(key)))
        self.spans.extend(other.spans[: MAX_SPANS - len(self.spans)])

    def remember(self, key: int, *, taken: bool) -> int:
        """Note what was handed in, and whether it was taken; answers how many shares were forgotten for it."""
        self.known[key] = taken
        if len(self.known) < MAX_KNOWN_SHARES // 2:
            return 0
        forgotten = len(self.older)
        self.older, self.known = self.known, {}
        return forgotten

    def held_bytes(self) -> int:
        """About what its tables take."""
        return (len(self.known) + len(self.older)) * SHARE_BYTES + len(self.spans) * SPAN_BYTES

    def was_taken(self, key: int) -> bool | None:
        """Did the pool take this share before? None when it was not handed in before, or too long ago."""
        taken = self.known.get(key)
        return self.older.get(key) if taken is None else taken

    def refuse(self, reason: Refusal) -> None:
        """The pool refused a share."""
        self.rejected += 1
        self.stale += reason is Refusal.STALE
        self.duplicate += reason is Refusal.DUPLICATE
        self.low_difficulty += reason is Refusal.LOW_DIFFICULTY


class _Submit(NamedTuple):
    """A share that waits for its answer: the work it stands for, and what was handed in (None: not to be told)."""

    work: Work | None
    key: int | None


class ShareBook:
    """Remembers the submits of one flow that wait for an answer, and the work each stands for.

    The oldest is given up beyond the bound.
    """

    def __init__(self, cuts: TableCuts | None = None) -> None:
        self._cuts = cuts or TableCuts()
        self._open: OrderedDict[int, _Submit] = OrderedDict()
        self._spoke = [False, False]
        self._span: Span | None = None

    def held_bytes(self) -> int:
        """About what its table takes."""
        return len(self._open) * SUBMIT_BYTES

    def note(
        self,
        observation: Observation,
        events: Collection[SessionEvent],
        shares: ShareCount,
        work: Work | None = None,
        ledger: WorkLedger | None = None,
        why: Callable[[Observation], Refusal] = lambda _: Refusal.OTHER,
    ) -> None:
        """Count one message into ``shares``, and the work of a share that was taken into ``ledger``.

        ``events`` are those of the signatures that matched the message; ``work`` is that of a share handed in now;
        ``why`` tells what the answer to a share that was refused says.
        """
        self._spoke[observation.direction] = True
        if SessionEvent.SUBMIT in events:
            self._hand_in(observation, shares, work)
        elif SessionEvent.UNANSWERED in events:
            shares.submitted += 1
            if ledger is not None:
                ledger.take(work, observation.at_ns)
        elif (answer := self._settle(observation, events, work)) is not None:
            submit, is_taken = answer
            if is_taken:
                self._take(submit, observation.at_ns, shares, ledger)
            else:
                shares.refuse(why(observation))
        if ledger is not None:
            ledger.waits = bool(self._open)

    def _settle(
        self, observation: Observation, events: Collection[SessionEvent], work: Work | None
    ) -> tuple[_Submit, bool] | None:
        """The share that a message is about, the one it answers or else the one that waits longest, and whether it was
        taken; None when the message speaks of no share."""
        answers = observation.answers
        if answers is not None and (submit := self._open.pop(answers, None)) is not None:
            return submit, SessionEvent.REJECTED not in events and is_accepted(observation)
        if not events or (told := self._told(observation, events)) is None:
            return None
        return (self._open.popitem(last=False)[1] if self._open else _Submit(work, None)), told

    def _told(self, observation: Observation, events: Collection[SessionEvent]) -> bool | None:
        """Does a message that answers no share that waits say that one was taken, or refused?"""
        is_word_alone = not self._spoke[observation.direction.other]
        if is_word_alone or (self._open and observation.get("jsonrpc.kind") != "response"):
            told = [event is SessionEvent.ACCEPTED for event in _VERDICTS if event in events]
            return told[0] if told else None
        return None

    def _hand_in(self, observation: Observation, shares: ShareCount, work: Work | None) -> None:
        key = share_key(observation)
        self._extend_span(observation.at_ns, shares)
        shares.submitted += 1
        if key is not None:
            taken = shares.was_taken(key)
            shares.resubmitted += taken is not None
            self._cuts.shares += shares.remember(key, taken=bool(taken))
        self._open[observation.serial] = _Submit(work, key)
        if len(self._open) > MAX_OPEN_SUBMITS:
            self._open.popitem(last=False)
            self._cuts.submits += 1

    def _extend_span(self, at_ns: int, shares: ShareCount) -> None:
        if self._span is None:
            self._span = Span(at_ns, at_ns)
            if len(shares.spans) < MAX_SPANS:
                shares.spans.append(self._span)
        elif at_ns > self._span.end_ns:
            self._span.end_ns = at_ns

    def _take(self, submit: _Submit, at_ns: int, shares: ShareCount, ledger: WorkLedger | None) -> None:
        """The pool took a share. One that it had taken before is no new work."""
        shares.accepted += 1
        was_taken = None if submit.key is None else shares.was_taken(submit.key)
        if submit.key is not None and was_taken is False:
            self._cuts.shares += shares.remember(submit.key, taken=True)
        if ledger is not None:
            ledger.go_on(at_ns)
            if not was_taken:
                ledger.take(submit.work, at_ns)


def is_accepted(observation: Observation) -> bool:
    """Does a pool's answer to a share take it? An error, ``false`` or a status other than OK does not."""
    message = observation.fields.get("jsonrpc", {})
    result, error = message.get("result", MISSING), message.get("error", MISSING)
    if error not in (None, [], MISSING):
        return False
    if isinstance(result, dict):
        return str(result.get("status", "OK")).upper() == "OK"
    if isinstance(result, list):
        return bool(result) and str(result[0]).lower() == "true"
    return result is True or str(result).lower() != "false"


def refusal_of(observation: Observation, table: RefusalDocument | None, dialect: Dialect | None) -> Refusal:
    """Why a share was refused, as the answer says it: the error's code and text, or the words beside the result."""
    if table is None:
        return Refusal.OTHER
    message = observation.get("jsonrpc.message")
    error = observation.get("jsonrpc.error")
    code, texts = _code_and_texts(error)
    if isinstance(message, Mapping) and code is None and not texts:
        code, texts = _code_and_texts(message)
        code, more = (code, []) if texts else _code_and_texts(message.get("body"))
        texts = [*texts, *more, *_texts(message.get("result"))]
    return table.reason_of(code, " ".join(texts), dialect)


def share_key(observation: Observation) -> int | None:
    """What makes a share the same when it is handed in again: its parameters, without any session's id.

    The value is of this process alone. None for a message that is no JSON.
    """
    fields = observation.fields.get("jsonrpc")
    message = fields.get("message") if isinstance(fields, dict) else None
    if not isinstance(message, dict):
        return None
    said = message.get("params", message)
    if isinstance(said, dict):
        said = dict(said)
        said.pop("id", None)
    try:
        # Nearly all shares are flat; hashing what they hold takes a fifth of writing it.
        return hash(tuple(said)) if isinstance(said, list) else hash(frozenset(said.items()))
    except (TypeError, AttributeError):
        return _hash_of_text(said)


def _hash_of_text(said: Any) -> int | None:
    try:
        return hash(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
    except orjson.JSONEncodeError:
        # Deeper than the writer goes, or a number that it does not write: nothing that a pool would take.
        return None


def _code_and_texts(said: Any) -> tuple[int | None, list[str]]:
    """A code and the texts of ``[21, "…", null]``, ``{"code": 21, "message": "…"}`` or a bare text."""
    if isinstance(said, Mapping):
        said = [said.get(name) for name in ("code", "message", "description", "reason", "status")]
    code = said[0] if isinstance(said, list) and said and type(said[0]) is int else None
    return code, _texts(said)


def _texts(said: Any) -> list[str]:
    if isinstance(said, Mapping):
        said = list(said.values())[:8]
    return [text for text in (said[:8] if isinstance(said, list) else [said]) if isinstance(text, str)]
