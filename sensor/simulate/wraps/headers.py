"""What can stand between an IP header and TCP? Options of IPv4 (RFC 791), extension headers (RFC 8200, RFC 4302)."""

from __future__ import annotations

import struct
from collections.abc import Callable

from sensor.simulate.frames import checksum

_ETHERNET_BYTES, _TYPE_AT = 14, 12
_IPV4_BYTES, _IPV6_BYTES = 20, 40
_IPV6 = b"\x86\xdd"
_ROUTING, _AUTHENTICATION, _DESTINATION = 43, 51, 60
_ROUTER_ALERT_4 = b"\x94\x04\x00\x00"
_ROUTER_ALERT_6 = b"\x05\x02\x00\x00\x01\x00"
_PADDING_6 = b"\x01\x04\x00\x00\x00\x00"


def options(frame: bytes) -> list[bytes]:
    """The router alert of IPv4 (RFC 2113); in IPv6 hop-by-hop options, an empty routing header, destination options."""
    if frame[_TYPE_AT:_ETHERNET_BYTES] != _IPV6:
        return [_ipv4(frame, _ROUTER_ALERT_4, b"", None)]
    following = frame[_ETHERNET_BYTES + 6]
    headers = bytes([_ROUTING, 0]) + _ROUTER_ALERT_6 + bytes([_DESTINATION]) + bytes(7)
    return [_ipv6(frame, headers + bytes([following, 0]) + _PADDING_6, 0)]


def authentication(frame: bytes) -> list[bytes]:
    """An authentication header (RFC 4302) with 96 bits of integrity check value."""
    is_ipv6 = frame[_TYPE_AT:_ETHERNET_BYTES] == _IPV6
    following = frame[_ETHERNET_BYTES + (6 if is_ipv6 else 9)]
    header = struct.pack("!BBHII", following, 4, 0, 0x1234, 1) + bytes(12)
    return [_ipv6(frame, header, _AUTHENTICATION) if is_ipv6 else _ipv4(frame, b"", header, _AUTHENTICATION)]


HEADERS: dict[str, Callable[[bytes], list[bytes]]] = {"ip-options": options, "authentication": authentication}
"""Every header by its name."""


def _ipv4(frame: bytes, options: bytes, headers: bytes, protocol: int | None) -> bytes:
    ip = frame[_ETHERNET_BYTES:]
    head = bytearray(ip[:_IPV4_BYTES] + options)
    head[0] = 0x40 | len(head) // 4
    struct.pack_into("!H", head, 2, len(ip) + len(options) + len(headers))
    head[9] = head[9] if protocol is None else protocol
    struct.pack_into("!H", head, 10, 0)
    struct.pack_into("!H", head, 10, checksum(head))
    return frame[:_ETHERNET_BYTES] + bytes(head) + headers + ip[_IPV4_BYTES:]


def _ipv6(frame: bytes, headers: bytes, protocol: int) -> bytes:
    ip = frame[_ETHERNET_BYTES:]
    head = bytearray(ip[:_IPV6_BYTES])
    struct.pack_into("!H", head, 4, len(ip) - _IPV6_BYTES + len(headers))
    head[6] = protocol
    return frame[:_ETHERNET_BYTES] + bytes(head) + headers + ip[_IPV6_BYTES:]
