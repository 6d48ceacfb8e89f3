"""From engine events to detections: follows candidates, joins their flows into sessions, makes the statements."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensor.detect.facts import remember
from sensor.detect.flow import FlowTracker, Reading
from sensor.detect.home import ours
from sensor.detect.known import Known
from sensor.detect.links import Links
from sensor.detect.names import NS, LearnedNames
from sensor.detect.opaque import Unread, asker_of, candidate_of, corroborate, note_fee_host, stand_beside
from sensor.detect.quic_names import named_flow
from sensor.detect.room import Room
from sensor.detect.session import MiningSession, SessionKey, open_session, state
from sensor.detect.witness import Witness
from sensor.dissect.unwrap.layer import ANCHORS, Bounds, Cuts
from sensor.engine.api import (
    AddressEntry,
    BehaviourLimits,
    Candidate,
    DnsMessage,
    Event,
    FlowBehaviour,
    FlowClosed,
    FlowUpdated,
    Limits,
    Program,
    QuicHello,
    StreamChunk,
)
from sensor.model.cuts import TableCuts
from sensor.model.wire import Detection, SensorRef, State
from sensor.signature import SignatureSet

if TYPE_CHECKING:
    from sensor.behaviour.score import Scorer


@dataclass(frozen=True, slots=True)
class DetectOptions:
    """Bounds and habits of detection. Times are packet times."""

    home_networks: tuple[str, ...] = ()
    """Networks that are ours (CIDR): only miners in them are reported. Empty: everyone."""
    update_interval_s: float = 3600.0
    """A session that goes on is stated again this often."""
    session_idle_s: float = 900.0
    """A session without flows for this long is closed; a reconnect before that continues it."""
    max_sessions: int = 100_000
    """Open sessions; the one longest without news is closed to make room."""
    max_followed_bytes: int = 1_073_741_824
    """What is held for followed flows and their sessions, by estimate. Over it the flow without evidence that was
    silent longest is given up, and where there is none the session longest without news is closed."""
    unproven_bytes: int = 65_536
    """Stream bytes after which a candidate without any evidence is dropped."""
    max_layers: int = Bounds().max_layers
    """Proxies, WebSockets and the like inside one another; what lies deeper is not looked at."""
    max_inflated_bytes: int = Bounds().max_inflated_bytes
    """Bytes that one compressed message may give."""
    max_inflation: int = Bounds().max_inflation
    """How many times its own size a compressed message may give."""
    max_known: int = 50_000
    """Servers, hosts and pools noted from confirmed sessions, by each of which flows nobody can read are known."""
    known_hold_s: float = 604_800.0
    """They are forgotten when nothing was heard of them for this long."""
    probers: tuple[str, ...] = ()
    """Networks (CIDR) from which servers are verified: what they say to pools is no mining."""


def build_program(
    signatures: SignatureSet, limits: Limits | None = None, behaviour: BehaviourLimits | None = None
) -> Program:
    """What the engine is to look for, from a compiled signature set; with ``behaviour`` also how flows behave."""
    return Program(
        name="signatures",
        anchors=tuple(sorted({*signatures.anchors, *ANCHORS})),
        name_suffixes=signatures.name_suffixes,
        names=signatures.names,
        addresses=tuple(AddressEntry(network, ports) for network, ports in signatures.addresses),
        limits=limits or Limits(),
        shapes=signatures.shapes,
        behaviour=behaviour,
    )


class Pipeline:
    """Turns the events of one engine session into detections. Feed it in order, then finish it."""

    def __init__(
        self,
        signatures: SignatureSet,
        *,
        sensor: SensorRef,
        options: DetectOptions | None = None,
        limits: Limits | None = None,
        witness: Witness | None = None,
        scorer: Scorer | None = None,
    ) -> None:
        self._signatures = signatures
        self._witness = witness
        self._sensor = sensor
        self._options = options or DetectOptions()
        limits = limits or Limits()
        bounds = self._options
        self._bounds = Bounds(bounds.max_layers, bounds.max_inflated_bytes, bounds.max_inflation)
        self._learned = LearnedNames(
            signatures,
            max_entries=limits.max_learned,
            min_ttl_s=limits.min_learned_ttl_s,
            max_ttl_s=limits.max_learned_ttl_s,
        )
        self._flows: dict[int, FlowTracker] = {}
        self._joined: dict[int, MiningSession] = {}
        self._sessions: dict[SessionKey, MiningSession] = {}
        self._recent: OrderedDict[int, MiningSession] = OrderedDict()
        """The same sessions by their identity, the one longest without news first."""
        self._dropped: list[int] = []
        self.room = Room(self._options.max_followed_bytes)
        self._links = Links()
        self._now_ns = 0
        self._next_sweep_ns = 0.0
        self._update_ns = self._options.update_interval_s * NS
        self._is_ours = ours(bounds.home_networks, bounds.probers)
        self.evicted_sessions = 0
        self.cuts = Cuts()
        """What the bounds of unwrapping cut."""
        self.tables = TableCuts()
        """What the tables of followed flows gave up."""
        self._scorer = scorer.anew(self.tables) if scorer else None
        self._known = Known(bounds.max_known, bounds.known_hold_s, self.tables)
        self._unread = Unread(bounds.max_known, bounds.known_hold_s, self.tables)

    def feed(self, events: Iterable[Event]) -> list[Detection]:
        """Take in events; answer the statements that became due."""
        due: list[Detection] = []
        max_sessions = self._options.max_sessions
        for event in events:
            if event.at_ns > self._now_ns:
                self._now_ns = event.at_ns
            if said := self._read(event) if isinstance(event, StreamChunk) else self._take(event):
                due.extend(said)
            if self._now_ns >= self._next_sweep_ns or len(self._sessions) > max_sessions or self.room.is_over:
                due.extend(self._sweep())
        return due

    def finish(self) -> list[Detection]:
        """The source has ended: close every session."""
        closed: list[Detection] = []
        for flow_id, tracker in list(self._flows.items()):
            tracker.conclude(tracker.heard_ns)
            closed.extend(self._close_rested(tracker))
            self._join(flow_id)
        return closed + [said for session in list(self._recent.values()) if (said := self._close(session))]

    def use(self, signatures: SignatureSet) -> None:
        """Judge what comes from here on by another set; sessions that are open keep their evidence and go on."""
        self._signatures = signatures
        self._learned.use(signatures)
        for tracker in self._flows.values():
            tracker.use(signatures)

    def take_drops(self) -> list[int]:
        """Flows that the engine need not follow any longer, since the last call."""
        dropped, self._dropped = self._dropped, []
        return dropped

    def _take(self, event: Event) -> Iterator[Detection]:
        if isinstance(event, Candidate):
            self._flows[event.flow_id] = tracker = FlowTracker(
                event, self._signatures, self._learned, self._witness, self._bounds, self.cuts, self.tables
            )
            self.room.enter(event.flow_id, tracker)
        elif isinstance(event, FlowClosed | FlowUpdated):
            yield from self._count(event)
        elif isinstance(event, DnsMessage):
            self._learn(event)
        elif isinstance(event, FlowBehaviour) and self._scorer is not None:
            yield from self._behave(event, self._scorer)
        elif isinstance(event, QuicHello):
            found = named_flow(event, self._unfollowed)
            if found is not None and self._is_ours(found.miner_end.ip):
                yield from self._state_if_due(self._enter_unread(None, found))

    def _learn(self, event: DnsMessage) -> None:
        # Imported at the first message: dpkt costs a twentieth of the start, and nothing else here needs it.
        from sensor.dissect import dns

        if message := dns.parse(event.payload):
            self._learned.learn(message, asker_of(event, message), event.at_ns)
            note_fee_host(event, message, self._signatures, self._known)

    def _read(self, chunk: StreamChunk) -> Iterable[Detection]:
        """Most chunks of a session bring shares and jobs, but nothing that its verdict or its place rest on."""
        tracker = self._flows.get(chunk.flow_id)
        if tracker is None:
            return ()
        tracker.read(chunk)
        session = self._joined.get(chunk.flow_id)
        if tracker.read_bytes >= tracker.weigh_at:
            self.room.weigh(tracker, session)
        if session is None or tracker.facts.news or tracker.reading is Reading.UNKNOWN:
            return self._consider(chunk.flow_id, tracker)
        self._recent.move_to_end(id(session))
        return self._state_if_due(session) if self._is_update_due(session) else ()

    def _consider(self, flow_id: int, tracker: FlowTracker) -> Iterator[Detection]:
        if flow_id not in self._joined:
            self.room.hear(flow_id)
        if tracker.facts.classes and tracker.reading is not Reading.UNKNOWN:
            yield from self._close_rested(tracker)
            session = self._join(flow_id)
            tracker.facts.news = False
            yield from self._state_if_due(session)
        elif tracker.read_bytes > self._options.unproven_bytes or tracker.reading is Reading.OPAQUE:
            self._drop(flow_id)

    def _behave(self, event: FlowBehaviour, scorer: Scorer) -> Iterator[Detection]:
        """Most flows do not behave like mining, and of most that do nothing else is known."""
        judged = scorer.score(event.flow_id, event.five_tuple, event.first_seen_ns, event.at_ns, event.behaviour)
        if not judged.is_leaning:
            stand_beside(event, self._known)
            return
        followed = self._flows.get(event.flow_id)
        is_open = lambda session: self._sessions.get(session.key) is session  # noqa: E731
        tracker = followed or self._unread.tracker(event.flow_id, event.at_ns, is_open)
        tracker = tracker or self._unfollowed(candidate_of(event))
        if not corroborate(tracker, judged, event, self._known):
            return
        if followed is not None:
            yield from self._consider(event.flow_id, followed)
        elif self._is_ours(tracker.miner_end.ip):
            tracker.count(event.traffic)
            yield from self._state_if_due(self._enter_unread(event.flow_id, tracker))

    def _unfollowed(self, opened: Candidate) -> FlowTracker:
        return FlowTracker(opened, self._signatures, self._learned, self._witness)

    def _enter_unread(self, flow_id: int | None, tracker: FlowTracker) -> MiningSession:
        """As :meth:`_enter`, of a flow whose end nobody will tell: its session rests when it behaves so no longer."""
        session = self._place(_session_key(tracker), tracker)
        self._recent.move_to_end(id(session))
        self.room.weigh(tracker, session)
        self.room.forget(tracker)
        if flow_id is not None:
            self._unread.put(flow_id, tracker, session)
        return session

    def _drop(self, flow_id: int) -> None:
        if not self._flows[flow_id].facts.classes:
            self._let_go(flow_id)

    def _let_go(self, flow_id: int) -> None:
        self.room.leave(flow_id, self._flows.pop(flow_id))
        self._joined.pop(flow_id, None)
        self._dropped.append(flow_id)

    def _count(self, event: FlowClosed | FlowUpdated) -> Iterator[Detection]:
        tracker = self._flows.get(event.flow_id)
        if tracker is None:
            return
        if isinstance(event, FlowClosed):
            # An update bears the time of the clock, which other flows drive: it tells nothing of this one's packets.
            tracker.facts.last_ns = max(tracker.facts.last_ns, event.at_ns)
            tracker.conclude(event.at_ns)
        tracker.count(event.traffic)
        yield from self._close_rested(tracker)
        session = self._join(event.flow_id)
        yield from self._state_if_due(session)
        if isinstance(event, FlowClosed):
            self.room.leave(event.flow_id, self._flows.pop(event.flow_id))
            # Not always the session just asked for: who mines may have become clear as one who is not ours.
            if (joined := self._joined.pop(event.flow_id, None)) is not None:
                joined.live.discard(event.flow_id)

    def _join(self, flow_id: int) -> MiningSession | None:
        """The session that a flow with evidence belongs to, made or renamed where needed."""
        tracker = self._flows[flow_id]
        if not tracker.facts.classes or not self._is_ours(tracker.miner_end.ip):
            return None
        key = _session_key(tracker)
        session = self._joined.get(flow_id)
        if session is not None and session.key != key:
            session = self._rename(session, key)
        elif session is None:
            session = self._enter(flow_id, tracker, key)
        self._recent.move_to_end(id(session))
        return session

    def _close_rested(self, tracker: FlowTracker) -> Iterator[Detection]:
        """Close the session that a flow would go on with, had it not rested too long: when the sweep comes by depends
        on other packets."""
        session = self._sessions.get(_session_key(tracker))
        if session is not None and not session.live:
            rested_ns = tracker.facts.last_ns - session.facts.last_ns
            if rested_ns > self._options.session_idle_s * NS:
                yield from self._close_one(session)

    def _enter(self, flow_id: int, tracker: FlowTracker, key: SessionKey) -> MiningSession:
        session = self._place(key, tracker)
        session.live.add(flow_id)
        self._joined[flow_id] = session
        self.room.join(flow_id, tracker, session)
        return session

    def _place(self, key: SessionKey, tracker: FlowTracker) -> MiningSession:
        """The session of that key with what the flow found, made where there is none."""
        session = self._sessions.get(key)
        if session is None:
            session = open_session(self._sensor, key, tracker.miner_end, tracker.facts)
            self._sessions[key] = self._recent[id(session)] = session
        elif session.facts is not tracker.facts:
            session.facts.merge(tracker.facts)
            tracker.facts = session.facts
        remember(tracker.facts.ports, tracker.miner_end.port)
        return session

    def _rename(self, session: MiningSession, key: SessionKey) -> MiningSession:
        """The dialect became clear only now: the session keeps its id, or joins the one already there."""
        del self._sessions[session.key]
        other = self._sessions.get(key)
        if other is None:
            session.key = key
            self._sessions[key] = session
            return session
        del self._recent[id(session)]
        self.room.close(session)
        other.facts.merge(session.facts)
        for flow_id in session.live:
            self._joined[flow_id] = other
            self._flows[flow_id].facts = other.facts
        other.live |= session.live
        return other

    def _state_if_due(self, session: MiningSession | None) -> Iterator[Detection]:
        if session is None or session.verdict is None:
            return
        if session.stated is None:
            yield from self._say(session, State.OPENED)
        elif session.verdict is not session.stated or self._is_update_due(session):
            yield from self._say(session, State.UPDATED)

    def _is_update_due(self, session: MiningSession) -> bool:
        return session.facts.last_ns - session.stated_ns >= self._update_ns

    def _say(self, session: MiningSession, what: State) -> Iterator[Detection]:
        if said := self._stated(session, what):
            yield said

    def _stated(self, session: MiningSession, what: State) -> Detection | None:
        said = state(session, self._sensor, self._signatures, what, self._links)
        if said is not None:
            self._known.note(said, session.facts.last_ns)
        return said

    def _sweep(self) -> Iterator[Detection]:
        """Close sessions that are over. Looks once in a tenth of the idle time."""
        idle_ns = self._options.session_idle_s * NS
        if self._now_ns >= self._next_sweep_ns:
            self._next_sweep_ns = self._now_ns + idle_ns / 10
            for session in list(self._recent.values()):
                if not session.live and self._now_ns - session.facts.last_ns > idle_ns:
                    yield from self._close_one(session)
        while len(self._sessions) > self._options.max_sessions:
            self.evicted_sessions += 1
            yield from self._close_one(next(iter(self._recent.values())))
        while self.room.is_over and (self._recent or self.room.longest_silent() is not None):
            yield from self._make_room()

    def _make_room(self) -> Iterator[Detection]:
        flow_id = self.room.longest_silent()
        if flow_id is not None:
            self.room.given_up_flows += 1
            self._let_go(flow_id)
        else:
            self.evicted_sessions += 1
            yield from self._close_one(next(iter(self._recent.values())))

    def _close_one(self, session: MiningSession) -> Iterator[Detection]:
        if said := self._close(session):
            yield said

    def _close(self, session: MiningSession) -> Detection | None:
        del self._sessions[session.key], self._recent[id(session)]
        self.room.close(session)
        for flow_id in session.live:
            self._let_go(flow_id)
        said = self._stated(session, State.CLOSED)
        if said is not None and self._witness is not None:
            self._witness.closed(session, said)
        return said


def _session_key(tracker: FlowTracker) -> SessionKey:
    return SessionKey(tracker.miner_end.ip, tracker.pool_end, tracker.facts.dialect)
