"""Is a flow that nobody can read told of only where something independent speaks for it, and once as one session?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from opaque_kit import model
from scapy.layers.dns import DNS, DNSQR, DNSRR

from sensor.behaviour.record import Behaviour
from sensor.behaviour.score import Scorer
from sensor.detect.pipeline import DetectOptions, Pipeline
from sensor.engine.api import Candidate, CloseCause, DnsMessage, Event, FlowBehaviour, FlowClosed, Reason, StreamChunk
from sensor.model.flow import Direction, Endpoint, FiveTuple, Traffic
from sensor.model.wire import Detection, SensorRef
from sensor.signature import load

S = 10**9
SIGNATURES = load()
MINER, SERVER = "192.0.2.10", Endpoint("198.51.100.7", 443)
LISTED = "pool.supportxmr.com"
LISTED_ADDRESS = Endpoint("104.140.201.42", 5555)
SUBSCRIBE = b'{"id":1,"method":"mining.subscribe","params":["cgminer/4.11.1"]}\n'
PAIR = bytes([40, 10, 40 | 0x80, 2])
"""An ask, and its answer."""


def behaves(flow_id: int, at_s: float, server: Endpoint = SERVER, miner: str = MINER, packets: int = 10) -> Event:
    five_tuple = FiveTuple(Endpoint(miner, 40_000 + flow_id), server, "tcp")
    record = Behaviour(PAIR * 16, 32, Direction.RESP)
    traffic = Traffic(packets, packets, 100 * packets, 200 * packets)
    return FlowBehaviour(flow_id, five_tuple, 0, round(at_s * S), True, traffic, record)


def spoke(flow_id: int, at_s: float, server: Endpoint = SERVER, miner: str = MINER) -> list[Event]:
    five_tuple = FiveTuple(Endpoint(miner, 50_000 + flow_id), server, "tcp")
    at_ns = round(at_s * S)
    return [
        Candidate(flow_id, five_tuple, at_ns, at_ns, Reason.ANCHOR, "", handshake_seen=True),
        StreamChunk(flow_id, Direction.ORIG, at_ns, SUBSCRIBE, gap=False),
        FlowClosed(flow_id, at_ns + S, CloseCause.FIN, Traffic(5, 5, 500, 500)),
    ]


def lookup(name: str, ip: str | None, client: str = MINER) -> Event:
    """A question, or the answer to it."""
    question, resolver, asker = DNSQR(qname=name), Endpoint("192.0.2.53", 53), Endpoint(client, 40_000)
    if ip is None:
        return DnsMessage(FiveTuple(asker, resolver, "udp"), 0, bytes(DNS(qd=question)))
    answer = DNS(qr=1, qd=question, an=DNSRR(rrname=name, rdata=ip, ttl=3600))
    return DnsMessage(FiveTuple(resolver, asker, "udp"), 0, bytes(answer))


def run(events: Iterable[Event], base: float | None = 5.0, **options: Any) -> list[Detection]:
    scorer = Scorer(model(base)) if base is not None else None
    pipeline = Pipeline(SIGNATURES, sensor=SensorRef(id="s"), options=DetectOptions(**options), scorer=scorer)
    return pipeline.feed(events) + pipeline.finish()


def of_flow(found: list[Detection]) -> list[tuple[str, str, list[str]]]:
    """State, verdict and evidence of what was told of the flow itself."""
    return [
        (one.state, one.verdict, [row.signature for row in one.evidence if row.evidence_class != "protocol"])
        for one in found
        if one.dialect is None
    ]


@pytest.mark.parametrize(
    ("before", "server", "told"),
    [
        ([], SERVER, None),
        ([lookup(LISTED, SERVER.ip)], SERVER, ("probable", {"behaviour", "public_pools"})),
        ([], LISTED_ADDRESS, ("probable", {"behaviour", "pool_addresses"})),
        ([lookup("donate.v2.xmrig.com", None)], SERVER, ("probable", {"behaviour", "fee"})),
        ([lookup("donate.v2.xmrig.com", None, "192.0.2.11")], SERVER, None),
        (spoke(7, 10), SERVER, ("confirmed", {"behaviour", "spoke-server", "spoke-miner", "cluster"})),
        (spoke(7, 10, miner="192.0.2.77"), SERVER, ("confirmed", {"behaviour", "spoke-server", "cluster"})),
        (spoke(7, 10, Endpoint("203.0.113.9", 3333)), SERVER, ("probable", {"behaviour", "spoke-miner"})),
        (spoke(7, 10, Endpoint("203.0.113.9", 3333), "192.0.2.77"), SERVER, None),
        (
            [behaves(number, at_s, miner=f"192.0.2.{number}") for at_s in (100, 250) for number in (50, 51)],
            SERVER,
            None,
        ),
    ],
    ids=[
        "behaviour alone",
        "a learned name",
        "a listed address",
        "the host asked for a fee host",
        "another host did",
        "host and server spoke in the clear",
        "the server spoke to somebody else",
        "the host mines elsewhere",
        "strangers spoke elsewhere",
        "two others, out of step",
    ],
)
def test_what_speaks_for_a_flow(before: list[Event], server: Endpoint, told: tuple[str, set[str]] | None) -> None:
    found = of_flow(run([*before, behaves(1, 300, server)]))
    if told is None:
        assert not found
    else:
        assert [state for state, _, _ in found] == ["opened", "closed"]
        assert {verdict for _, verdict, _ in found} == {told[0]}
        assert set(found[-1][2]) == told[1]


def test_records_of_one_session_count_together_and_those_of_another_do_not() -> None:
    scorer = Scorer(model(4.0, doubt=1.0).model_copy(update={"threshold": 0.95, "leaning": 0.9}))
    for _ in range(2):
        pipeline = Pipeline(SIGNATURES, sensor=SensorRef(id="s"), scorer=scorer)
        assert not pipeline.feed([behaves(1, 150, LISTED_ADDRESS)])
        (found,) = of_flow(pipeline.feed([behaves(1, 300, LISTED_ADDRESS)]))
        assert found[1] == "probable"


@pytest.mark.parametrize(
    ("before", "server", "told"),
    [
        ([], SERVER, None),
        ([lookup(LISTED, SERVER.ip)], SERVER, {"behaviour", "public_pools"}),
        ([], LISTED_ADDRESS, {"behaviour", "pool_addresses"}),
        (spoke(7, 10, miner="192.0.2.77"), SERVER, {"behaviour", "spoke-server", "cluster"}),
        ([lookup("donate.v2.xmrig.com", None)], SERVER, None),
        (spoke(7, 10, Endpoint("203.0.113.9", 3333)), SERVER, None),
        (
            [behaves(number, at_s, miner=f"192.0.2.{number}") for at_s in (100, 250) for number in (10, 50, 51)],
            SERVER,
            None,
        ),
    ],
    ids=[
        "behaviour alone",
        "a learned name",
        "a listed address",
        "the server spoke to somebody else",
        "the host asked for a fee host",
        "the host mines elsewhere",
        "hosts in step",
    ],
)
def test_what_only_leans_needs_something_about_the_server(
    before: list[Event], server: Endpoint, told: set[str] | None
) -> None:
    found = of_flow(run([*before, behaves(1, 300, server)], base=-1.0))
    assert [set(signatures) for _, _, signatures in found][-1:] == ([told] if told else [])


def test_three_hosts_in_step_twice() -> None:
    events = [
        behaves(number, at_s + number / 1000, miner=f"192.0.2.{number}") for at_s in (100, 250) for number in range(3)
    ]
    found = run(events)
    assert {one.miner.ip for one in found} == {"192.0.2.2"}
    later = run([*events, *(behaves(number, 400, miner=f"192.0.2.{number}") for number in range(3))])
    assert {one.miner.ip for one in later} == {"192.0.2.0", "192.0.2.1", "192.0.2.2"}


def test_words_are_told_in_both_languages() -> None:
    (said,) = [one for one in run([*spoke(7, 10), behaves(1, 300)]) if one.dialect is None and one.state == "closed"]
    excerpts = {row.signature: row.excerpt for row in said.evidence}
    assert all(" · " in excerpt for excerpt in excerpts.values())
    assert "test@" in excerpts["behaviour"]


@pytest.mark.parametrize(
    ("options", "base", "is_told"),
    [
        ({}, 5.0, True),
        ({}, -5.0, False),
        ({}, None, False),
        ({"home_networks": ("192.0.2.0/24",)}, 5.0, True),
        ({"home_networks": ("10.0.0.0/8",)}, 5.0, False),
        ({"probers": ("192.0.2.10/32",)}, 5.0, False),
    ],
    ids=["suspect", "does not behave so", "no model", "ours", "not ours", "our own verification"],
)
def test_whose_flows_are_told_of(options: dict[str, Any], base: float | None, is_told: bool) -> None:
    found = run([lookup(LISTED, SERVER.ip), behaves(1, 300)], base, **options)
    assert bool(found) is is_told


def test_a_flow_is_one_session_and_its_traffic_is_counted_once() -> None:
    events = [behaves(1, 300 + 150 * number, packets=10 + number) for number in range(20)]
    found = run([lookup(LISTED, SERVER.ip), *events], update_interval_s=600.0)
    assert len({one.detection_id for one in found}) == 1
    assert {one.state for one in found} == {"opened", "updated", "closed"}
    assert (found[-1].traffic.packets_up, found[-1].traffic.bytes_down) == (29, 5800)


def test_a_session_that_rests_is_closed_and_a_name_learned_long_ago_opens_none() -> None:
    found = run(
        [lookup(LISTED, SERVER.ip), behaves(1, 300), behaves(2, 9000, Endpoint("203.0.113.1", 1)), behaves(1, 9001)]
    )
    assert [one.state for one in found] == ["opened", "closed"]


def test_the_same_packets_give_the_same_ids() -> None:
    events = [lookup(LISTED, SERVER.ip), behaves(1, 300)]
    assert [one.event_id for one in run(events)] == [one.event_id for one in run(events)]
