"""In which parts can an IP packet come (RFC 791, RFC 8200 §4.5)? In order or not, tiny, twice, over each other."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

from sensor.simulate.frames import checksum

_ETHERNET_BYTES, _TYPE_AT = 14, 12
_IPV4_BYTES, _IPV6_BYTES = 20, 40
_IPV6 = b"\x86\xdd"
_FRAGMENT = 44
_MORE = 0x2000
_UNIT_BYTES = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of what an IP packet carries, and whether more follow."""

    at: int
    data: bytes
    more: bool


def cut(payload: bytes, size_bytes: int) -> list[Piece]:
    """Pieces of at most ``size_bytes``, a multiple of 8, in their order."""
    starts = range(0, len(payload), size_bytes)
    return [Piece(at, payload[at : at + size_bytes], at + size_bytes < len(payload)) for at in starts]


def fragments(frame: bytes) -> list[bytes]:
    """Pieces of at most 512 bytes."""
    return frames_of(frame, cut(_payload(frame), 512))


def tiny(frame: bytes) -> list[bytes]:
    """Pieces of 16 bytes: none holds a whole TCP header."""
    return frames_of(frame, cut(_payload(frame), 16))


def backwards(frame: bytes) -> list[bytes]:
    """Pieces of at most 64 bytes, the last one first."""
    return frames_of(frame, cut(_payload(frame), 64)[::-1])


def twice(frame: bytes) -> list[bytes]:
    """Pieces of at most 512 bytes, each shown twice, as by a mirror port of both directions."""
    return [one for piece in fragments(frame) for one in (piece, piece)]


def overlapping(frame: bytes) -> list[bytes]:
    """Pieces of at most 64 bytes; each but the first tries to write over the end of the one before."""
    pieces = cut(_payload(frame), 64)
    later = [Piece(piece.at - _UNIT_BYTES, bytes(_UNIT_BYTES) + piece.data, piece.more) for piece in pieces[1:]]
    return frames_of(frame, [*pieces[:1], *later])


def frames_of(frame: bytes, pieces: list[Piece]) -> list[bytes]:
    """The frames with these pieces of what the IP packet of ``frame`` carries; a single one stays as it is."""
    if len(pieces) < 2:
        return [frame]
    return [_ipv6(frame, piece) if _is_ipv6(frame) else _ipv4(frame, piece) for piece in pieces]


FRAGMENTS: dict[str, Callable[[bytes], list[bytes]]] = {
    "fragments": fragments,
    "fragments-tiny": tiny,
    "fragments-backwards": backwards,
    "fragments-twice": twice,
    "fragments-overlapping": overlapping,
}
"""Every way by its name."""


def _is_ipv6(frame: bytes) -> bool:
    return frame[_TYPE_AT:_ETHERNET_BYTES] == _IPV6


def _payload(frame: bytes) -> bytes:
    return frame[_ETHERNET_BYTES + (_IPV6_BYTES if _is_ipv6(frame) else _IPV4_BYTES) :]


def _ipv4(frame: bytes, piece: Piece) -> bytes:
    head = bytearray(frame[_ETHERNET_BYTES : _ETHERNET_BYTES + _IPV4_BYTES])
    struct.pack_into("!H", head, 2, _IPV4_BYTES + len(piece.data))
    struct.pack_into("!H", head, 6, (_MORE if piece.more else 0) | piece.at // _UNIT_BYTES)
    struct.pack_into("!H", head, 10, 0)
    struct.pack_into("!H", head, 10, checksum(head))
    return frame[:_ETHERNET_BYTES] + bytes(head) + piece.data


def _ipv6(frame: bytes, piece: Piece) -> bytes:
    head = bytearray(frame[_ETHERNET_BYTES : _ETHERNET_BYTES + _IPV6_BYTES])
    next_header, head[6] = head[6], _FRAGMENT
    # What is carried differs with every packet: it will do as the identification.
    extension = struct.pack("!BBHI", next_header, 0, piece.at | int(piece.more), crc32(_payload(frame)))
    struct.pack_into("!H", head, 4, len(extension) + len(piece.data))
    return frame[:_ETHERNET_BYTES] + bytes(head) + extension + piece.data
