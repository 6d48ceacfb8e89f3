"""What lies inside a tunnel?

MPLS (RFC 3032, 4385), PPPoE (RFC 2516), IP in IP (RFC 2003, 4213), GRE (RFC 2784, 2890, 2637) with WCCP, ERSPAN and
NVGRE (RFC 7637), and over UDP what ``udp_tunnels`` has. Not handled: GRE source routes.
"""

from __future__ import annotations

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
from dpkt.ip import IP_PROTO_GRE, IP_PROTO_IP6, IP_PROTO_IPIP, IP_PROTO_L2TP

from sensor.engine.portable.layers import Inner, Label, Skip, Step
from sensor.engine.portable.link import Layer, ppp, raw_ip
from sensor.engine.portable.tenants import TUNNEL
from sensor.engine.portable.udp_tunnels import l2tp_over_ip

_MAX_LABELS = 16
_WCCP, _ERSPAN_2, _ERSPAN_3 = 0x883E, 0x88BE, 0x22EB
_ERSPAN_SUBHEADER = 0x01
_ERSPAN_IP = 2
"""Frame type of ERSPAN III: an IP packet without Ethernet."""
_PSEUDOWIRE_CHANNEL = 1
"""What begins a packet of the channel that goes with a pseudowire (RFC 5586)."""
_GRE_VERSION, _PPTP = 0x0007, 1
_U16 = Struct(">H").unpack_from
_U32 = Struct(">I").unpack_from
_GRE = Struct(">HH").unpack_from


def _mpls(data: bytes, at: int, end: int) -> Step:
    """A label stack, then an IP packet, or the Ethernet of a pseudowire with or without its control word."""
    for _ in range(_MAX_LABELS):
        bottom = data[at + 2] & 1
        at += 4
        if bottom:
            # What begins an IP packet begins no pseudowire that may meet one: its control word is zero (RFC 4928).
            first = data[at] >> 4
            if first in {4, 6}:
                return raw_ip(data, at, end)
            if first == _PSEUDOWIRE_CHANNEL:
                return Skip.OTHER
            return Inner(ETH_TYPE_TEB, at if first else at + 4, end)
    return Skip.BROKEN


def _pppoe(data: bytes, at: int, end: int) -> Step:
    length = _U16(data, at + 4)[0]
    return ppp(data, at + 6, min(end, at + 6 + length))


def _gre(data: bytes, at: int, end: int) -> Step:
    flags, ethertype = _GRE(data, at)
    if flags & GRE_RP:
        return Skip.OTHER
    is_pptp = flags & _GRE_VERSION == _PPTP
    words = (bool(flags & GRE_CP), bool(flags & GRE_KP), bool(flags & GRE_SP), bool(flags & GRE_AP and is_pptp))
    key = _U32(data, at + 4 + 4 * words[0])[0] if words[1] and not is_pptp else None
    at += 4 + 4 * sum(words)
    if ethertype == _WCCP:
        # Version 2 puts four bytes before the packet, version 1 none.
        return raw_ip(data, at if data[at] >> 4 == 4 else at + 4, end)
    if ethertype in {_ERSPAN_2, _ERSPAN_3}:
        return _erspan(data, ethertype, flags, at, end)
    if key is not None and ethertype == ETH_TYPE_TEB:
        # The lowest byte tells flows of a virtual subnet apart, and each direction may have its own.
        key >>= 8
    return Inner(ethertype, at, end, None if key is None else Label(TUNNEL, key))


def _erspan(data: bytes, ethertype: int, flags: int, at: int, end: int) -> Step:
    if ethertype == _ERSPAN_2:
        # Type I has neither sequence number nor header of its own.
        return Inner(ETH_TYPE_TEB, at + 8 if flags & GRE_SP else at, end)
    frame_type = data[at + 10] >> 2 & 0x1F
    at += 12 + 8 * (data[at + 11] & _ERSPAN_SUBHEADER)
    return raw_ip(data, at, end) if frame_type == _ERSPAN_IP else Inner(ETH_TYPE_TEB, at, end)


def _ip4_inside(_: bytes, at: int, end: int) -> Step:
    return Inner(ETH_TYPE_IP, at, end)


def _ip6_inside(_: bytes, at: int, end: int) -> Step:
    return Inner(ETH_TYPE_IP6, at, end)


ETHER_TUNNELS: dict[int, Layer] = {
    ETH_TYPE_MPLS: _mpls,
    ETH_TYPE_MPLS_MCAST: _mpls,
    ETH_TYPE_PPPoE: _pppoe,
    ETH_TYPE_PPP: ppp,
}
"""By EtherType."""

IP_TUNNELS: dict[int, Layer] = {
    IP_PROTO_IPIP: _ip4_inside,
    IP_PROTO_IP6: _ip6_inside,
    IP_PROTO_GRE: _gre,
    IP_PROTO_L2TP: l2tp_over_ip,
}
"""By IP protocol number."""
