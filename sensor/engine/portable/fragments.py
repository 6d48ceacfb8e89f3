"""What was a fragmented IP packet before it was cut?

Where parts overlap, the first that came wins; an IPv6 packet with such parts is dropped, and all of it that comes later
(RFC 5722, RFC 8200 §4.5). A copy of what is there already is no overlap: mirror ports show packets twice. A packet of
which a part is missing is given up as a whole: TCP sends the segment again, and what never comes again is a hole like
any other. Packets are put together in ``partials``; here is which of them are held, and for how long.
"""

from __future__ import annotations

from collections import OrderedDict

from sensor.engine.api import Counters, Limits
from sensor.engine.portable.layers import Part
from sensor.engine.portable.partials import Partial, Put, Whole

_SECOND_NS = 1_000_000_000


class Reassembly:
    """Packets of which parts are missing, the oldest first."""

    def __init__(self, limits: Limits, counters: Counters) -> None:
        self._limits = limits
        self._counters = counters
        self._timeout_ns = int(limits.fragment_timeout_s * _SECOND_NS)
        self._partials: OrderedDict[tuple[bytes, int, int, int], Partial] = OrderedDict()

    def add(self, part: Part, at_ns: int) -> Whole | None:
        """Take a part in. Answers the packet once that is whole."""
        counters, limits = self._counters, self._limits
        self.expire(at_ns)
        if len(part.header) + part.end > limits.max_partial_bytes:
            counters.refused_fragments += 1
            return None
        partial = self._partials.get(part.name) or self._begin(part, at_ns)
        before = partial.held_bytes
        put = partial.put(part, limits.max_partial_spans)
        counters.overlapped_partials += put is Put.OVERLAPS
        counters.refused_fragments += put is Put.REFUSED
        counters.fragment_bytes += partial.held_bytes - before
        if partial.is_whole:
            self._remove(part.name)
            whole = partial.join(part, limits.max_partial_bytes)
            counters.reassembled_packets += whole is not None
            counters.refused_fragments += whole is None
            return whole
        while counters.fragment_bytes > limits.max_fragment_bytes and self._remove_oldest():
            counters.evicted_partials += 1
        return None

    def expire(self, now_ns: int) -> None:
        """Give up what waits for too long. A step of the clock back by more than the timeout counts as one forward."""
        while (oldest := next(iter(self._partials.values()), None)) and (
            abs(now_ns - oldest.first_ns) > self._timeout_ns
        ):
            self._remove_oldest()
            self._counters.expired_partials += 1

    def end(self) -> None:
        """No more parts come."""
        while self._remove_oldest():
            self._counters.expired_partials += 1

    def _begin(self, part: Part, at_ns: int) -> Partial:
        while len(self._partials) >= self._limits.max_partials and self._remove_oldest():
            self._counters.evicted_partials += 1
        partial = self._partials[part.name] = Partial(at_ns)
        return partial

    def _remove_oldest(self) -> bool:
        name = next(iter(self._partials), None)
        if name is not None:
            self._remove(name)
        return name is not None

    def _remove(self, name: tuple[bytes, int, int, int]) -> None:
        self._counters.fragment_bytes -= self._partials.pop(name).held_bytes
