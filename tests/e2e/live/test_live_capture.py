"""Does everything that passes a real interface arrive, and is every loss counted?"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from live_kit import Look, Wire, drain, inside

from sensor.capture.interface import CaptureMode
from sensor.engine.api import Event, FlowClosed, Frame, Limits, Program, StreamChunk, Tick
from sensor.engine.portable import PortableEngine
from sensor.model.errors import CaptureError
from sensor.simulate.scenario import DEFAULT_START_NS, compose

BOTH = pytest.mark.parametrize("mode", [CaptureMode.RING, CaptureMode.SOCKET], ids=str)


def datagram(number: int, *, sport: int = 1000, dport: int = 2000, size: int = 64, tags: bytes = b"") -> bytes:
    """A UDP frame that carries ``number``; the ports make the flow."""
    body = number.to_bytes(4, "big").ljust(size, b".")
    udp = struct.pack(">HHHH", sport, dport, 8 + len(body), 0) + body
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, b"\xc0\0\2\1", b"\xc0\0\2\2")
    return b"\2\0\0\0\0\1\2\0\0\0\0\2" + tags + b"\x08\0" + ip + udp


def traffic(scenario: str, **params: object) -> list[bytes]:
    return [frame for _, frame in compose(scenario, 1, DEFAULT_START_NS, **params).rows]


@BOTH
def test_everything_arrives_in_order_and_in_time(wire: Wire, look: Look, mode: CaptureMode) -> None:
    sent = traffic("stratum-v1", duration_s=600)
    source = look(mode=mode)
    began_ns = time.time_ns()
    assert wire.send(sent) == len(sent)
    got = drain(source)
    ended_ns = time.time_ns()
    assert [frame.data for frame in got] == sent
    assert all(frame.wire_len == len(frame.data) and frame.linktype == 1 for frame in got)
    times_ns = [frame.at_ns for frame in got]
    assert times_ns == sorted(times_ns)
    assert began_ns <= times_ns[0] and times_ns[-1] <= ended_ns
    assert (source.mode, source.fallback, source.damage) == (mode, None, None)
    assert source.counters.kernel.packets == source.counters.frames == len(sent)
    assert source.counters.kernel.drops == 0


@BOTH
@pytest.mark.parametrize("sent", [3000, 20000])
def test_what_a_slow_reader_loses_is_counted_exactly(wire: Wire, look: Look, mode: CaptureMode, sent: int) -> None:
    source = look(mode=mode, block_bytes=1 << 16, blocks=2, snaplen_bytes=2048)
    assert wire.send(datagram(number) for number in range(sent)) == sent
    got = drain(source)
    counters = source.counters
    assert 0 < len(got) < sent
    assert counters.kernel.packets == sent
    assert len(got) + counters.kernel.drops == sent
    assert counters.frames == len(got)
    assert (counters.kernel.freezes > 0) == (mode is CaptureMode.RING)
    numbers = [int.from_bytes(frame.data[42:46], "big") for frame in got]
    assert numbers == sorted(set(numbers))


def test_a_ring_that_overflowed_goes_on(wire: Wire, look: Look) -> None:
    source = look(block_bytes=1 << 16, blocks=2, snaplen_bytes=2048)
    wire.send(datagram(number) for number in range(5000))
    frames = source.frames()
    while not isinstance(next(frames), Tick):
        pass
    wire.send([datagram(9_999)])
    assert drain(source)[-1].data == datagram(9_999)


@BOTH
@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("udp dst port 2001", [1, 3, 5]),
        ("udp port 9", []),
        ("vlan", [2, 3, 4]),
        ("vlan 7 and udp dst port 2001", [3]),
        ("udp and not vlan", [0, 1, 5]),
    ],
)
def test_the_kernel_filters(wire: Wire, look: Look, mode: CaptureMode, expression: str, kept: list[int]) -> None:
    tagged = b"\x81\x00\x00\x07"
    sent = [
        datagram(0),
        datagram(1, dport=2001),
        datagram(2, tags=tagged),
        datagram(3, dport=2001, tags=tagged),
        datagram(4, tags=b"\x81\x00\x00\x08"),
        datagram(5, dport=2001),
    ]
    source = look(mode=mode, filter=expression)
    wire.send(sent)
    assert [frame.data for frame in drain(source)] == [sent[number] for number in kept]
    assert source.counters.kernel.packets == len(kept)


@pytest.mark.parametrize(
    ("expression", "says"),
    [("udp prt 9", "syntax error"), ("host nowhere.invalid.", "unknown host|couldn't|Temporary")],
)
def test_a_filter_that_is_none(look: Look, expression: str, says: str) -> None:
    with pytest.raises(CaptureError, match=says):
        look(filter=expression)


@BOTH
@pytest.mark.parametrize(
    "tags",
    [
        b"\x81\x00\x00\x07",
        b"\x81\x00\xe0\x07",
        b"\x88\xa8\x00\x05\x81\x00\x00\x07",
        b"\x81\x00\x00\x05\x81\x00\x00\x07",
    ],
    ids=["vlan", "priority", "802.1ad", "two-802.1q"],
)
def test_tags_are_kept(wire: Wire, look: Look, mode: CaptureMode, tags: bytes) -> None:
    source = look(mode=mode)
    wire.send([datagram(1, tags=tags), datagram(2)])
    assert [(frame.data, frame.wire_len) for frame in drain(source)] == [
        (datagram(1, tags=tags), 106 + len(tags)),
        (datagram(2), 106),
    ]


@BOTH
@pytest.mark.parametrize("expression", ["", "udp"], ids=["no-filter", "filter"])
def test_frames_are_cut_to_the_snapshot_length(wire: Wire, look: Look, mode: CaptureMode, expression: str) -> None:
    source = look(mode=mode, snaplen_bytes=80, filter=expression)
    wire.send([datagram(1, size=500), datagram(2, size=4)])
    frames = drain(source)
    assert [(frame.data, frame.wire_len) for frame in frames] == [
        (datagram(1, size=500)[:80], 542),
        (datagram(2, size=4), 46),
    ]


@BOTH
def test_a_fanout_group_shares_flows_whole(wire: Wire, look: Look, mode: CaptureMode) -> None:
    sources = [look(mode=mode, fanout_group=77) for _ in range(2)]
    sent = []
    for number in range(64):
        one_way, other_way = {"sport": 1000 + number, "dport": 3333}, {"sport": 3333, "dport": 1000 + number}
        sent += [datagram(number, **one_way), datagram(number, **one_way), swapped(datagram(number, **other_way))]
    wire.send(sent)
    got = [drain(source) for source in sources]
    assert sorted(frame.data for frames in got for frame in frames) == sorted(sent)
    for mine, others in (got, got[::-1]):
        ours = Counter(frame.data[42:46] for frame in mine)
        assert set(ours.values()) == {3}
        assert not set(ours) & {frame.data[42:46] for frame in others}


def swapped(frame: bytes) -> bytes:
    """The same IP packet the other way round."""
    return frame[:26] + frame[30:34] + frame[26:30] + frame[34:]


def test_a_fanout_group_keeps_fragments_together(wire: Wire, look: Look) -> None:
    sources = [look(fanout_group=78) for _ in range(2)]
    wire.send(piece for number in range(16) for piece in fragments(datagram(number, sport=3000 + number, size=400)))
    sizes = [frame.wire_len for source in sources for frame in drain(source)]
    assert sizes == [442] * 16


def fragments(frame: bytes) -> list[bytes]:
    """The frame's IPv4 packet in two fragments, 200 payload bytes in the first."""
    ident = frame[34:36]
    parts = []
    for offset, more, payload in ((0, 0x2000, frame[34:234]), (200, 0, frame[234:])):
        head = bytearray(frame[14:34])
        struct.pack_into(">H2sH", head, 2, 20 + len(payload), ident, more | offset // 8)
        struct.pack_into(">H", head, 10, checksum(bytes(head[:10] + b"\0\0" + head[12:])))
        parts.append(frame[:14] + bytes(head) + payload)
    return parts


def checksum(header: bytes) -> int:
    total = sum(struct.unpack(">10H", header))
    return 0xFFFF ^ ((total & 0xFFFF) + (total >> 16))


def test_a_successor_takes_over_without_loss(wire: Wire, look: Look) -> None:
    sent = [datagram(number, sport=1 + number % 50) for number in range(300)]
    old = look(fanout_group=79)
    wire.send(sent[:100])
    new = look(fanout_group=79)
    wire.send(sent[100:200])
    got = drain(old)
    old.close()
    wire.send(sent[200:])
    both = [frame.data for frame in [*got, *drain(new)]]
    assert sorted(both) == sorted(sent)


@BOTH
def test_what_waits_at_the_stop_is_still_given(wire: Wire, look: Look, mode: CaptureMode) -> None:
    source = look(mode=mode, block_timeout_ms=1)
    sent = [datagram(number) for number in range(20_000)]
    wire.send(sent)
    got = [frame.data for frame in drain(source)]
    # A block of the ring waits for no more than its time: a sender that is slow fills few, and uses them up.
    assert len(got) + source.counters.kernel.drops == len(sent)
    assert got[-1] == sent[-1] or source.counters.kernel.drops
    assert got == sorted(got)


def test_a_stop_ends_the_source_on_a_busy_wire(wire: Wire, look: Look) -> None:
    source = look()
    quiet = threading.Event()
    endless = iter(lambda: None if quiet.is_set() else datagram(1), None)
    sender = threading.Thread(target=wire.send, args=[endless])
    sender.start()
    frames = source.frames()
    while not isinstance(next(frames), Frame):
        pass
    source.stop()
    began_s = time.monotonic()
    given = sum(1 for _ in frames)
    quiet.set()
    sender.join()
    assert given > 0
    assert time.monotonic() - began_s < 5


def test_two_groups_do_not_share(wire: Wire, look: Look) -> None:
    sources = [look(fanout_group=group) for group in (81, 82)]
    wire.send(datagram(number, sport=number + 1) for number in range(50))
    assert [len(drain(source)) for source in sources] == [50, 50]


def test_ticks_come_on_a_silent_wire(look: Look) -> None:
    frames = look(tick_ms=50, block_timeout_ms=10).frames()
    began_s = time.monotonic()
    ticks = [next(frames) for _ in range(11)]
    took_s = time.monotonic() - began_s
    assert all(isinstance(tick, Tick) for tick in ticks)
    assert 0.45 <= took_s <= 1.5
    assert ticks == sorted(ticks, key=lambda tick: tick.at_ns)
    assert abs(time.time_ns() - ticks[-1].at_ns) < 1_000_000_000


def test_a_lone_packet_does_not_wait_for_more(wire: Wire, look: Look) -> None:
    source = look()
    frames = source.frames()
    wire.send([datagram(1)])
    began_s = time.monotonic()
    while not isinstance(next(frames), Frame):
        pass
    assert time.monotonic() - began_s < 0.5


def test_a_flow_ends_on_a_silent_wire(wire: Wire, look: Look) -> None:
    sent = traffic("stratum-v1", duration_s=60)
    source = look()
    program = Program("test", (b'"mining.',), frozenset(), frozenset(), (), Limits(idle_timeout_s=1))
    session = PortableEngine().open(program, source)
    wire.send(sent[: len(sent) // 2])
    deadline_s = time.monotonic() + 20
    events: list[Event] = []
    while not any(isinstance(event, FlowClosed) for event in events) and time.monotonic() < deadline_s:
        events += session.read() or []
    assert [event.cause for event in events if isinstance(event, FlowClosed)] == ["idle"]


@BOTH
def test_merged_frames_are_taken_whole(wire: Wire, look: Look, mode: CaptureMode) -> None:
    wire.ip(f"addr add 192.0.2.1/24 dev {wire.near}")
    wire.ip_there(f"addr add 192.0.2.2/24 dev {wire.far}")
    source = look(mode=mode, filter="tcp port 3333")
    payload = b'"mining.' + bytes(range(256)) * 4096
    _talk(wire, payload)
    program = Program("test", (b'"mining.',), frozenset(), frozenset(), (), Limits())
    source.stop()
    session = PortableEngine().open(program, source)
    events: list[Event] = []
    while (found := session.read()) is not None:
        events += found
    assert b"".join(event.data for event in events if isinstance(event, StreamChunk)) == payload
    assert source.counters.merged_frames > 0


def _talk(wire: Wire, payload: bytes) -> None:
    """A TCP connection over the wire: the kernel's own segmentation offload makes the long frames."""
    with inside(wire.here):
        server = socket.create_server(("192.0.2.1", 3333))
        server.settimeout(10)
    with inside(wire.there):
        client = socket.create_connection(("192.0.2.1", 3333), timeout=10)
    peer, _ = server.accept()
    peer.settimeout(10)
    received = 0
    with server, client, peer:
        view = memoryview(payload)
        while received < len(payload):
            view = view[client.send(view[:65536]) :]
            received += len(peer.recv(1 << 20))


def test_an_interface_that_goes_down_is_waited_for(wire: Wire, look: Look) -> None:
    source = look(tick_ms=20)
    frames = source.frames()
    next(frames)
    wire.ip(f"link set {wire.near} down")
    until(frames, lambda: source.is_down)
    wire.ip(f"link set {wire.near} up")
    until(frames, lambda: not source.is_down)
    wire.send([datagram(5)])
    assert drain(source)[-1].data == datagram(5)
    assert (source.counters.outages, source.damage) == (1, None)


@BOTH
@pytest.mark.parametrize("before", ["up", "down"])
def test_an_interface_that_is_gone_ends_the_source(wire: Wire, look: Look, mode: CaptureMode, before: str) -> None:
    source = look(mode=mode, tick_ms=20)
    frames = source.frames()
    next(frames)
    wire.ip(f"link set {wire.near} {before}")
    wire.ip(f"link del {wire.near}")
    assert all(isinstance(item, Tick) for item in frames)
    assert source.damage == f"{wire.near}: the interface is gone"


def until(frames: Iterator[Frame | Tick], done: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline_s
        next(frames)


def test_a_down_interface_is_said(wire: Wire, look: Look) -> None:
    wire.ip(f"link set {wire.near} down")
    with pytest.raises(CaptureError, match="near0: the interface is down; bring it up: ip link set near0 up"):
        look()


def test_promiscuous_only_on_request(wire: Wire, look: Look) -> None:
    def promiscuity() -> str:
        return wire.ip(f"-d link show {wire.near}").split("promiscuity ")[1].split()[0]

    plain = look()
    assert promiscuity() == "0"
    eager = look(promiscuous=True)
    assert promiscuity() == "1"
    eager.close()
    assert promiscuity() == "0"
    assert plain.damage is None
