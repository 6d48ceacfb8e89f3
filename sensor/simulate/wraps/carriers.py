"""What can lie between the wire and a packet? Tags, labels, tunnels and IP fragments, put around finished frames."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from sensor.model.errors import ConfigError
from sensor.simulate.frames import Row, checksum

Carrier: TypeAlias = Callable[[bytes], list[bytes]]
"""The frames that carry one Ethernet frame."""

_MACS_BYTES, _ETHERNET_BYTES = 12, 14
_IPV4, _IPV6 = b"\x08\x00", b"\x86\xdd"
_UDP, _GRE, _FRAGMENT = 17, 47, 44
_OUTER_ENDS = bytes([203, 0, 113, 1, 203, 0, 113, 2])
_FRAGMENT_BYTES = 512
_MORE = 0x2000


def carry(rows: Iterable[Row], carriers: Iterable[Carrier]) -> Iterator[Row]:
    """``rows`` inside ``carriers``, the first of them outermost."""
    inside_out = tuple(carriers)[::-1]
    for at_ns, frame in rows:
        frames = [frame]
        for carrier in inside_out:
            frames = [outer for one in frames for outer in carrier(one)]
        yield from ((at_ns, one) for one in frames)


def find_carrier(name: str) -> Carrier:
    """The carrier of that name; raises ConfigError with the names there are."""
    if name not in CARRIERS:
        raise ConfigError(f"unknown carrier {name!r}: use one of {', '.join(CARRIERS)}")
    return CARRIERS[name]


def vlan(frame: bytes) -> list[bytes]:
    """An IEEE 802.1Q tag."""
    return [frame[:_MACS_BYTES] + b"\x81\x00\x00\x07" + frame[_MACS_BYTES:]]


def qinq(frame: bytes) -> list[bytes]:
    """An IEEE 802.1ad service tag around a customer's tag."""
    return [frame[:_MACS_BYTES] + b"\x88\xa8\x00\x63\x81\x00\x00\x07" + frame[_MACS_BYTES:]]


def mpls(frame: bytes) -> list[bytes]:
    """Two MPLS labels (RFC 3032), the second one at the bottom of the stack."""
    return [frame[:_MACS_BYTES] + b"\x88\x47" + b"\x00\x01\x00\x40\x00\x02\x01\x40" + frame[_ETHERNET_BYTES:]]


def pppoe(frame: bytes) -> list[bytes]:
    """A PPPoE session (RFC 2516)."""
    protocol = b"\x00\x57" if _is_ipv6(frame) else b"\x00\x21"
    packet = protocol + frame[_ETHERNET_BYTES:]
    return [frame[:_MACS_BYTES] + b"\x88\x64\x11\x00\x12\x34" + struct.pack("!H", len(packet)) + packet]


def gre(frame: bytes) -> list[bytes]:
    """GRE over IPv4 (RFC 2784)."""
    return [_outer(frame, _GRE, b"\x00\x00" + frame[_MACS_BYTES:])]


def vxlan(frame: bytes) -> list[bytes]:
    """VXLAN (RFC 7348)."""
    return [_outer_udp(frame, 4789, b"\x08\x00\x00\x00\x00\x12\x34\x00" + frame)]


def gtpu(frame: bytes) -> list[bytes]:
    """GTP-U (3GPP TS 29.281)."""
    packet = frame[_ETHERNET_BYTES:]
    return [_outer_udp(frame, 2152, b"\x30\xff" + struct.pack("!HI", len(packet), 0x1234) + packet)]


def fragments(frame: bytes) -> list[bytes]:
    """Pieces of at most 512 bytes of what IP carries (RFC 791, RFC 8200 §4.5)."""
    return _fragments_6(frame) if _is_ipv6(frame) else _fragments_4(frame)


CARRIERS: dict[str, Carrier] = {
    "vlan": vlan,
    "qinq": qinq,
    "mpls": mpls,
    "pppoe": pppoe,
    "gre": gre,
    "vxlan": vxlan,
    "gtpu": gtpu,
    "fragments": fragments,
}
"""Every carrier by its name."""


def _is_ipv6(frame: bytes) -> bool:
    return frame[_MACS_BYTES:_ETHERNET_BYTES] == _IPV6


def _outer(frame: bytes, protocol: int, payload: bytes) -> bytes:
    head = bytearray(struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 61, protocol, 0) + _OUTER_ENDS)
    struct.pack_into("!H", head, 10, checksum(head))
    return frame[:_MACS_BYTES] + _IPV4 + bytes(head) + payload


def _outer_udp(frame: bytes, port: int, payload: bytes) -> bytes:
    return _outer(frame, _UDP, struct.pack("!HHHH", 49_152, port, 8 + len(payload), 0) + payload)


def _pieces(payload: bytes) -> list[tuple[int, bytes, bool]]:
    """Offset, bytes, and whether more follow."""
    starts = range(0, len(payload), _FRAGMENT_BYTES)
    return [(at, payload[at : at + _FRAGMENT_BYTES], at + _FRAGMENT_BYTES < len(payload)) for at in starts]


def _fragments_4(frame: bytes) -> list[bytes]:
    head, payload = frame[_ETHERNET_BYTES : _ETHERNET_BYTES + 20], frame[_ETHERNET_BYTES + 20 :]
    found = []
    for at, piece, more in _pieces(payload):
        fresh = bytearray(head)
        struct.pack_into("!H", fresh, 2, 20 + len(piece))
        struct.pack_into("!H", fresh, 6, (_MORE if more else 0) | at // 8)
        struct.pack_into("!H", fresh, 10, 0)
        struct.pack_into("!H", fresh, 10, checksum(fresh))
        found.append(frame[:_ETHERNET_BYTES] + bytes(fresh) + piece)
    return found


def _fragments_6(frame: bytes) -> list[bytes]:
    head, payload = bytearray(frame[_ETHERNET_BYTES : _ETHERNET_BYTES + 40]), frame[_ETHERNET_BYTES + 40 :]
    next_header, head[6] = head[6], _FRAGMENT
    # The TCP checksum differs with every packet: it will do as the identification.
    number = int.from_bytes(payload[16:18], "big")
    found = []
    for at, piece, more in _pieces(payload):
        extension = struct.pack("!BBHI", next_header, 0, at | int(more), number)
        struct.pack_into("!H", head, 4, 8 + len(piece))
        found.append(frame[:_ETHERNET_BYTES] + bytes(head) + extension + piece)
    return found
