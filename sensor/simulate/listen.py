"""How does a scenario's pool answer on a real socket? Plays the server's side of a cast over TCP, TLS or WebSocket.

For tests and field trials on loopback: it hands out jobs of no chain, and nothing is mined.
"""

from __future__ import annotations

import base64
import hashlib
import random
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from sensor.model.flow import Direction, Endpoint
from sensor.simulate.cast import CASTS
from sensor.simulate.session import TcpSession
from sensor.simulate.wraps.base import Place
from sensor.simulate.wraps.websocket import ACCEPT_GUID, Habits, WebSocket

_READ_BYTES = 65_536
_SILENCE_S = 10.0


@dataclass(slots=True)
class Arrivals:
    """What came in: where each connection came from, and how many bytes."""

    connections: list[str] = field(default_factory=list)
    bytes: int = 0


class PoolServer:
    """A pool of one dialect. ``cast`` names a row of :data:`~sensor.simulate.cast.CASTS`; use it in ``with``."""

    def __init__(
        self,
        cast: str,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        context: ssl.SSLContext | None = None,
        is_web: bool = False,
        seed: int = 1,
    ) -> None:
        self.arrivals = Arrivals()
        self._context, self._is_web = context, is_web
        self._socket = socket.create_server((host, port))
        self._answers = _answers(cast, self.port, random.Random(seed))  # noqa: S311 - not for secrets
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        """One connection after the other, until the socket is closed."""
        while True:
            try:
                connection, peer = self._socket.accept()
            except OSError:
                return
            self.arrivals.connections.append(str(peer[0]))
            with suppress(OSError), self._secured(connection) as secured:
                self._talk(secured)

    def _secured(self, connection: socket.socket) -> socket.socket:
        connection.settimeout(_SILENCE_S)
        if self._context is None:
            return connection
        try:
            return self._context.wrap_socket(connection, server_side=True)
        except OSError:
            connection.close()
            raise

    def _talk(self, connection: socket.socket) -> None:
        web = self._upgrade(connection) if self._is_web else None
        first, *rest = self._answers
        self._write(connection, first, web)
        for answer in rest:
            if not self._read(connection):
                return
            self._write(connection, answer, web)
        while self._read(connection):
            pass

    def _upgrade(self, connection: socket.socket) -> WebSocket:
        request = self._read(connection)
        key = request.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0].decode("ascii", "replace")
        if not key:
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            raise OSError("no WebSocket was asked for")
        digest = hashlib.sha1((key + ACCEPT_GUID).encode(), usedforsecurity=False).digest()
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
        )
        place = Place(Endpoint("", 0), Endpoint("", self.port), "")
        return WebSocket(place, random.Random(self.port), Habits())  # noqa: S311 - not for secrets

    def _read(self, connection: socket.socket) -> bytes:
        data = connection.recv(_READ_BYTES)
        self.arrivals.bytes += len(data)
        return data

    def _write(self, connection: socket.socket, data: bytes, web: WebSocket | None) -> None:
        if data:
            connection.sendall(b"".join(web.pack(Direction.RESP, data)) if web else data)


def _answers(name: str, port: int, rng: random.Random) -> list[bytes]:
    """What the pool says before the client does, and after each of the client's turns."""
    cast = CASTS[name]
    session = TcpSession(Endpoint("192.0.2.1", 49_152), Endpoint("192.0.2.2", port), 0, rng)
    cast.maker(session, cast.rig, rng, cast.host).open()
    answers, is_client = [b""], False
    for segment in session.segments:
        if not segment.payload:
            continue
        if segment.direction is Direction.RESP:
            answers[-1] += segment.payload
        elif not is_client:
            answers.append(b"")
        is_client = segment.direction is Direction.ORIG
    return answers
