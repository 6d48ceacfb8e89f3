"""What does a conversation over one TCP connection look like at a tap? Handshake, data, acknowledgements, FIN."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from sensor.model.flow import Direction, Endpoint
from sensor.simulate.frames import ACK, FIN, PSH, SEQ_SPACE, SYN, Row, Segment, Wire, render
from sensor.simulate.wraps.base import Wrap

Shape: TypeAlias = Callable[[list[Segment]], list[Segment]]
"""A change to a finished conversation: see :mod:`sensor.simulate.shaping`."""

_SEGMENT_GAP_NS = 12_000
_DELAYED_ACK_NS = 40_000_000


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How the connection behaves. ``rtt_s`` is the way from the tap to the server and back."""

    rtt_s: float = 0.03
    jitter: float = 0.2
    think_s: float = 0.001
    mss_bytes: int = 1460
    vlan: int | None = None
    shapes: tuple[Shape, ...] = field(default=())
    wraps: tuple[Wrap, ...] = ()
    """What is around the conversation, outermost first."""


class TcpSession:
    """One connection, told from the tap near the client. Every wait is seeded: the same seed, the same bytes."""

    def __init__(
        self,
        client: Endpoint,
        server: Endpoint,
        start_ns: int,
        rng: random.Random,
        options: SessionOptions = SessionOptions(),
    ) -> None:
        self.wire = Wire(client, server, vlan=options.vlan, mss_bytes=options.mss_bytes)
        self.now_ns = start_ns
        self.segments: list[Segment] = []
        self._options = options
        self._rng = rng
        self._next_seq = {direction: rng.randrange(SEQ_SPACE) for direction in Direction}
        self._ack_due_ns: dict[Direction, int] = {}
        self._last_sender = Direction.ORIG
        self._open()

    def client_sends(self, data: bytes) -> None:
        """The client writes ``data``, after a moment's thought when it was the server's turn before."""
        self._write(Direction.ORIG, data, self._options.wraps)

    def server_sends(self, data: bytes) -> None:
        """The server writes ``data``: one round trip after the client's last write, at once otherwise."""
        self._write(Direction.RESP, data, self._options.wraps)

    def wait(self, seconds: float) -> None:
        """Nothing happens for ``seconds``."""
        self.wait_until(self.now_ns + round(seconds * 1e9))

    def wait_until(self, at_ns: int) -> None:
        """Nothing is written until ``at_ns``; a moment in the past is no wait at all."""
        self._pay_acks(at_ns)
        if at_ns > self.now_ns:
            self.now_ns = at_ns
            self._last_sender = Direction.RESP

    def close(self) -> None:
        """The client ends the connection, the server follows."""
        self._turn(Direction.ORIG)
        self._pay_acks(None)
        self._emit(Direction.ORIG, FIN | ACK)
        self._advance(self._rtt_ns())
        self._emit(Direction.RESP, FIN | ACK)
        self._advance(_SEGMENT_GAP_NS)
        self._emit(Direction.ORIG, ACK)

    def finished(self) -> list[Segment]:
        """The whole conversation, acknowledgements paid and the option's shapes applied."""
        self._pay_acks(None)
        segments = list(self.segments)
        for shape in self._options.shapes:
            segments = shape(segments)
        return segments

    def rows(self) -> Iterator[Row]:
        """The finished conversation as frames."""
        return render(self.finished(), self.wire)

    def _open(self) -> None:
        self._emit(Direction.ORIG, SYN)
        self._advance(self._rtt_ns())
        self._emit(Direction.RESP, SYN | ACK)
        self._advance(_SEGMENT_GAP_NS)
        self._emit(Direction.ORIG, ACK)
        for number, wrap in enumerate(self._options.wraps):
            for direction, data in wrap.greeting():
                self._write(direction, data, self._options.wraps[:number])

    def _write(self, direction: Direction, data: bytes, wraps: tuple[Wrap, ...]) -> None:
        writes = [data]
        for wrap in reversed(wraps):
            writes = [packed for one in writes for packed in wrap.pack(direction, one)]
        for one in writes:
            self._send(direction, one)

    def _send(self, direction: Direction, data: bytes) -> None:
        self._turn(direction)
        step = self._options.mss_bytes
        for start in range(0, len(data), step):
            piece = data[start : start + step]
            self._emit(direction, ACK | (PSH if start + step >= len(data) else 0), piece)
            self._advance(_SEGMENT_GAP_NS)
        away_ns = 0 if direction is Direction.RESP else self._rtt_ns()
        self._ack_due_ns.setdefault(direction.other, self.now_ns + away_ns + _DELAYED_ACK_NS)

    def _turn(self, direction: Direction) -> None:
        if direction is not self._last_sender:
            seconds = self._options.think_s if direction is Direction.ORIG else self._options.rtt_s
            self._advance(round(seconds * 1e9 * self._wobble()))
        else:
            self._advance(_SEGMENT_GAP_NS)
        self._last_sender = direction
        self._pay_acks(self.now_ns)
        self._ack_due_ns.pop(direction, None)

    def _pay_acks(self, until_ns: int | None) -> None:
        """Send the pure acknowledgements that fell due before ``until_ns`` (None: all), oldest first."""
        for direction, due_ns in sorted(self._ack_due_ns.items(), key=lambda item: item[1]):
            if until_ns is None or due_ns <= until_ns:
                del self._ack_due_ns[direction]
                self.now_ns = max(self.now_ns, due_ns)
                self._emit(direction, ACK)

    def _emit(self, direction: Direction, flags: int, payload: bytes = b"") -> None:
        seq = self._next_seq[direction]
        ack = self._next_seq[direction.other] if flags & ACK else 0
        self.segments.append(Segment(self.now_ns, direction, seq, ack, flags, payload))
        used = len(payload) + (1 if flags & (SYN | FIN) else 0)
        self._next_seq[direction] = (seq + used) % SEQ_SPACE

    def _advance(self, nanoseconds: int) -> None:
        self.now_ns += max(nanoseconds, 1000)

    def _rtt_ns(self) -> int:
        return round(self._options.rtt_s * 1e9 * self._wobble())

    def _wobble(self) -> float:
        return 1 + self._rng.uniform(-self._options.jitter, self._options.jitter)
