"""Where does one length-prefixed frame end and the next begin? Framing of binary protocols in a byte stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

MAX_KEPT_BYTES = 65_536
"""Bytes of one frame that are kept; the rest of a longer one is passed over."""
MAX_FRAMES = 1024
"""Frames cut from one chunk; what follows them is discarded."""

SizeOf: TypeAlias = Callable[[bytes], int | None]
"""From a header to the bytes of its whole frame; None where no frame begins so."""


class Frame(NamedTuple):
    """One frame. ``data`` is its beginning, header included, and all of it unless ``size`` says more."""

    data: bytes
    size: int


class FrameCutter:
    """Cuts one direction of a stream into frames. Holds at most ``max_kept_bytes`` and a header between calls.

    After a gap, or bytes that are no frame, the next frame has to begin where a chunk does: senders write whole frames.
    """

    def __init__(self, header_bytes: int, size_of: SizeOf, max_kept_bytes: int = MAX_KEPT_BYTES) -> None:
        self._header_bytes, self._size_of, self._max = header_bytes, size_of, max_kept_bytes
        self._held = b""
        self._missing_bytes = 0
        """Bytes of a frame that was too long to keep, still to come."""
        self.discarded_bytes = 0
        """Bytes that belonged to no frame."""

    def held_bytes(self) -> int:
        """Bytes of an unfinished frame."""
        return len(self._held)

    def feed(self, data: bytes, *, gap: bool = False) -> list[Frame]:
        """Frames completed by ``data``; one too long to keep is given once its kept part is there. Never raises."""
        if gap:
            self._discard(len(self._held))
            self._missing_bytes = 0
        passed = min(self._missing_bytes, len(data))
        self._missing_bytes -= passed
        rest = self._held + data[passed:]
        found: list[Frame] = []
        at = 0
        while len(rest) - at >= self._header_bytes and len(found) < MAX_FRAMES:
            size = self._size_of(rest[at : at + self._header_bytes])
            if size is None or size < self._header_bytes:
                break
            if len(rest) - at < min(size, self._max):
                self._held = rest[at:]
                return found
            found.append(Frame(rest[at : at + min(size, self._max)], size))
            self._missing_bytes = max(0, size - (len(rest) - at))
            at += size
        self._held = rest[at:]
        if len(self._held) >= self._header_bytes:
            self._discard(len(self._held))
        return found

    def _discard(self, count: int) -> None:
        self.discarded_bytes += count
        self._held = b""
