"""Which flows that nobody can read behave like mining, and is there more to it? Joins behaviour and what is known.

Behaviour alone is nothing: it is looked at only beside a listed name or address, a certificate, or what other sessions
tell of the flow's two ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sensor.detect.flow import FlowTracker, Reading
from sensor.detect.known import NS, Known
from sensor.detect.recent import Recent
from sensor.detect.session import MiningSession
from sensor.detect.supports import OF_SERVER, Support
from sensor.engine.api import Candidate, DnsMessage, FlowBehaviour, Reason
from sensor.model.bilingual import Lang, Words
from sensor.model.cuts import TableCuts
from sensor.signature import SignatureSet
from sensor.signature.words import Kind

if TYPE_CHECKING:
    from sensor.behaviour.score import BehaviourScore
    from sensor.dissect.dns import Dns

_BEHAVES = Words(
    "模型 {model}，{minutes:.0f} 分钟，得分 {score:.3f}：{zh}", "model {model}, {minutes:.0f} min, {score:.3f}: {en}"
)


class Unread:
    """Flows of sessions that the engine does not follow, known by how they behave. Bounded; what goes is counted."""

    def __init__(self, most: int, hold_s: float, cuts: TableCuts) -> None:
        self._cuts = cuts
        self._flows: Recent[int, tuple[FlowTracker, MiningSession]] = Recent(most, round(hold_s * NS), self._cut)

    def tracker(self, flow_id: int, at_ns: int, is_open: Callable[[MiningSession], bool]) -> FlowTracker | None:
        """The tracker that a flow had, while its session goes on."""
        tracker, session = self._flows.get(flow_id, at_ns) or (None, None)
        return tracker if session is not None and is_open(session) else None

    def put(self, flow_id: int, tracker: FlowTracker, session: MiningSession) -> None:
        """Remember the session of a flow."""
        self._flows.put(flow_id, (tracker, session), tracker.facts.last_ns)

    def _cut(self) -> None:
        self._cuts.known += 1


def candidate_of(event: FlowBehaviour) -> Candidate:
    """A flow that the engine did not single out, as if it had: its ends are looked up like those of a listed one."""
    return Candidate(
        event.flow_id,
        event.five_tuple,
        event.first_seen_ns,
        event.at_ns,
        Reason.ADDRESS,
        "behaviour",
        event.handshake_seen,
    )


def corroborate(tracker: FlowTracker, judged: BehaviourScore, event: FlowBehaviour, known: Known) -> bool:
    """Take the behaviour of a flow in, if anything speaks for it besides; True where something does. What only leans
    towards mining needs something about the server itself: what is known of the host goes for all that it talks to."""
    if tracker.reading is Reading.DISSECTED:
        return False
    tracker.look_at_ends(event.behaviour.server, event.at_ns)
    miner, server = tracker.miner_end, tracker.pool_end
    if judged.is_suspect:
        known.heard(server, miner.ip, event.at_ns, is_suspect=True)
    facts = tracker.facts
    counting = frozenset(Support) - {Support.BEHAVIOUR} if judged.is_suspect else OF_SERVER
    found = [(one, told) for one, told in known.supports(facts, miner.ip, server, event.at_ns) if one in counting]
    if not found and not facts.supports & counting:
        return False
    facts.last_ns = max(facts.last_ns, event.at_ns)
    facts.add_support(Support.BEHAVIOUR, event.at_ns, told_of(judged))
    for support, told in found:
        facts.add_support(support, event.at_ns, told)
    return True


def stand_beside(event: FlowBehaviour, known: Known) -> None:
    """A flow that behaves otherwise than mining: its server has clients that do."""
    server = event.behaviour.server
    known.heard(event.five_tuple.sender(server), event.five_tuple.receiver(server).ip, event.at_ns, is_suspect=False)


def told_of(judged: BehaviourScore) -> str:
    """The behaviour in words of both languages, with the model that judged it."""
    reasons = {"zh": "；".join(one.zh for one in judged.reasons), "en": "; ".join(one.en for one in judged.reasons)}
    words = _BEHAVES.put(model=judged.model, minutes=judged.minutes, score=judged.score, **reasons)
    return words.told(Lang.BOTH, " · ")


def note_fee_host(event: DnsMessage, message: Dns, signatures: SignatureSet, known: Known) -> None:
    """Somebody looks up where mining software pays its fee."""
    for name in message.queries:
        hit = signatures.name(name)
        if hit is not None and hit.kind is Kind.DONATE:
            known.asked(asker_of(event, message), name, event.at_ns)


def asker_of(event: DnsMessage, message: Dns) -> str:
    """The address of who looks something up."""
    return (event.five_tuple.resp if message.is_response else event.five_tuple.orig).ip
