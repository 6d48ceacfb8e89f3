"""Which listed name does a QUIC client ask for? Joins the packets of its hello; what comes after nobody can read."""

from __future__ import annotations

from collections.abc import Callable

from sensor.detect.flow import FlowTracker
from sensor.detect.recent import Recent
from sensor.dissect.quic import Handshake, read_initial
from sensor.engine.api import Candidate, QuicInitial, Reason
from sensor.model.cuts import TableCuts
from sensor.model.flow import FiveTuple
from sensor.signature import SignatureSet

MAX_OPEN = 4096
"""Hellos of which a part is still awaited."""
OPEN_NS = 10_000_000_000
"""The parts of one hello come within one round trip; a server that is silent is asked again for some seconds."""

MakeTracker = Callable[[Candidate], FlowTracker]


class QuicNames:
    """Hellos under way, by five-tuple. Bounded; what is given up is counted."""

    def __init__(self, cuts: TableCuts) -> None:
        self._cuts = cuts
        self._open: Recent[FiveTuple, Handshake] = Recent(MAX_OPEN, OPEN_NS, self._cut)

    def hear(self, event: QuicInitial, signatures: SignatureSet, make: MakeTracker) -> FlowTracker | None:
        """The flow, once its hello names a listed host; None for any other."""
        known = self._open.get(event.five_tuple, event.at_ns)
        handshake = known or Handshake()
        if not read_initial(event.payload, handshake):
            return None
        self._open.put(event.five_tuple, handshake, event.at_ns)
        hello = handshake.hello()
        if hello is None or hello.sni is None or signatures.name(hello.sni) is None:
            return None
        opened = Candidate(0, event.five_tuple, event.at_ns, event.at_ns, Reason.NAME, hello.sni, handshake_seen=False)
        tracker = make(opened)
        tracker.take_quic(hello, event.at_ns)
        return tracker if tracker.facts.classes else None

    def _cut(self) -> None:
        self._cuts.hellos += 1
