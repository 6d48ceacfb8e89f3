"""What passed between a client and a server on loopback? A relay writes down every byte; frames are made of it."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from sensor.model.flow import Direction, Endpoint
from sensor.simulate.frames import Row
from sensor.simulate.scenario import DEFAULT_START_NS
from sensor.simulate.session import TcpSession

LOOPBACK = "127.0.0.1"
_READ_BYTES = 65_536
_WAIT_S, _GRACE_S = 20.0, 0.5


@dataclass
class Conversation:
    """One relayed connection: who sent what, in the order it passed."""

    said: list[tuple[Direction, bytes]] = field(default_factory=list)

    def of(self, way: Direction) -> bytes:
        """Everything one side sent."""
        return b"".join(data for direction, data in self.said if direction is way)


class Relay:
    """Relays connections to a server on loopback; ``port`` is where clients go."""

    def __init__(self, server_port: int) -> None:
        self.conversations: list[Conversation] = []
        self._server_port = server_port
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._sockets = [self._listener]
        self._start(self._accept)

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        """No more connections; those open are relayed to their end."""
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_GRACE_S)
        for each in self._sockets:
            # Some clients leave their socket open: closing alone would not wake the thread that reads it.
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_WAIT_S)
        for each in self._sockets:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = self._reach_server()
            self._sockets += [client, server]
            talk = Conversation()
            self.conversations.append(talk)
            self._start(self._pump, client, server, talk, Direction.ORIG)
            self._start(self._pump, server, client, talk, Direction.RESP)

    def _reach_server(self) -> socket.socket:
        """A server that was started just now may not listen yet."""
        until = time.monotonic() + _WAIT_S
        while True:
            try:
                return socket.create_connection((LOOPBACK, self._server_port))
            except ConnectionRefusedError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _pump(self, source: socket.socket, target: socket.socket, talk: Conversation, way: Direction) -> None:
        try:
            while data := source.recv(_READ_BYTES):
                talk.said.append((way, data))
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


def frames(conversations: Iterable[Conversation], server: Endpoint) -> list[Row]:
    """The conversations as they would pass a tap, one after the other."""
    rows: list[Row] = []
    at_ns = DEFAULT_START_NS
    for number, talk in enumerate(conversations):
        client = Endpoint("192.0.2.10", 49_152 + number)
        session = TcpSession(client, server, at_ns, random.Random(number))
        for way, data in talk.said:
            (session.client_sends if way is Direction.ORIG else session.server_sends)(data)
            session.wait(0.2)
        session.close()
        rows += session.rows()
        at_ns = session.now_ns + 10**9
    return rows
