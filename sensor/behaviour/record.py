"""What did the two sides of a TCP flow say lately, by size, direction and pause? The last 64 messages, in 128 bytes.

A message is a TLS record where the stream holds TLS records (RFC 8446 §5.1, RFC 5246 §6.2.1), else what one side sends
up to a segment with PSH. Nothing is reassembled: repeats are left out, and after a hole the next segment starts afresh.
A record header that lies across two segments is not read; the segment then counts as one message.
"""

from __future__ import annotations

from dataclasses import dataclass

from sensor.behaviour.classes import GAP_UNIT_MS, gap_class, size_class
from sensor.model.flow import Direction

MESSAGES = 64
RESP_BIT = 0x80
BUSY_LAP_MS = 3_200
"""A flow that says 64 messages in less is no low-rate flow: its record is given up."""
_SEQ_MASK = 0xFFFF_FFFF
_SEQ_HALF = 0x8000_0000
_MS_MASK = 0xFFFF_FFFF
_HEADER_BYTES = 5
_MAX_RECORD_BYTES = 16_384 + 2_048
_CONTENT_TYPES = range(20, 25)
_MAX_OPEN_BYTES = 0xFFFF


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A record as it is handed on."""

    messages: bytes
    """Two bytes a message, oldest first, 64 at most: the size class, with the top bit set where ``resp`` sent it; and
    the class of the pause before it. The first pause of all is not known and told as 0."""
    total: int
    """Messages since the record began; more than ``messages`` holds where older ones were overwritten."""
    server: Direction
    """Who is taken for the server: who was connected to, else the side with the smaller port."""


class Recorder:
    """The record of one flow while it lives. Times are milliseconds since the flow's first packet, modulo 2^32."""

    __slots__ = (
        "_codes",
        "_gaps",
        "_last_ms",
        "_next",
        "_open_bytes",
        "_open_from",
        "_until",
        "epoch",
        "is_busy",
        "server",
        "total",
    )

    def __init__(self, server: Direction, epoch: int) -> None:
        self.server = server
        self.epoch = epoch
        """Number of the interval in which the record was handed on last, or began; modulo 256."""
        self.total = 0
        self.is_busy = False
        """True once 64 messages came within :data:`BUSY_LAP_MS`."""
        self._codes = bytearray(MESSAGES)
        self._gaps = bytearray(MESSAGES)
        self._last_ms = 0
        self._next: list[int | None] = [None, None]
        """The sequence number that follows what was seen, by direction."""
        self._until = [0, 0]
        """Bytes of the TLS record that began, still to come."""
        self._open_bytes = 0
        """Length so far of a message that is not ended."""
        self._open_from = Direction.ORIG

    def segment(self, sender: Direction, seq: int, payload: bytes, wire_bytes: int, push: bool, at_ms: int) -> int:
        """Take a segment with payload in; answer how many messages it ended. The capture may have cut ``payload``."""
        offset = self._fresh_from(sender, seq, wire_bytes)
        if offset >= wire_bytes:
            return 0
        before = self.total
        at_ms &= _MS_MASK
        if self._open_bytes and self._open_from is not sender:
            self._end(at_ms)
        self._open_from = sender
        self._split(sender, payload, offset, wire_bytes, push, at_ms)
        return self.total - before

    def snapshot(self) -> Behaviour:
        """The messages now in the record."""
        kept = min(self.total, MESSAGES)
        places = [number % MESSAGES for number in range(self.total - kept, self.total)]
        pairs = bytes(byte for place in places for byte in (self._codes[place], self._gaps[place]))
        return Behaviour(pairs, self.total, self.server)

    def _fresh_from(self, sender: Direction, seq: int, wire_bytes: int) -> int:
        """Where in a segment what was not seen before begins; a hole before it ends what was under way."""
        end = seq + wire_bytes & _SEQ_MASK
        expected = self._next[sender]
        if expected is None:
            self._next[sender] = end
            return 0
        behind = expected - seq & _SEQ_MASK
        if behind < _SEQ_HALF:
            if behind >= wire_bytes:
                return wire_bytes
            self._next[sender] = end
            return behind
        self._next[sender] = end
        self._until[sender] = 0
        if self._open_from is sender:
            self._open_bytes = 0
        return 0

    def _split(self, sender: Direction, payload: bytes, at: int, wire_bytes: int, push: bool, at_ms: int) -> None:
        """Cut a segment at the ends of TLS records; what is none of them runs on to the next PSH."""
        while at < wire_bytes:
            until = self._until[sender]
            if not until and not self._open_bytes:
                until = _record_bytes(payload, at)
            if not until:
                self._grow(wire_bytes - at)
                if push:
                    self._end(at_ms)
                return
            taken = min(until, wire_bytes - at)
            self._grow(taken)
            self._until[sender] = until - taken
            at += taken
            if taken == until:
                self._end(at_ms)

    def _grow(self, size_bytes: int) -> None:
        self._open_bytes = min(self._open_bytes + size_bytes, _MAX_OPEN_BYTES)

    def _end(self, at_ms: int) -> None:
        """Write the message under way into the record."""
        place = self.total % MESSAGES
        gap_ms = at_ms - self._last_ms & _MS_MASK
        # The clock went back where the pause is half of all time.
        self._gaps[place] = gap_class(gap_ms) if self.total and gap_ms < _SEQ_HALF else 0
        self._codes[place] = size_class(self._open_bytes) | (RESP_BIT if self._open_from is Direction.RESP else 0)
        self._open_bytes = 0
        self._last_ms = at_ms
        self.total += 1
        if self.total % MESSAGES == 0:
            self.is_busy = self.is_busy or sum(_GAP_AT_LEAST_MS[gap] for gap in self._gaps) < BUSY_LAP_MS


def _record_bytes(payload: bytes, at: int) -> int:
    """The length of the TLS record whose header is at ``at``, header included; 0 where there is none."""
    header = payload[at : at + _HEADER_BYTES]
    if len(header) < _HEADER_BYTES or header[0] not in _CONTENT_TYPES or header[1] != 3 or header[2] > 4:
        return 0
    size = int.from_bytes(header[3:], "big")
    return size + _HEADER_BYTES if 0 < size <= _MAX_RECORD_BYTES else 0


def _at_least_ms(number: int) -> int:
    return GAP_UNIT_MS * (number if number < 2 else (2 + number % 2) << (number // 2 - 1))


_GAP_AT_LEAST_MS = tuple(_at_least_ms(number) for number in range(32))
