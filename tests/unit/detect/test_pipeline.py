"""Sessions and their statements: when they open, go on, change and close."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR

from sensor.detect.pipeline import DetectOptions, Pipeline
from sensor.engine.api import Candidate, CloseCause, DnsMessage, Event, FlowClosed, Reason, StreamChunk
from sensor.model.flow import Direction, Endpoint, FiveTuple, Traffic
from sensor.model.wire import MAX_LIST, Detection, SensorRef
from sensor.signature import SignatureSet, load

S = 1_000_000_000
POOL = Endpoint("198.51.100.20", 3333)
SUBSCRIBE = b'{"id":1,"method":"mining.subscribe","params":["cgminer/4.11.1"]}\n'
ZIP_SUBSCRIBE = b'{"id":1,"method":"mining.subscribe","params":["EWBF 0.3.4b",null,"eu1-zcash.example.org","3333"]}\n'
AUTHORIZE = b'{"id":2,"method":"mining.authorize","params":["acct.rig","x"]}\n'
APP_LOGIN = b'{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"me","pass":"secret"}}\n'
APP_OK = b'{"id":1,"jsonrpc":"2.0","result":{"status":"OK"},"error":null}\n'


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def flow(number: int, at_s: float, *said: tuple[Direction, bytes], miner: str = "192.0.2.10") -> list[Event]:
    """A whole flow, from candidate to close, its messages a second apart."""
    at_ns = int(at_s * S)
    five_tuple = FiveTuple(Endpoint(miner, 40_000 + number), POOL, "tcp")
    events: list[Event] = [Candidate(number, five_tuple, at_ns, at_ns, Reason.ANCHOR, "", handshake_seen=True)]
    for step, (direction, data) in enumerate(said, 1):
        events.append(StreamChunk(number, direction, at_ns + step * S, data, gap=False))
    end_ns = at_ns + (len(said) + 1) * S
    return [*events, FlowClosed(number, end_ns, CloseCause.FIN, Traffic(5, 4, 500, 400))]


def run(signatures: SignatureSet, events: Iterable[Event], **options: object) -> list[Detection]:
    pipeline = Pipeline(signatures, sensor=SensorRef(id="s"), options=DetectOptions(**options))  # type: ignore[arg-type]
    said = [one for event in events for one in pipeline.feed([event])]
    return said + pipeline.finish()


UP, DOWN = Direction.ORIG, Direction.RESP


def test_a_session_opens_with_its_first_message_and_closes_once(signatures: SignatureSet) -> None:
    said = run(signatures, flow(1, 0, (UP, SUBSCRIBE), (UP, AUTHORIZE)))
    assert [one.state for one in said] == ["opened", "closed"]
    assert said[0].detection_id == said[1].detection_id
    assert said[0].event_id != said[1].event_id
    assert (said[1].account, said[1].workers, said[1].agents) == ("acct", ["rig"], ["cgminer/4.11.1"])
    assert (said[1].traffic.packets_up, said[1].traffic.bytes_down) == (5, 400)


def test_a_reconnect_goes_on_with_the_session(signatures: SignatureSet) -> None:
    said = run(signatures, flow(1, 0, (UP, SUBSCRIBE)) + flow(2, 60, (UP, SUBSCRIBE)))
    assert [one.state for one in said] == ["opened", "closed"]
    assert said[-1].miner.ports_seen == [40_001, 40_002]


def test_a_session_of_more_flows_than_a_statement_lists(signatures: SignatureSet) -> None:
    said = run(signatures, [event for number in range(300) for event in flow(number, number, (UP, SUBSCRIBE))])
    assert [one.state for one in said] == ["opened", "closed"]
    assert said[-1].miner.ports_seen == list(range(40_000, 40_000 + MAX_LIST))


def test_a_session_that_rests_too_long_is_closed_and_a_new_one_opened(signatures: SignatureSet) -> None:
    said = run(signatures, flow(1, 0, (UP, SUBSCRIBE)) + flow(2, 5000, (UP, SUBSCRIBE)), session_idle_s=600)
    assert [one.state for one in said] == ["opened", "closed", "opened", "closed"]
    assert len({one.detection_id for one in said}) == 2


def test_a_long_session_is_stated_again(signatures: SignatureSet) -> None:
    said = run(signatures, flow(1, 0, *[(UP, SUBSCRIBE)] * 25), update_interval_s=10)
    assert [one.state for one in said] == ["opened", "updated", "updated", "closed"]


def test_the_same_packets_give_the_same_ids(signatures: SignatureSet) -> None:
    events = flow(1, 0, (UP, SUBSCRIBE), (UP, AUTHORIZE))
    assert run(signatures, events) == run(signatures, events)


def test_a_dialect_that_becomes_clear_later_keeps_the_session(signatures: SignatureSet) -> None:
    said = run(signatures, flow(1, 0, (UP, AUTHORIZE), (UP, ZIP_SUBSCRIBE)))
    assert {one.detection_id for one in said} == {said[0].detection_id}
    assert (said[0].dialect, said[-1].dialect) == ("stratum-v1", "zip-301")
    assert said[-1].pool.domain == "eu1-zcash.example.org"


def test_an_application_login_is_never_a_claim(signatures: SignatureSet) -> None:
    said = run(signatures, flow(1, 0, (UP, APP_LOGIN), (DOWN, APP_OK)))
    assert not any(one.verdict.is_claim for one in said)


def test_only_miners_in_the_home_networks_are_reported(signatures: SignatureSet) -> None:
    events = flow(1, 0, (UP, SUBSCRIBE)) + flow(2, 9, (UP, SUBSCRIBE), miner="203.0.113.9")
    said = run(signatures, events, home_networks=("203.0.113.0/24",))
    assert {one.miner.ip for one in said} == {"203.0.113.9"}


def test_open_sessions_are_bounded(signatures: SignatureSet) -> None:
    events = [
        event for number in range(30) for event in flow(number, number * 3, (UP, SUBSCRIBE), miner=f"192.0.2.{number}")
    ]
    pipeline = Pipeline(signatures, sensor=SensorRef(id="s"), options=DetectOptions(max_sessions=10))
    said = [one for event in events for one in pipeline.feed([event])]
    assert pipeline.evicted_sessions == 20
    assert sum(one.state == "closed" for one in said) == 20
    assert len(pipeline.finish()) == 10


def test_a_candidate_that_proves_nothing_is_dropped(signatures: SignatureSet) -> None:
    pipeline = Pipeline(signatures, sensor=SensorRef(id="s"))
    noise = flow(1, 0, *[(UP, b'{"log":"' + b"x" * 9000 + b'"}\n')] * 10)[:-1]
    assert [one for event in noise for one in pipeline.feed([event])] == []
    assert pipeline.take_drops() == [1]
    assert pipeline.finish() == []


DNS_ANSWER = bytes(
    DNS(qr=1, qd=DNSQR(qname="pool.supportxmr.com"), an=DNSRR(rrname="pool.supportxmr.com", rdata=POOL.ip, ttl=600))
)
VISIT = b"GET / HTTP/1.1\r\nHost: pool.supportxmr.com\r\n\r\n"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
OPAQUE = bytes(range(128, 256)) * 4


def learned(events: list[Event], after_s: float) -> list[Event]:
    """The same flow, preceded by a DNS answer that names its pool."""
    resolver = FiveTuple(Endpoint("192.0.2.10", 5353), Endpoint("192.0.2.53", 53), "udp")
    first = events[0]
    assert isinstance(first, Candidate)
    asked = DnsMessage(resolver, first.at_ns - int(after_s * S), DNS_ANSWER)
    return [asked, replace(first, reason=Reason.LEARNED), *events[1:]]


LEARNED = [
    ("opaque flow to an address that a pool's name answered with", (UP, OPAQUE), (DOWN, OPAQUE), 1, "suspected"),
    ("no payload at all", None, None, 1, "suspected"),
    ("the answer is older than its time to live", (UP, OPAQUE), (DOWN, OPAQUE), 4000, None),
    ("a visit to the pool's web site", (UP, VISIT), (DOWN, PAGE), 1, None),
    ("mining", (UP, SUBSCRIBE), None, 1, "confirmed"),
]


@pytest.mark.parametrize(
    ("first", "second", "after_s", "verdict"), [row[1:] for row in LEARNED], ids=[row[0] for row in LEARNED]
)
def test_learned_addresses(
    first: tuple[Direction, bytes] | None,
    second: tuple[Direction, bytes] | None,
    after_s: float,
    verdict: str | None,
    signatures: SignatureSet,
) -> None:
    said = [message for message in (first, second) if message]
    detections = run(signatures, learned(flow(1, 10_000, *said), after_s))
    assert [one.verdict for one in detections if one.state == "closed"] == ([verdict] if verdict else [])
    assert all(one.pool.domain == "pool.supportxmr.com" for one in detections)


def test_how_events_are_batched_changes_nothing(signatures: SignatureSet) -> None:
    events = flow(1, 0, (UP, SUBSCRIBE)) + flow(2, 5000, (UP, SUBSCRIBE)) + flow(3, 20_000, (UP, AUTHORIZE))
    whole = Pipeline(signatures, sensor=SensorRef(id="s"))
    assert whole.feed(events) + whole.finish() == run(signatures, events)
