"""Do flows begin, become candidates and end when they should?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engine_kit import (
    ACK,
    CLIENT,
    CLIENT6,
    FIN,
    RST,
    SERVER,
    SERVER6,
    SYN,
    Source,
    Talk,
    client_hello,
    ether,
    frame,
    ip4,
    program,
    run,
    udp,
)

from sensor.engine.api import AddressEntry, CloseCause, Limits, Reason
from sensor.engine.portable import PortableEngine
from sensor.model.errors import EngineError
from sensor.model.flow import Direction

M = b'"mining.'
HTTP = b"GET / HTTP/1.1\r\nHost: Eu.Pool.Example.ORG:8080\r\n\r\n"


POOL = {"name_suffixes": frozenset({"pool.example.org"})}


@pytest.mark.parametrize(
    ("talk", "causes"),
    [
        pytest.param(
            lambda: Talk().handshake().up(M).up(flags=FIN | ACK, at=9).down(flags=FIN | ACK).up(at=10),
            ["fin"],
            id="fin",
        ),
        pytest.param(lambda: Talk().up(M).up(flags=FIN | ACK, at=9), ["fin"], id="fin-one-sided"),
        pytest.param(lambda: Talk().handshake().up(M).up(flags=FIN | ACK, at=9).down(b"x"), ["end"], id="half-closed"),
        pytest.param(lambda: Talk().handshake().up(M).down(flags=RST), ["rst"], id="rst"),
        pytest.param(
            lambda: Talk().handshake().up(M).down(flags=RST).up(M).wait(1).up(M, at=9), ["rst"], id="late-after-rst"
        ),
        pytest.param(lambda: Talk().handshake().up(M).wait(901).up(b"x", at=9), ["idle"], id="idle"),
        pytest.param(
            lambda: Talk(at_s=2000).handshake().up(M).wait(-1500).up(b"x", at=9), ["idle"], id="clock-stepped-back"
        ),
        pytest.param(lambda: Talk().handshake().up(M), ["end"], id="end"),
        pytest.param(lambda: reused(Talk().handshake().up(M)), ["reused", "end"], id="reused-by-syn"),
        pytest.param(lambda: reused(Talk().up(M)), ["reused", "end"], id="mid-stream-reused-by-syn"),
        pytest.param(lambda: reused(Talk().down(M)), ["reused", "end"], id="server-only-reused-by-syn"),
        pytest.param(lambda: reused(Talk().handshake().up(M).down(flags=RST)), ["rst", "end"], id="reused-after-rst"),
        pytest.param(
            lambda: Talk().handshake().up(M).down(flags=RST).handshake().up(M),
            ["rst", "end"],
            id="same-numbers-after-rst",
        ),
        pytest.param(
            lambda: Talk().handshake().up(M).up(flags=FIN | ACK, at=9).down(flags=FIN | ACK).wait(7).up(M, at=9),
            ["fin", "end"],
            id="late-beyond-the-linger",
        ),
        pytest.param(
            lambda: Talk().handshake().up(M).down(flags=SYN | ACK, at=-7), ["end"], id="server-changes-its-number"
        ),
        pytest.param(lambda: Talk().down(M, flags=SYN, at=0).up(flags=SYN, at=0), ["end"], id="simultaneous-open"),
        pytest.param(lambda: Talk().handshake().handshake().up(M), ["end"], id="syn-repeated"),
        pytest.param(lambda: Talk().up(M).up(flags=SYN, at=0), ["end"], id="syn-late"),
    ],
)
def test_flows_end(talk: Callable[[], Talk], causes: list[str]) -> None:
    outcome = run(program(M), talk().frames)
    assert [event.cause for event in outcome.closed] == causes
    assert len({event.flow_id for event in outcome.closed}) == len(causes)
    assert (outcome.counters.flows_live, outcome.counters.held_bytes) == (0, 0)


def reused(talk: Talk) -> Talk:
    talk.client_isn, talk.server_isn = 500_000, 700_000
    return talk.handshake().up(M)


@pytest.mark.parametrize(
    ("talk", "seen"),
    [
        pytest.param(lambda: Talk().handshake().up(M), True, id="handshake"),
        pytest.param(lambda: Talk().up(M), False, id="mid-stream"),
        pytest.param(lambda: Talk().down(flags=SYN | ACK, at=0, ack=1).up(M), False, id="server-first"),
    ],
)
def test_who_opened_is_told(talk: Callable[[], Talk], seen: bool) -> None:
    assert run(program(M), talk().frames).candidates[0].handshake_seen is seen


def test_who_opened_is_told_of_a_listed_address_too() -> None:
    what = program(addresses=(AddressEntry(SERVER[0]),))
    assert run(what, Talk().handshake().frames).candidates[0].handshake_seen
    assert not run(what, Talk().up().frames).candidates[0].handshake_seen


def test_a_client_that_opens_anew_is_the_client() -> None:
    again = run(program(M), reused(Talk().down(M)).frames).candidates[1]
    assert (again.five_tuple.orig.port, again.handshake_seen) == (CLIENT[1], True)


def test_a_reset_begins_no_flow() -> None:
    assert run(program(M), Talk().up(flags=RST).down(flags=RST | ACK).frames).counters.flows == 0


def test_traffic_counts_ip_bytes_of_both_directions() -> None:
    outcome = run(program(M), Talk().handshake().up(M).down(b"ok").frames)
    traffic = outcome.closed[0].traffic
    assert (traffic.packets_orig, traffic.packets_resp) == (3, 2)
    assert (traffic.bytes_orig, traffic.bytes_resp) == (3 * 40 + 8, 2 * 40 + 2)


@pytest.mark.parametrize(
    ("parts", "talk", "reason", "detail"),
    [
        pytest.param({}, lambda: Talk().up(b"x" + M), Reason.ANCHOR, '"mining.', id="anchor"),
        pytest.param({}, lambda: Talk().up(b"\x16\x03\x05" + M), Reason.ANCHOR, '"mining.', id="no-version-of-tls"),
        pytest.param({}, lambda: Talk().up(b"\x16\x03\x01").down(M), Reason.ANCHOR, '"mining.', id="tls-one-way"),
        pytest.param(POOL, lambda: Talk().handshake().up(HTTP), Reason.NAME, "eu.pool.example.org", id="http-host"),
        pytest.param(
            POOL, lambda: Talk().up(HTTP[:20]).up(HTTP[20:], at=21), Reason.NAME, "eu.pool.example.org", id="http-split"
        ),
        pytest.param(
            POOL, lambda: Talk().up(client_hello(b"EU.pool.example.org")), Reason.NAME, "eu.pool.example.org", id="sni"
        ),
        pytest.param(
            POOL,
            lambda: Talk().up(client_hello(b"pool.example.org")[:30]).up(client_hello(b"pool.example.org")[30:], at=31),
            Reason.NAME,
            "pool.example.org",
            id="sni-split",
        ),
        pytest.param(
            {"names": frozenset({"eu.pool.example.org"})},
            lambda: Talk().up(HTTP),
            Reason.NAME,
            "eu.pool.example.org",
            id="exact",
        ),
        pytest.param(
            {"addresses": (AddressEntry(SERVER[0]),)}, lambda: Talk().up(), Reason.ADDRESS, SERVER[0], id="address"
        ),
        pytest.param(
            {"addresses": (AddressEntry("198.51.100.0/24", frozenset({3333})),)},
            lambda: Talk().down(b"x"),
            Reason.ADDRESS,
            "198.51.100.0/24",
            id="network-and-port",
        ),
        pytest.param(
            {"addresses": (AddressEntry("2001:db8::20/128"),)},
            lambda: Talk(client=CLIENT6, server=SERVER6).up(),
            Reason.ADDRESS,
            "2001:db8::20/128",
            id="ipv6",
        ),
        pytest.param(
            {
                "addresses": (
                    AddressEntry("198.51.0.0/16"),
                    AddressEntry("198.51.100.20/32"),
                    AddressEntry("198.51.100.0/24"),
                )
            },
            lambda: Talk().up(),
            Reason.ADDRESS,
            "198.51.100.20/32",
            id="the-narrowest-network",
        ),
        pytest.param(
            {"addresses": (AddressEntry("198.51.100.0/24"), AddressEntry("198.51.100.20", frozenset({1})))},
            lambda: Talk().up(),
            Reason.ADDRESS,
            "198.51.100.0/24",
            id="a-wider-network-when-the-port-differs",
        ),
    ],
)
def test_candidates(parts: dict[str, object], talk: Callable[[], Talk], reason: Reason, detail: str) -> None:
    outcome = run(program(M, **parts), talk().frames)
    assert [(event.reason, event.detail) for event in outcome.candidates] == [(reason, detail)]
    assert outcome.counters.candidates == 1


@pytest.mark.parametrize(
    ("parts", "talk"),
    [
        pytest.param({"names": frozenset({"pool.example.org"})}, lambda: Talk().up(HTTP), id="exact-name-not-below"),
        pytest.param(
            {"name_suffixes": frozenset({"ool.example.org"})}, lambda: Talk().up(HTTP), id="suffix-on-label-boundary"
        ),
        pytest.param(POOL, lambda: Talk().up(b"x" + HTTP), id="not-at-the-start"),
        pytest.param(
            POOL, lambda: Talk().handshake().up(HTTP[:20]).up(HTTP[21:], at=22).down(ack=90), id="across-a-gap"
        ),
        pytest.param(
            {"addresses": (AddressEntry(SERVER[0], frozenset({4444})),)}, lambda: Talk().up(), id="address-other-port"
        ),
        pytest.param({"addresses": (AddressEntry("198.51.101.0/24"),)}, lambda: Talk().up(), id="network-beside"),
        pytest.param({}, lambda: Talk().up(b"\x17\x03\x03\0\x20" + M), id="in-a-tls-record"),
        pytest.param({}, lambda: Talk().up(client_hello(b"other.test")).up(M, at=90), id="after-a-client-hello"),
    ],
)
def test_no_candidates(parts: dict[str, object], talk: Callable[[], Talk]) -> None:
    assert not run(program(M, **parts), talk().frames).candidates


def test_no_anchors_at_all_find_nothing() -> None:
    assert not run(program(), Talk().up(M).frames).candidates


def test_a_program_address_that_is_none_stops_the_start() -> None:
    with pytest.raises(EngineError, match=r"198\.51\.100\.7/24.*CIDR"):
        PortableEngine().open(program(addresses=(AddressEntry("198.51.100.7/24"),)), Source([]))


def test_a_udp_flow_to_a_listed_address_is_followed_without_a_stream() -> None:
    packet = ether(0x0800, ip4(SERVER[0], CLIENT[0], 17, udp(4444, 5555, b"data")))
    frames = [frame(packet, at_s=at_s) for at_s in (0, 1)]
    outcome = run(program(M, addresses=(AddressEntry(SERVER[0]),)), frames)
    assert [event.five_tuple.l4 for event in outcome.candidates] == ["udp"]
    assert (outcome.chunks, outcome.closed[0].traffic.packets_orig) == ([], 2)


@pytest.mark.parametrize(
    ("limits", "followed", "evicted"),
    [
        pytest.param(Limits(max_flows=2), [1, 2, 3], 1, id="all-fit-in-turn"),
        pytest.param(Limits(max_followed=1), [1], 0, id="one-followed"),
    ],
)
def test_bounds_on_flows(limits: Limits, followed: list[int], evicted: int) -> None:
    frames = [Talk(client=("192.0.2.10", port), at_s=port / 1000).up(M).frames[0] for port in (1000, 2000, 3000)]
    outcome = run(program(M, limits=limits), frames)
    assert [event.flow_id for event in outcome.candidates] == followed
    assert outcome.counters.candidates == 3
    assert outcome.counters.unfollowed_candidates == 3 - len(followed)
    assert outcome.counters.evicted_flows == evicted


def test_flows_that_are_not_followed_are_evicted_first() -> None:
    followed, plain, third = (Talk(client=("192.0.2.10", port)) for port in (1, 2, 3))
    frames = followed.up(M).frames + plain.up(b"x").frames + third.up(b"x").frames + followed.up(b"y", at=9).frames[1:]
    outcome = run(program(M, limits=Limits(max_flows=2)), frames)
    assert outcome.stream() == M + b"y"
    assert [event.cause for event in outcome.closed] == [CloseCause.END]


def test_the_flow_longest_unseen_is_evicted() -> None:
    one, two, three = (Talk(client=("192.0.2.10", port)) for port in (1, 2, 3))
    frames = one.up(b"aa").frames + two.up(b"b").frames + one.up(b"c", at=3).frames[1:] + three.up(b"d").frames
    outcome = run(program(M, limits=Limits(max_flows=2)), [*frames, *one.up(M, at=4).frames[2:]])
    assert outcome.stream() == b"aac" + M
    for talk in (one, two, three):
        talk.frames.clear()
    frames = one.up(M).frames + two.up(M).frames + one.up(b"c", at=9).frames[1:] + three.up(M).frames
    outcome = run(program(M, limits=Limits(max_flows=2)), frames)
    assert [(event.flow_id, event.cause) for event in outcome.closed] == [(2, "evicted"), (1, "end"), (3, "end")]


def test_a_long_flow_is_reported_at_every_active_timeout() -> None:
    talk = Talk().handshake().up(M)
    for index in range(10):
        talk.wait(60).up(b"x", at=9 + index)
    outcome = run(program(M, limits=Limits(active_timeout_s=150)), talk.frames)
    assert [event.traffic.packets_orig for event in outcome.updated] == [5, 8, 11]


def test_a_dropped_flow_is_closed_and_stays_quiet() -> None:
    talk = Talk().handshake().up(M).up(M, at=9)
    session = PortableEngine().open(program(M), Source(talk.frames))
    first = session.read(4)
    assert first is not None and first[0].flow_id == 1  # type: ignore[union-attr]
    session.drop(1)
    session.drop(99)
    rest = session.read()
    assert rest is not None
    assert [event.cause for event in rest] == [CloseCause.DROPPED]  # type: ignore[union-attr]
    assert session.read() is None
    assert session.read() is None


@pytest.mark.parametrize("batch", [1, 3, 4096])
def test_the_size_of_a_batch_does_not_matter(batch: int) -> None:
    frames = Talk().handshake().up(M).down(b"a").wait(1000).up(b"x", at=9).frames
    assert run(program(M), frames, batch).events == run(program(M), frames).events


def test_counters_of_what_gave_no_segment() -> None:
    broken, other, part = (
        frame(ether(0x0800, b"\x40")),
        frame(ether(0x0806, bytes(28))),
        frame(ether(0x0800, ip4("192.0.2.1", "192.0.2.2", 6, bytes(20), fragment=0x2000))),
    )
    counters = run(program(M), [broken, other, part]).counters
    assert (counters.packets, counters.undecoded_packets, counters.fragments, counters.flows) == (3, 1, 1, 0)
    assert counters.bytes == 15 + 42 + 54


def test_ipv6_streams() -> None:
    outcome = run(program(M), Talk(client=CLIENT6, server=SERVER6).handshake().up(M).down(b"ok").frames)
    assert str(outcome.candidates[0].five_tuple.orig) == "[2001:db8::10]:40000"
    assert (outcome.stream(), outcome.stream(Direction.RESP)) == (M, b"ok")
