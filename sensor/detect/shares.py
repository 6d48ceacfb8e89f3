"""How many shares does a flow submit, and how many does the pool take? Submits matched with their answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

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
    """Remembers the submits of one flow that wait for an answer; the oldest is given up beyond the bound."""

    def __init__(self) -> None:
        self._open: OrderedDict[int, Any] = OrderedDict()
        self._spoke: set[Direction] = set()

    def note(self, observation: Observation, events: Collection[SessionEvent], shares: ShareCount) -> None:
        """Count one message into ``shares``. ``events`` are those of the signatures that matched it."""
        self._spoke.add(observation.direction)
        if SessionEvent.SUBMIT in events:
            shares.submitted += 1
            self._wait_for_answer(observation)
        elif observation.answers is not None and self._open.pop(observation.answers, MISSING) is not MISSING:
            if is_accepted(observation):
                shares.accepted += 1
            else:
                shares.rejected += 1
        elif SessionEvent.ACCEPTED in events and observation.direction.other not in self._spoke:
            shares.accepted += 1

    def _wait_for_answer(self, observation: Observation) -> None:
        if observation.get("jsonrpc.kind") == "request":
            self._open[observation.serial] = None
        if len(self._open) > MAX_OPEN_SUBMITS:
            self._open.popitem(last=False)


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
