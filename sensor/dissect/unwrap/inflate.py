"""What does a compressed stream hold? Bounded inflation of gzip members (RFC 1952) and bare DEFLATE (RFC 1951)."""

from __future__ import annotations

import zlib

from sensor.dissect.unwrap.layer import GZIP, Bounds, Context, Cuts, Entered
from sensor.model.flow import Direction

GZIP_MAGIC = b"\x1f\x8b"
GZIP_BITS, ANY_BITS, RAW_BITS = 31, 47, -15
"""``wbits`` of zlib: gzip, gzip or zlib by its header, and no header at all."""
_MAX_MEMBERS = 1024
"""Members read from one chunk; a segment of messages compressed one by one holds a few hundred."""
STATE_BYTES, WINDOW_BYTES = 8_192, 40_960
_SLACK_BYTES = 16_384
"""What a chunk may give whatever its ratio: short messages repeat what went before."""


class Inflater:
    """Inflates one direction. After an error or a cut it starts afresh with the next chunk."""

    def __init__(self, wbits: int, bounds: Bounds, cuts: Cuts) -> None:
        self._wbits, self._bounds, self._cuts = wbits, bounds, cuts
        self._stream = zlib.decompressobj(wbits)
        self.is_broken = False
        """True when the last chunk could not be read to its end."""
        self.held_bytes = STATE_BYTES
        """About what it takes; zlib allocates the window with the first byte."""

    def feed(self, data: bytes, given: int = 0) -> bytes:
        """Bytes that ``data`` inflates to; ``given`` counts what the same message gave before."""
        found: list[bytes] = []
        self.is_broken = False
        room = min(self._bounds.max_inflated_bytes - given, _SLACK_BYTES + self._bounds.max_inflation * len(data))
        for _ in range(_MAX_MEMBERS):
            part = self._inflate(data, room)
            room -= len(part)
            found.append(part)
            if self.is_broken or not self._stream.eof:
                break
            data = self._stream.unused_data
            self.restart()
            if not data:
                break
        else:
            self._cut()
        return b"".join(found)

    def restart(self) -> None:
        """Forget the window: what comes next stands alone."""
        self._stream = zlib.decompressobj(self._wbits)

    def _inflate(self, data: bytes, room: int) -> bytes:
        self.held_bytes = STATE_BYTES + WINDOW_BYTES
        try:
            part = self._stream.decompress(data, max(room, 1))
        except zlib.error:
            part = b""
            self.is_broken = True
        if self.is_broken or self._stream.unconsumed_tail:
            self._cut()
        return part

    def _cut(self) -> None:
        self._cuts.inflations += 1
        self.is_broken = True
        self.restart()


class GzipLines:
    """Lines of which each direction may go over to gzip, as EIP-1571 lets both sides do after ``mining.hello``.

    A gzip member begins where a line would. One stream with flushes and one member a message are both read.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._inflaters: list[Inflater | None] = [None, None]
        self._is_told = False

    def held_bytes(self) -> int:
        """About what both directions take."""
        return sum(inflater.held_bytes for inflater in self._inflaters if inflater)

    def plain(self, direction: Direction, data: bytes, *, gap: bool) -> bytes:
        """``data`` as the text it stands for."""
        inflater = self._inflaters[direction]
        if inflater is not None:
            return self._go_on(inflater, direction, data, gap=gap)
        start = _member_start(data)
        if start is None:
            return data
        inflater = Inflater(GZIP_BITS, self._context.bounds, self._context.cuts)
        self._inflaters[direction] = inflater
        if not self._is_told:
            self._is_told = True
            self._context.tell(Entered(GZIP))
        return data[:start] + inflater.feed(data[start:])

    def _go_on(self, inflater: Inflater, direction: Direction, data: bytes, *, gap: bool) -> bytes:
        """After a loss or a fault only another member, or plain lines, can be read."""
        if gap or inflater.is_broken:
            inflater.restart()
            if not data.startswith(GZIP_MAGIC):
                self._inflaters[direction] = None
                return self.plain(direction, data, gap=False)
        return inflater.feed(data)


def _member_start(data: bytes) -> int | None:
    at = data.find(GZIP_MAGIC[0])
    if at < 0 or (at and data[at - 1] not in b"\r\n}]") or not GZIP_MAGIC.startswith(data[at : at + 2]):
        return None
    return at


def inflate(data: bytes, bounds: Bounds, cuts: Cuts) -> bytes:
    """A whole gzip or zlib body, as far as the bounds allow."""
    return Inflater(ANY_BITS, bounds, cuts).feed(data)
