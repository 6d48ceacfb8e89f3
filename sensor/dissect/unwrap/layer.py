"""What do all wrappings of a stream share? Pieces of the inner stream, news for who follows the flow, and bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from sensor.dissect.tls import ClientHello
from sensor.model.cuts import TableCuts
from sensor.model.flow import Direction
from sensor.model.observation import Observation

SOCKS4, SOCKS5, HTTP_CONNECT, PROXY_HEADER, WEBSOCKET, GZIP = (
    "socks4",
    "socks5",
    "http-connect",
    "proxy-header",
    "websocket",
    "gzip",
)
"""Names of layers, as ``transport.via`` gives them."""
ANCHORS = (b"HTTP/1.1 101 ", b"Sec-WebSocket-Key", b"sec-websocket-key", b"\x05\x01\x00\x03")
"""Literals that make a flow worth unwrapping although what is inside bears no anchor in the clear: a WebSocket
handshake (a client masks all it says, RFC 6455 §5.3) and a SOCKS5 request by name (whatever follows may be TLS)."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far unwrapping goes."""

    max_layers: int = 6
    """Layers inside one another; what lies deeper is not looked at."""
    max_inflated_bytes: int = 262_144
    """Bytes one compressed message, or one chunk of a compressed stream, may give."""
    max_inflation: int = 256
    """How many times its own size; messages repeated word for word come to about 60."""


@dataclass(slots=True)
class Cuts:
    """What the bounds cut, and what could not be read."""

    layers: int = 0
    inflations: int = 0
    """Compressed messages that grew too big or were broken."""
    frames: int = 0
    """Times a WebSocket stream lost its frame and had to find the next."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A layer was found; outer ones are told first."""

    layer: str
    host: str | None = None
    """The host that a WebSocket handshake names, lower case."""
    direction: Direction | None = None
    """Who sent the handshake, where that is known."""
    at_ns: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A proxy was asked to connect to ``host``, a name in lower case or the text of an address."""

    layer: str
    direction: Direction
    at_ns: int
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class ComesFrom:
    """A PROXY header names the client behind the sender."""

    ip: str
    port: int


@dataclass(frozen=True, slots=True)
class InnerHello:
    """What is inside goes on in TLS."""

    direction: Direction
    at_ns: int
    hello: ClientHello


@dataclass(frozen=True, slots=True)
class InnerOpaque:
    """What is inside speaks nothing that is known."""


News: TypeAlias = Entered | Asked | ComesFrom | InnerHello | InnerOpaque


def _keep_quiet(news: News) -> None:
    """Nobody wants to know."""


@dataclass(slots=True)
class Context:
    """What all layers of one flow share."""

    tell: Callable[[News], None] = _keep_quiet
    bounds: Bounds = field(default_factory=Bounds)
    cuts: Cuts = field(default_factory=Cuts)
    tables: TableCuts = field(default_factory=TableCuts)


@dataclass(frozen=True, slots=True)
class Piece:
    """Next in-order bytes of one direction of the inner stream; ``gap`` says that bytes before them were lost."""

    direction: Direction
    data: bytes
    gap: bool = False


class Layer(Protocol):
    """One wrapping, read in both directions. Holds no more than an unfinished header of its own."""

    def held_bytes(self) -> int:
        """About what it remembers, in bytes."""

    def feed(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> Sequence[Piece | Observation]:
        """Take the next in-order bytes of one direction; answer what they carried. Never raises on what was sent."""
