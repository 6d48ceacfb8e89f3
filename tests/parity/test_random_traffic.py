"""Do both engines say the same of segments in any order, with any flags, holes, overlaps and pauses?"""

from __future__ import annotations

import struct
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parity_kit import Memory, account

from sensor.engine.api import AddressEntry, Engine, Frame, Limits, Program
from sensor.engine.portable import PortableEngine

LIMITS = Limits(head_bytes=40, max_gap_bytes=400, max_followed=3, idle_timeout_s=8.0, active_timeout_s=3.0)
PROGRAM = Program(
    "random",
    (b"abca", b"bcab\n", b"aaaaaaab"),
    frozenset({"pool.example"}),
    frozenset(),
    (AddressEntry("192.0.2.3/32", frozenset({82})),),
    LIMITS,
    ((17, 60), (5, 2), (40, 40)),
)
TEXT = b"abcaabbccabcab\nGET / HTTP/1.1\r\nHost: eu.pool.example\r\n\r\naaaaaaaaabcabca" * 3
TLS_TEXT = b"\x16\x03\x01" + TEXT
FLAGS = (0x10, 0x10, 0x10, 0x18, 0x02, 0x12, 0x11, 0x14, 0x04)


@st.composite
def frames(draw: st.DrawFn) -> list[Frame]:
    at_ns, held = 10**18, []
    for _ in range(draw(st.integers(1, 40))):
        at_ns += draw(st.sampled_from((0, 10**6, 10**9, 6 * 10**9, 9 * 10**9)))
        flow, is_up = draw(st.integers(1, 3)), draw(st.booleans())
        start, size = draw(st.integers(0, 90)), draw(st.sampled_from((0, 0, 1, 2, 5, 17, 60)))
        cut = draw(st.sampled_from((0, 0, 0, 0, 1, 9)))
        flags, ack = draw(st.sampled_from(FLAGS)), draw(st.integers(0, 120))
        data = (TLS_TEXT if flow == 3 else TEXT)[start : start + size]
        packet = _packet(flow, is_up, (start - (flags >> 1 & 1)) & 0xFFFFFFFF, ack, flags, data)
        held.append(Frame(at_ns, 101, packet[: len(packet) - min(cut, len(data))], len(packet)))
    return held


def _packet(flow: int, is_up: bool, seq: int, ack: int, flags: int, data: bytes) -> bytes:
    ends = [(bytes((192, 0, 2, flow)), 40_000), (bytes((198, 51, 100, 9)), 80)]
    (source, sport), (target, dport) = ends if is_up else ends[::-1]
    head = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 9, 0, 0)
    return struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(data), 1, 0, 64, 6, 0) + source + target + head + data


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=frames(), batch=st.sampled_from((1, 7, 4096)))
def test_same_answers_to_any_segments(native: Callable[[], Engine], held: list[Frame], batch: int) -> None:
    assert account(native(), PROGRAM, Memory(held), batch) == account(PortableEngine(), PROGRAM, Memory(held), batch)
