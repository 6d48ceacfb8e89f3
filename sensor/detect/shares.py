"""How many shares does a flow submit, and how many does the pool take? Submits matched with their answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

from sensor.estimate.ledger import WorkLedger
from sensor.estimate.work import Work
from sensor.model.flow import Direction
from sensor.model.observation import MISSING, Observation
from sensor.signature import SessionEvent

MAX_OPEN_SUBMITS = 4096


@dataclass(slots=True)
class ShareCount:
    """Share submissions of a session, and the pool's answers."""

    submitted: int = 0
    accepted: int = 0
    rejected: int = 0

    def add(self, other: ShareCount) -> None:
        """Count another flow's shares in."""
        self.submitted += other.submitted
        self.accepted += other.accepted
        self.rejected += other.rejected


class ShareBook:
    """Remembers the submits of one flow that wait for an answer, and the work each stands for.

    The oldest is given up beyond the bound.
    """

    def __init__(self) -> None:
        self._open: OrderedDict[int, Work | None] = OrderedDict()
        self._spoke: set[Direction] = set()

    def note(
        self,
        observation: Observation,
        events: Collection[SessionEvent],
        shares: ShareCount,
        work: Work | None = None,
        ledger: WorkLedger | None = None,
    ) -> None:
        """Count one message into ``shares``, and the work of a share that was taken into ``ledger``.

        ``events`` are those of the signatures that matched the message; ``work`` is that of a share handed in now.
        """
        self._spoke.add(observation.direction)
        if SessionEvent.SUBMIT in events:
            shares.submitted += 1
            self._wait_for_answer(observation, work)
        elif (taken := self._is_taken(observation, events)) is not None:
            work = self._settle(observation, work)
            shares.accepted += taken
            shares.rejected += not taken
            if taken and ledger is not None:
                ledger.go_on(observation.at_ns)
                ledger.take(work, observation.at_ns)

    def _is_taken(self, observation: Observation, events: Collection[SessionEvent]) -> bool | None:
        """Does the message say that a share was taken, or refused? None when it speaks of no share."""
        if observation.answers is not None and observation.answers in self._open:
            return is_accepted(observation)
        is_word_alone = observation.direction.other not in self._spoke
        if is_word_alone or (self._open and observation.get("jsonrpc.kind") != "response"):
            told = [event is SessionEvent.ACCEPTED for event in _VERDICTS if event in events]
            return told[0] if told else None
        return None

    def _settle(self, observation: Observation, work: Work | None) -> Work | None:
        """The work of the share that a message is about: the one it answers, or else the one that waits longest."""
        if observation.answers is not None and observation.answers in self._open:
            return self._open.pop(observation.answers)
        return self._open.popitem(last=False)[1] if self._open else work

    def _wait_for_answer(self, observation: Observation, work: Work | None) -> None:
        self._open[observation.serial] = work
        if len(self._open) > MAX_OPEN_SUBMITS:
            self._open.popitem(last=False)


_VERDICTS = (SessionEvent.REJECTED, SessionEvent.ACCEPTED)


def is_accepted(observation: Observation) -> bool:
    """Does a pool's answer to a share take it? An error, ``false`` or a status other than OK does not."""
    result, error = observation.get("jsonrpc.result"), observation.get("jsonrpc.error")
    if error not in (None, [], MISSING):
        return False
    if isinstance(result, dict):
        return str(result.get("status", "OK")).upper() == "OK"
    if isinstance(result, list):
        return bool(result) and str(result[0]).lower() == "true"
    return result is not False and str(result).lower() != "false"
