"""Is the segment inside every kind of tunnel found, and is an ordinary packet on a tunnel's port left alone?"""

from __future__ import annotations

import struct

import pytest
from engine_kit import CLIENT, SERVER, ether, frame, ip4, ip6, program, run, tcp, udp

from sensor.engine.api import AddressEntry, Engine, Limits
from sensor.engine.portable.decode import Decoder, decode
from sensor.engine.portable.flow import five_tuple
from sensor.engine.portable.layers import Segment, Skip

TCP = tcp(CLIENT[1], SERVER[1], b"hello", seq=7)
IP4 = ip4(CLIENT[0], SERVER[0], 6, TCP)
IP6 = ip6("2001:db8::10", "2001:db8::20", 6, TCP)
ETHER = ether(0x0800, IP4)
VXLAN = b"\x08\0\0\0\0\0\x01\0"
GENEVE = b"\x02\0\x65\x58\0\0\x01\0" + bytes(8)
ORIGIN = bytes(8)
L2TP = struct.pack(">HHHHHHH", 0x4A02, 14 + 3 + 4 + len(IP6), 7, 1, 0, 0, 3) + bytes(3)
GTP = b"\x30\xff\0\0\0\0\0\1"
GTP_EXTENDED = b"\x34\xff\0\0\0\0\0\1\0\0\0\x85" + b"\x01\x10\0\x85" + b"\x02" + bytes(6) + b"\0"


def in_ip4(proto: int, payload: bytes) -> bytes:
    return ip4("203.0.113.1", "203.0.113.2", proto, payload)


def in_udp(port: int, payload: bytes) -> bytes:
    return in_ip4(17, udp(50000, port, payload))


def gre(flags: int, ethertype: int, payload: bytes) -> bytes:
    return in_ip4(47, struct.pack(">HH", flags, ethertype) + payload)


