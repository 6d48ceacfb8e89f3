"""How many bytes do followed flows and their sessions hold, and which flow makes room?"""

from __future__ import annotations

from collections import OrderedDict

from sensor.detect.flow import FlowTracker
from sensor.detect.session import MiningSession

WEIGH_EVERY_BYTES = 2_048
"""A flow is weighed anew when it read as much: what it holds grows by reading alone."""


class Room:
    """Sums the estimates of all flows and sessions, and knows the flows of no session by when they were heard last."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._loose: OrderedDict[int, None] = OrderedDict()
        """Flows without evidence, or of no miner of ours; the one that is silent longest comes first."""
        self.held_bytes = 0
        self.is_over = False
        """True while more is held than may be."""
        self.given_up_flows = 0
        """Flows given up because the others hold too much."""

    def enter(self, flow_id: int, tracker: FlowTracker) -> None:
        """A flow is followed from here on."""
        self._loose[flow_id] = None
        self.weigh(tracker, None)

    def hear(self, flow_id: int) -> None:
        """A flow of no session said something."""
        self._loose.move_to_end(flow_id)

    def weigh(self, tracker: FlowTracker, session: MiningSession | None) -> None:
        """Ask a flow and its session anew what they hold."""
        tracker.weigh_at = tracker.read_bytes + WEIGH_EVERY_BYTES
        held_bytes = tracker.held_bytes()
        self._add(held_bytes - tracker.weight_bytes)
        tracker.weight_bytes = held_bytes
        if session is not None:
            held_bytes = session.facts.held_bytes()
            self._add(held_bytes - session.weight_bytes)
            session.weight_bytes = held_bytes

    def join(self, flow_id: int, tracker: FlowTracker, session: MiningSession) -> None:
        """A flow is one of a session's."""
        self._loose.pop(flow_id, None)
        self.weigh(tracker, session)

    def leave(self, flow_id: int, tracker: FlowTracker) -> None:
        """A flow is not followed any longer."""
        self._loose.pop(flow_id, None)
        self._add(-tracker.weight_bytes)

    def forget(self, tracker: FlowTracker) -> None:
        """A flow of a session is not weighed by itself: nobody follows it."""
        self._add(-tracker.weight_bytes)
        tracker.weight_bytes = 0

    def close(self, session: MiningSession) -> None:
        """A session is over; its flows leave by themselves."""
        self._add(-session.weight_bytes)

    def longest_silent(self) -> int | None:
        """The flow of no session that was heard longest ago; None where there is none."""
        return next(iter(self._loose), None)

    def _add(self, new_bytes: int) -> None:
        self.held_bytes += new_bytes
        self.is_over = self.held_bytes > self._max
