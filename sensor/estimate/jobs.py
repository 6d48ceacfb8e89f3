"""Which work does the next share stand for? Follows the targets and jobs of one flow."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from sensor.estimate.ledger import WorkLedger
from sensor.estimate.work import Work, hex_number, number_of, work_of
from sensor.model.wire import Dialect
from sensor.signature import Match, SessionEvent

MAX_JOBS = 64
"""Jobs whose target is remembered; the oldest goes first. A share of a forgotten job has the last job's work."""
MAX_JOB_CHARS = 128
MAX_RATE_HS = 1e24
SIGNS = frozenset(SessionEvent) - {SessionEvent.OTHER, SessionEvent.SUBSCRIBE, SessionEvent.LOGIN}
"""Events that show that mining goes on."""


class JobBook:
    """The targets and jobs of one flow. A new difficulty holds from the next job on."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Work | None] = OrderedDict()
        self._next: Work | None = None
        self._difficulty: float | None = None
        self._current: Work | None = None
        self.mines = False
        """True once a job with a known target was handed out, until :meth:`close`."""

    def hear(self, matches: Collection[Match], at_ns: int, ledger: WorkLedger) -> None:
        """Take in one message's matches, before its share is counted."""
        for match in matches:
            if match.event is SessionEvent.DIFFICULTY:
                self._set(match)
            elif match.event is SessionEvent.JOB:
                self._issue(match, at_ns, ledger)
            if "hashrate" in match.facts:
                self._report(match, ledger)
        if self.mines and any(match.event in SIGNS for match in matches):
            ledger.go_on(at_ns)

    def work_of(self, matches: Collection[Match]) -> Work | None:
        """The work of a share that a submit hands in: that of its job, or else of the last job."""
        job = next((_job(match) for match in matches if match.event is SessionEvent.SUBMIT), None)
        return self._jobs.get(job, self._current) if job else self._current

    def close(self, ledger: WorkLedger) -> None:
        """The flow has ended."""
        if self.mines:
            self.mines = False
            ledger.stop()

    def _set(self, match: Match) -> None:
        work = _work(match, None)
        if work is None:
            return
        self._next = work
        self._difficulty = work.amount if work.scaled else None

    def _issue(self, match: Match, at_ns: int, ledger: WorkLedger) -> None:
        self._current = _work(match, self._difficulty) or self._next
        if job := _job(match):
            self._jobs[job] = self._current
            self._jobs.move_to_end(job)
            if len(self._jobs) > MAX_JOBS:
                self._jobs.popitem(last=False)
        if self._current is not None and not self.mines:
            self.mines = True
            ledger.start(at_ns)

    def _report(self, match: Match, ledger: WorkLedger) -> None:
        said = match.facts["hashrate"]
        is_hex = match.signature.evidence.dialect is Dialect.ETHEREUMSTRATUM_2 or str(said).startswith("0x")
        rate_hs = hex_number(said) if is_hex else number_of(said)
        if rate_hs and rate_hs <= MAX_RATE_HS:
            ledger.report(str(match.facts.get("worker", "")), float(rate_hs))


def _work(match: Match, difficulty: float | None) -> Work | None:
    session = match.signature.session
    if session is None or not {"target", "difficulty"} & match.facts.keys():
        return None
    return work_of(session.form, match.facts, difficulty)


def _job(match: Match) -> str | None:
    job = match.facts.get("job")
    return None if job is None else str(job)[:MAX_JOB_CHARS]
