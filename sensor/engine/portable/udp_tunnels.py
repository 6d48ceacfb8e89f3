"""What lies inside a tunnel over UDP, and inside L2TP over IP?

VXLAN (RFC 7348), Geneve (RFC 8926), GTP-U (3GPP TS 29.281), Teredo (RFC 4380), L2TPv2 (RFC 2661), L2TPv3 (RFC 3931).
Not handled: CAPWAP.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from dpkt.ethernet import ETH_TYPE_IP, ETH_TYPE_IP6, ETH_TYPE_TEB

from sensor.engine.portable.layers import Inner, Label, Skip, Step
from sensor.engine.portable.link import ETHERNET_BYTES, ethernet, ppp, raw_ip
from sensor.engine.portable.tenants import TUNNEL

_MAX_GTP_EXTENSIONS = 8
_VXLAN_HAS_ID = 0x08
_GTP_VERSION_1, _GTP_PACKET = 0x30, 255
_TEREDO_ORIGIN, _TEREDO_AUTHENTICATION = 0, 1
_L2TP_CONTROL, _L2TP_LENGTH, _L2TP_SEQUENCE, _L2TP_OFFSET = 0x8000, 0x4000, 0x0800, 0x0200
_L2TP_2_RESERVED, _L2TP_VERSION = 0x34F0, 0x000F
_L2TP_3_SKIPS = (0, 4, 8, 12)
"""Cookie and sublayer of L2TPv3, of which only its control channel tells the size: none or four bytes of the sublayer
after a cookie of none, four or eight."""
_U16 = Struct(">H").unpack_from


def l2tp_over_ip(data: bytes, at: int, end: int) -> Step:
    """L2TPv3 by IP protocol number (RFC 3931 §4.1.1)."""
    return _l2tp_3(data, at, end) or Skip.OTHER


def _vxlan(data: bytes, at: int, end: int) -> Inner | None:
    if at + 8 > len(data) or not data[at] & _VXLAN_HAS_ID:
        return None
    return Inner(ETH_TYPE_TEB, at + 8, end, _network(data, at + 4))


def _geneve(data: bytes, at: int, end: int) -> Inner | None:
    if at + 8 > len(data) or data[at] >> 6:
        return None
    return Inner(_U16(data, at + 2)[0], at + 8 + ((data[at] & 0x3F) << 2), end, _network(data, at + 4))


def _network(data: bytes, at: int) -> Label:
    return Label(TUNNEL, int.from_bytes(data[at : at + 3], "big"))


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


def _teredo(data: bytes, at: int, end: int) -> Inner | None:
    """An IPv6 packet behind up to one authentication and one origin header (RFC 4380 §5.1.1), in this order."""
    if _half(data, at) == _TEREDO_AUTHENTICATION and at + 4 <= len(data):
        at += 13 + data[at + 2] + data[at + 3]
    if _half(data, at) == _TEREDO_ORIGIN:
        at += 8
    if at + 6 > len(data) or data[at] >> 4 != 6 or at + 40 + _half(data, at + 4) > end:
        return None
    return Inner(ETH_TYPE_IP6, at, end)


def _l2tp(data: bytes, at: int, end: int) -> Inner | None:
    flags = _half(data, at)
    if flags & _L2TP_VERSION == 2 and not flags & (_L2TP_CONTROL | _L2TP_2_RESERVED):
        return _l2tp_2(data, flags, at, end)
    if flags & _L2TP_VERSION == 3 and not flags & _L2TP_CONTROL:
        return _l2tp_3(data, at + 4, end)
    return None


def _l2tp_2(data: bytes, flags: int, at: int, end: int) -> Inner | None:
    """The PPP frame of a data message (RFC 2661 §3.1)."""
    start = at + 6
    if flags & _L2TP_LENGTH:
        end, start = min(end, at + _half(data, at + 2)), start + 2
    if flags & _L2TP_SEQUENCE:
        start += 4
    if flags & _L2TP_OFFSET:
        start += 2 + _half(data, start)
    found = ppp(data, start, end)
    return found if isinstance(found, Inner) else None


def _l2tp_3(data: bytes, at: int, end: int) -> Inner | None:
    """The Ethernet frame of a session: the first place where one with an IP packet inside can be."""
    # Session 0 is the control channel.
    if not any(data[at : at + 4]):
        return None
    for skip in _L2TP_3_SKIPS:
        found = ethernet(data, at + 4 + skip, end)
        if isinstance(found, Inner) and found.offset == at + 4 + skip + ETHERNET_BYTES and _has_ip(data, found):
            return found
    return None


def _has_ip(data: bytes, inner: Inner) -> bool:
    """True when a whole IP packet of the version that the EtherType names can be there."""
    ethertype, at, end, _ = inner
    if ethertype not in {ETH_TYPE_IP, ETH_TYPE_IP6} or at >= len(data):
        return False
    version, size_at, header_bytes = (4, at + 2, 0) if ethertype == ETH_TYPE_IP else (6, at + 4, 40)
    size = _half(data, size_at)
    return data[at] >> 4 == version and 0 <= size <= end - at - header_bytes


def _half(data: bytes, at: int) -> int:
    """Two bytes in network order; -1 where they are not there."""
    return _U16(data, at)[0] if at + 2 <= len(data) else -1


UDP_TUNNELS: dict[int, Callable[[bytes, int, int], Inner | None]] = {
    1701: _l2tp,
    2152: _gtp_u,
    3544: _teredo,
    4789: _vxlan,
    6081: _geneve,
    8472: _vxlan,
}
"""By UDP destination port; 8472 is what Linux used before the port was registered. None: an ordinary datagram."""

UDP_ANSWERS = {port: UDP_TUNNELS[port] for port in (1701, 3544)}
"""By UDP source port: servers of Teredo and L2TP answer from their port to any."""
