"""Do both engines hear the same of QUIC clients, and is a listed name that they ask for told of, and no other?"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parity_kit import Memory, account
from quic_kit import CONNECTION_ID, HELLO, RFC_9001_A2, V1, V2, crypto, named, protect
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from sensor.capture import open_capture
from sensor.detect.pipeline import Pipeline, build_program
from sensor.detect.run import statements
from sensor.dissect.tls import hello_of
from sensor.engine.api import Engine, Frame, Limits, Program, QuicHello
from sensor.engine.portable import PortableEngine
from sensor.model.wire import Detection, SensorRef
from sensor.signature import SignatureSet, load
from sensor.simulate.pcap import write_pcap

LISTED = b"supportxmr.com"


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def _capture(path: Path, datagrams: list[bytes], port: int = 443) -> str:
    def rows() -> Iterator[tuple[int, bytes]]:
        for number, data in enumerate(datagrams):
            frame = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src="192.0.2.10", dst="198.51.100.7")
            yield 1_790_000_000 * 10**9 + number * 10**6, bytes(frame / UDP(sport=50_000, dport=port) / data)

    write_pcap(path, rows())
    return str(path)


def _run(engine: Engine, path: str, signatures: SignatureSet) -> tuple[list[Detection], list[int]]:
    pipeline = Pipeline(signatures, sensor=SensorRef(id="s"))
    session = engine.open(build_program(signatures), open_capture(path))
    said = [one for batch in statements(session, pipeline) for one in batch]
    return said, [session.counters.quic_initials, session.counters.quic_hellos]


LISTED_HELLO = named(LISTED)
HALVES = crypto(0, LISTED_HELLO[:100]), crypto(100, LISTED_HELLO[100:])
CASES: dict[str, tuple[list[bytes], list[int], bool]] = {
    "listed": ([protect(crypto(0, LISTED_HELLO))], [1, 1], True),
    "version 2": ([protect(crypto(0, LISTED_HELLO), V2)], [1, 1], True),
    "over two packets": ([protect(HALVES[1]), protect(HALVES[0], connection_id=b"\x83" * 8)], [2, 0], False),
    "over two packets of one connection": ([protect(HALVES[1]), protect(HALVES[0])], [2, 1], True),
    "two packets in one datagram": ([protect(HALVES[1], size=600) + protect(HALVES[0], size=600)], [1, 1], True),
    "another name": ([RFC_9001_A2], [1, 1], False),
    "not to be decrypted": ([RFC_9001_A2[:700] + bytes(500)], [1, 0], False),
    "short": ([RFC_9001_A2[:900]], [0, 0], False),
}


@pytest.mark.parametrize("case", CASES)
def test_names_of_quic_clients(
    case: str, native: Callable[[], Engine], signatures: SignatureSet, tmp_path: Path
) -> None:
    datagrams, counts, is_found = CASES[case]
    path = _capture(tmp_path / "quic.pcap", datagrams)
    results = [_run(engine, path, signatures) for engine in (native(), PortableEngine())]
    assert results[0] == results[1]
    said, counted = results[0]
    assert counted == counts
    assert {(one.verdict.value, one.transport.l4, one.pool.domain) for one in said} == (
        {("suspected", "udp", LISTED.decode())} if is_found else set()
    )


ANY_NAME = Program("any", (), frozenset({"com", "social", "localhost", "1"}), frozenset(), ())
"""Every name below these, which takes in the address that one capture's client asks for."""


