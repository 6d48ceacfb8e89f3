"""What do tests of unwrapping share? A stream fed piece by piece, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable

from sensor.dissect.tls import ClientHello
from sensor.dissect.unwrap.layer import Bounds, Context, Cuts, Layer, News, Piece
from sensor.dissect.unwrap.stream import Opening, Unknown
from sensor.model.flow import Direction

UP, DOWN = Direction.ORIG, Direction.RESP
Said = tuple[Direction, bytes]


class Told:
    """Everything that was told of one flow."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.news: list[News] = []
        self.cuts = Cuts()
        self.context = Context(self.news.append, bounds or Bounds(), self.cuts)


def cut(said: Iterable[Said], size: int) -> list[Said]:
    """The same bytes in pieces of at most ``size``."""
    return [(way, data[at : at + size]) for way, data in said for at in range(0, len(data), size)]


def inside(layer: Layer, said: Iterable[Said]) -> tuple[bytes, bytes]:
    """The inner bytes of both directions."""
    found = [b"", b""]
    for way, data in said:
        for item in layer.feed(way, 0, data, gap=False):
            if isinstance(item, Piece):
                found[item.direction] += item.data
    return found[UP], found[DOWN]


def methods(told: Told, said: Iterable[Said]) -> list[object]:
    """The JSON-RPC methods (or types) that a whole stream holds; the end of the list says when it is not read."""
    opening, dissector, seen = Opening(told.context), None, []
    for way, data in said:
        if dissector is not None:
            seen += dissector.parse(way, 0, data, gap=False)
            continue
        found = opening.take(way, 0, data, gap=False)
        if isinstance(found, Unknown | ClientHello):
            return [*names(seen), found if isinstance(found, Unknown) else "tls"]
        if found is not None:
            dissector = found
            for held in opening.release():
                seen += dissector.parse(held.direction, 0, held.data, gap=held.gap)
    return names(seen)


def names(seen: Iterable[object]) -> list[object]:
    """The methods of observations that have one."""
    return [method for one in seen if (method := one.fields.get("jsonrpc", {}).get("method"))]  # type: ignore[attr-defined]
