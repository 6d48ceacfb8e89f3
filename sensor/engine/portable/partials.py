"""How is one fragmented IP packet put together from its parts?"""

from __future__ import annotations

import enum
from bisect import bisect_left
from typing import NamedTuple

from sensor.engine.portable.layers import Part

SPAN_BYTES = 64
"""What a held span costs besides its bytes."""


class Whole(NamedTuple):
    """A packet put together: without fragment fields, and with its whole length."""

    data: bytes
    frames: int
    """Parts it came in, with their copies."""
    ip_bytes: int
    """Bytes of these parts with their headers."""
    tenant: int


class Put(enum.Enum):
    """What became of a part."""

    TAKEN = "taken"
    """It is held, or was there already."""
    OVERLAPS = "overlaps"
    """It overlaps others, as the first of its packet."""
    REFUSED = "refused"
    """It contradicts others, is one too many, or its packet is given up."""


class Partial:
    """A packet of which parts are missing."""

    __slots__ = (
        "data_bytes",
        "first_ns",
        "frames",
        "given_up",
        "head",
        "ip_bytes",
        "overlaps",
        "spans",
        "total",
    )

    def __init__(self, first_ns: int) -> None:
        self.first_ns = first_ns
        self.spans: list[tuple[int, bytes]] = []
        """Where held bytes start in the packet, and the bytes; in order, with gaps between them."""
        self.head: Part | None = None
        """The first part of the packet, without its bytes."""
        self.total: int | None = None
        """Where the packet ends, once its last part is there."""
        self.data_bytes = 0
        self.frames = self.ip_bytes = 0
        self.given_up = self.overlaps = False

    @property
    def held_bytes(self) -> int:
        """What is held, with what holding it costs."""
        return self.data_bytes + SPAN_BYTES * len(self.spans) + (len(self.head.header) if self.head else 0)

    @property
    def is_whole(self) -> bool:
        """True when nothing is missing."""
        return self.total == self.data_bytes

    def put(self, part: Part, max_spans: int) -> Put:
        """Take a part in."""
        if self.given_up or self._contradicts(part):
            return Put.REFUSED
        gaps, is_apart, differs = self._news(part)
        self.frames += 1
        self.ip_bytes += part.ip_bytes
        if not gaps and not differs:
            return Put.TAKEN
        if not is_apart and part.v6:
            self._give_up()
            return Put.OVERLAPS
        for start, end in gaps:
            self._hold(part, start, end)
        if len(self.spans) > max_spans:
            self._give_up()
            return Put.REFUSED
        if part.last:
            self.total = part.end
        is_first_overlap = not is_apart and not self.overlaps
        self.overlaps = self.overlaps or not is_apart
        return Put.OVERLAPS if is_first_overlap else Put.TAKEN

    def join(self, part: Part, max_packet_bytes: int) -> Whole | None:
        """The packet. None where it is longer than an IP packet may be. ``part`` is any of its parts."""
        if self.head is None:
            return None
        header = bytearray(self.head.header)
        size = len(header) + self.data_bytes
        length = size - 40 if part.v6 else size
        if size > max_packet_bytes or length > 0xFFFF:
            return None
        header[self.head.next_at] = self.head.next
        if part.v6:
            header[4:6] = length.to_bytes(2, "big")
        else:
            header[2:4], header[6:8] = length.to_bytes(2, "big"), bytes(2)
        data = bytes(header) + b"".join(data for _, data in self.spans)
        return Whole(data, self.frames, self.ip_bytes, part.name[3])

    def _contradicts(self, part: Part) -> bool:
        """True when a part lies beyond the packet's end, or says that it ends elsewhere."""
        if self.total is not None:
            return part.end != self.total if part.last else part.end >= self.total
        furthest = self.spans[-1][0] + len(self.spans[-1][1]) if self.spans else 0
        return part.last and furthest > part.end

    def _news(self, part: Part) -> _News:
        gaps, at, is_apart, differs = [], part.start, True, False
        for start, held in self.spans:
            begin, end = max(start, part.start), min(start + len(held), part.end)
            if begin >= end:
                continue
            if begin > at:
                gaps.append((at, begin))
            is_apart = False
            differs = differs or held[begin - start : end - start] != part.data[begin - part.start : end - part.start]
            at = end
        if at < part.end:
            gaps.append((at, part.end))
        return _News(gaps, is_apart, differs)

    def _hold(self, part: Part, start: int, end: int) -> None:
        data = part.data[start - part.start : end - part.start]
        if start == 0 and self.head is None:
            self.head = part._replace(data=b"")
        self.data_bytes += len(data)
        place = bisect_left(self.spans, start, key=_start)
        self.spans.insert(place, (start, data))
        self._join_at(place + 1)
        self._join_at(place)

    def _join_at(self, place: int) -> None:
        """Make one span of this and the one before it, where they touch."""
        if not 0 < place < len(self.spans):
            return
        (start, data), (next_start, more) = self.spans[place - 1 : place + 1]
        if start + len(data) == next_start:
            self.spans[place - 1 : place + 1] = [(start, data + more)]

    def _give_up(self) -> None:
        """Free what is held; parts that come later are known and refused."""
        self.given_up = True
        self.spans, self.head, self.total = [], None, None
        self.data_bytes = 0


class _News(NamedTuple):
    """What of a part is not held yet, and how it lies to what is."""

    gaps: list[tuple[int, int]]
    """Spans of the packet that nothing held covers."""
    is_apart: bool
    """True when no byte of it is held."""
    differs: bool
    """True when a byte of it is held with another value."""


def _start(span: tuple[int, bytes]) -> int:
    return span[0]
