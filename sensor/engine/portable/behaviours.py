"""Which flows have a record of their behaviour, and when is one handed on?

Once in every interval, at the first message of the server in it. Intervals begin at one moment for all flows to one
server: whoever gets the same job at the same time is handed on at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator

from dpkt.tcp import TH_PUSH

from sensor.behaviour.record import Recorder
from sensor.engine.api import BehaviourLimits, Counters, FlowBehaviour
from sensor.engine.portable.flow import Flow
from sensor.engine.portable.layers import Segment
from sensor.model.flow import Direction

_SECOND_NS = 1_000_000_000
_MS_NS = 1_000_000
_FNV_OFFSET, _FNV_PRIME = 0x811C_9DC5, 0x0100_0193
_EPOCHS = 256


class Behaviours:
    """Keeps the records within their bound."""

    def __init__(self, limits: BehaviourLimits, counters: Counters) -> None:
        self._limits = limits
        self._after_ns = int(limits.after_s * _SECOND_NS)
        self._counters = counters

    def segment(self, flow: Flow, segment: Segment, sender: Direction, at_ns: int) -> Iterator[FlowBehaviour]:
        """Take a TCP segment with payload in; the flow's behaviour where it is time to hand it on."""
        recorder = flow.recorder or self._begin(flow, at_ns)
        if recorder is None:
            return
        ended = recorder.segment(
            sender,
            segment.seq,
            segment.payload,
            segment.wire_bytes,
            bool(segment.flags & TH_PUSH),
            max(at_ns - flow.first_ns, 0) // _MS_NS,
        )
        if recorder.is_busy:
            self._counters.busy_flows += 1
            self.release(flow)
        elif ended and sender is recorder.server and recorder.epoch != (epoch := self._epoch(flow, sender, at_ns)):
            recorder.epoch = epoch
            if recorder.total >= self._limits.min_messages:
                yield _told(flow, recorder, at_ns)

    def release(self, flow: Flow) -> None:
        """Free a flow's record; it gets no other one."""
        if flow.recorder is not None:
            self._counters.recorded_flows -= 1
        flow.recorder, flow.is_unrecorded = None, True

    def _begin(self, flow: Flow, at_ns: int) -> Recorder | None:
        if flow.is_unrecorded or at_ns - flow.first_ns < self._after_ns:
            return None
        if self._counters.recorded_flows >= self._limits.max_records:
            self._counters.unrecorded_flows += 1
            flow.is_unrecorded = True
            return None
        self._counters.recorded_flows += 1
        server = _server(flow)
        flow.recorder = Recorder(server, self._epoch(flow, server, at_ns))
        return flow.recorder

    def _epoch(self, flow: Flow, server: Direction, at_ns: int) -> int:
        end = flow.resp if server is Direction.RESP else flow.orig
        return (at_ns // _SECOND_NS + _fnv(end)) // self._limits.interval_s % _EPOCHS


def _server(flow: Flow) -> Direction:
    is_resp = flow.handshake_seen or int.from_bytes(flow.orig[-2:]) >= int.from_bytes(flow.resp[-2:])
    return Direction.RESP if is_resp else Direction.ORIG


def _told(flow: Flow, recorder: Recorder, at_ns: int) -> FlowBehaviour:
    return FlowBehaviour(
        flow.id, flow.five_tuple, flow.first_ns, at_ns, flow.handshake_seen, flow.traffic, recorder.snapshot()
    )


def _fnv(data: bytes) -> int:
    """FNV-1a, 32 bits: spreads servers over the interval, no more."""
    value = _FNV_OFFSET
    for byte in data:
        value = (value ^ byte) * _FNV_PRIME & 0xFFFF_FFFF
    return value
