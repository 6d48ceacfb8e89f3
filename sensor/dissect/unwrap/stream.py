"""What does a stream speak, however often it is wrapped? Holds its first bytes until one protocol is certain.

One layer is taken off, what is inside is looked at in the same way, and so on up to a bound.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from sensor.dissect import alephium, btcagent, http, jsonrpc, stratum_v2, stratum_v2_noise, tls
from sensor.dissect.probe import Dissector, Probe
from sensor.dissect.unwrap import proxy_header, socks, websocket
from sensor.dissect.unwrap.layer import Context, InnerHello, InnerOpaque, Layer, Piece
from sensor.dissect.unwrap.upgrade import HttpLayer
from sensor.model.flow import Direction
from sensor.model.observation import Observation

MAX_HEAD_BYTES = 16_384
"""Bytes looked at of each direction until the protocol is known."""
MAX_HELD_BYTES = 4 * MAX_HEAD_BYTES
"""Bytes held of both directions until then."""


class Unknown(enum.Enum):
    """A stream that is not read."""

    OPAQUE = "opaque"


Found: TypeAlias = Dissector | tls.ClientHello | Unknown
"""What a stream turned out to be."""


class Held(NamedTuple):
    """Bytes held while nothing is certain."""

    direction: Direction
    at_ns: int
    data: bytes
    gap: bool


class Opening:
    """The first bytes of both directions of a stream, and what they may still become."""

    def __init__(self, context: Context, depth: int = 0) -> None:
        self._held: list[Held] = []
        self._context, self._depth = context, depth
        self._heads = [b"", b""]
        self._size = 0
        self._bursts: list[stratum_v2_noise.Burst] = []
        self._noise = Probe.UNSURE

    def held_bytes(self) -> int:
        """Bytes that wait, and the heads that are looked at."""
        return 2 * self._size if self._held else 0

    def take(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> Found | None:
        """Hold the next bytes; answer what the stream is once that is certain."""
        head = self._heads[direction] + data[: MAX_HEAD_BYTES - len(self._heads[direction])]
        self._heads[direction] = head
        self._held.append(Held(direction, at_ns, data, gap))
        self._size += len(data)
        encrypted = self._probe_noise(direction, at_ns, data)
        if encrypted is Probe.CERTAIN:
            return stratum_v2_noise.StratumV2Noise()
        if hello := tls.client_hello(head):
            return hello
        found = _PROTOCOLS.certain(head, self._context, self._depth) or self._choose_frames(data)
        return found or (Unknown.OPAQUE if encrypted is not Probe.UNSURE and self._is_opaque() else None)

    def release(self) -> list[Held]:
        """What was held, for the dissector to read; nothing is held after this."""
        held, self._held, self._heads = self._held, [], [b"", b""]
        return held

    def _probe_noise(self, direction: Direction, at_ns: int, data: bytes) -> Probe:
        """The lengths of an encrypted handshake; a key may look like the beginning of anything."""
        if self._size > stratum_v2_noise.MAX_PROBED_BYTES:
            self._noise = Probe.NOT_FOR_US
        elif len(self._bursts) <= stratum_v2_noise.PROBED_BURSTS:
            stratum_v2_noise.grow(self._bursts, direction, at_ns, data)
            self._noise = stratum_v2_noise.probe(self._bursts)
        return self._noise

    def _choose_frames(self, data: bytes) -> Found | None:
        """A stream of frames joined within one: the next chunk may begin with a whole one."""
        # What goes on with a TLS handshake is random, and some of it looks like the head of anything.
        if len(self._held) > 1 and not any(tls.probe(head) is Probe.CERTAIN for head in self._heads):
            return _FRAMED.certain(data, self._context, self._depth)
        return None

    def _is_opaque(self) -> bool:
        """True when neither side can still turn out to speak a known protocol."""
        if self._size > MAX_HELD_BYTES:
            return True
        open_ends = [head for head in self._heads if head and _may_become_known(head)]
        silent = not all(self._heads) and not any(len(head) >= MAX_HEAD_BYTES for head in self._heads)
        return not open_ends and not silent


class Unwrapper:
    """A dissector that takes one layer off and reads what is inside."""

    def __init__(self, layer: Layer, context: Context, depth: int) -> None:
        self._layer = layer
        self._inner = _Inner(context, depth + 1)

    def held_bytes(self) -> int:
        """About what the layer and what is inside take."""
        return self._layer.held_bytes() + self._inner.held_bytes()

    def parse(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> list[Observation]:
        """Messages of the layer itself and of what is inside."""
        found: list[Observation] = []
        for item in self._layer.feed(direction, at_ns, data, gap=gap):
            if isinstance(item, Piece):
                found += self._inner.read(item, at_ns)
            else:
                found.append(item)
        return found


class _Inner:
    """The stream inside a layer."""

    def __init__(self, context: Context, depth: int) -> None:
        self._context = context
        self._opening: Opening | None = Opening(context, depth)
        self._dissector: Dissector | None = None

    def held_bytes(self) -> int:
        reader = self._dissector or self._opening
        return reader.held_bytes() if reader else 0

    def read(self, piece: Piece, at_ns: int) -> list[Observation]:
        if self._dissector is not None:
            return self._dissector.parse(piece.direction, at_ns, piece.data, gap=piece.gap)
        if self._opening is None:
            return []
        found = self._opening.take(piece.direction, at_ns, piece.data, gap=piece.gap)
        if found is None:
            return []
        held, self._opening = self._opening.release(), None
        if isinstance(found, tls.ClientHello):
            self._context.tell(InnerHello(piece.direction, at_ns, found))
            return []
        if isinstance(found, Unknown):
            self._context.tell(InnerOpaque())
            return []
        self._dissector = found
        return [seen for one in held for seen in found.parse(one.direction, one.at_ns, one.data, gap=one.gap)]


def choose_dissector(head: bytes, context: Context | None = None) -> Dissector | None:
    """A fresh dissector for a stream that begins with ``head``; None when none is certain of it."""
    found = _PROTOCOLS.certain(head, context or Context(), 0)
    return None if isinstance(found, Unknown | tls.ClientHello) else found


class _Row(NamedTuple):
    probe: Callable[[bytes], Probe]
    make: Callable[[Context, int], Found]
    may_be_joined: bool = False
    """A stream may begin in the middle of a line: its first byte tells nothing."""


def _wrapped(layer: Callable[[Context], Layer]) -> Callable[[Context, int], Found]:
    """How a layer is taken off, unless there are too many of them already."""

    def make(context: Context, depth: int) -> Found:
        if depth >= context.bounds.max_layers:
            context.cuts.layers += 1
            return Unknown.OPAQUE
        return Unwrapper(layer(context), context, depth)

    return make


class _Protocols:
    """Protocols in the order in which they are asked."""

    def __init__(self, *rows: _Row) -> None:
        self.rows = rows
        self._by_first: dict[bytes, tuple[_Row, ...]] = {}

    def certain(self, head: bytes, context: Context, depth: int) -> Found | None:
        """Who is certain that a stream with this head is for him."""
        for row in self.that_may(head):
            if row.probe(head) is Probe.CERTAIN:
                return row.make(context, depth)
        return None

    def that_may(self, head: bytes) -> tuple[_Row, ...]:
        """Those that its first byte does not refuse: who refuses one byte refuses whatever follows it."""
        first = head[:1]
        rows = self._by_first.get(first)
        if rows is None:
            rows = tuple(row for row in self.rows if row.may_be_joined or row.probe(first) is not Probe.NOT_FOR_US)
            self._by_first[first] = rows
        return rows


_FRAMED = _Protocols(
    _Row(stratum_v2.probe, lambda context, depth: stratum_v2.StratumV2Frames()),
    _Row(alephium.probe, lambda context, depth: alephium.AlephiumFrames()),
    _Row(websocket.probe, _wrapped(websocket.WebSocketLayer)),
)
_PROTOCOLS = _Protocols(
    _Row(jsonrpc.probe, lambda context, depth: btcagent.AgentLines(jsonrpc.JsonRpcLines(context)), may_be_joined=True),
    _Row(btcagent.probe, lambda context, depth: btcagent.AgentLines(jsonrpc.JsonRpcLines(context))),
    _Row(proxy_header.probe, _wrapped(proxy_header.ProxyHeaderLayer)),
    _Row(http.probe, _wrapped(HttpLayer)),
    _Row(socks.probe, _wrapped(socks.SocksLayer)),
    *_FRAMED.rows,
)


def _may_become_known(head: bytes) -> bool:
    if len(head) >= MAX_HEAD_BYTES:
        return False
    rows = _PROTOCOLS.that_may(head)
    return tls.probe(head) is not Probe.NOT_FOR_US or any(row.probe(head) is Probe.UNSURE for row in rows)
