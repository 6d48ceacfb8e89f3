"""Which listed name does a QUIC client ask for? Its hello tells; what comes after nobody can read."""

from __future__ import annotations

from collections.abc import Callable

from sensor.detect.flow import FlowTracker
from sensor.dissect.tls import hello_of
from sensor.engine.api import Candidate, QuicHello, Reason


def named_flow(event: QuicHello, make: Callable[[Candidate], FlowTracker]) -> FlowTracker | None:
    """The flow of a client that asks for a listed name; None where the name is not listed any more."""
    hello = hello_of(event.hello)
    if hello is None or hello.sni is None:
        return None
    opened = Candidate(0, event.five_tuple, event.at_ns, event.at_ns, Reason.NAME, hello.sni, handshake_seen=False)
    tracker = make(opened)
    tracker.take_quic(hello, event.at_ns)
    return tracker if tracker.facts.classes else None
