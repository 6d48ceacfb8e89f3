"""Which statements of several workers speak of one mining session, and what is to be said of it as a whole?

Workers of one interface share its packets by flow. A miner that reconnects may so be seen by two of them, and by a
worker and its successor; each states what it saw. To the collector it is one session: the miner's address, the pool's
endpoint and the dialect. What one worker alone says passes unchanged.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sensor.daemon.joint import joined_estimates
from sensor.detect.links import Links
from sensor.detect.measure import placed
from sensor.model.evidence import Verdict
from sensor.model.wire import MAX_LIST, Detection, MinerRef, Shares, State, TrafficCount, digest_id

Key = tuple[str, str | None, int | None, str | None]
MAX_EVIDENCE = 64
_STRENGTH = {verdict: rank for rank, verdict in enumerate(Verdict)}


@dataclass(slots=True)
class _Part:
    """The last that one worker's session said."""

    said: Detection
    worker: int
    is_open: bool = True
    is_orphan: bool = False


@dataclass(slots=True)
class _Joint:
    """One session over all workers. ``parts`` is by the detection id that the worker gave it."""

    key: Key
    detection_id: str
    parts: dict[str, _Part] = field(default_factory=dict)
    statements: int = 0

    @property
    def is_open(self) -> bool:
        return any(part.is_open for part in self.parts.values())


class Merger:
    """Joins the statements about one source. At most ``max_sessions`` are known; the one longest quiet is forgotten."""

    def __init__(self, max_sessions: int) -> None:
        self._max = max_sessions
        self._joints: OrderedDict[Key, _Joint] = OrderedDict()
        self._by_part: dict[str, _Joint] = {}
        self._links = Links()

    def take(self, worker: int, said: Detection) -> Detection:
        """What to tell the collector when ``worker`` says ``said``."""
        joint = self._joint_of(said)
        for part in joint.parts.values():
            # Somebody sees the session again: what the dead worker saw of it is over.
            part.is_open = part.is_open and not part.is_orphan
        joint.parts[said.detection_id] = _Part(said, worker, said.state is not State.CLOSED)
        self._by_part[said.detection_id] = joint
        self._joints.move_to_end(joint.key)
        # A proxy's miners and its uplink may be seen by two workers.
        told = self._renamed(placed(self._tell(joint, said), self._links))
        if not joint.is_open:
            self._forget(joint)
        while len(self._joints) > self._max:
            self._forget(next(iter(self._joints.values())))
        return told

    def orphan(self, worker: int) -> None:
        """A worker died: its sessions stay open until another one takes them up, or :meth:`lost` closes them."""
        for joint in self._joints.values():
            for part in joint.parts.values():
                part.is_orphan = part.is_orphan or part.worker == worker

    def lost(self, worker: int) -> list[Detection]:
        """A worker is gone for good: what it alone had open is closed as it was last seen."""
        told = []
        for joint in list(self._joints.values()):
            mine = [part for part in joint.parts.values() if part.worker == worker and part.is_open]
            for part in mine:
                part.is_open = False
            if mine and not joint.is_open:
                closing = mine[-1].said.model_copy(update={"state": State.CLOSED})
                told.append(_joined(joint, closing, State.CLOSED))
                self._forget(joint)
        return told

    def _joint_of(self, said: Detection) -> _Joint:
        key = (said.miner.ip, said.pool.ip, said.pool.port, said.dialect)
        known = self._by_part.get(said.detection_id)
        if known is not None and known.key != key:
            # The dialect became clear only now: the session moves to its new name, or joins the one that is there.
            del known.parts[said.detection_id], self._by_part[said.detection_id]
            if not known.parts:
                del self._joints[known.key]
                known.key = key
                return self._joints.setdefault(key, known)
        return self._joints.setdefault(key, _Joint(key, said.detection_id))

    def _tell(self, joint: _Joint, said: Detection) -> Detection:
        if len(joint.parts) == 1 and joint.detection_id == said.detection_id:
            return said
        if said.state is State.CLOSED and not joint.is_open:
            return _joined(joint, said, State.CLOSED)
        return _joined(joint, said, State.UPDATED)

    def _renamed(self, told: Detection) -> Detection:
        """A worker names a session by its own part of it; the collector knows it by the joint's name."""
        joint = self._by_part.get(told.counted_in or "")
        if joint is None or joint.detection_id == told.counted_in:
            return told
        return told.model_copy(update={"counted_in": joint.detection_id})

    def _forget(self, joint: _Joint) -> None:
        self._joints.pop(joint.key, None)
        for detection_id in joint.parts:
            self._by_part.pop(detection_id, None)


def _joined(joint: _Joint, last: Detection, state: State) -> Detection:
    """Everything that the parts said, as one statement; ``last`` gives what cannot be added up."""
    parts = [part.said for part in joint.parts.values()]
    joint.statements += 1
    first_seen, last_seen = min(part.first_seen for part in parts), max(part.last_seen for part in parts)
    best = max(parts, key=lambda part: (_STRENGTH[part.verdict], part.score))
    evidence = {(row.signature, row.excerpt): row for part in parts for row in part.evidence}
    return last.model_copy(
        update={
            "detection_id": joint.detection_id,
            "event_id": digest_id(joint.detection_id, "joined", state, joint.statements, last_seen.isoformat()),
            "state": state,
            "first_seen": first_seen,
            "last_seen": last_seen,
            "miner": MinerRef(
                ip=last.miner.ip,
                port=min(parts, key=lambda part: part.first_seen).miner.port,
                ports_seen=sorted({port for part in parts for port in part.miner.ports_seen})[:MAX_LIST],
            ),
            "account": last.account or best.account,
            "account_checksum": last.account_checksum if last.account else best.account_checksum,
            "coin": last.coin or best.coin,
            "workers": _union(part.workers for part in parts),
            "agents": _union(part.agents for part in parts),
            "shares": Shares(**_sums(Shares, [part.shares for part in parts])),
            **joined_estimates(parts, last),
            "traffic": TrafficCount(**_sums(TrafficCount, [part.traffic for part in parts])),
            "verdict": best.verdict,
            "score": best.score,
            "evidence": list(evidence.values())[:MAX_EVIDENCE],
        }
    )


def _sums(model: type[Shares] | type[TrafficCount], rows: list[Shares] | list[TrafficCount]) -> dict[str, int]:
    return {name: sum(getattr(row, name) for row in rows) for name in model.model_fields}


def _union(lists: Iterable[list[str]]) -> list[str]:
    return list(dict.fromkeys(text for each in lists for text in each))[:MAX_LIST]
