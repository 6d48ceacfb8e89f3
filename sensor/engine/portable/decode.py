"""Which TCP segment or UDP datagram is in a frame?

IPv4 (RFC 791), IPv6 with extension headers (RFC 8200), TCP (RFC 9293), UDP (RFC 768). Header constants are dpkt's;
the headers are read in place, because building an object tree per packet costs ten times as much.
Not handled: IEEE 802.11.
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

from sensor.engine.api import Frame, Limits
from sensor.engine.portable.layers import Inner, Part, Segment, Skip, Step
from sensor.engine.portable.link import LINKS, TAGS, Layer, raw_ip
from sensor.engine.portable.partials import Whole
from sensor.engine.portable.tenants import counted_kinds, narrow
from sensor.engine.portable.tunnels import ETHER_TUNNELS, IP_TUNNELS
from sensor.engine.portable.udp_tunnels import UDP_ANSWERS, UDP_TUNNELS

MAX_EXTENSION_HEADERS = 8
_IP_PROTO_MOBILITY, _IP_PROTO_HIP, _IP_PROTO_SHIM6 = 135, 139, 140
_EXTENSIONS = frozenset(
    {IP_PROTO_HOPOPTS, IP_PROTO_ROUTING, IP_PROTO_DSTOPTS, _IP_PROTO_MOBILITY, _IP_PROTO_HIP, _IP_PROTO_SHIM6}
)
_IPV4 = Struct(">BxHxxHxB").unpack_from
_IPV6 = Struct(">BxxxHB").unpack_from
_IPV4_PART = Struct(">HH").unpack_from
_IPV6_PART = Struct(">BxHI").unpack_from
_TCP = Struct(">IIBB").unpack_from
_UDP = Struct(">HHH").unpack_from


class Decoder:
    """Looks into frames as ``limits`` say."""

    def __init__(self, limits: Limits) -> None:
        self._max_layers = limits.max_layers
        self._kinds = counted_kinds(limits)

    def frame(self, frame: Frame) -> Segment | Skip | Part:
        """The segment or the part of a packet in a frame, or why there is none. Never raises, whatever the bytes."""
        return self._layers(frame.data, LINKS.get(frame.linktype), frame.wire_len, 0)

    def whole(self, whole: Whole) -> Segment | Skip | Part:
        """The same of a packet that was put together."""
        found = self._layers(whole.data, raw_ip, len(whole.data), whole.tenant)
        if isinstance(found, Segment) and found.ip_bytes == len(whole.data):
            # Flows count what passed the wire.
            return found._replace(ip_bytes=whole.ip_bytes, frames=whole.frames)
        return found

    def _layers(self, data: bytes, layer: Layer | None, end: int, tenant: int) -> Segment | Skip | Part:
        at = 0
        try:
            for _ in range(self._max_layers):
                if layer is None:
                    return Skip.OTHER if at else Skip.BROKEN
                step = layer(data, at, end)
                if type(step) is not Inner:
                    # mypy does not narrow on an exact type.
                    return _with_tenant(step, tenant)  # type: ignore[arg-type]
                ethertype, at, end, label = step
                if label is not None and label.kind in self._kinds:
                    tenant = narrow(tenant, label)
                layer = _LAYERS.get(ethertype)
        except (struct.error, IndexError):
            # A header that ends before its fields do; each layer checks only what it cannot leave to this.
            return Skip.BROKEN
        return Skip.BROKEN


def decode(frame: Frame) -> Segment | Skip | Part:
    """What is in a frame, by the limits as they are by default. Never raises, whatever the bytes."""
    return _BY_DEFAULT.frame(frame)


def _with_tenant(step: Segment | Skip | Part, tenant: int) -> Segment | Skip | Part:
    if tenant and isinstance(step, Segment):
        return step._replace(tenant=tenant)
    if tenant and isinstance(step, Part):
        return step._replace(name=(*step.name[:3], tenant))
    return step


def _ipv4(data: bytes, at: int, end: int) -> Step:
    first, total, fragment, proto = _IPV4(data, at)
    header = (first & 0x0F) << 2
    # Segmentation offload hands frames over before the length is filled in: the frame's own end holds then.
    size = total or end - at
    if first >> 4 != 4 or header < 20 or size < header:
        return Skip.BROKEN
    if fragment & (IP_OFFMASK | IP_MF):
        return _part4(data, at, header, size) if at + 20 <= len(data) else Skip.BROKEN
    addresses = data[at + 12 : at + 16], data[at + 16 : at + 20]
    return _transport(data, proto, at + header, at + size, addresses, size)


def _ipv6(data: bytes, at: int, end: int) -> Step:
    first, length, proto = _IPV6(data, at)
    if first >> 4 != 6:
        return Skip.BROKEN
    # Zero is segmentation offload or a jumbogram (RFC 2675): the frame's own end holds.
    size = length + 40 if length else end - at
    addresses = data[at + 8 : at + 24], data[at + 24 : at + 40]
    next_at, offset = at + 6, at + 40
    for _ in range(MAX_EXTENSION_HEADERS):
        if proto in _EXTENSIONS:
            proto, next_at, offset = data[offset], offset, offset + (data[offset + 1] + 1 << 3)
        elif proto == IP_PROTO_FRAGMENT:
            if _IPV6_PART(data, offset)[1] & 0xFFF9:
                return _part6(data, at, next_at, offset, size)
            # The only part of its packet.
            proto, next_at, offset = data[offset], offset, offset + 8
        else:
            break
    return _transport(data, proto, offset, at + size, addresses, size)


def _part4(data: bytes, at: int, header: int, size: int) -> Part:
    identification, place = _IPV4_PART(data, at + 4)
    proto = data[at + 9]
    name = data[at + 12 : at + 20], proto, identification, 0
    start, body, is_last = (place & IP_OFFMASK) << 3, data[at + header : at + size], not place & IP_MF
    return Part(name, data[at : at + header], 9, proto, start, body, size - header, is_last, size)


def _part6(data: bytes, at: int, next_at: int, fragment_at: int, size: int) -> Part:
    following, place, identification = _IPV6_PART(data, fragment_at)
    name = data[at + 8 : at + 40], IP_PROTO_FRAGMENT, identification, 0
    body, body_bytes = data[fragment_at + 8 : at + size], at + size - fragment_at - 8
    header = data[at:fragment_at]
    return Part(name, header, next_at - at, following, place & 0xFFF8, body, body_bytes, not place & 1, size)


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
    source, target, length = _UDP(data, at)
    if length:
        end = min(end, at + length)
    start = at + 8
    if start > end or start > len(data):
        return Skip.BROKEN
    tunnel = UDP_TUNNELS.get(target) or UDP_ANSWERS.get(source)
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
_BY_DEFAULT = Decoder(Limits())
