"""What can lie between the wire and a packet? Tags, labels, headers, tunnels and fragments around finished frames."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from sensor.model.errors import ConfigError
from sensor.simulate.frames import Row
from sensor.simulate.wraps.fragments import FRAGMENTS
from sensor.simulate.wraps.headers import HEADERS
from sensor.simulate.wraps.tunnels import TUNNELS, ppp

Carrier: TypeAlias = Callable[[bytes], list[bytes]]
"""The frames that carry one Ethernet frame."""

_MACS_BYTES, _ETHERNET_BYTES = 12, 14


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


def pseudowire(frame: bytes) -> list[bytes]:
    """Ethernet over MPLS with a control word (RFC 4448)."""
    return [frame[:_MACS_BYTES] + b"\x88\x47" + b"\x00\x01\x01\x40" + bytes(4) + frame]


def pppoe(frame: bytes) -> list[bytes]:
    """A PPPoE session (RFC 2516)."""
    packet = ppp(frame)
    return [frame[:_MACS_BYTES] + b"\x88\x64\x11\x00\x12\x34" + struct.pack("!H", len(packet)) + packet]


CARRIERS: dict[str, Carrier] = {
    "vlan": vlan,
    "qinq": qinq,
    "mpls": mpls,
    "pseudowire": pseudowire,
    "pppoe": pppoe,
    **TUNNELS,
    **HEADERS,
    **FRAGMENTS,
}
"""Every carrier by its name."""
