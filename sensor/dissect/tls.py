"""Which server did a TLS client ask for, and which library asked? ClientHello (RFC 8446 §4.1.2, RFC 6066 §3)."""

from __future__ import annotations

from dataclasses import dataclass

from sensor.dissect.ja4 import is_grease, ja4
from sensor.dissect.probe import Probe

HANDSHAKE = 22
CLIENT_HELLO, SERVER_HELLO = 1, 2
EXT_SERVER_NAME = 0
EXT_SIGNATURE_ALGORITHMS = 13
EXT_ALPN = 16
EXT_SUPPORTED_VERSIONS = 43
EXT_ENCRYPTED_HELLO = 0xFE0D
MAX_HELLO_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What a ClientHello tells. ``sni`` is lower case; ``ja4`` names the TLS library, not the program.

    With ``ech`` the client sent an encrypted hello beside this one, or pretends so as browsers do (RFC 9849 §6.2): the
    name it wants need not be ``sni``.
    """

    version: int
    sni: str | None
    alpn: tuple[str, ...]
    ciphers: tuple[int, ...]
    extensions: tuple[int, ...]
    signature_algorithms: tuple[int, ...]

    @property
    def ech(self) -> bool:
        """Is there an encrypted hello, real or pretended?"""
        return EXT_ENCRYPTED_HELLO in self.extensions

    @property
    def ja4(self) -> str:
        """The JA4 fingerprint over TCP."""
        return ja4(self.version, self.sni, self.alpn, self.ciphers, self.extensions, self.signature_algorithms)


class TruncatedError(Exception):
    """The bytes end before the field does."""


def probe(head: bytes) -> Probe:
    """Does the stream begin with a TLS handshake record?"""
    if len(head) < 3:
        return Probe.UNSURE if head[:1] in {b"", bytes([HANDSHAKE])} else Probe.NOT_FOR_US
    if head[0] != HANDSHAKE or head[1] != 3 or head[2] > 4:
        return Probe.NOT_FOR_US
    return Probe.CERTAIN


def is_server_hello(data: bytes) -> bool:
    """Do a server's first bytes begin with its hello?"""
    return probe(data) is Probe.CERTAIN and data[5:6] == bytes([SERVER_HELLO])


def client_hello(head: bytes) -> ClientHello | None:
    """The ClientHello at the start of a client's stream; None when it is not one, or not complete yet."""
    if probe(head) is not Probe.CERTAIN:
        return None
    return hello_of(leading_handshake(head))


def hello_of(handshake: bytes) -> ClientHello | None:
    """The ClientHello that handshake bytes begin with; None when it is not one, or not complete yet."""
    try:
        return _hello(_Reader(handshake))
    except TruncatedError:
        return None


def may_become_hello(head: bytes) -> bool:
    """Do a stream's first bytes want more to be a ClientHello? False for a whole one, and for what is surely none."""
    if probe(head) is Probe.NOT_FOR_US or client_hello(head) is not None:
        return False
    return leading_handshake(head)[:1] in {b"", bytes([CLIENT_HELLO])}


def leading_handshake(head: bytes) -> bytes:
    """Handshake bytes of the leading records joined: a hello may span several."""
    parts, offset = [], 0
    while offset + 5 <= len(head) and head[offset] == HANDSHAKE and offset < MAX_HELLO_BYTES:
        length = int.from_bytes(head[offset + 3 : offset + 5])
        parts.append(head[offset + 5 : offset + 5 + length])
        offset += 5 + length
    return b"".join(parts)


def _hello(reader: _Reader) -> ClientHello | None:
    if reader.number(1) != CLIENT_HELLO:
        return None
    reader = _Reader(reader.block(3))
    version = reader.number(2)
    reader.take(32)
    reader.block(1)
    ciphers = _numbers(reader.block(2))
    reader.block(1)
    extensions = _extensions(reader.block(2)) if reader.left() >= 2 else []
    bodies = dict(extensions)
    return ClientHello(
        version=_version(version, bodies.get(EXT_SUPPORTED_VERSIONS)),
        sni=_server_name(bodies.get(EXT_SERVER_NAME)),
        alpn=_alpn(bodies.get(EXT_ALPN)),
        ciphers=ciphers,
        extensions=tuple(kind for kind, _ in extensions),
        signature_algorithms=_numbers(bodies.get(EXT_SIGNATURE_ALGORITHMS, b"")[2:]),
    )


class _Reader:
    """Takes length-prefixed fields off a byte string."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset = 0

    def left(self) -> int:
        return len(self._data) - self._offset

    def take(self, count: int) -> bytes:
        if count > self.left():
            raise TruncatedError
        self._offset += count
        return self._data[self._offset - count : self._offset]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width))

    def block(self, width: int) -> bytes:
        return self.take(self.number(width))


def _extensions(data: bytes) -> list[tuple[int, bytes]]:
    reader, found = _Reader(data), []
    while reader.left() >= 4:
        found.append((reader.number(2), reader.block(2)))
    return found


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[i : i + 2]) for i in range(0, len(data) - 1, 2))


def _version(legacy: int, supported: bytes | None) -> int:
    offered = [v for v in _numbers(supported[1:]) if not is_grease(v)] if supported else []
    return max(offered, default=legacy)


def _server_name(body: bytes | None) -> str | None:
    if not body or len(body) < 5 or body[2] != 0:
        return None
    name = body[5 : 5 + int.from_bytes(body[3:5])]
    return name.decode("ascii", "replace").lower().rstrip(".") or None


def _alpn(body: bytes | None) -> tuple[str, ...]:
    if not body:
        return ()
    reader, names = _Reader(body[2:]), []
    while reader.left() >= 1:
        try:
            names.append(reader.block(1).decode("latin-1"))
        except TruncatedError:
            break
    return tuple(names)
