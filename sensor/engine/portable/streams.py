"""What becomes of the bytes of a flow: searched, kept, or given out?"""

from __future__ import annotations

from dpkt.tcp import TH_ACK, TH_SYN

from sensor.dissect import dns, tls
from sensor.dissect.quic import is_client_initial
from sensor.engine.api import Candidate, Counters, DnsMessage, Event, Program, QuicHello, Reason, StreamChunk
from sensor.engine.portable.flow import EMPTY_HEAD, Flow, HeadPiece, Stage, five_tuple
from sensor.engine.portable.hellos import Hellos
from sensor.engine.portable.indicators import NameIndex
from sensor.engine.portable.layers import Segment
from sensor.engine.portable.learned import LearnedAddresses
from sensor.engine.portable.pace import Pace
from sensor.engine.portable.search import HeadSearch, Hit, dns_messages, is_dns, may_begin_dns
from sensor.engine.portable.stream import Piece
from sensor.engine.portable.table import FlowTable
from sensor.model.flow import Direction

SECOND_NS = 1_000_000_000
MAX_HOLE_NS = 5 * SECOND_NS
"""A hole older than this is given up when more data comes: a sender fills holes within seconds, a tap never does."""


class Streams:
    """Turns segments into events: reassembles, searches heads, follows candidates. ``events`` gathers what it found."""

    def __init__(self, program: Program, table: FlowTable, counters: Counters) -> None:
        self.events: list[Event] = []
        self.learned = LearnedAddresses(program.limits)
        self._limits = program.limits
        self._table = table
        self._counters = counters
        self._names = NameIndex(program)
        self._search = HeadSearch(program, self._names)
        self.hellos = Hellos(program.limits, counters)
        self._quic_pace = Pace(program.limits.max_quic_named_per_s)

    def use(self, program: Program) -> None:
        """Search for another program's anchors and names from here on; addresses learned so far stay."""
        self._names = NameIndex(program)
        self._search = HeadSearch(program, self._names)

    def segment(self, flow: Flow, segment: Segment, direction: Direction, at_ns: int) -> None:
        """Take a TCP segment of a flow in."""
        half, other = flow.sides[direction].half, flow.sides[direction.other].half
        if segment.flags & TH_ACK:
            other.acknowledge(segment.ack)
            if other.has_hole:
                self._mend(flow, direction.other, at_ns)
        if not segment.wire_bytes:
            return
        seq = segment.seq + 1 if segment.flags & TH_SYN else segment.seq
        if len(flow.head) == 1 and flow.stage is Stage.SEARCH and self._prepend(flow, seq, segment, direction, at_ns):
            return
        held = half.held_bytes
        pieces = half.insert(seq, segment.payload, segment.wire_bytes, at_ns)
        self._counters.held_bytes += half.held_bytes - held
        for piece in pieces:
            self._deliver(flow, direction, at_ns, piece)
        if half.has_hole:
            # Only here, after the sender had its chance to fill it, may age speak against a hole.
            self._mend(flow, direction, at_ns, all_holes=half.hole_age_ns(at_ns) > MAX_HOLE_NS)

    def datagram(self, segment: Segment, at_ns: int) -> None:
        """Look at a UDP payload, or one message of a TCP stream: names and addresses, or a QUIC client."""
        if self._names.empty:
            return
        if not is_dns(segment.sender, segment.receiver):
            if is_client_initial(segment.payload):
                self._quic(segment, at_ns)
            return
        message = dns.parse(segment.payload)
        if message and self.learned.learn(message, self._names, at_ns):
            self._counters.names_hit += 1
            ends = five_tuple(segment.proto, segment.sender, segment.receiver)
            self.events.append(DnsMessage(ends, at_ns, segment.payload))

    def _quic(self, segment: Segment, at_ns: int) -> None:
        """Tell of a client whose hello is whole now and names a listed host."""
        who = segment.sender, segment.receiver, segment.tenant
        message = self.hellos.hear(who, segment.payload, at_ns)
        hello = tls.hello_of(message) if message else None
        if not (message and hello and hello.sni and self._names.find(hello.sni)):
            return
        self._counters.names_hit += 1
        if self._quic_pace.lets_pass(at_ns):
            ends = five_tuple(segment.proto, segment.sender, segment.receiver)
            self.events.append(QuicHello(ends, at_ns, message))
        else:
            self._counters.shed_quic_names += 1

    def candidate(self, flow: Flow, hit: Hit, at_ns: int) -> bool:
        """Follow a flow and give its head out; False when no more flows may be followed."""
        counters = self._counters
        counters.candidates += 1
        if hit.reason is Reason.ANCHOR:
            counters.anchors_hit += 1
        elif hit.reason is Reason.NAME:
            counters.names_hit += 1
        elif hit.reason is Reason.SHAPE:
            counters.shapes_hit += 1
        else:
            counters.addresses_hit += 1
        if self._table.followed >= self._limits.max_followed:
            counters.unfollowed_candidates += 1
            self.pass_by(flow)
            return False
        flow.stage = Stage.FOLLOWED
        self._table.follow(flow, at_ns)
        head = flow.head
        self._free_head(flow)
        self.events.append(
            Candidate(flow.id, flow.five_tuple, flow.first_ns, at_ns, hit.reason, hit.detail, flow.handshake_seen)
        )
        for piece in head:
            counters.lost_bytes += piece.lost_bytes
            self.events.append(StreamChunk(flow.id, piece.direction, piece.at_ns, piece.data, piece.lost_bytes > 0))
        return True

    def finish(self, flow: Flow) -> None:
        """Give out or search what is still held behind holes."""
        if flow.stage is not Stage.PASSED:
            for direction in Direction:
                self._mend(flow, direction, flow.last_ns, all_holes=True)

    def pass_by(self, flow: Flow) -> None:
        """Stop looking at a flow's stream and free what is held of it."""
        flow.stage = Stage.PASSED
        self._free_head(flow)
        for side in flow.sides:
            self._counters.held_bytes -= side.half.held_bytes
            side.half.forget()
            side.tail = b""

    def _mend(self, flow: Flow, direction: Direction, at_ns: int, *, all_holes: bool = False) -> None:
        """Give up the holes of one direction that cannot be filled any more, or that cost too much."""
        half = flow.sides[direction].half
        while half.has_hole and (
            all_holes
            or half.hole_is_acked
            or half.held_bytes > self._limits.max_gap_bytes
            or self._counters.held_bytes > self._limits.max_held_bytes
        ):
            held = half.held_bytes
            pieces = half.give_up_hole(at_ns)
            self._counters.held_bytes += half.held_bytes - held
            for piece in pieces:
                self._deliver(flow, direction, at_ns, piece)

    def _prepend(self, flow: Flow, seq: int, segment: Segment, direction: Direction, at_ns: int) -> bool:
        """Put a segment before the only one seen, where a stream was joined in the middle and in the wrong order."""
        first = flow.head[0]
        if first.direction is not direction:
            return False
        before = flow.sides[direction].half.prepend(seq, segment.payload)
        if not before:
            return False
        side = flow.sides[direction]
        self._free_head(flow)
        side.searched_bytes, side.tail, side.names_done, side.is_awaited = 0, b"", False, False
        self._deliver(flow, direction, at_ns, Piece(before + first.data, first.lost_bytes))
        return True

    def _deliver(self, flow: Flow, direction: Direction, at_ns: int, piece: Piece) -> None:
        """In-order bytes: out to the reader when the flow is followed, else into the search."""
        if flow.stage is Stage.FOLLOWED:
            side = flow.sides[direction]
            lost, side.unkept_bytes = piece.lost_bytes + side.unkept_bytes, 0
            self._counters.lost_bytes += lost
            self.events.append(StreamChunk(flow.id, direction, at_ns, piece.data, lost > 0))
        elif flow.stage is Stage.SEARCH:
            self._seek(flow, direction, at_ns, piece)

    def _seek(self, flow: Flow, direction: Direction, at_ns: int, piece: Piece) -> None:
        side = flow.sides[direction]
        if not side.searched_bytes and is_dns(flow.orig, flow.resp):
            side.dns_at = 0 if may_begin_dns(piece.data) else self._limits.head_bytes
        if piece.lost_bytes:
            # Neither an anchor nor a name may be read across a hole.
            side.tail, side.names_done, side.dns_at = b"", True, self._limits.head_bytes
        part = piece.data[: self._limits.head_bytes - side.searched_bytes]
        if not part:
            side.unkept_bytes += len(piece.data) + piece.lost_bytes
            return
        hit = self._search.piece(flow, direction, part)
        if hit:
            if self.candidate(flow, hit, at_ns):
                self._deliver(flow, direction, at_ns, piece)
            return
        side.searched_bytes += len(part)
        if self._search.is_settled(side):
            side.unkept_bytes += len(piece.data) + piece.lost_bytes
        else:
            self._keep(flow, HeadPiece(direction, at_ns, part, piece.lost_bytes))
            side.unkept_bytes += len(piece.data) - len(part)
        if not self._names.empty and is_dns(flow.orig, flow.resp):
            self._dns_over_tcp(flow, direction, at_ns)
        full = self._limits.head_bytes
        if all(each.searched_bytes >= full or self._search.is_settled(each) for each in flow.sides):
            self.pass_by(flow)

    def _dns_over_tcp(self, flow: Flow, direction: Direction, at_ns: int) -> None:
        side = flow.sides[direction]
        sender, receiver = (flow.orig, flow.resp) if direction is Direction.ORIG else (flow.resp, flow.orig)
        for payload in dns_messages(side, flow.head_of(direction)):
            self.datagram(Segment(flow.proto, sender, receiver, 0, payload, len(payload)), at_ns)

    def _keep(self, flow: Flow, piece: HeadPiece) -> None:
        size = len(piece.data)
        if not flow.shed and self._counters.held_bytes + size > self._limits.max_held_bytes:
            flow.shed = True
            self._counters.shed_heads += 1
            for kept in flow.head:
                flow.sides[kept.direction].unkept_bytes += len(kept.data) + kept.lost_bytes
            self._free_head(flow)
            for side in flow.sides:
                side.names_done, side.dns_at = True, self._limits.head_bytes
        if flow.shed:
            flow.sides[piece.direction].unkept_bytes += size + piece.lost_bytes
            return
        flow.head = flow.head or []
        flow.head.append(piece)
        flow.head_bytes += size
        self._counters.held_bytes += size

    def _free_head(self, flow: Flow) -> None:
        self._counters.held_bytes -= flow.head_bytes
        flow.head, flow.head_bytes = EMPTY_HEAD, 0
