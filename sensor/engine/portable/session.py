"""How do frames become events in the portable engine, the reference of what every engine answers?

House-keeping (timeouts) runs when the time of frames and ticks enters another second. A flow begins with any TCP packet
but a RST; a UDP flow is kept only when one of its addresses is listed or learned.
"""

from __future__ import annotations

from collections.abc import Iterator

from dpkt.ip import IP_PROTO_TCP
from dpkt.tcp import TH_ACK, TH_FIN, TH_RST, TH_SYN

from sensor.engine.api import (
    CloseCause,
    Counters,
    Event,
    FlowClosed,
    FlowUpdated,
    Frame,
    PacketSource,
    Program,
    Reason,
    Tick,
)
from sensor.engine.portable.behaviours import Behaviours
from sensor.engine.portable.decode import Decoder
from sensor.engine.portable.flow import Flow, Key, Stage, flow_key
from sensor.engine.portable.fragments import Reassembly
from sensor.engine.portable.indicators import AddressIndex
from sensor.engine.portable.layers import Part, Segment, Skip
from sensor.engine.portable.search import Hit
from sensor.engine.portable.streams import Streams
from sensor.engine.portable.table import FlowTable
from sensor.model.flow import Direction

_SECOND_NS = 1_000_000_000


class PortableEngine:
    """Pure Python on dpkt. Runs everywhere; every other engine is measured against it."""

    @property
    def name(self) -> str:
        """``portable``."""
        return "portable"

    def open(self, program: Program, source: PacketSource) -> PortableSession:
        """Start a session. Raises :class:`~sensor.model.errors.EngineError` for a program that cannot be used."""
        return PortableSession(program, source)


