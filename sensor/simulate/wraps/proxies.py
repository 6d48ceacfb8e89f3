"""How is a proxy asked for a connection? SOCKS4, 4a and 5, HTTP CONNECT, and the PROXY header of a load balancer."""

from __future__ import annotations

import base64
import ipaddress
import random
from collections.abc import Iterable
from dataclasses import dataclass

from sensor.dissect.unwrap.proxy_header import SIGNATURE
from sensor.model.flow import Direction
from sensor.simulate.wraps.base import Place, Raw, Said

_USER, _PASSWORD = b"demo", b"secret"
_ORIG, _RESP = Direction.ORIG, Direction.RESP


@dataclass(frozen=True, slots=True)
class Socks4(Raw):
    """SOCKS4 with the pool's address, or SOCKS4a with its name."""

    place: Place
    by_name: bool = False

    def greeting(self) -> Iterable[Said]:
        """Request and grant."""
        address = b"\0\0\0\1" if self.by_name else _packed(self.place.server.ip)[:4]
        name = self.place.host.encode() + b"\0" if self.by_name else b""
        port = self.place.server.port.to_bytes(2, "big")
        return [(_ORIG, b"\4\1" + port + address + _USER + b"\0" + name), (_RESP, b"\0\x5a" + port + address)]


@dataclass(frozen=True, slots=True)
class Socks5(Raw):
    """SOCKS5 (RFC 1928), with user and password (RFC 1929) where ``auth`` says so."""

    place: Place
    by_name: bool = True
    auth: bool = False

    def greeting(self) -> Iterable[Said]:
        """Methods, password, request, reply."""
        method = 2 if self.auth else 0
        yield _ORIG, bytes([5, 1, method])
        yield _RESP, bytes([5, method])
        if self.auth:
            yield _ORIG, bytes([1, len(_USER)]) + _USER + bytes([len(_PASSWORD)]) + _PASSWORD
            yield _RESP, b"\1\0"
        yield _ORIG, b"\5\1\0" + self._target()
        yield _RESP, b"\5\0\0\1" + bytes(6)

    def _target(self) -> bytes:
        port = self.place.server.port.to_bytes(2, "big")
        if self.by_name:
            name = self.place.host.encode()
            return bytes([3, len(name)]) + name + port
        address = _packed(self.place.server.ip)
        return bytes([1 if len(address) == 4 else 4]) + address + port


@dataclass(frozen=True, slots=True)
class Connect(Raw):
    """HTTP CONNECT; with ``auth`` the proxy refuses the first try and asks for a password."""

    place: Place
    auth: bool = False

    def greeting(self) -> Iterable[Said]:
        """One request and its grant, or two."""
        target = f"{self.place.host}:{self.place.server.port}"
        request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: curl/8.9.1\r\n"
        if self.auth:
            yield _ORIG, f"{request}\r\n".encode()
            yield _RESP, b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 6\r\n\r\ndenied"
            request += f"Proxy-Authorization: Basic {base64.b64encode(_USER + b':' + _PASSWORD).decode()}\r\n"
        yield _ORIG, f"{request}\r\n".encode()
        yield _RESP, b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass(frozen=True, slots=True)
class ProxyHeader(Raw):
    """The PROXY header that a load balancer puts before its client's bytes, version 1 or 2."""

    place: Place
    version: int

    def greeting(self) -> Iterable[Said]:
        """One header, from the side that opened the connection."""
        is_v6 = ":" in self.place.server.ip
        client, server = ("2001:db8:beef::77" if is_v6 else "10.20.30.40"), self.place.server
        if self.version == 1:
            line = f"PROXY TCP{6 if is_v6 else 4} {client} {server.ip} 40123 {server.port}\r\n"
            return [(_ORIG, line.encode())]
        ends = _packed(client) + _packed(server.ip) + (40123).to_bytes(2, "big") + server.port.to_bytes(2, "big")
        header = SIGNATURE + bytes([0x21, 0x21 if is_v6 else 0x11]) + len(ends).to_bytes(2, "big")
        return [(_ORIG, header + ends)]


def _packed(ip: str) -> bytes:
    return ipaddress.ip_address(ip).packed


def socks4(place: Place, rng: random.Random) -> Socks4:
    """SOCKS4."""
    return Socks4(place)


def socks4a(place: Place, rng: random.Random) -> Socks4:
    """SOCKS4a."""
    return Socks4(place, by_name=True)


def socks5(place: Place, rng: random.Random) -> Socks5:
    """SOCKS5 by name."""
    return Socks5(place)


def socks5_address(place: Place, rng: random.Random) -> Socks5:
    """SOCKS5 by address."""
    return Socks5(place, by_name=False)


def socks5_auth(place: Place, rng: random.Random) -> Socks5:
    """SOCKS5 by name, with user and password."""
    return Socks5(place, auth=True)


def connect(place: Place, rng: random.Random) -> Connect:
    """HTTP CONNECT."""
    return Connect(place)


def connect_auth(place: Place, rng: random.Random) -> Connect:
    """HTTP CONNECT at a proxy that wants a password."""
    return Connect(place, auth=True)


def proxy_v1(place: Place, rng: random.Random) -> ProxyHeader:
    """PROXY header, version 1."""
    return ProxyHeader(place, 1)


def proxy_v2(place: Place, rng: random.Random) -> ProxyHeader:
    """PROXY header, version 2."""
    return ProxyHeader(place, 2)