INSIDE = [
    pytest.param(ether(0x8847, b"\0\x01\x01\x40" + IP4), id="mpls"),
    pytest.param(ether(0x8847, b"\0\x01\0\x40\0\x02\x01\x40" + IP6), id="mpls-two-labels-ipv6"),
    pytest.param(ether(0x8848, b"\0\x01\x01\x40\0\0\0\0" + ETHER), id="mpls-pseudowire"),
    pytest.param(ether(0x8864, b"\x11\0\0\1" + struct.pack(">H", len(IP4) + 2) + b"\0\x21" + IP4), id="pppoe"),
    pytest.param(ether(0x0800, in_ip4(4, IP4)), id="ip-in-ip"),
    pytest.param(ether(0x0800, in_ip4(41, IP6)), id="6in4"),
    pytest.param(ether(0x86DD, ip6("2001:db8::1", "2001:db8::2", 4, IP4)), id="4in6"),
    pytest.param(ether(0x0800, gre(0, 0x0800, IP4)), id="gre"),
    pytest.param(ether(0x0800, gre(0xB000, 0x86DD, bytes(12) + IP6)), id="gre-checksum-key-sequence"),
    pytest.param(ether(0x0800, gre(0, 0x6558, ETHER)), id="gre-ethernet"),
    pytest.param(ether(0x0800, gre(0x3081, 0x880B, bytes(12) + b"\xff\x03\0\x21" + IP4)), id="pptp"),
    pytest.param(ether(0x0800, gre(0, 0x883E, IP4)), id="wccp-1"),
    pytest.param(ether(0x0800, gre(0, 0x883E, bytes(4) + IP4)), id="wccp-2"),
    pytest.param(ether(0x0800, gre(0, 0x88BE, ETHER)), id="erspan-1"),
    pytest.param(ether(0x0800, gre(0x1000, 0x88BE, bytes(12) + ETHER)), id="erspan-2"),
    pytest.param(ether(0x0800, gre(0x1000, 0x22EB, bytes(16) + ETHER)), id="erspan-3"),
    pytest.param(ether(0x0800, gre(0x1000, 0x22EB, bytes(15) + b"\1" + bytes(8) + ETHER)), id="erspan-3-subheader"),
    pytest.param(ether(0x0800, gre(0x1000, 0x22EB, bytes(14) + b"\x08\0" + IP4)), id="erspan-3-ip"),
    pytest.param(ether(0x8847, b"\0\x01\x01\x40" + b"\xf2" + ETHER[1:]), id="mpls-pseudowire-without-word"),
    pytest.param(ether(0x0800, in_udp(3544, IP6)), id="teredo"),
    pytest.param(ether(0x0800, in_udp(3544, ORIGIN + IP6)), id="teredo-origin"),
    pytest.param(ether(0x0800, in_udp(3544, b"\0\1\3\5" + bytes(17) + ORIGIN + IP6)), id="teredo-authentication"),
    pytest.param(ether(0x0800, in_ip4(17, udp(3544, 50000, IP6))), id="teredo-answer"),
    pytest.param(ether(0x0800, in_udp(1701, b"\0\2\0\7\0\1\0\x21" + IP4)), id="l2tp"),
    pytest.param(ether(0x0800, in_ip4(17, udp(1701, 50000, L2TP + b"\xff\3\0\x57" + IP6))), id="l2tp-all-fields"),
    pytest.param(ether(0x0800, in_udp(1701, b"\0\3\0\0\0\0\0\7" + ETHER)), id="l2tp-3"),
    pytest.param(ether(0x0800, in_udp(1701, b"\0\3\0\0\0\0\0\7" + bytes(12) + ETHER)), id="l2tp-3-long-cookie"),
    pytest.param(ether(0x0800, in_ip4(115, b"\0\0\0\7" + bytes(4) + ether(0x86DD, IP6))), id="l2tp-3-over-ip"),
    pytest.param(ether(0x0800, in_udp(4789, VXLAN + ETHER)), id="vxlan"),
    pytest.param(ether(0x0800, in_udp(8472, VXLAN + ETHER)), id="vxlan-linux-port"),
    pytest.param(ether(0x0800, in_udp(6081, GENEVE + ETHER)), id="geneve-with-options"),
    pytest.param(ether(0x0800, in_udp(2152, GTP + IP4)), id="gtp-u"),
    pytest.param(ether(0x0800, in_udp(2152, GTP_EXTENDED + IP6)), id="gtp-u-extension-headers"),
    pytest.param(ether(0x0800, in_udp(4789, VXLAN + ether(0x8100, b"\0\5\x08\0" + gre(0, 0x0800, IP4)))), id="nested"),
]


@pytest.mark.parametrize("packet", INSIDE)
def test_what_is_inside(packet: bytes) -> None:
    segment = decode(frame(packet + bytes(3)))
    assert isinstance(segment, Segment)
    assert (segment.proto, segment.payload, segment.wire_bytes, segment.seq) == (6, b"hello", 5, 7)


@pytest.mark.parametrize("packet", INSIDE)
def test_each_engine_finds_it(engine: Engine, packet: bytes) -> None:
    outcome = run(program(b"hello"), [frame(packet + bytes(3), at_s=1)], engine=engine)
    assert outcome.stream() == b"hello"


ORDINARY_BY_NAME = {
    "vxlan-without-its-flag": (4789, b"\0" * 20),
    "vxlan-cut": (4789, b"\x08"),
    "geneve-version-2": (6081, b"\x80" + bytes(20)),
    "gtp-echo": (2152, b"\x30\x01" + bytes(20)),
    "gtp-without-ip": (2152, GTP + b"\0" * 20),
    "teredo-with-ipv4": (3544, IP4),
    "teredo-shorter-than-its-packet": (3544, IP6[:-1]),
    "teredo-cut": (3544, b"\0\1\xff\xff"),
    "l2tp-control": (1701, b"\xc8\2" + bytes(10)),
    "l2tp-link-control": (1701, b"\0\2\0\7\0\1\xc0\x21" + bytes(8)),
    "l2tp-reserved-bits": (1701, b"\x10\2\0\7\0\1\0\x21" + IP4),
    "l2tp-3-control": (1701, b"\0\3\0\0\0\0\0\0" + ETHER),
    "l2tp-3-nothing-in-its-places": (1701, b"\0\3\0\0\0\0\0\7" + bytes(9) + ETHER),
}
ORDINARY = list(ORDINARY_BY_NAME.values())


