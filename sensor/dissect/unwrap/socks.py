"""Where was a SOCKS proxy asked to connect to? SOCKS4, 4a, and 5 (RFC 1928, RFC 1929).

Each direction tells on its own where its greeting ends, so one side is enough. GSSAPI, BIND and UDP are left alone.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sensor.dissect.probe import Probe
from sensor.dissect.unwrap.heading import HeadingLayer
from sensor.dissect.unwrap.layer import SOCKS4, SOCKS5, Asked, Context, Entered
from sensor.model.flow import Direction

CONNECT = 1
GRANTED = 0x5A
NO_AUTH, USER_PASS = 0, 2
_MAX_USER_BYTES = 255
_ATYP_IPV4, _ATYP_NAME, _ATYP_IPV6 = 1, 3, 4


@dataclass(frozen=True, slots=True)
class Greeting:
    """One side's part of the negotiation, read to its end."""

    layer: str
    size: int
    """Bytes it took; what follows is the inner stream."""
    target: tuple[str, int] | None
    """Host and port asked for; None on the server's side."""


class _NotSocksError(Exception):
    """These bytes are no SOCKS."""


class _ShortError(Exception):
    """The greeting goes on."""


def probe(head: bytes) -> Probe:
    """Does the stream begin with either side of a SOCKS negotiation, read to its end?"""
    found = read_greeting(head)
    return found if isinstance(found, Probe) else Probe.CERTAIN


def read_greeting(head: bytes) -> Greeting | Probe:
    """The greeting of one side; UNSURE while it goes on, NOT_FOR_US when there is none."""
    is_short = not head
    for reader in _READERS:
        try:
            return reader(head)
        except _ShortError:
            is_short = True
        except _NotSocksError:
            pass
    return Probe.UNSURE if is_short else Probe.NOT_FOR_US


class SocksLayer(HeadingLayer):
    """Drops the negotiation of each direction, and tells the target."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._is_told = False

    def _read(self, head: bytes, direction: Direction, at_ns: int) -> int | None:
        greeting = read_greeting(head)
        if isinstance(greeting, Greeting):
            self._tell(greeting, direction, at_ns)
            return greeting.size
        return None if greeting is Probe.UNSURE else 0

    def _tell(self, greeting: Greeting, direction: Direction, at_ns: int) -> None:
        if not self._is_told:
            self._is_told = True
            self._context.tell(Entered(greeting.layer))
        if greeting.target is not None:
            self._context.tell(Asked(greeting.layer, direction, at_ns, *greeting.target))


class _Bytes:
    """Reads fields off the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        if self.at + size > len(self._data):
            raise _ShortError
        self.at += size
        return self._data[self.at - size : self.at]

    def byte(self, *allowed: int) -> int:
        value = self.take(1)[0]
        if allowed and value not in allowed:
            raise _NotSocksError
        return value

    def number(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def text(self) -> str:
        """Printable ASCII up to a zero byte."""
        end = self._data.find(0, self.at)
        size = (end if end >= 0 else len(self._data)) - self.at
        if size > _MAX_USER_BYTES:
            raise _NotSocksError
        found = self.take(size)
        self.take(1)
        return _printable(found)


def _client_5(head: bytes) -> Greeting:
    """Methods offered, user and password where they are asked for, the request."""
    data = _Bytes(head)
    data.byte(5)
    count = data.take(1)[0]
    if not 1 <= count <= 16:
        raise _NotSocksError
    methods = data.take(count)
    if not set(methods) & {NO_AUTH, USER_PASS}:
        raise _NotSocksError
    if data.byte(1, 5) == 1:
        data.take(data.byte())
        data.take(data.byte())
        data.byte(5)
    data.byte(CONNECT)
    data.byte(0)
    target = _address(data)
    return Greeting(SOCKS5, data.at, target)


def _server_5(head: bytes) -> Greeting:
    """The method chosen, the password's acceptance, and the reply with the address bound."""
    data = _Bytes(head)
    data.byte(5)
    if data.byte(NO_AUTH, USER_PASS) == USER_PASS:
        data.byte(1)
        data.byte(0)
    data.byte(5)
    data.byte(0)
    data.byte(0)
    _address(data)
    return Greeting(SOCKS5, data.at, None)


def _client_4(head: bytes) -> Greeting:
    """The request; an address 0.0.0.x says that a name follows the user (SOCKS4a)."""
    data = _Bytes(head)
    data.byte(4)
    data.byte(CONNECT)
    port = data.number()
    address = data.take(4)
    data.text()
    by_name = address[:3] == b"\0\0\0" and address[3]
    host = data.text().lower() if by_name else str(ipaddress.IPv4Address(address))
    if not host or not port:
        raise _NotSocksError
    return Greeting(SOCKS4, data.at, (host, port))


def _server_4(head: bytes) -> Greeting:
    data = _Bytes(head)
    data.byte(0)
    data.byte(GRANTED)
    data.take(6)
    return Greeting(SOCKS4, data.at, None)


def _address(data: _Bytes) -> tuple[str, int]:
    kind = data.byte(_ATYP_IPV4, _ATYP_NAME, _ATYP_IPV6)
    if kind == _ATYP_NAME:
        host = _printable(data.take(data.byte())).lower().rstrip(".")
    else:
        host = str(ipaddress.ip_address(data.take(4 if kind == _ATYP_IPV4 else 16)))
    return host, data.number()


def _printable(data: bytes) -> str:
    if not data.isascii() or not data.decode("ascii").isprintable():
        raise _NotSocksError
    return data.decode("ascii")


_Reader: TypeAlias = Callable[[bytes], Greeting]
_READERS: tuple[_Reader, ...] = (_client_5, _server_5, _client_4, _server_4)
