"""How does a TCP segment become the bytes of a frame? Scapy makes the headers once, each segment patches them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Packet

from sensor.model.flow import Direction, Endpoint

Row: TypeAlias = tuple[int, bytes]
"""A frame and when it passes the tap, in nanoseconds since the epoch."""

FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10
SEQ_SPACE = 1 << 32


@dataclass(frozen=True, slots=True)
class Segment:
    """One TCP segment. ``direction`` ORIG is the client's; ``seq`` and ``ack`` wrap at 2^32."""

    at_ns: int
    direction: Direction
    seq: int
    ack: int
    flags: int
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Wire:
    """What both ends look like below TCP: the addresses' family decides between IPv4 and IPv6."""

    client: Endpoint
    server: Endpoint
    vlan: int | None = None
    client_mac: str = "02:00:00:00:00:01"
    server_mac: str = "02:00:00:00:00:02"
    mss_bytes: int = 1460


def link_and_network(wire: Wire, direction: Direction) -> Packet:
    """Ethernet, an optional VLAN tag, and the IP header of one direction, as scapy layers."""
    sender, receiver = (wire.client, wire.server) if direction is Direction.ORIG else (wire.server, wire.client)
    source, target = (wire.client_mac, wire.server_mac)[:: 1 if direction is Direction.ORIG else -1]
    layers = Ether(src=source, dst=target)
    if wire.vlan is not None:
        layers /= Dot1Q(vlan=wire.vlan)
    hops = 63 if direction is Direction.ORIG else 52
    if ":" in sender.ip:
        return layers / IPv6(src=sender.ip, dst=receiver.ip, hlim=hops)
    return layers / IP(src=sender.ip, dst=receiver.ip, ttl=hops, flags="DF")


def render(segments: Iterable[Segment], wire: Wire) -> Iterator[Row]:
    """The frames of ``segments``, in their order, with right lengths, IP identifications and checksums."""
    painters = {direction: _Painter.of(wire, direction) for direction in Direction}
    for segment in segments:
        yield segment.at_ns, painters[segment.direction].paint(segment)


@dataclass(slots=True)
class _Painter:
    """Header templates of one direction. Scapy needs some 400 µs for a frame, patching one some 4 µs."""

    plain: bytes
    opening: bytes
    link_bytes: int
    ipv6: bool
    ip_id: int = field(default=0x1000)

    @classmethod
    def of(cls, wire: Wire, direction: Direction) -> _Painter:
        below = link_and_network(wire, direction)
        ports = (wire.client.port, wire.server.port)[:: 1 if direction is Direction.ORIG else -1]
        tcp = TCP(sport=ports[0], dport=ports[1], window=64240, chksum=0)
        opening = tcp.copy()
        opening.options = [("MSS", wire.mss_bytes), ("SAckOK", b"")]
        link_bytes = 14 if wire.vlan is None else 18
        return cls(bytes(below / tcp), bytes(below / opening), link_bytes, ":" in wire.client.ip)

    def paint(self, segment: Segment) -> bytes:
        """One frame: templates, then sequence numbers, flags, lengths and both checksums."""
        frame = bytearray(self.opening if segment.flags & SYN else self.plain)
        tcp_at = self.link_bytes + (40 if self.ipv6 else 20)
        struct.pack_into("!II", frame, tcp_at + 4, segment.seq, segment.ack)
        frame[tcp_at + 13] = segment.flags
        frame += segment.payload
        self._patch_network(frame)
        addresses = frame[self.link_bytes + 8 : tcp_at] if self.ipv6 else frame[self.link_bytes + 12 : tcp_at]
        pseudo = bytes(addresses) + struct.pack("!II", len(frame) - tcp_at, 6)
        struct.pack_into("!H", frame, tcp_at + 16, 0)
        struct.pack_into("!H", frame, tcp_at + 16, checksum(pseudo + frame[tcp_at:]))
        return bytes(frame)

    def _patch_network(self, frame: bytearray) -> None:
        at, length = self.link_bytes, len(frame) - self.link_bytes
        if self.ipv6:
            struct.pack_into("!H", frame, at + 4, length - 40)
            return
        struct.pack_into("!HH", frame, at + 2, length, self.ip_id)
        struct.pack_into("!H", frame, at + 10, 0)
        struct.pack_into("!H", frame, at + 10, checksum(frame[at : at + 20]))
        self.ip_id = (self.ip_id + 1) & 0xFFFF


def checksum(data: bytes | bytearray) -> int:
    """The Internet checksum (RFC 1071): 2^16 is 1 modulo 65535, so the words' sum is one big remainder."""
    padded = bytes(data) + b"\x00" * (len(data) % 2)
    return 0xFFFF - (int.from_bytes(padded, "big") % 0xFFFF or 0xFFFF)
