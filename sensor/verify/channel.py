"""How are a few bytes exchanged with a server, within bounds of bytes and time? TCP, TLS and WebSocket."""

from __future__ import annotations

import base64
import random
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sensor.config.verify import VerifyOptions
from sensor.model.flow import Direction, Endpoint
from sensor.model.verification import Carrier
from sensor.simulate.wraps.base import Place
from sensor.simulate.wraps.websocket import Habits, WebSocket

_SETTLE_S = 0.25
"""An answer is over when nothing came for this long."""
_READ_BYTES = 4096
_UPGRADE_END = b"\r\n\r\n"
Clock = Callable[[], float]
"""Seconds of a clock that never steps back."""


@dataclass(frozen=True, slots=True)
class Said:
    """Bytes of one side of the conversation, as they were inside TLS. ``at_s`` counts from the connection's start."""

    direction: Direction
    at_s: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect, and the host name to give, which is the address where none is known."""

    server: Endpoint
    host: str
    is_named: bool


@dataclass(slots=True)
class Channel:
    """One connection. What was said is kept, at most as much as the options let through."""

    options: VerifyOptions
    connection: socket.socket
    started_s: float
    clock: Clock
    talk: list[Said] = field(default_factory=list)
    certificate: bytes | None = None
    """The server's certificate (DER)."""
    is_over: bool = False
    """The server closed, or a bound was reached."""

    def say(self, data: bytes) -> None:
        """Send, unless the bounds are reached."""
        sent = sum(len(one.data) for one in self.talk if one.direction is Direction.ORIG)
        if self.is_over or sent + len(data) > self.options.max_sent_bytes:
            self.is_over = True
            return
        self._note(Direction.ORIG, data)
        try:
            self.connection.settimeout(self._left_s(self.options.answer_s))
            self.connection.sendall(data)
        except OSError:
            self.is_over = True

    def hear(self, until: Callable[[], bool]) -> None:
        """Read what the server says, until it falls silent, closes, ``until`` holds, or a bound is reached."""
        wait_s = self.options.answer_s
        while not self.is_over and not until():
            data = self._read(wait_s)
            if data is None:
                return
            if not data:
                self.is_over = True
                return
            self._note(Direction.RESP, data)
            wait_s = _SETTLE_S

    def close(self) -> None:
        """End the connection."""
        self.connection.close()

    def _read(self, wait_s: float) -> bytes | None:
        """Up to 4096 bytes; None on silence, ``b""`` at the end."""
        heard = sum(len(one.data) for one in self.talk if one.direction is Direction.RESP)
        left_bytes, left_s = self.options.max_received_bytes - heard, self._left_s(wait_s)
        if left_bytes <= 0 or left_s <= 0:
            return b""
        try:
            self.connection.settimeout(left_s)
            return self.connection.recv(min(left_bytes, _READ_BYTES))
        except TimeoutError:
            return None
        except OSError:
            return b""

    def _left_s(self, wait_s: float) -> float:
        spent_s = self.clock() - self.started_s
        return max(min(wait_s, self.options.connection_s - spent_s), 0.001)

    def _note(self, direction: Direction, data: bytes) -> None:
        self.talk.append(Said(direction, self.clock() - self.started_s, data))


def connect(target: Target, carrier: Carrier, options: VerifyOptions, clock: Clock = time.monotonic) -> Channel:
    """A connection from the configured source address. Raises ``OSError`` where there is none."""
    started_s = clock()
    server = target.server
    plain = socket.create_connection((server.ip, server.port), options.connect_s, (options.source_address, 0))
    if not carrier.is_tls:
        return Channel(options, plain, started_s, clock)
    try:
        wrapped = _context().wrap_socket(plain, server_hostname=target.host if target.is_named else None)
    except BaseException:
        plain.close()
        raise
    channel = Channel(options, wrapped, started_s, clock)
    channel.certificate = wrapped.getpeercert(binary_form=True)
    return channel


def upgrade(channel: Channel, target: Target, path: str, rng: random.Random) -> WebSocket | None:
    """Ask for a WebSocket (RFC 6455 §4.1); None where the server does not agree."""
    key = base64.b64encode(rng.randbytes(16)).decode()
    host = f"[{target.host}]" if ":" in target.host else target.host
    channel.say(
        f"GET {path} HTTP/1.1\r\nHost: {host}:{target.server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    channel.hear(lambda: _UPGRADE_END in _heard(channel))
    if not _heard(channel).startswith(b"HTTP/1.1 101"):
        return None
    return WebSocket(Place(Endpoint("", 0), target.server, target.host), rng, Habits())


def _heard(channel: Channel) -> bytes:
    return b"".join(one.data for one in channel.talk if one.direction is Direction.RESP)


def _context() -> ssl.SSLContext:
    """Takes any certificate: pools sign their own, and what is asked here is no secret."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context
