"""Is the right segment read from every kind of frame?"""

from __future__ import annotations

import struct

import pytest
from engine_kit import CLIENT, CLIENT6, SERVER, SERVER6, ether, frame, ip4, ip6, tcp, udp

from sensor.engine.api import Frame
from sensor.engine.portable.decode import decode
from sensor.engine.portable.layers import Part, Segment, Skip

TCP = tcp(CLIENT[1], SERVER[1], b"hello", seq=7, ack=8)
IP4 = ip4(CLIENT[0], SERVER[0], 6, TCP)
IP6 = ip6(CLIENT6[0], SERVER6[0], 6, TCP)
HOP_BY_HOP = b"\x06\0\x05\x02\0\0\x01\0"
ATOMIC_FRAGMENT = b"\x06\0\0\x06\0\0\0\1"
ROUTING_THEN_OPTIONS = b"\x3c\0\0\0\0\0\0\0" + b"\x06\0\x01\x04\0\0\0\0"
FIRST_OF_IPV6 = b"\x06\0\0\x01\0\0\0\1"
AUTHENTICATION = b"\x06\x04" + bytes(22)
SLL = b"\0\0\0\x01\0\x06" + bytes(8)


@pytest.mark.parametrize(
    ("linktype", "data"),
    [
        pytest.param(1, ether(0x0800, IP4), id="ethernet-ipv4"),
        pytest.param(1, ether(0x86DD, IP6), id="ethernet-ipv6"),
        pytest.param(1, ether(0x0800, IP4) + bytes(9), id="ethernet-padding"),
        pytest.param(1, ether(0x8100, b"\0\x05\x08\0" + IP4), id="vlan"),
        pytest.param(1, ether(0x88A8, b"\0\x05\x81\0" + b"\0\x06\x08\0" + IP4), id="802.1ad"),
        pytest.param(1, ether(0x9100, b"\0\x05\x81\0" + b"\0\x06\x08\0" + IP4), id="qinq-9100"),
        pytest.param(1, ether(8 + len(IP4), b"\xaa\xaa\x03\0\0\0\x08\0" + IP4), id="802.3-snap"),
        pytest.param(113, SLL + b"\x08\0" + IP4, id="sll"),
        pytest.param(276, b"\x08\0" + bytes(18) + IP4, id="sll2"),
        pytest.param(12, IP4, id="raw-12"),
        pytest.param(14, IP6, id="raw-14-ipv6"),
        pytest.param(101, IP4, id="raw-101"),
        pytest.param(101, IP6, id="raw-101-ipv6"),
        pytest.param(228, IP4, id="raw-228"),
        pytest.param(229, IP6, id="raw-229"),
        pytest.param(0, b"\x02\0\0\0" + IP4, id="null-little"),
        pytest.param(0, b"\0\0\0\x02" + IP4, id="null-big"),
        pytest.param(0, b"\x1e\0\0\0" + IP6, id="null-macos-ipv6"),
        pytest.param(108, b"\0\0\0\x18" + IP6, id="loop-ipv6"),
        pytest.param(9, b"\xff\x03\0\x21" + IP4, id="ppp"),
        pytest.param(9, b"\x57" + IP6, id="ppp-compressed-ipv6"),
        pytest.param(104, b"\x0f\0\x08\0" + IP4, id="cisco-hdlc"),
        pytest.param(1, ether(0x0800, ip4(CLIENT[0], SERVER[0], 6, TCP, total=0)), id="tso-length-0"),
        pytest.param(1, ether(0x86DD, ip6(CLIENT6[0], SERVER6[0], 6, TCP, length=0)), id="ipv6-length-0"),
        pytest.param(229, ip6(CLIENT6[0], SERVER6[0], 0, TCP, extensions=HOP_BY_HOP), id="hop-by-hop"),
        pytest.param(229, ip6(CLIENT6[0], SERVER6[0], 44, TCP, extensions=ATOMIC_FRAGMENT), id="atomic-fragment"),
        pytest.param(229, ip6(CLIENT6[0], SERVER6[0], 43, TCP, extensions=ROUTING_THEN_OPTIONS), id="routing-options"),
        pytest.param(228, ip4(CLIENT[0], SERVER[0], 51, AUTHENTICATION + TCP), id="authentication-header"),
        pytest.param(1, ether(0x0800, ip4(CLIENT[0], SERVER[0], 6, TCP, fragment=0x4000)), id="dont-fragment"),
    ],
)
def test_every_way_to_a_segment(linktype: int, data: bytes) -> None:
    segment = decode(frame(data, linktype=linktype))
    assert isinstance(segment, Segment)
    assert segment.payload == b"hello"
    assert (segment.wire_bytes, segment.seq, segment.ack, segment.flags) == (5, 7, 8, 16)
    assert segment.sender[-2:] == struct.pack(">H", CLIENT[1])
    assert segment.receiver[-2:] == struct.pack(">H", SERVER[1])


