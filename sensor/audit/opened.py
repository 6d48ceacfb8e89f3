"""Who sent a frame on the link, and what does it carry? Ethernet and Linux cooked captures, VLAN tags taken off.

Sources: IEEE 802.3, 802.1Q; LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 of the tcpdump group. A cooked frame bears the
sender's address only.
"""

from __future__ import annotations

from typing import NamedTuple

from dpkt.ethernet import ETH_TYPE_8021AD, ETH_TYPE_8021Q

from sensor.engine.api import Frame

ETHERNET, COOKED, COOKED_2 = 1, 113, 276
LINKS = frozenset({ETHERNET, COOKED, COOKED_2})
_TAGS = frozenset({ETH_TYPE_8021Q, ETH_TYPE_8021AD})
_MAX_TAGS = 2
_ARPHRD_ETHER, _MAC_BYTES = 1, 6


class Opened(NamedTuple):
    """A frame without its link layer. ``sender`` is None where the frame does not bear a MAC address."""

    sender: bytes | None
    ethertype: int
    body: bytes


def opened(frame: Frame) -> Opened | None:
    """The frame taken apart; None where its link is none of :data:`LINKS`. A cut one gives what there is."""
    data = frame.data
    if frame.linktype == ETHERNET:
        return _untagged(data[6:12], data[12:14], data[14:])
    if frame.linktype == COOKED:
        return _untagged(_cooked(data[2:4], data[4:6], data[6:14]), data[14:16], data[16:])
    if frame.linktype == COOKED_2:
        return _untagged(_cooked(data[8:10], data[11:12], data[12:20]), data[:2], data[20:])
    return None


def _cooked(hardware: bytes, size: bytes, address: bytes) -> bytes | None:
    is_mac = int.from_bytes(hardware, "big") == _ARPHRD_ETHER and int.from_bytes(size, "big") == _MAC_BYTES
    return address[:_MAC_BYTES] if is_mac else None


def _untagged(sender: bytes | None, kind: bytes, body: bytes) -> Opened:
    ethertype = int.from_bytes(kind, "big")
    for _ in range(_MAX_TAGS):
        if ethertype not in _TAGS:
            break
        ethertype, body = int.from_bytes(body[2:4], "big"), body[4:]
    return Opened(sender, ethertype, body)
