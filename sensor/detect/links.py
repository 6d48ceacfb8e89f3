"""Which sessions hang together? Miners that deliver to an address which itself delivers on: a proxy."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from sensor.model.wire import Detection, HashRate, PoolRef

MAX_RECORDS = 20_000
"""Sessions that are remembered over all; the one longest without a statement goes first."""
MAX_ASKED = 1024
"""Sessions of one address that are looked at for one answer."""


@dataclass(frozen=True, slots=True)
class Record:
    """What of a session tells whether it belongs to another."""

    detection_id: str
    miner_ip: str
    pool_ip: str
    dialect: str | None
    algorithm: str | None
    rate: HashRate | None
    workers: frozenset[str]
    connections: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session stands: the sessions that end at its miner, and the one that carries it on."""

    behind: tuple[Record, ...] = ()
    carried_by: str | None = None


class Links:
    """The latest statement of each session, found by either end, and listed names by the endpoint they stand for.
    Bounded."""

    def __init__(self) -> None:
        self._names: OrderedDict[tuple[str, int], PoolRef | None] = OrderedDict()
        self._records: OrderedDict[str, Record] = OrderedDict()
        self._by_miner: dict[str, dict[str, None]] = {}
        self._by_pool: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._records)

    def note(self, said: Detection, connections: int, algorithm: str | None) -> None:
        """Remember what was said of a session that is claimed; ``connections`` are those at once."""
        if said.pool.ip is None or not said.verdict.is_claim:
            return
        self._learn(said.pool)
        self._forget(said.detection_id)
        record = Record(
            said.detection_id,
            said.miner.ip,
            said.pool.ip,
            said.dialect,
            algorithm,
            said.hashrate,
            frozenset(said.workers),
            connections,
        )
        self._records[record.detection_id] = record
        self._by_miner.setdefault(record.miner_ip, {})[record.detection_id] = None
        self._by_pool.setdefault(record.pool_ip, {})[record.detection_id] = None
        if len(self._records) > MAX_RECORDS:
            self._forget(next(iter(self._records)))

    def named(self, pool: PoolRef) -> PoolRef:
        """A pool's endpoint with the listed name that other sessions reached it by, where all of them used the same."""
        known = self._names.get((pool.ip, pool.port)) if pool.ip and pool.port and not pool.domain else None
        if known is None or (pool.operator and pool.operator != known.operator):
            return pool
        return pool.model_copy(update={"domain": known.domain, "operator": known.operator})

    def place_of(self, said: Detection, connections: int, algorithm: str | None) -> Place:
        """Where the session that ``said`` speaks of stands."""
        if not said.verdict.is_claim or said.pool.ip in (None, said.miner.ip):
            return Place()
        self.note(said, connections, algorithm)
        own = self._records[said.detection_id]
        behind = tuple(each for each in self._found(self._by_pool, own.miner_ip) if _carries(own, each))
        ahead = [each for each in self._found(self._by_miner, own.pool_ip) if _carries(each, own)]
        return Place(behind, ahead[0].detection_id if len(ahead) == 1 else None)

    def _learn(self, pool: PoolRef) -> None:
        if not (pool.ip and pool.port and pool.domain and pool.operator):
            return
        known = self._names.setdefault((pool.ip, pool.port), pool)
        if known is not None and (known.domain, known.operator) != (pool.domain, pool.operator):
            self._names[pool.ip, pool.port] = None
        if len(self._names) > MAX_RECORDS:
            self._names.popitem(last=False)

    def _found(self, index: dict[str, dict[str, None]], ip: str) -> Iterable[Record]:
        return [self._records[name] for name in list(index.get(ip, ()))[:MAX_ASKED]]

    def _forget(self, detection_id: str) -> None:
        record = self._records.pop(detection_id, None)
        if record is None:
            return
        for index, ip in ((self._by_miner, record.miner_ip), (self._by_pool, record.pool_ip)):
            index[ip].pop(detection_id, None)
            if not index[ip]:
                del index[ip]


def _carries(up: Record, down: Record) -> bool:
    """Can ``up`` hold the work of ``down``? Not when they go in a circle, mine unlike things, or ``up`` is too slow."""
    if up.detection_id == down.detection_id or up.miner_ip != down.pool_ip or up.pool_ip == down.miner_ip:
        return False
    is_alike = up.algorithm == down.algorithm if up.algorithm and down.algorithm else up.dialect == down.dialect
    if not is_alike:
        return False
    return up.rate is None or down.rate is None or down.rate.low <= up.rate.high
