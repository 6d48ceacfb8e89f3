"""Do decoder, reassembly, readers and the whole engine stand any bytes?"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor.capture import open_capture
from sensor.engine.api import AddressEntry, Frame, Limits, Program
from sensor.engine.portable import PortableEngine
from sensor.engine.portable.decode import decode
from sensor.engine.portable.layers import Segment
from sensor.engine.portable.link import LINKS
from sensor.engine.portable.stream import HalfStream
from sensor.model.errors import CaptureError

IP4_TCP = bytes.fromhex("45000030000100004006000000000000c0000201c6336414") + bytes(24)
IP6_TCP = bytes.fromhex("60000000001c0640") + bytes(60)
IP4_UDP = bytes.fromhex("45000040000000004011000001010101020202020001")
TUNNELS = [
    IP4_UDP + bytes.fromhex("0868002c000034ff000000000001000000850110000000000000") + IP4_TCP,
    IP4_UDP + bytes.fromhex("17c1002c0000010008000000010000000000") + IP4_TCP,
    IP4_UDP + bytes.fromhex("12b5002c00000800000000000100") + bytes(12) + b"\x08\0" + IP4_TCP,
    bytes.fromhex("4500003000000000402f00000101010102020202b0010800") + bytes(12) + IP4_TCP,
    bytes(12) + bytes.fromhex("8847000100400001014000000000") + bytes(12) + b"\x08\0" + IP4_TCP,
]
SEEDS = [IP4_TCP, IP6_TCP, bytes(12) + b"\x08\0" + IP4_TCP, bytes(12) + b"\x86\xdd" + IP6_TCP, *TUNNELS]
ANCHOR = b'"mining.'


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound packet with some bytes changed, or any bytes at all."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 6))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return draw(st.one_of(st.just(bytes(data[: draw(st.integers(0, len(data)))])), st.binary(max_size=120)))


@given(data=damaged(), linktype=st.sampled_from([*LINKS, 127]), more=st.integers(0, 100))
def test_decode_takes_any_frame(data: bytes, linktype: int, more: int) -> None:
    segment = decode(Frame(0, linktype, data, len(data) + more))
    if isinstance(segment, Segment):
        assert len(segment.sender) == len(segment.receiver)
        assert len(segment.sender) in {6, 18}
        assert 0 <= len(segment.payload) <= segment.wire_bytes
        assert segment.payload in data


@given(
    content=st.binary(min_size=1, max_size=300),
    isn=st.integers(0, 0xFFFFFFFF),
    pieces=st.lists(st.tuples(st.integers(0, 299), st.integers(1, 60)), max_size=40),
    order=st.randoms(use_true_random=False),
)
def test_reassembly_gives_the_stream_whatever_the_segments(
    content: bytes, isn: int, pieces: list[tuple[int, int]], order: object
) -> None:
    cuts = [(start, size) for start, size in pieces if start < len(content)]
    cuts += [(start, 50) for start in range(0, len(content), 50)]
    order.shuffle(cuts)  # type: ignore[attr-defined]
    half = HalfStream()
    half.open(isn)
    out = b""
    for start, size in cuts:
        data = content[start : start + size]
        for piece in half.insert(isn + 1 + start & 0xFFFFFFFF, data, len(data), 0):
            assert piece.lost_bytes == 0
            out += piece.data
    assert out == content
    assert (half.held_bytes, half.has_hole) == (0, False)


@given(cuts=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60), st.integers(0, 9)), max_size=40))
def test_what_is_lost_and_what_is_given_add_up(cuts: list[tuple[int, int, int]]) -> None:
    content = bytes(index % 251 for index in range(400))
    half = HalfStream()
    half.open(0)
    pieces = []
    for start, size, cut in cuts:
        pieces += half.insert(1 + start, content[start : start + size], size + cut, 0)
    while half.has_hole:
        pieces += half.give_up_hole(0)
    at = 0
    for piece in pieces:
        at += piece.lost_bytes
        assert piece.data == content[at : at + len(piece.data)]
        at += len(piece.data)
    assert half.held_bytes == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("captures")


def _pcap(packets: list[bytes]) -> bytes:
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return head + b"".join(struct.pack("<IIII", 1, 2, len(data), len(data)) + data for data in packets)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    packets=st.lists(damaged(), max_size=5),
    changes=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), max_size=4),
    cut=st.integers(0, 500),
    packed=st.booleans(),
)
def test_a_damaged_file_never_raises(
    folder: Path, packets: list[bytes], changes: list[tuple[int, int]], cut: int, packed: bool
) -> None:
    content = bytearray(gzip.compress(_pcap(packets)) if packed else _pcap(packets))
    for place, value in changes:
        content[place % len(content)] = value
    file = folder / "damaged"
    file.write_bytes(content[: max(len(content) - cut, 0)] if cut < 250 else content)
    try:
        source = open_capture(file)
    except CaptureError:
        return
    with source:
        list(source.frames())


@given(blocks=st.lists(st.binary(max_size=60), max_size=5), order=st.sampled_from("<>"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_pcapng_blocks_never_raise(folder: Path, blocks: list[bytes], order: str) -> None:
    content = b""
    for kind, body in zip([0x0A0D0D0A, 1, 6, 3, 2], [struct.pack(order + "I", 0x1A2B3C4D), *blocks], strict=False):
        body += bytes(-len(body) % 4)
        size = struct.pack(order + "I", len(body) + 12)
        content += struct.pack(order + "I", kind) + size + body + size
    file = folder / "blocks"
    file.write_bytes(content)
    with open_capture(file) as source:
        list(source.frames())


class _Memory:
    name = "memory"
    damage = None

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames

    def frames(self) -> Iterator[Frame]:
        return iter(self._frames)


@st.composite
def segments(draw: st.DrawFn) -> Frame:
    """A TCP segment of one of few connections, with any flags, a near or far sequence number and some payload."""
    ports = draw(st.sampled_from([(1, 2), (2, 1), (1, 53), (53, 1)]))
    seq = draw(st.one_of(st.integers(0, 60), st.integers(0, 0xFFFFFFFF)))
    payload = draw(
        st.one_of(st.binary(max_size=30), st.just(ANCHOR), st.just(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"))
    )
    tcp = struct.pack(">HHIIBBHHH", *ports, seq, draw(st.integers(0, 90)), 0x50, draw(st.integers(0, 31)), 0, 0, 0)
    addresses = b"\1\1\1\1\2\2\2\2" if ports[0] == 1 else b"\2\2\2\2\1\1\1\1"
    data = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0) + addresses + tcp + payload
    cut = draw(st.integers(0, 3))
    return Frame(draw(st.integers(0, 4000)) * 1_000_000_000, 228, data[: len(data) - cut], len(data))


@settings(max_examples=200)
@given(frames=st.lists(segments(), max_size=40), listed=st.booleans())
def test_the_engine_keeps_its_promises_on_any_traffic(frames: list[Frame], listed: bool) -> None:
    limits = Limits(head_bytes=32, max_flows=2, max_gap_bytes=400, max_held_bytes=190, max_followed=1)
    addresses = (AddressEntry("1.1.1.0/24"),) if listed else ()
    program = Program("p", (ANCHOR,), frozenset({"test"}), frozenset(), addresses, limits)
    session = PortableEngine().open(program, _Memory(frames))
    live: set[int] = set()
    over: set[int] = set()
    while (events := session.read(3)) is not None:
        assert 0 <= session.counters.held_bytes <= limits.max_held_bytes
        assert session.counters.flows_live <= limits.max_flows
        for event in events:
            kind = type(event).__name__
            flow_id = getattr(event, "flow_id", None)
            if kind == "Candidate":
                assert flow_id not in live | over
                live.add(flow_id)
            elif kind != "DnsMessage":
                assert flow_id in live
            if kind == "FlowClosed":
                live.remove(flow_id)
                over.add(flow_id)
        assert len(live) <= limits.max_followed
    assert not live
    assert (session.counters.held_bytes, session.counters.flows_live) == (0, 0)
