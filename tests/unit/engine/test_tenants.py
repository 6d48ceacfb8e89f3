"""Do two networks with the same private addresses share a flow, and do the two directions of one link still meet?"""

from __future__ import annotations

import struct

import pytest
from engine_kit import ACK, CLIENT, SERVER, ether, frame, ip4, program, run, tcp, udp

from sensor.engine.api import Engine, Limits
from sensor.model.flow import Direction

BOTH = Limits(flow_key_vlan=True)
NEITHER = Limits(flow_key_tunnel=False)


def packet(text: bytes, is_up: bool) -> bytes:
    ends = (CLIENT, SERVER) if is_up else (SERVER, CLIENT)
    (source, sport), (target, dport) = ends
    return ip4(source, target, 6, tcp(sport, dport, text, seq=1, flags=ACK))


def vlan(number: int, inner: bytes) -> bytes:
    return ether(0x8100, struct.pack(">HH", number, 0x0800) + inner)


def qinq(number: int, inner: bytes) -> bytes:
    return ether(0x88A8, struct.pack(">HH", number, 0x8100) + vlan(5, inner)[14:])


def in_udp(port: int, head: bytes, inner: bytes) -> bytes:
    return ether(0x0800, ip4("203.0.113.1", "203.0.113.2", 17, udp(50_000, port, head + inner)))


def in_gre(head: bytes, inner: bytes) -> bytes:
    return ether(0x0800, ip4("203.0.113.1", "203.0.113.2", 47, head + inner))


WAYS = {
    "vlan": vlan,
    "qinq": qinq,
    "vxlan": lambda n, inner: in_udp(4789, b"\x08\0\0\0" + struct.pack(">I", n << 8), ether(0x0800, inner)),
    "geneve": lambda n, inner: in_udp(6081, b"\0\0\x65\x58" + struct.pack(">I", n << 8), ether(0x0800, inner)),
    "gre-key": lambda n, inner: in_gre(b"\x20\0\x08\0" + struct.pack(">I", n), inner),
    "gre-checksum-key": lambda n, inner: in_gre(b"\xa0\0\x08\0\1\2\0\0" + struct.pack(">I", n), inner),
    "nvgre": lambda n, inner: in_gre(b"\x20\0\x65\x58" + struct.pack(">I", n << 8), ether(0x0800, inner)),
    "nvgre-flow": lambda n, inner: in_gre(b"\x20\0\x65\x58" + struct.pack(">I", 0x1200 | n), ether(0x0800, inner)),
    "pptp": lambda n, inner: in_gre(b"\x30\1\x88\x0b" + struct.pack(">HHI", 9, n, 0), b"\0\x21" + inner),
    "gtpu": lambda n, inner: in_udp(2152, b"\x30\xff\0\0" + struct.pack(">I", n), inner),
    "l2tp": lambda n, inner: in_udp(1701, struct.pack(">HHH", 2, n, n), b"\0\x21" + inner),
    "mpls": lambda n, inner: ether(0x8847, struct.pack(">I", n << 12 | 0x140) + inner),
    "vlan-priority": lambda n, inner: ether(0x8100, struct.pack(">HH", (n & 7) << 13, 0x0800) + inner),
}
"""A packet in the network of that number."""
TENANTS = ("vxlan", "geneve", "gre-key", "gre-checksum-key", "nvgre")


@pytest.mark.parametrize(
    ("way", "limits", "streams"),
    [
        *((way, Limits(), 2) for way in TENANTS),
        *((way, BOTH, 2) for way in ("vlan", "qinq", "vxlan")),
        *((way, Limits(), 1) for way in WAYS if way not in TENANTS),
        *((way, NEITHER, 1) for way in TENANTS),
        ("vlan-priority", BOTH, 1),
    ],
)
def test_who_shares_a_flow(engine: Engine, way: str, limits: Limits, streams: int) -> None:
    """The same endpoints say something in network 1 and something else in network 2."""
    frames = [
        frame(WAYS[way](1, packet(b"one mining.", True)), at_s=1),
        frame(WAYS[way](2, packet(b"two mining.", True)), at_s=2),
        frame(WAYS[way](1, packet(b"answer 1", False)), at_s=3),
        frame(WAYS[way](2, packet(b"answer 2", False)), at_s=4),
    ]
    outcome = run(program(b"mining.", limits=limits), frames, engine=engine)
    said = {(one.flow_id, one.direction): one.data for one in outcome.chunks}
    assert outcome.counters.flows == len(outcome.candidates) == streams
    up = [data for (_, direction), data in said.items() if direction is Direction.ORIG]
    down = [data for (_, direction), data in said.items() if direction is Direction.RESP]
    assert (up, down) == ([b"one mining.", b"two mining."][:streams], [b"answer 1", b"answer 2"][:streams])


@pytest.mark.parametrize("way", [way for way in WAYS if way not in TENANTS])
def test_each_direction_may_have_a_number_of_its_own(engine: Engine, way: str) -> None:
    frames = [
        frame(WAYS[way](1, packet(b"say mining.", True)), at_s=1),
        frame(WAYS[way](2, packet(b"answer", False)), at_s=2),
    ]
    outcome = run(program(b"mining."), frames, engine=engine)
    assert (outcome.counters.flows, outcome.stream(Direction.RESP)) == (1, b"answer")


def test_networks_in_networks_are_told_apart(engine: Engine) -> None:
    inner = packet(b"one mining.", True)
    frames = [
        frame(WAYS["vxlan"](outer, WAYS["gre-key"](key, inner)[14:]), at_s=1) for outer in (1, 2) for key in (1, 2, 1)
    ]
    assert run(program(b"mining."), frames, engine=engine).counters.flows == 4