@pytest.mark.parametrize(
    ("given", "payload", "wire_bytes", "ip_bytes"),
    [
        pytest.param(frame(ether(0x0800, IP4)[:56], wire_len=59), b"he", 5, 45, id="cut-in-payload"),
        pytest.param(frame(ether(0x0800, IP4)[:54], wire_len=59), b"", 5, 45, id="cut-after-header"),
        pytest.param(
            frame(ip4("192.0.2.1", "192.0.2.2", 17, udp(53, 53, b"dns")), linktype=101), b"dns", 3, 31, id="udp"
        ),
        pytest.param(
            frame(ip4("192.0.2.1", "192.0.2.2", 17, udp(53, 53, b"dns") + b"trailer"), linktype=101),
            b"dns",
            3,
            38,
            id="udp-shorter-than-ip",
        ),
        pytest.param(
            frame(ip4("192.0.2.1", "192.0.2.2", 17, b"\0\x35\0\x35\0\xff\0\0dns") + bytes(9), linktype=101),
            b"dns",
            3,
            31,
            id="udp-longer-than-ip",
        ),
    ],
)
def test_lengths(given: Frame, payload: bytes, wire_bytes: int, ip_bytes: int) -> None:
    segment = decode(given)
    assert isinstance(segment, Segment)
    assert (segment.payload, segment.wire_bytes, segment.ip_bytes) == (payload, wire_bytes, ip_bytes)


@pytest.mark.parametrize(
    ("linktype", "data", "why"),
    [
        pytest.param(1, ether(0x0806, bytes(28)), Skip.OTHER, id="arp"),
        pytest.param(1, ether(0x0800, ip4("192.0.2.1", "192.0.2.2", 1, bytes(8))), Skip.OTHER, id="icmp"),
        pytest.param(1, ether(38, b"\x42\x42\x03" + bytes(35)), Skip.OTHER, id="802.3-llc"),
        pytest.param(0, b"\x07\0\0\0" + IP4, Skip.OTHER, id="null-unknown-family"),
        pytest.param(65000, IP4, Skip.BROKEN, id="unknown-link-type"),
        pytest.param(1, b"", Skip.BROKEN, id="empty"),
        pytest.param(1, ether(0x0800, IP4)[:30], Skip.BROKEN, id="cut-in-ip"),
        pytest.param(1, ether(0x0800, IP4)[:45], Skip.BROKEN, id="cut-in-tcp"),
        pytest.param(1, ether(0x0800, b"\x44" + IP4[1:]), Skip.BROKEN, id="short-header-length"),
        pytest.param(1, ether(0x0800, b"\x65" + IP4[1:]), Skip.BROKEN, id="version-mismatch"),
        pytest.param(
            1, ether(0x0800, ip4("192.0.2.1", "192.0.2.2", 6, TCP, total=15)), Skip.BROKEN, id="total-too-short"
        ),
        pytest.param(
            228, ip4("192.0.2.1", "192.0.2.2", 6, TCP[:12] + b"\x40" + TCP[13:]), Skip.BROKEN, id="data-offset-4"
        ),
        pytest.param(
            228, ip4("192.0.2.1", "192.0.2.2", 6, TCP[:12] + b"\xf0" + TCP[13:]), Skip.BROKEN, id="data-offset-15"
        ),
        pytest.param(228, ip4("192.0.2.1", "192.0.2.2", 17, b"\0\x35\0\x35\0\x04\0\0"), Skip.BROKEN, id="udp-length-4"),
        pytest.param(1, ether(0x8100, b"\0\x01\x81\0" * 40), Skip.BROKEN, id="forty-vlan-tags"),
    ],
)
def test_what_gives_no_segment(linktype: int, data: bytes, why: Skip) -> None:
    assert decode(frame(data, linktype=linktype)) is why


@pytest.mark.parametrize(
    ("packet", "start", "last", "is_usable"),
    [
        pytest.param(ip4("192.0.2.1", "192.0.2.2", 6, TCP[:24], fragment=0x2000), 0, False, True, id="first"),
        pytest.param(ip4("192.0.2.1", "192.0.2.2", 6, TCP[24:], fragment=3), 24, True, True, id="last"),
        pytest.param(ip4("192.0.2.1", "192.0.2.2", 6, TCP, fragment=0x2000), 0, False, False, id="odd-size"),
        pytest.param(ip4("192.0.2.1", "192.0.2.2", 6, b"", fragment=0x2000), 0, False, False, id="empty"),
        pytest.param(ip4("192.0.2.1", "192.0.2.2", 6, TCP, fragment=3)[:-1], 24, True, False, id="cut"),
        pytest.param(ip6(CLIENT6[0], SERVER6[0], 44, TCP[:8], extensions=FIRST_OF_IPV6), 0, False, True, id="ipv6"),
        pytest.param(
            ip6(CLIENT6[0], SERVER6[0], 0, TCP, extensions=b"\x2c" + HOP_BY_HOP[1:] + b"\x06\0\0\x08\0\0\0\1"),
            8,
            True,
            True,
            id="ipv6-behind-options",
        ),
    ],
)
def test_a_part_of_a_packet(packet: bytes, start: int, last: bool, is_usable: bool) -> None:
    part = decode(frame(packet, linktype=101))
    assert isinstance(part, Part)
    assert (part.start, part.last, part.is_usable) == (start, last, is_usable)
    assert part.header[part.next_at] == (44 if part.v6 else 6)
