"""How does a conversation look inside a WebSocket? RFC 6455 frames, permessage-deflate (RFC 7692)."""

from __future__ import annotations

import base64
import hashlib
import random
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from sensor.dissect.unwrap.websocket import FIN, MASKED, RSV1, Opcode, unmask
from sensor.model.flow import Direction
from sensor.simulate.wraps.base import Place, Said

ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_PING = b"alive?"


@dataclass(frozen=True, slots=True)
class Habits:
    """How the two ends write. ``fragment_bytes`` 0: whole messages; ``deflate`` None, ``takeover`` or ``reset``."""

    binary: bool = False
    fragment_bytes: int = 0
    deflate: str | None = None


class WebSocket:
    """One WebSocket. A text message carries one line without its end, a binary one the bytes as they are."""

    def __init__(self, place: Place, rng: random.Random, habits: Habits) -> None:
        self._place, self._rng, self._habits = place, rng, habits
        self._packers = [_packer(), _packer()]

    def greeting(self) -> Iterable[Said]:
        """The upgrade of an HTTP connection (RFC 6455 §4)."""
        key = base64.b64encode(self._rng.randbytes(16)).decode()
        digest = hashlib.sha1((key + ACCEPT_GUID).encode(), usedforsecurity=False).digest()
        reset = "; client_no_context_takeover; server_no_context_takeover" if self._habits.deflate == "reset" else ""
        extension = f"Sec-WebSocket-Extensions: permessage-deflate{reset}\r\n" if self._habits.deflate else ""
        request = (
            f"GET /ws HTTP/1.1\r\nHost: {self._place.host}:{self._place.server.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{extension}\r\n"
        )
        answer = (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n{extension}\r\n"
        )
        return [(Direction.ORIG, request.encode()), (Direction.RESP, answer.encode())]

    def pack(self, direction: Direction, data: bytes) -> list[bytes]:
        """One write for each message."""
        if self._habits.binary:
            return [self._message(direction, Opcode.BINARY, data)]
        return [self._message(direction, Opcode.TEXT, line) for line in data.splitlines() if line]

    def _message(self, direction: Direction, opcode: Opcode, payload: bytes) -> bytes:
        if self._habits.deflate:
            payload = self._deflated(direction, payload)
        size = self._habits.fragment_bytes or len(payload) or 1
        parts = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
        frames = []
        for number, part in enumerate(parts):
            kind = opcode if number == 0 else Opcode.CONTINUATION
            compressed = bool(self._habits.deflate) and number == 0
            frames.append(self._frame(direction, kind, part, final=number == len(parts) - 1, compressed=compressed))
        if len(frames) > 1:
            frames.insert(1, self._frame(direction, Opcode.PING, _PING, final=True))
        return b"".join(frames)

    def _deflated(self, direction: Direction, payload: bytes) -> bytes:
        packer = self._packers[direction]
        if self._habits.deflate == "reset":
            packer = _packer()
        packed = packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH)
        return packed.removesuffix(b"\x00\x00\xff\xff")

    def _frame(
        self, direction: Direction, opcode: Opcode, payload: bytes, *, final: bool, compressed: bool = False
    ) -> bytes:
        first = opcode | (FIN if final else 0) | (RSV1 if compressed else 0)
        masked = MASKED if direction is Direction.ORIG else 0
        size = len(payload)
        if size < 126:
            head = bytes([first, masked | size])
        elif size < 65_536:
            head = bytes([first, masked | 126]) + size.to_bytes(2, "big")
        else:
            head = bytes([first, masked | 127]) + size.to_bytes(8, "big")
        mask = self._rng.randbytes(4) if masked else b""
        return head + mask + unmask(payload, mask)


def _packer() -> zlib._Compress:
    return zlib.compressobj(wbits=-15)


def text(place: Place, rng: random.Random) -> WebSocket:
    """A line a text message."""
    return WebSocket(place, rng, Habits())


def binary(place: Place, rng: random.Random) -> WebSocket:
    """A tunnel: bytes in binary messages."""
    return WebSocket(place, rng, Habits(binary=True))


def fragmented(place: Place, rng: random.Random) -> WebSocket:
    """Text messages in frames of 40 bytes, with a ping between the first two."""
    return WebSocket(place, rng, Habits(fragment_bytes=40))


def deflated(place: Place, rng: random.Random) -> WebSocket:
    """Compressed text messages that share one window."""
    return WebSocket(place, rng, Habits(deflate="takeover"))


def deflated_alone(place: Place, rng: random.Random) -> WebSocket:
    """Compressed text messages, each by itself, in frames of 30 bytes."""
    return WebSocket(place, rng, Habits(deflate="reset", fragment_bytes=30))
