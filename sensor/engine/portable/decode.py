"""Which TCP segment or UDP datagram is in a frame?

IPv4 (RFC 791), IPv6 with extension headers (RFC 8200), TCP (RFC 9293), UDP (RFC 768). Header constants are dpkt's;
the headers are read in place, because building an object tree per packet costs ten times as much.
Not handled: reassembly of IP fragments, IEEE 802.11.
"""

from __future__ import annotations

import struct
from struct import Struct

from dpkt.ethernet import ETH_TYPE_IP, ETH_TYPE_IP6
from dpkt.ip import (
    IP_MF,
    IP_OFFMASK,
    IP_PROTO_AH,
    IP_PROTO_DSTOPTS,
    IP_PROTO_FRAGMENT,
    IP_PROTO_HOPOPTS,
    IP_PROTO_ROUTING,
    IP_PROTO_TCP,
    IP_PROTO_UDP,
)

from sensor.engine.api import Frame
from sensor.engine.portable.layers import Inner, Segment, Skip, Step
from sensor.engine.portable.link import LINKS, TAGS, Layer
from sensor.engine.portable.tunnels import ETHER_TUNNELS, IP_TUNNELS, UDP_TUNNELS

MAX_LAYERS = 16
"""Tags, tunnels and network layers unwrapped in one frame; deeper nesting is given up as broken."""
MAX_EXTENSION_HEADERS = 8
_IP_PROTO_MOBILITY, _IP_PROTO_HIP, _IP_PROTO_SHIM6 = 135, 139, 140
_EXTENSIONS = frozenset(
    {IP_PROTO_HOPOPTS, IP_PROTO_ROUTING, IP_PROTO_DSTOPTS, _IP_PROTO_MOBILITY, _IP_PROTO_HIP, _IP_PROTO_SHIM6}
)
_IPV4 = Struct(">BxHxxHxB").unpack_from
_IPV6 = Struct(">BxxxHB").unpack_from
_TCP = Struct(">IIBB").unpack_from
_UDP = Struct(">HH").unpack_from
_U16 = Struct(">H").unpack_from


def decode(frame: Frame) -> Segment | Skip:
    """The segment in a frame, or why there is none. Never raises, whatever the bytes."""
    data = frame.data
    layer = LINKS.get(frame.linktype)
    at, end = 0, frame.wire_len
    try:
        for _ in range(MAX_LAYERS):
            if layer is None:
                return Skip.OTHER if at else Skip.BROKEN
            step = layer(data, at, end)
            if type(step) is not Inner:
                return step  # type: ignore[return-value]  # mypy does not narrow on an exact type
            ethertype, at, end = step
            layer = _LAYERS.get(ethertype)
    except (struct.error, IndexError):
        # A header that ends before its fields do; each layer checks only what it cannot leave to this.
        return Skip.BROKEN
    return Skip.BROKEN


def _ipv4(data: bytes, at: int, end: int) -> Step:
    first, total, fragment, proto = _IPV4(data, at)
    header = (first & 0x0F) << 2
    # Segmentation offload hands frames over before the length is filled in: the frame's own end holds then.
    size = total or end - at
    if first >> 4 != 4 or header < 20 or size < header:
        return Skip.BROKEN
    if fragment & (IP_OFFMASK | IP_MF):
        return Skip.FRAGMENT
    addresses = data[at + 12 : at + 16], data[at + 16 : at + 20]
    return _transport(data, proto, at + header, at + size, addresses, size)


def _ipv6(data: bytes, at: int, end: int) -> Step:
    first, length, proto = _IPV6(data, at)
    if first >> 4 != 6:
        return Skip.BROKEN
    # Zero is segmentation offload or a jumbogram (RFC 2675): the frame's own end holds.
    size = length + 40 if length else end - at
    addresses = data[at + 8 : at + 24], data[at + 24 : at + 40]
    offset = at + 40
    for _ in range(MAX_EXTENSION_HEADERS):
        if proto in _EXTENSIONS:
            proto, offset = data[offset], offset + (data[offset + 1] + 1 << 3)
        elif proto == IP_PROTO_FRAGMENT:
            if _U16(data, offset + 2)[0] & 0xFFF9:
                return Skip.FRAGMENT
            proto, offset = data[offset], offset + 8
        else:
            break
    return _transport(data, proto, offset, at + size, addresses, size)


def _transport(data: bytes, proto: int, at: int, end: int, addresses: tuple[bytes, bytes], ip_bytes: int) -> Step:
    if proto == IP_PROTO_TCP:
        return _tcp(data, at, end, addresses, ip_bytes)
    if proto == IP_PROTO_UDP:
        return _udp(data, at, end, addresses, ip_bytes)
    if proto == IP_PROTO_AH:
        if data[at] == IP_PROTO_AH:
            return Skip.BROKEN
        return _transport(data, data[at], at + (data[at + 1] + 2 << 2), end, addresses, ip_bytes)
    tunnel = IP_TUNNELS.get(proto)
    return tunnel(data, at, end) if tunnel else Skip.OTHER


def _tcp(data: bytes, at: int, end: int, addresses: tuple[bytes, bytes], ip_bytes: int) -> Segment | Skip:
    seq, ack, offset, flags = _TCP(data, at + 4)
    start = at + (offset >> 4 << 2)
    if offset < 0x50 or start > end or at + 20 > len(data):
        return Skip.BROKEN
    return Segment(
        IP_PROTO_TCP,
        addresses[0] + data[at : at + 2],
        addresses[1] + data[at + 2 : at + 4],
        ip_bytes,
        data[start:end],
        end - start,
        seq,
        ack,
        flags,
    )


def _udp(data: bytes, at: int, end: int, addresses: tuple[bytes, bytes], ip_bytes: int) -> Step:
    port, length = _UDP(data, at + 2)
    if length:
        end = min(end, at + length)
    start = at + 8
    if start > end or start > len(data):
        return Skip.BROKEN
    tunnel = UDP_TUNNELS.get(port)
    if tunnel and (inner := tunnel(data, start, end)):
        return inner
    return Segment(
        IP_PROTO_UDP,
        addresses[0] + data[at : at + 2],
        addresses[1] + data[at + 2 : at + 4],
        ip_bytes,
        data[start:end],
        end - start,
    )


_LAYERS: dict[int, Layer] = {ETH_TYPE_IP: _ipv4, ETH_TYPE_IP6: _ipv6, **TAGS, **ETHER_TUNNELS}