@pytest.mark.parametrize(
    ("name", "servers"),
    [
        ("nDPI__quic_frags_ch_in_multiple_packets.pcapng", set()),
        ("nDPI__quic_frags_different_dcid.pcapng", {"cdnjs.cloudflare.com"}),
        ("nDPI__quic_crypto_aes_auth_size.pcap", {"app-analytics-v2.snapchat.com", "gcp.api.snapchat.com"}),
        ("nDPI__quic_0RTT.pcap", {"ssl.gstatic.com"}),
        ("nDPI__youtube_quic.pcap", set()),
        ("retina__traces__quic_retry.pcapng", {"127.0.0.1"}),
        ("suricata-verify__quic-frag-unordered__input.pcap", {"mastodon.social"}),
        ("tcpdump__quic_retry.pcap", {"localhost"}),
        ("zeek__quic__firefox-102.13.0esr-blog-cloudflare-com.pcap", {"blog.cloudflare.com"}),
        ("zeek__quic__quic-39264-rand.pcap", {"tr6.snapchat.com"}),
        ("zeek__quic__quicv2-echo-443.pcap", {"localhost"}),
    ],
)
def test_real_captures(native: Callable[[], Engine], shared: Path, name: str, servers: set[str]) -> None:
    """The names that tshark reads in these captures, but for drafts of the protocol."""
    path = str(shared / "captures" / "benign" / name)
    accounts = [account(engine, ANY_NAME, open_capture(path)) for engine in (native(), PortableEngine())]
    assert accounts[0] == accounts[1]
    hellos = [hello_of(event.hello) for event in accounts[0].named if isinstance(event, QuicHello)]
    assert {hello.sni for hello in hellos if hello} == servers


TIGHT = Limits(max_quic_per_s=6, max_quic_named_per_s=2, max_quic_hellos=2, max_quic_bytes=1300, quic_timeout_s=3.0)
RANDOM = dataclasses.replace(ANY_NAME, limits=TIGHT)
IDS = (CONNECTION_ID, CONNECTION_ID, CONNECTION_ID, b"another!", b"short")
SPANS = ((0, 90), (0, 90), (90, len(HELLO)), (90, len(HELLO)), (0, len(HELLO)), (3, 200), (0, 0))
BESIDE = (b"", b"", b"\x01", b"\x02\x05\x00\x01\x00\x00\x00")
"""PING, and an ACK."""
PAUSES_NS = (0, 0, 10**6, 10**6, 10**9, 4 * 10**9, -(10**9))


@st.composite
def datagrams(draw: st.DrawFn) -> list[Frame]:
    """What clients of three ports send: parts of hellos under their own ids and others, sometimes two in a datagram,
    sometimes altered; with pauses, and steps back of the clock."""
    at_ns, held = 10**18, []
    for _ in range(draw(st.integers(8, 16))):
        at_ns += draw(st.sampled_from(PAUSES_NS))
        data = bytearray(_datagram(draw))
        if draw(st.integers(0, 9)) == 9:
            data[draw(st.integers(0, len(data) - 1))] ^= 1 << draw(st.integers(0, 7))
        ports = struct.pack(">HHHH", 50_000 + draw(st.integers(0, 2)), 443, 8 + len(data), 0)
        ends = bytes((192, 0, 2, 1, 198, 51, 100, 9))
        packet = struct.pack(">BBHHHBBH", 0x45, 0, 28 + len(data), 1, 0, 64, 17, 0) + ends + ports + data
        held.append(Frame(at_ns, 101, packet, len(packet)))
    return held


def _datagram(draw: st.DrawFn) -> bytes:
    version, connection_id = draw(st.sampled_from((V1, V1, V1, V2))), draw(st.sampled_from(IDS))
    first_id = draw(st.sampled_from((None, CONNECTION_ID)))
    spans = draw(st.lists(st.sampled_from(SPANS), min_size=1, max_size=2))
    frames = [draw(st.sampled_from(BESIDE)) + crypto(span[0], HELLO[slice(*span)]) for span in spans]
    parts = [protect(one, version, connection_id, first_id=first_id, size=1250 // len(spans)) for one in frames]
    return b"".join(parts)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=datagrams(), batch=st.sampled_from((1, 4096)))
def test_same_answers_to_any_datagrams(native: Callable[[], Engine], held: list[Frame], batch: int) -> None:
    assert account(native(), RANDOM, Memory(held), batch) == account(PortableEngine(), RANDOM, Memory(held), batch)
