"""Which machine got which IPv6 address under which name? DHCPv6 between client, relay and server.

Sources: RFC 8415 (messages, DUID, IA_NA, relays), RFC 4704 (client's name), RFC 6939 (the client's link-layer address
as its relay saw it). A DUID bears the MAC address of an interface of the machine, not always of the one that asks.
Not handled: prefixes and temporary addresses, DUIDs of other kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PORTS = frozenset({546, 547})
_REPLY, _RELAY_FORWARD, _RELAY_REPLY = 7, 12, 13
_CLIENT_ID, _IA_NA, _IA_ADDRESS, _RELAYED, _NAME, _LINK_ADDRESS = 1, 3, 5, 9, 39, 79
_ETHERNET = b"\x00\x01"
_DUID_LLT, _DUID_LL = 1, 3
_MAC_BYTES, _IP_BYTES = 6, 16
_MAX_RELAYS = 8
"""Relays inside one another; a message allows 8 (RFC 8415, HOP_COUNT_LIMIT)."""
_MAX_OPTIONS = 64


@dataclass(frozen=True, slots=True)
class Lease:
    """What one message tells. ``addresses`` are those that the server gave; none in a question."""

    link_mac: bytes | None = None
    """Of the interface that asked, as its relay saw it."""
    duid_mac: bytes | None = None
    """Of some interface of the machine."""
    name: str = ""
    addresses: tuple[bytes, ...] = ()


def read_lease(message: bytes) -> Lease:
    """What a message tells, whatever relays put around it. Broken parts tell nothing; never raises."""
    link_mac = None
    for _ in range(_MAX_RELAYS + 1):
        if not message or message[0] not in {_RELAY_FORWARD, _RELAY_REPLY}:
            break
        options = dict(_options(message[34:]))
        told = options.get(_LINK_ADDRESS, b"")
        link_mac = told[2:8] if told[:2] == _ETHERNET and len(told) == 2 + _MAC_BYTES else link_mac
        message = options.get(_RELAYED, b"")
    options = dict(_options(message[4:]))
    return Lease(
        link_mac,
        _duid_mac(options.get(_CLIENT_ID, b"")),
        _first_label(options.get(_NAME, b"")[1:]),
        tuple(_given(message[4:])) if message[:1] == bytes([_REPLY]) else (),
    )


def _options(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Codes and contents in their order; a cut one ends it."""
    for _ in range(_MAX_OPTIONS):
        size = int.from_bytes(data[2:4], "big")
        if len(data) < 4 + size or len(data) < 4:
            return
        yield int.from_bytes(data[:2], "big"), data[4 : 4 + size]
        data = data[4 + size :]


def _given(options: bytes) -> Iterator[bytes]:
    for code, association in _options(options):
        if code == _IA_NA:
            for inner, address in _options(association[12:]):
                if inner == _IA_ADDRESS and len(address) >= _IP_BYTES + 8 and any(address[20:24]):
                    yield address[:_IP_BYTES]


def _duid_mac(duid: bytes) -> bytes | None:
    kind = int.from_bytes(duid[:2], "big")
    at = {_DUID_LLT: 8, _DUID_LL: 4}.get(kind)
    if at is None or duid[2:4] != _ETHERNET or len(duid) != at + _MAC_BYTES:
        return None
    return duid[at:]


def _first_label(name: bytes) -> str:
    """The machine's part of a name in DNS form, which may end without its domain."""
    return name[1 : 1 + name[0]].decode("utf-8", "replace") if name else ""
