"""Who talks to whom: endpoints, five-tuples and directions."""

from __future__ import annotations

import enum
import ipaddress
from dataclasses import dataclass
from typing import Literal

L4 = Literal["tcp", "udp"]


class Direction(enum.IntEnum):
    """Which side of a flow sent the bytes."""

    ORIG = 0
    RESP = 1

    @property
    def other(self) -> Direction:
        """The opposite direction."""
        return Direction.RESP if self is Direction.ORIG else Direction.ORIG


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One end of a flow: a textual IP address and a port (0–65535)."""

    ip: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{host}:{self.port}"


def is_address(text: str) -> bool:
    """Is a text an IP address, and not a name?"""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class FiveTuple:
    """A flow's identity. ``orig`` sent the first packet seen, which is not always the client."""

    orig: Endpoint
    resp: Endpoint
    l4: L4

    def sender(self, direction: Direction) -> Endpoint:
        """The endpoint that sends in ``direction``."""
        return self.orig if direction is Direction.ORIG else self.resp

    def receiver(self, direction: Direction) -> Endpoint:
        """The endpoint that receives in ``direction``."""
        return self.sender(direction.other)


@dataclass(slots=True)
class Traffic:
    """Packets and payload-bearing IP bytes of a flow, counted per direction."""

    packets_orig: int = 0
    packets_resp: int = 0
    bytes_orig: int = 0
    bytes_resp: int = 0

    def add(self, other: Traffic) -> None:
        """Count another flow's traffic in."""
        self.packets_orig += other.packets_orig
        self.packets_resp += other.packets_resp
        self.bytes_orig += other.bytes_orig
        self.bytes_resp += other.bytes_resp

    def reversed(self) -> Traffic:
        """The same traffic seen from the other end."""
        return Traffic(self.packets_resp, self.packets_orig, self.bytes_resp, self.bytes_orig)
