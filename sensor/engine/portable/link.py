"""Which network packet does a link-layer frame carry?

Link types: https://www.tcpdump.org/linktypes.html. EtherTypes stand for network layers throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from dpkt.ethernet import (
    ETH_TYPE_8021AD,
    ETH_TYPE_8021Q,
    ETH_TYPE_IP,
    ETH_TYPE_IP6,
    ETH_TYPE_QINQ1,
    ETH_TYPE_QINQ2,
    ETH_TYPE_TEB,
)
from dpkt.ppp import PPP_IP

from sensor.engine.portable.layers import Inner, Label, Skip, Step
from sensor.engine.portable.tenants import VLAN

ETHERNET_BYTES = 14
_PPP_IP6 = 0x57
_MIN_ETHERTYPE = 0x600
_SNAP = b"\xaa\xaa\x03\x00\x00\x00"
_AF_INET = 2
_AF_INET6 = frozenset({10, 23, 24, 28, 30})
"""AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS."""
_PPP_ETHERTYPES = {PPP_IP: ETH_TYPE_IP, _PPP_IP6: ETH_TYPE_IP6}
_U16 = Struct(">H").unpack_from
_TAG = Struct(">HH").unpack_from


def ethernet(data: bytes, at: int, end: int) -> Step:
    """Ethernet II, and IEEE 802.3 with a SNAP header."""
    if at + ETHERNET_BYTES > len(data):
        return Skip.BROKEN
    ethertype = _U16(data, at + 12)[0]
    if ethertype >= _MIN_ETHERTYPE:
        return Inner(ethertype, at + ETHERNET_BYTES, end)
    if data.startswith(_SNAP, at + ETHERNET_BYTES) and at + 22 <= len(data):
        return Inner(_U16(data, at + 20)[0], at + 22, end)
    return Skip.OTHER


def vlan(data: bytes, at: int, end: int) -> Step:
    """One IEEE 802.1Q or 802.1ad tag."""
    if at + 4 > len(data):
        return Skip.BROKEN
    tag, ethertype = _TAG(data, at)
    return Inner(ethertype, at + 4, end, Label(VLAN, tag))


def ppp(data: bytes, at: int, end: int) -> Step:
    """PPP (RFC 1661), with or without the HDLC-like address and control bytes (RFC 1662)."""
    if data.startswith(b"\xff\x03", at):
        at += 2
    if at + 2 > len(data):
        return Skip.BROKEN
    # Protocol-field compression drops the leading zero byte; an odd first byte tells.
    size = 1 if data[at] & 1 else 2
    ethertype = _PPP_ETHERTYPES.get(int.from_bytes(data[at : at + size], "big"))
    return Skip.OTHER if ethertype is None else Inner(ethertype, at + size, end)


def raw_ip(data: bytes, at: int, end: int) -> Step:
    """A bare IPv4 or IPv6 packet; the version nibble tells which."""
    version = data[at] >> 4 if at < len(data) else 0
    if version == 4:
        return Inner(ETH_TYPE_IP, at, end)
    return Inner(ETH_TYPE_IP6, at, end) if version == 6 else Skip.BROKEN


def _loopback(data: bytes, at: int, end: int) -> Step:
    """BSD loopback: an address family in the byte order of the capturing host."""
    if at + 4 > len(data):
        return Skip.BROKEN
    families = {int.from_bytes(data[at : at + 4], "little"), int.from_bytes(data[at : at + 4], "big")}
    if _AF_INET in families:
        return Inner(ETH_TYPE_IP, at + 4, end)
    return Inner(ETH_TYPE_IP6, at + 4, end) if families & _AF_INET6 else Skip.OTHER


def _typed(type_at: int, header_bytes: int) -> Callable[[bytes, int, int], Step]:
    """A link layer that is nothing but an EtherType at a fixed place."""

    def layer(data: bytes, at: int, end: int) -> Step:
        if at + header_bytes > len(data):
            return Skip.BROKEN
        return Inner(_U16(data, at + type_at)[0], at + header_bytes, end)

    return layer


Layer = Callable[[bytes, int, int], Step]

LINKS: dict[int, Layer] = {
    0: _loopback,
    1: ethernet,
    9: ppp,
    12: raw_ip,
    14: raw_ip,
    50: ppp,
    101: raw_ip,
    104: _typed(2, 4),
    108: _loopback,
    113: _typed(14, 16),
    228: raw_ip,
    229: raw_ip,
    276: _typed(0, 20),
}
"""By LINKTYPE value: NULL, Ethernet, PPP, raw IP, PPP in HDLC, Cisco HDLC, LOOP, Linux cooked v1 and v2."""

TAGS: dict[int, Layer] = {
    ETH_TYPE_8021Q: vlan,
    ETH_TYPE_8021AD: vlan,
    ETH_TYPE_QINQ1: vlan,
    ETH_TYPE_QINQ2: vlan,
    ETH_TYPE_TEB: ethernet,
}
"""By EtherType: what lies between the link layer and the network layer."""
