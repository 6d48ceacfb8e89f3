"""Which flows are one mining session, and what is to be said of it on the wire?"""

from __future__ import annotations

from dataclasses import dataclass, field

from sensor.detect.coin import coin_of, possible_coins
from sensor.detect.facts import Facts
from sensor.detect.links import Links
from sensor.detect.measure import measured
from sensor.detect.score import judge, score
from sensor.detect.wallet import wallet_facts
from sensor.estimate.algorithms import Algorithm, algorithm_of
from sensor.estimate.jobs import DEFAULT_NAMES
from sensor.estimate.power import algorithms_of_agents
from sensor.model.evidence import Evidence, Verdict
from sensor.model.flow import Endpoint
from sensor.model.wire import (
    Detection,
    Dialect,
    EvidenceRow,
    MinerRef,
    PoolRef,
    SensorRef,
    Shares,
    State,
    TrafficCount,
    Transport,
    digest_id,
    timestamp,
)
from sensor.signature import SignatureSet

MAX_EXCERPT = 2048


@dataclass(frozen=True, slots=True)
class SessionKey:
    """What makes flows one session: the miner's address, the pool's endpoint, and the dialect."""

    miner_ip: str
    pool: Endpoint
    dialect: Dialect | None


@dataclass(slots=True)
class MiningSession:
    """One mining session. ``live`` counts its open flows."""

    key: SessionKey
    detection_id: str
    miner: Endpoint
    facts: Facts
    live: set[int] = field(default_factory=set)
    stated: Verdict | None = None
    stated_ns: int = 0
    statements: int = 0
    weight_bytes: int = 0
    """What its facts held when they were weighed last."""

    @property
    def verdict(self) -> Verdict | None:
        """What the evidence gathered so far amounts to."""
        return judge(self.facts)


def open_session(sensor: SensorRef, key: SessionKey, miner: Endpoint, facts: Facts) -> MiningSession:
    """A new session; its id is the same whenever the same packets are read again."""
    identity = digest_id(sensor.id, key.miner_ip, key.pool, key.dialect, facts.first_ns)
    return MiningSession(key, identity, miner, facts)


def state(
    session: MiningSession, sensor: SensorRef, signatures: SignatureSet, what: State, links: Links
) -> Detection | None:
    """Make the next statement about a session; None while there is nothing to claim or suspect. ``links`` knows the
    other sessions."""
    facts, verdict = session.facts, session.verdict
    if verdict is None:
        return None
    session.statements += 1
    session.stated, session.stated_ns = verdict, facts.last_ns
    algorithm = algorithm_of_session(facts, signatures)
    said = Detection(
        detection_id=session.detection_id,
        # The time too: a session that a stopped sensor closed early is closed anew when its capture is read again.
        event_id=digest_id(session.detection_id, what, session.statements, facts.last_ns),
        sensor=sensor,
        state=what,
        first_seen=timestamp(facts.first_ns),
        last_seen=timestamp(max(facts.last_ns, facts.first_ns)),
        miner=MinerRef(ip=session.miner.ip, port=session.miner.port, ports_seen=sorted(facts.ports)),
        pool=_pool(session),
        transport=_transport(facts),
        dialect=facts.dialect,
        coin=coin_of(facts, signatures.coins),
        algorithm=_algorithm_name(facts, algorithm),
        account=facts.account,
        account_checksum=wallet_facts(facts.account, signatures.coins).checksum,
        workers=[name for name in facts.workers if name not in DEFAULT_NAMES],
        agents=list(facts.agents),
        shares=Shares(**{name: getattr(facts.shares, name) for name in Shares.model_fields}),
        traffic=_traffic(facts),
        verdict=verdict,
        score=score(facts, verdict),
        evidence=[_row(evidence) for evidence in facts.evidence.values()],
    )
    return measured(said, facts, algorithm, signatures, links)


def _algorithm_name(facts: Facts, algorithm: Algorithm | None) -> str | None:
    """As the wire names it, else the one that coin, machine or dialect leave; null for a family of them."""
    on_the_wire = next(reversed(facts.algorithms), None)
    return on_the_wire or (algorithm.name if algorithm is not None and not algorithm.is_family else None)


def algorithm_of_session(facts: Facts, signatures: SignatureSet) -> Algorithm | None:
    """By name on the wire, by a machine that can mine nothing else, by coin, by dialect."""
    told = algorithms_of_agents(facts.agents, signatures.efficiency) if signatures.efficiency else []
    names = [*reversed(facts.algorithms), *(told if len(told) == 1 else [])]
    coins = possible_coins(facts, signatures.coins)
    return algorithm_of(names, coins, facts.dialect, timestamp(facts.last_ns).year)


def _transport(facts: Facts) -> Transport:
    return Transport(
        l4=facts.l4,
        tls=facts.tls,
        sni=_cut(facts.sni),
        ja4=facts.ja4,
        via=list(facts.via),
        target=_cut(facts.target),
        true_client=facts.true_client,
        ech=facts.ech,
    )


def _pool(session: MiningSession) -> PoolRef:
    operators = {hit.entry.operator for hit in session.facts.hits.values() if hit.entry.operator}
    return PoolRef(
        ip=session.key.pool.ip,
        port=session.key.pool.port,
        domain=_cut(session.facts.domain),
        operator=operators.pop() if len(operators) == 1 else None,
        certificate=session.facts.certificate,
    )


def _traffic(facts: Facts) -> TrafficCount:
    traffic = facts.traffic
    return TrafficCount(
        packets_up=traffic.packets_orig,
        packets_down=traffic.packets_resp,
        bytes_up=traffic.bytes_orig,
        bytes_down=traffic.bytes_resp,
    )


def _row(evidence: Evidence) -> EvidenceRow:
    return EvidenceRow(
        signature=evidence.signature,
        revision=evidence.revision,
        evidence_class=evidence.evidence_class,
        at=timestamp(evidence.at_ns),
        excerpt=evidence.excerpt[:MAX_EXCERPT],
    )


def _cut(text: str | None) -> str | None:
    return text[:512] if text else None
