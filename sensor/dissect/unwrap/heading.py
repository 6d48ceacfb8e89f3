"""How is what a side sends first taken off the stream? Gathered for each direction until it is read to its end."""

from __future__ import annotations

import abc

from sensor.dissect.unwrap.layer import Context, Piece
from sensor.model.flow import Direction


class HeadingLayer(abc.ABC):
    """A layer that each direction has a heading of, or none; what follows passes as it is."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._heads: list[bytes | None] = [b"", b""]
        """What is read of each heading; None once it is over."""

    def held_bytes(self) -> int:
        """Bytes of unfinished headings."""
        return sum(len(head) for head in self._heads if head)

    def feed(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> list[Piece]:
        """The inner bytes of ``data``. Bytes lost within a heading end it."""
        head = self._heads[direction]
        if head is None or gap:
            self._heads[direction] = None
            return [Piece(direction, data, gap)]
        head += data
        size = self._read(head, direction, at_ns)
        self._heads[direction] = head if size is None else None
        rest = b"" if size is None else head[size:]
        return [Piece(direction, rest)] if rest else []

    @abc.abstractmethod
    def _read(self, head: bytes, direction: Direction, at_ns: int) -> int | None:
        """Bytes of the heading that ``head`` begins with, 0 where there is none; None while it goes on."""