@pytest.mark.parametrize(("port", "payload"), ORDINARY, ids=list(ORDINARY_BY_NAME))
def test_an_ordinary_datagram_on_a_tunnel_port(port: int, payload: bytes) -> None:
    segment = decode(frame(ether(0x0800, in_udp(port, payload))))
    assert isinstance(segment, Segment)
    assert (segment.proto, segment.payload) == (17, payload)


@pytest.mark.parametrize("payload", [payload for _, payload in ORDINARY])
@pytest.mark.parametrize("port", sorted({port for port, _ in ORDINARY}))
def test_each_engine_says_the_same_of_it(engine: Engine, port: int, payload: bytes) -> None:
    """On every tunnel port: one engine must not see a tunnel where the other one does not."""
    listed = program(addresses=(AddressEntry("0.0.0.0/0"), AddressEntry("::/0")))
    packet = frame(ether(0x0800, in_udp(port, payload)), at_s=1)
    segment = decode(packet)
    outcome = run(listed, [packet], engine=engine)
    ours = [five_tuple(segment.proto, segment.sender, segment.receiver)] if isinstance(segment, Segment) else []
    assert [one.five_tuple for one in outcome.candidates] == ours
    assert outcome.counters.undecoded_packets == (segment is Skip.BROKEN)


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        pytest.param(ether(0x8847, b"\0\x01\0\x40" * 40 + IP4), Skip.BROKEN, id="label-stack-without-end"),
        pytest.param(ether(0x8847, b"\0\x01\x01\x40"), Skip.BROKEN, id="nothing-below-the-labels"),
        pytest.param(ether(0x8864, b"\x11\0\0\1\0\x08\xc0\x21" + bytes(6)), Skip.OTHER, id="ppp-link-control"),
        pytest.param(ether(0x0800, gre(0x4000, 0x0800, IP4)), Skip.OTHER, id="gre-source-route"),
        pytest.param(ether(0x0800, gre(0, 0, b"")), Skip.OTHER, id="gre-keepalive"),
        pytest.param(ether(0x0800, gre(0x3000, 0x88BE, b"")), Skip.BROKEN, id="gre-cut"),
        pytest.param(ether(0x8847, b"\0\x01\x01\x40\x10\0\0\x21" + IP4), Skip.OTHER, id="pseudowire-channel"),
        pytest.param(ether(0x0800, in_ip4(115, bytes(4) + ETHER)), Skip.OTHER, id="l2tp-3-control-over-ip"),
    ],
)
def test_what_holds_no_segment(packet: bytes, why: Skip) -> None:
    assert decode(frame(packet)) is why


@pytest.mark.parametrize(("max_layers", "tunnels"), [(16, 14), (3, 1), (255, 100)])
def test_nesting_is_bounded(max_layers: int, tunnels: int) -> None:
    """The link layer and the innermost IP packet are layers too."""
    decoder = Decoder(Limits(max_layers=max_layers))
    packet = IP4
    for _ in range(tunnels):
        packet = in_ip4(4, packet)
    assert isinstance(decoder.frame(frame(packet, linktype=228)), Segment)
    for _ in range(max_layers - tunnels - 1):
        packet = in_ip4(4, packet)
    assert decoder.frame(frame(packet, linktype=228)) is Skip.BROKEN
