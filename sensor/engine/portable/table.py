"""Which flows are alive, which of them have gone quiet, and which one goes when there is no room?"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from sensor.engine.api import CloseCause, Limits
from sensor.engine.portable.flow import Flow, Key

LINGER_NS = 5_000_000_000
"""How long a flow stays after FIN or RST, so that late segments do not look like a new flow."""
_SECOND_NS = 1_000_000_000


class FlowTable:
    """Flows by key, least recently seen first; followed flows apart, because they go last.

    Time is packet time. A step of the clock back by more than a timeout ends a flow as a step forward does:
    one packet with a wild time stamp must not keep flows alive for ever.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._idle_ns = int(limits.idle_timeout_s * _SECOND_NS)
        self._active_ns = max(int(limits.active_timeout_s * _SECOND_NS), 1)
        self._plain: OrderedDict[Key, Flow] = OrderedDict()
        self._followed: OrderedDict[Key, Flow] = OrderedDict()
        self._by_id: OrderedDict[int, Flow] = OrderedDict()
        """Followed flows, the one whose update is due first in front."""
        self._closing: OrderedDict[int, Flow] = OrderedDict()

    def __len__(self) -> int:
        return len(self._plain) + len(self._followed)

    @property
    def followed(self) -> int:
        """How many flows are followed."""
        return len(self._by_id)

    def get(self, key: Key) -> Flow | None:
        """The flow with this key, now the most recently seen."""
        flow = self._plain.get(key)
        if flow is not None:
            self._plain.move_to_end(key)
            return flow
        flow = self._followed.get(key)
        if flow is not None:
            self._followed.move_to_end(key)
        return flow

    def by_id(self, flow_id: int) -> Flow | None:
        """The followed flow with this id."""
        return self._by_id.get(flow_id)

    def is_stale(self, flow: Flow, now_ns: int) -> bool:
        """True when the flow was idle for longer than the timeout."""
        return abs(now_ns - flow.last_ns) > self._idle_ns

    def surplus(self) -> Flow | None:
        """The flow that must go before another one fits."""
        if len(self) < self._limits.max_flows:
            return None
        return next(iter((self._plain or self._followed).values()), None)

    def add(self, flow: Flow) -> None:
        """Put a flow in that is not followed."""
        self._plain[flow.key] = flow

    def follow(self, flow: Flow, now_ns: int) -> None:
        """Move a flow to the followed ones; its first update is due one active timeout from now."""
        flow.updated_ns = now_ns
        self._plain.pop(flow.key, None)
        self._followed[flow.key] = flow
        self._by_id[flow.id] = flow

    def unfollow(self, flow: Flow) -> None:
        """Move a followed flow back to the others."""
        self._by_id.pop(flow.id, None)
        self._followed.pop(flow.key, None)
        self._plain[flow.key] = flow

    def linger(self, flow: Flow) -> None:
        """Let a closing flow go after :data:`LINGER_NS`."""
        self._closing.setdefault(flow.id, flow)

    def remove(self, flow: Flow) -> None:
        """Take a flow out."""
        key = flow.key
        self._plain.pop(key, None)
        self._followed.pop(key, None)
        self._by_id.pop(flow.id, None)
        self._closing.pop(flow.id, None)

    def ended(self, now_ns: int) -> Iterator[tuple[Flow, CloseCause]]:
        """Flows whose linger or idle time is over; the caller removes each before it asks for the next."""
        while (flow := next(iter(self._closing.values()), None)) and abs(now_ns - flow.closing_since_ns) > LINGER_NS:
            yield flow, flow.closing or CloseCause.FIN
        for flows in (self._plain, self._followed):
            while (flow := next(iter(flows.values()), None)) and self.is_stale(flow, now_ns):
                yield flow, flow.closing or CloseCause.IDLE

    def due(self, now_ns: int) -> Iterator[Flow]:
        """Followed flows that have lived for another active timeout."""
        while (flow := next(iter(self._by_id.values()), None)) and now_ns - flow.updated_ns >= self._active_ns:
            flow.updated_ns = now_ns
            self._by_id.move_to_end(flow.id)
            yield flow

    def all(self) -> list[Flow]:
        """Every flow, oldest first."""
        return sorted([*self._plain.values(), *self._followed.values()], key=lambda flow: flow.id)