class PortableSession:
    """One run over one source. See :class:`~sensor.engine.api.EngineSession`."""

    def __init__(self, program: Program, source: PacketSource) -> None:
        self._frames: Iterator[Frame | Tick] = iter(source.frames())
        self._counters = Counters()
        self._addresses = AddressIndex(program.addresses)
        self._table = FlowTable(program.limits)
        self._decoder = Decoder(program.limits)
        self._reassembly = Reassembly(program.limits, self._counters)
        self._streams = Streams(program, self._table, self._counters)
        self._behaviours = Behaviours(program.behaviour, self._counters) if program.behaviour else None
        self._next_id = 1
        self._second = -1
        self._ended = False

    @property
    def counters(self) -> Counters:
        """Live counters."""
        return self._counters

    def read(self, max_packets: int = 4096) -> list[Event] | None:
        """Work on up to ``max_packets`` frames or to the next tick; None once all has ended and is closed."""
        for _ in range(max_packets):
            frame = next(self._frames, None)
            if frame is None:
                self._end()
                break
            if isinstance(frame, Tick):
                self._pass_time(frame.at_ns)
                self._streams.events.append(frame)
                break
            self._frame(frame)
        events, self._streams.events = self._streams.events, []
        self._counters.flows_live = len(self._table)
        return None if self._ended and not events else events

    def use(self, program: Program) -> None:
        """Look for something else from here on. Raises ``EngineError`` before anything has changed."""
        addresses = AddressIndex(program.addresses)
        self._streams.use(program)
        self._addresses = addresses

    def drop(self, flow_id: int) -> None:
        """Stop following a flow; its close event comes with the next batch."""
        flow = self._table.by_id(flow_id)
        if flow is None:
            return
        self._streams.events.append(FlowClosed(flow.id, flow.last_ns, CloseCause.DROPPED, flow.traffic))
        self._table.unfollow(flow)
        self._streams.pass_by(flow)

    def _end(self) -> None:
        if self._ended:
            return
        self._reassembly.end()
        self._streams.hellos.end()
        for flow in self._table.all():
            self._close(flow, flow.closing or CloseCause.END)
        self._ended = True

    def _frame(self, frame: Frame) -> None:
        counters = self._counters
        counters.packets += 1
        counters.bytes += frame.wire_len
        at_ns = frame.at_ns
        self._pass_time(at_ns)
        found = self._decoder.frame(frame)
        if isinstance(found, Part):
            counters.fragments += 1
            found = self._rebuilt(found, at_ns)
        if isinstance(found, Segment):
            if found.proto == IP_PROTO_TCP:
                self._tcp(found, at_ns)
            else:
                self._udp(found, at_ns)
        elif found is Skip.BROKEN:
            counters.undecoded_packets += 1

    def _rebuilt(self, part: Part, at_ns: int) -> Segment | Skip:
        """What is in the packet that a part makes whole, at the time of that part; ``Skip.OTHER`` while it is not."""
        found: Segment | Skip | Part = part
        # What is put together may be a part itself, where a tunnel's packets are cut too. Each turn frees what it took.
        while isinstance(found, Part):
            if not found.is_usable:
                self._counters.refused_fragments += 1
                return Skip.OTHER
            whole = self._reassembly.add(found, at_ns)
            if whole is None:
                return Skip.OTHER
            found = self._decoder.whole(whole)
        return found

    def _pass_time(self, now_ns: int) -> None:
        """Run timeouts, once in a second."""
        if now_ns // _SECOND_NS == self._second:
            return
        self._second = now_ns // _SECOND_NS
        self._reassembly.expire(now_ns)
        self._streams.hellos.expire(now_ns)
        for flow, cause in self._table.ended(now_ns):
            self._close(flow, cause)
        for flow in self._table.due(now_ns):
            self._streams.events.append(FlowUpdated(flow.id, now_ns, flow.traffic))

    def _udp(self, segment: Segment, at_ns: int) -> None:
        sender, receiver = segment.sender, segment.receiver
        key = flow_key(segment.proto, sender, receiver, segment.tenant)
        flow = self._current(key, at_ns)
        if flow is None and (hit := self._listed(sender, receiver, at_ns)):
            flow = self._add(segment, at_ns)
            self._streams.candidate(flow, hit, at_ns)
        if flow is not None:
            _count(flow, segment, at_ns)
        self._streams.datagram(segment, at_ns)

    def _tcp(self, segment: Segment, at_ns: int) -> None:
        flow = self._flow_of(segment, at_ns)
        if flow is None:
            return
        direction = _count(flow, segment, at_ns)
        if segment.flags & TH_SYN:
            self._syn(flow, segment, direction)
        if flow.stage is not Stage.PASSED:
            self._streams.segment(flow, segment, direction, at_ns)
        if self._behaviours and segment.wire_bytes:
            self._streams.events.extend(self._behaviours.segment(flow, segment, direction, at_ns))
        if segment.flags & (TH_FIN | TH_RST):
            self._closing(flow, segment, direction, at_ns)

    def _flow_of(self, segment: Segment, at_ns: int) -> Flow | None:
        """The flow of a TCP segment; a new one where there is none, or where a SYN takes the endpoints over."""
        flow = self._current(flow_key(segment.proto, segment.sender, segment.receiver, segment.tenant), at_ns)
        if flow is not None and segment.flags & TH_SYN and _is_reuse(flow, segment):
            self._close(flow, flow.closing or CloseCause.REUSED)
            flow = None
        if flow is None and not segment.flags & TH_RST:
            flow = self._add(segment, at_ns)
            if hit := self._listed(segment.sender, segment.receiver, at_ns):
                flow.handshake_seen = _is_opening(segment)
                self._streams.candidate(flow, hit, at_ns)
        return flow

    def _current(self, key: Key, at_ns: int) -> Flow | None:
        flow = self._table.get(key)
        if flow is not None and self._table.is_stale(flow, at_ns):
            self._close(flow, flow.closing or CloseCause.IDLE)
            return None
        return flow

    def _add(self, segment: Segment, at_ns: int) -> Flow:
        if surplus := self._table.surplus():
            self._counters.evicted_flows += 1
            self._close(surplus, CloseCause.EVICTED)
        flow = Flow(self._next_id, segment.proto, segment.sender, segment.receiver, at_ns, segment.tenant)
        self._next_id += 1
        self._counters.flows += 1
        self._table.add(flow)
        return flow

    def _listed(self, sender: bytes, receiver: bytes, at_ns: int) -> Hit | None:
        """Whether an endpoint is listed or learned, the receiver first."""
        if not self._addresses.empty:
            network = self._addresses.find(receiver) or self._addresses.find(sender)
            if network:
                return Hit(Reason.ADDRESS, network)
        if self._streams.learned:
            name = self._streams.learned.find(receiver[:-2], at_ns) or self._streams.learned.find(sender[:-2], at_ns)
            if name:
                return Hit(Reason.LEARNED, name)
        return None

    def _syn(self, flow: Flow, segment: Segment, direction: Direction) -> None:
        flow.sides[direction].half.open(segment.seq)
        if segment.flags & TH_ACK:
            asked = flow.sides[direction.other].half
            if not asked.begun:
                asked.open((segment.ack - 1) & 0xFFFF_FFFF)
        elif direction is Direction.ORIG:
            flow.handshake_seen = True

    def _closing(self, flow: Flow, segment: Segment, direction: Direction, at_ns: int) -> None:
        """A FIN closes when both sides sent one, or when the other side was never seen; a RST closes at once."""
        side, other = flow.sides[direction], flow.sides[direction.other]
        if segment.flags & TH_RST:
            flow.begin_closing(CloseCause.RST, at_ns)
        else:
            side.half.fin_seen = True
            if other.packets and not other.half.fin_seen:
                return
            flow.begin_closing(CloseCause.FIN, at_ns)
        self._table.linger(flow)

    def _close(self, flow: Flow, cause: CloseCause) -> None:
        """Give out what is still held behind holes, then end the flow."""
        self._streams.finish(flow)
        if flow.stage is Stage.FOLLOWED:
            self._streams.events.append(FlowClosed(flow.id, flow.last_ns, cause, flow.traffic))
        self._streams.pass_by(flow)
        if self._behaviours:
            self._behaviours.release(flow)
        self._table.remove(flow)


def _count(flow: Flow, segment: Segment, at_ns: int) -> Direction:
    direction = Direction.ORIG if segment.sender == flow.orig else Direction.RESP
    side = flow.sides[direction]
    side.packets += segment.frames
    side.bytes += segment.ip_bytes
    flow.last_ns = at_ns
    return direction


def _is_opening(segment: Segment) -> bool:
    return bool(segment.flags & TH_SYN) and not segment.flags & TH_ACK


def _is_reuse(flow: Flow, segment: Segment) -> bool:
    """True when a SYN opens another connection between the endpoints of a flow that is still in the table."""
    if flow.closing and _is_opening(segment):
        return True
    direction = Direction.ORIG if segment.sender == flow.orig else Direction.RESP
    half, other = flow.sides[direction].half, flow.sides[direction.other].half
    if segment.flags & TH_ACK and not half.has_data:
        return False
    if not half.begun and other.has_data and _is_opening(segment):
        return other.isn is None
    return not half.is_open_at(segment.seq)
