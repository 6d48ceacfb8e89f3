"""What lies inside a tunnel?

MPLS (RFC 3032, 4385), PPPoE (RFC 2516), IP in IP (RFC 2003, 4213), GRE (RFC 2784, 2890, 2637) with WCCP and ERSPAN,
VXLAN (RFC 7348), Geneve (RFC 8926), GTP-U (3GPP TS 29.281). Not handled: L2TP, CAPWAP, Teredo, GRE source routes.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from dpkt.ethernet import (
    ETH_TYPE_IP,
    ETH_TYPE_IP6,
    ETH_TYPE_MPLS,
    ETH_TYPE_MPLS_MCAST,
    ETH_TYPE_PPP,
    ETH_TYPE_TEB,
    ETH_TYPE_PPPoE,
)
from dpkt.gre import GRE_AP, GRE_CP, GRE_KP, GRE_RP, GRE_SP
from dpkt.ip import IP_PROTO_GRE, IP_PROTO_IP6, IP_PROTO_IPIP

from sensor.engine.portable.layers import Inner, Skip, Step
from sensor.engine.portable.link import Layer, ppp, raw_ip

_MAX_LABELS = 16
_MAX_GTP_EXTENSIONS = 8
_WCCP, _ERSPAN_2, _ERSPAN_3 = 0x883E, 0x88BE, 0x22EB
_ERSPAN_SUBHEADER = 0x01
_VXLAN_HAS_ID = 0x08
_GTP_VERSION_1, _GTP_PACKET = 0x30, 255
_U16 = Struct(">H").unpack_from
_GRE = Struct(">HH").unpack_from


def _mpls(data: bytes, at: int, end: int) -> Step:
    """A label stack, then an IP packet, or Ethernet behind a pseudowire control word."""
    for _ in range(_MAX_LABELS):
        bottom = data[at + 2] & 1
        at += 4
        if bottom:
            # A zero nibble cannot begin an IP packet: that is what the control word is made for (RFC 4928).
            return Inner(ETH_TYPE_TEB, at + 4, end) if data[at] >> 4 == 0 else raw_ip(data, at, end)
    return Skip.BROKEN


def _pppoe(data: bytes, at: int, end: int) -> Step:
    length = _U16(data, at + 4)[0]
    return ppp(data, at + 6, min(end, at + 6 + length))


def _gre(data: bytes, at: int, end: int) -> Step:
    flags, ethertype = _GRE(data, at)
    if flags & GRE_RP:
        return Skip.OTHER
    words = (bool(flags & GRE_CP), bool(flags & GRE_KP), bool(flags & GRE_SP), bool(flags & GRE_AP and flags & 7 == 1))
    at += 4 + 4 * sum(words)
    if ethertype == _WCCP:
        # Version 2 puts four bytes before the packet, version 1 none.
        return raw_ip(data, at if data[at] >> 4 == 4 else at + 4, end)
    if ethertype == _ERSPAN_2:
        # Type I has neither sequence number nor header of its own.
        return Inner(ETH_TYPE_TEB, at + 8 if flags & GRE_SP else at, end)
    if ethertype == _ERSPAN_3:
        return Inner(ETH_TYPE_TEB, at + 12 + 8 * (data[at + 11] & _ERSPAN_SUBHEADER), end)
    return Inner(ethertype, at, end)


def _ip4_inside(_: bytes, at: int, end: int) -> Step:
    return Inner(ETH_TYPE_IP, at, end)


def _ip6_inside(_: bytes, at: int, end: int) -> Step:
    return Inner(ETH_TYPE_IP6, at, end)


def _vxlan(data: bytes, at: int, end: int) -> Inner | None:
    return Inner(ETH_TYPE_TEB, at + 8, end) if at + 8 <= len(data) and data[at] & _VXLAN_HAS_ID else None


def _geneve(data: bytes, at: int, end: int) -> Inner | None:
    if at + 8 > len(data) or data[at] >> 6:
        return None
    return Inner(_U16(data, at + 2)[0], at + 8 + ((data[at] & 0x3F) << 2), end)


def _gtp_u(data: bytes, at: int, end: int) -> Inner | None:
    if at + 12 > len(data) or data[at] & 0xF0 != _GTP_VERSION_1 or data[at + 1] != _GTP_PACKET:
        return None
    start = at + 8
    if data[at] & 0x07:
        more, start = data[at + 11] if data[at] & 0x04 else 0, start + 4
        for _ in range(_MAX_GTP_EXTENSIONS):
            if not more or start >= len(data) or not data[start]:
                break
            start += data[start] << 2
            more = data[start - 1] if start <= len(data) else 0
    found = raw_ip(data, start, end)
    return found if isinstance(found, Inner) else None


ETHER_TUNNELS: dict[int, Layer] = {
    ETH_TYPE_MPLS: _mpls,
    ETH_TYPE_MPLS_MCAST: _mpls,
    ETH_TYPE_PPPoE: _pppoe,
    ETH_TYPE_PPP: ppp,
}
"""By EtherType."""

IP_TUNNELS: dict[int, Layer] = {IP_PROTO_IPIP: _ip4_inside, IP_PROTO_IP6: _ip6_inside, IP_PROTO_GRE: _gre}
"""By IP protocol number."""

UDP_TUNNELS: dict[int, Callable[[bytes, int, int], Inner | None]] = {
    2152: _gtp_u,
    4789: _vxlan,
    6081: _geneve,
    8472: _vxlan,
}
"""By UDP destination port; 8472 is what Linux used before the port was registered. None: an ordinary datagram."""
