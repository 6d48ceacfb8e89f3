"""How do the daemon and its workers talk? Whole JSON messages over a pair of sockets.

JSON, not pickle: a worker reads hostile bytes, and what it says must not become code in the process that holds the
spool and the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

import orjson

MAX_MESSAGE_BYTES = 67_108_864
"""A longer message ends the link: no worker has that much to say at once."""


class LinkClosedError(Exception):
    """The other side is gone, or says what cannot be understood."""


class Link:
    """One end. Sending blocks while the other side is busy; that is how a slow disk slows the reading down."""

    def __init__(self, descriptor: int) -> None:
        """Take over an open socket."""
        self._connection: Connection = Connection(descriptor)

    def fileno(self) -> int:
        """For waiting on several links at once."""
        return self._connection.fileno()

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message. Raises :class:`LinkClosedError`."""
        try:
            self._connection.send_bytes(orjson.dumps(message))
        except OSError as error:
            raise LinkClosedError(str(error)) from error

    def receive(self) -> dict[str, Any]:
        """Wait for the next message. Raises :class:`LinkClosedError` at the end, and for what is no message."""
        try:
            message = orjson.loads(self._connection.recv_bytes(MAX_MESSAGE_BYTES))
        except (OSError, EOFError, orjson.JSONDecodeError) as error:
            raise LinkClosedError(str(error) or "closed") from error
        if not isinstance(message, dict) or not isinstance(message.get("kind"), str):
            raise LinkClosedError("a message without a kind")
        return message

    def has_message(self) -> bool:
        """True when :meth:`receive` would not wait."""
        try:
            return self._connection.poll()
        except OSError:
            return True

    def close(self) -> None:
        """Let go of the socket; the other side sees the end."""
        self._connection.close()
