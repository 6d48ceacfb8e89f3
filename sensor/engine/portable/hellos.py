"""Which hellos of QUIC clients are on their way, and which one does a datagram make whole?

A hello of which a part does not come in time is given up; clients ask a silent server again for some seconds.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from sensor.dissect.probe import Probe
from sensor.dissect.quic import MIN_FIRST_ID_BYTES, Initial, Keys, client_keys, initials, opened
from sensor.dissect.quic_hello import Handshake, crypto_frames
from sensor.engine.api import Counters, Limits
from sensor.engine.portable.pace import Pace

_SECOND_NS = 1_000_000_000

Who = tuple[bytes, bytes, int]
"""Packed sender and receiver, and their tenant (see ``tenants``)."""


@dataclass(slots=True)
class _Waiting:
    first_ns: int
    keys: Keys
    """Those of the first packet's connection id, also where later ones bear the server's own (RFC 9000 §7.2)."""
    handshake: Handshake = field(default_factory=Handshake)

    def take(self, payload: bytes) -> None:
        for offset, data in crypto_frames(payload):
            self.handshake.add(offset, data)


class Hellos:
    """Hellos of which parts are missing, the oldest first."""

    def __init__(self, limits: Limits, counters: Counters) -> None:
        self._limits = limits
        self._counters = counters
        self._timeout_ns = int(limits.quic_timeout_s * _SECOND_NS)
        self._waiting: OrderedDict[Who, _Waiting] = OrderedDict()
        self._pace = Pace(limits.max_quic_per_s)

    def hear(self, who: Who, datagram: bytes, at_ns: int) -> bytes | None:
        """Look into a datagram that begins as a client's first ones do. Answers the hello that it makes whole."""
        self.expire(at_ns)
        packets = list(initials(datagram))
        # A server's packet, or one behind the server's answer: there is nothing to open it with.
        if not packets or (len(packets[0].connection_id) < MIN_FIRST_ID_BYTES and who not in self._waiting):
            return None
        if not self._pace.lets_pass(at_ns):
            self._counters.shed_quic += 1
            return None
        self._counters.quic_initials += 1
        hello = next((found for packet in packets if (found := self._packet(who, packet, at_ns))), None)
        self._counters.quic_hellos += hello is not None
        return hello

    def expire(self, now_ns: int) -> None:
        """Give up what waits for too long. A step of the clock back by more than the timeout counts as one forward."""
        while (oldest := next(iter(self._waiting.values()), None)) and abs(now_ns - oldest.first_ns) > self._timeout_ns:
            self._remove_oldest()
            self._counters.expired_quic += 1

    def end(self) -> None:
        """No more packets come."""
        while self._remove_oldest():
            self._counters.expired_quic += 1

    def _packet(self, who: Who, packet: Initial, at_ns: int) -> bytes | None:
        waiting = self._waiting.get(who)
        if waiting is not None and (payload := opened(packet, waiting.keys)) is not None:
            before = waiting.handshake.held_bytes
            waiting.take(payload)
            self._counters.quic_bytes += waiting.handshake.held_bytes - before
            return self._judged(who, waiting)
        keys = client_keys(packet.connection_id, packet.version)
        if waiting is not None and waiting.keys == keys:
            return None
        # The first one, or another one between the same ports, as after a Retry (RFC 9001 §5.2).
        begun = _Waiting(at_ns, keys)
        begun.take(opened(packet, keys) or b"")
        return self._judged(who, begun) if begun.handshake.pieces else None

    def _judged(self, who: Who, waiting: _Waiting) -> bytes | None:
        probe, hello = waiting.handshake.flight()
        if probe is Probe.UNSURE:
            self._keep(who, waiting)
        else:
            self._remove(who)
        return hello or None

    def _keep(self, who: Who, waiting: _Waiting) -> None:
        counters, limits = self._counters, self._limits
        if self._waiting.get(who) is not waiting:
            self._remove(who)
            while len(self._waiting) >= limits.max_quic_hellos and self._remove_oldest():
                counters.evicted_quic += 1
            self._waiting[who] = waiting
            counters.quic_bytes += waiting.handshake.held_bytes
        while counters.quic_bytes > limits.max_quic_bytes and self._remove_oldest():
            counters.evicted_quic += 1

    def _remove_oldest(self) -> bool:
        oldest = next(iter(self._waiting), None)
        if oldest is not None:
            self._remove(oldest)
        return oldest is not None

    def _remove(self, who: Who) -> None:
        waiting = self._waiting.pop(who, None)
        if waiting is not None:
            self._counters.quic_bytes -= waiting.handshake.held_bytes
