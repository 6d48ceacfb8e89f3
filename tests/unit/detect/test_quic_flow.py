"""What is made of a QUIC client's hello? A flow whose evidence is the name, or nothing."""

from __future__ import annotations

import pytest
from quic_kit import HELLO, named

from sensor.detect.flow import FlowTracker
from sensor.detect.names import LearnedNames
from sensor.detect.quic_names import named_flow
from sensor.engine.api import QuicHello
from sensor.model.flow import Endpoint, FiveTuple
from sensor.model.wire import EvidenceClass
from sensor.signature import SignatureSet, load

ENDS = FiveTuple(Endpoint("192.0.2.10", 50_000), Endpoint("198.51.100.7", 443), "udp")
LISTED = "supportxmr.com"
AT_NS = 1_790_000_000 * 10**9


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def heard(hello: bytes, signatures: SignatureSet) -> FlowTracker | None:
    learned = LearnedNames(signatures, max_entries=10, min_ttl_s=1, max_ttl_s=10)
    return named_flow(QuicHello(ENDS, AT_NS, hello), lambda opened: FlowTracker(opened, signatures, learned, None))


def test_a_listed_name(signatures: SignatureSet) -> None:
    flow = heard(named(LISTED.encode()), signatures)
    assert flow is not None
    assert (flow.miner_end, flow.pool_end) == (ENDS.orig, ENDS.resp)
    facts = flow.facts
    assert (facts.l4, facts.sni, facts.ja4, facts.first_ns) == ("udp", LISTED, None, AT_NS)
    assert facts.classes == {EvidenceClass.INDICATOR}


@pytest.mark.parametrize(
    "hello",
    [
        pytest.param(HELLO, id="not listed, or not any more"),
        pytest.param(
            named(LISTED.encode()).replace(b"\0\0\0\x13\0\x11\0\0\x0e", b"\x7a\x7a\0\x13\0\x11\0\0\x0e"), id="no name"
        ),
        pytest.param(named(LISTED.encode())[:-1], id="cut short"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_none(hello: bytes, signatures: SignatureSet) -> None:
    assert heard(hello, signatures) is None
