"""In which order, and how completely, did one direction of a TCP connection send its bytes?

Positions are sequence numbers (RFC 9293 §3.4) unwrapped to unbounded integers, so that no comparison wraps.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

_MASK = 0xFFFF_FFFF
_HALF = 0x8000_0000
PIECE_OVERHEAD_BYTES = 64
"""What a held piece is charged beyond its bytes, so that a flood of one-byte segments stays bounded."""


class Piece(NamedTuple):
    """In-order bytes, and how many before them were lost."""

    data: bytes
    lost_bytes: int


class _Held(NamedTuple):
    position: int
    data: bytes


_NOTHING: list[_Held] = []
"""Stands for "no piece is held"; never changed. Nearly every direction holds nothing all its life."""


class HalfStream:
    """Reassembly of one direction. The first copy of a byte wins; what was given up never comes back."""

    __slots__ = (
        "_first",
        "_held",
        "_hole_since_ns",
        "_skipped_bytes",
        "acked",
        "begun",
        "fin_seen",
        "held_bytes",
        "isn",
        "next",
    )

    def __init__(self) -> None:
        self.begun = False
        """True once the first position is known."""
        self.next = 0
        """Position of the next in-order byte."""
        self.isn: int | None = None
        """Initial sequence number, where the SYN was seen."""
        self.fin_seen = False
        """True once the sender said that it is done."""
        self.acked = -1
        """Furthest position the other side has acknowledged, or -1."""
        self.held_bytes = 0
        """Out-of-order bytes held, overhead included."""
        self._first = 0
        self._held = _NOTHING
        self._hole_since_ns = 0
        self._skipped_bytes = 0

    @property
    def has_hole(self) -> bool:
        """True while bytes are held behind a hole."""
        return bool(self._held)

    @property
    def hole_is_acked(self) -> bool:
        """True when the receiver has what is missing here: it passed unseen and will not be sent again."""
        return bool(self._held) and self.acked >= self._held[0].position

    @property
    def has_data(self) -> bool:
        """True once a byte was delivered or given up."""
        return self.begun and self.next != self._first

    def open(self, isn: int) -> None:
        """Begin at a SYN's sequence number. A direction that has begun in the middle only learns the number."""
        self.isn = isn
        if not self.has_data:
            self._begin(isn + 1 & _MASK)

    def is_open_at(self, isn: int) -> bool:
        """True when a SYN with this number belongs to this direction's connection, not to the next one."""
        if self.isn is not None:
            return isn == self.isn
        return not self.begun or self._unwrap(isn + 1 & _MASK) == self._first

    def acknowledge(self, ack: int) -> None:
        """Note what the other side says it has received."""
        if self.begun:
            self.acked = max(self.acked, self._unwrap(ack))

    def insert(self, seq: int, data: bytes, wire_bytes: int, at_ns: int) -> list[Piece]:
        """Take a segment in; answer what it makes deliverable. Bytes beyond ``len(data)`` were cut by the capture."""
        if not self.begun:
            # A lone byte in the middle of a connection is a keep-alive probe: a copy of the byte before the next one.
            self._begin(seq + 1 if wire_bytes == 1 else seq)
        position = self._unwrap(seq)
        if not self._held:
            if position <= self.next:
                return self._in_order(position, data, wire_bytes)
            self._hole_since_ns = at_ns
        self._hold(position, data)
        return self._drain(at_ns)

    def prepend(self, seq: int, data: bytes) -> bytes:
        """What of a late segment lies just before the first byte delivered, if it reaches up to it.

        For a stream that was joined in the middle and whose first two segments came in the wrong order.
        """
        position = self._unwrap(seq)
        if self.isn is not None or len(data) < 2 or not position < self._first <= position + len(data):
            return b""
        kept = data[: self._first - position]
        self._first = position
        return kept

    def hole_age_ns(self, now_ns: int) -> int:
        """How long the first hole has been open at ``now_ns``; 0 without a hole."""
        return abs(now_ns - self._hole_since_ns) if self._held else 0

    def give_up_hole(self, at_ns: int) -> list[Piece]:
        """Count the first hole as lost and deliver what follows it."""
        if not self._held:
            return []
        self._skip_to(self._held[0].position)
        return self._drain(at_ns)

    def forget(self) -> None:
        """Free what is held."""
        self._held = _NOTHING
        self.held_bytes = 0

    def _begin(self, position: int) -> None:
        self.begun = True
        self.next = self._first = position

    def _drain(self, at_ns: int) -> list[Piece]:
        pieces: list[Piece] = []
        while self._held and self._held[0].position <= self.next:
            held = self._held.pop(0)
            self.held_bytes -= len(held.data) + PIECE_OVERHEAD_BYTES
            pieces.extend(self._in_order(held.position, held.data, len(held.data)))
            # What is still missing is a younger hole.
            self._hole_since_ns = at_ns
        return pieces

    def _in_order(self, position: int, data: bytes, wire_bytes: int) -> list[Piece]:
        """Deliver a segment that starts at or before the next byte."""
        start = self.next
        fresh = data[start - position :] if position < start else data
        self.next = max(start, position + len(data))
        pieces = [Piece(fresh, self._take_skipped())] if fresh else []
        if wire_bytes > len(data):
            self._skip_to(position + wire_bytes)
        return pieces

    def _take_skipped(self) -> int:
        lost, self._skipped_bytes = self._skipped_bytes, 0
        return lost

    def _skip_to(self, position: int) -> None:
        if position > self.next:
            self._skipped_bytes += position - self.next
            self.next = position

    def _hold(self, position: int, data: bytes) -> None:
        """Keep those parts of a segment that no held piece covers."""
        if not self._held:
            self._held = []
        if position < self.next:
            data, position = data[self.next - position :], self.next
        index = bisect_left(self._held, (position,))
        if index and (before := self._held[index - 1]).position + len(before.data) > position:
            overlap = before.position + len(before.data) - position
            data, position = data[overlap:], position + overlap
        while data:
            room = len(data) if index == len(self._held) else max(self._held[index].position - position, 0)
            if part := data[:room]:
                self._held.insert(index, _Held(position, part))
                self.held_bytes += len(part) + PIECE_OVERHEAD_BYTES
                index += 1
            if index == len(self._held):
                return
            past = self._held[index].position + len(self._held[index].data)
            data, position = data[max(past - position, 0) :], max(past, position)
            index += 1

    def _unwrap(self, seq: int) -> int:
        """The position nearest to the next byte that has this sequence number."""
        ahead = seq - self.next & _MASK
        return self.next + ahead - (_MASK + 1 if ahead >= _HALF else 0)
