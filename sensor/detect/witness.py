"""Who may look on while a capture is read? What an onlooker is told of messages and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sensor.detect.session import MiningSession
from sensor.estimate.work import Work
from sensor.model.flow import FiveTuple
from sensor.model.observation import Observation
from sensor.model.wire import Detection
from sensor.signature import Match


class Witness(Protocol):
    """Told of everything a verdict rests on; changes nothing."""

    def message(
        self, five_tuple: FiveTuple, observation: Observation, matches: Sequence[Match], work: Work | None
    ) -> None:
        """One dissected message with the signatures that hold for it. ``work`` is what a share handed in now
        would stand for, None while that is not known."""

    def closed(self, session: MiningSession, detection: Detection) -> None:
        """The last statement about a session."""
