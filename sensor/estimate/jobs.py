"""Which work does the next share stand for? Follows the targets and jobs of one flow."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Any

from sensor.estimate.ledger import NAME_BYTES, WorkLedger
from sensor.estimate.work import Work, hex_number, number_of, work_of
from sensor.model.cuts import TableCuts
from sensor.model.wire import Dialect
from sensor.signature import Direction, Match, SessionEvent

MAX_JOBS = 64
"""Jobs whose target is remembered; the oldest goes first. A share of a forgotten job has the last job's work."""
MAX_JOB_CHARS = 128
MAX_EXTRANONCE_CHARS = 64
JOB_BYTES = 320
"""What a job takes in its table."""
MAX_NAMES = 1024
"""Rigs named on one connection that are told apart."""
DEFAULT_NAMES = frozenset({"eth1.0"})
"""What software calls a rig that nobody named (Claymore's miner): no name of a machine."""
MAX_RATE_HS = 1e24
SIGNS = frozenset(SessionEvent) - {SessionEvent.OTHER, SessionEvent.SUBSCRIBE, SessionEvent.LOGIN}
"""Events that show that mining goes on, when the pool says them: what it is not told of counts neither as work nor as
time."""


_DIFFICULTY, _JOB, _SUBMIT = SessionEvent.DIFFICULTY, SessionEvent.JOB, SessionEvent.SUBMIT
_TO_SERVER = Direction.TO_SERVER
_SUBMITS = frozenset({SessionEvent.SUBMIT, SessionEvent.UNANSWERED})


class JobBook:
    """The targets and jobs of one flow. A new difficulty holds from the next job on."""

    def __init__(self, cuts: TableCuts | None = None) -> None:
        self._jobs: OrderedDict[str, Work | None] = OrderedDict()
        self._next: Work | None = None
        self._difficulty: float | None = None
        self._target: Any = None
        """As it was set last, for jobs that say what a target means and bear none."""
        self.current: Work | None = None
        """The work of a share of the last job."""
        self._cuts = cuts or TableCuts()
        self._rigs: tuple[tuple[str, set[str]], ...] = (("account", set()), ("worker", set()))
        """By the fact that names them: rigs whose shares came over this connection. Bounded."""
        self._extranonce: str | None = None
        """What the pool gave this connection to vary, before any change: one connection counts as one."""
        self.mines = False
        """True once a job with a known target was handed out, until :meth:`close`."""

    def held_bytes(self) -> int:
        """About what its tables take; the names themselves are the ledger's."""
        names = sum(len(known) for _, known in self._rigs)
        return len(self._jobs) * JOB_BYTES + names * NAME_BYTES

    def hear(self, matches: Collection[Match], at_ns: int, ledger: WorkLedger) -> None:
        """Take in one message's matches, before its share is counted."""
        events = [match.event for match in matches]
        if _DIFFICULTY in events:
            self._set([match for match in matches if match.event is _DIFFICULTY])
        if _JOB in events:
            self._issue([match for match in matches if match.event is _JOB], at_ns, ledger)
        if _SUBMIT in events:
            self._hand_in(matches, at_ns, ledger)
        is_sign = False
        for match in matches:
            if match.event is _SUBMIT:
                self._meet(match, ledger)
            elif self._extranonce is None and "extranonce" in match.facts:
                self._extranonce = str(match.facts["extranonce"])
            is_sign = is_sign or _is_sign(match)
            if "hashrate" in match.facts:
                self._report(match, ledger)
        if is_sign and self.mines:
            ledger.go_on(at_ns)

    def work_of(self, matches: Collection[Match]) -> Work | None:
        """The work of a share that a submit hands in: as told with it, or that of its job, or else of the last job."""
        submits = [match for match in matches if match.event in _SUBMITS]
        if not submits:
            return self.current
        job = _job(submits)
        return _work(submits, None) or (self._jobs.get(job, self.current) if job else self.current)

    def close(self, ledger: WorkLedger, at_ns: int) -> None:
        """The flow has ended."""
        if self.mines:
            self.mines = False
            ledger.stop(at_ns)

    def _set(self, matches: Collection[Match]) -> None:
        if work := _work(matches, None):
            self._next = work
            self._difficulty = work.amount if work.scaled else None
            self._target = next((match.facts["target"] for match in matches if "target" in match.facts), None)

    def _issue(self, matches: Collection[Match], at_ns: int, ledger: WorkLedger) -> None:
        self.current = (
            _work(matches, self._difficulty) or _work_of_form(matches, self._target) or self._next or _initial(matches)
        )
        if job := _job(matches):
            self._jobs[job] = self.current
            self._jobs.move_to_end(job)
            if len(self._jobs) > MAX_JOBS:
                self._jobs.popitem(last=False)
                self._cuts.jobs += 1
        if self.current is not None and not self.mines:
            self.mines = True
            ledger.start(at_ns)

    def _hand_in(self, matches: Iterable[Match], at_ns: int, ledger: WorkLedger) -> None:
        """A channel's own extranonce goes before that of the connection."""
        told = (str(match.facts["extranonce"]) for match in matches if "extranonce" in match.facts)
        if extranonce := next(told, self._extranonce):
            ledger.hand_in(extranonce[:MAX_EXTRANONCE_CHARS], at_ns, at_ns)

    def _meet(self, match: Match, ledger: WorkLedger) -> None:
        """Count the rigs whose shares come over this connection: by their login, or by a name beside it."""
        for fact, known in self._rigs:
            name = match.facts.get(fact)
            if name is not None and name not in known and name not in DEFAULT_NAMES:
                self._tell_apart(str(name), known, ledger)

    def _tell_apart(self, name: str, known: set[str], ledger: WorkLedger) -> None:
        if len(known) >= MAX_NAMES:
            self._cuts.rigs += 1
            return
        known.add(name)
        ledger.meet(name, len(known))

    def _report(self, match: Match, ledger: WorkLedger) -> None:
        said = match.facts["hashrate"]
        is_hex = match.signature.evidence.dialect is Dialect.ETHEREUMSTRATUM_2 or str(said).startswith("0x")
        rate_hs = hex_number(said) if is_hex else number_of(said)
        if rate_hs and rate_hs <= MAX_RATE_HS:
            ledger.report(str(match.facts.get("worker", "")), float(rate_hs))


def _work(matches: Iterable[Match], difficulty: float | None) -> Work | None:
    """What the first of the matches that tells it says; several signatures may hold for one message."""
    for match in matches:
        session = match.signature.session
        if session is not None and ("target" in match.facts or "difficulty" in match.facts):
            work = work_of(session.form, match.facts, difficulty)
            if work is not None:
                return work
    return None


def _work_of_form(matches: Iterable[Match], target: Any) -> Work | None:
    """What the target set before stands for by the form that a job has."""
    if target is None:
        return None
    sessions = (match.signature.session for match in matches)
    form = next((one.form for one in sessions if one is not None and one.form is not None), None)
    return None if form is None else work_of(form, {"target": target})


def _initial(matches: Iterable[Match]) -> Work | None:
    """The work that a job stands for before any target was told."""
    sessions = (match.signature.session for match in matches)
    target = next((one.initial_target for one in sessions if one is not None and one.initial_target), None)
    return None if target is None else work_of(None, {"target": target})


def _is_sign(match: Match) -> bool:
    if match.event not in SIGNS:
        return False
    scope = match.signature.scope
    return scope is None or scope.direction is not _TO_SERVER


def _job(matches: Iterable[Match]) -> str | None:
    for match in matches:
        if "job" in match.facts:
            return str(match.facts["job"])[:MAX_JOB_CHARS]
    return None
